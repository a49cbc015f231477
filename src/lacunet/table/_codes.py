"""Which cells of a column stand for missing, and why: the file's codes, its labels', and the user's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED
from lacunet.table._codec import day_of, looks_like_dates
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
from lacunet.table._schema import Coding, Counts, Origin
from lacunet.table._wish import Wish

MANY_WORDS = 200
"""A column of more different words is not searched for words such as "refused"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileInfo:
    """What a labelled file says of a column."""

    label: str = ""
    value_labels: Mapping[Any, str] = field(default_factory=dict)
    ranges: tuple[tuple[Any, Any], ...] = ()
    origin: Origin = field(default_factory=Origin)


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


def find_codes(raw: RawColumn, cells: Cells, wish: Wish, info: FileInfo) -> tuple[Coding, dict[str, str]]:
    """Codes that stand for missing: the file's, those its labels betray, and above all the user's."""
    found = {} if wish.is_final else _label_codes(raw, cells, info) | _file_codes(raw, cells, info)
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
        missing |= dict.fromkeys(kept, f"{NOT_APPLICABLE}, imputed on request")
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
    """Codes that the file flags as missing: Stata's letters and SPSS's ranges."""
    labels = info.value_labels
    found: dict[Any, str] = {}
    for letter in np.unique(cells.tags):
        if letter:
            code = f".{chr(letter)}"
            found[code] = name_reason(labels.get(code, "")) or labels.get(code, "") or f"missing {code}"
    for value in cells.distinct if info.ranges else ():
        if in_ranges(value, info.ranges):
            label = labels.get(value, "")
            found[value] = name_reason(label) or label or "user-missing"
    return found


def _label_codes(raw: RawColumn, cells: Cells, info: FileInfo) -> dict[Any, str]:
    """Codes whose labels (or, in a column of words, the words themselves) say that they stand for missing."""
    found: dict[Any, str] = {}
    if info.value_labels:
        here = {value: label for value, label in info.value_labels.items() if value in cells.distinct}
        found = labelled_reasons(here, codes_outside(info.value_labels))
    elif raw.storage in ("text", "category", "object") and len(cells.distinct) <= MANY_WORDS:
        found = labelled_reasons({value: value for value in cells.distinct if isinstance(value, str)}, {})
    n_levels = int(np.count_nonzero(cells.counts))
    n_answers = n_levels - sum(value in found for value in cells.distinct) if found else n_levels
    return found if n_answers > 1 else {}


def reason_per_value(cells: Cells, coding: Coding) -> list[str | None]:
    """Why each distinct value stands for missing, None where it is an answer."""
    known: dict[Any, str] = dict(coding.missing_codes) | dict.fromkeys(coding.not_applicable, NOT_APPLICABLE)
    if not known:
        return [None] * len(cells.distinct)
    return [known.get(value) for value in cells.distinct]


def states(cells: Cells, reasons: list[str | None], coding: Coding) -> tuple[NDArray[np.int8], Counts]:
    """State of every cell, and how many are to be imputed for each reason."""
    by_value = np.full(len(reasons) + 1, OBSERVED, dtype=np.int8)
    by_value[-1] = MISSING
    by_reason: dict[str, int] = {}
    has_codes = bool(coding.missing_codes or coding.not_applicable)
    for i, reason in enumerate(reasons) if has_codes else ():
        if reason is not None and cells.counts[i]:
            by_value[i] = INAPPLICABLE if reason == NOT_APPLICABLE else MISSING
            by_reason[reason] = by_reason.get(reason, 0) + int(cells.counts[i])
    empty = NOT_APPLICABLE if None in coding.not_applicable else coding.missing_codes.get(None, SYSTEM)
    if empty == NOT_APPLICABLE:
        by_value[-1] = INAPPLICABLE
    state = by_value[cells.codes]
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
        by_reason={reason: n for reason, n in by_reason.items() if reason != NOT_APPLICABLE},
    )
    return state, counts


def _respelled(cells: Cells, code: Any) -> list[Any]:
    """The code among these cells where they are text and it was a number, or the other way round."""
    if code is None or not cells.distinct or isinstance(code, str) == isinstance(cells.distinct[0], str):
        return []
    return [value for value in cells.distinct if is_same_code(value, code)]


def codes_in(cells: Cells, coding: Coding) -> Coding:
    """Known codes as these cells spell them, and those that fall in a range of user-missing values."""
    missing = dict(coding.missing_codes)
    kept = list(coding.not_applicable)
    for code in [*missing, *kept]:
        for value in _respelled(cells, code):
            if code in missing:
                missing[value] = missing[code]
            else:
                kept.append(value)
    for value in cells.distinct if coding.ranges else ():
        if value not in missing and value not in kept and in_ranges(value, coding.ranges):
            reason = name_reason(coding.value_labels.get(value, "")) or "user-missing"
            if reason == NOT_APPLICABLE:
                kept.append(value)
            else:
                missing[value] = reason
    return replace(coding, missing_codes=missing, not_applicable=tuple(kept))
