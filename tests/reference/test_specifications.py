"""Specifications side by side: against numpy, cue by cue, and against what Spearman and Brown expect of averages."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import compare_specifications, stability

SAME = 1e-12
"""Two ways to the same sum in float64."""
V, D = 300, 15
WORDS = [f"w{i}" for i in range(V)]
CUES = ["w3", "w30"]
EXPECTED = 0.01
"""The cosines of 40 cues with 299 words, in 2 times 4 fits: the mean correlation varies by some thousandths."""


def noisy(seed, r=3, noise=0.6, shift=0.0):
    """Fits that share a signal, which differs between specifications by ``shift``."""
    signal = np.random.default_rng(0).normal(size=(V, D))
    rng = np.random.default_rng(seed)
    signal = signal + shift * rng.normal(size=signal.shape)
    return [Embeddings(WORDS, (signal + noise * rng.normal(size=signal.shape)).astype(np.float32)) for _ in range(r)]


def averages(fits, cue):
    """Mean cosines of a cue with every other word, by word."""
    found = []
    for fit in fits:
        vectors = fit.vectors.astype(float)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        found.append(pd.Series(unit @ unit[WORDS.index(cue)], fit.words).drop(cue))
    return pd.concat(found, axis=1).mean(axis=1)


@pytest.fixture(scope="module")
def sets():
    return {"a": noisy(1), "b": noisy(2, r=4, noise=1.0), "c": noisy(3, r=2, shift=0.5)}


@pytest.fixture(scope="module")
def found(sets):
    fits = {name: stability(own, CUES, n_random=5, seed=4) for name, own in sets.items()}
    return compare_specifications(fits, n_neighbours=6)


def test_correlations_and_neighbours_by_brute_force(sets, found):
    assert found.cues[:2] == tuple(CUES)
    assert len(found.cues) == 7
    for c, cue in enumerate(found.cues):
        means = {name: averages(own, cue) for name, own in sets.items()}
        for p, (one, other) in enumerate(combinations("abc", 2)):
            assert found.correlations[c, p] == pytest.approx(np.corrcoef(means[one], means[other])[0, 1], abs=SAME)
            near = [set(means[name].nlargest(6).index) for name in (one, other)]
            assert found.overlaps[c, p] == pytest.approx(len(near[0] & near[1]) / len(near[0] | near[1]), abs=SAME)


def test_the_comparison_of_two_is_the_same(found):
    two = found.fits["a"].compare(found.fits["b"])
    np.testing.assert_allclose(two["correlation"], found.correlations[:, 0], atol=SAME)


def test_tables_are_means_of_these(found):
    pairs = found.pairs().set_index(["one", "other", "group"])
    chosen = found.correlations[:2]
    np.testing.assert_allclose(
        pairs.loc[("a", "c", "chosen"), ["correlation", "sd", "lowest", "overlap"]].astype(float),
        [chosen[:, 1].mean(), chosen[:, 1].std(ddof=1), chosen[:, 1].min(), found.overlaps[:2, 1].mean()],
        atol=SAME,
    )
    matrix = found.matrix("random")
    assert matrix.loc["c", "b"] == matrix.loc["b", "c"] == pytest.approx(found.correlations[2:, 2].mean(), abs=SAME)
    assert (np.diag(matrix) == 1).all()
    assert found.matrix(measure="overlap").loc["a", "b"] == pytest.approx(found.overlaps[:2, 0].mean(), abs=SAME)
    table = found.table().set_index(["specification", "group"])
    row = table.loc[("b", "random")]
    r = found.fits["b"].correlations[2:].mean()
    assert row["correlation"] == pytest.approx(r, abs=SAME)
    assert row["of_averages"] == pytest.approx(4 * r / (1 + 3 * r), abs=SAME)
    assert row["with_others"] == pytest.approx(found.correlations[2:][:, [0, 2]].mean(), abs=SAME)
    assert (row["n_cues"], row["n_fits"]) == (5, 4)


def test_averages_over_fits_of_one_specification_agree_as_expected():
    cues = WORDS[:40]
    fits = {name: stability(noisy(seed, r=4, noise=0.9), cues, n_random=0) for name, seed in (("one", 5), ("other", 6))}
    table = compare_specifications(fits).table()
    assert table["with_others"][0] == pytest.approx(table["of_averages"].mean(), abs=EXPECTED)
    assert table["with_others"][0] - table["correlation"].mean() > 5 * EXPECTED


def test_words_and_similarities_side_by_side(found):
    near = found.nearest("w3", 4)
    assert list(near) == ["a", "b", "c"]
    assert near["b"].tolist() == found.fits["b"].nearest("w3", 4)["word"].tolist()
    each = found.average_similarity("w3", "w30")
    assert each["specification"].tolist() == ["a", "b", "c"]
    own = found.fits["c"].average_similarity("w3", "w30").iloc[0]
    pd.testing.assert_series_equal(each.iloc[2].drop("specification"), own, check_names=False, check_dtype=False)
