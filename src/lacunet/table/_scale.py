"""Whether levels read like the points of a scale."""

import re
from collections.abc import Sequence
from itertools import pairwise

_FIRST_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SCALE_WORDS = re.compile(
    r"agree|satisf|likely|often|never|always|rarely|seldom|sometimes|occasion|frequent|not at all|very|somewhat|"
    r"fairly|quite|extremely|moderate|slight|excellent|\bgood\b|\bfair\b|\bpoor\b|\bbad\b|strongly|important|"
    r"approve|favou?r|oppose|support|trust|confiden|a lot|a little|great deal|\bsome\b|\bnone\b|nothing|hardly|"
    r"\blow(er)?\b|\bmiddle\b|\bmedium\b|\bhigh(er)?\b|liberal|conservative|\bmore\b|\bless\b|\bsame\b|increase|"
    r"decrease|better|worse|happy|delighted|pleased|\bmixed\b|terrible|neutral|neither|no (hs|school|education)|"
    r"high school|college|grad|primary|secondary|tertiary|2-year|4-year|daily|weekly|monthly|yearly|every|once|"
    r"twice|several|easy|difficult|concerned|interested|close",
    re.IGNORECASE,
)

_NO_ORDER = re.compile(
    r"(ward|region|district|area|zone|county|state|school|group|type|party|team|country|treatment|arm)"
)


def leading_numbers(labels: Sequence[str]) -> tuple[float, ...] | None:
    """The first number in each label if every label has one and they rise, else None (``16-24``, ``65+``)."""
    found = [_FIRST_NUMBER.search(label) for label in labels]
    if len(labels) < 3 or any(match is None for match in found):
        return None
    stems = {label[: match.start()].strip().casefold() for label, match in zip(labels, found, strict=True) if match}
    if len(stems) > 3 or any(_NO_ORDER.search(stem) for stem in stems):
        return None
    numbers = tuple(_as_float(match.group()) for match in found if match)
    is_rising = all(left < right for left, right in pairwise(numbers))
    return numbers if is_rising else None


def _as_float(text: str) -> float:
    head, *rest = text.replace(",", "").split(".")
    return float(f"{head}.{''.join(rest)}" if rest else head)


def is_scale(labels: Sequence[str]) -> bool:
    """Whether every label has a word of degree, and their order is not merely the alphabet's."""
    if len(labels) < 3 or len(labels) > 15:
        return False
    folded = [label.casefold() for label in labels]
    if folded == sorted(folded):
        return False
    return all(_SCALE_WORDS.search(label) for label in labels) and not _is_jumbled(labels)


_HEIGHTS = (
    (re.compile(r"\blower[- ]middle\b", re.I), 2),
    (re.compile(r"\bupper[- ]middle\b", re.I), 4),
    (re.compile(r"\blow(er|est)?\b", re.I), 1),
    (re.compile(r"\b(middle|medium)\b", re.I), 3),
    (re.compile(r"\b(high(er|est)?|upper)\b", re.I), 5),
)


def _is_jumbled(labels: Sequence[str]) -> bool:
    """Whether labels of low, middle and high stand in another order than that."""
    heights = [next((height for pattern, height in _HEIGHTS if pattern.search(label)), None) for label in labels]
    known = [height for height in heights if height is not None]
    return len(known) == len(labels) and known != sorted(known) and known != sorted(known, reverse=True)
