"""Agreement, areas, effect sizes and correlations against published examples, other software and brute force."""

import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f_oneway, kendalltau, norm, pearsonr, rankdata, spearmanr, ttest_ind
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from lacunet.embedding.space import Embeddings
from lacunet.measures.axes import Axis
from lacunet.measures.validation import compare_ratings, known_groups, rating_sheet
from lacunet.measures.validation._choose import choose_items
from lacunet.measures.validation._correlation import clustered_errors
from lacunet.measures.validation._reliability import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
    mean_cohen_kappa,
    percent_agreement,
)
from lacunet.measures.validation._separation import (
    area,
    area_interval,
    explained,
    explained_interval,
    standardised_difference,
    welch_degrees,
)
from lacunet.solve._correlation import both_correlations, correlation_errors

SAME = 1e-10
"""Two ways to the same number in float64."""
PRINTED = 5e-4
"""Published with three digits."""
FIRST_ORDER = 0.03
"""Share by which an influence function and a jackknife of 300 documents may differ: terms of order 1 / n."""
COVERAGE = 0.03
"""Shares of 400 intervals at 95 % move by .011 (one standard error)."""
DATA = os.environ.get("LACUNET_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="the folder of test data is named by LACUNET_DATA")
NONE = np.nan

# Krippendorff (2011), the example of four observers, twelve units and missing ratings.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
).T
# Fleiss' kappa: ten subjects, fourteen raters, five categories.
COUNTS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


@pytest.mark.parametrize(("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_as_published(metric, published):
    assert krippendorff_alpha(OBSERVERS, metric) == pytest.approx(published, abs=PRINTED)


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval"])
def test_alpha_by_pairs_of_ratings(metric):
    # D_o and D_e as means of distances over pairs, within units and over all ratings that can be paired.
    rows = [unit[~np.isnan(unit)] for unit in OBSERVERS]
    rows = [unit for unit in rows if len(unit) > 1]
    flat = np.concatenate(rows)
    at = {"ordinal": rankdata(flat), "interval": flat, "nominal": flat}[metric]
    place = dict(zip(flat, at, strict=True))

    def distance(one, other):
        return float(one != other) if metric == "nominal" else (place[one] - place[other]) ** 2

    observed = sum(2 * distance(a, b) / (len(unit) - 1) for unit in rows for a, b in combinations(unit, 2)) / len(flat)
    expected = 2 * sum(distance(a, b) for a, b in combinations(flat, 2)) / (len(flat) * (len(flat) - 1))
    assert krippendorff_alpha(OBSERVERS, metric) == pytest.approx(1 - observed / expected, abs=SAME)


def test_weights_count_units_as_often():
    times = np.random.default_rng(0).integers(0, 3, (5, 12))
    for measure in (krippendorff_alpha, percent_agreement, mean_cohen_kappa):
        repeated = [float(measure(np.repeat(OBSERVERS, row, axis=0))) for row in times]
        assert measure(OBSERVERS, weights=times) == pytest.approx(repeated, abs=SAME, nan_ok=True)


def test_fleiss_kappa_as_published():
    ratings = np.array([np.repeat(np.arange(5), row) for row in COUNTS])
    assert fleiss_kappa(ratings) == pytest.approx(0.210, abs=PRINTED)
    times = np.random.default_rng(1).integers(0, 3, (4, 10))
    repeated = [float(fleiss_kappa(np.repeat(ratings, row, axis=0))) for row in times]
    assert fleiss_kappa(ratings, times) == pytest.approx(repeated, abs=SAME)


def test_cohen_kappa_is_that_of_scikit_learn():
    rng = np.random.default_rng(2)
    one = rng.integers(0, 4, 60).astype(float)
    other = np.where(rng.random(60) < 0.6, one, rng.integers(0, 4, 60))
    assert cohen_kappa(one, other) == pytest.approx(cohen_kappa_score(one, other), abs=SAME)
    one[:5] = np.nan
    assert cohen_kappa(one, other) == pytest.approx(cohen_kappa_score(one[5:], other[5:]), abs=SAME)


def test_delong_by_hand():
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.7, 1, 40).round(1), rng.normal(size=30).round(1)  # rounded, so that some tie
    psi = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    theta, error = area(x, y, np.arange(40), np.arange(40, 70))
    assert theta == pytest.approx(roc_auc_score(np.repeat([1, 0], [40, 30]), np.concatenate([x, y])), abs=SAME)
    delong = psi.mean(axis=1).var(ddof=1) / 40 + psi.mean(axis=0).var(ddof=1) / 30
    assert error**2 == pytest.approx(delong, abs=SAME)


def test_obuchowski_by_sums_over_clusters():
    rng = np.random.default_rng(4)
    own, clusters = rng.random(80) < 0.5, rng.integers(0, 20, 80)
    scores = rng.normal(size=80) + own + rng.normal(size=20)[clusters]
    theta, error = area(scores[own], scores[~own], clusters[own], clusters[~own])
    psi = (scores[own][:, None] > scores[~own]).astype(float)
    v10, v01, m, n = psi.mean(axis=1), psi.mean(axis=0), own.sum(), (~own).sum()
    s10 = s01 = s11 = 0.0
    for g in range(20):
        a, b = (v10[clusters[own] == g] - theta).sum(), (v01[clusters[~own] == g] - theta).sum()
        s10, s01, s11 = s10 + a * a, s01 + b * b, s11 + a * b
    g10, g01, g = (len(set(part)) for part in (clusters[own], clusters[~own], clusters))
    variance = g10 / (g10 - 1) * s10 / m**2 + g01 / (g01 - 1) * s01 / n**2 + 2 * g / (g - 1) * s11 / (m * n)
    assert error**2 == pytest.approx(variance, abs=SAME)


def test_groups_that_lie_apart_have_an_interval():
    low, high = area_interval(1.0, 30, 0.95)
    assert high == 1 and low**30 == pytest.approx(0.025)
    assert area_interval(0.0, 30, 0.95) == pytest.approx((0.0, 1 - low))


def jackknife(measure, n):
    values = np.array([measure(np.arange(n) != i) for i in range(n)])
    return np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum())


