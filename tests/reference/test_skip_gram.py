"""Skip-gram with negative sampling against its objective in NumPy: gradients, losses, whole fits, the optimum."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lacunet.embedding import SkipGram
from lacunet.embedding._start import begin
from lacunet.embedding.text import read_corpus
from lacunet.embedding.training._chance import draw_word, make_key, make_noise, mix
from lacunet.embedding.training._passes import Strata, part_words
from lacunet.embedding.training._plan import PARTS, cut_stretches, fill_plan, make_plan
from lacunet.embedding.training._strata import BLOCK, DRAWS, count_shared, make_scratch, train_stratum
from lacunet.embedding.training._trainer import make_keep
from lacunet.embedding.training._weights import zeros

STEP = 1e-6
"""Of central differences in float64."""
GRADIENT = 2e-6
"""Relative, and absolute below 1: sums of a few dozen numbers in single precision."""
LOSS = 1e-6
"""Relative: sigmoids of single precision, summed in double."""
WHOLE_FIT = 2e-5
"""Absolute: some thousand updates of numbers around 1 in single precision."""
NEAR_OPTIMUM = 0.05
"""Of products u.v, whose targets span 1.7: what steps that small still leave of chance in the draws, twice over. Counts
have no sampling error here: both sides are of this very text."""
WIDTH = 16


def terms_of(plan, block, part, b, negatives, weight, window):
    """Rows (input, output), sign and weight of all that a block adds to the objective, from its definition."""
    found = []
    for p in block:
        near = range(max(p - window, plan.left[p]), min(p + window + 1, plan.right[p]))
        targets = [plan.words[t] for t in near if t != p and abs(t - p) <= plan.reach[t]]
        here = [c for c in targets if part[c] == b]
        found += [(plan.words[p], c, 1.0, 1.0) for c in here]
        for c in negatives:
            found.append((plan.words[p], c, -1.0, weight * (len(targets) - here.count(c))))
    return [np.array(column) for column in zip(*found)] if found else [np.empty(0, int)] * 2 + [np.empty(0)] * 2


def loss_of(inputs, outputs, terms):
    w, c, sign, weight = terms
    return float(weight @ np.logaddexp(0, -sign * np.einsum("ij,ij->i", inputs[w], outputs[c])))


def gradients(inputs, outputs, terms):
    """In closed form; by finite differences below."""
    w, c, sign, weight = terms
    slope = -weight * sign / (1 + np.exp(sign * np.einsum("ij,ij->i", inputs[w], outputs[c])))
    by_input, by_output = np.zeros_like(inputs), np.zeros_like(outputs)
    np.add.at(by_input, w, slope[:, None] * outputs[c])
    np.add.at(by_output, c, slope[:, None] * inputs[w])
    return by_input, by_output


def by_differences(loss, matrix):
    found = np.zeros_like(matrix)
    for place in np.ndindex(*matrix.shape):
        held = matrix[place]
        matrix[place] = held + STEP
        above = loss()
        matrix[place] = held - STEP
        found[place] = (above - loss()) / (2 * STEP)
        matrix[place] = held
    return found


def blocks_of(plan, a):
    order = plan.order[plan.first[a] : plan.last[a]]
    return [order[at : at + BLOCK] for at in range(0, len(order), BLOCK)]


def negatives_of(noise, key, place, b, k):
    return [draw_word(noise, np.uint64(mix(key, place * DRAWS + b * k + j))) for j in range(k)]


def plans_of(pieces, key, keep, part, window):
    plans = make_plan(window), make_plan(window)
    for turn, tokens in enumerate(cut_stretches(pieces)):
        plan = plans[turn % 2]
        fill_plan(plan, plans[1 - turn % 2], tokens, key, keep, part, window, False)
        yield plan


def noises_of(counts, part, exponent, negative, k):
    """Noise within each part, and the weight of a shared negative; parts without a word have none."""
    noise = counts.astype(float) ** exponent
    words = [np.flatnonzero(part == b) for b in range(PARTS)]
    return [
        (make_noise(noise[some], some), negative * noise[some].sum() / noise.sum() / k) if len(some) else None
        for some in words
    ]


def fit_in_numpy(spec, corpus, seed):
    """Input and output vectors and the losses of all epochs, in double precision, one block after the other."""
    vocabulary = corpus.vocabulary(spec.min_count)
    v, n_words = len(vocabulary), vocabulary.n_tokens
    start = begin(spec, vocabulary, seed).weights
    inputs = start.inputs.reshape(v, -1)[:, : spec.dim].astype(float)
    outputs = np.zeros_like(inputs)
    part, k = part_words(v), count_shared(spec.negative)
    noises = noises_of(vocabulary.counts, part, spec.exponent, spec.negative, k)
    losses, total = [], n_words * spec.epochs
    for epoch in range(spec.epochs):
        laying, drawing = (make_key(seed, f"skip-gram {what}", epoch + 1) for what in ("windows", "negatives"))
        loss, n_pairs = 0.0, 0
        keep = make_keep(vocabulary.counts, spec.sample)
        for plan in plans_of(corpus.pieces(vocabulary), laying, keep, part, spec.window):
            for a, b in ((a, (a + turn) % PARTS) for turn in range(PARTS) for a in range(PARTS)):
                for block in blocks_of(plan, a):
                    place, (noise, weight) = int(plan.place[block[0]]), noises[b]
                    negatives = negatives_of(noise, drawing, place, b, k)
                    terms = terms_of(plan, block, part, b, negatives, weight, spec.window)
                    rate = 0.025 * max(1 - (epoch * n_words + place) / (total + 1), 1e-4)
                    loss += loss_of(inputs, outputs, terms)
                    n_pairs += int((terms[2] > 0).sum())
                    moves = gradients(inputs, outputs, terms)
                    inputs -= rate * moves[0]
                    outputs -= rate * moves[1]
        losses.append(loss / n_pairs)
    return inputs, outputs, losses


@pytest.fixture
def three_words():
    """A plan of three words, each of a part of its own, and vectors large enough for slopes to differ."""
    rng = np.random.default_rng(2)
    tokens = np.array([0, 1, 2, 1, 0, 2, 2, 1, -1, 2, 0, 0, 1, -1, 1, -1], np.int32)
    part = part_words(3)
    plan, *_ = plans_of([tokens], np.uint64(3), np.full(3, 2, np.float32), part, 2)
    flat = zeros(3 * WIDTH), zeros(3 * WIDTH)
    for matrix in flat:
        matrix.reshape(3, WIDTH)[:, :5] = rng.normal(size=(3, 5))
    return plan, part, flat


@pytest.mark.parametrize("b", range(3))
@pytest.mark.parametrize("a", range(3))
def test_a_step_is_the_gradient_of_the_objective(three_words, a, b):
    plan, part, flat = three_words
    counts, key, k, rate = np.array([4, 5, 4]), np.uint64(9), count_shared(5), 1.0
    noise, weight = noises_of(counts, part, 0.75, 5, k)[b]
    inputs, outputs = (matrix.reshape(3, WIDTH).astype(float) for matrix in flat)
    (block,) = blocks_of(plan, a)
    negatives = negatives_of(noise, key, int(plan.place[block[0]]), b, k)
    terms = terms_of(plan, block, part, b, negatives, weight, 2)
    assert set(negatives) == {b}
    assert (terms[2] > 0).any()
    scratch = make_scratch(2, 5, zeros(BLOCK * WIDTH))
    loss = train_stratum(flat, WIDTH, plan, a, b, noise, weight, 2, key, (rate, 0.0, 0.0), scratch)
    assert loss == pytest.approx(loss_of(inputs, outputs, terms), rel=LOSS)
    for matrix, moved, closed in zip((inputs, outputs), flat, gradients(inputs, outputs, terms)):
        slope = by_differences(lambda: loss_of(inputs, outputs, terms), matrix)
        np.testing.assert_allclose(closed, slope, atol=1e-8)
        np.testing.assert_allclose(moved.reshape(3, WIDTH), matrix - rate * slope, rtol=GRADIENT, atol=GRADIENT)


def test_negatives_that_are_the_target_are_none(three_words):
    # Part b has one word, so every negative is it: nothing is left of the noise where all targets are that word.
    _, part, flat = three_words
    tokens = np.array([0, 1, 0, 1, 0, -1], np.int32)
    plan, *_ = plans_of([tokens], np.uint64(3), np.full(3, 2, np.float32), part, 1)
    inputs, outputs = (matrix.reshape(3, WIDTH).astype(float) for matrix in flat)
    noise, weight = make_noise(np.ones(1), np.array([1])), 0.5
    scratch = make_scratch(1, 5, zeros(BLOCK * WIDTH))
    loss = train_stratum(flat, WIDTH, plan, 0, 1, noise, weight, 1, np.uint64(1), (1.0, 0.0, 0.0), scratch)
    product, n_pairs = inputs[0] @ outputs[1], 4
    assert loss == pytest.approx(n_pairs * np.logaddexp(0, -product), rel=LOSS)
    move = n_pairs / (1 + np.exp(product)) * inputs[0]
    np.testing.assert_allclose(flat[1].reshape(3, WIDTH)[1], outputs[1] + move, rtol=GRADIENT, atol=GRADIENT)


def zipf_corpus(n, v, seed, longest=30):
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, v + 1)
    tokens = np.array([f"w{i}" for i in range(v)])[rng.choice(v, n, p=share / share.sum())]
    return read_corpus([part.tolist() for part in np.split(tokens, np.cumsum(rng.integers(1, longest, n // longest)))])


@pytest.mark.parametrize(
    "options", [{}, {"window": 1, "negative": 1, "sample": 0.0, "exponent": 1.0}, {"dim": 33, "exponent": -0.5}]
)
def test_a_whole_fit_is_that_of_numpy(options):
    corpus = zipf_corpus(1500, 40, 5)
    given = {"dim": 10, "window": 3, "epochs": 2, "min_count": 2, "sample": 1e-2, "held_out": 0.0} | options
    spec = SkipGram(**given)
    fitted = spec.fit(corpus, seed=7, threads=2)
    inputs, outputs, losses = fit_in_numpy(spec, corpus, 7)
    np.testing.assert_allclose(fitted.vectors, inputs, atol=WHOLE_FIT)
    np.testing.assert_allclose(fitted.context_vectors, outputs, atol=WHOLE_FIT)
    assert [row["train_loss"] for row in fitted.history] == pytest.approx(losses, rel=WHOLE_FIT)
    assert abs(fitted.context_vectors).max() > 100 * WHOLE_FIT


def test_the_loss_begins_at_that_of_a_coin():
    # Outputs begin at 0, so every product is 0: log 2 for the pair and for each of its negatives but those left out.
    corpus = zipf_corpus(3000, 30, 1)
    fitted = SkipGram(dim=5, epochs=1, learning_rate=1e-9, sample=0, held_out=0.0, negative=4, min_count=1).fit(
        corpus, seed=1
    )
    noise = fitted.counts**0.75 / (fitted.counts**0.75).sum()
    share = fitted.counts / fitted.counts.sum()
    expected = np.log(2) * (1 + 4 * (1 - share @ noise))
    assert fitted.history[0]["train_loss"] == pytest.approx(expected, rel=0.01)


def test_losses_are_means_over_all_pairs_of_many_stretches():
    # Short units end near every border of stretches, where pairs are easily counted twice or never.
    rng = np.random.default_rng(1)
    words = [f"w{i}" for i in range(200)]
    units = [[words[i] for i in row] for row in rng.integers(0, 200, (12_000, 12))]
    spec = SkipGram(dim=4, window=5, epochs=1, sample=0, held_out=0.0, learning_rate=1e-9)
    expected = np.log(2) * (1 + 5 * (1 - 1 / 200))
    assert spec.fit(units, seed=1).history[0]["train_loss"] == pytest.approx(expected, rel=0.001)


def test_the_optimum_is_pmi_less_log_k():
    # Levy and Goldberg (2014): u.v = log(#(w,c) |D| / (#(w) #(c))) - log k. As in word2vec.c, a negative that is the
    # target counts for none, so that of #(w) chances to draw c as noise #(w) - #(w,c) are left: here that matters.
    v, k, n = 6, 2, 40_000
    rng = np.random.default_rng(4)
    chain = rng.dirichlet(np.full(v, 3.0), v)
    steps = chain.cumsum(axis=1)
    chance, words = rng.random(n), [0]
    for x in chance[1:]:
        words.append(min(int(np.searchsorted(steps[words[-1]], x)), v - 1))
    corpus = read_corpus([[f"w{word}" for word in words]])
    spec = SkipGram(dim=8, window=1, negative=k, epochs=70, sample=0, exponent=1.0, held_out=0.0, learning_rate=0.01)
    fitted = spec.fit(corpus, seed=2)
    row = np.array([fitted.words.index(f"w{word}") for word in words])
    pairs = np.zeros((v, v))
    np.add.at(pairs, (row[:-1], row[1:]), 1)
    pairs += pairs.T
    total, share = pairs.sum(), fitted.counts / fitted.counts.sum()
    pmi = np.log(pairs * total / np.outer(pairs.sum(axis=1), pairs.sum(axis=0)))
    left = 1 - pairs / pairs.sum(axis=1, keepdims=True)
    assert abs(share - pairs.sum(axis=0) / total).max() < 1e-4
    products = fitted.vectors.astype(float) @ fitted.context_vectors.T
    np.testing.assert_allclose(products, pmi - np.log(k) - np.log(left), atol=NEAR_OPTIMUM)
    assert np.ptp(pmi) > 10 * NEAR_OPTIMUM


def test_threads_of_one_stretch_meet_in_no_row():
    # What a stratum writes are input rows of part a and output rows of part b.
    tokens = np.random.default_rng(1).integers(0, 20, 600).astype(np.int32)
    part = part_words(20)
    plan, *_ = plans_of([tokens], np.uint64(1), np.full(20, 2, np.float32), part, 3)
    noises = noises_of(np.arange(20, 0, -1), part, 0.75, 5, count_shared(5))
    for a in range(PARTS):
        for b in range(PARTS):
            flat = zeros(20 * WIDTH), zeros(20 * WIDTH)
            for matrix in flat:
                matrix[:] = np.random.default_rng(2).normal(size=matrix.size)
            before = [matrix.copy().reshape(20, WIDTH) for matrix in flat]
            scratch = make_scratch(3, 5, zeros(BLOCK * WIDTH))
            noise, weight = noises[b]
            train_stratum(flat, WIDTH, plan, a, b, noise, weight, 3, np.uint64(1), (0.1, 0.0, 0.0), scratch)
            moved = [(matrix.reshape(20, WIDTH) != old).any(axis=1) for matrix, old in zip(flat, before)]
            np.testing.assert_array_equal(moved[0], part == a)
            np.testing.assert_array_equal(moved[1], part == b)


def test_what_silence_costs_nothing():
    # The held-out pass has learning rate 0: it gives a loss, and leaves every number as it is.
    corpus = zipf_corpus(800, 20, 3)
    vocabulary = corpus.vocabulary(1)
    part = part_words(len(vocabulary))
    weights = begin(SkipGram(dim=6, min_count=1), vocabulary, 1).weights
    weights.outputs[:] = np.random.default_rng(1).normal(size=weights.outputs.size)
    held = [matrix.copy() for matrix in weights[:2]]
    kernel = Strata(weights, vocabulary.counts.astype(float), part, 2, 5)
    keep = make_keep(vocabulary.counts, 0)
    with ThreadPoolExecutor(1) as pool:
        for plan in plans_of(corpus.pieces(vocabulary), np.uint64(1), keep, part, 2):
            loss, n_pairs = kernel.train(pool, plan, np.uint64(2), (0.0, 0.0, 0.0))
            assert (loss > 0) == (n_pairs > 0)
    for matrix, old in zip(weights[:2], held):
        np.testing.assert_array_equal(matrix, old)
