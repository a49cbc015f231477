"""When to stop: how well generated rows stand in for rows held out, by tables of two slots and by a detector."""

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.family._book import Book

MOST_CODES = 12
"""Levels into which a slot is cut for a table of two."""
MOST_PAIRS = 300
"""Pairs of slots that are compared, drawn by chance where there are more."""


def held_out_score(book: Book, real: dict[str, NDArray], made: dict[str, NDArray], rng: np.random.Generator) -> float:
    """Distance of generated from held-out rows; lower is better, 0 cannot be reached with finitely many rows.

    The mean total variation distance over tables of two slots (half the sum of absolute differences of shares), which
    speaks of margins and pairs, plus what the area under the curve of a detector of trees exceeds one half by, which
    speaks of the rest.

    Parameters
    ----------
    book
        The slots.
    real, made
        ``level``, ``z``, ``seen`` of some rows, (n, p).
    rng
        Which pairs, and how rows are split for the detector.
    """
    tables = _pair_distance(book, real, made, rng)
    return tables + max(detect(_columns(book, real), _columns(book, made), rng) - 0.5, 0.0)


def _pair_distance(book: Book, real: dict[str, NDArray], made: dict[str, NDArray], rng: np.random.Generator) -> float:
    codes = []
    for grid, slot in zip(book.grids, book.slot, strict=True):
        size, factor = min(grid.n_levels, MOST_CODES), max(grid.n_levels, 1)
        both = [
            np.where(
                rows["seen"][:, slot], np.minimum(rows["level"][:, slot], factor - 1) * size // max(factor, size), size
            )
            for rows in (real, made)
        ]
        codes.append((both, size + 1))
    pairs = [(i, j) for i in range(len(codes)) for j in range(i)]
    if not pairs:
        pairs = [(0, 0)]
    if len(pairs) > MOST_PAIRS:
        pairs = [pairs[at] for at in rng.choice(len(pairs), MOST_PAIRS, replace=False)]
    gaps = []
    for i, j in pairs:
        (one, n_one), (other, n_other) = codes[i], codes[j]
        shares = [
            np.bincount(a.astype(np.int64) * n_other + b, minlength=n_one * n_other) / len(a)
            for a, b in zip(one, other, strict=True)
        ]
        gaps.append(0.5 * np.abs(shares[0] - shares[1]).sum())
    return float(np.mean(gaps))


def _columns(book: Book, rows: dict[str, NDArray]) -> Floats:
    """Rows as a detector reads them: where a number stands among those that occur, levels, empty where no value."""
    out = []
    for grid, slot in zip(book.grids, book.slot, strict=True):
        level = np.minimum(rows["level"][:, slot], grid.n_levels - 1)
        value = level.astype(np.float64)
        if grid.is_ordered:
            value = grid.decode(level, rows["z"][:, slot].astype(np.float64))
        out.append(np.where(rows["seen"][:, slot], value, np.nan))
    return np.column_stack(out)


def detect(real: Floats, made: Floats, rng: np.random.Generator) -> float:
    """Area under the curve of boosted trees that tell real from generated rows, on the half they did not learn."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    x, y = np.concatenate([real, made]), np.repeat([0, 1], [len(real), len(made)])
    order, told = rng.permutation(len(x)), np.zeros(len(x))
    for half in (0, 1):
        learn, tell = order[half::2], order[1 - half :: 2]
        trees = HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=16, learning_rate=0.15, early_stopping=False, random_state=0
        )
        told[tell] = trees.fit(x[learn], y[learn]).predict_proba(x[tell])[:, 1]
    return float(roc_auc_score(y, told))
