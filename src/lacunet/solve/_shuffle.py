"""Is there more of a term than chance makes? Shuffled rows, or clusters with flipped signs, against many outcomes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats, Integers
from lacunet.solve._many_outcomes import (
    ManyOutcomes,
    blocks_of_clusters,
    cluster_starts,
    scores_of_clusters,
    squared_lengths,
)

SMALL = 2e9
"""Products below which shuffles are summed in float64; above in float32, by which no p-value moves."""
TIE = {"float32": 1e-5, "float64": 1e-9}
"""A statistic that is smaller by less than this share is the observed one again, rounded."""
COLUMNS = 64
"""Shuffled columns multiplied at once."""
Tell = Callable[[int, int], None]


class _Tested:
    """A set of terms, and the model without it."""

    def __init__(self, fit: ManyOutcomes, terms: Integers) -> None:
        # orthonormal rows that span the set's contrasts: Q times them is what of the set no other term explains
        self.n_others = fit.columns.shape[1] - len(terms)
        self.turn = np.linalg.qr(fit.contrasts[terms].T)[0].T
        self.columns = fit.columns @ self.turn.T
        self.left = self.columns * fit.weights[:, None]
        # coefficients of these columns: what the reduced model's residuals have more than the full model's
        self.more = self.turn @ np.linalg.solve(fit.contrasts, fit.coefficients)

    def lengths(self, fit: ManyOutcomes) -> Floats:
        """Squared lengths of the reduced model's residuals, shape (n,)."""
        inner = np.einsum("nd,sd,ns->n", fit.residuals, self.more, self.columns, optimize=True)
        own = np.einsum("ns,sr,nr->n", self.columns, self.more @ self.more.T, self.columns, optimize=True)
        return np.asarray(squared_lengths(fit.residuals) + 2 * inner + own)


def shuffle_test(
    fit: ManyOutcomes, sets: Sequence[Integers], n: int, generator: np.random.Generator, tell: Tell | None = None
) -> Floats:
    r"""P-values of sets of terms by permutation, given the other terms of the model.

    Of independent rows, the residuals of the model without the set are shuffled (Freedman and Lane), and

    .. math:: T = \frac{\lVert Z'WE \rVert^2}{\sum_i w_i^2 \lVert z_i \rVert^2 \lVert e_i \rVert^2}

    is compared, Z being what of the set's columns the others do not explain, orthonormal: the sum of squares that the
    set explains, in units of what its robust variance would add up to. The unit keeps the size where groups of unequal
    numbers vary unequally; shuffled T are multiplied by (n - 1) / (n - k'), k' the terms of the model without the set,
    whose residuals are that much too small. Of clusters, the scores Z_g'W_gE_g of the model without the set have their
    signs flipped, cluster by cluster, which leaves whatever dependence there is within them; every flipped sum of
    squares is divided by the share of the flipped columns that the other terms do not explain (1 without flips).

    Parameters
    ----------
    fit
        The whole model.
    sets
        Each a list of rows of B that are tested together, invariant to how a factor is coded.
    n
        Number B of shuffles.
    generator
        Chance.
    tell
        Function of done and total.

    Returns
    -------
    Floats
        (1 + number of shuffles with T at least as large) / (1 + B), one a set: never 0.

    References
    ----------
    Freedman, D., and D. Lane. 1983. A nonstochastic interpretation of reported significance levels. Journal of Business
    and Economic Statistics 1(4): 292-298.
    Hemerik, J., J. J. Goeman, and L. Finos. 2020. Robust testing in generalized linear models by sign flipping score
    contributions. Journal of the Royal Statistical Society B 82(3): 841-864.
    Phipson, B., and G. K. Smyth. 2010. Permutation p-values should never be zero. Statistical Applications in Genetics
    and Molecular Biology 9(1): 39.
    Differs: the squared norm over all outcomes takes the place of the one score.
    """
    tested = [_Tested(fit, terms) for terms in sets]
    run = _shuffle_rows if fit.clusters is None else _flip_clusters
    exceed = run(fit, tested, n, generator, tell)
    return np.asarray((1.0 + exceed) / (1.0 + n))


