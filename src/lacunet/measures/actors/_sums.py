"""Mentions added up: vectors of their contexts, by cell and, within it, by document or cluster."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.measures.contexts import Contexts

ROWS = 1 << 14
"""Mentions whose vectors are made at once."""


class Sums(NamedTuple):
    """Sums over the mentions of each cluster in each cell, a row for every pair that has any; sorted by cell.

    Attributes
    ----------
    cell, cluster
        Of each row (r,).
    times
        Mentions (r,), as float64.
    vectors
        Sum of the vectors of their contexts (r, d).
    squares
        Sum of the squared lengths of those vectors (r,).
    """

    cell: Integers
    cluster: Integers
    times: Floats
    vectors: Floats
    squares: Floats


def sum_mentions(
    contexts: Contexts, vectors: Floats, turn: Callable[[Floats], Floats], cell: Integers, cluster: Integers
) -> Sums:
    """Add up the vectors of mentions.

    Parameters
    ----------
    contexts
        Mentions that belong to a cell (N of them).
    vectors
        Of the words of the space (v, d).
    turn
        What is done with mean vectors of contexts, such as the transform of à la carte; linear.
    cell, cluster
        Of each mention (N,).

    Returns
    -------
    Sums
        In float64; the mentions of a row are added in the order of the text.
    """
    keys, row = np.unique(np.column_stack([cell, cluster]), axis=0, return_inverse=True)
    row = row.ravel()
    order = np.argsort(row, kind="stable")
    total, squares = np.zeros((len(keys), vectors.shape[1])), np.zeros(len(keys))
    for start in range(0, len(row), ROWS):
        some = order[start : start + ROWS]
        found = turn(contexts.where(some).means(vectors))
        here, first = np.unique(row[some], return_index=True)
        total[here] += np.add.reduceat(found, first, axis=0)
        squares[here] += np.add.reduceat(np.einsum("ij,ij->i", found, found), first)
    times = np.bincount(row, minlength=len(keys)).astype(np.float64)
    return Sums(keys[:, 0], keys[:, 1], times, total, squares)
