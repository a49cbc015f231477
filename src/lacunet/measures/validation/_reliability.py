"""How far raters agree: Krippendorff's alpha, kappas and plain agreement, for one weighting of the units or many."""

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import SpecError

METRICS = ("nominal", "ordinal", "interval")


def count_values(ratings: Any) -> tuple[Floats, Floats]:
    """Values that occur (c,), and how often each unit has each (n, c), from ratings (n, raters) with NaN for none."""
    given = np.asarray(ratings, dtype=np.float64)
    values = np.unique(given[~np.isnan(given)])
    return values, (given[:, :, None] == values).sum(axis=1).astype(np.float64)


def krippendorff_alpha(ratings: Any, metric: str = "nominal", weights: Any = None) -> Floats:
    r"""Krippendorff's alpha, for any number of raters and with ratings missing.

    .. math:: \alpha = 1 - \frac{D_o}{D_e} = 1 - (n - 1) \frac{\sum_{c,k} o_{ck}\, \delta_{ck}^2}
        {\sum_{c,k} n_c n_k\, \delta_{ck}^2}, \qquad
        o_{ck} = \sum_u \frac{\text{pairs of ratings } c, k \text{ in unit } u}{m_u - 1}

    with :math:`m_u` ratings in unit u, units of one rating left out, and :math:`\delta^2` 0 or 1 for nominal values,
    the squared difference for an interval scale, the squared difference of ranks (mid-ranks of all n ratings) for an
    ordinal one. 1 is perfect agreement, 0 what chance gives.

    Parameters
    ----------
    ratings
        Numbers (n, raters), one row a unit, NaN where a rater gave none.
    metric
        "nominal", "ordinal" or "interval".
    weights
        How often each unit counts (B, n), for resamples; None for once.

    Returns
    -------
    numpy.ndarray
        Alphas (B,), or one of shape () without weights; NaN where all ratings are the same.

    Raises
    ------
    SpecError
        When the metric is none of the three.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. University of Pennsylvania, Annenberg School
    for Communication.
    """
    if metric not in METRICS:
        raise SpecError(f"metric={metric!r} is not known. It needs to be one of {', '.join(map(repr, METRICS))}.")
    values, counts = count_values(ratings)
    c = len(values)
    m = counts.sum(axis=1)
    scale = np.where(m > 1, 1 / np.maximum(m - 1, 1), 0.0)
    own = (counts[:, :, None] * counts[:, None, :] - np.eye(c) * counts[:, :, None]) * scale[:, None, None]
    times = np.ones((1, len(m))) if weights is None else np.asarray(weights, dtype=np.float64)
    together = (times @ own.reshape(len(m), -1)).reshape(-1, c, c)
    margins = together.sum(axis=2)
    n = margins.sum(axis=1)
    distance = _distances(metric, values, margins)
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = (together * distance).sum(axis=(1, 2)) / n
        expected = np.einsum("bi,bj,bij->b", margins, margins, distance) / (n * (n - 1))
        alpha = np.where(expected > 0, 1 - observed / expected, np.nan)
    return alpha[0] if weights is None else alpha


def _distances(metric: str, values: Floats, margins: Floats) -> Floats:
    """Squared differences of values (B, c, c)."""
    if metric == "nominal":
        return np.broadcast_to(1 - np.eye(len(values)), (len(margins), len(values), len(values)))
    at = margins.cumsum(axis=1) - margins / 2 if metric == "ordinal" else np.broadcast_to(values, margins.shape)
    return (at[:, :, None] - at[:, None, :]) ** 2


