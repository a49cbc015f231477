"""The three ways in which the rows are looked at: counts, a choice, and levels that enough rows have.

Noise on counts is a Gaussian rounded to a whole number. Rounding is post-processing, and a whole count plus a whole
noise has no low bits in which the count could be read off (Mironov 2012). What is drawn here must come from the
system's entropy and never from a seed that is known: whoever can draw the noise again can take it away.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from lacunet._typing import Floats
from lacunet.synthesis.privacy._ledger import Ledger

LARGEST_POWER = 40
"""Ends of a number are sought among the powers of two up to this one, and down to its inverse."""


def noisy_counts(counts: Floats, sigma: float, rng: np.random.Generator) -> Floats:
    """Counts of disjoint groups of rows plus rounded Gaussian noise; one row changes one count by one.

    Parameters
    ----------
    counts
        Whole numbers, any shape.
    sigma
        Standard deviation of the noise; enter it in the ledger first.
    rng
        Secret randomness.

    Returns
    -------
    ndarray
        Whole numbers, negative ones among them.
    """
    return counts + np.rint(rng.normal(0.0, sigma, np.shape(counts)))


def choose(scores: Floats, epsilon: float, rng: np.random.Generator) -> int:
    """Choose one of several by the exponential mechanism; one row changes each score by at most one.

    Parameters
    ----------
    scores
        The higher the better, shape (c,).
    epsilon
        ε of the choice: candidate i is taken with probability proportional to exp(ε scores / 2).
    rng
        Secret randomness.

    Returns
    -------
    int
        Position of the candidate.

    References
    ----------
    McSherry, F., and K. Talwar. 2007. Mechanism design via differential privacy. FOCS.
    Cesar, M., and R. Rogers. 2021. Bounding, concentrating, and truncating: unifying privacy loss composition for data
    analytics. ALT. An ε-DP exponential mechanism is ε²/8-zCDP.
    """
    return int(np.argmax(0.5 * epsilon * scores + rng.gumbel(size=len(scores))))


def keep_level(noisy: Floats, sigma: float, delta: float) -> NDArray[np.bool_]:
    r"""Which levels of an unknown list to keep: those whose noisy count exceeds :math:`1 + \sigma\Phi^{-1}(1-\delta)`.

    Without a public list, that a level is named at all says that some row has it. A level that a single row has is
    then kept with probability at most δ, which is added to the budget's δ.

    Parameters
    ----------
    noisy
        Noisy counts of the levels that occur, shape (c,).
    sigma
        Standard deviation of their noise.
    delta
        δ.

    Returns
    -------
    ndarray
        True where a level is kept, shape (c,).

    References
    ----------
    Korolova, A., et al. 2009. Releasing search queries and clicks privately. WWW.
    Wilson, R. J., et al. 2020. Differentially private SQL with bounded user contribution. PETS.
    Differs: Gaussian instead of Laplace noise; half a row more, since the noise is rounded.
    """
    return np.asarray(noisy > 1.5 + sigma * -ndtri(delta))


def find_levels(
    codes: NDArray[np.integer], rho: float, ledger: Ledger, rng: np.random.Generator, *, what: str, delta: float
) -> NDArray[np.int64]:
    """Codes that enough rows have, with their noisy counts paid from the budget.

    Parameters
    ----------
    codes
        Code of each row, shape (n,).
    rho
        What the counts may cost.
    ledger, rng
        Where it is entered; secret randomness.
    what
        Words for the ledger.
    delta
        Probability with which a level of a single row may be named.

    Returns
    -------
    ndarray
        Kept codes in ascending order; possibly none.
    """
    sigma = math.sqrt(0.5 / rho)
    ledger.counts(what, sigma, delta)
    present, counts = np.unique(codes, return_counts=True)
    kept = keep_level(noisy_counts(counts.astype(np.float64), sigma, rng), sigma, delta)
    return present[kept].astype(np.int64)


def find_ends(
    column: Floats, rho: float, ledger: Ledger, rng: np.random.Generator, *, what: str
) -> tuple[float, float]:
    """Ends of a number: powers of two beyond which hardly any row lies, by a noisy count of rows between powers.

    Parameters
    ----------
    column
        Values, shape (n,); NaN is left out.
    rho
        What the counts may cost.
    ledger, rng
        Where it is entered; secret randomness.
    what
        Words for the ledger.

    Returns
    -------
    tuple of float
        Lower and upper end, each zero or plus or minus a power of two; (-1, 1) where no count stands out.

    References
    ----------
    Wilson, R. J., et al. 2020. Differentially private SQL with bounded user contribution. PETS, section 5.1.1
    ("approximate bounds"). Differs: Gaussian noise.
    """
    sigma = math.sqrt(0.5 / rho)
    ledger.counts(what, sigma)
    known = column[np.isfinite(column)]
    powers = 2.0 ** np.arange(-LARGEST_POWER, LARGEST_POWER + 1)
    walls = np.concatenate([-powers[::-1], [0.0], powers])
    bucket = np.clip(np.searchsorted(walls, known, side="right") - 1, 0, len(walls) - 2)
    counts = np.bincount(bucket, minlength=len(walls) - 1).astype(np.float64)
    # So high that with probability .99 no empty bucket stands out.
    wall = sigma * -ndtri(0.01 / len(counts))
    found = np.flatnonzero(noisy_counts(counts, sigma, rng) > wall)
    return (float(walls[found[0]]), float(walls[found[-1] + 1])) if len(found) else (-1.0, 1.0)


def table_of(codes: Any, first: int, second: int, sizes: tuple[int, ...]) -> Floats:
    """Counts of all pairs of levels of two columns, shape (sizes[first], sizes[second])."""
    both = codes[:, first] * sizes[second] + codes[:, second]
    return np.bincount(both, minlength=sizes[first] * sizes[second]).reshape(sizes[first], sizes[second]).astype(float)
