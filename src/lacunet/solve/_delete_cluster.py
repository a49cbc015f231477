"""Every cluster left out in turn, in closed form: squared norms of the terms without it, exact and without a refit."""

from typing import NamedTuple

import numpy as np

from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import DataError
from lacunet.solve._delete_one import LOST, NO_LEVERAGE_LEFT, Replicates
from lacunet.solve._many_outcomes import (
    ManyOutcomes,
    blocks_of_clusters,
    cluster_starts,
    scores_of_clusters,
)

MOST_NUMBERS = 2**28
"""Numbers (2 GB) that the moments, or the scores of all clusters, may take."""


class _Change(NamedTuple):
    """What leaving out each cluster of a block does."""

    scores: Floats  # S (g, k, D)
    grams: Floats  # A (g, k, k)
    moves: Floats  # change of the coefficients (g, k, D)
    contrasts: Floats  # (I - A)^-1 l (g, k, s)
    is_lost: Bools  # (g, s)
    n_lost: Integers  # columns that the other clusters do not tell apart (g,)


class _Moments(NamedTuple):
    """Sums over all clusters."""

    crossed: Floats  # S x A, arranged (k D, k k)
    grams: Floats  # A x A, arranged (k k, k k)


def leave_clusters_out(fit: ManyOutcomes, terms: Integers) -> Replicates:
    r"""Squared norms, plain and debiased, without each cluster in turn.

    With Q'WQ = I, A_g = Q_g'W_gQ_g and S_g the scores of a cluster, leaving out g moves the coefficients by
    D = -(I - A_g)^-1 S_g, the scores of every other cluster h to S_h - A_h D, and the contrast l of a term to
    p = (I - A_g)^-1 l. So the variance term without it is

    .. math:: f \sum_{h \ne g} \lVert p'(S_h - A_h D) \rVert^2,

    which needs the sums of S S', of S with A, and of A with A over all clusters once (or, with many terms and few
    clusters, all pairs of clusters: the cheaper way is taken).

    Parameters
    ----------
    fit
        With clusters.
    terms
        Which rows of B, shape ``(s,)``.

    Returns
    -------
    Replicates
        Of shape ``(G, s)``.

    Raises
    ------
    DataError
        When there are too many terms and clusters for either way.

    References
    ----------
    MacKinnon, J. G., M. Ø. Nielsen, and M. D. Webb. 2023. Fast and reliable jackknife and bootstrap methods for
    cluster-robust inference. Journal of Applied Econometrics 38(5): 671-694.
    Differs: the statistic is the squared norm over outcomes, its variance term recomputed each time.
    """
    assert fit.clusters is not None
    k, d = fit.coefficients.shape
    order, starts = cluster_starts(fit.clusters)
    n_clusters, sizes = len(starts) - 1, np.diff(starts)
    by_moments = _choose(n_clusters, k, d, len(terms))
    moments = _sum_moments(fit, order, starts) if by_moments else None
    everyone = None if by_moments else scores_of_clusters(fit, order, starts)
    squares = np.empty((n_clusters, len(terms)))
    debiased = np.empty_like(squares)
    for part in blocks_of_clusters(fit, starts):
        bounds = starts[part.start : part.stop + 1]
        change = _leave(fit, terms, *scores_of_clusters(fit, order[bounds[0] : bounds[-1]], bounds))
        moved = np.einsum("sk,gkd->gsd", fit.contrasts[terms], change.moves, optimize=True) + fit.coefficients[terms]
        squares[part] = np.where(change.is_lost, np.nan, np.einsum("gsd,gsd->gs", moved, moved))
        if moments is not None:
            variance = _by_moments(fit, change, moments)
        else:
            assert everyone is not None
            variance = _by_pairs(change, everyone, part)
        factor = [
            fit.factor_without(n, 1, n_lost) for n, n_lost in zip(sizes[part], change.n_lost.tolist(), strict=True)
        ]
        with np.errstate(invalid="ignore"):
            debiased[part] = squares[part] - np.array(factor)[:, None] * variance
    return Replicates(squares=squares, debiased=np.where(np.isfinite(debiased), debiased, np.nan))


