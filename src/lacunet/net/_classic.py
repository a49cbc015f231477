"""The published MIDAS network: a denoising autoencoder of ELU layers with dropout, trained on hidden cells."""

from collections.abc import Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from lacunet.family._flat import FlatShape

Arrays = dict[str, jax.Array]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassicNet:
    """Static description of the network (hashable: one compiled program each).

    Attributes
    ----------
    shape
        Columns in and out.
    hidden
        Units of the encoder's layers; the decoder has them in reverse.
    corrupt, dropout
        Probability that a cell of the input is hidden, and that a unit is.
    """

    shape: FlatShape
    hidden: tuple[int, ...]
    corrupt: float
    dropout: float

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of every layer, input and output included; encoder and decoder share the innermost."""
        q = self.shape.n_columns
        return (q, *self.hidden, *self.hidden[-2::-1], q)


def start(net: ClassicNet, *, key: jax.Array) -> Arrays:
    """Xavier start: normal weights of variance 1/k, k the units on both sides, cut at two deviations; biases 0."""
    pairs = list(zip(net.widths[:-1], net.widths[1:], strict=True))
    params = {}
    for i, (before, after) in enumerate(pairs):
        deviation = (before + after) ** -0.5
        params[f"w_{i}"] = deviation * jax.random.truncated_normal(
            jax.random.fold_in(key, i), -2.0, 2.0, (before, after)
        )
        params[f"b_{i}"] = jnp.zeros(after)
    return params


def spread(shape: FlatShape, per_slot: jax.Array) -> jax.Array:
    """Repeat one value a variable (b, p) over its columns (b, q)."""
    parts = [per_slot[:, : shape.n_single]]
    parts += [jnp.repeat(per_slot[:, at], width, axis=1) for at, _, width, _ in groups(shape)]
    return jnp.concatenate(parts, axis=1)


def groups(shape: FlatShape) -> Iterator[tuple[slice, slice, int, int]]:
    """Slots, columns, levels and count of each group of categories."""
    slot, column = shape.n_single, shape.n_single
    for width, count in shape.groups:
        yield slice(slot, slot + count), slice(column, column + width * count), width, count
        slot, column = slot + count, column + width * count


def columns(shape: FlatShape, rows: Arrays) -> jax.Array:
    """Input (b, q): scaled numbers, binaries 0 or 1, one indicator a level; 0 where nothing is observed."""
    level = rows["level"]
    parts = [rows["number"], level[:, : shape.n_binary].astype(jnp.float32)]
    for at, _, width, _ in groups(shape):
        mine = level[:, at.start - shape.n_numbers : at.stop - shape.n_numbers]
        parts.append(jax.nn.one_hot(mine, width).reshape(len(level), -1))
    return jnp.concatenate(parts, axis=1) * spread(shape, rows["seen"])


def forward(net: ClassicNet, params: Arrays, x: jax.Array, *, key: jax.Array | None) -> jax.Array:
    """Output before its links, shape (b, q): ELU layers, dropout before every one but the first; none without a key."""
    depth = len(net.widths) - 1
    for i in range(depth):
        if i and key is not None:
            keep = jax.random.bernoulli(jax.random.fold_in(key, i), 1 - net.dropout, x.shape)
            x = jnp.where(keep, x / (1 - net.dropout), 0.0)
        x = x @ params[f"w_{i}"] + params[f"b_{i}"]
        x = jax.nn.elu(x) if i < depth - 1 else x
    return x


def corrupt(net: ClassicNet, rows: Arrays, hide: jax.Array) -> jax.Array:
    """Input whose hidden cells (b, p) are 0 and whose others are scaled up by 1 / (1 - corrupt), as in dropout.

    The package hides every column by itself. Of a category only the indicator of its own level is not 0 anyway, so
    hiding the variable as a whole gives the same distribution of inputs.
    """
    return columns(net.shape, rows) * spread(net.shape, ~hide) / (1 - net.corrupt)


def cell_loss(shape: FlatShape, rows: Arrays, out: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Squared errors of numbers (b, n_numbers), and cross-entropies of binaries and other categories (b, rest)."""
    k, single = shape.n_numbers, shape.n_single
    level = rows["level"]
    logit = out[:, k:single]
    entropies = [jax.nn.softplus(logit) - level[:, : shape.n_binary] * logit]
    for at, here, width, count in groups(shape):
        mine = level[:, at.start - k : at.stop - k, None]
        log_share = jax.nn.log_softmax(out[:, here].reshape(-1, count, width), axis=2)
        entropies.append(-jnp.take_along_axis(log_share, mine, axis=2)[:, :, 0])
    return (out[:, :k] - rows["number"]) ** 2, jnp.concatenate(entropies, axis=1)


def total_loss(shape: FlatShape, rows: Arrays, out: jax.Array, target: jax.Array) -> jax.Array:
    """RMSE of each number and mean cross-entropy of each category over ``target`` cells (b, p), added up.

    Each variable counts with its share of observed cells in the batch, as in MIDASpy.
    """
    square, entropy = cell_loss(shape, rows, out)
    count = target.sum(axis=0)
    mean = jnp.where(target, jnp.concatenate([square, entropy], axis=1), 0.0).sum(axis=0) / jnp.maximum(count, 1)
    # The root has no slope at 0, where a variable without a target would sit.
    root = jnp.sqrt(jnp.where(mean > 0, mean, 1.0)) * (mean > 0)
    is_number = jnp.arange(target.shape[1]) < shape.n_numbers
    return jnp.sum(jnp.where(is_number, root, mean) * rows["seen"].mean(axis=0))


def most_probable(shape: FlatShape, out: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Numbers (b, n_numbers) by the identity, and of each category the most probable level (b, rest)."""
    k, single = shape.n_numbers, shape.n_single
    levels = [(out[:, k:single] > 0).astype(jnp.int32)]  # logistic(out) > .5
    levels += [
        jnp.argmax(out[:, here].reshape(-1, count, width), axis=2).astype(jnp.int32)
        for _, here, width, count in groups(shape)
    ]
    return out[:, :k], jnp.concatenate(levels, axis=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Denoising:
    """What the published network learns: observed cells that were hidden from it, at one rate.

    References
    ----------
    Lall, R., & Robinson, T. (2022). The MIDAS touch. Political Analysis 30(2), 179-196.
    **Differs:** the published packages (MIDASpy, MIDAS2) take the loss over all observed cells, hidden or not.
    """

    net: ClassicNet

    def loss(self, params: Arrays, data: Arrays, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Loss of one batch: hide cells, reconstruct, compare."""
        k_hide, k_drop = jax.random.split(key)
        batch = {name: data[name][rows] for name in ("number", "level", "seen")}
        hide = jax.random.bernoulli(k_hide, self.net.corrupt, batch["seen"].shape)
        out = forward(self.net, params, corrupt(self.net, batch, hide), key=k_drop)
        # NOTE[DIFF]: `& hide`; MIDASpy and MIDAS2 have the observed cells that were not hidden in the loss as well.
        return total_loss(self.net.shape, batch, out, batch["seen"] & hide)
