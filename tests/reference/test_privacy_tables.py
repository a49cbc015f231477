"""Noisy tables: cuts, codes, the tree and the field against distributions that are known."""

import itertools
import math

import numpy as np
import pytest

from lacunet._layout import Layout, Variable
from lacunet.errors import DataError
from lacunet.synthesis.privacy import Ledger, Privacy, PrivateSampler, as_coding, fit_private_tree, private_coding
from lacunet.synthesis.privacy._field import Field, field_of, shares_in
from lacunet.synthesis.privacy._further import add_tables
from lacunet.synthesis.privacy._histogram import measure_column
from lacunet.synthesis.privacy._noise import find_ends, find_levels
from lacunet.synthesis.privacy._public import MOST_POINTS, PublicColumn, public_number, public_range
from lacunet.synthesis.privacy._tree import fit_tree
from lacunet.synthesis.privacy._tree_draw import Tree

# So much budget that noise is far below one row.
PLENTY = Privacy(epsilon=900.0)
# Four standard errors of a share of 20,000 draws.
DRAWS, DRAWN = 20_000, 4 * math.sqrt(0.25 / 20_000)


def layout(*kinds):
    return Layout(variables=tuple(Variable(name=name, kind=kind, n_levels=n) for name, kind, n in kinds))


def chain(n, rng):
    """Rows of a chain of three columns with 2, 3 and 2 codes, and its joint shares."""
    first = np.array([0.3, 0.7])
    second = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    third = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
    joint = first[:, None, None] * second[:, :, None] * third[None]
    drawn = rng.choice(12, n, p=joint.ravel())
    return np.column_stack(np.unravel_index(drawn, joint.shape)), joint


def chain_tree():
    second = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    third = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
    return Tree(parent=np.array([-1, 0, 1]), order=np.array([0, 1, 2]), tables=(np.array([[0.3, 0.7]]), second, third))


@pytest.mark.parametrize(("low", "high", "is_whole"), [(0, 99, True), (-20_000, 1_500_000, True), (0.0, 1.0, False)])
def test_public_points_reach_from_end_to_end(low, high, is_whole):
    public = public_number(low, high, n_reasons=0, is_whole=is_whole)
    ends = public.value(public.place(np.array([low, high], dtype=float)))
    assert public.n_points <= MOST_POINTS
    np.testing.assert_allclose(ends, [low, high], atol=public.step / 2 + 1e-12)


def test_a_range_keeps_its_own_step():
    public = public_range(range(100, 0, -10), n_reasons=0)
    np.testing.assert_array_equal(public.value(public.place(np.array([10.0, 44.0, 100.0, 1e9]))), [10, 40, 100, 100])


def test_halving_covers_every_point_once_and_finds_spikes():
    rng = np.random.default_rng(1)
    place = np.concatenate([np.zeros(3_000), rng.integers(0, 1_000, 5_000), np.full(2_000, 700)]).astype(float)
    public = PublicColumn(n_levels=0, n_reasons=2, n_points=1_000)
    reason = np.zeros(len(place), dtype=np.int64)
    reason[-100:] = 2
    marginal = measure_column(place, reason, public, 5.0, Ledger(PLENTY), rng, n_levels=32, what="")
    np.testing.assert_array_equal(marginal.first[1:], marginal.last[:-1] + 1)
    assert (marginal.first[0], marginal.last[-1]) == (0, 999)
    alone = set(marginal.first[marginal.first == marginal.last])
    assert {0, 700} <= alone
    truth = np.array([
        ((place >= a) & (place <= b) & (reason == 0)).sum()
        for a, b in zip(marginal.first, marginal.last, strict=True)
    ])  # fmt: skip
    assert np.abs(marginal.counts - np.append(truth, [0, 100])).max() < 6 * marginal.spread.max()
    codes = marginal.code(place, reason)
    np.testing.assert_array_equal(np.bincount(codes, minlength=len(truth) + 2), np.append(truth, [0, 100]))


def test_noise_grows_as_the_cost_falls():
    rng = np.random.default_rng(2)
    public = PublicColumn(n_levels=3, n_reasons=0)
    place, reason = np.zeros(50), np.zeros(50, dtype=np.int64)
    for rho in (0.5, 0.005):
        drawn = [
            measure_column(place, reason, public, rho, Ledger(PLENTY), rng, n_levels=9, what="") for _ in range(2_000)
        ]
        spread = np.array([marginal.counts for marginal in drawn]).std(axis=0)
        # Rounding adds a twelfth to the variance.
        np.testing.assert_allclose(spread, math.sqrt(0.5 / rho + 1 / 12), rtol=0.08)
        np.testing.assert_allclose(drawn[0].spread, math.sqrt(0.5 / rho))


