"""Pooled R², correlations, shares, means, quantiles, bootstrap pooling and "enough?": R, statsmodels, brute force."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import brentq
from statsmodels.stats.proportion import proportion_confint

from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.pooling import pool
from lacunet.pooling._bootstrap import pool_bootstrap
from lacunet.pooling._enough import imputations_needed, monte_carlo_error
from lacunet.pooling._quantities import pool_correlation, pool_proportion, pool_r_squared
from lacunet.pooling._samples import pool_mean, pool_quantile, weighted_quantile
from lacunet.solve import combine_rubin

STORED = Path(__file__).parent / "stored"
TOLERANCE = 1e-8
"""R prints 17 digits; quantiles and degrees of freedom lose a few."""
EXACT = 1e-10
"""Two ways to the same number in float64; roots are found to 1e-14."""
ASYMPTOTIC = 0.08
"""Woodruff's slope spans some 90 rows: one variance is known to 20 %, the average of 100 to 2 %, with a bias of 1 %."""
MICE_Z = 1.96
"""mice's pool.r.squared uses this where ours takes Student's t."""
WEIGHTS = 0.5 + (np.arange(1, 201) % 4) / 2
"""As in stored/pool_models.R."""


@pytest.fixture(scope="module")
def samples():
    data = pd.read_csv(STORED / "pool_models_data.csv")
    return [part.reset_index(drop=True) for _, part in data.groupby(".imp")]


@pytest.fixture(scope="module")
def scalars():
    return pd.read_csv(STORED / "pool_models_scalars.csv").set_index("quantity")


@pytest.fixture(scope="module")
def fits():
    rng = np.random.default_rng(5)
    estimates = rng.normal([1.0, 0.3], 0.1, size=(12, 2))
    a = rng.normal(size=(12, 2, 3))
    return estimates, 0.02 * (a @ a.transpose(0, 2, 1))


# ---- R² and correlations


@pytest.mark.parametrize("quantity", ["r_squared", "adjusted_r_squared"])
def test_r_squared_equals_mice(quantity):
    mice = pd.read_csv(STORED / "pool_models_quantities.csv").set_index("quantity").loc[quantity]
    pooled = pool_r_squared(mice[[f"value{i}" for i in range(1, 6)]].to_numpy(dtype=float), n=200)
    row, inner = pooled.table().iloc[0], pooled.pooled.table().iloc[0]
    np.testing.assert_allclose([row["estimate"], row["fmi"]], [mice["estimate"], mice["fmi"]], rtol=TOLERANCE)
    ends = np.tanh(inner["estimate"] + MICE_Z * inner["std_error"] * np.array([-1, 1])) ** 2
    np.testing.assert_allclose(ends, [mice["conf_low"], mice["conf_high"]], rtol=TOLERANCE)
    half = stats.t.ppf(0.975, inner["df"]) * inner["std_error"]
    np.testing.assert_allclose(row["conf_high"], np.tanh(inner["estimate"] + half) ** 2, rtol=EXACT)
    assert row["conf_low"] < mice["conf_low"]
    assert np.isnan(row["p_value"])


def test_negative_adjusted_r_squared_counts_as_zero_and_says_so():
    with pytest.warns(DataWarning, match="1 of 3 values of R² are negative"):
        row = pool_r_squared([-0.01, 0.0, 0.0], n=50).table().iloc[0]
    assert row["estimate"] == 0
    assert row["conf_low"] == 0
    assert 0 < row["conf_high"] < 0.1


def test_correlation_equals_pool_scalar_of_mice(samples, scalars):
    r = [part["y"].corr(part["x1"]) for part in samples]
    pooled = pool_correlation(r, n=200)
    mice, inner, row = scalars.loc["fisher_z"], pooled.pooled.table().iloc[0], pooled.table().iloc[0]
    for column in ("estimate", "std_error", "df", "fmi", "riv"):
        np.testing.assert_allclose(inner[column], mice[column], rtol=TOLERANCE, err_msg=column)
    assert row["p_value"] == inner["p_value"]
    ends = mice["estimate"] + stats.t.ppf(0.975, mice["df"]) * mice["std_error"] * np.array([-1, 1])
    np.testing.assert_allclose(row[["conf_low", "conf_high"]].to_numpy(float), np.tanh(ends), rtol=TOLERANCE)


