"""Pairs of neighbours that stand together more often than chance, read as one word (word2phrase, NPMI)."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._content import Content, count_content
from lacunet.embedding.text._join import DOCUMENT_END, joined, marked, rewrite
from lacunet.embedding.text._kernel import KERNEL
from lacunet.embedding.text._tokens import Phrases

_FIRST_SLOTS = 1 << 20
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FREE = -1


def join_phrases(content: Content, phrases: Phrases) -> Content:
    """One pass: count neighbours, choose the pairs, join them from left to right."""
    counts, _ = count_content(content)
    n = len(counts)
    keys, times = _count_pairs(content, counts >= phrases.min_count)
    is_chosen = (times >= phrases.min_count) & (score_pairs(keys, times, counts, phrases) > phrases.limit)
    chosen = np.sort(keys[is_chosen])
    if not len(chosen):
        return content
    begins = np.zeros(n, dtype=np.bool_)
    begins[chosen // n] = True

    def join(numbers: Any, is_last: bool, out: Any, ends: Any, placed: Any) -> int:
        return _join(numbers, 0 if is_last else 2, begins, chosen, out, ends, placed)

    stream = rewrite(content, join)
    left, right = content.spellings.words(chosen // n), content.spellings.words(chosen % n)
    return joined(content, stream, [f"{a}_{b}" for a, b in zip(left, right, strict=True)])


def score_pairs(
    keys: NDArray[np.int64], times: NDArray[np.int64], counts: NDArray[np.int64], phrases: Phrases
) -> NDArray[np.float64]:
    """Score of every pair (first word times the number of words, plus second word)."""
    n = len(counts)
    total = float(counts.sum())
    first, second = counts[keys // n].astype(np.float64), counts[keys % n].astype(np.float64)
    if phrases.score == "word2phrase":
        return (times - phrases.min_count) / first / second * total
    share = times / total
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.log(share * total**2 / (first * second)) / -np.log(share)
    return np.where(share < 1, score, 1.0)


def _count_pairs(content: Content, is_frequent: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every pair of frequent neighbours, and how often it stands."""
    keys, times = np.full(_FIRST_SLOTS, _FREE, dtype=np.int64), np.zeros(_FIRST_SLOTS, dtype=np.int64)
    state = np.array([0, _FREE], dtype=np.int64)
    for chunk in marked(content):
        at = 0
        while (at := _add_pairs(chunk, at, is_frequent, keys, times, state)) < len(chunk):
            old_keys, old_times = keys, times
            keys, times = np.full(2 * len(keys), _FREE, dtype=np.int64), np.zeros(2 * len(keys), dtype=np.int64)
            _refill(old_keys, old_times, keys, times)
    used = keys != _FREE
    return keys[used], times[used]


@njit(**KERNEL)
def _slot(keys: Any, key: int) -> Any:
    mask = keys.size - 1
    value = np.uint64(key) * _MIX
    place = np.int64((value ^ (value >> np.uint64(32))) & np.uint64(mask))
    while keys[place] != _FREE and keys[place] != key:
        place = (place + 1) & mask
    return place


@njit(**KERNEL)
def _refill(old_keys: Any, old_times: Any, keys: Any, times: Any) -> None:
    for k in range(old_keys.size):
        if old_keys[k] != _FREE:
            place = _slot(keys, old_keys[k])
            keys[place] = old_keys[k]
            times[place] = old_times[k]


@njit(**KERNEL)
def _add_pairs(numbers: Any, at: int, is_frequent: Any, keys: Any, times: Any, state: Any) -> int:
    """Count pairs from ``at`` on; where it stopped, the end or where the table is full. ``state``: pairs, last word."""
    n, before = is_frequent.size, state[1]
    for k in range(at, numbers.size):
        number = numbers[k]
        if before >= 0 and number >= 0 and is_frequent[before] and is_frequent[number]:
            place = _slot(keys, before * n + number)
            if keys[place] == _FREE:
                if 2 * state[0] >= keys.size:
                    state[1] = before
                    return k
                keys[place] = before * n + number
                state[0] += 1
            times[place] += 1
        before = number
    state[1] = before
    return numbers.size


@njit(**KERNEL)
def _join(numbers: Any, ahead: int, begins: Any, chosen: Any, out: Any, ends: Any, placed: Any) -> int:
    n, k, at, n_ends = numbers.size, 0, 0, 0
    while k + ahead <= n and k < n:
        number = numbers[k]
        k += 1
        if number == DOCUMENT_END:
            ends[n_ends] = at
            n_ends += 1
            continue
        if number >= 0 and k < n and begins[number] and numbers[k] >= 0:
            key = number * begins.size + numbers[k]
            place = np.searchsorted(chosen, key)
            if place < chosen.size and chosen[place] == key:
                number = begins.size + place
                k += 1
        out[at] = number
        at += 1
    placed[0], placed[1] = at, n_ends
    return k
