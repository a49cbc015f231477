"""Columns of the published MIDAS: a number is one column in [0, 1], a binary one column, another category one a level.

Variables stand in slots: numbers first, then binaries, then the other categories by their number of levels.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import OBSERVED, Layout
from lacunet._typing import Floats, Integers, States


@dataclass(frozen=True, slots=True)
class FlatShape:
    """Counts of numbers and binaries, and groups (levels, variables) of other categories: the static part."""

    n_numbers: int
    n_binary: int
    groups: tuple[tuple[int, int], ...]

    @property
    def n_single(self) -> int:
        """Variables that take one column."""
        return self.n_numbers + self.n_binary

    @property
    def n_columns(self) -> int:
        """Columns of the network's input and output (q)."""
        return self.n_single + sum(levels * count for levels, count in self.groups)


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatCode:
    """How the variables of a layout become columns and come back.

    Attributes
    ----------
    order
        Variable of each slot, shape (p,).
    low, span
        Smallest observed value and range of each number, in its own unit, shape (n_numbers,).
    shape
        The static part.
    """

    order: Integers
    low: Floats
    span: Floats
    shape: FlatShape

    @classmethod
    def learn(cls, layout: Layout, values: Floats, state: States) -> Self:
        """Order of the variables, and the observed range of each number."""
        n_levels = [_columns_of(variable.kind, variable.n_levels) for variable in layout.variables]
        order = np.array(sorted(range(len(n_levels)), key=n_levels.__getitem__), dtype=np.intp)
        widths = [n_levels[j] for j in order if n_levels[j] > 1]
        shape = FlatShape(
            n_levels.count(0), n_levels.count(1), tuple((width, widths.count(width)) for width in sorted(set(widths)))
        )
        seen = [values[state[:, j] == OBSERVED, j] for j in order[: shape.n_numbers]]
        low = np.array([column.min(initial=np.inf) if column.size else 0.0 for column in seen])
        high = np.array([column.max(initial=-np.inf) if column.size else 1.0 for column in seen])
        return cls(order=order, low=low, span=np.where(high > low, high - low, 1.0), shape=shape)

    def encode(self, values: Floats, state: States, n_rows: int) -> dict[str, NDArray[Any]]:
        """Rows by slot, padded to ``n_rows``: numbers in [0, 1], levels, and what is observed (0 where it is not)."""
        n, k = len(values), self.shape.n_numbers
        seen = state[:, self.order] == OBSERVED
        known = np.where(seen, values[:, self.order], 0.0)
        rows = {
            "number": np.zeros((n_rows, k), dtype=np.float32),
            "level": np.zeros((n_rows, len(self.order) - k), dtype=np.int32),
            "seen": np.zeros((n_rows, len(self.order)), dtype=bool),
        }
        rows["number"][:n] = np.where(seen[:, :k], (known[:, :k] - self.low) / self.span, 0.0)
        rows["level"][:n] = known[:, k:]
        rows["seen"][:n] = seen
        return rows

    def decode(self, number: NDArray[Any], level: NDArray[Any]) -> Floats:
        """Values (n, p) in the order of the layout, numbers in their own unit."""
        out = np.empty((len(number), len(self.order)))
        out[:, self.order] = np.concatenate([self.low + self.span * number.astype(np.float64), level], axis=1)
        return out


def _columns_of(kind: str, n_levels: int) -> int:
    """0 for a number, 1 for a binary, otherwise the levels (one more than there are where there is one only)."""
    if n_levels == 0:
        return 0
    return 1 if kind == "binary" and n_levels <= 2 else max(n_levels, 2)  # noqa: PLR2004
