"""Bootstrap, then impute: standard errors that hold where Rubin's do not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._typing import Floats
from lacunet.errors import DataWarning, SpecError, warn_user
from lacunet.pooling._result import tabulate_terms
from lacunet.report._summary import as_text

LEAST_DOF = 3.0
"""Degrees of freedom are kept at this or more, so that the reference distribution has a variance."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BootstrapPooled:
    """Estimates from B bootstrap samples, each imputed M times, pooled by von Hippel and Bartlett's rules.

    Made by `pool_bootstrap`; `table` is what to look at.

    Attributes
    ----------
    terms
        Names of the k coefficients.
    estimates
        Pooled estimates, shape ``(k,)``.
    std_error
        Their standard errors, shape ``(k,)``.
    dof
        Satterthwaite's degrees of freedom, shape ``(k,)``.
    between
        Variance between bootstrap samples σ²_btw: what the estimate would vary by were each sample imputed without
        end. Shape ``(k,)``.
    within
        Variance between imputations of the same bootstrap sample σ²_wtn, shape ``(k,)``.
    n_bootstraps
        B.
    m
        M, imputations of each bootstrap sample.

    Examples
    --------
    >>> import numpy as np
    >>> pooled = pool_bootstrap(np.array([[1.0, 3.0], [5.0, 7.0], [3.0, 5.0]]))
    >>> pooled.table()["estimate"].tolist()
    [4.0]
    """

    terms: tuple[str, ...]
    estimates: Floats
    std_error: Floats
    dof: Floats
    between: Floats
    within: Floats
    n_bootstraps: int
    m: int

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Show one row per term.

        Parameters
        ----------
        level
            Coverage of the intervals, a probability.

        Returns
        -------
        pandas.DataFrame
            Columns term, estimate, std_error, statistic, df (Satterthwaite), p_value (two-sided), conf_low, conf_high.

        Raises
        ------
        SpecError
            When ``level`` is not between 0 and 1.
        """
        return tabulate_terms(self.terms, self.estimates, self.std_error, self.dof, level)

    def __repr__(self) -> str:
        body = as_text(self.table())
        return f"Estimates from {self.n_bootstraps:,} bootstrap samples, each imputed {self.m} times\n\n{body}"


def pool_bootstrap(estimates: ArrayLike, terms: Sequence[str] | None = None) -> BootstrapPooled:
    r"""Pool estimates of B bootstrap samples, each of them imputed M times.

    Rubin's standard errors suppose that imputation and analysis make the same assumptions (congeniality). Where they
    do not (an analysis of a subgroup by a model that ignores it, reference-based imputation in a trial, a wrong
    imputation model), they can be too long or too short; these hold. The price is B · M imputations: B of 200 or
    more, M of 2. Whole rows are drawn with replacement (whole clusters where rows come in clusters), and each sample
    is imputed anew, from the training of the imputation model on.

    With the mean squares of a one-way analysis of variance, bootstrap samples being the groups:

    .. math::

        \hat\sigma^2_{wtn} = MSW, \quad \hat\sigma^2_{btw} = \frac{MSB - MSW}{M}, \quad
        V = (1 + \tfrac1B) \hat\sigma^2_{btw} + \frac{\hat\sigma^2_{wtn}}{BM} = \frac{B + 1}{BM} MSB - \frac{MSW}{M}

        \nu = V^2 \Big/ \Bigl\{ \Bigl(\frac{B + 1}{BM}\Bigr)^2 \frac{MSB^2}{B - 1} + \frac{MSW^2}{B M^2 (M - 1)} \Bigr\}

    Parameters
    ----------
    estimates
        Shape ``(B, M, k)``, or ``(B, M)`` for one coefficient.
    terms
        Names of the coefficients; "b0", "b1", ... when left out.

    Returns
    -------
    BootstrapPooled
        See `BootstrapPooled.table`.

    Raises
    ------
    SpecError
        When the shape does not fit, numbers are not finite, or B or M is below 2.

    Warns
    -----
    DataWarning
        When imputations of the same sample differ more than the samples do, so that σ²_btw is set to 0.

    References
    ----------
    von Hippel, P. T., and J. W. Bartlett. 2021. Maximum likelihood multiple imputation: faster imputations and
    consistent standard errors without posterior draws. Statistical Science 36(3): 400-420.
    Bartlett, J. W., and R. A. Hughes. 2020. Bootstrap inference for multiple imputation under uncongeniality and
    misspecification. Statistical Methods in Medical Research 29(12): 3533-3546.
    Differs: a negative σ²_btw counts as 0, and then all estimates as one group; ν is 3 or more.

    Examples
    --------
    >>> import numpy as np
    >>> pooled = pool_bootstrap(np.array([[1.0, 3.0], [5.0, 7.0], [3.0, 5.0]]))
    >>> round(float(pooled.between[0]), 12), round(float(pooled.std_error[0] ** 2), 12)
    (3.0, 4.333333333333)
    """
    q = _check_estimates(estimates)
    b, m, k = q.shape
    names = tuple(terms) if terms is not None else tuple(f"b{j}" for j in range(k))
    if len(names) != k:
        raise SpecError(f"terms has {len(names)} names for {k} coefficients. Give one name per coefficient.")
    means = q.mean(axis=1)
    mean = means.mean(axis=0)
    msb = m * ((means - mean) ** 2).sum(axis=0) / (b - 1)
    msw = ((q - means[:, None]) ** 2).sum(axis=(0, 1)) / (b * (m - 1))
    pooled = ((b - 1) * msb + b * (m - 1) * msw) / (b * m - 1)
    is_negative = msb < msw
    if is_negative.any():
        _warn_of_negative([names[j] for j in np.flatnonzero(is_negative)])
    between = np.where(is_negative, 0.0, (msb - msw) / m)
    within = np.where(is_negative, pooled, msw)
    variance = (1 + 1 / b) * between + within / (b * m)
    scale = (((b + 1) / (b * m)) * msb) ** 2 / (b - 1) + msw**2 / (b * m**2 * (m - 1))
    dof = np.divide(variance**2, scale, out=np.full(k, np.inf), where=scale > 0)
    dof = np.where(is_negative, float(b * m - 1), dof)
    return BootstrapPooled(
        terms=names,
        estimates=mean,
        std_error=np.sqrt(variance),
        dof=np.maximum(dof, LEAST_DOF),
        between=between,
        within=within,
        n_bootstraps=b,
        m=m,
    )


def _check_estimates(estimates: ArrayLike) -> Floats:
    """Estimates of shape ``(B, M, k)``, or what is wrong with them."""
    q = np.asarray(estimates, dtype=np.float64)
    q = q[..., None] if q.ndim == 2 else q
    if q.ndim != 3 or q.shape[0] < 2 or q.shape[1] < 2 or q.shape[2] == 0:
        raise SpecError(
            f"estimates has shape {np.shape(estimates)}. pool_bootstrap needs (B, M, k) with B and M of 2 or more: "
            "B bootstrap samples, each imputed M times, k coefficients."
        )
    bad = ~np.isfinite(q).all(axis=(1, 2))
    if bad.any():
        raise SpecError(
            f"{int(bad.sum())} of {len(q)} bootstrap samples have an estimate that is not finite (first: sample "
            f"{int(bad.argmax())}). Every model must have been estimated in full: look at that one first."
        )
    return q


def _warn_of_negative(names: list[str]) -> None:
    warn_user(
        f"The variance between bootstrap samples came out negative for {', '.join(names[:5])} and counts as 0. The "
        "imputations of one sample differ more than the samples do: draw more bootstrap samples (200 or more).",
        DataWarning,
    )
