"""To the bottom of a smooth loss: all rows at once, in double precision."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._typing import Floats
from lacunet.net._autoencoder import Reconstructing

MAX_ITERATIONS, MEMORY, BLOCK = 5000, 30, 256
FLAT = 1e-9
"""Largest slope of the mean loss by any weight at which it counts as flat."""
HALVINGS, ENOUGH = 40, 1e-4
Loss = Callable[[Floats], tuple[float, Floats]]


def polish(
    objective: Reconstructing, params: Mapping[str, NDArray[Any]], data: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Weights at the minimum near ``params``, by limited-memory BFGS.

    For losses without chance in them (no noise, not variational). AdamW on batches comes near a minimum and then
    trembles about it; a comparison with an exact solution needs the minimum itself.

    Parameters
    ----------
    objective
        What to minimise.
    params
        Trained weights.
    data
        Encoded rows, all of which count.

    Returns
    -------
    dict
        The weights, float32 again.

    References
    ----------
    Nocedal, J. 1980. Updating quasi-Newton matrices with limited storage. Mathematics of Computation 35: 773-782.
    """
    with jax.enable_x64(True):
        flat, unravel = ravel_pytree({name: jnp.asarray(array, dtype=jnp.float64) for name, array in params.items()})
        n_blocks = -(-len(data["x"]) // BLOCK)
        # Rows are added up block by block, since a sum over all of them at once depends on the number of threads.
        blocks = {name: _in_blocks(array, n_blocks) for name, array in data.items()}
        rows, key, total = jnp.arange(BLOCK), stream(0, "polish"), int(data["seen"].sum())

        def block_loss(at: jax.Array, block: Mapping[str, jax.Array]) -> jax.Array:
            return objective.loss(unravel(at), block, rows, key=key) * jnp.maximum(jnp.sum(block["seen"]), 1) / total

        @jax.jit
        def value(at: jax.Array) -> tuple[jax.Array, jax.Array]:
            def add(so_far: Any, block: Any) -> tuple[Any, None]:
                return jax.tree.map(jnp.add, so_far, jax.value_and_grad(block_loss)(at, block)), None

            return jax.lax.scan(add, (jnp.zeros(()), jnp.zeros_like(at)), blocks)[0]

        def loss(at: Floats) -> tuple[float, Floats]:
            found, slope = value(jnp.asarray(at))
            return float(found), np.asarray(slope, dtype=np.float64)

        lowest = _minimise(loss, np.asarray(flat, dtype=np.float64))
        return {name: np.asarray(array, dtype=np.float32) for name, array in unravel(jnp.asarray(lowest)).items()}


def _minimise(loss: Loss, at: Floats) -> Floats:
    """Limited-memory BFGS with steps halved until they gain (Armijo's rule).

    Written out, since the library's own gives other last digits with another number of threads.
    """
    found, slope = loss(at)
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY)
    for _ in range(MAX_ITERATIONS):
        way = _direction(slope, pairs)
        gain = _dot(way, slope)
        if np.abs(slope).max() < FLAT or gain >= 0:
            break
        step = 1.0 if pairs else min(1.0, 1.0 / np.abs(slope).sum())
        for _ in range(HALVINGS):
            next_found, next_slope = loss(at + step * way)
            if next_found <= found + ENOUGH * step * gain:
                break
            step /= 2.0
        else:
            break
        moved, turned = step * way, next_slope - slope
        if _dot(moved, turned) > 0:
            pairs.append((moved, turned))
        at, found, slope = at + moved, next_found, next_slope
    return at


def _direction(slope: Floats, pairs: deque[tuple[Floats, Floats]]) -> Floats:
    """Minus the inverse curvature known from past steps, times the slope (two loops over the pairs)."""
    way, shares = -slope, []
    for moved, turned in reversed(pairs):
        shares.append(_dot(moved, way) / _dot(moved, turned))
        way = way - shares[-1] * turned
    if pairs:
        moved, turned = pairs[-1]
        way = way * (_dot(moved, turned) / _dot(turned, turned))
    for (moved, turned), share in zip(pairs, reversed(shares), strict=True):
        way = way + (share - _dot(turned, way) / _dot(moved, turned)) * moved
    return way


def _dot(a: Floats, b: Floats) -> float:
    return float(np.sum(a * b))


def _in_blocks(array: NDArray[Any], n_blocks: int) -> jax.Array:
    """Rows in blocks, filled up with rows of which nothing is observed; floats in double precision."""
    filled = np.pad(array, ((0, n_blocks * BLOCK - len(array)), (0, 0)))
    wide = jnp.asarray(filled, dtype=jnp.float64 if array.dtype.kind == "f" else array.dtype)
    return wide.reshape(n_blocks, BLOCK, -1)
