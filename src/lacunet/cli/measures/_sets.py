"""``lacunet measure weat``, and ``measure sheet`` with ``measure agreement``: tests, and people's judgement."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._embed_files import Limit
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._say import count
from lacunet.cli.measures._files import read_documents, read_spaces, vector_names
from lacunet.cli.measures._job import Job, answering, records
from lacunet.cli.measures._options import WORDS, Encoding, Output, Plot, Text, Texts, Vectors, existing, read_set
from lacunet.errors import ColumnError, DataError, SpecError, list_some, suggest

SETS = ("x", "y", "a", "b")
SHEETS = (".csv", ".xlsx")


def weat(
    vectors: Vectors,
    sets: Annotated[
        Path | None,
        typer.Argument(help="File of four lists: targets X and Y, attributes A and B.", show_default=False),
    ] = None,
    x: Annotated[list[str], typer.Option("--x", metavar="WORDS", help=f"Targets X: {WORDS}.")] = [],  # noqa: B006
    y: Annotated[list[str], typer.Option("--y", metavar="WORDS", help="Targets Y, likewise.")] = [],  # noqa: B006
    a: Annotated[list[str], typer.Option("--a", metavar="WORDS", help="Attributes A, likewise.")] = [],  # noqa: B006
    b: Annotated[list[str], typer.Option("--b", metavar="WORDS", help="Attributes B, likewise.")] = [],  # noqa: B006
    alternative: Annotated[str, typer.Option("--alternative", help="greater, less or two-sided.")] = "greater",
    n_permutations: Annotated[
        int, typer.Option("--permutations", help="Partitions to draw where not all are counted.")
    ] = 10_000,
    limit: Limit = None,
    seed: Seed = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Test how two sets of words lie to two others.

    Whether words of X lie nearer to A, and those of Y nearer to B, than words assigned by chance would.
    """
    inputs = (*vector_names(vectors), *([str(sets)] if sets else []))
    job = Job(inputs=inputs, output=output, plot=plot, force=force, as_json=as_json, quiet=quiet)
    with answering(job) as answer:
        lists = _read_sets(sets, dict(zip(SETS, (x, y, a, b), strict=True)))
        from lacunet.measures.association import weat as test

        space = read_spaces(vectors, limit)
        found = test(space, *lists, n_permutations=n_permutations, alternative=alternative, seed=seed)
        answer.rows, answer.result, answer.figure = found.words, found, found.plot
        answer.facts = {"test": records(found.table())[0]}


def _read_sets(path: Path | None, typed: dict[str, list[str]]) -> list[Any]:
    """Four sets, from a file or from the options."""
    given = [name for name, words in typed.items() if words]
    if path is not None and given:
        raise SpecError(
            f"'{path}' and --{given[0]} were both given. The four sets come from one of them: leave out one."
        )
    if path is None:
        missing = [f"--{name}" for name in SETS if name not in given]
        if missing:
            raise SpecError(f"{', '.join(missing)} names no word. Four sets are needed: --x, --y, --a, --b, or a file.")
        return [read_set(typed[name], f"--{name}") for name in SETS]
    from lacunet.measures.lists import read_words

    lists = read_words(existing(path))
    by_name = {name.lower(): words for name, words in lists.items()}
    if set(by_name) == set(SETS):
        return [list(by_name[name]) for name in SETS]
    if len(lists) != len(SETS):
        raise DataError(
            f"'{path}' holds {count(len(lists), 'list')} ({list_some(lists)}). Four are needed, in the order X, Y, A, "
            "B, or with these names. Name them one by one with --x, --y, --a and --b, as in --x "
            f"@{path}:{next(iter(lists))}."
        )
    return [{name: list(words)} for name, words in lists.items()]


