"""Imputations as CSV: for R's mice, for users of Amelia, and for everybody else."""

from pathlib import Path

import numpy as np
import pandas as pd

from lacunet._typing import Floats, PathLike
from lacunet.imputation.export._coding import as_pandas, blank_missing, fresh_name
from lacunet.keep import new_file, new_folder
from lacunet.table import Table

R_MISSING = "NA"


def write_mice(table: Table, draws: Floats, path: PathLike, force: bool = False) -> Path:
    """Write one long CSV with ``.imp`` and ``.id``; in copy 0 imputed cells are ``NA``, as ``mice::as.mids`` needs.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    with new_file(path, force) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        for copy in range(len(draws) + 1):
            frame = blank_missing(table) if copy == 0 else as_pandas(table.complete(draws[copy - 1]))
            frame = _spelled(frame, table)
            frame.insert(0, fresh_name(".id", set(frame.columns)), np.arange(1, table.n_rows + 1))
            frame.insert(0, fresh_name(".imp", set(frame.columns)), copy)
            frame.to_csv(file, index=False, header=copy == 0, na_rep=R_MISSING)
    return Path(path)


def write_amelia(
    table: Table, draws: Floats, folder: PathLike, stem: str, record: dict[str, object], force: bool = False
) -> Path:
    """Write ``stem1.csv`` to ``stemm.csv``, and ``stem0.csv`` with the imputed cells ``NA``.

    Returns
    -------
    pathlib.Path
        The folder written.
    """
    with new_folder(folder, record, force) as temporary:
        _write(blank_missing(table), table, temporary / f"{stem}0.csv", R_MISSING)
        for number, draw in enumerate(draws, start=1):
            _write(table.complete(draw), table, temporary / f"{stem}{number}.csv", R_MISSING)
    return Path(folder)


def write_csv(table: Table, draws: Floats, folder: PathLike, record: dict[str, object], force: bool = False) -> Path:
    """Write ``original.csv`` as it was and ``imputation_1.csv`` to ``imputation_m.csv``.

    Returns
    -------
    pathlib.Path
        The folder written.
    """
    with new_folder(folder, record, force) as temporary:
        _write(table.native, table, temporary / "original.csv", "")
        for number, draw in enumerate(draws, start=1):
            _write(table.complete(draw), table, temporary / f"imputation_{number}.csv", "")
    return Path(folder)


def _write(frame: object, table: Table, path: Path, na_rep: str) -> None:
    native = as_pandas(frame)
    keeps_index = not isinstance(native.index, pd.RangeIndex)
    spelled = _spelled(native, table)
    spelled.to_csv(path, index=keeps_index, na_rep=na_rep)


def _spelled(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Names as text, and whole numbers without a decimal point also where pandas keeps them as floats."""
    out = frame.copy()
    out.columns = list(table.schema.names)
    for position in range(out.shape[1]):
        series = out.iloc[:, position]
        if isinstance(series.dtype, np.dtype) and series.dtype.kind == "f" and _is_whole(series):
            out.isetitem(position, series.astype("Int64"))
    return out


def _is_whole(series: pd.Series) -> bool:
    known = series.to_numpy()[series.notna().to_numpy()]
    return bool(np.isfinite(known).all() and (known == np.rint(known)).all() and (np.abs(known) < 2**53).all())
