"""What kind of variable a column is, guessed from its cells and labels, with the reason in plain words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import Kind
from lacunet.table._missing import name_reason
from lacunet.table._raw import Storage
from lacunet.table._scale import is_scale, leading_numbers
from lacunet.table._schema import Role

MAX_LEVELS = 1000
"""A category with more levels is left out: no table of social science can tell their effects apart."""
FEW_LEVELS = 20
"""Up to here a category is a category, however few the rows."""
LONGEST_SCALE = 12
SPIKE_AT_EDGE, SPIKE_ANYWHERE = 0.10, 0.30
"""Share of one value from which a number is a spike plus a tail."""

_ID_NAME = re.compile(
    r"(^|[_. ])(id|ids|uuid|guid|identifier|serial(no)?|record(no)?|pid|hhid|psid|rowid|row_?num(ber)?|idnr|idno)$"
    r"|(case|resp(ondent)?|person|pers|household|hh|subject|participant|unit|interview(er)?)_?(id|nr|no|num|number)$"
    r"|^id(_|\d|$)",
    re.IGNORECASE,
)
_ID_CAMEL = re.compile(r"[a-z]I[Dd]$")
_GROUP_NAME = re.compile(
    r"^(school|class(room)?|teacher|pupil|village|cluster|psu|strat(um|a)|firm|hospital|neighbou?rhood|district|ward|"
    r"tract|municipality|dyad|household|family)(_?(nr|no|num|number|code))?$",
    re.IGNORECASE,
)
_PLACE_NAME = re.compile(r"(zip|zip_?code|fips|post(al)?_?code|plz)(_(pre|post|\d))?$", re.IGNORECASE)
_WEIGHT_NAME = re.compile(r"(weight|wgt|(^|_)wt)", re.IGNORECASE)
_WEIGHT_SURELY = re.compile(
    r"^(p?wgtp|pweight|perwt|hhwt|fweight|aweight|(final|survey|sampling|design)_?w(eigh)?t)$", re.I
)
_NOMINAL_NAME = re.compile(
    r"(^|[_. ])(race|rac\d?p?|ethn\w*|hisp\w*|marit\w*|marstat|msp|region|state|provin\w*|county|country|relig\w*|"
    r"party|pid3|occup\w*|indus\w*|indp|ind_?cat|naics|isco\w*|sector|languages?|(housing|house)_?type|employ|cohort|"
    r"inputstate|cdid\d*|group|residenc\w*)($|[_. \d])",
    re.IGNORECASE,
)
_YEAR_NAME = re.compile(r"(year|yr$|^y[a-z]*\d*$|jahr|annee)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a column's observed cells.

    Attributes
    ----------
    distinct
        Distinct observed values as the frame spells them.
    numbers
        The number each of them is or spells, ascending; None if not all are numbers.
    counts
        Cells of each.
    labels
        Label of each that has one.
    spelling
        What cells hold: ``text``, ``numbers`` or ``dates``.
    """

    name: str
    storage: Storage
    distinct: tuple[Any, ...]
    numbers: NDArray[np.float64] | None
    counts: NDArray[np.int64]
    n_empty: int
    labels: Mapping[Any, str] = field(default_factory=dict)
    is_ordered: bool = False
    spelling: str = "text"

    @property
    def n_observed(self) -> int:
        """Cells that are known."""
        return int(self.counts.sum())

    @property
    def is_whole(self) -> bool:
        """Whether every number is whole."""
        return self.numbers is not None and bool(np.all(self.numbers == np.floor(self.numbers)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Role, kind and the reason."""

    role: Role
    kind: Kind | None
    reason: str


def guess(facts: Facts) -> Verdict:
    """Role and kind of a column: the first rule that has an opinion."""
    for rule in _RULES:
        verdict = rule(facts)
        if verdict is not None:
            return verdict
    return Verdict("modelled", "continuous", f"numbers with {_n(len(facts.distinct))} different values")


def _nothing_to_learn(facts: Facts) -> Verdict | None:
    if not len(facts.distinct):
        return Verdict("empty", None, "no value is known")
    if len(facts.distinct) == 1:
        value = facts.labels.get(facts.distinct[0], facts.distinct[0])
        return Verdict("constant", None, f"only one value, {_show(value)}")
    return None


def _date(facts: Facts) -> Verdict | None:
    if facts.storage != "date" and facts.spelling != "dates":
        return None
    has_time = facts.numbers is not None and not facts.is_whole
    return Verdict("modelled", "date", "dates with the time of day" if has_time else "dates")


def _declared(facts: Facts) -> Verdict | None:
    """Columns whose type says category."""
    if facts.storage == "bool":
        return Verdict("modelled", "binary", "true or false")
    if facts.storage != "category":
        return None
    return _too_many(facts) or _category(facts, "the column's type is category")


def _words(facts: Facts) -> Verdict | None:
    """Columns of text."""
    if facts.numbers is not None:
        return None
    return _unique_text(facts) or _free_text(facts) or _too_many(facts) or _category(facts, "text")


def _unique_text(facts: Facts) -> Verdict | None:
    n, n_levels = facts.n_observed, len(facts.distinct)
    named = _is_id_name(facts.name)
    if n_levels == n and (n >= 10 or (named and n >= 3)):
        if _n_words(facts) > 2:
            return Verdict("text", None, f"free text: {_n(n)} different answers of several words")
        return Verdict("identifier", None, f"a different value in each of {_n(n)} rows")
    return None


def _free_text(facts: Facts) -> Verdict | None:
    n_levels = len(facts.distinct)
    once = int((facts.counts == 1).sum())
    is_rare = (n_levels > 5 and once >= n_levels / 2) or (n_levels > 2 and once >= n_levels - 1)
    if is_rare and facts.n_observed >= 30:
        return Verdict("text", None, f"free text: {_n(once)} of its {_n(n_levels)} answers were given only once")
    if _n_words(facts) > 12:
        return Verdict("text", None, "free text: answers of many words")
    return None


def _too_many(facts: Facts) -> Verdict | None:
    n, n_levels = facts.n_observed, len(facts.distinct)
    if n_levels <= FEW_LEVELS or (n_levels <= MAX_LEVELS and n_levels <= n / 5):
        return None
    reason = (
        f"{_n(n_levels)} levels in {_n(n)} known rows are too many to learn from; "
        f"group them, or insist with kinds={{{facts.name!r}: 'nominal'}}"
    )
    return Verdict("text" if _n_words(facts) > 2 else "identifier", None, reason)


def _category(facts: Facts, because: str) -> Verdict:
    n_levels = len(facts.distinct)
    if n_levels == 2:
        return Verdict("modelled", "binary", f"{because}, two levels")
    if facts.is_ordered:
        return Verdict("modelled", "ordinal", f"{because}, {_n(n_levels)} levels, declared to be ordered")
    labels = [str(facts.labels.get(value, value)) for value in facts.distinct]
    if leading_numbers(labels) is not None:
        return Verdict("modelled", "ordinal", f"{because}, {_n(n_levels)} levels that carry rising numbers")
    if facts.storage != "text" and is_scale(labels):
        return Verdict("modelled", "ordinal", f"{because}, {_n(n_levels)} levels that read like a scale")
    return Verdict("modelled", "nominal", f"{because}, {_n(n_levels)} levels without an order")


def _labelled(facts: Facts) -> Verdict | None:
    """Numbers that value labels explain."""
    labelled = [value for value in facts.distinct if value in facts.labels]
    if not labelled or all(str(facts.labels[value]) == _show_number(value) for value in labelled):
        return None
    n_levels = len(facts.distinct)
    if len(labelled) == n_levels:
        return _too_many(facts) or _category(facts, "every code has a label")
    if not facts.is_whole or n_levels > LONGEST_SCALE:
        return None
    ends = facts.distinct[0] in facts.labels and facts.distinct[-1] in facts.labels
    if ends and n_levels > 2:
        return Verdict("modelled", "ordinal", f"a scale of {n_levels} points with labels at its ends")
    return None


def _two_values(facts: Facts) -> Verdict | None:
    if len(facts.distinct) == 2 and (facts.is_whole or facts.counts.min() > 1):
        low, high = (_show_number(value) for value in _numbers(facts))
        return Verdict("modelled", "binary", f"two values, {low} and {high}")
    return None


def _number_identifier(facts: Facts) -> Verdict | None:
    if not facts.is_whole:
        return None
    numbers, n, n_levels = _numbers(facts), facts.n_observed, len(facts.distinct)
    named = _is_id_name(facts.name)
    if n_levels == n and n >= 3:
        is_run = numbers[-1] - numbers[0] + 1 == n
        if named or (is_run and n > LONGEST_SCALE) or (n >= 1000 and facts.n_empty == 0):
            extra = ", counting up" if is_run else ""
            return Verdict("identifier", None, f"a different whole number in each of {_n(n)} rows{extra}")
    is_place = _PLACE_NAME.search(facts.name) is not None
    if not named and not is_place and (_GROUP_NAME.search(facts.name) is None or numbers[0] < 0):
        return None
    what = "codes of places by its name" if is_place else "identifies groups by its name"
    if n_levels > 200 or n_levels > max(FEW_LEVELS, n / 5):
        return Verdict("identifier", None, f"{what}: {_n(n_levels)} codes that are no amounts")
    return Verdict("modelled", "nominal", f"{what}: {_n(n_levels)} codes")


def _weight(facts: Facts) -> Verdict | None:
    """Survey weights: a helpful predictor when complete; a missing one says that a row is outside the sample."""
    if _WEIGHT_NAME.search(facts.name) is None:
        return None
    numbers = _numbers(facts)
    mean = float(np.average(numbers, weights=facts.counts))
    is_weight = numbers[0] >= 0 and not facts.is_whole and 0.8 <= mean <= 1.25
    if not is_weight and _WEIGHT_SURELY.search(facts.name) is None:
        return None
    if facts.n_empty:
        return Verdict(
            "left out", None, f"a survey weight by its name and mean ({mean:.2f}); a weight is not for imputing"
        )
    return Verdict("modelled", "continuous", "a survey weight by its name, complete: used to predict")


def _codes_by_name(facts: Facts) -> Verdict | None:
    """Codes without labels whose name says that their order means nothing."""
    n_levels = len(facts.distinct)
    if not facts.is_whole or _numbers(facts)[0] < 0 or _NOMINAL_NAME.search(facts.name) is None:
        return None
    if n_levels > 400 or n_levels > max(FEW_LEVELS, facts.n_observed / 5):
        return None
    return Verdict("modelled", "nominal", f"{_n(n_levels)} whole numbers that are codes by the column's name")


def _scale_or_codes(facts: Facts) -> Verdict | None:
    """A few whole numbers without labels."""
    if not facts.is_whole or not 3 <= len(facts.distinct) <= LONGEST_SCALE:
        return None
    numbers = _numbers(facts)
    low, high, n_levels = numbers[0], numbers[-1], len(numbers)
    span = f"{low:.0f} to {high:.0f}"
    is_run = high - low + 1 == n_levels
    if low in (0, 1) and _has_codes_after_gap(facts):
        return Verdict("modelled", "nominal", f"{n_levels} whole numbers, {span}, with a gap: read as codes")
    if is_run and low >= 2 and _skewness(facts) > 0.8:
        return Verdict("modelled", "count", f"whole numbers {span}, many small and few large")
    if low >= 1 and high <= LONGEST_SCALE and (is_run or low == 1):
        gap = "without a gap" if is_run else "some unused"
        return Verdict("modelled", "ordinal", f"whole numbers {span}, {gap}, read as a scale")
    if is_run and low == 0 and high <= LONGEST_SCALE and _skewness(facts) < 0.5:
        return Verdict("modelled", "ordinal", f"whole numbers {span}, without a gap, read as a scale")
    return None


def _has_codes_after_gap(facts: Facts) -> bool:
    """A run, a gap, then one or two values that are no rarer than what stood before it, as 1 2 3 4 8 or 1 2 98 99."""
    after = np.flatnonzero(np.diff(_numbers(facts)) > 1.5)
    if not len(after) or after[0] < 1 or len(facts.counts) - after[0] - 1 > 2:
        return False
    return bool(facts.counts[after[0] + 1 :].max() >= facts.counts[after[0]])


def _spike(facts: Facts) -> Verdict | None:
    numbers = _numbers(facts)
    top = int(np.argmax(facts.counts))
    share = facts.counts[top] / facts.n_observed
    if len(numbers) < 8 or facts.counts[top] < 5:
        return None
    at_edge = top in (0, len(numbers) - 1) or numbers[top] == 0
    if share < (SPIKE_AT_EDGE if at_edge else SPIKE_ANYWHERE):
        return None
    rest = facts.n_observed - facts.counts[top]
    if rest < 8 or facts.counts[top] < 3 * np.sort(facts.counts)[-2]:
        return None
    spike = _show_number(numbers[top])
    return Verdict("modelled", "semicontinuous", f"{100 * share:.0f} % are exactly {spike}, the rest are spread out")


def _whole(facts: Facts) -> Verdict | None:
    if not facts.is_whole:
        return None
    numbers = _numbers(facts)
    span = f"{numbers[0]:.0f} to {numbers[-1]:.0f}"
    if numbers[0] >= 1700 and numbers[-1] <= 2200 and (_YEAR_NAME.search(facts.name) or numbers[0] >= 1900):
        return Verdict("modelled", "continuous", f"years, {span}")
    if 0 <= numbers[0] <= 1 and numbers[-1] <= 1000 and _skewness(facts) >= 0.5:
        return Verdict("modelled", "count", f"whole numbers {span}, many small and few large")
    return Verdict("modelled", "continuous", f"whole numbers {span}")


_RULES: tuple[Callable[[Facts], Verdict | None], ...] = (
    _nothing_to_learn,
    _date,
    _declared,
    _words,
    _two_values,
    _labelled,
    _number_identifier,
    _weight,
    _codes_by_name,
    _scale_or_codes,
    _spike,
    _whole,
)


def suspect_code(facts: Facts) -> float | None:
    """A number that looks like a code for missing among amounts (-8 among incomes), or None."""
    if facts.numbers is None or facts.storage in ("bool", "date", "category") or len(facts.numbers) < 8:
        return None
    numbers = facts.numbers
    codes = (-9999, -999, -998, -997, -99, -98, -97, -96, -95, -94, -93, -92, -91, -90, -89, -88, -77, -66)
    small = (-9, -8, -7, -6, -5, -4, -3, -2, -1)
    low = numbers[0]
    if low in codes and numbers[1] > low + 1 and numbers[2] >= 0:
        return float(low)
    if low in small and numbers[1] >= 0 and facts.is_whole:
        return float(low)
    is_apart = numbers[-1] > 1.9 * numbers[-2] and numbers[0] >= 0 and facts.counts[-1] > 1
    if facts.is_whole and is_apart and re.fullmatch(r"9+|9*[78]|(7+|8+)", f"{numbers[-1]:.0f}") and numbers[-1] > 20:
        return float(numbers[-1])
    return None


def suspect_words(facts: Facts) -> tuple[str, ...]:
    """Levels kept as answers that some researchers count as missing."""
    shown = (str(facts.labels.get(value, value)) for value in facts.distinct[:MAX_LEVELS])
    return tuple(word for word in shown if name_reason(word) == "don't know")


def _numbers(facts: Facts) -> NDArray[np.float64]:
    assert facts.numbers is not None
    return facts.numbers


def _skewness(facts: Facts) -> float:
    numbers, weights = _numbers(facts), facts.counts
    mean = np.average(numbers, weights=weights)
    spread = np.average((numbers - mean) ** 2, weights=weights)
    return float(np.average((numbers - mean) ** 3, weights=weights) / spread**1.5)


def _is_id_name(name: str) -> bool:
    return _ID_NAME.search(name) is not None or _ID_CAMEL.search(name) is not None


def _n_words(facts: Facts) -> float:
    some = [str(value) for value in facts.distinct[:200]]
    return float(np.mean([len(value.split()) for value in some]))


def _n(number: int) -> str:
    return f"{number:,}"


def _show_number(value: Any) -> str:
    return f"{float(value):.10g}"


def _show(value: Any) -> str:
    return repr(value) if isinstance(value, str) else _show_number(value)
