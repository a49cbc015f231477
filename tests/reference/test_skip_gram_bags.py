"""CBOW, hierarchical softmax and subwords: gradients and whole fits against NumPy, codes against brute force."""

import heapq
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lacunet.embedding import SkipGram
from lacunet.embedding._start import begin
from lacunet.embedding.text import read_corpus
from lacunet.embedding.training._chance import draw_word, make_key, make_noise, mix
from lacunet.embedding.training._strata import DRAWS
from lacunet.embedding.training._subwords import list_subwords, number_subwords
from lacunet.embedding.training._trainer import make_keep
from lacunet.embedding.training._tree import list_ways

STEP = 1e-6
"""Of central differences in float64."""
DIFFERENCES = 1e-8
WHOLE_FIT = 2e-5
"""Absolute: some thousand updates of numbers around 1 in single precision."""
EXACT = 1e-6
"""Means of floats."""
MODELS = {
    "cbow": {"cbow": True},
    "tree": {"negative": 0},
    "cbow and tree": {"cbow": True, "negative": 0},
    "subwords": {"subwords": (2, 4)},
    "subwords and tree": {"subwords": (2, 3), "negative": 0},
    "subwords in bags": {"subwords": (2, 3), "cbow": True, "fixed_window": True},
}


def loss_of(mean, rows, labels):
    return np.logaddexp(0, np.where(labels > 0, -1, 1) * (rows @ mean)).sum()


def gradients(mean, rows, labels):
    """By the mean and by the output rows, in closed form."""
    slope = 1 / (1 + np.exp(-rows @ mean)) - labels
    return slope @ rows, slope[:, None] * mean


def windows_of(unit, places, keep, key, window, fixed):
    """Words kept of a unit, their places in the pass and their reach, from the definition."""
    found = []
    for word, place in zip(unit, places):
        bits = int(mix(key, place))
        if (bits & 0xFFFFFF) / 2**24 < keep[word]:
            found.append((word, place, window if fixed else 1 + ((bits >> 32) * window >> 32)))
    return found


def examples_of(kept, window, together):
    """Place, target, words of the bag and number of the example, in the order of the text."""
    for t, (target, place, reach) in enumerate(kept):
        near = [p for p in range(max(t - reach, 0), min(t + reach + 1, len(kept))) if p != t]
        if together:
            if near:
                yield place, target, [kept[p][0] for p in near], 0
        else:
            for p in near:
                yield place, target, [kept[p][0]], p - t + window


def fit_in_numpy(spec, corpus, seed):
    """Input and output rows and the losses of all epochs, in double precision."""
    vocabulary = corpus.vocabulary(spec.min_count)
    v, n_words = len(vocabulary), vocabulary.n_tokens
    state = begin(spec, vocabulary, seed)
    bags, width = state.bags, state.weights.width
    inputs, outputs = (flat.reshape(-1, width)[:, : spec.dim].astype(float) for flat in state.weights[:2])
    noise, keep = make_noise(vocabulary.counts**0.75, np.arange(v)), make_keep(vocabulary.counts, spec.sample)
    first_rate = 0.05 if spec.cbow else 0.025
    tokens = np.concatenate(list(corpus.pieces(vocabulary)))
    units = [part[part >= 0] for part in np.split(tokens, np.flatnonzero(tokens < 0) + 1)]
    losses, total = [], n_words * spec.epochs
    for epoch in range(spec.epochs):
        laying, drawing = (make_key(seed, f"skip-gram {what}", epoch + 1) for what in ("windows", "negatives"))
        loss = n = read = 0
        for unit in units:
            kept = windows_of(unit, range(read, read + len(unit)), keep, laying, spec.window, spec.fixed_window)
            read += len(unit)
            for place, target, words, number in examples_of(kept, spec.window, spec.cbow):
                bag = np.concatenate([bags.rows[bags.starts[w] : bags.starts[w + 1]] for w in words])
                outs = bags.nodes[bags.ways[target] : bags.ways[target + 1]]
                labels = 1.0 - bags.codes[bags.ways[target] : bags.ways[target + 1]]
                if spec.negative:
                    bits = np.uint64(mix(drawing, place * DRAWS + number))
                    drawn = [draw_word(noise, np.uint64(mix(bits, j))) for j in range(spec.negative)]
                    outs = np.array([target] + [word for word in drawn if word != target])
                    labels = np.eye(1, len(outs))[0]
                mean = inputs[bag].mean(axis=0)
                loss, n = loss + loss_of(mean, outputs[outs], labels), n + 1
                rate = first_rate * max(1 - (epoch * n_words + place) / (total + 1), 1e-4)
                by_mean, by_row = gradients(mean, outputs[outs], labels)
                np.subtract.at(outputs, outs, rate * by_row)
                np.subtract.at(inputs, bag, rate * by_mean)
        losses.append(loss / n)
    return inputs, outputs, losses


