"""Ordinary least squares, solved once and exactly."""

from dataclasses import dataclass

import numpy as np

from lacunet._typing import Floats
from lacunet.solve._basis import check_design, invert_triangle
from lacunet.solve._blocks import dot, times, triangle


@dataclass(frozen=True, kw_only=True, slots=True)
class Solution:
    """Estimates of one model on one complete data set.

    Attributes
    ----------
    estimates
        Coefficients, shape ``(k,)``.
    covariance
        Their covariance matrix, shape ``(k, k)``.
    dof
        Residual degrees of freedom (``inf`` where inference is asymptotic, as for the logit).
    n_obs
        Number of rows used.
    scale
        Residual variance (1 for the logit).
    log_likelihood
        Log-likelihood at the estimates.
    """

    estimates: Floats
    covariance: Floats
    dof: float
    n_obs: int
    scale: float
    log_likelihood: float


def solve_ols(design: Floats, outcome: Floats, names: tuple[str, ...] | None = None) -> Solution:
    r"""Fit a linear model by least squares.

    Use it for a numeric outcome when the classical covariance (equal error variance) is acceptable.

    .. math:: \hat\beta = (X'X)^{-1} X'y, \quad
              \widehat{Var}(\hat\beta) = s^2 (X'X)^{-1}, \quad s^2 = \frac{\lVert y - X\hat\beta\rVert^2}{n - k}

    computed from :math:`X = QR`, so that the condition number of X is not squared.

    Parameters
    ----------
    design
        X, shape ``(n, k)``; holds the intercept, if there is one.
    outcome
        y, shape ``(n,)``, in its own unit.
    names
        Names of the columns of X, for messages.

    Returns
    -------
    Solution
        With ``dof = n - k``.

    Raises
    ------
    DataError
        With fewer than k + 1 rows, or when columns of X are linear combinations of others.

    References
    ----------
    Golub, G. H., and C. F. Van Loan. 2013. Matrix Computations, 4th ed., ch. 5. Johns Hopkins University Press.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.column_stack([np.ones(4), [0.0, 1, 2, 3]])
    >>> solve_ols(x, np.array([1.0, 3, 5, 7])).estimates.round(12)
    array([1., 2.])
    """
    check_design(design, names)
    fit = fit_least_squares(design, outcome, names)
    n, k = design.shape
    scale = fit.squares / (n - k)
    return Solution(
        estimates=fit.estimates,
        covariance=scale * (fit.inverse_r @ fit.inverse_r.T),
        dof=float(n - k),
        n_obs=n,
        scale=scale,
        log_likelihood=normal_log_likelihood(fit.squares, n),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class LeastSquares:
    """Estimates with what their covariance is made of.

    Attributes
    ----------
    estimates
        Coefficients, shape ``(k,)``.
    inverse_r
        R^-1 of the QR of the (weighted) design, shape ``(k, k)``.
    residuals
        Outcome less prediction, shape ``(n,)``.
    squares
        (Weighted) sum of their squares.
    """

    estimates: Floats
    inverse_r: Floats
    residuals: Floats
    squares: float


def fit_least_squares(
    design: Floats, outcome: Floats, names: tuple[str, ...] | None, weights: Floats | None = None
) -> LeastSquares:
    """Least squares by the QR of ``[X y]``, whose last column holds Q'y, so that Q is never made."""
    k = design.shape[1]
    together = np.column_stack([design, outcome])
    if weights is not None:
        together *= np.sqrt(weights)[:, None]
    r = triangle(together)
    inverse = invert_triangle(r[:k, :k], names)
    estimates = inverse @ r[:k, k]
    residuals = outcome - times(design, estimates)
    squares = dot(residuals, residuals if weights is None else weights * residuals)
    return LeastSquares(estimates=estimates, inverse_r=inverse, residuals=residuals, squares=squares)


def normal_log_likelihood(squares: float, n: int) -> float:
    """Log-likelihood of a linear model at the variance that suits its sum of squares best."""
    with np.errstate(divide="ignore"):
        return float(-0.5 * n * (np.log(2 * np.pi) + np.log(squares / n) + 1))
