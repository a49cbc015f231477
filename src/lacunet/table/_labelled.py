"""Stata and SPSS files: values, labels and the codes that stand for missing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from lacunet.errors import DataError, SpecError
from lacunet.table._codes import FileInfo
from lacunet.table._raw import tag_missing
from lacunet.table._schema import Origin

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


def read_stata(path: Path, encoding: str | None) -> tuple[pd.DataFrame, dict[str, FileInfo], str]:
    """Read a .dta file; ``.a`` to ``.z`` become NaNs that remember their letter."""
    frame, meta = _read(pyreadstat.read_dta, path, encoding, "Stata")
    tagged = {name: set(letters) for name, letters in meta.missing_user_values.items()}
    columns = {name: _stata_column(frame[name], name in tagged, meta) for name in frame.columns}
    infos = {name: _info(meta, name, frozenset(tagged.get(name, ()))) for name in frame.columns}
    return pd.DataFrame(columns, index=frame.index), infos, meta.file_label or ""


def _stata_column(series: pd.Series, is_tagged: bool, meta: Any) -> Any:
    if series.dtype != object or meta.readstat_variable_types[series.name] == "string":
        return series
    if not is_tagged:
        is_number = all(isinstance(value, int | float | np.number) for value in series.dropna())
        return series.astype(np.float64) if is_number else series
    cells = series.tolist()
    letters = np.array(
        [ord(cell) if isinstance(cell, str) and cell in _LETTERS else 0 for cell in cells], dtype=np.uint8
    )
    numbers = np.array(
        [np.nan if letter or cell is None else float(cell) for cell, letter in zip(cells, letters, strict=True)]
    )
    numbers[letters > 0] = tag_missing(letters[letters > 0])
    return pd.Series(numbers, index=series.index)


def read_spss(path: Path, encoding: str | None) -> tuple[pd.DataFrame, dict[str, FileInfo], str]:
    """Read a .sav file; user-missing codes stay in their cells."""
    frame, meta = _read(pyreadstat.read_sav, path, encoding, "SPSS")
    infos = {name: _info(meta, name, frozenset()) for name in frame.columns}
    return frame, infos, meta.file_label or ""


def _info(meta: Any, name: str, letters: frozenset[str]) -> FileInfo:
    labels = meta.variable_value_labels.get(name, {})
    is_text = meta.readstat_variable_types.get(name) == "string"
    ranges = tuple((one["lo"], one["hi"]) for one in meta.missing_ranges.get(name, ()))
    return FileInfo(
        label=meta.column_names_to_labels.get(name) or "",
        value_labels={_label_key(value, is_text): label for value, label in labels.items()},
        ranges=ranges,
        origin=Origin(
            format=meta.original_variable_types.get(name) or "",
            measure=meta.variable_measure.get(name) or "",
            width=meta.variable_display_width.get(name) or 0,
            type=meta.readstat_variable_types.get(name) or "",
        ),
    )


def _label_key(value: Any, is_text: bool) -> Any:
    if isinstance(value, str):
        return value if is_text or value not in _LETTERS else f".{value}"
    return float(value)


def _read(read: Callable[..., Any], path: Path, encoding: str | None, product: str) -> tuple[pd.DataFrame, Any]:
    try:
        return read(path, user_missing=True, encoding=encoding)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
        if encoding is not None and "encoding" in str(error).lower():
            raise SpecError(
                f"encoding={encoding!r} does not fit {path.name!r}: {error}. Try another, or none."
            ) from error
        raise DataError(
            f"The file {path.name!r} is cut short, damaged or no {product} file: {error}. A whole file is needed. "
            "Copy or export it again."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"The file {path.name!r} holds text in another encoding than it says: {error}. The right one is needed. "
            "Say encoding='latin-1' (or 'cp1252')."
        ) from error
