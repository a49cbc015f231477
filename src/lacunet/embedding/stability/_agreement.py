"""How alike two fits see the neighbourhood of a cue: correlation of cosines, and neighbours in common."""

import numpy as np

from lacunet._typing import Floats, Integers

Pairs = tuple[Integers, Integers]


def list_pairs(r: int) -> Pairs:
    """Each pair of r fits once: positions of the one and of the other."""
    return np.triu_indices(r, k=1)


def correlate(cosines: Floats, own: int, pairs: Pairs) -> Floats:
    """Pearson correlations of the cosines of one cue between fits, the cue's cosine with itself left out.

    Parameters
    ----------
    cosines
        Shape ``(r, v)``.
    own
        Position of the cue itself.
    pairs
        Fits to compare.

    Returns
    -------
    ndarray
        One a pair; not a number where a fit's cosines are all the same.
    """
    # NOTE[DIFF]: the authors' code keeps the cue, whose cosine with itself is 1 in any fit and so raises r.
    others = np.delete(cosines, own, axis=1)
    centred = others - others.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    one, other = pairs
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.einsum("iv,jv->ij", centred, centred)[one, other] / (lengths[one] * lengths[other])
    return np.clip(r, -1, 1)


def share_neighbours(cosines: Floats, own: int, pairs: Pairs, n: int) -> Floats:
    """Jaccard index of the n nearest words of one cue between fits: those in both over those in either."""
    near = [set(largest(row, n, without=own).tolist()) for row in cosines]
    return np.array([len(near[i] & near[j]) / len(near[i] | near[j]) for i, j in zip(*pairs, strict=True)])


def largest(values: Floats, n: int, without: int | None = None) -> Integers:
    """Positions of the n largest values, the largest first; of equals the one that comes first."""
    if without is not None:
        values = values.copy()
        values[without] = -np.inf
        n = min(n, len(values) - 1)
    n = min(n, len(values))
    least = np.partition(values, len(values) - n)[len(values) - n]
    found = np.flatnonzero(values >= least)
    return found[np.argsort(-values[found], kind="stable")][:n]


def jackknife(by_pair: Floats, r: int) -> float:
    r"""Standard error of a mean over pairs of r fits, each fit left out in turn; not a number below three fits.

    .. math:: se^2 = \frac{r - 1}{r} \sum_i (T_{(i)} - \bar T)^2
    """
    if r < 3:
        return float("nan")
    one, other = list_pairs(r)
    left_out = np.array([by_pair[(one != i) & (other != i)].mean() for i in range(r)])
    return float(np.sqrt((r - 1) / r * ((left_out - left_out.mean()) ** 2).sum()))
