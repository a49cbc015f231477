"""Embedding regression against group means, textbook sandwiches, and the printed digits of conText's vignette."""

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.measures.regression import embedding_regression

EXACT = 1e-9
"""Two ways to the same number in float64."""
PRINTED = 1e-6
"""Digits that conText's vignette prints."""
DIM, WORDS = 4, [a + b for a in "bcdfg" for b in "aeiou"]
DATA = os.environ.get("LACUNET_DATA")
golden = pytest.mark.skipif(DATA is None, reason="LACUNET_DATA names no folder with the vignette's texts")


def chance(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.fixture(scope="module")
def space():
    return Embeddings(WORDS, chance(1).normal(size=(len(WORDS), DIM)))


@pytest.fixture(scope="module")
def transform():
    return chance(2).normal(size=(DIM, DIM))


@pytest.fixture(scope="module")
def frame():
    draw = chance(3)
    rows = []
    for i in range(60):
        party, year = "DR"[i % 2], 2000 + i % 7
        favoured = WORDS[:10] if party == "R" else WORDS
        words = draw.choice([*favoured, "unknown"], size=14).tolist()
        for place in draw.choice(14, size=2, replace=False):
            words[place] = "tax"
        rows.append({"text": " ".join(words), "party": party, "year": year, "speaker": f"s{i // 6}"})
    return pd.DataFrame(rows)


def instances(frame, space, transform, window=6):
    """Document and vector of each mention, word by word."""
    documents, vectors = [], []
    for i, text in enumerate(frame["text"]):
        words = text.split()
        for place in np.flatnonzero(np.array(words) == "tax"):
            around = words[max(0, place - window) : place] + words[place + 1 : place + 1 + window]
            known = [space[word] for word in around if word in space]
            if known:
                documents.append(i)
                vectors.append(transform @ np.mean(np.array(known, dtype=np.float64), axis=0))
    return np.array(documents), np.array(vectors)


def fitted(space, frame, formula, transform, **options):
    return embedding_regression(
        space, frame, formula, **({"text": "text", "transform": transform, "n_permutations": 9, "seed": 1} | options)
    )


def test_two_groups_differ_by_their_means(space, frame, transform):
    documents, vectors = instances(frame, space, transform)
    is_r = (frame["party"] == "R").to_numpy()[documents]
    result = fitted(space, frame, "tax ~ party", transform)
    one, other = vectors[is_r], vectors[~is_r]
    difference = one.mean(axis=0) - other.mean(axis=0)
    spread = sum(np.sum((group - group.mean(axis=0)) ** 2) / len(group) ** 2 for group in (one, other))
    n = len(vectors)
    table = result.table().iloc[0]
    assert (result.n_instances, result.n_documents) == (n, len(set(documents)))
    assert np.isclose(table["norm_squared_raw"], difference @ difference, rtol=EXACT)
    assert np.isclose(table["bias"], n / (n - 2) * spread, rtol=EXACT)
    assert np.isclose(table["estimate"], table["norm_squared_raw"] - table["bias"], rtol=EXACT)
    assert np.allclose(result.fitted({"party": ["D", "R"]}), [other.mean(axis=0), one.mean(axis=0)], rtol=EXACT)
    near = result.nearest({"party": "R"}, 3)
    assert near["word"].tolist() == space.nearest(one.mean(axis=0), 3)["word"].tolist()


def test_intervals_of_cosines_are_the_delta_method(space, frame, transform):
    documents, vectors = instances(frame, space, transform)
    x = np.column_stack([np.ones(len(documents)), frame["year"].to_numpy()[documents] - 2003])
    inverse = np.linalg.inv(x.T @ x)
    b = inverse @ x.T @ vectors
    residuals, n = vectors - x @ b, len(x)
    speakers = pd.factorize(frame["speaker"].to_numpy()[documents])[0]
    g = speakers.max() + 1
    scores = np.stack([x[speakers == k].T @ residuals[speakers == k] for k in range(g)])
    influence = np.einsum("ab,gbd->gad", inverse, scores)
    factor = g / (g - 1) * (n - 1) / (n - 2)

    def cosine(coefficients, year, word):
        vector = np.array([1, year - 2003]) @ coefficients
        return vector @ space[word] / np.linalg.norm(vector) / np.linalg.norm(space[word].astype(float))

    def error(what):
        step = 1e-6
        slopes = [(what(b + step * one) - what(b - step * one)) / (2 * step) for one in influence]
        return np.sqrt(factor * np.sum(np.square(slopes)))

    with pytest.warns(UserWarning, match="10 clusters"):
        result = fitted(space, frame, "tax ~ I(year - 2003)", transform, cluster="speaker")
    found = result.similarity({"year": [2000, 2006]}, ["ba", "go"])
    for row in found.itertuples():
        assert np.isclose(row.estimate, cosine(b, row.year, row.word), rtol=EXACT)
        # numeric derivatives
        assert np.isclose(row.std_error, error(lambda c, row=row: cosine(c, row.year, row.word)), rtol=1e-6)
        assert row.df == g - 1
    contrast = result.contrast({"year": 2006}, {"year": 2000}, ["ba"]).iloc[0]
    assert np.isclose(contrast["estimate"], cosine(b, 2006, "ba") - cosine(b, 2000, "ba"), rtol=EXACT)
    assert np.isclose(contrast["std_error"], error(lambda c: cosine(c, 2006, "ba") - cosine(c, 2000, "ba")), rtol=1e-6)
    for row in result.ratio({"year": 2006}, {"year": 2000}, 2).itertuples():
        assert np.isclose(row.estimate, cosine(b, 2006, row.word) / cosine(b, 2000, row.word), rtol=EXACT)
        ratio = error(lambda c, row=row: cosine(c, 2006, row.word) / cosine(c, 2000, row.word))
        assert np.isclose(row.std_error, ratio, rtol=1e-6)


def test_a_turned_embedding_says_the_same(space, frame, transform):
    turn = np.linalg.qr(chance(5).normal(size=(DIM, DIM)))[0]
    turned = Embeddings(WORDS, space.vectors.astype(np.float64) @ turn)
    one = fitted(space, frame, "tax ~ party + year", transform)
    two = fitted([space, turned], frame, "tax ~ party + year", [transform, turn.T @ transform @ turn])
    columns = ["estimate", "norm_squared_raw", "bias", "std_error", "conf_low", "conf_high", "p_value"]
    # float32 vectors are rounded anew when they are turned
    assert np.allclose(two.table()[columns], one.table()[columns], rtol=1e-5)
    assert (two.table()["sd_seeds"] < 1e-5 * two.table()["estimate"].abs()).all()
    at, other = {"party": "R"}, {"party": "D"}
    for ask in (lambda r: r.nearest(at, 5), lambda r: r.ratio(at, other, 3), lambda r: r.contrast(at, other, ["ba"])):
        left, right = ask(one), ask(two)
        assert left["word"].tolist() == right["word"].tolist()
        assert np.allclose(left[["estimate", "std_error"]], right[["estimate", "std_error"]], rtol=1e-4)


def test_several_fits_are_averaged_and_their_spread_is_told(space, frame, transform):
    other = Embeddings(WORDS, space.vectors + 0.1 * chance(7).normal(size=(len(WORDS), DIM)))
    both = fitted([space, other], frame, "tax ~ party", [transform] * 2).table().iloc[0]
    each = [fitted(one, frame, "tax ~ party", transform).table().iloc[0] for one in (space, other)]
    own = np.array([one["estimate"] for one in each])
    assert np.isclose(both["estimate"], own.mean(), rtol=EXACT)
    assert np.isclose(both["sd_seeds"], own.std(ddof=1), rtol=EXACT)
    assert np.isclose(both["std_error"] ** 2, both["se_documents"] ** 2 + own.var(ddof=1) / 2, rtol=EXACT)
    assert both["se_documents"] <= np.mean([one["se_documents"] for one in each]) * (1 + EXACT)


@pytest.mark.parametrize("absorbed", ["C(year)", "C(speaker)"])
def test_effects_behind_the_bar_are_dummies_that_nobody_reads(space, frame, transform, absorbed):
    name = absorbed[2:-1]
    dummies = fitted(space, frame, f"tax ~ party + {absorbed}", transform)
    taken_out = fitted(space, frame, f"tax ~ party | {name}", transform)
    columns = ["estimate", "norm_squared_raw", "bias", "std_error", "p_value"]
    assert np.allclose(taken_out.table()[columns], dummies.table()[columns].iloc[:1], rtol=EXACT)
    at = {"party": ["D", "R"]}
    assert np.allclose(taken_out.fitted(at), dummies.fitted(at), rtol=EXACT)
    assert dummies.joint_tests()["n_columns"].tolist() == [frame[name].nunique() - 1]


def test_effects_within_clusters_are_taken_out_by_their_means(space, frame, transform):
    with pytest.warns(UserWarning, match="10 clusters"):
        dummies = fitted(space, frame, "tax ~ party + C(speaker)", transform, cluster="speaker", weights="cluster")
    with pytest.warns(UserWarning, match="10 clusters"):
        taken_out = fitted(space, frame, "tax ~ party | speaker", transform, cluster="speaker", weights="cluster")
    n, g = dummies.n_instances, dummies.n_clusters
    one, other = dummies.table().iloc[0], taken_out.table().iloc[0]
    assert np.isclose(other["norm_squared_raw"], one["norm_squared_raw"], rtol=EXACT)
    # effects nested in clusters cost no degrees of freedom: as in fixest, and in lacunet's fixed effects
    assert np.isclose(other["bias"] * (n - 2), one["bias"] * (n - 1 - g), rtol=EXACT)
    assert other["p_value"] == one["p_value"]
    assert np.allclose(taken_out.fitted({"party": "R"}), dummies.fitted({"party": "R"}), rtol=EXACT)


def test_the_jackknife_with_nested_effects_is_the_jackknife_by_fits(space, frame, transform):
    with pytest.warns(UserWarning, match="10 clusters"):
        whole = fitted(space, frame, "tax ~ party | speaker", transform, cluster="speaker").table().iloc[0]
    without = []
    for speaker in frame["speaker"].unique():
        with pytest.warns(UserWarning, match="9 clusters"):
            part = fitted(
                space, frame[frame["speaker"] != speaker], "tax ~ party | speaker", transform, cluster="speaker"
            )
        without.append(part.table()["estimate"].iloc[0])
    g = len(without)
    expected = np.sqrt((g - 1) / g * np.sum((np.array(without) - np.mean(without)) ** 2))
    assert np.isclose(whole["std_error"], expected, rtol=EXACT)


def test_variables_that_are_not_named_are_averaged_over(space, frame, transform):
    result = fitted(space, frame, "tax ~ party * year", transform)
    documents, _ = instances(frame, space, transform)
    years = frame["year"].to_numpy()[documents]
    whole = result.fitted(pd.DataFrame({"party": "R", "year": years}))
    assert np.allclose(result.fitted({"party": "R"}), whole.mean(axis=0), rtol=EXACT)


def test_a_strong_planted_shift_is_found_and_an_empty_variable_is_not(space, frame, transform):
    shuffled = frame.assign(coin=chance(11).permutation(np.arange(60) % 2))
    table = fitted(space, shuffled, "tax ~ party + coin", transform, n_permutations=199).table().set_index("term")
    assert table.loc["party[T.R]", "p_value"] == 1 / 200
    assert table.loc["party[T.R]", "conf_low"] > 0
    assert table.loc["coin", "p_value"] > 0.05
    assert table.loc["coin", "conf_low"] < 0


@pytest.fixture(scope="module")
def vignette():
    folder = Path(DATA or "") / "text"
    with gzip.open(folder / "conText_cr_sample_corpus.jsonl.gz", "rt") as lines:
        frame = pd.DataFrame([json.loads(line) for line in lines]).astype({"nominate_dim1": float})
    stored = np.load(folder / "conText_golden_glove_transform.npz")
    return Embeddings([str(word) for word in stored["vocab"]], stored["glove"]), frame, stored["transform"]


@golden
def test_norms_of_the_vignette(vignette):
    result = fitted(*vignette[:2], "immigration ~ party + gender", vignette[2])
    found = result.table()[["norm_squared_raw", "estimate", "bias"]].to_numpy()
    printed = [[10.139940, 8.668252, 1.471687], [6.908761, 5.154713, 1.754048]]
    assert result.n_instances == 924
    assert np.allclose(found, printed, rtol=PRINTED)


@golden
def test_cosines_along_a_covariate_of_the_vignette(vignette):
    # the percentiles are those of the 400 documents, not of the 924 instances
    at = np.percentile(vignette[1]["nominate_dim1"], [5, 10, 90, 95])
    result = fitted(*vignette[:2], "immigration ~ nominate_dim1", vignette[2])
    found = result.similarity({"nominate_dim1": at}, ["reform", "enforce"]).pivot(columns="word", values="estimate")
    assert np.allclose(found["reform"].dropna(), [0.6692875, 0.6644484, 0.4734498, 0.4680526], rtol=PRINTED)
    assert np.allclose(found["enforce"].dropna(), [0.4565472, 0.4707653, 0.6425993, 0.6440665], rtol=PRINTED)


@golden
def test_groups_of_the_vignette(vignette):
    # there the target is every word that begins with immigr
    result = fitted(*vignette[:2], "~ party", vignette[2], target="immigr*")
    found = result.similarity({"party": ["D", "R"]}, ["reform", "enforcement"])["estimate"]
    assert np.allclose(found, [0.5949757, 0.6059709, 0.4270958, 0.5968879], rtol=PRINTED)
    near = result.nearest({"party": "R"}, 5)
    assert near["word"].tolist() == ["immigration", "illegal", "immigrants", "illegally", "amnesty"]
    assert near["estimate"].round(3).tolist() == [0.843, 0.768, 0.732, 0.664, 0.658]
