"""Trained networks: what they say of rows, and what goes into a file."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.keep import arrays_under
from lacunet.net._feed_forward import FeedForward, HostParams
from lacunet.net._losses import Loss
from lacunet.prediction._encode import Encoder
from lacunet.prediction._exact import Node
from lacunet.prediction._settings import Architecture
from lacunet.prediction._training import predict
from lacunet.train._stopping import Pace


class Engine(Protocol):
    """What predicts: a node solved exactly, or trained networks."""

    def say(self, columns: Floats, key: jax.Array | None = None) -> Floats:
        """What each member says of rows, (n, k) or (n, k, c), as its loss has it."""

    def as_meta(self) -> dict[str, Any]:
        """Words for a file."""

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays for a file."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Networks:
    """Members of an ensemble, one network each.

    Attributes
    ----------
    net, members
        The network, and the weights of each member.
    encoder
        From columns to its inputs.
    architecture, settings
        What was chosen.
    learning_rate
        The lowest rate that a member ended with.
    n_rows
        Rows it was trained on.
    """

    net: FeedForward
    members: tuple[HostParams, ...]
    encoder: Encoder
    architecture: Architecture
    settings: Pace
    learning_rate: float
    n_rows: int

    def say(self, columns: Floats, key: jax.Array | None = None) -> Floats:
        """What each member says of rows; under dropout where a key is given."""
        x = self.encoder.encode(columns)
        return np.stack([self.say_of_one(member, x, key) for member in range(len(self.members))], axis=1)

    def say_of_one(self, member: int, x: NDArray[np.float32], key: jax.Array | None = None) -> Floats:
        """What one member says of rows that are encoded already, (n,) or (n, c)."""
        return predict(self.net, self.members[member], x, key)

    def as_meta(self) -> dict[str, Any]:
        """Words for a file."""
        return {
            "engine": "networks",
            "architecture": asdict(self.architecture),
            "settings": asdict(self.settings),
            "learning_rate": self.learning_rate,
            "n_rows": self.n_rows,
            "n_edges": [len(cuts) for cuts in self.encoder.edges],
        }

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Arrays for a file."""
        encoder = self.encoder
        own = {
            "encoder.centre": encoder.centre,
            "encoder.scale": encoder.scale,
            "encoder.flagged": encoder.flagged,
            "encoder.edges": np.concatenate([np.empty(0), *encoder.edges]),
        }
        weights = {f"{i}.{name}": array for i, params in enumerate(self.members) for name, array in params.items()}
        return own | {name: np.asarray(array) for name, array in weights.items()}

    @classmethod
    def from_parts(cls, meta: dict[str, Any], arrays: dict[str, NDArray[Any]], loss: Loss) -> Self:
        """Inverse of `as_meta` and `as_arrays`."""
        cuts = np.cumsum(meta["n_edges"])[:-1]
        encoder = Encoder(
            **{name: arrays[f"encoder.{name}"] for name in ("centre", "scale", "flagged")},
            edges=tuple(np.split(arrays["encoder.edges"], cuts)),
        )
        architecture = Architecture(**meta["architecture"])
        members = tuple(arrays_under(arrays, f"{i}.") for i in range(architecture.members))
        return cls(
            net=build(architecture, encoder, loss),
            members=members,
            encoder=encoder,
            architecture=architecture,
            settings=Pace(**meta["settings"]),
            learning_rate=meta["learning_rate"],
            n_rows=meta["n_rows"],
        )


def build(architecture: Architecture, encoder: Encoder, loss: Loss) -> FeedForward:
    """The network of an architecture."""
    return FeedForward(
        n_inputs=encoder.n_inputs,
        hidden=architecture.hidden,
        loss=loss,
        activation=architecture.activation,
        dropout=architecture.dropout,
    )


def engine_from_parts(meta: dict[str, Any], arrays: dict[str, NDArray[Any]], loss: Loss | None) -> Engine:
    """The engine that a file holds."""
    if loss is None:
        return Node.from_parts(meta, arrays)
    return Networks.from_parts(meta, arrays, loss)
