"""Which slots are drawn together: stages inside which little is left to depend on each other."""

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.family._book import Book

MOST_CODES = 24
"""Levels beyond which slots are coarsened before they are compared."""
MOST_COMPARED = 16
"""Columns of a slot whose moments are compared."""
COMPARED = 8_000
"""Rows that are compared, about."""
MOST_SLOTS = 150
"""Slots up to which every pair is compared; beyond, stages are cut by position."""


def shared_information(book: Book, level: NDArray[np.integer], seen: NDArray[np.bool_]) -> Floats:
    """Mutual information of every pair of grids, in nats, less its bias; no value is a level of its own."""
    codes, sizes = [], []
    for grid, slot in zip(book.grids, book.slot, strict=True):
        mine, size = _coarse(level[:, slot].astype(np.int64), grid.share, is_ordered=grid.is_ordered)
        codes.append(np.where(seen[:, slot], mine, size))
        sizes.append(size + 1)
    out = np.zeros((len(codes), len(codes)))
    for i in range(len(codes)):
        for j in range(i):
            table = np.bincount(codes[i] * sizes[j] + codes[j], minlength=sizes[i] * sizes[j])
            out[i, j] = out[j, i] = _information(table.reshape(sizes[i], sizes[j]))
    return out


def compared_columns(book: Book) -> NDArray[np.int32]:
    """Columns of the discriminator whose pairwise moments are compared: evenly spaced steps, or frequent levels.

    A few columns for each slot say nearly as much as all, and vary less from batch to batch; and every place.
    """
    found = []
    for grid, slot in zip(book.grids, book.slot, strict=True):
        k = grid.n_levels
        if grid.is_ordered:
            # The first step is always taken and says nothing.
            at = np.unique(np.linspace(min(1, k - 1), k - 1, min(k, MOST_COMPARED)).round().astype(np.int64))
        else:
            at = np.sort(np.argsort(-grid.share, kind="stable")[:MOST_COMPARED])
        found.append(book.first[slot] + at)
    places = book.shape.n_columns + book.slot[[grid.is_ordered for grid in book.grids]]
    return np.concatenate([*found, places]).astype(np.int32)


def _coarse(level: NDArray[np.int64], share: Floats, *, is_ordered: bool) -> tuple[NDArray[np.int64], int]:
    size = len(share)
    if size <= MOST_CODES:
        return level, size
    if is_ordered:
        return level * MOST_CODES // size, MOST_CODES
    place = np.full(size, MOST_CODES - 1, dtype=np.int64)
    place[np.argsort(-share, kind="stable")[: MOST_CODES - 1]] = np.arange(MOST_CODES - 1)
    return place[level], MOST_CODES


def _information(counts: NDArray[np.int64]) -> float:
    joint = counts / max(counts.sum(), 1)
    one, other = joint.sum(axis=1), joint.sum(axis=0)
    at = joint > 0
    raw = float(np.sum(joint[at] * np.log(joint[at] / np.outer(one, other)[at])))
    bias = (np.sum(one > 0) - 1) * (np.sum(other > 0) - 1) / (2 * max(counts.sum(), 1))
    return max(raw - float(bias), 0.0)


def cut_stages(
    information: Floats, n_stages: int, gate: NDArray[np.integer], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Stage of each grid: equal numbers, as little shared information inside a stage as exchanges of two can reach.

    Parameters
    ----------
    information
        Of every pair of grids, shape (g, g).
    n_stages
        K; as many as grids draws one after the other, 1 draws all at once.
    gate
        For each grid the one that says whether it has a value, or -1; it is never drawn later.
    rng
        Source of chance of the exchanges.
    """
    n = len(information)
    n_stages = min(n_stages, n)
    most = -(-n // n_stages)
    stage = np.full(n, -1)
    for j in np.argsort(-information.sum(axis=1), kind="stable"):
        costs = [information[j, stage == k].sum() if (stage == k).sum() < most else np.inf for k in range(n_stages)]
        stage[j] = int(np.argmin(costs))
    for a, b in rng.integers(n, size=(300 * n, 2)) if n <= MOST_SLOTS else ():
        in_a, in_b = stage == stage[a], stage == stage[b]
        if stage[a] == stage[b]:
            continue
        now = information[a, in_a].sum() + information[b, in_b].sum()
        then = information[a, in_b].sum() + information[b, in_a].sum() - 2 * information[a, b]
        if then < now - 1e-9:
            stage[a], stage[b] = stage[b], stage[a]
    # What tells most about the others comes first.
    told = [-information[stage == k].sum() for k in range(n_stages)]
    stage = np.argsort(np.argsort(told, kind="stable"), kind="stable")[stage]
    for j in np.flatnonzero(gate >= 0):
        stage[gate[j]] = min(stage[gate[j]], stage[j])
    return np.unique(stage, return_inverse=True)[1].astype(np.int64)
