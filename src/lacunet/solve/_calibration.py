"""Whether probabilities mean what they say, and one number that repairs them when they are too sure of themselves."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, softmax

from lacunet._typing import Floats, Integers
from lacunet.errors import ConvergenceWarning, DataError, SpecError

MAX_STEPS = 100
SETTLED = 1e-10
"""Relative step below which the temperature is found."""
COLDEST, HOTTEST = 1e-3, 1e3
"""Temperatures beyond which there is none: probabilities are 0 and 1, or all the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """Probabilities beside what happened, in bins of rows with like probabilities.

    Made by `measure_reliability`. Arrays have one entry per bin that holds a row.

    Attributes
    ----------
    lower, upper
        Least and largest probability of the bin's rows.
    predicted
        Mean probability p̄.
    observed
        Share of rows where it happened ȳ.
    conf_low, conf_high
        Wilson's interval of that share.
    n
        Rows, of effective number where weights were given.
    share
        Share of all rows (of their weight).
    brier
        Mean squared error of the probabilities.
    reliability, resolution, uncertainty, within
        Its parts: brier = reliability - resolution + uncertainty + within.
    calibration_error
        Expected calibration error, Σ share |ȳ - p̄|.
    """

    lower: Floats
    upper: Floats
    predicted: Floats
    observed: Floats
    conf_low: Floats
    conf_high: Floats
    n: Floats
    share: Floats
    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    calibration_error: float


def measure_reliability(
    probabilities: Floats,
    outcome: Floats,
    *,
    n_bins: int = 10,
    equal_width: bool = False,
    weights: Floats | None = None,
    level: float = 0.95,
) -> Reliability:
    r"""Compare probabilities with how often the thing happened, and take the Brier score apart.

    Use rows that the predictor was not fitted to. Well calibrated is not yet good: a constant probability can be
    calibrated and know nothing, which resolution of 0 shows. The calibration error grows with the number of bins by
    chance alone, so compare it between predictors in the same bins only.

    .. math::

        BS &= \tfrac1n \sum_i (p_i - y_i)^2 =
        \sum_k \tfrac{n_k}{n} (\bar p_k - \bar y_k)^2 - \sum_k \tfrac{n_k}{n} (\bar y_k - \bar y)^2
        + \bar y (1 - \bar y) + W

        W &= \tfrac1n \sum_k \sum_{i \in k} \{(p_i - \bar p_k)^2 - 2 (p_i - \bar p_k)(y_i - \bar y_k)\}, \quad
        ECE = \sum_k \tfrac{n_k}{n} |\bar y_k - \bar p_k|

    Parameters
    ----------
    probabilities
        p, shape ``(n,)``.
    outcome
        y, 0 or 1, shape ``(n,)``.
    n_bins
        Bins; rows of equal probability never stand in two. Fewer when they hold few rows.
    equal_width
        Whether bins are equally wide, as in most papers on networks; otherwise they hold equally many rows.
    weights
        Survey weights, shape ``(n,)``; intervals then take Kish's effective number of rows.
    level
        Coverage of the intervals, a probability.

    Returns
    -------
    Reliability
        One entry per bin, and the scores.

    Raises
    ------
    DataError
        When arrays do not fit, a probability lies outside 0 and 1, or the outcome is neither 0 nor 1.
    SpecError
        When an option is out of range.

    References
    ----------
    Murphy, A. H. 1973. A new vector partition of the probability score. Journal of Applied Meteorology 12(4): 595-600.
    Stephenson, D. B., C. A. S. Coelho, and I. T. Jolliffe. 2008. Two extra components in the Brier score decomposition.
    Weather and Forecasting 23(4): 752-757 (W, which is 0 where a bin has one probability).
    Wilson, E. B. 1927. Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22(158): 209-212.

    Examples
    --------
    >>> found = measure_reliability(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 0.0, 1.0, 0.0]))
    >>> found.brier, found.reliability, found.resolution, found.uncertainty
    (0.25, 0.125, 0.0625, 0.1875)
    """
    p, y, w = _check_events(probabilities, outcome, weights)
    if n_bins < 1:
        raise SpecError(f"n_bins={n_bins!r} is not possible. There must be at least 1 bin; 10 is usual.")
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % intervals.")
    bins = np.unique(_bin(p, w, n_bins, equal_width), return_inverse=True)[1]
    total = np.bincount(bins, w).astype(np.float64)
    p_bar, y_bar = np.bincount(bins, w * p) / total, np.bincount(bins, w * y) / total
    n_effective = total**2 / np.bincount(bins, w**2)
    low, high = _wilson(y_bar, n_effective, level)
    edge = np.full((2, len(total)), [[np.inf], [-np.inf]])
    np.minimum.at(edge[0], bins, p)
    np.maximum.at(edge[1], bins, p)
    mean, off_p, off_y = float(w @ y), p - p_bar[bins], y - y_bar[bins]
    return Reliability(
        lower=edge[0],
        upper=edge[1],
        predicted=p_bar,
        observed=y_bar,
        conf_low=low,
        conf_high=high,
        n=n_effective,
        share=total,
        brier=float(w @ (p - y) ** 2),
        reliability=float(total @ (p_bar - y_bar) ** 2),
        resolution=float(total @ (y_bar - mean) ** 2),
        uncertainty=mean * (1 - mean),
        within=float(w @ (off_p**2 - 2 * off_p * off_y)),
        calibration_error=float(total @ np.abs(y_bar - p_bar)),
    )


