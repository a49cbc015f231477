"""How close completed data are to the truth. Definitions as in the project's reference measurements.

Scale: a number is divided by its true standard deviation; a category is one-hot. ``score`` gives

``energy``         1,000 × energy distance between completed and true rows (one-hot divided by sqrt 2, so that two
                   different categories are 1 apart); 2 E|X-Y| - E|X-X'| - E|Y-Y'| over all pairs of up to 2,000
                   rows, mean of the first five imputations
``crps``           per hidden number: mean |draw - truth| - mean |draw - draw'| / 2 over all m^2 pairs, in sd
``crps_fair``      the same over the m (m - 1) pairs of different draws: does not reward a larger m
``brier``          per hidden category: sum over levels of (share of draws - truth)^2
``misclassified``  share of hidden categories whose most frequent draw is wrong
``rmse``           of the mean of the m draws, hidden numbers, in sd (reported, not chased: a mean is no draw)
``err_mean``       mean |pooled mean - true mean| of numbers (sd) and of level indicators
``err_corr``       mean |pooled correlation - true one| over pairs of columns of different variables
``err_coef``       mean |pooled coefficient - true one| in complete-data standard errors (R² taken as at most .99), of
                   regressions of each number (or, where there is none, each two-level category) on everything else
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import qr
from scipy.spatial.distance import cdist

from benchmarks.problems import as_values

ENERGY_ROWS = 2000
ENERGY_IMPUTATIONS = 5
RARE = 0.01
N_OUTCOMES = 6
COLLINEAR = 1e-6
CERTAIN = 0.99  # an outcome that is an exact function of the rest would have no standard error to measure by

Floats = NDArray[np.float64]


def score(truth: pd.DataFrame, holed: pd.DataFrame, completed: Sequence[pd.DataFrame]) -> dict[str, float]:
    """Compare completed frames with the truth; raises where a cell is still missing or an observed one changed."""
    levels = _n_levels(truth)
    true = as_values(truth)
    hidden = np.isnan(as_values(holed))
    draws = np.stack([_aligned(frame, truth) for frame in completed])
    _check(true, hidden, draws)
    scores = {"energy": _energy_of_imputations(true, draws, levels)}
    scores |= _cell_scores(true, hidden, draws, levels)
    scores |= _estimate_errors(true, draws, levels)
    return scores


def energy_distance(x: Floats, y: Floats) -> float:
    """2 E|X-Y| - E|X-X'| - E|Y-Y'| over all pairs of rows."""
    return float(2 * cdist(x, y).mean() - cdist(x, x).mean() - cdist(y, y).mean())


def crps(draws: Floats, truth: Floats, *, fair: bool = False) -> Floats:
    """Continuous ranked probability score of each cell from its m draws (shape (m, cells))."""
    m = len(draws)
    ordered = np.sort(draws, axis=0)
    weights = (2 * np.arange(1, m + 1) - m - 1)[:, None]
    pairs = m * (m - 1) if fair else m * m
    spread = (weights * ordered).sum(axis=0) / pairs if pairs else 0.0
    return np.abs(draws - truth).mean(axis=0) - spread


def brier(draws: Floats, truth: Floats, n_levels: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Brier score of each cell from its m draws, and whether the most frequent draw is wrong."""
    shares = np.stack([(draws == level).mean(axis=0) for level in range(n_levels)], axis=1)
    target = np.eye(n_levels)[truth.astype(int)]
    return ((shares - target) ** 2).sum(axis=1), shares.argmax(axis=1) != truth


def _aligned(frame: pd.DataFrame, truth: pd.DataFrame) -> Floats:
    """Values of a completed frame in the truth's column order and level positions."""
    frame = frame[list(truth.columns)].copy()
    for name, column in truth.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            known = pd.Categorical(frame[name].astype(object), categories=column.cat.categories)
            frame[name] = pd.Series(known, index=frame.index)
    return as_values(frame)


def _check(true: Floats, hidden: NDArray[np.bool_], draws: Floats) -> None:
    if np.isnan(draws).any():
        raise ValueError(f"{int(np.isnan(draws).sum())} cells of the completed data are missing or of unknown level")
    if not np.allclose(draws[:, ~hidden], true[~hidden], rtol=1e-5, atol=1e-6):
        raise ValueError("an observed cell was changed by the imputation")


def _n_levels(truth: pd.DataFrame) -> list[int]:
    """Levels of each column; 0 for a number."""
    return [
        len(column.cat.categories) if isinstance(column.dtype, pd.CategoricalDtype) else 0
        for _, column in truth.items()
    ]


def _encode(values: Floats, levels: list[int], scale: Floats, indicator: float) -> tuple[Floats, NDArray[np.int_]]:
    """Numbers over their scale, one-hot times ``indicator``; and the variable of each encoded column."""
    blocks, owner = [], []
    for position, n_levels in enumerate(levels):
        cells = values[:, position]
        block = np.eye(n_levels)[cells.astype(int)] * indicator if n_levels else (cells / scale[position])[:, None]
        blocks.append(block)
        owner += [position] * block.shape[1]
    return np.concatenate(blocks, axis=1), np.array(owner)


