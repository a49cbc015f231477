"""What an effect compares: a number moved a little either way, or one level with another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Bools
from lacunet.errors import ColumnError
from lacunet.prediction.explain._inputs import (
    as_numbers,
    give_value,
    give_values,
    is_number,
    known_cells,
    list_levels,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """One effect: rows at a higher and at a lower value of a variable, and what the difference is divided by.

    Attributes
    ----------
    term
        Name of the effect.
    variable
        The variable.
    contrast
        "dy/dx", or the two levels.
    low, high
        What is added to a number; the two levels of a category.
    is_slope
        Whether the variable is moved a little rather than set.
    rows
        Rows that count: for a slope those where the variable is known.
    """

    term: str
    variable: str
    contrast: str
    low: Any
    high: Any
    is_slope: bool
    rows: Bools

    @property
    def distance(self) -> float:
        """What the difference is divided by."""
        return float(self.high - self.low) if self.is_slope else 1.0

    def give(self, frame: pd.DataFrame, value: Any) -> pd.DataFrame:
        """The rows that count, with one of the two values."""
        part = frame if self.rows.all() else frame[self.rows]
        if self.is_slope:
            return give_values(part, self.variable, as_numbers(part[self.variable]) + value)
        return give_value(part, self.variable, value)


def list_comparisons(
    frame: pd.DataFrame, name: str, base: Any, discrete: Sequence[str] | None, step: float
) -> list[Comparison]:
    """Effects of one variable: a slope for a number, a difference from the base for every other level.

    Raises
    ------
    ColumnError
        When the base does not occur, or the variable does not vary.
    """
    column = frame[name]
    if is_number(column) and not _is_discrete(column, discrete):
        return [_slope(column, step)]
    levels = list_levels(column)
    if base is not None and base not in levels:
        shown = ", ".join(map(repr, levels[:20]))
        raise ColumnError(f"base names level {base!r} of {name!r}, which does not occur. Its levels are: {shown}.")
    first = levels[0] if base is None else base
    if len(levels) < 2:
        raise ColumnError(f"Column {name!r} has one level, {first!r}. An effect needs two: leave it out of variables.")
    everywhere = np.ones(len(frame), dtype=bool)
    return [
        Comparison(
            term=f"{name}: {one} - {first}",
            variable=name,
            contrast=f"{one} - {first}",
            low=first,
            high=one,
            is_slope=False,
            rows=everywhere,
        )
        for one in levels
        if one != first
    ]


def _slope(column: pd.Series, step: float) -> Comparison:
    name, values = str(column.name), as_numbers(column)
    known = known_cells(column)
    spread = float(np.ptp(values[known])) if known.any() else 0.0
    if spread == 0 or not np.isfinite(spread) or known.sum() < 2:
        raise ColumnError(
            f"Column {name!r} does not vary, or holds a value that is not finite. The step of its slope is a share of "
            "its range: leave it out of variables."
        )
    h = step * spread
    return Comparison(term=name, variable=column.name, contrast="dy/dx", low=-h, high=h, is_slope=True, rows=known)


def _is_discrete(column: pd.Series, discrete: Sequence[str] | None) -> bool:
    if discrete is not None:
        return column.name in discrete
    return bool(column.dropna().isin([0, 1]).all())  # NOTE[DIFF]: margins differentiates what is not declared