def test_correlation_of_opposite_sign_is_the_mirror():
    r = np.array([[0.2, 0.7], [0.3, 0.6], [0.1, 0.65]])
    plain, mirrored = pool_correlation(r, 60, terms=["a", "b"]).table(), pool_correlation(-r, 60).table()
    np.testing.assert_allclose(plain["conf_low"], -mirrored["conf_high"], rtol=EXACT)
    np.testing.assert_allclose(plain["p_value"], mirrored["p_value"], rtol=EXACT)
    assert plain["term"].tolist() == ["a", "b"]


def test_standard_errors_in_their_own_unit_are_the_delta_method():
    z, step = np.arctanh(0.4), 1e-6
    correlation = pool_correlation([0.4, 0.4], 103)
    square = pool_r_squared([0.16, 0.16], 103)
    slopes = [(np.tanh(z + step) ** p - np.tanh(z - step) ** p) / (2 * step) for p in (1, 2)]
    for pooled, slope in zip((correlation, square), slopes):
        np.testing.assert_allclose(pooled.table()["std_error"], [slope * 0.1], rtol=TOLERANCE)


# ---- shares


def test_share_with_nothing_missing_is_wilson():
    row = pool_proportion([0.07] * 10, n=100).table().iloc[0]
    expected = proportion_confint(7, 100, method="wilson")
    np.testing.assert_allclose(row[["conf_low", "conf_high"]].to_numpy(float), expected, rtol=EXACT)


def test_share_interval_holds_all_shares_not_refused():
    """Brute force: the two Q at which (q̄ - Q)² = t² (1 + r) Q (1 - Q) / n."""
    q = np.array([0.04, 0.06, 0.02, 0.05, 0.07])
    pooled = pool_proportion(q, n=150)
    row = pooled.table(0.9).iloc[0]
    t = stats.t.ppf(0.95, 4 / row["lambda"] ** 2)

    def gap(share):
        return (q.mean() - share) ** 2 - t**2 * (1 + row["riv"]) * share * (1 - share) / 150

    ends = [brentq(gap, 1e-12, q.mean(), xtol=1e-14), brentq(gap, q.mean(), 1 - 1e-12, xtol=1e-14)]
    np.testing.assert_allclose(row[["conf_low", "conf_high"]].to_numpy(float), ends, rtol=EXACT)


def test_share_from_samples_equals_share_from_numbers(samples):
    low = [(part["rank"] == "low").to_numpy() for part in samples]
    from_samples = pool_proportion(low).table()
    pd.testing.assert_frame_equal(from_samples, pool_proportion([one.mean() for one in low], n=200).table())
    pd.testing.assert_frame_equal(from_samples, pool_proportion(low, weights=np.full(200, 3.0)).table(), rtol=EXACT)


def test_weighted_share_uses_kish(samples):
    low = [(part["rank"] == "low").to_numpy() for part in samples]
    pooled = pool_proportion(low, weights=WEIGHTS)
    np.testing.assert_allclose(pooled.n_obs, WEIGHTS.sum() ** 2 / (WEIGHTS**2).sum(), rtol=EXACT)
    expected = np.mean([np.average(one, weights=WEIGHTS) for one in low])
    np.testing.assert_allclose(pooled.table()["estimate"], [expected], rtol=EXACT)


@pytest.mark.parametrize("q", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.01, 0.0]])
def test_share_interval_stays_within_zero_and_one(q):
    row = pool_proportion(q, n=40).table().iloc[0]
    assert 0 <= row["conf_low"] <= row["estimate"] <= row["conf_high"] <= 1
    assert row["conf_low"] < row["conf_high"]


# ---- means and quantiles


@pytest.mark.parametrize("quantity", ["mean", "weighted_mean"])
def test_mean_equals_survey_and_mice(samples, scalars, quantity):
    weights = WEIGHTS if quantity == "weighted_mean" else None
    row = pool_mean([part["y"] for part in samples], weights=weights).table().iloc[0]
    for column in ("estimate", "std_error", "df", "fmi", "riv"):
        np.testing.assert_allclose(row[column], scalars.loc[quantity, column], rtol=TOLERANCE, err_msg=column)


def test_weighted_mean_equals_statsmodels(samples):
    pooled = pool_mean([part["y"] for part in samples], weights=[WEIGHTS] * 5)
    for i, part in enumerate(samples):
        fit = sm.WLS(part["y"].to_numpy(), np.ones(200), weights=WEIGHTS).fit(cov_type="HC1")
        np.testing.assert_allclose(pooled.estimates[i], fit.params, rtol=EXACT)
        np.testing.assert_allclose(pooled.covariances[i], fit.cov_params(), rtol=EXACT)


