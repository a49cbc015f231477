"""Laws of Rubin's rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet.errors import SpecError
from lacunet.pooling import pool
from lacunet.solve import complete_dof

TOLERANCE = 1e-10
"""Sums of a few float64 numbers."""


@st.composite
def answers(draw):
    m, k = draw(st.integers(2, 8)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    roots = rng.normal(size=(m, k, k + 2))
    return rng.normal(size=(m, k)) * draw(st.floats(0.01, 100)), roots @ roots.transpose(0, 2, 1)


@settings(max_examples=50, deadline=None)
@given(answers(), st.integers(2, 6))
def test_identical_draws_add_no_uncertainty(answer, m):
    q, u = answer[0][:1], answer[1][:1]
    pooled = pool(np.repeat(q, m, axis=0), np.repeat(u, m, axis=0), dof=20)
    np.testing.assert_allclose(pooled.vcov, u[0], rtol=TOLERANCE)
    assert (pooled.rubin.riv < 1e-12).all()
    np.testing.assert_allclose(pooled.rubin.dof, 21 / 23 * 20, rtol=1e-6)


@settings(max_examples=50, deadline=None)
@given(answers(), st.randoms(use_true_random=False))
def test_order_of_imputations_does_not_matter(answer, random):
    q, u = answer
    order = list(range(len(q)))
    random.shuffle(order)
    one, other = pool(q, u, dof=50).table(), pool(q[order], u[order], dof=50).table()
    np.testing.assert_allclose(one.iloc[:, 1:], other.iloc[:, 1:], rtol=1e-8)


@settings(max_examples=50, deadline=None)
@given(answers(), st.floats(0.1, 10))
def test_units_do_not_matter(answer, unit):
    q, u = answer
    one, other = pool(q, u, dof=50).table(), pool(q * unit, u * unit**2, dof=50).table()
    for column in ("statistic", "df", "p_value", "fmi", "riv", "lambda"):
        np.testing.assert_allclose(one[column], other[column], rtol=1e-8)
    np.testing.assert_allclose(one["std_error"] * unit, other["std_error"], rtol=1e-8)


@settings(max_examples=50, deadline=None)
@given(answers(), st.floats(2, 1e6))
def test_degrees_of_freedom_are_bounded(answer, dof):
    pooled = pool(*answer, dof=dof)
    rubin = complete_dof(pooled.rubin.lambda_, pooled.m)
    assert (pooled.rubin.dof <= dof).all()
    assert (pooled.rubin.dof <= rubin * (1 + TOLERANCE)).all()
    assert (pooled.rubin.fmi >= pooled.rubin.lambda_ - TOLERANCE).all()
    assert np.linalg.eigvalsh(pooled.rubin.total - pooled.rubin.within).min() > -1e-8


@settings(max_examples=25, deadline=None)
@given(answers())
def test_infinite_dof_is_the_limit_of_large_dof(answer):
    infinite, large = pool(*answer).table(), pool(*answer, dof=1e12).table()
    columns = ["estimate", "std_error", "p_value", "conf_low", "conf_high", "fmi"]
    np.testing.assert_allclose(infinite[columns], large[columns], rtol=1e-6, atol=1e-9)


def test_wider_level_wider_interval():
    pooled = pool([[1.0], [2.0]], [[[1.0]], [[1.0]]])
    narrow, wide = pooled.table(0.5), pooled.table(0.99)
    assert wide["conf_low"][0] < narrow["conf_low"][0] < narrow["conf_high"][0] < wide["conf_high"][0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pool(np.ones((3, 2)), np.ones((3, 2))), r"\(m, k\) and \(m, k, k\)"),
        (lambda: pool([[np.nan], [1.0]], np.ones((2, 1, 1))), "Data set 0"),
        (lambda: pool(np.ones((2, 1)), -np.ones((2, 1, 1))), "negative"),
        (lambda: pool(np.ones((2, 1)), np.ones((2, 1, 1)), dof=0), "above 0"),
        (lambda: pool(np.ones((2, 2)), np.ones((2, 2, 2)), dof=[1, 2, 3]), "one per coefficient"),
        (lambda: pool(np.ones((2, 1)), np.ones((2, 1, 1)), terms=["a", "b"]), "2 names for 1"),
        (lambda: pool(np.ones((2, 1)), np.ones((2, 1, 1))).table(95), "probability"),
        (lambda: pool(np.ones((1, 1)), np.ones((1, 1, 1))), "at least 2"),
    ],
)
def test_wrong_calls_say_what_is_needed(call, words):
    with pytest.raises(SpecError, match=words):
        call()
