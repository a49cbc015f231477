"""Plots of hidden cells against the truth."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats
from lacunet.diagnosis._evidence import Evidence, HiddenCells
from lacunet.report import _canvas, _words
from lacunet.report._colours import IMPUTED_INK, INAPPLICABLE_FILL, INK, MUTED, OBSERVED_INK, REASON_FILLS

MAX_NAMED, MAX_POINTS = 30, 240
LEVEL = 0.90
MAX_SPREAD = 20
SHARE_EDGES = (0.0, 0.1, 0.3, 1.0)
SHARE_COLOURS = (REASON_FILLS[1], IMPUTED_INK, INK)
LONG_TAIL = 8.0
"""Range over the middle eight tenths beyond which an axis is drawn as a logarithm."""


def plot_coverage(table: pd.DataFrame) -> Any:
    """Show how often 90 % intervals cover hidden numbers."""
    shown = table[table["nominal"] == LEVEL].head(MAX_NAMED)
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(shown)))
    rows = np.arange(len(shown))
    low, high = shown["margin_low"].to_numpy(), shown["margin_high"].to_numpy()
    axes.barh(rows, high - low, left=low, height=0.7, color=INAPPLICABLE_FILL, label="what chance allows")
    axes.axvline(LEVEL, color=MUTED, linewidth=1)
    axes.scatter(shown["covered"], rows, s=30, color=IMPUTED_INK, label="found", zorder=3)
    names = [f"{row.variable} ({row.n_hidden:,})" for row in shown.itertuples()]
    _canvas.name_rows(axes, names)
    axes.set_xlim(max(min(float(shown["covered"].min()), low.min()) - 0.05, 0.0), 1.02)
    _canvas.label(axes, "share of hidden values inside their 90% interval", "variable (hidden cells)")
    _canvas.legend_above(figure, axes)
    return figure


def plot_truth(evidence: Evidence, hidden: HiddenCells, j: int) -> Any:
    """Set the interval of each hidden number's draws against the truth."""
    here = np.flatnonzero(hidden.cols == j)
    here = here[np.argsort(hidden.truth[here], kind="stable")]
    if len(here) > MAX_POINTS:  # evenly over the sorted truths, so that the ends are seen
        here = here[np.unique(np.linspace(0, len(here) - 1, MAX_POINTS).astype(np.intp))]
    truth, draws = hidden.truth[here], hidden.draws[:, here]
    low, middle, high = np.quantile(draws, [0.5 - LEVEL / 2, 0.5, 0.5 + LEVEL / 2], axis=0, method="weibull")
    share = evidence.is_missing[hidden.rows[here]].mean(axis=1)
    at, is_spread = _spread_ties(truth, evidence.layout.variables[j].is_integer)
    figure, axes = _canvas.make_figure(6.0, 4.2)
    ends = [float(min(truth.min(), low.min())), float(max(truth.max(), high.max()))]
    axes.plot(ends, ends, color=MUTED, linewidth=1, zorder=1)
    for first, last, colour in zip(SHARE_EDGES[:-1], SHARE_EDGES[1:], SHARE_COLOURS, strict=True):
        mask: Bools = (share >= first) & ((share < last) | (last == 1.0))
        if mask.any():
            _canvas.draw_intervals(axes, at[mask], low[mask], high[mask], colour, linewidth=0.7, alpha=0.5)
            axes.plot(
                at[mask],
                middle[mask],
                "o",
                markersize=4,
                color=colour,
                markeredgewidth=0,
                label=_share_words(first, last),
                zorder=3,
            )
    if evidence.layout.variables[j].kind != "date":
        _squeeze(axes, truth, ends)
    for axis in (axes.xaxis, axes.yaxis):
        _canvas.write_values(axis, evidence.writer(j))
    m = len(draws)
    ranks = np.clip(np.array([0.5 - LEVEL / 2, 0.5 + LEVEL / 2]) * (m + 1), 1, m)
    holds = (ranks[1] - ranks[0]) / (m + 1)
    kind = f"{100 * holds:.0f}% interval" if holds < LEVEL - 0.005 else "90% interval"
    _canvas.label(
        axes,
        f"{_words.shorten(evidence.names[j], 40)}, truth{' (spread sideways)' if is_spread else ''}",
        f"imputed: median and {kind} of {m} draws",
    )
    _canvas.legend_above(figure, axes)
    return figure


def _spread_ties(truth: Floats, is_integer: bool) -> tuple[Floats, bool]:
    """Places across for sorted values: equal whole numbers stand side by side where they are few."""
    _, first, counts = np.unique(truth, return_index=True, return_counts=True)
    if not is_integer or len(counts) > MAX_SPREAD or len(counts) == len(truth):
        return truth, False
    rank = np.arange(len(truth)) - np.repeat(first, counts)
    size = np.repeat(counts, counts)
    return truth + 0.6 * ((rank + 0.5) / size - 0.5), True


def _squeeze(axes: Any, truth: Floats, ends: list[float]) -> None:
    """Draw long tails on a logarithm (straight around nought), so that the many are seen beside the few."""
    low, high = np.quantile(truth, [0.1, 0.9])
    middle = float(high - low)
    if middle > 0 and ends[1] - ends[0] > LONG_TAIL * middle:
        unit = float(10.0 ** np.floor(np.log10(middle)))
        axes.set_xscale("symlog", linthresh=unit)
        axes.set_yscale("symlog", linthresh=unit)


def _share_words(first: float, last: float) -> str:
    if first == 0.0:
        return f"row missing below {last:.0%}"
    return f"{first:.0%} and more" if last == 1.0 else f"{first:.0%} to {last:.0%}"


def plot_calibration(table: pd.DataFrame, name: str | None) -> Any:
    """Show how often a level is the truth, by the share of draws that say so."""
    figure, axes = _canvas.make_figure(5.6, 4.2)
    x = table["predicted"].to_numpy()
    expected, margin = table["expected"].to_numpy(), table["margin"].to_numpy()
    low, high = np.clip(expected - margin, 0, 1), np.clip(expected + margin, 0, 1)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=":", label="share = chance")
    axes.fill_between(x, low, high, color=INAPPLICABLE_FILL, linewidth=0, label="what right draws would give")
    axes.plot(x, expected, color=OBSERVED_INK, linewidth=1.2)
    sizes = 14 + 60 * np.sqrt(table["n_cases"] / table["n_cases"].max())
    axes.scatter(x, table["observed"], s=sizes, color=IMPUTED_INK, zorder=3, label="found (size: cases)")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    what = "a level" if name is None else f"a level of {_words.shorten(name, 26)}"
    _canvas.label(axes, f"share of draws at {what}", "share of hidden cells where it is the truth")
    _canvas.legend_above(figure, axes)
    return figure
