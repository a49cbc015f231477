"""Nodes against closed forms, SciPy, central differences and JAX's own gradients."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import erf, expit

from lacunet import net
from lacunet.errors import DataError, SpecError

EXACT = 1e-14
"""Closed forms in float64, a few roundings."""
SINGLE = 2e-6
"""A few roundings of float32, of numbers up to 30."""
DIFFERENCE = 1e-8
"""Central differences with a step of 1e-5: its square, and the rounding of values up to 30 divided by it."""

FAR = np.array([-1e4, -300.0, -40.0, 40.0, 300.0, 1e4])
NEAR = np.array([-30.0, -3.2, -1.0, -1e-3, 1e-3, 0.7, 2.5, 30.0])
ALL = np.concatenate([NEAR, [0.0], FAR])
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
CLOSED_FORMS = {
    "identity": lambda z: z,
    "sigmoid": expit,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.maximum(z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "selu": lambda z: SCALE * np.where(z > 0, z, ALPHA * (np.exp(np.minimum(z, 0)) - 1)),
    "tanh": np.tanh,
    "softplus": lambda z: np.logaddexp(0, z),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "gelu": lambda z: z * (1 + erf(z / 2**0.5)) / 2,
    "silu": lambda z: z * expit(z),
}


@functools.partial(jax.jit, static_argnums=0)
def compute(activation, z):
    """Value, derivative by hand, and derivative by JAX."""
    by_jax = jax.vmap(jax.grad(activation.function)) if activation.is_elementwise else jax.jacobian(activation.function)
    return activation.function(z), activation.derivative(z), by_jax(z)


def test_the_worked_example():
    node = net.Perceptron(weight=2.0, bias=1.0, activation="relu")
    found = node([5, 1, -1])
    assert found.tolist() == [11.0, 3.0, 0.0]
    assert found.dtype == np.float64
    assert repr(node) == "Perceptron(weight=2.0, bias=1.0, activation='relu')"


def test_every_activation_has_a_closed_form_here():
    assert set(CLOSED_FORMS) | {"softmax"} == set(net.ACTIVATIONS)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_values_and_derivatives(name):
    closed, step = CLOSED_FORMS[name], 1e-5
    np.testing.assert_allclose(net.activate(name, ALL), closed(ALL), rtol=1e-12, atol=EXACT)
    slope = (closed(NEAR + step) - closed(NEAR - step)) / (2 * step)
    np.testing.assert_allclose(net.differentiate(name, ALL)[: len(NEAR)], slope, atol=DIFFERENCE)


@pytest.mark.parametrize("name", net.ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", SINGLE), ("float64", EXACT)])
def test_near_and_far_the_derivative_is_finite_and_the_gradient(name, dtype, tolerance):
    with jax.enable_x64(True):
        value, by_hand, by_jax = compute(net.ACTIVATIONS[name], jnp.asarray(ALL, dtype=dtype))
    assert value.dtype == by_hand.dtype == dtype
    assert np.isfinite(value).all() and np.isfinite(by_hand).all()
    np.testing.assert_allclose(by_hand, by_jax, atol=tolerance)
    if name in CLOSED_FORMS:
        np.testing.assert_allclose(value, CLOSED_FORMS[name](ALL), rtol=SINGLE, atol=SINGLE)


@pytest.mark.parametrize(
    ("function", "name", "expected"),
    [
        (net.activate, "sigmoid", np.exp(-300.0)),
        (net.differentiate, "sigmoid", np.exp(-300.0)),
        (net.differentiate, "tanh", 4 * np.exp(-600.0)),
        (net.activate, "softplus", np.exp(-300.0)),
    ],
)
def test_tails_keep_their_digits(function, name, expected):
    found = function(name, ALL)[ALL == -300.0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_softmax_by_hand():
    np.testing.assert_allclose(net.activate("softmax", [0.0, np.log(3.0)]), [0.25, 0.75], atol=EXACT)
    np.testing.assert_array_equal(net.activate("softmax", [[1e4, -1e4], [-1e4, -1e4]]), [[1, 0], [0.5, 0.5]])
    share = np.array([0.25, 0.75])
    expected = np.diag(share) - np.outer(share, share)
    np.testing.assert_allclose(net.differentiate("softmax", [0.0, np.log(3.0)]), expected, atol=EXACT)
    assert net.differentiate("softmax", np.zeros((4, 3))).shape == (4, 3, 3)


@pytest.mark.parametrize("name", ["sigmoid", "gelu"])
def test_gradient_of_a_perceptron(name):
    x, weight, bias, step = np.array([[0.3, -1.2, 2.0], [1.0, 0.5, -0.1]]), np.array([0.5, -0.3, 0.8]), 0.1, 1e-5
    by_weight, by_bias = net.Perceptron(weight, bias, name).gradient(x)
    assert by_weight.shape == (2, 3) and by_bias.shape == (2,)
    shifts = [(weight + step * row, weight - step * row) for row in np.eye(3)]
    pairs = [(net.Perceptron(up, bias, name)(x), net.Perceptron(down, bias, name)(x)) for up, down in shifts]
    numeric = [(up - down) / (2 * step) for up, down in pairs]
    np.testing.assert_allclose(by_weight, np.transpose(numeric), atol=DIFFERENCE)
    up, down = net.Perceptron(weight, bias + step, name)(x), net.Perceptron(weight, bias - step, name)(x)
    np.testing.assert_allclose(by_bias, (up - down) / (2 * step), atol=DIFFERENCE)


def test_starts_have_their_variance():
    rng, p, k = np.random.default_rng(1), 50, 4000
    monte_carlo = 4 * (2 / (p * k)) ** 0.5
    assert np.var(net.xavier(p, k, rng=rng)) * p == pytest.approx(1.0, abs=monte_carlo)
    assert np.var(net.he(p, k, rng=rng)) * p == pytest.approx(2.0, abs=2 * monte_carlo)
    assert not net.zeros(p, 3).any() and net.zeros(p, 3).shape == (p, 3)


@pytest.mark.parametrize(("start", "hidden", "keeps"), [("he", "relu", True), ("xavier", "relu", False)])
def test_he_keeps_the_signal_of_relu_alive(start, hidden, keeps):
    rng = np.random.default_rng(2)
    network = net.Network.start([100] * 11, hidden=hidden, output=hidden, start=net.STARTS[start], rng=rng)
    x = rng.normal(size=(50, 100))
    share = np.mean(network(x) ** 2) / np.mean(x**2)
    assert (share > 0.2) == keeps  # each layer of Xavier's halves it: 2^-10


LINE = net.Network([net.Layer([[1.0]], [0.0])])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: net.activate("rleu", [1.0]), SpecError, "Did you mean 'relu'"),
        (lambda: net.activate("swishy", [1.0]), SpecError, "Use one of: identity, sigmoid"),
        (lambda: net.activate("softmax", 1.0), SpecError, "one number"),
        (lambda: net.activate("relu", ["a"]), DataError, "numbers"),
        (lambda: net.activate("relu", [[1], [1, 2]]), DataError, "same length"),
        (lambda: net.activate("relu", [np.nan, 1.0]), DataError, "missing or infinite"),
        (lambda: net.Perceptron(1.0, 0.0, "softmax"), SpecError, "one node"),
        (lambda: net.Perceptron([[1.0]]), SpecError, "Layer"),
        (lambda: net.Perceptron(1.0, [1.0, 2.0]), SpecError, "one bias"),
        (lambda: net.Perceptron("a"), DataError, "numbers"),
        (lambda: net.Perceptron([]), SpecError, "one number or a list"),
        (lambda: net.Perceptron([1.0, 2.0])([1.0, 2.0, 3.0]), DataError, "length 2"),
        (lambda: net.Layer([[1.0, 2.0]], [0.0]), SpecError, r"\(p, k\)"),
        (lambda: net.Layer([[1.0]], [0.0])([1.0, 2.0]), DataError, r"\(n, 1\)"),
        (lambda: net.Network([]), SpecError, "no layer"),
        (lambda: net.Network([net.Layer([[1.0, 2.0]], [0, 0]), net.Layer([[1.0]], [0])]), SpecError, "Layer 1 has 2"),
        (lambda: LINE.error([[1.0]], [1.0, 2.0], net.SquaredError()), DataError, "1 rows"),
        (lambda: LINE.error(np.ones((0, 1)), [], net.SquaredError()), DataError, "at least one"),
        (lambda: LINE.backward([[1.0]], [2.0], net.BinaryCrossEntropy()), DataError, "0 and 1"),
        (lambda: LINE.backward([[1.0]], [2.0], net.NormalLoss()), SpecError, "takes 2"),
    ],
)
def test_what_is_wrong_is_said(call, error, words):
    with pytest.raises(error, match=words):
        call()
