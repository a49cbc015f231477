"""The completed data sets."""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Frame, PathLike
from lacunet.imputation._check import check_count, check_seed
from lacunet.imputation._completed import CompletedFrames
from lacunet.imputation._engine_face import Fitted, draw_cells
from lacunet.imputation._overimpute import Overimputation, overimpute_table
from lacunet.imputation._page import fill_page
from lacunet.imputation._persist import Parts, fitted_parts, write_parts
from lacunet.imputation._summary import Summary, missing_rows
from lacunet.imputation.export import write_amelia, write_csv, write_mice, write_parquet, write_spss, write_stata
from lacunet.pooling import Model, Pooled, fit_formula, pool_analysis
from lacunet.report import write_imputation_page
from lacunet.table import Schema, Table


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Imputations:
    """The m completed tables of one data set; made by ``impute``, never by hand.

    Analyse every table and pool the answers (`fit`, ``lacunet.pool``); never average the tables themselves, which
    throws away the uncertainty that they carry. ``imp[0]`` is the first table, ``imp[:3]`` a tuple of three,
    ``for frame in imp`` goes through all. Each is a fresh frame of the library that was handed over, with the same
    columns, order, types and index, and the observed cells unchanged.

    Attributes
    ----------
    table
        The data with their schema.
    draws
        Values of the missing cells, row by row, shape ``(m, n_cells)``, in the numbers of ``table.values``.
    fitted
        The imputer that drew them.
    seed
        The seed of the draws.
    """

    table: Table
    draws: Floats
    fitted: Fitted
    seed: int

    def __len__(self) -> int:
        return len(self.draws)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Frame, ...]: ...
    def __getitem__(self, index: int | slice) -> Frame | tuple[Frame, ...]:
        if isinstance(index, slice):
            return tuple(self.table.complete(draw) for draw in self.draws[index])
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(
                f"There is no imputation {position}: there are {len(self)}, numbered 0 to {len(self) - 1}."
            )
        return self.table.complete(self.draws[position])

    def __iter__(self) -> Iterator[Frame]:
        return (self.table.complete(draw) for draw in self.draws)

    @property
    def original(self) -> Frame:
        """The data as they were handed over."""
        native = self.table.native
        return native.copy() if hasattr(native, "copy") else native

    @property
    def mask(self) -> Any:
        """Where a cell was imputed: True, shaped as the data."""
        return self.table.mask

    @property
    def schema(self) -> Schema:
        """Columns, kinds, levels, codes, and what was decided about them."""
        return self.table.schema

    def extend(self, k: int) -> "Imputations":
        """Draw k more imputations without training again.

        Parameters
        ----------
        k
            How many more, at least 1.

        Returns
        -------
        Imputations
            With ``len(self) + k`` tables, of which the first are those of this object.

        Raises
        ------
        SpecError
            When k is not a whole number of at least 1.
        """
        more = draw_cells(self.fitted.engine, self.table, first=len(self), m=check_count(k, "k"), seed=self.seed)
        return replace(self, draws=np.concatenate([self.draws, more]))

    def expect(self) -> Frame:
        """Fill every hole with its conditional mean, or its most probable level.

        For **prediction**, never for inference: one best guess per cell has too little spread, so that correlations
        come out too strong and intervals too narrow. Columns of whole numbers are rounded.

        Returns
        -------
        frame
            One completed frame of the library handed over.
        """
        if self.table.cells[0].size == 0 or self.fitted.engine is None:
            return self.table.complete(np.empty(0))
        return self.table.complete(self.fitted.engine.expect(self.table.values, self.table.state))

    def fit(
        self,
        formula: str,
        model: Model = "ols",
        *,
        cov: str | None = None,
        cluster: str | None = None,
        weights: str | None = None,
    ) -> Pooled:
        """Fit a model to every completed table and pool the answers by Rubin's rules.

        The formula sees numbers as numbers, also where the file spelled them as text beside a code, categories by
        their labels, and nothing where a question did not apply; such rows are left out, and said.

        Parameters
        ----------
        formula
            As in R: ``"income ~ age + C(educ)"``; ``"income ~ age | state + year"`` for fixed effects,
            ``"Surv(months, died) ~ age"`` for Cox.
        model
            "ols", "logit", "probit", "poisson", "negbin", "ordered", "multinomial", "fixed_effects" or "cox".
        cov
            "classical", "HC0", "HC1", "HC2" or "HC3"; None is "classical", and "HC1" where there are weights.
        cluster
            Column naming the cluster of each row, for standard errors that allow dependence within clusters.
        weights
            Column of sampling weights.

        Returns
        -------
        Pooled
            ``.table()`` has estimates, standard errors, intervals and the share of missing information.

        Raises
        ------
        SpecError
            When the model is unknown, options contradict each other, the formula cannot be read, or there is one
            imputation only.
        ColumnError
            When the formula or an option names a column that is not there.
        DataError
            When the outcome does not suit the model, or a fit fails.
        """
        frames = CompletedFrames(self.table, self.draws)
        return fit_formula(frames, formula, model, cov=cov, cluster=cluster, weights=weights)

    def pool(self, analysis: Callable[[pd.DataFrame], Any], *, bootstrap: int = 0, seed: int | None = None) -> Pooled:
        """Apply any analysis to every completed table and pool the answers by Rubin's rules.

        ``imp.pool(lambda frame: smf.ols("income ~ age", frame).fit())``

        Parameters
        ----------
        analysis
            Takes a completed pandas frame (as `fit` sees it: numbers as numbers, categories by their labels); returns a
            fitted model of statsmodels, linearmodels or pyfixest, or (estimates, covariance), or (estimates,
            covariance, degrees of freedom).
        bootstrap
            For estimators with coefficients and no covariance, as in scikit-learn: how often the rows of each completed
            table are resampled to get it. 200 or more; 0 to take it from the model.
        seed
            Decides the resampling; None takes that of the draws.

        Returns
        -------
        Pooled
            With the complete-data degrees of freedom that the model itself reports.

        Raises
        ------
        SpecError
            When the analysis returns what cannot be pooled, or there is one imputation only.
        DataError
            When it fails on some of the tables, or the terms differ between them.
        """
        frames = CompletedFrames(self.table, self.draws)
        chosen = self.seed if seed is None else check_seed(seed)
        return pool_analysis(frames, analysis, bootstrap=bootstrap, seed=chosen)

    def overimpute(self, fraction: float = 0.1, *, m: int = 50, seed: int | None = None) -> Overimputation:
        """Hide known cells, fit again without them, impute them, and compare.

        Says how well imputations agree with the truth **where it is known**: accuracy of the centre, quality and
        width of the spread. Cells are hidden at random in each variable, so that it says nothing about values that
        are missing for reasons the data do not show.

        Parameters
        ----------
        fraction
            Share of the known cells of each variable to hide, above 0 and at most 0.5.
        m
            Imputations drawn to judge by.
        seed
            Decides the hidden cells and the new fit; None takes that of the draws.

        Returns
        -------
        Overimputation
            ``.table()`` has one row per variable, ``.cells()`` one per hidden cell.

        Raises
        ------
        SpecError
            When ``fraction`` or ``m`` is out of range.
        """
        return overimpute_table(self.fitted, self.table, fraction, m, self.seed if seed is None else check_seed(seed))

    def summary(self) -> Summary:
        """Say what was imputed, in a few sentences and a table with one row per variable."""
        n_cells = self.draws.shape[1]
        lines = (
            f"{len(self)} imputations of {n_cells:,} cells in {self.table.n_rows:,} rows, seed {self.seed}.",
            *self.schema.notes,
        )
        return Summary(lines=lines, rows=missing_rows(self.table, self.draws))

    def report(self, path: PathLike, *, force: bool = False, data_name: str = "data") -> Path:
        """Write one self-contained HTML page: what was missing, observed beside imputed, settings, versions, seed.

        Parameters
        ----------
        path
            Where to write, ending in ``.html``.
        force
            Whether to replace a file that is there.
        data_name
            What the page calls the data.

        Returns
        -------
        pathlib.Path
            The file written.
        """
        page = fill_page(self.table, self.draws, self.fitted, self.seed, data_name)
        return Path(write_imputation_page(page, Path(path), force=force))

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
        return write_spss(self.table, self.draws, path, force, f"lacunet, seed {self.seed}, m = {len(self)}")

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

    def save(self, path: PathLike, *, force: bool = False) -> Path:
        """Save everything (data, draws and imputer) to one file that ``lacunet.load`` reads.

        Parameters
        ----------
        path
            Where to write; ``.lacunet`` is a good ending. The file holds the data: treat it with the care they need.
        force
            Whether to replace a file that is there.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        SpecError
            When the file exists and ``force`` is not given.
        DataError
            When a column holds objects that are neither text, numbers nor dates, or the disk is full.
        """
        meta, arrays = fitted_parts(self.fitted)
        meta |= {
            "draw_seed": self.seed,
            "table_schema": self.schema.as_dict(),
            "is_training_table": self.fitted.table is self.table,
        }
        arrays["table"] = {"values": self.table.values, "state": self.table.state, "draws": self.draws}
        parts = Parts(kind="Imputations", meta=meta, arrays=arrays, frames={"original": self.table.native})
        write_parts(path, parts, force)
        return Path(path)

    def _record(self) -> dict[str, object]:
        return {"m": len(self), "seed": self.seed, "versions": dict(self.fitted.versions)}

    def __repr__(self) -> str:
        return (
            f"Imputations(m = {len(self)}, {self.draws.shape[1]:,} cells of {self.table.n_rows:,} rows x "
            f"{len(self.schema.columns)} columns, seed {self.seed})"
        )
