"""One design, very many outcomes: least squares for all of them at once, and the size of each term over all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.solve._basis import check_design, invert_triangle
from lacunet.solve._blocks import blocks_of_rows, times, triangle, weighted_gram

MANY = 1e10
"""Degrees of freedom from which on Student's t is the normal distribution."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ManyOutcomes:
    """Least squares of n rows on k terms for D outcomes at once.

    Everything is in a basis of the design whose columns Q = X R^-1 are orthogonal under the weights (Q'WQ = I), so that
    units and near collinearity of the terms cost no digits; ``contrasts`` are the way back.

    Attributes
    ----------
    coefficients
        B, shape ``(k, D)``.
    contrasts
        R^-1, shape ``(k, k)``: row j of B is row j of it times Q'WY.
    columns
        Q, shape ``(n, k)``.
    residuals
        E = Y - XB, shape ``(n, D)``, of the type of Y.
    weights
        Shape ``(n,)``; all 1 where none were given.
    clusters
        Cluster of each row, 0 to G - 1, or None.
    meat
        Sum over rows or clusters of S S', where S is (k, D), the sum of w q e'; shape ``(k, k)``.
    n_absorbed
        Terms that were taken out of X and Y before, and count among the k of the factor.
    """

    coefficients: Floats
    contrasts: Floats
    columns: Floats
    residuals: NDArray[Any]
    weights: Floats
    clusters: Integers | None
    meat: Floats
    n_absorbed: int = 0

    @property
    def n_obs(self) -> int:
        """Rows."""
        return len(self.columns)

    @property
    def n_clusters(self) -> int | None:
        """Clusters, or None."""
        return None if self.clusters is None else int(self.clusters.max()) + 1

    @property
    def factor(self) -> float:
        """Correction for small samples: n / (n - k), or with clusters G / (G - 1) * (n - 1) / (n - k)."""
        return self.factor_without(0, 0)

    @property
    def dof(self) -> float:
        """Degrees of freedom of intervals: n - 1, or G - 1."""
        return float((self.n_obs if self.n_clusters is None else self.n_clusters) - 1)

    @property
    def squares(self) -> Floats:
        """Squared Euclidean norm of each row of B, shape ``(k,)``."""
        return np.asarray(np.einsum("kd,kd->k", self.coefficients, self.coefficients))

    @property
    def bias(self) -> Floats:
        """What chance adds to them: the sum over outcomes of the robust variance, shape ``(k,)``."""
        return self.factor * np.einsum("ja,ab,jb->j", self.contrasts, self.meat, self.contrasts)

    @property
    def debiased(self) -> Floats:
        """Squared norms less their bias, shape ``(k,)``; below 0 where there is less than chance makes."""
        return self.squares - self.bias

    def within(self, outcomes: slice) -> "ManyOutcomes":
        """The same fit for some of the outcomes."""
        some = replace(self, coefficients=self.coefficients[:, outcomes], residuals=self.residuals[:, outcomes])
        return replace(some, meat=_sum_meat(some))

    def factor_without(self, n_rows: float, n_clusters: int, n_lost: float = 0) -> float:
        """The factor when so many rows and clusters are left out, and so many terms are lost with them."""
        known = None if self.n_clusters is None else self.n_clusters - n_clusters
        k = self.columns.shape[1] + self.n_absorbed - n_lost
        return small_sample_factor(self.n_obs - n_rows, k, known)

    def errors_along(self, parts: Sequence[tuple[Floats, Floats]]) -> Floats:
        r"""Robust standard errors of what moves with the coefficients along given directions.

        .. math:: \sqrt{f \sum_g \Bigl(\sum_m l_m' S_g g_{mw}\Bigr)^2}

        Parameters
        ----------
        parts
            Pairs of l, weights of the rows of B in X's terms (k,), and g, gradients (D, W): of two fitted vectors that
            are compared, one pair each.

        Returns
        -------
        Floats
            One standard error for each of the W quantities.
        """
        total = np.zeros((self.n_obs, parts[0][1].shape[1]))
        for along, gradients in parts:
            share = self.weights * (self.columns @ (self.contrasts.T @ along))
            for rows in _blocks(self.n_obs, len(gradients)):
                total[rows] += share[rows, None] * (self.residuals[rows] @ gradients)
        if self.clusters is not None:
            order, starts = cluster_starts(self.clusters)
            total = np.add.reduceat(total[order], starts[:-1], axis=0)
        return np.sqrt(self.factor * np.einsum("gw,gw->w", total, total))


