"""Members of one finished network: its linear skip, drawn anew for each under Bayesian-bootstrap weights."""

from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._rng import generator
from lacunet.draw._refit import as_skip, no_tilt, refit
from lacunet.family._book import as_device, pad_rows
from lacunet.net._masked import ROW, Arrays, Net

BURN_IN = 2
"""Rounds before the first member."""
MOST_ROWS = 20_000
"""Rows of a round; a third of the table where that is more."""
ROWS = (*ROW, "hole", "seen")


def draw_members(
    net: Net, params: Arrays, data: dict[str, Any], *, n_rows: int, n_members: int, spread: float, seed: int
) -> tuple[Arrays, ...]:
    """Rounds of data augmentation, each of which leaves a member.

    Parameters
    ----------
    params
        The finished network.
    data
        Rows on the device, every missing cell filled, and their ``book``.
    n_rows
        Rows that are not padding (n).
    n_members
        Members to leave.
    spread
        Variance of the Gamma weights of the rows; 1 is the Bayesian bootstrap.
    seed
        Where all randomness comes from.

    Returns
    -------
    tuple of dict
        Weights of each member.
    """
    book, size = data["book"], _round_rows(n_rows)
    tilt = as_device(no_tilt(net, len(book["fact_at"])))
    rows, found = {name: data[name] for name in ROWS}, []
    for i in range(BURN_IN + n_members):
        rng = generator(seed, "skip", i)
        if size < n_rows:
            rows = _some_rows(data, rng.permutation(n_rows)[:size], n_rows)
        weight = row_weights(rng, size, spread, padded=len(rows["level"]))
        tilt, filled = refit(params, book, rows, tilt, weight, stream(seed, "skip", i), net=net)
        rows = rows | filled
        if i >= BURN_IN:
            found.append(jax.tree.map(np.asarray, tilt))
    centre = jax.tree.map(lambda *each: sum(each) / n_members, *found)
    # What is drawn from part of the rows varies too much by the square root of the share.
    pull = np.float32((size / n_rows) ** 0.5)
    near = [jax.tree.map(lambda own, mean: mean + pull * (own - mean), each, centre) for each in found]
    host = {name: np.asarray(book[name]) for name in ("place", "valid")}
    return tuple(params | as_device(as_skip(net, host, each)) for each in near)


def row_weights(rng: np.random.Generator, n_rows: int, spread: float, *, padded: int) -> NDArray[np.float32]:
    """Random weights of the rows with mean 1 and variance ``spread``, then zeros; 1 is the Bayesian bootstrap.

    References
    ----------
    Rubin, D. B. 1981. The Bayesian bootstrap. The Annals of Statistics 9(1): 130-134.

    Differs: with variances below 1 the weights are tempered.
    """
    weight = rng.gamma(1 / spread, spread, size=n_rows)
    return np.pad(weight / weight.mean(), (0, padded - n_rows)).astype(np.float32)


def rehearse_members(net: Net, params: Arrays, data: dict[str, Any], *, n_rows: int) -> None:
    """Compile what ``draw_members`` will run, by running it over no slot.

    Done in a thread while the network trains, it saves the first fit on a machine the wait.
    """
    book, size = data["book"], _round_rows(n_rows)
    tilt = as_device(no_tilt(net, len(book["fact_at"])))
    rows = {name: data[name] for name in ROWS} if size == n_rows else _some_rows(data, np.arange(size), n_rows)
    weight = np.zeros(len(rows["level"]), dtype=np.float32)
    nowhere = book | {"owner": np.full(len(book["owner"]), -1, dtype=np.int32)}
    refit(params, nowhere, rows, tilt, weight, stream(0, "rehearsal"), net=net)


def _round_rows(n_rows: int) -> int:
    return max(min(n_rows, MOST_ROWS), n_rows // 3)


def _some_rows(data: dict[str, Any], at: NDArray[np.intp], spare: int) -> Arrays:
    padded = np.pad(at, (0, pad_rows(len(at)) - len(at)), constant_values=spare)
    return {name: data[name][padded] for name in ROWS}