def fit_temperature(log_scores: Floats, outcome: Integers, weights: Floats | None = None) -> float:
    r"""Find the temperature that makes probabilities of levels fit held-out rows best.

    A network that was trained too long is too sure: a temperature above 1 takes that back without changing which level
    is the most probable. One number cannot repair errors that differ between levels or rows.

    .. math:: \hat T = \arg\min_T -\sum_i w_i \log \frac{e^{z_{i y_i} / T}}{\sum_c e^{z_{ic} / T}}

    The loss is convex in β = 1 / T, where Newton's method needs the mean and the variance of z under the probabilities.

    Parameters
    ----------
    log_scores
        z, logits or log probabilities, up to a constant a row, shape ``(n, c)``.
    outcome
        Position of the true level, shape ``(n,)``.
    weights
        w, shape ``(n,)``.

    Returns
    -------
    float
        T, for `apply_temperature`.

    Raises
    ------
    DataError
        When arrays do not fit.

    Warns
    -----
    ConvergenceWarning
        When no temperature is best: the most probable level is always the true one (T at its least), or probabilities
        tell no more than chance (T at its largest).

    References
    ----------
    Guo, C., G. Pleiss, Y. Sun, and K. Q. Weinberger. 2017. On calibration of modern neural networks. International
    Conference on Machine Learning 70: 1321-1330.
    Differs: Newton's method in 1 / T, weights.

    Examples
    --------
    >>> z = np.log(np.array([[0.9, 0.1]] * 4))
    >>> round(fit_temperature(z, np.array([0, 0, 0, 1])), 6)
    2.0
    """
    # NOTE[DIFF]: Guo and others minimise over T, where the loss is not convex.
    z, w = _check_scores(log_scores, outcome, weights)
    z = z - z.max(axis=1, keepdims=True)
    true = z[np.arange(len(z)), outcome]
    # Without a best temperature the loss falls as β grows for ever, or as it goes to 0.
    end = COLDEST if (true == 0).all() else HOTTEST if w @ (z.mean(axis=1) - true) >= 0 else None
    if end is not None:
        warnings.warn(
            f"No temperature is best, so {end:g} is given. Either every most probable level is the true one, or the "
            "probabilities tell no more than chance: use them as they are, or more held-out rows.",
            ConvergenceWarning,
            stacklevel=2,
        )
        return end
    low, high, beta = 1 / HOTTEST, 1 / COLDEST, 1.0
    for _ in range(MAX_STEPS):
        p = softmax(beta * z, axis=1)
        mean = (p * z).sum(axis=1)
        slope = float(w @ (mean - true))
        curvature = float(w @ ((p * z**2).sum(axis=1) - mean**2))
        # Convex: the best β lies on the side that the slope points away from.
        low, high = (low, beta) if slope > 0 else (beta, high)
        newton = beta - slope / curvature if curvature > 0 else np.inf
        before, beta = beta, newton if low <= newton <= high else float(np.sqrt(low * high))
        if abs(beta - before) < SETTLED * before:
            break
    return 1 / beta


