"""Plots of what more draws, and more training, would change."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet.diagnosis import _canvas
from lacunet.diagnosis._evidence import Evidence
from lacunet.diagnosis._stability import WANTED, running_means
from lacunet.report import _words
from lacunet.report._colours import IMPUTED_INK, INAPPLICABLE_FILL, MUTED, OBSERVED_FILL, OBSERVED_INK

MAX_NAMED, MAX_CHECKS = 30, 300


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


def plot_loss(history: pd.DataFrame) -> Any:
    """Show the loss on cells trained on and on cells held out."""
    figure, axes = _canvas.make_figure(6.4, 3.4)
    members = list(history.groupby("member", sort=True))
    several = len(members) > 1
    for key, word, ink in (("train_loss", "training", OBSERVED_INK), ("held_out_loss", "held out", IMPUTED_INK)):
        for place, (_, own) in enumerate(members):
            curve = own.dropna(subset=[key])
            curve = curve.iloc[:: max(len(curve) // MAX_CHECKS, 1)]
            axes.plot(
                curve["at"],
                curve[key],
                color=ink,
                linewidth=1.1 if several else 1.6,
                alpha=0.6 if several else 1.0,
                marker="o" if len(curve) < 2 else None,
                label=word if not place and len(curve) else None,
            )
            if key == "held_out_loss" and len(curve):
                best = int(curve[key].to_numpy().argmin())
                axes.scatter(curve["at"].iloc[best], curve[key].iloc[best], s=24, color=ink, zorder=3)
    axes.axhline(np.nan, color=MUTED)
    _canvas.label(axes, "epoch", "loss (the point marks the lowest held out)")
    _canvas.legend_above(figure, axes)
    return figure
