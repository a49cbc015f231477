"""Frames to files, whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat
from pyarrow import feather, parquet

from lacunet.errors import DataError, SpecError
from lacunet.table._frame import as_arrow, as_pandas
from lacunet.table._raw import read_tags
from lacunet.table._schema import Column, Schema


@contextmanager
def replacing(path: str | Path, *, force: bool = False) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; on success it takes the path's place, on failure it goes.

    Raises
    ------
    SpecError
        If the file exists and ``force`` is False, or the path is a folder or in a folder that does not exist.
    DataError
        If writing fails (no permission, disk full).
    """
    path = Path(path)
    check_target(path, force=force)
    try:
        handle, name = tempfile.mkstemp(prefix=".lacunet-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _as_data_error(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise _as_data_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def check_target(path: Path, *, force: bool = False) -> None:
    """Raise ``SpecError`` unless a file may be written here."""
    if path.is_dir():
        raise SpecError(f"{str(path)!r} is a folder. A file name is needed. Add one.")
    if path.exists() and not force:
        raise SpecError(
            f"The file {str(path)!r} exists. Nothing is overwritten unasked. Choose another name, or say force=True."
        )
    if not path.parent.is_dir():
        raise SpecError(f"There is no folder {str(path.parent)!r}. The file needs one that exists. Make it first.")


def _as_data_error(path: Path, error: OSError) -> DataError:
    why = error.strerror or str(error)
    return DataError(
        f"The file {str(path)!r} could not be written: {why}. It needs room and permission. Free space or choose another "
        "folder; nothing was left half-written."
    )


def write_frame(frame: Any, path: str | Path, schema: Schema | None = None, force: bool = False) -> None:
    """Write a frame by the end of the file's name, with the labels and codes that its schema knows.

    Parameters
    ----------
    frame
        pandas, polars or pyarrow frame.
    path
        File that ends in .csv, .tsv, .parquet, .feather, .dta, .sav, .zsav or .xlsx.
    schema
        From ``read_table``: variable labels, value labels, formats and user-missing codes for Stata and SPSS.
        Columns that it does not know are written without.
    force
        Whether an existing file may be replaced.

    Raises
    ------
    SpecError
        If the file exists, its folder does not, or its name ends in something else.
    DataError
        If the disk is full, writing is not permitted, or the format cannot hold the frame.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise SpecError(
            f"The file name {path.name!r} ends in {path.suffix or 'nothing'!r}. lacunet writes {', '.join(_WRITERS)}. "
            "Choose one of these."
        )
    known = {column.name: column for column in schema.columns} if schema else {}
    with replacing(path, force=force) as temporary:
        try:
            writer(frame, temporary, known, schema.file_label if schema else "")
        except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError, pa.ArrowException, TypeError) as error:
            if isinstance(error, OSError):
                raise
            raise DataError(
                f"The frame cannot be written to {path.name!r}: {error}. The format needs simpler names or cells. "
                "Rename or convert them, or write .parquet."
            ) from error


Known = dict[str, Column]


def _write_csv(frame: Any, path: Path, known: Known, _: str, separator: str = ",") -> None:
    plain = as_pandas(frame)
    whole = {
        name: plain[name].astype("Int64")
        for name in plain.columns
        if name in known and _is_whole_float(plain[name], known[name])
    }
    plain.assign(**whole).to_csv(path, index=False, sep=separator, lineterminator="\n")


def _is_whole_float(series: pd.Series, column: Column) -> bool:
    """A column of floats only because some cells are empty."""
    if series.dtype != np.float64 or not series.isna().any() or not column.is_integer:
        return False
    return bool((series.dropna() % 1 == 0).all())


def _write_tsv(frame: Any, path: Path, known: Known, label: str) -> None:
    _write_csv(frame, path, known, label, "\t")


def _write_parquet(frame: Any, path: Path, _: Known, __: str) -> None:
    parquet.write_table(as_arrow(frame), path)


def _write_feather(frame: Any, path: Path, _: Known, __: str) -> None:
    feather.write_feather(as_arrow(frame), path)


def _write_excel(frame: Any, path: Path, _: Known, __: str) -> None:
    as_pandas(frame).to_excel(path, index=False)


def _write_stata(frame: Any, path: Path, known: Known, file_label: str) -> None:
    plain = as_pandas(frame)
    columns, labels, tags = {}, {}, {}
    for name in plain.columns:
        column = known.get(name)
        cells, letters = _stata_cells(plain[name], column)
        columns[name] = cells
        if letters:
            tags[name] = letters
        if column and column.value_labels and cells.dtype.kind != "O" or column and letters:
            labels[name] = _stata_labels(column, letters)
    pyreadstat.write_dta(
        pd.DataFrame(columns),
        str(path),
        file_label=file_label,
        column_labels={name: known[name].label for name in columns if name in known and known[name].label} or None,
        variable_value_labels={name: given for name, given in labels.items() if given} or None,
        missing_user_values=tags or None,
        variable_format={name: known[name].origin.format for name in columns if _has_format(known, name, "%")} or None,
    )


def _has_format(known: Known, name: str, sign: str) -> bool:
    if name not in known or not known[name].origin.format:
        return False
    return known[name].origin.format.startswith("%") == (sign == "%")


def _stata_labels(column: Column, letters: list[str]) -> dict[Any, str]:
    labels: dict[Any, str] = {}
    for value, label in column.value_labels.items():
        if isinstance(value, str) and value.startswith("."):
            if value[1:] in letters:
                labels[value[1:]] = label
        elif isinstance(value, float) and value == int(value):
            labels[int(value)] = label
    return labels


def _stata_cells(series: pd.Series, column: Column | None) -> tuple[pd.Series, list[str]]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.astype(series.cat.categories.dtype)
    if series.dtype != np.float64:
        return series, []
    tags = read_tags(series.to_numpy())
    if not tags.any():
        return series, []
    cells = series.astype(object)
    cells = cells.where(series.notna(), None)
    cells[tags > 0] = [chr(tag) for tag in tags[tags > 0]]
    return cells, sorted({chr(tag) for tag in tags[tags > 0]})


def _write_spss(frame: Any, path: Path, known: Known, file_label: str) -> None:
    plain = as_pandas(frame)
    columns = {
        name: series.astype(series.cat.categories.dtype) if isinstance(series.dtype, pd.CategoricalDtype) else series
        for name, series in plain.items()
    }
    here = {name: known[name] for name in columns if name in known}
    measures = {
        name: c.origin.measure for name, c in here.items() if c.origin.measure in ("nominal", "ordinal", "scale")
    }
    pyreadstat.write_sav(
        pd.DataFrame(columns),
        str(path),
        file_label=file_label,
        column_labels={name: column.label for name, column in here.items() if column.label} or None,
        variable_value_labels={name: _spss_labels(c) for name, c in here.items() if _spss_labels(c)} or None,
        missing_ranges={name: _spss_ranges(c) for name, c in here.items() if c.coding.ranges} or None,
        variable_measure=measures or None,
        variable_display_width={n: c.origin.width for n, c in here.items() if c.origin.width > 0} or None,
        variable_format={name: known[name].origin.format for name in columns if _has_format(known, name, "F")} or None,
        row_compress=path.suffix.lower() != ".zsav",
        compress=path.suffix.lower() == ".zsav",
    )


def _spss_labels(column: Column) -> dict[Any, str]:
    return {v: label for v, label in column.value_labels.items() if not (isinstance(v, str) and v.startswith("."))}


def _spss_ranges(column: Column) -> list[Any]:
    return [low if low == high else {"lo": low, "hi": high} for low, high in column.coding.ranges]


_WRITERS: dict[str, Callable[[Any, Path, Known, str], None]] = {
    ".csv": _write_csv,
    ".tsv": _write_tsv,
    ".parquet": _write_parquet,
    ".feather": _write_feather,
    ".dta": _write_stata,
    ".sav": _write_spss,
    ".zsav": _write_spss,
    ".xlsx": _write_excel,
}
