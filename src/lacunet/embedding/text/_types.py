"""Distinct words as one run of bytes: their spellings."""

from collections.abc import Container, Iterable, Iterator
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._intern import fill_slots, intern
from lacunet.embedding.text._kernel import KERNEL, N_STATE, N_TYPES, USED

# Compiled from: 962f7463fed7

_FIRST_TYPES, _FIRST_BYTES = 1 << 16, 1 << 20
_DECODED = 1 << 16


class Spellings:
    """Words by number, as UTF-8 bytes end to end.

    Parameters
    ----------
    blob
        Bytes of all words.
    offsets
        Where each begins, and the end of the last (n + 1,).
    """

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self.blob, self.offsets = blob, offsets

    @classmethod
    def of(cls, words: Iterable[str]) -> "Spellings":
        """Spellings of Python strings."""
        encoded = [word.encode(errors="replace") for word in words]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(word) for word in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def words(self, entries: NDArray[np.intp]) -> list[str]:
        """Some words, in the order named."""
        if not len(entries):
            return []
        starts, stops = self.offsets[entries], self.offsets[entries + 1]
        first = int(starts.min())
        content = self.blob[first : int(stops.max())].tobytes()
        places = zip((starts - first).tolist(), (stops - first).tolist(), strict=True)
        return [content[start:stop].decode() for start, stop in places]

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Every word with its number; only some are decoded at a time."""
        for start in range(0, len(self), _DECODED):
            yield from enumerate(self.words(np.arange(start, min(start + _DECODED, len(self)))), start)

    def find(self, wanted: Container[str]) -> dict[str, int]:
        """Numbers of the words among some that are there."""
        return {word: number for number, word in self.numbered() if word in wanted}

    def take(self, entries: NDArray[np.intp]) -> "Spellings":
        """Some words as spellings of their own, in the order named."""
        lengths = np.diff(self.offsets)[entries]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        shifts = np.repeat(self.offsets[entries] - offsets[:-1], lengths)
        return Spellings(self.blob[shifts + np.arange(offsets[-1])], offsets)

    def are_plain(self) -> NDArray[np.bool_]:
        """Which words are of ASCII characters only."""
        high = np.zeros(len(self.blob) + 1, dtype=np.int64)
        np.cumsum(self.blob >= 0x80, out=high[1:])
        return high[self.offsets[1:]] == high[self.offsets[:-1]]


class TypeStore:
    """The growing table of words that the tokeniser fills."""

    def __init__(self, state: NDArray[np.int64]) -> None:
        self._state = state
        self.slots = np.zeros(4 * _FIRST_TYPES, dtype=np.uint64)
        self.blob = np.zeros(_FIRST_BYTES, dtype=np.uint8)
        self.offsets = np.zeros(_FIRST_TYPES + 1, dtype=np.int64)

    @property
    def arrays(self) -> tuple[NDArray[np.uint64], NDArray[np.uint8], NDArray[np.int64]]:
        """What the kernel reads and writes."""
        return self.slots, self.blob, self.offsets

    def grow(self, longest: int) -> None:
        """Make room for twice as many words, and for one of ``longest`` bytes."""
        n, used = int(self._state[N_TYPES]), int(self._state[USED])
        if n + 1 >= len(self.offsets):
            size = 2 * (len(self.offsets) - 1)
            self.offsets = _longer(self.offsets, size + 1)
            self.slots = np.zeros(4 * size, dtype=np.uint64)
            fill_slots(self.slots, self.blob, self.offsets, n)
        if 2 * used + longest > len(self.blob):
            self.blob = _longer(self.blob, 2 * len(self.blob) + longest)

    def finish(self) -> Spellings:
        """Spellings of all words."""
        n, used = int(self._state[N_TYPES]), int(self._state[USED])
        return Spellings(self.blob[:used].copy(), self.offsets[: n + 1].copy())


class Merger:
    """Words in order of first appearance, each once."""

    def __init__(self) -> None:
        self._state = np.zeros(N_STATE, dtype=np.int64)
        self._store = TypeStore(self._state)

    def add(self, words: Iterable[str] | Spellings) -> NDArray[np.int32]:
        """Numbers of some words, new or known; -1 for the empty word."""
        given = words if isinstance(words, Spellings) else Spellings.of(words)
        entries = np.full(len(given), -1, dtype=np.int32)
        at = 0
        while True:
            at = _intern_all(given.blob, given.offsets, at, self._store.arrays, self._state, entries)
            if at == len(given):
                return entries
            self._store.grow(int(given.offsets[at + 1] - given.offsets[at]))

    def finish(self) -> Spellings:
        """All words."""
        return self._store.finish()


@njit(**KERNEL)
def _intern_all(blob: Any, offsets: Any, at: int, types: Any, state: Any, entries: Any) -> int:
    """Number words from ``at`` on; where it stopped, the end or the word for which there is no room."""
    slots, known, starts = types
    for k in range(at, offsets.size - 1):
        length = offsets[k + 1] - offsets[k]
        if length == 0:
            continue
        entry = intern(blob[offsets[k] : offsets[k + 1]], length, slots, known, starts, state)
        if entry < 0:
            return k
        entries[k] = entry
    return offsets.size - 1


def _longer(array: NDArray, size: int) -> NDArray:
    longer = np.zeros(size, dtype=array.dtype)
    longer[: len(array)] = array
    return longer