def test_gradients_are_those_of_the_loss():
    rng = np.random.default_rng(1)
    mean, rows, labels = rng.normal(size=4), rng.normal(size=(5, 4)), np.array([1.0, 0, 0, 1, 0])
    by_mean, by_row = gradients(mean, rows, labels)
    for j, step in enumerate(np.eye(4) * STEP):
        slope = (loss_of(mean + step, rows, labels) - loss_of(mean - step, rows, labels)) / (2 * STEP)
        assert by_mean[j] == pytest.approx(slope, abs=DIFFERENCES)
        for r in range(5):
            move = np.zeros((5, 4))
            move[r] = step
            slope = (loss_of(mean, rows + move, labels) - loss_of(mean, rows - move, labels)) / (2 * STEP)
            assert by_row[r, j] == pytest.approx(slope, abs=DIFFERENCES)


@pytest.fixture(scope="module")
def corpus():
    rng = np.random.default_rng(6)
    words = np.array(["state", "states", "stated", "nation", "nations", "natal", "union", "unions", "onion", "a"])
    share = 1 / np.arange(1, 11)
    drawn = words[rng.choice(10, 700, p=share / share.sum())]
    return read_corpus([part.tolist() for part in np.split(drawn, [3, 4, 60, 61, 400])])


@pytest.mark.parametrize("model", MODELS)
def test_a_whole_fit_is_that_of_numpy(corpus, model):
    spec = SkipGram(
        **{"dim": 9, "window": 3, "epochs": 2, "min_count": 2, "sample": 0.05, "held_out": 0} | MODELS[model]
    )
    fitted = spec.fit(corpus, seed=11)
    inputs, outputs, losses = fit_in_numpy(spec, corpus, 11)
    rows = fitted.vectors if spec.subwords is None else fitted.input_rows
    np.testing.assert_allclose(rows, inputs, atol=WHOLE_FIT)
    np.testing.assert_allclose(fitted._outputs, outputs, atol=WHOLE_FIT)
    assert [row["train_loss"] for row in fitted.history] == pytest.approx(losses, rel=WHOLE_FIT)
    assert abs(outputs).max() > 100 * WHOLE_FIT
    assert (fitted.context_vectors is None) == (spec.negative == 0)


def test_vectors_are_means_over_a_word_and_its_subwords(corpus):
    fitted = SkipGram(dim=7, epochs=1, min_count=2, subwords=(3, 4)).fit(corpus, seed=1)
    row = {part: i for i, part in enumerate(fitted.subwords, len(fitted))}
    for i, word in enumerate(fitted.words):
        own = [i] + [row[part] for part in by_fasttext(word, 3, 4)]
        np.testing.assert_allclose(fitted[word], fitted.input_rows[own].mean(axis=0), atol=EXACT)


def test_an_unknown_word_is_guessed_by_its_known_subwords(corpus):
    fitted = SkipGram(dim=7, epochs=1, min_count=2, subwords=(3, 4)).fit(corpus, seed=1)
    row = {part: i for i, part in enumerate(fitted.subwords, len(fitted))}
    known = [row[part] for part in by_fasttext("stating", 3, 4) if part in row]
    assert 0 < len(known) < len(list(by_fasttext("stating", 3, 4)))
    np.testing.assert_allclose(fitted.guess("stating"), fitted.input_rows[known].mean(axis=0), atol=EXACT)
    np.testing.assert_array_equal(fitted.guess("state"), fitted["state"])


def by_fasttext(word, shortest, longest):
    """`Dictionary::computeSubwords` of fastText, the whole word apart, which has a row of its own."""
    marked = f"<{word}>"
    for start in range(len(marked)):
        for n in range(shortest, longest + 1):
            end = start + n
            is_mark = n == 1 and (start == 0 or end == len(marked))
            if end <= len(marked) and not is_mark and n < len(marked):
                yield marked[start:end]


