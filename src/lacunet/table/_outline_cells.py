"""Cells that hold no value, each for a reason spelled as the column spells it; and cells made of values and reasons."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lacunet._layout import OBSERVED
from lacunet._typing import Frame, States
from lacunet.errors import ColumnError, suggest
from lacunet.table._codec import decode
from lacunet.table._codes import factorise, reason_per_value
from lacunet.table._frame import Patch, take_column
from lacunet.table._missing import is_same_code, numbers_of
from lacunet.table._raw import RawColumn, tag_missing
from lacunet.table._schema import Column

NUMBER_LIKE = ("number", "bool", "date")
MOST_REASONS = 127
"""An int8 counts no further."""
NULL = "null"
_EMPTY_OBJECTS: dict[str, Any] = {"nan": float("nan"), "NA": pd.NA, "NaT": pd.NaT}


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a column spells what its schema does not say.

    Attributes
    ----------
    empty
        Its way to say nothing: ``null``, ``nan``, ``NA`` or ``NaT``, or the blank text that stands there.
    fewest_decimals
        Decimals that text keeps where they are zeros (none in 1.5 and 2, one in 1.25 and 2.0); None where it has as
        many everywhere, or no rule.
    levels
        All that the type of a category of numbers can hold, where the column is read as an amount.
    """

    empty: str = NULL
    fewest_decimals: int | None = None
    levels: tuple[Any, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Inverse of ``as_dict``."""
        return cls(**{**plain, "levels": tuple(plain["levels"])})


def spelled_reasons(raw: RawColumn, state: States) -> list[Any]:
    """Raw spelling of every cell of a column that holds no value, in order of rows: a code, ``.a``, or None for empty.

    Returns
    -------
    list
        One for each cell whose state is not observed.
    """
    cells = factorise(raw)
    rows = np.flatnonzero(state != OBSERVED)
    letters = cells.tags[rows] if len(cells.tags) else np.zeros(len(rows), dtype=np.uint8)
    codes = cells.codes[rows]
    return [
        f".{chr(letter)}" if letter else (cells.distinct[code] if code >= 0 else None)
        for code, letter in zip(codes.tolist(), letters.tolist(), strict=True)
    ]


def count_reasons(name: str, spelled: Sequence[Any]) -> tuple[Any, ...]:
    """The different reasons, most frequent first; of two as frequent, the one that stands first.

    Raises
    ------
    ColumnError
        If there are more than `MOST_REASONS`.
    """
    counts: dict[Any, int] = {}
    for reason in spelled:
        counts[reason] = counts.get(reason, 0) + 1
    if len(counts) > MOST_REASONS:
        raise ColumnError(
            f"Column {name!r} has {len(counts):,} codes that stand for missing. At most {MOST_REASONS} can be told "
            f"apart. Leave the column out with leave_out=[{name!r}], or put codes together."
        )
    return tuple(sorted(counts, key=lambda reason: -counts[reason]))


def number_reasons(column: Column, spelled: Sequence[Any], rows: NDArray[np.intp], known: tuple[Any, ...]) -> States:
    """Number (from 1) of each reason among those known; raises ``ColumnError`` for one that is not."""
    place: dict[Any, int] = {reason: i + 1 for i, reason in enumerate(known)}
    for reason, row in zip(spelled, rows.tolist(), strict=True):
        if reason in place:
            continue
        same = [code for code in known if code is not None and reason is not None and is_same_code(code, reason)]
        if not same:
            raise ColumnError(_unknown_message(column.name, reason, row, known))
        place[reason] = place[same[0]]
    return np.array([place[reason] for reason in spelled], dtype=np.int8)


def _unknown_message(name: str, reason: Any, row: int, known: tuple[Any, ...]) -> str:
    found = "an empty cell" if reason is None else f"the code {reason!r} for missing"
    words = ["empty cells" if code is None else str(code) for code in known]
    needed = f"It knew {', '.join(words[:10])} only" if words else "It had a value in every row"
    hint = suggest(reason, words) or "Recode or drop these rows, or fit again with them."
    return f"Column {name!r} holds {found} (first in row {row + 1}). {needed} when it was fitted. {hint}"


def learn_manner(native: Frame, place: int, raw: RawColumn, column: Column, state: States) -> Manner:
    """How a column spells empty cells and numbers in text."""
    levels: tuple[Any, ...] = ()
    fewest: int | None = None
    is_amount = not column.is_category and column.kind != "date"
    if is_amount and column.storage == "category":
        reasons = reason_per_value(factorise(raw), column.coding)
        is_level = [reason is None for reason in reasons] & ~np.isnan(numbers_of(raw.levels))
        levels = tuple(raw.levels[i] for i in np.flatnonzero(is_level))
    if is_amount and column.storage == "text" and column.coding.decimals:
        assert raw.codes is not None
        used = np.unique(raw.codes[state == OBSERVED])
        fewest = _fewest_decimals([raw.levels[code].strip().partition(".")[2] for code in used.tolist()])
    return Manner(empty=_empty_word(native, place, raw), fewest_decimals=fewest, levels=levels)


def _fewest_decimals(tails: list[str]) -> int | None:
    fewest = min(map(len, tails), default=0)
    return fewest if all(len(tail) == fewest or tail[-1] != "0" for tail in tails) else None


def _trim(text: str, fewest: int) -> str:
    head, _, tail = text.partition(".")
    tail = tail[:fewest] + tail[fewest:].rstrip("0")
    return f"{head}.{tail}" if tail else head


def _empty_word(native: Frame, place: int, raw: RawColumn) -> str:
    """The commonest way of the column to say nothing."""
    if isinstance(native, pd.DataFrame):
        series = native.iloc[:, place]
        is_null = _is_null_pandas(series)
        if series.dtype == object:
            return _commonest_object(series, raw)
    else:
        column = take_column(native, raw.name)
        is_null = column.is_null().to_numpy().astype(bool)
        series = column
    here = raw.is_missing if len(raw.is_missing) else np.zeros(len(is_null), dtype=bool)
    blank = np.flatnonzero(here & ~is_null)
    if 2 * len(blank) <= np.count_nonzero(here):
        return NULL
    if raw.numbers is not None:
        return "nan"
    return str(series.iloc[int(blank[0])] if isinstance(series, pd.Series) else series[int(blank[0])])


def _is_null_pandas(series: pd.Series) -> NDArray[np.bool_]:
    if isinstance(series.dtype, pd.ArrowDtype):
        return pa.chunked_array(series.array.__arrow_array__()).is_null().to_numpy()
    return series.isna().to_numpy()


def _commonest_object(series: pd.Series, raw: RawColumn) -> str:
    counts: dict[str, int] = {}
    for cell in series[raw.is_missing] if len(raw.is_missing) else ():
        word = NULL if cell is None else cell if isinstance(cell, str) else str(cell).replace("<NA>", "NA")
        counts[word] = counts.get(word, 0) + 1
    return max(counts, key=lambda word: counts[word]) if counts else NULL


def make_cells(
    column: Column, manner: Manner, reasons: tuple[Any, ...], values: NDArray[np.float64], reason: States
) -> Patch:
    """Rows of one column to write and what stands there; rows that hold a plain nothing are not among them."""
    is_number = column.storage in NUMBER_LIKE
    cells: NDArray[Any] = np.full(len(values), np.nan) if is_number else np.full(len(values), None, dtype=object)
    is_written = reason == 0
    known = np.flatnonzero(is_written)
    spelled = replace(column, levels=manner.levels) if manner.levels else column
    decoded = decode(spelled, values[known])
    if manner.fewest_decimals is not None:
        decoded = [_trim(text, manner.fewest_decimals) for text in decoded]
    cells[known] = decoded if is_number else _boxed(decoded)
    for number, spelling in enumerate(reasons, 1):
        here = np.flatnonzero(reason == number)
        if spelling is None and manner.empty == NULL:
            continue
        is_written[here] = True
        filler = np.empty(1, dtype=cells.dtype)
        filler[0] = _raw_cell(spelling, manner, is_number)
        cells[here] = filler
    rows = np.flatnonzero(is_written)
    return rows, cells[rows]


def _boxed(values: Any) -> NDArray[np.object_]:
    boxed = np.empty(len(values), dtype=object)
    boxed[:] = list(values)
    return boxed


def _raw_cell(spelling: Any, manner: Manner, is_number: bool) -> Any:
    if spelling is None:
        return np.nan if is_number else _EMPTY_OBJECTS.get(manner.empty, manner.empty)
    if is_number and isinstance(spelling, str):
        return tag_missing(np.array([ord(spelling[1])], dtype=np.uint8))[0]
    return spelling
