"""Frames to Stata and SPSS files, with labels, formats and codes for missing."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
from numpy.typing import NDArray

from lacunet.table._frame import as_pandas
from lacunet.table._raw import read_tags
from lacunet.table._replace import check_whole
from lacunet.table._schema import Column

Known = dict[str, Column]
"""Column name → what the schema says of it."""
Labels = dict[Any, str]

_WHOLE_TYPES = {"int8": "Int8", "int16": "Int16", "int32": "Int32"}


def write_stata(frame: Any, path: Path, known: Known, file_label: str) -> None:
    """Write a .dta file; NaNs that remember a letter become ``.a`` to ``.z`` again."""
    columns: dict[str, Any] = {}
    labels: dict[str, Labels] = {}
    letters: dict[str, list[str]] = {}
    for name, series in as_pandas(frame).items():
        column = known.get(str(name))
        cells, given = _code_categories(series)
        tags = read_tags(cells.to_numpy()) if cells.dtype == np.float64 else np.zeros(0, dtype=np.uint8)
        if tags.any():
            columns[name] = _spell_tags(cells, tags)
            letters[name] = sorted({chr(tag) for tag in tags[tags > 0]})
        else:
            columns[name] = _as_stata_type(cells, column)
        labels[name] = given or _stata_labels(column, letters.get(name, []), cells)
    pyreadstat.write_dta(
        pd.DataFrame(columns),
        str(path),
        file_label=file_label,
        column_labels=_column_labels(columns, known),
        variable_value_labels={name: given for name, given in labels.items() if given} or None,
        missing_user_values=letters or None,
        variable_format={name: known[name].origin.format for name in columns if _has_format(known, name, "%")} or None,
    )
    check_whole(path, len(frame))


def write_spss(frame: Any, path: Path, known: Known, file_label: str) -> None:
    """Write a .sav (or .zsav) file with its ranges of user-missing values."""
    columns: dict[str, Any] = {}
    labels: dict[str, Labels] = {}
    for name, series in as_pandas(frame).items():
        columns[name], given = _code_categories(series)
        labels[name] = given or _spss_labels(known.get(str(name)), columns[name])
    here = {name: known[name] for name in columns if name in known}
    ranges = {name: _spss_ranges(column) for name, column in here.items() if column.coding.ranges}
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        str(path),
        file_label=file_label,
        column_labels=_column_labels(columns, known),
        variable_value_labels={name: given for name, given in labels.items() if given} or None,
        missing_ranges=ranges or None,
        variable_measure={name: _measure(column) for name, column in here.items()} or None,
        variable_display_width={name: c.origin.width for name, c in here.items() if c.origin.width > 0} or None,
        variable_format={name: known[name].origin.format for name in columns if _has_format(known, name, "F")} or None,
        row_compress=path.suffix.lower() != ".zsav",
        compress=path.suffix.lower() == ".zsav",
    )
    check_whole(path, len(frame))


def _code_categories(series: pd.Series) -> tuple[pd.Series, Labels]:
    """A category of words as 1, 2, ... with labels, as Stata and SPSS keep them; a category of numbers as numbers."""
    if not isinstance(series.dtype, pd.CategoricalDtype):
        return series, {}
    categories = series.cat.categories
    if pd.api.types.is_numeric_dtype(categories.dtype):
        return series.astype(np.float64), {}
    codes = series.cat.codes.to_numpy().astype(np.float64)
    codes[codes < 0] = np.nan
    labels = {place + 1: str(category) for place, category in enumerate(categories)}
    return pd.Series(codes + 1, index=series.index), labels


def _spell_tags(series: pd.Series, tags: NDArray[np.uint8]) -> pd.Series:
    cells = series.astype(object)
    cells = cells.where(series.notna(), None)
    cells[tags > 0] = [chr(tag) for tag in tags[tags > 0]]
    return cells


def _as_stata_type(series: pd.Series, column: Column | None) -> pd.Series:
    """Whole numbers in the file's own whole type, where they fit."""
    wanted = _WHOLE_TYPES.get(column.origin.type) if column else None
    if not pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        return series
    if wanted is None and series.dtype == np.int64:
        wanted = "Int32"
    if wanted is None or series.isna().all():
        return series
    numbers = series.dropna().to_numpy(dtype=np.float64)
    bounds = np.iinfo(wanted.lower())
    fits = bool((numbers % 1 == 0).all() and numbers.min() >= bounds.min and numbers.max() <= bounds.max - 27)
    if not fits:
        return series
    return series.astype(wanted) if series.isna().any() else series.astype(wanted.lower())


def _stata_labels(column: Column | None, letters: list[str], cells: pd.Series) -> Labels:
    """Labels of whole numbers, and of the letters that still stand in a cell; Stata can label nothing else."""
    if column is None or not pd.api.types.is_numeric_dtype(cells.dtype):
        return {}
    labels: Labels = {}
    for value, label in column.value_labels.items():
        if isinstance(value, str):
            if value[1:] in letters:
                labels[value[1:]] = label
        elif value == int(value):
            labels[int(value)] = label
    return labels


def _spss_labels(column: Column | None, cells: pd.Series) -> Labels:
    if column is None:
        return {}
    is_number = pd.api.types.is_numeric_dtype(cells.dtype)
    return {value: label for value, label in column.value_labels.items() if isinstance(value, str) != is_number}


def _spss_ranges(column: Column) -> list[Any]:
    return [low if low == high else {"lo": low, "hi": high} for low, high in column.coding.ranges]


def _measure(column: Column) -> str:
    if column.origin.measure:
        return column.origin.measure
    measures = {"nominal": "nominal", "binary": "nominal", "ordinal": "ordinal", None: "unknown"}
    return measures.get(column.kind, "scale")


def _column_labels(columns: dict[str, Any], known: Known) -> dict[str, str] | None:
    return {name: known[name].label for name in columns if name in known and known[name].label} or None


def _has_format(known: Known, name: str, sign: str) -> bool:
    """Whether a column's format is of the family that the file wants (Stata's begin with a percent sign)."""
    if name not in known or not known[name].origin.format:
        return False
    return known[name].origin.format.startswith("%") == (sign == "%")
