"""What is asked of one column."""

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacunet._typing import Bools, Floats, States
from lacunet.errors import ColumnError, SpecError, list_some, suggest
from lacunet.report._words import day, join, number
from lacunet.synthesis.conditions.constraints._levels import (
    SHOWN,
    as_day,
    find_level,
    has_order,
    level_numbers,
    level_words,
    no_such_level,
)
from lacunet.table import Column
from lacunet.table._missing import NOT_APPLICABLE, SYSTEM, as_number, is_same_code

WHAT = "given"
LAST_MOMENT = 1 - 1 / 86_400_000_000
"""Of a day, to the microsecond."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of the cells of one column.

    Attributes
    ----------
    position
        Of the column among the modelled.
    levels
        Numbers, days or positions of levels, one of which a value has to be; None where a range is asked for.
    low, high
        Ends of the range, both within it, where ``levels`` is None.
    reasons
        Numbers of the reasons that will do instead of a value.
    """

    position: int
    levels: frozenset[float] | None = None
    low: float = -math.inf
    high: float = math.inf
    reasons: frozenset[int] = frozenset()

    def matches(self, values: Floats, reason: States) -> Bools:
        """Which rows have it.

        Parameters
        ----------
        values, reason
            Shape (n, p), of the modelled columns.

        Returns
        -------
        numpy.ndarray
            Truth values (n,).
        """
        cells, why = values[:, self.position], reason[:, self.position]
        if self.levels is None:
            is_value = (cells >= self.low) & (cells <= self.high)
        else:
            is_value = np.isin(cells, np.array(sorted(self.levels), dtype=np.float64))
        return (is_value & (why == 0)) | np.isin(why, np.array(sorted(self.reasons), dtype=why.dtype))

    def distance(self, cells: Floats) -> Floats:
        """How far values are from what is asked, 0 where they are it; infinite where no value is asked for."""
        if self.levels is None:
            return np.maximum(np.maximum(self.low - cells, cells - self.high), 0.0)
        if not self.levels:
            return np.full(len(cells), np.inf)
        return np.abs(cells[:, None] - np.array(sorted(self.levels))[None, :]).min(axis=1)


def read_wanted(asked: Any, column: Column, position: int, reasons: tuple[Any, ...]) -> Wanted:
    """Read what is asked of one column.

    Parameters
    ----------
    asked
        A value or label; a tuple ``(low, high)``, None for an open end; a list or set of values; None or the code or
        word of a reason for no value.
    column, position
        The column and its position among the modelled.
    reasons
        How its cells say that they hold no value; number r is the r-th of them.

    Raises
    ------
    SpecError
        When a range is reversed, of levels without an order or no pair, or a set is empty.
    ColumnError
        When a level or reason does not exist.
    """
    if isinstance(asked, tuple):
        return _read_range(asked, column, position)
    if isinstance(asked, slice):
        raise SpecError(
            f"{WHAT}[{column.name!r}] is {asked!r}. A range is a tuple (low, high), both ends in it and None for an "
            f"open one. Write {(asked.start, asked.stop)!r}."
        )
    members = list(asked) if _is_several(asked) else [asked]
    if not members:
        raise SpecError(
            f"{WHAT}[{column.name!r}] is empty. At least one value is needed. Leave {column.name!r} out to allow any."
        )
    levels: set[float] = set()
    found: set[int] = set()
    for member in members:
        value, numbers = _read_member(member, column, reasons)
        levels |= value
        found |= numbers
    return Wanted(position=position, levels=frozenset(levels), reasons=frozenset(found))


def _is_several(asked: Any) -> bool:
    if isinstance(asked, Mapping):
        raise SpecError(f"{asked!r} is a mapping. A value, a tuple (low, high) or a list of values is needed.")
    is_scalar = isinstance(asked, str | bytes) or (isinstance(asked, np.ndarray) and not asked.ndim)
    return isinstance(asked, Iterable) and not is_scalar


def _read_member(member: Any, column: Column, reasons: tuple[Any, ...]) -> tuple[set[float], set[int]]:
    if _is_nothing(member):
        return set(), _reasons_of(None, column, reasons)
    if isinstance(member, tuple | list | set | frozenset | dict):
        raise SpecError(
            f"{WHAT}[{column.name!r}] holds {member!r} within a list. A list holds single values. Give a range "
            "alone, as a tuple (low, high)."
        )
    value = _value_of(member, column)
    if value is not None and not _is_reason(member, column):
        return {value}, set()
    return set(), _reasons_of(member, column, reasons)


