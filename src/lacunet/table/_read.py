"""One column read: which cells are known, why the others are not, and what kind of variable it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import OBSERVED
from lacunet.errors import ColumnError, suggest
from lacunet.table._check import check_cells, check_kind
from lacunet.table._codec import day_of, level_key, looks_like_dates, parse_dates, positions_of
from lacunet.table._codes import Cells, FileInfo, codes_in, factorise, find_codes, reason_per_value, states
from lacunet.table._guess import FEW_LEVELS, Facts, Verdict, guess, suspect_code, suspect_words
from lacunet.table._missing import (
    LEADING_ZERO,
    NOT_APPLICABLE,
    name_reason,
    numbers_of,
)
from lacunet.table._raw import RawColumn
from lacunet.table._schema import Coding, Column, Spelling
from lacunet.table._wish import Wish

MANY_ODD = 4
"""From this many different words among numbers on, nobody can say which are codes."""
MOST_ODD = 0.999
"""Up to this share of the cells, a short word such as N among numbers is a code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A column's schema entry, its encoded cells if it is modelled, and what is worth saying of it."""

    column: Column
    values: NDArray[np.float64] | None = None
    state: NDArray[np.int8] | None = None
    remarks: Mapping[str, str] = field(default_factory=dict)


def read_column(raw: RawColumn, wish: Wish, info: FileInfo) -> Reading:
    """Everything about one column of a new table."""
    if raw.storage == "other" or wish.leave_out:
        reason = "left out on request" if wish.leave_out else f"cells of type {raw.dtype} cannot be modelled"
        return Reading(column=_plain_column(raw, info, Verdict("left out", None, reason)))
    cells = factorise(raw)
    coding, remarks = find_codes(raw, cells, wish, info)
    reasons = reason_per_value(cells, coding)
    spelling, numbers, coding, odd = _interpret(raw, cells, reasons, coding, wish)
    remarks |= odd
    reasons = reason_per_value(cells, coding)
    is_known = np.array([reason is None for reason in reasons], dtype=bool) & (cells.counts > 0)
    facts = _facts(raw, cells, np.flatnonzero(is_known), numbers, spelling, info)
    verdict = check_kind(facts, wish.kind) if wish.kind else guess(facts)
    column = _plain_column(raw, info, verdict, spelling)
    column = replace(column, coding=replace(coding, is_integer=facts.is_whole, decimals=_decimals(facts)))
    state, counts = states(cells, reasons, coding)
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
            f"Column {column.name!r} now holds cells of type {raw.dtype}. It held {column.dtype} in "
            "fitting. Convert it."
        )
    coding = codes_in(cells, column.coding)
    reasons = reason_per_value(cells, coding)
    is_known = np.array([reason is None for reason in reasons], dtype=bool) & (cells.counts > 0)
    numbers = _numbers_as(column, raw, cells, is_known)
    state, counts = states(cells, reasons, coding)
    if numbers is not None:
        if not column.is_category:
            _check_words(column, raw, cells, is_known & np.isnan(numbers))
        check_cells(raw.name, numbers, cells.codes, is_known & ~np.isnan(numbers), column.kind == "date")
    spelled = replace(column, counts=counts, storage=raw.storage, origin=replace(column.origin, dtype=raw.dtype))
    return Reading(column=spelled, values=encode(column, raw, cells, state, numbers), state=state)


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


def _plain_column(raw: RawColumn, info: FileInfo, verdict: Verdict, spelling: Spelling = "text") -> Column:
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
    if not known.any() or not _are_numbers(raw, cells, known, odd, wish):
        return "text", None, coding, {}
    if not odd.any():
        return "numbers", numbers, coding, {}
    if not wish.is_final:
        coding, odd = _take_refusals(cells, odd, coding)
    words = tuple(value for value, is_odd in zip(cells.distinct, odd, strict=True) if is_odd)
    n_cells = int(cells.counts[odd].sum())
    remark = {"odd code": f"{', '.join(repr(word) for word in words)} ({n_cells:,})"} if words else {}
    if wish.impute_not_applicable:
        extra = dict.fromkeys(words, "a word among numbers, imputed on request")
        return "numbers", numbers, replace(coding, missing_codes=dict(coding.missing_codes) | extra), remark
    return "numbers", numbers, replace(coding, not_applicable=coding.not_applicable + words), remark


def _take_refusals(cells: Cells, odd: NDArray[np.bool_], coding: Coding) -> tuple[Coding, NDArray[np.bool_]]:
    """Words among numbers that can only mean a missing answer, such as "refused", become codes for it."""
    found = {cells.distinct[i]: name_reason(str(cells.distinct[i])) for i in np.flatnonzero(odd)}
    codes = {word: reason for word, reason in found.items() if reason and reason != NOT_APPLICABLE}
    left = odd & np.array([value not in codes for value in cells.distinct], dtype=bool)
    return replace(coding, missing_codes=dict(coding.missing_codes) | codes), left


def _are_numbers(raw: RawColumn, cells: Cells, known: NDArray[np.bool_], odd: NDArray[np.bool_], wish: Wish) -> bool:
    """Whether a column is of numbers, be it with a stray code; raises ``ColumnError`` where nobody can tell."""
    if not odd.any():
        return True
    if raw.storage == "category" or wish.kind in ("nominal", "ordinal"):
        return False
    if all(LEADING_ZERO.match(str(cells.distinct[i]).strip()) for i in np.flatnonzero(odd)):
        return False
    share = cells.counts[odd].sum() / cells.counts[known].sum()
    if share > (MOST_ODD if _is_code(cells, odd) else 0.5) or odd.sum() == known.sum():
        return False
    if odd.sum() < MANY_ODD:
        return True
    if known.sum() - odd.sum() <= FEW_LEVELS:
        return False
    raise ColumnError(_mixed_message(raw, cells, odd))


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
    places = np.asarray(known, dtype=np.int64)[order]
    if raw.numbers is not None and here is not None:
        distinct = tuple(here[order].tolist())
    else:
        distinct = tuple(cells.distinct[i] for i in places.tolist())
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
        counts=cells.counts[places],
        n_empty=int((cells.codes < 0).sum()),
        labels=labels,
        is_ordered=raw.is_ordered or info.origin.measure == "ordinal",
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
    hint = suggest(str(new[0]), [str(level) for level in column.levels])
    raise ColumnError(
        f"Column {column.name!r} has {len(new)} levels never seen in fitting: {shown} (first in row {rows[0] + 1}). "
        f"Its levels are {', '.join(repr(level) for level in column.levels[:10])}. {hint + ' ' if hint else ''}"
        "Recode them, declare them missing, or fit again with these rows."
    )