def _scale(true: Floats) -> Floats:
    spread = true.std(axis=0)
    return np.where(spread > 0, spread, 1.0)


def _energy_of_imputations(true: Floats, draws: Floats, levels: list[int]) -> float:
    rows = np.arange(len(true))
    if len(rows) > ENERGY_ROWS:
        rows = np.random.default_rng(0).choice(len(rows), ENERGY_ROWS, replace=False)
    scale = _scale(true)
    target = _encode(true[rows], levels, scale, 2**-0.5)[0]
    within = cdist(target, target).mean()
    distances = []
    for draw in draws[:ENERGY_IMPUTATIONS]:
        filled = _encode(draw[rows], levels, scale, 2**-0.5)[0]
        distances.append(2 * cdist(filled, target).mean() - cdist(filled, filled).mean() - within)
    return 1000 * float(np.mean(distances))


def _cell_scores(true: Floats, hidden: NDArray[np.bool_], draws: Floats, levels: list[int]) -> dict[str, float]:
    scale = _scale(true)
    found: dict[str, list[Floats]] = {name: [] for name in ("crps", "crps_fair", "brier", "misclassified", "rmse")}
    for position, n_levels in enumerate(levels):
        rows = hidden[:, position]
        cells, target = draws[:, rows, position], true[rows, position]
        if not rows.any():
            continue
        if n_levels:
            loss, wrong = brier(cells, target, n_levels)
            found["brier"].append(loss)
            found["misclassified"].append(wrong.astype(float))
            continue
        cells, target = cells / scale[position], target / scale[position]
        found["crps"].append(crps(cells, target))
        found["crps_fair"].append(crps(cells, target, fair=True))
        found["rmse"].append((cells.mean(axis=0) - target) ** 2)
    means = {name: float(np.concatenate(parts).mean()) if parts else np.nan for name, parts in found.items()}
    return means | {"rmse": means["rmse"] ** 0.5}


def _estimate_errors(true: Floats, draws: Floats, levels: list[int]) -> dict[str, float]:
    scale = _scale(true)
    target, owner = _encode(true, levels, scale, 1.0)
    common = np.array([not levels[o] or RARE < target[:, j].mean() < 1 - RARE for j, o in enumerate(owner)])
    target, owner = target[:, common], owner[common]
    varies = target.std(axis=0) > 0
    target, owner = target[:, varies], owner[varies]
    outcomes = _regressions(target, owner, levels)
    true_fits = [_ols(target, y, x) for y, x in outcomes]
    means, correlations, fits = [], [], []
    for draw in draws:
        filled = _encode(draw, levels, scale, 1.0)[0][:, common][:, varies]
        means.append(filled.mean(axis=0))
        with np.errstate(invalid="ignore", divide="ignore"):
            correlations.append(np.nan_to_num(np.corrcoef(filled, rowvar=False)))
        fits.append([_ols(filled, y, x)[0] for y, x in outcomes])
    different = owner[:, None] != owner[None, :]
    gap = np.abs(np.mean(correlations, axis=0) - np.corrcoef(target, rowvar=False))
    coefficient_gaps = [
        np.abs(np.mean([fit[k] for fit in fits], axis=0) - beta) / error for k, (beta, error) in enumerate(true_fits)
    ]
    return {
        "err_mean": float(np.abs(np.mean(means, axis=0) - target.mean(axis=0)).mean()),
        "err_corr": float(gap[different].mean()),
        "err_coef": float(np.concatenate(coefficient_gaps).mean()) if coefficient_gaps else np.nan,
    }


def _regressions(target: Floats, owner: NDArray[np.int_], levels: list[int]) -> list[tuple[int, NDArray[np.int_]]]:
    """Pick outcomes (numbers first, else indicators) and, for each, predictors that are not collinear."""
    numbers = [j for j, o in enumerate(owner) if not levels[o]]
    binary = [j for j, o in enumerate(owner) if levels[o] == 2]
    chosen = []
    for outcome in (numbers or binary or list(range(len(owner))))[:N_OUTCOMES]:
        others = np.flatnonzero(owner != owner[outcome])
        design = target[:, others] - target[:, others].mean(axis=0)
        _, triangle, order = qr(design, mode="economic", pivoting=True)
        diagonal = np.abs(np.diag(triangle))
        rank = min(int((diagonal > COLLINEAR * diagonal[0]).sum()), max(1, len(target) // 4))
        chosen.append((outcome, np.sort(others[order[:rank]])))
    return chosen


def _ols(values: Floats, outcome: int, predictors: NDArray[np.int_]) -> tuple[Floats, Floats]:
    """Slopes and their standard errors."""
    x = values[:, predictors] - values[:, predictors].mean(axis=0)
    y = values[:, outcome] - values[:, outcome].mean()
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    dof = max(len(y) - len(beta) - 1, 1)
    variance = max(((y - x @ beta) ** 2).sum() / dof, (1 - CERTAIN) * y.var())
    inverse = np.linalg.pinv(x.T @ x)
    return beta, np.sqrt(np.maximum(variance * np.diag(inverse), 1e-300))
