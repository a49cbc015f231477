"""Axes and scores against their formulas by brute force, resamples against closed forms, intervals against a truth."""

import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.measures.axes import Axis, emotionality
from lacunet.measures.axes._groups import group_scores
from lacunet.measures.uncertainty import draw_multiplicities

EXACT = 1e-12
"""A few roundings of float64."""
SINGLE = 2e-6
"""Vectors of documents are sums of float32."""
SLOPE = 1e-4
"""A numerical gradient, and products of float32."""
CHANCE = 0.06
"""Four standard deviations of a standard error from 2,500 resamples."""
DATA = os.environ.get("LACUNET_DATA")
PAIRS = {"affluence": 42, "gender": 10, "race": 7}
"""Lines of the files of Kozlowski, Taddy and Evans."""


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def make_space(seed=0, n=30, d=5):
    rng = np.random.default_rng(seed)
    words = [f"w{i:02d}" for i in range(n)]
    return Embeddings(words, rng.normal(size=(n, d)) * rng.uniform(0.5, 2, size=(n, 1)), rng.integers(5, 500, n))


def make_texts(space, n=6, seed=1):
    rng = np.random.default_rng(seed)
    return [list(rng.choice(space.words, size)) for size in rng.integers(3, 30, n)]


def vectors_of(space, words):
    return space[list(words)].astype(np.float64)


def test_centroids_are_the_difference_of_mean_units():
    space = make_space()
    high, low = ["w00", "w01", "w02"], ["w03", "w04"]
    expected = unit(unit(vectors_of(space, high)).mean(0) - unit(vectors_of(space, low)).mean(0))
    np.testing.assert_allclose(Axis(high, low).direction(space), expected, atol=EXACT)
    table = Axis(high, low).words(space, ["w07", "w05"])
    assert table["word"].tolist() == ["w07", "w05"]
    np.testing.assert_allclose(table["projection"], unit(vectors_of(space, ["w07", "w05"])) @ expected, atol=EXACT)


def test_pairs_are_the_mean_of_unit_differences_of_units():
    space = make_space()
    pairs = [("w00", "w03"), ("w01", "w04"), ("w00", "w05")]
    steps = [unit(unit(vectors_of(space, [a])[0]) - unit(vectors_of(space, [b])[0])) for a, b in pairs]
    expected = unit(np.mean(steps, axis=0))
    np.testing.assert_allclose(Axis.from_pairs(pairs).direction(space), expected, atol=EXACT)


def test_pairs_of_which_one_is_not_known_are_left_out():
    space = make_space()
    whole = Axis.from_pairs([("w00", "w03"), ("w01", "w04")]).direction(space)
    with pytest.warns(UserWarning, match="'nowhere'"):
        found = Axis.from_pairs([("w00", "w03"), ("w07", "nowhere"), ("w01", "w04")]).direction(space)
    np.testing.assert_array_equal(found, whole)


def test_polarity_is_the_weighted_sum_of_cosines_with_seeds():
    space = Embeddings(["good", "fine", "finer", "bad", "x"], np.random.default_rng(3).normal(size=(5, 4)))
    weights = {"good": 1 / 2, "fine": 1 / 4, "finer": 1 / 4, "bad": -1}
    expected = [sum(w * space.similarity(word, seed) for seed, w in weights.items()) for word in space.words]
    table = Axis(["good", "fine*"], ["bad"], how="words").words(space, list(space.words))
    np.testing.assert_allclose(table["projection"], expected, atol=EXACT)


def test_one_pole_is_the_cosine_with_its_words():
    space = make_space()
    expected = [space.similarity(word, "w00") for word in space.words]
    for how in ("centroids", "words"):
        table = Axis("w00", how=how).words(space, list(space.words))
        np.testing.assert_allclose(table["projection"], expected, atol=EXACT)


def means_of(space, texts, weights):
    weight = dict(zip(space.words, weights, strict=True))
    return [np.array([weight[word] * space[word].astype(np.float64) for word in text]).mean(axis=0) for text in texts]


