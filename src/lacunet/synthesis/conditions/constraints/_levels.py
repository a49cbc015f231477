"""Columns, levels and dates as a user names them, found among those there are."""

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import ColumnError, list_some, suggest
from lacunet.table import Column, Schema
from lacunet.table._codec import day_of
from lacunet.table._missing import is_same_code, numbers_of

SHOWN = 12
"""Names or levels listed in a message before it says how many more there are."""


def find_column(schema: Schema, name: str, what: str) -> Column:
    """A modelled column by its name.

    Raises
    ------
    ColumnError
        When there is none of that name, or it takes no part in the model.
    """
    if name not in schema.names:
        hint = suggest(name, schema.names) or f"The columns are: {list_some(schema.names, SHOWN)}."
        raise ColumnError(f"{what} names {name!r}, which is not a column. Name one that the data have. {hint}")
    column = schema[name]
    if not column.is_modelled:
        raise ColumnError(
            f"{what} names {name!r}, which takes no part in the model ({column.role}: {column.reason}). A column that "
            "is modelled is needed: name another, or say its kind with kinds= when the model is fitted."
        )
    return column


def level_words(column: Column) -> tuple[str, ...]:
    """Levels as an analysis frame names them: their labels, and the raw value too where labels stand twice."""
    labels = column.level_labels()
    if len(set(labels)) == len(labels):
        return labels
    return tuple(f"{label} ({level})" for label, level in zip(labels, column.levels, strict=True))


def find_level(column: Column, value: Any) -> int | None:
    """Position of a level by its label or raw value, None where there is none such.

    Text is looked for among the labels first, anything else among the raw values.
    """
    labels = level_words(column)
    if isinstance(value, str):
        for spelled in (labels, column.level_labels()):
            if spelled.count(value) == 1:
                return spelled.index(value)
    if column.storage == "date":
        value = as_day(value)
        return next((i for i, level in enumerate(column.levels) if level == value), None)
    found = [i for i, level in enumerate(column.levels) if is_same_code(level, value)]
    if not found and str(value) in labels:
        return labels.index(str(value))
    return found[0] if found else None


def no_such_level(column: Column, value: Any, what: str) -> ColumnError:
    """The error that names the nearest level."""
    labels = level_words(column)
    hint = suggest(value, labels) or f"Its levels are: {list_some(map(repr, labels), SHOWN)}."
    return ColumnError(f"{what} asks {column.name!r} to be {value!r}, which is none of its levels. {hint}")


def as_day(value: Any) -> float:
    """Days since 1970-01-01 of a date, a stamp or text such as 2020-01-31; NaN for anything else."""
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if not isinstance(value, str | dt.date) or value is pd.NaT:
        return math.nan
    return day_of(value)


def level_numbers(column: Column) -> Floats:
    """The number that each level is or spells, NaN where it does not."""
    return numbers_of(column.levels)


def has_order(column: Column) -> bool:
    """Whether "greater than" means something: of numbers, dates and ordered levels it does."""
    if column.kind == "binary":
        return not column.value_labels and bool(np.isfinite(level_numbers(column)).all())
    return column.kind != "nominal"


def positions_in(column: Column, frame: pd.DataFrame) -> Floats:
    """Position of the level in each row of an analysis frame, NaN where the cell is empty."""
    series = frame[column.name]
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy()
        return np.where(codes < 0, np.nan, codes.astype(np.float64))
    numbers = level_numbers(column)
    order = np.argsort(numbers)
    cells = series.to_numpy(dtype=np.float64, na_value=np.nan)
    places = np.minimum(np.searchsorted(numbers[order], cells), len(order) - 1)
    return np.where(numbers[order][places] == cells, order[places].astype(np.float64), np.nan)


def numbers_in(column: Column, frame: pd.DataFrame) -> Floats:
    """The number (of a date, its days) in each row of an analysis frame, NaN where the cell is empty."""
    series = frame[column.name]
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.append(level_numbers(column), np.nan)[series.cat.codes.to_numpy()]
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        stamps = series.to_numpy().astype("datetime64[us]")
        return np.where(np.isnat(stamps), np.nan, stamps.view(np.int64) / 86_400_000_000)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)
