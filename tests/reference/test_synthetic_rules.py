"""Combining rules for synthetic data: numbers worked by hand, closed forms, and rules that must agree."""

import numpy as np
import pytest

from lacunet.errors import SpecError
from lacunet.pooling import pool_synthetic
from lacunet.solve import RULES, combine_synthetic, wald_d1, wald_synthetic

EXACT = 1e-12  # the same arithmetic in another order
Q = np.array([[1.0, 10.0], [3.0, 14.0], [2.0, 12.0], [6.0, 8.0], [3.0, 11.0]])
V = np.stack([np.array([[2.0, 0.5], [0.5, 3.0]]) * scale for scale in (0.8, 1.0, 1.2, 1.0, 1.0)])
# By hand: means 3 and 11; squared deviations 4+0+1+9+0 = 14 and 1+9+1+9+0 = 20, so that B = 3.5 and 5, and
# B12 = (2+0-1-9+0)/4 = -2; V̄ = 2 and 3, V̄12 = 0.5.


def rule(name, **changes):
    facts = {"n_real": 100, "n_synthetic": 100, "dof": np.inf} | changes
    return combine_synthetic(Q, V, facts.pop("dof"), rule=name, **facts)


def test_estimates_and_their_parts():
    one = rule("plug-in")
    np.testing.assert_allclose(one.estimates, [3, 11], rtol=EXACT)
    np.testing.assert_allclose(one.between, [[3.5, -2], [-2, 5]], rtol=EXACT)
    np.testing.assert_allclose(one.within, [[2, 0.5], [0.5, 3]], rtol=EXACT)
    np.testing.assert_allclose(one.original, one.within, rtol=EXACT)


@pytest.mark.parametrize(
    ("name", "total", "dof"),
    [
        ("fully", [[1.2 * 3.5 - 2, -2.4 - 0.5], [-2.9, 1.2 * 5 - 3]], [4 * (1 - 2 / 4.2) ** 2, 4 * (1 - 3 / 6) ** 2]),
        ("partially", [[0.7 + 2, -0.4 + 0.5], [0.1, 1 + 3]], [4 * (1 + 2 / 0.7) ** 2, 4 * (1 + 3 / 1) ** 2]),
        ("plug-in", [[1.2 * 2, 0.6], [0.6, 1.2 * 3]], [np.inf, np.inf]),
        ("plug-in proper", [[1.4 * 2, 0.7], [0.7, 1.4 * 3]], [np.inf, np.inf]),
    ],
)
def test_variance_and_degrees_of_freedom_by_hand(name, total, dof):
    one = rule(name)
    np.testing.assert_allclose(one.total, total, rtol=EXACT)
    floor = 3 if name == "fully" else 0  # "fully" is kept where t has a variance: 1.10 and 1 become 3
    np.testing.assert_allclose(one.dof, np.maximum(dof, floor), rtol=EXACT)


@pytest.mark.parametrize(
    ("name", "factor"),
    [("plug-in", 3 + 1 / 5), ("plug-in proper", 3 + (1 + 3) / 5), ("partially", None)],
)
def test_sets_three_times_as_long_as_the_real_data(name, factor):
    # synthpop: v (k/n + 1/m), v (k/n + (1 + k/n)/m), b/m + v k/n
    one = rule(name, n_synthetic=300)
    expected = 3 * one.within + one.between / 5 if factor is None else factor * one.within
    np.testing.assert_allclose(one.total, expected, rtol=EXACT)
    np.testing.assert_allclose(one.original, 3 * one.within, rtol=EXACT)


def test_fully_needs_no_sizes_and_proper_agrees_with_it_where_sets_differ_as_they_should():
    v = np.ones((5, 1, 1))
    q = np.array([-2.0, -1, 0, 1, 2])[:, None]
    q *= np.sqrt((1 + 0.5) / q.var(ddof=1))  # B = V̄ (1 + k/n), what is expected of proper sets with k = n/2
    fully = combine_synthetic(q, v, rule="fully", n_real=200, n_synthetic=100).total[0, 0]
    assert fully == pytest.approx(combine_synthetic(q, v, rule="fully", n_real=1, n_synthetic=1).total[0, 0], rel=EXACT)
    for other in ("plug-in proper", "partially"):
        assert fully == pytest.approx(
            combine_synthetic(q, v, rule=other, n_real=200, n_synthetic=100).total[0, 0], rel=EXACT
        )


