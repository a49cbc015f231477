"""Every place at which targets stand in a corpus."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from lacunet._typing import Integers
from lacunet.embedding.text import Corpus
from lacunet.embedding.text._blocks import Block
from lacunet.embedding.text._trie import Trie, find_longest, make_trie
from lacunet.measures.contexts._terms import Terms, number_terms

# Compiled from: 7c964924c4b7


@dataclass(frozen=True, eq=False)
class Mentions:
    """Places of targets, in the order of the text.

    Attributes
    ----------
    names
        Name of each target (k,).
    term
        Which target stands there (N,).
    document
        Document (N,).
    position
        Place of its first word within the document, from 0, ends of units counted as one place each (N,).
    length
        Words that it takes up there (N,).
    """

    names: tuple[str, ...]
    term: Integers
    document: Integers
    position: Integers
    length: Integers

    def __len__(self) -> int:
        return len(self.term)


def find_mentions(corpus: Corpus, terms: Terms) -> Mentions:
    """Find targets in a corpus, the longest spelling that fits first; mentions do not overlap.

    Parameters
    ----------
    corpus
        The text.
    terms
        Targets, as `read_terms` gives them.

    Returns
    -------
    Mentions
        In the order of the text.

    Raises
    ------
    DataError
        When no target occurs.
    SpecError
        When two targets share a spelling.
    """
    found = [(block.first, match) for block, match in match_blocks(corpus, terms)]
    columns = [
        np.concatenate([first + match[0] for first, match in found]),
        *(np.concatenate([match[k] for _, match in found]) for k in (1, 2, 3)),
    ]
    document, position, length, term = columns
    return Mentions(terms.names, term, document, position, length)


def match_blocks(corpus: Corpus, terms: Terms) -> Iterator[tuple[Block, tuple[Integers, ...]]]:
    """Go through a corpus; of each block the documents in it, positions, lengths and targets of all mentions."""
    trie = make_trie(*number_terms(terms, corpus), corpus.n_numbers)
    for block in corpus.blocks():
        yield block, _match_block(block, trie)


def _match_block(block: Block, trie: Trie) -> tuple[Integers, ...]:
    out = np.empty((4, int(trie.begins[block.numbers[block.numbers >= 0]].sum())), dtype=np.intp)
    at = _match(block.numbers, block.offsets, *trie, out)
    return tuple(out[:, :at])


@njit(cache=True, nogil=True)
def _match(numbers: Any, offsets: Any, begins: Any, keys: Any, targets: Any, meaning: Any, out: Any) -> int:
    at = 0
    for document in range(offsets.size - 1):
        start, stop = offsets[document], offsets[document + 1]
        words = numbers[start:stop]
        k = 0
        while k < stop - start:
            length = 0
            if words[k] >= 0 and begins[words[k]]:
                length, term = find_longest(words, k, begins.size, keys, targets, meaning)
                if length > 0:
                    out[0, at], out[1, at], out[2, at], out[3, at] = document, k, length, term
                    at += 1
            k += max(length, 1)
    return at
