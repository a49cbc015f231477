"""Words as they stand around places in a corpus, to be read by people."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Integers
from lacunet.embedding.text import Corpus


class Around(NamedTuple):
    """Words before, at and after each of N places, as lists of words."""

    before: list[list[str]]
    keyword: list[list[str]]
    after: list[list[str]]


def words_around(
    corpus: Corpus, document: Integers, position: Integers, window: int, length: Integers | int = 1
) -> Around:
    """Look up the words around places in a corpus, as it was read.

    Parameters
    ----------
    corpus
        The text.
    document, position
        Document and place within it (N,), as `Mentions` and `Contexts` have them; in any order.
    window
        Words to either side; fewer where the unit ends.
    length
        Words that the keyword takes up, one number or (N,).

    Returns
    -------
    Around
        In the order of the places.
    """
    lengths = np.broadcast_to(np.asarray(length, dtype=np.intp), np.shape(document))
    order = np.argsort(document, kind="stable")
    sorted_documents = np.asarray(document)[order]
    pieces: list[tuple[NDArray[np.int32], ...]] = [()] * len(order)
    for block in corpus.blocks():
        low, high = np.searchsorted(sorted_documents, [block.first, block.first + len(block.offsets) - 1])
        for i in order[low:high]:
            start, stop = block.offsets[document[i] - block.first : document[i] - block.first + 2]
            pieces[i] = _cut(block.numbers[start:stop], int(position[i]), int(lengths[i]), window)
    words = _spell(corpus, [part for piece in pieces for part in piece])
    return Around(words[0::3], words[1::3], words[2::3])


def _cut(numbers: NDArray[np.int32], at: int, length: int, window: int) -> tuple[NDArray[np.int32], ...]:
    """Numbers before, at and after a place, up to the ends of its unit."""
    before, keyword, after = numbers[max(0, at - window) : at], numbers[at : at + length], numbers[at + length :]
    before = before[int(np.flatnonzero(before < 0)[-1]) + 1 :] if (before < 0).any() else before
    after = after[:window]
    after = after[: int(np.argmax(after < 0))] if (after < 0).any() else after
    return before.copy(), keyword.copy(), after.copy()


def _spell(corpus: Corpus, parts: list[NDArray[np.int32]]) -> list[list[str]]:
    if not parts:
        return []
    distinct, places = np.unique(np.concatenate(parts), return_inverse=True)
    words = corpus.spell(distinct)
    ends = np.cumsum([len(part) for part in parts])
    return [[words[k] for k in some] for some in np.split(places, ends[:-1])]
