"""Hidden cells against the truth: whether intervals cover as often as they say, and probabilities hold."""

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Integers
from lacunet.diagnosis._evidence import Evidence, HiddenCells

LEVELS = (0.50, 0.80, 0.90, 0.95)
N_BINS = 10
TWO_SIDED = 1.959963984540054
"""Standard errors to either side of a 95 % margin."""


def cover(draws: Floats, truth: Floats, level: float) -> Floats:
    r"""Share of each cell's probability that the central interval of its draws covers.

    Were the truth one more draw, its place among the m draws would be uniform. A cell whose rank is r (of m + 1, with
    ties spread evenly over the ranks they share) takes the stretch from (r - 1) / (m + 1) to r / (m + 1), and counts
    with the share of this stretch that lies inside the interval:

    .. math:: E(c_\alpha) = \alpha \text{ for the right draws, whatever } m \text{ is and however many ties there are}

    Parameters
    ----------
    draws
        Shape (m, cells).
    truth
        Shape (cells,).
    level
        α, the probability that the interval is to hold.

    Returns
    -------
    Floats
        c, between 0 and 1, shape (cells,).

    References
    ----------
    Czado, C., T. Gneiting, and L. Held. 2009. Predictive model assessment for count data. Biometrics 65(4): 1254-1261.

    Examples
    --------
    >>> import numpy as np
    >>> cover(np.array([[1.0], [2.0], [3.0]]), np.array([2.5]), 0.5).tolist()
    [1.0]
    """
    m = len(draws)
    below, equal = (draws < truth).sum(axis=0), (draws == truth).sum(axis=0)
    low, high = below / (m + 1), (below + equal + 1) / (m + 1)
    inside = np.minimum(high, 0.5 + level / 2) - np.maximum(low, 0.5 - level / 2)
    return np.maximum(inside, 0.0) / (high - low)


def coverage_error(m: int, level: float) -> float:
    """Standard deviation of one cell's coverage under the right draws without ties: binomial as m grows."""
    ranks = np.arange(m + 1)
    low, high = ranks / (m + 1), (ranks + 1) / (m + 1)
    inside = np.minimum(high, 0.5 + level / 2) - np.maximum(low, 0.5 - level / 2)
    return float(np.sqrt(np.mean((np.maximum(inside, 0.0) * (m + 1)) ** 2) - level**2))


def tabulate_coverage(evidence: Evidence, hidden: HiddenCells) -> pd.DataFrame:
    """Compare how often intervals cover hidden numbers with how often they should.

    Returns
    -------
    pandas.DataFrame
        One row a variable and level, "all numbers" first: variable, n_hidden, nominal, covered, margin_low and
        margin_high (where ``covered`` falls 95 times in 100 if the draws are right; cells are taken as independent).
    """
    is_number = np.array([not v.is_category for v in evidence.layout.variables], dtype=bool)[hidden.cols]
    groups = [("all numbers", is_number)]
    groups += [(evidence.names[j], hidden.cols == j) for j in np.unique(hidden.cols[is_number]).tolist()]
    rows = []
    for name, here in groups:
        n = int(here.sum())
        if not n:
            continue
        for level in LEVELS:
            half = TWO_SIDED * coverage_error(len(hidden.draws), level) / np.sqrt(n)
            covered = float(cover(hidden.draws[:, here], hidden.truth[here], level).mean())
            low, high = max(level - half, 0.0), min(level + half, 1.0)
            row = {"variable": name, "n_hidden": n, "nominal": level, "covered": covered}
            rows.append(row | {"margin_low": low, "margin_high": high})
    return pd.DataFrame(rows, columns=["variable", "n_hidden", "nominal", "covered", "margin_low", "margin_high"])


