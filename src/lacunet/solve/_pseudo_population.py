"""A survey's design as random weights of its rows: what a generator must see to carry the design's uncertainty."""

import numpy as np
from numpy.typing import ArrayLike

from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError

LEAST_SHAPE = 0.05
"""Two clusters in a stratum would need one of them to count for nothing; this much keeps every weight positive."""
LEAST_WEIGHT = 1e-9


def draw_row_weights(
    rng: np.random.Generator,
    weights: ArrayLike,
    strata: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    spread: float = 1.0,
) -> Floats:
    r"""Draw the rows' shares in one pseudo-population that the survey may have come from.

    For synthetic data from a survey with unequal weights, strata or clusters: fit member i of the generator to rows
    weighted by draw i, and let each synthetic set come from a member of its own. A synthetic row then stands for the
    population as a row of a simple random sample does (no weights are needed to analyse it), and members differ as
    much as the survey's estimates would from one sample to the next. Rows are weighted, never repeated, so that no
    pseudo-population need be written out.

    **The rule that then holds is "fully"** of `combine_synthetic`, :math:`T = (1 + 1/m) B - \bar V`: the spread
    between members has the design's variance, of which V̄, reckoned within a set of independent rows, knows nothing.

    For primary sampling unit c of the :math:`n_h` of stratum h:

    .. math::

        g_c \sim Gamma(a_h), \quad a_h = \frac{n_h - 2}{n_h}, \quad
        w^*_i = w_i \, \frac{n_h \, g_{c(i)}}{\sum_{c \in h} g_c}, \quad \text{then scaled to mean 1}

    so that :math:`Var(\sum w^* y) = \sum_h \frac{n_h}{n_h - 1} \sum_{c \in h} (z_c - \bar z_h)^2`, z being the
    weighted totals of the units: the usual variance of a stratified sample drawn with replacement.

    Parameters
    ----------
    rng
        Where the chance comes from.
    weights
        Sampling weights, shape ``(n,)``, above 0, in any unit; ones for a survey without.
    strata
        Stratum of each row, shape ``(n,)``; None for one stratum.
    clusters
        Primary sampling unit of each row, shape ``(n,)``; a unit named alike in two strata is two. None: rows.
    spread
        Variance of the draws as a share of the design's; 1 is the one with which "fully" holds.

    Returns
    -------
    Floats
        Weights of shape ``(n,)``, above 0, with mean 1.

    Raises
    ------
    DataError
        When lengths differ, a weight is not above 0 or not finite, or there is one unit only.
    SpecError
        When ``spread`` is not above 0.

    References
    ----------
    Cohen, M. P. 1997. The Bayesian bootstrap and multiple imputation for unequal probability sample designs.
    Proceedings of the Survey Research Methods Section, ASA: 635-638.
    Dong, Q., M. R. Elliott, and T. E. Raghunathan. 2014. A nonparametric method to generate synthetic populations to
    adjust for complex sampling design features. Survey Methodology 40(1): 29-46.
    Mathur, S., Y. Si, and J. P. Reiter. 2024. Fully synthetic data for complex surveys. arXiv:2309.09115.
    Rao, J. N. K., and C. F. J. Wu. 1988. Resampling inference with complex survey data. Journal of the American
    Statistical Association 83(401): 231-241.
    Differs: the pseudo-population is as large as can be, and the urn that fills it up is averaged over instead of
    drawn, so that shares are the bootstrapped weights themselves and no sample is drawn from it again: its chance
    would only be taken off later. No finite-population correction. Gamma weights in place of drawing units, with the
    shape that makes the variance unbiased. Strata with one unit are joined.

    Examples
    --------
    >>> rng = np.random.Generator(np.random.PCG64(1))
    >>> drawn = draw_row_weights(rng, [1.0, 1.0, 2.0], clusters=["a", "a", "b"])
    >>> bool(drawn[0] == drawn[1]), round(float(drawn.mean()), 12)
    (True, 1.0)
    """
    w = _check_weights(weights)
    if not spread > 0:
        raise SpecError(f"spread={spread!r} is not above 0. Say 1 for the variance of the design.")
    stratum = _positions(strata, len(w), "strata", np.zeros(len(w), dtype=np.intp))
    unit = _positions(clusters, len(w), "clusters", np.arange(len(w)))
    unit, stratum_of = _nest(unit, stratum)
    sizes = np.bincount(stratum_of)
    shape = np.maximum((sizes - 2) / np.maximum(sizes, 1), LEAST_SHAPE) / spread
    drawn = np.maximum(rng.gamma(shape[stratum_of]), LEAST_WEIGHT)
    share = drawn * (sizes / np.bincount(stratum_of, weights=drawn, minlength=len(sizes)))[stratum_of]
    new = w * share[unit]
    return new / new.mean()


def _nest(unit: Integers, stratum: Integers) -> tuple[Integers, Integers]:
    """Unit of each row, numbered over all strata, and the stratum of each unit; strata of one unit are joined."""
    pairs, unit = np.unique(np.column_stack([stratum, unit]), axis=0, return_inverse=True)
    if len(pairs) < 2:
        raise DataError(
            "All rows are in one cluster. How much the survey's estimates vary cannot be told from one unit: two or "
            "more are needed. Leave clusters out if the rows were drawn one by one."
        )
    stratum_of = pairs[:, 0]
    sizes = np.bincount(stratum_of)
    alone = np.flatnonzero(sizes == 1)
    if len(alone):
        others = np.flatnonzero(sizes > 1)
        target = alone[0] if len(alone) > 1 else others[np.argmin(sizes[others])]
        stratum_of = np.where(np.isin(stratum_of, alone), target, stratum_of)
    return unit.ravel(), np.unique(stratum_of, return_inverse=True)[1]


def _check_weights(weights: ArrayLike) -> Floats:
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 1 or len(w) == 0 or not np.isfinite(w).all() or not (w > 0).all():
        raise DataError(
            f"The weights have shape {w.shape}, or one of them is missing, 0 or below. Every row needs a weight above "
            "0: leave out the rows that stand for nobody."
        )
    return w


def _positions(names: ArrayLike | None, n: int, what: str, otherwise: Integers) -> Integers:
    """Names as positions from 0."""
    if names is None:
        return otherwise
    given = np.asarray(names)
    if given.shape != (n,):
        raise DataError(f"{what} has shape {given.shape} for {n} rows. It needs one name per row.")
    return np.unique(given, return_inverse=True)[1]