@pytest.mark.parametrize("weights", ["mean", "sif"])
def test_a_document_s_score_is_the_cosine_of_its_mean_vector(weights):
    space = make_space()
    texts, axis = make_texts(space), Axis(["w00", "w01"], ["w02"])
    p = space.counts / space.counts.sum()
    weight = np.ones(len(space)) if weights == "mean" else 0.01 / (0.01 + p)
    expected = [unit(one) @ axis.direction(space) for one in means_of(space, texts, weight)]
    scores = axis.score(space, texts, weights=weights, a=0.01)
    np.testing.assert_allclose(np.asarray(scores), expected, atol=SINGLE)


@pytest.mark.parametrize("weights", ["mean", "sif"])
@pytest.mark.parametrize("how", ["centroids", "words"])
def test_a_document_s_score_by_words_is_their_mean_projection(weights, how):
    space = make_space()
    texts, axis = make_texts(space), Axis(["w00", "w01"], ["w02"], how=how)
    projection = axis.words(space, list(space.words)).set_index("word")["projection"]
    p = space.counts / space.counts.sum()
    weight = pd.Series(np.ones(len(space)) if weights == "mean" else 1e-3 / (1e-3 + p), space.words)
    scores = axis.score(space, texts, documents="words", weights=weights)
    for i, text in enumerate(texts):
        w, beta, n = weight[text].to_numpy(), projection[text].to_numpy(), len(text)
        mean = (w * beta).sum() / w.sum()
        error = np.sqrt(n / (n - 1) * (w**2 * (beta - mean) ** 2).sum()) / w.sum()
        np.testing.assert_allclose(scores.values[0, i], mean, atol=EXACT)
        np.testing.assert_allclose(scores.errors[0, i], error, atol=1e-8)  # squares that nearly cancel


def ratio(d, a, c):
    return (1 + unit(d) @ unit(a)) / (1 + unit(d) @ unit(c))


@pytest.mark.parametrize("form", ["ratio", "difference"])
def test_emotionality_is_gennaro_and_ash_s(form):
    space = make_space(d=4)
    texts, affect, cognition = make_texts(space), ["w00", "w01", "w02"], ["w03", "w04"]
    weight = 1e-2 / (1e-2 + space.counts / space.counts.sum())
    a, c = (means_of(space, [words], weight)[0] for words in (affect, cognition))
    documents = means_of(space, texts, weight)
    expected = [ratio(d, a, c) if form == "ratio" else unit(d) @ unit(a - c) for d in documents]
    scores = emotionality(space, texts, affect, cognition, a=1e-2, form=form)
    np.testing.assert_allclose(np.asarray(scores), expected, rtol=SINGLE, atol=SINGLE)


def test_weights_come_from_the_documents_where_nobody_counted():
    counted = make_space()
    space = Embeddings(counted.words, counted.vectors)
    texts = [["w00", "w05", "w05", "w06"], ["w03", "w05"]]
    counts = [sum(text.count(word) for text in texts) for word in space.words]
    same = emotionality(Embeddings(space.words, space.vectors, counts), texts, ["w00"], ["w03"])
    np.testing.assert_allclose(same.values, emotionality(space, texts, ["w00"], ["w03"]).values, atol=SINGLE)


@pytest.mark.parametrize("measure", ["cosine", "ratio"])
def test_the_error_within_a_document_is_that_of_the_delta_method(measure):
    space = make_space(d=4)
    texts = make_texts(space, n=4)
    if measure == "cosine":
        axis = Axis(["w00"], ["w01"])
        scores, weight, towards = axis.score(space, texts), np.ones(len(space)), axis.direction(space)
        of = lambda d: unit(d) @ towards  # noqa: E731
    else:
        weight = 1e-3 / (1e-3 + space.counts / space.counts.sum())
        a, c = (means_of(space, [[word]], weight)[0] for word in ("w00", "w01"))
        scores = emotionality(space, texts, ["w00"], ["w01"])
        of = lambda d: ratio(d, a, c)  # noqa: E731
    weights = dict(zip(space.words, weight, strict=True))
    for i, text in enumerate(texts):
        u = np.array([weights[word] * space[word].astype(np.float64) for word in text])
        mean, step = u.mean(axis=0), 1e-6 * np.linalg.norm(u.mean(axis=0))
        slope = [(of(mean + step * e) - of(mean - step * e)) / (2 * step) for e in np.eye(4)]
        expected = np.sqrt(slope @ np.cov(u.T) @ slope / len(text))
        np.testing.assert_allclose(scores.errors[0, i], expected, rtol=SLOPE)


