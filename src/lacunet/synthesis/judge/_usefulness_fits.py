"""The same regression on real and on synthetic rows: how far apart its coefficients are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from lacunet._typing import Floats
from lacunet.errors import SpecError

LEVEL = 0.95
"""Of the intervals that are compared."""
HALF_LENGTH = float(norm.ppf(0.5 + LEVEL / 2))
"""Half the length of an interval, in standard errors."""
INTERCEPT = "Intercept"
"""How the name of a constant ends."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """One regression on one file.

    Attributes
    ----------
    names
        Of the k coefficients.
    estimates, covariance
        Shapes (k,) and (k, k); NaN where a coefficient could not be estimated.
    n
        Rows used.
    """

    names: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    n: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """One regression, real against synthetic.

    Attributes
    ----------
    table
        One row a coefficient: term, is_slope (not a constant), real, real_error, synthetic, synthetic_error, z,
        overlap, overlap_karr.
    mean_overlap, mean_abs_z
        Over the coefficients, constants left out.
    lack_of_fit, df, p_value
        Test that the synthetic rows come from a model that keeps these coefficients.
    """

    table: pd.DataFrame
    mean_overlap: float
    mean_abs_z: float
    lack_of_fit: float
    df: int
    p_value: float


def noise_ratio(share: float, m: int, *, is_proper: bool) -> float:
    r"""Variance of mean synthetic less real estimate under a right model, as a multiple of the real variance V.

    .. math:: \frac{1}{m} \frac{n}{k} \text{ (plug-in)}, \quad \frac{1}{m} \Bigl(1 + \frac{n}{k}\Bigr) \text{ (proper)}

    Parameters
    ----------
    share
        k / n, rows of a synthetic set over those of the real file.
    m
        Synthetic sets.
    is_proper
        Whether each set comes from a model of its own (parameters drawn, or fitted to rows drawn anew).
    """
    return (float(is_proper) + 1 / share) / m


def expected_overlap(share: float, m: int, *, is_proper: bool) -> float:
    r"""Overlap that a right model has on average.

    .. math:: 1 - \frac{\sqrt{2 r / \pi}}{2 \cdot 1.96}, \quad r \text{ of `noise_ratio`}

    Parameters
    ----------
    share, m, is_proper
        As in `noise_ratio`.

    Examples
    --------
    >>> [round(expected_overlap(1.0, 5, is_proper=one), 3) for one in (False, True)]
    [0.909, 0.871]
    """
    ratio = noise_ratio(share, m, is_proper=is_proper)
    return 1 - float(np.sqrt(2 * ratio / np.pi)) / (2 * HALF_LENGTH)


def compare_fits(real: Fit, synthetic: Sequence[Fit], *, is_proper: bool = False) -> Comparison:
    r"""Set the coefficients of m synthetic sets beside those of the real file.

    .. math::

        z_j = \frac{\bar q_j - Q_j}{\sqrt{V_{jj}}}, \quad
        IO_j = \frac{\min(u_o, u_s) - \max(l_o, l_s)}{u_o - l_o} = 1 - \frac{|z_j|}{2 \cdot 1.96}, \quad
        L = (\bar q - Q)' (r V)^{-1} (\bar q - Q) \sim \chi^2_p, \quad r = \frac{n}{k m}

    with Q and V the estimates and covariance of the real file (n rows), and the mean estimate of the synthetic sets (k
    rows each) in an interval as long as the real one. The overlap is below 0 where the intervals do not meet. From a
    right model, drawn as large as the real file, it is 79.6 % on average with m = 1, and 90.9 % with m = 5 sets that
    share it; sets from models of their own have r = (1 + n / k) / m, and 87.1 % with m = 5. Karr's
    form takes the synthetic interval's own length, averages the shares of the two, and does not go below 0.

    Parameters
    ----------
    real
        The real file's fit.
    synthetic
        The m synthetic ones, with the same coefficients; those that could not be estimated in a set are NaN there.
    is_proper
        Whether each set comes from a model of its own.

    Returns
    -------
    Comparison

    Raises
    ------
    SpecError
        If the fits have other coefficients.

    References
    ----------
    Karr, A. F., et al. 2006. A framework for evaluating the utility of data altered to protect confidentiality. The
    American Statistician 60(3): 224-232.
    Raab, G. M., B. Nowok, and C. Dibben. 2017. Guidelines for producing useful synthetic data. arXiv:1712.04078.
    Differs: constants are in the table and in the test, not in the means; coefficients that a synthetic set cannot
    estimate are in the table only.

    Examples
    --------
    >>> real = Fit(names=("x",), estimates=np.array([1.0]), covariance=np.array([[0.25]]), n=100)
    >>> other = Fit(names=("x",), estimates=np.array([1.5]), covariance=np.array([[0.25]]), n=100)
    >>> round(compare_fits(real, [other]).mean_overlap, 3)
    0.745
    """
    if any(fit.names != real.names for fit in synthetic) or not synthetic:
        raise SpecError("The fits do not have the same coefficients. Fit the same model to every file.")
    m = len(synthetic)
    error = np.sqrt(np.diag(real.covariance))
    mean = np.mean([fit.estimates for fit in synthetic], axis=0)
    share = np.mean([fit.n for fit in synthetic]) / real.n
    within = np.mean([np.diag(fit.covariance) for fit in synthetic], axis=0)
    own_error = np.sqrt(within * share)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (mean - real.estimates) / error
    table = pd.DataFrame(
        {
            "term": real.names,
            "is_slope": [not name.endswith(INTERCEPT) for name in real.names],
            "real": real.estimates,
            "real_error": error,
            "synthetic": mean,
            "synthetic_error": own_error,
            "z": z,
            "overlap": 1 - np.abs(z) / (2 * HALF_LENGTH),
            "overlap_karr": _karr(real.estimates, error, mean, own_error),
        }
    )
    known = np.isfinite(z)
    ratio = noise_ratio(float(share), m, is_proper=is_proper)
    statistic = _distance(mean[known] - real.estimates[known], real.covariance[np.ix_(known, known)] * ratio)
    df = int(known.sum())
    shown = known & table["is_slope"].to_numpy(bool)
    return Comparison(
        table=table,
        mean_overlap=_mean(table["overlap"].to_numpy(float)[shown]),
        mean_abs_z=_mean(np.abs(z[shown])),
        lack_of_fit=statistic,
        df=df,
        p_value=float(chi2.sf(statistic, df)) if df else float("nan"),
    )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _karr(centre: Floats, error: Floats, other: Floats, other_error: Floats) -> Floats:
    half, other_half = HALF_LENGTH * error, HALF_LENGTH * other_error
    meet = np.minimum(centre + half, other + other_half) - np.maximum(centre - half, other - other_half)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(meet, 0) * (1 / (2 * half) + 1 / (2 * other_half)) / 2


def _distance(difference: Floats, covariance: Floats) -> float:
    """Mahalanobis distance, squared, each coefficient in its own standard errors so that units do not matter."""
    if not len(difference):
        return float("nan")
    error = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(error, error)
    return float(difference / error @ np.linalg.pinv(correlation, hermitian=True) @ (difference / error))
