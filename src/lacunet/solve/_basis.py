"""The design in a basis of equal columns: what Newton's method works in, whatever the units of the user."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from lacunet._typing import Floats
from lacunet.errors import DataError
from lacunet.solve._blocks import invert_upper, times, triangle

RANK_TOLERANCE = 1e-10
"""A column counts as a combination of others when its remainder is below this share of its own length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """A design whose columns are orthogonal and of length √n, and the way back to the user's columns.

    Attributes
    ----------
    columns
        Z = (X - 1 c') T, shape ``(n, k)``, with Z'WZ = n I.
    transform
        T, shape ``(k, k)``: coefficients of X are T times those of Z.
    centre
        c, shape ``(k,)``: zero, unless cut points take the place of the intercept.
    """

    columns: Floats
    transform: Floats
    centre: Floats


def check_design(design: Floats, names: tuple[str, ...] | None, n_coefficients: int | None = None) -> tuple[int, int]:
    """Refuse designs that no estimate can come from; returns ``(n, k)``."""
    n, k = design.shape
    needed = k if n_coefficients is None else n_coefficients
    if needed == 0:
        raise DataError("The formula has no term, not even an intercept. Name at least one, for example 'y ~ 1'.")
    if n <= needed:
        raise DataError(
            f"The model has {needed} coefficients and only {n} complete rows. It needs more rows than coefficients: "
            "use fewer terms or more data."
        )
    if np.isfinite(design.sum()):
        return n, k
    bad = ~np.isfinite(design).all(axis=0)
    if bad.any():
        names_bad = ", ".join(_name(names, j) for j in np.flatnonzero(bad)[:5])
        raise DataError(
            f"The terms {names_bad} hold values that are not finite. Numbers are needed: check for the logarithm "
            "of zero or a division by zero in the formula."
        )
    return n, k


def invert_triangle(r: Floats, names: tuple[str, ...] | None, first: int = 0) -> Floats:
    """R^-1 of the columns from ``first`` on, or the names of those that are combinations of others.

    The pivoting is done on R: its columns have the lengths and angles of the design's, in k rows instead of n.
    """
    length = np.linalg.norm(r, axis=0)[first:]
    length[length == 0] = 1.0
    block = r[first:, first:] / length
    if len(block) == 0:
        return block
    _, pivoted, order = qr(block, mode="economic", pivoting=True)
    redundant = np.abs(np.diag(pivoted)) <= RANK_TOLERANCE
    if redundant.any():
        found = ", ".join(f"'{_name(names, order[j])}'" for j in np.flatnonzero(redundant))
        beside = " and of the cut points, which take the place of the intercept" if first else ""
        raise DataError(
            f"The terms {found} are linear combinations of the other terms{beside}, so their coefficients cannot be "
            "told apart. Take them out of the formula."
        )
    return invert_upper(block) / length[:, None]


def find_basis(
    design: Floats, names: tuple[str, ...] | None, weights: Floats | None, *, has_cuts: bool = False
) -> Basis:
    """Orthogonal columns for a design, after its rank was checked.

    Parameters
    ----------
    design
        X, shape ``(n, k)``.
    names
        Names of its columns, for messages.
    weights
        Weight of each row, shape ``(n,)``, or none.
    has_cuts
        Whether cut points take the place of the intercept, so that X holds none and is centred.

    Returns
    -------
    Basis
        The columns to work in.

    Raises
    ------
    DataError
        When columns of X are linear combinations of others.
    """
    n, k = design.shape
    weighted = design if weights is None else np.sqrt(weights)[:, None] * design
    if not has_cuts:
        transform = invert_triangle(triangle(weighted), names) * np.sqrt(n)
        return Basis(columns=times(design, transform), transform=transform, centre=np.zeros(k))
    root = np.ones(n) if weights is None else np.sqrt(weights)
    r = triangle(np.column_stack([root, weighted]))
    transform = invert_triangle(r, names, first=1) * np.sqrt(n)
    centre = r[0, 1:] / r[0, 0]
    return Basis(columns=times(design - centre, transform), transform=transform, centre=centre)


def _name(names: tuple[str, ...] | None, j: int) -> str:
    return names[j] if names is not None else f"number {j}"