def test_turning_the_space_or_stretching_it_changes_nothing():
    space = make_space()
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(5, 5)))[0]
    turned = Embeddings(space.words, 3 * space.vectors @ turn, space.counts)
    texts, axis = make_texts(space), Axis(["w00", "w01"], ["w02"])
    for measure in (
        lambda one: axis.score(one, texts),
        lambda one: axis.score(one, texts, documents="words"),
        lambda one: emotionality(one, texts, ["w00"], ["w01"]),
    ):
        before, after = measure(space), measure(turned)
        np.testing.assert_allclose(after.values, before.values, atol=SINGLE, rtol=SINGLE)
        np.testing.assert_allclose(after.errors, before.errors, atol=SINGLE, rtol=10 * SINGLE)


def test_poles_exchanged_turn_the_sign():
    space = make_space()
    texts = make_texts(space)
    one, other = Axis(["w00"], ["w01"]).score(space, texts), Axis(["w01"], ["w00"]).score(space, texts)
    np.testing.assert_array_equal(one.values, -other.values)
    np.testing.assert_array_equal(one.errors, other.errors)


def test_a_document_scores_the_same_alone_and_among_others():
    space = make_space(d=37)
    texts, axis = make_texts(space, n=300), Axis(["w00", "w01"], ["w02"])
    together = axis.score(space, texts)
    for i in (0, 131, 299):
        assert axis.score(space, [texts[i]]).values[0, 0] == together.values[0, i]


def test_fits_are_averaged_and_their_spread_is_told():
    fits, texts = [make_space(seed) for seed in range(3)], make_texts(make_space())
    axis = Axis(["w00"], ["w01"])
    each = np.stack([np.asarray(axis.score(fit, texts)) for fit in fits])
    frame = axis.score(fits, texts).frame()
    np.testing.assert_allclose(frame["score"], each.mean(axis=0), atol=EXACT)
    np.testing.assert_allclose(frame["sd_seeds"], each.std(axis=0, ddof=1), atol=EXACT)
    words = np.stack([axis.words(fit, ["w05", "w06"])["projection"] for fit in fits])
    table = axis.words(fits, ["w05", "w06"])
    np.testing.assert_allclose(table["projection"], words.mean(axis=0), atol=EXACT)
    np.testing.assert_allclose(table["sd_seeds"], words.std(axis=0, ddof=1), atol=EXACT)


def grouped(values, frame, by, cluster, n_boot, seed=1):
    n_words = np.ones(len(frame), dtype=np.int64)
    values = np.atleast_2d(values)
    return group_scores(values, n_words, frame, by, cluster, n_boot, seed, name="x", notes=(), works=())


def test_resamples_of_clusters_are_what_drawing_their_documents_gives():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"g": rng.choice(["a", "b"], 40), "c": rng.integers(0, 6, 40)})
    values = rng.normal(size=40)
    found = grouped(values, frame, ["g"], "c", 20).replicates[0]
    units = pd.factorize(frame["c"])[0]
    times = draw_multiplicities(units, 20, 1)
    for k, group in enumerate("ab"):
        own = (frame["g"] == group).to_numpy()
        expected = (times[:, own] @ values[own]) / times[:, own].sum(axis=1)
        np.testing.assert_allclose(found[:, k], expected, rtol=1e-5, atol=1e-6)  # kept in float32


def test_standard_errors_are_those_of_means():
    rng = np.random.default_rng(4)
    values = rng.normal(size=50)
    alone = grouped(values, pd.DataFrame(index=range(50)), [], None, 2500).table()
    np.testing.assert_allclose(alone["std_error"], values.std(ddof=1) / np.sqrt(50), rtol=CHANCE)
    effect = np.repeat(rng.normal(size=20), 6)
    frame = pd.DataFrame({"c": np.repeat(np.arange(20), 6)})
    by_cluster = grouped(effect + 0.1 * rng.normal(size=120), frame, [], "c", 2500).table()
    np.testing.assert_allclose(by_cluster["std_error"], effect[::6].std(ddof=1) / np.sqrt(20), rtol=CHANCE)
    assert by_cluster["df"].tolist() == [19]


