"""``lacunet embed nearest vectors.bin freedom`` and other questions to vectors."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._embed_files import Limit, Vectors, read_vectors
from lacunet.cli._guard import guard
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._options import read_names
from lacunet.cli._phrase import as_typed
from lacunet.cli._say import in_columns, say, say_json

Many = Annotated[int, typer.Option("-n", help="How many words to show.")]


def nearest(
    vectors: Vectors,
    words: Annotated[list[str], typer.Argument(help="A word; the middle of several.", show_default=False)],
    n: Many = 10,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Show the words nearest to a word, or to the middle of several."""
    with guard(quiet=as_json):
        space = read_vectors(vectors, limit)
        found = space.nearest(words[0] if len(words) == 1 else words, n)
        _answer({"data": vectors.name, "words": words}, "nearest", found, as_json)


def analogy(
    vectors: Vectors,
    a: Annotated[str, typer.Argument(help="As in: king", show_default=False)],
    b: Annotated[str, typer.Argument(help="is to man", show_default=False)],
    c: Annotated[str, typer.Argument(help="as what is to woman?", show_default=False)],
    n: Many = 10,
    method: Annotated[str, typer.Option("--method", help="add (3CosAdd) or multiply (3CosMul).")] = "add",
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Show the words that are to C as A is to B."""
    with guard(quiet=as_json):
        found = read_vectors(vectors, limit).analogy(a, b, c, n, method=method)
        _answer({"data": vectors.name, "words": [a, b, c], "method": method}, "answers", found, as_json)


def evaluate(
    vectors: Vectors,
    sets: Annotated[
        list[Path], typer.Argument(help="Rated pairs (WordSim-353, SimLex-999) or analogies.", show_default=False)
    ],
    restrict: Annotated[
        int, typer.Option("--restrict", help="Most frequent words among which analogies look.")
    ] = 30_000,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Compare vectors with people's judgements."""
    with guard(quiet=as_json):
        space = read_vectors(vectors, limit)
        found = [space.evaluate(path, restrict=restrict) for path in sets]
        if as_json:
            facts = [
                {
                    "set": one.name,
                    "kind": one.kind,
                    "n": one.n,
                    "n_known": one.n_known,
                    "score": one.score,
                    "table": _records(one.table()),
                }
                for one in found
            ]
            say_json({"data": vectors.name, "sets": _without_nan(facts)})
            return
        for i, one in enumerate(found):
            say(*([""] if i else []), as_typed(one.summary()))
            if one.kind == "analogies":
                say("", *_columns(one.table()))


def stability(
    fits: Annotated[list[Path], typer.Argument(help="Two files of vectors or more, fitted alike.", show_default=False)],
    cues: Annotated[list[str], typer.Option("--cues", help="Words to ask about; repeat or use commas.")] = [],  # noqa: B006
    n_random: Annotated[int, typer.Option("--random", help="How many further words to draw.")] = 100,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the table to a file, as .csv.")] = None,
    seed: Seed = None,
    limit: Limit = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare fits that differ by chance alone."""
    with guard(quiet=quiet or as_json):
        from lacunet.embedding.stability import stability as compare
        from lacunet.table import write_frame

        found = compare([read_vectors(path, limit) for path in fits], read_names(cues), n_random, seed=seed)
        table, overall = found.table(), found.overall()
        if output is not None:
            write_frame(table, output, force=force)
        if as_json:
            facts = {"data": [path.name for path in fits], "seed": found.seed, "notes": list(found.notes)}
            say_json(facts | {"overall": _records(overall), "cues": _records(table)})
        elif not quiet:
            named = table[table["group"] == "chosen"].drop(columns="group")
            say(*map(as_typed, found.summary().lines), *(["", *_columns(named)] if len(named) else []))
            say(*([f"Written to {output}."] if output else []))


def _answer(about: dict[str, Any], name: str, found: Any, as_json: bool) -> None:
    if as_json:
        say_json(about | {name: _records(found)})
    else:
        say(*_columns(found))


def _columns(table: Any) -> list[str]:
    """A frame as columns that line up, numbers flush right."""
    is_number = [table[name].dtype.kind in "iuf" for name in table]
    rows = [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    return in_columns(list(table), rows, right=[j for j, number in enumerate(is_number) if number])


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "-" if value != value else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _records(table: Any) -> Sequence[dict[str, Any]]:
    return json.loads(table.to_json(orient="records", double_precision=15))


def _without_nan(facts: Any) -> Any:
    """JSON has no word for what is not a number."""
    return [{name: None if value != value else value for name, value in one.items()} for one in facts]
