"""Terms of several words that the user names, read as one."""

from typing import Any

from numba import njit

from lacunet.embedding.text._content import Content
from lacunet.embedding.text._join import DOCUMENT_END, joined, rewrite
from lacunet.embedding.text._kernel import KERNEL
from lacunet.embedding.text._trie import find_longest, make_trie

# Compiled from: 7c964924c4b7


def join_expressions(content: Content, terms: list[tuple[str, ...]]) -> Content:
    """Terms read as one word each, the longest first; a term with a word that the text has not is passed by."""
    wanted = {word for term in terms for word in term}
    index = content.spellings.find(wanted)
    known = list(dict.fromkeys(term for term in terms if all(word in index for word in term)))
    if not known:
        return content
    n = len(content.spellings)
    trie = make_trie([[index[word] for word in term] for term in known], range(n, n + len(known)), n)
    longest = max(map(len, known))

    def join(numbers: Any, is_last: bool, out: Any, ends: Any, placed: Any) -> int:
        return _join(numbers, 0 if is_last else longest, *trie, out, ends, placed)

    return joined(content, rewrite(content, join), ["_".join(term) for term in known])


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
            length, term = find_longest(numbers, k, begins.size, keys, targets, meaning)
            if length > 0:
                number = term
        out[at] = number
        at += 1
        k += max(length, 1)
    placed[0], placed[1] = at, n_ends
    return k
