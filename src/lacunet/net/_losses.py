"""How wrong an output is: minus the log-likelihood of each row, from the last layer before its link.

A loss is a frozen (hashable) dataclass, so that a compiled program can take it as a static argument. Its functions are
of JAX arrays, keep the precision they are given, and stay finite with a finite gradient however far out the output is.
``slope`` is the derivative worked out by hand, which backpropagation starts from.
"""

from typing import ClassVar, Protocol

import jax
import numpy as np

from lacunet._typing import Bools, Floats
from lacunet.errors import DataError
from lacunet.net._count_losses import NegativeBinomialLoss, PoissonLoss
from lacunet.net._level_losses import BinaryCrossEntropy, CategoricalCrossEntropy, OrdinalLoss
from lacunet.net._number_losses import NormalLoss, QuantileLoss, SquaredError


class Loss(Protocol):
    """What a loss offers: b rows in, an outcome (b,) and an output (b, ``n_outputs``) each.

    Attributes
    ----------
    name
        As in `LOSSES`.
    link
        Activation that turns the output into a prediction, "identity" where it is not an activation.
    needs
        What an outcome must be, in words.
    n_outputs
        Outputs of a row (q).
    n_shared
        How many of the outputs, the last ones, are one number for everybody (cut points, ln α): a network holds them
        as parameters and appends them to each row.
    """

    name: ClassVar[str]
    link: ClassVar[str]

    @property
    def needs(self) -> str: ...

    @property
    def n_outputs(self) -> int: ...

    @property
    def n_shared(self) -> int: ...

    def suits(self, outcome: Floats) -> Bools:
        """Which outcomes the loss can be taken of, shape ``(b,)``."""

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """Loss of each row, shape ``(b,)``."""

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """Derivative of each row's loss by its output, shape ``(b, n_outputs)``."""

    def predict(self, output: jax.Array) -> jax.Array:
        """What the output says of the outcome: its expectation (b,), or its probabilities or quantiles (b, c)."""


def check_outcome(loss: Loss, outcome: Floats) -> None:
    """Refuse outcomes that a loss cannot be taken of.

    Raises
    ------
    DataError
        When one of them does not suit the loss.
    """
    wrong = outcome[~loss.suits(outcome)]
    if len(wrong):
        shown = ", ".join(f"{value:g}" for value in np.unique(wrong)[:4])
        raise DataError(
            f"The outcome holds {shown} ({len(wrong)} rows), and the loss {loss.name!r} needs {loss.needs}. Recode the "
            "outcome, or take another loss."
        )


LOSSES: dict[str, type[Loss]] = {
    kind.name: kind
    for kind in (
        SquaredError,
        QuantileLoss,
        NormalLoss,
        BinaryCrossEntropy,
        CategoricalCrossEntropy,
        OrdinalLoss,
        PoissonLoss,
        NegativeBinomialLoss,
    )
}
"""Name -> class of the loss. Those of levels take ``n_levels``, quantiles take ``at``, the others nothing."""
