"""The rotation that brings one cloud of points nearest to another."""

from dataclasses import dataclass

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import SpecError


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    r"""A rotation (with or without a reflection), and how far it leaves the points apart.

    Attributes
    ----------
    matrix
        Q, shape ``(d, d)``: rows are rotated as ``points @ matrix``.
    error
        What is left, :math:`\lVert XQ - Y \rVert_F / \lVert Y \rVert_F`: 0 when the clouds are the same.
    """

    matrix: Floats
    error: float


def solve_procrustes(points: Floats, onto: Floats) -> Rotation:
    r"""Rotate points onto others, row by row, as near as a rotation can (orthogonal Procrustes).

    Distances and angles among the points stay as they are, so that nothing is lost or made up; a map of any other kind
    would fit better and do both.

    .. math:: Q = \arg\min_{Q'Q = I} \lVert XQ - Y \rVert_F = U V', \quad X'Y = U \Sigma V'

    Parameters
    ----------
    points
        X, shape ``(n, d)``.
    onto
        Y, row i of which belongs to row i of X, shape ``(n, d)``.

    Returns
    -------
    Rotation
        Q, which may reflect, and the relative residual.

    Raises
    ------
    SpecError
        When the shapes differ.

    References
    ----------
    Schönemann, P. H. 1966. A generalized solution of the orthogonal Procrustes problem. Psychometrika 31(1): 1-10.

    Examples
    --------
    >>> square = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> turned = square @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    >>> found = solve_procrustes(square, turned)
    >>> bool(np.allclose(square @ found.matrix, turned)), round(found.error, 12)
    (True, 0.0)
    """
    if points.shape != onto.shape or points.ndim != 2:
        raise SpecError(
            f"Points of shape {points.shape} are to be rotated onto points of shape {onto.shape}. Two matrices of one "
            "shape are needed. Take the rows that both have."
        )
    left, _, right = np.linalg.svd(points.T @ onto)
    matrix = left @ right
    length = float(np.linalg.norm(onto))
    error = float(np.linalg.norm(points @ matrix - onto)) / length if length else float("nan")
    return Rotation(matrix=matrix, error=error)
