r"""Tables of two and three columns put together: the distribution of largest entropy that has them.

.. math:: P(x) \propto \prod_c \theta_c(x_c)

Rows are drawn by Gibbs sampling: many at once, each column in turn given all others, beginning with rows of a tree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.keep import arrays_under
from lacunet.synthesis.privacy._tree_draw import Tree
from lacunet.synthesis.privacy._tree_given import Masks, complete_rows

SWEEPS = 12
"""Turns through all columns from a row of the tree to a row of the field."""
CHUNK = 4_096
"""Rows that are drawn together, so that the work of a turn stays in the cache."""
FAINT = 1e-8
"""Smallest probability of a cell; an empty cell of a noisy table is hardly ever truly impossible."""
Cells = tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A tree, and log factors of it and of further tables.

    Attributes
    ----------
    tree
        Where rows begin.
    logs
        log θ of each table by its columns, one axis for each.
    """

    tree: Tree
    logs: dict[Cells, NDArray[np.float32]]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of codes of each column."""
        return tuple(table.shape[1] for table in self.tree.tables)

    def draw(
        self, n_rows: int, rng: np.random.Generator, allowed: Mapping[int, NDArray[np.bool_]] | None = None
    ) -> NDArray[np.int64]:
        """Draw rows given that some columns have one of certain codes (see `Tree.draw`), shape (k, p)."""
        rows = self.tree.draw(n_rows, rng, allowed)
        if len(self.logs) > len(self.tree.tables):
            for _ in range(SWEEPS):
                rows = self.sweep(rows, rng, allowed)
        return rows

    def complete(
        self, codes: NDArray[np.int64], is_given: NDArray[np.bool_], rng: np.random.Generator, allowed: Masks
    ) -> NDArray[np.int64]:
        """Draw the cells of rows that are not given, shape (k, p); begins with the tree's own, which are exact."""
        rows = complete_rows(self.tree, codes, is_given, rng, allowed)
        if len(self.logs) > len(self.tree.tables):
            for _ in range(SWEEPS):
                rows = self.sweep(rows, rng, allowed, is_given)
        return rows

    def sweep(
        self,
        rows: NDArray[np.int64],
        rng: np.random.Generator,
        allowed: Masks | None = None,
        is_given: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int64]:
        """Draw every column once given the others, but for cells that are given, shape (k, p)."""
        masks, fixed = {} if allowed is None else allowed, np.zeros(rows.shape, bool) if is_given is None else is_given
        parts = [
            self._sweep_chunk(rows[start : start + CHUNK].copy(), fixed[start : start + CHUNK], rng, masks)
            for start in range(0, len(rows), CHUNK)
        ]
        return np.concatenate(parts) if parts else rows

    def _sweep_chunk(
        self, rows: NDArray[np.int64], fixed: NDArray[np.bool_], rng: np.random.Generator, masks: Masks
    ) -> NDArray[np.int64]:
        # Always in one order: a sum of floats depends on it, and a saved field must draw the same rows.
        logs = sorted(self.logs.items(), key=lambda item: item[0])
        for j, size in enumerate(self.sizes):
            score = np.zeros((len(rows), size), dtype=np.float32)
            for columns, log in logs:
                if j in columns:
                    others = tuple(rows[:, c] for c in columns if c != j)
                    score += np.moveaxis(log, columns.index(j), -1)[others]
            if j in masks:
                score[:, ~masks[j]] = -np.inf
            score -= score.max(axis=1, keepdims=True)
            ladder = np.cumsum(np.exp(score, out=score), axis=1)
            drawn = (ladder < (rng.random(len(rows)) * ladder[:, -1])[:, None]).sum(axis=1).clip(0, size - 1)
            rows[:, j] = np.where(fixed[:, j], rows[:, j], drawn)
        return rows

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name, to be saved."""
        tree = {f"tree.{name}": array for name, array in self.tree.as_arrays().items()}
        return tree | {f"log.{'.'.join(map(str, columns))}": log for columns, log in self.logs.items()}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """Inverse of ``as_arrays``."""
        logs = {
            tuple(int(c) for c in name.split(".")[1:]): log for name, log in arrays.items() if name.startswith("log.")
        }
        return cls(tree=Tree.from_arrays(arrays_under(arrays, "tree.")), logs=logs)


def field_of(tree: Tree) -> Field:
    """Field of a tree alone: its conditional tables are the factors."""
    logs: dict[Cells, NDArray[np.float32]] = {}
    for j, up in enumerate(tree.parent):
        log = np.log(np.maximum(tree.tables[j], FAINT)).astype(np.float32)
        if up < 0:
            logs[(j,)] = log[0]
        else:
            logs[(int(up), j) if up < j else (j, int(up))] = log if up < j else log.T.copy()
    return Field(tree=tree, logs=logs)


def cells_in(rows: NDArray[np.int64], columns: Cells, sizes: tuple[int, ...]) -> NDArray[np.intp]:
    """Cell of each row in the table of some columns, shape (n,)."""
    return np.ravel_multi_index(tuple(rows[:, c] for c in columns), tuple(sizes[c] for c in columns))


def shares_in(rows: NDArray[np.int64], columns: Cells, sizes: tuple[int, ...]) -> Floats:
    """Share of the rows in each cell of the table of some columns, one axis for each."""
    shape = tuple(sizes[c] for c in columns)
    return np.bincount(cells_in(rows, columns, sizes), minlength=int(np.prod(shape))).reshape(shape) / len(rows)


def bend(model: Field, rows: NDArray[np.int64], targets: Mapping[Cells, Floats], pace: float) -> Field:
    r"""Move the factors towards their tables, one after the other.

    .. math:: \log\theta_c \leftarrow \log\theta_c + \eta \log(target_c / now_c)

    After each table the rows are weighted as if they had been drawn anew, so that tables which share a column do not
    all correct it.

    Parameters
    ----------
    model
        The field.
    rows
        Rows drawn from it, shape (k, p).
    targets
        Shares of each table.
    pace
        η, between 0 and 1.

    Returns
    -------
    Field
        The bent field.
    """
    logs = dict(model.logs)
    least, weight = 0.5 / len(rows), np.ones(len(rows))
    for columns, target in targets.items():
        cell = cells_in(rows, columns, model.sizes)
        now = np.bincount(cell, weights=weight, minlength=target.size) / weight.sum()
        step = pace * np.log((target.ravel() + least) / (now + least))
        weight *= np.exp(step)[cell]
        bent = logs.get(columns, np.float32(0)) + step.reshape(target.shape).astype(np.float32)
        logs[columns] = np.maximum(bent, np.float32(2 * np.log(FAINT)))
    return Field(tree=model.tree, logs=logs)
