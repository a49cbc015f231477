"""Change over time against scipy, brute force and worlds whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.sparse import eye_array
from scipy.stats import kstest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.measures.change import align, drift
from lacunet.measures.change._distance import Spread, average, spread
from lacunet.measures.change._permute import measure, permute
from lacunet.measures.change._pieces import sum_pieces
from lacunet.solve._procrustes import solve_procrustes

SAME = 1e-10
"""Two ways to the same sums in float64."""
ROTATED = 1e-6
"""A rotated matrix is rounded to float32, whose numbers have seven digits."""
V, D = 120, 12
N_WORLDS = 120


def rotation(seed, d=D):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


def points(seed, v=V, d=D):
    return np.random.default_rng(seed).normal(size=(v, d))


def mentions(seed=0, n=400, d=6, n_slices=3, crossing=True):
    """Pieces of mentions whose units are in one slice, or in several."""
    rng = np.random.default_rng(seed)
    slices, units = rng.integers(0, n_slices, n), rng.integers(0, 60, n)
    units = units if crossing else units * n_slices + slices
    vectors = rng.normal(size=(n, d)) + rng.normal(size=(60 * n_slices, d))[units] + 2
    return vectors, slices, units


def pieces_of(vectors, slices, units, n_slices):
    return sum_pieces(eye_array(len(vectors), format="csr"), vectors, slices, units, n_slices)


def test_a_rotated_space_is_found_again():
    vectors, q = points(0).astype(np.float32), rotation(1)
    words = [f"w{i}" for i in range(V)]
    order = np.random.default_rng(2).permutation(V)
    onto = Embeddings([words[i] for i in order], (vectors @ q)[order])
    found = align(Embeddings(words, vectors), onto)
    np.testing.assert_allclose(found.rotation, q, atol=ROTATED)
    np.testing.assert_allclose(found[words], onto[words], atol=10 * ROTATED)
    assert found.error < 10 * ROTATED
    assert found.table()["similarity"].min() > 1 - ROTATED


def test_a_reflection_is_a_rotation_too():
    x = points(3)
    mirrored = x * np.where(np.arange(D) == 0, -1, 1)
    assert solve_procrustes(x, mirrored).error < SAME


def test_procrustes_against_scipy():
    x, y = points(4), points(5)
    found = solve_procrustes(x, y)
    expected, _ = orthogonal_procrustes(x, y)
    np.testing.assert_allclose(found.matrix, expected, atol=SAME)
    assert found.error == pytest.approx(np.linalg.norm(x @ expected - y) / np.linalg.norm(y), abs=SAME)


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("normalise", [False, True])
def test_align_against_scipy(center, normalise):
    one, other = points(6).astype(np.float32), points(7).astype(np.float32)
    words = [f"w{i}" for i in range(V)]
    found = align(Embeddings(words, one), Embeddings(words, other), center=center, normalise=normalise)
    x, y = one.astype(float), other.astype(float)
    if normalise:
        x, y = (a / np.linalg.norm(a, axis=1, keepdims=True) for a in (x, y))
    if center:
        x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    expected, _ = orthogonal_procrustes(x, y)
    np.testing.assert_allclose(found.rotation, expected, atol=SAME)
    np.testing.assert_allclose(found.vectors, one.astype(float) @ expected, atol=1e-5)


def test_anchors_alone_decide():
    words = [f"w{i}" for i in range(V)]
    one, q = points(8), rotation(9)
    other = one @ q
    other[60:] = points(10)[60:]  # these words changed
    found = align(Embeddings(words, one), Embeddings(words, other), words=words[:60])
    np.testing.assert_allclose(found.rotation, q, atol=ROTATED)
    counts = np.arange(V, 0, -1)
    most = align(Embeddings(words, one, counts), Embeddings(words, other, counts), words=60)
    assert most.anchors == tuple(words[:60])


@pytest.mark.parametrize("crossing", [False, True])
def test_means_and_distances_by_brute_force(crossing):
    vectors, slices, units = mentions(crossing=crossing)
    found = average(pieces_of(vectors, slices, units, 3))
    means = np.array([vectors[slices == t].mean(axis=0) for t in range(3)])
    np.testing.assert_allclose(found.means, means, atol=SAME)
    noise = np.zeros((3, 3))
    across = [np.eye(6) - np.outer(m, m) / (m @ m) for m in means]
    held = [np.unique(units[slices == t]) for t in range(3)]
    factor = [np.sqrt(len(u) / (len(u) - 1)) for u in held]
    for unit in np.unique(units):
        parts = [
            across[t] @ (vectors[(slices == t) & (units == unit)] - means[t]).sum(axis=0) / (slices == t).sum()
            for t in range(3)
        ]
        noise += [[parts[t] @ parts[s] * factor[t] * factor[s] for s in range(3)] for t in range(3)]
    gram = means @ means.T - noise
    np.testing.assert_allclose(found.gram, gram, atol=SAME)
    lengths = np.sqrt(np.diag(gram))
    np.testing.assert_allclose(found.distances, 1 - gram / np.outer(lengths, lengths), atol=SAME)


@pytest.mark.parametrize("crossing", [False, True])
def test_permutations_measure_what_means_do(crossing):
    vectors, slices, units = mentions(seed=3, crossing=crossing)
    pair = pieces_of(vectors, slices, units, 3).between(0, 2)
    flipped = pair.slices == 0
    first, second = pair.pairs()
    single = np.setdiff1d(np.arange(len(flipped)), np.concatenate([first, second]))
    rng = np.random.default_rng(1)
    flipped[single] = rng.permutation(flipped[single])
    swapped = rng.random(len(first)) < 0.5
    flipped[first] ^= swapped
    flipped[second] ^= swapped
    clean, plain = measure(pair, np.stack([pair.slices == 0, flipped]))
    for k, is_first in enumerate((pair.slices == 0, flipped)):
        again = pieces_of(pair.sums, np.where(is_first, 0, 1), pair.units, 2)
        # Sums of several mentions stand in for one each: only where all n are 1 are the means the same.
        object.__setattr__(again, "n", pair.n[np.lexsort((pair.units, np.where(is_first, 0, 1)))])
        expected = average(again)
        assert clean[k] == pytest.approx(expected.distances[0, 1], abs=SAME)
        assert plain[k] == pytest.approx(expected.plain[0, 1], abs=SAME)


def test_the_interval_is_where_the_square_is_an_outer_quantile():
    rng = np.random.default_rng(0)
    bent, straight = rng.normal(size=999), rng.normal(size=999)
    one = Spread(square=1.5, bent=bent - bent.mean(), straight=straight)
    low, high = one.interval(0.9)
    for end, tail in ((low, 0.95), (high, 0.05)):
        drawn = 2 * end + np.sqrt(max(2 * end, 0)) * straight + one.bent
        assert np.quantile(drawn, tail, method="weibull") == pytest.approx(1.5, abs=1e-6)


def draw_word(rng, n=(60, 60), distance=0.0, d=15):
    """A word whose two slices point a known cosine distance apart, in documents of one to four mentions."""
    scale = 1 / np.sqrt(1 + np.arange(d))
    u, v = rng.normal(size=(2, d)) * scale
    u /= np.linalg.norm(u)
    v -= (v @ u) * u
    v /= np.linalg.norm(v)
    means = (u, (1 - distance) * u + np.sqrt(1 - (1 - distance) ** 2) * v)
    slices = np.repeat([0, 1], n)
    times = rng.integers(1, 5, sum(n))
    slices, units = np.repeat(slices, times), np.repeat(np.arange(sum(n)), times)
    own = rng.normal(size=(sum(n), d)) * scale * 0.8
    vectors = np.stack(means)[slices] + own[units] + rng.normal(size=(len(slices), d)) * scale
    return pieces_of(vectors, slices, units, 2)


# Bands of 3 standard errors and more around what is asked, so that other seeds would pass as well.
@pytest.mark.parametrize("distance", [0.0, 0.3])
def test_intervals_cover_and_noise_is_gone(distance):
    rng = np.random.default_rng(int(100 * distance))
    hits, found, plain = 0, [], []
    for _ in range(N_WORLDS):
        pieces = draw_word(rng, distance=distance)
        means = average(pieces)
        drawn = rng.multinomial(120, np.full(120, 1 / 120), size=150) - 1.0
        low, high = spread(pieces, means, 0, 1, drawn).interval(0.95)
        hits += low <= distance <= high
        found.append(means.distances[0, 1])
        plain.append(means.plain[0, 1])
    assert hits / N_WORLDS >= 0.89
    assert np.mean(found) == pytest.approx(distance, abs=4 * np.std(found) / np.sqrt(N_WORLDS))
    assert np.mean(plain) > np.mean(found) + 0.02


@pytest.mark.parametrize("n", [(40, 40), (90, 25)])
def test_null_p_values_are_uniform(n):
    rng = np.random.default_rng(n[0])
    found = [permute([draw_word(rng, n)], 99, seed, "test", 0).p_value for seed in range(200)]
    assert min(found) >= 0.01
    assert kstest(found, "uniform").pvalue > 0.001
    assert np.mean(np.array(found) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def planted(n=40, n_slices=3, seed=0):
    """'moved' changes its company in the last slice, 'still' does not."""
    rng = np.random.default_rng(seed)
    near = [f"w{i}" for i in range(40)]
    space = Embeddings([*near, "moved", "still"], points(11, 42))
    rows = []
    for year in range(n_slices):
        for k in range(n):
            parts = []
            for word, first in (("moved", 20 if year == n_slices - 1 else 0), ("still", 10)):
                company = [near[first + i] for i in rng.integers(0, 10, 8)]
                parts += [*company[:4], word, *company[4:], *["pad"] * 6]
            rows.append((" ".join(parts), 1990 + year, f"speaker {k % 20}"))
    frame = pd.DataFrame(rows, columns=["text", "year", "speaker"])
    truth = {"moved": [space.vectors[i : i + 10].astype(float).mean(axis=0) for i in (0, 20)]}
    return space, read_corpus(frame, text="text"), truth


@pytest.mark.parametrize("cluster", [None, "speaker"])
def test_planted_drift_is_found_and_nothing_else(cluster):
    space, corpus, truth = planted()
    found = drift(space, corpus, ["moved", "still"], transform="identity", seed=3, cluster=cluster)
    table = found.table().set_index(["word", "slice"])
    one, other = truth["moved"]
    expected = 1 - one @ other / np.sqrt((one @ one) * (other @ other))
    last = table.loc[("moved", "1992")]
    assert last["conf_low"] < expected < last["conf_high"]
    assert last["p_value"] == pytest.approx(1 / 500)
    assert last["estimate"] > last["chance_high"]
    others = table.drop(("moved", "1992"))
    others = others[others["reference"].notna()]
    assert len(others) == 3
    assert (others["p_value"] > 0.05).all()
    assert ((others["conf_low"] <= 0) & (others["conf_high"] >= 0)).all()


def test_noise_is_what_the_null_says():
    space, corpus, _ = planted(n=25)
    table = drift(space, corpus, "still", transform="identity", seed=1).table().dropna(subset="reference")
    assert (table["drift"] > 0).all()
    np.testing.assert_allclose(table["null_mean"], table["drift"] - table["excess"], atol=SAME)
    assert (table["estimate"].abs() < table["drift"].abs()).any()


def test_vectors_are_means_over_mentions_times_the_transform():
    space, corpus, _ = planted(n=5)
    matrix = points(12, D, D)
    with pytest.warns(UserWarning, match="fewer than 20 documents"):
        found = drift(space, corpus, "still", transform=matrix, seed=1, n_boot=50, n_permutations=0)
    texts = [f"{text}".split() for text in _texts(n=5)]
    means = []
    for year in range(3):
        contexts = []
        for words in texts[5 * year : 5 * year + 5]:
            at = words.index("still")
            around = [w for w in [*words[max(0, at - 6) : at], *words[at + 1 : at + 7]] if w in space]
            contexts.append(space[around].astype(float).mean(axis=0))
        means.append(matrix @ np.mean(contexts, axis=0))
    cosines = [1 - means[0] @ m / np.sqrt((means[0] @ means[0]) * (m @ m)) for m in means[1:]]
    np.testing.assert_allclose(found.table()["drift"].iloc[1:], cosines, atol=1e-6)


def _texts(n):
    """The texts of `planted`, again."""
    rng, near, texts = np.random.default_rng(0), [f"w{i}" for i in range(40)], []
    for year in range(3):
        for _ in range(n):
            parts = []
            for word, first in (("moved", 20 if year == 2 else 0), ("still", 10)):
                company = [near[first + i] for i in rng.integers(0, 10, 8)]
                parts += [*company[:4], word, *company[4:], *["pad"] * 6]
            texts.append(" ".join(parts))
    return texts
