"""What is public about each column, as numbers: levels, or the points on which a number can lie."""

import math
from dataclasses import dataclass

import numpy as np

from lacunet._typing import Floats

MOST_POINTS = 2**16
"""Points that a number can lie on at most: a finer one is rounded."""
NICE = (1.0, 2.0, 5.0, 10.0)
"""Steps between points are these times a power of ten, as people round."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicColumn:
    """One column as it is known without looking at a row.

    Attributes
    ----------
    n_levels
        Levels of a category, 0 for a number.
    n_reasons
        Reasons why a cell can be without a value, numbered from 1.
    low, step, n_points
        Of a number: its points are ``low + step * (0, 1, ..., n_points - 1)``.
    """

    n_levels: int
    n_reasons: int
    low: float = 0.0
    step: float = 1.0
    n_points: int = 0

    def place(self, column: Floats) -> Floats:
        """Point of each value, as whole numbers from 0; values beyond the ends count as the ends, NaN stays."""
        return np.clip(np.rint((column - self.low) / self.step), 0, max(self.n_points - 1, 0))

    def value(self, point: Floats) -> Floats:
        """Value of each point."""
        # An exact decimal again: 3 * 0.1 is not 0.3, and 3 / 10 is.
        if self.step < 1:
            return self.low + point / np.rint(1 / self.step)
        return self.low + point * self.step


def public_number(low: float, high: float, *, n_reasons: int, is_whole: bool = False) -> PublicColumn:
    """Points between two ends: a nice step, so fine that there are at most 65,536.

    Parameters
    ----------
    low, high
        Ends, in order.
    n_reasons
        Reasons for empty cells.
    is_whole
        Whether the number is whole by its meaning.

    Returns
    -------
    PublicColumn
        Both ends are among the points, or just inside the last one.
    """
    exact = (high - low) / (MOST_POINTS - 1)
    power = math.floor(math.log10(exact))
    step = next(nice for nice in NICE if nice * 10.0**power >= exact * (1 - 1e-12)) * 10.0**power
    step = max(step, 1.0) if is_whole else step
    start = math.floor(low / step) * step if not is_whole else low
    n_points = min(math.ceil((high - start) / step - 1e-9) + 1, MOST_POINTS)
    return PublicColumn(n_levels=0, n_reasons=n_reasons, low=start, step=step, n_points=n_points)


def public_range(points: range, *, n_reasons: int) -> PublicColumn:
    """Points of a ``range``; a longer one than 65,536 is read by its ends."""
    ordered = points if points.step > 0 else points[::-1]
    if len(ordered) > MOST_POINTS:
        return public_number(ordered[0], ordered[-1], n_reasons=n_reasons, is_whole=True)
    low, step = float(ordered[0]), float(ordered.step)
    return PublicColumn(n_levels=0, n_reasons=n_reasons, low=low, step=step, n_points=len(ordered))