def fit_many(
    design: Floats,
    outcomes: NDArray[Any],
    *,
    names: tuple[str, ...] | None = None,
    weights: Floats | None = None,
    clusters: Integers | None = None,
    n_absorbed: int = 0,
) -> ManyOutcomes:
    r"""Fit D outcomes on one design by (weighted) least squares, with what robust variances are made of.

    Use it where the outcomes are the coordinates of a vector (an embedding) and the question is how far a term moves
    that vector: the answer is the squared norm of a row of B, which chance alone makes positive,

    .. math:: \lVert\hat\beta_j\rVert^2 - \sum_{d=1}^{D} \widehat V(\hat\beta_{jd}), \quad
        \widehat V = f \sum_g \bigl(p_j' S_{gd}\bigr)^2, \quad S_{gd} = \sum_{i \in g} w_i x_i e_{id}

    with p the columns of (X'WX)^-1, every row its own g where there are no clusters, and f = n / (n - k) (HC1), or
    G / (G - 1) times (n - 1) / (n - k) (CR1).

    Parameters
    ----------
    design
        X, shape ``(n, k)``; holds the intercept, if there is one.
    outcomes
        Y, shape ``(n, D)``; float32 is worked on in float64, block by block, and residuals are kept in float32.
    names
        Names of the columns of X, for messages.
    weights
        Positive, shape ``(n,)``, or None.
    clusters
        Cluster of each row, whole numbers from 0 without gaps, shape ``(n,)``, or None for independent rows.
    n_absorbed
        Terms that were taken out of X and Y before.

    Returns
    -------
    ManyOutcomes
        Coefficients, residuals, squared norms and their bias.

    Raises
    ------
    DataError
        With fewer than k + 1 rows, one cluster, outcomes or weights that are not finite, or when columns of X are
        linear combinations of others.
    SpecError
        When lengths differ.

    References
    ----------
    Rodriguez, P. L., A. Spirling, and B. M. Stewart. 2023. Embedding regression: models for context-specific
    description and inference. American Political Science Review 117(4): 1255-1274.
    Green, B., W. Hobbs, S. Avila, P. L. Rodriguez, A. Spirling, and B. M. Stewart. 2025. Measuring distances in high
    dimensional spaces: why average group vector comparisons exhibit bias, and what to do about it. Political Analysis.
    White, H. 1980. A heteroskedasticity-consistent covariance matrix estimator and a direct test for
    heteroskedasticity. Econometrica 48(4): 817-838.

    Examples
    --------
    >>> import numpy as np
    >>> fit = fit_many(np.ones((3, 1)), np.array([[0.0, 3.0], [3.0, 3.0], [6.0, 3.0]]))
    >>> fit.squares.round(9), fit.bias.round(9)
    (array([18.]), array([3.]))
    """
    check_design(design, names)
    n, k = design.shape
    row_weights = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    _check_rows(n, outcomes, row_weights, clusters)
    roots = np.sqrt(row_weights)
    contrasts = invert_triangle(triangle(design * roots[:, None]), names)
    columns = times(design, contrasts)
    in_basis = _cross(columns * row_weights[:, None], outcomes)
    residuals = _residuals(columns, in_basis, outcomes)
    fit = ManyOutcomes(
        coefficients=contrasts @ in_basis,
        contrasts=contrasts,
        columns=columns,
        residuals=residuals,
        weights=row_weights,
        clusters=clusters,
        meat=np.zeros((k, k)),
        n_absorbed=n_absorbed,
    )
    return replace(fit, meat=_sum_meat(fit))


def small_sample_factor(n: float, k: float, n_clusters: float | None) -> float:
    """HC1's or CR1's correction; infinite where no degree of freedom is left."""
    if n <= k or (n_clusters is not None and n_clusters < 2):
        return float("inf")
    if n_clusters is None:
        return n / (n - k)
    return n_clusters / (n_clusters - 1) * (n - 1) / (n - k)


