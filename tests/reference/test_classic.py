"""The published MIDAS network against the same written out in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lacunet._keys import stream
from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Layout, Variable
from lacunet.family._flat import FlatCode, FlatShape
from lacunet.net._classic import ClassicNet, Denoising, columns, corrupt, forward, most_probable, start, total_loss

SINGLE = 2e-6
"""Relative error of a few single-precision sums."""
LAYOUT = Layout(
    variables=(
        Variable(name="party", kind="nominal", n_levels=3),
        Variable(name="income", kind="continuous"),
        Variable(name="voted", kind="binary", n_levels=2),
        Variable(name="trust", kind="ordinal", n_levels=3),
        Variable(name="age", kind="count", is_integer=True),
    )
)
VALUES = np.array([[2, 10, 1, 0, 20], [0, 30, 0, 2, 60], [1, 20, np.nan, 1, np.nan], [np.nan, np.nan, 1, 2, 40]])
STATE = np.where(np.isnan(VALUES), MISSING, OBSERVED).astype(np.int8)
STATE[3, 0] = INAPPLICABLE
# Columns: income, age, voted, party = 0 1 2, trust = 0 1 2.
INPUT = np.array(
    [
        [0.0, 0.0, 1, 0, 0, 1, 1, 0, 0],
        [1.0, 1.0, 0, 1, 0, 0, 0, 0, 1],
        [0.5, 0.0, 0, 0, 1, 0, 0, 1, 0],
        [0.0, 0.5, 1, 0, 0, 0, 0, 0, 1],
    ]
)


@pytest.fixture
def code():
    return FlatCode.learn(LAYOUT, VALUES, STATE, "minmax")


@pytest.fixture
def rows(code):
    return {name: jnp.asarray(array) for name, array in code.encode(VALUES, STATE, len(VALUES)).items()}


def net_of(shape, hidden=(3, 2), rate=0.0):
    return ClassicNet(shape=shape, hidden=hidden, corrupt=0.2, dropout=rate)


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def test_a_table_becomes_columns_and_comes_back(code, rows):
    assert code.shape == FlatShape(2, 1, ((3, 2),))
    np.testing.assert_array_equal(columns(code.shape, rows), INPUT)
    number, level = most_probable(code.shape, jnp.asarray(INPUT) - 0.5 * (np.arange(9) == 2))
    back = code.decode(np.asarray(number), np.asarray(level))
    np.testing.assert_allclose(back[STATE == OBSERVED], VALUES[STATE == OBSERVED], rtol=SINGLE)


def test_standard_scaling():
    code = FlatCode.learn(LAYOUT, VALUES, STATE, "standard")
    number = code.encode(VALUES, STATE, 4)["number"]
    np.testing.assert_allclose(number[:3, 0], np.array([-1, 1, 0]) * np.sqrt(1.5), atol=SINGLE)
    assert number[3, 0] == 0


def test_forward_is_elu_layers_with_the_encoder_reversed(code):
    net = net_of(code.shape, hidden=(4, 3, 2))
    assert net.widths == (9, 4, 3, 2, 3, 4, 9)
    params = start(net, key=stream(1, "test"))
    by_hand = INPUT
    for i in range(6):
        by_hand = by_hand @ np.asarray(params[f"w_{i}"], dtype=np.float64) + np.asarray(params[f"b_{i}"])
        by_hand = elu(by_hand) if i < 5 else by_hand
    np.testing.assert_allclose(
        forward(net, params, jnp.asarray(INPUT, dtype=jnp.float32), key=None), by_hand, rtol=1e-4, atol=SINGLE
    )


def test_xavier_start(code):
    params = start(net_of(FlatShape(100, 0, ()), hidden=(300,)), key=stream(1, "test"))
    weights = np.asarray(params["w_0"]) * np.sqrt(100 + 300)
    assert np.abs(weights).max() <= 2
    # Variance of a standard normal cut at two deviations; 30,000 weights.
    assert weights.var() == pytest.approx(0.7737, abs=0.02)
    assert not np.asarray(params["b_0"]).any()


def test_loss_is_rmse_and_cross_entropy_of_hidden_observed_cells(code, rows):
    out = np.random.default_rng(2).normal(size=(4, 9))
    hide = np.array([[1, 0, 1, 1, 0], [1, 1, 0, 1, 1], [0, 1, 1, 1, 0], [1, 0, 1, 1, 0]], dtype=bool)
    seen = STATE[:, code.order] == OBSERVED
    target = hide & seen
    by_hand = 0.0
    for slot, at in enumerate([slice(0, 1), slice(1, 2), slice(2, 3), slice(3, 6), slice(6, 9)]):
        mine, truth, guess = target[:, slot], INPUT[target[:, slot], at], out[target[:, slot], at]
        if slot < 2:
            loss = np.sqrt(np.mean((truth - guess) ** 2))
        elif slot == 2:
            share = 1 / (1 + np.exp(-guess))
            loss = -np.mean(truth * np.log(share) + (1 - truth) * np.log(1 - share))
        else:
            share = np.exp(guess) / np.exp(guess).sum(axis=1, keepdims=True)
            loss = -np.mean(np.sum(truth * np.log(share), axis=1))
        assert mine.any()
        by_hand += loss * seen[:, slot].mean()
    found = total_loss(code.shape, rows, jnp.asarray(out, dtype=jnp.float32), jnp.asarray(target))
    assert float(found) == pytest.approx(by_hand, rel=SINGLE)


def test_cells_that_were_not_hidden_do_not_count(code, rows):
    target = jnp.zeros((4, 5), dtype=bool).at[0, 0].set(True)
    loss = lambda out: total_loss(code.shape, rows, out, target)  # noqa: E731
    slope = np.array(jax.grad(loss)(jnp.full((4, 9), 0.3)))
    assert slope[0, 0] == pytest.approx(1.0 * 0.75)  # the slope of |x - 0.3|, three of four incomes being observed
    slope[0, 0] = 0
    assert not slope.any()


def test_missing_cells_neither_enter_nor_count(code, rows):
    objective = Denoising(net=net_of(code.shape, rate=0.5))
    params = start(objective.net, key=stream(1, "test"))
    other = np.where(STATE == OBSERVED, VALUES, 1.0)
    same = {name: jnp.asarray(array) for name, array in code.encode(other, STATE, 4).items()}
    losses = [objective.loss(params, data, jnp.arange(4), key=stream(1, "loss")) for data in (rows, same)]
    assert losses[0] == losses[1] > 0


def test_corruption_hides_one_cell_in_five_and_scales_the_rest_up():
    net = ClassicNet(shape=FlatShape(0, 0, ((4, 50),)), hidden=(2,), corrupt=0.2, dropout=0.5)
    n = 400
    rows = {"number": jnp.zeros((n, 0)), "level": jnp.ones((n, 50), dtype=jnp.int32), "seen": jnp.ones((n, 50), bool)}
    hide = jax.random.bernoulli(stream(1, "hide"), net.corrupt, (n, 50))
    x = np.asarray(corrupt(net, rows, hide)).reshape(n, 50, 4)
    assert set(np.unique(x)) == {0.0, np.float32(1.25)}
    # Four standard errors of a share of .2 in 20,000 cells.
    assert (x[:, :, 1] == 0).mean() == pytest.approx(0.2, abs=0.0113)
