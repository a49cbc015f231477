"""Scores of cells on an axis, freed of the noise in their vectors, with standard errors."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.measures.actors._noise import Noise, Scatter, measure_noise
from lacunet.measures.actors._pooling import pull_means, pull_variances
from lacunet.measures.actors._sums import Sums

LEAST_SHARE = 0.25
"""Of an actor's squared length, the least that the squared length of a cell is taken to be."""


class Scores(NamedTuple):
    """Scores of C cells in one space.

    Attributes
    ----------
    score, std_error, dof
        Noise-corrected cosine with the axis, its standard error, and the degrees of freedom of that (C,).
    cosine
        Of the mean vector as it is with the axis (C,).
    shrunken
        ``score`` pulled towards the mean of its actor (C,).
    moves
        What each row of `Sums` adds to its cell's score, scaled so that their squares sum to the squared error (r,).
    alike
        See `Noise`.
    strength
        Squared length of each actor's vectors over its standard error (a,).
    """

    score: Floats
    std_error: Floats
    dof: Floats
    cosine: Floats
    shrunken: Floats
    moves: Floats
    alike: float
    strength: Floats


class _Lengths(NamedTuple):
    """Squared lengths of true vectors, how each moves with its own mean vector, and the error all share."""

    squared: Floats
    own: Floats
    strength: float
    shared: Floats


def score_cells(sums: Sums, actor: Integers, n_actors: int, axis: Floats) -> Scores:
    r"""Score cells on an axis.

    The mean vector m of K mentions is :math:`\mu` plus noise, so that its length is too large and its cosine with the
    axis a too near 0, the nearer the fewer the mentions. The score divides by the length that is left when the noise is
    taken off,

    .. math:: \hat\theta = \frac{a'm}{\hat\lambda}, \qquad
              \hat\lambda^2 = h (\lVert m \rVert^2 - \operatorname{tr}\hat V) + (1 - h) \bar\lambda^2 ,

    where V is the covariance of m over documents, :math:`\bar\lambda^2` the mean over the cells of the actor, and h the
    weight by empirical Bayes: a cell with few mentions takes the length of its actor. Variances are linearised,
    :math:`g'Vg` with the gradient g, and pulled towards what the scatter of all mentions of the actor makes of them.

    Parameters
    ----------
    sums
        Of mentions; every cell has a row.
    actor
        Of each cell (C,), in rising order.
    n_actors
        How many.
    axis
        Vector of length 1 (d,).

    Returns
    -------
    Scores
        NaN where an actor's vectors cannot be told from noise, or nothing says how much they scatter.
    """
    n_cells = len(actor)
    noise = measure_noise(sums, n_cells)
    scatter = Scatter(noise, actor, n_actors)
    score, model, shared, strength = (np.full(n, np.nan) for n in (n_cells, n_cells, n_cells, n_actors))
    moves = np.zeros(len(sums.cell))
    edges = np.searchsorted(actor, np.arange(n_actors + 1))
    ends = np.searchsorted(sums.cell, edges)
    for a in range(n_actors):
        at, rows = slice(edges[a], edges[a + 1]), slice(ends[a], ends[a + 1])
        covariance = scatter.of(a, rows, at)
        found = (
            None
            if covariance is None or edges[a] == edges[a + 1]
            else _measure_lengths(noise, sums, at, rows, covariance)
        )
        if found is None:
            continue
        lengths, means = np.sqrt(found.squared), noise.means[at]
        score[at], strength[a] = means @ axis / lengths, found.strength
        gradients = axis / lengths[:, None] - (found.own * score[at] / found.squared)[:, None] * means
        model[at] = ((gradients @ covariance) * gradients).sum(axis=1)
        shared[at] = score[at] ** 2 * found.shared
        moves[rows] = np.einsum("ij,ij->i", noise.residuals[rows], gradients[sums.cell[rows] - edges[a]])
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.bincount(sums.cell, moves**2, minlength=n_cells) / noise.expected / model
        cosine = noise.means @ axis / np.linalg.norm(noise.means, axis=1)
    ratio, dof = pull_variances(np.nan_to_num(own), np.where(np.isfinite(own), noise.dof, 0.0))
    error = np.sqrt(ratio * model * noise.unit + shared)
    dof, moves = np.minimum(dof, scatter.dof[actor]), _rescale(moves, sums.cell, error)
    return Scores(score, error, dof, cosine, _shrink(score, error, edges), moves, noise.alike, strength)


def _shrink(score: Floats, error: Floats, edges: Integers) -> Floats:
    """Scores pulled towards the mean of their actor."""
    shrunken = score.copy()
    for first, last in pairwise(edges):
        at = first + np.flatnonzero(error[first:last] > 0)
        if len(at):
            shrunken[at] = pull_means(score[at], error[at] ** 2).values
    return shrunken


def _measure_lengths(noise: Noise, sums: Sums, at: slice, rows: slice, scatter: Floats) -> _Lengths | None:
    """Squared lengths of the vectors of one actor's cells; None where noise is all there is."""
    means, unit, expected = noise.means[at], noise.unit[at], noise.expected[at]
    residuals, cell, n_cells = noise.residuals[rows], sums.cell[rows] - at.start, len(unit)
    squares = np.bincount(cell, np.einsum("ij,ij->i", residuals, residuals), minlength=n_cells)
    trace = np.full(n_cells, float(np.trace(scatter)))
    np.divide(squares, expected, out=trace, where=expected > 0)
    lengths = np.einsum("ij,ij->i", means, means)
    freed = lengths - trace * unit
    level = float(np.average(freed, weights=1 / unit))
    if level <= 0 or not (lengths > 0).all():
        return None
    along = ((means @ scatter) * means).sum(axis=1) / lengths
    variance = 4 * unit * along * level + 2 * unit**2 * _square_trace(scatter, float(noise.dof[at].sum()))
    variance = np.maximum(variance, np.finfo(float).tiny)
    pulled = pull_means(freed, variance)
    if pulled.mean <= 0:
        return None
    squared = np.maximum(pulled.values, LEAST_SHARE * pulled.mean)
    error = np.sqrt(pulled.share**2 @ (variance + pulled.between))
    lent = (1 - pulled.own) / squared
    moved = np.bincount(cell, np.einsum("ij,ij->i", residuals, means[cell]) ** 2, minlength=n_cells)
    spread = np.zeros(n_cells)
    np.divide(moved * unit, expected, out=spread, where=expected > 0)
    parts = pulled.share**2 * spread
    return _Lengths(
        squared,
        pulled.own + (1 - pulled.own) * pulled.share,
        float(pulled.mean / error) if error > 0 else np.inf,
        lent**2 * (parts.sum() - parts + pulled.between / 4),
    )


def _square_trace(scatter: Floats, dof: float) -> float:
    """Trace of the square of a covariance, less what its own estimation adds."""
    trace, found = float(np.trace(scatter)), float((scatter**2).sum())
    if dof <= 1:
        return found
    return max(dof**2 / ((dof - 1) * (dof + 2)) * (found - trace**2 / dof), trace**2 / len(scatter))


def _rescale(moves: Floats, cell: Integers, error: Floats) -> Floats:
    """Parts of each row in its cell's error, so that cells which share documents can be compared."""
    length = np.sqrt(np.bincount(cell, moves**2, minlength=len(error)))
    scale = np.zeros(len(error))
    np.divide(error, length, out=scale, where=(length > 0) & np.isfinite(error))
    return moves * scale[cell]
