"""Laws of nodes, networks and losses. Arrays keep one shape, so that each function is compiled once."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lacunet import net

EXACT = 1e-12
"""A few roundings of float64, relative to the numbers and 1."""
SUMMED = 1e-9
"""A thousand probabilities from logarithms."""

ROWS, INPUTS, HIDDEN = 6, 3, 4
NOT_MONOTONE = {"gelu", "silu", "softmax"}

sums = arrays(np.float64, (ROWS, HIDDEN), elements=st.floats(-1e4, 1e4))
inputs = arrays(np.float64, (ROWS, INPUTS), elements=st.floats(-3, 3))
seeds = st.integers(0, 2**31)
laws = settings(max_examples=30, deadline=None)


def close(one, other):
    np.testing.assert_allclose(one, other, rtol=EXACT, atol=EXACT)


@laws
@given(sums, st.floats(-1e3, 1e3))
def test_softmax_shares_one_whatever_the_level(z, shift):
    share = net.activate("softmax", z)
    assert (share >= 0).all()
    close(share.sum(axis=1), 1.0)
    # A shift of 1000 costs the scores three digits.
    np.testing.assert_allclose(net.activate("softmax", z + shift), share, rtol=1e-8, atol=EXACT)


@laws
@given(sums)
def test_two_sides_of_an_activation(z):
    close(net.activate("sigmoid", -z), 1 - net.activate("sigmoid", z))
    close(net.activate("tanh", z), 2 * net.activate("sigmoid", 2 * z) - 1)
    close(net.activate("softplus", z) - net.activate("softplus", -z), z)
    close(net.activate("relu", z) - net.activate("relu", -z), z)
    close(net.activate("softsign", -z), -net.activate("softsign", z))
    close(net.activate("gelu", z) - net.activate("gelu", -z), z)


@pytest.mark.parametrize("name", sorted(set(net.ACTIVATIONS) - NOT_MONOTONE))
@settings(max_examples=15, deadline=None)
@given(sums)
def test_more_in_is_never_less_out(name, z):
    value = net.activate(name, np.sort(z, axis=1))
    assert (np.diff(value, axis=1) >= -EXACT * (1 + np.abs(value[:, 1:]))).all()
    assert (net.differentiate(name, z) >= 0).all()


def network_of(seed, hidden, output="identity"):
    rng = np.random.default_rng(seed)
    widths = (INPUTS, HIDDEN, HIDDEN, 1)
    return net.Network(
        net.Layer(rng.normal(size=(p, k)), rng.normal(size=k), name)
        for p, k, name in zip(widths[:-1], widths[1:], (hidden, hidden, output), strict=True)
    )


@laws
@given(inputs, seeds)
def test_layers_of_identities_are_one_linear_map(x, seed):
    first, second, last = network_of(seed, "identity").layers
    weights = first.weights @ second.weights @ last.weights
    biases = (first.biases @ second.weights + second.biases) @ last.weights + last.biases
    close(network_of(seed, "identity")(x), net.Layer(weights, biases)(x))


@laws
@given(inputs, seeds, st.permutations(range(HIDDEN)))
def test_the_order_of_hidden_nodes_does_not_matter(x, seed, order):
    network = network_of(seed, "tanh")
    first, second, last = network.layers
    moved = net.Network(
        [
            net.Layer(first.weights[:, order], first.biases[order], "tanh"),
            net.Layer(second.weights[order], second.biases, "tanh"),
            last,
        ]
    )
    close(moved(x), network(x))


@laws
@given(inputs, seeds, st.floats(0.01, 100))
def test_relu_passes_a_positive_factor_on(x, seed, factor):
    network = network_of(seed, "relu")
    first, second, last = network.layers
    scaled = net.Layer(first.weights * factor, first.biases * factor, "relu")
    divided = net.Layer(second.weights / factor, second.biases, "relu")
    np.testing.assert_allclose(net.Network([scaled, divided, last])(x), network(x), rtol=1e-9, atol=1e-9)


@laws
@given(inputs, seeds)
def test_a_short_step_down_the_gradient_lowers_the_error(x, seed):
    network, loss = network_of(seed, "tanh", "sigmoid"), net.BinaryCrossEntropy()
    y = np.arange(ROWS) % 2
    before = network.error(x, y, loss)
    square = sum((g.weights**2).sum() + (g.biases**2).sum() for g in network.backward(x, y, loss))
    after = network.step(x, y, loss, rate=1e-6).error(x, y, loss)
    # To the first order the fall is the rate times the squared length of the gradient.
    assert before - after == pytest.approx(1e-6 * square, rel=1e-2, abs=1e-14)


@laws
@given(inputs, seeds)
def test_a_network_leaves_what_it_is_given(x, seed):
    network, given_x = network_of(seed, "relu"), x.copy()
    weights = np.ones((INPUTS, 1))
    layer = net.Layer(weights, [0.0])
    weights[:] = 5.0
    network.step(x, np.zeros(ROWS), net.SquaredError(), rate=1.0)
    assert (x == given_x).all()
    assert (layer.weights == 1).all()
    assert all((a.weights == b.weights).all() for a, b in zip(network.layers, network_of(seed, "relu").layers))


def test_perceptrons_compare_and_hash():
    assert net.Perceptron([1, 2]) == net.Perceptron((1.0, 2.0))
    assert len({net.Perceptron([1, 2]), net.Perceptron(np.array([1.0, 2.0])), net.Perceptron(1.0)}) == 2


COUNTS = np.arange(1000.0)
probabilities = jax.jit(lambda loss, outcome, output: loss.loss(outcome, output), static_argnums=0)


@laws
@given(st.floats(-3, 1.5), st.floats(-20, 0))
def test_probabilities_of_all_counts_sum_to_one(log_mean, log_alpha):
    for loss, row in ((net.PoissonLoss(), [log_mean]), (net.NegativeBinomialLoss(), [log_mean, log_alpha])):
        with jax.enable_x64(True):
            each = np.exp(-np.asarray(probabilities(loss, COUNTS, np.tile(row, (len(COUNTS), 1)))))
        assert each.sum() == pytest.approx(1.0, abs=SUMMED)
        assert (each * COUNTS).sum() == pytest.approx(np.exp(log_mean), abs=SUMMED * 100)


shares = jax.jit(lambda output: net.OrdinalLoss(n_levels=HIDDEN + 1).predict(output))


@laws
@given(sums)
def test_ordered_shares_are_shares_and_rise_with_the_score(output):
    with jax.enable_x64(True):
        low, high = np.asarray(shares(output)), np.asarray(shares(output + [1.0, 0, 0, 0]))
    close(low.sum(axis=1), 1.0)
    assert (low >= 0).all()
    assert (np.cumsum(high, axis=1) <= np.cumsum(low, axis=1) + EXACT).all()
