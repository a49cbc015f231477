"""Conformal prediction: intervals of stated coverage around any predictor, from rows held out."""

from dataclasses import dataclass

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.solve._blocks import blocks_of_rows

ROUNDING = 1e-9
"""A count this little above a whole number is that number: (n + 1) times 0.9 is often 0.1 billionths too much."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConformalMargin:
    """How far an interval reaches below and above a prediction.

    Made by `split_conformal`.

    Attributes
    ----------
    below, above
        In the outcome's unit, or in units of the spread where one was handed over; infinite where the held-out rows
        are too few for the level.
    level
        Coverage, a probability.
    is_scaled
        Whether the margins are in units of a spread.
    n
        Held-out rows.
    """

    below: float
    above: float
    level: float
    is_scaled: bool
    n: int

    def interval(self, predicted: Floats, spread: Floats | None = None) -> tuple[Floats, Floats]:
        """Both ends of the interval of each new row.

        Parameters
        ----------
        predicted
            Predictions, shape ``(n,)``.
        spread
            Expected size of the error of each row, shape ``(n,)``, above 0; exactly when the margins are in its units.

        Returns
        -------
        tuple
            Lower and upper ends, shape ``(n,)`` each.

        Raises
        ------
        SpecError
            When a spread is missing or not wanted.
        """
        if self.is_scaled != (spread is not None):
            found, wanted = ("a", "without") if spread is not None else ("no", "with")
            raise SpecError(
                f"There is {found} spread for the new rows, but the margins were found {wanted} one. It must be handed "
                "over both times or neither time."
            )
        s = 1.0 if spread is None else _check_spread(spread, len(predicted))
        return predicted - self.below * s, predicted + self.above * s


def conformal_quantile(
    scores: Floats, level: float, weights: Floats | None = None, new_weight: float | None = None
) -> float:
    r"""Score that a new row exceeds with probability 1 - level at most, from scores of held-out rows.

    The new row's score is as likely to take any place among the n + 1, whatever the distribution, if rows are
    exchangeable:

    .. math:: \hat q = s_{(k)}, \quad k = \lceil (n + 1)(1 - \alpha) \rceil, \quad
              1 - \alpha \le \Pr(s_{n + 1} \le \hat q) \le 1 - \alpha + \tfrac1{n + 1}

    the upper bound without ties. With weights :math:`\hat q` is the quantile of the distribution that puts
    :math:`w_i / (\sum w + w_{n + 1})` on each score and the rest on infinity.

    Parameters
    ----------
    scores
        Scores of held-out rows, shape ``(n,)``: the larger, the worse the row fits its prediction.
    level
        1 - α, a probability.
    weights
        w, 0 or more, shape ``(n,)``: survey weights, or how much likelier rows like this are among the new ones than
        among those held out.
    new_weight
        Weight of the new row; the mean of the weights when None.

    Returns
    -------
    float
        Infinite where n is too small for the level.

    Raises
    ------
    DataError
        When scores or weights do not fit, or a score is not a number.
    SpecError
        When the level is no probability.

    References
    ----------
    Vovk, V., A. Gammerman, and G. Shafer. 2005. Algorithmic Learning in a Random World. Springer.
    Tibshirani, R. J., R. Foygel Barber, E. Candès, and A. Ramdas. 2019. Conformal prediction under covariate shift.
    Advances in Neural Information Processing Systems 32 (weights).
    Differs: one weight for all new rows.

    Examples
    --------
    >>> conformal_quantile(np.arange(1.0, 10.0), 0.8), conformal_quantile(np.arange(1.0, 10.0), 0.95)
    (8.0, inf)
    """
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % coverage.")
    if scores.ndim != 1 or not len(scores) or np.isnan(scores).any():
        raise DataError(
            f"The scores have shape {scores.shape}, or one is not a number. Coverage is measured on held-out rows: one "
            "score a row is needed, from rows whose outcome is known."
        )
    order = np.argsort(scores, kind="stable")
    if weights is None:
        k = int(np.ceil((len(scores) + 1) * level - ROUNDING))
        return float(scores[order[k - 1]]) if k <= len(scores) else np.inf
    if weights.shape != scores.shape or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise DataError(
            f"The weights have shape {weights.shape} for {len(scores):,} scores, or hold values that are negative, not "
            "finite or all 0. They must be one number of 0 or more for each score."
        )
    new = float(weights.mean()) if new_weight is None else new_weight  # NOTE[DIFF]: one for all new rows
    reached = np.cumsum(weights[order])
    k = int(np.searchsorted(reached, level * (reached[-1] + new) - ROUNDING * reached[-1]))
    return float(scores[order[k]]) if k < len(scores) else np.inf


def split_conformal(
    truth: Floats,
    predicted: Floats,
    *,
    level: float = 0.95,
    spread: Floats | None = None,
    symmetric: bool = True,
    weights: Floats | None = None,
) -> ConformalMargin:
    r"""Turn errors on held-out rows into margins around predictions that cover the truth with a stated probability.

    Holds for any predictor and any distribution as long as new rows are like those held out and these had no part in
    the fitting. Coverage is over all rows together, not within each group of them; a ``spread`` brings it nearer there.

    .. math:: s_i = |y_i - \hat f(x_i)| / \hat\sigma(x_i), \quad
              C(x) = \hat f(x) \pm \hat q \, \hat\sigma(x)

    with :math:`\hat q` as `conformal_quantile`; without symmetry the errors below and above have a quantile each, of
    level 1 - α/2.

    Parameters
    ----------
    truth, predicted
        Of the held-out rows, shape ``(n,)``.
    level
        Coverage 1 - α, a probability.
    spread
        σ, expected size of the error of each row, above 0, shape ``(n,)``; 1 when None.
    symmetric
        Whether the interval reaches as far up as down. Where errors are skewed, False gives each side its own.
    weights
        Weights of the held-out rows, shape ``(n,)``.

    Returns
    -------
    ConformalMargin
        ``.interval(predicted, spread)`` makes the intervals of new rows.

    Raises
    ------
    DataError
        When arrays do not fit each other, or a spread is not above 0.
    SpecError
        When the level is no probability.

    References
    ----------
    Lei, J., M. G'Sell, A. Rinaldo, R. J. Tibshirani, and L. Wasserman. 2018. Distribution-free predictive inference for
    regression. Journal of the American Statistical Association 113(523): 1094-1111.
    Differs: separate tails, and weights.

    Examples
    --------
    >>> margin = split_conformal(np.arange(1.0, 10.0), np.zeros(9), level=0.8)
    >>> [end.tolist() for end in margin.interval(np.array([100.0]))]
    [[92.0], [108.0]]
    """
    _check_pair(truth, predicted)
    error = truth - predicted
    if spread is not None:
        error = error / _check_spread(spread, len(error))
    if symmetric:
        below = above = conformal_quantile(np.abs(error), level, weights)
    else:
        below, above = (conformal_quantile(side, (1 + level) / 2, weights) for side in (-error, error))
    return ConformalMargin(below=below, above=above, level=level, is_scaled=spread is not None, n=len(error))


def cross_conformal(
    residuals: Floats, folds: Integers, predictions: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    r"""Intervals from models that each left out a part of the rows: CV+, and jackknife+ where each left out one.

    Use it where rows are too few to hold some out. Guaranteed to cover with probability 1 - 2α - √(2/n) at least,
    in practice near 1 - α.

    .. math::

        C(x) = \bigl[ q^-_\alpha\{\hat f_{-k(i)}(x) - R_i\}, \; q^+_\alpha\{\hat f_{-k(i)}(x) + R_i\} \bigr], \quad
        R_i = |y_i - \hat f_{-k(i)}(x_i)|

    with q⁺ the :math:`\lceil (1 - \alpha)(n + 1) \rceil`-th smallest of the n values and q⁻ the
    :math:`\lfloor \alpha (n + 1) \rfloor`-th.

    Parameters
    ----------
    residuals
        Errors of the rows under the model that left them out, shape ``(n,)``; their sign does not count.
    folds
        k(i), which model left out row i, shape ``(n,)``.
    predictions
        What each model predicts for new rows, shape ``(n_new, folds)``.
    level
        1 - α, a probability.

    Returns
    -------
    tuple
        Lower and upper ends, shape ``(n_new,)`` each; infinite where n is too small for the level.

    Raises
    ------
    DataError
        When arrays do not fit each other.
    SpecError
        When the level is no probability.

    References
    ----------
    Barber, R. F., E. J. Candès, A. Ramdas, and R. J. Tibshirani. 2021. Predictive inference with the jackknife+. Annals
    of Statistics 49(1): 486-507.

    Examples
    --------
    >>> low, high = cross_conformal(np.array([1.0, 2.0, 3.0]), np.array([0, 1, 2]), np.array([[5.0, 5.0, 5.0]]), 0.5)
    >>> low.tolist(), high.tolist()
    ([3.0], [7.0])
    """
    size = np.abs(residuals)
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % coverage.")
    if (
        predictions.ndim != 2
        or size.shape != folds.shape
        or not len(size)
        or folds.min() < 0
        or folds.max() >= predictions.shape[1]
        or not np.isfinite(size).all()
    ):
        raise DataError(
            f"Residuals of shape {size.shape}, folds of shape {folds.shape} and predictions of shape "
            f"{predictions.shape} do not fit, or a residual is not finite. Each row needs the number of the column of "
            "predictions made by the model that left it out."
        )
    k = int(np.ceil((len(size) + 1) * level - ROUNDING))
    low, high = np.full(len(predictions), -np.inf), np.full(len(predictions), np.inf)
    if k > len(size):
        return low, high
    for at in blocks_of_rows(len(predictions), len(size)):
        centre = predictions[at][:, folds]
        high[at] = np.partition(centre + size, k - 1, axis=1)[:, k - 1]
        low[at] = np.partition(centre - size, len(size) - k, axis=1)[:, len(size) - k]
    return low, high


def _check_pair(truth: Floats, predicted: Floats) -> None:
    if truth.ndim != 1 or truth.shape != predicted.shape or not np.isfinite(truth).all():
        raise DataError(
            f"Truth of shape {truth.shape} and predictions of shape {predicted.shape} do not fit, or a true value is "
            "not finite. Each held-out row needs both: leave out rows whose outcome is missing."
        )


def _check_spread(spread: Floats, n: int) -> Floats:
    if spread.shape != (n,) or not np.isfinite(spread).all() or not (spread > 0).all():
        raise DataError(
            f"The spread has shape {spread.shape} for {n:,} rows, or a value that is not above 0. It must say for each "
            "row how large its error is expected to be: add a small number to a spread that reaches 0."
        )
    return spread
