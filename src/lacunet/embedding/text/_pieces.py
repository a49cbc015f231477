"""From numbers in the stream to rows of a vocabulary, in pieces of about one size."""

from collections.abc import Iterable, Iterator

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._kernel import UNIT_END


@njit(cache=True, nogil=True)
def keep_known(
    numbers: NDArray[np.int32], row: NDArray[np.int32], out: NDArray[np.int32], at: int, is_open: bool
) -> int:
    """Write rows of known words from ``at`` on, and one end for every unit that has a word; the place reached.

    ``is_open`` says whether the unit that goes on here has a word already.
    """
    for number in numbers:
        if number == UNIT_END:
            if is_open:
                out[at] = UNIT_END
                at += 1
            is_open = False
        elif row[number] >= 0:
            out[at] = row[number]
            at += 1
            is_open = True
    return at


def make_pieces(
    chunks: Iterable[NDArray[np.int32]], row: NDArray[np.int32], size: int, most: int
) -> Iterator[NDArray[np.int32]]:
    """Pieces of at least ``size`` rows (the last may be shorter); no chunk is longer than ``most``."""
    out = np.empty(size + most, dtype=np.int32)
    at, is_open = 0, False
    for chunk in chunks:
        at = keep_known(chunk, row, out, at, is_open)
        if at:
            is_open = bool(out[at - 1] != UNIT_END)
        if at >= size:
            yield out[:at].copy()
            at = 0
    if at:
        yield out[:at].copy()


@njit(cache=True, nogil=True)
def count_words(
    numbers: NDArray[np.int32], final: NDArray[np.int32], weight: int, counts: NDArray[np.int64], n_open: int
) -> tuple[int, int]:
    """Add occurrences of words, each ``weight`` times; the units with words that end, and the words of an open one."""
    n_units = 0
    for number in numbers:
        if number == UNIT_END:
            n_units += weight if n_open > 0 else 0
            n_open = 0
        elif final[number] >= 0:
            counts[final[number]] += weight
            n_open += 1
    return n_units, n_open
