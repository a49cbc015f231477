"""Steps of skip-gram on a device of JAX's: blocks of words share negatives, and what all of them move is added at once.

Weights are whole numbers here, `UNITS` of which are 1. Whole numbers have the same sum in any order, so that the same
seed gives the same bits, and devices add them in place.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.embedding.training._device_text import OPTIONS, STEPS, Shape, Text, as_count, as_share, mix
from lacunet.embedding.training._strata import FLOOR

LIMIT = 1.6
"""Most that a row is moved by in a step: learning rate times its pairs, negatives included."""
UNITS = np.float32(2.0**26)


class Tables(NamedTuple):
    """What the device knows of each word (v,).

    Attributes
    ----------
    keep
        Probability of keeping it.
    share, other
        Noise, as in `_chance.Noise`.
    """

    keep: Any
    share: Any
    other: Any


def limit_rates(words: Any, negatives: Any, v: int, shape: Shape) -> tuple[Any, Any]:
    """Highest learning rates for the input and the output row of every word (v,) in a step.

    All pairs of a step pull from where it began. What n pulls move a row by, one after the other, has an end, since
    each makes those after it weaker; their sum has none. So a row with n pairs has no higher rate than LIMIT / n, n
    being what its occurrences in this very step would have in the mean: a rare word may be all a speech is about.
    """
    meetings = 2.0 * shape.window if shape.fixed else shape.window + 1.0
    weight = max(round(shape.block * shape.negative / shape.shared), 1)
    n = jnp.ones(v, jnp.int32).at[words].add(1)
    n_out = n.at[negatives.reshape(-1)].add(weight)
    limit = np.float32(LIMIT / meetings)
    return limit / np.float32(1 + shape.negative) / n.astype(jnp.float32), limit / n_out.astype(jnp.float32)


@partial(jax.jit, static_argnames="shape", donate_argnames="matrices", compiler_options=OPTIONS)
def train_steps(
    matrices: Any, text: Text, first: Any, end: Any, place: Any, key: Any, rates: Any, tables: Tables, shape: Shape
) -> tuple[Any, Any, Any, Any]:
    """Train on `STEPS` steps from word ``first`` on, but none from ``end`` on.

    Returns the matrices, and of each step the loss, the number of pairs, and the largest weight it met.
    """

    def one(matrices: Any, start: Any) -> tuple[Any, Any]:
        near = Text(*(jax.lax.dynamic_slice(column, (start,), (shape.step + 2 * shape.window,)) for column in text))
        return train_step(matrices, near, end - start, place, key, rates, tables, shape)

    matrices, found = jax.lax.scan(one, matrices, first + shape.step * jnp.arange(STEPS))
    return matrices, *found


def train_step(
    matrices: Any, near: Text, n: Any, place: Any, key: Any, rates: Any, tables: Tables, shape: Shape
) -> tuple[Any, Any]:
    """Train on the first ``n`` words of a step, those behind ``window`` in ``near``."""
    inputs, outputs = matrices
    width = inputs.shape[1]
    blocks = Text(*(column[list_near(shape)] for column in near))
    mine = blocks.words[:, shape.window : shape.window + shape.block]
    meet = list_meetings(blocks, n, shape)
    start = blocks.places[:, shape.window].astype(jnp.int64)
    rate = jnp.maximum(rates[0] - rates[1] * start.astype(jnp.float32), rates[2])[:, None, None]
    negatives = draw_negatives(mix(key, place + start), tables, shape)
    rows = jnp.concatenate([blocks.words, negatives], axis=1)
    x, y = (matrix[some].astype(jnp.float32) / UNITS for matrix, some in ((inputs, mine), (outputs, rows)))
    pull, bend, loss = weigh_pairs(jnp.einsum("bid,btd->bit", x, y), meet, rows, shape)
    most_in, most_out = limit_rates(near.words, negatives, len(inputs), shape)
    most_in = rein_in(most_in[mine], bend.sum(axis=1), y)
    most_out = rein_in(most_out[rows], bend.sum(axis=2), x)
    move_in = jnp.einsum("bit,btd->bid", pull * jnp.minimum(rate, most_in[:, :, None]), y)
    move_out = jnp.einsum("bit,bid->btd", pull * jnp.minimum(rate, most_out[:, None, :]), x)
    moved = jnp.concatenate([fold(move_out[:, : shape.near], shape), move_out[:, shape.near :].reshape(-1, width)])
    inputs = add_rows(inputs, mine.reshape(-1), move_in.reshape(-1, width))
    outputs = add_rows(outputs, jnp.concatenate([near.words, negatives.reshape(-1)]), moved)
    furthest = jnp.maximum(jnp.abs(x).max(), jnp.abs(y).max())
    return (inputs, outputs), (loss, meet.sum(dtype=jnp.int32), furthest)


def list_near(shape: Shape) -> NDArray[np.int64]:
    """Which words of a step each block sees (blocks, near)."""
    return np.arange(0, shape.step, shape.block)[:, None] + np.arange(shape.near)


def list_meetings(blocks: Text, n: Any, shape: Shape) -> Any:
    """Whether word i of a block stands in the window of word t (blocks, block, near)."""
    middle = slice(shape.window, shape.window + shape.block)
    distance = np.abs(np.arange(shape.near) - np.arange(shape.near)[middle, None])
    trained = list_near(shape)[:, : shape.block, None] < n
    together = blocks.units[:, middle, None] == blocks.units[:, None, :]
    return trained & together & (distance > 0) & (distance <= blocks.reach[:, None, :])


def draw_negatives(bits: Any, tables: Tables, shape: Shape) -> Any:
    """Shared negatives of each block (blocks, shared)."""
    bits = mix(bits[:, None], jnp.arange(shape.shared))
    entry = as_count(bits, len(tables.share))
    return jnp.where(as_share(bits) < tables.share[entry], entry, tables.other[entry])


def weigh_pairs(products: Any, meet: Any, rows: Any, shape: Shape) -> tuple[Any, Any, Any]:
    """What each product pulls its two rows by, before the learning rate; how it bends back; and the loss.

    Each pair takes every shared negative with weight negative / shared; one that is its target is none.
    """
    targets, negatives = rows[:, : shape.near], rows[:, shape.near :]
    met = meet.astype(jnp.float32)
    same = (targets[:, :, None] == negatives[:, None, :]).astype(jnp.float32)
    each = met.sum(axis=2, keepdims=True) - jnp.einsum("bit,btk->bik", met, same)
    weight = jnp.concatenate([met, each * np.float32(shape.negative / shape.shared)], axis=2)
    label = np.arange(products.shape[2]) < shape.near
    chance = jax.nn.sigmoid(products)
    right = jnp.where(label, chance, 1 - chance)
    bend = weight * chance * (1 - chance)
    loss = -(weight * jnp.log(jnp.maximum(right, FLOOR))).sum()
    return weight * (label - chance), bend / jnp.maximum(weight.sum(), 1), loss


def rein_in(most: Any, bend: Any, vectors: Any) -> Any:
    """Highest rates of rows, lowered where pairs bend back strongly: mean of chance (1 - chance) |v|^2 above 1."""
    return most / jnp.maximum((bend * (vectors * vectors).sum(axis=2)).sum(), 1.0)


def fold(moves: Any, shape: Shape) -> Any:
    """Moves of each block's words (blocks, near, d) as those of the step's (step + 2 window, d)."""
    width, over = moves.shape[2], 2 * shape.window
    whole = jnp.pad(moves[:, : shape.block].reshape(-1, width), ((0, over), (0, 0)))
    rest = jnp.pad(moves[:, shape.block :], ((0, 0), (0, shape.block - over), (0, 0))).reshape(-1, width)
    return whole.at[shape.block :].add(rest[: shape.step + over - shape.block])


def add_rows(matrix: Any, rows: Any, moves: Any) -> Any:
    """Add moves to rows of whole numbers, the same row any number of times."""
    return matrix.at[rows].add(jnp.rint(moves * UNITS).astype(jnp.int32), mode="promise_in_bounds")
