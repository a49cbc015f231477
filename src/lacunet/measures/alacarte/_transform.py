"""The matrix that takes mean context vectors to word vectors, and whether it finds words that it has not seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.linalg
from threadpoolctl import threadpool_limits

from lacunet._rng import generator
from lacunet._typing import Bools, Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError
from lacunet.measures.alacarte._context_sums import ContextSums

BLOCK = 4096
"""Words whose rows are taken into the factorisation at once."""
WEIGHTINGS = ("log", "threshold")


@dataclass(frozen=True, eq=False)
class Estimate:
    """A transform with its check.

    Attributes
    ----------
    transform
        A (d, d), float64: a vector is A times the mean vector of its context.
    recovery
        One row a word: word, count, cosine, held_out.
    rank
        Rank of the weighted context vectors; below d, of all matrices that fit alike the smallest was taken.
    """

    transform: Floats
    recovery: pd.DataFrame
    rank: int


def weigh(counts: Integers, weighting: str, threshold: int) -> Floats:
    """Weight of each word: the logarithm of its count, or whether the count reaches a threshold."""
    return np.log(np.maximum(counts, 1)) if weighting == "log" else (counts >= threshold).astype(np.float64)


def estimate_transform(
    space: Embeddings, sums: ContextSums, weighting: str, threshold: int, held_out: float, seed: int
) -> Estimate:
    r"""Weighted least squares, first without the held-out words and then with all.

    .. math:: \hat A = \arg\min_A \sum_w \alpha(n_w) \lVert v_w - A u_w \rVert^2

    The weighted rows (u_w, v_w) are brought to a triangle by Householder reflections, some rows at a time, so that the
    condition of the problem is not squared and memory stays small. Held-out words are taken in last: the same
    triangle, before and after, serves the check and the final matrix.
    """
    weight = np.where(sums.times > 0, weigh(sums.counts, weighting, threshold), 0.0)
    used = np.flatnonzero(weight > 0)
    if len(used) <= space.dim:
        raise DataError(
            f"{len(used):,} words can tell of the transform, which has {space.dim} dimensions. More words than "
            "dimensions are needed, better ten times as many. Lower min_count (or threshold), take a larger corpus, or "
            "hand over a transform= that was estimated elsewhere."
        )
    is_out = _hold_out(sums.counts[used], held_out, seed)
    means = sums.means[used]
    root = np.sqrt(weight[used])
    vectors = space.vectors[sums.rows[used]].astype(np.float64)
    with threadpool_limits(limits=1):
        triangle = _reduce(means, vectors, root, np.flatnonzero(~is_out), None)
        first, _ = _solve(triangle, space.dim)
        if is_out.any():
            triangle = _reduce(means, vectors, root, np.flatnonzero(is_out), triangle)
        transform, rank = _solve(triangle, space.dim)
        cosines = cosines_of_rows(means @ first.T, vectors)
    recovery = pd.DataFrame(
        {
            "word": [space.words[row] for row in sums.rows[used]],
            "count": sums.counts[used],
            "cosine": cosines,
            "held_out": is_out,
        }
    )
    return Estimate(transform, recovery, rank)


def recover(space: Embeddings, sums: ContextSums, transform: Floats) -> pd.DataFrame:
    """How well a transform from elsewhere finds the words of a space: all of them are held out."""
    used = np.flatnonzero(sums.times > 0)
    with threadpool_limits(limits=1):
        cosines = cosines_of_rows(sums.means[used] @ transform.T, space.vectors[sums.rows[used]].astype(np.float64))
    words = [space.words[row] for row in sums.rows[used]]
    return pd.DataFrame({"word": words, "count": sums.counts[used], "cosine": cosines, "held_out": True})


def cosines_of_rows(one: Floats, other: Floats) -> Floats:
    """Cosine of each row with the row beside it (n,); NaN where one is all zeros."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.einsum("nd,nd->n", one, other) / (np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1))


def _hold_out(counts: Integers, share: float, seed: int) -> Bools:
    """Words left out: of every run of words of about equal count, one drawn at random."""
    is_out = np.zeros(len(counts), dtype=bool)
    n_out = round(share * len(counts))
    if n_out:
        rng = generator(seed, "held-out words")
        order = np.argsort(-counts, kind="stable")
        for run in np.array_split(order, n_out):
            is_out[run[rng.integers(len(run))]] = True
    return is_out


def _reduce(means: Floats, vectors: Floats, root: Floats, rows: Integers, triangle: Floats | None) -> Floats:
    """Triangle of the weighted rows [u, v], on top of a triangle that is there already."""
    for block in _blocks(rows):
        weighted = np.hstack([means[block], vectors[block]]) * root[block, None]
        stacked = weighted if triangle is None else np.vstack([triangle, weighted])
        triangle = scipy.linalg.qr(stacked, mode="r", overwrite_a=True, check_finite=False)[0][: stacked.shape[1]]
    assert triangle is not None
    return triangle


def _blocks(rows: Integers) -> Iterator[Integers]:
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def _solve(triangle: Floats, dim: int) -> tuple[Floats, int]:
    """The transform that a triangle stands for, and the rank of its contexts."""
    found, _, rank, _ = scipy.linalg.lstsq(triangle[:dim, :dim], triangle[:dim, dim:], check_finite=False)
    return np.ascontiguousarray(found.T), int(rank)
