"""The sequential sampler as an engine: one network, and members that draw whole rows with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._typing import Floats
from lacunet.draw._from_nothing import Held, draw_rows
from lacunet.draw._refit_in_order import refit_in_order
from lacunet.family._book import as_device
from lacunet.net._masked import Net
from lacunet.synthesis._coding import Coding
from lacunet.synthesis._engine_face import Rows, Source
from lacunet.train._cache import keep_compiled

MOST_SKIP = 64
"""Slots up to which members have a linear skip; beyond, it would outgrow the network."""


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
    skips
        Member and order (the slots drawn before the usual ones) -> its linear skip; member 0 is the best fit.
    history
        One row per check of the loss.
    """

    coding: Coding
    net: Net
    params: Mapping[str, NDArray[Any]]
    skips: dict[tuple[int, tuple[int, ...]], dict[str, NDArray[Any]]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    def draw(self, rows: Rows, first: NDArray[np.intp], *, member: int, seed: int, held: Held | None = None) -> Rows:
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

        Returns
        -------
        dict
            ``level``, ``z``, ``there`` (k, p) and ``log_weight`` (k,).
        """
        keep_compiled()
        # A skip was solved for in one order: in another, the network draws alone.
        skip = self.skips.get((member, self._name(first)), {})
        params, book = as_device(dict(self.params) | skip), as_device(self.coding.arrays())
        status = (self.coding.status_of, self.coding.n_valued)
        key = stream(seed, "rows", member)
        return draw_rows(params, book, rows, self._order(first), status, key=key, net=self.net, held=held)

    def learn(self, member: int, first: NDArray[np.intp], source: Source) -> None:
        """Solve for the skip of one member, to draw in one order."""
        if self.net.shape.n_slots > MOST_SKIP or (member, self._name(first)) in self.skips:
            return
        keep_compiled()
        self.skips[member, self._name(first)] = self._solve(source, source.weigh(member), first)

    def has_member(self, member: int, first: NDArray[np.intp]) -> bool:
        """Whether a member draws in this order with a skip of its own; the best fit always draws."""
        return member == 0 or (member, self._name(first)) in self.skips

    def _solve(self, source: Source, weight: Floats, first: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
        rows = as_device(self.coding.encode(source.values, source.reason))
        weight = np.pad(weight, (0, rows["level"].shape[0] - len(weight))).astype(np.float32)
        rank = self.coding.rank_in(self._order(first))
        return refit_in_order(as_device(dict(self.params)), self.coding.arrays(), rows, rank, weight, net=self.net)

    def _order(self, first: NDArray[np.intp]) -> NDArray[np.intp]:
        usual = self.coding.order
        return np.concatenate([first, usual[~np.isin(usual, first)]])

    def _name(self, first: NDArray[np.intp]) -> tuple[int, ...]:
        """The order in few words: nothing for the usual one."""
        order = self._order(first)
        return () if np.array_equal(order, self.coding.order) else tuple(first.tolist())

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Weights and coding as flat names; members that draw in the usual order."""
        out = {f"coding.{name}": array for name, array in self.coding.as_arrays().items()}
        out |= {f"net.{name}": np.asarray(array) for name, array in self.params.items()}
        for (member, first), skip in self.skips.items():
            if not first:
                out |= {f"member.{member}.{name}": array for name, array in skip.items()}
        return out

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
        return {
            "engine": "sequential",
            "coding": self.coding.as_meta(),
            "net": {"hidden": list(self.net.hidden), "dropout": self.net.dropout},
            "members": [member for member, first in self.skips if not first],
            "history": self.history,
        }

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""

        def named(prefix: str) -> dict[str, NDArray[Any]]:
            return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

        coding = Coding.from_parts(named("coding."), meta["coding"])
        net = Net(shape=coding.book.shape, hidden=tuple(meta["net"]["hidden"]), dropout=meta["net"]["dropout"])
        skips = {(member, ()): named(f"member.{member}.") for member in meta["members"]}
        return cls(coding=coding, net=net, params=named("net."), skips=skips, history=meta["history"])
