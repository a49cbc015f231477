"""Skip-gram with negative sampling on a device of JAX's: one pass over a corpus, in large steps.

The text is laid out on the device as `_plan.fill_plan` does here: the same words are kept, with the same windows,
since chances are those of `_chance`. A step takes `STEP` words in the order of the text; blocks share negatives,
and what all of them move is added at once. Why it is made so: docs/design/skip-gram-device.md.

Weights are whole numbers on the device, `UNITS` of which are 1. Whole numbers have the same sum in any order, so that
the same seed gives the same bits, and devices add them in place as fast as floats or faster.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.embedding.training._chance import (
    FACTOR_A,
    FACTOR_B,
    HALF,
    LOW,
    SHIFT_A,
    SHIFT_B,
    SHIFT_C,
    UNIT,
    make_noise,
)
from lacunet.embedding.training._chance import STEP as STRIDE
from lacunet.embedding.training._passes import Rates, Totals
from lacunet.embedding.training._strata import FLOOR
from lacunet.embedding.training._weights import Weights

CHUNK = 1 << 24
"""Tokens that are laid out at a time."""
HELD = 1 << 29
"""Tokens of a corpus that stay on the device from one pass to the next, at four bytes each."""
STEP = 1 << 13
"""Words whose moves are added at once."""
STEPS = 32
"""Steps in one call of the device."""
BLOCK = 32
"""Words that share negatives, at least."""
SHARED = 7
"""Shared negatives of a block of `BLOCK` for every negative of a pair, at least."""
EVEN = 16
"""Rows of a matrix product are a multiple of this."""
LIMIT = 4.0
"""Most that a row is moved by in a step: learning rate times its pairs, negatives included."""
UNITS = np.float32(2.0**26)
FURTHEST = np.float32(16.0)
"""Weights beyond this, half of what a whole number holds, have run away."""
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


def make_shape(window: int, fixed: bool, negative: int, step: int = STEP) -> Shape:
    """Blocks as wide as a window's two sides at least, with negatives in proportion."""
    block = max(BLOCK, 1 << (2 * window - 1).bit_length())
    near = block + 2 * window
    least = SHARED * negative * block // BLOCK
    return Shape(window, fixed, negative, block, -(-(near + least) // EVEN) * EVEN - near, max(step, block))


class Tables(NamedTuple):
    """What the device knows of each word (v,).

    Attributes
    ----------
    keep
        Probability of keeping it.
    share, other
        Noise, as in `_chance.Noise`.
    most_in, most_out
        Highest learning rates of its two rows.
    """

    keep: Any
    share: Any
    other: Any
    most_in: Any
    most_out: Any


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


class Device:
    """One pass after the other over texts, on a device.

    Parameters
    ----------
    weights
        Where passes begin and what they write to.
    keep
        Probability of keeping each word (v,).
    counts
        Occurrences of each word (v,).
    noise
        What negatives are drawn in proportion to (v,).
    shape
        What is compiled for.
    device
        Where to; None takes JAX's first.
    """

    def __init__(
        self,
        weights: Weights,
        keep: NDArray[np.float32],
        counts: NDArray[np.int64],
        noise: Floats,
        shape: Shape,
        device: Any = None,
    ) -> None:
        self._weights, self._shape = weights, shape
        self._device = jax.devices()[0] if device is None else device
        alias = make_noise(noise, np.arange(len(noise)))
        most = limit_rates(counts * np.minimum(keep, 1.0), noise, shape)
        self._tables = Tables(*(self._put(table) for table in (keep, alias.share, alias.other, *most)))
        self._held: list[tuple[Iterable[Any], list[tuple[Any, int]]]] = []

    def run(
        self,
        pool: ThreadPoolExecutor,
        pieces: Iterable[NDArray[np.int32]],
        keys: tuple[np.uint64, np.uint64],
        rates: Rates,
        tell: Callable[[int], None],
    ) -> Totals:
        """Train on all pieces, as `_passes.Pass.run` does; ``pool`` has nothing to do.

        Weights here change when the pass is over. Pieces that can be gone through again stay on the device.
        """
        with jax.enable_x64(True):
            matrices = tuple(self._put(to_units(flat.reshape(-1, self._weights.width))) for flat in self._weights[:2])
            before, place, found = self._nothing(), 0, []
            chances = jnp.asarray(keys[0]), jnp.asarray(keys[1])
            for tokens, n_words, last in mark_last(self._chunks(pieces)):
                text, before, n = lay_text(tokens, before, place, chances[0], self._tables.keep, self._shape)
                end = int(n) + self._shape.window * last
                pace = np.array([rates[0] - rates[1] * place, rates[1], rates[2]], np.float32)
                for first in range(0, end, STEPS * self._shape.step):
                    matrices, *some = train_steps(
                        matrices, text, first, end, place, chances[1], pace, self._tables, self._shape
                    )
                    found.append(some)
                place += n_words
                tell(n_words)
            return self._finish(matrices, found)

    def _finish(self, matrices: Any, found: list[Any]) -> Totals:
        """Write the weights back, as no numbers where one of them ran away."""
        losses, pairs, furthest = (np.concatenate(part) for part in zip(*jax.device_get(found), strict=True))
        for flat, matrix in zip(self._weights[:2], matrices, strict=True):
            rows = flat.reshape(-1, self._weights.width)
            np.multiply(np.asarray(matrix), np.float32(1.0) / UNITS, out=rows, casting="unsafe")
        if not furthest.max(initial=0.0) < FURTHEST:
            self._weights.inputs[:] = np.nan
        return float(losses.sum(dtype=np.float64)), int(pairs.sum(dtype=np.int64))

    def _put(self, array: Any) -> Any:
        return jax.device_put(array, self._device)

    def _nothing(self) -> Text:
        """Words before the first."""
        n = 2 * self._shape.window
        return Text(*(self._put(np.full(n, number, np.int32)) for number in (0, NEVER, 0, 0)))

    def _chunks(self, pieces: Iterable[NDArray[np.int32]]) -> Iterator[tuple[Any, int]]:
        """Chunks on the device and the words in each."""
        for known, chunks in self._held:
            if known is pieces:
                yield from chunks
                return
        room = -1 if isinstance(pieces, Iterator) else HELD
        held: list[tuple[Any, int]] = []
        for chunk in cut_chunks(pieces):
            placed = self._put(chunk), int(np.count_nonzero(chunk >= 0))
            room -= len(chunk)
            held = [*held, placed] if room >= 0 else []
            yield placed
        if room >= 0:
            self._held.append((pieces, held))


def limit_rates(kept: Any, noise: Floats, shape: Shape) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Highest learning rates for the input and the output row of every word (v,).

    All pairs of a step pull from where it began. What n pulls move a row by, one after the other, has an end, since each
    makes those after it weaker; their sum has none. So a row with n pairs expected in a step has no higher rate than
    LIMIT / n. As the rate falls over the epochs, this concerns fewer and fewer words.
    """
    meetings = shape.step * (2.0 * shape.window if shape.fixed else shape.window + 1.0)
    as_input = meetings * (1 + shape.negative) * kept / kept.sum()
    as_output = meetings * (kept / kept.sum() + shape.negative * noise / noise.sum())
    first, second = ((LIMIT / np.maximum(n, 1e-9)).astype(np.float32) for n in (as_input, as_output))
    return first, second


def to_units(matrix: NDArray[np.float32]) -> NDArray[np.int32]:
    """Whole numbers for weights."""
    return np.rint(np.nan_to_num(np.clip(matrix, -FURTHEST, FURTHEST), nan=FURTHEST) * UNITS).astype(np.int32)


def cut_chunks(pieces: Iterable[NDArray[np.int32]]) -> Iterator[NDArray[np.int32]]:
    """Pieces joined or cut to chunks; the last is filled up with ends of units, to a power of two."""
    waiting: list[NDArray[np.int32]] = []
    n = 0
    for piece in pieces:
        for part in np.split(piece, range(CHUNK - n, len(piece), CHUNK)):
            waiting.append(part)
            n += len(part)
            if n == CHUNK:
                yield np.concatenate(waiting)
                waiting, n = [], 0
    if n:
        rest = np.full(min(CHUNK, max(1 << (n - 1).bit_length(), 1 << 12)), -1, np.int32)
        rest[:n] = np.concatenate(waiting)
        yield rest


def mark_last(chunks: Iterable[tuple[Any, int]]) -> Iterator[tuple[Any, int, bool]]:
    """Each chunk with whether it is the last."""
    before = None
    for chunk in chunks:
        if before is not None:
            yield *before, False
        before = chunk
    if before is not None:
        yield *before, True


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
    pull, loss = weigh_pairs(jnp.einsum("bid,btd->bit", x, y), meet, rows, shape)
    move_in = jnp.einsum("bit,btd->bid", pull * jnp.minimum(rate, tables.most_in[mine][:, :, None]), y)
    move_out = jnp.einsum("bit,bid->btd", pull * jnp.minimum(rate, tables.most_out[rows][:, None, :]), x)
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


def weigh_pairs(products: Any, meet: Any, rows: Any, shape: Shape) -> tuple[Any, Any]:
    """What each product pulls its two rows by, before the learning rate, and the loss.

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
    return weight * (label - chance), -(weight * jnp.log(jnp.maximum(right, FLOOR))).sum()


def fold(moves: Any, shape: Shape) -> Any:
    """Moves of each block's words (blocks, near, d) as those of the step's (step + 2 window, d)."""
    width, over = moves.shape[2], 2 * shape.window
    whole = jnp.pad(moves[:, : shape.block].reshape(-1, width), ((0, over), (0, 0)))
    rest = jnp.pad(moves[:, shape.block :], ((0, 0), (0, shape.block - over), (0, 0))).reshape(-1, width)
    return whole.at[shape.block :].add(rest[: shape.step + over - shape.block])


def add_rows(matrix: Any, rows: Any, moves: Any) -> Any:
    """Add moves to rows of whole numbers, the same row any number of times."""
    return matrix.at[rows].add(jnp.rint(moves * UNITS).astype(jnp.int32), mode="promise_in_bounds")
