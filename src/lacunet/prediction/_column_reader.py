"""Columns as inputs, each by its kind: numbers as they are, one indicator a level."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from lacunet._layout import INAPPLICABLE, MISSING
from lacunet._typing import Floats
from lacunet.table import Column, Table


@dataclass(frozen=True, kw_only=True)
class ColumnReader:
    """How the columns of a table become inputs; missing cells stay missing (NaN).

    Attributes
    ----------
    names
        Names of the inputs.
    asked_of_some
        Columns that have cells "not applicable": an indicator says which.
    """

    names: tuple[str, ...]
    asked_of_some: tuple[str, ...]

    @classmethod
    def learn(cls, table: Table) -> Self:
        """Learn from a table which inputs there are."""
        modelled = table.schema.modelled
        has_gap = (table.state == INAPPLICABLE).any(axis=0)
        asked_of_some = tuple(column.name for column, gap in zip(modelled, has_gap, strict=True) if gap)
        names = []
        for column in modelled:
            names += _names(column)
            names += [f"{column.name}[not applicable]"] if column.name in asked_of_some else []
        return cls(names=tuple(names), asked_of_some=asked_of_some)

    def columns(self, table: Table) -> Floats:
        """Inputs of rows, (n, p), NaN where missing."""
        parts: list[Floats] = [np.empty((table.n_rows, 0))]
        for j, column in enumerate(table.schema.modelled):
            values, state = table.values[:, j], table.state[:, j]
            own = _indicators(column, values) if column.is_category else values[:, None].copy()
            own[state == MISSING] = np.nan
            if column.is_category:
                own[state == INAPPLICABLE] = 0.0
            parts.append(own)
            if column.name in self.asked_of_some:
                parts.append((state == INAPPLICABLE).astype(np.float64)[:, None])
        return np.concatenate(parts, axis=1)

    def as_meta(self) -> dict[str, Any]:
        """Words for a file."""
        return {"reader": "columns", "names": self.names, "asked_of_some": self.asked_of_some}

    @classmethod
    def from_meta(cls, meta: dict[str, Any]) -> Self:
        """Inverse of `as_meta`."""
        return cls(names=meta["names"], asked_of_some=meta["asked_of_some"])


def _names(column: Column) -> list[str]:
    if not column.is_category:
        return [column.name]
    labels = column.level_labels()
    return [f"{column.name}[{label}]" for label in (labels[1:] if len(labels) == 2 else labels)]


def _indicators(column: Column, values: Floats) -> Floats:
    """One column a level; of two levels, the second alone."""
    levels = np.arange(len(column.levels))
    return (values[:, None] == (levels[1:] if len(levels) == 2 else levels)).astype(np.float64)
