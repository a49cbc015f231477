"""Levels of a variable: what was observed comes back exactly, every level is reached, heavy values stand alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet._layout import Variable
from lacunet.family._grid import TAIL, build_grid, cut_levels

NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=200)
ROUND_NUMBERS = st.lists(st.integers(-5, 30), min_size=1, max_size=300)


def number_grid(column, n_levels=8):
    return build_grid(Variable(name="x", kind="continuous"), column, n_levels=n_levels, n_own=n_levels)


@settings(deadline=None, max_examples=80)
@given(st.one_of(NUMBERS, ROUND_NUMBERS), st.integers(2, 64))
def test_an_observed_number_comes_back_exactly(values, n_levels):
    column = np.array(values, dtype=float)
    grid = number_grid(column, n_levels)
    level, z = grid.encode(column)
    np.testing.assert_array_equal(grid.decode(level, z), column)
    assert (grid.edges[level] <= z).all()
    assert (z <= grid.edges[level + 1]).all()


@settings(deadline=None, max_examples=80)
@given(st.one_of(NUMBERS, ROUND_NUMBERS), st.integers(2, 64))
def test_levels_cover_the_line_and_the_sample(values, n_levels):
    column = np.array(values, dtype=float)
    grid = number_grid(column, n_levels)
    assert (np.diff(grid.edges) > 0).all()
    assert grid.edges[0] < grid.places[0]
    assert grid.edges[-1] > grid.places[-1]
    # A single extreme value stands for the whole tail; of several, the outermost for half a gap beyond it.
    assert (grid.edges[0] == -TAIL) == (not grid.is_wide[0])
    assert (grid.edges[-1] >= TAIL) == (not grid.is_wide[-1])
    assert set(grid.encode(column)[0]) == set(range(grid.n_levels))
    assert set(grid.owner) == set(range(grid.n_levels))
    assert grid.share.sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(grid.is_wide, np.bincount(grid.owner) > 1)


@settings(deadline=None, max_examples=50)
@given(st.one_of(NUMBERS, ROUND_NUMBERS), st.integers(0, 2**32 - 1))
def test_whatever_is_drawn_becomes_a_value_of_its_level(values, seed):
    grid, rng = number_grid(np.array(values, dtype=float)), np.random.default_rng(seed)
    level = rng.integers(0, grid.n_levels, 100)
    found = grid.decode(level, rng.normal(0, 3, 100))
    assert set(found) <= set(values)
    np.testing.assert_array_equal(grid.owner[np.searchsorted(grid.values, found)], level)


def test_a_heavy_value_has_a_level_of_its_own():
    rng = np.random.default_rng(0)
    column = np.concatenate([np.zeros(400), np.full(150, 40.0), rng.lognormal(3, 1, 450)])
    grid = number_grid(column, 16)
    for atom in (0.0, 40.0):
        mine = grid.owner[np.searchsorted(grid.values, atom)]
        assert (grid.owner == mine).sum() == 1
        assert not grid.is_wide[mine]
        assert grid.share[mine] == pytest.approx(np.mean(column == atom))
    light = grid.share[grid.is_wide]
    assert light.max() < 0.1  # the rest is cut at quantiles


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=300), st.integers(2, 64))
def test_cuts_ascend_without_a_gap_and_stay_few(counts, n_levels):
    owner = cut_levels(np.array(counts, dtype=float), n_levels)
    assert owner[0] == 0
    assert set(np.diff(owner)) <= {0, 1}
    assert owner[-1] + 1 <= 3 * n_levels  # quantile levels, heavy atoms, and the pieces that atoms cut


def test_an_ordinal_keeps_every_level_in_order_even_those_nobody_chose():
    variable = Variable(name="trust", kind="ordinal", n_levels=5)
    grid = build_grid(variable, np.array([0.0, 0, 1, 3, 3, 3]), n_levels=2, n_own=2)
    assert (grid.is_ordered, grid.is_category, grid.n_levels) == (True, True, 5)
    assert (np.diff(grid.edges) > 0).all()
    assert not grid.is_wide.any()
    everything = np.arange(5.0)
    np.testing.assert_array_equal(grid.decode(*grid.encode(everything)), everything)


@pytest.mark.parametrize(("kind", "n_levels"), [("nominal", 7), ("binary", 2)])
def test_a_category_without_order_has_shares_and_no_line(kind, n_levels):
    column = np.random.default_rng(1).integers(0, 2, 50).astype(float)
    grid = build_grid(Variable(name="g", kind=kind, n_levels=n_levels), column, n_levels=2, n_own=2)
    assert (grid.is_ordered, grid.is_category, grid.n_levels) == (False, True, n_levels)
    np.testing.assert_allclose(grid.share, np.bincount(column.astype(int), minlength=n_levels) / 50)
    level, z = grid.encode(np.arange(float(n_levels)))
    np.testing.assert_array_equal(level, np.arange(n_levels))
    assert not z.any()
    np.testing.assert_array_equal(grid.decode(level, z), np.arange(n_levels))


def test_what_is_missing_is_level_zero_and_what_is_new_is_in_between():
    grid = number_grid(np.array([1.0, 2.0, 4.0, 8.0]))
    level, z = grid.encode(np.array([np.nan, 3.1, -5.0, 99.0]))
    assert (level[0], z[0]) == (0, 0.0)
    assert grid.places[1] < z[1] < grid.places[2]
    np.testing.assert_array_equal(grid.decode(level, z)[1:], [4.0, 1.0, 8.0])
