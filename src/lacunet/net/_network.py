"""Layers of nodes, and backpropagation by hand: to see how a network learns.

Letters: x is a^0; layer l has weights W, biases b, weighted sums z = a^(l-1) W + b and values a = f(z). The error E is
the mean loss over the rows, and δ = ∂E/∂z. Networks in earnest are trained in the room `train`, from the same
activations and losses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.net._float64 import as_floats, in_float64
from lacunet.net._layer import Layer, LayerGradient, LayerValues, pull_through
from lacunet.net._losses import Loss, check_outcome
from lacunet.net._starts import Start, xavier


@dataclass(frozen=True, eq=False)
class Network:
    r"""Layers one after the other, with the gradient by the chain rule, step by step.

    To follow by hand what a network computes and how it learns; for data use the methods, which train the same
    functions faster. The loss is taken before its link where the last layer's activation is that link (a sigmoid with
    the binary cross-entropy, a softmax with the categorical one), and of the last layer's values otherwise.

    .. math::

        \delta^L = \frac{\partial E}{\partial z^L}, \quad \delta^{l-1} = (\delta^l W^{l\prime}) \odot f'(z^{l-1}), \quad
        \frac{\partial E}{\partial W^l} = a^{l-1\prime} \delta^l, \quad
        \frac{\partial E}{\partial b^l} = \textstyle\sum_i \delta^l_i

    Parameters
    ----------
    layers
        Layers in order; each has as many inputs as the one before has nodes.

    Raises
    ------
    SpecError
        When there is no layer, or neighbours do not fit.

    References
    ----------
    Rumelhart, D. E., G. E. Hinton, and R. J. Williams. 1986. Learning representations by back-propagating errors.
    Nature 323: 533-536.

    Examples
    --------
    A start at zero fails: without a difference between hidden nodes there is none to learn. Nodes of ReLU do not move
    at all, and the network learns the mean of the outcome (its last bias) and nothing else.

    >>> import numpy as np
    >>> from lacunet.net import SquaredError, he, zeros
    >>> x = np.array([[-2.0], [-1.0], [0.0], [1.0], [2.0]])
    >>> y = np.abs(x[:, 0])
    >>> rng = np.random.default_rng(1)
    >>> def learn(network):
    ...     for _ in range(100):
    ...         network = network.step(x, y, SquaredError(), rate=0.1)
    ...     return network(x)[:, 0].round(2) + 0.0
    >>> learn(Network.start((1, 4, 1), hidden="relu", start=zeros, rng=rng))
    array([1.2, 1.2, 1.2, 1.2, 1.2])
    >>> learn(Network.start((1, 4, 1), hidden="relu", start=he, rng=rng))
    array([2., 1., 0., 1., 2.])
    """

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers:
            raise SpecError("The network has no layer. It needs one at least: hand over layers=(Layer(...),).")
        for i, (before, after) in enumerate(pairwise(self.layers), start=1):
            if before.weights.shape[1] != after.weights.shape[0]:
                raise SpecError(
                    f"Layer {i} has {before.weights.shape[1]} nodes and layer {i + 1} takes {after.weights.shape[0]} "
                    "inputs. Each layer takes as many inputs as the one before has nodes: change one of the two."
                )

    @classmethod
    def start(
        cls,
        widths: Sequence[int],
        *,
        hidden: str = "relu",
        output: str = "identity",
        start: Start = xavier,
        rng: np.random.Generator,
    ) -> Self:
        """Network before training, with biases at zero.

        Parameters
        ----------
        widths
            Number of inputs, nodes of every hidden layer, number of outputs.
        hidden, output
            Activation of the hidden layers and of the last one.
        start
            How weights start: `xavier`, `he` or `zeros`.
        rng
            Source of chance.

        Returns
        -------
        Network
            One layer fewer than there are widths.

        Raises
        ------
        SpecError
            When an activation is unknown or fewer than two widths are given.
        """
        names = [hidden] * (len(widths) - 2) + [output]
        return cls(
            tuple(Layer(start(p, k, rng=rng), np.zeros(k), name) for (p, k), name in zip(pairwise(widths), names))
        )

    def __call__(self, x: Any) -> Floats:
        """Values of the last layer.

        Parameters
        ----------
        x
            Inputs, shape ``(n, p)``.

        Returns
        -------
        Floats
            Outputs, shape ``(n, q)``.

        Raises
        ------
        DataError
            When x does not have shape ``(n, p)``.
        """
        return self.forward(x)[-1].values

    def forward(self, x: Any) -> tuple[LayerValues, ...]:
        """Weighted sums and values of every layer.

        Parameters
        ----------
        x
            Inputs, shape ``(n, p)``.

        Returns
        -------
        tuple
            z and a, layer by layer.

        Raises
        ------
        DataError
            When x does not have shape ``(n, p)``.
        """
        passed: list[LayerValues] = []
        for layer in self.layers:
            passed.append(layer.forward(passed[-1].values if passed else x))
        return tuple(passed)

    def error(self, x: Any, outcome: Any, loss: Loss) -> float:
        """Mean loss over the rows.

        Parameters
        ----------
        x
            Inputs, shape ``(n, p)``.
        outcome
            y, shape ``(n,)``.
        loss
            What to take of them.

        Returns
        -------
        float
            E.

        Raises
        ------
        DataError
            When inputs or outcomes do not suit network or loss.
        """
        last = self.forward(x)[-1]
        y = self._check(outcome, loss, len(last.values))
        return float(in_float64(type(loss).loss, y, self._before_link(last, loss), loss=loss).mean())

    def backward(self, x: Any, outcome: Any, loss: Loss) -> tuple[LayerGradient, ...]:
        """Gradient of the mean loss by backpropagation.

        Parameters
        ----------
        x
            Inputs, shape ``(n, p)``.
        outcome
            y, shape ``(n,)``.
        loss
            What to take of them.

        Returns
        -------
        tuple
            Derivatives by weights and biases, layer by layer.

        Raises
        ------
        DataError
            When inputs or outcomes do not suit network or loss.
        """
        passed = self.forward(x)
        y = self._check(outcome, loss, len(passed[-1].values))
        last = self.layers[-1]
        delta = in_float64(type(loss).slope, y, self._before_link(passed[-1], loss), loss=loss) / len(y)
        if last.activation != loss.link:
            delta = pull_through(last.activation, passed[-1].sums, delta)
        gradients: list[LayerGradient] = []
        for i in range(len(self.layers) - 1, -1, -1):
            before = passed[i - 1].values if i else as_floats(x, "x")
            gradients.append(LayerGradient(before.T @ delta, delta.sum(axis=0)))
            if i:
                delta = pull_through(
                    self.layers[i - 1].activation, passed[i - 1].sums, delta @ self.layers[i].weights.T
                )
        return tuple(reversed(gradients))

    def step(self, x: Any, outcome: Any, loss: Loss, *, rate: float, weight_decay: float = 0.0) -> Self:
        r"""Network after one step down the gradient of all rows.

        .. math:: W \leftarrow W - \eta \Bigl(\frac{\partial E}{\partial W} + \lambda W\Bigr), \quad
            b \leftarrow b - \eta \frac{\partial E}{\partial b}

        Parameters
        ----------
        x
            Inputs, shape ``(n, p)``.
        outcome
            y, shape ``(n,)``.
        loss
            What shall fall.
        rate
            η, the length of the step as a share of the gradient. Halve it when the loss rises.
        weight_decay
            λ, the pull of the weights towards zero: the gradient of :math:`\tfrac{\lambda}{2} \sum W^2`. Biases are
            left alone.

        Returns
        -------
        Network
            A new network; this one stays as it is.

        Raises
        ------
        DataError
            When inputs or outcomes do not suit network or loss.
        """
        moved = [
            Layer(
                layer.weights - rate * (gradient.weights + weight_decay * layer.weights),
                layer.biases - rate * gradient.biases,
                layer.activation,
            )
            for layer, gradient in zip(self.layers, self.backward(x, outcome, loss), strict=True)
        ]
        return type(self)(tuple(moved))

    def _before_link(self, last: LayerValues, loss: Loss) -> Floats:
        return last.sums if self.layers[-1].activation == loss.link else last.values

    def _check(self, outcome: Any, loss: Loss, n_rows: int) -> Floats:
        n_nodes = len(self.layers[-1].biases)
        if n_nodes != loss.n_outputs:
            raise SpecError(
                f"The last layer has {n_nodes} nodes and the loss {loss.name!r} takes {loss.n_outputs}. They must be "
                "as many: change the last layer's width, or take another loss."
            )
        y = as_floats(outcome, "The outcome")
        if y.shape != (n_rows,) or not n_rows:
            raise DataError(
                f"The outcome has shape {y.shape} and x {n_rows} rows. It needs shape (n,), with n the rows of x and "
                "at least one: hand over one number a row."
            )
        check_outcome(loss, y)
        return y
