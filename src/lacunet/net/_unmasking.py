"""What the masked network learns: to tell the hidden cells of a row from the visible, at every rate of hiding."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lacunet.net._masked import Arrays, Net, cell_loss, enter, read, think


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmasking:
    """Mean loss over deliberately hidden, truly observed cells.

    The rate of hiding of each row is U ** power, U uniform: power 1 is uniform, more leans towards few hidden cells.
    Cells that were missing and are filled in for now may be visible to others but are never a target.
    """

    net: Net
    power: float = 2.0

    def loss(self, params: Arrays, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Weighted loss of one batch."""
        k_hide, k_drop = jax.random.split(key)
        there = data["there"][rows]
        u = jax.random.uniform(k_hide, (len(rows), 1 + there.shape[1]))
        hide = (u[:, 1:] < u[:, :1] ** self.power) & there
        losses = hidden_losses(self.net, params, data, rows, hide, key=k_drop)
        target = hide & data["seen"][rows]
        weight = target * data["weight"][rows][:, None]
        return jnp.sum(jnp.where(target, losses, 0.0) * weight) / jnp.maximum(jnp.sum(target), 1)


def hidden_losses(
    net: Net, params: Arrays, data: Any, rows: jax.Array, hide: jax.Array, *, key: jax.Array | None
) -> jax.Array:
    """Loss of every cell of the rows when the cells in ``hide`` are not visible, shape (b, p)."""
    batch = {name: data[name][rows] for name in ("level", "z", "apart")}
    batch["there"] = data["there"][rows] & ~hide
    stream = think(net, params, enter(net, params, data["book"], batch), key=key)
    return cell_loss(net, data["book"], batch, read(net, params, stream))
