"""The perceptron: one node, which weighs its inputs, adds its bias and passes the sum on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.net._activations import ACTIVATIONS, activate, differentiate, find_activation
from lacunet.net._float64 import as_floats


@dataclass(frozen=True, slots=True)
class Perceptron:
    r"""One node: inputs in, weighted sum, activation, output out.

    To see what a network is made of. With the identity it is a linear regression, with the sigmoid a logistic
    regression, whose coefficients are the weights and whose constant is the bias; those are better fitted by
    regression than by a network.

    .. math:: a = f(z), \quad z = x'w + b

    Parameters
    ----------
    weight
        w: a number, for one input; or a list of p numbers.
    bias
        b.
    activation
        f, one of `ACTIVATIONS` but the softmax, which takes several nodes.

    Raises
    ------
    SpecError
        When there is no such activation for one node, or weights and bias have the shape of several nodes.
    DataError
        When weights or bias are no finite numbers.

    References
    ----------
    Rosenblatt, F. 1958. The perceptron. Psychological Review 65(6): 386-408.
    Differs: his nodes fire or do not; here the output is any activation of the sum, as in the networks of today.

    Examples
    --------
    >>> Perceptron(weight=2.0, bias=1.0, activation="relu")([5, 1, -1])
    array([11.,  3.,  0.])
    >>> Perceptron(weight=[0.5, -1.0], bias=2.0, activation="identity")([[2, 1], [0, 3]])
    array([ 2., -1.])
    """

    weight: float | Sequence[float]
    bias: float = 0.0
    activation: str = "identity"

    def __post_init__(self) -> None:
        if not find_activation(self.activation).is_elementwise:
            others = ", ".join(name for name, item in ACTIVATIONS.items() if item.is_elementwise)
            raise SpecError(
                f"activation={self.activation!r} shares 1 among several nodes, and a perceptron is one node. Take one "
                f"of: {others}; or a `Layer`."
            )
        weight = as_floats(self.weight, "weight")
        if weight.ndim > 1 or not weight.size:
            raise SpecError(
                f"weight has shape {weight.shape}. A perceptron takes one number or a list of them, one an input: "
                "take a `Layer` for a matrix of weights."
            )
        bias = as_floats(self.bias, "bias")
        if bias.ndim:
            raise SpecError(
                f"bias has shape {bias.shape}. A perceptron is one node and has one bias: write one number, or take a "
                "`Layer` for several nodes."
            )
        object.__setattr__(self, "weight", tuple(weight.tolist()) if weight.ndim else float(weight))
        object.__setattr__(self, "bias", float(bias))

    def __call__(self, x: Any) -> Floats:
        """Output of the node.

        Parameters
        ----------
        x
            Inputs: of any shape where the weight is one number, each an input of its own; else p numbers along the
            last axis.

        Returns
        -------
        Floats
            f(z), one a row.

        Raises
        ------
        DataError
            When the inputs are no finite numbers, or not as many as weights.
        """
        return activate(self.activation, self.weighted_sum(x))

    def weighted_sum(self, x: Any) -> Floats:
        """Weighted sum before the activation.

        Parameters
        ----------
        x
            Inputs, as above.

        Returns
        -------
        Floats
            z = x'w + b, one a row.

        Raises
        ------
        DataError
            When the inputs are no finite numbers, or not as many as weights.
        """
        inputs, weight = as_floats(x, "x"), np.asarray(self.weight)
        if not weight.ndim:
            return inputs * weight + self.bias
        if not inputs.ndim or inputs.shape[-1] != len(weight):
            raise DataError(
                f"x has shape {inputs.shape} and the perceptron {len(weight)} weights. The last axis of x must have "
                f"length {len(weight)}: hand over one number a weight, row by row."
            )
        return inputs @ weight + self.bias

    def gradient(self, x: Any) -> tuple[Floats, Floats]:
        r"""Derivative of the output by the weights and by the bias.

        .. math:: \frac{\partial a}{\partial w} = f'(z) x, \quad \frac{\partial a}{\partial b} = f'(z)

        Parameters
        ----------
        x
            Inputs, as above.

        Returns
        -------
        tuple
            By the weights, of the shape of x; and by the bias, one a row.

        Raises
        ------
        DataError
            When the inputs are no finite numbers, or not as many as weights.
        """
        inputs, by_bias = as_floats(x, "x"), differentiate(self.activation, self.weighted_sum(x))
        by_weight = by_bias * inputs if isinstance(self.weight, float) else by_bias[..., None] * inputs
        return by_weight, by_bias
