"""Terms of several words as one tree, and the longest term that begins at a place of a text."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._kernel import KERNEL


class Trie(NamedTuple):
    """A tree of terms.

    Attributes
    ----------
    begins
        Whether a term begins with each word (n,).
    keys, targets
        Branches as sorted keys (node times n plus word), and the nodes that they lead to.
    meaning
        What each node means; -1 where no term ends.
    """

    begins: NDArray[np.bool_]
    keys: NDArray[np.int64]
    targets: NDArray[np.int64]
    meaning: NDArray[np.int32]


def make_trie(terms: Sequence[Sequence[int]], meanings: Sequence[int], n: int) -> Trie:
    """Put terms (numbers of words below n) and what each means into one tree."""
    branches: dict[int, int] = {}
    meaning = {0: -1}
    for term, means in zip(terms, meanings, strict=True):
        node = 0
        for word in term:
            node = branches.setdefault(node * n + word, len(branches) + 1)
        meaning[node] = means
    keys = np.array(sorted(branches), dtype=np.int64)
    begins = np.zeros(n, dtype=np.bool_)
    begins[[term[0] for term in terms]] = True
    return Trie(
        begins=begins,
        keys=keys,
        targets=np.array([branches[key] for key in keys.tolist()], dtype=np.int64),
        meaning=np.array([meaning.get(node, -1) for node in range(len(branches) + 1)], dtype=np.int32),
    )


@njit(**KERNEL)
def find_longest(numbers: Any, k: int, n: int, keys: Any, targets: Any, meaning: Any) -> tuple[int, int]:
    """Length of the longest term that begins at a place, and what it means; 0 and -1 where none does."""
    node, length, term = 0, 0, -1
    for ahead in range(numbers.size - k):
        if numbers[k + ahead] < 0:
            break
        key = node * n + numbers[k + ahead]
        place = np.searchsorted(keys, key)
        if place == keys.size or keys[place] != key:
            break
        node = targets[place]
        if meaning[node] >= 0:
            length, term = ahead + 1, meaning[node]
    return length, term
