"""Cosines of words with directions, a part of the vocabulary at a time."""

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings

ROWS = 1 << 14
"""Vectors turned into float64 at once, so that a large matrix is never copied as a whole."""


def cosines_with(space: Embeddings, rows: Integers, directions: Floats) -> Floats:
    """Products of words at length 1 with directions (n, k); NaN for a word whose vector is all zeros.

    Parameters
    ----------
    space
        Embeddings.
    rows
        Rows of the words (n,).
    directions
        One a row (k, d); cosines come back where they are of length 1.
    """
    found = np.empty((len(rows), len(directions)))
    for first in range(0, len(rows), ROWS):
        # Not BLAS, whose sums depend on the number of threads.
        np.einsum("nd,kd->nk", space.units(rows[first : first + ROWS]), directions, out=found[first : first + ROWS])
    return found


def words_in_all(spaces: tuple[Embeddings, ...]) -> tuple[str, ...]:
    """Words that all fits hold, in the order of the first."""
    first, *others = spaces
    if all(other.words == first.words for other in others):
        return first.words
    return tuple(word for word in first.words if all(word in other for other in others))