def test_influence_functions_against_the_jackknife():
    rng = np.random.default_rng(5)
    n = 300
    own, x = rng.random(n) < 0.4, rng.gamma(2.0, size=n)
    y = np.round(x + rng.normal(size=n) * 2)  # ties among the labels
    alone = np.arange(n)
    _, error = standardised_difference(x + own, own, alone)
    again = jackknife(lambda kept: standardised_difference((x + own)[kept], own[kept], alone[: n - 1])[0], n)
    assert error == pytest.approx(again, rel=FIRST_ORDER)
    errors = clustered_errors(x, y, alone)
    for i in range(2):
        again = jackknife(lambda kept, i=i: both_correlations(x[kept], y[kept])[i], n)
        assert errors[i] == pytest.approx(again, rel=FIRST_ORDER)


def test_difference_and_correlations_by_hand():
    rng = np.random.default_rng(6)
    x, own = rng.normal(size=30), np.arange(30) < 12
    a, b = x[own], x[~own]
    pooled = np.sqrt((11 * a.var(ddof=1) + 17 * b.var(ddof=1)) / 28)
    expected = (1 - 3 / (4 * 28 - 1)) * (a.mean() - b.mean()) / pooled
    assert standardised_difference(x, own, np.arange(30))[0] == pytest.approx(expected, abs=SAME)
    y = np.round(x + rng.normal(size=30))
    assert both_correlations(x, y) == pytest.approx([pearsonr(x, y)[0], spearmanr(x, y)[0]], abs=SAME)
    low, high = pearsonr(x, y).confidence_interval(0.95)
    r, z = pearsonr(x, y)[0], norm.ppf(0.975)
    half = z * correlation_errors(both_correlations(x, y), 30)[0] / (1 - r**2)
    assert np.tanh([np.arctanh(r) - half, np.arctanh(r) + half]) == pytest.approx([low, high], abs=SAME)


def test_the_spearman_interval_is_that_of_evaluate():
    rng = np.random.default_rng(7)
    x = rng.normal(size=40)
    y = x + rng.normal(size=40)
    space = Embeddings([f"w{i}" for i in range(80)], rng.normal(size=(80, 8)))
    pairs = pd.DataFrame({"a": space.words[:40], "b": space.words[40:], "rating": y})
    theirs = space.evaluate(pairs)
    cosines = [space.similarity(a, b) for a, b in zip(pairs["a"], pairs["b"], strict=True)]
    ours = compare_ratings(None, np.array(cosines), y).table().iloc[1]
    assert [ours["estimate"], ours["conf_low"], ours["conf_high"]] == pytest.approx(
        [theirs.score, theirs.low, theirs.high], abs=1e-6
    )


