"""Losses of numbers: squared error, quantiles, and the normal distribution with its own spread in each row."""

import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from lacunet._typing import Bools, Floats
from lacunet.errors import SpecError

LOG_SD_RANGE = (-20.0, 20.0)
"""Log standard deviations are held in here: e^-20 and e^20 lie beyond those of any variable in any unit."""
HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class SquaredError:
    r"""Squared error of a number, :math:`(y - \hat y)^2`; its mean over rows is the mean squared error.

    For outcomes whose mean is wanted. A few values far out decide the fit: use `QuantileLoss` for the median then.

    Examples
    --------
    >>> SquaredError().loss(jnp.array([3.0, 1.0]), jnp.array([[1.0], [1.0]]))
    Array([4., 0.], dtype=float32)
    """

    name: ClassVar[str] = "squared_error"
    link: ClassVar[str] = "identity"
    needs: ClassVar[str] = "numbers"
    n_outputs: ClassVar[int] = 1
    n_shared: ClassVar[int] = 0

    def suits(self, outcome: Floats) -> Bools:
        """All finite numbers."""
        return np.isfinite(outcome)

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """(y - ŷ)²."""
        return (output[:, 0] - outcome) ** 2

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """2 (ŷ - y)."""
        return 2.0 * (output - outcome[:, None])

    def predict(self, output: jax.Array) -> jax.Array:
        """ŷ, shape ``(b,)``."""
        return output[:, 0]


@dataclass(frozen=True, slots=True)
class QuantileLoss:
    r"""Pinball loss of the quantiles of a number, averaged over their levels.

    .. math:: \rho_\tau(y - q) = \max(\tau (y - q), (\tau - 1)(y - q))

    For intervals and medians, without a word on the shape of the distribution.

    Attributes
    ----------
    at
        Levels τ of the quantiles, increasing, each between 0 and 1.

    References
    ----------
    Koenker, R., and G. Bassett. 1978. Regression quantiles. Econometrica 46(1): 33-50.
    Chernozhukov, V., I. Fernández-Val, and A. Galichon. 2010. Quantile and probability curves without crossing.
    Econometrica 78(3): 1093-1125. Predicted quantiles that cross are put in order.
    """

    name: ClassVar[str] = "quantile"
    link: ClassVar[str] = "identity"
    needs: ClassVar[str] = "numbers"
    n_shared: ClassVar[int] = 0
    at: tuple[float, ...] = (0.5,)

    def __post_init__(self) -> None:
        pairs = zip((0.0, *self.at), (*self.at, 1.0), strict=True)
        if not self.at or not all(low < high for low, high in pairs):
            raise SpecError(
                f"at={self.at!r} are no levels of quantiles. They must increase and lie between 0 and 1: "
                "write at=(0.05, 0.5, 0.95), say."
            )

    @property
    def n_outputs(self) -> int:
        """One a level τ."""
        return len(self.at)

    def suits(self, outcome: Floats) -> Bools:
        """All finite numbers."""
        return np.isfinite(outcome)

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """ρ_τ(y - q), averaged over τ."""
        tau, gap = self._levels(output), outcome[:, None] - output
        return jnp.mean(jnp.where(gap > 0, tau * gap, (tau - 1.0) * gap), axis=1)

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """1 - τ where y <= q and -τ above, divided by the number of levels."""
        return ((outcome[:, None] <= output) - self._levels(output)) / len(self.at)

    def predict(self, output: jax.Array) -> jax.Array:
        """Quantiles in order, shape ``(b, n_outputs)``."""
        return jnp.sort(output, axis=1)

    def _levels(self, output: jax.Array) -> jax.Array:
        return jnp.asarray(self.at, dtype=output.dtype)


@dataclass(frozen=True, slots=True)
class NormalLoss:
    r"""Minus log-likelihood of a normal number, from its mean and the logarithm of its standard deviation.

    .. math:: \ln \sigma + \tfrac12 \Bigl(\frac{y - \mu}{\sigma}\Bigr)^2 + \tfrac12 \ln 2\pi

    For outcomes that vary more in some rows than in others, which squared error does not see.

    References
    ----------
    Nix, D. A., and A. S. Weigend. 1994. Estimating the mean and variance of the target probability distribution.
    IEEE International Conference on Neural Networks, 55-60.
    Differs: ln σ is held in `LOG_SD_RANGE`, and has slope 0 beyond.
    """

    name: ClassVar[str] = "normal"
    link: ClassVar[str] = "identity"
    needs: ClassVar[str] = "numbers"
    n_outputs: ClassVar[int] = 2
    n_shared: ClassVar[int] = 0

    def suits(self, outcome: Floats) -> Bools:
        """All finite numbers."""
        return np.isfinite(outcome)

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """-ln φ((y - μ) / σ) + ln σ."""
        log_sd = jnp.clip(output[:, 1], *LOG_SD_RANGE)
        return log_sd + 0.5 * ((outcome - output[:, 0]) * jnp.exp(-log_sd)) ** 2 + HALF_LOG_TAU

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """-(y - μ) / σ² by the mean, 1 - ((y - μ) / σ)² by ln σ."""
        low, high = LOG_SD_RANGE
        precision = jnp.exp(-jnp.clip(output[:, 1], low, high))
        z = (outcome - output[:, 0]) * precision
        is_inside = (output[:, 1] > low) & (output[:, 1] < high)
        return jnp.stack([-z * precision, jnp.where(is_inside, 1.0 - z**2, 0.0)], axis=1)

    def predict(self, output: jax.Array) -> jax.Array:
        """μ, shape ``(b,)``."""
        return output[:, 0]
