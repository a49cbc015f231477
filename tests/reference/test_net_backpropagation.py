"""Backpropagation against JAX's own gradients, regressions, and what a start at zero does."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm

from lacunet import net

EXACT = 1e-14
"""A few roundings of float64."""
BACKPROPAGATION = 1e-10
"""The same sums in another order."""
CONVERGED = 1e-8
"""What is left of the way after 300 steps, each of which goes more than a tenth of it."""


@functools.partial(jax.jit, static_argnames=("names", "loss"))
@jax.value_and_grad
def jax_error(layers, names, x, y, loss):
    """The mean loss from scratch, with its gradient; of sigmoid and softmax as textbooks write it."""
    a = x
    for (weights, biases), name in zip(layers, names, strict=True):
        a = net.ACTIVATIONS[name].function(a @ weights + biases)
    if names[-1] == "sigmoid" and loss.name == "binary_cross_entropy":
        return -jnp.mean(y * jnp.log(a[:, 0]) + (1 - y) * jnp.log(1 - a[:, 0]))
    if names[-1] == "softmax":
        return -jnp.mean(jnp.log(a[jnp.arange(len(y)), y.astype(int)]))
    return loss.loss(y, a).mean()


CASES = [
    ("identity", net.SquaredError(), 1),
    ("tanh", net.SquaredError(), 1),
    ("sigmoid", net.BinaryCrossEntropy(), 1),
    ("softmax", net.CategoricalCrossEntropy(n_levels=3), 3),
    ("identity", net.CategoricalCrossEntropy(n_levels=3), 3),
    ("identity", net.OrdinalLoss(n_levels=3), 2),
    ("identity", net.QuantileLoss(at=(0.1, 0.5, 0.9)), 3),
    ("identity", net.NormalLoss(), 2),
    ("identity", net.PoissonLoss(), 1),
    ("identity", net.NegativeBinomialLoss(), 2),
]
HIDDEN = itertools.cycle([("relu", "tanh"), ("sigmoid", "softmax")])


@pytest.mark.parametrize(
    ("output", "loss", "q", "hidden"),
    [(*case, hidden) for case, hidden in zip(CASES, HIDDEN)],
    ids=[f"{loss.name}-{output}" for output, loss, _ in CASES],
)
def test_backpropagation_is_the_gradient(output, loss, q, hidden):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(7, 4)), rng.integers(0, 2, size=7).astype(float)
    names, widths = (*hidden, output), (4, 5, 3, q)
    layers = [(rng.normal(size=(p, k)), rng.normal(size=k)) for p, k in itertools.pairwise(widths)]
    network = net.Network([net.Layer(w, b, name) for (w, b), name in zip(layers, names, strict=True)])
    with jax.enable_x64(True):
        on_device = jax.tree.map(jnp.asarray, layers)
        error, expected = jax_error(on_device, names, jnp.asarray(x), jnp.asarray(y), loss)
    assert network.error(x, y, loss) == pytest.approx(float(error), abs=BACKPROPAGATION)
    for found, (weights, biases) in zip(network.backward(x, y, loss), expected, strict=True):
        np.testing.assert_allclose(found.weights, weights, atol=BACKPROPAGATION)
        np.testing.assert_allclose(found.biases, biases, atol=BACKPROPAGATION)


def test_forward_shows_every_layer():
    network = net.Network([net.Layer([[2.0]], [1.0], "relu"), net.Layer([[-1.0]], [0.5], "identity")])
    first, last = network.forward([[5], [1], [-1]])
    assert first.sums.tolist() == [[11], [3], [-1]]
    assert first.values.tolist() == [[11], [3], [0]]
    assert last.values.tolist() == [[-10.5], [-2.5], [0.5]]
    assert network([[5]]).tolist() == [[-10.5]]


def test_a_step_is_the_gradient_and_the_decay():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(6, 2)), rng.normal(size=6)
    network = net.Network.start((2, 3, 1), hidden="tanh", rng=rng)
    gradients = network.backward(x, y, net.SquaredError())
    stepped = network.step(x, y, net.SquaredError(), rate=0.2, weight_decay=0.5)
    for layer, new, gradient in zip(network.layers, stepped.layers, gradients, strict=True):
        np.testing.assert_allclose(new.weights, layer.weights * 0.9 - 0.2 * gradient.weights, atol=EXACT)
        np.testing.assert_allclose(new.biases, layer.biases - 0.2 * gradient.biases, atol=EXACT)


@pytest.mark.parametrize(
    ("output", "loss", "rate", "theirs"),
    [
        ("identity", net.SquaredError(), 0.4, lambda y, x: sm.OLS(y, x).fit()),
        ("sigmoid", net.BinaryCrossEntropy(), 4.0, lambda y, x: sm.Logit(y > 0, x).fit(disp=0)),
    ],
)
def test_a_network_of_one_node_descends_to_the_regression(output, loss, rate, theirs):
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 2))
    y = 0.5 + x @ [1.0, -0.5] + rng.normal(size=60)
    outcome = y if output == "identity" else (y > 0).astype(float)
    network = net.Network.start((2, 1), output=output, start=net.zeros, rng=rng)
    for _ in range(300):
        network = network.step(x, outcome, loss, rate=rate)
    found = np.append(network.layers[0].biases, network.layers[0].weights)
    np.testing.assert_allclose(found, theirs(y, sm.add_constant(x)).params, atol=CONVERGED)


@pytest.fixture
def bend():
    """An outcome that no linear map gives."""
    x = np.linspace(-2, 2, 9)[:, None]
    return x, np.abs(x[:, 0])


@pytest.mark.parametrize("hidden", ["relu", "tanh"])
def test_a_start_at_zero_does_not_move(bend, hidden):
    x, y = bend
    network = net.Network.start((1, 4, 1), hidden=hidden, start=net.zeros, rng=np.random.default_rng(6))
    for _ in range(50):
        network = network.step(x, y, net.SquaredError(), rate=0.1)
    assert not any(layer.weights.any() for layer in network.layers)
    assert not network.layers[0].biases.any()
    np.testing.assert_allclose(network(x), y.mean(), atol=1e-4)  # 0.8^50: the last bias has gone to the mean


def test_a_start_at_zero_keeps_hidden_nodes_alike(bend):
    x, y = bend
    network = net.Network.start((1, 4, 1), hidden="sigmoid", start=net.zeros, rng=np.random.default_rng(7))
    x = x + 0.5
    for _ in range(50):
        network = network.step(x, y, net.SquaredError(), rate=0.2)
    first, last = network.layers
    assert first.weights.all()
    assert np.ptp(first.weights) == np.ptp(first.biases) == np.ptp(last.weights) == 0


def test_a_random_start_learns(bend):
    x, y = bend
    network = net.Network.start((1, 4, 1), hidden="relu", start=net.he, rng=np.random.default_rng(1))
    before = network.error(x, y, net.SquaredError())
    for _ in range(100):
        network = network.step(x, y, net.SquaredError(), rate=0.1)
    assert network.error(x, y, net.SquaredError()) < 0.01 * before
