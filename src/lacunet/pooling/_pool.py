"""Pooling of estimates that come from anywhere."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.pooling._pooled import Pooled
from lacunet.solve import combine_rubin


def pool(
    estimates: ArrayLike,
    covariances: ArrayLike,
    dof: ArrayLike | None = None,
    *,
    terms: Sequence[str] | None = None,
    n_obs: int | None = None,
    statistics: Mapping[str, ArrayLike] | None = None,
) -> Pooled:
    r"""Pool m estimates and their covariance matrices by Rubin's rules.

    For estimates made outside lacunet, from each of m completed data sets. The estimator should be roughly normal over
    samples: pool log odds, not odds ratios; Fisher's z, not correlations.

    .. math:: \bar Q = \tfrac1m \sum_i \hat Q_i, \quad T = \bar U + (1 + \tfrac1m) B

    Parameters
    ----------
    estimates
        Shape ``(m, k)``, or ``(m,)`` for one coefficient; a frame's column names become the terms.
    covariances
        Shape ``(m, k, k)``; ``(m,)`` variances, not standard errors, for one coefficient.
    dof
        Degrees of freedom had nothing been missing (n - k for OLS): one number, or one per coefficient. None means
        infinite, for asymptotic estimators.
    terms
        Names of the coefficients; "b0", "b1", ... when left out.
    n_obs
        Rows behind each estimate, for the record.
    statistics
        Statistics of each fit, shape ``(m,)`` each, such as ``{"r_squared": [...]}``.

    Returns
    -------
    Pooled
        See `Pooled.table`.

    Raises
    ------
    SpecError
        When shapes do not fit each other, numbers are not finite, a variance or ``dof`` is negative, or m is below 2.

    References
    ----------
    Rubin, D. B. 1987. Multiple Imputation for Nonresponse in Surveys, ch. 3. Wiley.
    Barnard, J., and D. B. Rubin. 1999. Small-sample degrees of freedom with multiple imputation.
    Biometrika 86(4): 948-955.

    Examples
    --------
    >>> pooled = pool([[1.0], [3.0]], [[[1.0]], [[1.0]]], dof=100)
    >>> round(float(pooled.table()["df"][0]), 4)
    1.6576
    """
    names, q, u, complete = read_estimates(estimates, covariances, dof, terms)
    return Pooled(
        terms=names,
        rubin=combine_rubin(q, u, complete),
        estimates=q,
        covariances=u,
        dof=complete,
        n_obs=n_obs,
        statistics={key: np.asarray(values, dtype=np.float64) for key, values in (statistics or {}).items()},
    )


def read_estimates(
    estimates: ArrayLike, covariances: ArrayLike, dof: ArrayLike | None, terms: Sequence[str] | None
) -> tuple[tuple[str, ...], Floats, Floats, Floats]:
    """Terms, estimates ``(m, k)``, covariances ``(m, k, k)`` and degrees of freedom ``(k,)``, or what does not fit."""
    q, u = _as_arrays(estimates, covariances)
    if terms is None and isinstance(estimates, pd.DataFrame):
        terms = [str(name) for name in estimates.columns]
    names = tuple(terms) if terms is not None else tuple(f"b{j}" for j in range(q.shape[1]))
    if len(names) != q.shape[1]:
        raise SpecError(f"terms has {len(names)} names for {q.shape[1]} coefficients. Give one name per coefficient.")
    return names, q, u, _as_dof(dof, q.shape[1])


def _as_arrays(estimates: ArrayLike, covariances: ArrayLike) -> tuple[Floats, Floats]:
    """Bring both to ``(m, k)`` and ``(m, k, k)``, or say what does not fit."""
    q = np.asarray(estimates, dtype=np.float64)
    u = np.asarray(covariances, dtype=np.float64)
    q = q[:, None] if q.ndim == 1 else q
    u = u.reshape(-1, 1, 1) if q.ndim == 2 and q.shape[1] == 1 and u.size == len(q) else u
    if q.ndim != 2 or u.shape != (*q.shape, q.shape[-1]):
        raise SpecError(
            f"estimates has shape {np.shape(estimates)} and covariances {np.shape(covariances)}. "
            "Pooling needs (m, k) and (m, k, k): one row of k estimates and one k x k covariance matrix per data set."
        )
    if not (np.isfinite(q).all() and np.isfinite(u).all()):
        where = sorted({*np.nonzero(~np.isfinite(q))[0].tolist(), *np.nonzero(~np.isfinite(u))[0].tolist()})
        raise SpecError(
            f"Data set {where[0]} has an estimate or variance that is not finite. "
            "Every model must have been estimated in full: look at that one first."
        )
    if (np.diagonal(u, axis1=1, axis2=2) < 0).any():
        raise SpecError("A variance on the diagonal of covariances is negative. Hand over covariance matrices.")
    return q, u


def _as_dof(dof: ArrayLike | None, k: int) -> Floats:
    """Complete-data degrees of freedom, one per coefficient."""
    given = np.asarray(np.inf if dof is None else dof, dtype=np.float64)
    if given.ndim > 1 or (given.ndim == 1 and len(given) != k):
        raise SpecError(f"dof has shape {given.shape}. It needs one number, or {k}, one per coefficient.")
    if not (given > 0).all():
        raise SpecError(f"dof={dof!r} holds a number that is not above 0. Give n - k, or None for infinite.")
    return np.broadcast_to(given, (k,)).copy()
