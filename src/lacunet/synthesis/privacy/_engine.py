"""The noisy tables as an engine: what a fitted synthesizer asks for, from what was paid for alone."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import Layout
from lacunet._rng import generator
from lacunet.draw._from_nothing import Held
from lacunet.keep import arrays_under
from lacunet.synthesis._engine_face import Rows, Source
from lacunet.synthesis.coding._coding import Coding
from lacunet.synthesis.privacy._as_coding import as_coding
from lacunet.synthesis.privacy._coding import PrivateCoding
from lacunet.synthesis.privacy._sampler import PrivateSampler

Mask = NDArray[np.bool_]


@dataclass(kw_only=True)
class PrivateEngine:
    """Noisy tables, and the slots they speak in.

    Attributes
    ----------
    coding
        Columns as slots.
    sampler
        The tables and their ledger.
    columns
        Column of the tables that each column of the coding is, shape (p,).
    drawable
        For every column of the tables which codes may be drawn when nothing is asked.
    history
        Empty: there are no checks, for they would look at the rows.
    """

    coding: Coding
    sampler: PrivateSampler
    columns: NDArray[np.int64]
    drawable: dict[int, Mask]
    history: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def build(
        cls, sampler: PrivateSampler, columns: NDArray[np.int64], drawable: dict[int, Mask], layout: Layout
    ) -> Self:
        """Engine of tables whose coding is already in the words of the layout."""
        some = PrivateCoding(columns=tuple(sampler.coding.columns[c] for c in columns))
        return cls(coding=as_coding(some, layout), sampler=sampler, columns=columns, drawable=drawable)

    def draw(
        self,
        rows: Rows,
        first: NDArray[np.intp],
        *,
        member: int,
        seed: int,
        held: Held | None = None,
        only_first: bool = False,
    ) -> Rows:
        """Draw what is not there yet; see `lacunet.synthesis._engine_face.Engine`. All orders are alike here."""
        shape = (len(rows["level"]), len(self.sampler.coding.columns))
        codes, is_given = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
        masks = dict(self.drawable)
        for j, column in enumerate(self.columns.tolist()):
            codes[:, column], is_given[:, column] = self._codes(j, rows)
            if held is not None:
                masks[column] = masks[column] & self._held(j, held, len(masks[column]))
        drawn = self.sampler.model.complete(codes, is_given, generator(seed, "rows", member), masks)
        out = {name: rows[name].copy() for name in ("level", "z")}
        for j, column in enumerate(self.columns.tolist()):
            self._write(j, drawn[:, column], out)
        return out | {"there": np.ones_like(rows["there"]), "log_weight": np.zeros(shape[0], dtype=np.float32)}

    def _parts(self, j: int) -> tuple[int, int, int]:
        """Slot of the value, slot of the status or -1, and number of values."""
        column, book = self.coding.columns[j], self.coding.book
        status = int(book.slot[column.status]) if column.status >= 0 else -1
        n_values = self.sampler.coding.columns[self.columns[j]].marginal.n_values
        return int(book.slot[column.grid]), status, n_values

    def _codes(self, j: int, rows: Rows) -> tuple[NDArray[np.int64], Mask]:
        """Codes of one column, and in which rows they are there."""
        slot, status, n_values = self._parts(j)
        value, there = rows["level"][:, slot].astype(np.int64), rows["there"][:, slot]
        if status < 0:
            return value, there
        why = rows["level"][:, status].astype(np.int64)
        is_given = rows["there"][:, status] & (there | (why > 0))
        return np.where(why > 0, n_values + why - 1, value), is_given

    def _held(self, j: int, held: Held, n_codes: int) -> Mask:
        """Codes that a condition leaves."""
        slot, status, n_values = self._parts(j)
        first = self.coding.book.first
        left = np.zeros(n_codes, dtype=bool)
        n_reasons = len(self.coding.columns[j].reasons)
        if status < 0:
            left[: n_values + n_reasons] = held.allowed[first[slot] : first[slot] + n_values + n_reasons]
            return left
        has_value, *why = held.allowed[first[status] : first[status] + 1 + n_reasons].tolist()
        left[:n_values] = held.allowed[first[slot] : first[slot] + n_values] & has_value
        left[n_values : n_values + n_reasons] = why
        return left

    def _write(self, j: int, codes: NDArray[np.int64], out: dict[str, NDArray[Any]]) -> None:
        slot, status, n_values = self._parts(j)
        grid = self.coding.book.grids[self.coding.columns[j].grid]
        level = codes if status < 0 else np.where(codes < n_values, codes, 0)
        out["level"][:, slot] = level
        if grid.is_ordered:
            out["z"][:, slot] = grid.places[level]
        if status >= 0:
            out["level"][:, status] = np.maximum(codes - n_values + 1, 0)

    def learn(self, member: int, first: NDArray[np.intp], source: Source) -> None:
        """Learn nothing: a further version would be a further look at the rows."""

    def has_member(self, member: int, first: NDArray[np.intp]) -> bool:
        """Whether a version is there: only the one that was paid for."""
        return member == 0

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Noisy tables as flat names."""
        masks = {f"drawable.{column}": mask for column, mask in self.drawable.items()}
        return self._sampler_parts()[0] | masks | {"columns": self.columns}

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
        layout = Layout(variables=tuple(column.variable for column in self.coding.columns))
        return {"engine": "tables", "sampler": self._sampler_parts()[1], "variables": layout.as_list()}

    def _sampler_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        arrays, meta = self.sampler.as_parts()
        return {f"sampler.{name}": array for name, array in arrays.items()}, meta

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        masks = {int(j): mask for j, mask in arrays_under(arrays, "drawable.").items()}
        sampler = PrivateSampler.from_parts(arrays_under(arrays, "sampler."), meta["sampler"])
        return cls.build(sampler, arrays["columns"], masks, Layout.from_list(meta["variables"]))
