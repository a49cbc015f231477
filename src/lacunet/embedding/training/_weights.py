"""The two matrices, laid out for the kernels: rows padded to whole vectors, beginning where a cache line does."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lacunet._rng import generator
from lacunet.embedding.training._vectors import LANES

LINE = 16
"""Floats in a cache line: a vector that straddles two costs twice."""
BLOCK = 1 << 14
"""Rows handled at once where a copy is made, so that it stays small."""


class Weights(NamedTuple):
    """Input and output rows, one after the other, each ``width`` numbers of which the first d count.

    Attributes
    ----------
    inputs, outputs
        Numbers of all rows.
    width
        Numbers in a row.
    dim
        Dimensions d.
    """

    inputs: NDArray[np.float32]
    outputs: NDArray[np.float32]
    width: int
    dim: int


def zeros(n: int) -> NDArray[np.float32]:
    """So many zeros, beginning where a cache line does."""
    whole = np.zeros(n + LINE, np.float32)
    start = -(whole.ctypes.data // whole.itemsize) % LINE
    return whole[start : start + n]


def make_weights(n_inputs: int, n_outputs: int, dim: int, seed: int) -> Weights:
    """Inputs uniform on (-1/2d, 1/2d), outputs 0, as in word2vec.c."""
    width = -(-dim // LANES) * LANES
    weights = Weights(zeros(n_inputs * width), zeros(n_outputs * width), width, dim)
    chance = generator(seed, "skip-gram start")
    rows = weights.inputs.reshape(n_inputs, width)
    for at in range(0, n_inputs, BLOCK):
        some = rows[at : at + BLOCK]
        some[:, :dim] = (chance.random((len(some), dim), np.float32) - np.float32(0.5)) / np.float32(dim)
    return weights


def set_rows(flat: NDArray[np.float32], width: int, numbers: Any, vectors: NDArray[np.float32]) -> None:
    """Write vectors into rows, given by number or as a slice."""
    flat.reshape(-1, width)[numbers, : vectors.shape[1]] = vectors


def match_words(words: Sequence[str], index: Mapping[str, int]) -> tuple[list[int], list[int]]:
    """Places in ``words`` of those that ``index`` knows, and their rows there."""
    found = [(place, index[word]) for place, word in enumerate(words) if word in index]
    return [place for place, _ in found], [row for _, row in found]


def pack_rows(flat: NDArray[np.float32], width: int, dim: int) -> NDArray[np.float32]:
    """Rows without their padding, moved together in place: the matrix (n, d) costs no second one."""
    n = len(flat) // width
    if dim == width:
        return flat.reshape(n, dim)
    rows, packed = flat.reshape(n, width), flat[: n * dim].reshape(n, dim)
    for at in range(0, n, BLOCK):
        packed[at : at + BLOCK] = rows[at : at + BLOCK, :dim].copy()
    return packed
