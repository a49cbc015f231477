"""How far single columns and pairs of columns are from the real ones."""

from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats, Integers
from lacunet.synthesis.judge._coded import MOST_LEVELS, Coded, CodedColumn

TREND_BINS = 10
"""Bins of equal width in which a number meets a category."""


def shape_errors(real: Coded, synthetic: Coded) -> Floats:
    r"""Distance of each column's distribution from the real one.

    The Kolmogorov-Smirnov distance of a number, the total variation distance of a category.

    .. math:: KS = \sup_t |F_r(t) - F_s(t)|, \quad TVD = \tfrac12 \sum_l |\pi_{r,l} - \pi_{s,l}|

    Parameters
    ----------
    real, synthetic
        Coded alike, p columns.

    Returns
    -------
    Floats
        Shape (p,), from 0 to 1.

    References
    ----------
    Zhang, H., et al. 2024. Mixed-type tabular data synthesis with score-based diffusion in latent space. ICLR
    (the "shape" error; after sdmetrics' KSComplement and TVComplement).
    Differs: where cells of a number have no value, F counts them as beyond every number, and the distance is at
    least the total variation distance between the shares of values and of each reason.
    """
    return np.array([_shape_error(real, synthetic, j) for j in range(real.p)])


def _shape_error(real: Coded, synthetic: Coded, j: int) -> float:
    column = real.columns[j]
    codes_r, codes_s = real.codes[:, j], synthetic.codes[:, j]
    if not column.is_number:
        return _table_distance(codes_r, codes_s, column.n_codes)
    known_r, known_s = (values[~np.isnan(values)] for values in (real.values[:, j], synthetic.values[:, j]))
    error = _curve_distance(known_r, real.n, known_s, synthetic.n)
    if column.n_codes > column.n_answers:
        first = column.n_answers - 1
        status_r, status_s = (np.maximum(codes - first, 0) for codes in (codes_r, codes_s))
        error = max(error, _table_distance(status_r, status_s, column.n_codes - first))
    return error


def _curve_distance(a: Floats, n_a: int, b: Floats, n_b: int) -> float:
    """Largest distance between two distribution functions that may end below 1."""
    a, b = np.sort(a), np.sort(b)
    where = np.concatenate([a, b])
    if not len(where):
        return 0.0
    return float(
        np.abs(np.searchsorted(a, where, side="right") / n_a - np.searchsorted(b, where, side="right") / n_b).max()
    )


def _table_distance(a: NDArray[np.integer], b: NDArray[np.integer], n_cells: int) -> float:
    """Total variation distance between two tables of counts."""
    difference = np.bincount(a, minlength=n_cells) / len(a) - np.bincount(b, minlength=n_cells) / len(b)
    return float(0.5 * np.abs(difference).sum())


def choose_pairs(p: int, most: int, rng: np.random.Generator) -> Integers:
    """All pairs of columns, or ``most`` of them drawn at random; shape (pairs, 2)."""
    return _choose(p, 2, most, rng)


def choose_triples(p: int, most: int, rng: np.random.Generator) -> Integers:
    """All triples of columns, or ``most`` of them drawn at random; shape (triples, 3)."""
    return _choose(p, 3, most, rng)


def _choose(p: int, size: int, most: int, rng: np.random.Generator) -> Integers:
    if p <= _ALL_UP_TO:
        every = np.array(list(combinations(range(p), size)), dtype=np.intp).reshape(-1, size)
        if len(every) <= most:
            return every
        return every[np.sort(rng.choice(len(every), most, replace=False))]
    drawn = np.sort(np.argsort(rng.random((2 * most, p)), axis=1)[:, :size], axis=1)
    return np.unique(drawn, axis=0)[:most].astype(np.intp)


_ALL_UP_TO = 60
"""Columns up to which all their sets are listed before some are drawn."""


