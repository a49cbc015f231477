"""Gradient descent on one node: the walk to what is solved exactly elsewhere."""

import numpy as np
import pandas as pd

from lacunet._check import check_count
from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.net import BinaryCrossEntropy, CategoricalCrossEntropy, Layer, Network, PoissonLoss, SquaredError
from lacunet.net._losses import Loss
from lacunet.prediction._exact import Node
from lacunet.prediction._formula_reader import INTERCEPT
from lacunet.prediction._outcome import Outcome

MOST_HALVINGS = 60


def descent_path(node: Node, outcome: Outcome, design: Floats, y: Floats, *, steps: int, rate: float) -> pd.DataFrame:
    """Follow full-batch gradient descent from weights of 0; see `FittedMlp.path`.

    Columns are standardised, since a gradient step is as long in each direction; coefficients are shown in the user's
    columns all the same.

    Parameters
    ----------
    node
        What was solved exactly.
    outcome
        Its outcome.
    design, y
        Its rows: (n, k) with the intercept, and (n,).
    steps, rate
        How many steps, and how long the first may be.

    Returns
    -------
    pandas.DataFrame
        step, loss, and a column for each coefficient.
    """
    steps = check_count(steps, "steps")
    if not (isinstance(rate, int | float) and 0 < rate < np.inf):
        raise SpecError(f"rate={rate!r} is no length of a step. Give a number above 0, such as 0.5.")
    loss = _loss(node, outcome)
    names = np.array(node.names, dtype=object)[node.kept]
    if INTERCEPT not in names:
        raise SpecError("path() needs a node with an intercept. Fit the formula without '- 1' or '+ 0'.")
    x = design[:, node.kept][:, names != INTERCEPT]
    centre, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - centre) / scale
    network = Network((Layer(np.zeros((z.shape[1], loss.n_outputs)), np.zeros(loss.n_outputs), "identity"),))
    at = _user(network, centre, scale, names, outcome)
    rows = [(0, network.error(z, y, loss), *at)]
    for step in range(1, steps + 1):
        network, now, rate = _descend(network, z, y, loss, rows[-1][1], rate)
        rows.append((step, now, *_user(network, centre, scale, names, outcome)))
    return pd.DataFrame(rows, columns=["step", "loss", *node.terms])


def _loss(node: Node, outcome: Outcome) -> Loss:
    losses: dict[str, Loss] = {"ols": SquaredError(), "logit": BinaryCrossEntropy(), "poisson": PoissonLoss()}
    if node.model == "multinomial":
        return CategoricalCrossEntropy(n_levels=len(outcome.levels))
    if node.model not in losses:
        raise SpecError(
            f"path() follows nodes of weights and a bias alone, and the model {node.model!r} has parameters that all "
            "rows share. Use it with numbers, binary or nominal outcomes, or counts."
        )
    return losses[node.model]


def _descend(
    network: Network, z: Floats, y: Floats, loss: Loss, before: float, rate: float
) -> tuple[Network, float, float]:
    """One step, shortened until the loss does not rise (rounding apart)."""
    for _ in range(MOST_HALVINGS):
        moved = network.step(z, y, loss, rate=rate)
        now = moved.error(z, y, loss)
        if now <= before + 1e-12 * abs(before):
            return moved, now, rate
        rate /= 2
    raise DataError("The loss falls along no step, however short. Look for extreme values among the inputs.")


def _user(network: Network, centre: Floats, scale: Floats, names: Floats, outcome: Outcome) -> Floats:
    """Coefficients of the user's columns in the order of the node's terms; levels are set against the first."""
    layer = network.layers[0]
    weights = layer.weights / scale[:, None]
    biases = layer.biases - centre @ weights
    if len(biases) > 1:
        weights, biases = weights - weights[:, :1], biases - biases[0]
        weights, biases = weights[:, 1:], biases[1:]
    full = np.empty((len(names), len(biases)))
    is_intercept = names == INTERCEPT
    full[~is_intercept], full[is_intercept] = weights, biases
    return full.ravel(order="F")
