"""Character n-grams as fastText numbers them."""

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Integers

OFFSET, PRIME = np.uint32(2_166_136_261), np.uint32(16_777_619)
"""The start and the factor of the 32-bit FNV-1a hash."""
LONGEST_CHARACTER = 4
"""Bytes of a character in UTF-8, at most."""


def find_ngrams(words: list[str], minn: int, maxn: int, bucket: int) -> tuple[Integers, Integers]:
    """Buckets of the n-grams of words, all n-grams of a length at once.

    An n-gram has from minn to maxn characters (of UTF-8, not bytes). One of a single character is left out where it
    begins or ends its word, since it is the mark < or >. The hash takes bytes as signed, as fastText's own does: a byte
    from 128 counts as itself less 256.

    Parameters
    ----------
    words
        Words between the marks: ``<word>``; an empty one has no n-grams.
    minn, maxn
        Characters of an n-gram.
    bucket
        Number of buckets.

    Returns
    -------
    tuple
        Place of the word of each n-gram, and its bucket, both (n_ngrams,).
    """
    raw = np.frombuffer("".join(words).encode(), dtype=np.uint8)
    if maxn < max(minn, 1) or not bucket or not len(raw):
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    lengths = np.array([len(word) for word in words])
    word_of = np.repeat(np.arange(len(words)), lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(lengths.sum())
    starts = np.flatnonzero((raw & 0xC0) != 0x80)
    ends = np.append(starts[1:], len(raw))
    is_first = np.append(True, word_of[1:] != word_of[:-1])
    signed = raw.astype(np.int8).astype(np.uint32)
    hashes = np.full(len(starts), OFFSET)
    owners, buckets = [], []
    for n in range(1, maxn + 1):
        at = np.flatnonzero(left >= n)
        hashes[at] = _extend(hashes[at], signed, starts[at + n - 1], ends[at + n - 1])
        if n == 1:
            at = at[~is_first[at] & (left[at] > 1)]
        if n >= minn:
            owners.append(word_of[at])
            buckets.append((hashes[at] % np.uint32(bucket)).astype(np.intp))
    return np.concatenate(owners), np.concatenate(buckets)


def _extend(
    hashes: NDArray[np.uint32], signed: NDArray[np.uint32], starts: Integers, ends: Integers
) -> NDArray[np.uint32]:
    """Hashes after one more character each."""
    for k in range(LONGEST_CHARACTER):
        has_byte = starts + k < ends
        hashes[has_byte] = (hashes[has_byte] ^ signed[starts[has_byte] + k]) * PRIME
    return hashes
