"""Autoencoders: rows through a bottleneck and back, with variables of mixed kinds side by side.

A variable has as many columns in the output as in the input, whatever its kind: one a number, a binary or an ordinal
variable, one a level of a nominal one. That is what lets the decoder be the encoder's mirror (tied weights).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Integers
from lacunet.net._activations import find_activation
from lacunet.net._feed_forward import HostParams
from lacunet.net._level_losses import OrdinalLoss
from lacunet.net._losses import Loss
from lacunet.net._starts import he, xavier

Params = Mapping[str, jax.Array]
Corruption = Literal["masking", "gaussian", "swap"]

ONE_SIDED = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})
"""Activations that silence half of their inputs, so that He's start keeps the variance."""


@dataclass(frozen=True, slots=True)
class Head:
    """Variables side by side that share a loss.

    Attributes
    ----------
    loss
        Of each of them.
    count
        How many they are.
    n_shared
        How many outputs of the loss, the last ones, are parameters of the variable: the same for every row.
    """

    loss: Loss
    count: int
    n_shared: int = 0

    @property
    def width(self) -> int:
        """Columns of each variable."""
        return self.loss.n_outputs - self.n_shared


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoencoderNet:
    """Static description of the network (hashable: one compiled program each).

    Attributes
    ----------
    heads
        Variables, group by group.
    hidden
        Nodes of the encoder's layers; the decoder has them in reverse.
    latent
        Nodes of the bottleneck (k), which have no activation.
    activation
        Of the hidden layers.
    tied
        Whether the decoder's weights are the encoder's, transposed.
    variational
        Whether the encoder gives a mean and a spread of every latent.
    """

    heads: tuple[Head, ...]
    hidden: tuple[int, ...]
    latent: int
    activation: str = "elu"
    tied: bool = False
    variational: bool = False

    @property
    def n_variables(self) -> int:
        """Variables of a row (p)."""
        return sum(head.count for head in self.heads)

    @property
    def widths(self) -> tuple[int, ...]:
        """Columns before and after every layer of the encoder; the decoder's are the same in reverse."""
        return (sum(head.width * head.count for head in self.heads), *self.hidden, self.latent)

    @property
    def owner(self) -> Integers:
        """Variable of each column, shape ``(q,)``."""
        each = [np.full(head.count, head.width) for head in self.heads]
        return np.repeat(np.arange(self.n_variables), np.concatenate(each))


def start_autoencoder(net: AutoencoderNet, *, rng: np.random.Generator) -> HostParams:
    """Weights to train from: He's or Xavier's start; biases, parameters of variables and weights of flags at 0.

    A row's flags say of each variable whether it is missing, then of each whether it does not apply. Where nothing is
    ever missing in training their weights stay 0, so that a missing cell is read as the mean.
    """
    pairs = list(zip(net.widths[:-1], net.widths[1:], strict=True))
    kind = he if net.activation in ONE_SIDED else xavier
    last = len(pairs) - 1
    params: dict[str, NDArray[Any]] = {"flags": np.zeros((2 * net.n_variables, net.widths[1]))}
    for i, (before, after) in enumerate(pairs):
        params[f"w_{i}"] = (kind if 0 < i < last else xavier)(before, after, rng=rng)
        params[f"b_{i}"] = np.zeros(after)
    for i, (after, before) in enumerate(reversed(pairs)):
        if not net.tied:
            params[f"v_{i}"] = (kind if 0 < i < last else xavier)(before, after, rng=rng)
        params[f"c_{i}"] = np.zeros(after)
    if net.variational:
        # A spread that starts the same for every row: the first steps learn the means.
        params["w_spread"] = np.zeros((net.widths[-2], net.latent))
        params["b_spread"] = np.zeros(net.latent)
        if last == 0:
            params["flags_spread"] = np.zeros((2 * net.n_variables, net.latent))
    params["shared"] = np.zeros(sum(head.count * head.n_shared for head in net.heads))
    return {name: array.astype(np.float32) for name, array in params.items()}


