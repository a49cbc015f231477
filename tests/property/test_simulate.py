"""Mechanisms hide as many cells as asked, where they say; processes have the moments they claim."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import rankdata

from lacunet.simulate import (
    CURVE_SLOPES,
    FIMD_SLOPE,
    SPREAD_CUT,
    curved_surface,
    fimd_line,
    king_mar1,
    king_truth,
    mar,
    mcar,
    mnar,
    spread_line,
    spread_truth,
)
from lacunet.simulate._mechanism import SLOPE

N_ROWS = 4000
# Five binomial standard deviations of a share among 4,000 rows.
TOLERANCE = 5 * 0.5 / N_ROWS**0.5
seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=20, deadline=None)
@given(seed=seeds, rate=st.floats(0.05, 0.9), n_columns=st.integers(2, 9))
def test_mar_spares_the_drivers_and_hides_the_rate_elsewhere(seed, rate, n_columns):
    values = np.random.default_rng(seed).normal(size=(N_ROWS, n_columns)) ** 3
    hidden = mar(values, rate, rng=np.random.default_rng(seed))
    shares = hidden.mean(axis=0)
    assert (shares == 0).sum() == min(4, n_columns // 2)
    assert np.abs(shares[shares > 0] - rate).max() < TOLERANCE


@settings(max_examples=20, deadline=None)
@given(seed=seeds, rate=st.floats(0.05, 0.9))
def test_mnar_and_mcar_hide_the_rate_in_every_column(seed, rate):
    values = np.random.default_rng(seed).normal(size=(N_ROWS, 3))
    for hidden in (
        mnar(values, rate, rng=np.random.default_rng(seed)),
        mcar(N_ROWS, 3, rate, rng=np.random.default_rng(seed)),
    ):
        assert np.abs(hidden.mean(axis=0) - rate).max() < TOLERANCE


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_ranks_alone_matter(seed):
    values = np.random.default_rng(seed).normal(size=(300, 6))
    for mechanism in (mar, mnar):
        first = mechanism(values, 0.3, rng=np.random.default_rng(seed))
        second = mechanism(np.exp(3 * values), 0.3, rng=np.random.default_rng(seed))
        np.testing.assert_array_equal(first, second)


def test_mnar_has_the_slope_it_states():
    values = np.random.default_rng(1).normal(size=(200_000, 1))
    hidden = mnar(values, 0.4, rng=np.random.default_rng(2))[:, 0]
    rank = rankdata(values[:, 0])
    score = (rank - rank.mean()) / rank.std()
    design = np.column_stack([np.ones(len(score)), score])
    beta = np.zeros(2)
    for _ in range(20):
        p = 1 / (1 + np.exp(-design @ beta))
        beta += np.linalg.solve((design * (p * (1 - p))[:, None]).T @ design, design.T @ (hidden - p))
    assert abs(beta[1]) == pytest.approx(1.5, abs=0.05)


def test_mar_ignores_what_is_hidden():
    """Given the drivers, a hidden column says nothing about its own holes."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(50_000, 8))
    hidden = mar(values, 0.3, rng=np.random.default_rng(4))
    for column in np.flatnonzero(hidden.any(axis=0)):
        correlation = np.corrcoef(hidden[:, column], values[:, column])[0, 1]
        assert abs(correlation) < 5 / len(values) ** 0.5


def test_zero_rate_hides_nothing():
    values = np.random.default_rng(0).normal(size=(50, 5))
    assert not mar(values, 0.0, rng=np.random.default_rng(1)).any()
    assert not mnar(values, 0.0, rng=np.random.default_rng(1)).any()
    assert not mcar(50, 5, 0.0, rng=np.random.default_rng(1)).any()


def test_constant_columns_are_no_trouble():
    values = np.ones((1000, 4))
    assert abs(mnar(values, 0.3, rng=np.random.default_rng(1)).mean() - 0.3) < 0.05


def test_fimd_slope_and_missing_variable():
    values, hidden = fimd_line("x", rng=np.random.default_rng(1), n_rows=100_000)
    slope = np.polyfit(values[:, 1], values[:, 0], 1)[0]
    assert slope == pytest.approx(FIMD_SLOPE, abs=0.01)
    assert not hidden[:, 0].any()
    assert hidden[:, 1].mean() == pytest.approx(0.5, abs=0.01)
    with pytest.raises(ValueError, match="'z'"):
        fimd_line("z", rng=np.random.default_rng(1))


