r"""Cosines of a group's vector with words, and how far they would move with other documents.

The mean of n noisy vectors is longer than what it estimates, by the noise that does not average out:
:math:`E \lVert \bar y \rVert^2 = \lVert \mu \rVert^2 + \operatorname{tr} \Sigma_{\bar y}`. So cosines with it are too
near to 0, the more so the fewer the mentions. The correction takes the noise, estimated over the documents (clusters),
away from the squared length. A resample adds the same noise once more, so it is taken away twice there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lacunet._rng import generator
from lacunet._typing import Bools, Floats, Integers
from lacunet.measures.alacarte._cells import Cells
from lacunet.measures.uncertainty import bootstrap_errors, draw_multiplicities

LEAST_SIGNAL = 0.05
"""Share of a squared length that is kept whatever the noise: below it a direction is hardly known."""
LEAST_DRAWN = 0.25
"""Share of the corrected squared length below which no resample's goes: a length near 0 would make any cosine."""
SAME = 1e-12
"""Statistics that differ by less are equal but for rounding, and count as reached."""
RESAMPLES = 64
"""Resamples worked on at once."""
Drawn = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Clusters:
    """Mentions of one group, added up by cluster.

    Attributes
    ----------
    codes
        Which clusters (k,), rising.
    n
        Mentions in each (k,).
    sums
        Of each space the sums of their vectors (k, d).
    """

    codes: Integers
    n: Floats
    sums: tuple[Floats, ...]


@dataclass(frozen=True, eq=False)
class Direction:
    """Mean vector of a group, the noise in its squared length, and that length without it."""

    mean: Floats
    noise: float
    squared: float

    @property
    def is_noise(self) -> bool:
        """Whether nothing but the least signal was left."""
        return self.noise > 0 and self.squared <= LEAST_SIGNAL * float(self.mean @ self.mean) * (1 + SAME)


def clusters_of(cells: Cells, group: int) -> Clusters:
    """The clusters of one group."""
    own = np.flatnonzero(cells.group == group)
    codes, place = np.unique(cells.cluster[own], return_inverse=True)
    n = np.bincount(place, weights=cells.n[own]).astype(np.float64)
    sums = []
    for some in cells.sums:
        added = np.zeros((len(codes), some.shape[1]))
        np.add.at(added, place, some[own])
        sums.append(added)
    return Clusters(codes, n, tuple(sums))


def find_direction(n: Floats, sums: Floats, corrected: bool) -> Direction:
    """Mean vector with its corrected length; one cluster alone says nothing of noise."""
    k, total = len(n), n.sum()
    mean = sums.sum(axis=0) / total
    raw = float(mean @ mean)
    noise = 0.0
    if corrected and k > 1:
        noise = k / (k - 1) * float(((sums - n[:, None] * mean) ** 2).sum()) / float(total) ** 2
    return Direction(mean, noise, max(raw - noise, LEAST_SIGNAL * raw))


def cosines_with(direction: Direction, units: Floats) -> Floats:
    """Cosines (q,) of a group with vectors of length 1."""
    return np.clip(np.einsum("qd,d->q", units, direction.mean) / np.sqrt(direction.squared), -1, 1)


def draw_pair(one: Clusters, other: Clusters, n_boot: int, seed: int, names: tuple[str, str]) -> tuple[Drawn, Drawn]:
    """Multiplicities of the clusters of two groups: drawn apart, unless a cluster is in both."""
    if not len(np.intersect1d(one.codes, other.codes)):
        first, second = (draw_alone(some, n_boot, seed, name) for some, name in zip((one, other), names, strict=True))
        return first, second
    codes = np.union1d(one.codes, other.codes)
    drawn = draw_multiplicities(np.arange(len(codes)), n_boot, seed, f"bootstrap of {names[0]} and {names[1]}")
    first, second = (drawn[:, np.searchsorted(codes, some.codes)] for some in (one, other))
    return first, second


def draw_alone(some: Clusters, n_boot: int, seed: int, name: str) -> Drawn:
    """Multiplicities (B, k) of the clusters of one group."""
    return draw_multiplicities(np.arange(len(some.codes)), n_boot, seed, f"bootstrap of {name}")


