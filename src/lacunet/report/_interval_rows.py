"""Rows of estimates with their intervals: one figure for every table of estimates."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lacunet.errors import SpecError
from lacunet.report import _canvas
from lacunet.report._colours import MUTED, OBSERVED_INK, REASON_FILLS

DOT = 30
WIDTH = 6.4
LONGEST = 36
"""Letters of a name beside a row."""
MOST_ROWS = 80
"""Rows that a figure can hold and a reader still read."""


def draw_rows(
    names: Sequence[str],
    estimates: Any,
    low: Any,
    high: Any,
    *,
    x_label: str,
    reference: float | None = None,
    groups: Sequence[str] | None = None,
) -> Any:
    """Draw one row an estimate, from the top down: a dot, and a line for its interval.

    Parameters
    ----------
    names
        What stands beside each row.
    estimates, low, high
        Estimates and the ends of their intervals (n,); an end that is NaN leaves the dot alone.
    x_label
        What is measured.
    reference
        Value at which an upright line is drawn, such as 0.
    groups
        A group a row, told apart by colour and named above the plot; None for one colour.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    SpecError
        When there is no row, there are more than a figure can hold, or more groups than colours.
    """
    if not 0 < len(names) <= MOST_ROWS:
        raise SpecError(
            f"There are {len(names)} rows to draw. A figure needs from 1 to {MOST_ROWS} to be read. "
            "Choose rows, or read .table()."
        )
    order = list(dict.fromkeys(groups)) if groups is not None else [""]
    if len(order) > len(REASON_FILLS):
        raise SpecError(
            f"There are {len(order)} groups to draw. At most {len(REASON_FILLS)} colours can be told apart. "
            "Join groups, or draw several figures."
        )
    member = np.zeros(len(names), dtype=int) if groups is None else np.array([order.index(one) for one in groups])
    dots, left, right = (np.asarray(values, dtype=np.float64) for values in (estimates, low, high))
    figure, axes = _canvas.make_figure(WIDTH, _canvas.row_height(len(names)))
    if reference is not None:
        axes.axvline(reference, color=MUTED, linewidth=1)
    for k, name in enumerate(order):
        at = np.flatnonzero(member == k)
        colour = OBSERVED_INK if groups is None else REASON_FILLS[k]
        axes.hlines(at, left[at], right[at], color=colour, linewidth=1.5)
        axes.scatter(dots[at], at, s=DOT, color=colour, zorder=3, label=_canvas.plain(str(name)))
    _canvas.name_rows(axes, list(map(str, names)), LONGEST)
    _canvas.label(axes, x_label, "")
    if groups is not None:
        _canvas.legend_above(figure, axes, n_columns=min(len(order), 3))
    return figure
