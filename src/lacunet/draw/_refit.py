"""Solve for the linear skip while missing cells are drawn: one round of data augmentation (Tanner & Wong 1987).

Slot after slot, the network says how each row's cell is distributed given everything else in the row; a tilt by the
facts of the row is fitted to the observed cells under the rows' weights, and the missing cells are drawn from the
tilted distribution. With Bayesian-bootstrap weights, each round leaves one plausible skip.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lacunet.draw._any_order import contribution
from lacunet.draw._sample import level_weights, sample_levels
from lacunet.net._masked import Arrays, HostArrays, Net, enter, groups, read_slot, think
from lacunet.net._skip import facts
from lacunet.net._tilt import CONJUGATE_STEPS, NEWTON_STEPS, fit_tilt_levels, fit_tilt_moments

PRECISION, FREE = 30.0, 0.1
"""Prior precision of effects (a standard deviation of .18 on the log scale, for a fact of unit variance), and of the
constants."""
STEADY = 10.0
"""How many times more precise the prior is that says that a fact does not move the variance."""
PRIOR_ROWS = 20.0
"""Rows that the network's share of a level counts for beside the observed ones."""
LEVEL_STEPS = 3
LEAST_SHARE, LEAST_SPREAD = 1e-12, 1e-3
NARROW = 16
"""Unordered slots up to this width share a compiled step."""


def no_tilt(net: Net, q: int) -> HostArrays:
    """Coefficients of no effect at all: two a slot on a line, one for every level of the others."""
    return {
        "moments": np.zeros((net.shape.n_slots, q + 1, 2), dtype=np.float32),
        "levels": np.zeros((q + 1, net.shape.n_columns), dtype=np.float32),
    }


@functools.partial(jax.jit, static_argnames=("net",))
def refit(
    params: Arrays, book: Arrays, rows: Arrays, tilt: Arrays, weight: jax.Array, key: jax.Array, *, net: Net
) -> tuple[Arrays, Arrays]:
    """One round over all slots.

    Parameters
    ----------
    params
        The network, without a skip.
    rows
        ``level``, ``z``, ``there``, ``apart``, ``hole``, ``seen``, each (n, p), with every missing cell filled.
    tilt
        Coefficients to start from.
    weight
        Of each row, shape (n,); 0 for padding.

    Returns
    -------
    tuple
        Coefficients fitted, and ``level``, ``z`` and ``there`` after the round.

    References
    ----------
    Tanner, M. A., and W. H. Wong. 1987. The calculation of posterior distributions by data augmentation. Journal of
    the American Statistical Association 82(398): 528-540.

    Differs: coefficients are the mode under random weights of the rows, the network's own weights stay as they are.
    """
    now = {name: rows[name] for name in ("level", "z", "there")}
    now |= tilt | {"stream": enter(net, params, book, rows)}
    for slots, width, ordered in programs(net):
        used = book["owner"][book["first"][slots]] >= 0
        at = slots[jnp.nonzero(used, size=len(slots))[0]]
        step = functools.partial(_refit_slot, net, params, book, rows, weight, (width, ordered), key, at)
        now = jax.lax.fori_loop(0, jnp.sum(used), step, now)
    return {name: now[name] for name in tilt}, {name: now[name] for name in ("level", "z", "there")}


def programs(net: Net) -> list[tuple[jax.Array, int, bool]]:
    """Slots that share a compiled step, the width of the step, and whether its slots lie on a line.

    The compiler takes most of a second for a step, and width hardly matters to slots on a line nor to narrow ones.
    """
    lines = max((width for _, _, width, _, ordered in groups(net.shape) if ordered), default=0)
    found: dict[tuple[int, bool], list[jax.Array]] = {}
    for slots, _, width, _, ordered in groups(net.shape):
        shared = lines if ordered else min(max(width, NARROW), net.shape.widest)
        found.setdefault((shared, ordered), []).append(jnp.arange(slots.start, slots.stop))
    return [(jnp.concatenate(slots), width, ordered) for (width, ordered), slots in found.items()]


def _refit_slot(
    net: Net,
    params: Arrays,
    book: Arrays,
    rows: Arrays,
    weight: jax.Array,
    group: tuple[int, bool],
    key: jax.Array,
    at: jax.Array,
    i: jax.Array,
    now: Arrays,
) -> Arrays:
    width, ordered = group
    slot = at[i]
    level, z, there = (now[name][:, slot] for name in ("level", "z", "there"))
    stream = now["stream"] - jnp.where(there[:, None], contribution(net, params, book, slot, level, z), 0.0)
    x = facts(net, book, now | {"apart": rows["apart"]})
    x = jnp.where((book["fact_owner"] == slot) | (book["fact_other"] == slot), 0.0, x)
    x = jnp.concatenate([jnp.ones((len(x), 1)), x], axis=1)
    target = (level, weight * rows["seen"][:, slot])
    tilted, levels, line, tilt = tilt_slot(net, params, book, stream, x, target, now, slot, width, ordered)
    drawn = sample_levels(tilted, levels, line if ordered else None, key=jax.random.fold_in(key, slot))
    hole = rows["hole"][:, slot]
    level, z = jnp.where(hole, drawn[0][:, 0], level), jnp.where(hole, drawn[1][:, 0], z)
    added = jnp.where((there | hole)[:, None], contribution(net, params, book, slot, level, z), 0.0)
    return (
        now
        | tilt
        | {
            "stream": stream + added,
            "level": now["level"].at[:, slot].set(level),
            "z": now["z"].at[:, slot].set(z),
            "there": now["there"].at[:, slot].set(there | hole),
        }
    )


