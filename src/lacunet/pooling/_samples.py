"""Means and quantiles of one variable over m completed data sets, with or without weights."""

from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled

Samples = Sequence[ArrayLike]
"""m samples of one variable, one per completed data set."""

WOODRUFF_Z = 1.959963984540054
"""How far from the quantile its density is looked at, in standard errors: the ends of a 95 % interval."""


def pool_mean(samples: Samples, *, weights: ArrayLike | Samples | None = None, term: str = "mean") -> Pooled:
    r"""Pool the mean of a variable over m completed data sets.

    .. math:: \hat Q = \frac{\sum w_i y_i}{\sum w_i}, \quad
              U = \frac{n}{n - 1} \frac{\sum w_i^2 (y_i - \hat Q)^2}{(\sum w_i)^2}

    which is :math:`s^2 / n` without weights.

    Parameters
    ----------
    samples
        m arrays of shape ``(n,)``, in the variable's own unit.
    weights
        Survey weights: one array for all data sets, or one per data set. The variance treats the rows as drawn
        independently; it knows nothing of clusters or strata.
    term
        Name of the row in the table.

    Returns
    -------
    Pooled
        With complete-data degrees of freedom of n - 1.

    Raises
    ------
    DataError
        When a sample has fewer than 2 rows, holds values that are not finite, or does not fit its weights.
    SpecError
        With fewer than two samples.

    References
    ----------
    Särndal, C.-E., B. Swensson, and J. Wretman. 1992. Model Assisted Survey Sampling, 5.7. Springer.

    Examples
    --------
    >>> pooled = pool_mean([[1.0, 2.0, 3.0], [1.0, 2.0, 6.0]])
    >>> pooled.table()["estimate"].tolist()
    [2.5]
    """
    estimates, variances, n_obs = estimate_means(samples, weights)
    return pool(estimates, variances, n_obs - 1, terms=[term], n_obs=n_obs)


def estimate_means(samples: Samples, weights: ArrayLike | Samples | None) -> tuple[Floats, Floats, int]:
    """Mean of each sample and its variance, shape ``(m,)`` each, and the rows of the smallest; see `pool_mean`."""
    values, weighed = check_samples(samples, weights)
    estimates, variances = [], []
    for y, w in zip(values, weighed, strict=True):
        share, n = weigh(w), len(y)
        estimates.append(float(share @ y))
        variances.append(float((share * (y - estimates[-1])) @ (share * (y - estimates[-1]))) * n / (n - 1))
    return np.array(estimates), np.array(variances), min(len(y) for y in values)


def pool_quantile(
    samples: Samples, q: float | Sequence[float] = 0.5, *, weights: ArrayLike | Samples | None = None
) -> Pooled:
    r"""Pool quantiles of a variable (the median and others) over m completed data sets.

    The variance is Woodruff's: that of the share of rows below the quantile, carried over to the variable's unit by the
    slope of the empirical quantile function across its 95 % interval. It needs no bandwidth (as a kernel does), no
    random numbers (as the bootstrap does), and takes weights. Where answers heap on one value so much that the whole
    interval falls on it, the variance is 0. Not for quantiles with fewer than 10 or so rows beyond them.

    .. math::

        \widehat{Var}(\hat F) = \frac{n}{n - 1} \frac{\sum w_i^2 (1[y_i \le \hat Q] - \hat F)^2}{(\sum w_i)^2}, \quad
        U = \Bigl(\frac{\hat Q(q + z s) - \hat Q(q - z s)}{2 z s}\Bigr)^2 s^2, \quad s^2 = \widehat{Var}(\hat F)

    Parameters
    ----------
    samples
        m arrays of shape ``(n,)``, in the variable's own unit.
    q
        Which quantiles, as probabilities between 0 and 1.
    weights
        Survey weights: one array for all data sets, or one per data set. They know nothing of clusters or strata.

    Returns
    -------
    Pooled
        One row per quantile, named "q0.5" and so on, with infinite complete-data degrees of freedom. Without weights
        the estimates are averages of what ``numpy.quantile`` and R's ``quantile`` (type 7) give.

    Raises
    ------
    DataError
        When a sample has fewer than 2 rows, holds values that are not finite, or does not fit its weights.
    SpecError
        When a probability is not between 0 and 1, or with fewer than two samples.

    References
    ----------
    Woodruff, R. S. 1952. Confidence intervals for medians and other position measures. Journal of the American
    Statistical Association 47(260): 635-646.
    Sitter, R. R., and C. Wu. 2001. A note on Woodruff confidence intervals for quantiles. Statistics and Probability
    Letters 52(4): 353-358.
    Akinshin, A. 2023. Weighted quantile estimators. arXiv:2304.07265 (the weighted quantile, type 7).
    Differs: where q ± zs leaves 0 and 1 the slope is taken across what is left.

    Examples
    --------
    >>> pooled = pool_quantile([[1.0, 2.0, 3.0], [1.0, 3.0, 5.0]])
    >>> pooled.table()["estimate"].tolist()
    [2.5]
    """
    p = np.atleast_1d(np.asarray(q, dtype=np.float64))
    if p.ndim != 1 or len(p) == 0 or not ((p > 0) & (p < 1)).all():
        raise SpecError(f"q={q!r} is not a probability between 0 and 1. Write 0.5 for the median.")
    values, weighed = check_samples(samples, weights)
    solved = [_quantiles(y, w, p) for y, w in zip(values, weighed, strict=True)]
    return pool(
        np.stack([estimate for estimate, _ in solved]),
        np.stack([covariance for _, covariance in solved]),
        terms=[f"q{value:g}" for value in p],
        n_obs=min(len(y) for y in values),
    )


