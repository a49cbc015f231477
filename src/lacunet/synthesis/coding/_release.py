"""The values that synthetic numbers may take: shared ones as they are, others only as small groups.

A value that fewer than three rows hold could point to a person. Neighbouring rare values are therefore put into runs of
at least three rows, and what is drawn from a run is a number between its ends, rounded as the column is. The ends lie
between rare values and are none of them, so that nothing that is saved tells one.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats

LEAST_ROWS = 3
"""Rows that must share a value, or a group of neighbouring values, before it is released."""
FINEST, COARSEST = -9, 12
"""Powers of ten between which the rounding of a column is looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """Groups of values in ascending order.

    Attributes
    ----------
    low, high
        Ends between which a value of the group is drawn, equal where the group gives one value, shape (g,).
    until
        Largest value that belongs to the group, shape (g,).
    unit
        Power of ten that every value of the group is a multiple of, shape (g,).
    counts
        Rows of each group, or the sum of their weights, shape (g,).
    """

    low: Floats
    high: Floats
    until: Floats
    unit: Floats
    counts: Floats

    @property
    def centre(self) -> Floats:
        """Middle of each group, shape (g,)."""
        return (self.low + self.high) / 2

    def group_of(self, values: Floats) -> NDArray[np.intp]:
        """Group that each value belongs to."""
        return np.minimum(np.searchsorted(self.until, values), len(self.until) - 1)

    def draw(self, group: NDArray[np.intp], rng: np.random.Generator, within: tuple[float, float]) -> Floats:
        """One value from each of the groups named, and between two limits, shape of ``group``."""
        low, high = (np.clip(end[group], *within) for end in (self.low, self.high))
        between = low + rng.random(low.shape) * (high - low)
        return np.where(low == high, low, np.clip(_rounded(between, self.unit[group]), *within))

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays by name, to be saved."""
        return {name: getattr(self, name) for name in PARTS}

    def between(self, low: float, high: float) -> tuple[int, int]:
        """First and last group that reach into an interval; the nearest one where none does."""
        first, last = int(np.searchsorted(self.high, low)), int(np.searchsorted(self.low, high, side="right")) - 1
        if first > last:
            middle = (max(low, self.low[0]) + min(high, self.high[-1])) / 2
            first = last = int(np.argmin(np.abs(self.centre - middle)))
        return first, last

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Self:
        """Inverse of ``as_arrays``."""
        return cls(**{name: np.asarray(arrays[name], dtype=np.float64) for name in PARTS})


PARTS = ("low", "high", "until", "unit", "counts")


def group_values(
    values: Floats, n_rows: NDArray[np.integer], counts: Floats, owner: NDArray[np.int32]
) -> tuple[Release, NDArray[np.int32]]:
    """Groups of distinct values: each shared value, and runs of rare ones.

    A run that holds too few rows joins the run before it; between two shared values it is taken for the nearer.

    Parameters
    ----------
    values
        Distinct values in ascending order, shape (d,).
    n_rows
        Rows that hold each, shape (d,).
    counts
        The same, or the sum of their weights, shape (d,).
    owner
        Level of each, ascending, shape (d,).

    Returns
    -------
    tuple
        The groups, and the level of each, shape (g,), ascending and without gaps.
    """
    is_shared = n_rows >= LEAST_ROWS
    group = _close_groups(_number_groups(n_rows), values, n_rows)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    last = np.append(first[1:], len(values)) - 1
    shared_at = np.full(len(first), -1)
    shared_at[group[is_shared]] = np.flatnonzero(is_shared)
    unit = np.minimum.reduceat(_units(values), first)
    low, high = _ends(values, first, last, shared_at)
    release = Release(
        low=low,
        high=high,
        until=_until(values, first, last, shared_at),
        unit=unit,
        counts=np.add.reduceat(counts, first),
    )
    levels = owner[np.where(shared_at >= 0, shared_at, first)]
    return release, (np.cumsum(np.diff(levels, prepend=levels[0]) > 0)).astype(np.int32)


def _number_groups(n_rows: NDArray[np.integer]) -> NDArray[np.int64]:
    """Group of each distinct value: a shared value alone, runs of others until they hold enough rows."""
    group = np.empty(len(n_rows), dtype=np.int64)
    number, held, is_open = -1, 0, False
    for i, rows in enumerate(n_rows.tolist()):
        if not is_open or rows >= LEAST_ROWS:
            number, held = number + 1, 0
        group[i], held = number, held + rows
        is_open = rows < LEAST_ROWS and held < LEAST_ROWS
    return group


def _close_groups(group: NDArray[np.int64], values: Floats, n_rows: NDArray[np.integer]) -> NDArray[np.int64]:
    """Join runs that stayed too small to the run before them, or to the nearer of the shared values around them."""
    held = np.bincount(group, weights=n_rows)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    last = np.append(first[1:], len(group)) - 1
    is_shared = n_rows[first] >= LEAST_ROWS
    joined = np.arange(len(held))
    for g in np.flatnonzero(held < LEAST_ROWS):
        before, after = (g - 1 if g else None), (g + 1 if g + 1 < len(held) else None)
        if before is None or after is None:
            joined[g] = before if before is not None else after if after is not None else g
        elif is_shared[before] and values[first[after]] - values[last[g]] < values[first[g]] - values[last[before]]:
            joined[g] = after
        else:
            joined[g] = before
    renumbered = np.unique(joined[group], return_inverse=True)[1]
    return np.asarray(renumbered, dtype=np.int64)


def _ends(
    values: Floats, first: NDArray[np.intp], last: NDArray[np.intp], shared_at: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Ends of each group: a shared value itself; of a run, between rare values, for no end may be one of them."""
    # Of two values, both ends would be the one number between them.
    part = np.where(last - first == 1, 0.25, 0.5)
    inward_low = part * (values[np.minimum(first + 1, last)] - values[first])
    inward_high = part * (values[last] - values[np.maximum(last - 1, first)])
    gap = (values[first[1:]] - values[last[:-1]]) / 2
    is_run = shared_at < 0
    # Between two runs values may lie anywhere: each reaches as far out as its own values lie apart.
    both = is_run[1:] & is_run[:-1]
    low, high = values[first] + inward_low, values[last] - inward_high
    low[1:] = np.where(both, values[first[1:]] - np.minimum(gap, inward_low[1:]), low[1:])
    high[:-1] = np.where(both, values[last[:-1]] + np.minimum(gap, inward_high[:-1]), high[:-1])
    own = values[np.maximum(shared_at, 0)]
    return np.where(is_run, low, own), np.where(is_run, high, own)


