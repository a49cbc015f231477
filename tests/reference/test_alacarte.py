"""À la carte embeddings against brute force, closed forms, and the digits that conText prints."""

import gzip
import itertools
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Tokens, read_corpus
from lacunet.measures.alacarte import alacarte
from lacunet.measures.alacarte._cells import Cells
from lacunet.measures.alacarte._compare import Question, compare_groups, compare_with_words
from lacunet.measures.alacarte._context_sums import count_occurrences, sum_contexts
from lacunet.measures.alacarte._cosines import find_direction, shuffle_labels
from lacunet.measures.uncertainty import draw_multiplicities

ROUNDING = 1e-9
"""Sums of a few hundred float64 numbers in another order; the vectors of a space are float32 in both roads."""
SINGLE = 2e-6
"""Vectors are rounded to float32 on their way into a space."""
PRINTED = 5.1e-8
"""Half a unit of the seventh digit that conText prints, and the float32 of the vectors."""
DATA = os.environ.get("LACUNET_DATA")
WORDS = [f"w{i}" for i in range(40)]
KNOWN = WORDS[:30]


def make_texts(n=60, seed=0):
    """Lists of words, by a Zipf-like law, some of them unknown to the space."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, len(WORDS) + 1)
    return [[WORDS[i] for i in rng.choice(len(WORDS), rng.integers(3, 30), p=share / share.sum())] for _ in range(n)]


def make_space(dim=5, seed=1):
    return Embeddings(KNOWN, np.random.default_rng(seed).normal(size=(len(KNOWN), dim)))


def context(space, words, at, window):
    """Mean vector of the known words around a place; None where there is none."""
    around = [words[j] for j in range(max(0, at - window), min(len(words), at + window + 1)) if j != at]
    found = [space[word].astype(np.float64) for word in around if word in space]
    return np.mean(found, axis=0) if found else None


def brute_means(space, texts, window):
    """Occurrences and mean context vector of every word, one occurrence at a time."""
    found = {word: [] for word in space}
    counts = dict.fromkeys(space, 0)
    for words in texts:
        for at, word in enumerate(words):
            if word in space:
                counts[word] += 1
                if (u := context(space, words, at, window)) is not None:
                    found[word].append(u)
    return np.array(list(counts.values())), np.array([np.mean(found[word], axis=0) for word in space])


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    with threadpool_limits(limits=1):  # the products here are too small to share
        yield


@pytest.mark.parametrize("window", [1, 3, 50])
def test_context_sums_against_every_window_by_itself(window):
    texts, space = make_texts(), make_space()
    corpus = read_corpus(texts)
    sums = sum_contexts(space, corpus, np.arange(len(space)), window)
    counts, means = brute_means(space, texts, window)
    np.testing.assert_array_equal(sums.counts, counts)
    np.testing.assert_array_equal(count_occurrences(space, corpus), counts)
    np.testing.assert_allclose(sums.means, means, atol=ROUNDING)


def test_windows_end_with_the_unit():
    space = make_space()
    corpus = read_corpus(["W1 w2 w3. W4 w5 w6. W7 w1"], tokens=Tokens(units="sentence"))
    sums = sum_contexts(space, corpus, np.arange(len(space)), 6)
    units = [["w1", "w2", "w3"], ["w4", "w5", "w6"], ["w7", "w1"]]
    for word in ("w1", "w4", "w7"):
        found = [context(space, unit, unit.index(word), 6) for unit in units if word in unit]
        np.testing.assert_allclose(sums.means[KNOWN.index(word)], np.mean(found, axis=0), atol=ROUNDING)


@pytest.mark.parametrize("weighting", ["log", "threshold"])
def test_the_transform_is_weighted_least_squares(weighting):
    texts, space = make_texts(), make_space()
    options = {"window": 3, "min_count": 4, "weighting": weighting, "threshold": 12, "held_out": 0.2, "seed": 1}
    with pytest.warns(match="median cosine"):  # vectors drawn at random have nothing to do with contexts
        made = alacarte(space, read_corpus(texts), **options)
    counts, means = brute_means(space, texts, 3)
    weight = np.log(counts) * (counts >= 4) if weighting == "log" else (counts >= 12).astype(float)
    root = np.sqrt(weight)[:, None]
    expected = np.linalg.lstsq(root * means, root * space.vectors.astype(np.float64), rcond=None)[0].T
    np.testing.assert_allclose(made.transform, expected, atol=1e-7)
    # The check: the same without the held-out words.
    recovery = made.recovery.set_index("word")
    is_in = np.array([word in recovery.index and not recovery.loc[word, "held_out"] for word in space])
    assert recovery["held_out"].sum() == round(0.2 * len(recovery))
    first = np.linalg.lstsq((root * means)[is_in], (root * space.vectors.astype(np.float64))[is_in], rcond=None)[0]
    for word in recovery.index:
        one, other = means[KNOWN.index(word)] @ first, space[word].astype(np.float64)
        cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        assert recovery.loc[word, "cosine"] == pytest.approx(cosine, abs=1e-7)


def test_a_linear_map_is_found_again():
    # With vectors V = E M for eigenvectors E of the matrix P that takes word vectors to mean contexts, contexts are
    # U = P V = E L M, so that v = A u holds for every word with A = (M^-1 L^-1 M)'.
    texts = make_texts(400, seed=3)
    identity = Embeddings(KNOWN, np.eye(len(KNOWN)))
    values, vectors = np.linalg.eig(brute_means(identity, texts, 4)[1])
    real = np.flatnonzero(np.abs(values.imag) < 1e-12)
    chosen = real[np.argsort(-np.abs(values[real]))[:4]]
    mix = np.random.default_rng(0).normal(size=(4, 4))
    space = Embeddings(KNOWN, np.sqrt(len(KNOWN)) * vectors.real[:, chosen] @ mix)
    made = alacarte(space, read_corpus(texts), window=4, min_count=1, held_out=0.3, seed=2)
    expected = (np.linalg.inv(mix) @ np.diag(1 / values.real[chosen]) @ mix).T
    np.testing.assert_allclose(made.transform, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    assert made.recovery["held_out"].any()
    assert made.recovery["cosine"].min() > 0.9999
    table = made.table().set_index("words")
    assert table.loc["held out", "share_above"] == 1


def make_speeches(n=40, seed=4):
    """Speeches of two parties and ten speakers about one target."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        party = "L" if i % 2 else "R"
        words = rng.choice(KNOWN[:15] if party == "L" else KNOWN[10:], 25).tolist()
        for at in rng.choice(25, rng.integers(1, 4), replace=False):
            words[at] = "target"
        rows.append({"party": party, "speaker": f"s{i // 4}", "text": " ".join(words)})
    return pd.DataFrame(rows)


