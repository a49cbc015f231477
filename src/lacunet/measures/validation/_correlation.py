"""Errors of Pearson's and Spearman's correlation over clusters of documents."""

from typing import Any

import numpy as np

from lacunet._typing import Floats, Integers
from lacunet.measures.validation._separation import error_of
from lacunet.solve import correlate, rank


def clustered_errors(x: Any, y: Any, clusters: Integers) -> Floats:
    """Standard errors of Pearson's and Spearman's r (2,) over clusters, from their influence functions."""
    found = []
    for ranked in (False, True):
        found.append(error_of(_influence(x, y, ranked), clusters))
    return np.array(found)


def _influence(x: Any, y: Any, ranked: bool) -> Floats:
    """What each point moves a correlation by (n,).

    Of ranks every point moves those of all others too, by the step that it adds to the distribution function.
    """
    raw = [np.asarray(given, dtype=np.float64) for given in (x, y)]
    used = [rank(given) / len(given) if ranked else given for given in raw]
    r = correlate(*used)
    z = [(given - given.mean()) / given.std() for given in used]
    psi = z[0] * z[1] - r / 2 * (z[0] ** 2 + z[1] ** 2)
    if ranked:
        for i, given in enumerate(raw):
            psi = psi + _mean_above(given, (z[1 - i] - r * z[i]) / used[i].std())
    return psi


def _mean_above(x: Floats, slopes: Floats) -> Floats:
    """Mean over points j of their slope where j lies above point i, half of it where they tie."""
    _, at = np.unique(x, return_inverse=True)
    sums = np.bincount(at, weights=slopes)
    above = sums[::-1].cumsum()[::-1] - sums / 2
    return above[at] / len(x)
