"""Train the network of the sequential sampler."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._layout import Layout
from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.family._book import as_device
from lacunet.net._drawing import Drawing
from lacunet.net._masked import Net, start
from lacunet.synthesis._engine_face import Source
from lacunet.synthesis.coding._build import build_coding
from lacunet.synthesis.coding._coding import Coding
from lacunet.synthesis.sequential._engine import SequentialEngine
from lacunet.train._stopping import Descent, Lesson, Pace, Progress, descend

LARGE = 20_000
"""Rows from which a table counts as large: a wider network, bigger batches."""
CHECKED = 4096
"""Held-out rows on which the loss is taken, the same again and again where there are fewer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything about a fit but the data and the seed; ``None`` of the specification already resolved."""

    hidden: tuple[int, ...]
    dropout: float
    weight_decay: float
    learning_rate: float
    n_levels: int
    batch: int
    chunk: int
    max_chunks: int
    patience: int


def choose_settings(n_rows: int, **given: Any) -> Settings:
    """Settings for a table of this size, each overridden by what is given."""
    large = n_rows >= LARGE
    chosen: dict[str, Any] = {
        "hidden": (128, 128) if large else (64, 64),
        "dropout": 0.0 if large else 0.1,
        "weight_decay": 0.0 if large else 0.3,
        "learning_rate": 2e-3,
        "n_levels": int(np.clip(n_rows // 25, 2, 64)),
        "batch": 512 if large else 256,
        "chunk": 100,
        "max_chunks": 18 if large else 40,
        "patience": 3,
    }
    chosen |= {name: value for name, value in given.items() if value is not None and name in chosen}
    if given.get("max_steps") is not None:
        chosen["max_chunks"] = max(1, given["max_steps"] // chosen["chunk"])
    return Settings(**chosen)


def fit_sequential(
    source: Source,
    layout: Layout,
    settings: Settings,
    *,
    weight: Floats | None,
    seed: int,
    progress: Progress | None = None,
) -> SequentialEngine:
    """Train on a table.

    Parameters
    ----------
    source
        The table.
    layout
        Its columns.
    settings
        See `choose_settings`.
    weight
        Weights of the rows, shape (n,), mean 1; None for equal ones.
    seed
        Where all randomness comes from.
    progress
        Called with a stage, the work done and the work there may be.
    """
    say = progress or (lambda stage, done, total: None)
    coding = build_coding(source.values, source.reason, layout, n_levels=settings.n_levels, weight=weight)
    net = Net(shape=coding.book.shape, hidden=settings.hidden, dropout=settings.dropout)
    found = _train(coding, net, source, weight, settings, seed=seed, say=say)
    engine = SequentialEngine(coding=coding, net=net, params=found.params, history=found.history)
    say("best fit", 0, 1)
    engine.cross(source)
    engine.learn(0, np.empty(0, dtype=np.intp), source)
    say("best fit", 1, 1)
    return engine


def _train(
    coding: Coding, net: Net, source: Source, weight: Floats | None, settings: Settings, *, seed: int, say: Progress
) -> Descent:
    n = len(source.values)
    rows = coding.encode(source.values, source.reason)
    padded = len(rows["level"])
    rank = coding.rank
    scale = np.ones(n) if weight is None else weight / weight.mean()
    common: dict[str, Any] = as_device(rows) | {
        "book": as_device(coding.arrays()),
        "there": jax.device_put(rows["seen"]),
        "rank": jax.device_put(rank),
        "n_order": jax.device_put(np.float32(len(coding.order))),
        "weight": jax.device_put(np.pad(scale, (0, padded - n)).astype(np.float32)),
    }
    order = generator(seed, "split").permutation(n)
    n_held = max(n // 10, 1)

    def picking(rows: NDArray[np.intp]) -> dict[str, Any]:
        pick = np.pad(rows, (0, padded - len(rows))).astype(np.int32)
        return common | {"pick": jax.device_put(pick), "n_pick": jax.device_put(np.int32(len(rows)))}

    objective = Drawing(net=net)
    held = jax.device_put(np.resize(order[:n_held], CHECKED).astype(np.int32))
    key = stream(seed, "held out")
    first = start(net, coding.arrays(), rng=generator(seed, "start"))
    train = picking(order[n_held:] if n > 1 else order)

    def check(params: Mapping[str, Any]) -> float:
        return float(_held_loss(objective, params, train, held, key))

    pace = Pace(
        batch=settings.batch,
        chunk=settings.chunk,
        max_chunks=settings.max_chunks,
        patience=settings.patience,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )
    lesson = Lesson(objective=objective, data=train, start=first, first=check(first), check=check, every=picking(order))
    return descend(lesson, pace, seed=seed, member=0, say=say)


@functools.partial(jax.jit, static_argnums=0)
def _held_loss(objective: Drawing, params: Any, data: Any, rows: jax.Array, key: jax.Array) -> jax.Array:
    return objective.loss(params, data, rows, key=key)
