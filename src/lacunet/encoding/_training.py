"""Train one autoencoder on a matrix of variables, or one more on other rows or from another start."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._layout import Layout
from lacunet._rng import generator
from lacunet._typing import Floats, Integers, States
from lacunet.encoding._code import Code
from lacunet.encoding._network import TrainedNetwork
from lacunet.encoding._polish import polish
from lacunet.family._book import pad_rows
from lacunet.net._autoencoder import AutoencoderNet, Reconstructing, start_autoencoder
from lacunet.net._number_losses import NormalLoss, SquaredError
from lacunet.train._stopping import Descent, Lesson, Pace, Progress, descend

HELD_OUT = 0.1
"""Share of the rows that say when to stop."""
LEAST_HELD, MOST_HELD = 256, 16384
"""Rows on which the held-out loss is taken: the held-out ones again and again (under new noise) where they are few."""
CHUNK, PATIENCE = 100, 8
FINISH = 100
"""Least chunks in which a linear variational network settles: it has too few weights to learn noise by heart, and comes
slowly to where its latents are independent given the row."""
LEAST_STEPS, MOST_STEPS, MOST_EPOCHS = 5000, 20000, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything about one training but the data and the seed; the fields of `lacunet.encoding.Autoencoder`."""

    latent: int
    hidden: tuple[int, ...]
    noise: float
    corruption: str
    activation: str
    tied: bool
    variational: bool
    weight_decay: float
    learning_rate: float
    epochs: int | None

    @property
    def is_linear(self) -> bool:
        """Whether nothing bends between the columns and their reconstruction."""
        return not self.hidden or self.activation == "identity"


@dataclass(frozen=True, kw_only=True, eq=False)
class Matrix:
    """Variables as the array world has them: values and states (n, p), and their layout."""

    values: Floats
    state: States
    layout: Layout

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Rows to train on, rows that say when to stop, and rows of the finish; rows may be repeated."""

    train: Integers
    held: Integers
    every: Integers


def fit_network(
    matrix: Matrix, settings: Settings, *, seed: int, say: Progress, member: int = 0, rows: Integers | None = None
) -> TrainedNetwork:
    """Train on the rows of a matrix.

    Parameters
    ----------
    matrix
        The variables.
    settings
        See `Settings`.
    seed, member
        Where all randomness comes from: the fit itself is member 0, refits are others.
    say
        Called with the stage, the checks done and the most there may be.
    rows
        Rows to train on, repeated ones among them; those not named say when to stop. None holds out a tenth until then.

    Returns
    -------
    TrainedNetwork
        With its columns scaled by all rows of the matrix, whatever it was trained on.

    Raises
    ------
    TrainingError
        When the loss explodes however low the learning rate.
    """
    code = Code.learn(matrix.layout, matrix.values, matrix.state, variational=settings.variational)
    net = net_of(code, settings)
    split = _split(len(matrix), rows, seed, member)
    objective = Reconstructing(net=net, noise=settings.noise, corruption=settings.corruption)
    encoded = code.encode(matrix.values, matrix.state, pad_rows(len(matrix)))
    found = _train(objective, encoded, split, settings, seed=seed, member=member, say=say)
    params = found.params
    if settings.is_linear and _is_smooth(objective):
        params = polish(objective, params, {name: array[split.every] for name, array in encoded.items()})
    trained = TrainedNetwork(net=net, code=code, params=params, history=found.history)
    return TrainedNetwork(
        net=net, code=code, params=params, history=found.history, spread=_unexplained(trained, matrix)
    )


def net_of(code: Code, settings: Settings) -> AutoencoderNet:
    """The network that settings describe, over the columns of a code."""
    return AutoencoderNet(
        heads=code.heads,
        hidden=settings.hidden,
        latent=settings.latent,
        activation=settings.activation,
        tied=settings.tied,
        variational=settings.variational,
    )


def _split(n: int, rows: Integers | None, seed: int, member: int) -> Split:
    if rows is not None:
        held = np.setdiff1d(np.arange(n), rows)
        return Split(train=rows, held=held if len(held) else rows, every=rows)
    order = generator(seed, "split", member).permutation(n)
    n_held = max(round(HELD_OUT * n), 1)
    return Split(train=order[n_held:], held=order[:n_held], every=order)


def _train(
    objective: Reconstructing,
    encoded: Mapping[str, NDArray[Any]],
    split: Split,
    settings: Settings,
    *,
    seed: int,
    member: int,
    say: Progress,
) -> Descent:
    padded = len(encoded["x"])
    table = {name: jax.device_put(array) for name, array in encoded.items()}

    def picking(rows: Integers) -> dict[str, jax.Array]:
        # From a list of the table's own length, so that refits share the compiled program.
        pick = np.resize(rows, padded).astype(np.int32)
        return table | {"pick": jax.device_put(pick), "n_pick": jax.device_put(np.int32(len(rows)))}

    data, every = picking(split.train), picking(split.every)
    n_checked = min(max(LEAST_HELD, pad_rows(len(split.held))), MOST_HELD)
    checked = jax.device_put(np.resize(split.held, n_checked).astype(np.int32))
    key = stream(seed, "held out", member)
    start = start_autoencoder(objective.net, rng=generator(seed, "start", member))

    def check(params: Mapping[str, Any]) -> float:
        return float(_held_loss(objective, params, data, checked, key))

    pace = _pace(settings, len(split.train))
    lesson = Lesson(
        objective=objective,
        data=data,
        start=start,
        first=check(start),
        check=check,
        every=every,
        finish=_finish(settings),
    )
    return descend(lesson, pace, seed=seed, member=member, say=say)


def _pace(settings: Settings, n: int) -> Pace:
    """Batches of a 32nd of the rows, a power of two from 16 to 256; steps enough for small tables."""
    batch = int(min(max(1 << max(n // 32, 1).bit_length() - 1, 16), 256))
    per_epoch = n / batch
    if settings.epochs is None:
        steps = min(max(MOST_EPOCHS * per_epoch, LEAST_STEPS), MOST_STEPS)
    else:
        steps = settings.epochs * per_epoch
    chunk = int(min(CHUNK, max(np.ceil(steps), 1)))
    return Pace(
        batch=batch,
        chunk=chunk,
        max_chunks=max(round(steps / chunk), 1),
        patience=PATIENCE,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
    )


def _finish(settings: Settings) -> int:
    return FINISH if settings.is_linear and settings.variational and settings.epochs is None else 0


def _is_smooth(objective: Reconstructing) -> bool:
    """Whether the loss is a sum of squares without chance in it."""
    is_plain = objective.noise == 0 and not objective.net.variational
    return is_plain and all(isinstance(head.loss, SquaredError) for head in objective.net.heads)


def _unexplained(network: TrainedNetwork, matrix: Matrix) -> Floats:
    """Root mean squared error of each number, in its standard deviations."""
    first = network.net.heads[0]
    if not isinstance(first.loss, SquaredError | NormalLoss):
        return np.zeros(0)
    said = network.say(network.encode(matrix.values, matrix.state)[0])[0]
    numbers = network.code.order[: first.count]
    seen = matrix.state[:, numbers] == 0
    z = (matrix.values[:, numbers] - network.code.centre[: first.count]) / network.code.unit[: first.count]
    return np.sqrt(np.mean((z - said) ** 2, axis=0, where=seen))


@functools.partial(jax.jit, static_argnums=0)
def _held_loss(objective: Reconstructing, params: Any, data: Any, rows: jax.Array, key: jax.Array) -> jax.Array:
    return objective.loss(params, data, rows, key=key)
