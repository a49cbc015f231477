"""Losses of counts: Poisson, and the negative binomial for those that vary more."""

import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from lacunet._typing import Bools, Floats

LOG_MEAN_MAX = 30.0
"""Beyond e^30, a count nobody has seen, the exponential goes on along its tangent: finite, and never flat."""
LOG_ALPHA_RANGE = (math.log(1e-8), 20.0)
"""α of 1e-8 stands for Poisson, as in the regressions."""
RUNGS = 8
"""Factors of the rising factorial that are taken one by one, so that Stirling's series is good for the others."""


def mean_count(eta: jax.Array) -> jax.Array:
    """e^η, up to `LOG_MEAN_MAX`."""
    return jnp.exp(jnp.minimum(eta, LOG_MEAN_MAX))


@dataclass(frozen=True, slots=True)
class _Count:
    """What both losses of counts share."""

    link: ClassVar[str] = "identity"
    needs: ClassVar[str] = "counts: whole numbers from 0"

    def suits(self, outcome: Floats) -> Bools:
        """0, 1, 2, ..."""
        return (outcome >= 0) & (outcome == np.floor(outcome)) & np.isfinite(outcome)

    def predict(self, output: jax.Array) -> jax.Array:
        """μ, shape ``(b,)``."""
        return mean_count(output[:, 0])


@dataclass(frozen=True, slots=True)
class PoissonLoss(_Count):
    r"""Minus log-likelihood of a count, from the logarithm η of its mean: :math:`e^\eta - y \eta + \ln y!`.

    For counts whose variance is about their mean; `NegativeBinomialLoss` for others.

    References
    ----------
    Cameron, A. C., and P. K. Trivedi. 2013. Regression Analysis of Count Data, 2nd ed., 3.2. Cambridge University
    Press.
    Differs: beyond η = `LOG_MEAN_MAX` the exponential goes on as a straight line.
    """

    name: ClassVar[str] = "poisson"
    n_outputs: ClassVar[int] = 1
    n_shared: ClassVar[int] = 0

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """μ - y η + ln y!."""
        eta = output[:, 0]
        return (
            mean_count(eta) * (1.0 + jax.nn.relu(eta - LOG_MEAN_MAX))
            - outcome * eta
            + jax.scipy.special.gammaln(outcome + 1.0)
        )

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """μ - y."""
        return mean_count(output) - outcome[:, None]


@dataclass(frozen=True, slots=True)
class NegativeBinomialLoss(_Count):
    r"""Minus log-likelihood of a count with variance :math:`\mu + \alpha\mu^2`, from η = ln μ and τ = ln α.

    .. math:: (y + \tfrac1\alpha) \ln(1 + \alpha\mu) - y \eta - \sum_{j < y} \ln(1 + \alpha j) + \ln y!

    ln α is one number for everybody in the usual regression (``n_shared``).

    References
    ----------
    Cameron, A. C., and P. K. Trivedi. 2013. Regression Analysis of Count Data, 2nd ed., 3.3. Cambridge University
    Press.
    Differs: ln α is held in `LOG_ALPHA_RANGE`, and has slope 0 beyond.
    """

    name: ClassVar[str] = "negative_binomial"
    n_outputs: ClassVar[int] = 2
    n_shared: ClassVar[int] = 1

    def loss(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """-ln Pr(y)."""
        eta, tau = output[:, 0], jnp.clip(output[:, 1], *LOG_ALPHA_RANGE)
        spread = (outcome + jnp.exp(-tau)) * jax.nn.softplus(tau + eta)
        return spread - outcome * eta - log_rungs(outcome, tau) + jax.scipy.special.gammaln(outcome + 1.0)

    def slope(self, outcome: jax.Array, output: jax.Array) -> jax.Array:
        """(μ - y) / (1 + αμ) by η; by ln α (y + 1/α) αμ / (1 + αμ) - ln(1 + αμ) / α less the rungs' own."""
        eta, tau = output[:, 0], jnp.clip(output[:, 1], *LOG_ALPHA_RANGE)
        inverse, share = jnp.exp(-tau), jax.nn.sigmoid(tau + eta)
        # The rungs' own derivative has digammas that cancel; that of their series does not.
        rungs = jax.jvp(lambda t: log_rungs(outcome, t), (tau,), (jnp.ones_like(tau),))[1]
        by_tau = (outcome + inverse) * share - inverse * jax.nn.softplus(tau + eta) - rungs
        is_inside = (output[:, 1] > LOG_ALPHA_RANGE[0]) & (output[:, 1] < LOG_ALPHA_RANGE[1])
        return jnp.stack([(outcome + inverse) * share - outcome, jnp.where(is_inside, by_tau, 0.0)], axis=1)


def log_rungs(y: jax.Array, tau: jax.Array) -> jax.Array:
    r"""Sum of ln(1 + α j) over j = 0, ..., y - 1, without a loop over y.

    With r = 1/α it is ln Γ(r + y) - ln Γ(r) + y ln α. For small α both ln Γ are huge and almost equal, so that the
    first `RUNGS` factors are taken one by one and Stirling's series is subtracted from itself on paper for the others.
    """
    alpha = jnp.exp(tau)
    total = alpha * RUNGS + 1.0  # α R, with R = r + RUNGS
    big = total / alpha
    series = _stirling(big + y) - _stirling(big)
    rising = y * jnp.log(total) + (big + y - 0.5) * jnp.log1p(y / big) - y + series
    return rising - sum(jnp.log1p(alpha * y / (1.0 + alpha * i)) for i in range(RUNGS))


def _stirling(x: jax.Array) -> jax.Array:
    """What Stirling's formula lacks of ln Γ(x): 1/(12x) - 1/(360x³) + 1/(1260x⁵) - 1/(1680x⁷), x at least `RUNGS`."""
    inverse = 1.0 / x
    square = inverse**2
    return inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)))