def _choose(n_clusters: int, k: int, d: int, n_terms: int) -> bool:
    """Whether moments are the cheaper way."""
    needed = {True: float(k) ** 3 * d, False: float(n_clusters) * k * d}
    products = {True: 2.0 * n_clusters * k**3 * d, False: 2.0 * n_clusters**2 * n_terms * k * d}
    possible = [way for way in (True, False) if needed[way] <= MOST_NUMBERS]
    if not possible:
        raise DataError(
            f"{n_clusters:,} clusters and {k:,} terms in {d} dimensions are too many to leave out clusters exactly. "
            "Take the effects of levels out of the formula: write them behind a bar ('x | speaker'), best with "
            "cluster= the same variable."
        )
    return min(possible, key=lambda way: products[way])


def _leave(fit: ManyOutcomes, terms: Integers, scores: Floats, grams: Floats) -> _Change:
    k = grams.shape[1]
    contrasts = fit.contrasts[terms]
    values, vectors = np.linalg.eigh(np.eye(k) - grams)
    is_gone = values < NO_LEVERAGE_LEFT
    inverse_values = np.where(is_gone, 0.0, 1.0 / np.where(is_gone, 1.0, values))
    inverse = np.einsum("gka,ga,gla->gkl", vectors, inverse_values, vectors, optimize=True)
    shares = np.einsum("sk,gka->gsa", contrasts, vectors, optimize=True)
    lost = np.sqrt(np.einsum("gsa,ga->gs", shares**2, is_gone.astype(np.float64)))
    return _Change(
        scores=scores,
        grams=grams,
        moves=-(inverse @ scores),
        contrasts=inverse @ contrasts.T,
        is_lost=lost > LOST * np.linalg.norm(contrasts, axis=1),
        n_lost=is_gone.sum(axis=1),
    )


def _sum_moments(fit: ManyOutcomes, order: Integers, starts: Integers) -> _Moments:
    k, d = fit.coefficients.shape
    crossed, of_grams = np.zeros((k * d, k * k)), np.zeros((k * k, k * k))
    for part in blocks_of_clusters(fit, starts):
        bounds = starts[part.start : part.stop + 1]
        scores, grams = scores_of_clusters(fit, order[bounds[0] : bounds[-1]], bounds)
        flat = grams.reshape(len(grams), -1)
        crossed += scores.reshape(len(scores), -1).T @ flat
        of_grams += flat.T @ flat
    # [a, d, b, c] to [(b, d), (a, c)], and [a, b, c, e] to [(b, c), (a, e)]: ready to be met by D and by D D'
    crossed = crossed.reshape(k, d, k, k).transpose(2, 1, 0, 3).reshape(k * d, k * k)
    of_grams = of_grams.reshape(k, k, k, k).transpose(1, 2, 0, 3).reshape(k * k, k * k)
    return _Moments(crossed, of_grams)


def _by_moments(fit: ManyOutcomes, change: _Change, moments: _Moments) -> Floats:
    g, k, _ = change.scores.shape
    turned = change.moves.transpose(0, 2, 1)
    both = change.scores @ turned
    outer = change.moves @ turned
    mixed = (change.moves.reshape(g, -1) @ moments.crossed).reshape(g, k, k) - both @ change.grams
    meat = fit.meat - change.scores @ change.scores.transpose(0, 2, 1) - mixed - mixed.transpose(0, 2, 1)
    meat += (outer.reshape(g, -1) @ moments.grams).reshape(g, k, k) - change.grams @ outer @ change.grams
    return np.asarray(np.einsum("gks,gks->gs", change.contrasts, meat @ change.contrasts))


def _by_pairs(change: _Change, everyone: tuple[Floats, Floats], part: slice) -> Floats:
    scores, grams = everyone
    found = np.empty((len(change.grams), change.contrasts.shape[2]))
    for place, g in enumerate(range(part.start, part.stop)):
        turned = change.contrasts[place].T
        for s, p in enumerate(turned):
            moved = np.tensordot(p, scores, axes=(0, 1)) - np.tensordot(p, grams, axes=(0, 1)) @ change.moves[place]
            moved[g] = 0.0
            found[place, s] = np.einsum("hd,hd->", moved, moved)
    return found
