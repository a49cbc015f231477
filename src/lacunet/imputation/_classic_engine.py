"""The published MIDAS as an engine: one network, m passes under dropout."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._layout import MISSING
from lacunet._typing import Floats, Integers, States
from lacunet.family._book import as_device
from lacunet.family._flat import FlatCode, FlatShape
from lacunet.keep import arrays_under
from lacunet.net._classic import Arrays, ClassicNet, columns, corrupt, forward, most_probable

BLOCK = 1024
"""Rows per pass, so that one compiled program serves tables of any length."""


@dataclass(kw_only=True)
class ClassicEngine:
    """One trained network and the code of its columns.

    Attributes
    ----------
    code
        How variables become columns.
    net, params
        The network's description and weights.
    history
        ``epoch`` and mean ``train_loss`` since the row before.
    """

    code: FlatCode
    net: ClassicNet
    params: Arrays
    history: list[dict[str, Any]] = field(default_factory=list)

    def draw(self, values: Floats, state: States, *, first: int, m: int, seed: int) -> Floats:
        """Passes ``first`` to ``first + m - 1`` with inputs and units dropped at random, shape (m, cells)."""
        keys = [stream(seed, "classic pass", i) for i in range(first, first + m)]
        out = [np.empty(0) for _ in keys]
        for block, (rows, cells) in enumerate(self._blocks(values, state)):
            for i, key in enumerate(keys):
                found = _one_pass(self.params, rows, jax.random.fold_in(key, block), net=self.net)
                out[i] = np.append(out[i], self._pick(found, cells))
        return np.stack(out)

    def expect(self, values: Floats, state: States) -> Floats:
        """One pass with nothing dropped: predicted numbers and most probable levels, shape (cells,)."""
        parts = [
            self._pick(_whole_pass(self.params, rows, net=self.net), cells)
            for rows, cells in self._blocks(values, state)
        ]
        return np.concatenate([np.empty(0), *parts])

    def _blocks(self, values: Floats, state: States) -> Iterator[tuple[Arrays, tuple[Integers, Integers]]]:
        """Rows with something missing, in blocks of equal size, and the cells to fill among them."""
        kept = np.flatnonzero((state == MISSING).any(axis=1))
        for begin_at in range(0, len(kept), BLOCK):
            mine = kept[begin_at : begin_at + BLOCK]
            row, column = np.nonzero(state[mine] == MISSING)
            yield as_device(self.code.encode(values[mine], state[mine], BLOCK)), (row, column)

    def _pick(self, found: tuple[jax.Array, jax.Array], cells: tuple[Integers, Integers]) -> Floats:
        return self.code.decode(np.asarray(found[0]), np.asarray(found[1]))[cells]

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Weights, and the range of every number."""
        weights = {f"net.{name}": np.asarray(array) for name, array in self.params.items()}
        return weights | {"order": self.code.order.astype(np.int64), "origin": self.code.origin, "unit": self.code.unit}

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
        shape, net = self.net.shape, self.net
        return {
            "engine": "classic",
            "shape": {
                "n_numbers": shape.n_numbers,
                "n_binary": shape.n_binary,
                "groups": list(map(list, shape.groups)),
            },
            "net": {"hidden": list(net.hidden), "corrupt": net.corrupt, "dropout": net.dropout},
            "history": self.history,
        }

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        counts, facts = meta["shape"], meta["net"]
        shape = FlatShape(counts["n_numbers"], counts["n_binary"], tuple((a, b) for a, b in counts["groups"]))
        code = FlatCode(
            order=arrays["order"].astype(np.intp), origin=arrays["origin"], unit=arrays["unit"], shape=shape
        )
        net = ClassicNet(shape=shape, hidden=tuple(facts["hidden"]), corrupt=facts["corrupt"], dropout=facts["dropout"])
        return cls(code=code, net=net, params=as_device(arrays_under(arrays, "net.")), history=list(meta["history"]))


@functools.partial(jax.jit, static_argnames=("net",))
def _one_pass(params: Arrays, rows: Arrays, key: jax.Array, *, net: ClassicNet) -> tuple[jax.Array, jax.Array]:
    """A pass as in training: inputs hidden at random, units dropped."""
    k_hide, k_drop = jax.random.split(key)
    hide = jax.random.bernoulli(k_hide, net.corrupt, rows["seen"].shape)
    return most_probable(net.shape, forward(net, params, corrupt(net, rows, hide), key=k_drop))


@functools.partial(jax.jit, static_argnames=("net",))
def _whole_pass(params: Arrays, rows: Arrays, *, net: ClassicNet) -> tuple[jax.Array, jax.Array]:
    """A pass with nothing dropped."""
    return most_probable(net.shape, forward(net, params, columns(net.shape, rows), key=None))
