"""What plots of explanations are drawn on: the look of the other plots, in a few lines."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lacunet._typing import Floats

INK, MUTED, RULE, PAPER = "#1f2933", "#52606d", "#d5dae1", "#ffffff"
LINE, BAND, ACCENT = "#34597d", "#b7c9dc", "#b63e0b"
ROW_HEIGHT, LEAST_HEIGHT = 0.26, 1.6


def make_paper(width: float = 6.4, height: float = 3.6) -> tuple[Any, Any]:
    """A figure of its own, known to no window, and its axes."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
    axes = figure.subplots()
    axes.set_facecolor(PAPER)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelsize=8, length=3)
    axes.grid(visible=True, color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def label(axes: Any, x: str, y: str, title: str = "") -> None:
    """Name the axes; a dollar is a dollar and begins no formula."""
    axes.set_xlabel(_plain(x), color=INK, fontsize=9)
    axes.set_ylabel(_plain(y), color=INK, fontsize=9)
    if title:
        axes.set_title(_plain(title), color=INK, fontsize=9, loc="left")


def draw_curve(axes: Any, x: Floats, y: Floats, low: Floats, high: Floats) -> None:
    """A line in its band."""
    axes.fill_between(x, low, high, color=BAND, linewidth=0, alpha=0.7)
    axes.plot(x, y, color=LINE, linewidth=1.8)


def draw_levels(axes: Any, names: Sequence[object], y: Floats, low: Floats, high: Floats) -> None:
    """Points with intervals, one for each level."""
    at = np.arange(len(names))
    axes.vlines(at, low, high, color=LINE, linewidth=1.5)
    axes.scatter(at, y, s=30, color=LINE, zorder=3)
    axes.set_xticks(at, [_plain(_short(name, 14)) for name in names], rotation=30 if len(names) > 6 else 0)
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
    figure, axes = make_paper(6.4, max(LEAST_HEIGHT, 0.9 + ROW_HEIGHT * len(names)))
    at = np.arange(len(names))
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.hlines(at, low, high, color=LINE, linewidth=1.5)
    axes.scatter(values, at, s=30, color=LINE, zorder=3)
    axes.set_yticks(at, [_plain(_short(name, 34)) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", labelcolor=INK, length=0)
    axes.grid(visible=False, axis="y")
    label(axes, across, "")
    return figure


def _plain(words: str) -> str:
    return words.replace("$", r"\$")


def _short(name: object, length: int) -> str:
    text = str(name)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
