"""Layers of nodes: what they compute, and how a derivative passes back through them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.net._activations import activate, differentiate, find_activation
from lacunet.net._float64 import as_floats


class LayerValues(NamedTuple):
    """What a layer computed: weighted sums z and values a, shape ``(n, k)`` each."""

    sums: Floats
    values: Floats


class LayerGradient(NamedTuple):
    """Derivatives of the error by a layer's weights, shape ``(p, k)``, and biases, shape ``(k,)``."""

    weights: Floats
    biases: Floats


@dataclass(frozen=True, eq=False)
class Layer:
    r"""Nodes side by side: each weighs all inputs, adds its bias and passes the sum on.

    .. math:: a = f(z), \quad z = x W + b

    Parameters
    ----------
    weights
        W, shape ``(p, k)``: one column a node.
    biases
        b, shape ``(k,)``.
    activation
        f, one of `ACTIVATIONS`.

    Raises
    ------
    SpecError
        When the activation is unknown, or the shapes do not fit.

    Examples
    --------
    >>> Layer([[2.0, -1.0]], [1.0, 0.0], "relu")([[5], [1], [-1]])
    array([[11.,  0.],
           [ 3.,  0.],
           [ 0.,  1.]])
    """

    weights: Floats
    biases: Floats
    activation: str = "identity"

    def __post_init__(self) -> None:
        find_activation(self.activation)
        # Copies, so that nobody's later change of an array changes a network.
        object.__setattr__(self, "weights", as_floats(self.weights, "weights").copy())
        object.__setattr__(self, "biases", as_floats(self.biases, "biases").copy())
        if self.weights.ndim != 2 or self.biases.shape != self.weights.shape[1:]:
            raise SpecError(
                f"weights have shape {self.weights.shape} and biases {self.biases.shape}. A layer of k nodes with p "
                "inputs needs shapes (p, k) and (k,): write one column of weights and one bias a node."
            )

    def __call__(self, x: Any) -> Floats:
        """Values of the nodes.

        Parameters
        ----------
        x
            Inputs, shape ``(n, p)``.

        Returns
        -------
        Floats
            a, shape ``(n, k)``.

        Raises
        ------
        DataError
            When x does not have shape ``(n, p)``.
        """
        return self.forward(x).values

    def forward(self, x: Any) -> LayerValues:
        """Weighted sums and values of the nodes.

        Parameters
        ----------
        x
            Inputs, shape ``(n, p)``.

        Returns
        -------
        LayerValues
            z and a.

        Raises
        ------
        DataError
            When x does not have shape ``(n, p)``.
        """
        inputs = as_floats(x, "x")
        if inputs.ndim != 2 or inputs.shape[1] != len(self.weights):
            raise DataError(
                f"x has shape {inputs.shape} and the layer {len(self.weights)} inputs. It needs shape "
                f"(n, {len(self.weights)}): hand over one list a row."
            )
        sums = inputs @ self.weights + self.biases
        return LayerValues(sums, activate(self.activation, sums))


def pull_through(activation: str, sums: Floats, slope: Floats) -> Floats:
    """Derivative by the weighted sums, from the derivative by the values."""
    derivative = differentiate(activation, sums)
    if find_activation(activation).is_elementwise:
        return slope * derivative
    return np.einsum("ni,nij->nj", slope, derivative)
