"""Shifts, priors and tipping points against closed forms."""

from contextlib import nullcontext
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import t as student

from lacunet._rng import generator
from lacunet.errors import DataWarning
from lacunet.imputation import Midas
from lacunet.imputation.sensitivity import Prior, find_tipping_point, resample_cells, shift_cells
from lacunet.imputation.sensitivity._candidates import cells_of_rows, draw_candidates
from lacunet.imputation.sensitivity._odds import shift_odds
from lacunet.solve import combine_rubin, solve_logit
from lacunet.table import read_table

EXACT = 1e-12
"""Sums of a few doubles."""
STANDARD_ERRORS = 4.0
"""Monte Carlo: beyond four standard errors chance gives up (one in 16,000; seeds are fixed)."""
SIR_BIAS = 0.03
"""Importance resampling from some hundred candidates is off by the order of one in that many, in units of sd."""
HALVED = 1 / 100
"""Seven halvings of a step of the grid."""


@dataclass
class KnownEngine:
    """Draws each row's missing cells from a distribution that is known: ``sample(i, rng, size)`` gives columns."""

    sample: object
    history: list = field(default_factory=list)

    def draw(self, values, state, *, first, m, seed):
        rows, cols = np.nonzero(state == 1)
        out = np.empty((m, len(rows)))
        for i in range(first, first + m):
            rng = generator(seed, "known", i, len(values))
            out[i - first] = self.sample(i, rng, len(values))[rows, cols]
        return out


@dataclass
class KnownFit:
    engine: KnownEngine


@dataclass
class Known:
    """Imputations of a frame by a known engine."""

    table: object
    draws: np.ndarray
    fitted: KnownFit
    seed: int


def impute(frame, sample, m, **wishes):
    table, engine = read_table(frame, **wishes), KnownEngine(sample)
    draws = engine.draw(table.values, table.state, first=0, m=m, seed=5)
    return Known(table, draws, KnownFit(engine), 5)


def of(imp, name):
    return np.flatnonzero(imp.table.cells[1] == imp.table.layout.names.index(name))


# ---------------------------------------------------------------- odds


ORDERED = np.array([0.1, 0.2, 0.4, 0.3])
CELLS = 8000


def known_levels(p, seed=1):
    rng = np.random.default_rng(seed)
    levels = np.arange(float(len(p)))
    drawn, candidates = rng.choice(levels, p=p, size=(5, CELLS)), rng.choice(levels, p=p, size=(5, 12, CELLS))
    return drawn, candidates, 1 - rng.random((5, CELLS))


def is_near(found, want):
    return (np.abs(found - want) < STANDARD_ERRORS * np.sqrt(want * (1 - want) / (5 * CELLS))).all()


@pytest.mark.parametrize("log_odds", [-2.0, -0.3, 0.4, 1.5])
@pytest.mark.parametrize("p", [0.07, 0.5, 0.9])
def test_two_levels_get_the_odds_asked_for_and_as_few_cells_change_as_can(p, log_odds):
    drawn, candidates, chance = known_levels([1 - p, p])
    after = shift_odds(drawn, candidates, log_odds, 1, chance)
    want = expit(logit(p) + log_odds)
    assert is_near(after.mean(), want)
    assert ((after - drawn) * log_odds >= 0).all()
    np.testing.assert_array_equal(shift_odds(drawn, candidates, log_odds, None, chance), after)
    np.testing.assert_array_equal(shift_odds(drawn, candidates, -log_odds, 0, chance), after)


@pytest.mark.parametrize("log_odds", [-1.2, 0.8, 3.0])
def test_cumulative_odds_of_ordered_levels(log_odds):
    drawn, candidates, chance = known_levels(ORDERED)
    after = shift_odds(drawn, candidates, log_odds, None, chance)
    found = np.array([(after >= k).mean() for k in (1, 2, 3)])
    assert is_near(found, expit(logit([0.9, 0.7, 0.3]) + log_odds))
    assert ((after - drawn) * log_odds >= 0).all()


