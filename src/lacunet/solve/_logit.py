"""The logit, by maximum likelihood."""

import warnings

import numpy as np
from scipy.special import expit

from lacunet._typing import Floats
from lacunet.errors import ConvergenceWarning, DataError
from lacunet.solve._least_squares import Solution, check_design, factor_design

MAX_STEPS = 100
TOLERANCE = 1e-13
"""Relative change of the log-likelihood below which Newton's method has arrived (it converges quadratically)."""
STILL_MOVING = 1e-3
"""Change of a row's log odds by one more step, once the likelihood stands still, that betrays separation: then every
step adds about 1 for ever, while a finite maximum leaves less than the root of the tolerance."""


def solve_logit(design: Floats, outcome: Floats, names: tuple[str, ...] | None = None) -> Solution:
    r"""Fit a logit by maximum likelihood (Newton's method, that is iteratively reweighted least squares).

    Use it for an outcome of 0 and 1. When some combination of terms predicts the outcome perfectly (separation),
    no finite estimate exists; this is noticed and said with a ``ConvergenceWarning``, since the standard errors are
    then meaningless.

    .. math:: \Pr(y_i = 1) = \pi_i = \frac{1}{1 + e^{-x_i'\beta}}, \quad
              \widehat{Var}(\hat\beta) = (X' W X)^{-1}, \quad W = diag\{\hat\pi_i (1 - \hat\pi_i)\}

    Parameters
    ----------
    design
        X, shape ``(n, k)``.
    outcome
        y, shape ``(n,)``, of 0 and 1.
    names
        Names of the columns of X, for messages.

    Returns
    -------
    Solution
        Estimates in log odds; ``dof = n - k`` as R's ``glm`` reports it, which `pool` uses.

    Raises
    ------
    DataError
        When y holds anything but 0 and 1, or only one of them, or X is short of rank.

    References
    ----------
    McCullagh, P., and J. A. Nelder. 1989. Generalized Linear Models, 2nd ed., 2.5. Chapman and Hall.
    Albert, A., and J. A. Anderson. 1984. On the existence of maximum likelihood estimates in logistic regression
    models. Biometrika 71(1): 1-10.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.column_stack([np.ones(4), [0.0, 0, 1, 1]])
    >>> solve_logit(x, np.array([0.0, 1, 0, 1])).estimates.round(12) + 0.0
    array([0., 0.])
    """
    n, k = check_design(design, names)
    _check_outcome(outcome)
    factor_design(design, names)
    beta = np.zeros(k)
    likelihood = _log_likelihood(design @ beta, outcome)
    settled = False
    for _ in range(MAX_STEPS):
        beta, new = _step(design, outcome, beta, likelihood)
        settled = abs(new - likelihood) <= TOLERANCE * (abs(new) + TOLERANCE)
        likelihood = new
        if settled:
            break
    inverse_r, direction = _newton(design, outcome, beta)
    moving = float(np.abs(design @ direction).max())
    if not settled or moving > STILL_MOVING:
        _warn_of_separation(float(np.abs(design @ beta).max()))
    return Solution(
        estimates=beta,
        covariance=inverse_r @ inverse_r.T,
        dof=float(n - k),
        n_obs=n,
        scale=1.0,
        log_likelihood=likelihood,
    )


def _check_outcome(outcome: Floats) -> None:
    values = np.unique(outcome)
    if not np.isin(values, (0.0, 1.0)).all():
        shown = ", ".join(f"{value:g}" for value in values[:4])
        raise DataError(
            f"The outcome of the logit holds {shown}. It needs 0 and 1, or a category with two levels: "
            "recode it, or write it as C(name) when its two values are codes."
        )
    if len(values) < 2:
        raise DataError(
            f"The outcome of the logit is {values[0]:g} in every row. A logit needs both 0 and 1 among the rows used."
        )


def _log_likelihood(eta: Floats, outcome: Floats) -> float:
    return float(outcome @ eta - np.logaddexp(0.0, eta).sum())


def _weighted_factor(design: Floats, eta: Floats) -> tuple[Floats, Floats]:
    """R^-1 and Q of the QR of W^(1/2) X, with weights kept above the smallest number that squares safely."""
    root = np.sqrt(np.maximum(expit(eta) * expit(-eta), 1e-30))
    q, r = np.linalg.qr(design * root[:, None])
    return np.linalg.pinv(r), q / root[:, None]


def _newton(design: Floats, outcome: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """R^-1 of W^(1/2) X, and Newton's direction from here."""
    eta = design @ beta
    inverse_r, scaled_q = _weighted_factor(design, eta)
    return inverse_r, inverse_r @ (scaled_q.T @ (outcome - expit(eta)))


def _step(design: Floats, outcome: Floats, beta: Floats, likelihood: float) -> tuple[Floats, float]:
    """One Newton step, halved until the likelihood does not fall."""
    _, direction = _newton(design, outcome, beta)
    for halving in range(30):
        candidate = beta + direction * 0.5**halving
        new = _log_likelihood(design @ candidate, outcome)
        if new >= likelihood:
            return candidate, new
    return beta, likelihood


def _warn_of_separation(largest: float) -> None:
    warnings.warn(
        f"The logit did not settle: its largest linear predictor is {largest:.0f} in log odds and still growing. "
        "A combination of terms probably predicts the outcome perfectly (separation), so that no finite estimate "
        "exists and the standard errors mean nothing. Take out or join rare levels.",
        ConvergenceWarning,
        stacklevel=4,
    )
