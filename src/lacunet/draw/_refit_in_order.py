"""Solve for the linear skip of a network that draws rows in one order: each slot given those before it.

As in `_refit`, the network says how each row's cell is distributed given what stands before it, and a tilt by the facts
of the row is fitted under the rows' weights. Averages, main effects and interactions of the data are then kept whatever
training left out, and random weights of the rows make each solution a plausible one.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np

from lacunet.draw._refit import as_skip, no_tilt, programs, tilt_slot
from lacunet.net._masked import Arrays, HostArrays, Net, enter
from lacunet.net._skip import facts
from lacunet.net._tilt import CONJUGATE_STEPS, NEWTON_STEPS

MOST_SKIP = 64
"""Slots up to which there is a linear skip; beyond, it would outgrow the network."""
WIDE, FEW_STEPS = 64, (2, 6)
"""Slots of more levels take most of the time: fewer steps there, which settle what matters (measured on INDP, 264
levels)."""

PRIOR = 10.0
"""Prior precision of effects: weaker than where cells are imputed, since regressions on whole made rows show what it
holds back (mean bias of 16 coefficients at 2,000 rows .46 standard errors; .52 with 30)."""


def refit_in_order(
    params: Arrays, book: HostArrays, rows: Arrays, rank: np.ndarray, weight: np.ndarray, *, net: Net
) -> HostArrays:
    """Weights of the skip, ``w_skip`` and ``b_skip``, for drawing in the order of ``rank``.

    Parameters
    ----------
    params
        The network, without a skip; with ``w_noise`` (stages, q, k) where rows also have ``noise`` (n, q), which then
        joins what the blocks read, as in the generator of a GAN at the stage of each slot.
    book
        The slots.
    rows
        ``level``, ``z``, ``seen``, ``apart``, each (n, p).
    rank
        Place of each slot in the order, shape (p,).
    weight
        Of each row, shape (n,); 0 for padding.
    net
        The network's description.
    """
    tilt = no_tilt(net, len(book["fact_at"]) + len(book["crossed"]))
    solved = _refit(params, jax.device_put(book), rows, tilt, rank, weight, net=net)
    return as_skip(net, book, {name: np.asarray(array) for name, array in solved.items()})


@functools.partial(jax.jit, static_argnames=("net",))
def _refit(
    params: Arrays, book: Arrays, rows: Arrays, tilt: Arrays, rank: jax.Array, weight: jax.Array, *, net: Net
) -> Arrays:
    for slots, width, ordered in programs(net):
        used = book["owner"][book["first"][slots]] >= 0
        at = slots[jnp.nonzero(used, size=len(slots))[0]]

        def step(i: jax.Array, now: Arrays, at: jax.Array = at, width: int = width, ordered: bool = ordered) -> Arrays:
            slot = at[i]
            here = rows | {"there": rows["seen"] & (rank < rank[slot])}
            x = facts(net, book, here)
            x = jnp.concatenate([jnp.ones((len(x), 1)), x], axis=1)
            target = (rows["level"][:, slot], weight * rows["seen"][:, slot])
            stream = enter(net, params, book, here)
            if "noise" in rows:
                stream = stream + rows["noise"] @ params["w_noise"][rank[slot]]
            steps = FEW_STEPS if width > WIDE else (NEWTON_STEPS, CONJUGATE_STEPS)
            fitted = tilt_slot(net, params, book, stream, x, target, now, slot, width, ordered, steps, PRIOR)
            return now | fitted[3]

        tilt = jax.lax.fori_loop(0, jnp.sum(used), step, tilt)
    return tilt