@pytest.mark.parametrize("log_odds", [-1.0, 1.0])
def test_other_levels_keep_their_proportions(log_odds):
    drawn, candidates, chance = known_levels([0.5, 0.2, 0.3])
    after = shift_odds(drawn, candidates, log_odds, 1, chance)
    target = expit(logit(0.2) + log_odds)
    want = np.array([0.5, 0.0, 0.3]) * (1 - target) / 0.8 + np.array([0, target, 0])
    assert is_near(np.array([(after == k).mean() for k in range(3)]), want)
    moved = after != drawn
    assert (after[moved] == 1).all() if log_odds > 0 else (drawn[moved] == 1).all()


def test_odds_are_shifted_in_every_imputation_by_its_own_probability():
    n, m = 400, 40
    own = expit(np.linspace(-1.5, 1.5, m))

    def sample(i, rng, size):
        return np.column_stack([np.zeros(size), rng.random(size) < own[i]]).astype(float)

    frame = pd.DataFrame({"x": np.linspace(0, 1, n), "voted": np.resize(["no", "yes", None, None], n)})
    imp = impute(frame, sample, m)
    after = shift_cells(imp, "voted", 1.0, scale="odds").draws
    share = after.mean(axis=1)
    want = expit(logit(own) + 1.0)
    error = np.sqrt(want * (1 - want) / after.shape[1])
    assert (np.abs(share - want) < STANDARD_ERRORS * error).all()
    assert abs((share - want).mean()) < STANDARD_ERRORS * error.mean() / np.sqrt(m)
    assert (after >= imp.draws).all()


class PairEngine:
    """z is standard normal, v given z Bernoulli with log odds z."""

    def draw(self, values, state, *, first, m, seed):
        out = np.empty((m, int((state == 1).sum())))
        for i in range(first, first + m):
            rng, filled = generator(seed, "pair", i, len(values)), values.copy()
            z = rng.standard_normal(len(values))
            filled[:, 0] = np.where(state[:, 0] == 1, z, values[:, 0])
            v = rng.random(len(values)) < expit(filled[:, 0])
            filled[:, 1] = np.where(state[:, 1] == 1, v, values[:, 1])
            out[i - first] = filled[state == 1]
        return out


@pytest.mark.parametrize("log_odds", [-1.0, 1.0])
def test_a_shift_of_odds_moves_the_intercept_and_no_slope(log_odds):
    z = np.where(np.arange(400) < 300, np.nan, np.linspace(-2, 2, 400))
    v = np.where(np.arange(400) < 300, None, np.resize(["no", "yes"], 400))
    table, engine = read_table(pd.DataFrame({"z": z, "v": v})), PairEngine()
    draws = engine.draw(table.values, table.state, first=0, m=25, seed=5)
    imp = Known(table, draws, KnownFit(engine), 5)
    after = shift_cells(imp, "v", log_odds, scale="odds").draws
    design = np.column_stack([np.ones(25 * 300), after[:, of(imp, "z")].ravel()])
    fit = solve_logit(design, after[:, of(imp, "v")].ravel())
    error = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(fit.estimates - [log_odds, 1.0]) < STANDARD_ERRORS * error).all()


# ---------------------------------------------------------------- priors


def test_a_normal_prior_weighs_by_precision_and_pulls_what_goes_with_it():
    m, rho, sd = 1500, 0.8, np.array([2.0, 3.0])

    def sample(i, rng, size):
        z = rng.standard_normal((size, 2))
        z[:, 1] = rho * z[:, 0] + np.sqrt(1 - rho**2) * z[:, 1]
        return np.column_stack([np.zeros(size), 10 + sd[0] * z[:, 0], 20 + sd[1] * z[:, 1]])

    frame = pd.DataFrame({"x": np.arange(8.0), "y": np.arange(8.0) + 0.5, "z": np.arange(8.0) ** 2 + 0.5})
    frame.loc[2:3, ["y", "z"]] = None
    imp = impute(frame, sample, m)
    got = resample_cells(imp, Prior(variable="y", mean=13.0, sd=1.5, rows=[2]), candidates=300)
    y, z = got.draws[:, 0], got.draws[:, 1]
    precision = 1 / sd[0] ** 2 + 1 / 1.5**2
    mean, variance = (10 / sd[0] ** 2 + 13 / 1.5**2) / precision, 1 / precision
    slope = rho * sd[1] / sd[0]
    mean_z, variance_z = 20 + slope * (mean - 10), slope**2 * variance + sd[1] ** 2 * (1 - rho**2)
    for found, mu, var in ((y, mean, variance), (z, mean_z, variance_z)):
        assert abs(found.mean() - mu) < STANDARD_ERRORS * np.sqrt(var / m) + SIR_BIAS * np.sqrt(var)
        assert abs(found.var() / var - 1) < STANDARD_ERRORS * np.sqrt(2 / m) + SIR_BIAS
    assert np.polyfit(y, z, 1)[0] == pytest.approx(slope, rel=0.1)
    np.testing.assert_array_equal(got.draws[:, 2:], imp.draws[:, 2:])
    assert got.details["row"].tolist() == [2]


