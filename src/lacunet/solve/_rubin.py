"""Rubin's rules: m answers from m completed data sets become one, with its uncertainty."""

from dataclasses import dataclass

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import SpecError


@dataclass(frozen=True, kw_only=True, slots=True)
class RubinSolution:
    """What Rubin's rules give for k coefficients.

    Attributes
    ----------
    estimates
        Q̄, shape ``(k,)``.
    within
        Ū, the average of the m covariance matrices, shape ``(k, k)``.
    between
        B, the covariance of the m estimates, shape ``(k, k)``.
    total
        T = Ū + (1 + 1/m) B, shape ``(k, k)``.
    dof
        Barnard and Rubin's degrees of freedom ν, shape ``(k,)``.
    fmi
        Fraction of missing information γ, shape ``(k,)``.
    riv
        Relative increase in variance due to nonresponse r, shape ``(k,)``.
    lambda_
        Share of the total variance that is due to missing values λ, shape ``(k,)``.
    m
        Number of imputations.
    """

    estimates: Floats
    within: Floats
    between: Floats
    total: Floats
    dof: Floats
    fmi: Floats
    riv: Floats
    lambda_: Floats
    m: int


def combine_rubin(estimates: Floats, covariances: Floats, dof: Floats | float = np.inf) -> RubinSolution:
    r"""Combine the estimates of m completed data sets by Rubin's rules.

    For estimates that are roughly normal over samples (coefficients, means, log odds). Not for p-values, R², or
    predictions of single rows.

    .. math::

        \bar Q &= \tfrac1m \textstyle\sum_i \hat Q_i, \quad \bar U = \tfrac1m \sum_i U_i, \quad
        B = \tfrac1{m-1} \sum_i (\hat Q_i - \bar Q)(\hat Q_i - \bar Q)', \quad T = \bar U + (1 + \tfrac1m) B

        r &= \frac{(1 + 1/m) B}{\bar U}, \quad \lambda = \frac{(1 + 1/m) B}{T}, \quad
        \gamma = \frac{r + 2 / (\nu + 3)}{r + 1}

        \nu_m &= \frac{m - 1}{\lambda^2}, \quad
        \hat\nu_{obs} = \frac{\nu_{com} + 1}{\nu_{com} + 3} \nu_{com} (1 - \lambda), \quad
        \nu = \Bigl(\frac1{\nu_m} + \frac1{\hat\nu_{obs}}\Bigr)^{-1}

    Parameters
    ----------
    estimates
        Q̂, shape ``(m, k)``, with m at least 2.
    covariances
        U, shape ``(m, k, k)``.
    dof
        ν_com, the degrees of freedom had nothing been missing: one number or shape ``(k,)``; infinite for
        asymptotic inference, which gives Rubin's (1987) degrees of freedom.

    Returns
    -------
    RubinSolution
        Everything above, each coefficient for itself, and the three covariance matrices.

    Raises
    ------
    SpecError
        With fewer than two estimates.

    References
    ----------
    Rubin, D. B. 1987. Multiple Imputation for Nonresponse in Surveys, ch. 3. Wiley.
    Barnard, J., and D. B. Rubin. 1999. Small-sample degrees of freedom with multiple imputation.
    Biometrika 86(4): 948-955.
    van Buuren, S. 2018. Flexible Imputation of Missing Data, 2nd ed., 2.4. CRC Press.

    Examples
    --------
    >>> import numpy as np
    >>> rubin = combine_rubin(np.array([[1.0], [3.0]]), np.array([[[1.0]], [[1.0]]]))
    >>> float(rubin.total[0, 0]), float(rubin.riv[0]), float(rubin.lambda_[0])
    (4.0, 3.0, 0.75)
    """
    m = _check_count(estimates)
    q_bar = estimates.mean(axis=0)
    u_bar = covariances.mean(axis=0)
    deviations = estimates - q_bar
    between = deviations.T @ deviations / (m - 1)
    total = u_bar + (1 + 1 / m) * between
    riv, lambda_, nu, fmi = _information(np.diag(u_bar), np.diag(between), m, dof)
    return RubinSolution(
        estimates=q_bar, within=u_bar, between=between, total=total, dof=nu, fmi=fmi, riv=riv, lambda_=lambda_, m=m
    )


def combine_each(estimates: Floats, variances: Floats, dof: Floats | float = np.inf) -> tuple[Floats, Floats, Floats]:
    """Rubin's rules for many numbers, each for itself: predictions of rows, say.

    Parameters
    ----------
    estimates, variances
        Shape ``(m, q)``.
    dof
        Degrees of freedom had nothing been missing.

    Returns
    -------
    tuple
        Pooled estimates, their total variances and degrees of freedom, shape ``(q,)`` each; as `combine_rubin`.

    Raises
    ------
    SpecError
        With fewer than two estimates.
    """
    m = _check_count(estimates)
    within, between = variances.mean(axis=0), estimates.var(axis=0, ddof=1)
    nu = _information(within, between, m, dof)[2]
    return estimates.mean(axis=0), within + (1 + 1 / m) * between, nu


def _check_count(estimates: Floats) -> int:
    m = len(estimates)
    if m < 2:
        raise SpecError(
            f"There is {m} imputation to pool. Rubin's rules need at least 2, since the spread between "
            "imputations is part of the uncertainty: impute with m=20 or so."
        )
    return m


def _information(within: Floats, between: Floats, m: int, dof: Floats | float) -> tuple[Floats, Floats, Floats, Floats]:
    """Relative increase in variance, λ, degrees of freedom and fraction of missing information."""
    added = (1 + 1 / m) * between
    riv, lambda_ = _ratio(added, within), _ratio(added, within + added)
    nu = complete_dof(lambda_, m, dof)
    with np.errstate(invalid="ignore"):
        fmi = np.where(np.isinf(riv), 1.0, (riv + 2 / (nu + 3)) / (riv + 1))
    return riv, lambda_, nu, fmi


def complete_dof(lambda_: Floats, m: int, dof: Floats | float = np.inf) -> Floats:
    """Degrees of freedom ν of Barnard and Rubin (1999), Rubin's (1987) ν_m when ``dof`` is infinite.

    Computed from reciprocals, so that λ = 0 (nothing missing) needs no special case.
    """
    dof = np.broadcast_to(np.asarray(dof, dtype=np.float64), lambda_.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse_old = lambda_**2 / (m - 1)
        observed = np.where(np.isinf(dof), np.inf, (dof + 1) / (dof + 3) * dof * (1 - lambda_))
        return 1 / (inverse_old + 1 / observed)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole, 0 where both are 0 (a coefficient known exactly)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(part == 0, 0.0, part / whole)
