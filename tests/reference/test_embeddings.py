"""Similarities, neighbours, analogies, documents, scores and maps against closed forms, SciPy and brute force."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._evaluation import interval
from lacunet.embedding.space._map import principal
from lacunet.solve import correlate, rank

EXACT = 1e-12
"""A few roundings of float64; all inputs are float32, which float64 holds."""
EPSILON = 0.001
"""Of Levy and Goldberg (2014)."""


def random_space(v=400, d=12, seed=3):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(v, d)).astype(np.float32) * rng.uniform(0.2, 5, size=(v, 1)).astype(np.float32)
    return Embeddings([f"w{i}" for i in range(v)], vectors, rng.integers(5, 1000, size=v))


def unit(space):
    vectors = space.vectors.astype(np.float64)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def ranked(space, scores, without, n):
    order = [i for i in np.argsort(-scores, kind="stable") if space.words[i] not in without][:n]
    return [space.words[i] for i in order], scores[order]


def test_similarity_in_closed_form():
    space = Embeddings(["x", "xy", "y", "minus"], [[2, 0], [3, 4], [0, 5], [-1, 0]])
    assert space.similarity("x", "xy") == pytest.approx(3 / 5, abs=EXACT)
    assert space.similarity("x", "y") == pytest.approx(0, abs=EXACT)
    assert space.similarity("x", "minus") == pytest.approx(-1, abs=EXACT)
    frame = space.similarities(["x", "y"], ["xy", "minus"])
    np.testing.assert_allclose(frame, [[3 / 5, -1], [4 / 5, 0]], atol=EXACT)
    assert list(frame.index) == ["x", "y"]
    assert list(frame.columns) == ["xy", "minus"]


@pytest.mark.parametrize("what", ["w7", ["w7", "w90", "w3"]])
def test_nearest_is_what_brute_force_finds(what):
    space = random_space()
    words = [what] if isinstance(what, str) else what
    query = unit(space)[[space.words.index(word) for word in words]].mean(axis=0)
    expected, values = ranked(space, unit(space) @ query / np.linalg.norm(query), words, 25)
    found = space.nearest(what, n=25)
    assert found["word"].tolist() == expected
    np.testing.assert_allclose(found["similarity"], values, atol=EXACT)


def test_nearest_ranks_by_more_digits_than_float32_has():
    turns = 0.5 + np.array([0, 4e-4, 3e-4, 2e-4, 1e-4])  # cosines that differ by less than 1e-7
    vectors = np.column_stack([np.cos(turns), np.sin(turns)]).astype(np.float32)
    space = Embeddings(list("abcde"), vectors)
    query = unit(space)[0]
    expected, _ = ranked(space, unit(space) @ query, ["a"], 4)
    assert space.nearest("a", n=4)["word"].tolist() == expected == ["e", "d", "c", "b"]


def test_analogy_of_the_parallelogram():
    # woman = man + gender, queen = king + gender, on vectors of one length
    words = ["king", "man", "woman", "queen", "apple"]
    vectors = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 1], [1, 1, 1], [1, -1, -1]], dtype=np.float64)
    space = Embeddings(words, vectors)
    for method in ("add", "multiply"):
        assert space.analogy("king", "man", "woman", n=1, method=method)["word"].tolist() == ["queen"]
    target = vectors[0] / 2**0.5 - vectors[1] + vectors[2] / 2**0.5
    score = vectors[3] @ target / np.linalg.norm(vectors[3]) / np.linalg.norm(target)
    assert space.analogy("king", "man", "woman")["score"].iloc[0] == pytest.approx(score, abs=EXACT)


def test_3cosadd_is_what_brute_force_finds():
    space, (a, b, c) = random_space(), (5, 17, 230)
    units = unit(space)
    target = units[a] - units[b] + units[c]
    expected, values = ranked(space, units @ target / np.linalg.norm(target), ["w5", "w17", "w230"], 12)
    found = space.analogy("w5", "w17", "w230", n=12)
    assert found["word"].tolist() == expected
    np.testing.assert_allclose(found["score"], values, atol=EXACT)
    composed = space.nearest(space.combine(["w5", "w230"], ["w17"]), n=12, without=["w5", "w17", "w230"])
    assert composed["word"].tolist() == expected
    np.testing.assert_allclose(composed["similarity"], values, atol=EXACT)


def test_3cosmul_is_what_brute_force_finds():
    space = random_space()
    units = unit(space)
    shifted = (units @ units[[5, 17, 230]].T + 1) / 2
    scores = shifted[:, 0] * shifted[:, 2] / (shifted[:, 1] + EPSILON)
    expected, values = ranked(space, scores, ["w5", "w17", "w230"], 12)
    found = space.analogy("w5", "w17", "w230", n=12, method="multiply")
    assert found["word"].tolist() == expected
    np.testing.assert_allclose(found["score"], values, rtol=EXACT)


def test_mean_and_weighted_mean_in_closed_form():
    space = Embeddings(["a", "b", "c"], [[1, 0], [0, 2], [4, 4]])
    np.testing.assert_allclose(space.mean(["a", "b"]), [0.5, 1], atol=EXACT)
    np.testing.assert_allclose(space.mean(["a", "c"], weights=[3, 1]), [7 / 4, 1], atol=EXACT)
    np.testing.assert_allclose(space.combine(["a", "b"], ["b"]), [1, 0], atol=EXACT)


def test_sif_is_the_formula_of_the_paper():
    space, a = random_space(60, 6), 1e-3
    rng = np.random.default_rng(1)
    texts = [[f"w{i}" for i in rng.integers(0, 60, size=9)] + ["unknown"] for _ in range(14)]
    share = dict(zip(space.words, space.counts / space.counts.sum(), strict=True))
    means = np.array(
        [np.mean([a / (a + share[w]) * space[w].astype(float) for w in text[:-1]], axis=0) for text in texts]
    )
    np.testing.assert_allclose(space.documents(texts, "sif", remove_component=False), means, atol=EXACT)
    u = np.linalg.svd(means)[2][0]
    np.testing.assert_allclose(space.documents(texts, "sif"), means - np.outer(means @ u, u), atol=1e3 * EXACT)


def test_spearman_with_ties_as_scipy_has_it():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 9, size=80).astype(float), rng.normal(size=80)
    assert correlate(rank(x), rank(y)) == pytest.approx(stats.spearmanr(x, y).statistic, abs=EXACT)


def test_interval_of_bonett_and_wright():
    r, n = 0.62, 203
    se = np.sqrt((1 + r**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(r) + np.array([-1, 1]) * stats.norm.ppf(0.95) * se)
    assert interval(r, n, 0.9) == pytest.approx((low, high), abs=EXACT)


def test_interval_covers_at_its_level():
    rng = np.random.default_rng(8)
    rho, n, runs = 0.6, 100, 2000
    truth = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's correlation of a normal pair, in closed form
    inside = 0
    for _ in range(runs):
        x = rng.normal(size=n)
        y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=n)
        ranks = np.array([x, y]).argsort(axis=1).argsort(axis=1)
        low, high = interval(np.corrcoef(ranks)[0, 1], n, 0.95)
        inside += low <= truth <= high
    # Three standard errors of a share of 2,000 are .015; the formula itself is good to .01.
    assert abs(inside / runs - 0.95) < 0.02


def test_pairs_score_what_scipy_says(tmp_path):
    space = random_space(50)
    rng = np.random.default_rng(4)
    pairs = [(f"w{i}", f"w{j}", float(rating)) for i, j, rating in rng.integers(0, 50, size=(30, 3))]
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"{a}\t{b}\t{rating}\n" for a, b, rating in [*pairs, ("w1", "elsewhere", 3.0)]))
    found = space.evaluate(path)
    cosines = [unit(space)[int(a[1:])] @ unit(space)[int(b[1:])] for a, b, _ in pairs]
    assert found.score == pytest.approx(stats.spearmanr([row[2] for row in pairs], cosines).statistic, abs=EXACT)
    assert (found.n, found.n_known, found.unknown) == (31, 30, ("elsewhere",))
    assert found.coverage == pytest.approx(30 / 31)


def test_analogies_score_what_asking_one_by_one_gives():
    space = random_space(80, 5)
    rng = np.random.default_rng(6)
    rows = [[f"w{i}" for i in rng.choice(80, 3, replace=False)] for _ in range(60)]
    # Answers that are right by one rule, by the other, or by neither; "a b c" asks for b - a + c.
    methods = ["add", "multiply", "neither"] * 20
    asked = [
        [*row, "w0" if how == "neither" else space.analogy(row[1], row[0], row[2], n=1, method=how)["word"][0]]
        for row, how in zip(rows, methods, strict=True)
    ]
    right = {
        how: np.array([space.analogy(b, a, c, n=1, method=how)["word"][0] == d for a, b, c, d in asked])
        for how in ("add", "multiply")
    }
    assert 0.3 < right["add"].mean() < right["multiply"].mean() + 0.7
    frame = pd.DataFrame(asked).assign(section=["first"] * 20 + ["second"] * 40).iloc[:, [4, 0, 1, 2, 3]]
    table = space.evaluate(frame).table()
    assert table["section"].tolist() == ["first", "second", "all"]
    for how, marks in right.items():
        expected = [marks[:20].mean(), marks[20:].mean(), marks.mean()]
        np.testing.assert_allclose(table[how], expected, atol=EXACT)


def test_analogies_among_the_first_words_only():
    space = random_space(80, 5)
    units = unit(space)[:40]
    asked = [(f"w{a}", f"w{b}", f"w{c}") for a, b, c in np.random.default_rng(9).integers(0, 40, size=(20, 3))]
    rows = []
    for a, b, c in asked:
        scores = units @ (units[int(b[1:])] - units[int(a[1:])] + units[int(c[1:])])
        scores[[int(word[1:]) for word in (a, b, c)]] = -9
        rows.append((a, b, c, f"w{scores.argmax()}"))
    found = space.evaluate(pd.DataFrame([*rows, ("w1", "w2", "w3", "w60")]), restrict=40)
    assert found.score == 1
    assert (found.n, found.n_known) == (21, 20)


def test_map_is_the_principal_components():
    units = unit(random_space(30, 7))
    scores, shares = principal(units)
    values, vectors = np.linalg.eigh(np.cov(units.T))
    expected = (units - units.mean(axis=0)) @ vectors[:, [-1, -2]]
    np.testing.assert_allclose(np.abs(scores), np.abs(expected), atol=1e2 * EXACT)
    np.testing.assert_allclose([share for _, share in shares], values[[-1, -2]] / values.sum(), atol=1e2 * EXACT)
    assert (scores[np.abs(scores).argmax(axis=0), [0, 1]] > 0).all()
