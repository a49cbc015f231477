"""Quantities that are not roughly normal over samples: R², correlations, shares. Pooled on a scale where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtrit
from scipy.stats import hmean

from lacunet._typing import Floats
from lacunet.errors import DataWarning, SpecError, warn_user
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled
from lacunet.pooling._samples import Samples, check_samples, weigh
from lacunet.report._summary import as_text

Scale = Literal["same", "fisher_z", "fisher_z_squared", "wilson"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PooledQuantity:
    """A quantity from m completed data sets, pooled where it is roughly normal and shown in its own unit.

    Made by `pool_r_squared`, `pool_correlation` and `pool_proportion`; `table` is what to look at.

    Attributes
    ----------
    quantity
        What it is: "r_squared", "correlation" or "proportion".
    pooled
        Rubin's rules on the scale of pooling.
    scale
        That scale: "fisher_z" (correlations), "fisher_z_squared" (R², through its root), "wilson" (shares, pooled as
        they are, with an interval of Wilson's kind).
    n_obs
        Rows behind each estimate; the effective number where weights were given, and the harmonic mean where it differs
        between data sets.

    Examples
    --------
    >>> from lacunet.pooling import pool_correlation
    >>> round(float(pool_correlation([0.5, 0.5], n=103).table()["estimate"][0]), 12)
    0.5
    """

    quantity: str
    pooled: Pooled
    scale: Scale
    n_obs: float

    @property
    def m(self) -> int:
        """Number of imputations pooled."""
        return self.pooled.m

    def table(self, level: float = 0.95) -> pd.DataFrame:
        """Show one row per quantity.

        Parameters
        ----------
        level
            Coverage of the intervals, a probability.

        Returns
        -------
        pandas.DataFrame
            Columns term, estimate, std_error (in the quantity's own unit: by the delta method where the scale is
            another), df, p_value (two-sided, against 0; NaN for R² and shares, where 0 is the edge of what is
            possible), conf_low, conf_high, fmi, riv and lambda (on the scale of pooling).

        Raises
        ------
        SpecError
            When ``level`` is not between 0 and 1.
        """
        inner = self.pooled.table(level)
        z, error = inner["estimate"].to_numpy(), inner["std_error"].to_numpy()
        low, high = inner["conf_low"].to_numpy(), inner["conf_high"].to_numpy()
        if self.scale == "fisher_z":
            estimate, slope, low, high = np.tanh(z), 1 - np.tanh(z) ** 2, np.tanh(low), np.tanh(high)
        elif self.scale == "fisher_z_squared":
            estimate, slope = np.tanh(z) ** 2, 2 * np.tanh(z) * (1 - np.tanh(z) ** 2)
            low, high = np.tanh(np.maximum(low, 0)) ** 2, np.tanh(high) ** 2
        else:
            estimate, slope = z, np.ones_like(z)
            low, high = _wilson(z, inner["riv"].to_numpy(), inner["df"].to_numpy(), self.n_obs, level)
        has_test = self.scale == "fisher_z"
        return pd.DataFrame(
            {
                "term": inner["term"],
                "estimate": estimate,
                "std_error": slope * error,
                "df": inner["df"],
                "p_value": inner["p_value"] if has_test else np.nan,
                "conf_low": low,
                "conf_high": high,
                "fmi": inner["fmi"],
                "riv": inner["riv"],
                "lambda": inner["lambda"],
            }
        )

    def __repr__(self) -> str:
        body = as_text(self.table())
        return f"Pooled {self.quantity} over m = {self.m}, n = {self.n_obs:,.6g}\n\n{body}"


def pool_r_squared(values: ArrayLike, n: int, *, terms: Sequence[str] | None = None) -> PooledQuantity:
    r"""Pool the R² of a linear model over m completed data sets.

    R² is far from normal over samples; Fisher's z of its root is nearer. Adjusted R² are pooled the same way: hand
    them over as they are. The interval is rough when R² is near 0, where its true distribution piles up.

    .. math:: z_i = \operatorname{artanh} \sqrt{R^2_i}, \quad U_i = \frac1{n - 3}, \quad R^2 = \tanh^2(\bar z)

    Parameters
    ----------
    values
        R² (or adjusted R²), shape ``(m,)``, or ``(m, k)`` for k models.
    n
        Rows of each regression.
    terms
        Names of the k models; "r_squared" when there is one.

    Returns
    -------
    PooledQuantity
        With infinite complete-data degrees of freedom.

    Raises
    ------
    SpecError
        When a value is 1 or more or not finite, n is 3 or less, or m is below 2.

    Warns
    -----
    DataWarning
        When an adjusted R² is negative; it counts as 0.

    References
    ----------
    Harel, O. 2009. The estimation of R² and adjusted R² in incomplete data sets using multiple imputation. Journal of
    Applied Statistics 36(10): 1109-1118.
    Differs: the interval uses Student's t with Rubin's degrees of freedom (R's mice uses 1.96).

    Examples
    --------
    >>> round(float(pool_r_squared([0.25, 0.25], n=100).table()["estimate"][0]), 12)
    0.25
    """
    r2 = _as_matrix("R²", values)
    if (r2 >= 1).any():
        raise SpecError(f"An R² is {r2.max():g}. It must be below 1 to be pooled: look at the model behind it.")
    if (r2 < 0).any():
        warn_user(
            f"{int((r2 < 0).sum())} of {r2.size} values of R² are negative (least: {r2.min():.3g}) and count as 0. "
            "An adjusted R² below 0 says that the terms explain nothing.",
            DataWarning,
        )
    z = np.arctanh(np.sqrt(np.maximum(r2, 0)))
    return _pool_fisher("r_squared", "fisher_z_squared", z, n, terms)


def pool_correlation(correlations: ArrayLike, n: int, *, terms: Sequence[str] | None = None) -> PooledQuantity:
    r"""Pool Pearson correlations over m completed data sets.

    .. math:: z_i = \operatorname{artanh} r_i, \quad U_i = \frac1{n - 3}, \quad r = \tanh(\bar z)

    The variance is that of two normal variables; with heavy tails the interval is too short.

    Parameters
    ----------
    correlations
        r, shape ``(m,)``, or ``(m, k)`` for k pairs of variables.
    n
        Rows behind each correlation.
    terms
        Names of the k pairs; "correlation" when there is one.

    Returns
    -------
    PooledQuantity
        With a p-value against no correlation, and infinite complete-data degrees of freedom, since Fisher's z is
        normal.

    Raises
    ------
    SpecError
        When a correlation is -1 or 1 or beyond, n is 3 or less, or m is below 2.

    References
    ----------
    Fisher, R. A. 1921. On the "probable error" of a coefficient of correlation deduced from a small sample. Metron
    1: 3-32.
    van Buuren, S. 2018. Flexible Imputation of Missing Data, 2nd ed., 5.2. CRC Press.

    Examples
    --------
    >>> pooled = pool_correlation([0.2, 0.4], n=103)
    >>> round(float(pooled.table()["estimate"][0]), 4)
    0.3033
    """
    r = _as_matrix("correlation", correlations)
    if (np.abs(r) >= 1).any():
        raise SpecError(
            f"A correlation is {r.flat[np.abs(r).argmax()]:g}. It must lie between -1 and 1 to be pooled; a variable "
            "with itself has no uncertainty: leave it out."
        )
    return _pool_fisher("correlation", "fisher_z", np.arctanh(r), n, terms)


def pool_proportion(
    shares: ArrayLike | Samples,
    n: int | None = None,
    *,
    weights: ArrayLike | Samples | None = None,
    terms: Sequence[str] | None = None,
) -> PooledQuantity:
    r"""Pool a share of rows over m completed data sets, with an interval of Wilson's kind.

    The interval stays within 0 and 1 and keeps its coverage for rare answers. It also stands when a share is 0 or 1
    in some or all data sets, where the logit has no value; that is why it is the one here.

    .. math::

        \bar q = \tfrac1m \sum_i \hat q_i, \quad U_i = \frac{\hat q_i (1 - \hat q_i)}{n}, \quad
        c = \frac{t^2 (1 + r)}{n}

        \frac{2 \bar q + c \pm \sqrt{(2 \bar q + c)^2 - 4 (1 + c) \bar q^2}}{2 (1 + c)}

    that is all Q with :math:`(\bar q - Q)^2 \le t^2 (1 + r) Q (1 - Q) / n`; t is the quantile of Student's t with
    Rubin's degrees of freedom.

    Parameters
    ----------
    shares
        With ``n``: shares, shape ``(m,)``, or ``(m, k)`` for k answers. Without: m samples of 0 and 1 (or true and
        false), one per completed data set, each of shape ``(n,)``, or ``(n, k)``.
    n
        Rows behind each share.
    weights
        With samples: survey weights, one array for all data sets or one per data set. n is then Kish's effective
        number :math:`(\sum w)^2 / \sum w^2` of each data set, which knows nothing of clusters or strata; the interval
        takes their harmonic mean.
    terms
        Names of the k shares; "proportion" when there is one.

    Returns
    -------
    PooledQuantity
        With infinite complete-data degrees of freedom.

    Raises
    ------
    SpecError
        When a share lies outside 0 and 1, n is below 1, m is below 2, or weights come without samples.
    DataError
        When a sample is empty, holds anything but 0 and 1, or does not fit its weights.

    References
    ----------
    Lott, A., and J. P. Reiter. 2020. Wilson confidence intervals for binomial proportions with multiple imputation for
    missing data. American Statistician 74(2): 109-115.
    Kish, L. 1965. Survey Sampling. Wiley.
    Differs: weights, through Kish's effective number of rows.

    Examples
    --------
    >>> pooled = pool_proportion([0.0, 0.0], n=100)
    >>> round(float(pooled.table()["conf_high"][0]), 3)
    0.037
    """
    if n is None:
        q, rows = estimate_shares(cast(Samples, shares), weights)
    elif weights is not None:
        raise SpecError("weights were given with finished shares. They belong to samples: leave out n, or the weights.")
    else:
        q = _as_matrix("share", cast(ArrayLike, shares))
        rows = np.full(len(q), float(n))
    if (rows < 1).any() or (q < 0).any() or (q > 1).any():
        raise SpecError(
            f"Shares from {q.min():g} to {q.max():g} with n={rows.min():g} were handed over. Shares lie between 0 and "
            "1, and n is 1 or more: divide percentages by 100."
        )
    variances = np.einsum("mk,kj->mkj", q * (1 - q) / rows[:, None], np.eye(q.shape[1]))
    pooled = pool(q, variances, terms=_names("proportion", q.shape[1], terms))
    return PooledQuantity(quantity="proportion", pooled=pooled, scale="wilson", n_obs=float(hmean(rows)))


def _pool_fisher(quantity: str, scale: Scale, z: Floats, n: int, terms: Sequence[str] | None) -> PooledQuantity:
    """Rubin's rules on Fisher's z, whose variance is 1 / (n - 3)."""
    if not n > 3:
        raise SpecError(f"n={n!r} rows are too few. Fisher's z has the variance 1 / (n - 3): it needs more than 3.")
    m, k = z.shape
    variances = np.broadcast_to(np.eye(k) / (n - 3), (m, k, k))
    pooled = pool(z, variances, terms=_names(quantity, k, terms), n_obs=n)
    return PooledQuantity(quantity=quantity, pooled=pooled, scale=scale, n_obs=float(n))


def _wilson(q: Floats, riv: Floats, dof: Floats, n: float, level: float) -> tuple[Floats, Floats]:
    """Interval of Lott and Reiter (2020); everything is possible when nothing but the imputations vary."""
    c = stdtrit(dof, 0.5 + level / 2) ** 2 * (1 + riv) / n
    with np.errstate(invalid="ignore"):
        middle, half = 2 * q + c, np.sqrt(np.maximum((2 * q + c) ** 2 - 4 * (1 + c) * q**2, 0))
        low, high = (middle - half) / (2 * (1 + c)), (middle + half) / (2 * (1 + c))
    return np.where(np.isinf(c), 0.0, np.maximum(low, 0)), np.where(np.isinf(c), 1.0, np.minimum(high, 1))


def estimate_shares(samples: Samples, weights: ArrayLike | Samples | None) -> tuple[Floats, Floats]:
    """Weighted shares in each sample, shape ``(m, k)``, and its effective number of rows, shape ``(m,)``."""
    values, weighed = check_samples(samples, weights, binary=True)
    shares = np.stack([np.atleast_1d(weigh(w) @ y) for y, w in zip(values, weighed, strict=True)])
    return shares, np.array([w.sum() ** 2 / (w @ w) for w in weighed])


def _as_matrix(what: str, values: ArrayLike) -> Floats:
    matrix = np.asarray(values, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if matrix.ndim != 2 or matrix.size == 0 or not np.isfinite(matrix).all():
        raise SpecError(
            f"The values have shape {np.shape(values)}, or one of them is not finite. It needs one {what} per "
            "completed data set, shape (m,), or k of them, shape (m, k)."
        )
    return matrix


def _names(quantity: str, k: int, terms: Sequence[str] | None) -> tuple[str, ...]:
    if terms is not None:
        return tuple(terms)
    return (quantity,) if k == 1 else tuple(f"{quantity}{j}" for j in range(k))
