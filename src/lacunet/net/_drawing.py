"""What a masked network learns when it is to draw whole rows: mostly what comes next in one order, and any part too."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from lacunet.net._masked import Net
from lacunet.net._unmasking import hidden_losses


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """Mean loss over hidden cells, in most rows those after a place in the order, in the others any.

    The first kind is what drawing in the order asks for; the second lets any columns be given. Hidden parts of every
    size are equally likely in both.

    Attributes
    ----------
    net
        The network.
    in_order
        Share of the rows of a batch that are hidden from a place in the order on.
    """

    net: Net
    in_order: float = 0.75

    def loss(self, params: Any, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Weighted loss of one batch; ``data`` has ``rank`` (p,), the place of each slot, and their number."""
        k_hide, k_drop = jax.random.split(key)
        seen = data["seen"][rows]
        u = jax.random.uniform(k_hide, (len(rows), 2 + seen.shape[1]))
        hide = jnp.where(
            (jnp.arange(len(rows)) < self.in_order * len(rows))[:, None],
            data["rank"] >= jnp.floor(u[:, :1] * data["n_order"]),
            u[:, 2:] < u[:, 1:2],
        )
        losses = hidden_losses(self.net, params, data, rows, hide, key=k_drop)
        target = hide & seen
        weight = target * data["weight"][rows][:, None]
        return jnp.sum(jnp.where(target, losses, 0.0) * weight) / jnp.maximum(jnp.sum(target), 1)
