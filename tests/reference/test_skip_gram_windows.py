"""Which words are kept and which pairs are trained on, against plain enumeration of the text."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.stats import chisquare

from lacunet.embedding.text import read_corpus
from lacunet.embedding.training._chance import make_noise
from lacunet.embedding.training._passes import part_words
from lacunet.embedding.training._plan import BEGIN, END, READ, STRETCH, N, cut_stretches, fill_plan, make_plan
from lacunet.embedding.training._strata import BLOCK, make_scratch, train_stratum
from lacunet.embedding.training._trainer import make_keep, rate_at
from lacunet.embedding.training._weights import zeros

KEY = np.uint64(0x0123456789ABCDEF)
BY_CHANCE = 1e-3
"""The draws are fixed, so this fails for ever or never; a right generator would fail for one key in a thousand."""
STANDARD_ERRORS = 4
ALWAYS, PARTS = 2.0, 4
SINGLE = 1e-6
"""Probabilities are kept in single precision."""


def splitmix(key, places):
    """The generator of Steele, Lea and Flood (2014), as published."""
    x = np.asarray(places, np.uint64) * np.uint64(0x9E3779B97F4A7C15) + key
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def go_through(stretches, keep, window, fixed=False, key=KEY):
    """Every plan of a pass, one after the other."""
    keep = np.asarray(keep, np.float32)
    plans = make_plan(window), make_plan(window)
    for turn, tokens in enumerate([*stretches, np.array([-1], np.int32)]):
        plan, before = plans[turn % 2], plans[1 - turn % 2]
        fill_plan(plan, before, tokens, key, keep, part_words(len(keep)), window, fixed)
        yield plan


def pairs_planned(plan, window):
    """Places of input and target for every pair of a plan, stratum after stratum."""
    found = [np.empty((0, 2), np.int64)]
    for a in range(PARTS):
        p = plan.order[plan.first[a] : plan.last[a]]
        for delta in range(-window, window + 1):
            t = p + delta
            inside = (t >= plan.left[p]) & (t < plan.right[p])
            near, far = p[inside], t[inside]
            met = (abs(delta) <= plan.reach[far]) & (delta != 0)
            found.append(np.stack([plan.place[near[met]], plan.place[far[met]]], axis=1))
    return np.concatenate(found)


def pairs_of_text(tokens, keep, window, fixed=False, key=KEY):
    """The same from the definition: words kept, windows laid over what is left of a unit."""
    tokens = np.asarray(tokens)
    is_word = tokens >= 0
    words, unit = tokens[is_word], np.cumsum(~is_word)[is_word]
    place = np.arange(len(words))
    bits = splitmix(key, place)
    kept = (bits & np.uint64(0xFFFFFF)) * 2.0**-24 < np.asarray(keep, np.float32)[words]
    reach = (
        np.full(len(words), window)
        if fixed
        else 1 + ((bits >> np.uint64(32)) * np.uint64(window) >> np.uint64(32)).astype(np.int64)
    )
    unit, place, reach = unit[kept], place[kept], reach[kept]
    found = [np.empty((0, 2), np.int64)]
    for delta in range(1, window + 1):
        near, far = np.arange(len(unit) - delta), np.arange(delta, len(unit))
        for one, other in ((near, far), (far, near)):
            met = (unit[one] == unit[other]) & (delta <= reach[other])
            found.append(np.stack([place[one[met]], place[other[met]]], axis=1))
    return np.concatenate(found)


def in_order(pairs):
    return pairs[np.lexsort(pairs.T[::-1])]


def cut(tokens, sizes):
    """Pieces of the sizes given, over and over."""
    at, found = 0, []
    while at < len(tokens):
        found.append(np.asarray(tokens[at : at + sizes[len(found) % len(sizes)]], np.int32))
        at += len(found[-1])
    return found


def as_units(rng, n, longest, v):
    """Random words in units of 1 to ``longest``."""
    tokens = rng.integers(0, v, n).astype(np.int32)
    ends = np.cumsum(rng.integers(1, longest + 1, n))
    return np.insert(tokens, ends[ends < n], -1)


def test_what_is_kept_of_a_word():
    counts = np.array([900, 90, 9, 1])
    f = counts / 1000
    t = 0.01
    np.testing.assert_allclose(make_keep(counts, t), np.minimum(np.sqrt(t / f) + t / f, 2), rtol=SINGLE)
    assert (make_keep(counts, 0) >= 1).all()


@pytest.mark.parametrize("key", [1, 2, 3])
def test_words_are_kept_as_often_as_their_probability_says(key):
    rng = np.random.default_rng(key)
    tokens = rng.choice(5, 200_000, p=[0.6, 0.3, 0.06, 0.03, 0.01]).astype(np.int32)
    counts = np.bincount(tokens)
    keep = make_keep(counts, 1e-2)
    assert (keep[:2] < 1).all()
    kept = np.zeros(5)
    for plan in go_through(cut(tokens, [20_000]), keep, 2, key=np.uint64(key)):
        kept += np.bincount(plan.words[plan.state[BEGIN] : plan.state[END]], minlength=5)
    p = np.minimum(keep, 1)
    assert (abs(kept - counts * p) <= STANDARD_ERRORS * np.sqrt(counts * p * (1 - p))).all()


@pytest.mark.parametrize("window", [1, 2, 5, 10])
def test_windows_are_uniform_on_1_to_their_width(window):
    tokens = np.zeros(120_000, np.int32)
    reach = np.concatenate(
        [
            plan.reach[plan.state[BEGIN] : plan.state[END]].copy()
            for plan in go_through(cut_stretches([tokens]), [0.5], window)
        ]
    )
    assert 55_000 < len(reach) < 65_000
    seen = np.bincount(reach, minlength=window + 1)
    assert seen[0] == 0
    assert len(seen) == window + 1
    if window > 1:
        assert chisquare(seen[1:]).pvalue > BY_CHANCE
        error = np.sqrt((window**2 - 1) / 12 / len(reach))
        assert abs(reach.mean() - (window + 1) / 2) < STANDARD_ERRORS * error


def test_fixed_windows_have_the_full_width():
    tokens = as_units(np.random.default_rng(1), 3000, 60, 9)
    plans = go_through([tokens], [ALWAYS] * 9, 4, fixed=True)
    pairs = np.concatenate([pairs_planned(plan, 4) for plan in plans])
    np.testing.assert_array_equal(in_order(pairs), in_order(pairs_of_text(tokens, [ALWAYS] * 9, 4, fixed=True)))


@given(
    st.integers(0, 10_000),
    st.integers(1, 40),
    st.integers(1, 7),
    st.lists(st.integers(1, 60), min_size=1, max_size=4),
    st.booleans(),
)
@example(seed=0, longest=3, window=5, sizes=[50], fixed=False)
@example(seed=0, longest=40, window=2, sizes=[1], fixed=True)
@example(seed=0, longest=1, window=2, sizes=[3], fixed=False)
def test_every_pair_of_the_text_is_planned_once(seed, longest, window, sizes, fixed):
    # Every piece is a stretch here, so that there are borders wherever they can be.
    rng = np.random.default_rng(seed)
    tokens, keep = as_units(rng, 200, longest, 6), rng.choice([0.3, 0.8, ALWAYS], 6)
    found = [np.empty((0, 2), np.int64)]
    for plan in go_through(cut(tokens, sizes), keep, window, fixed):
        pairs = pairs_planned(plan, window)
        found.append(pairs)
        begin, end = plan.state[[BEGIN, END]]
        assert 0 <= begin <= end <= plan.state[N]
        assert plan.meetings[begin:end].sum() == len(pairs)
    expected = pairs_of_text(tokens, keep, window, fixed)
    np.testing.assert_array_equal(in_order(np.concatenate(found)), in_order(expected))


@pytest.mark.parametrize(("longest", "fixed"), [(10**6, False), (10**6, True), (25, False), (2, True)])
def test_long_units_and_short_over_many_stretches(longest, fixed):
    rng = np.random.default_rng(longest)
    tokens, window = as_units(rng, 3 * STRETCH + 1234, longest, 50), 5
    keep = np.where(np.arange(50) < 5, 0.4, ALWAYS)
    plans = go_through(cut_stretches(cut(tokens, [STRETCH + 77, 2 * STRETCH])), keep, window, fixed)
    found = []
    for n_stretches, plan in enumerate(plans, 1):  # noqa: B007 (the number is asked for below)
        found.append(pairs_planned(plan, window))
    assert n_stretches >= 4
    expected = pairs_of_text(tokens, keep, window, fixed)
    np.testing.assert_array_equal(in_order(np.concatenate(found)), in_order(expected))


def test_a_plan_is_in_order_within_the_parts():
    rng = np.random.default_rng(4)
    tokens = as_units(rng, 5000, 30, 23)
    part = part_words(23)
    for plan in go_through(cut(tokens, [700]), [ALWAYS] * 23, 3):
        n, begin, end = plan.state[[N, BEGIN, END]]
        for a in range(PARTS):
            whole = plan.order[plan.starts[a] : plan.starts[a + 1]]
            np.testing.assert_array_equal(whole, np.flatnonzero(part[plan.words[:n]] == a))
            own = plan.order[plan.first[a] : plan.last[a]]
            np.testing.assert_array_equal(own, whole[(whole >= begin) & (whole < end)])


@pytest.mark.parametrize("longest", [10**6, 12])
def test_the_kernel_trains_on_every_pair_once(longest):
    # Inputs are unit vectors and steps tiny: output row c then counts the words that met c.
    v, width, window, rate = 12, 16, 4, 2.0**-30
    rng = np.random.default_rng(longest)
    tokens, keep = as_units(rng, 9000, longest, v), rng.choice([0.5, ALWAYS], v)
    inputs, outputs = zeros(v * width), zeros(v * width)
    inputs.reshape(v, width)[:, :v] = np.eye(v)
    scratch, noise = make_scratch(window, 1, zeros(BLOCK * width)), make_noise(np.ones(v), np.arange(v))
    for plan in go_through(cut(tokens, [2500]), keep, window):
        for a in range(PARTS):
            for b in range(PARTS):
                rates = (rate, 0.0, 0.0)
                train_stratum((inputs, outputs), width, plan, a, b, noise, 0.0, window, KEY, rates, scratch)
    words = tokens[tokens >= 0]
    pairs = words[pairs_of_text(tokens, keep, window)]
    expected = np.zeros((v, v))
    np.add.at(expected, (pairs[:, 1], pairs[:, 0]), 1)
    met = outputs.reshape(v, width)[:, :v] / (rate / 2)
    np.testing.assert_array_equal(np.rint(met), expected)


def test_windows_close_over_rare_words_and_end_with_the_unit():
    texts = ["a x b y c", "d a"] * 5 + ["b z1 z2 z3 c"]
    corpus = read_corpus(texts)
    vocabulary = corpus.vocabulary(5)
    assert set(vocabulary.words) == {"a", "x", "b", "y", "c", "d"}
    (piece,) = corpus.pieces(vocabulary)
    found = set()
    for plan in go_through([piece], [ALWAYS] * 6, 1, fixed=True):
        words = {int(place): vocabulary.words[word] for place, word in zip(plan.place, plan.words)}
        found |= {(words[int(p)], words[int(t)]) for p, t in pairs_planned(plan, 1)}
    both = {frozenset(pair) for pair in found}
    assert both == {frozenset(pair) for pair in ("ax", "xb", "by", "yc", "da", "bc")}
    assert len(found) == 2 * len(both)


def test_places_count_the_words_of_a_pass():
    tokens = as_units(np.random.default_rng(8), 4000, 20, 5)
    read, places = 0, []
    for plan in go_through(cut(tokens, [333]), [ALWAYS] * 5, 3):
        read += plan.state[READ]
        places.append(plan.place[plan.state[BEGIN] : plan.state[END]].copy())
    assert read == 4000
    np.testing.assert_array_equal(np.sort(np.concatenate(places)), np.arange(4000))


def test_the_learning_rate_falls_linearly_to_a_floor():
    total = 10_000
    assert rate_at(0.025, 0, total) == 0.025
    assert rate_at(0.025, total // 2, total) == pytest.approx(0.025 * (1 - 5000 / 10_001))
    assert rate_at(0.025, total, total) == pytest.approx(0.025 * 1e-4)
    assert rate_at(0.025, total - 1, total) == pytest.approx(0.025 * 2 / 10_001)
