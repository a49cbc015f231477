"""Terms of several words that the user names, read as one."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._content import Content
from lacunet.embedding.text._join import DOCUMENT_END, joined, rewrite
from lacunet.embedding.text._kernel import KERNEL


def join_expressions(content: Content, terms: list[tuple[str, ...]]) -> Content:
    """Terms read as one word each, the longest first; a term with a word that the text has not is passed by."""
    wanted = {word for term in terms for word in term}
    index = _numbers_of(content, wanted)
    known = list(dict.fromkeys(term for term in terms if all(word in index for word in term)))
    if not known:
        return content
    n = len(content.spellings)
    keys, targets, meaning = _tree([[index[word] for word in term] for term in known], n)
    begins = np.zeros(n, dtype=np.bool_)
    begins[[index[term[0]] for term in known]] = True
    longest = max(map(len, known))

    def join(numbers: Any, is_last: bool, out: Any, ends: Any, placed: Any) -> int:
        return _join(numbers, 0 if is_last else longest, begins, keys, targets, meaning, out, ends, placed)

    return joined(content, rewrite(content, join), ["_".join(term) for term in known])


def _numbers_of(content: Content, wanted: set[str]) -> dict[str, int]:
    step = 1 << 16
    found = {}
    for start in range(0, len(content.spellings), step):
        words = content.spellings.words(np.arange(start, min(start + step, len(content.spellings))))
        found.update({word: start + k for k, word in enumerate(words) if word in wanted})
    return found


def _tree(terms: list[list[int]], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Branches as sorted keys (node times n plus word), the nodes they lead to, and what each node means (or -1)."""
    branches: dict[int, int] = {}
    meaning = {0: -1}
    for k, term in enumerate(terms):
        node = 0
        for word in term:
            node = branches.setdefault(node * n + word, len(branches) + 1)
        meaning[node] = n + k
    keys = np.array(sorted(branches), dtype=np.int64)
    targets = np.array([branches[key] for key in keys.tolist()], dtype=np.int64)
    return keys, targets, np.array([meaning.get(node, -1) for node in range(len(branches) + 1)], dtype=np.int32)


@njit(**KERNEL)
def _join(
    numbers: Any, ahead: int, begins: Any, keys: Any, targets: Any, meaning: Any, out: Any, ends: Any, placed: Any
) -> int:
    n, k, at, n_ends = numbers.size, 0, 0, 0
    while k + ahead <= n and k < n:
        number = numbers[k]
        length = 0
        if number == DOCUMENT_END:
            ends[n_ends] = at
            n_ends += 1
            k += 1
            continue
        if number >= 0 and begins[number]:
            length, term = _longest(numbers, k, begins.size, keys, targets, meaning)
            if length > 0:
                number = term
        out[at] = number
        at += 1
        k += max(length, 1)
    placed[0], placed[1] = at, n_ends
    return k


@njit(**KERNEL)
def _longest(numbers: Any, k: int, n: int, keys: Any, targets: Any, meaning: Any) -> tuple[int, int]:
    """Length of the longest term that begins at a place, and its number; 0 and -1 where none does."""
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