def tilt_slot(
    net: Net,
    params: Arrays,
    book: Arrays,
    stream: jax.Array,
    x: jax.Array,
    target: tuple[jax.Array, jax.Array],
    now: Arrays,
    slot: jax.Array,
    width: int,
    ordered: bool,
    steps: tuple[int, int] = (NEWTON_STEPS, CONJUGATE_STEPS),
    prior: float = PRECISION,
) -> tuple[jax.Array, Arrays, tuple[jax.Array, jax.Array], Arrays]:
    """Fit the tilt of one slot to its observed levels.

    Parameters
    ----------
    stream
        What the network knows of each row, without this slot, before its blocks.
    x
        Facts about each row, ones in front, shape (n, 1 + q).
    target
        Level of each row and its weight, 0 where nothing was observed.
    now
        Coefficients so far, see `no_tilt`.
    slot, width, ordered
        Which slot, how many level columns to look at, and whether it lies on a line.
    steps
        For a slot without order, see `fit_tilt_levels`.
    prior
        Prior precision of effects.

    Returns
    -------
    tuple
        Tilted scores (n, 1, width), levels and line as `read_slot` gives them, and the coefficients anew.
    """
    score, levels, line = read_slot(net, params, book, think(net, params, stream, key=None), slot, width=width)
    share = level_weights(score, levels, line)[:, 0]
    offset = jnp.log(jnp.maximum(share / share.sum(axis=1, keepdims=True), LEAST_SHARE))
    first = book["first"][slot]
    start = jax.lax.dynamic_slice_in_dim(now["levels"], first, width, 1)
    valid = levels["valid"][0]
    # Columns past the slot belong to its neighbours.
    own = jnp.where(valid, start, 0.0)
    if ordered:
        moments = _moments(levels["place"][0], valid)
        beta, own = _fit_line(x, offset, moments, target, now["moments"][slot], own, valid, prior)
        tilt = {"moments": now["moments"].at[slot].set(beta)}
        gain = x @ beta @ moments.T + own[0]
    else:
        precision = jnp.full(x.shape[1], prior).at[0].set(FREE)
        own, tilt = fit_tilt_levels(x, offset, *target, own, precision, steps), {}
        gain = x @ own
    fitted = jnp.where(valid, own, start)
    tilt |= {"levels": jax.lax.dynamic_update_slice_in_dim(now["levels"], fitted, first, 1)}
    return score + gain[:, None, :], levels, line, tilt


def _fit_line(
    x: jax.Array,
    offset: jax.Array,
    moments: jax.Array,
    target: tuple[jax.Array, jax.Array],
    beta: jax.Array,
    own: jax.Array,
    valid: jax.Array,
    prior: float = PRECISION,
) -> tuple[jax.Array, jax.Array]:
    """Tilt a slot on a line: coefficients of its two moments, then a constant for every level, first row of ``own``."""
    level, counts = target
    offset = offset + own[0]
    # A shift of the mean by one conditional standard deviation is as likely where little is left to explain.
    precision = jnp.outer(jnp.full(x.shape[1], prior), jnp.array([1.0, STEADY])).at[0].set(FREE)
    beta = fit_tilt_moments(x, offset, moments, *target, beta, precision * _spread(offset, moments, counts))
    scores = jnp.where(valid, offset + x @ beta @ moments.T, -1e9)
    seen = counts @ (level[:, None] == jnp.arange(len(valid)))

    def step(_: int, shift: jax.Array) -> jax.Array:
        expected = counts @ jax.nn.softmax(scores + shift, axis=1)
        return shift + jnp.log((seen + PRIOR_ROWS) / (expected + PRIOR_ROWS))

    shift = jax.lax.fori_loop(0, LEVEL_STEPS, step, jnp.zeros(len(valid)))
    return beta, own.at[0].add(jnp.where(valid, shift, 0.0))


def _spread(offset: jax.Array, moments: jax.Array, weight: jax.Array) -> jax.Array:
    """Average conditional variance of each moment, (2,)."""
    share = jnp.exp(offset)
    each = share @ moments**2 - (share @ moments) ** 2
    return jnp.maximum(weight @ each / jnp.maximum(weight.sum(), 1.0), LEAST_SPREAD)


def _moments(place: Any, valid: Any, xp: Any = jnp) -> Any:
    """Place and squared place of each level, (..., width, 2); 0 where there is none. On the host with ``xp=np``."""
    return xp.where(valid[..., None], xp.stack([place, place**2 - 1], axis=-1), 0.0)


def as_skip(net: Net, book: HostArrays, tilt: HostArrays) -> HostArrays:
    """Coefficients as weights of the skip: ``w_skip`` (q, columns) and ``b_skip`` (columns,)."""
    whole = tilt["levels"].copy()
    for slots, here, width, count, ordered in groups(net.shape):
        if not ordered:
            continue
        place, valid = (book[name][here].reshape(count, width) for name in ("place", "valid"))
        moments = _moments(place, valid, np)
        whole[:, here] += np.einsum("sqd,swd->qsw", tilt["moments"][slots], moments).reshape(len(whole), -1)
    return {"w_skip": whole[1:], "b_skip": whole[0]}