def test_a_negative_variance_gives_way_to_that_of_the_real_sample():
    q = np.array([[1.0, 0.0], [1.1, 4.0], [0.9, 8.0]])
    one = combine_synthetic(q, np.stack([np.eye(2)] * 3), rule="fully", n_real=50, n_synthetic=100)
    assert one.is_adjusted.tolist() == [True, False]
    assert one.total[0, 0] == pytest.approx(2.0, rel=EXACT)  # (k/n) V̄
    assert one.dof[0] == 2  # m - 1
    assert one.total[1, 1] == pytest.approx(4 / 3 * 16 - 1, rel=EXACT)


def test_fewer_models_than_sets():
    one = rule("plug-in proper", n_models=2)
    np.testing.assert_allclose(one.total, (1 + 1 / 2 + 1 / 5) * one.within, rtol=EXACT)
    np.testing.assert_allclose(rule("plug-in proper", n_models=9).total, rule("plug-in proper").total, rtol=EXACT)


@pytest.mark.parametrize("name", ["fully", "partially"])
def test_sets_of_one_model_count_as_one_longer_set(name):
    rng = np.random.default_rng(2)
    q, v = rng.normal(size=(12, 2)), np.stack([np.eye(2)] * 12)
    shared = combine_synthetic(q, v, 50.0, rule=name, n_real=100, n_synthetic=100, n_models=4)
    longer = combine_synthetic(q.reshape(3, 4, 2).mean(axis=0), v[:4] / 3, rule=name, n_real=100, n_synthetic=300)
    np.testing.assert_allclose(shared.total, longer.total, rtol=EXACT)
    np.testing.assert_allclose(shared.estimates, q.mean(axis=0), rtol=EXACT)
    np.testing.assert_allclose(shared.original, np.eye(2), rtol=EXACT)
    facts = {"rule": name, "n_real": 100}
    test = wald_synthetic(q, v, n_synthetic=100, n_models=4, **facts)
    same = wald_synthetic(q.reshape(3, 4, 2).mean(axis=0), v[:4] / 3, n_synthetic=300, **facts)
    assert (test.statistic, test.df2) == (pytest.approx(same.statistic), pytest.approx(same.df2))
    with pytest.raises(SpecError, match="model behind them"):
        combine_synthetic(q, v, rule=name, n_real=100, n_synthetic=100, n_models=1)


def test_finite_degrees_of_freedom():
    assert rule("plug-in", dof=40.0).dof.tolist() == [40, 40]
    assert rule("plug-in", dof=40.0, n_synthetic=200).dof.tolist() == [20, 20]  # made-up rows add no knowledge
    assert rule("plug-in", dof=40.0, n_synthetic=50).dof.tolist() == [40, 40]
    by_hand = 2.7**2 / (0.7**2 / 4 + 2**2 / 40)
    assert rule("partially", dof=40.0).dof[0] == pytest.approx(by_hand, rel=EXACT)


def test_one_set():
    for name in ("plug-in", "plug-in proper"):
        one = combine_synthetic(Q[:1], V[:1], rule=name, n_real=100, n_synthetic=100)
        np.testing.assert_allclose(one.total, (2 if name == "plug-in" else 3) * V[0], rtol=EXACT)
        assert np.isnan(one.between).all() and np.isnan(one.spread).all()
    for name in ("fully", "partially"):
        with pytest.raises(SpecError, match=r"1 synthetic data set .* m=5"):
            combine_synthetic(Q[:1], V[:1], rule=name, n_real=100, n_synthetic=100)


def test_the_spread_that_a_rule_expects():
    np.testing.assert_allclose(rule("plug-in").spread, [3.5 / 2, 5 / 3], rtol=EXACT)
    np.testing.assert_allclose(rule("plug-in proper", n_synthetic=300).spread, [3.5 / 8, 5 / 12], rtol=EXACT)
    assert np.isnan(rule("partially").spread).all()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"rule": "rubin"}, "not known here.*'fully'"),
        ({"n_real": 0}, "n_real=0"),
        ({"n_synthetic": 0}, "n_synthetic=0"),
        ({"n_models": 0}, "n_models=0"),
    ],
)
def test_what_is_refused(changes, found):
    with pytest.raises(SpecError, match=found):
        combine_synthetic(Q, V, **({"rule": "plug-in", "n_real": 9, "n_synthetic": 9} | changes))