def brute_mentions(space, transform, speeches, window):
    """Document and vector of every mention."""
    found = []
    for i, row in enumerate(speeches["text"]):
        words = row.split()
        vectors = ((i, context(space, words, at, window)) for at, word in enumerate(words) if word == "target")
        found += [(i, transform @ u) for i, u in vectors if u is not None]
    return np.array([i for i, _ in found]), np.array([y for _, y in found])


@pytest.fixture(scope="module")
def made():
    space = make_space()
    return alacarte(space, transform=np.random.default_rng(5).normal(size=(5, 5)), window=3, seed=7)


@pytest.fixture(scope="module")
def speeches():
    return make_speeches()


def test_vectors_of_mentions_groups_and_documents(made, speeches):
    document, vectors = brute_mentions(made.space, made.transform, speeches, 3)
    instances = made.instances("target", texts=speeches, text="text")
    np.testing.assert_array_equal(instances.table()["document"], document)
    np.testing.assert_allclose(instances.vectors, vectors, atol=ROUNDING)
    carte = made.embed("target", texts=speeches, text="text", by="party")
    party = speeches["party"].to_numpy()[document]
    for name in ("L", "R"):
        np.testing.assert_allclose(carte[name], vectors[party == name].mean(axis=0), atol=ROUNDING)
    np.testing.assert_array_equal(carte.n_instances, [(party == name).sum() for name in ("L", "R")])
    known = [[made.space[word] for word in text.split() if word in made.space] for text in speeches["text"]]
    expected = np.array([made.transform @ np.mean(some, axis=0) for some in known])
    np.testing.assert_allclose(made.documents(speeches, text="text"), expected, atol=SINGLE * 10)