def square_interval(estimate: Floats, error: Floats, raw: Floats, dof: Floats, level: float) -> tuple[Floats, Floats]:
    r"""Interval for a squared norm, whose standard error grows with its root.

    The error of a squared norm goes with the root of the norm as it stands, chance included. An interval of estimate
    plus or minus t errors takes it at the estimate, and so ends too early above where the estimate fell low. Here all
    values are kept that lie no more than t of *their own* errors from the estimate, as in Wilson's for a share,

    .. math:: (\hat\theta - \theta)^2 \le t^2 u^2 \frac{\theta + b}{\hat\theta + b}, \qquad
        \hat\theta + h \pm \sqrt{t^2 u^2 + h^2}, \quad h = \frac{t^2 u^2}{2 (\hat\theta + b)}

    with u the jackknife's error, b the bias and the sum the squared norm before it is debiased.

    Parameters
    ----------
    estimate
        Debiased squared norms, shape ``(k,)``.
    error
        Their standard errors.
    raw
        Squared norms before.
    dof
        Degrees of freedom of t.
    level
        Level of the interval.

    Returns
    -------
    tuple
        Lower and upper ends; not cut off at 0.

    References
    ----------
    Wilson, E. B. 1927. Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22(158): 209-212.
    """
    half = stdtrit(np.minimum(dof, MANY), 0.5 + level / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(half == 0, 0.0, half**2 / (2 * raw))
    reach = np.sqrt(half**2 + shift**2)
    return estimate + shift - reach, estimate + shift + reach


def squared_lengths(rows: NDArray[Any]) -> Floats:
    """Squared length of each row, in float64."""
    found = np.empty(len(rows))
    for part in blocks_of_rows(len(rows), rows.shape[1]):
        wide = np.asarray(rows[part], dtype=np.float64)
        found[part] = np.einsum("nd,nd->n", wide, wide)
    return found


def cluster_starts(clusters: Integers) -> tuple[Integers, Integers]:
    """Rows in the order of their clusters, and where each cluster begins and ends in it (G + 1)."""
    order = np.argsort(clusters, kind="stable")
    return order, np.concatenate([[0], np.cumsum(np.bincount(clusters))])


def scores_of_clusters(fit: ManyOutcomes, rows: Integers, bounds: Integers) -> tuple[Floats, Floats]:
    """Sums over clusters of w q e', shape ``(g, k, D)``, and of w q q', shape ``(g, k, k)``.

    ``rows`` are those of the clusters one after the other, ``bounds`` where each begins and ends in them.
    """
    left = fit.columns[rows] * fit.weights[rows, None]
    right, columns = np.asarray(fit.residuals[rows], dtype=np.float64), fit.columns[rows]
    pairs = list(zip(bounds[:-1] - bounds[0], bounds[1:] - bounds[0], strict=True))
    scores = np.stack([left[a:b].T @ right[a:b] for a, b in pairs])
    grams = np.stack([left[a:b].T @ columns[a:b] for a, b in pairs])
    return scores, grams


def blocks_of_clusters(fit: ManyOutcomes, starts: Integers, numbers: int = 2**22) -> list[slice]:
    """Blocks of clusters whose scores hold about so many numbers."""
    size = max(1, numbers // max(fit.coefficients.size, 1))
    return [slice(begin, min(begin + size, len(starts) - 1)) for begin in range(0, len(starts) - 1, size)]


def _sum_meat(fit: ManyOutcomes) -> Floats:
    if fit.clusters is None:
        return weighted_gram(fit.columns, fit.weights**2 * squared_lengths(fit.residuals))
    total = np.zeros_like(fit.meat)
    order, starts = cluster_starts(fit.clusters)
    for part in blocks_of_clusters(fit, starts):
        bounds = starts[part.start : part.stop + 1]
        scores, _ = scores_of_clusters(fit, order[bounds[0] : bounds[-1]], bounds)
        total += np.einsum("gad,gbd->ab", scores, scores, optimize=True)
    return total


def _cross(left: Floats, outcomes: NDArray[Any]) -> Floats:
    """``left' outcomes`` in float64."""
    total = np.zeros((left.shape[1], outcomes.shape[1]))
    for rows in _blocks(len(left), outcomes.shape[1]):
        total += left[rows].T @ np.asarray(outcomes[rows], dtype=np.float64)
    return total


def _residuals(columns: Floats, in_basis: Floats, outcomes: NDArray[Any]) -> NDArray[Any]:
    kind = np.float32 if outcomes.dtype == np.float32 else np.float64
    found = np.empty(outcomes.shape, dtype=kind)
    for rows in _blocks(len(columns), outcomes.shape[1]):
        found[rows] = outcomes[rows] - columns[rows] @ in_basis
    return found


def _blocks(n: int, width: int) -> list[slice]:
    size = max(64, 2**20 // max(width, 1))
    return [slice(begin, begin + size) for begin in range(0, n, size)]


def _check_rows(n: int, outcomes: NDArray[Any], weights: Floats, clusters: Integers | None) -> None:
    lengths = {n, len(outcomes), len(weights), n if clusters is None else len(clusters)}
    if outcomes.ndim != 2 or len(lengths) > 1:
        raise SpecError(
            f"The design has {n} rows, the outcomes have shape {outcomes.shape}, and weights or clusters may differ. "
            "All need the same rows: hand over a matrix (n, D), and one weight and one cluster a row."
        )
    if not all(np.isfinite(outcomes[rows]).all() for rows in _blocks(n, outcomes.shape[1])):
        raise DataError("The outcomes hold numbers that are not finite. Leave those rows out.")
    if not (np.isfinite(weights) & (weights > 0)).all():
        raise DataError("The weights are not all above 0 and finite. Leave rows of weight 0 out.")
    if clusters is not None and int(clusters.max()) < 1:
        raise DataError(
            "There is 1 cluster among the rows used. Standard errors by cluster need at least 2, and are good from "
            "about 40: choose another variable, or leave cluster= away."
        )
