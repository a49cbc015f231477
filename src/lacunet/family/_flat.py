"""Columns of the published MIDAS: a number is one column, scaled, a binary one column, another category one a level.

Variables stand in slots: numbers first, then binaries, then the other categories by their number of levels.
"""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import OBSERVED, Layout
from lacunet._typing import Floats, Integers, States

Scaling = Literal["minmax", "standard"]
"""Numbers between 0 and 1, or with mean 0 and standard deviation 1; a missing cell is 0 either way."""


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
    origin, unit
        What is 0 and what is one unit of each number's column, in the number's own unit, shape (n_numbers,).
    shape
        The static part.
    """

    order: Integers
    origin: Floats
    unit: Floats
    shape: FlatShape

    @classmethod
    def learn(cls, layout: Layout, values: Floats, state: States, scaling: Scaling) -> Self:
        """Order of the variables, and the scale of each number from its observed values."""
        n_levels = [_columns_of(variable.kind, variable.n_levels) for variable in layout.variables]
        order = np.array(sorted(range(len(n_levels)), key=n_levels.__getitem__), dtype=np.intp)
        widths = [n_levels[j] for j in order if n_levels[j] > 1]
        shape = FlatShape(
            n_levels.count(0), n_levels.count(1), tuple((width, widths.count(width)) for width in sorted(set(widths)))
        )
        numbers = order[: shape.n_numbers]
        scales = np.array([_scale(values[state[:, j] == OBSERVED, j], scaling) for j in numbers]).reshape(-1, 2)
        return cls(order=order, origin=scales[:, 0], unit=scales[:, 1], shape=shape)

    def encode(self, values: Floats, state: States, n_rows: int) -> dict[str, NDArray[Any]]:
        """Rows by slot, padded to ``n_rows``: scaled numbers, levels, and what is observed (0 where it is not)."""
        n, k = len(values), self.shape.n_numbers
        seen = state[:, self.order] == OBSERVED
        known = np.where(seen, values[:, self.order], 0.0)
        rows = {
            "number": np.zeros((n_rows, k), dtype=np.float32),
            "level": np.zeros((n_rows, len(self.order) - k), dtype=np.int32),
            "seen": np.zeros((n_rows, len(self.order)), dtype=bool),
        }
        rows["number"][:n] = np.where(seen[:, :k], (known[:, :k] - self.origin) / self.unit, 0.0)
        rows["level"][:n] = known[:, k:]
        rows["seen"][:n] = seen
        return rows

    def decode(self, number: NDArray[Any], level: NDArray[Any]) -> Floats:
        """Values (n, p) in the order of the layout, numbers in their own unit."""
        out = np.empty((len(number), len(self.order)))
        out[:, self.order] = np.concatenate([self.origin + self.unit * number.astype(np.float64), level], axis=1)
        return out


def _columns_of(kind: str, n_levels: int) -> int:
    """0 for a number, 1 for a binary, otherwise the levels (one more than there are where there is one only)."""
    if n_levels == 0:
        return 0
    return 1 if kind == "binary" and n_levels <= 2 else max(n_levels, 2)


def _scale(seen: Floats, scaling: Scaling) -> tuple[float, float]:
    """Origin and unit of observed values; (their one value or 0, 1) where they do not vary."""
    if seen.size == 0:
        return 0.0, 1.0
    pair = (seen.min(), np.ptp(seen)) if scaling == "minmax" else (seen.mean(), seen.std())
    return float(pair[0]), float(pair[1]) or 1.0
