"""Names that a formula gives to coefficients, in words: ``C(educ)[T.High school]:age`` is "educ: High school × age"."""

import re
import unicodedata
from collections.abc import Mapping

OPEN, CLOSE = "([{", ")]}"
WORDS = {
    "center": "centred",
    "scale": "standardised",
    "standardize": "standardised",
    "poly": "polynomial",
    "bs": "spline",
    "cr": "spline",
    "cs": "spline",
    "cc": "cyclic spline",
}
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def read_term(name: str, labels: Mapping[str, str] | None = None) -> str:
    """Say a coefficient's name in words.

    For names made by formulaic (and so by ``Imputations.fit``); other names come back as they are.

    Parameters
    ----------
    name
        As the formula made it.
    labels
        What to call terms, or the variables in them.

    Returns
    -------
    str
        One line without control characters.

    Examples
    --------
    >>> read_term("C(educ)[T.High school]:center(age)", {"educ": "Education"})
    'Education: High school × age (centred)'
    >>> read_term("I(age ** 2)"), read_term("np.log(income)"), read_term("bs(age, df=4)[2]")
    ('age²', 'log(income)', 'age (spline 2)')
    """
    known = labels or {}
    if name in known:
        return tidy(known[name])
    parts = split_outside(name, ":")
    return tidy(name if parts is None else " × ".join(_read_part(part.strip(), known) for part in parts))


def tidy(text: str) -> str:
    """One line of text that every format can hold."""
    line = " ".join(str(text).split())
    return "".join(character for character in line if unicodedata.category(character) not in {"Cc", "Cs"})


def split_outside(text: str, separator: str) -> list[str] | None:
    """Split where the separator stands outside brackets and quotes; None where brackets do not match."""
    parts, quote = [""], ""
    expected: list[str] = []
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'`" and expected[-1:] != ["]"]:
            quote = character
        elif character in OPEN:
            expected.append(CLOSE[OPEN.index(character)])
        elif character in CLOSE:
            if not expected or expected.pop() != character:
                return None
        elif character == separator and not expected:
            parts.append("")
            continue
        parts[-1] += character
    return None if quote or expected else parts


def _read_part(part: str, labels: Mapping[str, str]) -> str:
    """One factor of an interaction: a variable, a function of one, or a level."""
    if part in labels:
        return labels[part]
    start = _level_starts(part)
    if not start:
        return _read_call(part, labels)
    variable, level = part[:start], part[start + 1 : -1]
    function, inside = _as_call(variable)
    if function in WORDS:
        return f"{_read_call(inside[0], labels)} ({WORDS[function]} {level})"
    return f"{_read_call(variable, labels)}: {re.sub(r'^[TS][.]', '', level)}"


def _level_starts(part: str) -> int:
    """Position of the bracket that opens the level at the end; 0 where there is none."""
    if not part.endswith("]"):
        return 0
    depth = 0
    for position in range(len(part) - 1, -1, -1):
        depth += (part[position] == "]") - (part[position] == "[")
        if depth == 0:
            return position
    return 0


def _as_call(text: str) -> tuple[str, list[str]]:
    """Function and arguments; no function where it is not one call."""
    found = re.fullmatch(r"([\w.]+)\((.*)\)", text, re.DOTALL)
    inside = split_outside(found.group(2), ",") if found else None
    if not found or inside is None:
        return "", [text]
    return found.group(1), [argument.strip() for argument in inside]


def _read_call(text: str, labels: Mapping[str, str]) -> str:
    """A variable, or a function of one, in words."""
    if text in labels:
        return labels[text]
    function, inside = _as_call(text)
    if not function:
        return _read_power(text, labels)
    if function in WORDS:
        return f"{_read_call(inside[0], labels)} ({WORDS[function]})"
    if function == "C":
        return _read_call(inside[0], labels)
    if function == "I":
        return _read_power(", ".join(inside), labels)
    rest = ", ".join([_read_call(inside[0], labels), *inside[1:]])
    return f"{function.removeprefix('np.').removeprefix('numpy.')}({rest})"


def _read_power(text: str, labels: Mapping[str, str]) -> str:
    """A bare name, or a whole power of one."""
    found = re.fullmatch(r"(\w+|`[^`]+`)\s*\*\*\s*(\d+)", text)
    if found:
        return _read_power(found.group(1), labels) + found.group(2).translate(SUPERSCRIPTS)
    bare = text.strip("`")
    return labels.get(bare, bare)
