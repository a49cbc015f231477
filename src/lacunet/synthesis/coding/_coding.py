"""A table as slots of levels, reasons for missing values included, and drawn slots back as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import Layout, Variable
from lacunet._typing import Floats
from lacunet.family._book import Book, bind, pad_rows, round_up
from lacunet.family._grid import Grid
from lacunet.keep import arrays_under
from lacunet.synthesis.coding._bonds import Lookup
from lacunet.synthesis.coding._release import Release

Reasons = NDArray[np.int8]
"""Shape (n, p): 0 where a cell has a value, else the number of the reason why not."""
MOST_INDICATORS = 64
"""Levels of a category without order up to which each is a fact."""
CROSSED = 32
"""Pairs of crossed facts are padded to a multiple of this, so that compiled programs are shared."""
VALUED, EQUAL = 0, 1
"""Levels of a status that say that there is a value; the second, of a tied column, that it equals another's."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Within:
    """Where a number has to be: between two ends, or one of those listed."""

    low: float = -np.inf
    high: float = np.inf
    listed: Floats | None = None

    def holds(self, values: Floats) -> NDArray[np.bool_]:
        """Which values are there."""
        found = (values >= self.low) & (values <= self.high)
        return found if self.listed is None else found & np.isin(values, self.listed)

    def bring(self, values: Floats) -> Floats:
        """The nearest of those listed, where some are."""
        if self.listed is None or not len(self.listed):
            return values
        return self.listed[np.abs(values[:, None] - self.listed[None, :]).argmin(axis=1)]


Limits = Mapping[int, Within]
"""Column -> where its numbers have to be."""
ANYWHERE = Within()
Kept = tuple[Floats, Reasons, tuple[int, ...]]
"""Values (k, p), reasons (k, p) and the positions of the columns that stay as they are given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CodedColumn:
    """How one column of the table stands in the slots.

    Attributes
    ----------
    variable
        The column.
    grid
        Which grid of the book holds its values; of a category without order, its reasons too, as further levels. -1
        where another column decides this one.
    status
        Which grid says whether there is a value, whether it equals the tied column's, or which reason; -1 for none.
    levels
        Of a category: the positions of the levels that occur, in order; empty otherwise.
    reasons
        Numbers of the reasons that occur, in the order of their levels.
    release
        Of a number: the values that may come back; None otherwise.
    tied
        The column that this number often equals, or -1.
    lookup
        The rule by which another column decides this one, or None.
    """

    variable: Variable
    grid: int = -1
    status: int = -1
    levels: Floats
    reasons: NDArray[np.int64]
    release: Release | None = None
    tied: int = -1
    lookup: Lookup | None = None

    @property
    def n_valued(self) -> int:
        """Levels of the status that say that there is a value."""
        return 2 if self.tied >= 0 else 1

    def status_level(self, why: Reasons, is_equal: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Level of the status of each cell."""
        place = np.searchsorted(self.reasons, why) + self.n_valued
        return np.where(why > 0, place, np.where(is_equal, EQUAL, VALUED))


