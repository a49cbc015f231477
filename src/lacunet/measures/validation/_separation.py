"""How far scores go with known labels: estimates with standard errors in closed form, over documents or clusters."""

from typing import Any

import numpy as np
from scipy.special import fdtr, ncfdtr, ndtri, stdtrit

from lacunet._typing import Floats, Integers
from lacunet.solve import rank

FARTHEST = 1e6
"""F from which on groups hardly differ within, and the noncentral distribution is no longer reckoned in time."""
BISECTIONS = 80
"""Halvings of an interval, after which float64 knows no finer one."""


def sum_clusters(parts: Any, clusters: Integers) -> Floats:
    """Sums over clusters (G, q) of parts of documents (n, q)."""
    found = np.asarray(parts, dtype=np.float64)
    found = found[:, None] if found.ndim == 1 else found
    sums = np.zeros((int(clusters.max()) + 1, found.shape[1]))
    np.add.at(sums, clusters, found)
    return sums


def error_of(influence: Any, clusters: Integers) -> float:
    r"""Standard error of a statistic from its influence function (n,), summed within clusters.

    .. math:: \widehat{\operatorname{var}} = \frac{G}{G - 1} \sum_g \Big(\frac1n \sum_{i \in g} \psi_i\Big)^2

    with :math:`\psi` centred; clusters of one document each give what a jackknife gives, but for terms of higher order.
    """
    psi = np.asarray(influence, dtype=np.float64)
    sums = sum_clusters((psi - psi.mean()) / len(psi), clusters)[:, 0]
    n = len(sums)
    return float(np.sqrt(n / (n - 1) * (sums**2).sum()))


def area(above: Any, below: Any, clusters_above: Integers, clusters_below: Integers) -> tuple[float, float]:
    r"""Area under the ROC curve and its standard error by DeLong, or by Obuchowski where clusters share documents.

    .. math:: \hat\theta = \frac{1}{M N} \sum_{i, j} \psi(x_i, y_j), \quad
        V_{10}(x_i) = \frac1N \sum_j \psi(x_i, y_j), \quad V_{01}(y_j) = \frac1M \sum_i \psi(x_i, y_j)

    with :math:`\psi` 1 where x is above y, 1/2 where they tie, 0 else. Over clusters with sums :math:`V_{10,g}` of
    :math:`m_g` documents above and :math:`V_{01,g}` of :math:`n_g` below,

    .. math:: \widehat{\operatorname{var}} = \frac{S_{10}}{M^2} + \frac{S_{01}}{N^2} + \frac{2 S_{11}}{M N}, \quad
        S_{10} = \frac{G_{10}}{G_{10} - 1} \sum_g (V_{10,g} - m_g \hat\theta)^2

    and so on, S_11 with the products of both deviations.

    Parameters
    ----------
    above, below
        Scores of the group expected higher (M,) and of the other (N,).
    clusters_above, clusters_below
        Their clusters, from 0 and in common; all different for DeLong's error.

    Returns
    -------
    tuple
        Area and standard error; NaN for the error where a group lies in one cluster.

    References
    ----------
    DeLong, E. R., DeLong, D. M., & Clarke-Pearson, D. L. (1988). Comparing the areas under two or more correlated
    receiver operating characteristic curves: A nonparametric approach. *Biometrics*, 44(3), 837-845.
    Obuchowski, N. A. (1997). Nonparametric analysis of clustered ROC curve data. *Biometrics*, 53(2), 567-578.
    """
    x, y = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    ranks = rank(np.concatenate([x, y]))
    v10 = (ranks[: len(x)] - rank(x)) / len(y)
    v01 = 1 - (ranks[len(x) :] - rank(y)) / len(x)
    theta = float(v10.mean())
    n_clusters = 1 + int(max(clusters_above.max(), clusters_below.max()))
    ours, theirs = (
        np.bincount(codes, weights=values - theta, minlength=n_clusters)
        for codes, values in ((clusters_above, v10), (clusters_below, v01))
    )
    g10, g01 = len(np.unique(clusters_above)), len(np.unique(clusters_below))
    if min(g10, g01) < 2:
        return theta, np.nan
    g = len(np.union1d(clusters_above, clusters_below))
    variance = (
        g10 / (g10 - 1) * (ours**2).sum() / len(x) ** 2
        + g01 / (g01 - 1) * (theirs**2).sum() / len(y) ** 2
        + 2 * g / (g - 1) * (ours * theirs).sum() / (len(x) * len(y))
    )
    return theta, float(np.sqrt(max(variance, 0.0)))


def area_interval(theta: float, n_pairs: int, level: float) -> tuple[float, float]:
    """Interval of an area of 0 or 1, where the groups lie apart and the standard error, 0, says nothing.

    The bound is the area at which so many independent pairs, one document (or cluster) of each group, all agree with
    probability (1 - level) / 2.
    """
    bound = ((1 - level) / 2) ** (1 / n_pairs)
    return (bound, 1.0) if theta == 1 else (0.0, 1 - bound)


