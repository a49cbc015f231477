"""Imputations for SPSS: one stacked file with ``Imputation_``."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from lacunet._layout import MISSING
from lacunet._typing import Bools, Floats, PathLike
from lacunet.imputation.export._coding import (
    KEPT_LABEL,
    Stacked,
    as_pandas,
    fresh_name,
    letters_of,
    safe_names,
    stack_columns,
)
from lacunet.keep import new_file
from lacunet.table import Table, check_whole

LONGEST_NAME = 64
LONGEST_LABEL = 250
DAYS_TO_1970 = 141_428
"""SPSS counts seconds from 1582-10-14."""
SECONDS = 86_400
OTHER = "-"
"""Stands for cells that do not apply and carry neither a number nor a letter."""
MOST_CODES = 3
"""Single user-missing values that SPSS allows for a variable."""
RESERVED = frozenset(["all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"])
MEASURES = {"binary": "nominal", "nominal": "nominal", "ordinal": "ordinal"}


def write_spss(table: Table, draws: Floats, path: PathLike, force: bool = False, note: str = "") -> Path:
    """Write one stacked ``.sav``: ``Imputation_`` is 0 for the data as they were, then 1 to m.

    In SPSS: ``SORT CASES BY Imputation_. SPLIT FILE LAYERED BY Imputation_.`` and procedures pool. User-missing codes
    stand in copy 0 with their labels and are declared as such; cells that do not apply keep their code in every copy.
    Categories of text become numbers with value labels.

    Parameters
    ----------
    table
        The data.
    draws
        Shape ``(m, n_cells)``.
    path
        Where to write, ending in ``.sav``.
    force
        Whether to replace a file that is there.
    note
        Kept in the file.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    SpecError
        When the file exists and ``force`` is not given.
    """
    n, copies = table.n_rows, len(draws) + 1
    names = safe_names(list(table.schema.names), LONGEST_NAME, RESERVED, {"Imputation_"})
    names = [name if name[0].isalpha() else fresh_name(f"v{name}", set(names)) for name in names]
    columns: dict[str, object] = {"Imputation_": np.repeat(np.arange(copies, dtype=np.float64), n)}
    labels, formats, codes, words = {}, {"Imputation_": "F8.0"}, {}, {"Imputation_": "Imputation number"}
    measures = {"Imputation_": "nominal"}
    native = as_pandas(table.native)
    missing = _missing_by_column(table)
    for position, (name, stacked) in enumerate(zip(names, stack_columns(table, draws), strict=True)):
        cells, found, extra = _cells(stacked, native.iloc[:, position], missing.get(position))
        columns[name], formats[name] = _as_spss(stacked, cells)
        labels[name] = stacked.labels | extra
        codes[name] = found
        words[name] = stacked.describe(name)[:LONGEST_LABEL]
        measures[name] = stacked.column.origin.measure or MEASURES.get(stacked.column.kind or "", "unknown")
    with new_file(path, force) as temporary:
        pyreadstat.write_sav(
            pd.DataFrame(columns),
            temporary,
            note=note or None,
            column_labels=words,
            variable_value_labels={name: found for name, found in labels.items() if found},
            missing_ranges={name: found for name, found in codes.items() if found},
            variable_measure=measures,
            variable_format={name: form for name, form in formats.items() if form},
            row_compress=True,
        )
        check_whole(temporary, n * copies)
    return Path(path)


def _missing_by_column(table: Table) -> dict[int, Bools]:
    """Position of a column in the frame to where its cells were imputed."""
    modelled = [position for position, column in enumerate(table.schema.columns) if column.is_modelled]
    return {position: table.state[:, j] == MISSING for j, position in enumerate(modelled)}


def _cells(
    stacked: Stacked, native: pd.Series, missing: Bools | None
) -> tuple[np.ndarray, list[object], dict[float, str]]:
    """Cells with the codes of missing ones put back, the codes to declare, and their labels."""
    if missing is None or stacked.is_date:
        return stacked.values, [], {}
    n = len(missing)
    kept = stacked.is_kept[:n]
    raw, labels = _raw_codes(stacked, native, missing, kept)
    found = [float(code) for code in np.unique(raw[~np.isnan(raw)]) if not np.isin(code, stacked.values)]
    declared = _declare(found, stacked.values)
    usable = found if len(declared) < len(found) else found[:MOST_CODES]
    raw[~np.isin(raw, usable)] = np.nan
    values = stacked.values.copy()
    values[:n][missing] = raw[missing]
    values[stacked.is_kept] = np.tile(raw[kept], len(values) // max(n, 1))
    return values, declared, {code: word for code, word in labels.items() if code in usable}


def _declare(codes: list[float], values: Floats) -> list[object]:
    """User-missing values as SPSS takes them: three single ones, or a range that no valid value is in."""
    if len(codes) <= MOST_CODES:
        return list(codes)
    low, high = min(codes), max(codes)
    if not ((values >= low) & (values <= high)).any():
        return [{"lo": low, "hi": high}]
    return list(codes[:MOST_CODES])


def _raw_codes(stacked: Stacked, native: pd.Series, missing: Bools, kept: Bools) -> tuple[Floats, dict[float, str]]:
    """Code of each cell that is not known, NaN where there was none, and labels for codes made here.

    Numbers that stood in the data are kept; Stata's letters, and cells of text that do not apply, get a code each.
    """
    raw, labels, words = np.full(len(native), np.nan), {}, stacked.column.value_labels
    if pd.api.types.is_numeric_dtype(native.dtype) and not pd.api.types.is_bool_dtype(native.dtype):
        raw[missing | kept] = native.to_numpy(dtype=np.float64, na_value=np.nan)[missing | kept]
    letters = np.where(np.isnan(raw) & (missing | kept), letters_of(native), "")
    letters[kept & np.isnan(raw) & (letters == "")] = OTHER
    spare = -9.0
    for letter in np.unique(letters[letters != ""]):
        spare = _spare_code(spare, stacked, raw)
        raw[letters == letter] = spare
        labels[spare] = str(words.get(f".{letter}", KEPT_LABEL if letter == OTHER else f".{letter}"))
        spare = spare * 10 - 9
    return raw, labels


def _spare_code(code: float, stacked: Stacked, raw: Floats) -> float:
    """A code of nines (-9, -99, ...) below everything in the column."""
    lowest = min(np.nanmin(stacked.values, initial=0.0), np.nanmin(raw, initial=0.0))
    while code >= lowest or code in stacked.labels:
        code = code * 10 - 9
    return code


def _as_spss(stacked: Stacked, cells: np.ndarray) -> tuple[np.ndarray, str]:
    """Cells and their format; dates in seconds."""
    if stacked.is_date:
        form = "DATETIME20" if stacked.has_time else "DATE11"
        return np.rint((cells + DAYS_TO_1970) * SECONDS), form
    kept = stacked.column.origin.format
    if kept.startswith("F"):
        return cells, kept
    is_whole = stacked.labels or stacked.column.is_integer or stacked.column.is_category
    return cells, "F8.0" if is_whole and cells.dtype.kind == "f" else ""