def tabulate_calibration(evidence: Evidence, hidden: HiddenCells, variable: int | None = None) -> pd.DataFrame:
    r"""Sort hidden cells of categories into bins by the share of draws at a level, and see how often it was the truth.

    Every level of every cell is one case. A share among few draws is noisy, so that even the right draws would not lie
    on the diagonal: what they would give is found by asking the same of each draw as of the truth. With c the share
    among the other m - 1 draws, and averaging over the one left out:

    .. math::

        observed_b = mean(1[y = l] | c \in b), \quad expected_b = mean(1[x_i = l] | c \in b), \quad
        ECE = \frac1{2 n} \sum_b \Bigl| \sum_{c \in b} (1[y = l] - 1[x_i = l]) \Bigr|

    Parameters
    ----------
    evidence
        For the kinds.
    hidden
        Cells, truth and draws.
    variable
        Position of one category; None for all of them together.

    Returns
    -------
    pandas.DataFrame
        One row a bin: low, high (ends of the shares), n_cases, predicted (mean share), observed, expected, margin (half
        width around ``expected`` in which ``observed`` falls 95 times in 100 if the draws are right), gap (sum of
        truth minus draws), gap_error.

    References
    ----------
    Guo, C., G. Pleiss, Y. Sun, and K. Q. Weinberger. 2017. On calibration of modern neural networks. Proceedings of
    the 34th International Conference on Machine Learning, PMLR 70: 1321-1330.
    Differs: bins hold every level, not the most likely one alone; the diagonal is replaced by what right draws would
    give, so that few draws are no fault; the sum is halved, so that it is the share of cells that sits at a wrong
    probability.
    """
    cols = [j for j in np.unique(hidden.cols).tolist() if evidence.layout.variables[j].is_category]
    cols = cols if variable is None else [variable]
    sums = np.zeros((5, N_BINS))
    for j in cols:
        here = hidden.cols == j
        n_levels = max(evidence.layout.variables[j].n_levels, 1)
        sums += _bin_cells(hidden.draws[:, here].astype(np.intp), hidden.truth[here].astype(np.intp), n_levels)
    cases, shares, truths, draws, squares = sums
    used = cases > 0
    edges = np.arange(N_BINS + 1) / N_BINS
    error = np.sqrt(squares[used])
    return pd.DataFrame(
        {
            "low": edges[:-1][used],
            "high": edges[1:][used],
            "n_cases": cases[used],
            "predicted": shares[used] / cases[used],
            "observed": truths[used] / cases[used],
            "expected": draws[used] / cases[used],
            "margin": TWO_SIDED * error / cases[used],
            "gap": truths[used] - draws[used],
            "gap_error": error,
        }
    )


def _bin_cells(draws: Integers, truth: Integers, n_levels: int) -> Floats:
    """Sums over cells and levels in each bin: cases, shares, truths, draws, squared differences of a cell."""
    m, n = draws.shape
    level = np.arange(n_levels)
    counts = (draws[:, :, None] == level).sum(axis=0)
    hit = (truth[:, None] == level).astype(np.float64)
    sums, own = np.zeros((5, N_BINS)), np.zeros((n, N_BINS))
    cells = np.broadcast_to(np.arange(n)[:, None], counts.shape)
    # The draw left out is at the level in `counts` of the m cases, elsewhere in the others.
    for is_at, weight in ((1.0, counts / m), (0.0, (m - counts) / m)):
        share = np.clip((counts - is_at) / (m - 1), 0.0, 1.0)
        place = np.minimum((share * N_BINS + 1e-9).astype(np.intp), N_BINS - 1)
        for row, what in enumerate((weight, weight * share, weight * hit, weight * is_at)):
            sums[row] += np.bincount(place.ravel(), weights=what.ravel(), minlength=N_BINS)
        np.add.at(own, (cells, place), weight * (hit - is_at))
    sums[4] = (own**2).sum(axis=0)
    return sums


def calibration_error(table: pd.DataFrame, n_cells: int) -> tuple[float, float]:
    """Expected calibration error, and what chance alone would make of it.

    Parameters
    ----------
    table
        Of `tabulate_calibration`.
    n_cells
        Hidden cells behind it.

    Returns
    -------
    tuple of float
        The error, a share of cells; and its expectation under the right draws.
    """
    error = table["gap"].abs().sum() / (2 * max(n_cells, 1))
    chance = table["gap_error"].sum() * np.sqrt(2 / np.pi) / (2 * max(n_cells, 1))
    return float(error), float(chance)
