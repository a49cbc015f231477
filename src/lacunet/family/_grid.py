"""Cut a variable into levels and give every level an interval on the normal-score line.

A category's levels are its own. A number with few distinct values gets one level a value; otherwise its
observed values are cut at quantiles, and every heavy atom (a spike, a round number) keeps a level of its own.
Numbers and ordinal categories also have a position ``z``: the standard normal quantile of their mid-rank. Level k
covers the interval of z between its lower and upper edge, so that the network can speak of a number both
coarsely (which level) and finely (where in the level) without ever leaving the values that were observed.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from lacunet._layout import Variable

Floats = NDArray[np.float64]
TAIL = 6.0
"""Outer edges of the z line where the outermost level is a single value: far beyond any normal score of a sample."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Levels of one variable.

    Attributes
    ----------
    is_ordered
        Whether the levels lie on a line (numbers, dates, ordinal categories).
    is_category
        Whether the levels are those of a category.
    edges
        Ascending edges of the levels in z, shape (k + 1,); zeros for unordered levels.
    share
        Observed share of each level, shape (k,).
    is_wide
        Levels that hold more than one distinct value, shape (k,).
    values
        Distinct observed values in ascending order, shape (d,); level positions for a category.
    places
        z of each distinct value, shape (d,).
    owner
        Level of each distinct value, shape (d,).
    """

    is_ordered: bool
    is_category: bool
    edges: Floats
    share: Floats
    is_wide: NDArray[np.bool_]
    values: Floats
    places: Floats
    owner: NDArray[np.int32]

    @property
    def n_levels(self) -> int:
        """Number of levels k."""
        return len(self.share)

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name, to be saved."""
        return {name: getattr(self, name) for name in ("edges", "share", "is_wide", "values", "places", "owner")}

    def encode(self, column: Floats) -> tuple[NDArray[np.int32], Floats]:
        """Level and z of each value; values between two donors are interpolated, NaN becomes level 0 at 0."""
        known = np.isfinite(column)
        filled = np.where(known, column, self.values[0])
        if not self.is_ordered:
            return np.where(known, filled, 0).astype(np.int32), np.zeros_like(filled)
        nearest = nearest_on(self.values, filled)
        z = np.interp(filled, self.values, self.places)
        return np.where(known, self.owner[nearest], 0).astype(np.int32), np.where(known, z, 0.0)

    def decode(self, level: NDArray[np.integer], z: Floats) -> Floats:
        """Observed value of the level that lies nearest to z."""
        if not self.is_ordered:
            return level.astype(np.float64)
        first = np.searchsorted(self.owner, np.arange(self.n_levels), side="left")
        last = np.searchsorted(self.owner, np.arange(self.n_levels), side="right") - 1
        return self.values[np.clip(nearest_on(self.places, z), first[level], last[level])]


def nearest_on(line: Floats, points: Floats) -> NDArray[np.intp]:
    """Which of ascending numbers lies nearest to each point; of two as near, the lower.

    Parameters
    ----------
    line
        Ascending, shape (d,), at least one.
    points
        Any shape.
    """
    if len(line) == 1:
        return np.zeros(np.shape(points), dtype=np.intp)
    right = np.clip(np.searchsorted(line, points), 1, len(line) - 1)
    return np.where(points - line[right - 1] <= line[right] - points, right - 1, right)


def unordered_grid(column: Floats, n_levels: int) -> Grid:
    """Grid of a category without order: one level each, no line."""
    counts = np.bincount(column.astype(np.int64), minlength=n_levels).astype(np.float64)
    everything = np.arange(n_levels, dtype=np.float64)
    return Grid(
        is_ordered=False,
        is_category=True,
        edges=np.zeros(n_levels + 1),
        share=counts / max(counts.sum(), 1.0),
        is_wide=np.zeros(n_levels, dtype=bool),
        values=everything,
        places=np.zeros(n_levels),
        owner=everything.astype(np.int32),
    )


def ordered_grid(values: Floats, counts: Floats, owner: NDArray[np.int32], *, is_category: bool) -> Grid:
    """Grid of values on a line, given the level that owns each distinct value."""
    rank = (np.cumsum(counts) - 0.5 * counts) / counts.sum()
    n_levels = int(owner[-1]) + 1
    share = np.bincount(owner, weights=counts, minlength=n_levels) / counts.sum()
    inner = ndtri(np.clip(np.cumsum(share)[:-1], 1e-9, 1 - 1e-9))
    # A level that nobody chose has no mass: nudge its edges apart, so that its interval is never empty.
    places = ndtri(np.clip(rank, 1e-9, 1 - 1e-9))
    is_wide = np.bincount(owner, minlength=n_levels) > 1
    # Beyond the extremes a wide level ends half a gap on: the extreme value would otherwise stand for the whole tail.
    low = 1.5 * places[0] - 0.5 * places[1] if is_wide[0] else -TAIL
    high = 1.5 * places[-1] - 0.5 * places[-2] if is_wide[-1] else TAIL
    edges = np.concatenate([[low], inner, [high]])
    edges = np.maximum.accumulate(edges + 1e-6 * np.arange(n_levels + 1))
    return Grid(
        is_ordered=True,
        is_category=is_category,
        edges=edges,
        share=share,
        is_wide=is_wide,
        values=values,
        places=places,
        owner=owner,
    )


def cut_levels(counts: Floats, n_levels: int) -> NDArray[np.int32]:
    """Level of each distinct value: at most ``n_levels``, of about equal weight, heavy atoms alone.

    Parameters
    ----------
    counts
        How often each distinct value occurs, in ascending order of the values, shape (d,).
    n_levels
        Levels to aim at.
    """
    if len(counts) <= n_levels:
        return np.arange(len(counts), dtype=np.int32)
    heavy = counts > counts.sum() / n_levels
    room = max(n_levels - int(heavy.sum()), 1)
    light = np.where(heavy, 0.0, counts)
    middle = np.cumsum(light) - 0.5 * light
    part = np.minimum((middle / max(light.sum(), 1.0) * room).astype(np.int64), room - 1)
    # A new level starts where the quantile part changes, and around every heavy atom.
    starts = np.ones(len(counts), dtype=bool)
    starts[1:] = (part[1:] != part[:-1]) | heavy[1:] | heavy[:-1]
    return (np.cumsum(starts) - 1).astype(np.int32)


def build_grid(variable: Variable, column: Floats, *, n_levels: int, n_own: int) -> Grid:
    """Grid of one variable from its observed values.

    Parameters
    ----------
    variable
        Kind and, for a category, number of levels.
    column
        Observed values, shape (n_observed,), no NaN.
    n_levels
        Levels to cut a number into when it has more than ``n_own`` distinct values.
    n_own
        A number with at most this many distinct values keeps one level a value.
    """
    if variable.is_category and variable.kind != "ordinal":
        return unordered_grid(column, variable.n_levels)
    if variable.is_category:
        values = np.arange(variable.n_levels, dtype=np.float64)
        counts = np.bincount(column.astype(np.int64), minlength=variable.n_levels).astype(np.float64)
        return ordered_grid(
            values, np.maximum(counts, 1e-3), np.arange(variable.n_levels, dtype=np.int32), is_category=True
        )
    values, how_often = np.unique(column, return_counts=True)
    weight = how_often.astype(np.float64)
    levels = max(n_levels, 2) if len(values) > n_own else len(values)
    return ordered_grid(values, weight, cut_levels(weight, levels), is_category=False)
