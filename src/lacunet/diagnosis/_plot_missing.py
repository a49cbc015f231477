"""Plots of what is missing and what predicts it."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet._layout import INAPPLICABLE, MISSING
from lacunet.diagnosis._compare import CLEAR
from lacunet.diagnosis._evidence import Evidence
from lacunet.diagnosis._propensity import Propensity
from lacunet.report import _canvas, _words, find_patterns
from lacunet.report._colours import (
    IMPUTED_FILL,
    IMPUTED_INK,
    INAPPLICABLE_FILL,
    INK,
    MUTED,
    OBSERVED_FILL,
    OBSERVED_INK,
)

MAX_VARIABLES, MAX_PATTERNS, MAX_NAMED, MAX_TERMS = 24, 16, 30, 12
LOW, NAME_STEP = 0.3, 0.045
"""Outflux below which names are stacked upwards, and the height of a name."""


def plot_patterns(evidence: Evidence) -> Any:
    """Show which variables are missing together, one row a pattern."""
    patterns = find_patterns(evidence.names, evidence.state, max_variables=MAX_VARIABLES, max_patterns=MAX_PATTERNS)
    if patterns is None:
        return _say("Nothing is missing.")
    n_rows, n_columns = patterns.states.shape
    figure, axes = _canvas.make_figure(min(1.6 + 0.36 * n_columns + 1.2, 9.6), 1.5 + 0.26 * n_rows)
    colours = {0: OBSERVED_FILL, MISSING: IMPUTED_INK, INAPPLICABLE: INAPPLICABLE_FILL}
    words = {0: "known", MISSING: "missing", INAPPLICABLE: "does not apply"}
    for code, colour in colours.items():
        at, across = np.nonzero(patterns.states == code)
        if len(at):
            axes.plot(across, at, "s", markersize=14, color=colour, markeredgewidth=0, label=words[code])
    axes.set_xlim(-0.5, n_columns - 0.5)
    axes.set_xticks(
        range(n_columns), [_canvas.plain(_words.shorten(name, 18)) for name in patterns.names], rotation=60, ha="right"
    )
    axes.tick_params(axis="x", labelcolor=INK)
    total = max(evidence.n, 1)
    _canvas.name_rows(axes, [f"{count:,} ({_words.percent(count / total)})" for count in patterns.counts.tolist()])
    axes.grid(visible=False)
    shown = "" if n_rows == patterns.n_patterns else f", the {n_rows} most frequent of {patterns.n_patterns:,}"
    _canvas.label(axes, "variables with missing cells, most missing first", f"rows with the pattern{shown}")
    _canvas.legend_above(figure, axes)
    return figure


def plot_flux(flux: pd.DataFrame) -> Any:
    """Show how far each variable can help the others, against how much it needs help."""
    figure, axes = _canvas.make_figure(6.4, 4.2)
    is_missing = (flux["pobs"] < 1).to_numpy()
    x, y = flux["influx"].to_numpy(), flux["outflux"].to_numpy()
    for mask, colour, word in ((is_missing, IMPUTED_INK, "has missing cells"), (~is_missing, OBSERVED_INK, "complete")):
        if mask.any():
            axes.scatter(x[mask], y[mask], s=26, color=colour, label=word, zorder=3)
    _annotate(axes, x[is_missing], y[is_missing], flux["variable"].to_numpy()[is_missing])
    axes.set_xlim(-0.02 * max(x.max(), 0.1), max(x.max(), 0.05) * 1.08)
    axes.set_ylim(-0.03, 1.05)
    _canvas.label(
        axes,
        "influx: what is missing here, of all that is known elsewhere",
        "outflux: what is known here, of all\nthat is missing elsewhere",
    )
    _canvas.legend_above(figure, axes)
    return figure


def _annotate(axes: Any, x: Any, y: Any, names: Any) -> None:
    """Name points, each where no earlier name stands: high points from the top down, low ones from the bottom up."""
    taken: list[tuple[float, float]] = []
    order = np.argsort(-y, kind="stable")[:MAX_NAMED]
    for at in [*(k for k in order if y[k] >= LOW), *(k for k in order[::-1] if y[k] < LOW)]:
        height, step = float(y[at]), -NAME_STEP if y[at] >= LOW else NAME_STEP
        while any(abs(height - up) < NAME_STEP and abs(x[at] - across) < 0.25 * x.max() for across, up in taken):
            height += step
        taken.append((float(x[at]), height))
        is_right = bool(x[at] > 0.8 * x.max())
        beside = x[(np.abs(y - height) < NAME_STEP) & (x > 0.8 * x.max())].min(initial=x[at]) if is_right else x[at]
        axes.annotate(
            _canvas.plain(_words.shorten(str(names[at]), 22)),
            (x[at], y[at]),
            xytext=(beside + (-0.02 if is_right else 0.02) * x.max(), height),
            fontsize=8,
            color=INK,
            va="center",
            ha="right" if is_right else "left",
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2},
        )


def plot_aucs(table: pd.DataFrame) -> Any:
    """Show how well missingness is predicted, variable by variable."""
    shown = table.sort_values("auc", ascending=False).head(MAX_NAMED)
    figure, axes = _canvas.make_figure(6.8, _canvas.row_height(len(shown)))
    rows = np.arange(len(shown))
    half = CLEAR * shown["auc_error"].to_numpy()
    axes.barh(rows, 2 * half, left=0.5 - half, height=0.7, color=INAPPLICABLE_FILL, label="what chance gives")
    axes.axvline(0.5, color=MUTED, linewidth=1)
    axes.scatter(shown["auc"], rows, color=OBSERVED_INK, s=30, zorder=3, label="found")
    for row, (auc, strongest) in enumerate(zip(shown["auc"], shown["strongest"], strict=True)):
        if auc - 0.5 > half[row]:
            axes.annotate(
                _canvas.plain(_words.shorten(strongest, 34)),
                (auc, row),
                (7, 0),
                textcoords="offset points",
                fontsize=7,
                color=MUTED,
                va="center",
            )
    _canvas.name_rows(axes, shown["variable"].tolist())
    axes.set_xlim(min(0.4, float(shown["auc"].min()) - 0.05), 1.12)
    axes.set_xticks([0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    _canvas.label(
        axes, "area under the curve: .5 = not predictable, 1 = perfectly\n(with the strongest predictors)", "missing in"
    )
    _canvas.legend_above(figure, axes)
    return figure


def plot_terms(propensity: Propensity, name: str) -> Any:
    """Show which terms say that one variable is missing."""
    terms = propensity.terms
    kept = terms.loc[terms["log_odds"].abs().sort_values(ascending=False).index[:MAX_TERMS]]
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(kept)))
    rows = np.arange(len(kept))
    colours = [IMPUTED_FILL if value > 0 else OBSERVED_FILL for value in kept["log_odds"]]
    axes.barh(rows, kept["log_odds"], height=0.7, color=colours)
    axes.axvline(0, color=MUTED, linewidth=1)
    words = [f"{row.predictor}" if row.term == "value" else f"{row.predictor}: {row.term}" for row in kept.itertuples()]
    _canvas.name_rows(axes, words)
    _canvas.label(axes, f"log odds that {name} is missing, for one standard deviation more", "predictor")
    return figure


def _say(words: str) -> Any:
    figure, axes = _canvas.make_figure(5.0, 1.2)
    axes.text(0.5, 0.5, words, ha="center", va="center", color=INK, transform=axes.transAxes)
    axes.set_xticks([])
    axes.set_yticks([])
    _canvas.label(axes, " ", " ")
    return figure
