"""Which cells go missing: completely at random, at random, not at random."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import rankdata

SLOPE = 1.5
N_DRIVERS = 4


def mcar(n_rows: int, n_columns: int, rate: float, *, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Hide every cell with the same probability (missing completely at random).

    Parameters
    ----------
    n_rows, n_columns : int
        Shape of the table.
    rate : float
        Probability, in [0, 1), that a cell is missing.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    ndarray of bool, shape (n_rows, n_columns)
        True where missing.

    Examples
    --------
    >>> bool(mcar(1000, 3, 0.3, rng=np.random.default_rng(1)).mean().round(1) == 0.3)
    True
    """
    return rng.random((n_rows, n_columns)) < rate


def mar(
    values: NDArray[np.float64],
    rate: float,
    *,
    rng: np.random.Generator,
    n_drivers: int = N_DRIVERS,
    slope: float = SLOPE,
) -> NDArray[np.bool_]:
    r"""Hide cells depending on columns that stay observed (missing at random).

    ``n_drivers`` random columns are never missing. Every other column j has its own random direction
    :math:`w_j` of unit length, and with :math:`r_i` the standardised ranks of row i in the drivers
    :math:`\Pr(\text{missing}_{ij}) = \operatorname{logit}^{-1}(a_j + \text{slope} \cdot r_i' w_j)`,
    where :math:`a_j` makes the average probability equal to ``rate``.

    Parameters
    ----------
    values : ndarray of float, shape (n_rows, n_columns)
        The complete table; categories as level positions.
    rate : float
        Share, in (0, 1), of cells missing in the columns that are not drivers.
    rng : numpy.random.Generator
        Source of chance.
    n_drivers : int
        Columns that stay observed; at most half of all columns are used.
    slope : float
        Log odds per standard deviation of the combined ranks.

    Returns
    -------
    ndarray of bool, shape (n_rows, n_columns)
        True where missing.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(size=(500, 8))
    >>> hidden = mar(values, 0.3, rng=np.random.default_rng(1))
    >>> int((~hidden.any(axis=0)).sum())
    4
    """
    n_rows, n_columns = values.shape
    n_drivers = min(n_drivers, max(1, n_columns // 2))
    drivers = rng.choice(n_columns, size=n_drivers, replace=False)
    ranks = _standard_ranks(values[:, drivers])
    hidden = np.zeros((n_rows, n_columns), dtype=bool)
    for column in np.setdiff1d(np.arange(n_columns), drivers):
        direction = rng.normal(size=n_drivers)
        direction /= np.linalg.norm(direction)
        hidden[:, column] = hide(slope * ranks @ direction, rate, rng)
    return hidden


def mnar(
    values: NDArray[np.float64], rate: float, *, rng: np.random.Generator, slope: float = SLOPE
) -> NDArray[np.bool_]:
    """Hide cells depending on the value that is hidden (missing not at random).

    As :func:`mar`, with the column's own standardised rank, up or down at random, in place of the
    drivers'. No column is spared, and no method can be right without an assumption: a stress test.

    Parameters
    ----------
    values : ndarray of float, shape (n_rows, n_columns)
        The complete table; categories as level positions.
    rate : float
        Share of cells missing in every column.
    rng : numpy.random.Generator
        Source of chance.
    slope : float
        Log odds per standard deviation of the rank.

    Returns
    -------
    ndarray of bool, shape (n_rows, n_columns)
        True where missing.

    Examples
    --------
    >>> values = np.random.default_rng(0).normal(size=(500, 2))
    >>> hidden = mnar(values, 0.5, rng=np.random.default_rng(1))
    >>> bool(abs(values[hidden[:, 0], 0].mean() - values[~hidden[:, 0], 0].mean()) > 0.5)
    True
    """
    n_rows, n_columns = values.shape
    ranks = _standard_ranks(values)
    hidden = np.zeros((n_rows, n_columns), dtype=bool)
    for column in range(n_columns):
        sign = rng.choice([-1.0, 1.0])
        hidden[:, column] = hide(sign * slope * ranks[:, column], rate, rng)
    return hidden


def _standard_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = rankdata(values, axis=0)
    spread = ranks.std(axis=0)
    return (ranks - ranks.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def hide(score: NDArray[np.float64], rate: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Rows that are hidden: more often where the score, in log odds, is high, and a share of ``rate`` on average."""
    return rng.random(len(score)) < _probability(score, rate)


def _probability(score: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Logistic probabilities with this slope part whose mean is ``rate``."""
    if rate <= 0:
        return np.zeros_like(score)
    bound = float(np.abs(score).max()) + 30.0
    intercept = brentq(lambda a: expit(a + score).mean() - rate, -bound, bound)
    return expit(intercept + score)