def cosine(one, other):
    return one @ other / np.linalg.norm(one) / np.linalg.norm(other)


def test_resamples_are_of_documents(made, speeches):
    # Each resample by the long road: the texts are repeated as often as they were drawn, and embedded anew.
    corpus = read_corpus(speeches, text="text")
    carte = made.embed("target", texts=corpus)
    found = carte.similarity(["w3", "w20"], corrected=False, n_boot=12).table()
    k = len(np.unique(carte.cells.document))
    drawn = draw_multiplicities(np.arange(k), 12, carte.seed, "bootstrap of target")
    cosines = []
    for times in drawn.astype(int):
        again = made.embed("target", texts=corpus.recount(np.repeat(np.unique(carte.cells.document), times)))
        cosines.append([cosine(again["target"], made.space[word]) for word in ("w3", "w20")])
    expected = np.std(cosines, axis=0, ddof=1) * np.sqrt(k / (k - 1))
    np.testing.assert_allclose(found["std_error"], expected, rtol=1e-7)
    np.testing.assert_allclose(found["estimate"], [cosine(carte["target"], made.space[w]) for w in ("w3", "w20")])
    half = stats.t.ppf(0.975, k - 1) * found["std_error"]
    np.testing.assert_allclose(found["conf_high"], found["estimate"] + half)