@pytest.mark.parametrize("name", RULES)
def test_a_test_of_one_coefficient_is_its_t_test(name):
    for dof in (np.inf, 30.0):
        facts = {"rule": name, "n_real": 100, "n_synthetic": 150}
        one = combine_synthetic(Q[:, 1:], V[:, 1:, 1:], dof, **facts)
        test = wald_synthetic(Q[:, 1:], V[:, 1:, 1:], dof, **facts)
        assert test.statistic == pytest.approx(11**2 / one.total[0, 0], rel=EXACT)
        assert (test.df1, test.df2) == (1, pytest.approx(one.dof[0], rel=EXACT))
        table = pool_synthetic(Q[:, 1:], V[:, 1:, 1:], dof, **facts).table()
        assert test.p_value == pytest.approx(table["p_value"][0], rel=1e-9)  # t and F by different routines


def test_plug_in_statistic_is_a_quadratic_form_of_its_variance():
    one = rule("plug-in proper")
    test = wald_synthetic(Q, V, rule="plug-in proper", n_real=100, n_synthetic=100)
    assert test.statistic == pytest.approx(one.estimates @ np.linalg.solve(one.total, one.estimates) / 2, rel=EXACT)


def test_joint_tests_by_hand():
    # V̄ = I and B has 1 and 2 on its diagonal: tr(B V̄^-1)/q = 1.5; t = 4.
    q, v = np.array([[0.0, 1.0], [2.0, 1 + 2 * np.sqrt(2)], [1.0, 1 + np.sqrt(2)]]), np.stack([np.eye(2)] * 3)
    square = float(q.mean(axis=0) @ q.mean(axis=0))
    partially = wald_synthetic(q, v, rule="partially", n_real=10, n_synthetic=10)
    assert partially.statistic == pytest.approx(square / (2 * (1 + 1.5 / 3)), rel=EXACT)
    assert partially.df2 == pytest.approx(4 * (1 + 1 / 2) / 2 * (1 + 1 / 0.5) ** 2, rel=EXACT)
    fully = wald_synthetic(q, v, rule="fully", n_real=10, n_synthetic=10)
    assert fully.statistic == pytest.approx(square / (2 * (4 / 3 * 1.5 - 1)), rel=EXACT)
    # Each set twice: B is 2 * 2/5 of what it was, 1.2 on average; t = 10, where Reiter's formulas hold.
    q, v = np.concatenate([q, q]), np.stack([np.eye(2)] * 6)
    fully = wald_synthetic(q, v, rule="fully", n_real=10, n_synthetic=10)
    assert fully.statistic == pytest.approx(square / (2 * (7 / 6 * 1.2 - 1)), rel=EXACT)
    assert fully.df2 == pytest.approx(4 + 6 * (1 - 0.8 / 1.4) ** 2, rel=EXACT)
    partially = wald_synthetic(q, v, rule="partially", n_real=10, n_synthetic=10)
    assert partially.df2 == pytest.approx(4 + 6 * (1 + 0.8 / 0.2) ** 2, rel=EXACT)


def test_a_joint_test_where_the_sets_agree_too_well():
    q, v = np.array([[1.0, 2.0], [1.1, 2.0], [0.9, 2.1]]), np.stack([np.eye(2)] * 3)
    test = wald_synthetic(q, v, rule="fully", n_real=10, n_synthetic=20)
    assert test.statistic == pytest.approx(float(q.mean(axis=0) @ q.mean(axis=0)) / (2 * 2), rel=EXACT)  # (k/n) V̄


def test_partially_is_d1_without_the_one():
    # Rubin's r has (1 + 1/m) where Reiter's has 1/m: sets that differ (m + 1) times as much give the same test.
    m = len(Q)
    wider = Q.mean(axis=0) + (Q - Q.mean(axis=0)) * np.sqrt(m + 1)
    synthetic = wald_synthetic(wider, V, rule="partially", n_real=100, n_synthetic=100)
    completed = wald_d1(Q, V)
    assert synthetic.statistic == pytest.approx(completed.statistic, rel=1e-9)
    assert synthetic.df2 == pytest.approx(completed.df2, rel=1e-9)


def test_terms_that_depend_on_each_other_are_refused():
    with pytest.raises(SpecError, match="no inverse"):
        wald_synthetic(Q, np.ones((5, 2, 2)), rule="plug-in", n_real=9, n_synthetic=9)
