"""The kernel of skip-gram with negative sampling: one stratum of the pairs of a stretch.

The vocabulary is in `PARTS` parts. A stratum (a, b) of a stretch holds the pairs whose input word is of part a and
whose target is of part b, with negatives of part b, so that strata (0, b0), (1, b1), ... with different b can be
trained at the same time and never meet in a row: whatever the number of threads, every number is the same.

Inside a stratum, `BLOCK` inputs at a time share one set of negatives. An input that meets c targets would have drawn
c * negative negatives; it takes each of the k shared ones of part b with weight c * negative * P(b) / k, P(b) being the
part's share of the noise. The sum that is expected stays that of Mikolov et al. (2013).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.training._chance import draw_word, mix
from lacunet.embedding.training._rows import KERNEL, ONE, add_rows, apply_sigmoid, copy_row, multiply_rows

BLOCK = 16
"""Inputs that share negatives and are updated together."""
SHARED = 1.2
"""Shared negatives of a block in each part, for every negative of a pair: 24 in all for five."""
FLOOR = np.float32(1e-7)
"""Least probability that enters the loss."""
DRAWS = 1 << 10
"""Room for the draws of one place."""


class Scratch(NamedTuple):
    """Arrays a worker writes to, made once.

    Attributes
    ----------
    inputs
        Copies of a block's input rows.
    rows, targets, weights
        Row of the output matrix behind each product of the block, place of its target, and what it is to be moved by.
    found, chance, whole, power
        Products, their sigmoids, and room for these.
    length, walk
        Targets of each input, and how many of them were dealt with.
    meeting, share
        Inputs that move one output row, and by how much.
    negatives
        Rows of the shared negatives.
    """

    inputs: NDArray[np.float32]
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    weights: NDArray[np.float32]
    found: NDArray[np.float32]
    chance: NDArray[np.float32]
    whole: NDArray[np.int32]
    power: NDArray[np.float32]
    length: NDArray[np.int64]
    walk: NDArray[np.int64]
    meeting: NDArray[np.int64]
    share: NDArray[np.float32]
    negatives: NDArray[np.int64]


def make_scratch(window: int, n_negatives: int, inputs: NDArray[np.float32]) -> Scratch:
    """Scratch for blocks of inputs with a window and a number of shared negatives."""
    room = BLOCK * row_length(window, n_negatives)
    weights, found, chance = (np.zeros(room, np.float32) for _ in range(3))
    whole = np.zeros(room, np.int32)
    near = BLOCK + 2 * window + 1
    return Scratch(
        inputs,
        np.zeros(room, np.int64),
        np.zeros(room, np.int64),
        weights,
        found,
        chance,
        whole,
        whole.view(np.float32),
        np.zeros(BLOCK, np.int64),
        np.zeros(BLOCK, np.int64),
        np.zeros(near, np.int64),
        np.zeros(near, np.float32),
        np.zeros(n_negatives, np.int64),
    )


def row_length(window: int, n_negatives: int) -> int:
    """Products an input may need, and room for the last four to be whole."""
    return -(-(2 * window + n_negatives) // 4) * 4 + 4


@njit(**KERNEL)
def train_stratum(matrices, width, plan, a, b, noise, weight, window, key, rates, scratch):
    """Train on stratum (a, b) and return its loss, the sum over pairs before the updates.

    ``weight`` is what each shared negative counts for a pair. ``rates`` are the learning rate at place 0, what it loses
    with every place, and the least there is.
    """
    inputs, outputs = matrices
    order, targets = plan.order, plan.order[plan.starts[b] : plan.starts[b + 1]]
    k, room = scratch.negatives.size, scratch.rows.size // BLOCK
    begin, loss = 0, 0.0
    for start in range(plan.first[a], plan.last[a], BLOCK):
        block = order[start : min(start + BLOCK, plan.last[a])]
        place = plan.place[block[0]]
        for j in range(k):
            scratch.negatives[j] = draw_word(noise, mix(key, place * DRAWS + b * k + j)) * width
        begin, stop = list_targets(plan, block, targets, begin, window, width, room, scratch)
        for i in range(block.size):
            at, end = i * room, i * room + scratch.length[i] + k
            copy_row(scratch.inputs, i * width, inputs, np.int64(plan.words[block[i]]) * width, width)
            multiply_rows(scratch.inputs, i * width, outputs, scratch.rows, at, end, width, scratch.found)
        apply_sigmoid(scratch.found, block.size * room, scratch.whole, scratch.power, scratch.chance)
        rate = np.float32(max(rates[0] - rates[1] * place, rates[2]))
        loss += weigh_pairs(plan, block, room, rate, np.float32(weight), scratch)
        for i in range(block.size):
            at, end = i * room, i * room + scratch.length[i] + k
            row = np.int64(plan.words[block[i]]) * width
            add_rows(inputs, row, outputs, scratch.rows, scratch.weights, at, end, width)
        move_negatives(outputs, block.size, room, width, scratch)
        move_targets(outputs, plan, block, targets, begin, stop, window, room, width, scratch)
    return loss


@njit(**KERNEL)
def list_targets(plan, block, targets, begin, window, width, room, s):
    """Write which output rows each input of a block is multiplied with: its targets, then the shared negatives.

    Returns where in ``targets`` those of the block begin, and the first behind them.
    """
    k = s.negatives.size
    low, stop = begin, begin
    for i in range(block.size):
        p, at = block[i], i * room
        near, far = max(p - window, plan.left[p]), min(p + window + 1, plan.right[p])
        while low < targets.size and targets[low] < near:
            low += 1
        if i == 0:
            begin = low
        stop = low
        while stop < targets.size and targets[stop] < far:
            t = targets[stop]
            s.rows[at] = np.int64(plan.words[t]) * width
            s.targets[at] = stop
            at += (t != p) & (abs(t - p) <= plan.reach[t])  # written over where it does not count: no branch to guess
            stop += 1
        s.length[i] = at - i * room
        for j in range(k):
            s.rows[at + j] = s.negatives[j]
        for j in range(at + k, at + k + 3):
            s.rows[j] = s.negatives[0]
    return begin, stop


@njit(**KERNEL)
def weigh_pairs(plan, block, room, rate, weight, s):
    """What each product moves its two rows by, and the loss of the block.

    A negative that is the target itself is none for that pair, as in word2vec.c.
    """
    k, loss = s.negatives.size, 0.0
    for i in range(block.size):
        start = i * room
        middle, meetings = start + s.length[i], np.float32(plan.meetings[block[i]])
        hit, missed = 1.0, 1.0
        for r in range(start, middle):
            s.weights[r] = rate * (ONE - s.chance[r])
            hit *= max(s.chance[r], FLOOR)
        for r in range(middle, middle + k):
            s.weights[r] = -rate * weight * meetings * s.chance[r]
            missed *= max(ONE - s.chance[r], FLOOR)
        loss -= np.log(hit) + weight * meetings * np.log(missed)
        for r in range(start, middle):
            for j in range(k):
                if s.negatives[j] == s.rows[r]:
                    s.weights[middle + j] += rate * weight * s.chance[middle + j]
                    loss += weight * np.log(max(ONE - s.chance[middle + j], FLOOR))
        s.walk[i] = start
    return loss


@njit(**KERNEL)
def move_negatives(outputs, n, room, width, s):
    """Update the rows of the shared negatives."""
    for i in range(n):
        s.meeting[i] = i * width
    for j in range(s.negatives.size):
        for i in range(n):
            s.share[i] = s.weights[i * room + s.length[i] + j]
        add_rows(outputs, s.negatives[j], s.inputs, s.meeting, s.share, 0, n, width)


@njit(**KERNEL)
def move_targets(outputs, plan, block, targets, begin, stop, window, room, width, s):
    """Update the rows of the targets; inputs have theirs in the order of the text, so each walks through its own."""
    low = 0
    for y in range(begin, stop):
        t, met = targets[y], 0
        while low < block.size and block[low] < t - window:
            low += 1
        i = low
        while i < block.size and block[i] <= t + window:
            at = s.walk[i]
            hit = (at < i * room + s.length[i]) & (s.targets[at] == y)
            s.meeting[met] = i * width
            s.share[met] = s.weights[at]
            s.walk[i] = at + hit
            met += hit
            i += 1
        if met > 0:
            add_rows(outputs, np.int64(plan.words[t]) * width, s.inputs, s.meeting, s.share, 0, met, width)
