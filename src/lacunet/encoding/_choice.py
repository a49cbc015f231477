"""How many latents: the fewest that tell hidden cells of held-out rows as well as any number does."""

from dataclasses import replace
from typing import Any

import numpy as np

from lacunet._layout import MISSING, OBSERVED
from lacunet._rng import generator
from lacunet.encoding._training import Matrix, Settings, fit_network
from lacunet.train._stopping import Progress

MOST_LATENTS = 6
HELD_OUT, HIDDEN = 0.25, 0.2
"""Shares: of the rows held out, and of their cells hidden."""
LEAST_GAIN = 0.01
"""Loss a cell that one more latent must save, in squared standard deviations or logarithms of a probability."""


def choose_latent(matrix: Matrix, settings: Settings, *, seed: int, say: Progress) -> list[dict[str, Any]]:
    """Try 1, 2, ... latents; one row each, ``chosen`` true in one.

    What a network reads it can copy, better the wider its bottleneck; what it does not read it must know from the
    rest. So cells of held-out rows are hidden, and each candidate, trained on the other rows with masking noise, tells
    them. The fewest latents are chosen whose mean loss exceeds the lowest by less than one standard error of the
    difference, over rows, or by less than 0.01 a cell: latents that say nothing cost a variational network nothing.

    References
    ----------
    Breiman, L., J. Friedman, R. Olshen, and C. Stone. 1984. Classification and regression trees. Wadsworth (the rule of
    one standard error).
    """
    rng = generator(seed, "choice of latents")
    order = rng.permutation(len(matrix))
    n_held = max(round(HELD_OUT * len(matrix)), 1)
    held, rest = np.sort(order[:n_held]), np.sort(order[n_held:])
    hide = (rng.random((n_held, matrix.state.shape[1])) < HIDDEN) & (matrix.state[held] == OBSERVED)
    state = np.where(hide, np.int8(MISSING), matrix.state[held])
    trial = replace(settings, corruption="masking", noise=settings.noise if settings.corruption == "masking" else 0.0)
    trial = replace(trial, noise=max(trial.noise, HIDDEN))
    most = min(MOST_LATENTS, matrix.state.shape[1] - 1)
    sums = []
    for latent in range(1, most + 1):
        say("choosing latents", latent - 1, most)
        network = fit_network(matrix, replace(trial, latent=latent), seed=seed, say=_quiet, rows=rest)
        losses = network.losses(matrix.values[held], matrix.state[held], given=state)
        sums.append(np.where(hide, losses, 0.0).sum(axis=1))
    return _judge(np.array(sums), max(int(hide.sum()), 1))


def _judge(sums: np.ndarray, n_cells: int) -> list[dict[str, Any]]:
    """Rows of the table, from the sum of losses of every candidate and row, shape (candidates, n)."""
    error = sums.sum(axis=1) / n_cells
    best = int(error.argmin())
    n = sums.shape[1]
    excess = np.sqrt(n) * (sums - sums[best]).std(axis=1, ddof=1 if n > 1 else 0) / n_cells
    chosen = int(np.flatnonzero(error - error[best] <= np.maximum(excess, LEAST_GAIN))[0])
    return [
        {
            "latent": k + 1,
            "held_out_error": float(error[k]),
            "std_error_of_excess": float(excess[k]),
            "chosen": k == chosen,
        }
        for k in range(len(error))
    ]


def _quiet(stage: str, done: int, most: int) -> None:
    """Say nothing of the single trials."""
