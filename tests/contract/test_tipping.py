"""Promises of tipping points: numbers, words, a picture, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from lacunet.errors import ColumnError, SpecError
from lacunet.imputation import Midas
from lacunet.imputation.sensitivity import find_tipping_point, shift_cells
from tests.contract.test_sensitivity import survey


@pytest.fixture(scope="module")
def linear():
    frame = survey()[["age", "income", "voted", "weight"]].assign(income=lambda f: f["income"] + 40 * f["weight"])
    return Midas().fit(frame, seed=3).impute(m=5)


def test_a_tipping_point_answers_in_numbers_words_and_a_picture(linear):
    before = linear.draws.copy()
    tip = find_tipping_point(
        linear, "income ~ weight + age", "weight", "income", deltas=[-3, -1, 1, 3], criterion="sign"
    )
    np.testing.assert_array_equal(linear.draws, before)
    table = tip.table()
    assert {-3, -1, 0, 1, 3} <= set(table["delta"])
    assert table["delta"].is_monotonic_increasing
    plain = linear.fit("income ~ weight + age").table().set_index("term").loc["weight"]
    at = table.set_index("delta").loc[0]
    for name in ("estimate", "conf_low", "conf_high", "p_value", "fmi"):
        assert at[name] == pytest.approx(plain[name], rel=1e-9)
    assert at["holds"]
    for delta in (1, 3):
        shifted = replace(linear, draws=shift_cells(linear, "income", delta, scale="sd").draws)
        want = shifted.fit("income ~ weight + age").table().set_index("term").loc["weight", "estimate"]
        assert table.set_index("delta").loc[delta, "estimate"] == pytest.approx(want, rel=1e-9)
    assert "As imputed, the coefficient of weight is" in tip.sentence
    assert tip.sentence in repr(tip)
    assert isinstance(tip.plot(), Figure)


def test_tipping_by_odds_and_by_factor(linear):
    odds = find_tipping_point(linear, "income ~ voted", "voted[T.yes]", "voted", scale="odds", deltas=[-2, 2])
    assert odds.table()["estimate"].nunique() == len(odds.table())
    assert "odds of 'yes'" in odds.sentence or "over all shifts" in odds.sentence
    factor = find_tipping_point(
        linear, "income ~ 1", "Intercept", "income", scale="factor", null=4300.0, criterion="sign"
    )
    assert 0.59 < factor.low < 0.78
    assert factor.high is None
    assert "times what the imputations suppose" in factor.sentence
    assert isinstance(factor.plot(), Figure)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"term": "wait"}, "Did you mean 'weight'"),
        ({"criterion": "p"}, "'interval' or 'sign'"),
        ({"null": float("inf")}, "finite number"),
        ({"deltas": [0.0]}, "no shift"),
        ({"deltas": [np.nan]}, "finite number"),
        ({"variable": "age"}, "does not use them"),
        ({"variable": "weight"}, "Nothing of 'weight'"),
        ({"confidence": 95}, "0.95"),
    ],
)
def test_what_cannot_tip_is_said(linear, options, match):
    wanted = {"formula": "income ~ weight", "term": "weight", "variable": "income", "deltas": [-1, 1]} | options
    with pytest.raises(SpecError, match=match):
        find_tipping_point(linear, **wanted)


def test_a_formula_that_names_no_column_hears_of_all_of_them(linear):
    with pytest.raises(ColumnError, match="age, income, voted, weight"):
        find_tipping_point(linear, "income ~ qqq", "qqq", "income")


def test_covariance_clusters_and_weights_are_those_of_a_fit(linear):
    options = {"cov": "HC1", "weights": "weight"}
    tip = find_tipping_point(linear, "income ~ age", "age", "income", deltas=[1], **options)
    shifted = replace(linear, draws=shift_cells(linear, "income", 1, scale="sd").draws)
    want = shifted.fit("income ~ age", **options).table().set_index("term").loc["age"]
    got = tip.table().set_index("delta").loc[1]
    for name in ("estimate", "std_error", "p_value"):
        assert got[name] == pytest.approx(want[name], rel=1e-9)
