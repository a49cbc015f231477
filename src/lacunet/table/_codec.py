"""Between raw values and floats: dates as days, levels as positions, numbers spelled as text."""

import datetime as dt
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet.table._missing import numbers_of
from lacunet.table._schema import Column

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGITS = re.compile(r"(\d+)")
EPOCH = dt.date(1970, 1, 1)


def level_key(level: Any) -> tuple[Any, ...]:
    """Sorts words as people do: ``G2`` before ``G10``."""
    parts = _DIGITS.split(str(level).casefold())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)


def looks_like_dates(levels: list[Any]) -> bool:
    """Whether all values are dates or ISO text of dates."""
    if not levels:
        return False
    if all(isinstance(level, dt.date) for level in levels):
        return True
    return all(isinstance(level, str) and _ISO_DATE.fullmatch(level.strip()) for level in levels)


def day_of(level: Any) -> float:
    """Days since 1970-01-01, NaN for a date that does not exist (2021-02-30)."""
    if isinstance(level, dt.datetime):
        level = level.replace(tzinfo=None)
        return (level - dt.datetime(1970, 1, 1)).total_seconds() / 86_400
    if isinstance(level, str):
        try:
            level = dt.date.fromisoformat(level.strip())
        except ValueError:
            return float("nan")
    return float((level - EPOCH).days)


def positions_of(column: Column, distinct: tuple[Any, ...], numbers: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Position of each distinct value among the column's levels, NaN where it is none of them."""
    if numbers is not None and column.storage != "category":
        of_levels = numbers_of(column.levels) if column.origin.spelling == "numbers" else _days_of(column)
        order = np.argsort(of_levels)
        places = np.searchsorted(of_levels[order], numbers)
        places = np.minimum(places, len(order) - 1)
        is_same = of_levels[order][places] == numbers
        return np.where(is_same, order[places].astype(np.float64), np.nan)
    position = {level: float(i) for i, level in enumerate(column.levels)}
    return np.array([position.get(value, np.nan) for value in distinct], dtype=np.float64)


def _days_of(column: Column) -> NDArray[np.float64]:
    is_days = column.storage == "date"
    return np.array([level if is_days else day_of(level) for level in column.levels], dtype=np.float64)


def decode(column: Column, values: NDArray[np.float64]) -> Any:
    """Floats back to raw values as the column spells them."""
    if column.is_category:
        levels = np.empty(len(column.levels), dtype=object)
        levels[:] = [_as_text(level) for level in column.levels] if column.storage == "text" else column.levels
        positions = np.clip(np.rint(values).astype(np.int64), 0, len(levels) - 1)
        if column.storage in ("number", "bool", "date"):
            return levels.astype(np.float64)[positions]
        return levels[positions]
    if column.is_integer:
        values = np.rint(values)
    if column.storage in ("number", "bool", "date"):
        return values
    if column.origin.spelling == "dates":
        return _spell_dates(column, values)
    return _spell_numbers(column, values)


def _as_text(level: Any) -> str:
    return f"{level:.15g}" if isinstance(level, float) else str(level)


def _spell_dates(column: Column, days: NDArray[np.float64]) -> list[Any]:
    dates = [EPOCH + dt.timedelta(days=round(day)) for day in days.tolist()]
    return [date.isoformat() for date in dates] if column.storage == "text" else list(dates)


def _spell_numbers(column: Column, values: NDArray[np.float64]) -> list[Any]:
    if column.storage == "text":
        if column.coding.decimals == 0 and not column.is_integer:
            return [repr(value) for value in values.tolist()]
        return [f"{value:.{column.coding.decimals}f}" for value in values.tolist()]
    if column.storage == "category":
        levels = numbers_of(column.levels)
        nearest = np.abs(values[:, None] - levels[None, :]).argmin(axis=1)
        return [column.levels[i] for i in nearest]
    return [int(value) if column.is_integer else value for value in values.tolist()]


def parse_dates(levels: tuple[Any, ...], is_known: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """Days of values that are dates or spell them, NaN elsewhere; None if the known ones are not all dates."""
    known = [level for level, here in zip(levels, is_known, strict=True) if here]
    if not looks_like_dates(known):
        return None
    return np.array([day_of(level) if here else np.nan for level, here in zip(levels, is_known, strict=True)])
