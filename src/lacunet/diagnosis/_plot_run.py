"""Plots of what more draws would change."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet.diagnosis._evidence import Evidence
from lacunet.diagnosis._stability import WANTED, running_means
from lacunet.report import _canvas, _words
from lacunet.report._colours import IMPUTED_INK, INAPPLICABLE_FILL, OBSERVED_FILL, OBSERVED_INK

MAX_NAMED = 30


def plot_shares(table: pd.DataFrame, m: int) -> Any:
    """Show how much of each mean's standard error is chance in the draws."""
    shown = table.sort_values("mc_share", ascending=False).head(MAX_NAMED)
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(shown)))
    rows = np.arange(len(shown))
    shares = 100 * shown["mc_share"].to_numpy()
    axes.hlines(rows, 0, shares, color=OBSERVED_FILL, linewidth=3)
    axes.scatter(shares, rows, s=30, color=OBSERVED_INK, zorder=3, label=f"with m = {m}")
    axes.axvline(100 * WANTED, color=IMPUTED_INK, linewidth=1.2, label=f"{WANTED:.0%}: enough")
    words = [f"{row.variable} = {row.level}" if row.level else str(row.variable) for row in shown.itertuples()]
    _canvas.name_rows(axes, words)
    axes.set_xlim(0, max(float(shares.max()), 100 * WANTED) * 1.1)
    _canvas.label(axes, "Monte Carlo error, % of the standard error of the mean", "mean (or share) of")
    _canvas.legend_above(figure, axes)
    return figure


def plot_running(evidence: Evidence, j: int) -> Any:
    """Show a pooled mean as draws are added."""
    means, _, level = running_means(evidence, j)
    count = np.arange(1, len(means) + 1)
    running = np.cumsum(means) / count
    spread = np.array([means[:k].std(ddof=1) if k > 1 else np.nan for k in count])
    half = 2 * spread / np.sqrt(count)
    figure, axes = _canvas.make_figure(6.2, 3.2)
    axes.fill_between(
        count, running - half, running + half, color=INAPPLICABLE_FILL, linewidth=0, label="2 Monte Carlo errors"
    )
    axes.scatter(count, means, s=14, color=IMPUTED_INK, label="one imputation", zorder=3)
    axes.plot(count, running, color=OBSERVED_INK, linewidth=1.6, label="pooled so far")
    axes.set_xlim(0.5, len(means) + 0.5)
    axes.xaxis.get_major_locator().set_params(integer=True)
    _canvas.write_values(axes.yaxis, evidence.writer(j) if level is None else "{:.3g}".format)
    name = _words.shorten(evidence.names[j], 30)
    what = f"mean of {name}" if level is None else f"share of {name} = {_words.shorten(evidence.words(j)[level], 24)}"
    _canvas.label(axes, "imputations used", what)
    _canvas.legend_above(figure, axes)
    return figure