@dataclass(frozen=True, kw_only=True, slots=True)
class Coding:
    """All columns of a table in the slots of one book."""

    columns: tuple[CodedColumn, ...]
    book: Book

    @property
    def order(self) -> NDArray[np.intp]:
        """Slots in the order of the columns, a status before its value."""
        return np.array([slot for j in range(len(self.columns)) for slot in self.slots_of(j)], dtype=np.intp)

    def arrays(self, crossed: NDArray[np.int32] | None = None) -> dict[str, NDArray[Any]]:
        """The book's arrays for the network, with the facts that its linear skip looks at.

        What does not apply is a level here, so the flags say nothing; and the levels of a very wide category would be
        most of the facts, each about a few rows.

        Parameters
        ----------
        crossed
            Pairs of facts whose products are facts too, shape (k, 2); None for none.
        """
        arrays, shape = self.book.arrays(), self.book.shape
        n_plain = sum(count if ordered else width * count for width, count, ordered in shape.groups)
        at, owner = arrays["fact_at"], arrays["fact_owner"]
        is_flag = (at >= n_plain) & (at < n_plain + shape.n_slots)
        is_wide = np.array([shape.width_of(slot) > MOST_INDICATORS for slot in range(shape.n_slots)])
        is_wide &= ~arrays["ordered"]
        kept = np.flatnonzero((owner >= 0) & ~is_flag & ~is_wide[owner])
        # Padding points to the last raw column, which is empty.
        spare = round_up(len(kept) + 1) - len(kept)
        nothing = n_plain + 2 * shape.n_slots + len(arrays["products"])
        for name, fill in (("fact_at", nothing), ("fact_owner", -1), ("fact_other", -1)):
            arrays[name] = np.pad(arrays[name][kept], (0, spare), constant_values=fill)
        pairs = np.empty((0, 2), dtype=np.int32) if crossed is None else crossed
        padding = np.full((-len(pairs) % CROSSED, 2), len(kept), dtype=np.int32)
        return arrays | {"crossed": np.concatenate([pairs, padding]).astype(np.int32)}

    @property
    def rank(self) -> NDArray[np.int32]:
        """Place of each slot in the order, shape (p slots,); far behind for slots that hold nothing."""
        return self.rank_in(self.order)

    def rank_in(self, order: NDArray[np.intp]) -> NDArray[np.int32]:
        """Place of each slot in another order."""
        out = np.full(self.book.shape.n_slots, np.iinfo(np.int32).max // 2, dtype=np.int32)
        out[order] = np.arange(len(order))
        return out

    @property
    def status_of(self) -> NDArray[np.int32]:
        """For each slot the slot of its status, or -1, shape (p slots,)."""
        out = np.full(self.book.shape.n_slots, -1, dtype=np.int32)
        for column in self.columns:
            if column.status >= 0:
                out[self.book.slot[column.grid]] = self.book.slot[column.status]
        return out

    @property
    def n_valued(self) -> NDArray[np.int32]:
        """For each slot how many levels of its status say that there is a value, shape (p slots,)."""
        out = np.ones(self.book.shape.n_slots, dtype=np.int32)
        for column in self.columns:
            if column.status >= 0:
                out[self.book.slot[column.grid]] = column.n_valued
        return out

    def slots_of(self, column: int) -> tuple[int, ...]:
        """Slots of one column, its status first; of a column that another decides, none."""
        coded = self.columns[column]
        return tuple(int(self.book.slot[grid]) for grid in (coded.status, coded.grid) if grid >= 0)

    def encode(self, values: Floats, reason: Reasons, n_rows: int | None = None) -> dict[str, NDArray[Any]]:
        """Rows as slots: ``level``, ``z`` and ``seen`` (whether there is something), padded to ``n_rows`` rows."""
        n = len(values)
        shape = (pad_rows(n) if n_rows is None else n_rows, self.book.shape.n_slots)
        out: dict[str, NDArray[Any]] = {
            "level": np.zeros(shape, dtype=np.int32),
            "z": np.zeros(shape, dtype=np.float32),
            "seen": np.zeros(shape, dtype=bool),
            "apart": np.zeros(shape, dtype=bool),
        }
        for j, column in enumerate(self.columns):
            if column.lookup is not None:
                continue
            slot = self.book.slot[column.grid]
            why = reason[:, j]
            level, z, seen = self._encode_values(column, np.where(why == 0, values[:, j], np.nan))
            if column.status >= 0:
                is_equal = (values[:, j] == values[:, column.tied]) if column.tied >= 0 else np.zeros(n, dtype=bool)
                status = self.book.slot[column.status]
                out["level"][:n, status] = column.status_level(why, is_equal)
                out["seen"][:n, status] = True
            elif len(column.reasons):
                level = np.where(why > 0, len(column.levels) + np.searchsorted(column.reasons, why), level)
                seen = seen | (why > 0)
            out["level"][:n, slot], out["z"][:n, slot], out["seen"][:n, slot] = level, z, seen
        return out

    def _encode_values(self, column: CodedColumn, given: Floats) -> tuple[NDArray[Any], Floats, NDArray[np.bool_]]:
        seen = np.isfinite(given)
        if column.release is not None:
            place = column.release.group_of(np.where(seen, given, 0.0))
        else:
            first = column.levels[0]
            place = np.minimum(np.searchsorted(column.levels, np.where(seen, given, first)), len(column.levels) - 1)
        level, z = self.book.grids[column.grid].encode(np.where(seen, place.astype(np.float64), np.nan))
        return level, z, seen

    def decode(
        self,
        level: NDArray[Any],
        z: NDArray[Any],
        rng: np.random.Generator,
        limits: Limits | None = None,
        kept: Kept | None = None,
    ) -> tuple[NDArray[np.float64], Reasons]:
        """Drawn slots (k, p slots) as values (k, p) and reasons (k, p).

        A column with limits keeps to them, and one that is kept stays as it is; what others decide, and what equals
        another, follows.
        """
        limits, present = limits or {}, () if kept is None else kept[2]
        values = np.full((len(level), len(self.columns)), np.nan)
        reason = np.zeros(values.shape, dtype=np.int8)
        for j, column in enumerate(self.columns):
            if kept is not None and j in present:
                values[:, j], reason[:, j] = kept[0][:, j], kept[1][:, j]
            elif column.lookup is None:
                values[:, j], reason[:, j] = self._decode_column(column, level, z, rng, limits.get(j, ANYWHERE))
        for j, column in enumerate(self.columns):
            if column.tied >= 0:
                is_equal = level[:, self.book.slot[column.status]] == EQUAL
                _tie(values, (j, column.tied), is_equal, limits, present)
        for j, column in enumerate(self.columns):
            if (rule := column.lookup) is not None and j not in present:
                values[:, j], reason[:, j] = rule.apply(values[:, rule.source], reason[:, rule.source])
        return values, reason

    def _decode_column(
        self,
        column: CodedColumn,
        level: NDArray[Any],
        z: NDArray[Any],
        rng: np.random.Generator,
        within: Within,
    ) -> tuple[Floats, Reasons]:
        slot = self.book.slot[column.grid]
        mine, why = level[:, slot], np.zeros(len(level), dtype=np.int64)
        if column.status >= 0:
            why = np.maximum(level[:, self.book.slot[column.status]].astype(np.int64) - column.n_valued + 1, 0)
        elif len(column.reasons):
            why = np.maximum(mine - len(column.levels) + 1, 0).astype(np.int64)
            mine = np.minimum(mine, len(column.levels) - 1)
        if column.release is None:
            drawn = column.levels[mine]
        else:
            group = np.rint(self.book.grids[column.grid].decode(mine, z[:, slot].astype(np.float64))).astype(np.intp)
            drawn = within.bring(column.release.draw(group, rng, (within.low, within.high)))
        return np.where(why > 0, np.nan, drawn), np.append(0, column.reasons)[why].astype(np.int8)

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Grids, levels, groups and rules as flat names."""
        out: dict[str, NDArray[Any]] = {}
        for i, grid in enumerate(self.book.grids):
            out |= {f"grid.{i}.{name}": array for name, array in grid.as_arrays().items()}
        for j, column in enumerate(self.columns):
            out |= {f"column.{j}.levels": column.levels, f"column.{j}.reasons": column.reasons}
            for part, held in (("release", column.release), ("lookup", column.lookup)):
                if held is not None:
                    out |= {f"column.{j}.{part}.{name}": array for name, array in held.as_arrays().items()}
        return out

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
        grids = [{"is_ordered": grid.is_ordered, "is_category": grid.is_category} for grid in self.book.grids]
        places = [
            {
                "grid": column.grid,
                "status": column.status,
                "tied": column.tied,
                "source": -1 if column.lookup is None else column.lookup.source,
            }
            for column in self.columns
        ]
        variables = Layout(variables=tuple(column.variable for column in self.columns)).as_list()
        return {"grids": grids, "columns": places, "variables": variables}

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        grids = tuple(
            Grid(**dict[str, Any](arrays_under(arrays, f"grid.{i}.") | facts)) for i, facts in enumerate(meta["grids"])
        )
        variables = Layout.from_list(meta["variables"]).variables
        columns = []
        for j, (variable, place) in enumerate(zip(variables, meta["columns"], strict=True)):
            groups, rule = (arrays_under(arrays, f"column.{j}.{part}.") for part in ("release", "lookup"))
            columns.append(
                CodedColumn(
                    variable=variable,
                    levels=arrays[f"column.{j}.levels"],
                    reasons=arrays[f"column.{j}.reasons"],
                    release=Release.from_arrays(groups) if groups else None,
                    lookup=Lookup.from_arrays(place["source"], rule) if rule else None,
                    grid=place["grid"],
                    status=place["status"],
                    tied=place["tied"],
                )
            )
        return cls(columns=tuple(columns), book=bind(grids, tight=True))


def _tie(
    values: Floats, pair: tuple[int, int], is_equal: NDArray[np.bool_], limits: Limits, present: tuple[int, ...]
) -> None:
    """Make a number equal the one it is tied to, in place; where it must not, that one equals it."""
    (mine, other), (here, there) = values[:, pair].T, (limits.get(j, ANYWHERE) for j in pair)
    is_equal = is_equal & np.isfinite(mine) & np.isfinite(other)
    takes = is_equal & here.holds(other) & (pair[0] not in present)
    gives = is_equal & ~takes & there.holds(mine) & (pair[1] not in present)
    values[:, pair] = np.stack([np.where(takes, other, mine), np.where(gives, mine, other)], axis=1)
