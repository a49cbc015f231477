"""How sure one can be of a share of successes, of what it exceeds, and of an area under a curve."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from lacunet._typing import Floats

LEVEL = 0.95
"""Coverage of every interval in the measures of disclosure."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A share of successes with Wilson's interval.

    Attributes
    ----------
    n_hits, n
        Successes, and tries.
    """

    n_hits: int
    n: int

    @property
    def share(self) -> float:
        """Successes over tries; NaN without tries."""
        return self.n_hits / self.n if self.n else float("nan")

    @property
    def centre(self) -> float:
        """Middle of the interval."""
        z2 = float(ndtri(0.5 + LEVEL / 2)) ** 2
        return (self.n_hits + z2 / 2) / (self.n + z2)

    @property
    def half_width(self) -> float:
        r"""Half the length of the interval, :math:`z \sqrt{hits (n - hits) / n + z^2 / 4} / (n + z^2)`.

        References
        ----------
        Wilson, E. B. 1927. Probable inference, the law of succession, and statistical inference. Journal of the
        American Statistical Association 22(158): 209-212.
        """
        z = float(ndtri(0.5 + LEVEL / 2))
        inner = self.n_hits * (self.n - self.n_hits) / self.n if self.n else 0.0
        return z * float(np.sqrt(inner + z**2 / 4)) / (self.n + z**2)

    @property
    def low(self) -> float:
        """Lower end."""
        return max(self.centre - self.half_width, 0.0)

    @property
    def high(self) -> float:
        """Upper end."""
        return min(self.centre + self.half_width, 1.0)


@dataclass(frozen=True, kw_only=True)
class Excess:
    """What an attack achieves beyond a control, as a share of what could be achieved beyond it, with an interval."""

    value: float
    low: float
    high: float


def excess_risk(attack: Rate, control: Rate) -> Excess:
    r"""Success of an attack beyond what is owed to knowledge of the population.

    A success against people whose rows were not used tells what anybody can learn of anybody; only what goes beyond it
    comes from having been in the data.

    .. math:: R = \frac{\hat r_{attack} - \hat r_{control}}{1 - \hat r_{control}}, \quad
              \delta_R^2 = \frac{\delta_{attack}^2}{(1 - \hat r_{control})^2} +
                           \frac{(1 - \hat r_{attack})^2 \delta_{control}^2}{(1 - \hat r_{control})^4}

    Parameters
    ----------
    attack, control
        Successes of the attack and of its control; centres and half widths of their Wilson intervals are used.

    Returns
    -------
    Excess
        R and its interval, within -1 to 1; R is 0 where the control always succeeds.

    References
    ----------
    Giomi, M., F. Boenisch, C. Wehmeyer, and B. Tasnádi. 2023. A unified framework for quantifying privacy risk in
    synthetic data. Proceedings on Privacy Enhancing Technologies 2023(2): 312-328.
    Differs: negative values are shown, not set to 0, so that noise is seen as noise.
    """
    left = 1 - control.centre
    if not left > 0:
        return Excess(value=0.0, low=0.0, high=0.0)
    value = (attack.centre - control.centre) / left
    width = float(np.hypot(attack.half_width / left, (1 - attack.centre) * control.half_width / left**2))
    value, low, high = np.clip([value, value - width, value + width], -1.0, 1.0).tolist()
    return Excess(value=value, low=low, high=high)


@dataclass(frozen=True, kw_only=True)
class Area:
    """An area under a receiver operating characteristic curve, with its interval, and the largest gap of the curve."""

    auc: float
    low: float
    high: float
    advantage: float


def area_under_curve(positives: Floats, negatives: Floats) -> Area:
    r"""Chance that a positive scores above a negative, ties counting half.

    .. math:: AUC = \Pr(s_+ > s_-) + \tfrac12 \Pr(s_+ = s_-), \quad
              var = \frac{A(1-A) + (n_+ - 1)(Q_1 - A^2) + (n_- - 1)(Q_2 - A^2)}{n_+ n_-},
              Q_1 = \frac{A}{2 - A}, Q_2 = \frac{2A^2}{1 + A}

    Parameters
    ----------
    positives, negatives
        Scores, higher meaning positive, shape ``(n_+,)`` and ``(n_-,)``.

    Returns
    -------
    Area
        With a 95 % interval, and the advantage: the largest share of true less share of false positives over all
        thresholds. The advantage is the best of many thresholds and lies above 0 by chance.

    References
    ----------
    Hanley, J. A., and B. J. McNeil. 1982. The meaning and use of the area under a receiver operating characteristic
    (ROC) curve. Radiology 143(1): 29-36.
    """
    n, k = len(positives), len(negatives)
    ranks = rankdata(np.concatenate([positives, negatives]))
    auc = float((ranks[:n].sum() - n * (n + 1) / 2) / (n * k))
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (auc * (1 - auc) + (n - 1) * (q1 - auc**2) + (k - 1) * (q2 - auc**2)) / (n * k)
    width = float(ndtri(0.5 + LEVEL / 2)) * float(np.sqrt(max(variance, 0.0)))
    at = np.unique(np.concatenate([positives, negatives]))
    above = [1 - np.searchsorted(np.sort(one), at, side="left") / len(one) for one in (positives, negatives)]
    return Area(
        auc=auc,
        low=max(auc - width, 0.0),
        high=min(auc + width, 1.0),
        advantage=max(float((above[0] - above[1]).max()), 0.0),
    )