def _is_nothing(member: Any) -> bool:
    return member is None or (isinstance(member, float) and math.isnan(member)) or str(member) in ("NaT", "<NA>")


def _is_reason(member: Any, column: Column) -> bool:
    """Whether a number is a code of the column's for missing: -8 is then no income."""
    if column.is_category:
        return False
    codes = [*column.missing_codes, *column.not_applicable]
    return any(code is not None and is_same_code(code, member) for code in codes)


def _value_of(member: Any, column: Column) -> float | None:
    """Number, day or position of a level that a word or number means in this column, None for none."""
    if column.is_category:
        position = find_level(column, member)
        return None if position is None else float(position)
    if column.kind == "date":
        days = as_day(member)
        return None if math.isnan(days) else days
    found = None if isinstance(member, str | bool | np.bool_) else as_number(member)
    if found is not None and not math.isfinite(found):
        raise SpecError(f"{WHAT}[{column.name!r}] is {member!r}. A number that is finite is needed. Give one.")
    if found is not None and column.is_integer and found != round(found) and not _is_reason(member, column):
        raise SpecError(
            f"{WHAT}[{column.name!r}] is {found:g}. The column holds whole numbers only. Give {math.floor(found)} or "
            f"{math.ceil(found)}, or a range such as ({math.floor(found)}, {math.ceil(found)})."
        )
    return found


def _reasons_of(member: Any, column: Column, reasons: tuple[Any, ...]) -> set[int]:
    """Numbers of the reasons that a code or word means."""
    words = [reason_word(column, code) for code in reasons]
    found = {
        r
        for r, (code, word) in enumerate(zip(reasons, words, strict=True), 1)
        if _is_code(code, member) or (isinstance(member, str) and word.casefold() == member.casefold())
    }
    if not found:
        raise _unknown(member, column, reasons, words)
    return found


def _is_code(code: Any, member: Any) -> bool:
    """Whether two codes are one, None standing for the empty cell only."""
    return code is member or (code is not None and member is not None and is_same_code(code, member))


def reason_word(column: Column, code: Any) -> str:
    """What the schema calls a code that stands for missing."""
    if any(_is_code(kept, code) for kept in column.not_applicable):
        return NOT_APPLICABLE
    return next((word for known, word in column.missing_codes.items() if _is_code(known, code)), SYSTEM)


def _unknown(member: Any, column: Column, reasons: tuple[Any, ...], words: list[str]) -> Exception:
    said = [f"{spell_code(code)} ({word})" for code, word in zip(reasons, words, strict=True)]
    known = f"Cells without a value are there: {list_some(said, SHOWN)}." if said else "Every cell of it holds a value."
    if member is None:
        return ColumnError(
            f"{WHAT}[{column.name!r}] asks for an empty cell, which the column does not have. {known} Ask for what "
            "there is."
        )
    if column.is_category:
        is_word = isinstance(member, str) and bool(said) and not suggest(member, level_words(column))
        error = no_such_level(column, member, WHAT)
        return ColumnError(f"{error} {known}") if is_word else error
    hint = _range_meant(member) or suggest(member, words) if isinstance(member, str) else ""
    needed = "a date that exists, written '2020-01-31'" if column.kind == "date" else "a number, without quotes"
    return ColumnError(
        f"{WHAT}[{column.name!r}] is {member!r}. A value of {column.name!r} is {needed}. "
        f"{hint or (known if said else 'Correct it.')}"
    )


def _range_meant(word: str) -> str:
    """How a range such as '>70' is written, nothing for other words."""
    found = re.fullmatch(r"\s*([<>])=?\s*(\S.*?)\s*", word)
    if found is None:
        return ""
    end = repr(found[2]) if as_number(found[2]) is None else found[2]
    ends = f"{end}, None" if found[1] == ">" else f"None, {end}"
    return f"Write a range as a tuple, both ends in it: ({ends})."


def spell_code(code: Any) -> str:
    """A code as it is written in the file, None for the empty cell."""
    return f"{code:g}" if isinstance(code, float) else str(code)


def _read_range(asked: tuple[Any, ...], column: Column, position: int) -> Wanted:
    if len(asked) != 2:
        raise SpecError(
            f"{WHAT}[{column.name!r}] is {asked!r}. A tuple is a range (low, high). Write a set of values as a list: "
            f"{list(asked)!r}."
        )
    if column.is_category:
        return Wanted(position=position, levels=_levels_between(asked, column))
    low, high = (_end(end, column, open_end) for end, open_end in zip(asked, (-math.inf, math.inf), strict=True))
    if low > high:
        raise _reversed(asked, column)
    if column.kind == "date" and not column.is_integer and not isinstance(asked[1], dt.datetime):
        high += LAST_MOMENT  # a range up to a day holds all of that day
    return Wanted(position=position, low=low, high=high)


