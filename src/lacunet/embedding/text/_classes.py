"""Which kind of character each code point is, and its lower-case letter, from Python's own Unicode tables."""

import sys
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

(
    SPACE,
    LETTER,
    LOWER,
    DIGIT,
    IDEOGRAPH,
    MARK,
    IGNORED,
    APOSTROPHE,
    POINT,
    COMMA,
    HYPHEN,
    JOINER,
    PUNCT,
    ENDER,
    NEWLINE,
) = range(15)
"""Classes of characters: LOWER is a lower-case LETTER, POINT a full stop, ENDER another mark that ends a sentence."""

_BY_CATEGORY = {
    "Ll": LOWER,
    "Lu": LETTER,
    "Lt": LETTER,
    "Lm": LETTER,
    "Lo": LETTER,
    "Nl": LETTER,
    "Nd": DIGIT,
    "Mn": MARK,
    "Mc": MARK,
    "Me": MARK,
    "Cf": IGNORED,
    "Pc": JOINER,
}
_BY_CHARACTER = {
    "\n\r\x0b\x0c\x85\u2028\u2029": NEWLINE,
    "'\u2019\uff07": APOSTROPHE,
    ".": POINT,
    ",\u066b\u066c": COMMA,
    "-\u2010\u2011": HYPHEN,
    "!?\u2026\u3002\uff01\uff1f\u061f\u06d4\u0964": ENDER,
    "\u200c\u200d": MARK,
    "\u200b": SPACE,
}
_SINGLE = ("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "HIRAGANA LETTER")
"""Scripts whose characters stand for themselves, by how the names of the characters begin."""


@lru_cache(maxsize=1)
def class_table() -> NDArray[np.uint8]:
    """Class of every code point."""
    table = np.fromiter(map(_class_of, map(chr, range(sys.maxunicode + 1))), dtype=np.uint8, count=sys.maxunicode + 1)
    for characters, kind in _BY_CHARACTER.items():
        table[[ord(character) for character in characters]] = kind
    table.setflags(write=False)
    return table


def _class_of(character: str) -> int:
    category = unicodedata.category(character)
    if category == "Lo" and unicodedata.name(character, "").startswith(_SINGLE):
        return IDEOGRAPH
    return _BY_CATEGORY.get(category, PUNCT if category[0] in "PS" else SPACE)


@lru_cache(maxsize=1)
def lower_table() -> NDArray[np.int32]:
    """Lower-case code point of every code point; itself where there is none of one letter."""
    table = np.arange(sys.maxunicode + 1, dtype=np.int32)
    for code in range(0x20000):
        small = chr(code).lower()
        if len(small) == 1:
            table[code] = ord(small)
    table[0x130] = ord("i")  # the one letter whose lower case Python writes with two characters
    table.setflags(write=False)
    return table