def test_an_interval_is_the_normal_prior_with_these_quantiles():
    frame = pd.DataFrame({"x": np.arange(9.0), "y": [None, *np.linspace(0.3, 7.7, 8)]})
    imp = impute(frame, lambda i, rng, size: rng.normal(5, 2, (size, 2)), 30)
    half = 1.959963984540054
    wide = resample_cells(imp, Prior(variable="y", low=6 - half, high=6 + half))
    said = resample_cells(imp, Prior(variable="y", mean=6, sd=1.0))
    np.testing.assert_array_equal(wide.draws, said.draws)


def test_every_imputation_keeps_its_own_parameters():
    m = 60
    centre = np.linspace(-3, 3, m)
    frame = pd.DataFrame({"x": np.arange(60.0), "y": np.where(np.arange(60) < 40, np.nan, np.arange(60) / 9)})
    imp = impute(frame, lambda i, rng, size: rng.normal(centre[i], 1.0, (size, 2)), m)
    got = resample_cells(imp, Prior(variable="y", mean=2.0, sd=2.0), candidates=200).draws
    want = (centre / 1 + 2.0 / 4) / (1 + 1 / 4)
    error = np.sqrt(0.8 / 40)
    assert (np.abs(got.mean(axis=1) - want) < STANDARD_ERRORS * error + SIR_BIAS).all()


def test_a_prior_on_a_level_multiplies_its_probability():
    p, m = np.array([0.6, 0.3, 0.1]), 3000

    def sample(i, rng, size):
        return np.column_stack([np.zeros(size), rng.choice([0.0, 1.0, 2.0], p=p, size=size)])

    frame = pd.DataFrame({"x": np.arange(60) / 7, "party": np.resize(["a", "b", "c"], 60)})
    frame.loc[4, "party"] = None
    imp = impute(frame, sample, m)
    got = resample_cells(imp, Prior(variable="party", level="c", probability=0.8), candidates=100).draws[:, 0]
    want = p * np.array([0.1, 0.1, 0.8])
    want /= want.sum()
    found = np.bincount(got.astype(int), minlength=3) / m
    assert (np.abs(found - want) < STANDARD_ERRORS * np.sqrt(want * (1 - want) / m) + SIR_BIAS * want).all()


# ---------------------------------------------------------------- the linear engine


@pytest.fixture(scope="module")
def linear():
    rng = np.random.default_rng(4)
    x, w = rng.normal(size=(2, 80))
    y = 10 + 2 * x + w + rng.normal(0, 1.5, 80)
    frame = pd.DataFrame({"x": x, "w": w, "y": y, "z": y + rng.normal(0, 1, 80)})
    frame.loc[:24, "y"] = None
    frame.loc[15:34, "z"] = None
    return Midas().fit(frame, seed=2).impute(m=60)


def test_candidates_of_some_rows_are_draws_of_these_rows(linear):
    rows = np.arange(10, 25)
    drawn = np.stack(list(draw_candidates(linear, rows, 10)))
    mine = linear.draws[:, cells_of_rows(linear, rows)]
    assert drawn.shape == (60, 10, mine.shape[1])
    pooled = drawn.reshape(-1, mine.shape[1])
    error = mine.std(axis=0) / np.sqrt(60)
    z = (mine.mean(axis=0) - pooled.mean(axis=0)) / error
    assert np.abs(z).max() < STANDARD_ERRORS
    assert mine.var(axis=0).mean() == pytest.approx(pooled.var(axis=0).mean(), rel=0.2)