def test_what_groups_share_drops_out_of_their_contrast():
    rng = np.random.default_rng(6)
    speaker, differences = np.repeat(10 * rng.normal(size=30), 2), rng.normal(size=30)
    values = speaker + np.column_stack([differences, np.zeros(30)]).ravel()
    frame = pd.DataFrame({"g": np.tile(["a", "b"], 30), "c": np.repeat(np.arange(30), 2)})
    found = grouped(values, frame, ["g"], "c", 2500).contrast("a", "b")
    np.testing.assert_allclose(found["estimate"], differences.mean(), atol=1e-9)
    np.testing.assert_allclose(found["std_error"], differences.std(ddof=1) / np.sqrt(30), rtol=CHANCE)


def test_seeds_enter_the_standard_error_of_a_mean():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(4, 60)) + 5 * rng.normal(size=(4, 1))
    table = grouped(values, pd.DataFrame(index=range(60)), [], None, 500).table()
    np.testing.assert_allclose(table["sd_seeds"], values.mean(axis=1).std(ddof=1), atol=EXACT)
    expected = np.sqrt(table["se_documents"] ** 2 + table["sd_seeds"] ** 2 / 4)
    np.testing.assert_allclose(table["std_error"], expected, atol=EXACT)


@pytest.mark.parametrize("cluster", [None, "c"])
def test_intervals_cover_the_mean_that_was_planted(cluster):
    n_cover, n = 0, 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        shared = rng.normal(size=16).repeat(3) * (cluster is not None)
        frame = pd.DataFrame({"g": np.tile(np.arange(3), 16), "c": np.repeat(np.arange(16), 3)})
        table = grouped(shared + rng.normal(size=48), frame, ["g"], cluster, 150, seed).table()
        n_cover += int(((table["conf_low"] < 0) & (table["conf_high"] > 0)).sum())
        n += 3
    assert 0.92 < n_cover / n < 0.98, "95 % intervals in 360 trials: a standard deviation is 1.15 %, more in clusters"


def test_an_axis_planted_in_a_corpus_is_found():
    rng = np.random.default_rng(8)
    words = ["good", "bad", *(f"n{i}" for i in range(20))]
    vectors = np.vstack(
        [[3.0, 0, 0], [-3.0, 0, 0], np.column_stack([np.linspace(-1, 1, 20), rng.normal(size=(20, 2))])]
    )
    space = Embeddings(words, vectors)
    left, right = [f"n{i}" for i in range(10)], [f"n{i}" for i in range(10, 20)]
    texts = [list(rng.choice(left if i % 2 else right, 40)) for i in range(40)]
    corpus = read_corpus(pd.DataFrame({"text": [" ".join(text) for text in texts], "side": ["right", "left"] * 20}))
    contrast = Axis(["good"], ["bad"]).score(space, corpus).by("side", seed=1).contrast("right", "left")
    assert contrast["conf_low"][0] > 0
    assert contrast["p_value"][0] < 1e-6


@pytest.mark.skipif(DATA is None, reason="LACUNET_DATA names no folder of data")
@pytest.mark.parametrize("dimension", PAIRS)
def test_the_pairs_of_kozlowski_make_an_axis(dimension):
    path = Path(DATA) / "text" / "semaxis" / f"kozlowski_{dimension}_pairs.csv"
    axis = Axis.from_pairs(path, name=dimension)
    assert len(axis.positive) == len(axis.negative) == PAIRS[dimension]
    words = list(dict.fromkeys([*axis.positive, *axis.negative]))
    space = Embeddings(words, np.random.default_rng(0).normal(size=(len(words), 8)))
    with path.open(encoding="utf-8-sig") as file:
        pairs = [row for row in csv.reader(file) if row]
    steps = [unit(unit(space[a].astype(float)) - unit(space[b].astype(float))) for a, b in pairs]
    np.testing.assert_allclose(axis.direction(space), unit(np.mean(steps, axis=0)), atol=EXACT)
