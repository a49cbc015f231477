"""Cells of a text file to typed columns, so that nothing is lost: what cannot come back as it stood stays text."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lacunet.table._missing import LEADING_ZERO

EMPTY = frozenset({"", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", ".", "<NA>", "#NULL!", "?"})
"""Ways in which text files write an empty cell. ``None`` and ``-`` may be answers, and are left alone."""

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")


def type_columns(table: pa.Table, *, has_decimal_comma: bool = False) -> pd.DataFrame:
    """A pandas frame with numbers where every cell of a column is a number or empty."""
    columns: dict[int, Any] = {}
    for position in range(table.num_columns):
        encoded = table.column(position).combine_chunks().dictionary_encode()
        levels = encoded.dictionary.to_pylist()
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        columns[position] = _typed(levels, codes, has_decimal_comma)
    frame = pd.DataFrame(columns)
    frame.columns = pd.Index(table.column_names)
    return frame


def _typed(levels: list[str], codes: Any, has_decimal_comma: bool) -> Any:
    is_empty = np.array([level.strip() in EMPTY for level in levels] + [True])
    full = [level for level, empty in zip(levels, is_empty, strict=False) if not empty]
    if has_decimal_comma and full and all(_COMMA.fullmatch(level) or _WHOLE.fullmatch(level) for level in full):
        levels = [level.replace(",", ".") for level in levels]
        full = [level.replace(",", ".") for level in full]
    if full and all(_NUMBER.fullmatch(level) and not LEADING_ZERO.match(level.strip()) for level in full):
        return _as_numbers(levels, codes, is_empty, all(_WHOLE.fullmatch(level) for level in full))
    words = np.array([None if empty else level for level, empty in zip([*levels, ""], is_empty, strict=True)], object)
    return pd.array(words[codes], dtype="str")


def _as_numbers(levels: list[str], codes: Any, is_empty: Any, is_whole: bool) -> Any:
    numbers = np.array(
        [np.nan if empty else float(level) for level, empty in zip([*levels, ""], is_empty, strict=True)]
    )
    if is_whole and np.nanmax(np.abs(numbers)) < 2**53:
        values = numbers[codes]
        return values.astype(np.int64) if not np.isnan(values).any() else values
    if is_whole:  # longer than a float can hold: a code, kept letter by letter
        words = np.array(
            [None if empty else level for level, empty in zip([*levels, ""], is_empty, strict=True)], object
        )
        return pd.array(words[codes], dtype="str")
    return numbers[codes]
