"""The one training loop: chunks of steps in one compiled program, averaged weights, stop on held-out loss.

An objective is a frozen (hashable) dataclass with ``loss(params, data, rows, key)``; everything that differs between
two tables of like size travels in ``data``, so that the compiled program is shared.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

Tree = Any


class Objective(Protocol):
    """What the loop needs of a method: a mean loss over the rows of one batch."""

    def loss(self, params: Tree, data: Tree, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Return the loss of rows ``rows`` (b,) of ``data``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How to optimise: AdamW with clipping and an exponential average of the weights.

    Attributes
    ----------
    batch
        Rows per step (b).
    steps
        Steps per call of the compiled program.
    weight_decay, clip, average
        Decoupled decay, largest gradient norm, and share of the old average kept at each step.
    """

    batch: int
    steps: int
    weight_decay: float = 1e-4
    clip: float = 1.0
    average: float = 0.99


@functools.lru_cache(maxsize=64)
def _optimiser(plan: Plan) -> optax.GradientTransformation:
    return optax.chain(optax.clip_by_global_norm(plan.clip), optax.scale_by_adam(b1=0.9, b2=0.99))


@functools.partial(jax.jit, static_argnames=("objective", "plan"), donate_argnames=("state",))
def _advance(state: Tree, data: Tree, rates: jax.Array, key: jax.Array, *, objective: Objective, plan: Plan) -> Tree:
    """``plan.steps`` steps at learning rates ``rates`` (steps,); returns the state and the mean loss."""
    # One long vector: a step of the optimiser is then one short program, not one for each array.
    unravel = ravel_pytree(state[0])[1]
    decay, _ = ravel_pytree(
        jax.tree.map(lambda leaf: jnp.full(leaf.shape, plan.weight_decay * (leaf.ndim > 1)), state[0])
    )

    def step(carry: Tree, inputs: tuple[jax.Array, jax.Array]) -> tuple[Tree, jax.Array]:
        params, mean, moments = carry
        rate, step_key = inputs
        pick, inner = jax.random.split(step_key)
        rows = data["pick"][jax.random.randint(pick, (plan.batch,), 0, data["n_pick"])]
        loss, slope = jax.value_and_grad(lambda flat: objective.loss(unravel(flat), data, rows, key=inner))(params)
        move, moments = _optimiser(plan).update(slope, moments)
        params = params - rate * (move + decay * params)
        return (params, plan.average * mean + (1 - plan.average) * params, moments), loss

    flat = (ravel_pytree(state[0])[0], ravel_pytree(state[1])[0], state[2])
    (params, mean, moments), losses = jax.lax.scan(step, flat, (rates, jax.random.split(key, plan.steps)))
    return (unravel(params), unravel(mean), moments), losses.mean()


@functools.partial(jax.jit, static_argnames=("plan",))
def begin(params: Tree, plan: Plan) -> Tree:
    """Training state: weights, their average, the optimiser's moments."""
    # Copies, since the steps overwrite their state and the caller keeps what it gave.
    fresh = jax.tree.map(jnp.copy, params)
    return fresh, jax.tree.map(jnp.copy, params), _optimiser(plan).init(ravel_pytree(fresh)[0])


@jax.jit
def copied(params: Tree) -> Tree:
    """Copy weights that the next steps would overwrite."""
    return jax.tree.map(jnp.copy, params)


advance: Callable[..., Tree] = _advance
