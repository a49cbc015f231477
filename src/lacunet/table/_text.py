"""Cells of a text file to typed columns, so that nothing is lost: what cannot come back as it stood stays text."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

EMPTY = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", ".", "<NA>", "#NULL!", "?")
"""Ways in which text files write an empty cell. ``None`` and ``-`` may be answers, and are left alone."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_WHOLE = r"^[+-]?\d+$"
_WITH_COMMA = r"^[+-]?\d+(,\d+)?$"
_LEADING_ZERO = r"^[+-]?0\d"
_LARGEST_WHOLE = 2.0**53
"""From here on a float no longer holds every whole number, so a longer code is kept letter by letter."""


def type_columns(table: pa.Table, *, has_decimal_comma: bool = False) -> pd.DataFrame:
    """A pandas frame with numbers where every cell of a column is a number or empty."""
    columns = {position: _typed(table.column(position), has_decimal_comma) for position in range(table.num_columns)}
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index(table.column_names)
    return frame


def _typed(cells: pa.ChunkedArray, has_decimal_comma: bool) -> Any:
    trimmed = pc.utf8_trim_whitespace(cells)
    is_empty = pc.is_in(trimmed, value_set=pa.array(EMPTY))
    trimmed = pc.if_else(is_empty, None, trimmed)
    if has_decimal_comma and _all_match(trimmed, _WITH_COMMA):
        trimmed = pc.replace_substring(trimmed, pattern=",", replacement=".")
    is_number = _all_match(trimmed, _NUMBER) and not pc.any(pc.match_substring_regex(trimmed, _LEADING_ZERO)).as_py()
    if is_number:
        numbers = _as_numbers(trimmed)
        if numbers is not None:
            return numbers
    return pc.if_else(is_empty, None, cells).to_pandas().array


def _all_match(cells: pa.ChunkedArray, pattern: str) -> bool:
    """Whether there are cells and every full one matches."""
    return pc.all(pc.match_substring_regex(cells, pattern)).as_py() is True


def _as_numbers(cells: pa.ChunkedArray) -> Any:
    """Whole numbers as int64 if no cell is empty, else floats; None where whole numbers are too long for that."""
    plain = pc.replace_substring_regex(cells, pattern=r"^\+", replacement="")
    plain = pc.replace_substring_regex(plain, pattern=r"\.$", replacement="")
    numbers = pc.fill_null(plain.cast(pa.float64()), float("nan")).to_numpy()
    if not _all_match(cells, _WHOLE):
        return numbers
    if np.nanmax(np.abs(numbers)) >= _LARGEST_WHOLE:
        return None
    return numbers if np.isnan(numbers).any() else numbers.astype(np.int64)