def fleiss_kappa(ratings: Any, weights: Any = None) -> Floats:
    r"""Fleiss' kappa, where every unit has the same number of ratings; units with another number are left out.

    .. math:: \kappa = \frac{\bar P - \bar P_e}{1 - \bar P_e}, \quad
        P_i = \frac{\sum_j n_{ij}^2 - m}{m (m - 1)}, \quad \bar P_e = \sum_j p_j^2

    Parameters
    ----------
    ratings, weights
        As in `krippendorff_alpha`. The number of ratings m is the one that most units have, of those with two
        or more.

    Returns
    -------
    numpy.ndarray
        Kappas (B,), or one; NaN where m is below 2 or all ratings are the same.

    References
    ----------
    Fleiss, J. L. (1971). Measuring nominal scale agreement among many raters. *Psychological Bulletin*, 76(5), 378-382.
    """
    _, counts = count_values(ratings)
    m = counts.sum(axis=1)
    several = m[m > 1].astype(np.intp)
    usual = int(np.bincount(several).argmax()) if len(several) else 0
    is_full = (m == usual) & (m > 1)
    times = np.ones((1, len(m))) if weights is None else np.asarray(weights, dtype=np.float64)
    times = times * is_full
    own = ((counts**2).sum(axis=1) - m) / np.maximum(m * (m - 1), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = times.sum(axis=1)
        observed = times @ own / n
        expected = (((times @ counts) / (n * usual)[:, None]) ** 2).sum(axis=1)
        kappa = _above_chance(observed, expected)
    return kappa[0] if weights is None else kappa


def cohen_kappa(one: Any, other: Any, weights: Any = None) -> Floats:
    r"""Cohen's kappa of two raters, over the units that both rated.

    .. math:: \kappa = \frac{p_o - p_e}{1 - p_e}, \quad p_e = \sum_j p_{j\cdot}\, p_{\cdot j}

    Parameters
    ----------
    one, other
        Ratings (n,), NaN where there is none.
    weights
        As in `krippendorff_alpha`.

    Returns
    -------
    numpy.ndarray
        Kappas (B,), or one; NaN where both gave all units one and the same value.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. *Educational and Psychological Measurement*, 20(1),
    37-46.
    """
    a, b = (np.asarray(given, dtype=np.float64) for given in (one, other))
    values = np.unique(np.concatenate([a, b]))
    values = values[~np.isnan(values)]
    is_both = ~(np.isnan(a) | np.isnan(b))
    times = (np.ones((1, len(a))) if weights is None else np.asarray(weights, dtype=np.float64)) * is_both
    with np.errstate(divide="ignore", invalid="ignore"):
        n = times.sum(axis=1)
        observed = times @ (a == b).astype(np.float64) / n
        shares = [times @ (given[:, None] == values).astype(np.float64) / n[:, None] for given in (a, b)]
        kappa = _above_chance(observed, (shares[0] * shares[1]).sum(axis=1))
    return kappa[0] if weights is None else kappa


def mean_cohen_kappa(ratings: Any, weights: Any = None) -> Floats:
    """Cohen's kappa averaged over pairs of raters that have one (Light 1971), as in `krippendorff_alpha`."""
    given = np.asarray(ratings, dtype=np.float64)
    pairs = [cohen_kappa(given[:, i], given[:, j], weights) for i, j in combinations(range(given.shape[1]), 2)]
    shape = () if weights is None else (len(weights),)
    return _mean_there(np.stack(pairs)) if pairs else np.full(shape, np.nan)


def percent_agreement(ratings: Any, weights: Any = None) -> Floats:
    """Share of pairs of ratings of one unit that are the same, as in `krippendorff_alpha`."""
    _, counts = count_values(ratings)
    m = counts.sum(axis=1)
    times = np.ones((1, len(m))) if weights is None else np.asarray(weights, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = times @ ((counts**2).sum(axis=1) - m) / (times @ (m * (m - 1)))
    return share[0] if weights is None else share


def _above_chance(observed: Floats, expected: Floats) -> Floats:
    return np.where(1 - expected > 1e-12, (observed - expected) / np.maximum(1 - expected, 1e-12), np.nan)


def _mean_there(values: Floats) -> Floats:
    """Mean over the first axis of what is a number."""
    there = ~np.isnan(values)
    n = there.sum(axis=0)
    total = np.where(there, values, 0).sum(axis=0)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def alpha_by(metric: str) -> Callable[..., Floats]:
    """Krippendorff's alpha with one metric, as a function of ratings and weights."""
    return partial(krippendorff_alpha, metric=metric)
