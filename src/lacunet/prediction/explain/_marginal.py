"""Average marginal effects: what one unit, or another level, adds to the prediction of the average row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtr

from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.prediction.explain import _paper
from lacunet.prediction.explain._comparison import Comparison, list_comparisons
from lacunet.prediction.explain._inputs import (
    Predict,
    PredictEach,
    Rows,
    ask_blocks,
    ask_each,
    check_predictor,
    check_rows,
    check_variables,
)
from lacunet.prediction.explain._spread import add_members, check_level, interval
from lacunet.prediction.explain._words import in_interval
from lacunet.report._summary import as_text
from lacunet.report._words import in_digits

Gradient = Callable[[pd.DataFrame], Floats]
"""Inputs to the derivative of each row's prediction by the model's coefficients, shape (n, k)."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class AverageEffects:
    """Average marginal effects of the inputs of a predictor.

    Made by `average_effects`; `table` is what to look at.

    Attributes
    ----------
    terms, variables, contrasts
        Name, variable and kind ("dy/dx" or "level - base") of each of the q effects.
    estimates
        In the predictor's unit, per unit of a number, shape ``(q,)``.
    std_error, dof
        Shape ``(q,)``.
    uncertainty
        What the standard errors hold, in words.
    n
        Rows averaged over.
    level
        Coverage of the intervals in `plot` and in words.
    """

    terms: tuple[str, ...]
    variables: tuple[str, ...]
    contrasts: tuple[str, ...]
    estimates: Floats
    std_error: Floats
    dof: Floats
    uncertainty: str
    n: int
    level: float

    def table(self, level: float | None = None) -> pd.DataFrame:
        """One row per effect.

        Parameters
        ----------
        level
            Coverage of the intervals, a probability; that of `average_effects` when None.

        Returns
        -------
        pandas.DataFrame
            term, variable, contrast, estimate, std_error, statistic, df, p_value (two-sided, against 0), conf_low,
            conf_high.
        """
        low, high = interval(self.estimates, self.std_error, self.dof, self.level if level is None else level)
        statistic = np.full_like(self.estimates, np.nan)
        np.divide(self.estimates, self.std_error, out=statistic, where=self.std_error > 0)
        return pd.DataFrame(
            {
                "term": list(self.terms),
                "variable": list(self.variables),
                "contrast": list(self.contrasts),
                "estimate": self.estimates,
                "std_error": self.std_error,
                "statistic": statistic,
                "df": self.dof,
                "p_value": 2 * stdtr(self.dof, -np.abs(statistic)),
                "conf_low": low,
                "conf_high": high,
            }
        )

    def plot(self) -> Any:
        """Effects with their intervals.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("effects.png")`` keeps it.
        """
        low, high = interval(self.estimates, self.std_error, self.dof, self.level)
        across = f"average effect on the prediction, with {100 * self.level:g} % intervals"
        return _paper.draw_rows(self.terms, self.estimates, low, high, across)

    def __str__(self) -> str:
        low, high = interval(self.estimates, self.std_error, self.dof, self.level)
        said = []
        for j, term in enumerate(self.terms):
            what = f"One unit more of {term}" if self.contrasts[j] == "dy/dx" else f"The change {term}"
            sure = f" ({in_interval(low[j], high[j], self.level)})" if np.isfinite(low[j]) else ""
            said.append(f"{what} changes the prediction by {in_digits(self.estimates[j])} on average{sure}.")
        return f"{' '.join(said)} Averaged over {self.n:,} rows; {self.uncertainty}"

    def __repr__(self) -> str:
        return f"{as_text(self.table())}\n\n{self.uncertainty}"


