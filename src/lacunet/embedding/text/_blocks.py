"""Whole documents, some at a time, for those who need to know where each word stands."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._content import Content
from lacunet.embedding.text._kernel import KERNEL, UNIT_END


class Block(NamedTuple):
    """Some documents of a corpus, one after the other.

    Attributes
    ----------
    first
        Place of the first of them in the corpus.
    numbers
        Words as numbers below `Corpus.n_numbers`; ``UNIT_END`` (-1) after every unit.
    offsets
        Where in ``numbers`` each document begins, and the end of the last (documents + 1,).
    """

    first: int
    numbers: NDArray[np.int32]
    offsets: NDArray[np.int64]


def make_blocks(content: Content, order: NDArray[np.int64] | None, size: int) -> Iterator[Block]:
    """Documents in order, as many at a time as have about ``size`` numbers; a longer document comes alone."""
    starts = content.stream.offsets
    documents = np.arange(len(starts) - 1) if order is None else order
    ends = np.cumsum(starts[documents + 1] - starts[documents])
    first = 0
    while first < len(documents):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + size, side="right")))
        some = documents[first:last]
        raw = np.concatenate([np.empty(0, np.int32), *content.stream.ranges(some, max(size, 1))])
        numbers, offsets = np.empty(len(raw), np.int32), np.zeros(len(some) + 1, np.int64)
        at = _read(raw, ends[first:last] - before, content.final, numbers, offsets)
        yield Block(first, numbers[:at], offsets)
        first = last


@njit(**KERNEL)
def _read(raw: Any, ends: Any, final: Any, numbers: Any, offsets: Any) -> int:
    """Words that each number stands for, without what is left out."""
    at, k = 0, 0
    for document in range(ends.size):
        while k < ends[document]:
            number = raw[k]
            if number == UNIT_END:
                numbers[at] = UNIT_END
                at += 1
            elif final[number] >= 0:
                numbers[at] = final[number]
                at += 1
            k += 1
        offsets[document + 1] = at
    return at
