"""Odds of the levels of imputed cells shifted exactly, without knowing a single probability."""

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.imputation.sensitivity._candidates import draw_again
from lacunet.imputation.sensitivity._face import Imputed
from lacunet.imputation.sensitivity._target import Target

MOST_ROWS = 10_000
"""Rows handed to an engine in one go."""
LEAST, MOST = 8, 64
"""Candidates of a cell per imputation."""
TINY = 1e-300
"""In place of the logarithm of 1, so that a huge shift looks at all candidates."""
MOST_BLOCKS = 8
"""Imputations whose candidates are looked at when a cell's own are used up."""


def level_candidates(imputed: Imputed, target: Target) -> Floats:
    """Further draws of each missing cell given all else in its completed row, shape ``(m, n, cells)``."""
    n = int(np.clip(MOST_ROWS // len(target.rows), LEAST, MOST))
    return np.rint(np.stack(list(draw_again(imputed, target.j, target.rows, n))))


def shift_odds(drawn: Floats, candidates: Floats, log_odds: float, level: int | None, chance: Floats) -> Floats:
    r"""Levels with odds multiplied by :math:`e^\delta`; as few cells change as can.

    Each cell looks at a number N of further draws of itself, with

    .. math:: P(N \ge s) = (1 - e^{-|\delta|})^s,

    and takes the highest level among its own and these (the lowest, for :math:`\delta < 0`). For every k that gives

    .. math:: P'(Y \ge k) = 1 - \frac{1 - P}{1 + (e^\delta - 1) P} = \frac{P e^\delta}{1 - P + P e^\delta},
              \quad P = P(Y \ge k),

    the cumulative odds shifted, whatever P is. For the odds of one level against all others, a cell that has another
    level takes it if one of the N draws has it; for :math:`\delta < 0` a cell that has it leaves it for the first draw
    that does not, so that the others keep their proportions.

    Parameters
    ----------
    drawn
        Levels as imputed, shape ``(m, cells)``.
    candidates
        Further draws of the same cells, shape ``(m, n, cells)``. Where N exceeds n, those of other imputations serve.
    log_odds
        δ.
    level
        The level whose odds are shifted; None for cumulative odds.
    chance
        One uniform number a cell, above 0 and at most 1, shape ``(m, cells)``. With the same numbers, a larger shift
        changes what a smaller one did, and more.

    Returns
    -------
    Floats
        Levels, shape ``(m, cells)``.

    References
    ----------
    Marshall, A. W., and I. Olkin. 1997. A new method for adding a parameter to a family of distributions. Biometrika
    84(3): 641-652 (the highest of a geometric number of draws has shifted odds).
    """
    m, n = candidates.shape[:2]
    after = drawn.copy()
    if log_odds == 0:
        return after
    going_on = min(float(np.log1p(-np.exp(-abs(log_odds)))), -TINY)
    n_looks = np.floor(np.log(chance) / going_on)
    for block in range(min(m, MOST_BLOCKS)):
        left = n_looks - block * n
        if (left <= 0).all():
            break
        seen = np.where(np.arange(n)[:, None] < left[:, None, :], np.roll(candidates, -block, axis=0), np.nan)
        if level is None:
            after = np.fmax(after, _extreme(seen, 1)) if log_odds > 0 else np.fmin(after, _extreme(seen, -1))
        elif log_odds > 0:
            after = np.where((seen == level).any(axis=1), float(level), after)
        else:
            after = np.where(after == level, _first_other(seen, level), after)
    return after


def _extreme(seen: Floats, sign: int) -> Floats:
    """Highest (1) or lowest (-1) level seen, infinitely far the other way where none was."""
    return sign * np.where(np.isnan(seen), -np.inf, sign * seen).max(axis=1)


def _first_other(seen: Floats, level: int) -> Floats:
    """First draw seen that is not at the level; the level where there is none."""
    is_other = (seen != level) & ~np.isnan(seen)
    at: Integers = is_other.argmax(axis=1)[:, None, :]
    return np.where(is_other.any(axis=1), np.take_along_axis(seen, at, axis=1)[:, 0], float(level))
