"""Levels put in an order by how alike the rows are that have them."""

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Integers
from lacunet.prediction.explain._inputs import as_numbers, is_number

N_QUANTILES = 200
"""Points at which distributions of a number are compared, at most."""


def order_levels(frame: pd.DataFrame, variable: str, levels: list[object]) -> list[object]:
    """Levels by the first coordinate of classical scaling of the distances between their rows in the other inputs.

    The level that the list names first comes before the one it names last, so that the order does not turn about.

    Parameters
    ----------
    frame
        Rows in which the variable is known.
    variable
        The variable whose levels are ordered.
    levels
        They.

    Returns
    -------
    list
        The same levels; in the order given where there is nothing to compare them by.
    """
    at = pd.Index(levels).get_indexer(pd.Index(frame[variable].astype(object)))
    n_levels = len(levels)
    distance = np.zeros((n_levels, n_levels))
    for name in frame.columns.drop(variable):
        distance += _compare(frame[name], at, n_levels)
    if not distance.any():
        return levels
    centring = np.eye(n_levels) - 1 / n_levels
    axis = np.linalg.eigh(-0.5 * centring @ distance**2 @ centring)[1][:, -1]
    if axis[0] > axis[-1]:
        axis = -axis
    return [levels[position] for position in np.argsort(axis.round(9), kind="stable")]


def _compare(column: pd.Series, at: Integers, n_levels: int) -> Floats:
    """Largest gap of distribution functions, or total variation, of each pair of levels; missing cells left out."""
    known = column.notna().to_numpy(dtype=bool)
    if is_number(column):
        x = as_numbers(column[known])
        points = np.unique(np.quantile(x, np.linspace(0, 1, N_QUANTILES), method="inverted_cdf")) if len(x) else x
        shares = np.cumsum(_shares(np.searchsorted(points, x), at[known], len(points), n_levels), axis=1)
        return np.abs(shares[:, None] - shares[None]).max(axis=2, initial=0.0)
    codes = pd.factorize(column[known])[0]
    shares = _shares(codes, at[known], codes.max(initial=-1) + 1, n_levels)
    return np.abs(shares[:, None] - shares[None]).sum(axis=2) / 2


def _shares(codes: Integers, at: Integers, n_codes: int, n_levels: int) -> Floats:
    counts = np.zeros((n_levels, n_codes))
    np.add.at(counts, (at, codes), 1.0)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
