"""The exports, as methods of completed data sets."""

from pathlib import Path

from lacunet._typing import Floats, PathLike
from lacunet.imputation._engine_face import Fitted
from lacunet.imputation.export._parquet import write_parquet
from lacunet.imputation.export._spss import write_spss
from lacunet.imputation.export._stata import write_stata
from lacunet.imputation.export._text import write_amelia, write_csv, write_mice
from lacunet.table import Table


class Exports:
    """Completed data sets written for other programs; m = 0, the data as they were, is always included."""

    table: Table
    draws: Floats
    fitted: Fitted
    seed: int

    def to_stata(self, path: PathLike, *, force: bool = False) -> Path:
        """Write one stacked ``.dta`` for ``mi import flong``, and the do-file that reads it.

        In m = 0 imputed cells are ``.``, since Stata restores whatever else stands there; cells that do not apply keep
        their letter, or take ``.n``. Categories are numbers with value labels.

        Parameters
        ----------
        path
            Where to write, ending in ``.dta``; the do-file stands beside it.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The ``.dta``.
        """
        return write_stata(self.table, self.draws, path, force)

    def to_spss(self, path: PathLike, *, force: bool = False) -> Path:
        """Write one stacked ``.sav`` with ``Imputation_`` from 0 (the data as they were) to m.

        User-missing codes keep their place and labels in copy 0.

        Parameters
        ----------
        path
            Where to write, ending in ``.sav``.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The file written.
        """
        return write_spss(self.table, self.draws, path, force, f"lacunet, seed {self.seed}, m = {len(self.draws)}")

    def to_mice(self, path: PathLike, *, force: bool = False) -> Path:
        """Write one long CSV with ``.imp`` (0 is the data as they were) and ``.id``, for R's mice.

        In R: ``mice::as.mids(read.csv("long.csv", stringsAsFactors = TRUE))``.

        Parameters
        ----------
        path
            Where to write, ending in ``.csv``.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The file written.
        """
        return write_mice(self.table, self.draws, path, force)

    def to_amelia(self, folder: PathLike, *, stem: str = "outdata", force: bool = False) -> Path:
        """Write a CSV per imputation, ``outdata1.csv`` and so on as Amelia names them; ``outdata0.csv`` is the data.

        Parameters
        ----------
        folder
            Folder to make.
        stem
            Beginning of the files' names.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The folder written.
        """
        return write_amelia(self.table, self.draws, folder, stem, self._record(), force)

    def to_csv(self, folder: PathLike, *, force: bool = False) -> Path:
        """Write a folder with ``original.csv`` and ``imputation_1.csv`` to ``imputation_m.csv``.

        Parameters
        ----------
        folder
            Folder to make.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The folder written.
        """
        return write_csv(self.table, self.draws, folder, self._record(), force)

    def to_parquet(self, folder: PathLike, *, force: bool = False) -> Path:
        """Write a folder ``m=0`` (the data as they were) to ``m=m``, which Arrow, polars and DuckDB read as one set.

        Parameters
        ----------
        folder
            Folder to make.
        force
            Whether to replace what is there.

        Returns
        -------
        pathlib.Path
            The folder written.
        """
        return write_parquet(self.table, self.draws, folder, self._record(), force)

    def _record(self) -> dict[str, object]:
        return {"m": len(self.draws), "seed": self.seed, "versions": dict(self.fitted.versions)}
