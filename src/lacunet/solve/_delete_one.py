"""Every row left out in turn, in closed form: squared norms of the terms without it, exact and without a refit."""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Bools, Floats, Integers
from lacunet.solve._many_outcomes import ManyOutcomes, squared_lengths

NO_LEVERAGE_LEFT = 1e-10
"""A row of leverage closer to 1 is the only one that tells of some term, which nothing is known of without it."""
LOST = 1e-7
"""Share of a contrast's length that must lie where the remaining rows say nothing for the term to be lost with them."""
SMALL = 5e8
"""Products below which the third moments are summed in float64; above in float32, block by block into float64: they
move the variance term by a share of 1 / n, so that seven digits of them are more than seven of the answer."""
BLOCK = 2048
"""Rows worked on at once, or fewer where each has many monomials."""
NUMBERS = 2**23
"""Monomials worked on at once."""
MOST_NUMBERS = 2**28
"""Numbers (2 GB) that the third moments may take."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replicates:
    """What the squared norms are without each row or cluster.

    Attributes
    ----------
    squares, debiased
        Shape ``(G, s)``; NaN where the term cannot be estimated without that row or cluster.
    """

    squares: Floats
    debiased: Floats

    @property
    def n_lost(self) -> Integers:
        """Rows or clusters without which each term cannot be estimated, shape ``(s,)``."""
        return np.asarray(np.isnan(self.squares).sum(axis=0))


def jackknife_error(replicates: Floats) -> Floats:
    r"""Standard error by leaving one out, over the replicates that are there.

    .. math:: \sqrt{\tfrac{G - 1}{G} \sum_g (\theta_{(g)} - \bar\theta)^2}

    Parameters
    ----------
    replicates
        Shape ``(G, s)``; NaN is left out.

    Returns
    -------
    Floats
        Shape ``(s,)``; NaN with fewer than two replicates.

    References
    ----------
    Efron, B., and C. Stein. 1981. The jackknife estimate of variance. Annals of Statistics 9(3): 586-596.
    """
    known = ~np.isnan(replicates)
    n = known.sum(axis=0)
    filled = np.where(known, replicates, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(known, filled - filled.sum(axis=0) / n, 0.0)
        error = np.sqrt((n - 1) / n * np.einsum("gs,gs->s", spread, spread))
    return np.where(n > 1, error, np.nan)


def leave_rows_out(fit: ManyOutcomes, terms: Integers) -> Replicates:
    r"""Squared norms, plain and debiased, without each row in turn.

    With Q'WQ = I and h_i the leverage, row i takes w_i q_i e_i' / (1 - h_i) out of the coefficients, adds
    g_hi e_i, g_hi = w_i q_h'q_i / (1 - h_i), to the residual of every other row h, and turns the contrast l of a term
    into p = l + a q_i, a = w_i l'q_i / (1 - h_i). So the variance term without it is

    .. math:: f \sum_{h \ne i} w_h^2 (p'q_h)^2 \bigl(\lVert e_h \rVert^2 + 2 g_{hi}\, e_h'e_i
        + g_{hi}^2 \lVert e_i \rVert^2\bigr),

    which needs moments of q up to the fourth, and the third with e, summed once for all i (or, with many terms and few
    rows, the products of all pairs of rows: the cheaper way is taken).

    Parameters
    ----------
    fit
        Without clusters.
    terms
        Which rows of B, shape ``(s,)``.

    Returns
    -------
    Replicates
        Of shape ``(n, s)``.

    References
    ----------
    Belsley, D. A., E. Kuh, and R. E. Welsch. 1980. Regression diagnostics. Wiley, ch. 2.
    """
    n, k = fit.columns.shape
    d = fit.coefficients.shape[1]
    rows = _Rows(fit, terms)
    n_monomials = k * (k + 1) * (k + 2) // 6
    # the moments work in float32 where they are many, at about three times the speed
    is_cheaper = 4.0 * n * n_monomials * d / 3 < 2.0 * n * n * (d + k + 2 * len(terms))
    by_moments = is_cheaper and n_monomials * d <= MOST_NUMBERS
    variance = _by_moments(fit, rows) if by_moments else _by_pairs(fit, rows)
    return rows.replicates(variance)


class _Rows:
    """What both ways need of each row."""

    def __init__(self, fit: ManyOutcomes, terms: Integers) -> None:
        q, w = fit.columns, fit.weights
        self.fit, self.terms, self.contrasts = fit, terms, fit.contrasts[terms]
        self.lengths = squared_lengths(fit.residuals)
        left = 1.0 - w * np.einsum("nk,nk->n", q, q)
        self.is_alone: Bools = left < NO_LEVERAGE_LEFT
        self.scale = np.where(self.is_alone, 0.0, w / np.where(self.is_alone, 1.0, left))
        self.at = q @ self.contrasts.T
        self.steps = self.scale[:, None] * self.at

    def replicates(self, variance: Floats) -> Replicates:
        """Statistics without each row, from p'M p without it."""
        fit, n = self.fit, self.fit.n_obs
        along = np.empty_like(self.at)
        turned = fit.coefficients[self.terms].T
        for begin in range(0, n, BLOCK):
            along[begin : begin + BLOCK] = fit.residuals[begin : begin + BLOCK] @ turned
        squares = fit.squares[self.terms] - 2 * self.steps * along + self.steps**2 * self.lengths[:, None]
        factor = np.full((n, 1), fit.factor_without(1, 0))
        factor[self.is_alone] = fit.factor_without(1, 0, 1)
        for i in np.flatnonzero(self.is_alone):
            # nothing else moves with a row that is fitted exactly, but what it alone tells of is gone
            direction = fit.columns[i] / np.linalg.norm(fit.columns[i])
            share = self.contrasts @ direction
            is_lost = np.abs(share) > LOST * np.linalg.norm(self.contrasts, axis=1)
            rest = self.contrasts - share[:, None] * direction
            variance[i] = np.einsum("sa,ab,sb->s", rest, fit.meat, rest)
            squares[i, is_lost] = np.nan
        return Replicates(squares=squares, debiased=squares - factor * variance)


