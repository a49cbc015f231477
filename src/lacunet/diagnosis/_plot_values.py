"""Plots of imputed against observed values."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.diagnosis._compare import CLEAR, SUSPICIOUS, sides
from lacunet.diagnosis._evidence import Evidence
from lacunet.diagnosis._propensity import Propensity
from lacunet.report import NumberComparison, _canvas, _category_figure, _number_figure, _words
from lacunet.report._colours import (
    IMPUTED_FILL,
    IMPUTED_INK,
    INAPPLICABLE_FILL,
    INK,
    MUTED,
    OBSERVED_FILL,
    OBSERVED_INK,
)
from lacunet.report._content import CategoryComparison
from lacunet.report._sentences import choose_writer

MAX_NAMED, MAX_STRATUM_LEVELS = 30, 3


def plot_differences(table: pd.DataFrame) -> Any:
    """Show the standardised difference of each variable, as it stands and among comparable rows."""
    order = np.argsort(-table["std_diff"].abs().fillna(0).to_numpy(), kind="stable")[:MAX_NAMED]
    shown = table.iloc[order]
    rows = np.arange(len(shown))
    figure, axes = _canvas.make_figure(6.6, _canvas.row_height(len(shown)))
    axes.axvspan(-SUSPICIOUS, SUSPICIOUS, color=INAPPLICABLE_FILL, alpha=0.6, linewidth=0)
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.scatter(shown["std_diff"], rows, s=30, facecolors="none", edgecolors=OBSERVED_INK, label="all rows", zorder=3)
    axes.errorbar(
        shown["std_diff_within"],
        rows,
        xerr=CLEAR * shown["std_error_within"],
        fmt="o",
        markersize=5,
        color=IMPUTED_INK,
        linewidth=1,
        label="rows equally likely to be missing (3 standard errors)",
        zorder=4,
    )
    words = [f"{row.variable} = {row.level}" if row.level else str(row.variable) for row in shown.itertuples()]
    _canvas.name_rows(axes, words)
    _canvas.label(axes, "imputed minus observed, in standard deviations", "variable")
    _canvas.legend_above(figure, axes, 2)
    return figure


def plot_values(evidence: Evidence, j: int) -> Any:
    """Set the distribution of imputed values over that of the observed."""
    if evidence.layout.variables[j].is_category:
        return _bars(evidence, j)
    comparison = _as_comparison(evidence, j, evidence.observed(j), evidence.imputed(j))
    shape = _number_figure.make_histogram(comparison)
    n_spikes = len(shape.spikes)
    figure, axes = _canvas.make_figure(
        6.4, 3.4, 2 if n_spikes else 1, **({"width_ratios": [0.5 + 0.45 * n_spikes, 4]} if n_spikes else {})
    )
    main = axes
    if n_spikes:
        main = axes[1]
        _spikes(axes[0], shape, choose_writer(comparison))
    _histogram(main, shape)
    _dress_numbers(main, comparison, shape.edges)
    _canvas.label(main, evidence.title(j)[:70] + (" (other values)" if n_spikes else ""), "share of cells")
    _canvas.legend_above(figure, main)
    return figure


def _as_comparison(evidence: Evidence, j: int, known: Floats, drawn: Floats) -> NumberComparison:
    variable = evidence.layout.variables[j]
    return NumberComparison(
        name=variable.name,
        observed=known,
        imputed=drawn,
        is_date=variable.kind == "date",
        is_integer=variable.is_integer,
    )


def _histogram(axes: Any, shape: _number_figure.Histogram) -> None:
    edges = shape.edges
    centres, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    gap = 0.86 if shape.is_discrete else 1.0
    axes.bar(centres, shape.observed, width=widths * gap, color=OBSERVED_FILL, label="observed")
    if len(shape.imputed):
        low, high = shape.imputed.min(axis=0), shape.imputed.max(axis=0)
        axes.fill_between(
            edges, np.append(low, low[-1]), np.append(high, high[-1]), step="post", color=IMPUTED_INK, alpha=0.22,
            linewidth=0, label="imputed, all draws",
        )  # fmt: skip
        axes.stairs(shape.imputed.mean(axis=0), edges, color=IMPUTED_INK, linewidth=1.6, label="imputed, mean of draws")
    axes.set_ylim(bottom=0)
    _percent_axis(axes)


def _spikes(axes: Any, shape: _number_figure.Histogram, write: Any) -> None:
    at = np.arange(len(shape.spikes))
    axes.bar(at - 0.2, shape.observed_spikes, width=0.38, color=OBSERVED_FILL)
    axes.bar(at + 0.2, shape.imputed_spikes.mean(axis=0), width=0.38, color=IMPUTED_FILL)
    axes.set_xticks(at, [f"= {write(float(value))}" for value in shape.spikes])
    axes.set_ylim(bottom=0)
    _percent_axis(axes)
    _canvas.label(axes, "exactly at", "share of cells")


def _percent_axis(axes: Any) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.yaxis.set_major_locator(MaxNLocator(5))
    _canvas.write_percent(axes.yaxis)


def _dress_numbers(axes: Any, comparison: NumberComparison, edges: Floats) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    write = choose_writer(comparison)
    axes.set_xlim(edges[0], edges[-1])
    if comparison.is_date:
        axes.set_xticks(np.linspace(edges[0], edges[-1], 4)[1:-1])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=comparison.is_integer))
    _canvas.write_values(axes.xaxis, write)


def _bars(evidence: Evidence, j: int) -> Any:
    words = evidence.words(j)
    known, drawn = evidence.observed(j), evidence.imputed(j)
    comparison = CategoryComparison(
        name=evidence.names[j],
        levels=tuple(words),
        observed=_level_shares(known, len(words)),
        imputed=np.stack([_level_shares(draw, len(words)) for draw in drawn]),
        n_observed=len(known),
        n_missing=drawn.shape[1],
    )
    names, observed, imputed = _category_figure.gather_levels(comparison)
    figure, axes = _canvas.make_figure(6.4, max(2.0, 1.1 + 0.36 * len(names)))
    rows = np.arange(len(names))
    mean = imputed.mean(axis=0)
    axes.barh(rows - 0.2, observed, height=0.36, color=OBSERVED_FILL, label="observed")
    axes.barh(rows + 0.2, mean, height=0.36, color=IMPUTED_FILL, label="imputed, mean of draws")
    axes.hlines(
        rows + 0.2, imputed.min(axis=0), imputed.max(axis=0), color=IMPUTED_INK, linewidth=1.8, label="all draws"
    )
    _canvas.name_rows(axes, names)
    axes.set_xlim(left=0)
    _canvas.write_percent(axes.xaxis)
    _canvas.label(axes, "share of cells", _words.shorten(evidence.title(j), 40))
    _canvas.legend_above(figure, axes)
    return figure


def _level_shares(positions: Floats, n_levels: int) -> Floats:
    counts = np.bincount(positions.astype(np.intp), minlength=n_levels)
    return counts / max(len(positions), 1)


def plot_strata(evidence: Evidence, propensity: Propensity) -> Any:
    """Compare imputed and observed in each fifth of the propensity to be missing."""
    j = propensity.variable
    known, drawn, places = sides(evidence, propensity)
    known_strata, drawn_strata = (place.strata for place in places)
    strata = np.unique(drawn_strata).tolist()
    if evidence.layout.variables[j].is_category:
        return _strata_of_category(evidence, j, known, drawn, known_strata, drawn_strata)
    figure, axes = _canvas.make_figure(6.4, 3.6)
    for place, stratum in enumerate(strata):
        for side, parts, fill, ink in (
            (-0.17, known[known_strata == stratum], OBSERVED_FILL, OBSERVED_INK),
            (0.17, drawn[:, drawn_strata == stratum].ravel(), IMPUTED_FILL, IMPUTED_INK),
        ):
            if len(parts):
                _box(axes, place + side, parts, fill, ink)
    axes.set_xticks(range(len(strata)), _stratum_words(len(strata)))
    axes.tick_params(axis="x", labelcolor=INK)
    axes.set_xlim(-0.5, len(strata) - 0.5)
    axes.grid(visible=False, axis="x")
    axes.bar([0], [np.nan], color=OBSERVED_FILL, label="observed")
    axes.bar([0], [np.nan], color=IMPUTED_FILL, label="imputed")
    _canvas.write_values(axes.yaxis, evidence.writer(j))
    _canvas.label(axes, "rows by how likely the value is to be missing", _words.shorten(evidence.title(j), 40))
    _canvas.legend_above(figure, axes)
    return figure


def _box(axes: Any, at: float, values: Floats, fill: str, ink: str) -> None:
    """Middle half as a box, 5 % to 95 % as a line, median as a stroke, mean as a point."""
    low, first, middle, third, high = np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])
    axes.vlines(at, low, high, color=ink, linewidth=1)
    axes.bar(at, third - first, bottom=first, width=0.28, color=fill, edgecolor=ink, linewidth=0.8, zorder=3)
    axes.hlines(middle, at - 0.14, at + 0.14, color=ink, linewidth=1.8, zorder=4)
    axes.scatter([at], [values.mean()], s=14, color=ink, zorder=5)


def _strata_of_category(
    evidence: Evidence, j: int, known: Floats, drawn: Floats, known_strata: Any, drawn_strata: Any
) -> Any:
    words = evidence.words(j)
    order = np.argsort(-_level_shares(known, len(words)), kind="stable")
    levels = order[: 1 if len(words) == 2 else MAX_STRATUM_LEVELS]
    n_strata = len(np.unique(drawn_strata))
    figure, axes = _canvas.make_figure(2.0 + 1.8 * len(levels), 3.2, len(levels), sharey=True)
    axes = np.atleast_1d(axes)
    for one, level in zip(axes, levels, strict=True):
        marks: tuple[list[tuple[float, ...]], list[tuple[float, ...]]] = ([], [])
        for stratum in range(n_strata):
            before, after = known[known_strata == stratum], drawn[:, drawn_strata == stratum]
            share = float(np.mean(before == level)) if len(before) else np.nan
            half = 2 * np.sqrt(share * (1 - share) / max(len(before), 1))
            shares = (after == level).mean(axis=1)
            marks[0].append((stratum - 0.12, share, max(share - half, 0.0), min(share + half, 1.0)))
            marks[1].append((stratum + 0.12, float(shares.mean()), float(shares.min()), float(shares.max())))
        for side, ink in zip(marks, (OBSERVED_INK, IMPUTED_INK), strict=True):
            at, middle, low, high = np.array(side).T
            _canvas.draw_intervals(one, at, low, high, ink, linewidth=1.2)
            one.plot(at, middle, "o", markersize=4.5, color=ink)
        one.set_xticks(range(n_strata), _stratum_words(n_strata, len(levels) > 1))
        one.grid(visible=False, axis="x")
        _canvas.label(one, "likely to be missing", "", f"= {_words.shorten(words[level], 22)}")
    axes[0].scatter([], [], color=OBSERVED_INK, s=22, label="observed (2 standard errors)")
    axes[0].scatter([], [], color=IMPUTED_INK, s=22, label="imputed (all draws)")
    _canvas.label(axes[0], "likely to be missing", f"share of rows with {_words.shorten(evidence.names[j], 24)}")
    _percent_axis(axes[0])
    _canvas.legend_above(figure, axes[0])
    return figure


def _stratum_words(n: int, short: bool = False) -> list[str]:
    if n == 1:
        return ["all"]
    words = [str(place + 1) for place in range(n)]
    least, most = ("least", "most") if short else ("least likely", "most likely")
    return [f"1\n{least}", *words[1:-1], f"{n}\n{most}"]
