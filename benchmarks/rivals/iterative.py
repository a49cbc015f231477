"""scikit-learn's IterativeImputer, drawing from the posterior of Bayesian ridge regressions.

Categories are indicators of all levels but the first: with all of them each is an exact function of the
others, and the imputer never leaves its starting values.
"""

import time
import warnings

import numpy as np
import pandas as pd
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer

from benchmarks.problems import as_values
from benchmarks.rivals._exchange import Result, fill_cells


def iterative(holed: pd.DataFrame, m: int, seed: int) -> Result:
    """Impute m times with seeds of their own; a category is the level whose imputed indicator is largest."""
    started = time.perf_counter()
    values = as_values(holed)
    blocks, parts = [], []
    for position, (_, column) in enumerate(holed.items()):
        cells = values[:, position]
        missing = np.isnan(cells)
        if isinstance(column.dtype, pd.CategoricalDtype):
            block = np.eye(len(column.cat.categories))[np.where(missing, 0, cells).astype(int)]
            block[missing] = np.nan
            block = block[:, 1:]
        else:
            block = ((cells - np.nanmean(cells)) / (np.nanstd(cells) or 1.0))[:, None]
        blocks.append(block)
    encoded = np.concatenate(blocks, axis=1)
    width = [block.shape[1] for block in blocks]
    for draw in range(m):
        imputer = IterativeImputer(
            sample_posterior=True, random_state=seed + draw, keep_empty_features=True, skip_complete=True
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parts.append(_decode(imputer.fit_transform(encoded), values, holed, width))
    completed = fill_cells(holed, np.stack(parts))
    return Result(completed, time.perf_counter() - started)


def _decode(filled: np.ndarray, values: np.ndarray, holed: pd.DataFrame, width: list[int]) -> np.ndarray:
    cells, start = [], 0
    for position, (_, column) in enumerate(holed.items()):
        missing = np.isnan(values[:, position])
        block = filled[missing, start : start + width[position]]
        start += width[position]
        if isinstance(column.dtype, pd.CategoricalDtype):
            first = 1 - block.sum(axis=1, keepdims=True)
            cells.append(np.hstack([first, block]).argmax(axis=1).astype(float))
        else:
            observed = values[~missing, position]
            cells.append(block[:, 0] * (observed.std() or 1.0) + observed.mean())
    return np.concatenate(cells)
