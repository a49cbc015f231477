"""All variables of a table side by side: grids arranged in slots of equal width, for compiled code.

Variables are grouped by the power of two that holds their levels, and each group is padded to a round number of
slots. Tables of like size then share one shape, so that a second call compiles nothing.
"""

from dataclasses import dataclass
from itertools import combinations

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED
from lacunet.family._grid import Grid

ROUND = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 4096, 8192)


def round_up(number: int) -> int:
    """Next number of a short list, so that shapes repeat."""
    return next((size for size in ROUND if size >= number), -(-number // 4096) * 4096)


def pad_rows(number: int) -> int:
    """Rows to reserve for so many: next multiple of an eighth of the power of two below, at least 64."""
    step = max(64, 1 << max(number.bit_length() - 4, 0))
    return -(-number // step) * step


@dataclass(frozen=True, slots=True)
class Shape:
    """Groups of slots as (levels, slots, ordered): the static part of every compiled program."""

    groups: tuple[tuple[int, int, bool], ...]

    @property
    def n_slots(self) -> int:
        """Slots of all groups, padding included (p)."""
        return sum(count for _, count, _ in self.groups)

    @property
    def n_columns(self) -> int:
        """Level columns of all slots."""
        return sum(width * count for width, count, _ in self.groups)

    def width_of(self, slot: int) -> int:
        """Level columns of one slot."""
        for width, count, _ in self.groups:
            if slot < count:
                return width
            slot -= count
        raise IndexError(slot)

    @property
    def widest(self) -> int:
        """Levels of the widest slot."""
        return max(width for width, _, _ in self.groups)


@dataclass(frozen=True, kw_only=True, slots=True)
class Book:
    """Grids of all variables and where each one sits.

    Attributes
    ----------
    grids
        One per variable, in the order of the layout.
    slot
        Slot of each variable, shape (p variables,).
    first
        First level column of each slot, shape (p slots,).
    shape
        The groups.
    """

    grids: tuple[Grid, ...]
    slot: NDArray[np.int64]
    first: NDArray[np.int64]
    shape: Shape

    def arrays(self) -> dict[str, NDArray]:
        """Level columns as arrays for the network: validity, intervals, shares, order."""
        n, p = self.shape.n_columns, self.shape.n_slots
        out = {
            "valid": np.zeros(n, dtype=bool),
            "low": np.zeros(n, dtype=np.float32),
            "high": np.ones(n, dtype=np.float32),
            "share": np.zeros(n, dtype=np.float32),
            "centre": np.zeros(n, dtype=np.float32),
            "gain": np.zeros(n, dtype=np.float32),
            "wide": np.zeros(n, dtype=bool),
            "place": np.zeros(n, dtype=np.float32),
            "ordered": np.zeros(p, dtype=bool),
            "first": self.first.astype(np.int32),
            "owner": np.full(n, -1, dtype=np.int32),
        }
        for grid, slot in zip(self.grids, self.slot, strict=True):
            at = slice(self.first[slot], self.first[slot] + grid.n_levels)
            out["valid"][at] = True
            out["share"][at] = grid.share
            out["owner"][at] = slot
            centre = np.cumsum(grid.share[::-1])[::-1] if grid.is_ordered else grid.share
            out["centre"][at] = centre
            out["gain"][at] = 1.0 / np.sqrt(max(float(np.sum(centre * (1 - centre))), 1e-3))
            out["wide"][at] = grid.is_wide
            out["ordered"][slot] = grid.is_ordered
            if grid.is_ordered:
                # Padding columns repeat the last edge: intervals of no width.
                padded = slice(at.start, at.start + self.shape.width_of(slot))
                out["low"][padded] = out["high"][padded] = grid.edges[-1]
                out["low"][at], out["high"][at] = grid.edges[:-1], grid.edges[1:]
                out["place"][at] = np.bincount(grid.owner, weights=grid.places) / np.bincount(grid.owner)
        return out | self._fact_columns()

    def _fact_columns(self) -> dict[str, NDArray]:
        """Where the facts about a row stand among its raw columns, and the slots each speaks of.

        Raw columns, group after group: a place a slot on a line, an indicator a level otherwise; then a flag a slot for
        what does not apply, a squared place a slot, products of the places of two slots, and an empty column that
        padding points to.
        """
        at: list[int] = []
        owner: list[int] = []
        first_slot, column = 0, 0
        used = {int(slot): grid for slot, grid in zip(self.slot, self.grids, strict=True)}
        for width, count, ordered in self.shape.groups:
            for k in range(count):
                n_facts = 0 if first_slot + k not in used else 1 if ordered else used[first_slot + k].n_levels
                at.extend(column + np.arange(n_facts))
                owner.extend([first_slot + k] * n_facts)
                column += 1 if ordered else width
            first_slot += count
        at.extend(column + slot for slot in sorted(used))
        owner.extend(sorted(used))
        curved = [slot for slot in sorted(used) if used[slot].is_ordered and used[slot].n_levels > 2]
        at.extend(column + first_slot + slot for slot in curved)
        owner.extend(curved)
        pairs = list(combinations(curved, 2))
        if len(pairs) > MOST_PRODUCTS:
            pairs = []
        products = np.zeros((round_up(len(pairs)) if pairs else 0, 2), dtype=np.int32)
        products[: len(pairs)] = np.reshape(pairs, (-1, 2))
        at.extend(column + 2 * first_slot + np.arange(len(pairs)))
        other = [-1] * len(owner) + [second for _, second in pairs]
        owner.extend(first for first, _ in pairs)
        spare = round_up(len(at)) - len(at)
        return {
            "fact_at": np.asarray(at + [column + 2 * first_slot + len(products)] * spare, dtype=np.int32),
            "fact_owner": np.asarray(owner + [-1] * spare, dtype=np.int32),
            "fact_other": np.asarray(other + [-1] * spare, dtype=np.int32),
            "products": products,
        }

    def encode(self, values: NDArray[np.float64], state: NDArray[np.int8], n_rows: int) -> dict[str, NDArray]:
        """Rows as slots: level, z, flags for observed, inapplicable and missing, padded to ``n_rows`` rows."""
        shape = (n_rows, self.shape.n_slots)
        out = {
            "level": np.zeros(shape, dtype=np.int32),
            "z": np.zeros(shape, dtype=np.float32),
            "seen": np.zeros(shape, dtype=bool),
            "apart": np.zeros(shape, dtype=bool),
            "hole": np.zeros(shape, dtype=bool),
        }
        n = len(values)
        for j, (grid, slot) in enumerate(zip(self.grids, self.slot, strict=True)):
            level, z = grid.encode(values[:, j])
            out["level"][:n, slot] = level
            out["z"][:n, slot] = z
            out["seen"][:n, slot] = state[:, j] == OBSERVED
            out["apart"][:n, slot] = state[:, j] == INAPPLICABLE
            out["hole"][:n, slot] = state[:, j] == MISSING
        return out


MOST_PRODUCTS = 66
"""Pairs of variables on a line, those of twelve, up to which products are facts: more would outnumber the rest."""
WIDE = 100
"""Variables above which slots are padded to powers of two, not of four."""


def _next_width(n_levels: int, step: int) -> int:
    bits = max((n_levels - 1).bit_length(), 1)
    return 1 << -(-bits // step) * step


def bind(grids: tuple[Grid, ...], *, tight: bool | None = None) -> Book:
    """Give every grid a slot; groups ascend in width, so that a slice as wide as the widest slot never runs over.

    Widths are powers of two where ``tight``, else of four; None is tight for many variables.
    """
    # Few widths compile faster, many waste less on wide tables.
    step = 1 if (len(grids) > WIDE if tight is None else tight) else 2
    kinds = [(_next_width(grid.n_levels, step), grid.is_ordered) for grid in grids]
    slot = np.zeros(len(grids), dtype=np.int64)
    groups: list[tuple[int, int, bool]] = []
    first: list[int] = []
    for size, ordered in sorted(set(kinds)):
        members = [j for j, kind in enumerate(kinds) if kind == (size, ordered)]
        count = round_up(len(members))
        start = sum(w * c for w, c, _ in groups)
        slot[members] = len(first) + np.arange(len(members))
        first.extend(start + size * np.arange(count))
        groups.append((size, count, ordered))
    return Book(grids=grids, slot=slot, first=np.asarray(first, dtype=np.int64), shape=Shape(tuple(groups)))


def as_device(arrays: dict[str, NDArray]) -> dict[str, jax.Array]:
    """Move a dictionary of arrays to the default device."""
    # Unlike jax.numpy.asarray this compiles nothing.
    return {name: jax.device_put(array) for name, array in arrays.items()}
