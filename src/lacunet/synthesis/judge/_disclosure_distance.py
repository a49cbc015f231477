"""The nearest rows: Gower's distance, with numbers at their place among the real ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Integers
from lacunet.synthesis.judge._disclosure_setting import Rows

BLOCK = 4_000_000
"""Pairs of rows whose distances are held in memory at once."""


def distance_blocks(rows: Rows, release: Rows, columns: Integers) -> Iterator[NDArray[np.float32]]:
    r"""Distances of rows to all rows of a release, some rows at a time.

    .. math:: d(x, y) = \frac1q \sum_j d_j, \quad
              d_j = |F_j(x_j) - F_j(y_j)| \text{ for two numbers, else } 1[x_j \ne y_j]

    Parameters
    ----------
    rows, release
        Rows of the same columns.
    columns
        Positions of the q columns compared.

    Yields
    ------
    array
        Shape (some rows, rows of the release).

    References
    ----------
    Gower, J. C. 1971. A general coefficient of similarity and some of its properties. Biometrics 27(4): 857-871.
    Differs: numbers are compared at their place :math:`F_j` in the real file and not over its range, so that one
    extreme value does not make all others alike; a reason for having no value is a level, 1 away from every number.
    """
    step = max(BLOCK // max(release.n, 1), 1)
    for start in range(0, rows.n, step):
        part = slice(start, min(start + step, rows.n))
        total = np.zeros((part.stop - part.start, release.n), dtype=np.float32)
        for j in columns:
            total += _one_column(rows, release, part, int(j))
        yield total / np.float32(max(len(columns), 1))


def _one_column(rows: Rows, release: Rows, part: slice, j: int) -> NDArray[np.float32]:
    differs = rows.cells[part, j, None] != release.cells[None, :, j]
    if not rows.is_number[j]:
        return differs.astype(np.float32)
    gap = np.abs(rows.places[part, j, None] - release.places[None, :, j])
    return np.where(np.isnan(gap), differs, gap).astype(np.float32)


def nearest(rows: Rows, release: Rows, columns: Integers) -> tuple[NDArray[np.float32], Integers]:
    """Distance to the nearest row of a release, and its position (the first of equals).

    Parameters
    ----------
    rows, release, columns
        As in `distance_blocks`; the order of the release decides between equals, so it should be one of chance.

    Returns
    -------
    tuple
        Distances and positions, both of shape (rows,).
    """
    distances, positions = [], []
    for block in distance_blocks(rows, release, columns):
        at = block.argmin(axis=1)
        positions.append(at)
        distances.append(block[np.arange(len(at)), at])
    return np.concatenate(distances), np.concatenate(positions).astype(np.intp)