def average_effects(
    predict: Predict,
    frame: pd.DataFrame,
    variables: Sequence[str] | str | None = None,
    *,
    base: Mapping[str, Any] | None = None,
    discrete: Sequence[str] | None = None,
    predict_each: PredictEach | None = None,
    gradient: Gradient | None = None,
    covariance: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    step: float = 1e-4,
    level: float = 0.95,
) -> AverageEffects:
    r"""Average marginal effects: slopes of numbers, differences between levels, averaged over the rows.

    What Stata's ``margins, dydx()`` and R's ``marginaleffects::avg_slopes`` report. Use it to say in the outcome's unit
    what a nonlinear model has found; where the effect of an input differs much between rows, look at
    `accumulated_effects` and `interaction_strength` as well. An effect describes the predictor; it is causal only
    where the model's inputs make it so.

    .. math::

        \hat\tau = \sum_i w_i \frac{f(x_i + h) - f(x_i - h)}{2 h} \quad\text{or}\quad
        \hat\tau = \sum_i w_i \{f(x_{i, \setminus j}, l) - f(x_{i, \setminus j}, l_0)\}, \quad \sum_i w_i = 1

    Standard errors. With ``gradient`` and ``covariance``: the delta method, rows taken as they are, as ``margins`` and
    ``marginaleffects`` do,

    .. math:: Var(\hat\tau) = J V J', \quad J = \partial \hat\tau / \partial \theta

    Without: the rows are a sample, so that :math:`U = s^2 / n` of the effects of the rows, which is what a bootstrap of
    the rows with the model held fixed comes to; with ``predict_each`` the spread B of the effects between k members is
    added, :math:`T = U + (1 + 1/k) B`. Members refitted to resampled rows make this an interval for the effect;
    members that differ by their starting weights alone say nothing of what another sample would have taught, and a
    single model says nothing of its own uncertainty.

    Parameters
    ----------
    predict
        Inputs to predictions, shape ``(n,)``.
    frame
        Rows to average over, shape ``(n, p)``.
    variables
        Names of inputs; all when None.
    base
        Category to the level it is compared with; the first of a categorical or of the sorted levels otherwise.
    discrete
        Numbers that count as categories. None takes those that are only 0 and 1; hand over () for slopes of them too.
    predict_each
        Inputs to predictions of k members or refits, shape ``(n, k)``.
    gradient
        Inputs to the derivative of each prediction by the coefficients θ, shape ``(n, k)``; for exact models.
    covariance
        V of the coefficients, shape ``(k, k)``.
    weights
        Survey weights, shape ``(n,)``.
    step
        h as a share of the range of the variable. A network computes in float32: give it 0.01, since over a smaller
        step its rounding shows.
    level
        Coverage of the intervals, a probability.

    Returns
    -------
    AverageEffects
        ``.table()``, ``.plot()``, and sentences. Rows where a number is missing do not count for its slope.

    Raises
    ------
    ColumnError
        When a variable is none of the inputs, has no second level, or does not vary.
    DataError
        When weights, predictions or gradients do not fit the rows.
    SpecError
        When an option is out of range, or gradient and covariance do not come together.

    References
    ----------
    Bartus, T. 2005. Estimation of marginal effects using margeff. Stata Journal 5(3): 309-329.
    Arel-Bundock, V., N. Greifer, and A. Heiss. 2024. How to interpret statistical models using marginaleffects for R
    and Python. Journal of Statistical Software 111(9): 1-32.
    Differs: a number that is 0 or 1 is compared, not differentiated, unless ``discrete=()``.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 2.0], "g": ["a", "b"]})
    >>> found = average_effects(lambda rows: rows["x"].to_numpy() * 3.0 + (rows["g"] == "b").to_numpy(), frame)
    >>> found.table()[["term", "estimate"]].round(6).to_numpy().tolist()
    [['x', 3.0], ['g: b - a', 1.0]]
    """
    check_predictor(predict)
    check_level(level)
    if not 0 < step <= 0.5:
        raise SpecError(f"step={step!r} is not possible. It must be above 0 and at most 0.5, a share of the range.")
    rows = check_rows(frame, weights)
    names = check_variables(rows.frame, variables)
    check_variables(rows.frame, [*(base or {}), *(discrete or ())])
    v = _check_delta(gradient, covariance, predict_each)
    comparisons = [
        comparison
        for name in names
        for comparison in list_comparisons(rows.frame, name, (base or {}).get(name), discrete, step)
    ]
    sides = [c.give(rows.frame, value) for c in comparisons for value in (c.high, c.low)]
    answers = list(ask_blocks(predict, sides))
    estimates, within = _averages(rows, comparisons, answers)
    dof: Floats | float = float(len(rows) - 1)
    if gradient is not None and v is not None:
        jacobian = _jacobian(rows, comparisons, sides, gradient, len(v))
        within, dof = np.einsum("qk,kl,ql->q", jacobian, v, jacobian), np.inf
    members = None
    if predict_each is not None:
        each = list(ask_blocks(predict_each, sides, ask_each))
        members = _averages(rows, comparisons, each)[0].T
    error, nu = add_members(within, members, float(dof))
    return AverageEffects(
        terms=tuple(c.term for c in comparisons),
        variables=tuple(c.variable for c in comparisons),
        contrasts=tuple(c.contrast for c in comparisons),
        estimates=estimates,
        std_error=error,
        dof=nu,
        uncertainty=_say_uncertainty(v is not None, members),
        n=len(rows),
        level=level,
    )


