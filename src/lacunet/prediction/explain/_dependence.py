"""Partial dependence and individual curves: the prediction as one input is set to value after value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._typing import Floats
from lacunet.errors import ColumnError, SpecError
from lacunet.prediction.explain import _paper
from lacunet.prediction.explain._inputs import (
    FEW_VALUES,
    Predict,
    PredictEach,
    as_numbers,
    ask_blocks,
    ask_each,
    check_column,
    check_count,
    check_predictor,
    check_rows,
    give_value,
    is_number,
    list_levels,
)
from lacunet.prediction.explain._spread import add_members, check_level, interval
from lacunet.report import _canvas
from lacunet.report._colours import MUTED
from lacunet.report._summary import as_text
from lacunet.report._words import in_digits

CURVES_SHOWN = 60
"""Individual curves in a plot; more make a blot."""
MARKS = np.linspace(0, 1, 101)
OUTER = 0.02
"""Share of the rows at either end that the grid leaves out: there the predictor has hardly seen a thing."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PartialDependence:
    """Average prediction as one input takes each value of a grid, with the curve of every row.

    Made by `partial_dependence`.

    Attributes
    ----------
    variable
        The input.
    grid
        Its values: numbers, or levels.
    is_numeric
        Whether they are numbers.
    estimates
        Average predictions, shape ``(g,)``.
    std_error, dof
        Shape ``(g,)``.
    curves
        Predictions of the rows (individual conditional expectations), shape ``(n, g)``.
    seen
        Percentiles of the input in the rows: the marks below the plot.
    n_members
        Members or refits behind the intervals; 0 where there is one model.
    level
        Coverage of the intervals.
    """

    variable: str
    grid: tuple[Any, ...]
    is_numeric: bool
    estimates: Floats
    std_error: Floats
    dof: Floats
    curves: Floats
    seen: Floats
    n_members: int
    level: float

    def table(self) -> pd.DataFrame:
        """One row per value of the grid.

        Returns
        -------
        pandas.DataFrame
            The variable's name, estimate, std_error, conf_low, conf_high, and curve_low and curve_high, between which
            the middle 80 % of the individual curves lie (each row counts the same).
        """
        low, high = interval(self.estimates, self.std_error, self.dof, self.level)
        curve_low, curve_high = np.quantile(self.curves, [0.1, 0.9], axis=0)
        return pd.DataFrame(
            {
                self.variable: list(self.grid),
                "estimate": self.estimates,
                "std_error": self.std_error,
                "conf_low": low,
                "conf_high": high,
                "curve_low": curve_low,
                "curve_high": curve_high,
            }
        )

    def plot(self, *, individual: bool = True, centred: bool = False) -> Any:
        """The average with its band, over curves of some rows.

        Parameters
        ----------
        individual
            Whether to draw curves of rows (every k-th, at most 60).
        centred
            Whether all curves begin at 0, which shows whether they run parallel (no interaction).

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("dependence.png")`` keeps it.
        """
        figure, axes = _canvas.make_figure()
        curves, estimates = self.curves[:: max(1, -(-len(self.curves) // CURVES_SHOWN))], self.estimates
        if centred:
            curves, estimates = curves - curves[:, :1], estimates - estimates[0]
        # A centred curve has no error where it begins, and no band of its own: it is drawn without.
        error = np.zeros_like(estimates) if centred else self.std_error
        low, high = interval(estimates, error, self.dof, self.level)
        x = np.array(self.grid if self.is_numeric else range(len(self.grid)), dtype=np.float64)
        if individual:
            axes.plot(x, curves.T, color=MUTED, linewidth=0.5, alpha=0.35)
        if self.is_numeric:
            _paper.draw_curve(axes, x, estimates, low, high)
            _paper.draw_rug(axes, self.seen[(self.seen >= x[0]) & (self.seen <= x[-1])])
        else:
            _paper.draw_levels(axes, self.grid, estimates, low, high)
        what = "change of the prediction" if centred else "prediction"
        title = ("average" if centred else f"average, {100 * self.level:g} % band") + (
            f", and {len(curves)} rows" if individual else ""
        )
        _canvas.label(axes, self.variable, what, title)
        return figure

    def __str__(self) -> str:
        last, first = int(np.argmax(self.estimates)), int(np.argmin(self.estimates))
        rising = (np.diff(self.curves[:, [min(first, last), max(first, last)]], axis=1)[:, 0] > 0).mean()
        share = rising if last > first else 1 - rising
        return (
            f"Averaged over {len(self.curves):,} rows, the prediction is lowest at {self.variable} = "
            f"{_value(self.grid[first])} ({in_digits(self.estimates[first])}) and highest at {_value(self.grid[last])} "
            f"({in_digits(self.estimates[last])}); {100 * share:.0f} % of the rows move the same way. Rows are given "
            "values that they may never have beside their other inputs; where inputs are correlated, see accumulated "
            "effects."
        )

    def __repr__(self) -> str:
        return f"{self}\n\n{as_text(self.table())}"


def partial_dependence(
    predict: Predict,
    frame: pd.DataFrame,
    variable: str,
    *,
    grid: Sequence[Any] | None = None,
    n_points: int = 20,
    predict_each: PredictEach | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> PartialDependence:
    r"""Average the prediction over the rows as one input is set to each value of a grid.

    It answers "what would the predictor say on average had everybody this value?", and its individual curves whether
    that holds for all rows alike: curves that are not parallel are interactions. With correlated inputs the average
    runs over rows that do not occur, and `accumulated_effects` is the safer picture.

    .. math:: \hat f_j(z) = \sum_i w_i f(z, x_{i, \setminus j}), \quad \sum_i w_i = 1, \quad
              ICE_i(z) = f(z, x_{i, \setminus j})

    Parameters
    ----------
    predict
        Inputs to predictions, shape ``(n,)``.
    frame
        Rows to average over, shape ``(n, p)``.
    variable
        The input.
    grid
        Values to set, numbers or levels. None takes all levels, all values of a number that has 12 or fewer, or
        ``n_points`` quantiles from the 2nd to the 98th percentile.
    n_points
        Values of a number's grid. More of them when the curve bends sharply.
    predict_each
        Inputs to predictions of k members or refits, shape ``(n, k)``: their spread widens the band, combined as in
        `average_effects`. Without, the band holds the sampling of the rows alone.
    weights
        Survey weights, shape ``(n,)``.
    level
        Coverage of the band, at each value for itself.

    Returns
    -------
    PartialDependence
        ``.table()``, ``.plot()``, ``.curves``, and a sentence.

    Raises
    ------
    ColumnError
        When there is no such input, or nothing of it is known.
    DataError
        When weights or predictions do not fit the rows.
    SpecError
        When the grid is empty or an option out of range.

    References
    ----------
    Friedman, J. H. 2001. Greedy function approximation: a gradient boosting machine. Annals of Statistics 29(5):
    1189-1232.
    Goldstein, A., A. Kapelner, J. Bleich, and E. Pitkin. 2015. Peeking inside the black box: visualizing statistical
    learning with plots of individual conditional expectation. Journal of Computational and Graphical Statistics 24(1):
    44-65.
    Differs: bands, and weights.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 1.0], "z": [2.0, 4.0]})
    >>> found = partial_dependence(lambda rows: (rows["x"] * rows["z"]).to_numpy(), frame, "x")
    >>> found.table()[["x", "estimate"]].to_numpy().tolist()
    [[0.0, 0.0], [1.0, 3.0]]
    """
    check_predictor(predict)
    check_level(level)
    check_count("n_points", n_points, least=2)
    rows = check_rows(frame, weights)
    check_column(rows.frame, variable)
    column = rows.frame[variable]
    values = choose_grid(column, n_points) if grid is None else _check_grid(column, grid)

    def frames() -> Iterator[pd.DataFrame]:
        return (give_value(rows.frame, variable, value) for value in values)

    curves = np.stack(list(ask_blocks(predict, frames())), axis=1)
    members = None
    if predict_each is not None:
        members = np.stack([rows.mean(each) for each in ask_blocks(predict_each, frames(), ask_each)], axis=1)
    error, dof = add_members(rows.mean_variance(curves), members, len(rows) - 1)
    is_numeric = is_number(column)
    return PartialDependence(
        variable=variable,
        grid=tuple(values),
        is_numeric=is_numeric,
        estimates=rows.mean(curves),
        std_error=error,
        dof=dof,
        curves=curves,
        seen=np.quantile(as_numbers(column.dropna()), MARKS) if is_numeric and column.notna().any() else np.empty(0),
        n_members=0 if members is None else len(members),
        level=level,
    )


def choose_grid(column: pd.Series, n_points: int) -> list[Any]:
    """Values at which an input is looked at."""
    if not is_number(column):
        return list_levels(column)
    known = as_numbers(column.dropna())
    if not len(known) or not np.isfinite(known).all():
        raise ColumnError(
            f"Column {column.name!r} has no known cell, or one that is not finite. A grid needs values: name them with "
            "grid=."
        )
    different = np.unique(known)
    if len(different) > FEW_VALUES:
        different = np.unique(np.quantile(known, np.linspace(OUTER, 1 - OUTER, n_points)))
    is_whole = pd.api.types.is_integer_dtype(column.dtype) and bool((different == np.round(different)).all())
    return [int(value) if is_whole else float(value) for value in different]


def _check_grid(column: pd.Series, grid: Sequence[Any]) -> list[Any]:
    values = list(grid)
    if not values:
        raise SpecError("grid holds no value. Name values to set, such as [20, 40, 60], or leave it out.")
    if is_number(column):
        try:
            numbers = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            numbers = np.array([np.nan])
        if not np.isfinite(numbers).all():
            raise SpecError(
                f"grid={values!r} holds what is no number. Column {column.name!r} needs numbers: name some."
            )
        return sorted(values)
    levels = list_levels(column)
    strange = [value for value in values if value not in levels]
    if strange:
        shown = ", ".join(map(repr, levels[:20]))
        raise ColumnError(f"grid names level {strange[0]!r} of {column.name!r}. Its levels are: {shown}.")
    return values


def _value(value: Any) -> str:
    return in_digits(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
