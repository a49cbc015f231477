"""What the distance of two slices would be if documents had fallen into them by chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lacunet._rng import generator
from lacunet._typing import Bools, Floats
from lacunet.measures.change._pieces import Pieces

CELLS = 1 << 22
"""Numbers (permutations times units) worked on at once."""
TIE = 1e-10
"""Distances that differ by less are the same, whatever the order of their sums."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Null:
    """Distances of two slices under permutations.

    Attributes
    ----------
    plain, clean
        Cosine distances of the means as they stand, and without what noise adds (P,).
    p_value
        Share of permutations with a distance (without noise) as large as the one found, itself among them.
    """

    plain: Floats
    clean: Floats
    p_value: float


def permute(each: Sequence[Pieces], n_permutations: int, seed: int, purpose: str, number: int) -> Null:
    """Permute units over two slices, as many in each as there are.

    A unit in one slice changes place with units in the other; a unit in both has its two parts exchanged, or not.
    Frequencies therefore stay what they are: a slice of few mentions has few in every permutation, and the distance
    that it has by chance alone is in the null.

    Parameters
    ----------
    each
        Of two slices, as `Pieces.between` gives them, in each of several fits; the distances are averaged.
    n_permutations
        How many.
    seed, purpose, number
        Name the stream of chance.

    Returns
    -------
    Null
        Plain distances and the p-value.
    """
    rng, pieces = generator(seed, purpose, number), each[0]
    is_first = pieces.slices == 0
    one, other = pieces.pairs()
    single = np.setdiff1d(np.arange(len(is_first)), np.concatenate([one, other]))
    found = _average(each, is_first[None])[0][0]
    cleans, plains = [np.empty(0)], [np.empty(0)]
    n_above, step = 0, max(1, CELLS // max(len(is_first), 1))
    for first in range(0, n_permutations, step):
        count = min(step, n_permutations - first)
        drawn = np.repeat(is_first[None], count, axis=0)
        drawn[:, single] = rng.permuted(drawn[:, single], axis=1)
        is_swapped = rng.random((count, len(one))) < 0.5
        drawn[:, one] ^= is_swapped
        drawn[:, other] ^= is_swapped
        without, as_is = _average(each, drawn)
        # A permutation whose means are noise alone has no distance; it counts as one that is as large.
        n_above += int(np.count_nonzero(~(without < found - TIE)))
        cleans.append(without)
        plains.append(as_is)
    p_value = (1 + n_above) / (1 + n_permutations) if n_permutations and np.isfinite(found) else np.nan
    return Null(plain=np.concatenate(plains), clean=np.concatenate(cleans), p_value=p_value)


def _average(each: Sequence[Pieces], is_first: Bools) -> Floats:
    return np.asarray(np.mean([measure(pieces, is_first) for pieces in each], axis=0))


def measure(pieces: Pieces, is_first: Bools) -> tuple[Floats, Floats]:
    """Cosine distances of two slices for each of several ways to fill them.

    The same as `lacunet.measures.change._distance.average` gives, for all ways at once.

    Parameters
    ----------
    pieces
        Of two slices.
    is_first
        Whether each row is in the first slice (P, m).

    Returns
    -------
    tuple
        Distances without what noise adds, and as they stand, both (P,).
    """
    first = is_first.astype(np.float64)
    sides = [_side(pieces, weights) for weights in (first, 1 - first)]
    one, other = sides
    product = (one.means * other.means).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = 1 - product / np.sqrt(one.square * other.square)
        clean = np.where(one.clean > 0, one.clean, np.nan) * np.where(other.clean > 0, other.clean, np.nan)
        without = 1 - (product - _shared(pieces, is_first, one, other, product)) / np.sqrt(clean)
    return without, plain


@dataclass(frozen=True, kw_only=True, eq=False)
class _Side:
    """One slice under each permutation: n, mean (P, d), its square with and without noise, and S times the mean."""

    n: Floats
    factor: Floats
    means: Floats
    square: Floats
    clean: Floats
    along: Floats


def _side(pieces: Pieces, weights: Floats) -> _Side:
    n, units = weights @ pieces.n, weights.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (weights @ pieces.sums) / n[:, None]
        square = (means**2).sum(axis=1)
        along = means @ pieces.sums.T
        weighted = weights * pieces.n
        far = (
            weights @ (pieces.sums**2).sum(axis=1) - 2 * (weighted * along).sum(axis=1) + square * (weighted @ pieces.n)
        )
        length = (weights * (along - pieces.n * square[:, None]) ** 2).sum(axis=1) / square
        factor = units / (units - 1)
        clean = square - factor * (far - length) / n**2
    return _Side(n=n, factor=factor, means=means, square=square, clean=clean, along=along)


def _shared(pieces: Pieces, is_first: Bools, one: _Side, other: _Side, product: Floats) -> Floats:
    """What units in both slices add to the product of the means (P,)."""
    a, b = pieces.pairs()
    if not len(a):
        return np.zeros(len(is_first))
    is_a = is_first[:, a]
    n_one, n_other = (np.where(is_a, pieces.n[x], pieces.n[y]) for x, y in ((a, b), (b, a)))
    # Products of the errors of the two parts with the two means, and with each other.
    parts = {}
    for name, side in (("one", one), ("other", other)):
        left, right = (np.where(is_a, side.along[:, x], side.along[:, y]) for x, y in ((a, b), (b, a)))
        to_one, to_other = (product, side.square) if name == "other" else (side.square, product)
        parts[name] = left - n_one * to_one[:, None], right - n_other * to_other[:, None]
    inner = (pieces.sums[a] * pieces.sums[b]).sum(axis=1)
    left_along_other = np.where(is_a, other.along[:, a], other.along[:, b])
    right_along_one = np.where(is_a, one.along[:, b], one.along[:, a])
    errors = inner - n_other * left_along_other - n_one * right_along_one + n_one * n_other * product[:, None]
    (u_one, v_one), (u_other, v_other) = parts["one"], parts["other"]
    s, t = one.square[:, None], other.square[:, None]
    errors = errors - u_one * v_one / s - u_other * v_other / t + u_one * v_other * product[:, None] / (s * t)
    return np.asarray(errors.sum(axis=1) / (one.n * other.n) * np.sqrt(one.factor * other.factor))
