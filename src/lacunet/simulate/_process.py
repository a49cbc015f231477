"""Named data-generating processes with known truth."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lacunet.simulate._mechanism import SLOPE, hide

# van Buuren (2018), section 3.2.2: the whiteside gas data, n = 50, 50 % missing completely at random.
FIMD_INTERCEPT, FIMD_SLOPE, FIMD_SIGMA = 5.49, -0.29, 0.86
FIMD_X_MEAN, FIMD_X_SD = 4.9, 2.8

# King et al. (2001), MAR-1: correlations of (Y, X1, X2, X3, X4).
KING_CORRELATION = np.array(
    [
        [1.0, -0.12, -0.1, 0.5, 0.1],
        [-0.12, 1.0, 0.1, -0.6, 0.1],
        [-0.1, 0.1, 1.0, -0.5, 0.1],
        [0.5, -0.6, -0.5, 1.0, 0.1],
        [0.1, 0.1, 0.1, 0.1, 1.0],
    ]
)
KING_SHARE_MCAR = 0.15
KING_THRESHOLD, KING_SHARE_MAR = -1.0, 0.9

SPREAD_CUT = 3.0
CURVE_INTERCEPT, CURVE_SLOPES = 0.5, (1.0, 1.0, 0.5, 0.5)
N_NODES = 80


def fimd_line(
    missing: str, *, rng: np.random.Generator, n_rows: int = 50, rate: float = 0.5
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    r"""Draw van Buuren's one-predictor line with one variable half missing.

    :math:`y = 5.49 - 0.29 x + e`, :math:`e \sim N(0, 0.86^2)`, missing completely at random in
    y or in x. The estimand is the slope, :data:`FIMD_SLOPE`.

    Parameters
    ----------
    missing : {"y", "x"}
        The variable with holes.
    rng : numpy.random.Generator
        Source of chance.
    n_rows : int
        Rows.
    rate : float
        Probability that the variable is missing in a row.

    Returns
    -------
    values : ndarray of float, shape (n_rows, 2)
        Columns y and x, complete.
    hidden : ndarray of bool, shape (n_rows, 2)
        True where missing.

    References
    ----------
    van Buuren, S. (2018). Flexible Imputation of Missing Data, 2nd ed., section 3.2.2.
    **Differs:** x is normal with the mean and spread of the gas data's temperatures, which the book
    keeps as they are. The published interval widths (.251 listwise) are met to about .01.

    Examples
    --------
    >>> values, hidden = fimd_line("y", rng=np.random.default_rng(1))
    >>> values.shape, bool(hidden[:, 1].any())
    ((50, 2), False)
    """
    if missing not in ("y", "x"):
        raise ValueError(f"missing={missing!r}: it must be 'y' or 'x', the variable with holes.")
    x = rng.normal(FIMD_X_MEAN, FIMD_X_SD, n_rows)
    y = FIMD_INTERCEPT + FIMD_SLOPE * x + rng.normal(0.0, FIMD_SIGMA, n_rows)
    hidden = np.zeros((n_rows, 2), dtype=bool)
    hidden[:, 0 if missing == "y" else 1] = rng.random(n_rows) < rate
    return np.column_stack([y, x]), hidden


def king_mar1(*, rng: np.random.Generator, n_rows: int = 500) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Draw MAR-1 of King et al. as replicated by Lall and Robinson.

    Five standard normal variables Y, X1 to X4. Y and X4 are missing together in 15 % of rows; X1 and
    X2 are missing, each with probability .9, where X3 < -1; X3 is complete. The estimands are the
    coefficients of Y on X1 and X2, see :func:`king_truth`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    n_rows : int
        Rows.

    Returns
    -------
    values : ndarray of float, shape (n_rows, 5)
        Complete Y, X1, X2, X3, X4.
    hidden : ndarray of bool, shape (n_rows, 5)
        True where missing.

    References
    ----------
    King, G., Honaker, J., Joseph, A., Scheve, K. (2001). American Political Science Review 95, 49-69.
    Lall, R., Robinson, T. (2022). Political Analysis 30, 179-196.

    Examples
    --------
    >>> values, hidden = king_mar1(rng=np.random.default_rng(1), n_rows=20000)
    >>> bool(abs((~hidden.any(axis=1)).mean() - 0.72) < 0.01)
    True
    """
    values = rng.multivariate_normal(np.zeros(5), KING_CORRELATION, size=n_rows, method="cholesky")
    chance = rng.random((n_rows, 3))
    hidden = np.zeros((n_rows, 5), dtype=bool)
    hidden[:, [0, 4]] = (chance[:, 0] < KING_SHARE_MCAR)[:, None]
    low = values[:, 3] < KING_THRESHOLD
    hidden[:, 1] = low & (chance[:, 1] < KING_SHARE_MAR)
    hidden[:, 2] = low & (chance[:, 2] < KING_SHARE_MAR)
    return values, hidden


