"""Opening files of vectors, packed by gzip or not, and what their readers share."""

import gzip
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lacunet._check import check_count
from lacunet._typing import PathLike
from lacunet.errors import DataError, DataWarning

GZIP = b"\x1f\x8b"
SHOWN = 3


@contextmanager
def opened(path: PathLike) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where gzip packed them; the file itself says so, not its name."""
    try:
        if is_packed(path):
            with gzip.open(path) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            with Path(path).open("rb") as file:
                yield file
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"'{path}' cannot be read ({type(error).__name__}: {error}). A whole file of vectors is needed. "
            "Check the path, and get the file again if it was cut off."
        ) from error


def is_packed(path: PathLike) -> bool:
    """Whether gzip packed a file, as its first bytes say."""
    with Path(path).open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def read_limit(limit: Any) -> int | None:
    """How many words to read, or None for all."""
    return None if limit is None else check_count(limit, "limit")


def as_word(raw: bytes, path: PathLike, place: str) -> str:
    """A word out of its bytes, or where the bytes are not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{place} of '{path}' begins with {raw[:20]!r}, which is not UTF-8. Words in UTF-8 are needed. "
            "Convert the file; if it is of another form, read it with the function of that form."
        ) from error


def without_repeats(
    words: Sequence[str], vectors: NDArray[np.float32], path: PathLike
) -> tuple[list[str], NDArray[np.float32]]:
    """Words and vectors with the first of those that repeat, and none that are empty; says what was left out.

    Warns
    -----
    DataWarning
        When words were left out.
    """
    seen: set[str] = {""}
    kept: list[int] = []
    left: list[int] = []
    for i, word in enumerate(words):
        (left if word in seen else kept).append(i)
        seen.add(word)
    if not left:
        return list(words), vectors
    named = ", ".join(f"{words[i]!r} (word {i + 1})" for i in left[:SHOWN]) + (", ..." if len(left) > SHOWN else "")
    warnings.warn(
        f"'{path}' has {len(left)} words that are empty or stood there before: {named}. Words need to differ: the "
        "first of each is kept, the others are left out.",
        DataWarning,
        stacklevel=3,
    )
    return [words[i] for i in kept], vectors[kept]


def check_writable(words: Sequence[str], form: str) -> None:
    """No word may hold what ends a word in the file."""
    wrong = next((word for word in words if any(mark in word for mark in " \t\n\r")), None)
    if wrong is not None:
        raise DataError(
            f"The word {wrong!r} holds a space or the end of a line, which ends a word in the form of {form}. Write _ "
            "in its place, or save with .save(), which keeps any word."
        )
