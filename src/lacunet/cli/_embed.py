"""``lacunet embed corpus.txt -o vectors.bin``: word embeddings from text, and questions to them."""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lacunet.cli._describe import AsJson, Encoding
from lacunet.cli._embed_ask import analogy, evaluate, nearest, stability
from lacunet.cli._embed_files import NATIVE, Format, choose_form, convert, write_vectors
from lacunet.cli._guard import guard
from lacunet.cli._impute import Force, Quiet, Seed
from lacunet.cli._phrase import as_typed
from lacunet.cli._progress import show_progress
from lacunet.cli._say import count, say, say_json
from lacunet.errors import SpecError
from lacunet.errors import nearest as nearest_name

TRAIN = "train"


class _TrainsUnlessToldOtherwise(TyperGroup):
    """``embed corpus.txt`` is ``embed train corpus.txt``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed, the command to train put before it where none is named."""
        is_known = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        is_misspelt = bool(args) and not Path(args[0]).exists() and bool(nearest_name(args[0], self.commands))
        if args and not is_known and not is_misspelt:
            args = [TRAIN, *args]
        return super().parse_args(ctx, args)


embed = typer.Typer(
    cls=_TrainsUnlessToldOtherwise,
    help="Train word embeddings, and ask them.\n\n'lacunet embed corpus.txt -o vectors.bin' trains.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@embed.command(TRAIN)
def train(
    source: Annotated[
        Path,
        typer.Argument(
            help="Text: .txt, .jsonl, .csv, .parquet, .dta, .sav ..., also .gz or .zst, or a folder of them."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help=f"File to write to  [default: NAME-vectors{NATIVE}].")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="Column, or key, that holds the text.")] = None,
    dim: Annotated[int | None, typer.Option("--dim", help="Numbers a word  [default: 300].")] = None,
    window: Annotated[int | None, typer.Option("--window", help="Words to either side  [default: 6].")] = None,
    negative: Annotated[
        int | None, typer.Option("--negative", help="Words drawn against each pair  [default: 5].")
    ] = None,
    epochs: Annotated[int | None, typer.Option("--epochs", help="Times that the text is read  [default: 5].")] = None,
    min_count: Annotated[
        int | None, typer.Option("--min-count", help="Occurrences that a word needs  [default: 5].")
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option("--sample", help="Share from which frequent words are thinned; 0: never  [default: 0.001]."),
    ] = None,
    units: Annotated[
        str | None, typer.Option("--units", help="Where windows stop: document, sentence or line  [default: document].")
    ] = None,
    phrases: Annotated[
        bool, typer.Option("--phrases", help="Join words that belong together, as in new_york.")
    ] = False,
    keep_case: Annotated[bool, typer.Option("--keep-case", help="Tell Turkey from turkey.")] = False,
    encoding: Encoding = None,
    threads: Annotated[int | None, typer.Option("--threads", help="Threads; the result is the same.")] = None,
    seed: Seed = None,
    file_format: Format = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train word embeddings on text.

    By skip-gram with negative sampling. The ending of the output decides its form: .bin and .txt (word2vec), or
    .lacunet, which keeps counts and settings.
    """
    is_silent = quiet or as_json
    with guard(quiet=is_silent) as known:
        start = time.perf_counter()
        target = output or Path(f"{source.name.split('.')[0]}-vectors{NATIVE}")
        form = choose_form(target, file_format)
        _check_apart(source, target)
        from lacunet.table import replacing

        spec = {"dim": dim, "window": window, "negative": negative, "epochs": epochs, "min_count": min_count}
        with replacing(target, force=force) as temporary, show_progress(not is_silent) as progress:
            corpus = _read(source, text, units, phrases, keep_case, encoding, progress)
            fitted = _fit(corpus, {**spec, "sample": sample}, threads, seed, progress)
            write_vectors(fitted, temporary, form)
        known.update(corpus.notes, fitted.notes)
        about = _facts(source, corpus, fitted) | {"output": str(target), "format": form}
        about["seconds"] = round(time.perf_counter() - start, 2)
        if as_json:
            say_json(about)
        elif not quiet:
            say(*_lines(fitted, about))


def _check_apart(source: Path, target: Path) -> None:
    """Refuse to write vectors over the text that they come from."""
    if source.exists() and os.path.abspath(source) == os.path.abspath(target):
        raise SpecError(
            f"-o got '{target}', which is the text itself. The vectors need a file of their own: rename it."
        )


def _read(
    source: Path,
    text: str | None,
    units: str | None,
    phrases: bool,
    keep_case: bool,
    encoding: str | None,
    progress: Any,
) -> Any:
    from lacunet.embedding.text import Phrases, Tokens, read_corpus

    options: dict[str, Any] = {"lower": not keep_case}
    if units is not None:
        options["units"] = units
    if phrases:
        options["phrases"] = Phrases()
    return read_corpus(source, text=text, tokens=Tokens(**options), encoding=encoding, progress=progress)


def _fit(corpus: Any, typed: dict[str, Any], threads: int | None, seed: int | None, progress: Any) -> Any:
    from lacunet.embedding import SkipGram

    spec = SkipGram(**{name: value for name, value in typed.items() if value is not None})
    return spec.fit(corpus, threads=threads, seed=seed, progress=progress)


def _facts(source: Path, corpus: Any, fitted: Any) -> dict[str, Any]:
    last = fitted.history[-1] if fitted.history else {}
    return {
        "data": source.name,
        "n_documents": corpus.n_documents,
        "n_tokens": corpus.n_tokens,
        "n_words": len(fitted.words),
        "dim": fitted.vectors.shape[1],
        "seed": fitted.seed,
        "epochs": len(fitted.history),
        **{name: last.get(name) for name in ("train_loss", "held_out_loss", "words_per_second")},
        "notes": [*corpus.notes, *fitted.notes],
    }


def _lines(fitted: Any, about: dict[str, Any]) -> list[str]:
    return [
        *map(as_typed, str(fitted.summary()).split("\n")),
        "",
        f"{count(about['n_words'], 'word')} with {count(about['dim'], 'number')} each are in {about['output']}.",
        f"Ask them: lacunet embed nearest {about['output']} {fitted.words[min(100, len(fitted.words) - 1)]}",
    ]


embed.command()(nearest)
embed.command()(analogy)
embed.command()(evaluate)
embed.command()(convert)
embed.command()(stability)
