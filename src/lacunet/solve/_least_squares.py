"""Ordinary least squares, solved once and exactly."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr, solve_triangular

from lacunet._typing import Floats
from lacunet.errors import DataError

RANK_TOLERANCE = 1e-10
"""A column counts as a combination of others when its remainder is below this share of its own length."""


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
    n, k = check_design(design, names)
    inverse_r, q = factor_design(design, names)
    estimates = inverse_r @ (q.T @ outcome)
    residuals = outcome - design @ estimates
    rss = float(residuals @ residuals)
    scale = rss / (n - k)
    with np.errstate(divide="ignore"):
        log_likelihood = float(-0.5 * n * (np.log(2 * np.pi) + np.log(rss / n) + 1))
    return Solution(
        estimates=estimates,
        covariance=scale * (inverse_r @ inverse_r.T),
        dof=float(n - k),
        n_obs=n,
        scale=scale,
        log_likelihood=log_likelihood,
    )


def check_design(design: Floats, names: tuple[str, ...] | None) -> tuple[int, int]:
    """Refuse designs that no estimate can come from; returns ``(n, k)``."""
    n, k = design.shape
    if k == 0:
        raise DataError("The formula has no term, not even an intercept. Name at least one, for example 'y ~ 1'.")
    if n <= k:
        raise DataError(
            f"The model has {k} coefficients and only {n} complete rows. It needs more rows than coefficients: "
            "use fewer terms or more data."
        )
    bad = ~np.isfinite(design).all(axis=0)
    if bad.any():
        names_bad = ", ".join(_name(names, j) for j in np.flatnonzero(bad)[:5])
        raise DataError(
            f"The terms {names_bad} hold values that are not finite. Numbers are needed: check for the logarithm "
            "of zero or a division by zero in the formula."
        )
    return n, k


def factor_design(design: Floats, names: tuple[str, ...] | None) -> tuple[Floats, Floats]:
    """QR of the design; returns ``(R^-1 in the order of the columns, Q)`` or says which columns are redundant."""
    length = np.linalg.norm(design, axis=0)
    length[length == 0] = 1.0
    q, r, order = qr(design / length, mode="economic", pivoting=True)
    redundant = np.abs(np.diag(r)) <= RANK_TOLERANCE * np.abs(r[0, 0])
    if redundant.any():
        found = ", ".join(f"'{_name(names, order[j])}'" for j in np.flatnonzero(redundant))
        raise DataError(
            f"The terms {found} are linear combinations of the other terms, so their coefficients cannot be told "
            "apart. Take them out of the formula."
        )
    inverse = np.empty_like(r)
    inverse[order] = solve_triangular(r, np.eye(len(r)))
    return inverse / length[:, None], q


def _name(names: tuple[str, ...] | None, j: int) -> str:
    return names[j] if names is not None else f"number {j}"
