"""The private coding as the coding that networks are trained on: the same codes, in slots."""

import math

import numpy as np

from lacunet._layout import Layout, Variable
from lacunet._typing import Floats
from lacunet.family._book import bind
from lacunet.family._grid import Grid, ordered_grid, unordered_grid
from lacunet.synthesis.coding._coding import CodedColumn, Coding
from lacunet.synthesis.coding._release import Release
from lacunet.synthesis.privacy._coding import PrivateCoding, PrivateColumn

LEAST = 1e-3
"""Noisy counts are at least this, so that every level has some share."""
SAME = 1e-9
"""Relative rounding error that is let pass."""


def as_coding(private: PrivateCoding, layout: Layout) -> Coding:
    """Coding whose cuts, levels and shares are those of a private coding; nothing is taken from the rows.

    Parameters
    ----------
    private
        Found by `private_coding`.
    layout
        The columns.

    Returns
    -------
    Coding
        Numbers as levels of one group each, whose ends are public points; reasons as they are declared. Cells with
        levels that were not found are unseen: set them to NaN with reason 0 before encoding.
    """
    grids: list[Grid] = []
    columns = []
    for variable, column in zip(layout.variables, private.columns, strict=True):
        n_reasons = column.public.n_reasons - column.has_rare
        is_merged = variable.is_category and variable.kind != "ordinal"
        counts = np.maximum(column.marginal.counts, LEAST)
        values, reasons = counts[: column.marginal.n_values], counts[column.marginal.n_values :][:n_reasons]
        has_status = n_reasons > 0 and not is_merged
        if has_status:
            grids.append(_shared(np.append(values.sum(), reasons)))
        columns.append(
            CodedColumn(
                variable=variable,
                grid=len(grids),
                status=len(grids) - 1 if has_status else -1,
                levels=column.levels.astype(np.float64),
                release=None if variable.is_category else _release(column, values),
                reasons=np.arange(1, n_reasons + 1, dtype=np.int64),
            )
        )
        grids.append(_value_grid(variable, values, reasons))
    return Coding(columns=tuple(columns), book=bind(tuple(grids)))


def _value_grid(variable: Variable, values: Floats, reasons: Floats) -> Grid:
    if variable.is_category and variable.kind != "ordinal":
        return _shared(np.append(values, reasons))
    owner = np.arange(len(values), dtype=np.int32)
    return ordered_grid(owner.astype(np.float64), values, owner, is_category=variable.is_category)


def _shared(counts: Floats) -> Grid:
    """Grid of levels without order that have these shares."""
    grid = unordered_grid(np.empty(0), len(counts))
    return Grid(**{**grid.as_arrays(), "share": counts / counts.sum()}, is_ordered=False, is_category=True)


def _release(column: PrivateColumn, counts: Floats) -> Release:
    """Public ends of each interval, and the step to round to: values of an interval are all as likely."""
    public, marginal = column.public, column.marginal
    low, high = (public.value(end.astype(np.float64)) for end in (marginal.first, marginal.last))
    # Multiples of the step, or where the first point is none, of the power of ten below it.
    is_multiple = abs(public.low / public.step - round(public.low / public.step)) < SAME
    unit = public.step if is_multiple else 10.0 ** math.floor(math.log10(public.step) + SAME)
    # Half a step further at both ends, or rounding would make the outermost points half as frequent.
    more = np.where(low == high, 0.0, unit * (0.5 - SAME))
    return Release(
        low=low - more,
        high=high + more,
        until=high + 0.5 * public.step,
        unit=np.full(marginal.n_values, unit),
        counts=counts,
    )
