"""The mentions of one word, summed by slice and by what is drawn together (documents or clusters)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lacunet._typing import Floats, Integers


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """Sums of instance vectors: one row for every unit (document or cluster) and slice with a mention.

    Attributes
    ----------
    sums
        Sums of the vectors of mentions (m, d).
    n
        Mentions (m,).
    slices, units
        Slice and unit of each row (m,), both from 0; a unit has one row in each of its slices.
    n_slices
        Number of slices T.
    """

    sums: Floats
    n: Floats
    slices: Integers
    units: Integers
    n_slices: int

    def count(self, per: Floats | None = None) -> Floats:
        """Sum over the rows of each slice, of 1 where nothing is named (T,)."""
        return np.bincount(self.slices, weights=per, minlength=self.n_slices).astype(np.float64)

    def between(self, one: int, other: int) -> "Pieces":
        """The rows of two slices, which become 0 and 1."""
        rows = np.flatnonzero((self.slices == one) | (self.slices == other))
        units = np.unique(self.units[rows], return_inverse=True)[1].reshape(-1).astype(np.intp)
        slices = (self.slices[rows] == other).astype(np.intp)
        return Pieces(sums=self.sums[rows], n=self.n[rows], slices=slices, units=units, n_slices=2)

    def pairs(self) -> tuple[Integers, Integers]:
        """Rows of one unit that is in two slices, as two arrays."""
        order = np.argsort(self.units, kind="stable")
        starts = np.flatnonzero(np.diff(self.units[order])) + 1
        if len(starts) + 1 >= len(order):
            return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
        found = [(a, b) for rows in np.split(order, starts) for i, a in enumerate(rows) for b in rows[i + 1 :]]
        both = np.array(found, dtype=np.intp).reshape(-1, 2)
        return both[:, 0], both[:, 1]


def sum_pieces(shares: Any, vectors: Floats, slices: Integers, units: Integers, n_slices: int) -> Pieces:
    """Sum mentions by unit and slice.

    Parameters
    ----------
    shares
        Share of each word in each mention, sparse (N, v): times the vectors, the vector of the mention.
    vectors
        Vectors of the words (v, d).
    slices, units
        Slice and unit of each mention (N,).
    n_slices
        Number of slices.

    Returns
    -------
    Pieces
        Rows in the order of the slices, and of the units within.
    """
    keys, row = np.unique(np.stack([slices, units]), axis=1, return_inverse=True)
    row, n = row.reshape(-1), keys.shape[1]
    adding = csr_array((np.ones(len(row)), (row, np.arange(len(row)))), shape=(n, len(row)))
    return Pieces(
        sums=np.asarray((adding @ shares) @ vectors, dtype=np.float64),
        n=np.bincount(row, minlength=n).astype(np.float64),
        slices=keys[0].astype(np.intp),
        units=np.unique(keys[1], return_inverse=True)[1].reshape(-1).astype(np.intp),
        n_slices=n_slices,
    )
