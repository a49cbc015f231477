"""One draw from the distribution of a cell: a level, then a place inside it."""

import jax
import jax.numpy as jnp

from lacunet.net._masked import Arrays, interval_log_mass, interval_mass

Line = tuple[jax.Array, jax.Array]
EDGE = 1e-6
"""Quantiles stay this far from 0 and 1."""


def sample_levels(
    score: jax.Array, levels: Arrays, line: Line | None, *, key: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Draw level and z of many cells.

    Parameters
    ----------
    score
        Free factor of each level, (b, slots, width).
    levels
        ``valid``, ``low``, ``high``, ``wide``, ``place`` of the levels, (slots, width).
    line
        Centre and log scale, each (b, slots), for slots whose levels lie on a line.

    Returns
    -------
    tuple of arrays
        Level and z, each (b, slots).
    """
    k_level, k_place = jax.random.split(key)
    cumulative = jnp.cumsum(level_weights(score, levels, line), axis=2)
    drawn = jax.random.uniform(k_level, score.shape[:2]) * cumulative[:, :, -1]
    level = jnp.sum(cumulative <= drawn[:, :, None], axis=2)
    level = jnp.minimum(level, jnp.sum(levels["valid"], axis=1) - 1)
    if line is None:
        return level, jnp.zeros(level.shape)
    u = jax.random.uniform(k_place, level.shape, minval=EDGE, maxval=1 - EDGE)
    return level, place_inside(levels, line, level[:, :, None], u[:, :, None])[:, :, 0]


def level_weights(score: jax.Array, levels: Arrays, line: Line | None) -> jax.Array:
    """Weight of every level, proportional to its probability, (b, slots, width)."""
    score = jnp.where(levels["valid"], score, -1e9)
    weight = jnp.exp(score - score.max(axis=2, keepdims=True))
    if line is None:
        return weight
    mu, inverse = line[0][:, :, None], jnp.exp(-line[1])[:, :, None]
    edges = jnp.stack([levels["low"], levels["high"]], axis=-1)
    mass = interval_mass((edges - mu[..., None]) * inverse[..., None])[..., 0]
    # A bell too far and too narrow for float32 leaves no mass anywhere: then the level nearest to its centre gets it.
    nearest = jnp.arange(score.shape[2]) == jnp.sum((levels["high"] < mu) & levels["valid"], axis=2, keepdims=True)
    return weight * jnp.maximum(mass, 0.0) + 1e-30 * nearest


def quantile_levels(score: jax.Array, levels: Arrays, line: Line, quantiles: jax.Array) -> Arrays:
    """Level and z at given quantiles (q,) of the distribution of one slot, each (b, q), and ``share`` (b, width)."""
    weight = level_weights(score, levels, line)[:, 0]
    share = weight / weight.sum(axis=1, keepdims=True)
    above = jnp.cumsum(share, axis=1)
    level = jax.vmap(lambda row: jnp.searchsorted(row, quantiles))(above)
    level = jnp.minimum(level, jnp.sum(levels["valid"]) - 1)
    mine = jnp.take_along_axis(share, level, axis=1)
    u = (quantiles - (jnp.take_along_axis(above, level, axis=1) - mine)) / jnp.maximum(mine, 1e-12)
    z = place_inside(levels, line, level[:, None, :], jnp.clip(u, EDGE, 1 - EDGE)[:, None, :])[:, 0]
    return {"level": level, "z": z, "share": share}


def place_inside(levels: Arrays, line: Line, level: jax.Array, u: jax.Array) -> jax.Array:
    """Place at quantile u inside drawn levels, both (b, slots, q); the place of the level itself if it has no width."""
    shape = (level.shape[0], *levels["low"].shape)
    low, high, wide, place = (
        jnp.take_along_axis(jnp.broadcast_to(levels[name], shape), level, axis=2)
        for name in ("low", "high", "wide", "place")
    )
    return jnp.where(wide, place_between(line[0][:, :, None], line[1][:, :, None], low, high, u), place)


def place_between(mu: jax.Array, log_s: jax.Array, low: jax.Array, high: jax.Array, u: jax.Array) -> jax.Array:
    """Quantile u of Logistic(mu, s) cut to low and high, in log space so that both tails are exact."""
    s = jnp.exp(log_s)
    a, b = (low - mu) / s, (high - mu) / s
    log_mass = interval_log_mass(mu, log_s, low, high)
    log_p = jnp.logaddexp(-jax.nn.softplus(-a), jnp.log(u) + log_mass)
    log_q = jnp.logaddexp(-jax.nn.softplus(b), jnp.log1p(-u) + log_mass)
    return jnp.clip(mu + s * (log_p - log_q), low, high)
