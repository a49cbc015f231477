"""Tables as slots and back: what is shared comes back as it was, what is rare never does, bonds are found and kept."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lacunet._layout import Layout, Variable
from lacunet.synthesis.coding._bonds import LEAST_PROOFS, find_lookups, find_ties
from lacunet.synthesis.coding._build import build_coding
from lacunet.synthesis.coding._coding import Coding, Within
from lacunet.synthesis.coding._release import LEAST_ROWS, group_values

KINDS = ("continuous", "count", "semicontinuous", "nominal", "binary", "ordinal", "date")
N_LEVELS = {"nominal": 5, "binary": 2, "ordinal": 4}


@st.composite
def tables(draw):
    """Values, reasons and layout of a random table with some kinds, shared and rare values."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, kinds = draw(st.integers(12, 90)), draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=5))
    values, variables = np.empty((n, len(kinds))), []
    for j, kind in enumerate(kinds):
        k = N_LEVELS.get(kind, 0)
        values[:, j] = rng.integers(0, k, n) if k else _numbers(rng, kind, n)
        variables.append(Variable(name=f"v{j}", kind=kind, n_levels=k))
    reason = np.where(rng.random(values.shape) < draw(st.sampled_from([0.0, 0.3])), rng.integers(1, 3, values.shape), 0)
    reason[:6] = 0
    values[reason > 0] = np.nan
    return values, reason.astype(np.int8), Layout(variables=tuple(variables))


def _numbers(rng, kind, n):
    if kind == "continuous":
        return np.round(rng.normal(0, 50, n), int(rng.integers(-1, 3)))
    if kind == "semicontinuous":
        return np.where(rng.random(n) < 0.5, 0.0, np.round(rng.lognormal(3, 1, n)))
    return rng.integers(0, 40, n).astype(float) + (18_000 if kind == "date" else 0)


@settings(max_examples=60)
@given(tables(), st.integers(2, 12))
def test_what_is_shared_comes_back_and_what_is_rare_does_not(table, n_levels):
    values, reason, layout = table
    coding = build_coding(values, reason, layout, n_levels=n_levels)
    coded = coding.encode(values, reason)
    assert coded["seen"][: len(values), coding.order].shape == (len(values), len(coding.order))
    back, why = coding.decode(*(coded[part][: len(values)] for part in ("level", "z")), np.random.default_rng(0))
    np.testing.assert_array_equal(why, reason)
    for j, column in enumerate(coding.columns):
        known = reason[:, j] == 0
        distinct, at, counts = np.unique(values[known, j], return_inverse=True, return_counts=True)
        is_shared = (counts >= LEAST_ROWS)[at] | column.variable.is_category
        np.testing.assert_array_equal(back[known, j][is_shared], values[known, j][is_shared])
        if column.release is not None:
            ends = np.concatenate([column.release.low, column.release.high, column.release.until])
            assert not np.isin(ends, _rare_and_told(distinct, counts)).any()
            assert np.isnan(back[~known, j]).all()


def _rare_and_told(distinct, counts):
    """Rare values that only a leak can tell: those between whole numbers, which no rounding reaches by chance."""
    rare = distinct[counts < LEAST_ROWS]
    return rare if len(distinct) > 2 and np.any(rare != np.rint(rare)) else np.empty(0)


@settings(max_examples=40)
@given(tables(), st.integers(2, 12))
def test_parts_make_the_same_coding(table, n_levels):
    values, reason, layout = table
    coding = build_coding(values, reason, layout, n_levels=n_levels)
    again = Coding.from_parts(coding.as_arrays(), coding.as_meta())
    one, two = (each.encode(values, reason) for each in (coding, again))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    made = [each.decode(one["level"], one["z"], np.random.default_rng(1)) for each in (coding, again)]
    np.testing.assert_array_equal(made[0][0], made[1][0])
    np.testing.assert_array_equal(made[0][1], made[1][1])
    assert again.as_meta() == coding.as_meta()


# ------------------------------------------------------------------ values that may come back


@st.composite
def counted(draw):
    values = draw(st.lists(st.integers(-300, 300), min_size=2, max_size=40, unique=True).map(sorted))
    rows = draw(st.lists(st.integers(1, 6), min_size=len(values), max_size=len(values)))
    return np.array(values) + draw(st.sampled_from([0.0, 0.25])), np.array(rows)


