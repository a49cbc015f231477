"""The masked any-order network: any visible part of a row in, a distribution for every hidden cell out.

A row enters as level indicators, places z and flags of what is visible. A linear map carries it to a residual stream
of k units; blocks add what is not linear (they start at zero, so the network starts as a linear model of rank k); a
second linear map reads one score per level and, for every variable on a line, a centre mu and a scale s.
For such a variable P(level) is proportional to exp(score) * (F((high - mu) / s) - F((low - mu) / s)), F logistic: a
smooth bell that can be sharper than a level, times a free factor a level. For the others P(level) is a softmax.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lacunet.family._book import Shape

Arrays = dict[str, jax.Array]
HostArrays = dict[str, NDArray[Any]]
ROW = ("level", "z", "there", "apart")
"""What the network reads of rows, each (n, p): level and place, what is visible, what does not apply."""
START_SCALE = 0.55
"""Logistic scale that lies closest to the standard normal, where every line variable starts."""
SCALE_RANGE = (-6.0, 2.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Net:
    """Static description of the network (hashable: one compiled program each)."""

    shape: Shape
    hidden: tuple[int, ...] = (256, 256)
    dropout: float = 0.1


def start(net: Net, book: HostArrays, *, rng: np.random.Generator) -> HostArrays:
    """Starting weights: inputs scaled to unit variance, blocks and scores at zero, biases at the marginals."""
    width, n, p = net.hidden[0], net.shape.n_columns, net.shape.n_slots
    scale = float(np.sum(book["valid"][book["first"]])) ** -0.5
    is_line = np.zeros(n, dtype=bool)
    for at, here, size, _, _ in groups(net.shape):
        is_line[here] = np.repeat(book["ordered"][at], size)
    params = {
        "w_level": rng.normal(0, scale, (n, width)),
        "w_place": rng.normal(0, scale, (3 * p, width)),
        "b_in": np.zeros(width),
        "w_score": np.zeros((width, n)),
        "b_score": np.log(np.maximum(book["share"], 1e-4)) - np.where(is_line, _start_log_mass(book), 0.0),
        "w_line": np.zeros((width, 2 * p)),
        "b_line": np.repeat([0.0, np.log(START_SCALE)], p),
    }
    for i, units in enumerate(net.hidden):
        params[f"up_{i}"] = rng.normal(0, width**-0.5, (width, units))
        params[f"up_b_{i}"] = np.zeros(units)
        params[f"down_{i}"] = np.zeros((units, width))
        params[f"gain_{i}"] = np.ones(width)
    return {name: array.astype(np.float32) for name, array in params.items()}


def _start_log_mass(book: HostArrays) -> NDArray[Any]:
    """Log mass of each level under the bell that every line variable starts with."""
    edges = np.stack([book["low"], book["high"]]) / START_SCALE
    return np.log(np.maximum(np.diff(expit(edges), axis=0)[0], 1e-6))


def groups(shape: Shape) -> Iterator[tuple[slice, slice, int, int, bool]]:
    """Slots, level columns, width, count and order of each group."""
    slot, column = 0, 0
    for width, count, ordered in shape.groups:
        yield slice(slot, slot + count), slice(column, column + width * count), width, count, ordered
        slot, column = slot + count, column + width * count


def features(net: Net, book: Arrays, level: jax.Array, visible: jax.Array) -> jax.Array:
    """Centred level indicators: one-hot without order, 'at least this level' with order; 0 when not visible."""
    parts = []
    for at, here, width, count, ordered in groups(net.shape):
        lv, steps = level[:, at, None], jnp.arange(width)
        hot = lv >= steps if ordered else lv == steps
        part = (hot - book["centre"][here].reshape(count, width)) * book["gain"][here].reshape(count, width)
        parts.append((part * visible[:, at, None]).reshape(len(level), -1))
    return jnp.concatenate(parts, axis=1)


def enter(net: Net, params: Arrays, book: Arrays, rows: Arrays) -> jax.Array:
    """Residual stream before the blocks, shape (b, k)."""
    visible = rows["there"].astype(jnp.float32)
    flat = features(net, book, rows["level"], visible)
    places = jnp.concatenate([rows["z"] * visible, visible, rows["apart"].astype(jnp.float32)], axis=1)
    return flat @ params["w_level"] + places @ params["w_place"] + params["b_in"]


def think(net: Net, params: Arrays, stream: jax.Array, *, key: jax.Array | None) -> jax.Array:
    """Residual stream after the blocks; dropout when a key is given."""
    keep = None
    if key is not None and net.dropout > 0:
        keep = jax.random.bernoulli(key, 1 - net.dropout, (len(stream), sum(net.hidden)))
    for i, units in enumerate(net.hidden):
        mean = stream.mean(axis=1, keepdims=True)
        spread = jnp.sqrt(stream.var(axis=1, keepdims=True) + 1e-5)
        inner = jax.nn.elu((stream - mean) / spread * params[f"gain_{i}"] @ params[f"up_{i}"] + params[f"up_b_{i}"])
        if keep is not None:
            mine = keep[:, sum(net.hidden[:i]) :][:, :units]
            inner = jnp.where(mine, inner / (1 - net.dropout), 0.0)
        stream = stream + inner @ params[f"down_{i}"]
    return stream


def interval_log_mass(mu: jax.Array, log_s: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """log(F((high - mu) / s) - F((low - mu) / s)) for the logistic F, exact in both tails."""
    inverse = jnp.exp(-log_s)
    a, b = (low - mu) * inverse, (high - mu) * inverse
    return -jax.nn.softplus(-b) - jax.nn.softplus(a) + jnp.log(-jnp.expm1(-jnp.maximum(b - a, 1e-6)))


def interval_mass(edges: jax.Array) -> jax.Array:
    """Logistic mass between neighbouring standardised edges (last axis), exact in both tails."""
    tail = jax.nn.sigmoid(-jnp.abs(edges))
    a, b, tail_a, tail_b = edges[..., :-1], edges[..., 1:], tail[..., :-1], tail[..., 1:]
    return jnp.where(b <= 0, tail_b - tail_a, jnp.where(a >= 0, tail_a - tail_b, 1 - tail_a - tail_b))


def log_density(mu: jax.Array, log_s: jax.Array, z: jax.Array) -> jax.Array:
    """Log of the logistic density at z."""
    x = (z - mu) * jnp.exp(-log_s)
    return -log_s - x - 2 * jax.nn.softplus(-x)


def read(net: Net, params: Arrays, stream: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Scores (b, columns), centres (b, p) and log scales (b, p)."""
    line = stream @ params["w_line"] + params["b_line"]
    p = net.shape.n_slots
    return stream @ params["w_score"] + params["b_score"], line[:, :p], jnp.clip(line[:, p:], *SCALE_RANGE)


