"""A table as statistics wants it: numbers as numbers, labels as labels, nothing where a question did not apply."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._layout import INAPPLICABLE, MISSING
from lacunet.table._frame import as_pandas
from lacunet.table._schema import Column, Schema


def as_analysis_frame(
    native: Any,
    schema: Schema,
    values: NDArray[np.float64],
    state: NDArray[np.int8],
    cell_values: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """See ``Table.analysis_frame``."""
    filled = values.copy()
    if cell_values is not None:
        filled[state == MISSING] = cell_values
    filled[state == INAPPLICABLE] = np.nan
    plain = as_pandas(native)
    columns: dict[str, Any] = {}
    j = 0
    for position, column in enumerate(schema.columns):
        if not column.is_modelled:
            columns[column.name] = plain.iloc[:, position].array
            continue
        columns[column.name] = _as_statistics(column, filled[:, j])
        j += 1
    return pd.DataFrame(columns, index=plain.index)


def _as_statistics(column: Column, values: NDArray[np.float64]) -> Any:
    if column.kind == "date":
        micros = np.where(np.isnan(values), 0.0, np.rint(values * 86_400_000_000))
        stamps = micros.astype(np.int64).view("datetime64[us]")
        stamps[np.isnan(values)] = np.datetime64("NaT")
        return stamps
    if not column.is_category:
        return np.rint(values) if column.is_integer else values
    codes = np.where(np.isnan(values), -1, np.rint(values)).astype(np.int64)
    if _are_numbers(column):
        levels = np.append(np.array(column.levels, dtype=np.float64), np.nan)
        return levels[codes]
    labels = list(column.level_labels())
    if len(set(labels)) < len(labels):
        labels = [f"{label} ({level})" for label, level in zip(labels, column.levels, strict=True)]
    return pd.Categorical.from_codes(codes, categories=labels, ordered=column.kind == "ordinal")


def _are_numbers(column: Column) -> bool:
    """Levels without labels that are numbers, as 0 and 1: a model may use them as they are."""
    return not column.value_labels and column.storage != "category" and column.origin.spelling == "numbers"
