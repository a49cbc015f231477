"""What a node does with its weighted sum: activations with their derivatives, finite however far out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lacunet._typing import Floats
from lacunet.errors import SpecError, suggest
from lacunet.net._float64 import as_floats, in_float64

Elementwise = Callable[[jax.Array], jax.Array]

LEAK = 0.01
"""Slope of the leaky ReLU below 0."""
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""With these a layer of independent standard normal values gives values of mean 0 and variance 1 again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Activation:
    """One activation f, its derivative f', and its name (hashable: a static argument of compiled programs).

    Both are functions of JAX arrays that keep the precision of what they are given. At a kink the derivative is the
    one from the left.

    Attributes
    ----------
    name
        As in `ACTIVATIONS`.
    function
        f, of an array of any shape.
    derivative
        f', of the same shape; of the softmax the Jacobian, with one axis more at the end.
    is_elementwise
        Whether each value depends on its own place alone. The softmax's depend on the whole last axis.
    """

    name: str
    function: Elementwise
    derivative: Elementwise
    is_elementwise: bool = True


def leaky_relu(z: jax.Array) -> jax.Array:
    """Positive z as it is, negative z times `LEAK`."""
    return jnp.where(z > 0, z, LEAK * z)


def gelu(z: jax.Array) -> jax.Array:
    """Weighted sum z times the normal probability of less than z, exact."""
    return z * jax.scipy.special.ndtr(z)


def softmax(z: jax.Array) -> jax.Array:
    """Shares of exp(z) along the last axis."""
    return jax.nn.softmax(z, axis=-1)


def _above(z: jax.Array) -> jax.Array:
    return (z > 0).astype(z.dtype)


def _elu_slope(z: jax.Array) -> jax.Array:
    # The minimum keeps the branch that is not taken finite.
    return jnp.where(z > 0, 1.0, jnp.exp(jnp.minimum(z, 0.0)))


def _selu_slope(z: jax.Array) -> jax.Array:
    return SELU_SCALE * jnp.where(z > 0, 1.0, SELU_ALPHA * jnp.exp(jnp.minimum(z, 0.0)))


def _sigmoid_slope(z: jax.Array) -> jax.Array:
    # f(z) f(-z), not f (1 - f), which is 0 as soon as f rounds to 1.
    return jax.nn.sigmoid(z) * jax.nn.sigmoid(-z)


def _gelu_slope(z: jax.Array) -> jax.Array:
    return jax.scipy.special.ndtr(z) + z * jax.scipy.stats.norm.pdf(z)


def _silu_slope(z: jax.Array) -> jax.Array:
    return jax.nn.sigmoid(z) + z * _sigmoid_slope(z)


def _softmax_jacobian(z: jax.Array) -> jax.Array:
    share = softmax(z)
    return share[..., :, None] * (jnp.eye(z.shape[-1], dtype=z.dtype) - share[..., None, :])


_FUNCTIONS: tuple[tuple[str, Elementwise, Elementwise], ...] = (
    ("identity", lambda z: z, jnp.ones_like),
    ("sigmoid", jax.nn.sigmoid, _sigmoid_slope),
    ("relu", jax.nn.relu, _above),
    ("leaky_relu", leaky_relu, lambda z: jnp.where(z > 0, 1.0, jnp.full_like(z, LEAK))),
    ("elu", jax.nn.elu, _elu_slope),
    ("selu", jax.nn.selu, _selu_slope),
    ("tanh", jnp.tanh, lambda z: 4.0 * _sigmoid_slope(2.0 * z)),
    ("softplus", jax.nn.softplus, jax.nn.sigmoid),
    ("softsign", jax.nn.soft_sign, lambda z: (1.0 + jnp.abs(z)) ** -2.0),
    ("gelu", gelu, _gelu_slope),
    ("silu", jax.nn.silu, _silu_slope),
    ("softmax", softmax, _softmax_jacobian),
)

ACTIVATIONS: dict[str, Activation] = {
    name: Activation(name=name, function=function, derivative=derivative, is_elementwise=name != "softmax")
    for name, function, derivative in _FUNCTIONS
}
"""Name -> activation."""


def find_activation(name: str) -> Activation:
    """Activation of this name; its ``function`` is what a network calls.

    Parameters
    ----------
    name
        One of `ACTIVATIONS`.

    Returns
    -------
    Activation
        The function of JAX arrays with its derivative.

    Raises
    ------
    SpecError
        When there is none of this name.
    """
    if name not in ACTIVATIONS:
        raise SpecError(
            f"activation={name!r} is not known here. Use one of: {', '.join(ACTIVATIONS)}. "
            f"{suggest(name, ACTIVATIONS)}".rstrip()
        )
    return ACTIVATIONS[name]


def activate(name: str, z: Any) -> Floats:
    r"""Apply an activation to numbers.

    To look at an activation, or to compute a small network by hand. A network being trained calls the function behind
    it, which `find_activation` gives.

    .. math::

        \text{sigmoid: } & \tfrac{1}{1 + e^{-z}}, \quad \text{relu: } \max(0, z), \quad
        \text{leaky_relu: } \max(z, 0.01 z), \quad \text{elu: } e^z - 1 \text{ below } 0,

        \text{softplus: } & \ln(1 + e^z), \quad \text{softsign: } \tfrac{z}{1 + |z|}, \quad
        \text{gelu: } z \Phi(z), \quad \text{silu: } \tfrac{z}{1 + e^{-z}}, \quad
        \text{softmax: } \tfrac{e^{z_j}}{\sum_l e^{z_l}}

    Parameters
    ----------
    name
        One of `ACTIVATIONS`.
    z
        Weighted sums, of any shape; the softmax runs along the last axis.

    Returns
    -------
    Floats
        f(z), of the same shape.

    Raises
    ------
    SpecError
        When there is no activation of this name.
    DataError
        When z holds anything but finite numbers.

    References
    ----------
    Clevert, D.-A., T. Unterthiner, and S. Hochreiter. 2016. Fast and accurate deep network learning by exponential
    linear units (ELUs). ICLR.
    Klambauer, G., T. Unterthiner, A. Mayr, and S. Hochreiter. 2017. Self-normalizing neural networks. NeurIPS 30.
    Hendrycks, D., and K. Gimpel. 2016. Gaussian error linear units (GELUs). arXiv:1606.08415.
    Differs: the GELU is exact; many programs take an approximation with tanh.

    Examples
    --------
    >>> activate("relu", [11, 3, -1])
    array([11.,  3.,  0.])
    >>> activate("softmax", [1e4, 1e4, -1e4])
    array([0.5, 0.5, 0. ])
    """
    return in_float64(find_activation(name).function, _as_sums(name, z))


def differentiate(name: str, z: Any) -> Floats:
    r"""Derivative of an activation.

    It says how much of an error passes back through a node: a sigmoid far from 0 lets next to nothing through, which
    is why deep networks of sigmoids learn slowly.

    Parameters
    ----------
    name
        One of `ACTIVATIONS`.
    z
        Weighted sums, of any shape.

    Returns
    -------
    Floats
        f'(z), of the same shape, at a kink the derivative from the left; for "softmax" the Jacobian
        :math:`\partial f_i / \partial z_j = f_i (1\{i = j\} - f_j)`, with one axis more.

    Raises
    ------
    SpecError
        When there is no activation of this name.
    DataError
        When z holds anything but finite numbers.

    Examples
    --------
    >>> differentiate("sigmoid", [0.0, 30.0]).round(15)
    array([2.5e-01, 9.4e-14])
    """
    return in_float64(find_activation(name).derivative, _as_sums(name, z))


def _as_sums(name: str, z: Any) -> Floats:
    floats = as_floats(z, "z")
    if floats.ndim == 0 and name == "softmax":
        raise SpecError(
            "The softmax was given one number. It shares 1 among several nodes and needs at least a list: hand over "
            "one number a node, or use 'sigmoid' for a single node."
        )
    return floats
