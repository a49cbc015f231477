"""Accumulated local effects: what an input does to the rows that have such values, added up along the input."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from lacunet._typing import Floats, Integers
from lacunet.errors import ColumnError
from lacunet.prediction.explain import _paper
from lacunet.prediction.explain._inputs import (
    Predict,
    PredictEach,
    Rows,
    as_numbers,
    ask_blocks,
    ask_each,
    check_column,
    check_count,
    check_predictor,
    check_rows,
    give_values,
    is_number,
    is_ordered,
    known_cells,
    list_levels,
)
from lacunet.prediction.explain._likeness import order_levels
from lacunet.prediction.explain._spread import add_members, check_level, interval
from lacunet.report import _canvas
from lacunet.report._colours import MUTED
from lacunet.report._summary import as_text
from lacunet.report._words import in_digits


@dataclass(frozen=True, kw_only=True, eq=False)
class Steps:
    """Local differences of the prediction, each made by one row across one step of the grid.

    Attributes
    ----------
    low, high
        Frames that differ by one step, in the same rows.
    row
        Which row each difference belongs to.
    step
        Which step (0 from the first point of the grid to the second), of the same shape.
    place
        Where every row stands on the grid: position of the point at or below it, and how far on it is to the next.
    """

    low: pd.DataFrame
    high: pd.DataFrame
    row: Integers
    step: Integers
    place: tuple[Integers, Floats]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AccumulatedEffects:
    """Accumulated local effects of one input, around an average of 0.

    Made by `accumulated_effects`.

    Attributes
    ----------
    variable
        The input.
    grid
        Points: numbers, or levels in the order in which they are accumulated.
    is_numeric, is_ordered
        Whether they are numbers, and whether levels have an order of their own.
    estimates
        Effects, in the unit of the prediction, shape ``(g,)``.
    std_error, dof
        Shape ``(g,)``.
    counts
        Rows at each point of the grid; for numbers the rows of the step that ends there, 0 first.
    n_members
        Members or refits behind the band; 0 where there is one model.
    level
        Coverage of the band.
    """

    variable: str
    grid: tuple[Any, ...]
    is_numeric: bool
    is_ordered: bool
    estimates: Floats
    std_error: Floats
    dof: Floats
    counts: Integers
    n_members: int
    level: float

    def table(self) -> pd.DataFrame:
        """One row per point of the grid.

        Returns
        -------
        pandas.DataFrame
            The variable's name, effect, std_error, conf_low, conf_high, n_rows.
        """
        low, high = interval(self.estimates, self.std_error, self.dof, self.level)
        return pd.DataFrame(
            {
                self.variable: list(self.grid),
                "effect": self.estimates,
                "std_error": self.std_error,
                "conf_low": low,
                "conf_high": high,
                "n_rows": self.counts,
            }
        )

    def plot(self) -> Any:
        """The effects with their band.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("local.png")`` keeps it.
        """
        figure, axes = _canvas.make_figure()
        axes.axhline(0, color=MUTED, linewidth=0.8)
        low, high = interval(self.estimates, self.std_error, self.dof, self.level)
        if self.is_numeric:
            x = np.array(self.grid, dtype=np.float64)
            _paper.draw_curve(axes, x, self.estimates, low, high)
            _paper.draw_rug(axes, x)
        else:
            _paper.draw_levels(axes, self.grid, self.estimates, low, high)
        _canvas.label(
            axes, self.variable, "effect on the prediction", f"around the average, {100 * self.level:g} % band"
        )
        return figure

    def __str__(self) -> str:
        first, last = int(np.argmin(self.estimates)), int(np.argmax(self.estimates))
        ends = [in_digits(float(self.grid[at])) if self.is_numeric else str(self.grid[at]) for at in (first, last)]
        said = (
            f"Among rows as they are, {self.variable} moves the prediction around its average by "
            f"{in_digits(self.estimates[first])} at {ends[0]} to {in_digits(self.estimates[last])} at {ends[1]}, other "
            "inputs being what they are for rows with such values."
        )
        if self.is_numeric or self.is_ordered:
            return said
        return f"{said} The levels have no order of their own; they stand by how alike their rows are in other inputs."

    def __repr__(self) -> str:
        return f"{self}\n\n{as_text(self.table())}"


def accumulated_effects(
    predict: Predict,
    frame: pd.DataFrame,
    variable: str,
    *,
    n_bins: int = 40,
    predict_each: PredictEach | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> AccumulatedEffects:
    r"""Accumulate what small steps of one input do to the predictions of the rows near each step.

    The picture to prefer when inputs are correlated: no row is given a value far from its own, so that the predictor is
    not asked about rows that do not occur. It shows the effect of the input alone (not what inputs correlated with it
    add), around an average of 0. Not for levels with very few rows each.

    .. math::

        \hat g(z_k) = \sum_{l \le k} \frac{\sum_{i: x_{ij} \in (z_{l-1}, z_l]} w_i
        \{f(z_l, x_{i, \setminus j}) - f(z_{l-1}, x_{i, \setminus j})\}}{\sum_{i: x_{ij} \in (z_{l-1}, z_l]} w_i},
        \quad \widehat{ALE}(z) = \hat g(z) - \sum_i w_i \hat g(x_{ij}), \quad \sum_i w_i = 1

    For levels a step from level l - 1 to l is made by the rows of both. Levels without an order are put in one by
    likeness: distances between the distributions of the other inputs (Kolmogorov's for numbers, total variation for
    categories), summed, and the first coordinate of classical scaling.

    Parameters
    ----------
    predict
        Inputs to predictions, shape ``(n,)``.
    frame
        Rows, shape ``(n, p)``; those where the input is missing do not count.
    variable
        The input.
    n_bins
        Steps of a number: its quantiles. Fewer when the curve is rough because steps hold few rows.
    predict_each
        Inputs to predictions of k members or refits, shape ``(n, k)``: their spread widens the band, combined as in
        `average_effects`. Without, the band holds the sampling of the rows alone.
    weights
        Survey weights, shape ``(n,)``.
    level
        Coverage of the band, at each point for itself.

    Returns
    -------
    AccumulatedEffects
        ``.table()``, ``.plot()``, and a sentence.

    Raises
    ------
    ColumnError
        When there is no such input, or it does not vary.
    DataError
        When weights or predictions do not fit the rows.
    SpecError
        When an option is out of range.

    References
    ----------
    Apley, D. W., and J. Zhu. 2020. Visualizing the effects of predictor variables in black box supervised learning
    models. Journal of the Royal Statistical Society, Series B 82(4): 1059-1086.
    Differs: the curve is centred by its value at each row, interpolated between points; bands, where the variance of
    the averages of the steps is carried along the curve with the points and shares of the rows taken as given; weights.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 1.0, 2.0], "z": [5.0, 6.0, 9.0]})
    >>> found = accumulated_effects(lambda rows: (3 * rows["x"] + rows["z"]).to_numpy(), frame, "x")
    >>> found.table()[["x", "effect"]].round(9).to_numpy().tolist()
    [[0.0, -3.0], [1.0, 0.0], [2.0, 3.0]]
    """
    check_predictor(predict)
    check_level(level)
    check_count("n_bins", n_bins)
    rows = check_rows(frame, weights)
    check_column(rows.frame, variable)
    rows = _known_rows(rows, variable)
    column = rows.frame[variable]
    is_numeric = is_number(column)
    grid, steps = _number_steps(rows.frame, variable, n_bins) if is_numeric else _level_steps(rows.frame, variable)
    high, low = ask_blocks(predict, [steps.high, steps.low])
    centre = _centring(rows, steps, len(grid))
    means, covariance = _average_steps(rows, steps, (high - low)[:, None], len(grid) - 1)
    members = None
    if predict_each is not None:
        high, low = ask_blocks(predict_each, [steps.high, steps.low], ask_each)
        members = (centre @ _average_steps(rows, steps, high - low, len(grid) - 1)[0]).T
    within = np.einsum("gk,kl,gl->g", centre, covariance, centre)
    error, dof = add_members(np.maximum(within, 0.0), members, len(rows) - 1)
    return AccumulatedEffects(
        variable=variable,
        grid=tuple(grid),
        is_numeric=is_numeric,
        is_ordered=is_numeric or is_ordered(column),
        estimates=(centre @ means)[:, 0],
        std_error=error,
        dof=dof,
        counts=_count(steps, len(grid), is_numeric),
        n_members=0 if members is None else len(members),
        level=level,
    )


def _known_rows(rows: Rows, variable: str) -> Rows:
    known = known_cells(rows.frame[variable]) & (rows.share > 0)
    if known.sum() < 2:
        raise ColumnError(
            f"Column {variable!r} is known in {known.sum()} rows. An effect needs at least 2: leave it out."
        )
    if known.all():
        return rows
    share = rows.share[known]
    frame = rows.frame[known].reset_index(drop=True)
    return Rows(frame=frame, share=share / share.sum(), is_weighted=rows.is_weighted)


def _number_steps(frame: pd.DataFrame, variable: str, n_bins: int) -> tuple[list[Any], Steps]:
    x = as_numbers(frame[variable])
    different = np.unique(x)
    if len(different) < 2 or not np.isfinite(different).all():
        raise ColumnError(
            f"Column {variable!r} has one value, or one that is not finite. An effect needs a number that varies: "
            "leave it out."
        )
    if len(different) <= n_bins + 1:
        grid = different
    else:
        grid = np.unique(np.quantile(x, np.linspace(0, 1, n_bins + 1), method="inverted_cdf"))
    step = np.clip(np.searchsorted(grid, x, side="left") - 1, 0, len(grid) - 2)
    on = (x - grid[step]) / (grid[step + 1] - grid[step])
    low, high = (give_values(frame, variable, grid[step + ahead]) for ahead in (0, 1))
    return grid.tolist(), Steps(low=low, high=high, row=np.arange(len(x)), step=step, place=(step, on))


def _level_steps(frame: pd.DataFrame, variable: str) -> tuple[list[Any], Steps]:
    column = frame[variable]
    levels = list_levels(column)
    if len(levels) < 2:
        raise ColumnError(f"Column {variable!r} has one level, {levels[0]!r}. An effect needs two: leave it out.")
    if not is_ordered(column):
        levels = order_levels(frame, variable, levels)
    at = pd.Index(levels).get_indexer(pd.Index(column.astype(object)))
    up, down = np.flatnonzero(at < len(levels) - 1), np.flatnonzero(at > 0)
    row, step = np.concatenate([up, down]), np.concatenate([at[up], at[down] - 1])
    values = pd.Series(levels, dtype=column.dtype).array
    low, high = (frame.take(row).reset_index(drop=True) for _ in range(2))
    low[variable], high[variable] = values.take(step), values.take(step + 1)
    return levels, Steps(low=low, high=high, row=row, step=step, place=(at, np.zeros(len(at))))


def _centring(rows: Rows, steps: Steps, n_points: int) -> Floats:
    """Matrix from averages of the steps to centred effects, shape (points, steps)."""
    accumulate = np.tri(n_points, n_points - 1, -1)
    at, on = steps.place
    ahead = np.minimum(at + 1, n_points - 1)
    # NOTE[DIFF]: the paper centres a step function; the curve that is drawn is centred here.
    share = np.bincount(at, rows.share * (1 - on), n_points) + np.bincount(ahead, rows.share * on, n_points)
    return accumulate - share @ accumulate


def _average_steps(rows: Rows, steps: Steps, differences: Floats, n_steps: int) -> tuple[Floats, Floats]:
    """Average of each step, shape (steps, k), and the covariance of the first column's averages."""
    weight = rows.share[steps.row]
    total = np.bincount(steps.step, weight, n_steps)
    shape = (len(rows), n_steps)
    to_steps = csr_array((weight / total[steps.step], (np.arange(len(weight)), steps.step)), (len(weight), n_steps))
    means = to_steps.T @ differences
    residual = weight * (differences[:, 0] - means[steps.step, 0]) / total[steps.step]
    scores = csr_array((residual, (steps.row, steps.step)), shape)
    counts = np.bincount(steps.step, minlength=n_steps).astype(np.float64)
    lift = np.sqrt(counts / np.maximum(counts - 1, 1))
    return means, (scores.T @ scores).toarray() * np.outer(lift, lift)


def _count(steps: Steps, n_points: int, is_numeric: bool) -> Integers:
    at = steps.place[0]
    return np.bincount(at + 1 if is_numeric else at, minlength=n_points).astype(np.intp)