def _by_moments(fit: ManyOutcomes, rows: _Rows) -> Floats:
    n, k = fit.columns.shape
    pairs, triples, times_2 = _monomials(k)
    third, fourth = _sum_moments(fit, pairs, triples)
    at_triple = _places(k, triples)
    packed_meat = fit.meat[pairs[:, 0], pairs[:, 1]]
    of_contrasts = (rows.contrasts[:, pairs[:, 0]] * rows.contrasts[:, pairs[:, 1]] * times_2).T
    found = np.empty(rows.at.shape)
    size = _block_size(len(triples))
    for begin in range(0, n, size):
        some = slice(begin, begin + size)
        q, scale, length = fit.columns[some], rows.scale[some], rows.lengths[some]
        of_pairs = q[:, pairs[:, 0]] * q[:, pairs[:, 1]]
        own = (scale**2 * length)[:, None]
        packed = packed_meat + own * ((of_pairs * times_2) @ fourth - of_pairs)
        with_residual = np.asarray(np.asarray(fit.residuals[some], dtype=third.dtype) @ third.T, dtype=np.float64)
        for c in range(k):
            packed += (2 * scale * q[:, c])[:, None] * with_residual[:, at_triple[:, c]]
        found[some] = _quadratic(packed, of_contrasts, pairs, q, rows.steps[some], rows.contrasts)
    return found


def _quadratic(
    packed: Floats, of_contrasts: Floats, pairs: Integers, q: Floats, steps: Floats, contrasts: Floats
) -> Floats:
    """(l + a q)' M (l + a q) for each row's own M, packed as its upper triangle."""
    k = q.shape[1]
    full = np.empty((len(q), k, k))
    full[:, pairs[:, 0], pairs[:, 1]] = packed
    full[:, pairs[:, 1], pairs[:, 0]] = packed
    at_q = np.einsum("nab,nb->na", full, q)
    return packed @ of_contrasts + 2 * steps * (at_q @ contrasts.T) + steps**2 * np.einsum("na,na->n", at_q, q)[:, None]


def _sum_moments(fit: ManyOutcomes, pairs: Integers, triples: Integers) -> tuple[NDArray[np.floating], Floats]:
    """Sums over rows of w² q q q e (monomials, D) and of w² q q q q (pairs, pairs)."""
    n, d = fit.residuals.shape
    kind = np.float64 if n * len(triples) * d < SMALL else np.float32
    third = np.zeros((len(triples), d))
    fourth = np.zeros((len(pairs), len(pairs)))
    size = _block_size(len(triples))
    for begin in range(0, n, size):
        some = slice(begin, begin + size)
        q, w = fit.columns[some], fit.weights[some]
        cubes = (q[:, triples[:, 0]] * q[:, triples[:, 1]] * q[:, triples[:, 2]] * w[:, None] ** 2).astype(kind)
        third += cubes.T @ np.asarray(fit.residuals[some], dtype=kind)
        squares = q[:, pairs[:, 0]] * q[:, pairs[:, 1]] * w[:, None]
        fourth += squares.T @ squares
    return third.astype(kind), fourth


def _by_pairs(fit: ManyOutcomes, rows: _Rows) -> Floats:
    n = len(fit.columns)
    wide = np.asarray(fit.residuals, dtype=np.float64)
    weights_2 = fit.weights[:, None] ** 2
    at_2 = rows.at**2
    found = np.empty(rows.at.shape)
    step = max(1, 2**22 // n)
    for begin in range(0, n, step):
        some = np.arange(begin, min(begin + step, n))
        inner = fit.columns @ fit.columns[some].T
        moved = inner * rows.scale[some]
        sizes = 2.0 * moved * (wide @ wide[some].T) + moved**2 * rows.lengths[some] + rows.lengths[:, None]
        sizes *= weights_2
        sizes[some, np.arange(len(some))] = 0.0
        steps = rows.steps[some]
        value = sizes.T @ at_2
        sizes *= inner
        value += 2 * steps * (sizes.T @ rows.at)
        value += steps**2 * np.einsum("hi,hi->i", sizes, inner)[:, None]
        found[some] = value
    return found


def _block_size(n_monomials: int) -> int:
    return max(64, min(BLOCK, NUMBERS // n_monomials))


def _monomials(k: int) -> tuple[Integers, Integers, Floats]:
    """Pairs and triples of k columns in order, and how often each pair counts in a quadratic form."""
    pairs = np.array(list(combinations_with_replacement(range(k), 2)))
    triples = np.array(list(combinations_with_replacement(range(k), 3)))
    return pairs, triples, np.where(pairs[:, 0] == pairs[:, 1], 1.0, 2.0)


def _places(k: int, triples: Integers) -> Integers:
    """Where the monomial of a pair and a column stands among the triples, shape (pairs, k)."""
    place = {tuple(triple): i for i, triple in enumerate(triples.tolist())}
    pairs = combinations_with_replacement(range(k), 2)
    return np.array([[place[tuple(sorted((a, b, c)))] for c in range(k)] for a, b in pairs])
