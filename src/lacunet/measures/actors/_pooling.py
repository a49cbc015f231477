"""What many estimates of one kind say of each other: means pulled together, and variances."""

from typing import NamedTuple

import numpy as np
from scipy.special import polygamma, psi

from lacunet._typing import Floats

STEPS, SETTLED = 60, 1e-10


class Pulled(NamedTuple):
    """Estimates pulled towards their mean.

    Attributes
    ----------
    mean, between
        Mean of what is estimated, and its variance from one to the next.
    own
        Weight of each estimate beside the mean (n,), from 0 to 1.
    share
        Weight of each in the mean (n,); they sum to 1.
    values
        own times estimate, plus the rest times mean (n,).
    """

    mean: float
    between: float
    own: Floats
    share: Floats
    values: Floats


def pull_means(estimates: Floats, variances: Floats) -> Pulled:
    r"""Empirical Bayes of estimates :math:`x_c` with sampling variances :math:`q_c`.

    .. math:: \hat x_c = h_c x_c + (1 - h_c) \bar x, \quad h_c = \frac{\tau^2}{\tau^2 + q_c},

    with the mean weighted by :math:`1 / (\tau^2 + q_c)`.

    References
    ----------
    DerSimonian, R., & Laird, N. (1986). Meta-analysis in clinical trials. *Controlled Clinical Trials*, 7(3), 177-188.
    Its moments give tau squared.
    """
    weight = 1.0 / variances
    total = weight.sum()
    mean = (weight * estimates).sum() / total
    spare = total - (weight**2).sum() / total
    excess = (weight * (estimates - mean) ** 2).sum() - (len(estimates) - 1)
    between = max(0.0, excess / spare) if len(estimates) > 1 and spare > 0 else 0.0
    weight = 1.0 / (variances + between)
    share = weight / weight.sum()
    mean = float((share * estimates).sum())
    own = between / (between + variances)
    return Pulled(mean, float(between), own, share, own * estimates + (1 - own) * mean)


def pull_variances(variances: Floats, dof: Floats) -> tuple[Floats, Floats]:
    r"""Empirical Bayes of variances :math:`s_c^2` with :math:`f_c` degrees of freedom, which may be 0 for some.

    .. math:: \tilde s_c^2 = \frac{f_0 s_0^2 + f_c s_c^2}{f_0 + f_c} \quad \text{with } f_0 + f_c
        \text{ degrees of freedom};

    :math:`f_0` and :math:`s_0^2` come from the mean and the variance of :math:`\ln s_c^2`. Where these vary no more
    than by chance, all variances are taken to be the same.

    Parameters
    ----------
    variances, dof
        Of each cell (n,); what has no degrees of freedom is not looked at.

    Returns
    -------
    tuple of ndarray
        Variances and degrees of freedom (n,), NaN and 0 where no cell has any.

    References
    ----------
    Smyth, G. K. (2004). Linear models and empirical Bayes methods for assessing differential expression in microarray
    experiments. *Statistical Applications in Genetics and Molecular Biology*, 3(1), 3.
    Differs: logarithms are weighted by their precision, as cells differ in their degrees of freedom; and no more
    degrees of freedom are claimed than all cells have together.
    """
    seen = (dof > 0) & (variances > 0)
    if not seen.any():
        return np.full(len(dof), np.nan), np.zeros(len(dof))
    s, f = variances[seen], dof[seen]
    logs, noise = np.log(s) - psi(f / 2) + np.log(f / 2), polygamma(1, f / 2)
    spread = pull_means(logs, noise)
    if spread.between <= 0:
        return np.full(len(dof), (s * f).sum() / f.sum()), np.full(len(dof), f.sum())
    prior = 2 * _inverse_trigamma(spread.between)
    centre = np.exp(spread.mean + psi(prior / 2) - np.log(prior / 2))
    own = np.where(seen, dof, 0.0)
    pulled = (prior * centre + own * np.where(seen, variances, 0.0)) / (prior + own)
    return pulled, np.minimum(prior + own, f.sum())


def _inverse_trigamma(value: float) -> float:
    """Where the trigamma function takes a value above 0, by Newton's steps on its reciprocal."""
    at = 0.5 + 1 / value
    for _ in range(STEPS):
        there = float(polygamma(1, at))
        step = there * (1 - there / value) / float(polygamma(2, at))
        at += step
        if abs(step) < SETTLED * at:
            break
    return at