def sheet(
    texts: Texts,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Sheets to write: NAME-1.csv and so on, and NAME-key.csv; or .xlsx.")
    ],
    scores: Annotated[
        Path | None, typer.Option("--scores", help="What 'measure axis -o' wrote of the same texts.")
    ] = None,
    column: Annotated[str, typer.Option("--column", help="Column of the scores.")] = "score",
    n: Annotated[int, typer.Option("-n", help="Pairs, or single texts.")] = 100,
    design: Annotated[str, typer.Option("--design", help="pairs: which of two; single: a rating of one.")] = "pairs",
    raters: Annotated[int, typer.Option("--raters", help="How many people rate.")] = 3,
    overlap: Annotated[float, typer.Option("--overlap", help="Share of the items that all rate.")] = 1.0,
    text: Text = None,
    encoding: Encoding = None,
    seed: Seed = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make sheets on which people compare texts.

    Keep the key from the raters. When the sheets come back: lacunet measure agreement NAME-key.csv NAME-1.csv ...
    """
    inputs = (str(texts), *([str(scores)] if scores else []))
    with answering(Job(inputs=inputs, force=force, as_json=as_json, quiet=quiet)) as answer:
        if output.suffix.lower() not in SHEETS:
            raise SpecError(f"-o got '{output}'. It needs a name that ends in one of {', '.join(SHEETS)}.")
        from lacunet.measures.validation import rating_sheet

        values = None if scores is None else _read_scores(scores, column)
        options: dict[str, Any] = {"design": design, "raters": raters, "overlap": overlap, "seed": seed}
        made = rating_sheet(read_documents(texts, text, encoding), n, scores=values, **options)
        key = made.save(output, force=force)
        answer.rows, answer.lines = made.key, _sheet_lines(made, output, key)
        answer.facts = {"seed": made.seed, "key": str(key), "design": made.design}


def _sheet_lines(made: Any, output: Path, key: Path) -> list[str]:
    n_raters = made.key["rater"].nunique()
    sheets = [output.with_name(f"{output.stem}-{rater}{output.suffix}") for rater in sorted(made.key["rater"].unique())]
    asked = count(made.key["item"].nunique(), "pair" if made.design == "pairs" else "text")
    scored = "" if "score" in made.key or "score_left" in made.key else " without scores"
    return [
        f"{count(len(made.key), 'question')} on {asked}{scored} for {count(n_raters, 'rater')} (seed {made.seed}).",
        *(f"- {note}" for note in made.notes),
        f"Sheets to hand out: {list_some(sheets)}.",
        f"The key, which raters must not see: {key}.",
        f"When they come back: lacunet measure agreement {key} {sheets[0]} ...",
    ]


def _read_scores(path: Path, column: str) -> Any:
    """One number a text, from what ``measure axis -o`` wrote."""
    import pandas as pd

    from lacunet.table._file import read_file
    from lacunet.table._frame import as_pandas

    frame = pd.read_json(path) if path.suffix.lower() == ".json" else as_pandas(read_file(path)[0])
    if column not in frame:
        hint = suggest(column, frame) or f"There are: {list_some(frame)}."
        raise ColumnError(f"'{path}' has no column '{column}' with scores. {hint} Name it with --column.")
    return pd.to_numeric(frame[column], errors="coerce")


def agreement(
    key: Annotated[Path, typer.Argument(metavar="KEY", help="The file NAME-key.csv.", show_default=False)],
    filled: Annotated[
        list[Path], typer.Argument(metavar="SHEETS...", help="The sheets as they came back.", show_default=False)
    ],
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say how far raters agree, and the measure with them."""
    inputs = (str(key), *map(str, filled))
    with answering(Job(inputs=inputs, output=output, plot=plot, force=force, as_json=as_json, quiet=quiet)) as answer:
        from lacunet.measures.validation import RatingSheet

        found = RatingSheet.read(key).score(list(filled))
        answer.rows, answer.result, answer.figure = found.table(), found, found.plot
        answer.lines = []  # the sentences hold all of the numbers
