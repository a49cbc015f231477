"""Overimputation: hide known cells, fit again without them, impute them, compare."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_count
from lacunet._layout import MISSING, OBSERVED, Variable
from lacunet._typing import Bools, Floats, Integers
from lacunet.draw._score import fair_crps
from lacunet.errors import SpecError
from lacunet.imputation._engine_face import Fitted, draw_cells
from lacunet.imputation._hidden_cells import hide_cells
from lacunet.table import Table

LEVELS = (0.5, 0.9)
"""Coverages of the central intervals that are judged."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Overimputation:
    r"""How well hidden cells were imputed.

    `table` has one row per variable. Scores compare m draws :math:`x_1, \ldots, x_m` with the truth y:

    .. math::

        CRPS = \tfrac1m \textstyle\sum_i |x_i - y| - \tfrac{1}{2 m (m - 1)} \sum_{i, j} |x_i - x_j|, \quad
        Brier = \sum_l \bigl[(\hat p_l - o_l)^2 - \tfrac{\hat p_l (1 - \hat p_l)}{m - 1}\bigr]

    both "fair": their expectation does not depend on m. The baselines beside them score the variable's own
    distribution, as if nothing were known of the row: a score above its baseline means that the imputer knows
    nothing. Intervals run between order statistics chosen so that draws from the right distribution cover the truth
    with the nominal probability, whatever m is.

    Attributes
    ----------
    truth_table
        The data, with everything known still in place.
    rows, cols
        Where the hidden cells are, in rows of the data and columns of ``table.values``.
    truth
        Their values.
    draws
        Imputations of them, shape ``(m, n_hidden)``.
    fraction, seed
        Share hidden, and the seed of hiding, fitting and drawing.

    References
    ----------
    Blackwell, M., J. Honaker, and G. King. 2017. A unified approach to measurement error and missing data.
    Sociological Methods & Research 46(3): 303-341 (overimputation).
    Ferro, C. A. T. 2014. Fair scores for ensemble forecasts. Quarterly Journal of the Royal Meteorological Society
    140(683): 1917-1923.
    """

    truth_table: Table
    rows: Integers
    cols: Integers
    truth: Floats
    draws: Floats
    fraction: float
    seed: int

    @property
    def m(self) -> int:
        """Imputations drawn for each hidden cell."""
        return len(self.draws)

    def table(self) -> pd.DataFrame:
        """One row per variable with hidden cells.

        Returns
        -------
        pandas.DataFrame
            variable, kind, n_hidden; numbers have rmse (of the mean of the draws, in the variable's unit; dates in
            days), crps and crps_baseline, coverage_50, width_50, coverage_90, width_90; categories have
            misclassified (share of cells whose most frequent draw is not the truth), brier and brier_baseline.
        """
        rows = []
        for j, variable in enumerate(self.truth_table.layout.variables):
            here = self.cols == j
            if not here.any():
                continue
            known = self.truth_table.values[self.truth_table.state[:, j] == OBSERVED, j]
            judge = _judge_category if variable.is_category else _judge_number
            row = {"variable": variable.name, "kind": variable.kind, "n_hidden": int(here.sum())}
            rows.append(row | judge(variable, self.truth[here], self.draws[:, here], known))
        return pd.DataFrame(rows, columns=COLUMNS)

    def cells(self) -> pd.DataFrame:
        """One row per hidden cell.

        Returns
        -------
        pandas.DataFrame
            row (from 0), variable, truth and estimate (mean of the draws, or most frequent level; levels by their
            labels), and for numbers the ends of the intervals: low_50, high_50, low_90, high_90.
        """
        out = {"row": self.rows, "variable": [self.truth_table.layout.names[j] for j in self.cols]}
        centre = np.empty(len(self.truth))
        is_category = np.array([v.is_category for v in self.truth_table.layout.variables], dtype=bool)[self.cols]
        centre[~is_category] = self.draws[:, ~is_category].mean(axis=0)
        for j in np.unique(self.cols[is_category]):
            here = self.cols == j
            n_levels = self.truth_table.layout.variables[j].n_levels
            centre[here] = _shares(self.draws[:, here], n_levels).argmax(axis=1)
        out |= {"truth": self._in_words(self.truth), "estimate": self._in_words(centre)}
        for level in LEVELS:
            low, high = _interval(self.draws, level)
            out[f"low_{level * 100:.0f}"] = np.where(is_category, np.nan, low)
            out[f"high_{level * 100:.0f}"] = np.where(is_category, np.nan, high)
        return pd.DataFrame(out)

    def _in_words(self, values: Floats) -> list[Any]:
        """Levels by their labels, numbers as they are."""
        labels = [c.level_labels() if c.is_category else () for c in self.truth_table.schema.modelled]
        return [labels[j][int(value)] if labels[j] else value for j, value in zip(self.cols, values, strict=True)]

    def __repr__(self) -> str:
        head = f"Overimputation of {len(self.truth):,} hidden cells, {self.m} draws each, seed {self.seed}"
        return f"{head}\n\n{self.table().to_string(index=False, float_format=lambda value: f'{value:.3g}')}"


