"""Where one level gives way to another, over two inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Integers
from lacunet.errors import SpecError
from lacunet.prediction._subject import Subject
from lacunet.prediction.explain._inputs import check_column, give_value, is_number
from lacunet.report import _canvas
from lacunet.report._colours import MUTED

POINTS = 120
"""Values of each of the two inputs."""
SHOWN = 1000
"""Rows drawn; more make a blot."""
MARGIN = 0.04
COLOURS = ("#34597d", "#b63e0b", "#4b7f52", "#8a6d1f", "#6b4c86", "#1f7a80", "#94425f", "#52606d")


def draw_boundary(subject: Subject, across: str, up: str) -> Any:
    """Regions in which each level is the most probable, and rows coloured by their outcome where it is known."""
    for name in (across, up):
        _check_number(subject.frame, name)
    x, y = (_grid(subject.frame[name]) for name in (across, up))
    rows = _typical(subject.frame).take(np.zeros(POINTS * POINTS, dtype=np.intp)).reset_index(drop=True)
    rows[across], rows[up] = (values.ravel() for values in np.meshgrid(x, y))
    winners = _winners(subject, rows).reshape(POINTS, POINTS)
    levels = subject.fit.outcome.levels
    figure, axes = _canvas.make_figure(5.6, 4.4)
    axes.grid(visible=False)
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(levels))]
    steps = np.arange(len(levels) + 1) - 0.5
    axes.contourf(x, y, winners, levels=steps, colors=colours, alpha=0.18)
    _draw_rows(axes, subject, (across, up), colours, levels)
    held = ", others at their mean or most frequent level" if len(subject.names) > 2 else ""
    _canvas.label(axes, across, up, f"most probable {subject.fit.outcome.name}{held}")
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _check_number(frame: pd.DataFrame, name: str) -> None:
    check_column(frame, name)
    cells = frame[name].dropna()
    if not is_number(frame[name]) or cells.nunique() < 2:
        raise SpecError(
            f"The input {name!r} is no number that varies. A boundary is drawn over two numbers: name one, or see "
            f"dependence({name!r})."
        )


def _grid(cells: pd.Series) -> Any:
    low, high = float(cells.min()), float(cells.max())
    return np.linspace(low - MARGIN * (high - low), high + MARGIN * (high - low), POINTS)


def _typical(frame: pd.DataFrame) -> pd.DataFrame:
    """One row: the mean of each number, the most frequent level of each category."""
    row = frame.iloc[:1]
    for name in frame.columns:
        known = frame[name].dropna()
        if len(known):
            row = give_value(row, name, float(known.mean()) if is_number(known) else known.mode().iloc[0])
    return row


def _winners(subject: Subject, rows: pd.DataFrame) -> Integers:
    said = subject.fit.outcome.in_unit(subject.fit.engine.say(subject.columns(rows)))
    return said.mean(axis=1).argmax(axis=1)


def _draw_rows(
    axes: Any, subject: Subject, names: tuple[str, str], colours: Sequence[str], levels: Sequence[Any]
) -> None:
    step = max(1, -(-len(subject.frame) // SHOWN))
    rows = subject.frame.iloc[::step]
    for place, level in enumerate(levels):
        axes.scatter([], [], s=16, color=colours[place], label=str(level))
        if subject.y is not None:
            own = rows[subject.y[::step] == place]
            axes.scatter(own[names[0]], own[names[1]], s=9, color=colours[place], alpha=0.7, linewidths=0)
    if subject.y is None:
        axes.scatter(rows[names[0]], rows[names[1]], s=7, color=MUTED, alpha=0.6, linewidths=0)
