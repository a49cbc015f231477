"""Train a network on encoded rows: steps in one compiled program, stop when rows held out are predicted no better."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.family._book import pad_rows
from lacunet.net._feed_forward import FeedForward, Fitting, outputs, start_weights
from lacunet.train._stopping import Descent, Lesson, Pace, Progress, descend

BLOCK = 8192
"""Rows that are predicted at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Encoded rows.

    Attributes
    ----------
    x
        Inputs, float32 (n, p).
    y
        Outcome as the loss wants it, (n,).
    weight
        Weight of each row in the loss, (n,).
    """

    x: NDArray[np.float32]
    y: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.y)


def train(
    net: FeedForward, rows: Rows, held: Rows | None, pace: Pace, *, seed: int, member: int, say: Progress
) -> Descent:
    """Train one member until the held-out loss stops falling (or to the end, where no rows are held out).

    Parameters
    ----------
    net
        What to train.
    rows, held
        Rows to learn from, and rows to check on.
    pace
        How fast and how long.
    seed, member
        Where all randomness comes from, a stream a member.
    say
        Called with a stage, the work done and the most work there may be.

    Raises
    ------
    TrainingError
        When the loss explodes however low the rate.
    """
    start = start_weights(net, rng=generator(seed, "start", member))

    def check(params: Mapping[str, Any]) -> float:
        return mean_loss(net, params, rows if held is None else held)

    lesson = Lesson(
        objective=Fitting(net=net),
        data=_on_device(rows),
        start=start,
        first=check(start),
        check=None if held is None else check,
    )
    return descend(lesson, pace, seed=seed, member=member, say=say)


def _on_device(rows: Rows) -> dict[str, jax.Array]:
    """Rows as the loop wants them, padded so that tables and members of like size share the compiled program."""
    n = len(rows)
    spare = pad_rows(n) - n
    return {
        "x": jax.device_put(np.pad(rows.x, ((0, spare), (0, 0)))),
        "y": jax.device_put(np.pad(rows.y.astype(np.float32), (0, spare))),
        "weight": jax.device_put(np.pad(rows.weight.astype(np.float32), (0, spare))),
        "pick": jax.device_put(np.pad(np.arange(n, dtype=np.int32), (0, spare))),
        "n_pick": jax.device_put(np.int32(n)),
    }


def mean_loss(net: FeedForward, params: Mapping[str, jax.Array], rows: Rows) -> float:
    """Weighted mean loss of rows."""
    total = 0.0
    for at, x in blocks(rows.x):
        y = np.resize(rows.y[at], len(x)).astype(np.float32)
        losses = np.asarray(_losses(net, params, x, y), dtype=np.float64)[: at.stop - at.start]
        total += float(rows.weight[at] @ losses)
    return total / float(rows.weight.sum())


def predict(
    net: FeedForward, params: Mapping[str, Any], x: NDArray[np.float32], key: jax.Array | None = None
) -> Floats:
    """What the network says of each row, float64 (n,) or (n, c); under dropout when a key is given."""
    parts = []
    for i, (at, block) in enumerate(blocks(x)):
        own = None if key is None else jax.random.fold_in(key, i)
        parts.append(np.asarray(_predictions(net, params, block, own), dtype=np.float64)[: at.stop - at.start])
    return np.concatenate(parts)


def blocks(x: NDArray[np.float32]) -> list[tuple[slice, NDArray[np.float32]]]:
    """Slices of rows and their inputs; the last one filled up, so that few programs are compiled."""
    found = []
    for start in range(0, max(len(x), 1), BLOCK):
        part = x[start : start + BLOCK]
        size = min(BLOCK, 1 << max(len(part) - 1, 15).bit_length())
        filled = np.concatenate([part, np.zeros((size - len(part), x.shape[1]), dtype=np.float32)])
        found.append((slice(start, start + len(part)), filled))
    return found


@functools.partial(jax.jit, static_argnums=0)
def _losses(net: FeedForward, params: Any, x: jax.Array, y: jax.Array) -> jax.Array:
    return net.loss.loss(y, outputs(net, params, x, key=None))


@functools.partial(jax.jit, static_argnums=0)
def _predictions(net: FeedForward, params: Any, x: jax.Array, key: jax.Array | None) -> jax.Array:
    return net.loss.predict(outputs(net, params, x, key=key))