def test_eta_squared_and_its_test():
    rng = np.random.default_rng(8)
    groups = np.arange(90) % 3
    x = rng.normal(size=90) + 0.4 * groups
    found = known_groups(x, np.array(["a", "b", "c"])[groups]).table().iloc[0]
    f = f_oneway(*(x[groups == i] for i in range(3)))
    assert found["p_value"] == pytest.approx(f.pvalue, abs=SAME)
    assert found["estimate"] == pytest.approx(2 * f.statistic / (2 * f.statistic + 87), abs=SAME)


def test_the_f_over_clusters_is_walds():
    rng = np.random.default_rng(14)
    groups, clusters = rng.integers(0, 3, 120), np.arange(120) // 8
    x = rng.normal(size=120) + rng.normal(size=15)[clusters] + 0.4 * groups
    means = np.array([x[groups == i].mean() for i in range(3)])
    sums = np.zeros((15, 3))
    for i in range(120):
        sums[clusters[i], groups[i]] += (x[i] - means[groups[i]]) / (groups == groups[i]).sum()
    turn = np.array([[1, -1, 0], [0, 1, -1]])
    covariance = turn @ (15 / 14 * sums.T @ sums) @ turn.T
    wald = (turn @ means) @ np.linalg.solve(covariance, turn @ means) / 2
    _, found, _, df1, df2 = explained(x, groups, clusters)
    assert found == pytest.approx(wald, rel=SAME) and (df1, df2) == (2, 14)


def test_an_axis_that_was_planted_agrees_with_its_ratings():
    rng = np.random.default_rng(9)
    class_of = rng.normal(size=200)
    vectors = rng.normal(size=(204, 30)) * 0.25
    vectors[:200, 0] += class_of
    vectors[200:] = np.array([[2, 0], [-2, 0], [2, 1], [-2, 1]]) @ np.eye(30)[:2]
    space = Embeddings([*[f"w{i}" for i in range(200)], "rich", "poor", "affluent", "destitute"], vectors)
    rated = {f"w{i}": 50 + 20 * class_of[i] for i in range(0, 200, 3)}
    axis = Axis.from_pairs([("rich", "poor"), ("affluent", "destitute")])
    found = compare_ratings(space, axis, rated)
    direction = axis.direction(space)
    own = [float(space.units(space.rows([word]))[0] @ direction) for word in rated]
    expected = [pearsonr(own, list(rated.values()))[0], spearmanr(own, list(rated.values()))[0]]
    assert found.table()["estimate"].to_numpy() == pytest.approx(expected, abs=SAME)
    assert found.table()["estimate"].min() > 0.75 and found.n_rated == 67


def simulate(rng, n_clusters, size):
    clusters = np.repeat(np.arange(n_clusters), size)
    common, own = rng.normal(size=n_clusters)[clusters], rng.normal(size=n_clusters * size)
    return clusters, np.sqrt(0.3) * common + np.sqrt(0.7) * own


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 6])
def test_intervals_cover(size):
    rng, n_clusters = np.random.default_rng(10), 120 // (1 if size == 1 else 3)
    hits = {"AUC": 0, "standardised difference": 0, "Pearson": 0, "Spearman": 0, "eta squared": 0}
    true = {
        "AUC": norm.cdf(0.5 / np.sqrt(2)),
        "standardised difference": 0.5,
        "Pearson": 0.4,
        "Spearman": 6 / np.pi * np.arcsin(0.2),
        "eta squared": 0.05 / 1.05,
    }
    for _ in range(400):
        clusters, noise = simulate(rng, n_clusters, size)
        _, other = simulate(rng, n_clusters, size)
        half = rng.permutation(n_clusters)[clusters] % 2
        quarter = rng.permutation(len(noise)) % 4
        named = None if size == 1 else clusters
        tables = [
            known_groups(noise + 0.5 * half, half.astype(bool), cluster=named),
            known_groups(0.4 * other + np.sqrt(0.84) * noise, other, cluster=named),
            known_groups(noise + 0.2 * (quarter - 1.5), quarter, cluster=named, kind="groups"),
        ]
        for row in pd.concat([found.table() for found in tables]).itertuples():
            hits[row.statistic] += row.conf_low <= true[row.statistic] <= row.conf_high
    for name, found in hits.items():
        assert abs(found / 400 - 0.95) < COVERAGE, name