def test_quantiles_equal_survey_and_mice(samples, scalars):
    table = pool_quantile([part["y"] for part in samples], [0.25, 0.5, 0.9]).table().set_index("term")
    for term, row in table.iterrows():
        for column in ("estimate", "std_error", "df", "fmi", "riv"):
            np.testing.assert_allclose(
                row[column], scalars.loc[term, column], rtol=TOLERANCE, err_msg=f"{term} {column}"
            )


def test_quantiles_equal_numpy_and_equal_weights_change_nothing(samples):
    y = [part["y"].to_numpy() for part in samples]
    p = [0.01, 0.1, 0.5, 0.77, 0.99]
    plain = pool_quantile(y, p)
    np.testing.assert_allclose(plain.estimates, np.stack([np.quantile(one, p) for one in y]), rtol=EXACT)
    weighted = pool_quantile(y, p, weights=np.full(200, 7.0))
    np.testing.assert_allclose(weighted.estimates, plain.estimates, rtol=EXACT)
    np.testing.assert_allclose(weighted.covariances, plain.covariances, rtol=TOLERANCE)


def test_weighted_quantile_is_the_integral_of_its_definition():
    """Akinshin: the average of the weighted quantile function over [h - 1, h] / n*, h = p (n* - 1) + 1."""
    y, w = np.array([1.0, 2.0, 5.0, 9.0]), np.array([0.1, 0.4, 0.3, 0.2])
    rows, grid = 1 / (w @ w), (np.arange(200_000) + 0.5) / 200_000
    for p in (0.2, 0.5, 0.9):
        at = (p * (rows - 1) + grid) / rows
        brute = y[np.minimum(np.searchsorted(np.cumsum(w), at), 3)].mean()
        np.testing.assert_allclose(weighted_quantile(y, w, np.array([p])), [brute], atol=1e-4)


def test_rows_of_weight_zero_do_not_count_in_the_estimate():
    y = np.array([3.0, 1.0, 2.0, 8.0, 4.0])
    some = pool_quantile([y] * 2, [0.3, 0.5], weights=[1.0, 1, 1, 0, 1]).estimates
    np.testing.assert_allclose(some[0], np.quantile(np.delete(y, 3), [0.3, 0.5]), rtol=EXACT)


def test_woodruff_agrees_with_the_large_sample_formula():
    rng = np.random.default_rng(11)
    y, p = rng.normal(size=(100, 2_000)), np.array([0.1, 0.5, 0.8])
    average = pool_quantile(y, p).rubin.within
    density = stats.norm.pdf(stats.norm.ppf(p))
    expected = (np.minimum.outer(p, p) - np.outer(p, p)) / np.outer(density, density) / 2_000
    np.testing.assert_allclose(average, expected, rtol=ASYMPTOTIC)


def test_woodruff_with_weights_agrees_with_the_bootstrap():
    rng = np.random.default_rng(12)
    y = rng.gumbel(size=3_000)
    w = np.exp(0.3 * y + rng.normal(size=3_000) / 2)
    error = pool_quantile([y, y], 0.5, weights=w).table()["std_error"][0]
    order = np.argsort(y)
    draws = [weighted_quantile(y[order], v / v.sum(), np.array([0.5]))[0] for v in resampled(w[order], rng, 1_500)]
    # 1,500 draws know a standard error to 1 / sqrt(3000) = 2 %; Woodruff's slope to about 5 %
    np.testing.assert_allclose(error, np.std(draws), rtol=0.15)


def resampled(weights, rng, times):
    n = len(weights)
    return (weights * np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(times))


def test_heap_has_no_variance_and_extreme_quantile_a_finite_one():
    heap = np.r_[np.zeros(80), np.arange(1.0, 21)]
    assert pool_quantile([heap] * 2, 0.4).covariances.max() == 0
    edge = pool_quantile([np.arange(20.0)] * 2, 0.99).covariances[0, 0, 0]
    assert 0 < edge < np.inf


# ---- bootstrap


