"""One column read: which cells are known, why the others are not, and what kind of variable it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED
from lacunet.errors import ColumnError
from lacunet.table._check import check_cells, check_kind
from lacunet.table._codec import day_of, level_key, looks_like_dates, parse_dates, positions_of
from lacunet.table._guess import Facts, Verdict, guess, suspect_code, suspect_words
from lacunet.table._missing import (
    NOT_APPLICABLE,
    SYSTEM,
    codes_outside,
    in_ranges,
    is_same_code,
    labelled_reasons,
    name_reason,
    numbers_of,
)
from lacunet.table._raw import RawColumn, read_tags
from lacunet.table._schema import Coding, Column, Counts, Origin
from lacunet.table._wish import Wish

MANY_ODD = 4
"""From this many different words among numbers on, nobody can say which are codes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileInfo:
    """What a labelled file says of a column."""

    label: str = ""
    value_labels: Mapping[Any, str] = field(default_factory=dict)
    ranges: tuple[tuple[Any, Any], ...] = ()
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A column's schema entry, its encoded cells if it is modelled, and what is worth saying of it."""

    column: Column
    values: NDArray[np.float64] | None = None
    state: NDArray[np.int8] | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cells:
    """A column as positions in its distinct values, with a reason where a value stands for missing."""

    codes: NDArray[np.int64]
    distinct: tuple[Any, ...]
    counts: NDArray[np.int64]
    tags: NDArray[np.uint8]
    is_date: bool = False


def factorise(raw: RawColumn) -> Cells:
    """Positions in distinct values for any storage."""
    tags = np.zeros(0, dtype=np.uint8)
    if raw.numbers is not None:
        found, uniques = pd.factorize(raw.numbers, use_na_sentinel=True)
        order = np.argsort(uniques)
        rank = np.empty(len(order) + 1, dtype=np.int64)
        rank[order], rank[-1] = np.arange(len(order)), -1
        codes, distinct = rank[found], tuple(uniques[order].tolist())
        if raw.storage == "number" and (codes < 0).any():
            tags = read_tags(raw.numbers)
    else:
        assert raw.codes is not None
        codes, distinct = raw.codes, raw.levels
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    return Cells(codes, distinct, counts, tags, raw.storage == "date")


def read_column(raw: RawColumn, wish: Wish, info: FileInfo) -> Reading:
    """Everything about one column of a new table."""
    if raw.storage == "other" or wish.leave_out:
        reason = "left out on request" if wish.leave_out else f"cells of type {raw.dtype} cannot be modelled"
        return Reading(column=_plain_column(raw, info, Verdict("left out", None, reason)))
    cells = factorise(raw)
    coding, remarks = _find_codes(raw, cells, wish, info)
    reasons = _reason_per_value(cells, coding)
    spelling: Literal["text", "numbers", "dates"]
    spelling, numbers, coding, odd = _interpret(raw, cells, reasons, coding, wish)
    remarks |= odd
    reasons = _reason_per_value(cells, coding)
    is_known = np.array([reason is None for reason in reasons], dtype=bool) & (cells.counts > 0)
    facts = _facts(raw, cells, np.flatnonzero(is_known), numbers, spelling, info)
    verdict = check_kind(facts, wish.kind) if wish.kind else guess(facts)
    column = _plain_column(raw, info, verdict, spelling)
    column = replace(column, coding=replace(coding, is_integer=facts.is_whole, decimals=_decimals(facts)))
    state, counts = _states(cells, reasons, coding)
    column = replace(column, counts=counts)
    if not column.is_modelled:
        return Reading(column=column, remarks=remarks)
    if numbers is not None:
        check_cells(raw.name, numbers, cells.codes, is_known, column.kind == "date")
    if column.is_category:
        column = replace(column, levels=_levels(facts))
    remarks |= _suspicions(facts, column)
    return Reading(column=column, values=encode(column, raw, cells, state, numbers), state=state, remarks=remarks)


def apply_column(raw: RawColumn, column: Column) -> Reading:
    """Cells of new rows under a column already known; raises ``ColumnError`` where they do not fit."""
    if not column.is_modelled:
        return Reading(column=column)
    cells = factorise(raw) if raw.storage != "other" else None
    if cells is None:
        raise ColumnError(
            f"Column {column.name!r} now holds cells of type {raw.dtype}. It held {column.dtype} in fitting. Convert it."
        )
    coding = _codes_in(cells, column.coding)
    reasons = _reason_per_value(cells, coding)
    is_known = np.array([reason is None for reason in reasons], dtype=bool) & (cells.counts > 0)
    numbers = _numbers_as(column, raw, cells, is_known)
    state, counts = _states(cells, reasons, coding)
    if numbers is not None:
        if not column.is_category:
            _check_words(column, raw, cells, is_known & np.isnan(numbers))
        check_cells(raw.name, numbers, cells.codes, is_known & ~np.isnan(numbers), column.kind == "date")
    spelled = replace(column, counts=counts, storage=raw.storage, origin=replace(column.origin, dtype=raw.dtype))
    return Reading(column=spelled, values=encode(column, raw, cells, state, numbers), state=state)


