"""How large a network is and how it is trained, chosen from the number of rows where the user leaves it open."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

from lacunet.train._stopping import Pace

CHUNK = 100
"""Steps between two looks at the held-out loss."""
PATIENCE = 16
"""Looks without a gain after which training stops."""
MOST_CHUNKS = 400
"""Looks after which training ends in any case, where the user gives no number of epochs."""
EPOCHS = 30
"""Passes over the rows where none are held out, and the user gives no number."""
MANY_ROWS = 2000
"""Rows from which numbers are cut into more pieces."""


class Wishes(Protocol):
    """What the user may leave open: None is chosen here."""

    @property
    def hidden(self) -> tuple[int, ...] | None: ...

    @property
    def activation(self) -> str: ...

    @property
    def dropout(self) -> float | None: ...

    @property
    def weight_decay(self) -> float | None: ...

    @property
    def learning_rate(self) -> float | None: ...

    @property
    def schedule(self) -> str: ...

    @property
    def batch(self) -> int | None: ...

    @property
    def epochs(self) -> int | None: ...

    @property
    def members(self) -> int | None: ...

    @property
    def pieces(self) -> int | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Architecture:
    """The network apart from its inputs and outputs.

    Attributes
    ----------
    hidden, activation, dropout
        As in `Mlp`.
    members
        Networks whose predictions are averaged.
    pieces
        Pieces of each number.
    """

    hidden: tuple[int, ...]
    activation: str
    dropout: float
    members: int
    pieces: int


def choose_settings(n_rows: int, spec: Wishes, *, validation: float) -> tuple[Architecture, Pace]:
    """Fill in what a specification leaves open.

    Parameters
    ----------
    n_rows
        Rows with an outcome.
    spec
        What the user wants.
    validation
        Share of the rows that a single network holds out; with 0 nothing stops training but its number of epochs.

    Returns
    -------
    tuple
        The network and how it is trained.
    """
    is_open = spec.hidden is None
    architecture = Architecture(
        hidden=(256, 256) if spec.hidden is None else spec.hidden,
        activation=spec.activation,
        dropout=_or(spec.dropout, 0.1),
        members=_or(spec.members, 4 if is_open else 1),
        pieces=_or(spec.pieces, (32 if n_rows >= MANY_ROWS else 16) if is_open else 0),
    )
    if validation > 0:
        n_rows = max(round(n_rows * (1 - (validation if architecture.members == 1 else 1 / architecture.members))), 1)
    batch = _or(spec.batch, min(max(2 ** int(math.log2(max(n_rows / 32, 1))), 32), 256))
    epochs = spec.epochs if validation > 0 else _or(spec.epochs, EPOCHS)
    chunk, max_chunks = CHUNK, MOST_CHUNKS
    if epochs is not None:
        steps = max(math.ceil(epochs * n_rows / batch), 1)
        max_chunks = math.ceil(steps / CHUNK)
        chunk = math.ceil(steps / max_chunks)
    settings = Pace(
        batch=batch,
        chunk=chunk,
        max_chunks=max_chunks,
        patience=PATIENCE,
        learning_rate=_or(spec.learning_rate, 2e-3),
        schedule=spec.schedule,
        weight_decay=_or(spec.weight_decay, 1e-2),
    )
    return architecture, settings


def _or(wish: Any, choice: Any) -> Any:
    return choice if wish is None else wish
