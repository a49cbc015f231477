"""Frames to files, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat
from pyarrow import feather, parquet

from lacunet.errors import DataError, SpecError
from lacunet.table._frame import as_arrow, as_pandas
from lacunet.table._replace import replacing
from lacunet.table._schema import Column, Schema
from lacunet.table._write_labelled import Known, write_spss, write_stata


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


_WRITERS: dict[str, Callable[[Any, Path, Known, str], None]] = {
    ".csv": _write_csv,
    ".tsv": _write_tsv,
    ".parquet": _write_parquet,
    ".feather": _write_feather,
    ".dta": write_stata,
    ".sav": write_spss,
    ".zsav": write_spss,
    ".xlsx": _write_excel,
}