@given(st.text("abné中", min_size=1, max_size=9), st.integers(1, 4), st.integers(0, 3))
def test_subwords_are_those_of_fasttext(word, shortest, more):
    sizes = (shortest, shortest + more)
    assert Counter(list_subwords(word, sizes)) == Counter(by_fasttext(word, *sizes))


def test_rows_of_subwords_are_shared_between_words():
    starts, rows, subwords = number_subwords(["state", "estate", "st"], (3, 3))
    names = ["state", "estate", "st", *subwords]
    found = [[names[row] for row in rows[starts[w] : starts[w + 1]]] for w in range(3)]
    assert found == [
        ["state", "<st", "sta", "tat", "ate", "te>"],
        ["estate", "<es", "est", "sta", "tat", "ate", "te>"],
        ["st", "<st", "st>"],
    ]
    assert len(set(subwords)) == len(subwords)


def cost_of(ways, counts):
    return int(np.diff(ways) @ counts)


def least_cost(counts):
    """By brute force over all lengths that a prefix code can have (Kraft)."""
    lengths = product(range(1, len(counts)), repeat=len(counts))
    return min(int(np.dot(some, counts)) for some in lengths if sum(2.0**-n for n in some) <= 1)


@given(st.lists(st.integers(1, 60), min_size=2, max_size=5))
def test_codes_cost_as_little_as_any_can(counts):
    counts = np.array(sorted(counts, reverse=True))
    assert cost_of(list_ways(counts)[0], counts) == least_cost(counts)


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=300))
def test_codes_are_a_tree_of_least_cost(counts):
    counts = np.array(sorted(counts, reverse=True))
    v = len(counts)
    ways, nodes, codes = list_ways(counts)
    heap, cost = counts.tolist(), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        both = heapq.heappop(heap) + heapq.heappop(heap)
        cost += both
        heapq.heappush(heap, both)
    assert cost_of(ways, counts) == cost
    follow = {}
    for word in range(v):
        way = nodes[ways[word] : ways[word + 1]].tolist()
        assert way[0] == v - 2
        turns = codes[ways[word] : ways[word + 1]].tolist()
        for node, turn, to in zip(way, turns, [*way[1:], ("word", word)]):
            assert follow.setdefault((node, turn), to) == to
    # Every turn at every node leads to one place, and every place is reached once: no code begins with another.
    assert set(follow) == set(product(range(v - 1), (0, 1)))
    assert len(set(follow.values())) == len(follow) == 2 * v - 2


def test_probabilities_of_a_tree_sum_to_one():
    rng = np.random.default_rng(3)
    ways, nodes, codes = list_ways(np.array([50, 20, 20, 9, 4, 1, 1]))
    rows, vector = rng.normal(size=(6, 5)), rng.normal(size=5)
    share = [np.exp(-loss_of(vector, rows[nodes[a:b]], 1.0 - codes[a:b].astype(float))) for a, b in pairwise(ways)]
    assert sum(share) == pytest.approx(1)


def test_the_tree_learns_conditional_probabilities():
    # Three words after one another in a ring with known chances: the tree must give them back.
    rng = np.random.default_rng(9)
    chain = np.array([[0.1, 0.7, 0.2], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]])
    words = [0]
    for x in rng.random(60_000):
        words.append(min(int(np.searchsorted(chain[words[-1]].cumsum(), x)), 2))
    fitted = SkipGram(dim=4, window=1, negative=0, epochs=2, sample=0, held_out=0).fit(
        read_corpus([[f"w{word}" for word in words]]), seed=1
    )
    row = np.array([fitted.words.index(f"w{word}") for word in words])
    pairs = np.zeros((3, 3))
    np.add.at(pairs, (row[:-1], row[1:]), 1)
    pairs += pairs.T
    ways, nodes, codes = list_ways(fitted.counts)
    found = [
        [
            np.exp(-loss_of(vector, fitted._outputs[nodes[a:b]].astype(float), 1.0 - codes[a:b].astype(float)))
            for a, b in pairwise(ways)
        ]
        for vector in fitted.vectors.astype(float)
    ]
    np.testing.assert_allclose(found, pairs / pairs.sum(axis=1, keepdims=True), atol=0.02)
