"""Draw rows from nothing, or from a visible part: variable by variable, each given what stands already.

Rows go through in chunks that share one compiled program, so that 100 rows and a million take the same compilation.
Cells can be held to a set of levels and an interval of places; the probability that a free draw would have met it is
returned, so that whoever draws several held cells can weigh the rows.
"""

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.draw._any_order import contribution
from lacunet.draw._sample import EDGE, level_weights, place_between
from lacunet.net._masked import Arrays, Net, enter, read_slot, think
from lacunet.net._skip import skip_facts

CHUNK = 2048
"""Rows drawn together."""
WORKERS = 2
"""Chunks drawn at the same time; each has a key of its own, so the numbers do not depend on it."""

WIDTHS = (16, 64)
"""Widths below the widest for which drawing is compiled apart."""
LEAST_WEIGHT = 1e-30
"""Probability of a level that may be drawn: float32 still tells it from nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What cells may be: levels allowed and an interval of places, the same for all rows.

    Attributes
    ----------
    allowed
        For every level column whether it may be drawn, shape (columns,).
    low, high
        Least and greatest place z of every slot, shape (p,).
    """

    allowed: NDArray[np.bool_]
    low: NDArray[np.float32]
    high: NDArray[np.float32]


def draw_rows(
    params: Arrays,
    book: Arrays,
    rows: dict[str, NDArray[Any]],
    order: NDArray[np.integer],
    status_of: tuple[NDArray[np.int32], NDArray[np.int32]],
    *,
    key: jax.Array,
    net: Net,
    held: Held | None = None,
    n_drawn: int | None = None,
) -> dict[str, NDArray[Any]]:
    """Draw every slot of ``order`` that is not there yet, row by row of independent chance.

    Parameters
    ----------
    rows
        ``level``, ``z``, ``there`` (n, p): what is given. A slot that is there is kept. At least one row.
    order
        Slots in the order in which to draw them.
    status_of
        For each slot the slot that says whether it has a value, or -1; and how many of that slot's levels say so.
    held
        What cells may be.
    n_drawn
        Slots of ``order`` to stop after; None draws all of them. Another number takes no further compilation.

    Returns
    -------
    dict
        ``level``, ``z``, ``there`` (n, p), and ``log_weight`` (n,): the log probability of what was held.
    """
    n, p = rows["level"].shape
    if held is None:
        everywhere = np.full(p, -np.inf, dtype=np.float32)
        held = Held(allowed=np.ones(net.shape.n_columns, dtype=bool), low=everywhere, high=-everywhere)
    limits = jax.device_put((held.allowed, held.low, held.high))
    n_steps = np.int32(len(order) if n_drawn is None else n_drawn)
    plan = jax.device_put((np.asarray(order, dtype=np.int32), *status_of, n_steps))
    padded = {name: np.pad(rows[name], ((0, -n % CHUNK), (0, 0))) for name in ("level", "z", "there")}

    def part(c: int) -> dict[str, NDArray[Any]]:
        mine = jax.device_put({name: array[c * CHUNK : (c + 1) * CHUNK] for name, array in padded.items()})
        drawn = _draw_chunk(params, book, mine, plan, limits, jax.random.fold_in(key, c), net=net)
        return {name: np.asarray(array) for name, array in drawn.items()}

    n_chunks = len(padded["level"]) // CHUNK
    # The first chunk compiles; the others then find the program.
    parts = [part(0)]
    with ThreadPoolExecutor(WORKERS) as pool:
        parts += list(pool.map(part, range(1, n_chunks)))
    return {name: np.concatenate([each[name] for each in parts])[:n] for name in parts[0]}


