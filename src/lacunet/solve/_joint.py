"""Tests of several coefficients at once, or of two nested models, over m completed data sets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.solve._rubin import combine_rubin


@dataclass(frozen=True, kw_only=True, slots=True)
class JointTest:
    """A test of k restrictions, pooled over m completed data sets.

    Attributes
    ----------
    method
        "D1", "D2", "D3" or "D4".
    statistic
        The pooled statistic, to be held against an F distribution.
    df1
        Its first degrees of freedom: k, the number of restrictions.
    df2
        Its second degrees of freedom; infinite when the imputations agree.
    p_value
        Probability of a larger statistic when the restrictions hold.
    riv
        Average relative increase in variance due to nonresponse, never below 0.
    m
        Number of imputations.
    """

    method: str
    statistic: float
    df1: float
    df2: float
    p_value: float
    riv: float
    m: int

    def __str__(self) -> str:
        df2 = "inf" if np.isinf(self.df2) else f"{self.df2:,.1f}"
        p = "< .001" if self.p_value < 0.001 else f"= {self.p_value:.3f}"
        return f"F({self.df1:g}, {df2}) = {self.statistic:.4g}, p {p} ({self.method}, m = {self.m})"


def wald_d1(estimates: ArrayLike, covariances: ArrayLike, dof: float = np.inf) -> JointTest:
    r"""Test that k coefficients are all 0 (Wald), from their estimates and covariance matrices.

    The test to reach for first: it needs no likelihood. It supposes that every coefficient loses about the same
    fraction of information to missing values, and loses power where they differ much. For a hypothesis about
    combinations, hand over :math:`R \hat Q - q` and :math:`R U R'`.

    .. math::

        r &= (1 + \tfrac1m) \, tr(B \bar U^{-1}) / k, \quad
        D_1 = \frac{\bar Q' \bar U^{-1} \bar Q}{k (1 + r)}, \quad t = k (m - 1)

        \nu &= 4 + (t - 4) \Bigl(1 + \frac{1 - 2/t}{r}\Bigr)^2 \; (t > 4), \quad
        \nu = \tfrac12 t (1 + \tfrac1k) (1 + \tfrac1r)^2 \; (t \le 4)

    With finite ``dof``, ν is Reiter's (2007).

    Parameters
    ----------
    estimates
        Q̂, shape ``(m, k)``: only the coefficients that are tested.
    covariances
        U, shape ``(m, k, k)``.
    dof
        ν_com, the degrees of freedom had nothing been missing (n minus all coefficients of the model); infinite for
        asymptotic inference.

    Returns
    -------
    JointTest
        With ``method="D1"``.

    Raises
    ------
    SpecError
        When the shapes do not fit, numbers are not finite, m is below 2, Ū cannot be inverted, or ``dof`` is not
        above 0.

    References
    ----------
    Li, K. H., T. E. Raghunathan, and D. B. Rubin. 1991. Large-sample significance levels from multiply imputed data
    using moment-based statistics and an F reference distribution. Journal of the American Statistical Association
    86(416): 1065-1073.
    Reiter, J. P. 2007. Small-sample degrees of freedom for multi-component significance tests with multiple
    imputation for missing data. Biometrika 94(2): 502-508.
    Differs: with k = 1 the degrees of freedom are Barnard and Rubin's (Rubin's when ``dof`` is infinite), so that the
    p-value is that of the term's t-test; Reiter's formula ends at exactly 4 when t = 4, whatever the data say (k = 1
    and m = 5 in R's mice and mitml). With finite ``dof`` where Reiter's formula does not exist (t ≤ 4, or
    ν_com (ν_com + 1) / (ν_com + 3) ≤ 4 (1 + rt / (t - 2))), ν is combined with the observed-data degrees of freedom as
    Barnard and Rubin do it.

    Examples
    --------
    >>> import numpy as np
    >>> test = wald_d1(np.array([[1.0, 2.0], [3.0, 2.0]]), np.stack([np.eye(2)] * 2))
    >>> test.riv, round(test.statistic, 12)
    (1.5, 1.6)
    """
    q, u = check_wald(estimates, covariances, dof)
    m, k = q.shape
    rubin = combine_rubin(q, u)
    error = np.sqrt(np.diag(rubin.within))
    if not (error > 0).all() or np.linalg.matrix_rank(rubin.within / np.outer(error, error), hermitian=True) < k:
        raise SpecError(
            "The average covariance matrix of the tested coefficients has no inverse. The restrictions must be "
            "independent of each other: take out those that follow from the others."
        )
    solved = np.linalg.solve(rubin.within, np.column_stack([rubin.estimates, rubin.between]))
    riv = (1 + 1 / m) * float(np.trace(solved[:, 1:])) / k
    statistic = float(rubin.estimates @ solved[:, 0]) / (k * (1 + riv))
    return look_up_f("D1", statistic, k, _dof_d1(riv, k, m, dof), riv, m)


def pool_chi_squares_d2(statistics: ArrayLike, k: int) -> JointTest:
    r"""Pool m chi-squared statistics of the same test when nothing else is known.

    For tests whose covariance matrices or likelihoods are not at hand. It knows the spread of the statistics only:
    the p-value is rough, and D1, D3 or D4 are better where they can be had.

    .. math::

        r = (1 + \tfrac1m) \frac1{m - 1} \sum_i (\sqrt{d_i} - \overline{\sqrt d})^2, \quad
        D_2 = \frac{\bar d / k - \frac{m + 1}{m - 1} r}{1 + r}, \quad
        \nu = k^{-3/m} (m - 1) (1 + \tfrac1r)^2

    Parameters
    ----------
    statistics
        d, shape ``(m,)``: chi-squared statistics on k degrees of freedom (Wald, likelihood ratio or score).
    k
        Their degrees of freedom.

    Returns
    -------
    JointTest
        With ``method="D2"``; the statistic can be below 0, with a p-value of 1.

    Raises
    ------
    SpecError
        When a statistic is negative or not finite, m is below 2 or k below 1.

    References
    ----------
    Li, K.-H., X.-L. Meng, T. E. Raghunathan, and D. B. Rubin. 1991. Significance levels from repeated p-values with
    multiply-imputed data. Statistica Sinica 1: 65-92.

    Examples
    --------
    >>> test = pool_chi_squares_d2([4.0, 9.0], k=2)
    >>> round(test.riv, 12), round(test.statistic, 12)
    (0.75, 0.571428571429)
    """
    d = _check_vector("statistics", statistics)
    _check_restrictions(k)
    if (d < 0).any():
        raise SpecError(f"A chi-squared statistic is {d.min():g}. It cannot be negative: hand over the statistics.")
    m = len(d)
    riv = (1 + 1 / m) * float(np.var(np.sqrt(d), ddof=1))
    statistic = (float(d.mean()) / k - (m + 1) / (m - 1) * riv) / (1 + riv)
    return look_up_f("D2", statistic, k, _times_odds(k ** (-3 / m) * (m - 1), riv), riv, m)


def likelihood_ratio_d3(at_estimates: ArrayLike, at_average: ArrayLike, k: int) -> JointTest:
    r"""Compare two nested models by their likelihood ratios, at their own estimates and at the averages.

    .. math::

        r = \max\Bigl\{0, \frac{m + 1}{k (m - 1)} (\bar d - \tilde d)\Bigr\}, \quad
        D_3 = \frac{\tilde d}{k (1 + r)}

    with ν as for D1 without a finite ν_com. All parameters are averaged, the residual variance of a linear model
    among them. The result depends on how the parameters are written (a variance or its logarithm); D4 does not.

    Parameters
    ----------
    at_estimates
        d, shape ``(m,)``: twice the difference of the log-likelihoods, full minus restricted, each at the estimates of
        that completed data set.
    at_average
        d̃, shape ``(m,)``: the same on the same data, but each model at its estimates averaged over the m data sets.
    k
        Number of restrictions: parameters that the full model has more.

    Returns
    -------
    JointTest
        With ``method="D3"``.

    Raises
    ------
    SpecError
        When the two differ in length, are not finite, m is below 2 or k below 1.

    References
    ----------
    Meng, X.-L., and D. B. Rubin. 1992. Performing likelihood ratio tests with multiply-imputed data sets.
    Biometrika 79(1): 103-111.
    Differs: r is kept at 0 where it would come out negative.

    Examples
    --------
    >>> test = likelihood_ratio_d3([8.0, 6.0], [6.0, 6.0], k=2)
    >>> test.riv, round(test.statistic, 12)
    (1.5, 1.2)
    """
    d, d_tilde = _check_vector("at_estimates", at_estimates), _check_vector("at_average", at_average)
    _check_restrictions(k)
    if len(d) != len(d_tilde):
        raise SpecError(
            f"at_estimates has {len(d)} numbers and at_average {len(d_tilde)}. Both need one per completed data set."
        )
    m = len(d)
    riv = max(0.0, (m + 1) / (k * (m - 1)) * float(d.mean() - d_tilde.mean()))
    statistic = float(d_tilde.mean()) / (k * (1 + riv))
    return look_up_f("D3", statistic, k, dof_large(riv, k, m), riv, m)


def likelihood_ratio_d4(
    d_bar: float, d_stacked: float, k: int, m: int, *, full_gap: float | None = None, n_parameters: int | None = None
) -> JointTest:
    r"""Compare two nested models by their likelihood ratios, on each data set and on all of them stacked.

    Needs nothing but log-likelihoods, and does not depend on how the parameters are written; the choice among
    likelihood-ratio tests.

    .. math::

        r = \max\Bigl\{0, \frac{m + 1}{k (m - 1)} (\bar d - \hat d_S)\Bigr\}, \quad
        D_4 = \frac{\hat d_S}{k (1 + r)}, \quad \nu = k (m - 1) (1 + \tfrac1r)^2

    With ``full_gap`` and ``n_parameters`` r is the robust one, which also holds when the restrictions are false and
    supposes that *all* parameters of the full model lose the same fraction of information:
    :math:`r = \max\{0, \frac{m + 1}{h (m - 1)} \delta\}, \nu = h (m - 1) (1 + \tfrac1r)^2`.

    Parameters
    ----------
    d_bar
        d̄: twice the difference of the log-likelihoods (full minus restricted), averaged over the m data sets.
    d_stacked
        d̂_S: the same for the two models fitted once to the m data sets stacked on each other, **divided by m**.
    k
        Number of restrictions: parameters that the full model has more.
    m
        Number of imputations.
    full_gap
        δ: twice the log-likelihood of the full model, averaged over the m data sets, minus twice that of the stacked
        fit divided by m.
    n_parameters
        h, all parameters of the full model, a residual variance among them.

    Returns
    -------
    JointTest
        With ``method="D4"``.

    Raises
    ------
    SpecError
        When a number is not finite, m is below 2, k below 1, or one of ``full_gap`` and ``n_parameters`` is missing.

    References
    ----------
    Chan, K. W., and X.-L. Meng. 2022. Multiple improvements of multiple imputation likelihood ratio tests. Statistica
    Sinica 32: 1489-1514.

    Examples
    --------
    >>> test = likelihood_ratio_d4(8.0, 6.0, k=2, m=5)
    >>> test.riv, round(test.statistic, 12)
    (1.5, 1.2)
    """
    _check_restrictions(k)
    if (full_gap is None) != (n_parameters is None):
        raise SpecError("Only one of full_gap and n_parameters is given. The robust version needs both: add the other.")
    numbers = np.array([d_bar, d_stacked, 0.0 if full_gap is None else full_gap])
    if m < 2 or not np.isfinite(numbers).all():
        raise SpecError(
            f"D4 was handed d_bar={d_bar!r}, d_stacked={d_stacked!r} and m={m!r}. It needs finite numbers from at "
            "least 2 imputations: look at the models behind them."
        )
    h = k if n_parameters is None else n_parameters
    gap = d_bar - d_stacked if full_gap is None else full_gap
    riv = max(0.0, (m + 1) / (h * (m - 1)) * gap)
    return look_up_f("D4", d_stacked / (k * (1 + riv)), k, _times_odds(h * (m - 1), riv), riv, m)


def look_up_f(method: str, statistic: float, k: int, df2: float, riv: float, m: int) -> JointTest:
    """Look the statistic up in F; chi-squared over k where the second degrees of freedom are infinite."""
    at = max(statistic, 0.0)
    p_value = float(chdtrc(k, k * at) if np.isinf(df2) else fdtrc(k, df2, at))
    return JointTest(
        method=method, statistic=float(statistic), df1=float(k), df2=df2, p_value=p_value, riv=float(riv), m=m
    )


def _times_odds(base: float, riv: float) -> float:
    """Base times (1 + 1/r)², infinite when nothing is missing."""
    return base * (1 + 1 / riv) ** 2 if riv > 0 else float("inf")


def dof_large(riv: float, k: int, m: int) -> float:
    """ν of Li, Raghunathan and Rubin (1991)."""
    t = k * (m - 1)
    if t <= 4:
        return _times_odds(t * (1 + 1 / k) / 2, riv)
    return 4 + (t - 4) * (1 + (1 - 2 / t) / riv) ** 2 if riv > 0 else float("inf")


def _dof_d1(riv: float, k: int, m: int, dof: float) -> float:
    """ν for D1: Rubin's for one coefficient, Li and others' for more, Reiter's when ν_com is finite."""
    large = _times_odds(m - 1, riv) if k == 1 else dof_large(riv, k, m)  # NOTE[DIFF] for k = 1, see wald_d1
    if np.isinf(dof):
        return large
    t = k * (m - 1)
    star = dof * (dof + 1) / (dof + 3)
    if k == 1 or t <= 4 or star <= 4 * (1 + riv * t / (t - 2)):  # NOTE[DIFF], see wald_d1
        return 1 / (1 / large + (1 + riv) / star)
    return _dof_reiter(riv * t / (t - 2), t, star)


def _dof_reiter(a: float, t: int, star: float) -> float:
    """ν of Reiter (2007), in its letters: a = rt / (t - 2), ν*_com."""
    two, four = star - 2 * (1 + a), star - 4 * (1 + a)
    spread = (
        a**2 * two / ((1 + a) ** 2 * four)
        + 8 * a**2 * two / ((1 + a) * four**2)
        + 4 * a**2 / ((1 + a) * four)
        + 4 * a**2 / (four * two)
        + 16 * a**2 * two / four**3
        + 8 * a**2 / four**2
    )
    return 4 + 1 / (1 / four + spread / (t - 4))


def check_wald(
    estimates: ArrayLike, covariances: ArrayLike, dof: Floats | float, who: str = "D1"
) -> tuple[Floats, Floats]:
    """Bring estimates to ``(m, k)`` and covariances to ``(m, k, k)``, or say what is wrong with them."""
    q, u = np.asarray(estimates, dtype=np.float64), np.asarray(covariances, dtype=np.float64)
    if q.ndim != 2 or q.shape[1] == 0 or u.shape != (*q.shape, q.shape[-1]):
        raise SpecError(
            f"estimates has shape {q.shape} and covariances {u.shape}. {who} needs (m, k) and (m, k, k): one row of "
            "k estimates and one k x k covariance matrix per data set."
        )
    if not (np.isfinite(q).all() and np.isfinite(u).all()):
        raise SpecError(
            f"An estimate or a covariance is not finite. {who} needs every model estimated in full: look for the "
            "data set whose model failed."
        )
    if not (np.asarray(dof) > 0).all():
        raise SpecError(f"dof={dof!r} is not above 0. Give n minus the number of coefficients, or infinity.")
    return q, u


def _check_vector(name: str, values: ArrayLike) -> Floats:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or len(vector) < 2 or not np.isfinite(vector).all():
        raise SpecError(
            f"{name} has shape {vector.shape}, or holds a number that is not finite. It needs one finite statistic "
            "per imputation, from at least 2 of them: impute with m=20 or so."
        )
    return vector


def _check_restrictions(k: int) -> None:
    if k < 1:
        raise SpecError(f"k={k!r} restrictions cannot be tested. It needs 1 or more: name what the test leaves out.")
