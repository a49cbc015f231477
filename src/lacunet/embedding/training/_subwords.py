"""Pieces of words: letters in a row, so that rare words borrow from those they look like."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray


def list_subwords(word: str, sizes: tuple[int, int]) -> Iterator[str]:
    """Runs of ``sizes[0]`` to ``sizes[1]`` letters of ``<word>``, the whole apart.

    References
    ----------
    Bojanowski, P., E. Grave, A. Joulin, and T. Mikolov. 2017. Enriching word vectors with subword information.
    Transactions of the Association for Computational Linguistics 5: 135-146.
    """
    marked = f"<{word}>"
    for size in range(sizes[0], sizes[1] + 1):
        for start in range(len(marked) - size + 1):
            if size < len(marked) and not (size == 1 and start in (0, len(marked) - 1)):
                yield marked[start : start + size]


def number_subwords(
    words: Sequence[str], sizes: tuple[int, int] | None
) -> tuple[NDArray[np.int64], NDArray[np.int32], tuple[str, ...]]:
    """Input rows of each word: its own, and one for every subword that occurs in the vocabulary.

    Differs: fastText hashes subwords into two million rows, where they collide; here each has a row of its own.

    Returns
    -------
    tuple
        ``starts`` (v + 1,) and ``rows``, as in `Bags`, and the subwords in the order of their rows, from row v on.
    """
    v = len(words)
    if sizes is None:
        return np.arange(v + 1), np.arange(v, dtype=np.int32), ()
    number: dict[str, int] = {}
    rows: list[int] = []
    starts = np.zeros(v + 1, np.int64)
    for row, word in enumerate(words):
        rows.append(row)
        rows += [v + number.setdefault(part, len(number)) for part in list_subwords(word, sizes)]
        starts[row + 1] = len(rows)
    return starts, np.array(rows, np.int32), tuple(number)
