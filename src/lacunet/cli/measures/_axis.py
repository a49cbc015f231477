"""``lacunet measure axis vectors.lacunet speeches.csv --positive rich --negative poor`` and what is scored likewise."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._embed_files import Limit
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._options import read_names
from lacunet.cli.measures._files import read_spaces, read_texts, vector_names, written_numbers
from lacunet.cli.measures._job import Answer, Job, answering
from lacunet.cli.measures._options import (
    WORDS,
    By,
    Cluster,
    Encoding,
    KeepCase,
    Name,
    Negative,
    Numbers,
    Output,
    Pairs,
    Plot,
    Positive,
    Text,
    Texts,
    Vectors,
    read_axis,
    read_list,
)
from lacunet.cli.measures._table import lay_out
from lacunet.errors import SpecError

ENDS = 5
"""Documents shown at each end."""

How = Annotated[str, typer.Option("--how", help="centroids, or words (Latent Semantic Scaling).")]
Affect = Annotated[
    list[str], typer.Option("--affect", metavar="WORDS", help=f"Words of emotion: {WORDS}.", show_default=False)
]
Cognition = Annotated[
    list[str], typer.Option("--cognition", metavar="WORDS", help="Words of reason, likewise.", show_default=False)
]


def axis(
    vectors: Vectors,
    texts: Texts,
    positive: Positive = [],  # noqa: B006  (typer's way to say: none given)
    negative: Negative = [],  # noqa: B006
    pairs: Pairs = None,
    name: Name = "",
    how: How = "centroids",
    documents: Annotated[
        str, typer.Option("--documents", help="vector: cosine of the mean vector; words: mean of the words' own.")
    ] = "vector",
    weights: Annotated[str, typer.Option("--weights", help="mean, or sif, which weighs frequent words down.")] = "mean",
    by: By = [],  # noqa: B006
    cluster: Cluster = None,
    text: Text = None,
    encoding: Encoding = None,
    keep_case: KeepCase = False,
    numbers: Numbers = [],  # noqa: B006
    limit: Limit = None,
    seed: Seed = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score documents, or groups, on an axis of words."""
    job = _job(vectors, texts, output, plot, force, as_json, quiet)
    with answering(job) as answer:
        asked = read_axis(positive, negative, pairs, name, how)
        _check_groups(by, cluster)
        space = read_spaces(vectors, limit)
        corpus = read_texts(
            texts, text=text, encoding=encoding, keep_case=keep_case, numbers=numbers, progress=answer.progress
        )
        scores = asked.score(space, corpus, documents=documents, weights=weights)
        _give_scores(answer, scores, corpus, read_names(by), cluster, seed)


