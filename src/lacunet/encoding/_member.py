"""One trained network with the pose of its latents; scores of rows, with their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lacunet._layout import MISSING, OBSERVED
from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.encoding._network import TrainedNetwork
from lacunet.encoding._pose import Pose, cross, principal, procrustes
from lacunet.encoding._training import Matrix

N_DRAWS = 20
"""Draws of missing cells from which a score's spread is taken."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Member:
    """A network, and how its latents become scores."""

    network: TrainedNetwork
    pose: Pose

    def scores(self, matrix: Matrix) -> Floats:
        """Scores (n, k); NaN for rows without a single known cell."""
        scores = self.pose.apply(self.network.encode(matrix.values, matrix.state)[0])
        scores[~has_cell(matrix)] = np.nan
        return scores

    def rotated(self, rotation: Floats) -> "Member":
        """The same with its scores rotated."""
        return Member(network=self.network, pose=self.pose.then(rotation))


def has_cell(matrix: Matrix) -> np.ndarray:
    """Rows with a known cell, shape ``(n,)``."""
    return (matrix.state == OBSERVED).any(axis=1)


def mean_known(losses: Floats) -> Floats:
    """Mean of each row's losses (n, p) that are not NaN, shape ``(n,)``; NaN where all are."""
    known = ~np.isnan(losses)
    total, count = np.where(known, losses, 0.0).sum(axis=1), known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def place(network: TrainedNetwork, matrix: Matrix) -> Member:
    """Give a network's latents their own pose: uncorrelated with variance 1 (or the prior's scale), heaviest first."""
    upright = _upright(network, matrix)
    scores = upright.scores(matrix)
    loadings = covariances(network, matrix, scores)
    # Scores of variance 1 have no direction of their own; those on the prior's scale vary most where most is known.
    if not network.net.variational:
        return upright.rotated(principal(loadings, loadings))
    centred = (scores - np.nanmean(scores, axis=0))[has_cell(matrix)]
    return upright.rotated(principal(cross(centred, centred), loadings))


def place_like(network: TrainedNetwork, matrix: Matrix, target: Floats) -> Member:
    """Give a refit's latents the pose nearest to scores (n, k) of the same rows."""
    upright, known = _upright(network, matrix), has_cell(matrix)
    return upright.rotated(procrustes(upright.scores(matrix)[known], target[known]))


def _upright(network: TrainedNetwork, matrix: Matrix) -> Member:
    if network.net.variational:
        return Member(network=network, pose=Pose.plain(network.net.latent))
    latents = network.encode(matrix.values, matrix.state)[0][has_cell(matrix)]
    return Member(network=network, pose=Pose.white(latents))


def covariances(network: TrainedNetwork, matrix: Matrix, scores: Floats) -> Floats:
    """Covariance (q, k) of each column, standardised, with each score, over the rows where the column is observed.

    It turns with the scores: of scores R it is this times R.
    """
    code = network.code
    raw, known = code.indicators(matrix.values, matrix.state), code.known_columns(matrix.state)
    found = np.zeros((raw.shape[1], scores.shape[1]))
    for c in range(raw.shape[1]):
        x = raw[known[:, c], c]
        size = x.std()
        if size > 0:
            found[c] = cross(((x - x.mean()) / size)[:, None], scores[known[:, c]])[0] / len(x)
    return found


def correlations(network: TrainedNetwork, matrix: Matrix, scores: Floats) -> Floats:
    """The same divided by the standard deviations of the scores on those rows; 0 where a score does not vary."""
    known = network.code.known_columns(matrix.state)
    spread = np.array([scores[own].std(axis=0) if own.any() else np.zeros(scores.shape[1]) for own in known.T])
    found = covariances(network, matrix, scores)
    return np.divide(found, spread, out=np.zeros_like(found), where=spread > 1e-12)


def deviations(main: Member, refits: Sequence[Member], matrix: Matrix, seed: int) -> Floats:
    """Standard deviation (n, k) of every score: within a network, and between refits.

    Within: the posterior's, for a variational network; for others the spread of the score as the row's missing cells
    are drawn from what the network says of them.
    """
    if main.network.net.variational:
        within = main.pose.apply_variance(main.network.encode(matrix.values, matrix.state)[1])
    else:
        within = _variance_of_missing(main, matrix, seed)
    if refits:
        within = within + np.var([refit.scores(matrix) for refit in refits], axis=0, ddof=1)
    return np.where(has_cell(matrix)[:, None], np.sqrt(within), np.nan)


def _variance_of_missing(main: Member, matrix: Matrix, seed: int) -> Floats:
    is_hole = matrix.state == MISSING
    rows = np.flatnonzero(is_hole.any(axis=1) & has_cell(matrix))
    variance = np.zeros((len(matrix), main.network.net.latent))
    if len(rows) == 0:
        return variance
    network, holes = main.network, is_hole[rows]
    said = network.say(network.encode(matrix.values[rows], matrix.state[rows])[0])
    filled_state = np.where(holes, np.int8(OBSERVED), matrix.state[rows])
    found = []
    for i in range(N_DRAWS):
        drawn = network.code.draw(said, network.spread, generator(seed, "missing items", i))
        filled = np.where(holes, drawn, matrix.values[rows])
        found.append(main.pose.apply(network.encode(filled, filled_state)[0]))
    variance[rows] = np.var(found, axis=0, ddof=1)
    return variance
