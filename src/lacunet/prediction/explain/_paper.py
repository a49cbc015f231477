"""Marks of the plots of explanations: a curve in its band, levels and rows with intervals, a rug."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.report import _canvas, _words
from lacunet.report._colours import IMPUTED_INK, MUTED, OBSERVED_FILL, OBSERVED_INK

LINE, BAND, ACCENT = OBSERVED_INK, OBSERVED_FILL, IMPUTED_INK
LONGEST = 34
"""Letters of a name beside a row."""


def draw_curve(axes: Any, x: Floats, y: Floats, low: Floats, high: Floats) -> None:
    """A line in its band."""
    axes.fill_between(x, low, high, color=BAND, linewidth=0, alpha=0.7)
    axes.plot(x, y, color=LINE, linewidth=1.8)


def draw_levels(axes: Any, names: Sequence[object], y: Floats, low: Floats, high: Floats) -> None:
    """Points with intervals, one for each level."""
    at = np.arange(len(names))
    axes.vlines(at, low, high, color=LINE, linewidth=1.5)
    axes.scatter(at, y, s=30, color=LINE, zorder=3)
    words = [_canvas.plain(_words.shorten(str(name), 14)) for name in names]
    axes.set_xticks(at, words, rotation=30 if len(names) > 6 else 0)
    axes.set_xlim(-0.6, len(names) - 0.4)


def draw_rug(axes: Any, values: Floats) -> None:
    """Where the data lie, at the lower edge."""
    axes.plot(
        values,
        np.full(len(values), 0.012),
        "|",
        color=MUTED,
        markersize=6,
        markeredgewidth=0.6,
        transform=axes.get_xaxis_transform(),
    )


def draw_rows(names: Sequence[object], values: Floats, low: Floats, high: Floats, across: str) -> Any:
    """A figure with one row a name: points with intervals around a line at 0."""
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(names)))
    at = np.arange(len(names))
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.hlines(at, low, high, color=LINE, linewidth=1.5)
    axes.scatter(values, at, s=30, color=LINE, zorder=3)
    _canvas.name_rows(axes, list(map(str, names)), LONGEST)
    _canvas.label(axes, across, "")
    return figure