@settings(max_examples=150)
@given(counted())
@example((np.array([0.0, 1.0, 2.0]), np.array([5000, 2, 1000])))
def test_groups_hold_enough_rows_and_no_rare_end(data):
    values, rows = data
    counts = rows.astype(float)
    release, owner = group_values(values, rows, counts, np.arange(len(values), dtype=np.int32) // 3)
    assert release.counts.sum() == rows.sum()
    assert (release.counts >= LEAST_ROWS).all() or len(release.counts) == 1
    assert (np.diff(release.until) > 0).all()
    assert (release.low <= release.high).all()
    assert (release.high[:-1] <= release.low[1:]).all()
    assert owner[0] == 0
    assert set(np.diff(owner).tolist()) <= {0, 1}
    group = release.group_of(values)
    assert np.array_equal(np.bincount(group, weights=counts), release.counts)
    shared = rows >= LEAST_ROWS
    drawn = release.draw(group, np.random.default_rng(2), (-np.inf, np.inf))
    np.testing.assert_array_equal(drawn[shared], values[shared])


def test_a_rare_value_beside_a_spike_does_not_smear_it():
    values, rows = np.array([0.0, 1.0, 2.0]), np.array([5000, 2, 1000])
    release, _ = group_values(values, rows, rows.astype(float), np.arange(3, dtype=np.int32))
    drawn = release.draw(np.zeros(500, dtype=np.intp), np.random.default_rng(0), (-np.inf, np.inf))
    assert set(drawn) == {0.0}


def test_an_outlier_is_neither_an_end_nor_drawn():
    values = np.append(np.arange(10) * 1.37, 98765.4321)
    release, _ = group_values(values, np.ones(11, dtype=int), np.ones(11), np.zeros(11, dtype=np.int32))
    told = np.concatenate([release.low, release.high, release.until])
    assert not np.isin(values, told).any()
    assert release.high.max() < values[-1]


def test_numbers_keep_the_rounding_of_their_column():
    values = np.array([1005.0, 1010, 1015, 1020, 1100, 1250])
    release, _ = group_values(values, np.ones(6, dtype=int), np.ones(6), np.zeros(6, dtype=np.int32))
    drawn = release.draw(np.tile([0, 1], 200), np.random.default_rng(0), (-np.inf, np.inf))
    assert np.array_equal(drawn, np.rint(drawn))
    within = release.draw(np.tile([0, 1], 200), np.random.default_rng(0), (1012.0, 1200.0))
    assert ((within >= 1012) & (within <= 1200)).all()


# ------------------------------------------------------------------ bonds

N = 400


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def plain(columns):
    values = np.column_stack(columns).astype(float)
    return values, np.zeros(values.shape, dtype=np.int8)


def test_a_planted_rule_is_found_and_followed(rng):
    code = rng.integers(0, 20, N)
    values, reason = plain([code, code % 3, rng.integers(0, 3, N)])
    found = find_lookups(values, reason, [False] * 3)
    assert set(found) == {1}
    made, why = found[1].apply(values[:, 0], reason[:, 0])
    np.testing.assert_array_equal(made, values[:, 1])
    assert not why.any()


def test_reasons_decide_and_are_decided(rng):
    code = rng.integers(0, 20, N)
    values, reason = plain([code, code % 3])
    reason[code == 4] = (2, 1)
    values[reason > 0] = np.nan
    rule = find_lookups(values, reason, [False] * 2)[1]
    made, why = rule.apply(values[:, 0], reason[:, 0])
    np.testing.assert_array_equal(made, values[:, 1])
    np.testing.assert_array_equal(why, reason[:, 1])


@pytest.mark.parametrize("seed", range(5))
def test_no_rule_is_found_by_accident(seed):
    rng = np.random.default_rng(seed)
    wide, rare = rng.integers(0, N // 2, N), (rng.random(N) < 0.02).astype(int)
    values, reason = plain([wide, rng.integers(0, 2, N), rare, np.arange(N), rng.normal(size=N)])
    assert find_lookups(values, reason, [False, False, False, True, True]) == {}


def test_a_rule_that_few_rows_prove_is_none():
    decided = np.zeros(N)
    decided[: LEAST_PROOFS // 2] = 1
    values, reason = plain([np.arange(N) % 10 + 10 * decided, decided])
    assert find_lookups(values, reason, [False] * 2) == {}


def test_no_rule_holds_numbers_of_few_rows(rng):
    code = np.append(rng.integers(0, 20, N - 1), 20)
    density = np.round(rng.lognormal(3, 1, 21), 3)[code]
    values, reason = plain([code, density])
    rule = find_lookups(values, reason, [False, True])[1]
    assert density[-1] not in rule.value
    assert set(rule.value) == set(density[:-1])
    followed, _ = rule.apply(np.array([20.0]), np.zeros(1, dtype=np.int8))
    assert followed == rule.value[-1]


def test_planted_ties_are_found_and_no_others(rng):
    one = np.round(rng.normal(60, 15, N), 1)
    two = np.where(rng.random(N) < 0.3, one, np.round(rng.normal(60, 15, N), 1))
    spike = [np.where(rng.random(N) < 0.8, 0, np.round(rng.lognormal(5, 1, N), 2)) for _ in range(2)]
    values, reason = plain([one, two, *spike, rng.integers(0, 30, N), rng.integers(0, 30, N)])
    assert find_ties(values, reason, list(range(6))) == {1: 0}


def test_ties_are_kept_and_give_way(rng):
    one = np.round(rng.normal(60, 15, N), 1)
    two = np.where(rng.random(N) < 0.5, one, np.round(rng.normal(60, 15, N), 1))
    values, reason = plain([one, two])
    layout = Layout(variables=tuple(Variable(name=name, kind="continuous", n_levels=0) for name in "ab"))
    coding = build_coding(values, reason, layout, n_levels=8)
    coded = coding.encode(values, reason, N)
    slots = coded["level"], coded["z"]
    free, _ = coding.decode(*slots, rng)
    np.testing.assert_array_equal(free[:, 0] == free[:, 1], one == two)
    held, _ = coding.decode(*slots, rng, {1: Within(low=62.0, high=62.0)})
    assert (held[:, 1] == 62).all()
    np.testing.assert_array_equal(held[:, 0] == 62, one == two)
    kept, _ = coding.decode(*slots, rng, None, (values, reason, (1,)))
    np.testing.assert_array_equal(kept[:, 1], two)
    np.testing.assert_array_equal(kept[:, 0] == two, one == two)
