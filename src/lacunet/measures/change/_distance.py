"""How far the slices of one word lie apart, with the part that noise adds taken off."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.measures.change._pieces import Pieces

UNITS_PER_DOF, LEAST_DOF = 6.0, 5.0
"""Units that stand for one degree of freedom of a spread along a gap, and the fewest degrees."""
RESAMPLES = 64
"""Resamples worked on at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Means:
    """Mean vectors of one word by slice, and what they are made of.

    Attributes
    ----------
    means
        Mean over mentions (T, d), NaN in a slice without any.
    parts
        What each row of the pieces adds to the error of its mean (m, d), with the small-sample factor.
    gram
        Inner products of the means without what noise adds to them (T, T).
    """

    means: Floats
    parts: Floats
    gram: Floats

    @property
    def lengths(self) -> Floats:
        """Lengths of the means without noise (T,); NaN where noise is all there is."""
        squares = np.diag(self.gram)
        return np.sqrt(np.where(squares > 0, squares, np.nan))

    @property
    def plain(self) -> Floats:
        """Cosine distances of the means as they stand (T, T)."""
        length = np.sqrt((self.means**2).sum(axis=1))
        return np.asarray(1 - self.means @ self.means.T / np.outer(length, length))

    @property
    def distances(self) -> Floats:
        """Cosine distances without what noise adds (T, T)."""
        return np.asarray(1 - self.gram / np.outer(self.lengths, self.lengths))


def average(pieces: Pieces) -> Means:
    r"""Means of a word by slice, and their inner products without what noise adds.

    A mean of few mentions is long and lies far from any other by chance alone. With :math:`e_{gt} = (S_{gt} - n_{gt}
    \bar u_t) / N_t` what unit g adds to the error of the mean of slice t,

    .. math:: M_{ts} = \bar u_t \cdot \bar u_s - \frac{G}{G - 1} \sum_g e_{gt} \cdot e_{gs}

    has no such part: units in one slice correct the lengths, units in several correct the products.
    """
    n = pieces.count(pieces.n)
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = np.zeros((pieces.n_slices, pieces.sums.shape[1]))
        np.add.at(sums, pieces.slices, pieces.sums)
        means = sums / n[:, None]
        units = pieces.count()
        factor = np.sqrt(np.where(units > 1, units / (units - 1), np.nan))
        parts = (pieces.sums - pieces.n[:, None] * means[pieces.slices]) / n[pieces.slices, None]
        parts *= factor[pieces.slices, None]
        own = means[pieces.slices]
        parts -= ((parts * own).sum(axis=1) / (own**2).sum(axis=1))[:, None] * own
    return Means(means=means, parts=parts, gram=means @ means.T - _share(pieces, parts))


def _share(pieces: Pieces, parts: Floats) -> Floats:
    """Sum over units of the inner products of their parts (T, T)."""
    shared = np.zeros((pieces.n_slices, pieces.n_slices))
    shared[np.diag_indices(pieces.n_slices)] = pieces.count((parts**2).sum(axis=1))
    shared[pieces.count() < 2, pieces.count() < 2] = np.nan
    one, other = pieces.pairs()
    products = (parts[one] * parts[other]).sum(axis=1)
    np.add.at(shared, (pieces.slices[one], pieces.slices[other]), products)
    np.add.at(shared, (pieces.slices[other], pieces.slices[one]), products)
    return shared


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """What chance does to the squared distance of two slices, apart from where it lies.

    Attributes
    ----------
    square
        Squared distance of the directions without what noise adds, twice the cosine distance: lambda.
    bent
        Replicates of the quadratic part of its error (B,), mean 0.
    straight
        Replicates of the part that grows with the root of lambda (B,), at lambda 1.
    """

    square: float
    bent: Floats
    straight: Floats

    @property
    def std_error(self) -> float:
        """Standard error of the cosine distance, at the one found."""
        drawn = np.sqrt(max(self.square, 0.0)) * self.straight + self.bent
        return float(drawn.std(ddof=1)) / 2

    def interval(self, level: float) -> tuple[float, float]:
        """Cosine distances at which the one found would be neither too large nor too small.

        An interval by inversion: its ends are the distances of which the one found is an outer quantile. Nothing is
        cut off at 0, so that means over words and slices stay right.
        """
        tail = (1 - level) / 2
        low = self._where(1 - tail)
        high = self._where(tail)
        return low / 2, high / 2

    def _where(self, quantile: float) -> float:
        """The lambda of which the square found is a quantile."""
        scale = float(np.abs(self.bent).max() + np.abs(self.straight).max() ** 2 + abs(self.square))
        left, right = self.square - 2 * scale, self.square + 2 * scale
        for _ in range(60):
            middle = (left + right) / 2
            if self._quantile(middle, quantile) > self.square:
                right = middle
            else:
                left = middle
        return (left + right) / 2

    def _quantile(self, square: float, quantile: float) -> float:
        drawn = square + np.sqrt(max(square, 0.0)) * self.straight + self.bent
        return float(np.quantile(drawn, quantile, method="weibull"))


def spread(pieces: Pieces, means: Means, one: int, other: int, drawn: NDArray[np.float32]) -> Spread:
    """What drawing units anew does to the distance of two slices.

    Parameters
    ----------
    pieces, means
        Of the word.
    one, other
        The slices.
    drawn
        How often each unit is drawn (B, units).

    Returns
    -------
    Spread
        From which intervals of any level come.
    """
    directions = means.means / means.lengths[:, None]
    rows = np.flatnonzero((pieces.slices == one) | (pieces.slices == other))
    signs = np.where(pieces.slices[rows] == one, 1.0, -1.0)
    parts = (signs / means.lengths[pieces.slices[rows]])[:, None] * means.parts[rows]
    units, place = np.unique(pieces.units[rows], return_inverse=True)
    joined = np.zeros((len(units), parts.shape[1]))
    np.add.at(joined, place.reshape(-1), parts)
    blocks = (drawn[b : b + RESAMPLES, units].astype(np.float64) - 1 for b in range(0, len(drawn), RESAMPLES))
    errors = np.concatenate([block @ joined for block in blocks])
    gap = directions[one] - directions[other]
    square = 2 * float(means.distances[one, other])
    bent = (errors**2).sum(axis=1)
    straight = 2 * errors @ gap / np.sqrt(gap @ gap)
    return Spread(square=square, bent=bent - bent.mean(), straight=straight * _widen(pieces.between(one, other)))


def _widen(pieces: Pieces) -> float:
    """Deviation of Student's t over a normal's, with degrees of freedom for the units of the smaller slice.

    The spread along the gap is taken where the gap was found: too narrow where it was found too small, and the more so
    the fewer units there are. Measured in docs/design/change-over-time.md.
    """
    dof = max(float(pieces.count().min()) / UNITS_PER_DOF, LEAST_DOF)
    return float(np.sqrt(dof / (dof - 2)))
