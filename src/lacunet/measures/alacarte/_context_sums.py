"""Sums of context vectors over all occurrences of every word, in one pass over a corpus."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.measures.documents._count import rows_of_numbers

KERNEL: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy"}
"""Without Python's lock, and without counting references to arrays, which the callers hold."""
LANE = 8
"""Dimensions that a thread takes are a multiple of this: eight numbers of float64 fill a line of the cache."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class ContextSums:
    """What a corpus says of the contexts of words.

    Attributes
    ----------
    rows
        Rows of the space that were asked about (n,).
    counts
        Occurrences of each in the corpus (n,).
    times
        Occurrences with a known word around them (n,).
    sums
        Sum over these of the mean vector of the known words around (n, d), float64.
    """

    rows: Integers
    counts: Integers
    times: Integers
    sums: Floats

    @property
    def means(self) -> Floats:
        """Mean context vector of each word (n, d); NaN where no occurrence has a known word around it."""
        with np.errstate(invalid="ignore"):
            return self.sums / self.times[:, None]


def count_occurrences(space: Embeddings, corpus: Corpus) -> Integers:
    """Occurrences of every word of the space in the corpus (v,)."""
    rows = rows_of_numbers(space, corpus)
    counts = np.zeros(len(space), dtype=np.intp)
    for block in corpus.blocks():
        found = rows[block.numbers[block.numbers >= 0]]
        counts += np.bincount(found[found >= 0], minlength=len(space))
    return counts


def sum_contexts(
    space: Embeddings,
    corpus: Corpus,
    chosen: Integers,
    window: int,
    progress: Progress | None = None,
    threads: int | None = None,
) -> ContextSums:
    """Go through a corpus once and add up, for each chosen word, the mean vectors of its contexts.

    Windows reach so many places to either side, as in `find_contexts`: unknown words keep their place, and windows end
    where units end. Threads share out the dimensions, not the text: each number is added up by one thread in the order
    of the text, so that their number changes nothing.

    Parameters
    ----------
    space
        Embeddings with v words.
    corpus
        The text.
    chosen
        Rows of the words that sums are wanted for (n,).
    window
        Places to either side.
    progress
        Function of stage, words read and words in all.
    threads
        None takes all cores.

    Returns
    -------
    ContextSums
        For the chosen words.
    """
    rows = rows_of_numbers(space, corpus)
    slot = np.full(len(space), -1, dtype=np.int32)
    slot[chosen] = np.arange(len(chosen), dtype=np.int32)
    sums = np.zeros((len(chosen), space.dim))
    cuts = share_out(space.dim, threads or os.cpu_count() or 1)
    tallies = np.zeros((len(cuts) - 1, 2, len(chosen)), dtype=np.int64)
    around = np.zeros((len(cuts) - 1, space.dim))
    done = 0
    with ThreadPoolExecutor(len(cuts) - 1) as pool:
        for block in corpus.blocks():
            numbers = block.numbers

            def add(k: int, numbers: Any = numbers) -> None:
                part = (cuts[k], cuts[k + 1])
                _add(numbers, rows, slot, space.vectors, window, part, around[k], sums, tallies[k])

            list(pool.map(add, range(len(cuts) - 1)))
            done += len(numbers)
            if progress is not None:
                progress("contexts", min(done, corpus.n_tokens), corpus.n_tokens)
    counts, times = tallies[0].astype(np.intp)
    return ContextSums(chosen, counts, times, sums)


def share_out(dim: int, threads: int) -> list[int]:
    """Where the dimensions of each thread begin, and the end of the last."""
    width = LANE * -(-dim // (LANE * max(1, threads)))
    return [*range(0, dim, width), dim]


@njit(**KERNEL)
def _add(
    numbers: Any, rows: Any, slot: Any, vectors: Any, window: int, part: Any, around: Any, sums: Any, tally: Any
) -> None:
    """Add the contexts of some whole units, dimensions from ``part[0]`` to ``part[1]``.

    ``tally`` counts occurrences, and those with a known word around them.
    """
    start = 0
    for stop in range(numbers.size):
        if numbers[stop] < 0:
            _add_unit(numbers[start:stop], rows, slot, vectors, window, part, around, sums, tally)
            start = stop + 1
    _add_unit(numbers[start:], rows, slot, vectors, window, part, around, sums, tally)


@njit(**KERNEL)
def _add_unit(
    numbers: Any, rows: Any, slot: Any, vectors: Any, window: int, part: Any, around: Any, sums: Any, tally: Any
) -> None:
    """Add the contexts of one unit.

    ``around`` is the sum of the vectors in the window, the centre's among them. It is kept in float64, in which adding
    float32 numbers and taking them away again loses nothing that matters.
    """
    low, high = part
    n_known = 0
    for c in range(low, high):
        around[c] = 0.0
    for j in range(min(window, numbers.size)):
        n_known += _move(vectors, rows[numbers[j]], low, high, 1.0, around)
    for i in range(numbers.size):
        if i + window < numbers.size:
            n_known += _move(vectors, rows[numbers[i + window]], low, high, 1.0, around)
        if i > window:
            n_known -= _move(vectors, rows[numbers[i - window - 1]], low, high, -1.0, around)
        row = rows[numbers[i]]
        if row >= 0 and slot[row] >= 0:
            tally[0, slot[row]] += 1
            if n_known > 1:
                tally[1, slot[row]] += 1
                _take_mean(vectors, row, low, high, 1.0 / (n_known - 1), around, sums, slot[row])


@njit(**KERNEL)
def _move(vectors: Any, row: int, low: int, high: int, sign: float, around: Any) -> int:
    """Take a vector into the window or out of it; whether there was one."""
    if row < 0:
        return 0
    for c in range(low, high):
        around[c] += sign * vectors[row, c]
    return 1


@njit(**KERNEL)
def _take_mean(vectors: Any, row: int, low: int, high: int, share: float, around: Any, sums: Any, at: int) -> None:
    """Add the mean of the window without its centre to the sum of the centre's word."""
    for c in range(low, high):
        sums[at, c] += (around[c] - vectors[row, c]) * share
