"""Why a cell is not known: words in labels, codes in files, and the user's own word."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

NOT_APPLICABLE = "not applicable"
SYSTEM = "no value"

_NOT_APPLICABLE = re.compile(
    r"\b(not applicable|inapplicable|not asked|not in universe|skip pattern|skip logic|filtered out|"
    r"does(n't| not) apply|(valid|legitimate|logical|survey|questionnaire|routed?) skip(ped)?|not administered)\b"
    r"|^(n/a|n\.a\.|inap|iap|niu|nap)$",
    re.IGNORECASE,
)
_REASONS = (
    (
        "refused",
        re.compile(
            r"^[\W\d_]*refus(ed|al)(\s*[(\[/,;-].*)?$|/\s*refused|\brefus(ed|al|es) to (answer|say|state|respond)\b|"
            r"\bprefer not\b|\bdeclin(ed|es) to (answer|say|state|respond)\b|\brather not (say|answer)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "don't know",
        re.compile(r"\b(don't know|do(es)? not know|doesn't know|cannot say|can't say)\b|^[\W\d_]*dk\b", re.IGNORECASE),
    ),
    (
        "no answer",
        re.compile(
            r"\b(no answer|no reply|not (answered|stated|ascertained)|left blank|unanswered|system missing|"
            r"not codeable|uncodeable)\b|^[\W\d_]*((item )?non-?response|no response|missing|skipped|blank)$",
            re.IGNORECASE,
        ),
    ),
)
"""Words that are never an answer. "Not eligible", "not reported" or "refused treatment" may be, and are left alone."""


def name_reason(label: str) -> str | None:
    """Reason that a label gives for a missing value, or None if it gives none."""
    label = label.strip().replace("\u2019", "'").replace("`", "'")
    if _NOT_APPLICABLE.search(label):
        return NOT_APPLICABLE
    return next((reason for reason, pattern in _REASONS if pattern.search(label)), None)


def labelled_reasons(labels: Mapping[Any, str], is_outside: Mapping[Any, bool]) -> dict[Any, str]:
    """Codes that their labels declare missing though the file does not, and the reason.

    "Don't know" between 1 and 5 may be an answer that the researcher counts, so it is taken for missing only where the
    code stands outside the scale (negative, or after a gap, as 8, 98 or -1). A refusal is never an answer.
    """
    found = {}
    for code, label in labels.items():
        reason = name_reason(label)
        if reason is None or (reason == "don't know" and not is_outside.get(code, False)):
            continue
        found[code] = reason
    return found


def codes_outside(labels: Mapping[Any, str]) -> dict[Any, bool]:
    """Which labelled codes stand outside the scale that the substantive labels form."""
    numbers = {code: as_number(code) for code in labels}
    scale = [number for code, number in numbers.items() if number is not None and name_reason(labels[code]) is None]
    if not scale:
        return dict.fromkeys(labels, True)
    top, bottom = max(scale), min(scale)
    return {
        code: number is None or number > top + 1 or (number < bottom and (number < 0 or number < bottom - 1))
        for code, number in numbers.items()
    }


def as_number(value: Any) -> float | None:
    """The number that a value is or spells, or None."""
    if isinstance(value, bool | np.bool_):
        return float(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return None
    return None if math.isnan(number) else number


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
LEADING_ZERO = re.compile(r"[+-]?0\d")


def numbers_of(levels: Iterable[Any]) -> NDArray[np.float64]:
    """Numbers that levels are or spell, NaN where they do not; ``007`` is a code, not a number."""
    return np.array([_spelled(level) for level in levels], dtype=np.float64)


def _spelled(level: Any) -> float:
    if isinstance(level, str) and LEADING_ZERO.match(level.strip()):
        return math.nan
    number = as_number(level)
    return math.nan if number is None else number


def is_same_code(value: Any, code: Any) -> bool:
    """Whether a cell's value is what the user or the file calls a code: -8, -8.0 and "-8" are one."""
    if value is code or str(value) == str(code):
        return True
    number = as_number(code)
    return number is not None and as_number(value) == number


def in_ranges(value: Any, ranges: Iterable[tuple[Any, Any]]) -> bool:
    """Whether a value lies in one of SPSS's ranges of user-missing values."""
    for low, high in ranges:
        if isinstance(value, str) != isinstance(low, str):
            continue
        if low <= value <= high:
            return True
    return False
