"""Hide known cells, let an engine draw them without having seen them, and score the draws."""

from collections.abc import Callable

import numpy as np

from lacunet._layout import MISSING, OBSERVED, Layout
from lacunet._rng import generator
from lacunet._typing import Bools, Floats, States
from lacunet.draw._score import score_cells
from lacunet.imputation._engine_face import Engine

KEPT = 2
"""Known cells of a variable that are never hidden, so that there is something to learn from."""
SCORE_DRAWS = 10


def hide_cells(state: States, fraction: float, seed: int) -> Bools:
    """Known cells to hide: the same share of each variable, at least one, and never the last few."""
    hidden = np.zeros(state.shape, dtype=bool)
    for j in range(state.shape[1]):
        known = np.flatnonzero(state[:, j] == OBSERVED)
        n = min(max(1, round(fraction * len(known))), len(known) - KEPT)
        if n > 0:
            hidden[generator(seed, "overimpute", j).choice(known, size=n, replace=False), j] = True
    return hidden


def score_hidden(
    fit: Callable[[Floats, States], Engine], values: Floats, state: States, layout: Layout, *, hide: Bools, seed: int
) -> Floats:
    """Score of an engine on observed cells hidden from it, one number a cell; lower is better.

    Numbers: CRPS in standard deviations of the cells that stay observed; categories: Brier score. Both are free of the
    number of draws.

    Parameters
    ----------
    fit
        Makes an engine of values and states, each (n, p).
    values, state
        The table, shape (n, p).
    layout
        The variables.
    hide
        Observed cells to hide, shape (n, p).
    seed
        Where the draws come from.

    Returns
    -------
    Floats
        Scores of the cells of ``np.nonzero(hide)``, row by row.
    """
    veiled, holes = np.where(hide, np.nan, values), np.where(hide, MISSING, state).astype(np.int8)
    draws = fit(veiled, holes).draw(veiled, holes, first=0, m=SCORE_DRAWS, seed=seed)
    cols = np.nonzero(hide)[1]
    spread = np.array(
        [np.std(veiled[known, j]) if known.any() else 1.0 for j, known in enumerate((holes == OBSERVED).T)]
    )
    is_category = np.array([variable.is_category for variable in layout.variables])
    return score_cells(draws[:, hide[holes == MISSING]], values[hide], is_category[cols], spread[cols])
