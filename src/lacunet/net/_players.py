"""The two players of a GAN on plain arrays: residual networks without normalisation, pure functions of their weights.

The stream h starts as a linear map of the inputs; each block adds what is not linear and starts at zero, so that the
game begins between two linear players and no layer has to be normalised to keep it stable (R3GAN).
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

Weights = dict[str, jax.Array]
SLOPE = 0.2
"""Slope of the activation below zero."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Player:
    """Static description of a player: inputs, outputs, and nodes of each block; the stream is as wide as the first.

    The generator reads noise (b, q) and writes rows (b, p); the discriminator reads rows and writes one score each.
    """

    n_in: int
    n_out: int
    hidden: tuple[int, ...] = (256, 256)


def start_player(player: Player, *, rng: np.random.Generator, last: float = 1.0) -> dict[str, NDArray[Any]]:
    """Weights before the game: He's variance, and zero for what each block adds.

    Parameters
    ----------
    player
        The description.
    rng
        Source of chance.
    last
        Factor on the last layer's weights; 0 for a player whose first answer is the same for all.

    Returns
    -------
    dict
        Arrays by name, float32.
    """
    width = player.hidden[0]
    params = {
        "w_in": rng.normal(0, player.n_in**-0.5, (player.n_in, width)),
        "b_in": np.zeros(width),
        "w_out": last * rng.normal(0, width**-0.5, (width, player.n_out)),
        "b_out": np.zeros(player.n_out),
    }
    for i, units in enumerate(player.hidden):
        params[f"up_{i}"] = rng.normal(0, (2 / width) ** 0.5, (width, units))
        params[f"up_b_{i}"] = np.zeros(units)
        params[f"down_{i}"] = np.zeros((units, width))
    return {name: array.astype(np.float32) for name, array in params.items()}


def think_of(player: Player, params: Weights, inputs: jax.Array) -> jax.Array:
    """Stream after the blocks, (b, k): what the last layer reads, and what feature matching compares."""
    stream = inputs @ params["w_in"] + params["b_in"]
    for i in range(len(player.hidden)):
        inner = jax.nn.leaky_relu(stream @ params[f"up_{i}"] + params[f"up_b_{i}"], SLOPE)
        stream = stream + inner @ params[f"down_{i}"]
    return stream


def answer(player: Player, params: Weights, inputs: jax.Array) -> jax.Array:
    """Outputs of a player.

    Parameters
    ----------
    player, params
        See `Player` and `start_player`.
    inputs
        Shape (b, n_in).

    Returns
    -------
    jax.Array
        Shape (b, n_out).
    """
    return jnp.dot(think_of(player, params, inputs), params["w_out"]) + params["b_out"]
