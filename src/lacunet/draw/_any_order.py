"""Draw hidden cells variable by variable, each conditional on what is visible and on what is already drawn.

One compiled program walks over blocks: a slot and at most b rows that miss it. The first layer is kept per row and only
the changed variable's part is added, so that a step costs the blocks of the network and one variable's scores.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.family._book import round_up
from lacunet.net._masked import Arrays, Net, enter, interval_log_mass, slot_logits, think


def sweep(
    params: Arrays,
    book: Arrays,
    rows: Arrays,
    cells: tuple[NDArray[np.intp], NDArray[np.intp]],
    order: NDArray[np.intp],
    *,
    key: jax.Array,
    net: Net,
) -> Arrays:
    """Draw every cell of ``cells`` once, slot after slot, given all that is there.

    Parameters
    ----------
    rows
        ``level``, ``z``, ``there``, ``apart``, each (n + 1, p); the last row is spare and padding writes to it. Cells that
        are there already (filled by an earlier sweep) are drawn anew.
    cells
        Row and slot of every cell to draw.
    order
        Slots in the order in which to draw them.

    Returns
    -------
    dict
        ``rows`` with the drawn cells there.
    """
    spare = len(rows["level"]) - 1
    blocks = plan_blocks(*cells, order, spare=spare)
    count = len(blocks["slot"])
    extra = round_up(count) - count
    padded = {
        "rows": jnp.asarray(np.pad(blocks["rows"], ((0, extra), (0, 0)), constant_values=spare)),
        "slot": jnp.asarray(np.pad(blocks["slot"], (0, extra))),
    }
    drawn = _fill(params, book, rows, padded, jnp.asarray(count), key, net=net)
    return {**rows, **drawn}


def _contribution(net: Net, params: Arrays, book: Arrays, slot: jax.Array, level: jax.Array, z: jax.Array) -> jax.Array:
    """What one visible variable adds to the first layer, shape (b, k)."""
    widest, p, first = net.shape.widest, net.shape.n_slots, book["first"][slot]
    cut = lambda array: jax.lax.dynamic_slice_in_dim(array, first, widest)  # noqa: E731
    steps = jnp.arange(widest)
    hot = jnp.where(book["ordered"][slot], level[:, None] >= steps, level[:, None] == steps)
    # Columns past the slot belong to its neighbours and count nothing here.
    part = (hot - cut(book["centre"])) * jnp.where(cut(book["owner"]) == slot, cut(book["gain"]), 0.0)
    return part @ cut(params["w_level"]) + z[:, None] * params["w_place"][slot] + params["w_place"][p + slot]


def _sample(
    logit: jax.Array, mu: jax.Array, log_s: jax.Array, at: Arrays, key: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Draw a level, then a place inside it from the truncated logistic."""
    k_level, k_place = jax.random.split(key)
    level = jnp.argmax(logit + jax.random.gumbel(k_level, logit.shape), axis=1)
    low, high = at["low"][level], at["high"][level]
    u = jax.random.uniform(k_place, mu.shape, minval=1e-6, maxval=1 - 1e-6)
    return level, jnp.where(at["wide"][level], _between(mu, log_s, low, high, u), at["place"][level])


def _between(mu: jax.Array, log_s: jax.Array, low: jax.Array, high: jax.Array, u: jax.Array) -> jax.Array:
    """Quantile u of Logistic(mu, s) cut to low and high, in log space so that both tails are exact."""
    s = jnp.exp(log_s)
    a, b = (low - mu) / s, (high - mu) / s
    log_mass = interval_log_mass(mu, log_s, low, high)
    log_p = jnp.logaddexp(-jax.nn.softplus(-a), jnp.log(u) + log_mass)
    log_q = jnp.logaddexp(-jax.nn.softplus(b), jnp.log1p(-u) + log_mass)
    return jnp.clip(mu + s * (log_p - log_q), low, high)


