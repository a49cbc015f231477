"""Spellings to numbers: a hash table over bytes, compiled."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._kernel import KERNEL, N_TYPES, USED

# Compiled from: 09cf447ac748

_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_HIGH, _LOW = np.uint64(0xFFFFFFFF00000000), np.uint64(0xFFFFFFFF)


@njit(**KERNEL)
def hash_of(word: NDArray[np.uint8], start: int, stop: int) -> np.uint64:
    """Hash of a spelling (FNV-1a, its high bits mixed into the low ones)."""
    value = _SEED
    for k in range(start, stop):
        value = (value ^ np.uint64(word[k])) * _PRIME
    return value ^ (value >> np.uint64(29))


@njit(**KERNEL)
def intern(word: NDArray[np.uint8], length: int, slots: Any, blob: Any, offsets: Any, state: NDArray[np.int64]) -> Any:
    """Number of a spelling, new or known; -1 where the store is full."""
    mask = slots.size - 1
    value = hash_of(word, 0, length)
    place = np.int64(value & np.uint64(mask))
    while slots[place] != 0:
        if (slots[place] ^ value) & _HIGH == 0:
            entry = np.int64(slots[place] & _LOW) - 1
            start = offsets[entry]
            if offsets[entry + 1] - start == length and _equal(word, blob, start, length):
                return entry
        place = (place + 1) & mask
    entry = state[N_TYPES]
    used = state[USED]
    if 2 * entry >= slots.size or entry + 2 > offsets.size or used + length > blob.size:
        return -1
    for k in range(length):
        blob[used + k] = word[k]
    offsets[entry + 1] = used + length
    slots[place] = (value & _HIGH) | np.uint64(entry + 1)
    state[N_TYPES] = entry + 1
    state[USED] = used + length
    return entry


@njit(**KERNEL)
def _equal(word: NDArray[np.uint8], blob: NDArray[np.uint8], start: int, length: int) -> bool:
    for k in range(length):  # noqa: SIM110  (compiled code knows no generators)
        if word[k] != blob[start + k]:
            return False
    return True


@njit(**KERNEL)
def fill_slots(slots: NDArray[np.uint64], blob: NDArray[np.uint8], offsets: NDArray[np.int64], n: int) -> None:
    """Enter the first ``n`` spellings into an empty table of slots."""
    mask = slots.size - 1
    for entry in range(n):
        value = hash_of(blob, offsets[entry], offsets[entry + 1])
        place = np.int64(value & np.uint64(mask))
        while slots[place] != 0:
            place = (place + 1) & mask
        slots[place] = (value & _HIGH) | np.uint64(entry + 1)
