"""A tree of columns: each depends on one other, and rows are drawn from the root to the leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.errors import DataError


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    r"""Joint distribution of codes: :math:`P(x) = \prod_j P(x_j \mid x_{parent(j)})`.

    Attributes
    ----------
    parent
        Column that each column depends on, -1 for none, shape (p,).
    order
        Columns, each after its parent, shape (p,).
    tables
        For each column P(x_j | parent), shape (levels of the parent, levels), or (1, levels) without a parent.
    """

    parent: NDArray[np.int64]
    order: NDArray[np.int64]
    tables: tuple[Floats, ...]

    def draw(
        self, n_rows: int, rng: np.random.Generator, allowed: Mapping[int, NDArray[np.bool_]] | None = None
    ) -> NDArray[np.int64]:
        """Draw rows, exactly from the distribution given that some columns have one of certain codes.

        Parameters
        ----------
        n_rows
            Number of rows k.
        rng
            Randomness.
        allowed
            For some columns which codes are allowed, shape (levels,); None for no condition.

        Returns
        -------
        ndarray
            Codes, shape (k, p).

        Raises
        ------
        DataError
            Where no row can meet the conditions.
        """
        tables = self._given({} if allowed is None else allowed)
        codes = np.zeros((n_rows, len(self.parent)), dtype=np.int64)
        for j in self.order:
            up = self.parent[j]
            above = np.zeros(n_rows, dtype=np.int64) if up < 0 else codes[:, up]
            codes[:, j] = _draw_rows(tables[j], above, rng)
        return codes

    def _given(self, allowed: Mapping[int, NDArray[np.bool_]]) -> list[Floats]:
        """Tables given the conditions: from the leaves upwards, each column passes on how likely what is below is."""
        tables = [table.copy() for table in self.tables]
        if not allowed:
            return tables
        below = [np.ones(table.shape[1]) for table in tables]
        for j in self.order[::-1]:
            weight = tables[j] * below[j] * allowed.get(int(j), np.ones(tables[j].shape[1], dtype=bool))
            total = weight.sum(axis=1, keepdims=True)
            tables[j] = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
            if self.parent[j] >= 0:
                below[self.parent[j]] *= total[:, 0] / max(total.max(), 1e-300)
            elif total[0, 0] <= 0:
                raise DataError(
                    "No row can meet the conditions: under the noisy tables their probability is zero. "
                    "Ask for less, or leave one of the conditions out."
                )
        return tables

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name, to be saved."""
        tables = {f"table.{j}": table for j, table in enumerate(self.tables)}
        return {"parent": self.parent, "order": self.order, **tables}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """Inverse of ``as_arrays``."""
        tables = tuple(arrays[f"table.{j}"] for j in range(len(arrays["parent"])))
        return cls(parent=arrays["parent"], order=arrays["order"], tables=tables)


def _draw_rows(table: Floats, above: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Code of each row from the row of the table that its parent's code names."""
    steps = np.cumsum(table, axis=1)
    # One ladder for all parents: the steps of parent u stand between u and u + 1.
    ladder = (steps / np.maximum(steps[:, -1:], 1e-300) + np.arange(len(table))[:, None]).ravel()
    place = np.searchsorted(ladder, above + rng.random(len(above)), side="right")
    low = above * table.shape[1]
    return np.clip(place - low, 0, table.shape[1] - 1)