def test_levels_and_ends_are_found_where_there_are_rows_enough():
    rng = np.random.default_rng(3)
    codes = np.repeat([4, 7, 9], [300, 200, 1])
    assert find_levels(codes, 1.0, Ledger(PLENTY), rng, what="", delta=1e-7).tolist() == [4, 7]
    column = np.concatenate([rng.uniform(3, 70, 2_000), [1e9]])
    assert find_ends(column, 0.5, Ledger(PLENTY), rng, what="") == (2.0, 128.0)
    assert find_ends(np.array([]), 0.5, Ledger(PLENTY), rng, what="") == (-1.0, 1.0)


def mixed(n, rng):
    """A declared number with reasons, a declared category, and a category whose levels are found."""
    values = np.column_stack([rng.integers(0, 100, n), rng.integers(0, 3, n), rng.choice(4, n, p=[0.5, 0.3, 0.2, 0])])
    values, reason = values.astype(float), np.zeros((n, 3), dtype=np.int8)
    reason[: n // 5, 0] = 2
    values[0, 2] = 3.0
    columns = layout(("age", "count", 0), ("sex", "nominal", 3), ("region", "nominal", 4))
    return np.where(reason > 0, np.nan, values), reason, columns, (2, 0, 0)


def test_codes_and_back():
    rng = np.random.default_rng(4)
    values, reason, columns, n_reasons = mixed(4_000, rng)
    domain = {"age": range(100), "sex": ["a", "b", "c"]}
    coding = private_coding(values, reason, columns, n_reasons, domain, 9.0, Ledger(PLENTY), rng, n_levels=16)
    back, why = coding.decode(coding.encode(values, reason), rng)
    np.testing.assert_array_equal(why[:, :2], reason[:, :2])
    np.testing.assert_array_equal(back[:, 1], values[:, 1])
    wide = np.nanmax(np.abs(back[:, 0] - values[:, 0]))
    assert 0 < wide < 100 / 8
    # The level of a single row has the code that is never drawn; the others come back.
    assert coding.columns[2].levels.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(back[1:, 2], values[1:, 2])
    assert why[0, 2] == 1
    assert coding.drawable()[2].tolist() == [True, True, True, False]
    assert abs(coding.n_rows - 4_000) < 20


def test_the_coding_of_networks_has_the_same_shares():
    rng = np.random.default_rng(5)
    values, reason, columns, n_reasons = mixed(4_000, rng)
    domain = {"age": range(100), "sex": ["a", "b", "c"], "region": ["n", "e", "s", "w"]}
    private = private_coding(values, reason, columns, n_reasons, domain, 9.0, Ledger(PLENTY), rng, n_levels=16)
    coding = as_coding(private, columns)
    rows = coding.encode(values, reason)
    back, why = coding.decode(rows["level"][:4_000], rows["z"][:4_000], rng)
    np.testing.assert_array_equal(why, reason)
    np.testing.assert_array_equal(back[:, 1:], values[:, 1:])
    codes = private.encode(values, reason)[:, 0]
    slot = coding.book.slot[coding.columns[0].grid]
    given = reason[:, 0] == 0
    np.testing.assert_array_equal(rows["level"][:4_000, slot][given], codes[given])


def test_the_tree_of_a_chain_is_found():
    rng = np.random.default_rng(6)
    codes, joint = chain(20_000, rng)
    marginals = tuple(
        measure_column(c.astype(float), np.zeros(len(c), int), PublicColumn(n_levels=k, n_reasons=0), 5.0,
                       Ledger(PLENTY), rng, n_levels=9, what="")
        for c, k in zip(codes.T, (2, 3, 2), strict=True)
    )  # fmt: skip
    tree = fit_tree(codes, marginals, 50.0, Ledger(PLENTY), rng)
    edges = {frozenset((int(up), j)) for j, up in enumerate(tree.parent) if up >= 0}
    assert edges == {frozenset((0, 1)), frozenset((1, 2))}
    drawn = shares_in(tree.draw(DRAWS, rng), (0, 1, 2), (2, 3, 2))
    assert np.abs(drawn - joint).max() < 2 * DRAWN


@pytest.mark.parametrize(
    "allowed", [{2: [True, False]}, {1: [True, False, True]}, {0: [False, True], 2: [False, True]}]
)
def test_conditional_draws_are_exact(allowed):
    rng = np.random.default_rng(7)
    _, joint = chain(1, rng)
    masks = {j: np.array(mask) for j, mask in allowed.items()}
    for j, mask in masks.items():
        joint = joint * mask.reshape([-1 if axis == j else 1 for axis in range(3)])
    for model in (chain_tree(), field_of(chain_tree())):
        drawn = shares_in(model.draw(DRAWS, rng, masks), (0, 1, 2), (2, 3, 2))
        assert np.abs(drawn - joint / joint.sum()).max() < DRAWN


def test_what_cannot_be_met_is_said():
    with pytest.raises(DataError, match="No row can meet"):
        chain_tree().draw(5, np.random.default_rng(1), {1: np.zeros(3, dtype=bool)})


def test_gibbs_sampling_has_the_field_as_its_distribution():
    rng = np.random.default_rng(8)
    bent = rng.normal(0, 0.7, (2, 2)).astype(np.float32)
    field = Field(tree=chain_tree(), logs={**field_of(chain_tree()).logs, (0, 2): bent})
    _, joint = chain(1, rng)
    joint = joint * np.exp(bent)[:, None, :]
    drawn = shares_in(field.draw(DRAWS, rng), (0, 1, 2), (2, 3, 2))
    assert np.abs(drawn - joint / joint.sum()).max() < DRAWN


def test_a_table_of_three_is_found_where_pairs_say_nothing():
    rng = np.random.default_rng(9)
    pair = rng.integers(0, 2, (6_000, 2))
    codes = np.column_stack([pair, pair.sum(axis=1) % 2])
    flat = Tree(parent=np.full(3, -1), order=np.arange(3), tables=(np.full((1, 2), 0.5),) * 3)
    ledger = Ledger(PLENTY)
    field = add_tables(codes, flat, 6_000, 5.0, ledger, rng)
    assert (0, 1, 2) in field.logs
    drawn = shares_in(field.draw(DRAWS, rng), (0, 1, 2), (2, 2, 2))
    odd = [cell for cell in itertools.product((0, 1), repeat=3) if sum(cell) % 2 == 0]
    assert sum(drawn[cell] for cell in odd) > 0.97
    assert sum(entry.rho for entry in ledger.entries) <= 5.0 * (1 + 1e-9)


def test_a_fit_keeps_its_budget_and_survives_saving():
    values, reason, columns, n_reasons = mixed(1_500, np.random.default_rng(10))
    sampler = fit_private_tree(
        values, reason, columns, n_reasons, Privacy(epsilon=2.0, domain={"sex": [1, 2, 3]}), np.random.default_rng(11)
    )
    spent = float(sampler.sentences[0].split("epsilon ")[1].split(" of")[0])
    # Three columns have few further tables: something may be left over.
    assert 1.5 < spent <= 2.0
    assert any(line.startswith("ends of age") for line in sampler.sentences)
    restored = PrivateSampler.from_parts(*sampler.as_parts())
    first, second = (each.draw(300, np.random.default_rng(12)) for each in (sampler, restored))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert np.isfinite(first[0][first[1] == 0]).all()
    assert set(np.unique(first[0][:, 2])) <= {0.0, 1.0, 2.0}


def test_hardly_any_budget_gives_rows_of_the_right_kind_all_the_same():
    values, reason, columns, n_reasons = mixed(200, np.random.default_rng(13))
    privacy = Privacy(epsilon=0.01, domain={"age": (0, 99), "sex": [1, 2, 3]})
    sampler = fit_private_tree(values, reason, columns, n_reasons, privacy, np.random.default_rng(14))
    drawn, why = sampler.draw(50, np.random.default_rng(15))
    known = why[:, 0] == 0
    assert ((drawn[known, 0] >= 0) & (drawn[known, 0] <= 99)).all()
    assert np.isin(drawn[:, 1], [0, 1, 2]).all()


def test_a_delta_that_is_too_large_is_said():
    values, reason, columns, n_reasons = mixed(300, np.random.default_rng(16))
    privacy = Privacy(epsilon=1.0, delta=0.01, domain={"age": (0, 99), "sex": [1, 2, 3], "region": [1, 2, 3, 4]})
    sampler = fit_private_tree(values, reason, columns, n_reasons, privacy, np.random.default_rng(17))
    assert "is large for about" in sampler.sentences[-1]
