"""Draw hidden cells variable by variable, each conditional on what is visible and on what is already drawn.

One compiled program walks over blocks: a slot and at most b rows that miss it. The first layer is kept per row and only
the changed variable's part is added, so that a step costs the blocks of the network and one variable's scores.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.draw._sample import quantile_levels, sample_levels
from lacunet.family._book import round_up
from lacunet.net._masked import ROW, Arrays, Net, cut_slot, enter, read_slot, think
from lacunet.net._skip import skip_facts


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
        ``level``, ``z``, ``there``, ``apart``, each (n + 1, p); the last row is spare and padding writes to it. Cells
        that are there already (filled by an earlier sweep) are drawn anew.
    cells
        Row and slot of every cell to draw.
    order
        Slots in the order in which to draw them.

    Returns
    -------
    dict
        ``level``, ``z`` and ``there`` after the round.
    """
    spare = len(rows["level"]) - 1
    blocks = plan_blocks(*cells, order, spare=spare)
    count = len(blocks["slot"])
    extra = round_up(count) - count
    padded = {
        "rows": np.pad(blocks["rows"], ((0, extra), (0, 0)), constant_values=spare),
        "slot": np.pad(blocks["slot"], (0, extra)),
    }
    # Nothing else that travels with the rows: one program then serves training and drawing.
    rows = {name: rows[name] for name in ROW}
    return _fill(params, book, rows, padded, np.int32(count), key, net=net)


def contribution(
    net: Net,
    params: Arrays,
    book: Arrays,
    slot: jax.Array,
    level: jax.Array,
    z: jax.Array,
    width: int | None = None,
) -> jax.Array:
    """What one visible variable of at most ``width`` levels adds to the first layer, shape (b, k)."""
    cut = functools.partial(cut_slot, net, book, slot, width=width)
    steps = jnp.arange(width or net.shape.widest)
    hot = jnp.where(book["ordered"][slot], level[:, None] >= steps, level[:, None] == steps)
    # Columns past the slot belong to its neighbours and count nothing here.
    part = (hot - cut(book["centre"])) * jnp.where(cut(book["owner"]) == slot, cut(book["gain"]), 0.0)
    places = params["w_place"]
    return part @ cut(params["w_level"], 0) + z[:, None] * places[slot] + places[net.shape.n_slots + slot]


@functools.partial(jax.jit, static_argnames=("net",))
def _fill(
    params: Arrays, book: Arrays, rows: Arrays, blocks: Arrays, n_blocks: jax.Array, key: jax.Array, *, net: Net
) -> Arrays:
    """Walk over the blocks and draw; ``blocks`` holds ``rows`` (blocks, b) and ``slot`` (blocks,)."""
    start = {name: rows[name] for name in ("level", "z", "there")}

    def step(i: jax.Array, now: Arrays) -> Arrays:
        at, slot = blocks["rows"][i], blocks["slot"][i]
        old = contribution(net, params, book, slot, now["level"][at, slot], now["z"][at, slot])
        stream = now["stream"][at] - jnp.where(now["there"][at, slot][:, None], old, 0.0)
        here = {name: now[name][at] for name in start} | {"apart": rows["apart"][at]}
        thought = think(net, params, stream, key=None)
        reading = read_slot(net, params, book, thought, slot, skip_facts(net, params, book, here))
        level, z = (drawn[:, 0] for drawn in sample_levels(*reading, key=jax.random.fold_in(key, i)))
        return {
            "stream": now["stream"].at[at].set(stream + contribution(net, params, book, slot, level, z)),
            "level": now["level"].at[at, slot].set(level),
            "z": now["z"].at[at, slot].set(z),
            "there": now["there"].at[at, slot].set(True),
        }

    done = jax.lax.fori_loop(0, n_blocks, step, {"stream": enter(net, params, book, rows), **start})
    return {name: done[name] for name in start}


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
    here = {name: rows[name][at] for name in ROW}
    # A cell that is filled in for now does not speak for itself.
    here["there"] = here["there"].at[:, slot].set(False)
    stream = think(net, params, enter(net, params, book, here), key=None)
    score, levels, line = read_slot(net, params, book, stream, slot, skip_facts(net, params, book, here))
    return quantile_levels(score, levels, line, quantiles)
