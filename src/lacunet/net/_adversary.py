r"""What the two players play for: losses of the discriminator D and the generator G, and the penalties on D's slopes.

Letters: x_r real and x_f generated rows, D(x) the discriminator's score before any link, :math:`R_1` and :math:`R_2`
the mean squared slope of D at real and at generated rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import jax
import jax.numpy as jnp

from lacunet.errors import SpecError

Critic = Callable[[jax.Array], jax.Array]
"""Scores (b,) of rows (b, p)."""


class Adversary(Protocol):
    """A pair of losses, each a mean over a batch."""

    @property
    def critic_steps(self) -> int:
        """Steps of the discriminator for each of the generator."""

    def of_critic(
        self, critic: Critic, real: jax.Array, fake: jax.Array, *, strength: jax.Array, key: jax.Array
    ) -> jax.Array:
        """Loss of the discriminator; ``strength`` is the share of the penalty that still holds."""

    def of_generator(self, critic: Critic, real: jax.Array, fake: jax.Array) -> jax.Array:
        """Loss of the generator."""


def slope_penalty(critic: Critic, rows: jax.Array) -> jax.Array:
    r"""Mean squared length of the discriminator's slope at rows.

    .. math:: R = \frac{1}{b} \sum_i \lVert \nabla_x D(x_i) \rVert^2

    Parameters
    ----------
    critic
        D.
    rows
        Where to take the slope, shape (b, p).

    Returns
    -------
    jax.Array
        A scalar.

    References
    ----------
    Mescheder, L., A. Geiger, and S. Nowozin. 2018. Which training methods for GANs do actually converge? ICML.
    """
    return jnp.mean(jnp.sum(_slopes(critic, rows) ** 2, axis=1))


def _slopes(critic: Critic, rows: jax.Array) -> jax.Array:
    return jax.grad(lambda x: critic(x).sum())(rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Relativistic:
    r"""Relativistic pairing loss with zero-centred penalties on real and generated rows: the default.

    The discriminator says which of a pair is real, so that no mode can be dropped without a price, and the penalties
    make the game converge near its end.

    .. math::

        L_D = \mathrm{E} f(D(x_r) - D(x_f)) + \frac{\gamma}{2} (R_1 + R_2), \quad
        L_G = \mathrm{E} f(D(x_f) - D(x_r)), \quad f(t) = \log(1 + e^{-t})

    Parameters
    ----------
    gamma
        Weight of the penalties.

    References
    ----------
    Huang, Y., A. Gokaslan, V. Kuleshov, and J. Tompkin. 2024. The GAN is dead; long live the GAN! A modern GAN
    baseline. NeurIPS.
    """

    gamma: float = 1.0
    critic_steps: int = 1

    def of_critic(
        self, critic: Critic, real: jax.Array, fake: jax.Array, *, strength: jax.Array, key: jax.Array
    ) -> jax.Array:
        """Loss of the discriminator."""
        penalty = slope_penalty(critic, real) + slope_penalty(critic, fake)
        return jnp.mean(jax.nn.softplus(critic(fake) - critic(real))) + 0.5 * self.gamma * strength * penalty

    def of_generator(self, critic: Critic, real: jax.Array, fake: jax.Array) -> jax.Array:
        """Loss of the generator."""
        return jnp.mean(jax.nn.softplus(critic(real) - critic(fake)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Wasserstein:
    r"""Wasserstein loss with a one-centred penalty between the rows, for teaching and comparison.

    .. math::

        L_D = \mathrm{E} D(x_f) - \mathrm{E} D(x_r) + \lambda \mathrm{E} (\lVert \nabla D(\hat x) \rVert - 1)^2, \quad
        L_G = -\mathrm{E} D(x_f), \quad \hat x = u x_r + (1 - u) x_f, \; u \sim U(0, 1)

    Parameters
    ----------
    weight
        λ.
    critic_steps
        Steps of the discriminator for each of the generator.

    References
    ----------
    Gulrajani, I., F. Ahmed, M. Arjovsky, V. Dumoulin, and A. Courville. 2017. Improved training of Wasserstein GANs.
    NeurIPS.
    """

    weight: float = 10.0
    critic_steps: int = 5

    def of_critic(
        self, critic: Critic, real: jax.Array, fake: jax.Array, *, strength: jax.Array, key: jax.Array
    ) -> jax.Array:
        """Loss of the discriminator."""
        u = jax.random.uniform(key, (len(real), 1))
        length = jnp.sqrt(jnp.sum(_slopes(critic, u * real + (1 - u) * fake) ** 2, axis=1) + 1e-12)
        penalty = jnp.mean((length - 1) ** 2)
        return jnp.mean(critic(fake)) - jnp.mean(critic(real)) + self.weight * strength * penalty

    def of_generator(self, critic: Critic, real: jax.Array, fake: jax.Array) -> jax.Array:
        """Loss of the generator."""
        return -jnp.mean(critic(fake))


@dataclass(frozen=True, kw_only=True, slots=True)
class Minimax:
    r"""The loss of the first GAN, for teaching: it may cycle, and it may drop modes.

    .. math::

        L_D = -\mathrm{E} \log \sigma(D(x_r)) - \mathrm{E} \log(1 - \sigma(D(x_f))), \quad
        L_G = -\mathrm{E} \log \sigma(D(x_f)) \;\text{ or, saturating, }\; \mathrm{E} \log(1 - \sigma(D(x_f)))

    Parameters
    ----------
    saturating
        Whether the generator plays the very same game, whose slope vanishes while it still loses badly.

    References
    ----------
    Goodfellow, I., J. Pouget-Abadie, M. Mirza, B. Xu, D. Warde-Farley, S. Ozair, A. Courville, and Y. Bengio. 2014.
    Generative adversarial nets. NeurIPS.
    """

    saturating: bool = False
    critic_steps: int = 1

    def of_critic(
        self, critic: Critic, real: jax.Array, fake: jax.Array, *, strength: jax.Array, key: jax.Array
    ) -> jax.Array:
        """Loss of the discriminator."""
        return jnp.mean(jax.nn.softplus(-critic(real))) + jnp.mean(jax.nn.softplus(critic(fake)))

    def of_generator(self, critic: Critic, real: jax.Array, fake: jax.Array) -> jax.Array:
        """Loss of the generator."""
        loss = -jax.nn.softplus(critic(fake)) if self.saturating else jax.nn.softplus(-critic(fake))
        return jnp.mean(loss)


LOSSES_OF_GAMES = ("relativistic", "wasserstein", "minimax", "saturating")


def find_adversary(name: str, *, gamma: float) -> Adversary:
    """Losses by name: one of "relativistic", "wasserstein", "minimax" and "saturating".

    Raises
    ------
    SpecError
        When the name is unknown.
    """
    games: dict[str, Adversary] = {
        "relativistic": Relativistic(gamma=gamma),
        "wasserstein": Wasserstein(),
        "minimax": Minimax(),
        "saturating": Minimax(saturating=True),
    }
    if name not in games:
        raise SpecError(f"loss={name!r} is not known. Use one of: {', '.join(LOSSES_OF_GAMES)}.")
    return games[name]