@functools.partial(jax.jit, static_argnames=("net",))
def _fill(
    params: Arrays, book: Arrays, rows: Arrays, blocks: Arrays, n_blocks: jax.Array, key: jax.Array, *, net: Net
) -> Arrays:
    """Walk over the blocks and draw; ``blocks`` holds ``rows`` (blocks, b) and ``slot`` (blocks,)."""
    widest = net.shape.widest
    inputs = {"level": rows["level"], "z": rows["z"], "apart": rows["apart"], "visible": rows["there"]}
    start = {name: rows[name] for name in ("level", "z", "there")}

    def step(i: jax.Array, now: Arrays) -> Arrays:
        at, slot = blocks["rows"][i], blocks["slot"][i]
        old = _contribution(net, params, book, slot, now["level"][at, slot], now["z"][at, slot])
        stream = now["stream"][at] - jnp.where(now["there"][at, slot][:, None], old, 0.0)
        logit, mu, log_s = slot_logits(net, params, book, think(net, params, stream, key=None), slot)
        part = {name: jax.lax.dynamic_slice_in_dim(book[name], book["first"][slot], widest) for name in _PART}
        level, z = _sample(logit, mu, log_s, part, jax.random.fold_in(key, i))
        return {
            "stream": now["stream"].at[at].set(stream + _contribution(net, params, book, slot, level, z)),
            "level": now["level"].at[at, slot].set(level),
            "z": now["z"].at[at, slot].set(z),
            "there": now["there"].at[at, slot].set(True),
        }

    done = jax.lax.fori_loop(0, n_blocks, step, {"stream": enter(net, params, book, inputs), **start})
    return {name: done[name] for name in start}


_PART = ("low", "high", "wide", "place")


def plan_blocks(
    rows: NDArray[np.intp], slots: NDArray[np.intp], order: NDArray[np.intp], *, spare: int
) -> dict[str, NDArray[np.int32]]:
    """Cut the cells to draw into blocks of one slot each, slots in the given order.

    Parameters
    ----------
    rows, slots
        Row and slot of every cell to draw, shape (cells,).
    order
        Slots in the order in which to draw them.
    spare
        Row that padding points to.

    Returns
    -------
    dict
        ``rows`` (blocks, b) and ``slot`` (blocks,).
    """
    size = next(b for b in BLOCK if b == BLOCK[-1] or len(rows) <= b * 8 * max(len(order), 1))
    by_slot = np.argsort(slots, kind="stable")
    edges = np.searchsorted(slots[by_slot], np.arange(slots.max(initial=0) + 2))
    found, owner = [np.empty((0, size), dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for slot in order:
        mine = rows[by_slot[edges[slot] : edges[slot + 1]]]
        padded = np.pad(mine, (0, -len(mine) % size), constant_values=spare).reshape(-1, size)
        found.append(padded)
        owner.append(np.full(len(padded), slot))
    return {"rows": np.concatenate(found).astype(np.int32), "slot": np.concatenate(owner).astype(np.int32)}


BLOCK = (64, 256, 1024)
"""Rows a block may hold (b): the smallest that keeps a variable's blocks few."""


def quantile_cells(
    params: Arrays, book: Arrays, rows: Arrays, at: NDArray[np.intp], slot: int, *, net: Net, n_quantiles: int
) -> Arrays:
    """Evenly spread quantiles of one slot given what is visible, for the rows ``at``.

    Returns
    -------
    dict
        ``level`` and ``z`` (rows, quantiles) and the probability of each level, ``share`` (rows, widest).
    """
    size = BLOCK[-1]
    spare = len(rows["level"]) - 1
    padded = np.pad(at, (0, -len(at) % size), constant_values=spare).reshape(-1, size)
    quantiles = (jnp.arange(n_quantiles) + 0.5) / n_quantiles
    parts = [
        _quantiles(params, book, rows, jnp.asarray(part), jnp.asarray(slot), quantiles, net=net) for part in padded
    ]
    return {name: jnp.concatenate([part[name] for part in parts])[: len(at)] for name in parts[0]}


@functools.partial(jax.jit, static_argnames=("net",))
def _quantiles(
    params: Arrays, book: Arrays, rows: Arrays, at: jax.Array, slot: jax.Array, quantiles: jax.Array, *, net: Net
) -> Arrays:
    inputs = {"level": rows["level"][at], "z": rows["z"][at], "apart": rows["apart"][at], "visible": rows["there"][at]}
    stream = think(net, params, enter(net, params, book, inputs), key=None)
    logit, mu, log_s = slot_logits(net, params, book, stream, slot)
    share = jax.nn.softmax(logit, axis=1)
    above = jnp.cumsum(share, axis=1)
    level = jax.vmap(lambda row: jnp.searchsorted(row, quantiles))(above)
    level = jnp.minimum(level, jnp.sum(logit[0] > -1e8) - 1)
    part = {name: jax.lax.dynamic_slice_in_dim(book[name], book["first"][slot], net.shape.widest) for name in _PART}
    mine = jnp.take_along_axis(share, level, axis=1)
    inside = (quantiles - (jnp.take_along_axis(above, level, axis=1) - mine)) / jnp.maximum(mine, 1e-12)
    u = jnp.clip(inside, 1e-6, 1 - 1e-6)
    place = _between(mu[:, None], log_s[:, None], part["low"][level], part["high"][level], u)
    return {"level": level, "z": jnp.where(part["wide"][level], place, part["place"][level]), "share": share}
