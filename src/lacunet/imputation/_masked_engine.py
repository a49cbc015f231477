"""The masked network as an engine: members that draw, each a plausible network given the data."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._layout import MISSING
from lacunet._rng import generator
from lacunet._typing import Floats, States
from lacunet.draw._any_order import quantile_cells
from lacunet.draw._redraw import redraw
from lacunet.family._book import Book, as_device, bind, pad_rows
from lacunet.family._grid import Grid
from lacunet.keep import arrays_under
from lacunet.net._masked import Arrays, Net
from lacunet.net._skip import empty_skip
from lacunet.train._cache import keep_compiled

QUANTILES = 32
"""Evenly spread quantiles of a conditional distribution whose average is its mean."""


@dataclass(kw_only=True)
class MaskedEngine:
    """Trained members and the grids they speak in.

    Attributes
    ----------
    grids
        One per variable.
    net
        The network's description.
    members
        Weights of each member.
    seed
        Seed of the fit, for the conditional means.
    n_sweeps
        Rounds over all missing cells; the first fills them, the others draw each anew given all the rest.
    history
        One row per check of the loss.
    settings
        How the network was trained, choices made for the user included.
    """

    grids: tuple[Grid, ...]
    net: Net
    members: tuple[Arrays, ...]
    seed: int
    n_sweeps: int
    history: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)

    def draw(self, values: Floats, state: States, *, first: int, m: int, seed: int) -> Floats:
        """Draws ``first`` to ``first + m - 1``, shape (m, cells); draw i uses member i modulo their number."""
        keep_compiled()
        book = bind(self.grids)
        device, rows, cells = _rows_with_holes(book, values, state)
        no_skip = self._no_skip(device)
        out = np.empty((m, len(cells[0])))
        for i in range(first, first + m):
            chain, rng = rows, generator(seed, "order", i)
            for k in range(self.n_sweeps):
                params, key = self._round_weights(i, k, no_skip), stream(seed, "draw", i, k)
                chain = chain | redraw(params, device, chain, cells, rng=rng, key=key, net=self.net)
            out[i - first] = _decode(book, cells, chain)
        return out

    def expect(self, values: Floats, state: States) -> Floats:
        """Conditional mean of numbers given what is observed, most probable level of categories, shape (cells,).

        Each member draws the missing cells round after round; from the middle on, the distribution of every cell given
        all the others is averaged, which varies less than an average of draws (Rao-Blackwell).
        """
        keep_compiled()
        book = bind(self.grids)
        device, rows, cells = _rows_with_holes(book, values, state)
        no_skip = self._no_skip(device)
        totals: dict[int, Floats] = {}
        for i in range(len(self.members)):
            chain, rng = rows, generator(self.seed, "expect order", i)
            for k in range(self.n_sweeps):
                params, key = self._round_weights(i, k, no_skip), stream(self.seed, "expect", i, k)
                chain = chain | redraw(params, device, chain, cells, rng=rng, key=key, net=self.net)
                if k < self.n_sweeps // 2:
                    continue
                for j, grid, mine in _cells_by_variable(book, cells):
                    slot = int(book.slot[j])
                    totals[j] = totals.get(j, 0.0) + self._given_rest(params, device, chain, cells[0][mine], grid, slot)
        out = np.empty(len(cells[0]))
        n_means = len(self.members) * (self.n_sweeps - self.n_sweeps // 2)
        for j, _, mine in _cells_by_variable(book, cells):
            out[mine] = totals[j].argmax(axis=1) if totals[j].ndim == 2 else totals[j] / n_means
        return out

    def _round_weights(self, i: int, k: int, no_skip: Arrays) -> Arrays:
        """Weights for round k of draw i: the first has no skip, which was solved for with every fact at hand."""
        member = self.members[i % len(self.members)]
        return member | no_skip if k == 0 else member

    def _no_skip(self, book: Arrays) -> Arrays:
        """An empty skip, where members have one."""
        return as_device(empty_skip(self.net, book)) if "w_skip" in self.members[0] else {}

    def _given_rest(
        self, params: Arrays, device: Arrays, chain: Arrays, at: NDArray[np.intp], grid: Grid, slot: int
    ) -> Floats:
        """Mean, or the probability of each level, of one variable in some rows given all else in them."""
        part = quantile_cells(params, device, chain, at, slot, net=self.net, n_quantiles=QUANTILES)
        if grid.is_category:
            return np.asarray(part["share"], dtype=np.float64)[:, : grid.n_levels]
        return grid.decode(np.asarray(part["level"]), np.asarray(part["z"], dtype=np.float64)).mean(axis=1)

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Weights and grids as flat names; what all members share stands there once."""
        first = self.members[0]
        shared = {name for name, array in first.items() if all(member[name] is array for member in self.members)}
        weights = {f"shared.{name}": np.asarray(first[name]) for name in shared}
        for i, member in enumerate(self.members):
            weights |= {f"member.{i}.{name}": np.asarray(a) for name, a in member.items() if name not in shared}
        grids = {f"grid.{j}.{name}": a for j, grid in enumerate(self.grids) for name, a in grid.as_arrays().items()}
        return weights | grids

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
        return {
            "engine": "masked",
            "net": {"hidden": list(self.net.hidden), "dropout": self.net.dropout},
            "seed": self.seed,
            "n_sweeps": self.n_sweeps,
            "n_members": len(self.members),
            "grids": [{"is_ordered": grid.is_ordered, "is_category": grid.is_category} for grid in self.grids],
            "history": self.history,
            "settings": self.settings,
        }

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        grids = tuple(Grid(**{**arrays_under(arrays, f"grid.{j}."), **facts}) for j, facts in enumerate(meta["grids"]))
        shared = as_device(arrays_under(arrays, "shared."))
        members = tuple(shared | as_device(arrays_under(arrays, f"member.{i}.")) for i in range(meta["n_members"]))
        net = Net(shape=bind(grids).shape, hidden=tuple(meta["net"]["hidden"]), dropout=meta["net"]["dropout"])
        facts = {name: meta[name] for name in ("seed", "n_sweeps", "history", "settings")}
        return cls(grids=grids, net=net, members=members, **facts)


def _rows_with_holes(
    book: Book, values: Floats, state: States
) -> tuple[Arrays, Arrays, tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Device arrays of the book, the rows with something missing, and the cells (row among these, slot)."""
    row, column = np.nonzero(state == MISSING)
    kept, at = np.unique(row, return_inverse=True)
    if len(kept) > len(values) // 2:
        # All rows: hardly slower, and the program compiled for training serves again.
        kept, at = np.arange(len(values)), row
    rows = as_device(book.encode(values[kept], state[kept], pad_rows(len(kept)) + 1))
    return as_device(book.arrays()), rows | {"there": rows["seen"]}, (at, book.slot[column])


def _cells_by_variable(
    book: Book, cells: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> Iterator[tuple[int, Grid, NDArray[np.intp]]]:
    for j, (grid, slot) in enumerate(zip(book.grids, book.slot, strict=True)):
        mine = np.flatnonzero(cells[1] == slot)
        if len(mine):
            yield j, grid, mine


def _decode(book: Book, cells: tuple[NDArray[np.intp], NDArray[np.intp]], rows: Arrays) -> Floats:
    """Values of the drawn cells, in the order of ``cells``."""
    level, z = np.asarray(rows["level"])[cells], np.asarray(rows["z"], dtype=np.float64)[cells]
    out = np.empty(len(level))
    for _, grid, mine in _cells_by_variable(book, cells):
        out[mine] = grid.decode(level[mine], z[mine])
    return out
