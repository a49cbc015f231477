"""Each combining rule has the variance and the coverage it promises when sets are made as it supposes."""

import numpy as np
import pytest
from scipy.stats import t

from lacunet.solve import combine_synthetic, draw_row_weights

N, SLOPE, M = 120, 0.6, 5
LOW, HIGH = 0.93, 0.97  # what a 95 % interval may cover
FOUR_ERRORS = 4.0  # a Monte Carlo figure may miss by this many of its own standard errors
SMALL_SAMPLE = 0.04  # the rules are first-order in 1/n; here n = 120


def regress(x, y):
    """Slope of y on x with its variance, and mean and residual variance, along the last axis."""
    n, centred = x.shape[-1], x - x.mean(axis=-1, keepdims=True)
    square = (centred**2).sum(axis=-1)
    slope = (centred * y).sum(axis=-1) / square
    left = y - y.mean(axis=-1, keepdims=True) - slope[..., None] * centred
    scale = (left**2).sum(axis=-1) / (n - 2)
    return slope, scale / square, scale


def make_sets(rng, x, y, *, k, proper, keep_x=False, m=M):
    """Sets drawn from the normal model fitted to each sample: shape (m, samples, k)."""
    n, samples = x.shape[-1], len(x)
    slope, variance, scale = regress(x, y)
    mean_x, mean_y, var_x = x.mean(axis=-1), y.mean(axis=-1), x.var(axis=-1, ddof=1)
    shape = (m, samples, 1)
    scale_x, scale_y = np.broadcast_to(var_x[:, None], shape), np.broadcast_to(scale[:, None], shape)
    slope, shift, centre = slope[:, None], mean_y[:, None], mean_x[:, None]
    if proper:  # a draw from the posterior for each set
        scale_x, scale_y = (
            old * dof / rng.chisquare(dof, size=shape) for old, dof in ((scale_x, n - 1), (scale_y, n - 2))
        )
        square = (variance[:, None] / scale[:, None]) ** -1
        slope = slope + rng.normal(size=shape) * np.sqrt(scale_y / square)
        shift = shift + rng.normal(size=shape) * np.sqrt(scale_y / n)
        centre = centre + rng.normal(size=shape) * np.sqrt(scale_x / n)
    new_x = centre + rng.normal(size=(m, samples, k)) * np.sqrt(scale_x)
    if keep_x:
        new_x = np.broadcast_to(x, (m, samples, k))
    return new_x, shift + slope * (new_x - mean_x[:, None]) + rng.normal(size=(m, samples, k)) * np.sqrt(scale_y)