def _until(values: Floats, first: NDArray[np.intp], last: NDArray[np.intp], shared_at: NDArray[np.intp]) -> Floats:
    """Largest value of each group, told by no rare value: by shared ones, or halfway between two rare ones."""
    own, following = values[np.maximum(shared_at[:-1], 0)], first[1:]
    before_next = np.nextafter(values[following], -np.inf)
    halfway = (values[last[:-1]] + values[following]) / 2
    is_own = (shared_at[:-1] >= 0) & (shared_at[1:] != following)
    until = np.where(is_own, own, np.where(shared_at[1:] == following, before_next, halfway))
    return np.append(until, np.inf)


def _rounded(values: Floats, unit: Floats) -> Floats:
    """Multiples of powers of ten, exact decimals: 3 * 0.1 is not 0.3, and 3 / 10 is."""
    fine = unit < 1
    scale = np.where(fine, np.rint(1 / unit), unit)
    # Plus zero, or a small negative number would become a zero that is written with a minus.
    return np.where(fine, np.rint(values * scale) / scale, np.rint(values / scale) * scale) + 0.0


def _units(values: Floats) -> Floats:
    """Largest power of ten that each value is a multiple of; 0 is a multiple of all."""
    unit = np.full(len(values), 10.0**FINEST)
    for power in range(FINEST, COARSEST + 1):
        step = 10.0**power
        scaled = values / step if power >= 0 else values * np.rint(1 / step)
        whole = np.rint(scaled)
        fits = (np.abs(scaled - whole) < 1e-9 * np.maximum(1.0, np.abs(scaled))) & ((whole != 0) | (values == 0))
        unit = np.where(fits, step, unit)
    return unit
