r"""Gradients with noise: what training may see of the rows under differential privacy.

Each row is in the sample of a step by a coin of its own, its gradient is shortened to a length of at most C, and to the
sum comes Gaussian noise of standard deviation σC: one row added or removed changes the sum by at most C.

Why that holds for a discriminator that compares pairs. The loss belongs to **one real row** x_i and to a fake row g_i
that was drawn without looking at the rows: softplus(D(g_i) - D(x_i)) + γ/2 (|∇D(x_i)|² + |∇D(g_i)|²) has a gradient
for each i, and that gradient is shortened as a whole, penalties included. Which fake row meets which real one does not
matter: fake rows are independent and alike, so the rows that two neighbouring tables share can be thought to meet the
same ones, and the sums then differ by the one shortened gradient. A fake row without a real one (an empty place of the
sample) gives nothing.

What would break the argument, and must not be done: a mean over the sample's real rows inside the loss (normalisation
over the batch, rows packed together, pairwise margins of the batch), fakes made under conditions copied from real rows,
a generator's step that compares with real rows (its loss is softplus(-D(g)), not that of pairs), division by the
sample's true size, a held-out score that decides when to stop, a choice among several runs. The generator sees the rows
only through the discriminator, and what is made of a private result costs nothing more.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from lacunet.errors import SpecError

Tree = Any
RowLoss = Callable[[Tree, Tree, jax.Array, jax.Array], jax.Array]
"""``loss(params, data, row, key)``: the loss of one row. It may look at that row of ``data`` and at no other."""
WORD = 2**32
ROUNDED = 0.9999
"""Gradients are shortened to this share of the clip, so that float32 rounding never lets one exceed it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivatePlan:
    """How a private gradient is made; every value is public and fixed before the rows are seen.

    Attributes
    ----------
    rate
        Probability with which each row is in the sample of a step.
    noise
        σ, standard deviation of the noise over the clip.
    clip
        C, largest length of the gradient of one row.
    chunk
        Rows whose gradients are in memory together. A sample that is larger takes several chunks: none is cut short.
    """

    rate: float
    noise: float
    clip: float
    chunk: int

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1 or self.noise < 0 or self.clip <= 0 or self.chunk < 1:
            raise SpecError(
                f"rate={self.rate}, noise={self.noise}, clip={self.clip}, chunk={self.chunk} cannot be used together. "
                "The rate is a probability above 0, the noise at least 0, the clip above 0 and the chunk at least 1."
            )


def plan_chunk(rate: float, n_rows: int) -> int:
    """Rows a chunk should hold so that a second one is rarely needed, given the noisy number of rows."""
    expected = rate * n_rows
    return max(math.ceil(expected + 3 * math.sqrt(expected)), 1)


@functools.partial(jax.jit, static_argnames=("loss", "plan", "n_padded"))
def private_gradient(
    loss: RowLoss,
    params: Tree,
    data: Tree,
    n_true: jax.Array,
    n_public: jax.Array,
    key: jax.Array,
    *,
    plan: PrivatePlan,
    n_padded: int,
) -> Tree:
    r"""Noisy mean gradient of a random sample of the rows.

    .. math::

        \tilde g = \frac{1}{q \hat n} \Bigl(\sum_{i \in B} g_i \min\bigl(1, C / \lVert g_i \rVert\bigr)
        + \sigma C\, \mathcal N(0, I)\Bigr)

    Parameters
    ----------
    loss
        Loss of one row. Must not depend on other rows in any way (see the module's text).
    params
        Weights.
    data
        Whatever the loss reads: arrays of rows, the weights of the other player.
    n_true
        Rows that are no padding.
    n_public
        n̂, a noisy or public number of rows: the divisor.
    key
        Secret: whoever knows it can take the noise away.
    plan
        Rate, noise, clip, chunk.
    n_padded
        Rows of the arrays, padding at the end included.

    Returns
    -------
    Tree
        As ``params``.

    References
    ----------
    Abadi, M., et al. 2016. Deep learning with differential privacy. CCS.
    Differs: samples of any size are taken in chunks, never cut or padded with other rows, so that the accountant's
    independent sampling is what happens; a gradient that is not finite counts as zero.
    """
    flat, unravel = ravel_pytree(params)
    pick, inner, noise = jax.random.split(key, 3)
    # Whole random words instead of floats: the probability is then rate to 2^-32, and never above it.
    coins = jax.random.bits(pick, (n_padded,), jnp.uint32)
    is_in = (coins <= jnp.uint32(max(math.floor(plan.rate * WORD) - 1, 0))) & (jnp.arange(n_padded) < n_true)
    total_size = math.ceil(n_padded / plan.chunk) * plan.chunk
    rows = jnp.nonzero(is_in, size=total_size, fill_value=0)[0]
    n_in = is_in.sum()

    def shortened(row: jax.Array, row_key: jax.Array) -> jax.Array:
        slope = jax.grad(lambda weights: loss(unravel(weights), data, row, row_key))(flat)
        length = jnp.linalg.norm(slope)
        scale = jnp.minimum(1.0, ROUNDED * plan.clip / jnp.maximum(length, 1e-30))
        return jnp.where(jnp.isfinite(length), slope * scale, 0.0)

    def add_chunk(number: jax.Array, total: jax.Array) -> jax.Array:
        start = number * plan.chunk
        mine = jax.lax.dynamic_slice(rows, (start,), (plan.chunk,))
        keys = jax.random.split(jax.random.fold_in(inner, number), plan.chunk)
        slopes = jax.vmap(shortened)(mine, keys)
        is_real = start + jnp.arange(plan.chunk) < n_in
        return total + jnp.where(is_real[:, None], slopes, 0.0).sum(axis=0)

    total = jax.lax.fori_loop(0, -(-n_in // plan.chunk), add_chunk, jnp.zeros_like(flat))
    total = total + plan.noise * plan.clip * jax.random.normal(noise, flat.shape)
    return unravel(total / (plan.rate * n_public))
