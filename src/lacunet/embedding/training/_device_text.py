"""A corpus on a device of JAX's: words kept and windows drawn there, by the same chances as in `_plan`."""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from lacunet.embedding.training._chance import FACTOR_A, FACTOR_B, HALF, LOW, SHIFT_A, SHIFT_B, SHIFT_C, UNIT
from lacunet.embedding.training._chance import STEP as STRIDE

LEAST_STEP, MOST_STEP = 1 << 8, 1 << 13
"""Words whose moves are added at once."""
ENOUGH = 8_000
"""Steps that training should have: fewer, larger ones cost quality (docs/design/skip-gram-device.md)."""
STEPS = 32
"""Steps in one call of the device."""
BLOCK = 32
"""Words that share negatives, at least."""
SHARED = 7
"""Shared negatives of a block of `BLOCK` for every negative of a pair, at least."""
EVEN = 16
"""Rows of a matrix product are a multiple of this."""
NEVER = -(1 << 30)
"""Unit of no word."""
OPTIONS = {"xla_gpu_autotune_level": 0, "xla_gpu_enable_triton_gemm": False}
"""No trial of which product is fastest: its outcome would decide the order of sums."""


@dataclass(frozen=True)
class Shape:
    """What is compiled for.

    Attributes
    ----------
    window, fixed
        Largest half-width of windows, and whether all have it.
    negative
        Negatives of a pair.
    block, shared
        Words that share negatives, and how many.
    step
        Words of a step, a multiple of ``block``.
    """

    window: int
    fixed: bool
    negative: int
    block: int
    shared: int
    step: int

    @property
    def near(self) -> int:
        """Words that a block may meet: its own and those around it."""
        return self.block + 2 * self.window


def make_shape(window: int, fixed: bool, negative: int, n_words: float) -> Shape:
    """Blocks as wide as a window's two sides at least, with negatives in proportion; steps by the words to train on."""
    block = max(BLOCK, 1 << (2 * window - 1).bit_length())
    near = block + 2 * window
    least = SHARED * negative * block // BLOCK
    step = 1 << int(max(n_words / ENOUGH, 1)).bit_length() - 1
    step = max(min(max(step, LEAST_STEP), MOST_STEP), block)
    return Shape(window, fixed, negative, block, -(-(near + least) // EVEN) * EVEN - near, step)


class Text(NamedTuple):
    """Words that were kept, in order, those of the chunk before that are still needed first.

    Attributes
    ----------
    words, units, reach
        Word, number of its unit, and half-width of its window.
    places
        Which word of the pass it is, from the first of the chunk on.
    """

    words: Any
    units: Any
    reach: Any
    places: Any


def mix(key: Any, place: Any) -> Any:
    """`_chance.mix`, for many places."""
    x = key + place.astype(jnp.uint64) * STRIDE
    x = (x ^ (x >> SHIFT_A)) * FACTOR_A
    x = (x ^ (x >> SHIFT_B)) * FACTOR_B
    return x ^ (x >> SHIFT_C)


def as_share(bits: Any) -> Any:
    """`_chance.as_share`, for many."""
    return (bits & LOW).astype(jnp.float32) * UNIT


def as_count(bits: Any, n: int) -> Any:
    """`_chance.as_count`, for many."""
    return (((bits >> HALF) * np.uint64(n)) >> HALF).astype(jnp.int32)


@partial(jax.jit, static_argnames="shape", compiler_options=OPTIONS)
def lay_text(tokens: Any, before: Text, place: Any, key: Any, keep: Any, shape: Shape) -> tuple[Text, Text, Any]:
    """Subsample a chunk and draw its windows; the text, what the next chunk needs of it, and the words kept.

    Words ``window`` to ``window + n`` of the text can be trained on: those behind them lack their right neighbours.
    """
    carried, is_word = 2 * shape.window, tokens >= 0
    places = jnp.cumsum(is_word, dtype=jnp.int32) - 1
    bits = mix(key, place + places.astype(jnp.int64))
    kept = is_word & (as_share(bits) < keep[tokens])
    reach = jnp.full(len(tokens), shape.window, jnp.int32) if shape.fixed else 1 + as_count(bits, shape.window)
    n, room = kept.sum(dtype=jnp.int32), len(tokens) + 2 * carried + STEPS * shape.step
    to = jnp.where(kept, carried - 1 + jnp.cumsum(kept, dtype=jnp.int32), room + jnp.arange(len(tokens)))

    def fill(start: Any, numbers: Any, nothing: int) -> Any:
        whole = jnp.full(room, nothing, jnp.int32).at[:carried].set(start)
        return whole.at[to].set(numbers, mode="drop", unique_indices=True)

    units = jnp.cumsum(~is_word, dtype=jnp.int32)
    numbers = tokens, units, reach, places
    text = Text(*(fill(*all_) for all_ in zip(before, numbers, (0, NEVER, 0, 0), strict=True)))
    last = Text(*(jax.lax.dynamic_slice(column, (n,), (carried,)) for column in text))
    after = last._replace(units=jnp.maximum(last.units - units[-1], NEVER), places=last.places - places[-1] - 1)
    return text, after, n
