"""Where latents point: an autoencoder fixes them up to a linear map, and people want names, signs and one scale."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lacunet._typing import Floats

LEAST = 1e-6
"""Smallest variance of a latent direction, as a share of the largest, that is scaled up to 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pose:
    """Scores = (latents - centre) turn, as the network's latents become what a person reads.

    Attributes
    ----------
    centre
        Shape (k,).
    turn
        Shape (k, k), never singular.
    """

    centre: Floats
    turn: Floats

    @classmethod
    def white(cls, latents: Floats) -> Self:
        """Scores of mean 0, variance 1 and no correlation over these rows (n, k), in no particular direction."""
        centre = latents.mean(axis=0)
        values, vectors = np.linalg.eigh(cross(latents - centre, latents - centre) / len(latents))
        return cls(centre=centre, turn=vectors / np.sqrt(np.maximum(values, LEAST * max(values.max(), 1e-300))))

    @classmethod
    def plain(cls, k: int) -> Self:
        """Scores are the latents, as where a prior gives them their scale."""
        return cls(centre=np.zeros(k), turn=np.eye(k))

    def apply(self, latents: Floats) -> Floats:
        """Scores (n, k) of latents (n, k)."""
        return (latents - self.centre) @ self.turn

    def apply_variance(self, variance: Floats) -> Floats:
        """Variances (n, k) of scores, of independent latents with these variances (n, k)."""
        return variance @ self.turn**2

    def undo(self, scores: Floats) -> Floats:
        """Latents (n, k) of scores (n, k)."""
        return np.linalg.solve(self.turn.T, scores.T).T + self.centre

    def then(self, rotation: Floats) -> "Pose":
        """The same, rotated further."""
        return Pose(centre=self.centre, turn=self.turn @ rotation)


def cross(a: Floats, b: Floats) -> Floats:
    """Sums over rows of products, a'b; added up in one order whatever the number of threads."""
    return np.einsum("ni,nj->ij", a, b)


def procrustes(scores: Floats, target: Floats) -> Floats:
    """Rotation (k, k), reflections included, that brings scores (n, k) nearest to the target in squares.

    References
    ----------
    Schönemann, P. H. 1966. A generalized solution of the orthogonal Procrustes problem. Psychometrika 31(1): 1-10.
    """
    left, _, right = np.linalg.svd(cross(scores, target))
    return left @ right


def principal(spread: Floats, loadings: Floats) -> Floats:
    """Rotation (k, k) along the principal axes of the rows of ``spread``, longest first; most loadings positive."""
    _, _, right = np.linalg.svd(spread, full_matrices=False)
    if len(right) < spread.shape[1]:
        right = np.linalg.svd(spread, full_matrices=True)[2]
    return right.T * np.where((loadings @ right.T).sum(axis=0) < 0, -1.0, 1.0)


def towards(targets: Floats) -> Floats | None:
    """Rotation (k, k) whose first columns are the orthonormal directions nearest to the targets (k, d); else None.

    None where the targets point in fewer than d directions. The other k - d columns are what is left, in the order they
    had. All targets count alike: none is first (symmetric orthogonalisation).
    """
    k, d = targets.shape
    length = np.linalg.norm(targets, axis=0)
    if not (length > 0).all():
        return None
    left, size, right = np.linalg.svd(targets / length, full_matrices=False)
    if size[-1] < 1e-3:
        return None
    near = left @ right
    rest = np.eye(k) - near @ near.T
    keep, strength, _ = np.linalg.svd(rest)
    others = keep[:, strength > 0.5]
    # Turned among themselves to where they were, so that what is not anchored moves as little as it can.
    spare = others @ procrustes(others, np.eye(k)[:, d:]) if k > d else others
    return np.concatenate([near, spare], axis=1)
