"""Predictive mean matching: hand out what was observed in rows with a like prediction."""

import numpy as np

from lacunet._typing import Floats, Integers

DONORS = 5
"""Rows among which one is drawn (van Buuren's default)."""


def nearest_donors(observed: Floats, wanted: Floats, *, rng: np.random.Generator) -> Integers:
    """Positions of the ``DONORS`` rows whose prediction lies nearest, ties broken at random, shape ``(q, DONORS)``.

    Parameters
    ----------
    observed
        Predicted means of the rows with a value, shape ``(n,)``.
    wanted
        Predicted means of the rows without, shape ``(q,)``.
    rng
        Source of chance.

    References
    ----------
    Little, R. J. A. 1988. Missing-data adjustments in large surveys. Journal of Business & Economic Statistics 6(3).
    van Buuren, S. 2018. Flexible Imputation of Missing Data, 2nd ed., 3.4. CRC Press.
    """
    # Shuffled first: a stable sort then leaves rows of equal prediction in random order.
    shuffled = rng.permutation(len(observed))
    order = shuffled[np.argsort(observed[shuffled], kind="stable")]
    line, k = observed[order], min(DONORS, len(observed))
    first = np.clip(np.searchsorted(line, wanted) - k, 0, max(len(line) - 2 * k, 0))
    window = np.minimum(first[:, None] + np.arange(2 * k), len(line) - 1)
    distance = np.abs(line[window] - wanted[:, None])
    # A window that runs over the end repeats the last row, which counts once.
    distance[:, 1:][window[:, 1:] == window[:, :-1]] = np.inf
    nearest = np.argpartition(distance, k - 1, axis=1)[:, :k]
    return order[np.take_along_axis(window, nearest, axis=1)]


def hand_out(values: Floats, donors: Integers, *, rng: np.random.Generator) -> Floats:
    """Value of one donor of each row, drawn with equal chances, shape ``(q,)``."""
    chosen = rng.integers(donors.shape[1], size=len(donors))
    return values[donors[np.arange(len(donors)), chosen]]
