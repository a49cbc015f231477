"""Whether there are enough imputations: how many are needed, and how far another run would move the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtri, stdtr, stdtrit

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.solve import RubinSolution, combine_rubin

STATISTICS = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "fmi")


@dataclass(frozen=True, kw_only=True, slots=True)
class Enough:
    """How many imputations are needed.

    Attributes
    ----------
    needed
        Imputations for standard errors that stay within ``cv``, never below 2.
    m
        Imputations there are.
    is_enough
        Whether ``m`` reaches ``needed``.
    fmi
        Largest fraction of missing information among the terms.
    fmi_high
        Upper end of its 95 % interval, which the rule uses.
    cv
        Coefficient of variation of the standard errors over repeated imputation that is aimed at.
    sentence
        The same in plain words.
    """

    needed: int
    m: int
    is_enough: bool
    fmi: float
    fmi_high: float
    cv: float
    sentence: str


def imputations_needed(fmi: RubinSolution | ArrayLike, m: int | None = None, cv: float = 0.05) -> Enough:
    r"""Say how many imputations make the standard errors replicable.

    For after a first, small run (m of 20 or so): impute again with the number it gives. Point estimates need far
    fewer imputations than standard errors do. The term with the most missing information decides.

    .. math::

        \gamma_{high} = \operatorname{expit} \bigl( \operatorname{logit} \gamma + 1.96 \sqrt{2 / m} \bigr), \quad
        m_{needed} = \Bigl\lceil 1 + \tfrac12 \Bigl( \frac{\gamma_{high}}{cv} \Bigr)^2 \Bigr\rceil

    Parameters
    ----------
    fmi
        Rubin's rules of the first run (``pooled.rubin``), or fractions of missing information γ between 0 and 1.
    m
        Imputations of the first run; taken from ``fmi`` where that is Rubin's rules.
    cv
        How far the standard errors may vary from run to run, as a share of themselves; 0.05 makes most of them the
        same to about 10 %.

    Returns
    -------
    Enough
        Numbers, and a sentence.

    Raises
    ------
    SpecError
        When ``fmi`` is not between 0 and 1, ``m`` is below 2 or missing, or ``cv`` is not between 0 and 1.

    References
    ----------
    von Hippel, P. T. 2020. How many imputations do you need? A two-stage calculation using a quadratic rule.
    Sociological Methods and Research 49(3): 699-718.

    Examples
    --------
    >>> enough = imputations_needed([0.1, 0.3], m=20)
    >>> enough.needed, enough.is_enough
    (41, False)
    """
    if isinstance(fmi, RubinSolution):
        m, fmi = fmi.m, fmi.fmi
    gamma = np.atleast_1d(np.asarray(fmi, dtype=np.float64))
    if gamma.size == 0 or not ((gamma >= 0) & (gamma <= 1)).all():
        raise SpecError(f"fmi={fmi!r} is not a fraction between 0 and 1. Hand over pooled.rubin or its fmi.")
    if m is None or m < 2:
        raise SpecError(f"m={m!r} is not the number of imputations behind fmi. It needs 2 or more: m=20, for example.")
    if not 0 < cv < 1:
        raise SpecError(f"cv={cv!r} is not a share between 0 and 1. Write 0.05 for 5 %.")
    largest = float(gamma.max())
    with np.errstate(divide="ignore"):
        high = float(expit(logit(largest) + ndtri(0.975) * np.sqrt(2 / m)))
    needed = max(2, int(np.ceil(1 + 0.5 * (high / cv) ** 2)))
    return Enough(
        needed=needed,
        m=m,
        is_enough=m >= needed,
        fmi=largest,
        fmi_high=high,
        cv=cv,
        sentence=_sentence(needed, m, largest, high, cv),
    )


def _sentence(needed: int, m: int, fmi: float, high: float, cv: float) -> str:
    """Say the number and what to do."""
    why = (
        f"the largest fraction of missing information is {fmi:.2f} (at most {high:.2f} with 95 % confidence), and "
        f"standard errors shall vary by no more than {cv:.1%} from run to run"
    )
    if m >= needed:
        return f"{m} imputations are enough: {needed} are needed, since {why}."
    return f"{m} imputations are not enough: {needed} are needed, since {why}. Impute again with m={needed}."


def monte_carlo_error(
    estimates: ArrayLike,
    covariances: ArrayLike,
    dof: ArrayLike = np.inf,
    *,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Say how far each pooled number would move were the data imputed again with another seed.

    The error of simulation, which more imputations make as small as wished; not the uncertainty about the estimate.
    A rule of thumb: below a tenth of the standard error for estimates, 0.02 for p-values near 0.1 and 0.01 for those
    near 0.05.

    .. math::

        MCE(\bar Q) = \sqrt{B / m}, \quad
        MCE(S) = \sqrt{\tfrac{m - 1}{m} \textstyle\sum_i (S_{(-i)} - \bar S_{(\cdot)})^2}

    where S is any pooled number and :math:`S_{(-i)}` the same with imputation i left out (jackknife); for the estimate
    both are the same.

    Parameters
    ----------
    estimates
        Shape ``(m, k)``, with m of 3 or more (`Pooled.estimates`).
    covariances
        Shape ``(m, k, k)`` (`Pooled.covariances`).
    dof
        Complete-data degrees of freedom, one number or shape ``(k,)`` (`Pooled.dof`).
    terms
        Names of the coefficients; "b0", "b1", ... when left out.
    level
        Coverage of the intervals whose ends are looked at.

    Returns
    -------
    pandas.DataFrame
        One row per term: term, and the Monte Carlo errors of estimate, std_error, statistic, p_value, conf_low,
        conf_high and fmi.

    Raises
    ------
    SpecError
        When m is below 3, shapes do not fit, or ``level`` is not between 0 and 1.

    References
    ----------
    White, I. R., P. Royston, and A. M. Wood. 2011. Multiple imputation using chained equations: issues and guidance
    for practice. Statistics in Medicine 30(4): 377-399.
    Royston, P., J. B. Carlin, and I. R. White. 2009. Multiple imputation of missing values: new features for mim. Stata
    Journal 9(2): 252-264.

    Examples
    --------
    >>> import numpy as np
    >>> q = np.array([[1.0], [2.0], [3.0]])
    >>> error = monte_carlo_error(q, np.ones((3, 1, 1)))["estimate"][0]
    >>> round(float(error), 12) == round(float(np.sqrt(1 / 3)), 12)
    True
    """
    q, u = np.asarray(estimates, dtype=np.float64), np.asarray(covariances, dtype=np.float64)
    if q.ndim != 2 or len(q) < 3 or u.shape != (*q.shape, q.shape[-1]):
        raise SpecError(
            f"estimates has shape {q.shape} and covariances {u.shape}. The jackknife leaves one imputation out and "
            "needs (m, k) and (m, k, k) with m of 3 or more: impute with m=20 or so."
        )
    if not 0 < level < 1:
        raise SpecError(f"level={level!r} is not a probability between 0 and 1. Write 0.95 for 95 % intervals.")
    m, k = q.shape
    names = list(terms) if terms is not None else [f"b{j}" for j in range(k)]
    complete = np.asarray(dof, dtype=np.float64)
    rest = [np.delete(np.arange(m), i) for i in range(m)]
    without = np.stack([_pooled_numbers(combine_rubin(q[keep], u[keep], complete), level) for keep in rest])
    errors = np.sqrt((m - 1) / m * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    return pd.DataFrame({"term": names, **dict(zip(STATISTICS, errors, strict=True))})


def _pooled_numbers(rubin: RubinSolution, level: float) -> Floats:
    """Numbers of the table in the order of ``STATISTICS``, shape ``(7, k)``."""
    error = np.sqrt(np.diag(rubin.total))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = rubin.estimates / error
    half = stdtrit(rubin.dof, 0.5 + level / 2) * error
    p_value = 2 * stdtr(rubin.dof, -np.abs(statistic))
    return np.stack(
        [rubin.estimates, error, statistic, p_value, rubin.estimates - half, rubin.estimates + half, rubin.fmi]
    )