def replicate(n: Floats, sums: Floats, drawn: Drawn, direction: Direction, units: Floats) -> Floats:
    """Cosines in resamples (B, q); NaN where a resample has no mention."""
    blocks = (drawn[b : b + RESAMPLES].astype(np.float64) for b in range(0, len(drawn), RESAMPLES))
    return np.concatenate([_replicate(n, sums, block, direction, units) for block in blocks])


def _replicate(n: Floats, sums: Floats, drawn: Floats, direction: Direction, units: Floats) -> Floats:
    k = len(n)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (drawn @ sums) / (drawn @ n)[:, None]
        squared = np.einsum("bd,bd->b", means, means) - direction.noise * (1 + (k - 1) / k)
        squared = np.maximum(squared, LEAST_DRAWN * direction.squared)
        return np.clip((means @ units.T) / np.sqrt(squared)[:, None], -1, 1)


def errors_of(replicates: Floats, k: int) -> Floats:
    """Standard errors (q,) for k clusters, whose resamples spread by a factor (k - 1) / k too little; NaN for one."""
    return bootstrap_errors(replicates) * np.sqrt(k / (k - 1)) if k > 1 else np.full(replicates.shape[1], np.nan)


@dataclass(frozen=True, eq=False)
class Shuffle:
    """Two groups of one target with the labels that chance could have given them.

    Attributes
    ----------
    n, sums
        Mentions of each unit (u,), and of each space the sums of their vectors (u, d).
    labels
        Whether each unit is of the first group (1 + B, u), as it is and after each shuffle.
    is_within
        Whether labels were shuffled within clusters, as some have documents of both groups.
    """

    n: Floats
    sums: tuple[Floats, ...]
    labels: NDArray[np.float64]
    is_within: bool

    def cosines(self, space: int, units: Floats, corrected: bool) -> tuple[Floats, Floats]:
        """Cosines of the first group and of the second, (1 + B, q) each."""
        first = self._side(self.labels, space, units, corrected)
        return first, self._side(1 - self.labels, space, units, corrected)

    def _side(self, labels: Floats, space: int, units: Floats, corrected: bool) -> Floats:
        n, sums = self.n, self.sums[space]
        total = labels @ n
        means = (labels @ sums) / total[:, None]
        raw = np.einsum("bd,bd->b", means, means)
        noise = np.zeros(len(labels))
        k = labels.sum(axis=1)
        if corrected:
            spread = labels @ np.einsum("ud,ud->u", sums, sums) + raw * (labels @ n**2)
            spread -= 2 * np.einsum("bd,bd->b", labels @ (n[:, None] * sums), means)
            noise = np.where(k > 1, k / np.maximum(k - 1, 1) * spread / total**2, 0.0)
        squared = np.maximum(raw - noise, LEAST_SIGNAL * raw)
        return np.clip((means @ units.T) / np.sqrt(squared)[:, None], -1, 1)


def shuffle_labels(cells: Cells, groups: tuple[int, int], n_permutations: int, seed: int) -> Shuffle:
    """Shuffle the labels of two groups: over clusters, or within them where some have documents of both groups."""
    one, other = (clusters_of(cells, group) for group in groups)
    is_within = bool(len(np.intersect1d(one.codes, other.codes)))
    if is_within:
        own = np.flatnonzero(np.isin(cells.group, groups))
        n, sums = cells.n[own].astype(np.float64), tuple(some[own] for some in cells.sums)
        is_one, strata = cells.group[own] == groups[0], cells.cluster[own]
    else:
        n = np.concatenate([one.n, other.n])
        sums = tuple(np.vstack(pair) for pair in zip(one.sums, other.sums, strict=True))
        is_one = np.arange(len(n)) < len(one.n)
        strata = np.zeros(len(n), dtype=np.intp)
    labels = np.empty((1 + n_permutations, len(n)))
    labels[0] = is_one
    by_stratum = np.argsort(strata, kind="stable")
    for b in range(n_permutations):
        ranks = generator(seed, "permutation of labels", b).random(len(n))
        labels[1 + b, by_stratum] = is_one[np.lexsort((ranks, strata))]
    return Shuffle(n, sums, labels, is_within)


def p_values(statistics: Floats) -> Floats:
    """Share of shuffles whose statistic reaches the observed one, which is the first row and counts as one of them."""
    reached: Bools = statistics >= statistics[0] * (1 - SAME) - SAME
    return np.asarray(reached.mean(axis=0))