def _reversed(asked: tuple[Any, ...], column: Column) -> SpecError:
    return SpecError(
        f"{WHAT}[{column.name!r}] is {asked!r}, a range that ends before it begins. The lower end stands first. Write "
        f"({asked[1]!r}, {asked[0]!r})."
    )


def _end(end: Any, column: Column, open_end: float) -> float:
    if end is None:
        return open_end
    found = as_day(end) if column.kind == "date" else as_number(end) if not isinstance(end, str | bool) else None
    if found is None or math.isnan(found):
        needed = "a date, written '2020-01-31'" if column.kind == "date" else "a number"
        raise SpecError(
            f"{WHAT}[{column.name!r}] has the end {end!r}. Each end of a range of {column.name!r} is {needed}, or None "
            "where it is open. Correct it."
        )
    return found


def _levels_between(asked: tuple[Any, ...], column: Column) -> frozenset[float]:
    if asked == (None, None):
        return frozenset(float(i) for i in range(len(column.levels)))
    if not has_order(column):
        labels = list_some(map(repr, level_words(column)), SHOWN)
        raise SpecError(
            f"{WHAT}[{column.name!r}] is the range {asked!r}, but the levels of {column.name!r} ({column.kind}) have "
            f"no order. List the levels wanted: {WHAT}={{{column.name!r}: [{labels}]}}."
        )
    places = np.arange(len(column.levels), dtype=np.float64)
    low, high = (_place(end, column, places) for end in asked)
    if low is not None and high is not None and low > high:
        raise _reversed(asked, column)
    chosen = (places >= (0.0 if low is None else low)) & (places <= (math.inf if high is None else high))
    if not chosen.any():
        raise SpecError(
            f"{WHAT}[{column.name!r}] is {asked!r}, a range without a level. Its levels are: "
            f"{list_some(map(repr, level_words(column)), SHOWN)}. Widen it."
        )
    return frozenset(places[chosen].tolist())


def _place(end: Any, column: Column, places: Floats) -> float | None:
    """Where an end lies among the levels; a number that is none of them lies between two."""
    if end is None:
        return None
    position = find_level(column, end)
    if position is not None:
        return float(position)
    numbers, wanted = level_numbers(column), None if isinstance(end, str | bool) else as_number(end)
    if wanted is None or not np.isfinite(numbers).all():
        raise no_such_level(column, end, WHAT)
    return float(np.count_nonzero(numbers < wanted)) - 0.5


def say_wanted(wanted: Wanted, column: Column, reasons: tuple[Any, ...]) -> str:
    """What is asked of a column, as part of a sentence."""
    parts = []
    if wanted.levels is None:
        parts.append(_say_range(wanted, column))
    elif wanted.levels:
        parts.append(f"{column.name} {join_or([say_value(column, level) for level in sorted(wanted.levels)])}")
    if wanted.reasons:
        codes = [reasons[r - 1] for r in sorted(wanted.reasons)]
        words = [
            f"{reason_word(column, code)}" + (f" ({spell_code(code)})" if code is not None else "") for code in codes
        ]
        parts.append(f"{column.name} without a value: {join_or(words)}")
    return " or ".join(parts)


def _say_range(wanted: Wanted, column: Column) -> str:
    low, high = say_value(column, wanted.low), say_value(column, wanted.high)
    if math.isinf(wanted.low) and math.isinf(wanted.high):
        return f"{column.name} with a value"
    if math.isinf(wanted.low):
        return f"{column.name} up to {high}"
    return f"{column.name} from {low}" + ("" if math.isinf(wanted.high) else f" to {high}")


def say_value(column: Column, value: float) -> str:
    """A value of a column as a reader knows it."""
    if column.is_category:
        label = level_words(column)[int(value)]
        return label if column.origin.spelling == "numbers" and not column.value_labels else repr(label)
    return day(value) if column.kind == "date" else f"{value:.12g}" if abs(value) < 1e6 else number(value)


def join_or(words: list[str]) -> str:
    """Join alternatives, leaving out the middle of many."""
    words = words if len(words) <= 6 else [*words[:5], f"{len(words) - 5} more"]
    return join(words).replace(" and ", " or ") if len(words) > 1 else "".join(words)
