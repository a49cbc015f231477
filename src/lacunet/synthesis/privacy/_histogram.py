"""Cuts of one number, found by halving: an interval with many rows is cut in two, and counts are noisy.

Quantiles, minima and maxima of the rows are never looked at. The points are public (`PublicColumn`); the cuts are
where halving stopped, and a value that very many rows share ends up as an interval of its own.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.synthesis.privacy._ledger import Ledger
from lacunet.synthesis.privacy._noise import noisy_counts
from lacunet.synthesis.privacy._public import PublicColumn

CLEAR = 3.0
"""An interval is cut only where its count is as many standard deviations of the noise above zero."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Marginal:
    """Noisy counts of one column.

    Attributes
    ----------
    first, last
        First and last public point of each interval of a number, shape (c,); both the level's number for a category.
    counts
        Noisy counts of the intervals or levels, and behind them of the reasons, shape (c + r,).
    spread
        Standard deviation of the noise in each count, shape (c + r,).
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    counts: Floats
    spread: Floats

    @property
    def n_values(self) -> int:
        """Number of intervals or levels c."""
        return len(self.first)

    def code(self, place: Floats, reason: NDArray[np.integer]) -> NDArray[np.int64]:
        """Code of each row: its interval or level, or c - 1 + the number of its reason."""
        point = np.where(reason > 0, 0, np.nan_to_num(place)).astype(np.int64)
        inside = np.searchsorted(self.last, point).clip(0, self.n_values - 1)
        return np.where(reason > 0, self.n_values - 1 + reason.astype(np.int64), inside)


def measure_column(
    place: Floats,
    reason: NDArray[np.integer],
    public: PublicColumn,
    rho: float,
    ledger: Ledger,
    rng: np.random.Generator,
    *,
    n_levels: int,
    what: str,
) -> Marginal:
    """Noisy counts of a column's levels, or of intervals of about equal count, and of its reasons.

    Parameters
    ----------
    place
        Level or public point of each row, shape (n,); anything where there is a reason.
    reason
        Number of the reason of each row, 0 where there is a value, shape (n,).
    public
        What is known without looking.
    rho
        What the counts of this column may cost.
    ledger, rng
        Where it is entered; secret randomness.
    n_levels
        Intervals to aim at for a number.
    what
        Words for the ledger.

    Returns
    -------
    Marginal
        Intervals and counts.

    References
    ----------
    Zhang, J., X. Xiao, and X. Xie. 2016. PrivTree: a differentially private algorithm for hierarchical decompositions.
    SIGMOD. Differs: Gaussian noise of equal size at every depth, which costs depth times as much and is accounted for
    as such, instead of biased scores.
    """
    depth = 1 if public.n_levels else max(math.ceil(math.log2(public.n_points)), 1)
    # All depths are paid for at once, whether they are reached or not.
    sigma = math.sqrt(0.5 * depth / rho)
    ledger.counts(what, math.sqrt(0.5 / rho))
    why = np.bincount(reason, minlength=public.n_reasons + 1).astype(np.float64)[1:]
    why = noisy_counts(why, sigma, rng)
    points = np.nan_to_num(place[reason == 0]).astype(np.int64)
    if public.n_levels:
        counts = noisy_counts(np.bincount(points, minlength=public.n_levels).astype(np.float64), sigma, rng)
        first = last = np.arange(public.n_levels)
        spread = np.full(len(first), sigma)
    else:
        first, last, counts, spread = _halve(np.sort(points), public.n_points, depth, sigma, n_levels, rng)
    return Marginal(
        first=first, last=last, counts=np.append(counts, why), spread=np.append(spread, np.full(len(why), sigma))
    )


def _halve(
    points: NDArray[np.int64], n_points: int, depth: int, sigma: float, n_levels: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, Floats]:
    """Intervals with noisy counts and their spread; at each depth a row is in at most one interval that is counted."""
    starts, width = np.zeros(1, dtype=np.int64), 2**depth
    above, spread_above, enough = np.full(1, np.nan), np.full(1, np.inf), 0.0
    done: list[tuple[int, int, float, float]] = []
    for _ in range(depth):
        width //= 2
        starts = np.stack([starts, starts + width], axis=1)
        counts = np.diff(np.searchsorted(points, np.stack([starts, starts + width])), axis=0)[0].astype(np.float64)
        noisy = noisy_counts(counts, sigma, rng)
        # A half beyond the last public point is empty for certain.
        noisy = np.where(starts >= n_points, 0.0, noisy)
        noisy, spread = _agree(noisy, starts >= n_points, sigma, above, spread_above)
        enough = enough or max(noisy.sum() / n_levels, CLEAR * sigma)
        starts, noisy, spread = starts.ravel(), noisy.ravel(), spread.ravel()
        is_final = (noisy <= max(enough, CLEAR * sigma)) | (width == 1)
        is_public = starts < n_points
        for at in np.flatnonzero(is_final & is_public):
            done.append((int(starts[at]), min(int(starts[at]) + width, n_points) - 1, noisy[at], spread[at]))
        go = ~is_final & is_public
        starts, above, spread_above = starts[go], noisy[go], spread[go]
        if not len(starts):
            break
    first, last, counts, spread = (np.array(column) for column in zip(*sorted(done), strict=True))
    return first.astype(np.int64), last.astype(np.int64), counts.astype(np.float64), spread.astype(np.float64)


def _agree(
    noisy: Floats, is_empty: NDArray[np.bool_], sigma: float, above: Floats, spread_above: Floats
) -> tuple[Floats, Floats]:
    """Weigh the two halves' counts (k, 2) with the count of the whole (k,) that was known before; and their spread."""
    variance = np.where(is_empty, 0.0, sigma**2)
    both = variance.sum(axis=1)
    known = np.isfinite(above)
    gap = np.where(known, above - noisy.sum(axis=1), 0.0)
    with np.errstate(invalid="ignore"):
        weight = np.where(known, variance.T / (both + np.where(known, spread_above, 0.0) ** 2), 0.0).T
    fitted = noisy + weight * gap[:, None]
    return fitted, np.sqrt(np.maximum(variance - weight * variance, 1e-12))
