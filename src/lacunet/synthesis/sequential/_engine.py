"""The sequential sampler as an engine: one network, and members that draw whole rows with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._typing import Floats
from lacunet.draw._crossing import FEW_ROWS, look_for_crossings
from lacunet.draw._from_nothing import Held, draw_rows
from lacunet.draw._refit_in_order import MOST_SKIP, refit_in_order
from lacunet.family._book import as_device
from lacunet.keep import arrays_under
from lacunet.net._masked import Net
from lacunet.synthesis._engine_face import Rows, Source
from lacunet.synthesis.coding._coding import Coding
from lacunet.train._cache import keep_compiled


@dataclass(kw_only=True)
class SequentialEngine:
    """A trained network and the slots it speaks in.

    Attributes
    ----------
    coding
        Columns as slots.
    net
        The network's description.
    params
        Its weights.
    crossed
        Pairs of facts whose products the skip looks at too, shape (k, 2).
    skips
        Member and order (the slots drawn before the usual ones) -> its linear skip; member 0 is the best fit.
    history
        One row per check of the loss.
    """

    coding: Coding
    net: Net
    params: Mapping[str, NDArray[Any]]
    crossed: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 2), dtype=np.int32))
    skips: dict[tuple[int, tuple[int, ...]], dict[str, NDArray[Any]]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

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
        """Draw what is not there yet.

        Parameters
        ----------
        rows
            ``level``, ``z``, ``there`` (k, p slots): what is given.
        first
            Slots to draw before the others: those that are held or given.
        member, seed
            Which version of the network, and where chance comes from.
        held
            What cells may be.
        only_first
            Leave the other slots empty.

        Returns
        -------
        dict
            ``level``, ``z``, ``there`` (k, p) and ``log_weight`` (k,).
        """
        keep_compiled()
        # A skip was solved for in one order: in another, the network draws alone.
        skip = self.skips.get((member, self._name(first)), {})
        params, book = as_device(dict(self.params) | skip), as_device(self.coding.arrays(self.crossed))
        status = (self.coding.status_of, self.coding.n_valued)
        key = stream(seed, "rows", member)
        n_drawn = len(first) if only_first else None
        order = self._order(first)
        return draw_rows(params, book, rows, order, status, key=key, net=self.net, held=held, n_drawn=n_drawn)

    def cross(self, source: Source) -> None:
        """Find the interactions that the network missed, so that the members' skips look at them."""
        if self.net.shape.n_slots > MOST_SKIP:
            return
        keep_compiled()
        rows, weight = self._weighted(source, source.weigh(0))
        params, book = as_device(dict(self.params)), self.coding.arrays()
        self.crossed = look_for_crossings(params, book, rows, self.coding.rank, weight, net=self.net)

    def learn(self, member: int, first: NDArray[np.intp], source: Source) -> None:
        """Solve for the skip of one member, to draw in one order."""
        if self.net.shape.n_slots > MOST_SKIP or (member, self._name(first)) in self.skips:
            return
        keep_compiled()
        weight, name = source.weigh(member), self._name(first)
        if member == 0 and name:
            # For rows asked for by their values: not worth the time that all rows take.
            weight = weight * _evenly(len(weight), FEW_ROWS)
        self.skips[member, name] = self._solve(source, weight, first)

    def has_member(self, member: int, first: NDArray[np.intp]) -> bool:
        """Whether a member draws in this order with a skip of its own; the best fit always draws."""
        return member == 0 or (member, self._name(first)) in self.skips

    def _solve(self, source: Source, weight: Floats, first: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        rows, padded = self._weighted(source, weight)
        used = np.flatnonzero(weight > 0)
        if len(used) < len(weight):
            rows, padded = {name: array[used] for name, array in rows.items()}, padded[used]
        rank, book = self.coding.rank_in(self._order(first)), self.coding.arrays(self.crossed)
        return refit_in_order(as_device(dict(self.params)), book, rows, rank, padded, net=self.net)

    def _weighted(self, source: Source, weight: Floats) -> tuple[dict[str, Any], NDArray[np.float32]]:
        """Rows as slots on the device, and their weights, 0 for padding."""
        rows = as_device(self.coding.encode(source.values, source.reason))
        return rows, np.pad(weight, (0, rows["level"].shape[0] - len(weight))).astype(np.float32)

    def _order(self, first: NDArray[np.intp]) -> NDArray[np.intp]:
        usual = self.coding.order
        return np.concatenate([first, usual[~np.isin(usual, first)]])

    def _name(self, first: NDArray[np.intp]) -> tuple[int, ...]:
        """The order in few words: nothing for the usual one."""
        order = self._order(first)
        return () if np.array_equal(order, self.coding.order) else tuple(first.tolist())

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Weights and coding as flat names."""
        out = {f"coding.{name}": array for name, array in self.coding.as_arrays().items()}
        out |= {"crossed": self.crossed} | {f"net.{name}": np.asarray(array) for name, array in self.params.items()}
        for i, skip in enumerate(self.skips.values()):
            out |= {f"skip.{i}.{name}": array for name, array in skip.items()}
        return out

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
        return {
            "engine": "sequential",
            "coding": self.coding.as_meta(),
            "net": {"hidden": list(self.net.hidden), "dropout": self.net.dropout},
            "skips": [[member, list(first)] for member, first in self.skips],
            "history": self.history,
        }

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        coding = Coding.from_parts(arrays_under(arrays, "coding."), meta["coding"])
        net = Net(shape=coding.book.shape, hidden=tuple(meta["net"]["hidden"]), dropout=meta["net"]["dropout"])
        pairs = [(member, tuple(first)) for member, first in meta["skips"]]
        skips = {pair: arrays_under(arrays, f"skip.{i}.") for i, pair in enumerate(pairs)}
        facts = {"crossed": arrays["crossed"], "skips": skips, "history": meta["history"]}
        return cls(coding=coding, net=net, params=arrays_under(arrays, "net."), **facts)


def _evenly(n: int, size: int) -> NDArray[np.bool_]:
    """At most so many of n rows, evenly over the file, which may be sorted."""
    chosen = np.zeros(n, dtype=bool)
    chosen[np.linspace(0, n - 1, min(size, n)).astype(np.intp)] = True
    return chosen