def emotionality(
    vectors: Vectors,
    texts: Texts,
    affect: Affect,
    cognition: Cognition,
    form: Annotated[str, typer.Option("--form", help="ratio or difference.")] = "ratio",
    by: By = [],  # noqa: B006
    cluster: Cluster = None,
    text: Text = None,
    encoding: Encoding = None,
    keep_case: KeepCase = False,
    numbers: Numbers = [],  # noqa: B006
    limit: Limit = None,
    seed: Seed = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score documents, or groups, by emotion over reason.

    By Gennaro and Ash (2022): above 1, words lie nearer to those of emotion.
    """
    job = _job(vectors, texts, output, plot, force, as_json, quiet)
    with answering(job) as answer:
        lists = read_list(affect, "--affect"), read_list(cognition, "--cognition")
        _check_groups(by, cluster)
        from lacunet.measures.axes import emotionality as measure

        space = read_spaces(vectors, limit)
        corpus = read_texts(
            texts, text=text, encoding=encoding, keep_case=keep_case, numbers=numbers, progress=answer.progress
        )
        options: dict[str, Any] = {"form": form}
        _give_scores(answer, measure(space, corpus, *lists, **options), corpus, read_names(by), cluster, seed)


def _job(
    vectors: str, texts: Path, output: Path | None, plot: Path | None, force: bool, as_json: bool, quiet: bool
) -> Job:
    inputs = (*vector_names(vectors), str(texts))
    return Job(inputs=inputs, output=output, plot=plot, force=force, as_json=as_json, quiet=quiet)


def _check_groups(by: list[str], cluster: str | None) -> None:
    """Documents have no cluster of their own: only means over them do."""
    if cluster is not None and not read_names(by):
        raise SpecError(
            f"--cluster got '{cluster}' without --by. Clusters are drawn anew for means of groups: add --by, or leave "
            "--cluster out."
        )


def _give_scores(
    answer: Answer, scores: Any, corpus: Any, by: tuple[str, ...], cluster: str | None, seed: int | None
) -> None:
    """Groups where they are asked for, else documents, of which the terminal shows both ends."""
    answer.hints = written_numbers(corpus, by)
    if by:
        groups = scores.by(*by, cluster=cluster, seed=seed)
        answer.rows, answer.result, answer.figure = groups.table(), groups, groups.plot
        answer.facts = {"name": groups.name, "by": list(by), "cluster": cluster}
        return
    answer.rows, answer.result, answer.figure = scores.frame(), scores, scores.plot
    answer.facts = {"name": scores.name, "method": scores.method}
    ends = scores.extremes(min(ENDS, max(1, len(scores) // 2)))
    answer.keep = ("end", "document", "score", "n_words")
    variables = (column for column in scores.variables if column in ends and column not in answer.keep)
    answer.shown = ends[[*answer.keep, *variables]]


def words(
    vectors: Vectors,
    asked: Annotated[
        list[str],
        typer.Argument(metavar="WORDS", help="Words to place; none shows both ends.", show_default=False),
    ] = [],  # noqa: B006
    positive: Positive = [],  # noqa: B006
    negative: Negative = [],  # noqa: B006
    pairs: Pairs = None,
    how: How = "centroids",
    n: Annotated[int, typer.Option("-n", help="Words to show at each end, where none are named.", min=1)] = 10,
    limit: Limit = None,
    output: Output = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show where words lie on an axis."""
    job = Job(inputs=vector_names(vectors), output=output, force=force, as_json=as_json, quiet=quiet)
    with answering(job) as answer:
        wanted = read_list(asked, "WORDS", least=0)
        found = read_axis(positive, negative, pairs, "", how)
        answer.rows = found.words(read_spaces(vectors, limit), wanted or None)
        if not wanted and len(answer.rows) > 2 * n:
            head = lay_out(answer.rows.iloc[[*range(n), *range(-n, 0)]], is_kept=True)
            answer.lines = [*head[: n + 1], "...", *head[n + 1 :]]


def expand(
    vectors: Vectors,
    seeds: Annotated[list[str], typer.Argument(metavar="WORDS...", help=f"The list: {WORDS}.", show_default=False)],
    n: Annotated[int, typer.Option("-n", help="Candidates.")] = 20,
    least: Annotated[
        float | None, typer.Option("--least-similarity", help="Cosine below which there is no candidate.")
    ] = None,
    among: Annotated[
        list[str], typer.Option("--among", metavar="WORDS", help="Words to choose from; wildcards too.")
    ] = [],  # noqa: B006
    limit: Limit = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Look for words that a word list may lack.

    Nothing is added: a person accepts or rejects.
    """
    job = Job(inputs=vector_names(vectors), output=output, plot=plot, force=force, as_json=as_json, quiet=quiet)
    with answering(job) as answer:
        listed = read_list(seeds, "WORDS")
        choice = read_list(among, "--among", least=0) or None
        from lacunet.measures.lists import expand as look

        found = look(read_spaces(vectors, limit), listed, n, least_similarity=least, among=choice)
        answer.rows, answer.result, answer.figure = found.table(), found, found.plot
        answer.shown = answer.rows.drop(columns="decision")
        answer.facts = {"seeds": list(found.seeds)}