def _quantiles(values: Floats, weights: Floats, p: Floats) -> tuple[Floats, Floats]:
    """Quantiles and Woodruff's covariance matrix of them."""
    order = np.argsort(values, kind="stable")
    y, share = values[order], weigh(weights)[order]
    estimates = weighted_quantile(y, share, p)
    below = (y <= estimates[:, None]).astype(np.float64)
    parts = share * (below - below @ share[:, None])
    spread = parts @ parts.T * len(y) / (len(y) - 1)
    error = np.sqrt(np.diag(spread))
    low, high = np.maximum(p - WOODRUFF_Z * error, 0.0), np.minimum(p + WOODRUFF_Z * error, 1.0)
    rise = weighted_quantile(y, share, high) - weighted_quantile(y, share, low)
    slope = np.divide(rise, high - low, out=np.zeros_like(rise), where=high > low)
    return estimates, slope[:, None] * spread * slope


def weighted_quantile(y: Floats, share: Floats, p: Floats) -> Floats:
    """Akinshin's weighted quantile of type 7, of sorted values and weights that add up to 1; shape of ``p``."""
    rows = 1 / float(share @ share)
    ends = np.concatenate([[0.0], np.cumsum(share)])
    start = p[:, None] * (rows - 1)
    mass = np.diff(np.clip(ends * rows - start, 0.0, 1.0), axis=1)
    return mass @ y / mass.sum(axis=1)


def weigh(weights: Floats) -> Floats:
    """Weights that add up to 1."""
    return weights / weights.sum()


def check_samples(
    samples: Samples, weights: ArrayLike | Samples | None, *, binary: bool = False
) -> tuple[list[Floats], list[Floats]]:
    """Bring samples and weights to float64, one of each per completed data set, or say what does not fit.

    Binary samples may have several columns, one an answer.
    """
    values = [np.asarray(sample, dtype=np.float64) for sample in samples]
    for i, y in enumerate(values):
        if y.ndim not in ((1, 2) if binary else (1,)) or len(y) < 2 or not np.isfinite(y).all():
            raise DataError(
                f"Sample {i} has shape {y.shape}, or holds values that are not finite. It needs one number per row, "
                "2 rows or more, and nothing missing: use completed data."
            )
        if binary and not np.isin(y, (0.0, 1.0)).all():
            raise DataError(
                f"Sample {i} holds values other than 0 and 1. A share needs 0 and 1: compare with the answer of "
                "interest first, as in frame['educ'] == 'high'."
            )
    weighed = _spread_weights(weights, [len(y) for y in values])
    for i, (y, w) in enumerate(zip(values, weighed, strict=True)):
        if w.shape != y.shape[:1] or not np.isfinite(w).all() or (w < 0).any() or w.sum() <= 0:
            raise DataError(
                f"The weights of sample {i} have shape {w.shape} for {len(y)} rows, or one of them is negative or not "
                "finite. It needs one weight of 0 or more per row."
            )
    return values, weighed


def _spread_weights(weights: ArrayLike | Samples | None, lengths: list[int]) -> list[Floats]:
    """One array of weights per sample: ones, the same for all, or each its own."""
    if weights is None:
        return [np.ones(n) for n in lengths]
    parts = list(cast(Iterable[ArrayLike], weights))
    if all(np.ndim(part) == 0 for part in parts):
        return [np.asarray(parts, dtype=np.float64)] * len(lengths)
    each = [np.asarray(part, dtype=np.float64) for part in parts]
    if len(each) != len(lengths):
        raise DataError(
            f"There are {len(each)} arrays of weights for {len(lengths)} samples. Give one array for all, or one per "
            "sample."
        )
    return each
