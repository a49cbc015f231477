"""The kernel for everything else: continuous bag of words, hierarchical softmax, subwords.

Each example is a bag of input rows, whose mean is multiplied with a few output rows that have labels: for negative
sampling a word (1) and its negatives (0), for hierarchical softmax the inner nodes on the way to the word in Huffman's
tree. Examples come one after the other, as in word2vec.c with one thread, so there is nothing for
threads to share.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.training._chance import draw_word, mix
from lacunet.embedding.training._plan import BEGIN, END
from lacunet.embedding.training._rows import (
    KERNEL,
    NOTHING,
    ONE,
    add_rows,
    apply_sigmoid,
    clear_row,
    multiply_rows,
)
from lacunet.embedding.training._strata import DRAWS, FLOOR

# Compiled from: 76d092f950db


class Bags(NamedTuple):
    """Which rows stand for a word: on the way in, and, where there is a tree, on the way out.

    Attributes
    ----------
    starts, rows
        Input rows of word w are ``rows[starts[w]:starts[w + 1]]``: its own and those of its subwords.
    ways, nodes, codes
        Inner nodes from the root to word w and the turns taken there are ``[ways[w]:ways[w + 1]]`` of nodes and codes;
        empty for negative sampling.
    """

    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    ways: NDArray[np.int64]
    nodes: NDArray[np.int32]
    codes: NDArray[np.int8]


class Bench(NamedTuple):
    """Arrays the kernel writes to: mean of the bag and what it is moved by, output rows and their numbers.

    Attributes
    ----------
    mean
        Mean of the bag, then its move (2 * width,).
    bag, unit
        Rows of the bag, and ones to add them with.
    rows, labels, weights, found, chance, whole, power
        Output rows of the example, and what `_rows` needs for them.
    zero
        Place of ``mean`` and of its move.
    """

    mean: NDArray[np.float32]
    bag: NDArray[np.int64]
    unit: NDArray[np.float32]
    rows: NDArray[np.int64]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]
    found: NDArray[np.float32]
    chance: NDArray[np.float32]
    whole: NDArray[np.int32]
    power: NDArray[np.float32]
    zero: NDArray[np.int64]


def make_bench(mean: NDArray[np.float32], bags: Bags, window: int, negative: int) -> Bench:
    """Room for the longest bag and the longest way."""
    longest = int(np.diff(bags.starts).max(initial=1)) * 2 * window
    outs = max(int(np.diff(bags.ways).max(initial=0)), negative + 1) + 4
    whole = np.zeros(outs, np.int32)
    labels, weights, found, chance = (np.zeros(outs, np.float32) for _ in range(4))
    rows = np.zeros(outs, np.int64)
    return Bench(
        mean,
        np.zeros(longest, np.int64),
        np.ones(longest, np.float32),
        rows,
        labels,
        weights,
        found,
        chance,
        whole,
        whole.view(np.float32),
        np.zeros(1, np.int64),
    )


@njit(**KERNEL)
def train_bags(matrices, width, plan, bags, noise, negative, together, window, key, rates, bench):
    """Train on a stretch and return its loss, the sum over examples before their updates, and their number.

    ``together`` makes one bag of all words in a window (CBOW); otherwise each is a bag of its own (skip-gram).
    """
    loss, n = 0.0, 0
    for t in range(plan.state[BEGIN], plan.state[END]):
        rate = np.float32(max(rates[0] - rates[1] * plan.place[t], rates[2]))
        size = 0
        reach = plan.reach[t]
        for p in range(max(t - reach, plan.left[t]), min(t + reach + 1, plan.right[t])):
            if p == t:
                continue
            size = fill_bag(bags, plan.words[p], width, size, bench)
            if not together:
                bits = mix(key, plan.place[t] * DRAWS + p - t + window)
                loss += train_example(matrices, width, plan.words[t], size, bags, noise, negative, bits, rate, bench)
                size, n = 0, n + 1
        if size > 0:
            bits = mix(key, plan.place[t] * DRAWS)
            loss += train_example(matrices, width, plan.words[t], size, bags, noise, negative, bits, rate, bench)
            n += 1
    return loss, n


@njit(**KERNEL)
def fill_bag(bags, word, width, size, bench):
    """Put the rows of a word into the bag."""
    for r in range(bags.starts[word], bags.starts[word + 1]):
        bench.bag[size] = np.int64(bags.rows[r]) * width
        size += 1
    return size


@njit(**KERNEL)
def train_example(matrices, width, word, size, bags, noise, negative, bits, rate, bench):
    """One bag and the word it should lead to; returns the loss before the update.

    Every row of the bag moves by the whole gradient of the mean, as word2vec.c and fastText have it.
    """
    inputs, outputs = matrices
    clear_row(bench.mean, 0, 2 * width)
    share = ONE / np.float32(size)
    for r in range(size):
        bench.unit[r] = share
    add_rows(bench.mean, 0, inputs, bench.bag, bench.unit, 0, size, width)
    n = list_outputs(word, bags, noise, negative, bits, width, bench)
    multiply_rows(bench.mean, 0, outputs, bench.rows, 0, n, width, bench.found)
    apply_sigmoid(bench.found, n, bench.whole, bench.power, bench.chance)
    loss = 0.0
    for r in range(n):
        right = bench.chance[r] if bench.labels[r] > NOTHING else ONE - bench.chance[r]
        loss -= np.log(max(right, FLOOR))
        bench.weights[r] = rate * (bench.labels[r] - bench.chance[r])
    add_rows(bench.mean, width, outputs, bench.rows, bench.weights, 0, n, width)
    for r in range(n):
        add_rows(outputs, bench.rows[r], bench.mean, bench.zero, bench.weights[r : r + 1], 0, 1, width)
    for r in range(size):
        bench.unit[r] = ONE
        bench.zero[0] = width
        add_rows(inputs, bench.bag[r], bench.mean, bench.zero, bench.unit[r : r + 1], 0, 1, width)
    bench.zero[0] = 0
    return loss


@njit(**KERNEL)
def list_outputs(word, bags, noise, negative, bits, width, bench):
    """Output rows of an example and their labels; how many."""
    first = bags.ways[word]
    n = bags.ways[word + 1] - first
    for r in range(n):
        bench.rows[r] = np.int64(bags.nodes[first + r]) * width
        bench.labels[r] = ONE - np.float32(bags.codes[first + r])
    if negative > 0:
        bench.rows[0] = np.int64(word) * width
        bench.labels[0] = ONE
        n = 1
        for j in range(negative):
            drawn = draw_word(noise, mix(bits, j))
            if drawn != word:
                bench.rows[n] = drawn * width
                bench.labels[n] = NOTHING
                n += 1
    for r in range(n, n + 3):
        bench.rows[r] = bench.rows[0]
    return n
