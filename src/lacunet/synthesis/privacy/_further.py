"""Choose and measure further tables, where the tree is furthest from the rows, until the budget is used up."""

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.synthesis.privacy._field import Cells, Field, bend, field_of, shares_in
from lacunet.synthesis.privacy._ledger import Ledger
from lacunet.synthesis.privacy._noise import choose, noisy_counts
from lacunet.synthesis.privacy._tree_draw import Tree

CHOICE_SHARE = 0.15
"""Share of a round's cost that goes into the choice of the table."""
POOL = 40_000
"""Rows by which the model's tables are known; their own error is allowed for."""
PACE, TURNS_EACH, TURNS_LAST = 0.5, 2, 12
"""How far factors move in a turn, and turns after each table and at the end."""
MOST_CELLS = 10_000
"""Tables with more cells are no candidates."""
MOST_TABLES = 300
"""Candidates among three columns are dropped, the largest first, beyond so many tables in all."""
DEVIATION = math.sqrt(2 / math.pi)
"""Mean absolute deviation of a normal variable of variance 1."""


def add_tables(
    codes: NDArray[np.int64], tree: Tree, n_rows: float, rho: float, ledger: Ledger, rng: np.random.Generator
) -> Field:
    r"""Add noisy tables of two or three columns to a tree.

    Each round takes a table by

    .. math:: q_c = \lVert M_c - \hat n P_c \rVert_1 - \sqrt{2/\pi}\,\sigma \lvert c \rvert

    with P the model so far (one row changes the first part by at most one, the second is no fact about the rows),
    measures it with noise and bends the model. Where no table is worth its noise, a round becomes twice as large, so
    that what is left goes into fewer tables with less noise.

    Parameters
    ----------
    codes
        Code of each cell of the table, shape (n, p).
    tree
        The model to begin with.
    n_rows
        Noisy number of rows.
    rho
        What all rounds may cost together.
    ledger, rng
        Where it is entered; secret randomness.

    Returns
    -------
    Field
        The tree and all factors.

    References
    ----------
    McKenna, R., B. Mullins, D. Sheldon, and G. Miklau. 2022. AIM: an adaptive and iterative mechanism for
    differentially private synthetic data. PVLDB 15(11), arXiv 2201.12677.
    Differs: rows of the model are drawn by Gibbs sampling, so that no junction tree limits which tables go together; a
    measured table is shrunk towards the model by how much of its distance from it noise explains.
    """
    model, pool = field_of(tree), tree.draw(POOL, rng)
    sizes = model.sizes
    targets = {columns: shares_in(pool, columns, sizes) for columns in model.logs}
    real = {columns: shares_in(codes, columns, sizes) * len(codes) for columns in _candidates(sizes, set(model.logs))}
    left, each, n_added = rho, rho / (2 * len(sizes)), 0
    while left > rho * 1e-9 and len(real):
        each = min(each, left)
        sigma, epsilon = math.sqrt(0.5 / (each * (1 - CHOICE_SHARE))), math.sqrt(8 * each * CHOICE_SHARE)
        expected = {columns: shares_in(pool, columns, sizes) * n_rows for columns in real}
        scores = [_score(real[columns], expected[columns], sigma, n_rows) for columns in real]
        ledger.choice(f"choice of further table {n_added + 1}", epsilon)
        left -= each * CHOICE_SHARE
        pick = choose(np.array([*scores, 0.0]), epsilon, rng)
        if pick == len(real):
            each *= 2
            continue
        columns = list(real)[pick]
        ledger.counts(f"table of columns {', '.join(str(c + 1) for c in columns)}", sigma)
        left -= each * (1 - CHOICE_SHARE)
        targets[columns] = _shrunk(noisy_counts(real.pop(columns), sigma, rng), expected[columns], sigma)
        n_added += 1
        model, pool = _settle(model, pool, targets, TURNS_EACH, rng)
    return _settle(model, pool, targets, TURNS_LAST, rng)[0] if n_added else model


def _settle(
    model: Field, pool: NDArray[np.int64], targets: dict[Cells, Floats], turns: int, rng: np.random.Generator
) -> tuple[Field, NDArray[np.int64]]:
    """Bend the factors and draw the pool anew, in turn; the pace slows so that the pool's own error averages out."""
    for turn in range(turns):
        model = bend(model, pool, targets, PACE / (1 + turn / 4))
        pool = model.sweep(pool, rng)
    return model, pool


def _score(real: Floats, expected: Floats, sigma: float, n_rows: float) -> float:
    noise = np.sqrt(sigma**2 + expected * (n_rows / POOL))
    return float(np.abs(real - expected).sum() - DEVIATION * noise.sum())


def _shrunk(noisy: Floats, expected: Floats, sigma: float) -> Floats:
    """Shares from noisy counts, moved towards the model as far as noise explains their distance from it."""
    # The distance of a cell is taken to grow with the root of its count, as far as it is real.
    scale = np.maximum(expected, 1.0)
    real = max(float(((noisy - expected) ** 2 - sigma**2).sum() / scale.sum()), 0.0) * scale
    fitted = np.maximum(expected + (noisy - expected) * real / (real + sigma**2), 0.0)
    return fitted / max(float(fitted.sum()), 1e-300)


def _candidates(sizes: tuple[int, ...], taken: set[Cells]) -> list[Cells]:
    """Tables of two columns, then of three from the smallest; which they are does not depend on the rows."""
    cells: dict[Cells, int] = {
        columns: math.prod(sizes[c] for c in columns)
        for k in (2, 3)
        for columns in itertools.combinations(range(len(sizes)), k)
    }
    small = [columns for columns, n in cells.items() if n <= MOST_CELLS and columns not in taken]
    small.sort(key=lambda columns: (len(columns), cells[columns]))
    n_pairs = sum(len(columns) == 2 for columns in small)
    return small[: max(MOST_TABLES, n_pairs)]
