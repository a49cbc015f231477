"""Decide how every column of a table is coded."""

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import Layout, Variable
from lacunet._typing import Floats
from lacunet.family._book import bind
from lacunet.family._grid import Grid, cut_levels, ordered_grid, unordered_grid
from lacunet.synthesis.coding._bonds import find_lookups, find_ties
from lacunet.synthesis.coding._coding import CodedColumn, Coding, Reasons
from lacunet.synthesis.coding._release import Release, group_values


def build_coding(
    values: Floats, reason: Reasons, layout: Layout, *, n_levels: int, weight: Floats | None = None
) -> Coding:
    """Decide how every column is coded.

    Parameters
    ----------
    values, reason
        The table, shape (n, p); in every column something occurs.
    layout
        The columns.
    n_levels
        Levels into which a number with more distinct values is cut.
    weight
        Of each row, shape (n,); None for equal weights. Shares of levels are weighted.
    """
    weight = np.ones(len(values)) if weight is None else weight
    lookups = find_lookups(values, reason, [not each.is_category for each in layout.variables])
    numbers = [j for j, each in enumerate(layout.variables) if not each.is_category and j not in lookups]
    ties = find_ties(values, reason, numbers)
    grids: list[Grid] = []
    columns = []
    for j, variable in enumerate(layout.variables):
        why = reason[:, j]
        reasons = np.unique(why[why > 0]).astype(np.int64)
        if j in lookups:
            columns.append(CodedColumn(variable=variable, levels=np.empty(0), reasons=reasons, lookup=lookups[j]))
            continue
        grid, levels, release = _value_grid(variable, values[:, j], why, reasons, n_levels, weight)
        is_merged = variable.is_category and variable.kind != "ordinal"
        has_status = (len(reasons) > 0 or j in ties) and not is_merged
        column = CodedColumn(
            variable=variable,
            grid=len(grids) + has_status,
            status=len(grids) if has_status else -1,
            levels=levels,
            reasons=reasons,
            release=release,
            tied=ties.get(j, -1),
        )
        if has_status:
            is_equal = values[:, j] == values[:, ties[j]] if j in ties else np.zeros(len(values), dtype=bool)
            grids.append(_shared(column.status_level(why, is_equal), len(reasons) + column.n_valued, weight))
        grids.append(grid)
        columns.append(column)
    return Coding(columns=tuple(columns), book=bind(tuple(grids), tight=True))


def _shared(level: NDArray[np.int64], n_levels: int, weight: Floats) -> Grid:
    """Grid of levels without order, with weighted shares."""
    grid = unordered_grid(level.astype(np.float64), n_levels)
    share = np.bincount(level, weights=weight, minlength=n_levels) / weight.sum()
    return Grid(**{**grid.as_arrays(), "share": share}, is_ordered=False, is_category=True)


def _value_grid(
    variable: Variable, column: Floats, why: Reasons, reasons: NDArray[np.int64], n_levels: int, weight: Floats
) -> tuple[Grid, Floats, Release | None]:
    """Grid of the values of a column, the levels that occur and the values to release."""
    known = why == 0
    distinct, back, n_rows = np.unique(column[known], return_inverse=True, return_counts=True)
    counts = np.bincount(back, weights=weight[known], minlength=len(distinct)).astype(np.float64)
    if variable.is_category and variable.kind != "ordinal":
        level = np.zeros(len(column), dtype=np.int64)
        level[known] = back
        level[~known] = len(distinct) + np.searchsorted(reasons, why[~known])
        return _shared(level, len(distinct) + len(reasons), weight), distinct, None
    if variable.is_category:
        owner = np.arange(len(distinct), dtype=np.int32)
        grid = ordered_grid(owner.astype(np.float64), np.maximum(counts, 1e-3), owner, is_category=True)
        return grid, distinct, None
    release, owner = group_values(distinct, n_rows, counts, _cut(counts, max(n_levels, 2)))
    # The grid's values are the groups: their places are all that training and drawing need.
    groups = np.arange(len(release.low), dtype=np.float64)
    return ordered_grid(groups, np.maximum(release.counts, 1e-9), owner, is_category=False), np.empty(0), release


def _cut(counts: Floats, most: int) -> NDArray[np.int32]:
    """Level of each distinct value, at most ``most`` levels: heavy values may add some to those aimed at."""
    aim = most
    while (owner := cut_levels(counts, aim))[-1] >= most and aim > 2:
        aim -= max(1, aim // 16)
    return owner
