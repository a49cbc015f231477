"""The logit with a ridge, for predicting where a plain one may be separated."""

from dataclasses import dataclass

import numpy as np

from lacunet._typing import Floats
from lacunet.solve._blocks import times, weighted_gram
from lacunet.solve._newton import Expansion, maximise
from lacunet.solve._one_index import LOGIT, check_binary

ENOUGH = 1e-6
"""Newton decrement at which the maximum is near enough: the step before was 1e-3 standard errors long, and by quadratic
convergence the one just taken is some thousand times nearer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RidgeLogit:
    """Log-likelihood of a logit less a ridge.

    Attributes
    ----------
    design
        X with a column of ones, shape ``(n, k)``.
    outcome
        y, shape ``(n,)``.
    precision
        λ of each coefficient, shape ``(k,)``.
    """

    design: Floats
    outcome: Floats
    precision: Floats

    def expand(self, theta: Floats) -> Expansion:
        """Penalised log-likelihood with its first two derivatives."""
        rows, slope, curvature = LOGIT.rows(times(self.design, theta), self.outcome)
        pull = self.precision * theta
        return Expansion(
            value=float(rows.sum() - 0.5 * pull @ theta),
            gradient=weighted_gram(self.design, None, slope) - pull,
            information=weighted_gram(self.design, curvature) + np.diag(self.precision),
        )

    def reach(self, direction: Floats) -> float:
        """Largest change of a row's predictor along a direction."""
        return float(np.abs(times(self.design, direction)).max())


def fit_ridge_logit(design: Floats, outcome: Floats, ridge: float, *, start: Floats | None = None) -> Floats:
    r"""Fit a logit with a ridge on its slopes, so that separation stays finite.

    Use it to predict, not to test: slopes are drawn towards 0 and come without a covariance.

    .. math:: \max_{\alpha, \beta} \sum_i \log \Pr(y_i | \alpha + x_i'\beta) - \tfrac{\lambda}{2} \beta'\beta

    Parameters
    ----------
    design
        x, standardised, without a constant, shape ``(n, k)``.
    outcome
        y, shape ``(n,)``, of 0 and 1.
    ridge
        λ: slopes are held as if a normal prior of mean 0 and variance 1 / λ had been laid on each.
    start
        α and β of a fit to similar rows, which saves steps; None starts from no slopes.

    Returns
    -------
    Floats
        α and β, shape ``(k + 1,)``.

    Raises
    ------
    DataError
        When y holds anything but 0 and 1, or only one of them.

    References
    ----------
    le Cessie, S., and J. C. van Houwelingen. 1992. Ridge estimators in logistic regression. Applied Statistics 41(1):
    191-201.

    Examples
    --------
    >>> x = np.array([[-1.0], [-1.0], [1.0], [1.0]])
    >>> fit_ridge_logit(x, np.array([0.0, 1, 0, 1]), 10.0).round(12) + 0.0
    array([0., 0.])
    """
    check_binary(outcome, "logit")
    precision = np.full(design.shape[1] + 1, ridge)
    precision[0] = 0.0
    if start is None:
        start = np.zeros(len(precision))
        start[0] = LOGIT.predictor(outcome.mean())
    x = np.column_stack([np.ones(len(outcome)), design])
    return maximise(RidgeLogit(design=x, outcome=outcome, precision=precision), start, tolerance=ENOUGH).theta