@functools.partial(jax.jit, static_argnames=("net",))
def _draw_chunk(
    params: Arrays,
    book: Arrays,
    rows: Arrays,
    plan: tuple[jax.Array, jax.Array, jax.Array, jax.Array],
    limits: tuple[jax.Array, jax.Array, jax.Array],
    key: jax.Array,
    *,
    net: Net,
) -> Arrays:
    order, status_of, n_valued, n_steps = plan
    nowhere = jnp.zeros(rows["there"].shape, dtype=bool)
    start = dict(rows) | {"log_weight": jnp.zeros(len(rows["level"]))}
    start["stream"] = enter(net, params, book, rows | {"apart": nowhere})

    def draw(width: int, i: jax.Array, now: Arrays) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
        slot = order[i]
        here = {name: now[name] for name in ("level", "z", "there")} | {"apart": nowhere}
        thought = think(net, params, now["stream"], key=None)
        reading = read_slot(net, params, book, thought, slot, skip_facts(net, params, book, here), width)
        level, z, log_share = _draw_held(reading, slot, book, limits, jax.random.fold_in(key, i))
        return level, z, log_share, contribution(net, params, book, slot, level, z, width)

    # A narrow slot does not pay for the widest.
    widest = net.shape.widest
    widths = sorted({min(width, widest) for width in (*WIDTHS, widest)})
    own = [net.shape.width_of(slot) for slot in range(net.shape.n_slots)]
    which = jnp.asarray([next(i for i, width in enumerate(widths) if width >= mine) for mine in own])
    branches = [functools.partial(draw, width) for width in widths]

    def step(i: jax.Array, now: Arrays) -> Arrays:
        slot = order[i]
        level, z, log_share, change = jax.lax.switch(which[slot], branches, i, now)
        status = status_of[slot]
        is_drawn = ~now["there"][:, slot] & ((status < 0) | (now["level"][:, status] < n_valued[slot]))
        added = jnp.where(is_drawn[:, None], change, 0.0)
        return {
            "stream": now["stream"] + added,
            "level": now["level"].at[:, slot].set(jnp.where(is_drawn, level, now["level"][:, slot])),
            "z": now["z"].at[:, slot].set(jnp.where(is_drawn, z, now["z"][:, slot])),
            "there": now["there"].at[:, slot].set(now["there"][:, slot] | is_drawn),
            "log_weight": now["log_weight"] + jnp.where(is_drawn, log_share, 0.0),
        }

    done = jax.lax.fori_loop(0, n_steps, step, start)
    return {name: done[name] for name in ("level", "z", "there", "log_weight")}


def _draw_held(
    reading: tuple[jax.Array, Arrays, tuple[jax.Array, jax.Array]],
    slot: jax.Array,
    book: Arrays,
    limits: tuple[jax.Array, jax.Array, jax.Array],
    key: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Level and z within the limits, and the log probability of the limits, each (b,)."""
    score, levels, (mu, log_s) = reading
    allowed, low, high = limits
    weight = level_weights(score, levels, (mu, log_s))[:, 0]
    weight = weight / jnp.maximum(weight.sum(axis=1, keepdims=True), LEAST_WEIGHT)
    may = jax.lax.dynamic_slice_in_dim(allowed, book["first"][slot], len(levels["valid"][0]))
    k_level, k_place = jax.random.split(key)
    # Padding columns and those of the neighbours weigh nothing.
    # Levels cut by the interval keep the part of their mass that lies inside; however little, one allowed is drawn.
    part = _part_inside(levels, (mu, log_s), low[slot], high[slot])
    kept = jnp.where(may & levels["valid"][0], jnp.maximum(weight * part, LEAST_WEIGHT), 0.0)
    cumulative = jnp.cumsum(kept, axis=1)
    drawn = jax.random.uniform(k_level, mu[:, 0].shape) * cumulative[:, -1]
    level = jnp.sum(cumulative <= drawn[:, None], axis=1)
    level = jnp.minimum(level, jnp.sum(levels["valid"]) - 1)
    own = {name: jnp.take(levels[name][0], level) for name in ("low", "high", "wide", "place")}
    u = jax.random.uniform(k_place, level.shape, minval=EDGE, maxval=1 - EDGE)
    bottom, top = jnp.maximum(own["low"], low[slot]), jnp.minimum(own["high"], high[slot])
    inside = place_between(mu[:, 0], log_s[:, 0], bottom, top, u)
    z = jnp.where(book["ordered"][slot], jnp.where(own["wide"], inside, own["place"]), 0.0)
    return level, z, jnp.log(cumulative[:, -1])


def _part_inside(levels: Arrays, line: tuple[jax.Array, jax.Array], low: jax.Array, high: jax.Array) -> jax.Array:
    """Share of each wide level's mass between two places, shape (b, width); 1 for levels of one value."""
    mu, inverse = line[0], jnp.exp(-line[1])
    cut_low, cut_high = jnp.maximum(levels["low"], low), jnp.minimum(levels["high"], high)
    inside = jax.nn.sigmoid((cut_high - mu) * inverse) - jax.nn.sigmoid((cut_low - mu) * inverse)
    whole = jax.nn.sigmoid((levels["high"] - mu) * inverse) - jax.nn.sigmoid((levels["low"] - mu) * inverse)
    is_cut = levels["wide"] & ((cut_low > levels["low"]) | (cut_high < levels["high"]))
    return jnp.where(is_cut, jnp.clip(inside / jnp.maximum(whole, 1e-12), 0.0, 1.0), 1.0)
