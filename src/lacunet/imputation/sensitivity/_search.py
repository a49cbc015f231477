"""The same model fitted to tables that differ in one shifted variable only."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from scipy.special import stdtr

from lacunet._typing import Floats, Frame
from lacunet.errors import DataWarning, SpecError, suggest
from lacunet.imputation.sensitivity._face import Imputed
from lacunet.imputation.sensitivity._shift import Shift
from lacunet.pooling import Pooled
from lacunet.table import Schema, Table

Fit = Callable[[Iterable[Frame]], Pooled]
HALVINGS = 7
"""Rounds of bisection: the tipping point is known to a hundredth of a step of the grid."""


@dataclass(kw_only=True)
class Search:
    """Pooled answers for one coefficient at any amount of a shift, each computed once.

    Attributes
    ----------
    imputed, shift
        The imputations and what is shifted.
    fit
        From completed frames to a pooled result.
    term
        Name of the coefficient.
    formula, beside
        Decide which columns are kept: those that the formula names, and these.
    null, confidence
        Value compared with, and coverage of the interval.
    criterion
        "interval": whether it covers the null, and on which side it lies; "sign": the side of the estimate.
    """

    imputed: Imputed
    shift: Shift
    fit: Fit
    term: str
    formula: str
    beside: tuple[str, ...]
    null: float
    confidence: float
    criterion: str
    _frames: list[pd.DataFrame] = field(default_factory=list)
    _rows: dict[float, dict[str, float]] = field(default_factory=dict)

    def row(self, delta: float) -> dict[str, float]:
        """Estimate, standard error, interval, p-value and share of missing information at one amount.

        Raises
        ------
        SpecError
            When the model has no such term.
        """
        if not self._rows:
            # Whole frames at first, so that a formula that names a wrong column is told which ones there are.
            self._rows[self.shift.neutral] = self._read(self.fit(self._whole_frames()))
        if delta not in self._rows:
            with warnings.catch_warnings():
                # What there is to warn of was said for the imputations as they are.
                warnings.simplefilter("ignore", DataWarning)
                self._rows[delta] = self._read(self.fit(self._shifted_frames(delta)))
        return self._rows[delta]

    def verdict(self, delta: float) -> int:
        """-1 below the null, 1 above it, 0 undecided."""
        row = self.row(delta)
        low, high = ("conf_low", "conf_high") if self.criterion == "interval" else ("estimate", "estimate")
        return int(row[low] > self.null) - int(row[high] < self.null)

    def bisect(self, holds: float, fails: float) -> float:
        """Amount nearest to ``holds`` at which the verdict is known to have changed."""
        first = self.verdict(self.shift.neutral)
        for _ in range(HALVINGS):
            middle = (holds + fails) / 2
            if self.verdict(middle) == first:
                holds = middle
            else:
                fails = middle
        return fails

    def _read(self, pooled: Pooled) -> dict[str, float]:
        if self.term not in pooled.terms:
            hint = suggest(self.term, pooled.terms) or f"Its terms are: {', '.join(pooled.terms[:20])}."
            raise SpecError(f"{self.term!r} is not a term of the model. Name one of its coefficients. {hint}")
        table = pooled.table(self.confidence)
        row = table.iloc[pooled.terms.index(self.term)]
        found = {name: float(row[name]) for name in COLUMNS[1:]}
        if self.null and found["std_error"] > 0:
            statistic = (found["estimate"] - self.null) / found["std_error"]
            found["p_value"] = 2 * float(stdtr(float(row["df"]), -abs(statistic)))
        return found

    def _whole_frames(self) -> Iterator[pd.DataFrame]:
        for draw in self.imputed.draws:
            frame = self.imputed.table.analysis_frame(draw)
            kept = list(frame.columns)
            # A lone point stands for all other columns.
            if not re.search(r"(?<![\w)])\.(?![\w(])", self.formula):
                kept = [name for name in kept if str(name) in self.formula or name in self.beside]
            self._frames.append(frame[kept].reset_index(drop=True))
            yield frame

    def _shifted_frames(self, delta: float) -> Iterator[pd.DataFrame]:
        name, table = self.shift.target.column.name, _one_column(self.imputed.table, self.shift)
        for frame, cells in zip(self._frames, self.shift.apply(delta), strict=True):
            shifted = frame.copy(deep=False)
            shifted[name] = table.analysis_frame(cells)[name].array
            yield shifted


COLUMNS = ["delta", "estimate", "std_error", "conf_low", "conf_high", "p_value", "fmi"]


def _one_column(table: Table, shift: Shift) -> Table:
    """The table without any other column."""
    j, column = shift.target.j, shift.target.column
    schema = Schema(columns=(column,))
    native: Any = pd.DataFrame({column.name: pd.RangeIndex(table.n_rows)})
    values: Floats = table.values[:, [j]]
    return replace(
        table, native=native, schema=schema, layout=schema.as_layout(), values=values, state=table.state[:, [j]]
    )
