"""Chance that is a function of a place: the same word, the same number, whoever asks and whenever."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet._rng import words_of
from lacunet._typing import Floats
from lacunet.embedding.training._rows import KERNEL

# Compiled from: b8de29d3d500

STEP = np.uint64(0x9E3779B97F4A7C15)
SHIFT_A, SHIFT_B, SHIFT_C = np.uint64(30), np.uint64(27), np.uint64(31)
FACTOR_A, FACTOR_B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
HALF, LOW = np.uint64(32), np.uint64(0xFFFFFF)
UNIT = np.float32(2.0**-24)


class Noise(NamedTuple):
    """A distribution over words as an alias table (Walker): one look decides a draw.

    Attributes
    ----------
    share
        Probability of keeping the entry that was hit (n,).
    other
        Entry to take instead (n,).
    word
        Word of each entry (n,).
    """

    share: NDArray[np.float32]
    other: NDArray[np.int32]
    word: NDArray[np.int32]


def make_key(seed: int, purpose: str, *numbers: int) -> np.uint64:
    """Key of 64 bits for the chances of one purpose."""
    low, high = words_of(seed, purpose, *numbers)[:2].astype(np.uint64)
    return np.uint64(low | high << HALF)


def make_noise(weights: Floats, words: NDArray[np.integer]) -> Noise:
    """Alias table of words drawn in proportion to their weights."""
    share, other = _fill_alias(weights * (len(weights) / weights.sum()) if len(weights) else weights)
    return Noise(share, other, words.astype(np.int32))


@njit(cache=True)
def _fill_alias(share):
    """Vose's way: entries below 1 are filled up by one above 1 each."""
    n = share.size
    other = np.arange(n).astype(np.int32)
    stack = np.empty(n, np.int64)
    low, high = 0, n
    for i in range(n):
        if share[i] < 1.0:
            stack[low] = i
            low += 1
        else:
            high -= 1
            stack[high] = i
    while low > 0 and high < n:
        small, large = stack[low - 1], stack[high]
        other[small] = large
        share[large] -= 1.0 - share[small]
        low -= 1
        if share[large] < 1.0:
            stack[low] = large
            low += 1
            high += 1
    for i in range(low):
        share[stack[i]] = 1.0
    for i in range(high, n):
        share[stack[i]] = 1.0
    return share.astype(np.float32), other


@njit(**KERNEL)
def mix(key, place):
    """64 random bits for a place under a key (splitmix64)."""
    x = key + np.uint64(place) * STEP
    x = (x ^ (x >> SHIFT_A)) * FACTOR_A
    x = (x ^ (x >> SHIFT_B)) * FACTOR_B
    return x ^ (x >> SHIFT_C)


@njit(**KERNEL)
def as_share(bits):
    """Number in [0, 1) of the lower bits."""
    return np.float32(bits & LOW) * UNIT


@njit(**KERNEL)
def as_count(bits, n):
    """Whole number below n of the upper bits."""
    return np.int64(((bits >> HALF) * np.uint64(n)) >> HALF)


@njit(**KERNEL)
def draw_word(noise, bits):
    """Word drawn by 64 bits."""
    entry = as_count(bits, noise.share.size)
    if as_share(bits) >= noise.share[entry]:
        entry = noise.other[entry]
    return np.int64(noise.word[entry])
