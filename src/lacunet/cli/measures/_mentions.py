"""``lacunet measure panel``, ``kwic`` and ``drift``: what stands around the mentions of words, by group and time."""

from typing import Annotated

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._embed_files import Limit
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._options import read_names
from lacunet.cli.measures._files import read_spaces, read_texts, read_transform, vector_names, written_numbers
from lacunet.cli.measures._job import TABLES, Job, answering
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
    Transform,
    Vectors,
    Window,
    read_actors,
    read_axis,
    read_breaks,
    read_list,
)

PAGES = (".html", ".txt")
PAGE = '<!DOCTYPE html>\n<meta charset="utf-8">\n<title>Keyword in context</title>\n{table}\n'


def panel(
    vectors: Vectors,
    texts: Texts,
    actors: Annotated[
        list[str],
        typer.Option(
            "--actors",
            metavar="NAMES",
            help="'EPA=environmental protection agency;epa', repeat; or names with commas; or a file of lists.",
            show_default=False,
        ),
    ],
    positive: Positive = [],  # noqa: B006  (typer's way to say: none given)
    negative: Negative = [],  # noqa: B006
    pairs: Pairs = None,
    name: Name = "",
    by: By = [],  # noqa: B006
    cluster: Cluster = None,
    window: Window = 6,
    least: Annotated[int, typer.Option("--least", help="Fewest mentions for a score.")] = 1,
    transform: Transform = None,
    text: Text = None,
    encoding: Encoding = None,
    keep_case: KeepCase = False,
    numbers: Numbers = [],  # noqa: B006
    limit: Limit = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Score named actors on an axis, by year, party and so on."""
    inputs = (*vector_names(vectors), str(texts))
    with answering(Job(inputs=inputs, output=output, plot=plot, force=force, as_json=as_json, quiet=quiet)) as answer:
        named, asked = read_actors(actors), read_axis(positive, negative, pairs, name, "centroids")
        from lacunet.measures.actors import panel_scores

        space = read_spaces(vectors, limit)
        given = read_transform(transform, space)
        corpus = read_texts(
            texts, text=text, encoding=encoding, keep_case=keep_case, numbers=numbers, progress=answer.progress
        )
        found = panel_scores(
            space,
            corpus,
            named,
            asked,
            by=read_names(by),
            transform=given,
            window=window,
            cluster=cluster,
            least=least,
            progress=answer.progress,
        )
        answer.rows, answer.shown, answer.result, answer.figure = found.frame(), found.table(), found, found.plot
        answer.facts = {"actors": named, "by": list(found.by), "cluster": cluster, "window": window}
        answer.hints = written_numbers(corpus, read_names(by))


def drift(
    vectors: Vectors,
    texts: Texts,
    words: Annotated[list[str], typer.Argument(metavar="WORDS...", help=f"Words: {WORDS}.", show_default=False)],
    by: Annotated[str, typer.Option("--by", help="Column of time, by which texts are cut into slices.")] = "year",
    breaks: Annotated[
        list[str], typer.Option("--breaks", metavar="EDGES", help="Edges of the slices: 1950,1970,1990.")
    ] = [],  # noqa: B006
    reference: Annotated[str, typer.Option("--reference", help="first or previous slice.")] = "first",
    cluster: Cluster = None,
    window: Window = 6,
    transform: Transform = None,
    text: Text = None,
    encoding: Encoding = None,
    keep_case: KeepCase = False,
    limit: Limit = None,
    seed: Seed = None,
    output: Output = None,
    plot: Plot = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure how far words moved over time.

    And how far chance alone would have moved them.
    """
    inputs = (*vector_names(vectors), str(texts))
    with answering(Job(inputs=inputs, output=output, plot=plot, force=force, as_json=as_json, quiet=quiet)) as answer:
        asked, edges = read_list(words, "WORDS"), read_breaks(breaks)
        from lacunet.measures.change import drift as measure

        space = read_spaces(vectors, limit)
        given = read_transform(transform, space)
        corpus = read_texts(texts, text=text, encoding=encoding, keep_case=keep_case, progress=answer.progress)
        found = measure(
            space,
            corpus,
            asked,
            by=by,
            breaks=edges,
            transform=given,
            window=window,
            reference=reference,
            cluster=cluster,
            seed=seed,
            progress=answer.progress,
        )
        answer.rows, answer.result, answer.figure = found.table(), found, found.plot
        answer.facts = {"by": by, "slices": list(found.labels)}


def kwic(
    texts: Texts,
    target: Annotated[
        str,
        typer.Argument(
            metavar="TARGET", help="A word or term; spellings with commas; * and ? are wildcards.", show_default=False
        ),
    ],
    n: Annotated[int, typer.Option("-n", help="Mentions to draw; with --by, of each group.")] = 20,
    window: Window = 6,
    by: By = [],  # noqa: B006
    text: Text = None,
    encoding: Encoding = None,
    keep_case: KeepCase = False,
    seed: Seed = None,
    output: Output = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show mentions of a word with the words around them."""
    job = Job(
        inputs=(str(texts),),
        output=output,
        force=force,
        as_json=as_json,
        quiet=quiet,
        endings=(*TABLES, *PAGES),
    )
    with answering(job) as answer:
        spellings = read_list([target], "TARGET")
        from lacunet.measures.actors import kwic as show

        corpus = read_texts(texts, text=text, encoding=encoding, keep_case=keep_case, progress=answer.progress)
        found = show(corpus, spellings, window=window, n=n, seed=seed, by=read_names(by))
        answer.rows, answer.result, answer.lines = found.table(), found, found.to_text().split("\n")
        answer.text = {".html": lambda: PAGE.format(table=found.to_html()), ".txt": found.to_text}
        answer.facts = {"target": spellings, "n_found": found.n_found}
