"""Draw hidden cells of wide tables part by part: the slots of one part at once, each part given all the others.

A part takes an even share of every group of slots. Within a part, cells of one row are drawn independently given the
rest; with many variables the next round, or the other parts, carry what they have in common. One pass through the
network then serves many cells.
"""

import functools
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.draw._sample import sample_levels
from lacunet.net._masked import ROW, SCALE_RANGE, Arrays, Net, enter, groups, think

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
    padded = {name: jnp.pad(rows[name], ((0, extra), (0, 0))) for name in (*ROW, "hole")}
    drawn = _fill_parts(params, book, padded, jnp.asarray(order, dtype=jnp.int32), key, net=net, n_parts=len(order))
    return {name: array[: len(rows["level"])] for name, array in drawn.items()}


@functools.partial(jax.jit, static_argnames=("net", "n_parts"))
def _fill_parts(
    params: Arrays, book: Arrays, rows: Arrays, order: jax.Array, key: jax.Array, *, net: Net, n_parts: int
) -> Arrays:
    n_chunks = len(rows["level"]) // CHUNK
    inputs = {name: rows[name] for name in ROW}
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
    """One part of one chunk of rows: an even share of the slots of each group."""
    thought = think(net, params, now["stream"], key=None)
    for g, (at, here, width, count, ordered) in enumerate(groups(net.shape)):
        share = -(-count // n_parts)
        group = _Group(net, at.start, here.start, width, share, ordered)
        slot = jnp.minimum(part * share, count - share)
        draw = functools.partial(_draw_group, group, params, book, thought, hole, slot, jax.random.fold_in(key, g))
        # Groups smaller than the number of parts are done before the last part comes.
        now = jax.lax.cond(part * share < count, draw, lambda same: same, now)
    return now


@dataclass(frozen=True)
class _Group:
    """Slots of one width drawn together: where the group starts, and how many of its slots are a share."""

    net: Net
    first_slot: int
    first_column: int
    width: int
    share: int
    ordered: bool

    def columns(self, array: jax.Array, slot: jax.Array, axis: int = 0) -> jax.Array:
        """Level columns of the share that starts at ``slot`` of the group."""
        start = self.first_column + slot * self.width
        return jax.lax.dynamic_slice_in_dim(array, start, self.share * self.width, axis)

    def slots(self, array: jax.Array, slot: jax.Array, axis: int, shift: int = 0) -> jax.Array:
        """Entries of the share in an array with one entry a slot, ``shift`` entries on."""
        return jax.lax.dynamic_slice_in_dim(array, shift + self.first_slot + slot, self.share, axis)

    def line(self, params: Arrays, thought: jax.Array, slot: jax.Array) -> tuple[jax.Array, jax.Array] | None:
        """Centre and log scale of the share, if its levels lie on a line."""
        if not self.ordered:
            return None
        mu, log_s = (
            thought @ self.slots(params["w_line"], slot, 1, shift) + self.slots(params["b_line"], slot, 0, shift)
            for shift in (0, self.net.shape.n_slots)
        )
        return mu, jnp.clip(log_s, *SCALE_RANGE)

    def indicators(self, book: Arrays, level: jax.Array, slot: jax.Array) -> jax.Array:
        """Centred level indicators of the share, (b, share, width)."""
        steps = jnp.arange(self.width)
        hot = level[:, :, None] >= steps if self.ordered else level[:, :, None] == steps
        centre, gain = (self.columns(book[name], slot).reshape(-1, self.width) for name in ("centre", "gain"))
        return (hot - centre) * gain


def _draw_group(
    group: _Group,
    params: Arrays,
    book: Arrays,
    thought: jax.Array,
    hole: jax.Array,
    slot: jax.Array,
    key: jax.Array,
    now: Arrays,
) -> Arrays:
    """Draw the holes of one share and carry what changed to the first layer."""
    n, p = len(hole), group.net.shape.n_slots
    shape = (group.share, group.width)
    levels = {name: group.columns(book[name], slot).reshape(shape) for name in LEVEL_FACTS}
    score = thought @ group.columns(params["w_score"], slot, 1) + group.columns(params["b_score"], slot)
    drawn = sample_levels(score.reshape(n, *shape), levels, group.line(params, thought, slot), key=key)
    want = group.slots(hole, slot, 1)
    old_level, old_z, there = (group.slots(now[name], slot, 1) for name in ("level", "z", "there"))
    level, z, seen = jnp.where(want, drawn[0], old_level), jnp.where(want, drawn[1], old_z), there | want
    after = group.indicators(book, level, slot) * seen[:, :, None]
    before = group.indicators(book, old_level, slot) * there[:, :, None]
    places = params["w_place"]
    stream = now["stream"] + (after - before).reshape(n, -1) @ group.columns(params["w_level"], slot)
    stream = stream + (z * seen - old_z * there) @ group.slots(places, slot, 0)
    stream = stream + (seen.astype(jnp.float32) - there) @ group.slots(places, slot, 0, p)
    put = functools.partial(jax.lax.dynamic_update_slice_in_dim, start_index=group.first_slot + slot, axis=1)
    fresh = {name: put(now[name], value) for name, value in (("level", level), ("z", z), ("there", seen))}
    return {"stream": stream, **fresh}


LEVEL_FACTS = ("valid", "low", "high", "wide", "place")
