"""What the linear engine promises: draws of its own, kinds respected, new rows, any size."""

import functools
import json

import numpy as np
import pytest

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Layout, Variable
from lacunet.draw._chain import Chain
from lacunet.imputation._hidden_cells import score_hidden
from lacunet.imputation._linear_engine import LinearEngine, fit_linear

LAYOUT = Layout(
    variables=(
        Variable(name="height", kind="continuous"),
        Variable(name="children", kind="count", is_integer=True),
        Variable(name="income", kind="semicontinuous"),
        Variable(name="employed", kind="binary", n_levels=2),
        Variable(name="region", kind="nominal", n_levels=4),
        Variable(name="health", kind="ordinal", n_levels=5),
        Variable(name="wealth", kind="continuous"),
        Variable(name="hours", kind="continuous"),
    )
)


def survey(n=160, seed=0):
    rng = np.random.default_rng(seed)
    height = np.round(rng.normal(170, 8, n), 1)
    children = rng.poisson(1.5, n).astype(float)
    employed = (rng.random(n) < 1 / (1 + np.exp(-(height - 165) / 8))).astype(float)
    region = rng.integers(3, size=n).astype(float)  # the fourth level never occurs
    health = np.clip(np.round((height - 150) / 10 + rng.normal(0, 0.7, n)), 0, 4)
    wealth = np.exp(rng.normal((height - 170) / 8, 0.5))
    income = np.where(rng.random(n) < 0.6, 0.0, np.round(rng.lognormal(7, 1, n)))
    hours = np.where(employed == 1, 20 + 10 * rng.random(n), np.nan)
    values = np.column_stack([height, children, income, employed, region, health, wealth, hours])
    state = np.where(rng.random(values.shape) < 0.25, MISSING, OBSERVED).astype(np.int8)
    state[np.isnan(hours), 7] = INAPPLICABLE
    return np.where(state == OBSERVED, values, np.nan), state, values


@pytest.fixture(scope="module")
def table():
    return survey()


@pytest.fixture(scope="module")
def engine(table):
    return fit_linear(table[0], table[1], LAYOUT, seed=4)


def by_variable(state, cells, j):
    return cells[..., np.nonzero(state == MISSING)[1] == j]


def test_a_draw_depends_on_its_number_only(engine, table):
    values, state, _ = table
    four = engine.draw(values, state, first=0, m=4, seed=9)
    assert np.array_equal(engine.draw(values, state, first=2, m=1, seed=9)[0], four[2])
    assert not np.array_equal(four[0], four[1])
    assert not np.array_equal(engine.draw(values, state, first=0, m=1, seed=10)[0], four[0])


def test_same_seed_same_engine(engine, table):
    again = fit_linear(table[0], table[1], LAYOUT, seed=4)
    assert again.plans == engine.plans


def test_what_is_given_stays_as_it_is(table):
    values, state, _ = table
    before = values.copy(), state.copy()
    fit_linear(values, state, LAYOUT, seed=1).draw(values, state, first=0, m=1, seed=1)
    assert np.array_equal(values, before[0], equal_nan=True)
    assert np.array_equal(state, before[1])


def test_saved_and_loaded_it_draws_the_same(engine, table):
    values, state, _ = table
    loaded = LinearEngine.from_parts(engine.as_arrays(), json.loads(json.dumps(engine.as_meta())))
    new, holes, _ = survey(30, seed=5)
    for v, s in ((values, state), (new, holes)):
        ours, theirs = (e.draw(v, s, first=1, m=2, seed=3) for e in (engine, loaded))
        assert np.array_equal(ours, theirs)
    assert np.array_equal(engine.expect(values, state), loaded.expect(values, state))


def test_kinds_come_out_as_they_went_in(engine, table):
    values, state, _ = table
    draws = engine.draw(values, state, first=0, m=5, seed=1)
    assert np.isfinite(draws).all()
    height = by_variable(state, draws, 0)
    assert np.allclose(height, np.round(height, 1))
    assert (~np.isin(height, values[:, 0])).any(), "a smooth number is drawn, not copied"
    for j in (1, 2):
        assert np.isin(by_variable(state, draws, j), values[:, j]).all()
    assert np.isin(by_variable(state, draws, 3), [0, 1]).all()
    assert np.isin(by_variable(state, draws, 4), [0, 1, 2]).all()
    assert np.isin(by_variable(state, draws, 5), range(5)).all()
    assert (by_variable(state, draws, 6) >= 0).all()
    at_zero = (by_variable(state, draws, 2) == 0).mean()
    assert 0.4 < at_zero < 0.8


def test_cells_that_do_not_apply_are_no_targets(engine, table):
    values, state, _ = table
    assert engine.draw(values, state, first=0, m=1, seed=1).shape == (1, (state == MISSING).sum())


def test_draws_follow_what_is_known(engine, table):
    values, state, truth = table
    mean = engine.draw(values, state, first=0, m=20, seed=1).mean(axis=0)
    for j in (5, 6):
        hidden = truth[state[:, j] == MISSING, j]
        assert np.corrcoef(by_variable(state, mean, j), hidden)[0, 1] > 0.4


