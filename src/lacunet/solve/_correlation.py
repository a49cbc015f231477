"""Correlations of two columns, and how far off they may be."""

from typing import Any

import numpy as np

from lacunet._typing import Floats

FEWEST = 4
"""Points below which a correlation has no standard error."""


def correlate(x: Any, y: Any) -> float:
    """Pearson's correlation; NaN where one does not vary."""
    given = [np.asarray(values, dtype=np.float64) for values in (x, y)]
    if any(len(values) == 0 or (values == values[0]).all() for values in given):
        return np.nan
    one, other = (values - values.mean() for values in given)
    return float(np.clip(one @ other / np.sqrt((one @ one) * (other @ other)), -1, 1))


def rank(x: Any) -> Floats:
    """Ranks from 1 (n,); ties share their mean rank."""
    _, at, counts = np.unique(np.asarray(x, dtype=np.float64), return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[at]


def both_correlations(x: Any, y: Any) -> Floats:
    """Pearson's and Spearman's correlation (2,); ties share their mean rank."""
    return np.array([correlate(x, y), correlate(rank(x), rank(y))])


def correlation_errors(r: Floats, n: int) -> Floats:
    r"""Standard errors of r for independent points: Fisher's for Pearson, Bonett and Wright's for Spearman.

    .. math:: \frac{1 - r^2}{\sqrt{n - 3}}, \qquad (1 - r^2) \sqrt{\frac{1 + r^2 / 2}{n - 3}}

    Both are meant for artanh r, where they lose the factor 1 - r squared.

    Parameters
    ----------
    r
        Pearson's and Spearman's correlation (..., 2).
    n
        Points.

    Returns
    -------
    numpy.ndarray
        Errors (..., 2), NaN below 4 points.

    References
    ----------
    Bonett, D. G., & Wright, T. A. (2000). Sample size requirements for estimating Pearson, Kendall and Spearman
    correlations. *Psychometrika*, 65(1), 23-28.
    """
    if n < FEWEST:
        return np.full(np.shape(r), np.nan)
    square = np.asarray(r, dtype=np.float64) ** 2
    return (1 - square) * np.sqrt((1 + square / 2 * np.array([0.0, 1.0])) / (n - 3))
