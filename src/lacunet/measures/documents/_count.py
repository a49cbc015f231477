"""Counts of known words in every document."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus


def rows_of_numbers(space: Embeddings, corpus: Corpus) -> NDArray[np.int32]:
    """Row in the space of every number of a corpus (n_numbers,); -1 where the space does not know the word."""
    rows = np.full(corpus.n_numbers, -1, dtype=np.int32)
    known = [(number, word) for number, word in corpus.numbered() if word in space]
    if known:
        numbers, words = zip(*known, strict=True)
        rows[list(numbers)] = space.rows(words)
    return rows


def count_words(space: Embeddings, corpus: Corpus) -> tuple[csr_array, NDArray[np.int64]]:
    """Counts (n, v) of the words of the space, float32, and the words of each document in all (n,)."""
    rows = rows_of_numbers(space, corpus)
    seen = np.zeros(len(space), dtype=np.int32)
    parts: list[tuple[Any, ...]] = []
    for block in corpus.blocks():
        found = np.empty(len(block.numbers), dtype=np.int32)
        times = np.empty(len(block.numbers), dtype=np.float32)
        sizes = np.empty((2, len(block.offsets) - 1), dtype=np.int64)
        at = _count(block.numbers, block.offsets, rows, seen, found, times, sizes)
        parts.append((found[:at].copy(), times[:at].copy(), sizes))
    found, times, sizes = (np.concatenate(some, axis=-1) for some in zip(*parts, strict=True))
    starts = np.concatenate([[0], np.cumsum(sizes[0])])
    return csr_array((times, found, starts), shape=(corpus.n_documents, len(space))), sizes[1]


@njit(cache=True, nogil=True)
def _count(numbers: Any, offsets: Any, rows: Any, seen: Any, found: Any, times: Any, sizes: Any) -> int:
    """Known words of each document with how often they stand there, in the order in which they come first.

    ``seen`` is zeros as it comes and as it goes; ``sizes`` takes distinct known words, and words in all.
    """
    at = 0
    for document in range(offsets.size - 1):
        first, n_words = at, 0
        for k in range(offsets[document], offsets[document + 1]):
            if numbers[k] < 0:
                continue
            n_words += 1
            row = rows[numbers[k]]
            if row < 0:
                continue
            if seen[row] == 0:
                found[at] = row
                at += 1
                seen[row] = at - first
                times[at - 1] = 0
            times[first + seen[row] - 1] += 1
        for k in range(first, at):
            seen[found[k]] = 0
        sizes[0, document], sizes[1, document] = at - first, n_words
    return at
