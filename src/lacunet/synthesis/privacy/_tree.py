"""Fit a tree of columns to noisy tables: which pairs hang together is chosen privately, and their tables are noisy."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.synthesis.privacy._histogram import Marginal
from lacunet.synthesis.privacy._ledger import Ledger
from lacunet.synthesis.privacy._noise import choose, noisy_counts, table_of
from lacunet.synthesis.privacy._tree_draw import Tree

CHOICE_SHARE = 0.2
"""Share of the cost of the tree that goes into choosing its pairs; the rest into their tables."""
ROUNDS = 60
"""Turns of raking; margins of a table are then met far more closely than the noise in them."""
FAINT = 1e-12
"""Share of independence mixed into a table, so that margins can be met where all its cells are empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pair:
    first: int
    second: int
    counts: Floats


def fit_tree(
    codes: NDArray[np.int64],
    marginals: tuple[Marginal, ...],
    rho: float,
    ledger: Ledger,
    rng: np.random.Generator,
) -> Tree:
    r"""Fit a tree to rows under differential privacy.

    For files of a few dozen columns with up to some hundred levels each. Every column depends on one other only: what
    three columns do together beyond their pairs is lost, interactions in a regression among it. Pairs are chosen one
    at a time by how far their table is from independence, less what noise would add to it,

    .. math:: q_{ij} = \lVert M_{ij} - \hat n \hat\mu_i \hat\mu_j' \rVert_1 - \sqrt{2/\pi}\, \sigma c_i c_j ,

    whose first part one row changes by at most one and whose second part is public. Joining nothing (q = 0) stands
    among the candidates.

    Parameters
    ----------
    codes
        Code of each cell, shape (n, p).
    marginals
        Noisy counts of each column, already paid for.
    rho
        What the choices and the tables may cost together.
    ledger, rng
        Where it is entered; secret randomness.

    Returns
    -------
    Tree
        A distribution that no longer depends on the rows but through noisy counts.

    References
    ----------
    Chow, C., and C. Liu. 1968. Approximating discrete probability distributions with dependence trees. IEEE
    Transactions on Information Theory 14(3): 462-467.
    McKenna, R., G. Miklau, and D. Sheldon. 2021. Winning the NIST contest: a scalable and general approach to
    differentially private synthetic data. Journal of Privacy and Confidentiality 11(3).
    Differs: the penalty for noise (as AIM has it, McKenna et al. 2022, arXiv 2201.12677), the right to join nothing,
    and a tree whose margins are weighted and raked in one pass instead of fitted by mirror descent.
    """
    shares = [_simplex(marginal.counts) for marginal in marginals]
    n_rows = _row_count(marginals)
    n_most = len(marginals) - 1
    if n_most < 1:
        return _rooted([], shares)
    sigma = math.sqrt(0.5 * n_most / (rho * (1 - CHOICE_SHARE)))
    epsilon = math.sqrt(8 * rho * CHOICE_SHARE / n_most)
    chosen = _choose_pairs(codes, shares, n_rows, sigma, epsilon, ledger, rng)
    sizes = tuple(len(share) for share in shares)
    pairs = []
    for first, second in chosen:
        ledger.counts(f"table of columns {first + 1} and {second + 1}", sigma)
        pairs.append(
            _Pair(first=first, second=second, counts=noisy_counts(table_of(codes, first, second, sizes), sigma, rng))
        )
    return _rooted(*_consistent(pairs, marginals, sigma, n_rows))


def _row_count(marginals: tuple[Marginal, ...]) -> float:
    """Number of rows as all columns' noisy counts say together, the less noisy ones with more weight."""
    weight = np.array([1 / (marginal.spread**2).sum() for marginal in marginals])
    total = np.array([marginal.counts.sum() for marginal in marginals])
    return max(float(weight @ total / weight.sum()), 1.0)


