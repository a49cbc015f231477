"""The kernel of skip-gram with negative sampling: one stratum of the pairs of a stretch.

The vocabulary is in `PARTS` parts. A stratum (a, b) of a stretch holds the pairs whose input word is of part a and
whose target is of part b, with negatives of part b, so that strata (0, b0), (1, b1), ... with different b can be
trained at the same time and never meet in a row: whatever the number of threads, every number is the same.

Inside a stratum, `BLOCK` inputs at a time share one set of negatives. An input that meets c targets would have drawn
c * negative negatives; it takes each of the k shared ones of part b with weight c * negative * P(b) / k, P(b) being the
part's share of the noise. The sum that is expected stays that of Mikolov et al. (2013).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.training._chance import draw_word, mix
from lacunet.embedding.training._gate import wait_for
from lacunet.embedding.training._plan import PARTS
from lacunet.embedding.training._rows import (
    KERNEL,
    ONE,
    add_rows,
    apply_sigmoid,
    copy_row,
    multiply_block,
    multiply_pairs,
    prefetch_row,
)

# Compiled from: 1f211ffa262d

BLOCK = 8
"""Inputs that share negatives and are updated together."""
SHARED = 1.6
"""Shared negatives of a block in each part, for every negative of a pair, up to a multiple of four: 32 in all for five.
Fewer cost agreement between seeds (docs/design/skip-gram.md)."""
FLOOR = np.float32(1e-7)
"""Least probability that enters the loss."""
LEAST = 1e-290
"""Products of probabilities below it enter the loss at once, before they are 0."""
DRAWS = 1 << 13
"""Room for the draws of one place."""


class Scratch(NamedTuple):
    """Arrays a worker writes to, made once.

    The pairs of a block come first in ``found``, ``chance`` and ``weights``, then, from a multiple of four on, its
    inputs times its negatives.

    Attributes
    ----------
    inputs
        Copies of the block's input rows.
    sources, rows, targets
        Of each pair: its input's place in ``inputs``, its target's in the output matrix, and which target it is.
    ends
        First pair of each input, and the first behind them all.
    walk
        First pair of each input that is not dealt with.
    found, chance, weights, whole, power
        Products, their sigmoids, what they move rows by, and room for the sigmoid.
    line, line_weights
        Rows that move one row, and by how much.
    negatives
        Rows of the shared negatives.
    """

    inputs: NDArray[np.float32]
    sources: NDArray[np.int64]
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    ends: NDArray[np.int64]
    walk: NDArray[np.int64]
    found: NDArray[np.float32]
    chance: NDArray[np.float32]
    weights: NDArray[np.float32]
    whole: NDArray[np.int32]
    power: NDArray[np.float32]
    line: NDArray[np.int64]
    line_weights: NDArray[np.float32]
    negatives: NDArray[np.int64]


def count_shared(negative: int) -> int:
    """Shared negatives of a block in each part."""
    return 4 * math.ceil(SHARED * negative / 4)


def make_scratch(window: int, negative: int, inputs: NDArray[np.float32]) -> Scratch:
    """Scratch for blocks of inputs, whose copies have room in ``inputs``."""
    k, most = count_shared(negative), BLOCK * 2 * window + 4
    sources, rows, targets = (np.zeros(most, np.int64) for _ in range(3))
    found, chance, weights = (np.zeros(most + BLOCK * k, np.float32) for _ in range(3))
    whole = np.zeros(len(found), np.int32)
    long = k + 2 * window + BLOCK
    return Scratch(
        inputs,
        sources,
        rows,
        targets,
        np.zeros(BLOCK + 1, np.int64),
        np.zeros(BLOCK, np.int64),
        found,
        chance,
        weights,
        whole,
        whole.view(np.float32),
        np.zeros(long, np.int64),
        np.zeros(long, np.float32),
        np.zeros(k, np.int64),
    )


@njit(**KERNEL)
def train_stretch(me, n_threads, gate, matrices, width, plan, noises, weights, window, key, rates, scratch, losses):
    """Train on one thread's strata of a stretch, round by round; all threads end a round before one begins the next.

    ``losses`` gets the loss of each stratum (PARTS, PARTS), by round and part of the inputs.
    """
    for turn in range(PARTS):
        for a in range(me, PARTS, n_threads):
            b = (a + turn) % PARTS
            if noises[b].word.size > 0:
                losses[turn, a] = train_stratum(
                    matrices, width, plan, a, b, noises[b], weights[b], window, key, rates, scratch
                )
        wait_for(gate, (turn + 1) * n_threads)


@njit(**KERNEL)
def train_stratum(matrices, width, plan, a, b, noise, weight, window, key, rates, scratch):
    """Train on stratum (a, b) and return its loss, the sum over pairs before the updates.

    ``weight`` is what each shared negative counts for a pair. ``rates`` are the learning rate at place 0, what it loses
    with every place, and the least there is.
    """
    s, (inputs, outputs) = scratch, matrices
    order, targets = plan.order, plan.order[plan.starts[b] : plan.starts[b + 1]]
    k = s.negatives.size
    begin, loss = 0, 0.0
    for start in range(plan.first[a], plan.last[a], BLOCK):
        block = order[start : min(start + BLOCK, plan.last[a])]
        place = plan.place[block[0]]
        for j in range(k):
            s.negatives[j] = draw_word(noise, mix(key, place * DRAWS + b * k + j)) * width
        begin, stop = list_pairs(plan, block, targets, begin, window, width, s)
        look_ahead(matrices, width, plan, start, a, targets, stop, s)
        for i in range(block.size):
            copy_row(s.inputs, i * width, inputs, np.int64(plan.words[block[i]]) * width, width)
        n = s.ends[block.size]
        middle = (n + 3) & ~3
        multiply_pairs(s.inputs, s.sources, outputs, s.rows, n, width, s.found)
        multiply_block(s.inputs, block.size, outputs, s.negatives, k, width, s.found, middle)
        apply_sigmoid(s.found, middle + block.size * k, s.whole, s.power, s.chance)
        rate = np.float32(max(rates[0] - rates[1] * place, rates[2]))
        loss += weigh_pairs(plan, block, middle, rate, np.float32(weight), s)
        move_inputs(inputs, outputs, plan, block, middle, width, s)
        move_negatives(outputs, block.size, middle, width, s)
        move_targets(outputs, plan, block, targets, begin, stop, window, width, s)
    return loss


@njit(**KERNEL)
def look_ahead(matrices, width, plan, start, a, targets, stop, s):
    """Ask for the rows of this block's negatives, and of the next block's inputs and first targets."""
    inputs, outputs = matrices
    for j in range(s.negatives.size):
        prefetch_row(outputs, s.negatives[j], width)
    for i in range(start + BLOCK, min(start + 2 * BLOCK, plan.last[a])):
        prefetch_row(inputs, np.int64(plan.words[plan.order[i]]) * width, width)
    for y in range(stop, min(stop + BLOCK, targets.size)):
        prefetch_row(outputs, np.int64(plan.words[targets[y]]) * width, width)


@njit(**KERNEL)
def list_pairs(plan, block, targets, begin, window, width, s):
    """Write the pairs of a block, input by input, targets in the order of the text.

    Returns where in ``targets`` those of the block begin, and the first behind them.
    """
    low, stop, at = begin, begin, 0
    for i in range(block.size):
        p = block[i]
        near, far = max(p - window, plan.left[p]), min(p + window + 1, plan.right[p])
        while low < targets.size and targets[low] < near:
            low += 1
        if i == 0:
            begin = low
        s.ends[i] = at
        s.walk[i] = at
        stop = low
        while stop < targets.size and targets[stop] < far:
            t = targets[stop]
            s.sources[at] = i * width
            s.rows[at] = np.int64(plan.words[t]) * width
            s.targets[at] = stop
            at += (t != p) & (abs(t - p) <= plan.reach[t])  # written over where it does not count: no branch to guess
            stop += 1
    s.ends[block.size] = at
    for r in range(at, at + 3):
        s.sources[r] = 0
        s.rows[r] = s.negatives[0]
    return begin, stop


@njit(**KERNEL)
def weigh_pairs(plan, block, middle, rate, weight, s):
    """What each product moves its two rows by, and the loss of the block.

    A negative that is the target itself is none for that pair, as in word2vec.c.
    """
    k, loss = s.negatives.size, 0.0
    for i in range(block.size):
        first, share = middle + i * k, weight * np.float32(plan.meetings[block[i]])
        hit, missed = 1.0, 1.0
        for r in range(first, first + k):
            s.weights[r] = -rate * share * s.chance[r]
            missed *= max(ONE - s.chance[r], FLOOR)
            if missed < LEAST:
                loss -= share * np.log(missed)
                missed = 1.0
        for r in range(s.ends[i], s.ends[i + 1]):
            s.weights[r] = rate * (ONE - s.chance[r])
            hit *= max(s.chance[r], FLOOR)
            if hit < LEAST:
                loss -= np.log(hit)
                hit = 1.0
            for j in range(k):
                if s.negatives[j] == s.rows[r]:
                    s.weights[first + j] += rate * weight * s.chance[first + j]
                    loss += weight * np.log(max(ONE - s.chance[first + j], FLOOR))
        loss -= np.log(hit) + share * np.log(missed)
    return loss


@njit(**KERNEL)
def move_inputs(inputs, outputs, plan, block, middle, width, s):
    """Update the input rows, while the output rows are still as they were."""
    k = s.negatives.size
    for j in range(k):
        s.line[j] = s.negatives[j]
    for i in range(block.size):
        n = k
        for j in range(k):
            s.line_weights[j] = s.weights[middle + i * k + j]
        for r in range(s.ends[i], s.ends[i + 1]):
            s.line[n] = s.rows[r]
            s.line_weights[n] = s.weights[r]
            n += 1
        add_rows(inputs, np.int64(plan.words[block[i]]) * width, outputs, s.line, s.line_weights, 0, n, width)


@njit(**KERNEL)
def move_negatives(outputs, n, middle, width, s):
    """Update the rows of the shared negatives."""
    k = s.negatives.size
    for i in range(n):
        s.line[i] = i * width
    for j in range(k):
        for i in range(n):
            s.line_weights[i] = s.weights[middle + i * k + j]
        add_rows(outputs, s.negatives[j], s.inputs, s.line, s.line_weights, 0, n, width)


@njit(**KERNEL)
def move_targets(outputs, plan, block, targets, begin, stop, window, width, s):
    """Update the rows of the targets; inputs have theirs in the order of the text, so each walks through its own."""
    low = 0
    for y in range(begin, stop):
        t, n = targets[y], 0
        while low < block.size and block[low] < t - window:
            low += 1
        i = low
        while i < block.size and block[i] <= t + window:
            r = s.walk[i]
            hit = (r < s.ends[i + 1]) & (s.targets[r] == y)
            s.line[n] = i * width
            s.line_weights[n] = s.weights[r]
            s.walk[i] = r + hit
            n += hit
            i += 1
        if n > 0:
            add_rows(outputs, np.int64(plan.words[t]) * width, s.inputs, s.line, s.line_weights, 0, n, width)
