"""Rows of words with their association, one colour a group."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet.report import _canvas
from lacunet.report._colours import IMPUTED_INK, MUTED, OBSERVED_INK

DOT = 30
LONGEST = 24
"""Letters of a word beside a row."""


def draw_rows(rows: pd.DataFrame, column: str, axis: str, groups: tuple[str, ...] = ()) -> Any:
    """Draw a dot a word, in the order of the rows, with its spread over fits where there are several.

    Parameters
    ----------
    rows
        With word, ``column``, sd_seeds, and group where there are ``groups``.
    column
        What to draw.
    axis
        What the horizontal axis says.
    groups
        Names of the two groups, which get a colour each and their mean as a line.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(rows)) + 0.2 * bool(groups))
    at, values = np.arange(len(rows)), rows[column].to_numpy(dtype=np.float64)
    spread = rows["sd_seeds"].fillna(0).to_numpy(dtype=np.float64)
    axes.axvline(0, color=MUTED, linewidth=1)
    parts = [(name, (rows["group"] == name).to_numpy()) for name in groups] or [("", np.ones(len(rows), dtype=bool))]
    for (name, own), colour in zip(parts, (OBSERVED_INK, IMPUTED_INK), strict=False):
        axes.hlines(at[own], (values - spread)[own], (values + spread)[own], color=colour, linewidth=1.5)
        axes.scatter(values[own], at[own], s=DOT, color=colour, zorder=3, label=name or None)
        if name:
            ends = [at[own].min() - 0.5, at[own].max() + 0.5]
            axes.plot([values[own].mean()] * 2, ends, color=colour, linewidth=1, linestyle="--")
    _canvas.name_rows(axes, rows["word"].tolist(), LONGEST)
    _canvas.label(axes, axis, "")
    if groups:
        _canvas.legend_above(figure, axes)
    return figure