def apply_temperature(log_scores: Floats, temperature: float) -> Floats:
    """Probabilities of levels at a temperature.

    Parameters
    ----------
    log_scores
        Logits or log probabilities, shape ``(n, c)``.
    temperature
        T, above 0; 1 changes nothing, more makes probabilities more alike.

    Returns
    -------
    Floats
        Shape ``(n, c)``.

    Raises
    ------
    SpecError
        When the temperature is not above 0.

    Examples
    --------
    >>> apply_temperature(np.log(np.array([[0.9, 0.1]])), 2.0).round(6).tolist()
    [[0.75, 0.25]]
    """
    if not temperature > 0:
        raise SpecError(f"temperature={temperature!r} is not possible. It must be above 0; 1 changes nothing.")
    return np.asarray(softmax(log_scores / temperature, axis=1))


def _bin(p: Floats, w: Floats, n_bins: int, equal_width: bool) -> Integers:
    """Bin of each row, equal probabilities together."""
    if equal_width:
        return np.minimum((p * n_bins).astype(np.intp), n_bins - 1)
    different, at = np.unique(p, return_inverse=True)
    weight = np.bincount(at, w, len(different))
    middle = np.cumsum(weight) - weight / 2
    return np.minimum((middle * n_bins).astype(np.intp), n_bins - 1)[at]


def _wilson(share: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    c = ndtri(0.5 + level / 2) ** 2 / n
    middle, half = share + c / 2, np.sqrt(c * share * (1 - share) + c**2 / 4)
    return np.maximum((middle - half) / (1 + c), 0.0), np.minimum((middle + half) / (1 + c), 1.0)


def _check_events(p: Floats, y: Floats, weights: Floats | None) -> tuple[Floats, Floats, Floats]:
    if p.ndim != 1 or p.shape != y.shape or not len(p) or not ((p >= 0) & (p <= 1)).all():
        raise DataError(
            f"Probabilities of shape {p.shape} and outcomes of shape {y.shape} do not fit, or a probability lies "
            "outside 0 and 1. One of each is needed for each row: of several levels take one column."
        )
    if not np.isin(y, [0, 1]).all():
        raise DataError(
            f"The outcome holds {y[~np.isin(y, [0, 1])][0]!r}. It must be 1 where the row has the level and 0 "
            "elsewhere: write (outcome == level)."
        )
    return p, y.astype(np.float64), _normalise(weights, len(p))


def _check_scores(z: Floats, outcome: Integers, weights: Floats | None) -> tuple[Floats, Floats]:
    if (
        z.ndim != 2
        or outcome.shape != (len(z),)
        or not len(z)
        or not np.isfinite(z).all()
        or (outcome < 0).any()
        or (outcome >= z.shape[1]).any()
    ):
        raise DataError(
            f"Log scores of shape {z.shape} and true levels of shape {outcome.shape} do not fit, or a score is not "
            "finite. One column a level and one position a row are needed: keep probabilities above 0 before taking "
            "logarithms."
        )
    return z, _normalise(weights, len(z))


def _normalise(weights: Floats | None, n: int) -> Floats:
    """Weights that sum to 1."""
    if weights is None:
        return np.full(n, 1 / n)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights <= 0).any():
        raise DataError(
            f"The weights have shape {weights.shape} for {n:,} rows, or hold values that are not above 0. They must be "
            "one number above 0 for each row: leave out rows that do not count."
        )
    return weights / weights.sum()
