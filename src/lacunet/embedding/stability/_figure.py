"""Figures: rows of cues with their agreement, squares of specifications, rows of cues with their index."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lacunet.report import _canvas
from lacunet.report._colours import IMPUTED_INK, INK, MUTED, OBSERVED_FILL, OBSERVED_INK, PAPER
from lacunet.report._words import count

LONGEST = 24
"""Letters of a word beside a row."""
DOT = 30
FIELD, MARGIN = 0.32, 0.9
"""Inches of a field of a matrix, and beside it."""


def draw_agreement(table: pd.DataFrame, n_neighbours: int) -> Any:
    """Correlation and Jaccard index side by side: named cues from the steadiest down, random words in one row."""
    chosen = table[table["group"] == "chosen"].sort_values("correlation", ascending=False, kind="stable")
    random = table[table["group"] == "random"]
    names = [*chosen["cue"], *([count(len(random), "random word")] if len(random) else [])]
    figure, axes = _canvas.make_figure(6.8, _canvas.row_height(len(names)), 2, sharey=True)
    titles = ("correlation of cosines", f"{n_neighbours} nearest words in common (Jaccard)")
    for one, measure, sd, title in zip(axes, ("correlation", "overlap"), ("sd", "overlap_sd"), titles, strict=True):
        at = np.arange(len(chosen))
        mean, half = chosen[measure].to_numpy(), chosen[sd].fillna(0).to_numpy()
        one.hlines(at, mean - half, mean + half, color=OBSERVED_INK, linewidth=1.5)
        one.scatter(mean, at, s=DOT, color=OBSERVED_INK, zorder=3)
        if len(random):
            values = random[measure].to_numpy()
            one.scatter(values, np.full(len(values), len(chosen)), s=10, color=OBSERVED_FILL, linewidth=0)
            one.scatter([values.mean()], [len(chosen)], s=DOT, color=IMPUTED_INK, zorder=3)
        _canvas.label(one, title, "")
        one.set_xlim(right=1.02)
        one.locator_params(axis="x", nbins=5)
    _canvas.name_rows(axes[0], names, LONGEST)
    axes[1].tick_params(axis="y", labelleft=False, length=0)
    axes[1].grid(visible=False, axis="y")
    return figure


def draw_matrices(matrices: Mapping[str, pd.DataFrame]) -> Any:
    """Correlations between specifications as squares, one a group of cues, with the value in each field."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415

    names = list(next(iter(matrices.values())).index)
    side = FIELD * len(names) + MARGIN
    figure, axes = _canvas.make_figure(side * len(matrices), side, len(matrices), sharey=True)
    shades = LinearSegmentedColormap.from_list("agreement", [PAPER, OBSERVED_INK])
    least = min(float(matrix.to_numpy().min()) for matrix in matrices.values())
    for one, (title, matrix) in zip(np.atleast_1d(axes), matrices.items(), strict=True):
        values = matrix.to_numpy()
        one.imshow(values, cmap=shades, vmin=least, vmax=1)
        for (row, column), value in np.ndenumerate(values):
            ink = PAPER if value > (1 + least) / 2 else INK
            if row != column:
                written = f"{value:.2f}".replace("0.", ".", 1)
                one.text(column, row, written, ha="center", va="center", fontsize=7, color=ink)
        one.grid(visible=False)
        one.set_xticks(range(len(names)), [_canvas.plain(name) for name in names], rotation=90)
        one.set_yticks(range(len(names)), [_canvas.plain(name) for name in names])
        _canvas.label(one, "", "", title)
    return figure


def draw_index(table: pd.DataFrame) -> Any:
    """The index of each cue with its interval, from 0 (never preferred) to 2 (always); the line is a draw."""
    names = table["cue"].tolist()
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(names)))
    at = np.arange(len(names))
    axes.axvline(1, color=MUTED, linewidth=1)
    colours = [*[OBSERVED_INK] * (len(names) - 1), IMPUTED_INK]
    axes.hlines(at, table["conf_low"], table["conf_high"], color=colours, linewidth=1.5)
    axes.scatter(table["adjusted"], at, s=DOT, color=colours, zorder=3)
    axes.set_xlim(-0.05, 2.05)
    _canvas.name_rows(axes, names, LONGEST)
    _canvas.label(axes, "index: 1 where raters prefer neither", "")
    return figure
