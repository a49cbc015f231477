"""Draw hidden cells of wide tables part by part: the slots of one part at once, each part given all the others.

A part takes an even share of every group of slots. Within a part, cells of one row are drawn independently given the
rest; with many variables the next round, or the other parts, carry what they have in common. One pass through the
network then serves many cells.
"""

import functools
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.draw._sample import sample_levels
from lacunet.net._masked import SCALE_RANGE, Arrays, Net, enter, groups, think

CHUNK = 1024
"""Rows that go through the network together."""


def sweep_parts(
    params: Arrays, book: Arrays, rows: Arrays, order: NDArray[np.intp], *, key: jax.Array, net: Net
) -> Arrays:
    """Draw every hole of every row once, part after part.

    Parameters
    ----------
    rows
        ``level``, ``z``, ``there``, ``apart``, ``hole``, each (n + 1, p).
    order
        Parts 0 to P - 1 in the order in which to draw them.

    Returns
    -------
    dict
        ``level``, ``z`` and ``there`` after the round.
    """
    extra = -len(rows["level"]) % CHUNK
    padded = {name: jnp.pad(rows[name], ((0, extra), (0, 0))) for name in ("level", "z", "there", "apart", "hole")}
    drawn = _fill_parts(params, book, padded, jnp.asarray(order, dtype=jnp.int32), key, net=net, n_parts=len(order))
    return {name: array[: len(rows["level"])] for name, array in drawn.items()}


@functools.partial(jax.jit, static_argnames=("net", "n_parts"))
def _fill_parts(
    params: Arrays, book: Arrays, rows: Arrays, order: jax.Array, key: jax.Array, *, net: Net, n_parts: int
) -> Arrays:
    n_chunks = len(rows["level"]) // CHUNK
    inputs = {"level": rows["level"], "z": rows["z"], "apart": rows["apart"], "visible": rows["there"]}
    stream = jax.lax.map(
        lambda i: enter(net, params, book, {k: jax.lax.dynamic_slice_in_dim(v, i, CHUNK) for k, v in inputs.items()}),
        jnp.arange(n_chunks) * CHUNK,
    ).reshape(len(rows["level"]), -1)

    def step(i: jax.Array, now: Arrays) -> Arrays:
        part, at = order[i // n_chunks], (i % n_chunks) * CHUNK
        cut = {name: jax.lax.dynamic_slice_in_dim(array, at, CHUNK) for name, array in now.items()}
        hole = jax.lax.dynamic_slice_in_dim(rows["hole"], at, CHUNK)
        new = _draw_part(net, params, book, cut, hole, part, n_parts, jax.random.fold_in(key, i))
        return {name: jax.lax.dynamic_update_slice_in_dim(now[name], new[name], at, 0) for name in now}

    start = {"stream": stream} | {name: rows[name] for name in ("level", "z", "there")}
    done = jax.lax.fori_loop(0, n_parts * n_chunks, step, start)
    return {name: done[name] for name in ("level", "z", "there")}


def _draw_part(
    net: Net, params: Arrays, book: Arrays, now: Arrays, hole: jax.Array, part: jax.Array, n_parts: int, key: jax.Array
) -> Arrays:
    """One part of one chunk of rows."""
    thought = think(net, params, now["stream"], key=None)
    p, out = net.shape.n_slots, dict(now)
    for g, (first, count, width, column, ordered) in enumerate(_shares(net, n_parts)):
        slot = first + jnp.minimum(part * count[0], count[1] - count[0])
        here = column + (slot - first) * width
        size = count[0] * width
        cols = lambda array, axis=0, here=here, size=size: jax.lax.dynamic_slice_in_dim(array, here, size, axis)  # noqa: E731
        slots = lambda array, axis=1, slot=slot, n=count[0], start=0: jax.lax.dynamic_slice_in_dim(  # noqa: E731
            array, start + slot, n, axis
        )
        shape = (len(hole), count[0], width)
        grid = {name: cols(book[name]).reshape(shape[1:]) for name in ("valid", "low", "high", "wide", "place")}
        score = (thought @ cols(params["w_score"], 1) + cols(params["b_score"])).reshape(shape)
        mu, log_s = (thought @ slots(params["w_line"], start=s) + slots(params["b_line"], 0, start=s) for s in (0, p))
        line = (mu, jnp.clip(log_s, *SCALE_RANGE)) if ordered else None
        level, z = sample_levels(score, grid, line, key=jax.random.fold_in(key, g))
        want, old_level, old_z = slots(hole), slots(now["level"]), slots(now["z"])
        there = slots(now["there"])
        level, z = jnp.where(want, level, old_level), jnp.where(want, z, old_z)
        seen = there | want
        after = _indicators(level, width, ordered, book, cols) * seen[:, :, None]
        before = _indicators(old_level, width, ordered, book, cols) * there[:, :, None]
        out["stream"] = (
            out["stream"]
            + (after - before).reshape(len(hole), -1) @ cols(params["w_level"])
            + (z * seen - old_z * there) @ slots(params["w_place"], 0)
            + (seen.astype(jnp.float32) - there) @ slots(params["w_place"], 0, start=p)
        )
        for name, value in (("level", level), ("z", z), ("there", seen)):
            out[name] = jax.lax.dynamic_update_slice_in_dim(out[name], value, slot, 1)
    return out


def _shares(net: Net, n_parts: int) -> Iterator[tuple[int, tuple[int, int], int, int, bool]]:
    """First slot, (slots a part, slots), width, first column and order of each group."""
    for at, here, width, count, ordered in groups(net.shape):
        yield at.start, (-(-count // n_parts), count), width, here.start, ordered


def _indicators(level: jax.Array, width: int, ordered: bool, book: Arrays, cols: object) -> jax.Array:
    steps = jnp.arange(width)
    hot = level[:, :, None] >= steps if ordered else level[:, :, None] == steps
    centre, gain = (cols(book[name]).reshape(-1, width) for name in ("centre", "gain"))  # type: ignore[operator]
    return (hot - centre) * gain
