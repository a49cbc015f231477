"""The linear skip: from plain facts about a row straight to the score of every level.

Facts are what a regression would be given: the place z of a visible number or ordered category, its square and its
product with the others, centred indicators of a visible category, and a flag for what does not apply. The network is
trained without the skip, which is then solved for exactly (`lacunet.draw._refit`), so that averages, main effects and
interactions that training left out are put right.
"""

import jax
import jax.numpy as jnp
import numpy as np

from lacunet.net._masked import Arrays, HostArrays, Net, features, groups

MOST_CURVED = 4.0
"""Squares and products of places beyond this count as this: a curve must not run away in the tails."""


def facts(net: Net, book: Arrays, rows: Arrays) -> jax.Array:
    """Facts about rows, shape (b, q); 0, the average, for what is not visible.

    Where the book names pairs of facts that are ``crossed``, their products follow.
    """
    visible = rows["there"].astype(jnp.float32)
    flat = features(net, book | {"gain": jnp.ones_like(book["gain"])}, rows["level"], visible)
    parts = [
        rows["z"][:, slots] * visible[:, slots] if ordered else flat[:, here]
        for slots, here, _, _, ordered in groups(net.shape)
    ]
    curves = (jnp.minimum(rows["z"] ** 2, MOST_CURVED) - 1) * visible
    one, two = ((rows["z"] * visible)[:, slots] for slots in book["products"].T)
    products = jnp.clip(one * two, -MOST_CURVED, MOST_CURVED)
    flags = rows["apart"].astype(jnp.float32)
    raw = jnp.concatenate([*parts, flags, curves, products, jnp.zeros((len(visible), 1))], axis=1)
    plain = raw[:, book["fact_at"]]
    if "crossed" not in book:
        return plain
    one, two = (plain[:, pair] for pair in book["crossed"].T)
    return jnp.concatenate([plain, jnp.clip(one * two, -MOST_CURVED, MOST_CURVED)], axis=1)


def skip_facts(net: Net, params: Arrays, book: Arrays, rows: Arrays) -> jax.Array | None:
    """Facts about rows where the network has a skip."""
    return facts(net, book, rows) if "w_skip" in params else None


def empty_skip(net: Net, book: Arrays) -> HostArrays:
    """A skip that adds nothing."""
    return {
        "w_skip": np.zeros((len(book["fact_at"]), net.shape.n_columns), dtype=np.float32),
        "b_skip": np.zeros(net.shape.n_columns, dtype=np.float32),
    }
