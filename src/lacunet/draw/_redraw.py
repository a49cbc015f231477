"""Draw every missing cell of a table once: slot after slot, or part after part where slots are many."""

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet.draw._any_order import sweep
from lacunet.draw._by_part import sweep_parts
from lacunet.net._masked import Arrays, Net

MOST_SLOTS = 48
"""Variables with missing cells that are drawn one at a time; above this, in parts."""
PARTS = 16


def redraw(
    params: Arrays,
    book: Arrays,
    rows: Arrays,
    cells: tuple[NDArray[np.intp], NDArray[np.intp]],
    *,
    rng: np.random.Generator,
    key: jax.Array,
    net: Net,
) -> Arrays:
    """Draw each missing cell given all that is there, in an order of its own.

    Parameters
    ----------
    rows
        ``level``, ``z``, ``there``, ``apart``, ``hole``, each (n + 1, p); the last row is spare.
    cells
        Row and slot of every missing cell.
    rng
        Where the order comes from.
    key
        Where the draws come from.

    Returns
    -------
    dict
        ``level``, ``z`` and ``there`` after the round.
    """
    slots = np.unique(cells[1])
    if len(slots) <= MOST_SLOTS:
        return sweep(params, book, rows, cells, rng.permutation(slots), key=key, net=net)
    return sweep_parts(params, book, rows, rng.permutation(PARTS), key=key, net=net)