def test_expectations_are_the_means_of_draws(engine, table):
    values, state, _ = table
    mean = engine.draw(values, state, first=0, m=60, seed=2).mean(axis=0)
    expected = engine.expect(values, state)
    for j in (0, 1, 6):
        ours, theirs = by_variable(state, expected, j), by_variable(state, mean, j)
        assert np.corrcoef(ours, theirs)[0, 1] > 0.85
        assert abs(ours.mean() - theirs.mean()) < 0.2 * np.nanstd(values[:, j])
    assert np.isin(by_variable(state, expected, 4), [0, 1, 2]).all()


def test_new_rows_are_imputed(engine):
    new, holes, _ = survey(12, seed=3)
    holes[0], new[0] = MISSING, np.nan
    draws = engine.draw(new, holes, first=0, m=3, seed=1)
    assert draws.shape == (3, (holes == MISSING).sum())
    assert np.isfinite(draws).all()
    assert engine.expect(new, holes).shape == draws.shape[1:]


def test_new_rows_move_nothing(engine, table):
    values, state, _ = table
    new, holes, _ = survey(12, seed=3)
    chains = [
        Chain(v, s, LAYOUT, n_train=len(values), rngs=(np.random.default_rng(1), np.random.default_rng(2)))
        for v, s in ((values, state), (np.concatenate([values, new]), np.concatenate([state, holes])))
    ]
    for chain in chains:
        for _ in range(3):
            chain.sweep(engine.plans)
    # Not to the last bit: sums over a larger array may be taken in another order.
    assert np.allclose(chains[0].values, chains[1].values[: len(values)], rtol=1e-9, equal_nan=True)


def test_new_rows_may_have_holes_where_training_had_none():
    values, state, truth = survey()
    full = np.where(state == INAPPLICABLE, INAPPLICABLE, OBSERVED).astype(np.int8)
    engine = fit_linear(truth, full, LAYOUT, seed=1)
    draws = engine.draw(values, state, first=0, m=20, seed=1)
    hidden = truth[state[:, 6] == MISSING, 6]
    assert np.corrcoef(by_variable(state, draws.mean(axis=0), 6), hidden)[0, 1] > 0.4


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_any_number_of_rows(n):
    values, state, _ = survey(n, seed=n)
    draws = fit_linear(values, state, LAYOUT, seed=1).draw(values, state, first=0, m=2, seed=1)
    assert np.isfinite(draws).all()


def test_odd_columns():
    rng = np.random.default_rng(0)
    n = 60
    variables = (
        Variable(name="constant", kind="continuous"),
        Variable(name="never seen", kind="continuous"),
        Variable(name="one level", kind="nominal", n_levels=3),
        Variable(name="many levels", kind="nominal", n_levels=200),
        Variable(name="twin", kind="continuous"),
        Variable(name="other twin", kind="continuous"),
        Variable(name="sorted", kind="binary", n_levels=2),
        Variable(name="outlier", kind="continuous"),
    )
    x = rng.normal(size=n)
    truth = np.column_stack(
        [np.full(n, 7.0), x, np.ones(n), rng.integers(200, size=n), x, x, x > 0, np.where(x > 2, 1e12, x)]
    ).astype(float)
    state = (rng.random(truth.shape) < 0.3).astype(np.int8)
    state[:, 1] = MISSING
    values = np.where(state == OBSERVED, truth, np.nan)
    layout = Layout(variables=variables)
    draws = fit_linear(values, state, layout, seed=1).draw(values, state, first=0, m=2, seed=1)
    assert np.isfinite(draws).all()
    assert (by_variable(state, draws, 0) == 7.0).all()
    assert (by_variable(state, draws, 2) == 1.0).all()
    assert np.isin(by_variable(state, draws, 3), values[:, 3]).all()
    both = (state[:, 4] == MISSING) & (state[:, 5] == OBSERVED)
    filled = np.full(truth.shape, np.nan)
    filled[state == MISSING] = draws[0]
    assert np.corrcoef(filled[both, 4], x[both])[0, 1] > 0.9


def test_one_column_is_drawn_from_its_own_distribution():
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, (300, 1))
    state = (rng.random((300, 1)) < 0.5).astype(np.int8)
    veiled = np.where(state == OBSERVED, values, np.nan)
    layout = Layout(variables=(Variable(name="x", kind="continuous"),))
    draws = fit_linear(veiled, state, layout, seed=1).draw(veiled, state, first=0, m=20, seed=1)
    assert abs(draws.mean() - 5) < 0.5
    assert abs(draws.std() - 2) < 0.3


def test_held_out_cells_are_scored_and_relations_pay():
    values, state, _ = survey()
    rng = np.random.default_rng(2)
    hide = (rng.random(values.shape) < 0.15) & (state == OBSERVED)
    fit = functools.partial(fit_linear, layout=LAYOUT, seed=1)
    ours = score_hidden(fit, values, state, LAYOUT, hide=hide, seed=1)
    assert ours.shape == (hide.sum(),)
    assert np.isfinite(ours).all()
    shuffled = np.array([rng.permutation(column) for column in values.T]).T
    apart = np.where(np.isnan(shuffled), MISSING, OBSERVED).astype(np.int8)
    cut = (rng.random(values.shape) < 0.15) & (apart == OBSERVED)
    assert ours.mean() < score_hidden(fit, shuffled, apart, LAYOUT, hide=cut, seed=1).mean()