def king_truth() -> NDArray[np.float64]:
    """Give the true coefficients of Y on (1, X1, X2) under :func:`king_mar1`.

    Returns
    -------
    ndarray of float, shape (3,)
        Intercept and the two slopes.

    Examples
    --------
    >>> king_truth().round(4).tolist()
    [0.0, -0.1111, -0.0889]
    """
    slopes = np.linalg.solve(KING_CORRELATION[1:3, 1:3], KING_CORRELATION[1:3, 0])
    return np.concatenate([[0.0], slopes])


def spread_line(
    *, rng: np.random.Generator, n_rows: int = 500, rate: float = 0.3
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    r"""Draw a line whose error spreads with the predictor that decides what is missing.

    :math:`y = 1 + x + z + e^{x / 2} u` with x, z and u independent and standard normal. y is missing
    more often where x is large (and the errors are), z where x is small; x is complete. To be used to
    see whether an imputer's draws have the spread of their place; an imputer with one residual spread
    draws too narrowly where most is missing. For the truth see :func:`spread_truth`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    n_rows : int
        Rows.
    rate : float
        Share of y, and of z, that is missing.

    Returns
    -------
    values : ndarray of float, shape (n_rows, 3)
        Columns y, x and z, complete.
    hidden : ndarray of bool, shape (n_rows, 3)
        True where missing.

    Examples
    --------
    >>> values, hidden = spread_line(rng=np.random.default_rng(1), n_rows=2000)
    >>> hidden.mean(axis=0).round(1).tolist()
    [0.3, 0.0, 0.3]
    """
    return _draw_outcome(lambda x, z, u: 1.0 + x + z + np.exp(x / 2) * u, n_rows, rate, rng)


def spread_truth() -> NDArray[np.float64]:
    r"""Give what is true under :func:`spread_line`.

    :math:`\Pr(y > 3) = E_x \Phi\bigl((x - 2) / \sqrt{1 + e^x}\bigr)`, by Gauss-Hermite quadrature.

    Returns
    -------
    ndarray of float, shape (4,)
        Mean of y, share of y above :data:`SPREAD_CUT`, slopes of y on x and on z.

    Examples
    --------
    >>> spread_truth().round(4).tolist()
    [1.0, 0.1354, 1.0, 1.0]
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(N_NODES)
    above = ndtr((1.0 + nodes - SPREAD_CUT) / np.sqrt(1.0 + np.exp(nodes)))
    return np.array([1.0, float(weights @ above / weights.sum()), 1.0, 1.0])


def curved_surface(
    *, rng: np.random.Generator, n_rows: int = 500, rate: float = 0.3
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    r"""Draw a surface with a square and a product, of which the imputer is told nothing.

    :math:`y = 0.5 + x + z + 0.5 x^2 + 0.5 x z + u` with x, z and u independent and standard normal,
    holes as in :func:`spread_line`. The estimands are the mean of y, which is 1, and the coefficients
    of x, z, x squared and xz (:data:`CURVE_SLOPES`). To be used to see whether an imputer finds a
    curve by itself; a linear one flattens the square and the product.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    n_rows : int
        Rows.
    rate : float
        Share of y, and of z, that is missing.

    Returns
    -------
    values : ndarray of float, shape (n_rows, 3)
        Columns y, x and z, complete.
    hidden : ndarray of bool, shape (n_rows, 3)
        True where missing.

    Examples
    --------
    >>> values, hidden = curved_surface(rng=np.random.default_rng(1), n_rows=20000)
    >>> bool(abs(values[:, 0].mean() - 1.0) < 0.05)
    True
    """

    def outcome(x: NDArray[np.float64], z: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.float64]:
        return CURVE_INTERCEPT + np.column_stack([x, z, x**2, x * z]) @ np.array(CURVE_SLOPES) + u

    return _draw_outcome(outcome, n_rows, rate, rng)


def _draw_outcome(
    outcome: Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
    n_rows: int,
    rate: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Outcome of three standard normals, beside the first two; it hides where x is large, z where x is small."""
    x, z, u = rng.normal(size=(3, n_rows))
    hidden = np.zeros((n_rows, 3), dtype=bool)
    hidden[:, 0] = hide(SLOPE * x, rate, rng)
    hidden[:, 2] = hide(-SLOPE * x, rate, rng)
    return np.column_stack([outcome(x, z, u), x, z]), hidden
