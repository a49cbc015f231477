"""Where a word begins and ends, and how it is spelt, compiled: the rules that ``Tokens`` describes."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._classes import (
    APOSTROPHE,
    DIGIT,
    HYPHEN,
    IDEOGRAPH,
    IGNORED,
    JOINER,
    LETTER,
    MARK,
    NEWLINE,
    POINT,
    SPACE,
)
from lacunet.embedding.text._kernel import HYPHENS, KERNEL, PUNCTUATION, URLS

# Compiled from: ca5e66ea86ff

_WWW, _FTP, _HTTPS = tuple(b"www"), tuple(b"ftp"), tuple(b"https")


@njit(**KERNEL)
def next_word(
    text: NDArray[np.uint8], i: int, plan: Any, kinds: Any, lower: Any, fast: Any, word: NDArray[np.uint8]
) -> tuple[int, int, int]:
    """Kind of the character at a byte, where what begins there ends, and its length in the buffer ``word``.

    The length is 0 for a word that is left out, and -1 for a character that is part of no word.
    """
    length = _read_plain(text, i, fast, word)
    if length > 0:
        return kinds[text[i]], i + length, length
    code, size = decode(text, i)
    kind = kinds[code]
    if not _is_word(kind, plan):
        return kind, i + size, -1
    after, length = _read(text, i, kind, plan, kinds, lower, fast, word)
    return kind, after, length


@njit(**KERNEL)
def _read_plain(text: NDArray[np.uint8], i: int, fast: Any, word: NDArray[np.uint8]) -> int:
    """Length of a word of ASCII letters and digits that is followed by a plain break; 0 where more must be asked."""
    length = 0
    small = fast[text[i]]
    while small != 0:
        word[length] = small
        length += 1
        small = fast[text[i + length]]
    mark = text[i + length]
    if mark == 32:
        return length
    return length if (mark == 44 or mark == 46) and text[i + length + 1] == 32 else 0


@njit(**KERNEL)
def _is_word(kind: int, plan: Any) -> bool:
    if LETTER <= kind <= IDEOGRAPH:
        return True
    return plan[PUNCTUATION] == 1 and APOSTROPHE <= kind < NEWLINE


@njit(**KERNEL)
def decode(text: NDArray[np.uint8], i: int) -> tuple[Any, int]:
    """Code point at a byte, and its length in bytes."""
    first = np.int64(text[i])
    if first < 0x80:
        return first, 1
    second = np.int64(text[i + 1]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, 2
    third = np.int64(text[i + 2]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | (np.int64(text[i + 3]) & 0x3F), 4


@njit(**KERNEL)
def encode(code: int, word: NDArray[np.uint8], m: int) -> int:
    """Write a code point; the place after it."""
    if code < 0x80:
        word[m] = code
        return m + 1
    if code < 0x800:
        word[m] = 0xC0 | code >> 6
        word[m + 1] = 0x80 | code & 0x3F
        return m + 2
    if code < 0x10000:
        word[m] = 0xE0 | code >> 12
        word[m + 1] = 0x80 | code >> 6 & 0x3F
        word[m + 2] = 0x80 | code & 0x3F
        return m + 3
    word[m] = 0xF0 | code >> 18
    word[m + 1] = 0x80 | code >> 12 & 0x3F
    word[m + 2] = 0x80 | code >> 6 & 0x3F
    word[m + 3] = 0x80 | code & 0x3F
    return m + 4


@njit(**KERNEL)
def _read(
    text: NDArray[np.uint8], i: int, kind: int, plan: Any, kinds: Any, lower: Any, fast: Any, word: Any
) -> tuple[int, int]:
    """One word into the buffer: where it ends, and its length there (0 where it is left out)."""
    if kind > DIGIT:
        code, size = decode(text, i)
        return i + size, encode(code, word, 0)
    after, length = _read_word(text, i, plan, kinds, lower, fast, word)
    if _begins_address(text, i, after):
        after = _address_end(text, after, kinds)
        if plan[URLS] == 0:
            return after, 0
        for k in range(after - i):
            small = fast[text[i + k]]
            word[k] = small if small != 0 else text[i + k]
        return after, after - i
    return after, length


@njit(**KERNEL)
def _read_word(
    text: NDArray[np.uint8], i: int, plan: Any, kinds: Any, lower: Any, fast: Any, word: Any
) -> tuple[int, int]:
    length = 0
    run = 0  # characters since the word began or was last joined
    is_initials = True  # single letters with full stops between them so far
    last = DIGIT
    while True:
        small = fast[text[i]]
        while small != 0:
            word[length] = small
            length += 1
            run += 1
            i += 1
            last = kinds[text[i - 1]]
            small = fast[text[i]]
        code, size = decode(text, i)
        kind = kinds[code]
        if LETTER <= kind <= DIGIT:
            length = encode(lower[code], word, length)
            last = kind
            run += 1
        elif kind == MARK:
            length = encode(code, word, length)
        elif kind != IGNORED:
            is_initials = is_initials and run == 1 and last != DIGIT and kind == POINT
            if not _joins(text, i + size, kind, last, is_initials, plan, kinds):
                return i, length
            length = encode(_plain(code, kind), word, length)
            run = 0
        i += size


@njit(**KERNEL)
def _plain(code: int, kind: int) -> int:
    """One spelling of apostrophes and of hyphens."""
    if kind == APOSTROPHE:
        return 39
    return 45 if kind == HYPHEN else code


@njit(**KERNEL)
def _joins(text: Any, i: int, kind: int, last: int, is_initials: bool, plan: Any, kinds: Any) -> bool:
    """Whether a mark between two characters belongs to the word."""
    if kind < APOSTROPHE or kind > JOINER:
        return False
    code, size = decode(text, i)
    following = kinds[code]
    if following < LETTER or following > DIGIT:
        return False
    if kind == JOINER:
        return True
    both_digits = last == DIGIT and following == DIGIT
    if kind == APOSTROPHE:
        return following != DIGIT
    if kind == HYPHEN:
        return plan[HYPHENS] == 1 and not both_digits
    return both_digits or (kind == POINT and following != DIGIT and is_initials and _ends(text, i + size, kinds))


@njit(**KERNEL)
def _ends(text: Any, i: int, kinds: Any) -> bool:
    """Whether no letter, digit or mark stands here."""
    code, _ = decode(text, i)
    kind = kinds[code]
    return not (LETTER <= kind <= DIGIT or kind == MARK)


@njit(**KERNEL)
def _begins_address(text: Any, start: int, after: int) -> bool:
    """Whether the word is www before a full stop, or http, https or ftp before ://."""
    length = after - start
    if text[after] == 46:
        return length == 3 and _is(text, start, length, _WWW) and text[after + 1] > 47
    if length > 5 or text[after] != 58 or text[after + 1] != 47 or text[after + 2] != 47:
        return False
    if length == 3:
        return _is(text, start, length, _FTP)
    return length > 3 and _is(text, start, length, _HTTPS)


@njit(**KERNEL)
def _is(text: Any, start: int, length: int, letters: Any) -> bool:
    for k in range(length):  # noqa: SIM110  (compiled code knows no generators)
        if text[start + k] | 32 != letters[k]:
            return False
    return True


@njit(**KERNEL)
def _address_end(text: Any, i: int, kinds: Any) -> int:
    """Behind the last letter, digit or slash before the next space, quotation mark or angle bracket."""
    last = i
    while True:
        code, size = decode(text, i)
        kind = kinds[code]
        if kind in (SPACE, NEWLINE) or code in (34, 60, 62):
            return last
        i += size
        if LETTER <= kind <= MARK or code == 47:
            last = i
