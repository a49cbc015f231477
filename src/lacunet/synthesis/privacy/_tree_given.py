"""Rows of a tree given some of their cells, each row its own: from the leaves upwards, then from the root downwards."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.synthesis.privacy._tree_draw import Tree

LEAST = 1e-12
"""Smallest probability of a cell of a table, so that whatever is given can be completed."""
CHUNK = 4_096
Masks = Mapping[int, NDArray[np.bool_]]


def complete_rows(
    tree: Tree, codes: NDArray[np.int64], is_given: NDArray[np.bool_], rng: np.random.Generator, allowed: Masks
) -> NDArray[np.int64]:
    r"""Draw the cells that are not given, exactly from the tree given the others.

    With :math:`w_j` what is known of column j and of all below it, column j has

    .. math:: P(x_j \mid x_{up}) \propto P_j(x_j \mid x_{up})\, w_j(x_j), \qquad
        w_j(x) = 1[x \text{ can be}] \prod_{c\ \mathrm{below}\ j} \sum_y P_c(y \mid x)\, w_c(y) .

    Parameters
    ----------
    tree
        The distribution.
    codes
        Codes, shape (k, p); read where they are given.
    is_given
        Cells that stay, shape (k, p).
    rng
        Randomness.
    allowed
        Codes that may be drawn in some columns.

    Returns
    -------
    ndarray
        Codes, shape (k, p).

    References
    ----------
    Pearl, J. 1988. Probabilistic reasoning in intelligent systems. Morgan Kaufmann, chapter 4.
    """
    tables = [np.maximum(table, LEAST) for table in tree.tables]
    out = codes.copy()
    for start in range(0, len(codes), CHUNK):
        part = slice(start, start + CHUNK)
        known = _upwards(tree, tables, codes[part], is_given[part], allowed)
        out[part] = _downwards(tree, tables, known, rng)
    return out


def _upwards(
    tree: Tree, tables: list[Floats], codes: NDArray[np.int64], is_given: NDArray[np.bool_], allowed: Masks
) -> list[Floats]:
    """What is known of each column, (k, levels), from the leaves to the roots."""
    known: list[Floats] = []
    for j, table in enumerate(tables):
        size = table.shape[1]
        free = allowed[j].astype(float) if j in allowed else np.ones(size)
        known.append(np.where(is_given[:, [j]], codes[:, [j]] == np.arange(size), free))
    for j in tree.order[::-1]:
        up = tree.parent[j]
        if up >= 0:
            told = known[j] @ tables[j].T
            known[up] = known[up] * (told / np.maximum(told.max(axis=1, keepdims=True), 1e-300))
    return known


def _downwards(tree: Tree, tables: list[Floats], known: list[Floats], rng: np.random.Generator) -> NDArray[np.int64]:
    out = np.zeros((len(known[0]), len(tables)), dtype=np.int64)
    for j in tree.order:
        up = tree.parent[j]
        rows = tables[j][out[:, up]] if up >= 0 else tables[j]
        ladder = np.cumsum(rows * known[j], axis=1)
        out[:, j] = (ladder <= (rng.random(len(out)) * ladder[:, -1])[:, None]).sum(axis=1).clip(0, rows.shape[1] - 1)
    return out