def trend_errors(
    real: Coded, synthetic: Coded, pairs: Integers, *, bins: Literal["shared", "separate"] = "shared"
) -> Floats:
    r"""Distance of each pair's relation from the real one.

    Half the difference of the correlations of two numbers; otherwise the total variation distance of the table of the
    two, numbers cut into 10 bins of equal width.

    .. math:: \tfrac12 |\rho_r - \rho_s|, \quad \tfrac12 \sum_{a,b} |\pi_{r,ab} - \pi_{s,ab}|

    Parameters
    ----------
    real, synthetic
        Coded alike.
    pairs
        Positions of columns, shape (pairs, 2).
    bins
        "shared": cut where the real file is cut. "separate": each file by its own smallest and largest value, as
        sdmetrics 0.11 does, which lets one outlier move every bin; only to compare with published numbers.

    Returns
    -------
    Floats
        Shape (pairs,), from 0 to 1.

    References
    ----------
    Zhang, H., et al. 2024. Mixed-type tabular data synthesis with score-based diffusion in latent space. ICLR
    (the "trend" error; after sdmetrics' CorrelationSimilarity and ContingencySimilarity).
    Differs: shared bins; a correlation that is not defined counts as 0; where cells of two numbers have no value, the
    correlation is of the rows that have both, and the error is at least the total variation distance of the table of
    which of the two are there and why not.
    """
    cut_r, cut_s, sizes = _cut_both(real, synthetic, bins)
    rho_r, rho_s = _correlations(real), _correlations(synthetic)
    is_number = real.is_number
    errors = np.empty(len(pairs))
    for i, (a, b) in enumerate(pairs.tolist()):
        if not (is_number[a] and is_number[b]):
            errors[i] = _pair_distance(cut_r, cut_s, sizes, a, b)
            continue
        errors[i] = abs(rho_r[a, b] - rho_s[a, b]) / 2
        if _has_reasons(real.columns[a]) or _has_reasons(real.columns[b]):
            n_status = {j: real.columns[j].n_codes - real.columns[j].n_answers + 1 for j in (a, b)}
            errors[i] = max(errors[i], _pair_distance(real.reason.T, synthetic.reason.T, n_status, a, b))
    return errors


def _has_reasons(column: CodedColumn) -> bool:
    return column.n_codes > column.n_answers


def _pair_distance(
    cut_r: NDArray[np.integer], cut_s: NDArray[np.integer], sizes: dict[int, int], a: int, b: int
) -> float:
    joint_r = cut_r[a].astype(np.int64) * sizes[b] + cut_r[b]
    joint_s = cut_s[a].astype(np.int64) * sizes[b] + cut_s[b]
    n_cells = sizes[a] * sizes[b]
    if n_cells > _DENSE:
        _, both = np.unique(np.concatenate([joint_r, joint_s]), return_inverse=True)
        joint_r, joint_s, n_cells = both[: len(joint_r)], both[len(joint_r) :], int(both.max()) + 1
    return _table_distance(joint_r, joint_s, n_cells)


_DENSE = 1_000_000
"""Cells of a table above which only those that occur are counted."""


def _cut_both(real: Coded, synthetic: Coded, bins: str) -> tuple[NDArray[np.int64], NDArray[np.int64], dict[int, int]]:
    """Codes with numbers in bins of equal width, column by column, shape (p, n)."""
    cuts: list[tuple[NDArray[np.integer], ...]] = []
    sizes: dict[int, int] = {}
    for j, column in enumerate(real.columns):
        if not column.is_number:
            cuts.append((real.codes[:, j], synthetic.codes[:, j]))
            sizes[j] = column.n_codes
            continue
        cuts.append(tuple(_cut(column, coded, j, bins) for coded in (real, synthetic)))
        sizes[j] = TREND_BINS + 1 + column.n_codes - column.n_answers
    first, second = (np.array([cut[i] for cut in cuts], dtype=np.int64) for i in (0, 1))
    return first, second, sizes


def _cut(column: CodedColumn, coded: Coded, j: int, bins: str) -> NDArray[np.int64]:
    values, reason = coded.values[:, j], coded.reason[:, j]
    known = values[~np.isnan(values)]
    low, high = column.low, column.high
    if bins == "separate" and len(known):
        low, high = float(known.min()), float(known.max())
    edges = np.linspace(low, high, TREND_BINS + 1) if high > low else np.array([low])
    # As sdmetrics cuts: a value at the upper end has a bin of its own.
    place = np.clip(np.digitize(values, edges), 1, TREND_BINS + 1) - 1
    return np.where(reason > 0, TREND_BINS + reason, place)


