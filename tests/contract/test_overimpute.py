"""Overimputation: what is hidden, what is refitted, and scores against brute force and closed forms."""

import numpy as np
import pandas as pd
import pytest

from lacunet._layout import MISSING, OBSERVED
from lacunet.draw._score import fair_crps
from lacunet.errors import SpecError
from lacunet.imputation._hidden_cells import hide_cells
from lacunet.imputation._overimpute import _interval, _marginal_crps, fair_brier
from tests.contract._hotdeck import HotDeck
from tests.contract.test_imputations import survey


@pytest.fixture(scope="module")
def imp():
    return HotDeck().fit(survey(1500), seed=3).impute(m=2)


@pytest.fixture(scope="module")
def over(imp):
    return imp.overimpute(0.2, m=60)


def test_only_known_cells_are_hidden_the_same_share_of_each_variable(imp, over):
    state = imp.table.state
    assert (state[over.rows, over.cols] == OBSERVED).all()
    known = (state == OBSERVED).sum(axis=0)
    np.testing.assert_array_equal(np.bincount(over.cols), np.round(0.2 * known))
    np.testing.assert_array_equal(over.truth, imp.table.values[over.rows, over.cols])


def test_the_new_fit_never_sees_the_hidden_cells(imp, monkeypatch):
    seen = []
    fit_table = HotDeck.fit_table
    monkeypatch.setattr(
        HotDeck, "fit_table", lambda self, table, *, seed: seen.append(table) or fit_table(self, table, seed=seed)
    )
    over = imp.overimpute(0.3, m=3)
    (holes,) = seen
    assert (holes.state[over.rows, over.cols] == MISSING).all()
    assert np.isnan(holes.values[over.rows, over.cols]).all()
    assert not np.isnan(imp.table.values[over.rows, over.cols]).any()


def test_the_same_seed_hides_the_same_cells(imp, over):
    again, other = imp.overimpute(0.2, m=60), imp.overimpute(0.2, m=60, seed=4)
    np.testing.assert_array_equal(over.draws, again.draws)
    assert not np.array_equal(over.rows, other.rows)


def test_draws_from_the_margin_are_calibrated_and_no_better_than_it(over):
    table = over.table().set_index("variable")
    numbers = table.loc[["income", "age", "asked"]]
    np.testing.assert_allclose(numbers["crps"], numbers["crps_baseline"], rtol=0.1)
    assert numbers["coverage_90"].between(0.85, 0.97).all()
    assert numbers["coverage_50"].between(0.42, 0.58).all()
    assert (numbers["width_50"] < numbers["width_90"]).all()
    names = table.loc[["region", "voted"]]
    np.testing.assert_allclose(names["brier"], names["brier_baseline"], rtol=0.1)
    assert names["rmse"].isna().all()
    assert numbers["misclassified"].isna().all()


def test_cells_are_in_words(over):
    cells = over.cells()
    assert len(cells) == len(over.truth)
    region = cells[cells["variable"] == "region"]
    assert set(region["truth"]) <= {"north", "south", "west"}
    frame = survey(1500)
    assert (frame["region"].to_numpy()[region["row"]] == region["truth"]).all()
    age = cells[cells["variable"] == "age"]
    assert (frame["age"].to_numpy()[age["row"]] == age["truth"].astype(float)).all()
    assert "Overimputation" in repr(over)


@pytest.mark.parametrize("call", [{"fraction": 0}, {"fraction": 0.9}, {"fraction": 0.1, "m": 1}])
def test_out_of_range_is_refused(imp, call):
    with pytest.raises(SpecError):
        imp.overimpute(**call)


def test_a_few_cells_are_always_left():
    state = np.full((10, 3), MISSING, dtype=np.int8)
    state[:3, 0] = state[:1, 1] = OBSERVED
    hidden = hide_cells(state, 0.5, seed=1)
    assert hidden.sum(axis=0).tolist() == [1, 0, 0]


def test_fair_crps_equals_the_double_sum():
    rng = np.random.default_rng(5)
    draws, truth = rng.normal(size=(7, 4)), rng.normal(size=4)
    pairs = np.abs(draws[:, None] - draws[None]).sum(axis=(0, 1)) / (2 * 7 * 6)
    np.testing.assert_allclose(fair_crps(draws, truth), np.abs(draws - truth).mean(axis=0) - pairs, rtol=1e-12)


def test_fair_crps_of_a_normal_is_the_closed_form():
    rng = np.random.default_rng(6)
    n = 100_000
    scores = fair_crps(rng.normal(size=(3, n)), rng.normal(size=n))
    expected = 1 / np.sqrt(np.pi)  # E|X - Y| - E|X - X'| / 2 for standard normals
    assert scores.mean() == pytest.approx(expected, abs=4 * scores.std() / np.sqrt(n))


def test_marginal_crps_equals_the_double_sum():
    rng = np.random.default_rng(7)
    known, truth = rng.integers(0, 5, 30).astype(float), np.array([0.0, 2.0, 2.5, 9.0, -1.0])
    pairs = np.abs(known[:, None] - known[None]).mean() / 2
    expected = np.abs(known[:, None] - truth).mean(axis=0) - pairs
    np.testing.assert_allclose(_marginal_crps(known, truth), expected, rtol=1e-12)


def test_fair_brier_does_not_depend_on_m():
    rng = np.random.default_rng(8)
    p, n = np.array([0.2, 0.5, 0.3]), 60_000
    truth = rng.choice(3, size=n, p=p).astype(float)
    expected = 1 - (p**2).sum()
    for m in (2, 10):
        draws = rng.choice(3, size=(m, n), p=p)
        shares = np.stack([(draws == level).mean(axis=0) for level in range(3)], axis=1)
        scores = fair_brier(shares, truth, m)
        assert scores.mean() == pytest.approx(expected, abs=4 * scores.std() / np.sqrt(n))


@pytest.mark.parametrize("m", [19, 20, 50])
def test_intervals_cover_one_more_draw_with_their_probability(m):
    rng = np.random.default_rng(9)
    n = 40_000
    draws, truth = rng.normal(size=(m, n)), rng.normal(size=n)
    for level in (0.5, 0.9):
        low, high = _interval(draws, level)
        # Weibull ranks are exact at whole ranks and off by a fraction of a rank in between.
        assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(level, abs=0.012)


def test_dates_are_judged_in_days(over):
    row = over.table().set_index("variable").loc["asked"]
    assert 10 < row["rmse"] < 30
    assert isinstance(over.table(), pd.DataFrame)
