"""Solvers against statsmodels and closed forms."""

import warnings

import numpy as np
import pytest

from lacunet.errors import ConvergenceWarning, DataError, SpecError
from lacunet.solve import combine_rubin, solve_logit, solve_ols

TOLERANCE = 1e-8
"""Both sides are float64 and well conditioned."""


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    n = 300
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.normal(50, 10, size=n), rng.integers(0, 2, n)])
    y = x @ [1.0, 2.0, -0.1, 0.5] + rng.normal(size=n)
    z = (rng.random(n) < 1 / (1 + np.exp(-(x @ [4.0, 1.0, -0.08, 0.5])))).astype(float)
    return x, y, z


def test_ols_equals_statsmodels(data):
    sm = pytest.importorskip("statsmodels.api")
    x, y, _ = data
    ours, theirs = solve_ols(x, y), sm.OLS(y, x).fit()
    np.testing.assert_allclose(ours.estimates, theirs.params, rtol=TOLERANCE)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=TOLERANCE)
    np.testing.assert_allclose(ours.log_likelihood, theirs.llf, rtol=TOLERANCE)
    assert ours.dof == theirs.df_resid
    assert ours.n_obs == 300


def test_logit_equals_statsmodels(data):
    sm = pytest.importorskip("statsmodels.api")
    x, _, z = data
    ours, theirs = solve_logit(x, z), sm.Logit(z, x).fit(disp=0, method="newton", tol=1e-14)
    np.testing.assert_allclose(ours.estimates, theirs.params, rtol=TOLERANCE)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=TOLERANCE)
    np.testing.assert_allclose(ours.log_likelihood, theirs.llf, rtol=TOLERANCE)


def test_logit_of_a_two_by_two_table_is_the_log_odds_ratio():
    counts = {(0, 0): 30, (0, 1): 10, (1, 0): 15, (1, 1): 45}
    rows = np.array([cell for cell, count in counts.items() for _ in range(count)], dtype=float)
    ours = solve_logit(np.column_stack([np.ones(len(rows)), rows[:, 0]]), rows[:, 1])
    assert ours.estimates[1] == pytest.approx(np.log(30 * 45 / (10 * 15)), rel=TOLERANCE)
    assert ours.covariance[1, 1] == pytest.approx(sum(1 / count for count in counts.values()), rel=TOLERANCE)


def test_ols_survives_columns_of_very_different_size():
    x = np.column_stack([np.ones(50), np.linspace(0, 1e-9, 50), np.linspace(0, 1, 50) ** 2 * 1e12])
    beta = np.array([1.0, 3e9, 2e-12])
    np.testing.assert_allclose(solve_ols(x, x @ beta).estimates, beta, rtol=1e-6)


def test_separation_is_said():
    x = np.column_stack([np.ones(40), np.linspace(-1, 1, 40)])
    with pytest.warns(ConvergenceWarning, match="separation"):
        solve_logit(x, (x[:, 1] > 0).astype(float))


def test_quasi_separation_of_one_level_is_said():
    x = np.column_stack([np.ones(60), np.arange(60) % 2, np.arange(60) < 10])
    y = ((np.arange(60) % 3 == 0) | (x[:, 2] == 1)).astype(float)
    with pytest.warns(ConvergenceWarning, match="separation"):
        solve_logit(x, y)


def test_strong_but_finite_effects_settle_without_a_warning():
    x = np.column_stack([np.ones(200), np.linspace(-3, 3, 200)])
    y = (x[:, 1] > 0).astype(float)
    y[[98, 99, 100, 101]] = [1, 0, 1, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(solve_logit(x, y).estimates).all()


@pytest.mark.parametrize(
    ("design", "words"),
    [
        (np.ones((3, 3)), "only 3 complete rows"),
        (np.column_stack([np.ones(9), np.arange(9.0), 2 * np.arange(9.0)]), "linear combinations"),
        (np.column_stack([np.ones(9), np.full(9, np.nan)]), "not finite"),
        (np.ones((9, 0)), "no term"),
    ],
)
@pytest.mark.parametrize("solver", [solve_ols, solve_logit])
def test_designs_nothing_can_come_from_are_refused(design, words, solver):
    with pytest.raises(DataError, match=words):
        solver(design, np.arange(len(design)) % 2.0)


def test_redundant_terms_are_named():
    design = np.column_stack([np.ones(9), np.arange(9.0), 2 * np.arange(9.0)])
    with pytest.raises(DataError, match=r"'(age|double)'"):
        solve_ols(design, np.arange(9.0), ("Intercept", "age", "double"))


@pytest.mark.parametrize(("outcome", "words"), [(np.arange(9.0), "0, 1, 2"), (np.ones(9), "in every row")])
def test_logit_outcomes_are_checked(outcome, words):
    with pytest.raises(DataError, match=words):
        solve_logit(np.column_stack([np.ones(9), np.arange(9.0)]), outcome)


def test_rubin_by_hand():
    rubin = combine_rubin(np.array([[1.0], [2.0], [6.0]]), np.array([[[1.0]], [[2.0]], [[3.0]]]), 10.0)
    assert rubin.estimates[0] == 3
    assert rubin.within[0, 0] == 2
    assert rubin.between[0, 0] == 7
    assert rubin.total[0, 0] == pytest.approx(2 + 4 / 3 * 7)
    share = (28 / 3) / (34 / 3)
    assert rubin.lambda_[0] == pytest.approx(share)
    old, observed = 2 / share**2, 11 / 13 * 10 * (1 - share)
    assert rubin.dof[0] == pytest.approx(old * observed / (old + observed))


def test_one_imputation_is_refused():
    with pytest.raises(SpecError, match="at least 2"):
        combine_rubin(np.ones((1, 1)), np.ones((1, 1, 1)))
