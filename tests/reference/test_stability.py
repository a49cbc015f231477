"""Stability of embeddings against numpy and pandas, cue by cue and pair by pair, and against what has to come out."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import stability

SAME = 1e-12
"""Two ways to the same sum in float64."""
ROTATED = 1e-6
"""A rotated matrix is rounded to float32, whose numbers have seven digits."""
CHANCE = 4
"""Standard errors of a correlation that has nothing in it."""
V, D = 400, 20
WORDS = [f"w{i}" for i in range(V)]


def draw(seed, v=V, d=D):
    return np.random.default_rng(seed).normal(size=(v, d)).astype(np.float32)


def noisy(r, noise=0.7):
    """Fits that share a signal, each with noise of its own, and words in an order of its own."""
    rng, signal = np.random.default_rng(9), draw(0)
    fits = []
    for _ in range(r):
        order = rng.permutation(V)
        vectors = (signal + noise * rng.normal(size=signal.shape)).astype(np.float32)
        fits.append(Embeddings([WORDS[i] for i in order], vectors[order]))
    return fits


def cosine(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def cosines_by_hand(fit, cue, words):
    return [cosine(fit[cue], fit[word]) for word in words if word != cue]


def neighbours_by_hand(fit, cue, words, n):
    ranked = sorted((word for word in words if word != cue), key=lambda word: -cosine(fit[cue], fit[word]))
    return set(ranked[:n])


def test_identical_fits_agree_fully():
    one = Embeddings(WORDS, draw(1))
    found = stability([one, Embeddings(WORDS, draw(1))], cues=["w3", "w7"], n_random=5, seed=1)
    np.testing.assert_allclose(found.correlations, 1, atol=SAME)
    assert (found.overlaps == 1).all()


def test_a_rotation_changes_nothing():
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(D, D)))[0]
    turned = Embeddings(WORDS, (5 * draw(1) @ turn).astype(np.float32))
    found = stability([Embeddings(WORDS, draw(1)), turned], n_random=30, seed=1)
    np.testing.assert_allclose(found.correlations, 1, atol=ROTATED)
    assert found.overall()["overlap"][0] == 1


def test_independent_fits_do_not_agree():
    found = stability([Embeddings(WORDS, draw(seed)) for seed in (1, 2)], n_random=100, seed=1)
    assert abs(found.correlations.mean()) < CHANCE / np.sqrt(100 * (V - 1))
    # Two random sets of 10 among 399 share .25 words on average: Jaccard near .0127.
    assert found.overlaps.mean() == pytest.approx(0.0127, abs=0.01)


def test_pairs_and_cues_by_brute_force():
    fits, cues = noisy(4), ["w5", "w60", "w300"]
    found = stability(fits, cues=cues, n_random=0, n_neighbours=7, seed=1)
    for c, cue in enumerate(cues):
        for p, (i, j) in enumerate(combinations(range(4), 2)):
            r = stats.pearsonr(cosines_by_hand(fits[i], cue, WORDS), cosines_by_hand(fits[j], cue, WORDS))[0]
            assert found.correlations[c, p] == pytest.approx(r, abs=SAME)
            one, other = (neighbours_by_hand(fits[k], cue, WORDS, 7) for k in (i, j))
            assert found.overlaps[c, p] == pytest.approx(len(one & other) / len(one | other), abs=SAME)
    table = found.table()
    np.testing.assert_allclose(table["correlation"], found.correlations.mean(axis=1), atol=SAME)
    np.testing.assert_allclose(table["sd"], pd.DataFrame(found.correlations).std(axis=1), atol=SAME)
    np.testing.assert_allclose(table["lowest"], found.correlations.min(axis=1), atol=SAME)
    pairs = found.pairs()
    assert list(zip(pairs["one"], pairs["other"])) == list(combinations(range(1, 5), 2))
    np.testing.assert_allclose(pairs["correlation"], found.correlations.mean(axis=0), atol=SAME)


def test_the_standard_error_leaves_each_fit_out():
    fits, cues = noisy(5), WORDS[:6]
    row = stability(fits, cues=cues, n_random=0, seed=1).overall().iloc[0]
    without = [
        stability([fit for j, fit in enumerate(fits) if j != i], cues=cues, n_random=0, seed=1).overall().iloc[0]
        for i in range(5)
    ]
    for measure, error in (("correlation", "std_error"), ("overlap", "overlap_std_error")):
        left = np.array([one[measure] for one in without])
        assert row[error] == pytest.approx(np.sqrt(4 / 5 * ((left - left.mean()) ** 2).sum()), abs=SAME)
    assert row["n_cues"] == 6
    assert row["n_fits"] == 5


def test_fewer_common_words_are_compared_over_what_is_common():
    fits = [Embeddings(WORDS, draw(1)), Embeddings(WORDS[:50] + ["only"], draw(2, 51, 30))]
    found = stability(fits, cues=["w5"], n_random=0)
    assert found.words == tuple(WORDS[:50])
    r = np.corrcoef(*[cosines_by_hand(fit, "w5", WORDS[:50]) for fit in fits])[0, 1]
    assert found.correlations[0, 0] == pytest.approx(r, abs=SAME)
    assert "350 words" in found.notes[0]


@pytest.mark.parametrize("over", ["seeds", "documents"])
def test_average_similarities(over):
    fits = noisy(5)
    found = stability(fits, n_random=3, seed=1, over=over)
    row = found.average_similarity("w1", "w2", level=0.9).iloc[0]
    values = np.array([cosine(fit["w1"], fit["w2"]) for fit in fits])
    error = values.std(ddof=1) / (np.sqrt(5) if over == "seeds" else 1)
    assert row["similarity"] == pytest.approx(values.mean(), abs=SAME)
    assert row["std_error"] == pytest.approx(error, abs=SAME)
    low, high = stats.t.interval(0.9, 4, loc=values.mean(), scale=error)
    assert (row["conf_low"], row["conf_high"]) == (pytest.approx(low, abs=SAME), pytest.approx(high, abs=SAME))


def test_resamples_give_the_error_and_the_whole_the_estimate():
    *fits, whole = noisy(6)
    found = stability(fits, cues=["w1"], n_random=3, seed=1, over="documents", whole=whole)
    row = found.average_similarity("w1", "w2", level=0.9).iloc[0]
    error = np.std([cosine(fit["w1"], fit["w2"]) for fit in fits], ddof=1)
    low, high = stats.t.interval(0.9, 4, loc=cosine(whole["w1"], whole["w2"]), scale=error)
    expected = (cosine(whole["w1"], whole["w2"]), error, low, high)
    got = row[["similarity", "std_error", "conf_low", "conf_high"]].astype(float)
    np.testing.assert_allclose(got, expected, atol=SAME)
    near = found.nearest("w9", 5, level=0.9)
    assert set(near["word"]) == neighbours_by_hand(whole, "w9", WORDS, 5)
    np.testing.assert_allclose(near["similarity"], [cosine(whole["w9"], whole[word]) for word in near["word"]])
    own = [neighbours_by_hand(fit, "w9", WORDS, 5) for fit in fits]
    np.testing.assert_allclose(near["in_nearest"], [np.mean([word in words for words in own]) for word in near["word"]])
    # How fits agree is asked of the resamples alone.
    apart = stability(fits, cues=["w1"], n_random=3, seed=1, over="documents")
    np.testing.assert_array_equal(found.correlations, apart.correlations)


def test_words_that_the_whole_has_not_are_left_out():
    fits = [Embeddings(WORDS, draw(seed)) for seed in (1, 2)]
    found = stability(fits, ["w5"], 0, over="documents", whole=Embeddings(WORDS[:60], draw(3, 60)))
    assert found.words == tuple(WORDS[:60])
    assert found.whole.words == tuple(WORDS[:60])
    assert "340 words" in found.notes[0]


def test_average_similarities_of_several_words():
    found = stability(noisy(3), n_random=1, seed=1)
    each = found.average_similarity(["w1", "w2"], ["w3", "w4"])
    assert list(zip(each["word"], each["other"])) == [("w1", "w3"), ("w1", "w4"), ("w2", "w3"), ("w2", "w4")]
    once = found.average_similarity(["w1", "w3", "w2"])
    assert list(zip(once["word"], once["other"])) == [("w1", "w3"), ("w1", "w2"), ("w3", "w2")]
    assert once["similarity"][0] == pytest.approx(each["similarity"][0], abs=SAME)


def test_nearest_by_average_similarity():
    fits = noisy(3)
    found = stability(fits, n_random=1, seed=1).nearest("w9", 5)
    means = {word: np.mean([cosine(fit["w9"], fit[word]) for fit in fits]) for word in WORDS if word != "w9"}
    ranked = sorted(means, key=means.get, reverse=True)[:5]
    assert found["word"].tolist() == ranked
    np.testing.assert_allclose(found["similarity"], [means[word] for word in ranked], atol=SAME)
    own = [neighbours_by_hand(fit, "w9", WORDS, 5) for fit in fits]
    np.testing.assert_allclose(found["in_nearest"], [np.mean([word in near for near in own]) for word in ranked])


def test_specifications_are_compared_by_their_averages():
    one, other = stability(noisy(3, 0.5), cues=["w4"], n_random=2, seed=1), stability(noisy(4, 0.9), n_random=2, seed=1)
    found = one.compare(other, ["w4", "w8"])
    for cue, r in zip(found["cue"], found["correlation"]):
        mine, theirs = (
            np.mean([cosines_by_hand(fit, cue, WORDS) for fit in which.embeddings], axis=0) for which in (one, other)
        )
        assert r == pytest.approx(np.corrcoef(mine, theirs)[0, 1], abs=SAME)
    assert one.compare(other)["cue"].tolist() == list(one.cues)
    np.testing.assert_allclose(one.compare(one)["correlation"], 1, atol=SAME)


def test_blocks_of_cues_and_rows_change_nothing(monkeypatch):
    from lacunet.embedding.stability import _fits

    fits = noisy(3)
    whole = stability(fits, n_random=20, seed=4)
    monkeypatch.setattr(_fits, "BYTES_AT_ONCE", 8 * 3 * V * 3)
    monkeypatch.setattr(_fits, "ROWS_AT_ONCE", 37)
    parts = stability(fits, n_random=20, seed=4)
    assert parts.cues == whole.cues
    np.testing.assert_allclose(parts.correlations, whole.correlations, atol=SAME)
    np.testing.assert_array_equal(parts.overlaps, whole.overlaps)