def test_candidates_share_the_coefficients_of_their_imputation(linear):
    rows = np.arange(15)
    drawn = np.stack(list(draw_candidates(linear, rows, 40))).mean(axis=(1, 2))
    own = linear.draws[:, cells_of_rows(linear, rows)].mean(axis=1)
    # Both hold the imputation's intercept; chance in single cells keeps it from being more.
    assert np.corrcoef(drawn, own)[0, 1] > 0.4


# ---------------------------------------------------------------- tipping points


def pooled_mean(imp, name, delta):
    """By hand: the mean of a column, pooled; ends of the interval."""
    j = imp.table.layout.names.index(name)
    filled = np.tile(imp.table.values[:, j], (len(imp.draws), 1))
    filled[:, imp.table.state[:, j] == 1] = imp.draws[:, of(imp, name)] + delta
    n = filled.shape[1]
    means, variances = filled.mean(axis=1), filled.var(axis=1, ddof=1) / n
    rubin = combine_rubin(means[:, None], variances[:, None, None], n - 1.0)
    half = student.ppf(0.975, rubin.dof[0]) * np.sqrt(rubin.total[0, 0])
    return rubin.estimates[0] - half, rubin.estimates[0], rubin.estimates[0] + half


def test_the_tipping_point_of_a_mean(linear):
    linear = replace(linear, draws=linear.draws[:20])
    null = pooled_mean(linear, "y", 0.0)[0] - 0.3
    tip = find_tipping_point(linear, "y ~ 1", "Intercept", "y", scale="unit", deltas=[-4, -2, 2, 4], null=null)
    low = brentq(lambda delta: pooled_mean(linear, "y", delta)[0] - null, -4, 0)
    assert tip.low == pytest.approx(low, abs=2 * HALVED)
    assert tip.high is None
    for row in tip.table().itertuples():
        want = pooled_mean(linear, "y", row.delta)
        np.testing.assert_allclose((row.conf_low, row.estimate, row.conf_high), want, rtol=1e-9)
        assert row.holds == (want[0] > null)
        assert (row.p_value < 0.05) == (want[0] > null)
    sd = np.nanstd(linear.table.values[:, linear.table.layout.names.index("y")], ddof=1)
    in_sd = find_tipping_point(linear, "y ~ 1", "Intercept", "y", null=null)
    assert in_sd.low * sd == pytest.approx(low, abs=sd * HALVED)


def test_a_shift_moves_the_mean_by_its_share(linear):
    tip = find_tipping_point(linear, "y ~ 1", "Intercept", "y", scale="unit", deltas=[-1.0, 1.0], criterion="sign")
    estimate = tip.table().set_index("delta")["estimate"]
    assert tip.low is None
    assert tip.high is None
    assert estimate[1.0] - estimate[0.0] == pytest.approx(25 / 80, abs=EXACT * 100)
    assert estimate[0.0] - estimate[-1.0] == pytest.approx(25 / 80, abs=EXACT * 100)


def test_whole_numbers_move_by_the_amount_on_average():
    frame = pd.DataFrame({"x": np.arange(4000) / 7, "children": np.resize([0, 1, 2, 3, None, None, None, None], 4000)})
    imp = impute(
        frame, lambda i, rng, size: rng.integers(0, 6, (size, 2)).astype(float), 4, kinds={"children": "count"}
    )
    for by, scale, want in ((0.3, "unit", 0.3), (-0.6, "unit", -0.6), (1.25, "factor", None)):
        with pytest.warns(DataWarning, match="below 0") if by < 0 else nullcontext():
            after = shift_cells(imp, "children", by, scale=scale).draws
        want = 0.25 * imp.draws.mean() if want is None else want
        assert (after == np.rint(after)).all()
        error = 0.5 / np.sqrt(after.size)
        assert abs((after - imp.draws).mean() - want) < STANDARD_ERRORS * error
