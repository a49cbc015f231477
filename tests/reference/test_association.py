"""WEAT and SC-WEAT against partitions listed one by one, closed forms, and the published example."""

import json
import os
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import permutation_test

from lacunet.embedding.space import Embeddings
from lacunet.measures.association import sc_weat, weat
from lacunet.measures.association._partitions import compare_partitions, count_at_least
from lacunet.measures.association._sets import associate
from lacunet.measures.association._weat import measure

SAME = 1e-12
"""Two ways to the same sum in float64."""
SINGLE = 1e-6
"""Cosines of vectors that were rounded to float32."""
FOUR_SE = 4
"""Monte Carlo shares are compared within four of their standard errors."""
DATA = os.environ.get("LACUNET_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="the folder of test data is named by LACUNET_DATA")


def make_space(n, seed=0, dim=6):
    rng = np.random.default_rng(seed)
    return Embeddings([f"w{i}" for i in range(n)], rng.normal(size=(n, dim)))


def cosine(space, one, other):
    a, b = (space.vectors[space.words.index(word)].astype(float) for word in (one, other))
    return a @ b / np.sqrt((a @ a) * (b @ b))


def words(first, last):
    return [f"w{i}" for i in range(first, last)]


def listed(values, size, alternative):
    """Share of other partitions as extreme, each of them made."""
    n, rows = len(values), []
    for taken in combinations(range(n), size):
        own = np.isin(np.arange(n), taken)
        rows.append(values[own].mean() - values[~own].mean())
    found = {"greater": np.array(rows), "less": -np.array(rows), "two-sided": np.abs(rows)}[alternative]
    return (max((found >= found[0] - SAME).sum() - 1, 1)) / len(found)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize(("n", "size"), [(8, 4), (11, 5), (9, 2), (12, 7), (4, 2)])
def test_counted_partitions_are_those_listed(n, size, alternative):
    for seed in range(4):
        values = np.random.default_rng(seed).normal(size=n)
        found = compare_partitions(values, size, alternative=alternative)
        assert found.is_exact and found.n_partitions == comb(n, size)
        assert found.p_values[0] == pytest.approx(listed(values, size, alternative), abs=SAME)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_ties_count_whatever_the_rounding(alternative):
    # Sums of tenths differ in the last bit by their order, and many are equal.
    values = np.array([0.1, 0.2, 0.3, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3]) + 0.7
    assert compare_partitions(values, 4, alternative=alternative).p_values[0] == pytest.approx(
        listed(np.round(values * 10), 4, alternative), abs=SAME
    )


def test_equal_values_and_the_most_extreme_partition():
    assert compare_partitions(np.full(8, 0.3), 4).p_values[0] == 69 / 70
    assert compare_partitions(np.arange(8.0)[::-1], 4).p_values[0] == 1 / 70
    assert compare_partitions(np.arange(8.0), 4).p_values[0] == 69 / 70


def test_all_subsets_are_counted():
    values = np.random.default_rng(1).normal(size=30)
    assert count_at_least(values, 15, -np.inf) == comb(30, 15)
    median = count_at_least(values - values.mean(), 15, 0.0)
    # A subset and the rest of it have sums of opposite sign, so that half are above 0.
    assert median == comb(30, 15) // 2


def test_scipy_finds_the_same():
    values = np.random.default_rng(3).normal(size=12)
    theirs = permutation_test(
        (values[:6], values[6:]), lambda x, y: x.mean() - y.mean(), alternative="greater", n_resamples=np.inf
    )
    ours = compare_partitions(values, 6).p_values[0]
    assert ours == pytest.approx(theirs.pvalue - 1 / 924, abs=SAME)  # scipy counts the observed one


def test_drawn_partitions_approach_all():
    values = np.random.default_rng(5).normal(size=(3, 14)) + np.repeat([0.4, 0.0], 7)
    for alternative in ("greater", "two-sided"):
        exact = compare_partitions(values, 7, alternative=alternative).p_values
        drawn = compare_partitions(values, 7, alternative=alternative, exact=False, n_permutations=20_000, seed=2)
        error = np.sqrt(exact * (1 - exact) / 20_000)
        assert (np.abs(drawn.p_values - exact) < FOUR_SE * error + 2 / comb(14, 7)).all()
        assert not drawn.is_exact and drawn.n_partitions == 20_000


def test_drawn_p_values_are_never_0():
    values = np.concatenate([np.full(30, 9.0), np.zeros(30)])
    found = compare_partitions(values, 30, n_permutations=99, seed=1)
    assert not found.is_exact and found.p_values[0] == 1 / 100


def test_size_under_the_null():
    values = np.random.default_rng(7).normal(size=(3000, 12))
    for alternative in ("greater", "two-sided"):
        share = (compare_partitions(values, 6, alternative=alternative, exact=True).p_values <= 0.05).mean()
        assert 0.04 < share < 0.06


def test_weat_by_hand():
    space = make_space(14)
    X, Y, A, B = words(0, 4), words(4, 8), words(8, 11), words(11, 14)
    s = [np.mean([cosine(space, w, a) for a in A]) - np.mean([cosine(space, w, b) for b in B]) for w in X + Y]
    found = weat(space, X, Y, A, B)
    assert found.statistic == pytest.approx(sum(s[:4]) - sum(s[4:]), abs=SAME)
    assert found.effect_size == pytest.approx((np.mean(s[:4]) - np.mean(s[4:])) / np.std(s, ddof=1), abs=SAME)
    assert found.p_value == pytest.approx(listed(np.array(s), 4, "greater"), abs=SAME)
    assert found.words["s"].to_numpy() == pytest.approx(s, abs=SAME)
    assert weat(space, Y, X, A, B).effect_size == pytest.approx(-found.effect_size, abs=SAME)
    assert weat(space, X, Y, B, A, alternative="less").p_value == found.p_value


def test_sc_weat_by_hand():
    space = make_space(12)
    A, B = words(2, 6), words(6, 12)
    found = sc_weat(space, ["w0", "w1"], A, B).words
    for row, word in enumerate(["w0", "w1"]):
        own = np.array([cosine(space, word, other) for other in A + B])
        difference = own[:4].mean() - own[4:].mean()
        assert found["effect_size"][row] == pytest.approx(difference / own.std(ddof=1), abs=SAME)
        assert found["p_value"][row] == pytest.approx(listed(own, 4, "two-sided"), abs=SAME)


def test_several_fits_are_averaged_and_their_spread_stands_apart():
    spaces = [make_space(14, seed) for seed in range(3)]
    sets = (words(0, 4), words(4, 8), words(8, 11), words(11, 14))
    single, found = [weat(space, *sets) for space in spaces], weat(spaces, *sets)
    assert found.effect_size == pytest.approx(np.mean([one.effect_size for one in single]), abs=SAME)
    assert found.statistic == pytest.approx(np.mean([one.statistic for one in single]), abs=SAME)
    assert found.table()["sd_seeds"][0] == pytest.approx(np.std([one.effect_size for one in single], ddof=1), abs=SAME)
    mean = np.mean([one.words["s"] for one in single], axis=0)
    assert found.p_value == pytest.approx(listed(mean, 4, "greater"), abs=SAME)


def test_a_planted_association_from_cosines():
    # X has cosine .5 with A and .1 with B, Y the reverse: s is .4 and -.4, d = .8 / sd of eight numbers.
    matrix = np.repeat([[0.5, 0.5, 0.1, 0.1], [0.1, 0.1, 0.5, 0.5]], 4, axis=0)
    found = measure(associate(matrix, 2), 4)
    assert found["statistic"] == pytest.approx(3.2, abs=SAME)
    assert found["effect_size"] == pytest.approx(0.8 / np.sqrt(8 * 0.16 / 7), abs=SAME)


@needs_data
def test_math_and_arts_as_published():
    folder = Path(DATA) / "text" / "semaxis"
    sets = json.loads((folder / "wefe_WEAT.json").read_text("utf-8"))
    with np.load(folder / "weat_golden_glove_math.npz") as stored:
        space = Embeddings([str(word) for word in stored["vocab"]], stored["vectors"])
    found = weat(space, sets["math"], sets["arts"], sets["male_terms"], sets["female_terms"])
    assert found.effect_size == pytest.approx(1.0550148, abs=SINGLE)
    assert found.difference == pytest.approx(0.02486533, abs=SINGLE)
    assert (found.n_partitions, found.is_exact) == (12_870, True)
    assert round(found.p_value * 12_870, 6) == 201