def _correlations(coded: Coded) -> Floats:
    """Pearson's, each of the rows that have both; 0 where it is not defined."""
    there = (~np.isnan(coded.values) & coded.is_number).astype(np.float64)
    scaled = np.array([[column.centre, column.spread] for column in coded.columns]).reshape(-1, 2)
    z = np.where(there > 0, (coded.values - scaled[:, 0]) / scaled[:, 1], 0.0)
    n, sums, squares = there.T @ there, z.T @ there, (z**2).T @ there
    with np.errstate(divide="ignore", invalid="ignore"):
        cross = z.T @ z / n - sums * sums.T / n**2
        variance = squares / n - (sums / n) ** 2
        rho = cross / np.sqrt(variance * variance.T)
    is_defined = (variance > _FLAT) & (variance.T > _FLAT) & np.isfinite(rho)
    return np.where(is_defined, rho, 0.0)


_FLAT = 1e-12
"""Variance, in units of the real file's, below which a column counts as constant."""


def marginal_errors(real: Coded, synthetic: Coded, sets: Integers) -> Floats:
    r"""Total variation distance of the table of several columns, for each set of columns.

    .. math:: \tfrac12 \sum_{cell} |\pi_r - \pi_s|, \quad score = 1000 \Bigl(1 - \frac1T \sum_t TVD_t\Bigr)

    The k-marginal score of NIST is 1000 times one less their mean.

    Parameters
    ----------
    real, synthetic
        Coded alike: numbers are cut at quantiles of the real file.
    sets
        Positions of columns, shape (T, k).

    Returns
    -------
    Floats
        Shape (T,), from 0 to 1.

    References
    ----------
    National Institute of Standards and Technology. 2023. SDNist v2: deidentified data report tool (k-marginal).
    Differs: all triples of columns, or 2,000 drawn without repetition, in place of 50 drawn with repetition within
    each area; bins from quantiles of the real file in place of a list made by hand; of more than 51 levels the rarest
    share one.
    """
    most = np.array([min(size, MOST_LEVELS + 1) for size in real.n_codes], dtype=np.int64)
    few_r, few_s = (np.ascontiguousarray(np.minimum(coded.codes, most - 1).T) for coded in (real, synthetic))
    errors = np.empty(len(sets))
    for i, places in enumerate(sets.tolist()):
        n_cells = 1
        joint_r, joint_s = np.zeros(real.n, dtype=np.int64), np.zeros(synthetic.n, dtype=np.int64)
        for j in places:
            joint_r, joint_s = joint_r * most[j] + few_r[j], joint_s * most[j] + few_s[j]
            n_cells *= int(most[j])
        errors[i] = _table_distance(joint_r, joint_s, n_cells)
    return errors


def table_ratios(real: Coded, synthetic: Coded, pairs: Integers) -> Floats:
    r"""S_pMSE of the table of each pair: 1 in expectation where the synthetic rows are drawn from the real table.

    .. math:: VW = \sum_j \frac{(s_j - o_j \frac{c}{1 - c})^2}{c (o_j + s_j)}, \quad
              S\_pMSE = \frac{VW}{k - 1}, \quad c = \frac{n_s}{n_r + n_s}

    Parameters
    ----------
    real, synthetic
        Coded alike.
    pairs
        Positions of columns, shape (pairs, 2).

    Returns
    -------
    Floats
        Shape (pairs,). Two independent samples give :math:`1 / (1 - c)` in expectation, 2 where they are equally large.

    References
    ----------
    Raab, G. M., B. Nowok, and C. Dibben. 2021. Assessing, visualizing and improving the utility of synthetic data.
    arXiv:2109.12717.
    """
    c = synthetic.n / (real.n + synthetic.n)
    codes_r, codes_s = real.codes.T, synthetic.codes.T
    ratios = np.empty(len(pairs))
    for i, (a, b) in enumerate(pairs.tolist()):
        size = real.columns[b].n_codes
        _, both = np.unique(
            np.concatenate(
                [codes_r[a].astype(np.int64) * size + codes_r[b], codes_s[a].astype(np.int64) * size + codes_s[b]]
            ),
            return_inverse=True,
        )
        k = int(both.max()) + 1
        o, s = np.bincount(both[: real.n], minlength=k), np.bincount(both[real.n :], minlength=k)
        ratios[i] = ((s - o * c / (1 - c)) ** 2 / (c * (o + s))).sum() / max(k - 1, 1)
    return ratios