def encode(net: AutoencoderNet, params: Params, x: jax.Array, flags: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Means (b, k) of the latents and the logarithms of their variances (b, k), which are 0 unless variational."""
    function = find_activation(net.activation).function
    last = len(net.widths) - 2
    for i in range(last):
        x = function(x @ params[f"w_{i}"] + params[f"b_{i}"] + (flags @ params["flags"] if i == 0 else 0.0))
    mean = x @ params[f"w_{last}"] + params[f"b_{last}"] + (flags @ params["flags"] if last == 0 else 0.0)
    if not net.variational:
        return mean, jnp.zeros_like(mean)
    spread = x @ params["w_spread"] + params["b_spread"]
    return mean, spread + (flags @ params["flags_spread"] if last == 0 else 0.0)


def decode(net: AutoencoderNet, params: Params, z: jax.Array) -> jax.Array:
    """Output of latents (b, k) before its links, shape ``(b, q)``."""
    function = find_activation(net.activation).function
    last = len(net.widths) - 2
    for i in range(last + 1):
        weight = params[f"w_{last - i}"].T if net.tied else params[f"v_{i}"]
        z = z @ weight + params[f"c_{i}"]
        z = function(z) if i < last else z
    return z


def _by_head(net: AutoencoderNet, params: Params, out: jax.Array) -> Iterator[tuple[Head, slice, jax.Array]]:
    """Each head, its variables, and their outputs (b * count, n_outputs) with what all rows share."""
    b, column, slot, place = len(out), 0, 0, 0
    for head in net.heads:
        n, wide, shared = head.count, head.count * head.width, head.count * head.n_shared
        own = out[:, column : column + wide].reshape(b, n, head.width)
        common = params["shared"][place : place + shared].reshape(1, n, head.n_shared)
        own = jnp.concatenate([own, jnp.broadcast_to(common, (b, n, head.n_shared))], axis=2)
        yield head, slice(slot, slot + n), own.reshape(b * n, -1)
        column, slot, place = column + wide, slot + n, place + shared


def cell_losses(net: AutoencoderNet, params: Params, out: jax.Array, target: jax.Array) -> jax.Array:
    """Loss of every cell, shape ``(b, p)``; ``target`` (b, p) holds standardised numbers and positions of levels."""
    parts = [
        head.loss.loss(target[:, at].reshape(-1), own).reshape(len(out), head.count)
        for head, at, own in _by_head(net, params, out)
    ]
    return jnp.concatenate(parts, axis=1)


def predictions(net: AutoencoderNet, params: Params, out: jax.Array) -> tuple[jax.Array, ...]:
    """For each head what is expected: numbers and shares of the upper level (b, count), or shares (b, count, c)."""
    said = ((head, head.loss.predict(own)) for head, _, own in _by_head(net, params, out))
    return tuple(values.reshape(len(out), head.count, *values.shape[1:]) for head, values in said)


def expected_columns(net: AutoencoderNet, params: Params, z: jax.Array) -> jax.Array:
    """Expectation of every column given latents, (b, q): number, share of the upper level or of each, or position."""
    parts = []
    for head, said in zip(net.heads, predictions(net, params, decode(net, params, z)), strict=True):
        if isinstance(head.loss, OrdinalLoss):
            said = said @ jnp.arange(head.loss.n_levels, dtype=said.dtype)
        parts.append(said.reshape(len(z), -1))
    return jnp.concatenate(parts, axis=1)


def mean_slopes(net: AutoencoderNet, params: Params, z: jax.Array, turn: jax.Array) -> jax.Array:
    """Derivative of `expected_columns` along each row of ``turn`` (k, k), averaged over the rows of z: (k, q)."""

    def along(direction: jax.Array) -> jax.Array:
        tangent = jnp.broadcast_to(direction, z.shape)
        return jax.jvp(lambda at: expected_columns(net, params, at), (z,), (tangent,))[1].mean(axis=0)

    return jax.vmap(along)(turn)


def corrupt(
    net: AutoencoderNet, noise: float, kind: str, data: Mapping[str, jax.Array], rows: jax.Array, *, key: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Input (b, q) and flags (b, 2p) of rows after noise, which touches observed cells only.

    "masking" hides a cell with probability ``noise`` as if it were missing, flag included; "gaussian" adds normal noise
    of standard deviation ``noise`` to every column; "swap" puts with probability ``noise`` another row's cell in its
    place (if that one is missing, a missing cell).
    """
    x, flags, seen = data["x"][rows], data["flags"][rows], data["seen"][rows]
    k_cell, k_other = jax.random.split(key)
    if kind == "gaussian":
        return x + noise * jax.random.normal(k_cell, x.shape) * seen[:, net.owner], flags
    p = net.n_variables
    hit = jax.random.bernoulli(k_cell, noise, seen.shape) & seen
    if kind == "masking":
        return jnp.where(hit[:, net.owner], 0.0, x), flags.at[:, :p].max(hit.astype(flags.dtype))
    other = data["pick"][jax.random.randint(k_other, seen.shape, 0, data["n_pick"])]
    x = jnp.where(hit[:, net.owner], data["x"][other[:, net.owner], jnp.arange(x.shape[1])], x)
    hit, twice = jnp.tile(hit, 2), jnp.tile(other, 2)
    return x, jnp.where(hit, data["flags"][twice, jnp.arange(2 * p)], flags)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconstructing:
    r"""What an autoencoder learns: the observed cells of a row, from the row or from a corrupted copy of it.

    .. math:: \frac{\sum_i \big[\sum_{j \in O_i} L_j(x_{ij}, g(z_i)) +
              \text{KL}(N(\mu_i, \sigma_i^2) \,\|\, N(0, I))\big]}{\sum_i |O_i|}

    with O the observed cells of row i, :math:`z_i = f(\tilde x_i)` of its corrupted copy, and the second term in the
    variational case only, where :math:`z_i = \mu_i + \sigma_i \varepsilon`.

    Attributes
    ----------
    net
        The network.
    noise, corruption
        See `corrupt`.

    References
    ----------
    Vincent, P., H. Larochelle, Y. Bengio, and P.-A. Manzagol. 2008. Extracting and composing robust features with
    denoising autoencoders. ICML, 1096-1103.
    Kingma, D. P., and M. Welling. 2014. Auto-encoding variational Bayes. ICLR.
    Differs: masking sets the cell's flag too, so that what is learned from noise serves where answers are missing.
    """

    net: AutoencoderNet
    noise: float = 0.0
    corruption: str = "masking"

    def loss(self, params: Params, data: Mapping[str, jax.Array], rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Mean loss of the observed cells of the rows of one batch."""
        k_noise, k_latent = jax.random.split(key)
        x, flags = data["x"][rows], data["flags"][rows]
        if self.noise > 0:
            x, flags = corrupt(self.net, self.noise, self.corruption, data, rows, key=k_noise)
        mean, log_variance = encode(self.net, params, x, flags)
        divergence = jnp.zeros(())
        if self.net.variational:
            # NOTE[DIFF]: the variance is held between e^-12 and e^12, where no posterior of a survey row lies.
            log_variance = jnp.clip(log_variance, -12.0, 12.0)
            divergence = 0.5 * jnp.sum(mean**2 + jnp.exp(log_variance) - 1.0 - log_variance)
            mean = mean + jnp.exp(0.5 * log_variance) * jax.random.normal(k_latent, mean.shape)
        losses = cell_losses(self.net, params, decode(self.net, params, mean), data["target"][rows])
        seen = data["seen"][rows]
        return (jnp.sum(jnp.where(seen, losses, 0.0)) + divergence) / jnp.maximum(jnp.sum(seen), 1)
