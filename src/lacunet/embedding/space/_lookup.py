"""Words and their rows: what every question to an embedding begins with."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError, suggest

SEARCHED = 50_000
"""Most frequent words among which the nearest spelling of an unknown one is looked for; more would take seconds."""
SHOWN = 5
"""Unknown words that a message names."""
BLOCK = 1 << 22
"""Numbers worked on at once, so that float64 copies of a large matrix stay small."""


class Lookup:
    """Words, their vectors and their counts; unchanging. See `Embeddings`, which is what users meet."""

    def __init__(self, words: Sequence[str], vectors: Any, counts: Any = None) -> None:
        self._words = tuple(words)
        self._vectors = _read_vectors(vectors, len(self._words))
        self._counts = _read_counts(counts, len(self._words))
        self._rows = _read_words(self._words)

    @property
    def words(self) -> tuple[str, ...]:
        """The words, in the order of the rows; most frequent first where a corpus or a file gave that order."""
        return self._words

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The matrix (v, d) of float32, one row a word; read-only."""
        return self._vectors

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """How often each word occurred (v,), or None where nobody knows; read-only."""
        return self._counts

    @property
    def dim(self) -> int:
        """Number of dimensions d."""
        return self._vectors.shape[1]

    @cached_property
    def norms(self) -> NDArray[np.float32]:
        """Euclidean length of each vector (v,), NaN for a vector of zeros, which has no direction; read-only."""
        step = max(1, BLOCK // self.dim)
        parts = [
            np.sqrt(np.einsum("ij,ij->i", block, block, dtype=np.float64))
            for block in (self._vectors[i : i + step] for i in range(0, len(self), step))
        ]
        norms = np.concatenate(parts).astype(np.float32)
        norms[norms == 0] = np.nan
        norms.flags.writeable = False
        return norms

    def __len__(self) -> int:
        return len(self._words)

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and word in self._rows

    def __getitem__(self, word: str | Sequence[str]) -> NDArray[np.float32]:
        if isinstance(word, str):
            return self._vectors[self.rows([word])[0]]
        return self._vectors[self.rows(word)]

    def rows(self, words: Sequence[str]) -> Integers:
        """Rows of words.

        Parameters
        ----------
        words
            Known words.

        Returns
        -------
        numpy.ndarray
            Positions in `words`, one a word.

        Raises
        ------
        DataError
            When a word is unknown; the message names the nearest known one.
        SpecError
            When these are no words.
        """
        asked = _as_words(words)
        unknown = list(dict.fromkeys(word for word in asked if word not in self._rows))
        if unknown:
            raise DataError(self._say_unknown(unknown))
        return np.fromiter((self._rows[word] for word in asked), dtype=np.intp, count=len(asked))

    def units(self, rows: Integers) -> Floats:
        """Vectors at length 1, in float64.

        Parameters
        ----------
        rows
            Positions in `words`.

        Returns
        -------
        numpy.ndarray
            Floats (n, d), NaN in the row of a vector of zeros.
        """
        vectors = self._vectors[rows].astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        lengths[lengths == 0] = np.nan
        return vectors / lengths[:, None]

    def _say_unknown(self, unknown: list[str]) -> str:
        named = ", ".join(map(repr, unknown[:SHOWN])) + (", ..." if len(unknown) > SHOWN else "")
        subject = f"The word {named} is" if len(unknown) == 1 else f"{len(unknown)} words ({named}) are"
        near = [word for word in self._words[:SEARCHED] if abs(len(word) - len(unknown[0])) <= 2]
        advice = suggest(unknown[0], near) or "Ask with `word in embeddings` first, or train with a lower min_count."
        return f"{subject} not among the {len(self):,} words of these embeddings. A known word is needed. {advice}"


def _as_words(words: Any) -> list[str]:
    asked = [words] if isinstance(words, str) else list(words) if hasattr(words, "__iter__") else [words]
    wrong = next((word for word in asked if not isinstance(word, str)), None)
    if wrong is not None:
        raise SpecError(f"{wrong!r} is a {type(wrong).__name__}. A word is needed, or a list of words. Hand over text.")
    return asked


def _read_words(words: tuple[str, ...]) -> dict[str, int]:
    """Word to row, or why these cannot be words."""
    wrong = next((i for i, word in enumerate(words) if not isinstance(word, str) or not word), None)
    if wrong is not None:
        raise DataError(
            f"Word {wrong} is {words[wrong]!r}. Words need to be text of one letter at least. Leave it and its row out."
        )
    rows = dict(zip(words, range(len(words)), strict=True))
    if len(rows) < len(words):
        first = next(i for i, word in enumerate(words) if rows[word] != i)
        raise DataError(
            f"The word {words[first]!r} stands at row {first} and again at row {rows[words[first]]}. "
            "Words need to differ, so that each has one vector. Leave one of the rows out."
        )
    return rows


def _read_vectors(vectors: Any, n_words: int) -> NDArray[np.float32]:
    is_mapped = isinstance(vectors, np.memmap) and vectors.dtype == np.float32
    try:
        with np.errstate(over="ignore"):
            matrix = np.ascontiguousarray(vectors, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"The vectors are no matrix of numbers ({error}). Hand over an array (v, d).") from error
    if matrix.ndim != 2 or matrix.shape[0] != n_words or 0 in matrix.shape:
        raise DataError(
            f"The vectors have shape {np.shape(vectors)} for {n_words:,} words. A matrix of one row a word is needed, "
            "with a word and a dimension at least. Hand over words and vectors that belong together."
        )
    # A mapped file was checked when it was saved; to look at every number now would read all of it.
    if not is_mapped:
        _check_finite(matrix)
    matrix = matrix.view()
    matrix.flags.writeable = False
    return matrix


def _check_finite(matrix: NDArray[np.float32]) -> None:
    step = max(1, BLOCK // matrix.shape[1])
    for start in range(0, len(matrix), step):
        is_finite = np.isfinite(matrix[start : start + step]).all(axis=1)
        if not is_finite.all():
            raise DataError(
                f"The vector at row {start + int(np.argmin(is_finite))} holds a number that is not finite. Every "
                "number needs to be finite in float32. Leave the row out, or train with a lower learning rate."
            )


def _read_counts(counts: Any, n_words: int) -> NDArray[np.int64] | None:
    if counts is None:
        return None
    given = np.asarray(counts)
    is_whole = given.dtype.kind in "iu" or (given.dtype.kind == "f" and bool((given == np.floor(given)).all()))
    if given.shape != (n_words,) or not is_whole or (given < 0).any():
        raise DataError(
            f"The counts have shape {given.shape} and type {given.dtype} for {n_words:,} words. One whole number from "
            "0 a word is needed. Hand them over so, or leave them out."
        )
    read = given.astype(np.int64)
    read.flags.writeable = False
    return read