def test_bootstrap_components_are_the_analysis_of_variance():
    rng = np.random.default_rng(3)
    b, m = 40, 3
    q = rng.normal(size=(b, 1)) + 0.5 * rng.normal(size=(b, m))
    ours = pool_bootstrap(q, terms=["x"])
    f, _ = stats.f_oneway(*q)
    msw = q.var(axis=1, ddof=1).mean()
    msb = f * msw
    variance = (1 + 1 / b) * (msb - msw) / m + msw / (b * m)
    np.testing.assert_allclose([ours.between[0], ours.within[0]], [(msb - msw) / m, msw], rtol=EXACT)
    np.testing.assert_allclose(ours.std_error[0] ** 2, variance, rtol=EXACT)
    # Satterthwaite: V = a MSB - c MSW with B - 1 and B (M - 1) degrees of freedom
    a, c = (b + 1) / (b * m), 1 / m
    np.testing.assert_allclose(a * msb - c * msw, variance, rtol=EXACT)
    dof = variance**2 / ((a * msb) ** 2 / (b - 1) + (c * msw) ** 2 / (b * (m - 1)))
    row = ours.table(0.9).iloc[0]
    np.testing.assert_allclose(row["df"], dof, rtol=EXACT)
    low, high = stats.t.interval(0.9, dof, q.mean(), np.sqrt(variance))
    np.testing.assert_allclose([row["conf_low"], row["conf_high"]], [low, high], rtol=EXACT)
    np.testing.assert_allclose(row["p_value"], 2 * stats.t.sf(abs(q.mean()) / np.sqrt(variance), dof), rtol=EXACT)


def test_bootstrap_components_equal_a_random_intercept_model():
    """REML of a balanced one-way layout is the analysis of variance."""
    rng = np.random.default_rng(4)
    q = 2 * rng.normal(size=(60, 1)) + rng.normal(size=(60, 2))
    ours = pool_bootstrap(q)
    fit = sm.MixedLM(q.ravel(), np.ones(120), groups=np.repeat(np.arange(60), 2)).fit(reml=True)
    # MixedLM maximises numerically
    np.testing.assert_allclose(ours.within[0], fit.scale, rtol=1e-4)
    np.testing.assert_allclose(ours.between[0], float(np.squeeze(fit.cov_re)), rtol=1e-4)


def test_bootstrap_standard_error_covers_the_truth_of_its_model():
    """Mean of V over repeated draws is σ²_btw (1 + 1/B) + σ²_wtn / (BM)."""
    rng = np.random.default_rng(6)
    q = rng.normal(size=(50, 1, 2_000)) * 1.5 + rng.normal(size=(50, 2, 2_000))
    ours = pool_bootstrap(q)
    expected = (1 + 1 / 50) * 1.5**2 + 1 / 100
    # 2,000 variances of about 49 degrees of freedom: 0.2 / sqrt(2000) = 0.5 %
    np.testing.assert_allclose((ours.std_error**2).mean(), expected, rtol=0.02)
    assert 30 < np.median(ours.dof) < 50


def test_negative_variance_between_samples_counts_as_zero_and_says_so():
    q = np.array([[0.0, 2.0], [2.0, 0.0], [0.5, 1.5]])
    with pytest.warns(DataWarning, match="negative for b0"):
        ours = pool_bootstrap(q)
    assert ours.between[0] == 0
    np.testing.assert_allclose(ours.std_error[0] ** 2, q.var(ddof=1) / 6, rtol=EXACT)
    assert ours.dof[0] == 5


# ---- enough imputations


def test_needed_imputations_follow_the_rule():
    """Written out for a fraction of 0.5 from m = 5: logit is 0, so that the upper end is expit(1.96 sqrt(0.4))."""
    enough = imputations_needed(0.5, m=5)
    high = 1 / (1 + np.exp(-1.959963984540054 * np.sqrt(0.4)))
    np.testing.assert_allclose(enough.fmi_high, high, rtol=EXACT)
    assert enough.needed == int(np.ceil(1 + 0.5 * (high / 0.05) ** 2)) == 122
    assert not enough.is_enough
    assert "Impute again with m=122" in enough.sentence


@pytest.mark.parametrize(("fmi", "needed"), [(0.0, 2), (1.0, 201)])
def test_needed_imputations_at_the_ends(fmi, needed):
    assert imputations_needed(fmi, m=20).needed == needed


def test_needed_imputations_from_rubin(fits):
    rubin = combine_rubin(*fits)
    enough = imputations_needed(rubin, cv=0.2)
    assert enough == imputations_needed(rubin.fmi, m=12, cv=0.2)
    assert enough.fmi == rubin.fmi.max()
    assert enough.is_enough == (enough.needed <= 12)
    wanted = imputations_needed(rubin.fmi, m=enough.needed + 100, cv=0.2)
    assert wanted.is_enough
    assert "are enough" in wanted.sentence


def test_rule_gives_the_variation_it_promises():
    """Standard errors of repeated imputation vary by about cv when m follows the rule with the true fraction."""
    rng, fmi, cv = np.random.default_rng(8), 0.4, 0.05
    m = int(np.ceil(1 + 0.5 * (fmi / cv) ** 2))
    errors = np.sqrt(0.6 + (1 + 1 / m) * 0.4 * rng.chisquare(m - 1, size=4_000) / (m - 1))
    # the rule is a linear approximation, and 4,000 draws know a spread to 1.1 %
    np.testing.assert_allclose(errors.std() / errors.mean(), cv, rtol=0.08)


