"""Score draws of hidden cells against what was hidden, so that engines can be compared."""

import numpy as np

from lacunet._typing import Bools, Floats


def score_cells(draws: Floats, truth: Floats, is_category: Bools, spread: Floats) -> Floats:
    r"""Score each cell's draws by a proper rule that does not depend on how many draws there are; lower is better.

    Numbers: the continuous ranked probability score over the variable's standard deviation,
    :math:`E|X - x| - \tfrac12 E|X - X'|`, with the second mean over different draws. Categories: the Brier score
    :math:`\sum_l (p_l - 1[x = l])^2` with :math:`p_l^2` likewise estimated from pairs of different draws.

    Parameters
    ----------
    draws
        Shape (m, cells), m at least 2.
    truth
        What was hidden, shape (cells,).
    is_category
        Which cells are levels.
    spread
        Standard deviation of each cell's variable, shape (cells,); not used for levels.

    Returns
    -------
    Floats
        Shape (cells,).

    References
    ----------
    Gneiting, T., and A. E. Raftery. 2007. Strictly proper scoring rules, prediction, and estimation. Journal of the
    American Statistical Association 102(477): 359-378.
    Ferro, C. A. T. 2014. Fair scores for ensemble forecasts. Quarterly Journal of the Royal Meteorological Society
    140(683): 1917-1923.
    """
    m = len(draws)
    wrong = (draws != truth).mean(axis=0)
    # Sum over levels of p_l squared is the chance that two draws agree.
    ordered = np.sort(draws, axis=0)
    agree = np.array([_pairs_alike(column) for column in ordered.T]) / (m * (m - 1) / 2) if draws.size else wrong
    brier = 2.0 * wrong - 1.0 + agree
    return np.where(is_category, brier, fair_crps(draws, truth) / np.where(spread > 0, spread, 1.0))


def fair_crps(draws: Floats, truth: Floats) -> Floats:
    """Fair CRPS of each cell, shape ``(n,)``; the double sum is taken over sorted draws in one pass."""
    m = len(draws)
    ordered = np.sort(draws, axis=0)
    weights = (2 * np.arange(1, m + 1) - m - 1)[:, None]
    spread = (weights * ordered).sum(axis=0) / (m * (m - 1))
    return np.abs(draws - truth).mean(axis=0) - spread


def _pairs_alike(column: Floats) -> float:
    counts = np.unique(column, return_counts=True)[1]
    return float((counts * (counts - 1) / 2).sum())
