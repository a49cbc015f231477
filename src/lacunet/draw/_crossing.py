"""Which products of two facts the skip should look at too: those that what is left over depends on.

After the skip is solved for, the rest of each slot (its place, or whether it is at one of its common levels, minus what
the network and the skip expect) is uncorrelated with every fact. A score test tells for all pairs at once whether it is
correlated with their product, which is how an interaction that training missed shows itself.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet.draw._refit_in_order import refit_in_order
from lacunet.draw._sample import level_weights
from lacunet.net._masked import Arrays, HostArrays, Net, enter, read_slot, think
from lacunet.net._skip import facts

FEW_ROWS, MANY_ROWS = 8192, 16384
"""Rows on which the plain skip is solved for before interactions are looked for, and on which they are."""
FROM, FROM_COMMON = 5.0, 2.0
"""Score statistics (normal quantiles) from which a product counts: of any two facts, of which there are thousands, and
of two that split the rows well, as sex, a marriage or age do; interactions of those are what regressions ask for."""
COMMON = 0.1
"""Variance of a fact that splits the rows well: shares from .11 to .89."""
EACH = 8
"""Products that one slot may ask for."""
MOST = 128
"""Products in all."""
LEVELS = 3
"""Common levels of a category without order whose rest is looked at."""


def look_for_crossings(
    params: Arrays, book: HostArrays, rows: Arrays, rank: NDArray[np.int32], weight: NDArray[np.float32], *, net: Net
) -> NDArray[np.int32]:
    """Pairs of facts that the skip should look at too, on a part of the rows where there are many.

    Parameters
    ----------
    params
        The network, without a skip.
    book, rank, net
        As in `find_crossings`.
    rows
        ``level``, ``z``, ``seen``, ``apart``, each (n, p), and what else `refit_in_order` reads.
    weight
        Of each row, shape (n,); 0 for padding.

    Returns
    -------
    numpy.ndarray
        Shape (k, 2).
    """
    used = np.flatnonzero(weight > 0)

    def some(size: int) -> tuple[Arrays, NDArray[np.float32]]:
        # Evenly over the file, which may be sorted.
        at = used[np.linspace(0, len(used) - 1, min(size, len(used))).astype(np.intp)]
        return {name: array[at] for name, array in rows.items()}, weight[at]

    # A skip of few rows will do to tell what is left over from what plain facts explain.
    few, of_few = some(FEW_ROWS)
    skip = jax.device_put(refit_in_order(params, book, few, rank, of_few, net=net))
    many, of_many = some(MANY_ROWS)
    return find_crossings(params | skip, book, many, rank, of_many, net=net)


def find_crossings(
    params: Arrays, book: HostArrays, rows: Arrays, rank: NDArray[np.int32], weight: NDArray[np.float32], *, net: Net
) -> NDArray[np.int32]:
    """Pairs of facts, shape (k, 2), the most telling first.

    Parameters
    ----------
    params
        The network with its skip.
    book
        The slots, without crossed facts.
    rows
        ``level``, ``z``, ``seen``, ``apart``, each (n, p).
    rank
        Place of each slot in the order, shape (p,).
    weight
        Of each row, shape (n,).
    net
        The network's description.

    References
    ----------
    Rao, C. R. 1948. Large sample tests of statistical hypotheses concerning several parameters. Proceedings of the
    Cambridge Philosophical Society 44(1): 50-57.
    """
    device = jax.device_put(book)
    owner = book["fact_owner"]
    # The product of two levels of one category is nothing new, and that of two places may be a fact already.
    known = (owner[:, None] == owner[None, :]) | (owner[:, None] < 0) | (owner[None, :] < 0)
    known |= np.tri(len(owner), dtype=bool)
    is_single = book["fact_other"] < 0
    known |= ~(is_single[:, None] & is_single[None, :])
    spread = np.asarray(_fact_spread(device, rows, net=net))
    is_common = spread >= COMMON
    needed = np.where(is_common[:, None] & is_common[None, :], FROM_COMMON, FROM) ** 2
    found: dict[tuple[int, int], float] = {}
    for slot in np.flatnonzero(rank < len(rank)):
        first = book["first"][slot]
        n_levels = int(book["valid"][first : first + net.shape.width_of(int(slot))].sum())
        # What is left of the last level follows from the others.
        n_rests = 0 if book["ordered"][slot] else min(LEVELS, n_levels - 1)
        squared = np.array(_score_pairs(params, device, rows, rank, weight, np.int32(slot), net=net, n_rests=n_rests))
        squared[:, known] = 0.0
        # In units of what is needed.
        best = squared.max(axis=0) / needed
        for flat in np.argsort(best, axis=None)[::-1][:EACH]:
            one, two = (int(i) for i in np.unravel_index(flat, best.shape))
            if best[one, two] >= 1:
                found[one, two] = max(found.get((one, two), 0.0), float(best[one, two]))
    chosen = sorted(found, key=lambda pair: -found[pair])[:MOST]
    return np.array(chosen, dtype=np.int32).reshape(-1, 2)


@functools.partial(jax.jit, static_argnames=("net",))
def _fact_spread(book: Arrays, rows: Arrays, *, net: Net) -> jax.Array:
    """Variance of each fact over the rows, shape (q,)."""
    x = facts(net, book, rows | {"there": rows["seen"]})
    return x[:, : len(book["fact_at"])].var(axis=0)


@functools.partial(jax.jit, static_argnames=("net", "n_rests"))
def _score_pairs(
    params: Arrays,
    book: Arrays,
    rows: Arrays,
    rank: jax.Array,
    weight: jax.Array,
    slot: jax.Array,
    *,
    net: Net,
    n_rests: int,
) -> jax.Array:
    """Squared score statistics of all pairs of facts, shape (rests, q, q).

    For each of ``n_rests`` common levels of the slot; 0 stands for the place of a slot on a line.
    """
    here = rows | {"there": rows["seen"] & (rank < rank[slot])}
    x = facts(net, book, here)
    stream = think(net, params, enter(net, params, book, here), key=None)
    score, levels, line = read_slot(net, params, book, stream, slot, x)
    x = x[:, : len(book["fact_at"])]
    share = level_weights(score, levels, line)[:, 0]
    share = share / share.sum(axis=1, keepdims=True)
    level = rows["level"][:, slot]
    if n_rests:
        common = jax.lax.top_k(jnp.where(levels["valid"][0], share.mean(axis=0), 0.0), n_rests)[1]
        rest = (level[:, None] == common).T - share[:, common].T
    else:
        place = levels["place"][0]
        rest = (place[level] - share @ place)[None]
    rest = rest * (weight * rows["seen"][:, slot])
    square = x * x

    def one(rest: jax.Array) -> jax.Array:
        slope = (x * rest[:, None]).T @ x
        spread = (square * (rest * rest)[:, None]).T @ square
        return slope**2 / jnp.maximum(spread, 1e-6)

    return jax.lax.map(one, rest)