def test_monte_carlo_error_of_the_estimate_is_closed_form(fits):
    errors = monte_carlo_error(*fits, 50.0, terms=["a", "b"])
    between = np.diag(combine_rubin(*fits).between)
    np.testing.assert_allclose(errors["estimate"], np.sqrt(between / 12), rtol=EXACT)
    assert errors["term"].tolist() == ["a", "b"]


def test_monte_carlo_errors_are_the_jackknife_of_the_table(fits):
    estimates, covariances = fits
    errors = monte_carlo_error(estimates, covariances, 50.0, level=0.9)
    parts = [pool(np.delete(estimates, i, 0), np.delete(covariances, i, 0), 50.0).table(0.9) for i in range(12)]
    for column in errors.columns.drop("term"):
        values = np.stack([part[column] for part in parts])
        expected = np.sqrt(11 / 12 * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
        np.testing.assert_allclose(errors[column], expected, rtol=EXACT, err_msg=column)


def test_monte_carlo_error_of_the_standard_error_is_what_repetition_shows():
    rng, m = np.random.default_rng(9), 40
    draws = rng.normal(0, 0.5, size=(400, m, 1))
    ones = np.ones((m, 1, 1))
    shown = np.std([np.sqrt(combine_rubin(q, ones).total[0, 0]) for q in draws])
    said = np.mean([monte_carlo_error(q, ones)["std_error"][0] for q in draws[:100]])
    # 400 repetitions know a spread to 3.5 %; the jackknife is a few per cent too large
    np.testing.assert_allclose(said, shown, rtol=0.15)


# ---- what is refused


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: pool_r_squared([1.0, 0.5], 50), SpecError, "below 1"),
        (lambda: pool_r_squared([0.5, 0.5], 3), SpecError, "more than 3"),
        (lambda: pool_r_squared([0.5], 50), SpecError, "at least 2"),
        (lambda: pool_correlation([1.0, 0.5], 50), SpecError, "between -1 and 1"),
        (lambda: pool_correlation([np.nan, 0.5], 50), SpecError, "not finite"),
        (lambda: pool_proportion([7.0, 8.0], 50), SpecError, "divide percentages"),
        (lambda: pool_proportion([0.1, 0.2], 50, weights=[1.0, 1.0]), SpecError, "belong to samples"),
        (lambda: pool_proportion([[1.0, 2.0], [0.0, 1.0]]), DataError, "other than 0 and 1"),
        (lambda: pool_correlation([0.1, 0.2], 50).table(95), SpecError, "level"),
        (lambda: pool_mean([[1.0, np.nan], [1.0, 2.0]]), DataError, "Sample 0"),
        (lambda: pool_mean([[1.0, 2.0], [1.0]]), DataError, "Sample 1"),
        (lambda: pool_mean([[1.0, 2.0]]), SpecError, "at least 2"),
        (lambda: pool_mean([[1.0, 2.0]] * 2, weights=[1.0]), DataError, "weights of sample 0"),
        (lambda: pool_mean([[1.0, 2.0]] * 2, weights=[[1.0, 1.0]]), DataError, "1 arrays of weights"),
        (lambda: pool_mean([[1.0, 2.0]] * 2, weights=[-1.0, 2.0]), DataError, "negative"),
        (lambda: pool_quantile([[1.0, 2.0]] * 2, 50), SpecError, "0.5 for the median"),
        (lambda: pool_bootstrap(np.zeros((5, 1))), SpecError, "2 or more"),
        (lambda: pool_bootstrap([[1.0, 2.0], [np.inf, 1.0]]), SpecError, "sample 1"),
        (lambda: pool_bootstrap(np.zeros((5, 2)), terms=["a", "b"]), SpecError, "2 names for 1"),
        (lambda: imputations_needed(1.5, 5), SpecError, "fraction"),
        (lambda: imputations_needed(0.5), SpecError, "m=None"),
        (lambda: imputations_needed(0.5, 5, cv=5), SpecError, "0.05 for 5 %"),
        (lambda: monte_carlo_error(np.ones((2, 1)), np.ones((2, 1, 1))), SpecError, "3 or more"),
        (lambda: monte_carlo_error(np.ones((3, 1)), np.ones((3, 1, 1)), level=95), SpecError, "level"),
    ],
)
def test_what_cannot_be_pooled_is_said(call, error, said):
    with pytest.raises(error, match=said):
        call()