def test_clusters_are_drawn_together(made, speeches):
    corpus = read_corpus(speeches, text="text")
    carte = made.embed("target", texts=corpus, cluster="speaker")
    found = carte.similarity("w3", corrected=False, n_boot=9).table()
    drawn = draw_multiplicities(np.arange(10), 9, carte.seed, "bootstrap of target").astype(int)
    cosines = [
        cosine(
            made.embed("target", texts=corpus.recount(np.repeat(np.arange(40), times[np.arange(40) // 4])))["target"],
            made.space["w3"],
        )
        for times in drawn
    ]
    assert found["df"].tolist() == [9]
    np.testing.assert_allclose(found["std_error"], np.std(cosines, ddof=1) * np.sqrt(10 / 9), rtol=1e-7)


def test_the_noise_in_a_squared_length():
    # Over draws, the squared length of a mean less its noise has the squared length of the truth as its mean.
    rng = np.random.default_rng(6)
    truth, k = rng.normal(size=20), 12
    draws = []
    for _ in range(2000):
        sums = truth + 2 * rng.normal(size=(k, 20))
        direction = find_direction(np.ones(k), sums, True)
        assert direction.noise == pytest.approx(sums.var(axis=0, ddof=1).sum() / k, rel=1e-9)
        draws.append(direction.mean @ direction.mean - direction.noise)
    standard_error = np.std(draws) / np.sqrt(len(draws))
    assert abs(np.mean(draws) - truth @ truth) < 4 * standard_error


def make_cells(rng, sizes, means, spread=1.5):
    """Documents of one to five mentions around the mean of each group, with what documents have in common."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    n = rng.integers(1, 6, len(group))
    own = np.asarray(means)[group] + 0.5 * spread * rng.normal(size=(len(group), len(means[0])))
    sums = n[:, None] * own + np.sqrt(n)[:, None] * spread * rng.normal(size=own.shape)
    document = np.arange(len(group))
    return Cells(group, document, document, n, (sums,))


def ask_about(cells, space, seed, n_boot=200, n_permutations=0, corrected=True):
    return Question(
        spaces=(space,),
        names=("one", "other"),
        targets=("target", "target"),
        cells=cells,
        corrected=corrected,
        n_boot=n_boot,
        n_permutations=n_permutations,
        seed=seed,
    )


def test_intervals_cover_and_uncorrected_cosines_do_not():
    # Planted directions in 40 dimensions, 12 and 25 documents; 60 corpora, two groups and four words each.
    rng = np.random.default_rng(8)
    common = rng.normal(size=40)
    space = Embeddings(KNOWN[:4], common + 0.8 * rng.normal(size=(4, 40)))
    means = common + 0.6 * rng.normal(size=(2, 40))
    truth = np.array([[cosine(mean, space[word]) for word in space] for mean in means])
    asked, covered, plain, contrast = [(0, space.words), (1, space.words)], [], [], []
    for seed in range(60):
        cells = make_cells(rng, (12, 25), means, spread=2.0)
        for corrected, out in ((True, covered), (False, plain)):
            found = compare_with_words(ask_about(cells, space, seed, 100, corrected=corrected), "similarity", asked)
            out.append(is_inside(found, truth.ravel()))
        found = compare_groups(ask_about(cells, space, seed, 100), "contrast", (0, 1), space.words)
        contrast.append(is_inside(found, truth[0] - truth[1]))
    # 480 and 240 intervals that hang together by corpora: two standard errors of a share are about .025.
    assert 0.93 < np.mean(covered) < 0.99
    assert np.mean(contrast) > 0.93  # of small groups they cover more than they promise
    assert np.mean(plain) < 0.9


def is_inside(found, truth):
    half = stats.t.ppf(0.975, found.dof) * found.errors[0]
    return np.abs(found.estimates[0] - truth) <= half


def test_p_values_are_uniform_under_no_difference():
    rng = np.random.default_rng(9)
    space = Embeddings(KNOWN[:1], rng.normal(size=(1, 10)))
    mean = rng.normal(size=10)
    ps = []
    for seed in range(240):
        ask = ask_about(make_cells(rng, (8, 20), [mean, mean]), space, seed, 2, 99)
        ps.append(compare_groups(ask, ("contrast", "ratio")[seed % 2], (0, 1), space.words).p_value[0])
    ps = np.array(ps)
    assert ps.min() >= 0.01
    # Binomial: 240 tests at 5 % have a standard error of .014.
    assert abs(np.mean(ps <= 0.05) - 0.05) < 0.04
    assert stats.kstest(ps, "uniform").pvalue > 0.001


def test_permutations_against_all_partitions():
    rng = np.random.default_rng(10)
    space = Embeddings(KNOWN[:1], rng.normal(size=(1, 6)))
    cells = make_cells(rng, (4, 4), [np.ones(6), np.ones(6) + space.vectors[0]])
    p = compare_groups(ask_about(cells, space, 3, 2, 4000, False), "contrast", (0, 1), space.words).p_value[0]
    n, sums, unit = cells.n, cells.sums[0], space.units(np.array([0]))[0]

    def difference(ones):
        parts = (list(ones), [i for i in range(8) if i not in ones])
        one, other = (sums[part].sum(axis=0) / n[part].sum() for part in parts)
        return abs(one @ unit / np.linalg.norm(one) - other @ unit / np.linalg.norm(other))

    every = [difference(ones) for ones in itertools.combinations(range(8), 4)]
    exact = np.mean(np.array(every) >= difference((0, 1, 2, 3)) - 1e-12)
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4000) + 1 / 4001)


def test_labels_move_with_clusters_or_within_them():
    rng = np.random.default_rng(11)
    cells = make_cells(rng, (6, 6), np.zeros((2, 3)))
    nested = Cells(cells.group, cells.document, np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]), cells.n, cells.sums)
    shuffle = shuffle_labels(nested, (0, 1), 50, 1)
    assert shuffle.labels.shape == (51, 6)
    assert not shuffle.is_within
    np.testing.assert_array_equal(shuffle.labels.sum(axis=1), 3)
    crossed = Cells(cells.group, cells.document, np.tile([0, 1, 2], 4), cells.n, cells.sums)
    shuffle = shuffle_labels(crossed, (0, 1), 50, 1)
    assert shuffle.is_within
    for cluster in range(3):
        np.testing.assert_array_equal(shuffle.labels[:, np.tile([0, 1, 2], 4) == cluster].sum(axis=1), 2)


def test_the_correction_in_shuffles_is_that_of_the_estimate():
    rng = np.random.default_rng(12)
    space = Embeddings(KNOWN[:3], rng.normal(size=(3, 8)))
    cells = make_cells(rng, (5, 7), rng.normal(size=(2, 8)))
    ask = ask_about(cells, space, 1, 2, 5)
    one, other = shuffle_labels(cells, (0, 1), 5, 1).cosines(0, space.units(np.arange(3)), True)
    found = compare_groups(ask, "contrast", (0, 1), space.words)
    np.testing.assert_allclose(one[0] - other[0], found.estimates[0], atol=ROUNDING)


def test_several_fits_add_the_seed_as_a_source(speeches):
    rng = np.random.default_rng(13)
    base = rng.normal(size=(len(KNOWN), 5))
    spaces = [Embeddings(KNOWN, base + 0.3 * rng.normal(size=base.shape)) for _ in range(3)]
    texts = make_texts(100)
    with pytest.warns(match="median cosine"):
        made = alacarte(spaces, texts, min_count=2, seed=1)
    with pytest.warns(match="median cosine"):
        alone = [alacarte(space, texts, min_count=2, seed=1) for space in spaces]
    corpus = read_corpus(speeches, text="text")
    found = made.embed("target", texts=corpus).similarity("w3", n_boot=50).table().iloc[0]
    each = [one.embed("target", texts=corpus).similarity("w3", n_boot=50).table().iloc[0] for one in alone]
    estimates, errors = (np.array([one[name] for one in each]) for name in ("estimate", "std_error"))
    assert found["estimate"] == pytest.approx(estimates.mean())
    assert found["sd_seeds"] == pytest.approx(estimates.std(ddof=1))
    assert found["se_documents"] == pytest.approx(np.sqrt((errors**2).mean()))
    assert found["std_error"] == pytest.approx(np.sqrt((errors**2).mean() + estimates.var(ddof=1) / 3))


@pytest.mark.skipif(DATA is None, reason="LACUNET_DATA names no folder with the data of conText, which is not ours")
def test_the_digits_of_context():
    # conText 3.0.1, vignette: target immigr* by party; without the correction, which conText does not have.
    assert DATA is not None
    golden = np.load(Path(DATA) / "text" / "conText_golden_glove_transform.npz")
    with gzip.open(Path(DATA) / "text" / "conText_cr_sample_corpus.jsonl.gz", "rt", encoding="utf-8") as file:
        speeches = pd.DataFrame([json.loads(line) for line in file])
    space = Embeddings([str(word) for word in golden["vocab"]], golden["glove"])
    made = alacarte(space, transform=golden["transform"], seed=1)
    corpus = read_corpus([text.split() for text in speeches["text"]])
    corpus.variables = speeches.drop(columns="text")
    carte = made.embed("immigr*", texts=corpus, by="party")
    assert carte.n_instances.tolist() == [722, 615]
    table = carte.similarity(["reform", "enforcement"], corrected=False, n_boot=2).table()
    printed = [0.5949757, 0.6059709, 0.4270958, 0.5968879]
    np.testing.assert_allclose(table["estimate"], printed, atol=PRINTED)
    near = carte.nearest("R", n=5, corrected=False, n_boot=2).table()
    assert near["word"].tolist() == ["immigration", "illegal", "immigrants", "illegally", "amnesty"]
    np.testing.assert_allclose(near["estimate"], [0.843, 0.768, 0.732, 0.664, 0.658], atol=5e-4)
    assert len(made.instances("immigration", texts=corpus)) == 924
