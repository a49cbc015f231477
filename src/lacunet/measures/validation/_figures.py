"""Figures: ratings beside scores, groups beside each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.report import _canvas
from lacunet.report._colours import IMPUTED_INK, INK, MUTED, OBSERVED_FILL, OBSERVED_INK

DOT, LONGEST = 18, 28
NAMED = 10
"""Items that are named in a scatter plot."""
NAME_WIDTH, NAME_HEIGHT = 0.12, 0.04
"""What a name takes of the plot."""
MANY = 2000
"""Dots above which they are drawn smaller and lighter."""


def draw_scatter(items: pd.DataFrame) -> Any:
    """Scores against ratings; the items whose ranks differ most are named."""
    figure, axes = _canvas.make_figure(6.4, 4.2)
    axes.scatter(items["rating"], items["score"], s=DOT, color=OBSERVED_INK, linewidth=0)
    _draw_line(axes, items["rating"].to_numpy(np.float64), items["score"].to_numpy(np.float64))
    far = items["gap"].abs().sort_values(ascending=False, kind="stable").index[:NAMED]
    for _, row in _keep_apart(items.loc[far], np.ptp(items["rating"]), np.ptp(items["score"])).iterrows():
        axes.annotate(
            _canvas.plain(str(row["item"])),
            (row["rating"], row["score"]),
            (4, 3),
            textcoords="offset points",
            fontsize=8,
            color=INK,
        )
    _canvas.label(axes, "people's rating", "score")
    return figure


def draw_groups(names: Sequence[str], parts: Sequence[Floats]) -> Any:
    """Scores by group: 90 and 50 % of each as lines, the mean as a dot."""
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(names)))
    for at, part in enumerate(parts):
        low, first, third, high = np.quantile(part, [0.05, 0.25, 0.75, 0.95])
        axes.hlines(at, low, high, color=OBSERVED_FILL, linewidth=2)
        axes.hlines(at, first, third, color=OBSERVED_INK, linewidth=5)
        axes.scatter([part.mean()], [at], s=DOT * 2, color=IMPUTED_INK, zorder=3)
    _canvas.name_rows(axes, list(names), LONGEST)
    _canvas.label(axes, "score: 90 % and 50 % of the documents, and the mean", "")
    return figure


def draw_order(labels: Floats, scores: Floats) -> Any:
    """Scores against an ordered label, with the line of least squares."""
    figure, axes = _canvas.make_figure(6.4, 4.0)
    many = len(scores) > MANY
    axes.scatter(
        labels, scores, s=DOT / (4 if many else 1), color=OBSERVED_INK, alpha=0.3 if many else 0.8, linewidth=0
    )
    _draw_line(axes, labels, scores)
    _canvas.label(axes, "known label", "score")
    return figure


def draw_estimates(rows: pd.DataFrame, axis: str) -> Any:
    """Draw estimates with their intervals, one row each."""
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(rows)))
    at = np.arange(len(rows))
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.hlines(at, rows["conf_low"], rows["conf_high"], color=OBSERVED_INK, linewidth=1.5)
    axes.scatter(rows["estimate"], at, s=DOT * 2, color=OBSERVED_INK, zorder=3)
    _canvas.name_rows(axes, rows["statistic"].tolist(), LONGEST + 14)
    _canvas.label(axes, axis, "")
    return figure


def _keep_apart(rows: pd.DataFrame, width: float, height: float) -> pd.DataFrame:
    """Rows whose names would not cover that of a row before them."""
    kept: list[Any] = []
    for name, row in rows.iterrows():
        gaps = [(abs(row["rating"] - x) / width, abs(row["score"] - y) / height) for _, x, y in kept]
        if all(across > NAME_WIDTH or up > NAME_HEIGHT for across, up in gaps):
            kept.append((name, row["rating"], row["score"]))
    return rows.loc[[name for name, _, _ in kept]]


def _draw_line(axes: Any, x: Floats, y: Floats) -> None:
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, y.mean() + slope * (ends - x.mean()), color=IMPUTED_INK, linewidth=1)