def _choose_pairs(
    codes: NDArray[np.int64],
    shares: list[Floats],
    n_rows: float,
    sigma: float,
    epsilon: float,
    ledger: Ledger,
    rng: np.random.Generator,
) -> list[tuple[int, int]]:
    """Pairs of a forest, by repeated private choice among the pairs that would not close a circle."""
    sizes = tuple(len(share) for share in shares)
    everything = list(itertools.combinations(range(len(sizes)), 2))
    penalty = math.sqrt(2 / math.pi) * sigma
    scores = np.array(
        [
            np.abs(table_of(codes, i, j, sizes) - n_rows * np.outer(shares[i], shares[j])).sum()
            - penalty * sizes[i] * sizes[j]
            for i, j in everything
        ]
    )
    group = np.arange(len(sizes))
    chosen: list[tuple[int, int]] = []
    while len(chosen) < len(sizes) - 1:
        open_ = np.array([k for k, (i, j) in enumerate(everything) if group[i] != group[j]])
        ledger.choice(f"choice of pair {len(chosen) + 1} of the tree", epsilon)
        pick = choose(np.append(scores[open_], 0.0), epsilon, rng)
        if pick == len(open_):
            break
        i, j = everything[open_[pick]]
        chosen.append((i, j))
        group[group == group[j]] = group[i]
    return chosen


def _consistent(
    pairs: list[_Pair], marginals: tuple[Marginal, ...], sigma: float, n_rows: float
) -> tuple[list[_Pair], list[Floats]]:
    """Shares of each column from all counts of it, and each table raked to them."""
    weight = [1 / marginal.spread**2 for marginal in marginals]
    total = [weight[j] * marginal.counts for j, marginal in enumerate(marginals)]
    for pair in pairs:
        for column, axis in ((pair.first, 1), (pair.second, 0)):
            precision = 1 / (sigma**2 * pair.counts.shape[axis])
            weight[column] = weight[column] + precision
            total[column] = total[column] + precision * pair.counts.sum(axis=axis)
    shares = [_simplex(t / w, n_rows) for t, w in zip(total, weight, strict=True)]
    raked = [
        _Pair(first=p.first, second=p.second, counts=_rake(p.counts, shares[p.first], shares[p.second], n_rows))
        for p in pairs
    ]
    return raked, shares


def _rake(counts: Floats, rows: Floats, columns: Floats, n_rows: float) -> Floats:
    """Shares of a table with given margins, near its noisy counts."""
    independent = np.outer(rows, columns)
    table = _simplex(counts.ravel(), n_rows).reshape(counts.shape) + FAINT * independent
    for _ in range(ROUNDS):
        table *= np.divide(rows, table.sum(axis=1), out=np.zeros_like(rows), where=rows > 0)[:, None]
        table *= np.divide(columns, table.sum(axis=0), out=np.zeros_like(columns), where=columns > 0)
    return table


def _simplex(counts: Floats, n_rows: float | None = None) -> Floats:
    """Nearest shares (Euclidean) to noisy counts that sum to ``n_rows``: all lowered by as much, never below zero."""
    total = max(float(counts.sum()), 1.0) if n_rows is None else n_rows
    descending = np.sort(counts)[::-1]
    excess = (np.cumsum(descending) - total) / np.arange(1, len(counts) + 1)
    keep = np.flatnonzero(descending > excess)[-1]
    lowered = np.maximum(counts - excess[keep], 0.0)
    return lowered / lowered.sum()


def _rooted(pairs: list[_Pair], shares: list[Floats]) -> Tree:
    """Conditional tables, from the first column of each tree of the forest downwards."""
    parent = np.full(len(shares), -1, dtype=np.int64)
    tables: list[Floats] = [share[None, :] for share in shares]
    order: list[int] = []
    for root in range(len(shares)):
        if root in order:
            continue
        order.append(root)
        waiting = [root]
        while waiting:
            above = waiting.pop()
            for pair in pairs:
                below = {pair.first: pair.second, pair.second: pair.first}.get(above, -1)
                if below < 0 or below in order:
                    continue
                table = pair.counts if pair.first == above else pair.counts.T
                total = table.sum(axis=1, keepdims=True)
                tables[below] = np.where(total > 0, table / np.where(total > 0, total, 1.0), shares[below])
                parent[below] = above
                order.append(below)
                waiting.append(below)
    return Tree(parent=parent, order=np.array(order, dtype=np.int64), tables=tuple(tables))
