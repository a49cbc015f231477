"""Conformal prediction by ranks and by simulation; calibration by hand and by brute force."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest

from lacunet.errors import ConvergenceWarning, DataError, SpecError
from lacunet.solve import (
    apply_temperature,
    conformal_quantile,
    conformal_sets,
    cross_conformal,
    fit_temperature,
    level_scores,
    measure_reliability,
    split_conformal,
)

ROUNDING = 1e-12
"""Sums of a few hundred float64 numbers."""
SEARCHED = 1e-5
"""Brent's search by function values finds a minimum to about the root of float64's precision."""
MONTE_CARLO = 4.0
"""Standard errors by which a simulated share may differ from what is claimed."""


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def trips(rng, n, spread=1.0):
    """Outcomes around predictions, errors skewed and of the spread given."""
    predicted = rng.normal(size=n)
    return predicted + spread * (rng.gamma(1.5, size=n) - 1), predicted


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("n", [19, 20, 37])
def test_coverage_is_exact_by_ranks(rng, n, level):
    scores = rng.normal(size=n + 1)
    inside = [scores[i] <= conformal_quantile(np.delete(scores, i), level) for i in range(n + 1)]
    assert np.mean(inside) == pytest.approx(np.ceil(round((n + 1) * level, 9)) / (n + 1), abs=ROUNDING)


def test_too_few_rows_rule_nothing_out():
    assert conformal_quantile(np.arange(18.0), 0.95) == np.inf
    assert conformal_quantile(np.arange(19.0), 0.95) == 18.0
    low, high = split_conformal(np.zeros(3), np.zeros(3), level=0.95).interval(np.zeros(1))
    assert (low[0], high[0]) == (-np.inf, np.inf)


def test_whole_weights_are_repeated_rows(rng):
    scores, weights = rng.normal(size=40), rng.integers(1, 4, size=40).astype(float)
    repeated = np.repeat(scores, weights.astype(int))
    for level in (0.5, 0.8, 0.9):
        assert conformal_quantile(scores, level, weights, new_weight=1.0) == conformal_quantile(repeated, level)
        assert conformal_quantile(scores, level, np.full(40, 7.0)) == conformal_quantile(scores, level)


def test_weights_repair_a_shift_of_the_inputs(rng):
    hits = []
    for _ in range(400):
        x, new = rng.uniform(size=200), np.sqrt(rng.uniform(size=50))  # density 1 held out, 2x among the new
        margin = split_conformal(x * rng.normal(size=200), np.zeros(200), level=0.8, weights=2 * x)
        low, high = margin.interval(np.zeros(50))
        y = new * rng.normal(size=50)
        hits.append(((low <= y) & (y <= high)).mean())
    assert abs(np.mean(hits) - 0.8) < MONTE_CARLO * np.std(hits) / 20 + 2 / 200  # 1/n from the weight of the new row


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
def test_split_intervals_cover(rng, symmetric, scaled):
    hits, above = [], []
    for _ in range(600):
        size = np.exp(rng.normal(size=100)) if scaled else np.ones(100)
        truth, predicted = trips(rng, 100, size)
        held, new = slice(0, 80), slice(80, 100)
        spread = (lambda at, size=size: size[at]) if scaled else (lambda at: None)
        margin = split_conformal(truth[held], predicted[held], level=0.9, symmetric=symmetric, spread=spread(held))
        low, high = margin.interval(predicted[new], spread(new))
        hits.append(((low <= truth[new]) & (truth[new] <= high)).mean())
        above.append((truth[new] > high).mean())
    error = np.std(hits) / np.sqrt(600)
    assert 0.9 - MONTE_CARLO * error < np.mean(hits) < 0.9 + 2 / 81 + MONTE_CARLO * error
    if not symmetric:
        assert np.mean(above) < 0.05 + MONTE_CARLO * np.std(above) / np.sqrt(600)


def jackknife_by_sorting(residuals, folds, predictions, level):
    n = len(residuals)
    k = int(np.ceil((n + 1) * level))
    low, high = [], []
    for row in predictions:
        low.append(sorted(row[folds] - residuals)[int(np.floor((1 - level) * (n + 1))) - 1])
        high.append(sorted(row[folds] + residuals)[k - 1])
    return np.array(low), np.array(high)


def test_cross_conformal_by_sorting(rng):
    residuals, folds, predictions = np.abs(rng.normal(size=31)), rng.integers(0, 5, 31), rng.normal(size=(9, 5))
    found = cross_conformal(residuals, folds, predictions, 0.75)
    np.testing.assert_array_equal(found, jackknife_by_sorting(residuals, folds, predictions, 0.75))
    assert np.isinf(cross_conformal(residuals[:5], folds[:5], predictions, 0.9)).all()


def test_jackknife_plus_of_means_covers(rng):
    hits = []
    for _ in range(300):
        y = rng.gamma(1.5, size=31)
        without = (y[:30].sum() - y[:30]) / 29
        low, high = cross_conformal(y[:30] - without, np.arange(30), without[None], 0.9)
        hits.append(low[0] <= y[30] <= high[0])
    assert np.mean(hits) > 0.9 - MONTE_CARLO * np.sqrt(0.9 * 0.1 / 300)


def test_scores_of_levels_by_definition(rng):
    p = rng.dirichlet(np.ones(4), size=20)
    p[0] = [0.25, 0.25, 0.4, 0.1]  # a tie
    u = rng.uniform(size=20)
    expected = [[row[row > row[c]].sum() + u[i] * row[c] for c in range(4)] for i, row in enumerate(p)]
    np.testing.assert_allclose(level_scores(p, "adaptive", u), expected, atol=ROUNDING)
    np.testing.assert_allclose(level_scores(p, "least_ambiguous"), 1 - p, atol=ROUNDING)


@pytest.mark.parametrize("method", ["adaptive", "least_ambiguous"])
@pytest.mark.parametrize("random", [True, False])
def test_sets_cover(rng, method, random):
    hits = []
    for _ in range(300):
        p = rng.dirichlet(np.ones(5) * 0.7, size=120)
        truth = (p.cumsum(axis=1) > rng.uniform(size=(120, 1))).argmax(axis=1)
        u = rng.uniform(size=120) if random else None
        held, new = slice(0, 99), slice(99, 120)
        sets = conformal_sets(p[held], truth[held], level=0.8, method=method, uniforms=None if u is None else u[held])
        inside = sets.contains(p[new], None if u is None else u[new])
        assert inside.any(axis=1).all()
        hits.append(inside[np.arange(21), truth[new]].mean())
    error = np.std(hits) / np.sqrt(300)
    assert np.mean(hits) > 0.8 - MONTE_CARLO * error
    if method == "least_ambiguous":  # the most probable level is nearly always inside anyway
        assert np.mean(hits) < 0.8 + 1 / 100 + 0.02 + MONTE_CARLO * error


def test_adaptive_sets_grow_where_it_is_hard():
    sure, unsure = np.tile([0.94, 0.03, 0.03], (200, 1)), np.tile([0.4, 0.35, 0.25], (200, 1))
    truth = np.concatenate([np.zeros(188, int), np.ones(12, int), np.repeat([0, 1, 2], [100, 80, 20])])
    sets = conformal_sets(np.concatenate([sure, unsure]), truth, level=0.9)
    assert sets.contains(sure[:1]).sum() == 1
    assert sets.contains(unsure[:1]).sum() == 2
    assert (
        np.mean(
            [*sets.contains(sure)[np.arange(200), truth[:200]], *sets.contains(unsure)[np.arange(200), truth[200:]]]
        )
        > 0.9
    )


def test_brier_score_and_its_parts(rng):
    p = rng.uniform(size=300)
    y = (rng.uniform(size=300) < p**1.5).astype(float)
    for equal_width in (True, False):
        found = measure_reliability(p, y, n_bins=7, equal_width=equal_width)
        parts = found.reliability - found.resolution + found.uncertainty + found.within
        assert found.brier == pytest.approx(((p - y) ** 2).mean(), abs=ROUNDING)
        assert parts == pytest.approx(found.brier, abs=ROUNDING)
        assert found.share.sum() == pytest.approx(1.0)
    rounded = measure_reliability(np.round(p, 1), y, n_bins=11, equal_width=True)
    assert rounded.within == pytest.approx(0.0, abs=ROUNDING)  # Murphy's partition, one probability a bin


def test_bins_by_hand_and_wilson(rng):
    p = np.concatenate([np.full(30, 0.2), np.full(50, 0.7)])
    y = np.concatenate([np.repeat([1.0, 0.0], [9, 21]), np.repeat([1.0, 0.0], [30, 20])])
    found = measure_reliability(p, y, n_bins=10)
    np.testing.assert_allclose(found.predicted, [0.2, 0.7], atol=ROUNDING)
    np.testing.assert_allclose(found.observed, [0.3, 0.6], atol=ROUNDING)
    assert found.calibration_error == pytest.approx(0.1, abs=ROUNDING)
    for k, (hits, n) in enumerate([(9, 30), (30, 50)]):
        expected = binomtest(hits, n).proportion_ci(method="wilson")
        assert (found.conf_low[k], found.conf_high[k]) == pytest.approx(tuple(expected), abs=1e-9)


def test_weighted_bins_are_repeated_rows(rng):
    p, w = rng.choice([0.1, 0.4, 0.8], size=60), rng.integers(1, 4, size=60)
    y = (rng.uniform(size=60) < p).astype(float)
    one = measure_reliability(p, y, weights=w.astype(float))
    other = measure_reliability(np.repeat(p, w), np.repeat(y, w))
    for name in ("brier", "reliability", "resolution", "uncertainty", "within", "calibration_error"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=ROUNDING)
    np.testing.assert_allclose(one.observed, other.observed, atol=ROUNDING)
    assert (one.n < other.n).all()


@pytest.mark.parametrize("true_temperature", [0.4, 1.0, 6.0])
def test_temperature_is_the_best_one(rng, true_temperature):
    z = rng.normal(size=(400, 4)) * 3
    truth = (softmax(z / true_temperature, axis=1).cumsum(axis=1) > rng.uniform(size=(400, 1))).argmax(axis=1)
    weights = rng.uniform(0.5, 2, size=400)

    def loss(log_t):
        return -(weights @ log_softmax(z / np.exp(log_t), axis=1)[np.arange(400), truth])

    best = minimize_scalar(loss, bounds=(-4, 4), method="bounded", options={"xatol": 1e-10})
    found = fit_temperature(z, truth, weights)
    assert np.log(found) == pytest.approx(best.x, abs=SEARCHED)
    assert found == pytest.approx(true_temperature, rel=0.25)
    np.testing.assert_allclose(apply_temperature(z, found).sum(axis=1), 1.0, atol=ROUNDING)


def test_no_temperature_is_said(rng):
    z = rng.normal(size=(50, 3))
    with pytest.warns(ConvergenceWarning, match="No temperature is best"):
        assert fit_temperature(z, z.argmax(axis=1)) == 1e-3
    with pytest.warns(ConvergenceWarning, match="No temperature is best"):
        assert fit_temperature(z, z.argmin(axis=1)) == 1e3


P = np.array([[0.5, 0.5], [0.2, 0.8]])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: conformal_quantile(np.arange(5.0), 95), SpecError, "Write 0.95"),
        (lambda: conformal_quantile(np.array([np.nan]), 0.9), DataError, "not a number"),
        (lambda: conformal_quantile(np.arange(3.0), 0.9, np.zeros(3)), DataError, "all 0"),
        (lambda: split_conformal(np.zeros(3), np.zeros(2)), DataError, "do not fit"),
        (lambda: split_conformal(np.zeros(3), np.zeros(3), spread=np.zeros(3)), DataError, "not above 0"),
        (lambda: split_conformal(np.zeros(9), np.zeros(9)).interval(np.zeros(1), np.ones(1)), SpecError, "without one"),
        (lambda: cross_conformal(np.zeros(3), np.array([0, 1, 5]), P), DataError, "do not fit"),
        (lambda: level_scores(P * 100), DataError, "does not sum to 1"),
        (lambda: level_scores(P, "best"), SpecError, "'least_ambiguous'"),
        (lambda: conformal_sets(P, np.array([0, 2])), DataError, "outside the"),
        (lambda: measure_reliability(np.array([1.2]), np.array([1.0])), DataError, "outside 0 and 1"),
        (lambda: measure_reliability(np.array([0.2]), np.array([2.0])), DataError, "holds 2.0|2.0"),
        (lambda: fit_temperature(np.log(P), np.array([0, 2])), DataError, "do not fit"),
        (lambda: apply_temperature(P, 0.0), SpecError, "above 0"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
