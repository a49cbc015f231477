r"""Tilt given distributions so that they agree with the data in the directions of a few facts.

Row i has a distribution :math:`p_i` over k levels. The tilted one is
:math:`p_i(l) \exp(\phi(l)'B'x_i) / Z_i` with statistics :math:`\phi(l)` and coefficients B: a generalised linear model
whose offset is :math:`\log p_i`. At the maximum, averages of :math:`\phi(l) - E\,\phi(l)` are zero along every column
of X, whatever the offset got wrong.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp

NEWTON_STEPS = 3
CONJUGATE_STEPS = 12
"""Steps of conjugate gradients per Newton step where there is a coefficient for every level."""
FARTHEST = 4.0
"""A Newton step moves no level of any row by more than this (log scale)."""


def fit_tilt_moments(
    facts: jax.Array,
    offset: jax.Array,
    moments: jax.Array,
    level: jax.Array,
    weight: jax.Array,
    start: jax.Array,
    precision: jax.Array,
) -> jax.Array:
    r"""Fit a tilt with two statistics a level, by Newton's method with the exact Hessian.

    Parameters
    ----------
    facts
        X, shape (n, q), ones included.
    offset
        Log probabilities, shape (n, k).
    moments
        :math:`\phi`, shape (k, 2).
    level
        Observed level of each row, shape (n,).
    weight
        Weight of each row, 0 where nothing was observed, shape (n,).
    start
        B to start from, shape (q, 2).
    precision
        Prior precision of each coefficient, shape (q, 2), positive.

    Returns
    -------
    jax.Array
        Posterior mode of B under independent normal priors, shape (q, 2).
    """

    def step(_: int, beta: jax.Array) -> jax.Array:
        share = tilted(facts, offset, moments, beta)
        mean = share @ moments
        square = share @ (moments[:, :, None] * moments[:, None, :]).reshape(len(moments), 4)
        spread = square.reshape(-1, 2, 2) - mean[:, :, None] * mean[:, None, :]
        slope = facts.T @ (weight[:, None] * (moments[level] - mean)) - precision * beta
        blocks = [(facts * (weight * spread[:, a, b])[:, None]).T @ facts for a, b in ((0, 0), (0, 1), (1, 1))]
        prior = [jnp.diag(own) for own in precision.T]
        curve = jnp.block([[blocks[0] + prior[0], blocks[1]], [blocks[1].T, blocks[2] + prior[1]]])
        move = jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(curve), slope.T.reshape(-1))
        return _bounded(beta, move.reshape(2, -1).T, facts, moments)

    return jax.lax.fori_loop(0, NEWTON_STEPS, step, start)


def fit_tilt_levels(
    facts: jax.Array,
    offset: jax.Array,
    level: jax.Array,
    weight: jax.Array,
    start: jax.Array,
    precision: jax.Array,
    steps: tuple[int, int] = (NEWTON_STEPS, CONJUGATE_STEPS),
) -> jax.Array:
    """Fit a tilt with a coefficient for every level: a multinomial logit with offset, by Newton's method.

    Parameters
    ----------
    facts, offset, level, weight
        As in `fit_tilt_moments`.
    start
        B to start from, shape (q, k).
    precision
        Prior precision of the coefficients of each fact, shape (q,), positive.
    steps
        Newton steps, and steps of conjugate gradients for each.

    Returns
    -------
    jax.Array
        Posterior mode of B, shape (q, k).

    References
    ----------
    Krishnapuram, B., L. Carin, M. A. T. Figueiredo, and A. J. Hartemink. 2005. Sparse multinomial logistic regression.
    IEEE Transactions on Pattern Analysis and Machine Intelligence 27(6): 957-968.
    """
    identity = jnp.eye(offset.shape[1])
    ridge = precision[:, None]

    def step(_: int, beta: jax.Array) -> jax.Array:
        share = tilted(facts, offset, identity, beta)
        slope = facts.T @ (weight[:, None] * (identity[level] - share)) - ridge * beta

        def times(move: jax.Array) -> jax.Array:
            change = facts @ move
            change = share * (change - jnp.sum(share * change, axis=1, keepdims=True))
            return facts.T @ (weight[:, None] * change) + ridge * move

        diagonal = (facts * facts).T @ (weight[:, None] * share * (1 - share)) + ridge
        return _bounded(beta, _conjugate(times, slope, diagonal, steps[1]), facts, identity)

    return jax.lax.fori_loop(0, steps[0], step, start)


def tilted(facts: jax.Array, offset: jax.Array, moments: jax.Array, beta: jax.Array) -> jax.Array:
    """Probabilities after the tilt, shape (n, k)."""
    return jax.nn.softmax(offset + facts @ beta @ moments.T, axis=1)


def _conjugate(
    times: Callable[[jax.Array], jax.Array], slope: jax.Array, diagonal: jax.Array, n_steps: int
) -> jax.Array:
    """Solve ``times(x) = slope`` approximately, with the diagonal as preconditioner."""

    def step(_: int, now: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
        found, rest, way, size = now
        change = times(way)
        length = size / jnp.maximum(jnp.sum(way * change), 1e-30)
        found, rest = found + length * way, rest - length * change
        scaled = rest / diagonal
        new = jnp.sum(rest * scaled)
        return found, rest, scaled + new / jnp.maximum(size, 1e-30) * way, new

    scaled = slope / diagonal
    start = (jnp.zeros_like(slope), slope, scaled, jnp.sum(slope * scaled))
    return jax.lax.fori_loop(0, n_steps, step, start)[0]


def _bounded(beta: jax.Array, move: jax.Array, facts: jax.Array, moments: jax.Array) -> jax.Array:
    """Take a Newton step, shortened where it would move some level too far; none where it is not a number."""
    reach = jnp.max(jnp.abs(facts @ move @ moments.T))
    return jnp.where(jnp.isfinite(reach), beta + move * jnp.minimum(1.0, FARTHEST / jnp.maximum(reach, 1e-9)), beta)
