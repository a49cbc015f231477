"""``lacunet measure alacarte`` and ``measure regression``: how groups and covariates use a word."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._embed_files import NATIVE, Limit
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._options import read_names
from lacunet.cli.measures._files import read_spaces, read_texts, read_transform, vector_names, written_numbers
from lacunet.cli.measures._job import Answer, Job, answering, records
from lacunet.cli.measures._options import (
    WORDS,
    By,
    Cluster,
    Encoding,
    KeepCase,
    Numbers,
    Output,
    Plot,
    Text,
    Texts,
    Transform,
    Vectors,
    Window,
    read_list,
)
from lacunet.errors import SpecError

Target = Annotated[
    str | None, typer.Argument(help="A word or term; spellings with commas between.", show_default=False)
]
Compare = Annotated[
    list[str], typer.Option("--compare", metavar="A,B", help="Two groups: how their uses differ, with p-values.")
]
With = Annotated[
    list[str], typer.Option("--words", metavar="WORDS", help="Words to compare with, in place of the nearest.")
]
Many = Annotated[int, typer.Option("-n", help="Nearest words of each group.")]
MinCount = Annotated[int, typer.Option("--min-count", help="Occurrences of words that the transform is fitted to.")]
Formula = Annotated[
    str, typer.Argument(help="'immigration ~ party + year'; several spellings: 'a | b ~ ...'.", show_default=False)
]
InPlace = Annotated[list[str], typer.Option("--target", metavar="WORDS", help=f"In place of the left side: {WORDS}.")]
Independent = Annotated[
    str | None, typer.Option("--cluster", help="Column of what is independent, such as the speaker; or: document.")
]
Weights = Annotated[
    str | None, typer.Option("--weights", help="equal, or cluster: clusters alike, whatever their size.")
]
Shuffles = Annotated[int, typer.Option("--permutations", help="Shuffles for p-values; 0 for none.")]
Save = Annotated[Path | None, typer.Option("--save", help=f"Keep what was fitted in a file NAME{NATIVE}.")]


def alacarte(
    vectors: Vectors,
    texts: Texts,
    target: Target = None,
    by: By = [],  # noqa: B006  (typer's way to say: none given)
    compare: Compare = [],  # noqa: B006
    words: With = [],  # noqa: B006
    n: Many = 10,
    cluster: Cluster = None,
    window: Window = 6,
    transform: Transform = None,
    min_count: MinCount = 20,
    text: Text = None,
    encoding: Encoding = None,
    keep_case: KeepCase = False,
    numbers: Numbers = [],  # noqa: B006
    limit: Limit = None,
    seed: Seed = None,
    save: Save = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show words nearest to a word as each group uses it.

    Without a target, the transform is estimated and checked, and kept with --save.
    """
    inputs = (*vector_names(vectors), str(texts))
    job = Job(inputs=inputs, output=output, plot=plot, save=save, force=force, as_json=as_json, quiet=quiet)
    with answering(job) as answer:
        groups = _check(target, by, compare, words)
        from lacunet.measures.alacarte import alacarte as estimate

        space = read_spaces(vectors, limit)
        given = read_transform(transform, space)
        corpus = read_texts(
            texts, text=text, encoding=encoding, keep_case=keep_case, numbers=numbers, progress=answer.progress
        )
        options: dict[str, Any] = {"transform": given, "window": window, "min_count": min_count, "seed": seed}
        fitted = estimate(space, corpus, progress=answer.progress, **options)
        answer.saved = fitted
        if target is None:
            answer.rows, answer.result, answer.figure = fitted.table(), fitted, fitted.plot
            return
        spellings = read_list([target], "TARGET")
        carte = fitted.embed(spellings, by=read_names(by) or None, cluster=cluster)
        _compare(answer, carte, groups, read_list(words, "--words", least=0), n)
        answer.facts = {"target": spellings, "by": list(read_names(by)), "groups": list(carte.names)}


def _check(target: str | None, by: Sequence[str], compare: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """The two groups to compare, or none; refuse what needs a target before anything is read."""
    asked = {"--by": by, "--compare": compare, "--words": words}
    given = [option for option, value in asked.items() if value]
    if target is None and given:
        raise SpecError(f"{', '.join(given)} was given without a target. Name a word after TEXTS, or leave it out.")
    groups = read_names(compare)
    if groups and len(groups) != 2:
        raise SpecError(
            f"--compare got {len(groups)} groups ({', '.join(groups)}). Two are needed, as in --compare A,B."
        )
    if groups and not read_names(by):
        raise SpecError(
            f"--compare got '{','.join(groups)}' without --by. Say which column makes the groups: --by party."
        )
    return groups


def _compare(answer: Answer, carte: Any, groups: tuple[str, ...], words: list[str], n: int) -> None:
    """The table that was asked for: two groups or all of them, with words that are named or the nearest."""
    if groups:
        found = carte.contrast(*groups, words) if words else carte.ratio(*groups, n)
    else:
        found = carte.similarity(words) if words else carte.nearest(n=n)
    answer.rows, answer.result, answer.figure = found.table(), _Both(carte, found), found.plot


class _Both:
    """A comparison, and the groups that it is of: what they say, each sentence once."""

    def __init__(self, carte: Any, comparison: Any) -> None:
        self.notes = tuple(dict.fromkeys([*carte.notes, *comparison.notes]))
        self.seed = comparison.seed
        self._lines = tuple(dict.fromkeys([*carte.summary().lines, *comparison.summary().lines]))

    def summary(self) -> str:
        """Sentences on the groups, then on the comparison."""
        return "\n".join(self._lines)


def regression(
    vectors: Vectors,
    texts: Texts,
    formula: Formula,
    target: InPlace = [],  # noqa: B006
    cluster: Independent = None,
    weights: Weights = None,
    n_permutations: Shuffles = 999,
    window: Window = 6,
    transform: Transform = None,
    text: Text = None,
    encoding: Encoding = None,
    keep_case: KeepCase = False,
    numbers: Numbers = [],  # noqa: B006
    limit: Limit = None,
    seed: Seed = None,
    save: Save = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Regress the meaning of a word on who uses it and when."""
    inputs = (*vector_names(vectors), str(texts))
    job = Job(inputs=inputs, output=output, plot=plot, save=save, force=force, as_json=as_json, quiet=quiet)
    with answering(job) as answer:
        spellings = read_list(target, "--target", least=0) or None
        from lacunet.measures.regression import embedding_regression

        space = read_spaces(vectors, limit)
        given = read_transform(transform, space)
        corpus = read_texts(
            texts, text=text, encoding=encoding, keep_case=keep_case, numbers=numbers, progress=answer.progress
        )
        options: dict[str, Any] = {"target": spellings, "transform": given, "window": window, "cluster": cluster}
        options |= {"weights": weights, "n_permutations": n_permutations, "seed": seed}
        found = embedding_regression(space, corpus, formula, progress=answer.progress, **options)
        answer.rows, answer.result, answer.figure, answer.saved = found.table(), found, found.plot, found
        columns = [name for name in (corpus.variables if corpus.variables is not None else ()) if name in formula]
        _say_joint(answer, found)
        answer.hints += written_numbers(corpus, columns)


def _say_joint(answer: Answer, found: Any) -> None:
    joint = found.joint_tests()
    answer.facts = {
        "formula": found.formula,
        "n_instances": found.n_instances,
        "n_documents": found.n_documents,
        "joint_tests": records(joint),
    }
    answer.hints = [
        f"{row.term}: its {row.n_columns} columns together have p = {row.p_value:.3g}, by permutation."
        for row in joint.itertuples()
    ]
