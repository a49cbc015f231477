"""One door to every regression: estimates, covariance, likelihood, predictions and their gradient."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import block_diag

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError
from lacunet.solve._basis import Basis, check_design, find_basis
from lacunet.solve._blocks import dot, times
from lacunet.solve._counts import NegativeBinomial, check_counts, maximise_negative_binomial, negative_binomial
from lacunet.solve._least_squares import Solution, fit_least_squares, normal_log_likelihood
from lacunet.solve._levels import MultinomialLogit, OrderedLogit, check_levels
from lacunet.solve._mean import INDICES, check_estimates, check_model
from lacunet.solve._newton import Likelihood, maximise, warn_unless_settled
from lacunet.solve._one_index import OneIndex, check_binary
from lacunet.solve._sandwich import WITH_LEVERAGES, check_covariance, cluster_covariance, robust_covariance

WORDS = {
    "poisson": "Poisson regression",
    "negbin": "negative binomial",
    "ordered": "ordered logit",
    "multinomial": "multinomial logit",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rows:
    """Rows of positive weight, with weights that average 1."""

    design: Floats
    outcome: Floats
    weights: Floats | None
    clusters: Integers | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    """What a covariance is made of, in the columns of a basis."""

    inverse: Floats
    scores: Callable[[], Floats]
    leverages: Callable[[], Floats]
    classical: Floats
    back: Floats


def solve_model(
    model: str,
    design: Floats,
    outcome: Floats,
    names: tuple[str, ...] | None = None,
    *,
    weights: Floats | None = None,
    cov: str = "classical",
    clusters: Integers | None = None,
) -> Solution:
    r"""Fit a regression by maximum likelihood (least squares for "ols").

    Use it for one complete data set. All likelihoods but the negative binomial's are concave, so that Newton's
    method finds their one maximum; when there is none (separation), a ``ConvergenceWarning`` says so.

    .. math::

        \text{probit: } & \Pr(y = 1) = \Phi(x'\beta), \quad \text{poisson: } \mu = e^{x'\beta}, \quad
        \text{negbin: } Var(y) = \mu + \alpha\mu^2

        \text{ordered: } & \Pr(y \le j) = F(c_j - x'\beta), \quad
        \text{multinomial: } \Pr(y = j) = \frac{e^{x'\beta_j}}{1 + \sum_{l \ge 1} e^{x'\beta_l}}

    Parameters
    ----------
    model
        One of `MODELS`.
    design
        X, shape ``(n, k)``, with the intercept; without it for "ordered", whose cut points take its place.
    outcome
        y, shape ``(n,)``: numbers for "ols"; 0 and 1 for "logit" and "probit"; counts for "poisson" and "negbin";
        levels 0, 1, ..., J - 1 for "ordered" and "multinomial".
    names
        Names of the columns of X, for messages.
    weights
        Sampling weight of each row, shape ``(n,)``, not negative; rows of weight 0 are left out. They count by their
        ratios: they are scaled to average 1, and a weight of 2 does not stand for two rows.
    cov
        "classical" (inverse of the observed information; s² (X'WX)^-1 for "ols"), "HC0", "HC1", and, but for "negbin",
        "ordered" and "multinomial", "HC2" and "HC3".
    clusters
        Cluster of each row, whole numbers, shape ``(n,)``: the covariance then allows rows of a cluster to depend on
        each other.

    Returns
    -------
    Solution
        Estimates: k coefficients; "negbin" adds ln(α), "ordered" the J - 1 cut points, and "multinomial" has J - 1
        blocks of k, level by level from the second. ``dof`` is n less the number of coefficients and cut points, or
        with clusters their number less 1.

    Raises
    ------
    SpecError
        When the model or the covariance is unknown, or the covariance is not defined for the model.
    DataError
        When y does not suit the model, columns of X are redundant, weights are negative, or there is one cluster.

    References
    ----------
    McCullagh, P., and J. A. Nelder. 1989. Generalized Linear Models, 2nd ed. Chapman and Hall.
    Cameron, A. C., and P. K. Trivedi. 2013. Regression Analysis of Count Data, 2nd ed. Cambridge University Press.
    Agresti, A. 2013. Categorical Data Analysis, 3rd ed., ch. 8. Wiley.
    White, H. 1982. Maximum likelihood estimation of misspecified models. Econometrica 50(1): 1-25.
    Differs: the probit's covariance comes from the observed information, as in Stata; R's ``glm`` takes the expected.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.column_stack([np.ones(4), [0.0, 0, 1, 1]])
    >>> np.exp(solve_model("poisson", x, np.array([1.0, 3, 4, 6])).estimates).round(12)
    array([2. , 2.5])
    """
    check_model(model)
    has_leverages = model == "ols" or model in INDICES
    check_covariance(model, cov, has_leverages=has_leverages, has_clusters=clusters is not None)
    rows = _used(design, outcome, weights, clusters)
    solution, parts = (_solve_linear if model == "ols" else _solve_likelihood)(model, rows, names)
    return _with_covariance(solution, parts, cov, rows.clusters)


def log_likelihood_at(
    model: str, design: Floats, outcome: Floats, estimates: Floats, weights: Floats | None = None
) -> float:
    """Log-likelihood of a model at given estimates, for likelihood-ratio tests over imputations.

    Parameters
    ----------
    model, design, outcome, weights
        As in `solve_model`.
    estimates
        As `solve_model` returns them.

    Returns
    -------
    float
        The log-likelihood, with its constants; "ols" takes the residual variance that suits the estimates best.

    Raises
    ------
    SpecError
        When the model is unknown, or the number of estimates does not suit it.
    DataError
        When y holds a level that the estimates do not know.
    """
    n_levels = check_estimates(model, design, estimates)
    rows = _used(design, outcome, weights, None)
    if model == "ols":
        residuals = rows.outcome - times(rows.design, estimates)
        squares = dot(residuals, residuals if rows.weights is None else rows.weights * residuals)
        return normal_log_likelihood(squares, len(residuals))
    if n_levels and rows.outcome.max() >= n_levels:
        raise DataError(
            f"The outcome holds level {rows.outcome.max():g} (counted from 0), and the estimates know {n_levels} "
            "levels. Hand over the estimates of a fit in which every level had a row."
        )
    return _likelihood(model, rows.design, rows, n_levels).value(np.asarray(estimates, dtype=np.float64))


def _used(design: Floats, outcome: Floats, weights: Floats | None, clusters: Integers | None) -> _Rows:
    """Rows that count, with weights that average 1."""
    if weights is None:
        return _Rows(design=design, outcome=outcome, weights=None, clusters=clusters)
    bad = ~np.isfinite(weights) | (weights < 0)
    if bad.any():
        raise DataError(
            f"{int(bad.sum())} rows have a weight that is negative or missing (first: {weights[bad][0]:g}). Weights "
            "are 0 or more: correct them, or give such rows weight 0 to leave them out."
        )
    used = weights > 0
    if not used.any():
        raise DataError("Every row has weight 0. Some rows need a positive weight: check the column of weights.")
    if not used.all():
        design, outcome, weights = design[used], outcome[used], weights[used]
        clusters = None if clusters is None else clusters[used]
    return _Rows(design=design, outcome=outcome, weights=weights / weights.mean(), clusters=clusters)


def _solve_linear(model: str, rows: _Rows, names: tuple[str, ...] | None) -> tuple[Solution, _Parts]:
    n, k = check_design(rows.design, names)
    fit = fit_least_squares(rows.design, rows.outcome, names, rows.weights)
    scale = fit.squares / (n - k)
    pull = fit.residuals if rows.weights is None else rows.weights * fit.residuals
    parts = _Parts(
        inverse=np.eye(k),
        scores=lambda: (times(rows.design, fit.inverse_r)) * pull[:, None],
        leverages=lambda: (
            ((times(rows.design, fit.inverse_r)) ** 2).sum(axis=1) * (1.0 if rows.weights is None else rows.weights)
        ),
        classical=scale * np.eye(k),
        back=fit.inverse_r,
    )
    solution = Solution(
        estimates=fit.estimates,
        covariance=parts.classical,
        dof=float(n - k),
        n_obs=n,
        scale=scale,
        log_likelihood=normal_log_likelihood(fit.squares, n),
    )
    return solution, parts


def _solve_likelihood(model: str, rows: _Rows, names: tuple[str, ...] | None) -> tuple[Solution, _Parts]:
    n_levels = _check_outcome(model, rows.outcome)
    n, k = rows.design.shape
    n_free = {"ordered": k + n_levels - 1, "multinomial": k * (n_levels - 1)}.get(model, k)
    check_design(rows.design, names, n_free)
    basis = find_basis(rows.design, names, rows.weights, has_cuts=model == "ordered")
    likelihood = _likelihood(model, basis.columns, rows, n_levels)
    if isinstance(likelihood, NegativeBinomial):
        maximum = maximise_negative_binomial(likelihood)
    else:
        maximum = maximise(likelihood, likelihood.start())
    theta = maximum.theta
    warn_unless_settled(WORDS.get(model, model), maximum, likelihood.reach(theta))
    back = _way_back(model, basis, n_levels)
    parts = _Parts(
        inverse=maximum.covariance,
        scores=lambda: likelihood.scores(theta),
        leverages=lambda: likelihood.leverages(theta) if isinstance(likelihood, OneIndex) else np.zeros(n),
        classical=maximum.covariance,
        back=back,
    )
    solution = Solution(
        estimates=back @ theta,
        covariance=parts.classical,
        dof=float(n - n_free),
        n_obs=n,
        scale=1.0,
        log_likelihood=likelihood.value(theta),
    )
    return solution, parts


def _check_outcome(model: str, outcome: Floats) -> int:
    """Refuse outcomes that do not suit the model; returns the number of levels, 0 where there are none."""
    words = WORDS.get(model, model)
    if model in ("ordered", "multinomial"):
        return check_levels(outcome, words, 3 if model == "ordered" else 2)
    if model in ("poisson", "negbin"):
        check_counts(outcome, words)
    else:
        check_binary(outcome, words)
    return 0


def _likelihood(model: str, design: Floats, rows: _Rows, n_levels: int) -> Likelihood:
    """Likelihood of the rows with this design, which may be another basis of theirs."""
    if model == "negbin":
        return negative_binomial(design, rows.outcome, rows.weights)
    if model in INDICES:
        return OneIndex(index=INDICES[model], design=design, outcome=rows.outcome, weights=rows.weights)
    kind = OrderedLogit if model == "ordered" else MultinomialLogit
    return kind(design=design, levels=rows.outcome.astype(np.intp), n_levels=n_levels, weights=rows.weights)


def _way_back(model: str, basis: Basis, n_levels: int) -> Floats:
    """Matrix that turns estimates in the columns of the basis into those of the user's columns."""
    if model == "negbin":
        return block_diag(basis.transform, 1.0)
    if model == "multinomial":
        return block_diag(*[basis.transform] * (n_levels - 1))
    if model == "ordered":
        k = len(basis.centre)
        back = block_diag(basis.transform, np.eye(n_levels - 1)) if k else np.eye(n_levels - 1)
        back[k:, :k] = basis.centre @ basis.transform
        return back
    return basis.transform


def _with_covariance(solution: Solution, parts: _Parts, cov: str, clusters: Integers | None) -> Solution:
    """The solution with the covariance that was asked for, in the user's columns."""
    covariance, dof = parts.classical, solution.dof
    if clusters is not None:
        covariance, n_clusters = cluster_covariance(parts.inverse, parts.scores(), dof, clusters)
        dof = float(n_clusters - 1)
    elif cov != "classical":
        leverages = parts.leverages() if cov in WITH_LEVERAGES else None
        covariance = robust_covariance(cov, parts.inverse, parts.scores(), dof, leverages)
    return replace(solution, covariance=parts.back @ covariance @ parts.back.T, dof=dof)
