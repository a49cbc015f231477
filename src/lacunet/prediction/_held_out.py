"""Errors on rows that were held out, and what they say of new rows."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lacunet._typing import Bools, Floats, Integers
from lacunet.prediction._fit import Held
from lacunet.solve import conformal_quantile, cross_conformal, level_scores

GROUP, MOST_GROUPS = 50, 20
"""Held-out rows of similar predictions that share a spread, at least; and the most such groups."""
PRIOR = 10
"""Rows of average spread added to each group, which keep a small one from being taken at its word."""
ROUNDING = 1e-9
NARROW = 1e-6
"""Least spread, as a share of the average: an interval of no width cannot be stretched."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Spread:
    """Mean size of errors as a step function of the prediction.

    Attributes
    ----------
    edges
        Predictions at which it steps, (g - 1,).
    sizes
        Mean size in each group, (g,).
    """

    edges: Floats
    sizes: Floats

    @classmethod
    def learn(cls, centre: Floats, size: Floats, weights: Floats) -> tuple[Self, Floats]:
        """Learn from held-out rows; the spread of each of them is that of the others in its group, (n,)."""
        n_groups = min(max(len(size) // GROUP, 1), MOST_GROUPS)
        edges = np.unique(np.quantile(centre, np.arange(1, n_groups) / n_groups))
        group = np.searchsorted(edges, centre, side="right")
        w = weights / weights.mean()
        count = np.bincount(group, weights=w, minlength=len(edges) + 1)
        total = np.bincount(group, weights=w * size, minlength=len(edges) + 1)
        mean = float(np.average(size, weights=weights))
        least = NARROW * mean if mean > 0 else 1.0
        # A row's own error in its spread would make it look ordinary, and new rows have no such help.
        own = (total[group] - w * size + PRIOR * mean) / (count[group] - w + PRIOR)
        sizes = (total + PRIOR * mean) / (count + PRIOR)
        return cls(edges=edges, sizes=np.maximum(sizes, least)), np.maximum(own, least)

    def at(self, centre: Floats) -> Floats:
        """Spread at predictions, (n,)."""
        return self.sizes[np.searchsorted(self.edges, centre, side="right")]


@dataclass(frozen=True, kw_only=True, eq=False)
class Errors:
    """Errors of held-out rows, each by the network that never saw it.

    Attributes
    ----------
    centre, size
        Middle of what was said and distance of the outcome from it, (n,).
    half
        Half the distance between the outermost quantiles, (n,); None where numbers were said.
    weights
        Weights of the rows, (n,); None where all are alike.
    member
        Which network held each out, (n,).
    """

    centre: Floats
    size: Floats
    half: Floats | None
    weights: Floats | None
    member: Integers

    @classmethod
    def of(cls, held: Held, *, is_quantiles: bool) -> Self:
        """Errors of the rows held out."""
        centre, half = _middle(held.said) if is_quantiles else (held.said, None)
        return cls(
            centre=centre,
            size=np.abs(held.y - centre),
            half=half,
            weights=_varying(held.weights),
            member=held.member.astype(np.intp),
        )

    @property
    def n(self) -> int:
        """Rows held out."""
        return len(self.size)

    def ends(self, said: Floats, level: float, *, plus: bool) -> tuple[Floats, Floats]:
        """Both ends of the intervals of new rows, of which members said (n, k) or quantiles (n, k, q).

        ``plus`` is for CV+; otherwise they lie around the mean of the members.
        """
        if self.half is not None:
            centres, halves = _middle(said)
            return self._around(centres, self.half, halves.mean(axis=1), level, plus)
        weights = np.ones(self.n) if self.weights is None else self.weights
        spread, own = Spread.learn(self.centre, self.size, weights)
        plain = conformal_quantile(self.size, level, self.weights)
        scaled = conformal_quantile(self.size / own, level, self.weights) * float(np.average(own, weights=weights))
        if not scaled < plain:
            return self._around(said, np.ones(self.n), np.ones(len(said)), level, plus)
        return self._around(said, own, spread.at(said.mean(axis=1)), level, plus)

    def _around(self, centres: Floats, own: Floats, spread: Floats, level: float, plus: bool) -> tuple[Floats, Floats]:
        scores = self.size / own
        if plus and centres.shape[1] > 1 and self.weights is None:
            low, high = cross_conformal(scores, self.member, centres / spread[:, None], level)
            return low * spread, high * spread
        reach = conformal_quantile(scores, level, self.weights) * spread
        centre = centres.mean(axis=1)
        return centre - reach, centre + reach


def _middle(said: Floats) -> tuple[Floats, Floats]:
    """Middle and half the distance of the outermost quantiles, which stand along the last axis."""
    low, high = said[..., 0], said[..., -1]
    half = (high - low) / 2
    return (low + high) / 2, np.maximum(half, NARROW * max(float(half.mean()), NARROW))


def _varying(weights: Floats) -> Floats | None:
    return None if np.ptp(weights) == 0 else weights


def contains(held: Held, said: Floats, level: float, method: str, uniforms: tuple[Floats, Floats] | None) -> Bools:
    """Whether each level belongs to the set of each new row.

    Parameters
    ----------
    held
        Rows held out, with probabilities (n, c).
    said
        Probabilities of new rows by each member, (n_new, k, c), for CV+; or by all of them together, (n_new, 1, c).
    level
        Coverage.
    method, uniforms
        As in `lacunet.solve.level_scores`, the random numbers of rows held out and of new rows.

    Returns
    -------
    Bools
        Shape (n_new, c).
    """
    old, new = (None, None) if uniforms is None else uniforms
    own = level_scores(held.said, method, old)[np.arange(len(held.y)), held.y.astype(np.intp)]  # type: ignore[arg-type]
    weights = held.weights / held.weights.mean()
    below = np.zeros((len(said), said.shape[2]))
    for member in range(said.shape[1]):
        rows = np.flatnonzero(held.member == member) if said.shape[1] > 1 else np.arange(len(own))
        rows = rows[np.argsort(own[rows], kind="stable")]
        reached = np.append(0.0, np.cumsum(weights[rows]))
        scores = level_scores(said[:, member], method, new)  # type: ignore[arg-type]
        below += reached[np.searchsorted(own[rows], scores, side="left")]
    # The new row weighs 1, the mean of those held out.
    return below < level * (len(own) + 1) - ROUNDING * len(own)


def count_ends(predicted: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Whole numbers from 0 between both ends; the nearest to the prediction where there is none."""
    nearest = np.rint(predicted)
    low = np.maximum(np.ceil(low - ROUNDING), 0.0)
    high = np.floor(high + ROUNDING)
    is_none = high < low
    return np.where(is_none, nearest, low), np.where(is_none, nearest, high)