def test_king_moments_and_truth():
    values, hidden = king_mar1(rng=np.random.default_rng(1), n_rows=200_000)
    design = np.column_stack([np.ones(len(values)), values[:, 1:3]])
    np.testing.assert_allclose(np.linalg.lstsq(design, values[:, 0], rcond=None)[0], king_truth(), atol=0.01)
    np.testing.assert_array_equal(hidden[:, 0], hidden[:, 4])
    assert not hidden[:, 3].any()
    assert not hidden[values[:, 3] >= -1][:, 1:3].any()
    # Published: 72 % of rows are complete; listwise deletion is biased towards X3's upper part.
    assert (~hidden.any(axis=1)).mean() == pytest.approx(0.72, abs=0.01)


N_LARGE = 400_000
# Five standard errors of a mean with the spread of y, which is below 2, among 400,000 rows.
CLOSE = 5 * 2 / N_LARGE**0.5


def regression(y, *columns):
    return np.linalg.lstsq(np.column_stack([np.ones(len(y)), *columns]), y, rcond=None)[0][1:]


def test_spread_has_its_truth_and_its_spread():
    y, x, z = spread_line(rng=np.random.default_rng(1), n_rows=N_LARGE)[0].T
    found = [y.mean(), (y > SPREAD_CUT).mean(), *regression(y, x, z)]
    np.testing.assert_allclose(found, spread_truth(), atol=CLOSE)
    error = y - 1 - x - z
    for low in (-1.5, 0.5):
        near = (x > low) & (x < low + 1)
        # The variance of the error is e^x; over a unit of x its average is within e^(x +- 1/2).
        assert np.log(error[near].var()) == pytest.approx(low + 0.5, abs=0.15)


def test_curve_has_its_truth():
    y, x, z = curved_surface(rng=np.random.default_rng(1), n_rows=N_LARGE)[0].T
    assert y.mean() == pytest.approx(1.0, abs=CLOSE)
    np.testing.assert_allclose(regression(y, x, z, x**2, x * z), CURVE_SLOPES, atol=CLOSE)
    assert regression(y, x, z, x**2, x * z, z**2)[-1] == pytest.approx(0.0, abs=CLOSE)


@pytest.mark.parametrize("process", [spread_line, curved_surface])
def test_holes_depend_on_x_alone(process):
    values, hidden = process(rng=np.random.default_rng(2), n_rows=100_000, rate=0.3)
    y, x, z = values.T
    assert not hidden[:, 1].any()
    np.testing.assert_allclose(hidden[:, [0, 2]].mean(axis=0), 0.3, atol=0.01)
    assert x[hidden[:, 0]].mean() > 0.5
    assert x[hidden[:, 2]].mean() < -0.5
    assert abs(z[hidden[:, 2]].mean()) < 0.03
    rest = y - values[:, 1] - z
    near = np.abs(x) < 0.1
    assert abs(np.corrcoef(rest[near], hidden[near, 0])[0, 1]) < 5 / near.sum() ** 0.5


@pytest.mark.parametrize("process", [spread_line, curved_surface])
def test_draws_come_in_their_order(process):
    # Benchmarks compare with stored results: predictors, then the error, then chances of y and of z.
    rng = np.random.default_rng(7)
    x, z, u = rng.normal(size=(3, N_ROWS))
    chance_y, chance_z = rng.random((2, N_ROWS))
    values, hidden = process(rng=np.random.default_rng(7), n_rows=N_ROWS, rate=0.3)
    np.testing.assert_array_equal(values[:, 1:], np.column_stack([x, z]))
    error = values[:, 0] - (1 + x + z if process is spread_line else 0.5 + x + z + 0.5 * x**2 + 0.5 * x * z)
    np.testing.assert_allclose(error, np.exp(x / 2) * u if process is spread_line else u, atol=1e-12)
    for column, chance, slope in ((0, chance_y, SLOPE), (2, chance_z, -SLOPE)):
        # Hidden where chance < F(a + slope x): the log odds of chance less slope x lie below one and the same a.
        level = logit(chance) - slope * x
        assert level[hidden[:, column]].max() < level[~hidden[:, column]].min()
