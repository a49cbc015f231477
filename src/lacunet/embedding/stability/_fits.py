"""Several embeddings side by side: the words that all of them hold, and the cosines of cues with these."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._lookup import SEARCHED
from lacunet.errors import DataError, SpecError, suggest

ROWS_AT_ONCE = 1 << 14
"""Vectors turned into float64 at once, so that a matrix on disk is never copied as a whole."""
BYTES_AT_ONCE = 1 << 27
"""Room for the cosines of a block of cues."""
FEWEST_WORDS = 4
"""A correlation over fewer words than three (the cue apart) says nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fits:
    """Embeddings with the words they have in common; made by `join_fits`.

    Attributes
    ----------
    embeddings
        The r fits.
    words
        Words that all of them hold, in the order of the first.
    rows
        Row of each of these words, for each fit, shape ``(v,)``.
    lengths
        Length of each of these vectors, for each fit, shape ``(v,)``.
    """

    embeddings: tuple[Embeddings, ...]
    words: tuple[str, ...]
    rows: tuple[Integers, ...]
    lengths: tuple[Floats, ...]
    _index: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {word: i for i, word in enumerate(self.words)})

    def __len__(self) -> int:
        return len(self.embeddings)

    def __contains__(self, word: object) -> bool:
        return word in self._index

    def part(self, which: slice) -> "Fits":
        """Some of the fits, over the words that all of them hold."""
        rows, lengths = self.rows[which], self.lengths[which]
        return Fits(embeddings=self.embeddings[which], words=self.words, rows=rows, lengths=lengths)

    def find(self, words: Sequence[str]) -> Integers:
        """Positions of words among the common ones.

        Raises
        ------
        DataError
            When a word is not in every fit.
        """
        missing = [word for word in words if word not in self._index]
        if missing:
            word = missing[0]
            n = sum(word in one for one in self.embeddings)
            near = suggest(word, self.words[:SEARCHED])
            more = f" (and {len(missing) - 1} more of those named not in all)" if len(missing) > 1 else ""
            raise DataError(
                f"The word {word!r} is in {n} of {len(self)} fits{more}. It has to be in all of them. "
                + (near or "Leave it out, or fit with a smaller min_count.")
            )
        return np.array([self._index[word] for word in words], dtype=np.intp)

    def cosines(self, cues: Integers) -> Floats:
        """Cosines of c words with all v common ones, in each of r fits, shape ``(r, c, v)``; 0 for a vector of 0."""
        return np.stack([self._cosines_of(fit, cues) for fit in range(len(self))])

    def cosines_in_blocks(self, cues: Integers) -> Iterator[tuple[Integers, Floats]]:
        """Cosines as `cosines` gives them, some cues at a time."""
        step = max(1, BYTES_AT_ONCE // (8 * len(self) * len(self.words)))
        for first in range(0, len(cues), step):
            block = cues[first : first + step]
            yield block, self.cosines(block)

    def cosines_of_pairs(self, words: Integers, others: Integers) -> Floats:
        """Cosines of the words of each pair, shape ``(r, n)``."""
        found = np.empty((len(self), len(words)))
        for fit, (one, rows) in enumerate(zip(self.embeddings, self.rows, strict=True)):
            left, right = (np.asarray(one.vectors[rows[which]], dtype=np.float64) for which in (words, others))
            found[fit] = _divide((left * right).sum(axis=1), self.lengths[fit][words] * self.lengths[fit][others])
        return found

    def _cosines_of(self, fit: int, cues: Integers) -> Floats:
        vectors, rows, lengths = self.embeddings[fit].vectors, self.rows[fit], self.lengths[fit]
        wanted = np.asarray(vectors[rows[cues]], dtype=np.float64)
        found = np.empty((len(cues), len(rows)))
        for part in _parts(len(rows)):
            # Not BLAS, whose sums depend on the number of threads.
            np.einsum("cd,vd->cv", wanted, np.asarray(vectors[rows[part]], dtype=np.float64), out=found[:, part])
        return _divide(found, lengths[cues][:, None] * lengths)


def join_fits(embeddings: Any, least: int = 2) -> Fits:
    """Put embeddings side by side.

    Raises
    ------
    SpecError
        When there are fewer than ``least``, or one is none.
    DataError
        When they have hardly a word in common.
    """
    if isinstance(embeddings, Embeddings) or not isinstance(embeddings, Sequence):
        raise SpecError(
            f"embeddings is a {type(embeddings).__name__}. A list of {least} or more fits is needed: "
            "fit again with other seeds, or use stability_of, which does."
        )
    for one in embeddings:
        if not isinstance(one, Embeddings):
            raise SpecError(f"embeddings holds a {type(one).__name__}. Each has to be an Embeddings: fit or read one.")
    if len(embeddings) < least:
        raise SpecError(
            f"embeddings holds {len(embeddings)}. A list of {least} or more fits is needed: fit again with other seeds."
        )
    words = tuple(word for word in embeddings[0].words if all(word in other for other in embeddings[1:]))
    if len(words) < FEWEST_WORDS:
        raise DataError(
            f"The {len(embeddings)} fits have {len(words)} words in common. {FEWEST_WORDS} or more are needed: compare "
            "fits of the same language, whose words are written alike (all in lower case, for example)."
        )
    rows = tuple(one.rows(words) for one in embeddings)
    lengths = tuple(_measure(one.vectors, where) for one, where in zip(embeddings, rows, strict=True))
    return Fits(embeddings=tuple(embeddings), words=words, rows=rows, lengths=lengths)


def join_around(embeddings: Any, whole: Embeddings | None, over: str) -> tuple[Fits, Fits | None]:
    """Put fits side by side and, apart from them, the one to all documents, over the words that all of these hold.

    Raises
    ------
    SpecError
        As in `join_fits`, or when ``whole`` comes with fits that do not differ by their documents.
    DataError
        As in `join_fits`.
    """
    fits = join_fits(embeddings)
    if whole is None:
        return fits, None
    if over != "documents":
        raise SpecError(
            f"whole is given with over={over!r}. It is for fits to resampled documents: fits that differ by their seed "
            "have all read the whole. Leave it out, or say over='documents'."
        )
    joint = join_fits([*fits.embeddings, whole])
    return joint.part(slice(0, -1)), joint.part(slice(-1, None))


def _measure(vectors: Any, rows: Integers) -> Floats:
    found = np.empty(len(rows))
    for part in _parts(len(rows)):
        found[part] = np.sqrt((np.asarray(vectors[rows[part]], dtype=np.float64) ** 2).sum(axis=1))
    return found


def _parts(n: int) -> Iterator[slice]:
    return (slice(first, first + ROWS_AT_ONCE) for first in range(0, n, ROWS_AT_ONCE))


def _divide(products: Floats, lengths: Floats) -> Floats:
    return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