def _codes_in(cells: Cells, coding: Coding) -> Coding:
    """Known codes as these cells spell them, and those that fall in a range of user-missing values."""
    missing = dict(coding.missing_codes)
    kept = list(coding.not_applicable)
    for value in cells.distinct if coding.ranges else ():
        if value not in missing and value not in kept and in_ranges(value, coding.ranges):
            reason = name_reason(coding.value_labels.get(value, "")) or "user-missing"
            if reason == NOT_APPLICABLE:
                kept.append(value)
            else:
                missing[value] = reason
    return replace(coding, missing_codes=missing, not_applicable=tuple(kept))


def _numbers_as(
    column: Column, raw: RawColumn, cells: Cells, is_known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    if raw.numbers is not None:
        return np.array(cells.distinct, dtype=np.float64)
    if column.origin.spelling == "dates":
        return np.array([day_of(value) if looks_like_dates([value]) else np.nan for value in cells.distinct])
    if column.origin.spelling == "numbers":
        return numbers_of(cells.distinct)
    return None


def _check_words(column: Column, raw: RawColumn, cells: Cells, is_odd: NDArray[np.bool_]) -> None:
    if is_odd.any():
        raise ColumnError(_mixed_message(raw, cells, is_odd))


def _plain_column(raw: RawColumn, info: FileInfo, verdict: Verdict, spelling: str = "text") -> Column:
    origin = replace(info.origin, dtype=raw.dtype, spelling=spelling)
    return Column(
        name=raw.name,
        role=verdict.role,
        kind=verdict.kind,
        reason=verdict.reason,
        storage=raw.storage,
        label=info.label,
        coding=Coding(value_labels=dict(info.value_labels), ranges=info.ranges),
        origin=origin,
    )


def _find_codes(raw: RawColumn, cells: Cells, wish: Wish, info: FileInfo) -> tuple[Coding, dict[str, str]]:
    """Codes that stand for missing: the file's, those its labels betray, and above all the user's."""
    found = _file_codes(raw, cells, info)
    remarks = {}
    absent = []
    for given, is_kept in ((wish.missing, False), (dict.fromkeys(wish.not_applicable, NOT_APPLICABLE), True)):
        for code, reason in given.items():
            matches = _matches(cells, code, info)
            for value in matches:
                found[value] = NOT_APPLICABLE if is_kept else _kept_word(reason)
            if not matches and code in wish.named:
                absent.append(repr(code))
    if absent:
        remarks["absent code"] = ", ".join(absent)
    missing = {code: reason for code, reason in found.items() if reason != NOT_APPLICABLE}
    kept = tuple(code for code, reason in found.items() if reason == NOT_APPLICABLE)
    if wish.impute_not_applicable:
        missing |= {code: f"{NOT_APPLICABLE}, imputed on request" for code in kept}
        kept = ()
    return Coding(
        missing_codes=missing, not_applicable=kept, value_labels=info.value_labels, ranges=info.ranges
    ), remarks


def _kept_word(reason: str) -> str:
    return "declared missing" if reason == NOT_APPLICABLE else reason


def _matches(cells: Cells, code: Any, info: FileInfo) -> list[Any]:
    """Raw values that a user's code means: the value itself, its label, a letter of Stata, or the empty cell."""
    if code is None:
        return [None] if (cells.codes < 0).any() else []
    letters = {f".{chr(letter)}" for letter in np.unique(cells.tags) if letter}
    if isinstance(code, str):
        if code in letters:
            return [code]
        labelled = [value for value, label in info.value_labels.items() if label.strip().casefold() == code.casefold()]
        labelled = [value for value in labelled if value in letters or value in cells.distinct]
        if labelled:
            return labelled
    if cells.distinct and isinstance(cells.distinct[0], float):
        number = day_of(code) if cells.is_date and looks_like_dates([code]) else numbers_of([code])[0]
        return [number] if number in cells.distinct else []
    return [value for value in cells.distinct if is_same_code(value, code)]


def _file_codes(raw: RawColumn, cells: Cells, info: FileInfo) -> dict[Any, str]:
    labels = info.value_labels
    found: dict[Any, str] = {}
    for letter in np.unique(cells.tags):
        if letter:
            code = f".{chr(letter)}"
            found[code] = name_reason(labels.get(code, "")) or labels.get(code, "") or f"missing {code}"
    if info.ranges:
        for value in cells.distinct:
            if in_ranges(value, info.ranges):
                label = labels.get(value, "")
                found[value] = name_reason(label) or label or "user-missing"
    if labels:
        here = {value: labels[value] for value in labels if value in cells.distinct}
        outside = codes_outside(labels)
        for value, reason in labelled_reasons(here, outside).items():
            found.setdefault(value, reason)
    elif raw.storage in ("text", "category", "object") and len(cells.distinct) <= 200:
        words = {value: value for value in cells.distinct if isinstance(value, str)}
        found |= labelled_reasons(words, {})
    return found


def _reason_per_value(cells: Cells, coding: Coding) -> list[str | None]:
    known: dict[Any, str] = dict(coding.missing_codes) | dict.fromkeys(coding.not_applicable, NOT_APPLICABLE)
    if not known:
        return [None] * len(cells.distinct)
    return [known.get(value) for value in cells.distinct]


def _interpret(
    raw: RawColumn, cells: Cells, reasons: list[str | None], coding: Coding, wish: Wish
) -> tuple[Any, NDArray[np.float64] | None, Coding, dict[str, str]]:
    """Whether cells are numbers, spell numbers or dates, or are words; a stray word among numbers is kept as a code."""
    if raw.numbers is not None:
        return "numbers", np.array(cells.distinct, dtype=np.float64), coding, {}
    known = np.array([reason is None for reason in reasons], dtype=bool) & (cells.counts > 0)
    days = parse_dates(cells.distinct, known) if raw.storage != "category" else None
    if days is not None:
        return "dates", days, coding, {}
    numbers = numbers_of(cells.distinct)
    odd = known & np.isnan(numbers)
    if not known.any() or odd.sum() == known.sum():
        return "text", None, coding, {}
    if not odd.any():
        return "numbers", numbers, coding, {}
    if raw.storage == "category" or cells.counts[odd].sum() > cells.counts[known].sum() * (
        0.999 if _is_code(cells, odd) else 0.5
    ):
        return "text", None, coding, {}
    n_numbers = int(known.sum() - odd.sum())
    if odd.sum() >= MANY_ODD and n_numbers <= 20:
        return "text", None, coding, {}
    if odd.sum() >= MANY_ODD or wish.kind in ("nominal", "ordinal"):
        if wish.kind in ("nominal", "ordinal"):
            return "text", None, coding, {}
        raise ColumnError(_mixed_message(raw, cells, odd))
    words = tuple(value for value, is_odd in zip(cells.distinct, odd, strict=True) if is_odd)
    n_cells = int(cells.counts[odd].sum())
    remark = {"odd code": f"{', '.join(repr(word) for word in words)} ({n_cells:,})"}
    if wish.impute_not_applicable:
        extra = {word: "a word among numbers, imputed on request" for word in words}
        return "numbers", numbers, replace(coding, missing_codes=dict(coding.missing_codes) | extra), remark
    return "numbers", numbers, replace(coding, not_applicable=coding.not_applicable + words), remark


def _is_code(cells: Cells, odd: NDArray[np.bool_]) -> bool:
    """A single short word, as N or NA or X."""
    words = [str(value) for value, is_odd in zip(cells.distinct, odd, strict=True) if is_odd]
    return len(words) == 1 and len(words[0]) <= 3


def _mixed_message(raw: RawColumn, cells: Cells, odd: NDArray[np.bool_]) -> str:
    assert raw.codes is not None
    rows = np.flatnonzero((raw.codes >= 0) & odd[np.maximum(raw.codes, 0)])
    first = cells.distinct[raw.codes[rows[0]]]
    return (
        f"Column {raw.name!r} has {len(rows):,} values that are not numbers among numbers (first: {first!r}, row "
        f"{rows[0] + 1}). A column needs numbers or categories. Declare codes with "
        f"missing_codes={{{raw.name!r}: [{first!r}]}}, call it a category with kinds={{{raw.name!r}: 'nominal'}}, "
        f"or leave it out with leave_out=[{raw.name!r}]."
    )


def _facts(
    raw: RawColumn,
    cells: Cells,
    known: NDArray[np.intp],
    numbers: NDArray[np.float64] | None,
    spelling: str,
    info: FileInfo,
) -> Facts:
    here = None if numbers is None else numbers[known]
    order = np.arange(len(known))
    if here is not None and raw.storage != "category":
        order = np.argsort(here, kind="stable")
    elif raw.storage in ("text", "object"):
        order = np.array(sorted(order, key=lambda i: level_key(cells.distinct[known[i]])), dtype=np.int64)
    places = [known[i] for i in order]
    distinct = tuple(cells.distinct[i] for i in places)
    labels = (
        {value: info.value_labels[value] for value in distinct if value in info.value_labels}
        if info.value_labels
        else {}
    )
    return Facts(
        name=raw.name,
        storage=raw.storage,
        distinct=distinct,
        numbers=None if here is None else here[order],
        counts=cells.counts[places] if places else np.zeros(0, dtype=np.int64),
        n_empty=int((cells.codes < 0).sum()),
        labels=labels,
        is_ordered=raw.is_ordered,
        spelling=spelling,
    )


def _levels(facts: Facts) -> tuple[Any, ...]:
    """Raw value of each level; of ``1`` and ``1.0`` in one column of text, the more common."""
    if facts.numbers is None or facts.storage == "category":
        return facts.distinct
    best: dict[float, tuple[int, Any]] = {}
    for number, value, count in zip(facts.numbers.tolist(), facts.distinct, facts.counts.tolist(), strict=True):
        if number not in best or count > best[number][0]:
            best[number] = (count, value)
    return tuple(value for _, value in best.values())


def _decimals(facts: Facts) -> int:
    if facts.spelling != "numbers" or facts.storage != "text":
        return 0
    tails = (value.strip().partition(".")[2] for value in facts.distinct if "e" not in value.lower())
    return max((len(tail) for tail in tails), default=0)


def _states(cells: Cells, reasons: list[str | None], coding: Coding) -> tuple[NDArray[np.int8], Counts]:
    by_value = np.array(
        [OBSERVED if r is None else INAPPLICABLE if r == NOT_APPLICABLE else MISSING for r in reasons] + [MISSING],
        dtype=np.int8,
    )
    empty = NOT_APPLICABLE if None in coding.not_applicable else coding.missing_codes.get(None, SYSTEM)
    if empty == NOT_APPLICABLE:
        by_value[-1] = INAPPLICABLE
    state = by_value[cells.codes]
    by_reason: dict[str, int] = {}
    for reason, count in zip(reasons, cells.counts.tolist(), strict=True):
        if reason is not None and count:
            by_reason[reason] = by_reason.get(reason, 0) + count
    n_empty = int((cells.codes < 0).sum())
    for letter in np.unique(cells.tags):
        code = f".{chr(letter)}"
        if not letter:
            continue
        here = cells.tags == letter
        is_kept = code in coding.not_applicable
        state[here] = INAPPLICABLE if is_kept else MISSING
        reason = NOT_APPLICABLE if is_kept else coding.missing_codes.get(code, SYSTEM)
        by_reason[reason] = by_reason.get(reason, 0) + int(here.sum())
        n_empty -= int(here.sum())
    if n_empty:
        by_reason[empty] = by_reason.get(empty, 0) + n_empty
    counts = Counts(
        n_known=int((state == OBSERVED).sum()),
        n_missing=int((state == MISSING).sum()),
        n_inapplicable=int((state == INAPPLICABLE).sum()),
        by_reason=by_reason,
    )
    return state, counts


def _suspicions(facts: Facts, column: Column) -> dict[str, str]:
    found = {}
    code = None if column.is_category else suspect_code(facts)
    if code is not None:
        found["suspect code"] = f"{code:g}"
    words = suspect_words(facts) if column.is_category else ()
    if words:
        found["suspect words"] = ", ".join(repr(word) for word in words)
    return found


def encode(
    column: Column,
    raw: RawColumn,
    cells: Cells,
    state: NDArray[np.int8],
    numbers: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Cells as floats, NaN where not observed; a level that the schema does not know raises ``ColumnError``."""
    per_value = positions_of(column, cells.distinct, numbers) if column.is_category else numbers
    assert per_value is not None
    known = state == OBSERVED
    values = np.full(len(state), np.nan)
    values[known] = per_value[cells.codes[known]]
    if column.is_category:
        _check_levels(column, raw, cells, known & np.isnan(values))
    return values


def _check_levels(column: Column, raw: RawColumn, cells: Cells, unseen: NDArray[np.bool_]) -> None:
    if not unseen.any():
        return
    rows = np.flatnonzero(unseen)
    new = list(dict.fromkeys(cells.distinct[i] for i in cells.codes[rows].tolist()))
    shown = ", ".join(repr(level) for level in new[:5])
    raise ColumnError(
        f"Column {column.name!r} has {len(new)} levels never seen in fitting: {shown} (first in row {rows[0] + 1}). Its "
        f"levels are {', '.join(repr(level) for level in column.levels[:10])}. Recode them, declare them missing, or fit "
        "again with these rows."
    )