def _averages(rows: Rows, comparisons: Sequence[Comparison], answers: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Effects, shape (q,) or (q, k), and the sampling variance that the rows give them."""
    centre, variance = [], []
    for c, high, low in zip(comparisons, answers[::2], answers[1::2], strict=True):
        effects, part = (high - low) / c.distance, _part(rows, c)
        centre.append(part.mean(effects))
        variance.append(part.mean_variance(effects))
    return np.stack(centre), np.stack(variance)


def _part(rows: Rows, comparison: Comparison) -> Rows:
    if comparison.rows.all():
        return rows
    share = rows.share[comparison.rows]
    return Rows(frame=rows.frame[comparison.rows], share=share / share.sum(), is_weighted=rows.is_weighted)


def _jacobian(
    rows: Rows, comparisons: Sequence[Comparison], sides: Sequence[pd.DataFrame], gradient: Gradient, k: int
) -> Floats:
    """Derivative of each effect by the coefficients, shape (q, k)."""
    means = []
    for side, c in zip(sides, (c for c in comparisons for _ in range(2)), strict=True):
        slopes = np.asarray(gradient(side), dtype=np.float64)
        if slopes.shape != (len(side), k) or not np.isfinite(slopes).all():
            raise DataError(
                f"gradient gave an array of shape {slopes.shape} for {len(side):,} rows, or a value that is not "
                f"finite. It must give one row each and one column for each of the {k} coefficients of covariance."
            )
        means.append(_part(rows, c).mean(slopes) / c.distance)
    return np.stack(means[::2]) - np.stack(means[1::2])


def _check_delta(
    gradient: Gradient | None, covariance: ArrayLike | None, predict_each: PredictEach | None
) -> Floats | None:
    if (gradient is None) != (covariance is None):
        raise SpecError(
            "Of gradient and covariance one was handed over. The delta method needs both: hand over both or neither."
        )
    if covariance is None:
        return None
    if predict_each is not None:
        raise SpecError(
            "gradient and predict_each were both handed over. The uncertainty of the model is said by one of them: use "
            "gradient for a model solved exactly, predict_each for members or refits."
        )
    v = np.asarray(covariance, dtype=np.float64)
    if v.ndim != 2 or v.shape[0] != v.shape[1] or not np.isfinite(v).all():
        raise SpecError(
            f"covariance has shape {v.shape}, or a value that is not finite. It must be the covariance of the "
            "coefficients, square, shape (k, k)."
        )
    return v


def _say_uncertainty(is_delta: bool, members: Floats | None) -> str:
    if is_delta:
        return "standard errors hold the uncertainty of the coefficients (delta method), with the rows as they are."
    if members is None:
        return (
            "standard errors hold the sampling of the rows alone: of a single model nothing is known of how it would "
            "differ if fitted again."
        )
    return f"standard errors hold the sampling of the rows and the spread between {len(members)} members."
