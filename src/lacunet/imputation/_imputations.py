"""The completed data sets."""

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np

from lacunet._check import check_count, check_seed
from lacunet._rng import generator
from lacunet._typing import Floats, Frame, PathLike
from lacunet.diagnosis import Diagnostics, HiddenCells, diagnose_arrays
from lacunet.errors import SpecError
from lacunet.imputation._analyses import Analyses
from lacunet.imputation._engine_face import Fitted, draw_cells
from lacunet.imputation._overimpute import Overimputation, overimpute_table
from lacunet.imputation._persist import fitted_parts
from lacunet.imputation._summary import missing_rows
from lacunet.imputation.export import Exports
from lacunet.imputation.page import fill_page
from lacunet.imputation.sensitivity import Adjustment, Sensitivity
from lacunet.keep import Parts, write_parts
from lacunet.pooling import Pooled
from lacunet.report import write_imputation_page
from lacunet.report._summary import Summary
from lacunet.table import Schema, Table


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Imputations(Analyses, Sensitivity, Exports):
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
    adjustments
        What was done to the imputed values since, as `shift` and its like record it.
    """

    table: Table
    draws: Floats
    fitted: Fitted
    seed: int
    adjustments: tuple[Adjustment, ...] = ()

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
            When k is not a whole number of at least 1, or imputed values were shifted or changed.
        """
        if self.adjustments:
            raise SpecError(
                f"These imputations were changed: {self.adjustments[0]} New draws would not be. Extend the imputations "
                "as they were drawn, then change all of them."
            )
        more = draw_cells(self.fitted.engine, self.table, first=len(self), m=check_count(k, "k"), seed=self.seed)
        return replace(self, draws=np.concatenate([self.draws, more]))

    def expect(self) -> Frame:
        """Fill every hole with its conditional mean, or its most probable level.

        For **prediction**, never for inference: one best guess per cell has too little spread, so that correlations
        come out too strong and intervals too narrow. Columns of whole numbers are rounded. Shifts and other changes
        made to the draws do not enter.

        Returns
        -------
        frame
            One completed frame of the library handed over.
        """
        if self.table.cells[0].size == 0 or self.fitted.engine is None:
            return self.table.complete(np.empty(0))
        return self.table.complete(self.fitted.engine.expect(self.table.values, self.table.state))

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

    def diagnose(self, overimputation: Overimputation | None = None) -> Diagnostics:
        """Ask whether the imputations can be trusted: findings in plain words, with tables and plots behind them.

        Missingness patterns and flux, what predicts missingness, observed beside imputed values overall and among rows
        equally likely to be missing, stability over m, training loss; with an overimputation also intervals and
        probabilities held against hidden cells that the imputer never saw.

        Parameters
        ----------
        overimputation
            What `overimpute` gave; None leaves these topics out, since hiding and fitting again takes as long as the
            imputation did.

        Returns
        -------
        Diagnostics
            ``.findings``, ``.table(topic, variable)``, ``.plot(topic, variable)``.

        References
        ----------
        van Buuren, S. 2018. Flexible Imputation of Missing Data, 2nd ed., 4.1 and 6.6. CRC Press.
        """
        known = self.schema.modelled
        hidden = None
        if overimputation is not None:
            hidden = HiddenCells(
                rows=overimputation.rows,
                cols=overimputation.cols,
                truth=overimputation.truth,
                draws=overimputation.draws,
            )
        return diagnose_arrays(
            self.table.layout,
            self.table.values,
            self.table.state,
            self.draws,
            rng=generator(self.seed, "diagnose"),
            labels={column.name: column.label for column in known if column.label},
            levels={column.name: column.level_labels() for column in known if column.is_category},
            history=self.fitted.history,
            hidden=hidden,
        )

    def summary(self) -> Summary:
        """Say what was imputed, in a few sentences and a table with one row per variable."""
        n_cells = self.draws.shape[1]
        lines = (
            f"{len(self)} imputations of {n_cells:,} cells in {self.table.n_rows:,} rows, seed {self.seed}.",
            *map(str, self.adjustments),
            *self.schema.notes,
        )
        return Summary(lines=lines, rows=missing_rows(self.table, self.draws))

    def report(
        self,
        path: PathLike,
        *,
        models: Sequence[Pooled] | Mapping[str, Pooled] = (),
        overimputation: Overimputation | None = None,
        force: bool = False,
        data_name: str = "data",
    ) -> Path:
        """Write one self-contained HTML page: findings first, then everything a reader or a referee may ask.

        It has a methods paragraph to paste, data and codes, missingness, model and settings, diagnostics, pooled
        models, seed, versions, and the commands that make the imputations again.

        ``imp.report("report.html", models={"Base": base, "Full": full}, data_name="survey.dta")``

        Parameters
        ----------
        path
            Where to write, ending in ``.html``.
        models
            Pooled models to show side by side; a mapping gives them headings.
        overimputation
            What `overimpute` gave, to show how well hidden cells were imputed.
        force
            Whether to replace a file that is there.
        data_name
            What the page calls the data; with the name of the file that was imputed, the commands name it too.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        SpecError
            When the file exists and ``force`` is not given, or ``models`` holds something other than pooled models.
        """
        page = fill_page(
            self.table,
            self.draws,
            self.fitted,
            self.seed,
            data_name=data_name,
            adjustments=map(str, self.adjustments),
            diagnostics=self.diagnose(overimputation),
            models=models,
        )
        return Path(write_imputation_page(page, Path(path), force=force))

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
            "adjustments": [adjustment.as_dict() for adjustment in self.adjustments],
            "table_schema": self.schema.as_dict(),
            "is_training_table": self.fitted.table is self.table,
        }
        arrays["table"] = {"values": self.table.values, "state": self.table.state, "draws": self.draws}
        parts = Parts(kind="Imputations", meta=meta, arrays=arrays, frames={"original": self.table.native})
        write_parts(path, parts, force)
        return Path(path)

    def __repr__(self) -> str:
        return (
            f"Imputations(m = {len(self)}, {self.draws.shape[1]:,} cells of {self.table.n_rows:,} rows x "
            f"{len(self.schema.columns)} columns, seed {self.seed})"
        )