def study(rule, seed, *, samples, k=N, m=M, **making):
    """Variance of the combined slope over what the rule says on average, and its coverage."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, N))
    y = SLOPE * x + rng.normal(size=x.shape)
    slope, variance, _ = regress(*make_sets(rng, x, y, k=k, m=m, **making))
    estimate, said, covered = np.empty(samples), np.empty(samples), np.empty(samples)
    for i in range(samples):
        one = combine_synthetic(
            slope[:, i, None], variance[:, i, None, None], k - 2.0, rule=rule, n_real=N, n_synthetic=k
        )
        estimate[i], said[i] = one.estimates[0], one.total[0, 0]
        covered[i] = abs(estimate[i] - SLOPE) <= t.ppf(0.975, one.dof[0]) * np.sqrt(said[i])
    return estimate.var() / said.mean(), covered.mean(), abs(estimate.mean() - SLOPE) / estimate.std() * samples**0.5


CASES = {
    "plug-in": {"rule": "plug-in", "proper": False},
    "plug-in, one set": {"rule": "plug-in", "proper": False, "m": 1},
    "plug-in, k = n/2": {"rule": "plug-in", "proper": False, "k": N // 2},
    "plug-in, k = 3n": {"rule": "plug-in", "proper": False, "k": 3 * N},
    "proper": {"rule": "plug-in proper", "proper": True},
    "proper, one set": {"rule": "plug-in proper", "proper": True, "m": 1},
    "proper, k = 3n": {"rule": "plug-in proper", "proper": True, "k": 3 * N},
    "partially": {"rule": "partially", "proper": False, "keep_x": True},
    "partially, proper": {"rule": "partially", "proper": True, "keep_x": True},
    "all replaced, spread measured": {"rule": "partially", "proper": False, "k": 2 * N},
    "all replaced and proper, spread measured": {"rule": "partially", "proper": True},
    "fully": {"rule": "fully", "proper": True, "m": 20},
    "fully, k = 3n": {"rule": "fully", "proper": True, "k": 3 * N},
}


def check(name, samples):
    ratio, coverage, bias = study(**CASES[name], seed=[8, *name.encode()], samples=samples)
    slack = FOUR_ERRORS * np.sqrt(0.05 * 0.95 / samples)
    assert LOW - slack <= coverage <= HIGH + slack
    assert abs(np.log(ratio)) <= FOUR_ERRORS * np.sqrt(2 / samples) + SMALL_SAMPLE
    assert bias <= FOUR_ERRORS


@pytest.mark.parametrize("name", CASES)
def test_variance_and_coverage(name):
    check(name, samples=600)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_variance_and_coverage_in_many_samples(name):
    check(name, samples=8_000)


def test_a_set_analysed_as_if_it_were_real_does_not_cover():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2_000, N))
    slope, variance, _ = regress(*make_sets(rng, x, SLOPE * x + rng.normal(size=x.shape), k=N, proper=False, m=1))
    naive = np.abs(slope - SLOPE) <= t.ppf(0.975, N - 2) * np.sqrt(variance)
    assert naive.mean() < 0.87  # a normal with twice the variance: 83 %


def test_fully_on_sets_of_one_model_fails_as_its_warning_says():
    ratio, coverage, _ = study("fully", 4, samples=600, proper=False, m=20)
    assert ratio > 1.5
    assert coverage < LOW


STRATA, CLUSTERS, SIZE, TAKEN = 4, 150, 30, 10
SHARES = (0.1, 0.1, 0.3, 0.5)  # of the clusters drawn; the strata are alike in size and differ in their means


def survey_population():
    rng = np.random.default_rng(1)
    middle = np.array([0.0, 1, 2, 4])[:, None, None] + 0.7 * rng.normal(size=(STRATA, CLUSTERS, 1))
    return middle + rng.normal(size=(STRATA, CLUSTERS, SIZE))


def draw_survey(rng, population, n):
    parts = []
    for stratum, share in enumerate(SHARES):
        count = round(n * share / TAKEN)
        for cluster in rng.choice(CLUSTERS, count, replace=False):
            values = rng.choice(population[stratum, cluster], TAKEN, replace=False)
            parts.append(np.column_stack([values, *np.full((3, TAKEN), [[1 / count], [stratum], [cluster]])]))
    return np.concatenate(parts).T


def test_a_survey_with_informative_weights_strata_and_clusters():
    # Sets of normal numbers whose mean and spread come from the weighted rows: what any generator would do.
    population, samples, m = survey_population(), 250, 20
    truth, estimates, covered = population.mean(), np.empty(samples), np.empty((samples, 2))
    unweighted = np.empty(samples)
    for i in range(samples):
        rng = np.random.default_rng([9, i])
        y, w, stratum, cluster = draw_survey(rng, population, 400)
        q, v = np.empty((m, 1)), np.empty((m, 1, 1))
        for j in range(m):
            share = draw_row_weights(rng, w, stratum, cluster) / len(y)
            mean = share @ y
            made = mean + np.sqrt(share @ (y - mean) ** 2) * rng.normal(size=len(y))
            q[j], v[j] = made.mean(), made.var(ddof=1) / len(y)
        for rule, column in (("fully", 0), ("plug-in proper", 1)):
            one = combine_synthetic(q, v, rule=rule, n_real=len(y), n_synthetic=len(y))
            half = t.ppf(0.975, one.dof[0]) * np.sqrt(one.total[0, 0])
            covered[i, column] = abs(one.estimates[0] - truth) <= half
        estimates[i], unweighted[i] = one.estimates[0], y.mean()
    error = estimates.std() / samples**0.5
    assert abs(estimates.mean() - truth) <= FOUR_ERRORS * error
    assert abs(unweighted.mean() - truth) > 0.5  # the weights matter
    coverage = covered.mean(axis=0)
    slack = FOUR_ERRORS * np.sqrt(0.05 * 0.95 / samples)
    assert LOW - slack <= coverage[0] <= HIGH + slack
    assert coverage[1] < 0.9  # rows of a set know nothing of the clusters