def cell_loss(net: Net, book: Arrays, rows: Arrays, out: tuple[jax.Array, jax.Array, jax.Array]) -> jax.Array:
    """Minus log-likelihood of each cell, (b, p): log probability of the level, and log density inside wide ones."""
    score, mu, log_s = out
    losses = []
    for at, here, width, count, ordered in groups(net.shape):
        part = {name: book[name][here].reshape(count, width) for name in ("valid", "low", "high", "wide")}
        mine = rows["level"][:, at, None] == jnp.arange(width)
        tilt = jnp.where(part["valid"], score[:, here].reshape(-1, count, width), -1e9)
        own = jnp.sum(jnp.where(mine, tilt, 0.0), axis=2)
        if not ordered:
            losses.append(jax.nn.logsumexp(tilt, axis=2) - own)
            continue
        centre, log_scale = mu[:, at], log_s[:, at]
        low, high = (jnp.sum(jnp.where(mine, part[name], 0.0), axis=2) for name in ("low", "high"))
        is_wide = jnp.any(mine & part["wide"], axis=2)
        density = log_density(centre, log_scale, rows["z"][:, at])
        fit = jnp.where(is_wide, density, interval_log_mass(centre, log_scale, low, high))
        losses.append(_log_total(tilt, centre, log_scale, part) - own - fit)
    return jnp.concatenate(losses, axis=1)


def _log_total(tilt: jax.Array, mu: jax.Array, log_s: jax.Array, part: Arrays) -> jax.Array:
    """Log of the sum over levels of exp(tilt) times the logistic mass of the level.

    The mass is a plain difference, one exponential an edge: a level that this rounds to nothing does not move the sum,
    and the observed level's own mass is computed exactly elsewhere.
    """
    inverse = jnp.exp(-log_s)[:, :, None]
    edge = jnp.concatenate([part["low"], part["high"][:, -1:]], axis=1)
    mass = interval_mass((edge - mu[:, :, None]) * inverse)
    top = jax.lax.stop_gradient(tilt.max(axis=2, keepdims=True))
    total = jnp.sum(jnp.exp(tilt - top) * mass, axis=2)
    return jnp.log(jnp.maximum(total, 1e-30)) + top[:, :, 0]


def read_slot(
    net: Net,
    params: Arrays,
    book: Arrays,
    stream: jax.Array,
    slot: jax.Array,
    facts: jax.Array | None = None,
    width: int | None = None,
) -> tuple[jax.Array, Arrays, tuple[jax.Array, jax.Array]]:
    """Scores (b, 1, width), intervals of the levels, centre and log scale (each (b, 1)) of one slot.

    With ``facts`` (b, q) the linear skip is added to the scores. Without ``width``, that of the widest slot is read.

    A slot narrower than that reads into its neighbours, whose columns are marked as not valid. Levels without
    order all have the interval (0, 1) and so the same mass: centre and scale do not move them.
    """
    p, cut = net.shape.n_slots, functools.partial(cut_slot, net, book, slot, width=width)
    levels = {name: cut(book[name])[None, :] for name in ("low", "high", "wide", "place")}
    levels["valid"] = (cut(book["valid"]) & (cut(book["owner"]) == slot))[None, :]
    score = stream @ cut(params["w_score"]) + cut(params["b_score"])
    if facts is not None:
        score = score + facts @ cut(params["w_skip"]) + cut(params["b_skip"])
    mu = stream @ params["w_line"][:, slot] + params["b_line"][slot]
    log_s = jnp.clip(stream @ params["w_line"][:, p + slot] + params["b_line"][p + slot], *SCALE_RANGE)
    return score[:, None, :], levels, (mu[:, None], log_s[:, None])


def cut_slot(
    net: Net, book: Arrays, slot: jax.Array, array: jax.Array, axis: int = -1, width: int | None = None
) -> jax.Array:
    """Level columns from the first of a slot: ``width``, or as many as the widest slot has."""
    return jax.lax.dynamic_slice_in_dim(array, book["first"][slot], width or net.shape.widest, axis)
