"""What needs no model: the mean or mode of each column, and a random observed value of it."""

import time

import numpy as np
import pandas as pd

from benchmarks.problems import as_values
from benchmarks.rivals._exchange import Result, fill_cells


def mean_mode(holed: pd.DataFrame, m: int, seed: int) -> Result:
    """Fill numbers with the observed mean and categories with the mode; all m tables are the same."""
    started = time.perf_counter()
    values = as_values(holed)
    draws = []
    for position, (_, column) in enumerate(holed.items()):
        observed = values[~np.isnan(values[:, position]), position]
        categorical = isinstance(column.dtype, pd.CategoricalDtype)
        fill = np.bincount(observed.astype(int)).argmax() if categorical else observed.mean()
        draws.append(np.full(len(values) - len(observed), float(fill)))
    completed = fill_cells(holed, np.tile(np.concatenate(draws), (m, 1)))
    return Result(completed, time.perf_counter() - started)


def marginal(holed: pd.DataFrame, m: int, seed: int) -> Result:
    """Fill each hole with a random observed value of its column."""
    started = time.perf_counter()
    rng = np.random.default_rng(seed)
    values = as_values(holed)
    parts = []
    for cells in values.T:
        observed = cells[~np.isnan(cells)]
        parts.append(rng.choice(observed, size=(m, len(cells) - len(observed))))
    completed = fill_cells(holed, np.concatenate(parts, axis=1))
    return Result(completed, time.perf_counter() - started)
