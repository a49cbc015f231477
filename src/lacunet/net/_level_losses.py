"""Losses of categories: yes or no, levels without order, levels in their order."""

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from lacunet._typing import Bools, Floats
from lacunet.errors import SpecError


@dataclass(frozen=True, slots=True)
class BinaryCrossEntropy:
    r"""Cross-entropy of a yes or no, from the logit z: :math:`-y \ln \pi - (1 - y) \ln(1 - \pi)`, π = 1/(1 + e^-z).

    The outcome may also be a share between 0 and 1.
    """

    name: ClassVar[str] = "binary_cross_entropy"
    link: ClassVar[str] = "sigmoid"
    needs: ClassVar[str] = "0 and 1 (or shares between them)"
    n_outputs: ClassVar[int] = 1
    n_shared: ClassVar[int] = 0

    def suits(self, outcome: Floats) -> Bools:
        """0 to 1."""
        return (outcome >= 0) & (outcome <= 1)

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """Sum of y ln(1 + e^-z) and (1 - y) ln(1 + e^z), which has no logarithm of 0."""
        z = output[:, 0]
        return outcome * jax.nn.softplus(-z) + (1.0 - outcome) * jax.nn.softplus(z)

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """π - y."""
        z, y = output, outcome[:, None]
        return (1.0 - y) * jax.nn.sigmoid(z) - y * jax.nn.sigmoid(-z)

    def predict(self, output: jax.Array) -> jax.Array:
        """π, shape ``(b,)``."""
        return jax.nn.sigmoid(output[:, 0])


@dataclass(frozen=True, slots=True)
class CategoricalCrossEntropy:
    r"""Cross-entropy of a category, :math:`-\ln \pi_y`, from one score z a level.

    .. math:: \pi_j = \frac{e^{z_j}}{\sum_l e^{z_l}}

    For levels without order; `OrdinalLoss` needs fewer outputs where they have one.

    Attributes
    ----------
    n_levels
        Number of levels c.
    """

    name: ClassVar[str] = "categorical_cross_entropy"
    link: ClassVar[str] = "softmax"
    n_shared: ClassVar[int] = 0
    n_levels: int

    def __post_init__(self) -> None:
        _check_levels(self.name, self.n_levels)

    @property
    def needs(self) -> str:
        """Positions of levels."""
        return f"positions of levels, 0 to {self.n_levels - 1}"

    @property
    def n_outputs(self) -> int:
        """One a level."""
        return self.n_levels

    def suits(self, outcome: Floats) -> Bools:
        """0, 1, ..., c - 1."""
        return _is_position(outcome, self.n_levels)

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """-ln π_y."""
        return -_pick(jax.nn.log_softmax(output, axis=1), outcome)

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """π_j - 1{y = j}."""
        own = jax.nn.one_hot(outcome.astype(jnp.int32), self.n_levels, dtype=output.dtype)
        return jax.nn.softmax(output, axis=1) - own

    def predict(self, output: jax.Array) -> jax.Array:
        """π, shape ``(b, c)``."""
        return jax.nn.softmax(output, axis=1)


@dataclass(frozen=True, slots=True)
class OrdinalLoss:
    r"""Minus log-likelihood of an ordered category, from one score and the widths between cut points.

    .. math:: \Pr(y \le j) = F(c_j - s), \quad F(x) = \frac{1}{1 + e^{-x}}, \quad c_0 = 0, \quad
        c_j = c_{j-1} + \ln(1 + e^{r_j})

    The outputs of a row are (s, r_1, ..., r_{c-2}). The first cut point is 0, since only s less the cut points counts:
    the score's constant takes its place. Widths are positive whatever r is, so that the order always holds. When the r
    are the same for all rows (``n_shared``) this is the ordered logit; when a network computes them from the row,
    levels may also differ in how fast they are passed.

    Attributes
    ----------
    n_levels
        Number of levels c.

    References
    ----------
    McCullagh, P. 1980. Regression models for ordinal data. Journal of the Royal Statistical Society B 42(2): 109-142.
    Differs: logarithms of the widths are the usual parameters; with r as above the probability between two cut points
    is F(c_j - s) F(s - c_{j-1}) F(r_j) exactly, which is safe in every tail.
    """

    name: ClassVar[str] = "ordinal"
    link: ClassVar[str] = "identity"
    n_levels: int

    def __post_init__(self) -> None:
        _check_levels(self.name, self.n_levels)

    @property
    def needs(self) -> str:
        """Positions of levels."""
        return f"positions of levels in their order, 0 to {self.n_levels - 1}"

    @property
    def n_outputs(self) -> int:
        """The score, and one width fewer than there are cut points."""
        return self.n_levels - 1

    @property
    def n_shared(self) -> int:
        """The widths."""
        return self.n_levels - 2

    def suits(self, outcome: Floats) -> Bools:
        """0, 1, ..., c - 1."""
        return _is_position(outcome, self.n_levels)

    def cuts(self, output: jax.Array) -> jax.Array:
        """Cut points c_0, ..., c_{c-2}, increasing, shape ``(b, c - 1)``."""
        widths = jax.nn.softplus(output[:, 1:])
        return jnp.pad(jnp.cumsum(widths, axis=1), ((0, 0), (1, 0)))

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """-ln Pr(y)."""
        return -_pick(self._log_shares(output), outcome)

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """By the score F(s - upper) - F(lower - s), and by each r through the cut points above its width."""
        y, score = outcome.astype(jnp.int32)[:, None], output[:, :1]
        cuts = self.cuts(output)
        at = jnp.arange(self.n_levels - 1)[None, :]
        # By each cut point: the upper one pulls with -F(s - c), the lower one with F(c - s).
        by_cut = jnp.where(at == y - 1, jax.nn.sigmoid(cuts - score), 0.0)
        by_cut = by_cut - jnp.where(at == y, jax.nn.sigmoid(score - cuts), 0.0)
        above = jax.lax.cumsum(by_cut, axis=1, reverse=True)
        r = output[:, 1:]
        own = jnp.where(at[:, 1:] == y, jax.nn.sigmoid(-r), 0.0)
        return jnp.concatenate([-above[:, :1], above[:, 1:] * jax.nn.sigmoid(r) - own], axis=1)

    def predict(self, output: jax.Array) -> jax.Array:
        """Probability of each level, shape ``(b, c)``."""
        return jnp.exp(self._log_shares(output))

    def _log_shares(self, output: jax.Array) -> jax.Array:
        distance = self.cuts(output) - output[:, :1]
        below_upper = jnp.pad(jax.nn.log_sigmoid(distance), ((0, 0), (0, 1)))
        above_lower = jnp.pad(jax.nn.log_sigmoid(-distance), ((0, 0), (1, 0)))
        between = jnp.pad(jax.nn.log_sigmoid(output[:, 1:]), ((0, 0), (1, 1)))
        return below_upper + above_lower + between


def _check_levels(name: str, n_levels: int) -> None:
    if n_levels < 2:
        raise SpecError(
            f"n_levels={n_levels} is too few for the loss {name!r}. A category has 2 levels at least: count "
            "those of the outcome, and leave it out where it never varies."
        )


def _is_position(outcome: Floats, n_levels: int) -> Bools:
    return (outcome >= 0) & (outcome < n_levels) & (outcome == np.floor(outcome))


def _pick(values: jax.Array, outcome: jax.Array) -> jax.Array:
    """Each row's value at its own level."""
    return jnp.take_along_axis(values, outcome.astype(jnp.int32)[:, None], axis=1)[:, 0]
