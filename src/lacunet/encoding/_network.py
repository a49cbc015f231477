"""A trained autoencoder on arrays: rows to latents, latents to rows, losses of cells."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._layout import OBSERVED
from lacunet._typing import Floats, States
from lacunet.encoding._code import Code
from lacunet.net import _autoencoder as arrays
from lacunet.net._autoencoder import AutoencoderNet

BLOCK = 8192
"""Rows that pass through the network at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedNetwork:
    """Weights, and the code of the columns they were learned on.

    Attributes
    ----------
    net, code, params
        The network's description, how variables become its columns, its weights.
    spread
        Standard deviation of what the network leaves unexplained of each number, in standard deviations of the number.
    history
        One row a check of the losses.
    """

    net: AutoencoderNet
    code: Code
    params: dict[str, NDArray[Any]]
    spread: Floats = field(default_factory=lambda: np.zeros(0))
    history: list[dict[str, Any]] = field(default_factory=list)

    def encode(self, values: Floats, state: States) -> tuple[Floats, Floats]:
        """Latents before any rotation and their variances, both (n, k); variances are 0 unless variational."""
        parts = [
            [np.asarray(part, dtype=np.float64)[:n] for part in _encode(self.net, self.params, rows)]
            for n, rows in self._blocks(values, state)
        ]
        mean, variance = (np.concatenate(each) for each in zip(*parts, strict=True))
        return mean, variance

    def say(self, latents: Floats) -> tuple[Floats, ...]:
        """What is expected of each head's variables given latents (n, k)."""
        parts = []
        for at in range(0, max(len(latents), 1), BLOCK):
            z, n = _padded(latents[at : at + BLOCK].astype(np.float32))
            parts.append([np.asarray(said, dtype=np.float64)[:n] for said in _say(self.net, self.params, z)])
        return tuple(np.concatenate(each) for each in zip(*parts, strict=True))

    def decode(self, latents: Floats) -> Floats:
        """Values (n, p) in the order of the layout, from latents (n, k)."""
        return self.code.values_of(self.say(latents))

    def losses(self, values: Floats, state: States, given: States | None = None) -> Floats:
        """Loss of every cell (n, p) in the order of the layout, NaN where it is not observed.

        The network reads the cells that ``given`` calls observed; None for all.
        """
        read = self._blocks(values, state if given is None else given)
        parts = [
            np.asarray(_losses(self.net, self.params, rows | {"target": told["target"]}), dtype=np.float64)[:n]
            for (n, rows), (_, told) in zip(read, self._blocks(values, state), strict=True)
        ]
        out = np.empty(state.shape)
        out[:, self.code.order] = np.concatenate(parts)
        return np.where(state == OBSERVED, out, np.nan)

    def slopes(self, latents: Floats, turn: Floats) -> Floats:
        """Mean derivative of each column's expectation along each row of ``turn``, shape (k, q)."""
        z, turn32 = latents.astype(np.float32), turn.astype(np.float32)
        return np.asarray(_slopes(self.net, self.params, z, turn32), dtype=np.float64)

    def _blocks(self, values: Floats, state: States) -> Iterator[tuple[int, dict[str, NDArray[Any]]]]:
        """Rows in blocks of few sizes, so that few programs are compiled, and how many of each block are real."""
        for at in range(0, max(len(values), 1), BLOCK):
            part = values[at : at + BLOCK]
            yield len(part), self.code.encode(part, state[at : at + BLOCK], _size(len(part)))


def _size(n: int) -> int:
    return min(BLOCK, 1 << max(n - 1, 15).bit_length())


def _padded(z: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    return np.pad(z, ((0, _size(len(z)) - len(z)), (0, 0))), len(z)


@functools.partial(jax.jit, static_argnums=0)
def _encode(net: AutoencoderNet, params: Any, rows: Any) -> tuple[jax.Array, jax.Array]:
    mean, log_variance = arrays.encode(net, params, rows["x"], rows["flags"])
    return mean, jax.numpy.exp(log_variance) * net.variational


@functools.partial(jax.jit, static_argnums=0)
def _say(net: AutoencoderNet, params: Any, z: jax.Array) -> tuple[jax.Array, ...]:
    return arrays.predictions(net, params, arrays.decode(net, params, z))


@functools.partial(jax.jit, static_argnums=0)
def _losses(net: AutoencoderNet, params: Any, rows: Any) -> jax.Array:
    mean, _ = arrays.encode(net, params, rows["x"], rows["flags"])
    return arrays.cell_losses(net, params, arrays.decode(net, params, mean), rows["target"])


@functools.partial(jax.jit, static_argnums=0)
def _slopes(net: AutoencoderNet, params: Any, z: jax.Array, turn: jax.Array) -> jax.Array:
    return arrays.mean_slopes(net, params, z, turn)
