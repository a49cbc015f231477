"""Files of vectors: which form they have, and ``lacunet embed convert vectors.bin vectors.txt``."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson
from lacunet.cli._guard import guard
from lacunet.cli._impute import Force, Quiet
from lacunet.cli._say import count, say, say_json
from lacunet.errors import SpecError

NATIVE = ".lacunet"
FORMATS = ("word2vec", "word2vec-text", "glove", "lacunet")
ENDINGS = {".bin": "word2vec", ".txt": "word2vec-text", ".vec": "word2vec-text", ".glove": "glove", NATIVE: "lacunet"}
FASTTEXT = b"\xba\x16\x4f\x2f"
"""How a model of fastText begins."""
HEADER = re.compile(rb"\s*\d+ \d+\s*")
"""The first line of word2vec's files: how many words, and how many numbers each."""

Vectors = Annotated[
    Path,
    typer.Argument(
        help=f"Vectors: word2vec (.bin, .txt), GloVe, fastText (.bin, .vec), or {NATIVE}.", show_default=False
    ),
]
Format = Annotated[
    str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}  [default: by the ending of the name].")
]
Limit = Annotated[int | None, typer.Option("--limit", help="Read so many words from the top, the most frequent.")]


def convert(
    source: Vectors,
    target: Annotated[Path, typer.Argument(help=f"File to write to: {', '.join(ENDINGS)}.", show_default=False)],
    file_format: Format = None,
    limit: Limit = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write vectors in another form."""
    with guard(quiet=quiet or as_json):
        from lacunet.table import replacing

        form = choose_form(target, file_format)
        with replacing(target, force=force) as temporary:
            vectors = read_vectors(source, limit)
            write_vectors(vectors, temporary, form)
        about = {
            "data": source.name,
            "n_words": len(vectors),
            "dim": vectors.dim,
            "output": str(target),
            "format": form,
        }
        if as_json:
            say_json(about)
        elif not quiet:
            say(f"{count(len(vectors), 'word')} with {count(vectors.dim, 'number')} each are in {target} ({form}).")


def read_vectors(path: Path, limit: int | None = None) -> Any:
    """Read vectors in whatever form; the file itself tells.

    Raises
    ------
    SpecError
        When a saved thing holds no embeddings.
    DataError
        When the file is missing, or is none of the forms.
    """
    from lacunet.embedding.space import Embeddings
    from lacunet.embedding.space._files import opened

    if path.suffix == NATIVE:
        return _load(path, limit)
    with opened(path) as file:
        first = file.readline(1 << 16)
    if first.startswith(FASTTEXT):
        return Embeddings.from_fasttext(path, limit=limit)
    if HEADER.fullmatch(first):
        return Embeddings.from_word2vec(path, limit=limit)
    return Embeddings.from_glove(path, limit=limit)


def _load(path: Path, limit: int | None) -> Any:
    from lacunet._check import check_count
    from lacunet._load import load
    from lacunet.embedding.space import Embeddings

    found = load(path)
    if not isinstance(found, Embeddings):
        raise SpecError(
            f"'{path}' holds a {type(found).__name__}. This command needs embeddings: name a file that 'lacunet embed' "
            "wrote."
        )
    if limit is None:
        return found
    n = check_count(limit, "limit")
    return Embeddings(found.words[:n], found.vectors[:n], None if found.counts is None else found.counts[:n])


def choose_form(target: Path, form: str | None) -> str:
    """The form to write, before any work is done."""
    if form is not None and form not in FORMATS:
        raise SpecError(f"--format got '{form}'. The formats are {', '.join(FORMATS)}.")
    found = form or ENDINGS.get(target.suffix.lower())
    if found is None:
        raise SpecError(
            f"'{target}' ends in {target.suffix or 'nothing'!r}, which says no form. A name is needed that ends in one "
            f"of {', '.join(ENDINGS)}: rename it, or add --format."
        )
    return found


def write_vectors(vectors: Any, path: Path, form: str) -> None:
    """Write vectors in a form, over a temporary file."""
    if form == "lacunet":
        vectors.save(path, force=True)
    elif form == "glove":
        vectors.save_glove(path, force=True)
    else:
        vectors.save_word2vec(path, binary=form == "word2vec", force=True)