def _shuffle_rows(
    fit: ManyOutcomes, tested: list[_Tested], n: int, generator: np.random.Generator, tell: Tell | None
) -> Integers:
    left, units = np.hstack([one.left for one in tested]), np.column_stack([_units(one) for one in tested])
    lengths = np.column_stack([one.lengths(fit) for one in tested])
    n_rows, width = left.shape
    kind: Any = np.float64 if 1.0 * n * n_rows * width * fit.coefficients.shape[1] < SMALL else np.float32
    residuals, shuffled = np.asarray(fit.residuals, dtype=kind), left.astype(kind)
    own = np.array([np.sum(one.more**2) for one in tested]) / np.einsum("ns,ns->s", units, lengths)
    exceed, size = np.zeros(len(tested), dtype=np.intp), max(1, COLUMNS // width)
    for begin in range(0, n, size):
        orders = [generator.permutation(n_rows) for _ in range(min(size, n - begin))]
        sums = _products([shuffled[order] for order in orders], residuals)
        for order, total in zip(orders, sums, strict=True):
            statistic = _statistics(tested, order, np.asarray(total, dtype=np.float64), units, lengths)
            exceed += statistic >= own * (1 - TIE[np.dtype(kind).name])
        if tell is not None:
            tell(begin + len(orders), n)
    return exceed


def _products(shuffled: list[NDArray[Any]], residuals: NDArray[Any]) -> NDArray[Any]:
    """Each shuffle's columns times the residuals, (b, s, D)."""
    together = np.hstack(shuffled).T @ residuals
    return np.asarray(together.reshape(len(shuffled), -1, residuals.shape[1]))


def _statistics(tested: list[_Tested], order: Integers, total: Floats, units: Floats, lengths: Floats) -> Floats:
    found, at = np.empty(len(tested)), 0
    for place, one in enumerate(tested):
        width = len(one.turn)
        # residuals of the reduced model are those of the full one and what the set explained
        moved = total[at : at + width] + (one.left[order].T @ one.columns) @ one.more
        small = (len(order) - 1) / (len(order) - one.n_others)
        found[place] = small * np.sum(moved**2) / (units[order, place] @ lengths[:, place])
        at += width
    return found


def _units(one: _Tested) -> Floats:
    return np.asarray(np.einsum("ns,ns->n", one.left, one.left))


def _flip_clusters(
    fit: ManyOutcomes, tested: list[_Tested], n: int, generator: np.random.Generator, tell: Tell | None
) -> Integers:
    assert fit.clusters is not None
    order, starts = cluster_starts(fit.clusters)
    signs = generator.integers(0, 2, size=(n, len(starts) - 1)).astype(np.float64) * 2 - 1
    sums = [np.zeros((n, len(one.turn), fit.coefficients.shape[1])) for one in tested]
    flipped = [np.zeros((n, fit.columns.shape[1], len(one.turn))) for one in tested]
    for part in blocks_of_clusters(fit, starts):
        bounds = starts[part.start : part.stop + 1]
        scores, grams = scores_of_clusters(fit, order[bounds[0] : bounds[-1]], bounds)
        for place, one in enumerate(tested):
            turned = grams @ one.turn.T
            reduced = one.turn @ scores + (one.turn @ turned) @ one.more
            sums[place] += np.tensordot(signs[:, part], reduced, axes=1)
            flipped[place] += np.tensordot(signs[:, part], turned, axes=1)
        if tell is not None:
            tell(part.stop, len(starts) - 1)
    exceed = np.empty(len(tested), dtype=np.intp)
    for place, one in enumerate(tested):
        by_all = np.einsum("bks,bks->b", flipped[place], flipped[place])
        by_set = np.einsum("bts,bts->b", one.turn @ flipped[place], one.turn @ flipped[place])
        share = 1 - (by_all - by_set) / len(one.turn)
        statistic = np.einsum("bsd,bsd->b", sums[place], sums[place])
        own = np.sum(one.more**2) * (1 - TIE["float64"])
        exceed[place] = np.count_nonzero(statistic >= own * share)
    return exceed