COLUMNS = [
    "variable",
    "kind",
    "n_hidden",
    "rmse",
    "misclassified",
    "crps",
    "crps_baseline",
    "brier",
    "brier_baseline",
    *(f"{what}_{level * 100:.0f}" for level in LEVELS for what in ("coverage", "width")),
]


def overimpute_table(fitted: Fitted, table: Table, fraction: float, m: int, seed: int) -> Overimputation:
    """Hide cells of a table, fit the same specification to what is left, and impute them."""
    if not 0 < fraction <= 0.5:
        raise SpecError(f"fraction={fraction!r} is out of range. Hide a share above 0 and at most 0.5, such as 0.1.")
    m = check_count(m, least=2)
    hidden = hide_cells(table.state, fraction, seed)
    rows, cols = np.nonzero(hidden)
    draws = draw_hidden(fitted.spec, table, hidden, m, seed)
    return Overimputation(
        truth_table=table,
        rows=rows,
        cols=cols,
        truth=table.values[rows, cols],
        draws=draws,
        fraction=fraction,
        seed=seed,
    )


def without(table: Table, hidden: Bools) -> Table:
    """The table as if its hidden cells, shape (n, p), were missing; its frame is left as it is."""
    state = np.where(hidden, np.int8(MISSING), table.state)
    return replace(table, values=np.where(hidden, np.nan, table.values), state=state)


def draw_hidden(spec: Any, table: Table, hidden: Bools, m: int, seed: int) -> Floats:
    """Fit a specification to what is not hidden and draw what is, row by row, shape ``(m, n_hidden)``."""
    holes = without(table, hidden)
    engine = spec.fit_table(holes, seed=seed).engine if hidden.any() else None
    return draw_cells(engine, holes, first=0, m=m, seed=seed)[:, hidden[holes.cells]]


def _judge_number(variable: Variable, truth: Floats, draws: Floats, known: Floats) -> dict[str, float]:
    row = {
        "rmse": float(np.sqrt(np.mean((draws.mean(axis=0) - truth) ** 2))),
        "crps": float(fair_crps(draws, truth).mean()),
        "crps_baseline": float(_marginal_crps(known, truth).mean()),
    }
    for level in LEVELS:
        low, high = _interval(draws, level)
        row[f"coverage_{level * 100:.0f}"] = float(np.mean((low <= truth) & (truth <= high)))
        row[f"width_{level * 100:.0f}"] = float(np.mean(high - low))
    return row


def _judge_category(variable: Variable, truth: Floats, draws: Floats, known: Floats) -> dict[str, float]:
    shares = _shares(draws, variable.n_levels)
    marginal = np.bincount(known.astype(int), minlength=variable.n_levels) / len(known)
    hit = np.arange(variable.n_levels) == truth[:, None]
    return {
        "misclassified": float(np.mean(shares.argmax(axis=1) != truth)),
        "brier": float(fair_brier(shares, truth, len(draws)).mean()),
        "brier_baseline": float(((marginal - hit) ** 2).sum(axis=1).mean()),
    }


def fair_brier(shares: Floats, truth: Floats, m: int) -> Floats:
    """Fair Brier score of each cell, summed over levels, shape ``(n,)``."""
    hit = np.arange(shares.shape[1]) == truth[:, None]
    return ((shares - hit) ** 2 - shares * (1 - shares) / (m - 1)).sum(axis=1)


def _marginal_crps(known: Floats, truth: Floats) -> Floats:
    """CRPS of the variable's own distribution, from sums over its sorted values."""
    ordered, n = np.sort(known), len(known)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    below = np.searchsorted(ordered, truth, side="right")
    distance = (truth * (2 * below - n) + sums[-1] - 2 * sums[below]) / n
    spread = ((2 * np.arange(1, n + 1) - n - 1) * ordered).sum() / n**2
    return distance - spread


def _shares(draws: Floats, n_levels: int) -> Floats:
    """Share of the draws at each level, shape ``(n, n_levels)``."""
    return np.stack([(draws == level).mean(axis=0) for level in range(n_levels)], axis=1)


def _interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Central interval between order statistics at ranks p (m + 1): it covers one more draw with probability level."""
    low, high = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2], axis=0, method="weibull")
    return low, high
