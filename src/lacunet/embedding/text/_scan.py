"""The compiled tokeniser: bytes of text to the numbers of words, in one pass, without a Python object per word.

Text comes in blocks of valid UTF-8 that never end inside a word; a NUL byte ends a document. What is open at the end of
a block (a unit, a sentence that may have ended) stands in ``state``, so that blocks may end anywhere else.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._classes import DIGIT, ENDER, IDEOGRAPH, LOWER, NEWLINE, POINT, SPACE
from lacunet.embedding.text._intern import hash_of, intern
from lacunet.embedding.text._kernel import (
    ABBREVIATED,
    AT,
    ENDING,
    IN_DOCUMENT,
    IN_UNIT,
    KERNEL,
    LINES,
    N_ENDS,
    PLACED,
    SKIP_EMPTY,
    SPACED,
    UNIT_END,
    UNITS,
)
from lacunet.embedding.text._words import next_word

# Compiled from: e0aa70d7053e

_LONGEST_ABBREVIATION = 6
_IDEOGRAPHIC = 0xE3
"""First byte in UTF-8 of U+3000, from which on scripts put no space behind a full stop."""
_EVEN = np.uint64(0xFFFFFFFFFFFFFFFE)


@njit(**KERNEL)
def scan(
    text: NDArray[np.uint8], n: int, plan: Any, tables: Any, types: Any, out: Any, ends: Any, state: NDArray[np.int64]
) -> bool:
    """Read a block (its ``n`` bytes followed by at least four NULs) from ``state[AT]`` on.

    Returns whether the block is done; if not, the store of types is full, and reading goes on after it has grown.
    """
    kinds, lower, fast, word, known = tables  # taken apart once: each time costs as much as a word
    slots, blob, offsets = types
    i = state[AT]
    while i < n:
        if text[i] == 32:
            state[SPACED] = 1
            i += 1
            continue
        kind, after, length = next_word(text, i, plan, kinds, lower, fast, word)
        if length < 0:
            _pass_over(text[i], text[after], kind, plan, out, ends, state)
        elif length > 0:
            entry = intern(word, length, slots, blob, offsets, state)
            if entry < 0:
                state[AT] = i
                return False
            _place(entry, kind, length, plan, word, known, out, state)
        i = after
    state[AT] = i
    return True


@njit(**KERNEL)
def _pass_over(first: int, following: int, kind: int, plan: Any, out: Any, ends: Any, state: Any) -> None:
    """What is no word: the end of a document, a line or a sentence, or nothing of note; ``first`` is its first byte."""
    if first == 0:
        _close_unit(out, state)
        if state[IN_DOCUMENT] > 0 or plan[SKIP_EMPTY] == 0:
            ends[state[N_ENDS]] = state[PLACED]
            state[N_ENDS] += 1
        state[IN_DOCUMENT] = 0
        state[ABBREVIATED] = 0
    elif kind == NEWLINE:
        state[SPACED] = 1
        if first == 13 and following == 10:
            return
        state[LINES] += 1
        if plan[UNITS] == 2:
            _close_unit(out, state)
    elif kind == SPACE:
        state[SPACED] = 1
    else:
        _note_end(kind, first, plan, state)


@njit(**KERNEL)
def _note_end(kind: int, first: int, plan: Any, state: Any) -> None:
    """Remember that a sentence may have ended; ideographic full stops need no space behind them."""
    if plan[UNITS] != 1 or (kind != POINT and kind != ENDER):
        return
    if kind == POINT and state[ABBREVIATED] == 1:
        return
    state[ENDING] = 2 if kind == POINT and state[ABBREVIATED] == 2 else 1
    state[SPACED] = 1 if first >= _IDEOGRAPHIC else 0


@njit(**KERNEL)
def _close_unit(out: Any, state: Any) -> None:
    if state[IN_UNIT] > 0:
        out[state[PLACED]] = UNIT_END
        state[PLACED] += 1
    state[IN_UNIT] = 0
    state[ENDING] = 0
    state[LINES] = 0


@njit(**KERNEL)
def _place(entry: int, kind: int, length: int, plan: Any, word: Any, known: Any, out: Any, state: Any) -> None:
    """Write a word down, in a new unit if the sentence before has ended."""
    if plan[UNITS] == 1:
        goes_on = kind == LOWER or (kind == DIGIT and state[ENDING] == 2)
        if state[LINES] > 1 or (state[ENDING] > 0 and state[SPACED] == 1 and not goes_on):
            _close_unit(out, state)
        if kind <= IDEOGRAPH:
            state[ENDING] = 0
            state[ABBREVIATED] = _abbreviates(word, length, known)
    out[state[PLACED]] = entry
    state[PLACED] += 1
    state[IN_UNIT] += 1
    state[IN_DOCUMENT] += 1
    state[SPACED] = 0
    state[LINES] = 0
    if kind > IDEOGRAPH:
        _note_end(kind, word[0], plan, state)


@njit(**KERNEL)
def _abbreviates(word: NDArray[np.uint8], length: int, known: NDArray[np.uint64]) -> int:
    """1 for initials (``j``, ``u.s``) and abbreviations of a list, 2 for one that is such before a number only."""
    if word[0] < 65:
        return 0
    if length == 1 or word[1] == 46:
        return 1
    if length > _LONGEST_ABBREVIATION:
        return 0
    value = hash_of(word, 0, length) & _EVEN
    place = min(np.searchsorted(known, value), known.size - 1)
    if known[place] & _EVEN != value:
        return 0
    return 2 if known[place] != value else 1