def standardised_difference(scores: Any, is_high: Any, clusters: Integers) -> tuple[float, float]:
    r"""Hedges' g, the difference of means over the pooled standard deviation, and its standard error.

    .. math:: g = J\,\frac{\bar x_1 - \bar x_0}{s_p}, \quad J = 1 - \frac{3}{4 (n - 2) - 1}

    The error comes from the influence function, so that it holds for unequal variances and for clusters.
    """
    x, own = np.asarray(scores, dtype=np.float64), np.asarray(is_high, dtype=bool)
    n, share = len(x), np.array([(~own).mean(), own.mean()])
    means = np.array([x[~own].mean(), x[own].mean()])
    deviation = x - means[own.astype(np.intp)]
    pooled = float((deviation**2).sum() / (n - 2))
    if pooled <= 0:
        return np.nan, np.nan
    d = float(means[1] - means[0]) / np.sqrt(pooled)
    sign = np.where(own, 1 / share[1], -1 / share[0])
    influence = sign * deviation / np.sqrt(pooled) - d / 2 * (deviation**2 / pooled - 1)
    correction = 1 - 3 / (4 * (n - 2) - 1)
    return float(correction * d), float(correction * error_of(influence, clusters))


def welch_degrees(scores: Any, is_high: Any) -> float:
    r"""Degrees of freedom of a difference of two means whose variances differ, :math:`v_k = s_k^2 / n_k`.

    .. math:: \nu = \frac{(v_0 + v_1)^2}{v_0^2 / (n_0 - 1) + v_1^2 / (n_1 - 1)}
    """
    x, own = np.asarray(scores, dtype=np.float64), np.asarray(is_high, dtype=bool)
    parts = np.array([x[some].var(ddof=1) / some.sum() if some.sum() > 1 else np.nan for some in (~own, own)])
    sizes = np.array([(~own).sum(), own.sum()])
    if not (parts > 0).any():
        return np.nan
    return float(parts.sum() ** 2 / (parts**2 / (sizes - 1)).sum())


def explained(scores: Any, groups: Integers, clusters: Integers | None) -> tuple[float, float, float, float, float]:
    r"""Share of the variance between groups.

    .. math:: \eta^2 = \frac{SS_b}{SS_b + SS_w}, \quad F = \frac{SS_b / (k - 1)}{SS_w / (n - k)}

    With clusters the F is that of Wald's test of equal means with a covariance that sums within clusters, over
    G - 1 degrees of freedom.

    Parameters
    ----------
    scores
        Numbers (n,).
    groups
        Codes (n,) from 0, each occurring.
    clusters
        Codes (n,) from 0, or None for documents that are independent.

    Returns
    -------
    tuple
        eta squared, F of the test, F without clusters, and both degrees of freedom.
    """
    x = np.asarray(scores, dtype=np.float64)
    n, n_groups = len(x), np.bincount(groups)
    k = len(n_groups)
    means = np.bincount(groups, weights=x) / n_groups
    between = float((n_groups * (means - x.mean()) ** 2).sum())
    deviation = x - means[groups]
    within = float((deviation**2).sum())
    plain = between / (k - 1) / (within / (n - k)) if within > 0 else np.inf
    eta = between / (between + within) if between + within > 0 else np.nan
    if clusters is None:
        return eta, plain, plain, k - 1, n - k
    parts = np.zeros((n, k))
    parts[np.arange(n), groups] = deviation / n_groups[groups]
    sums = sum_clusters(parts, clusters)
    g = len(sums)
    covariance = g / (g - 1) * sums.T @ sums
    contrast = means[1:] - means[0]
    turn = np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)])
    wald = float(contrast @ np.linalg.pinv(turn @ covariance @ turn.T) @ contrast)
    return eta, wald / (k - 1), plain, k - 1, g - 1


def explained_interval(f: float, plain: float, df: tuple[float, float], n: int, level: float) -> tuple[float, float]:
    r"""Interval of eta squared from those values of the noncentrality that the F does not reject.

    .. math:: \eta^2 = \lambda / (\lambda + n)

    Clusters make the noncentrality smaller by the factor by which they make F smaller, which is undone.
    """
    if not 0 < f < FARTHEST:
        return np.nan, np.nan
    stretch = plain / f
    bounds = [_noncentrality(f, df, tail) * stretch for tail in (0.5 + level / 2, 0.5 - level / 2)]
    return tuple(bound / (bound + n) for bound in bounds)  # type: ignore[return-value]


def _noncentrality(f: float, df: tuple[float, float], tail: float) -> float:
    """The noncentrality at which a share ``tail`` of draws is below f; 0 where none has so few."""
    if fdtr(*df, f) <= tail:
        return 0.0
    low, high = 0.0, 1.0
    while ncfdtr(*df, high, f) > tail:
        high *= 2
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if ncfdtr(*df, middle, f) > tail else (low, middle)
    return (low + high) / 2


def quantile(df: float, level: float) -> float:
    """Two-sided quantile of Student's t, or of the normal where the degrees of freedom are endless."""
    return float(stdtrit(df, 0.5 + level / 2) if np.isfinite(df) else ndtri(0.5 + level / 2))
