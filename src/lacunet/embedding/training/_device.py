"""Skip-gram with negative sampling on a device of JAX's: one pass over a corpus after the other.

The text is laid out there chunk by chunk (`_device_text`) and trained on in large steps (`_device_step`). Why it is
made so: docs/design/skip-gram-device.md.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.embedding.training._chance import make_noise
from lacunet.embedding.training._device_step import UNITS, Tables, train_steps
from lacunet.embedding.training._device_text import NEVER, STEPS, Shape, Text, lay_text, make_shape
from lacunet.embedding.training._passes import Rates, Totals
from lacunet.embedding.training._weights import Weights
from lacunet.errors import SpecError

CHUNK = 1 << 24
"""Tokens that are laid out at a time."""
HELD = 1 << 29
"""Tokens of a corpus that stay on the device from one pass to the next, at four bytes each."""
FURTHEST = np.float32(16.0)
"""Weights beyond this, half of what a whole number holds, have run away."""


def open_gpu(
    weights: Weights, keep: NDArray[np.float32], noise: Floats, settings: tuple[int, bool, int, float]
) -> "Device":
    """A trainer on JAX's first graphics processor; ``settings`` are the arguments of `make_shape`."""
    try:
        gpu = jax.devices("gpu")[0]
    except RuntimeError as error:
        raise SpecError(
            "device='gpu' was asked for, and JAX finds no GPU. It needs NVIDIA's driver and JAX's plug-in for it. "
            "Install jax[cuda12], or leave device out."
        ) from error
    return Device(weights, keep, noise, make_shape(*settings), gpu)


class Device:
    """One pass after the other over texts, on a device.

    Parameters
    ----------
    weights
        Where passes begin and what they write to.
    keep
        Probability of keeping each word (v,).
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
        noise: Floats,
        shape: Shape,
        device: Any = None,
    ) -> None:
        self._weights, self._shape = weights, shape
        self._device = jax.devices()[0] if device is None else device
        alias = make_noise(noise, np.arange(len(noise)))
        self._tables = Tables(*(self._put(table) for table in (keep, alias.share, alias.other)))
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
                falling = np.array([rates[0] - rates[1] * place, rates[1], rates[2]], np.float32)
                for first in range(0, end, STEPS * self._shape.step):
                    matrices, *some = train_steps(
                        matrices, text, first, end, place, chances[1], falling, self._tables, self._shape
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


def to_units(matrix: NDArray[np.float32]) -> NDArray[np.int32]:
    """Whole numbers for weights; one that is no number counts as run away."""
    near = np.where(np.isfinite(matrix), np.clip(matrix, -FURTHEST, FURTHEST), FURTHEST)
    return np.asarray(np.rint(near * UNITS), np.int32)


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