def test_eta_squared_is_0_where_the_test_does_not_reject():
    assert explained_interval(0.5, 0.5, (3, 96), 100, 0.95)[0] == 0
    low, high = explained_interval(6.0, 6.0, (3, 96), 100, 0.95)
    assert 0 < low < 18 / (18 + 96) < high
    assert np.isnan(explained_interval(1e9, 1e9, (3, 96), 100, 0.95)).all()


def test_a_rater_who_follows_the_scores_agrees_with_them():
    rng = np.random.default_rng(11)
    scores = rng.normal(size=300)
    sheet = rating_sheet([f"text {i}" for i in range(300)], 60, scores=scores, seed=1)
    higher_left = sheet.key["score_left"] > sheet.key["score_right"]
    right = (
        sheet.score(sheet.frame.assign(choice=np.where(higher_left, "left", "right"))).table().set_index("statistic")
    )
    assert right.loc["measure orders pairs as raters do", "estimate"] == 1
    assert right.loc["Krippendorff's alpha, nominal", "estimate"] == 1
    assert right.loc["rater answers a repeated item alike", "estimate"] == 1
    # Wilson's interval for 60 items that all agree.
    z = norm.ppf(0.975)
    assert right.loc["measure orders pairs as raters do", "conf_low"] == pytest.approx(1 / (1 + z**2 / 60), abs=SAME)


def test_chance_agreement_on_pairs_is_one_half():
    # Raters who agree with each other in .9 of the cases have alpha near .8, whatever the scores say.
    scores = np.arange(400.0)
    sheet = rating_sheet([f"text {i}" for i in range(400)], 200, scores=scores, raters=2, repeats=0.0, seed=2)
    higher_left = (sheet.key["score_left"] > sheet.key["score_right"]).to_numpy()
    wrong = (sheet.key["rater"] == 2) & (sheet.key["item"] <= 20)
    choice = np.where(higher_left ^ wrong, "left", "right")
    scored = sheet.score(sheet.frame.assign(choice=choice))
    found = scored.table().set_index("statistic")["estimate"]
    assert scored.pairs()["kappa"][0] == pytest.approx(0.8, abs=SAME)
    n = 2 * 2 * 200
    assert found["Krippendorff's alpha, nominal"] == pytest.approx(1 - 0.1 * 2 * (n - 1) / n, abs=SAME)
    assert found["Cohen's kappa, mean over pairs of raters"] == pytest.approx(0.8, abs=SAME)
    assert found["measure orders pairs as raters do"] == pytest.approx(0.95, abs=SAME)


def test_the_share_ordered_alike_estimates_kendalls_tau():
    # Pairs are made at random from texts that stand for all: their share of concordance is (1 + tau) / 2.
    rng = np.random.default_rng(12)
    scores = rng.normal(size=2000)
    truth = scores + rng.normal(size=2000)
    items, _ = choose_items([f"text {i}" for i in range(2000)], scores, 900, 2, rng)
    share = (truth[items[:, 0]] > truth[items[:, 1]]).mean()
    expected = (1 + kendalltau(scores, truth)[0]) / 2
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 900)


@needs_data
def test_the_survey_of_kozlowski_is_read():
    folder = Path(DATA) / "text" / "semaxis"
    survey = folder / "kozlowski_survey_means_weighted.csv"
    rated = pd.read_csv(survey, index_col=0, encoding="utf-8-sig")["class_mean"]
    rng = np.random.default_rng(13)
    words = [word.lower() for word in rated.index]
    vectors = rng.normal(size=(len(words) + 2, 20))
    vectors[:-2, 0] += (rated.to_numpy() - 50) / 5
    vectors[-2:] = np.eye(20)[[0, 0]] * [[5], [-5]]
    space = Embeddings([*words, "rich", "poor"], vectors)
    found = compare_ratings(space, Axis.from_pairs([("rich", "poor")]), survey, rating="class_mean")
    assert found.coverage == 1 and found.n_rated == len(rated)
    assert found.table()["estimate"].min() > 0.8


def test_degrees_of_a_difference_are_those_of_welch():
    rng = np.random.default_rng(4)
    x, own = np.concatenate([rng.normal(size=9), 3 * rng.normal(size=25)]), np.arange(34) >= 9
    assert welch_degrees(x, own) == pytest.approx(ttest_ind(x[own], x[~own], equal_var=False).df, rel=1e-12)
    assert np.isnan(welch_degrees([1.0, 2.0, 2.0], [True, False, False]))
