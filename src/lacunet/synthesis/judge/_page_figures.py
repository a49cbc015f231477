"""Figures of a judgement: margins, trends, coefficients, disclosure."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import SpecError, suggest
from lacunet.report import _canvas, _words
from lacunet.report._colours import IMPUTED_FILL, IMPUTED_INK, INK, MUTED, OBSERVED_FILL, OBSERVED_INK
from lacunet.synthesis.judge._judged import Judged
from lacunet.synthesis.judge._measure import Measure
from lacunet.synthesis.judge._page_tables import name_regression

MOST_CODES = 22
"""Levels or bins of a column that a panel shows, those that differ most."""
MOST_PANELS, PANELS_A_ROW = 12, 3
MOST_COLUMNS = 40
"""Columns of the map of pairs, those with the largest errors."""
LEAST_SCALE = 5.0
"""Error, in per cent, that has full colour where no pair errs by more."""
MOST_TERMS, MOST_FORMULAS = 30, 6
FAR = 12.0
"""Standard errors beyond which the axis of coefficients becomes a logarithm."""
Z = 1.96
BIN = re.compile(r"-?[\d.]+(e[+-]?\d+)? to -?[\d.]+(e[+-]?\d+)?")
"""The label of a bin of numbers."""


def hide_extremes(shares: pd.DataFrame, numbers: Collection[str]) -> pd.DataFrame:
    """Take the lowest and highest value of the real file out of the labels of bins: each may be one person's.

    Parameters
    ----------
    shares
        Columns: column, code_label, and others.
    numbers
        Names of the columns whose labels are bins.

    Returns
    -------
    pandas.DataFrame
        The same with "up to 24" for "17 to 24", and "63 and more" for "63 to 90".
    """
    labels = shares["code_label"].astype(str).tolist()
    for name in numbers:
        here = [i for i, column in enumerate(shares["column"]) if column == name and BIN.fullmatch(labels[i])]
        if len(here) > 1:
            labels[here[0]] = f"up to {labels[here[0]].partition(' to ')[2]}"
            labels[here[-1]] = f"{labels[here[-1]].partition(' to ')[0]} and more"
    return shares.assign(code_label=labels)


def marginals_of(judgement: Judged) -> pd.DataFrame:
    """Shares of the columns that differ most, as they may be shown."""
    columns = judgement.frames.get("columns", pd.DataFrame(columns=["column", "kind"]))
    numbers = columns.loc[columns["kind"] == "number", "column"].tolist()
    return hide_extremes(judgement.frames["marginals"], numbers)


def plot_marginals(shares: pd.DataFrame) -> Any:
    """Shares of levels and bins, real and synthetic, in the columns that differ most.

    Parameters
    ----------
    shares
        Columns: column, code_label, real, synthetic; the worst column first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure  # noqa: PLC0415

    names = list(dict.fromkeys(shares["column"]))[:MOST_PANELS]
    n_rows = -(-len(names) // PANELS_A_ROW)
    figure = Figure(figsize=(3.6 * min(len(names), PANELS_A_ROW), 3.2 * n_rows), layout="constrained")
    grid = figure.subplots(n_rows, min(len(names), PANELS_A_ROW), squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        _canvas.style(axes)
        draw_shares(axes, shares[shares["column"] == name])
        _canvas.label(axes, "", "", _words.shorten(name, 36))
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    _canvas.legend_above(figure, grid[0])
    return figure


def plot_one_marginal(part: pd.DataFrame) -> Any:
    """One panel of `plot_marginals` by itself, for a page."""
    figure, axes = _canvas.make_figure(4.4, _canvas.row_height(min(len(part), MOST_CODES)) * 0.78)
    draw_shares(axes, part)
    return figure


def draw_shares(axes: Any, part: pd.DataFrame) -> None:
    """Draw the shares of one column as bars with a mark on each."""
    shown = part[(part["real"] > 0) | (part["synthetic"] > 0)]
    if len(shown) > MOST_CODES:
        gap = (shown["real"] - shown["synthetic"]).abs()
        shown = shown.loc[np.sort(gap.nlargest(MOST_CODES).index)]
    rows = np.arange(len(shown))
    axes.barh(rows, shown["real"], height=0.74, color=OBSERVED_FILL, label="real")
    axes.plot(shown["synthetic"], rows, "o", markersize=4.5, color=IMPUTED_INK, label="synthetic", clip_on=False)
    axes.hlines(rows, shown["real"], shown["synthetic"], color=IMPUTED_INK, linewidth=1)
    _canvas.name_rows(axes, [str(label) for label in shown["code_label"]], 22)
    _canvas.write_percent(axes.xaxis)
    axes.set_xlim(left=0)


def plot_trends(pairs: pd.DataFrame) -> Any:
    """Error of every pair of columns, as a map.

    Parameters
    ----------
    pairs
        Columns: first, second, error (per cent).

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.collections import PatchCollection  # noqa: PLC0415
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    names = worst_columns(pairs)
    place = {name: i for i, name in enumerate(names)}
    here = pairs[pairs["first"].isin(names) & pairs["second"].isin(names)].dropna(subset=["error"])
    i, j = here["first"].map(place).to_numpy(int), here["second"].map(place).to_numpy(int)
    top = full_colour(pairs)
    size = 2.4 + 0.24 * len(names)
    figure, axes = _canvas.make_figure(size + 0.6, size)
    axes.grid(visible=False)
    squares = [
        Rectangle((min(a, b) - 0.46, max(a, b) - 0.46), 0.92, 0.92) for a, b in zip(i.tolist(), j.tolist(), strict=True)
    ]
    strength = np.clip(here["error"].to_numpy() / top, 0.04, 1.0)
    axes.add_collection(PatchCollection(squares, facecolor=IMPUTED_INK, edgecolor="none", alpha=strength))
    axes.set_xlim(-0.6, len(names) - 1.4)
    _canvas.name_rows(axes, names, 22)
    axes.set_ylim(len(names) - 0.4, 0.4)
    axes.set_xticks(
        range(len(names) - 1), [_canvas.plain(_words.shorten(name, 22)) for name in names[:-1]], rotation=90
    )
    axes.tick_params(axis="x", labelcolor=INK, length=0)
    axes.set_aspect("equal")
    return figure


def full_colour(pairs: pd.DataFrame) -> float:
    """Error that has full colour in the map."""
    return max(float(pairs["error"].max()), LEAST_SCALE)


def worst_columns(pairs: pd.DataFrame) -> list[str]:
    """Columns of the map, those with the largest mean errors, the worst first."""
    both = pd.concat(
        [
            pairs[["first", "error"]].set_axis(["name", "error"], axis=1),
            pairs[["second", "error"]].set_axis(["name", "error"], axis=1),
        ]
    )
    means = both.groupby("name", sort=False)["error"].mean().sort_values(ascending=False, kind="stable")
    return [str(name) for name in means.index[:MOST_COLUMNS]]


def plot_coefficients(table: pd.DataFrame) -> Any:
    """Coefficients of each regression, synthetic against real, in standard errors of the real ones.

    Parameters
    ----------
    table
        Columns: formula, term, real, real_error, synthetic, synthetic_error.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure  # noqa: PLC0415

    known = table[np.isfinite(table["real_error"]) & (table["real_error"] > 0) & np.isfinite(table["synthetic"])]
    parts = [(str(formula), part) for formula, part in known.groupby("formula", sort=False)][:MOST_FORMULAS]
    heights = [_canvas.row_height(min(len(part), MOST_TERMS)) for _, part in parts]
    figure = Figure(figsize=(6.4, sum(heights) or _canvas.LEAST_HEIGHT), layout="constrained")
    grid = figure.subplots(max(len(parts), 1), 1, squeeze=False, height_ratios=heights or None)[:, 0]
    for axes, (formula, part) in zip(grid, parts, strict=False):
        _canvas.style(axes)
        _draw_coefficients(axes, part)
        _canvas.label(axes, "", "", _words.shorten(name_regression(formula, part), 70))
    _canvas.label(grid[-1], "distance from the real coefficient, in its standard errors", "")
    _canvas.legend_above(figure, grid[0])
    return figure


def _draw_coefficients(axes: Any, known: pd.DataFrame) -> None:
    shift = (known["synthetic"] - known["real"]) / known["real_error"]
    order = shift.abs().sort_values(ascending=False, kind="stable").index[:MOST_TERMS]
    known, shifts = known.loc[order], shift.loc[order].to_numpy()
    half = Z * (known["synthetic_error"] / known["real_error"]).to_numpy()
    rows = np.arange(len(known))
    axes.barh(rows, 2 * Z, left=-Z, height=0.7, color=OBSERVED_FILL, label="real: 95 % interval")
    axes.axvline(0, color=OBSERVED_INK, linewidth=1)
    axes.hlines(rows, shifts - half, shifts + half, color=IMPUTED_INK, linewidth=1.6)
    axes.plot(shifts, rows, "o", markersize=5, color=IMPUTED_INK, label="synthetic, with its interval")
    _canvas.name_rows(axes, known["term"].astype(str).tolist(), 34)
    if len(shifts) and np.abs(shifts).max() + half.max() > FAR:
        axes.set_xscale("symlog", linthresh=4)
        _canvas.write_values(axes.xaxis, _words.number)


def plot_disclosure(measures: Sequence[Measure]) -> Any:
    """Measures of disclosure in per cent: synthetic, real rows in their place, shuffled columns, control.

    Parameters
    ----------
    measures
        Of disclosure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    shown = [one for one in measures if one.is_known]
    scale = np.array([100.0 if one.unit != "%" else 1.0 for one in shown])
    value, floor, independent = (
        np.array([getattr(one, name) for one in shown], dtype=np.float64) * scale
        for name in ("value", "floor", "independent")
    )
    rows = np.arange(len(shown))
    figure, axes = _canvas.make_figure(7.6, _canvas.row_height(2 * len(shown)) * 0.8)
    axes.barh(rows - 0.19, value, height=0.34, color=IMPUTED_FILL, label="synthetic rows")
    axes.barh(rows + 0.19, floor, height=0.34, color=OBSERVED_FILL, label="floor: real rows in their place")
    axes.plot(independent, rows, "|", markersize=13, color=MUTED, label="independent columns")
    control, at = _controls(shown)
    if len(at):
        axes.plot(control, at, "D", markersize=4, color=OBSERVED_INK, label="control: people not in the data")
    ends = [_interval(one) for one in shown]
    low, high = (np.array([end[k] for end in ends]) * np.where(scale == 1.0, 1.0, scale) for k in (0, 1))
    known = np.isfinite(low)
    axes.hlines(rows[known] - 0.19, low[known], high[known], color=IMPUTED_INK, linewidth=1.4)
    _canvas.name_rows(axes, [one.title for one in shown], 46)
    axes.set_xlim(0, 100)
    _canvas.label(axes, "per cent (areas under the curve times 100)", "")
    _canvas.legend_above(figure, axes, 2)
    return figure


def _interval(one: Measure) -> tuple[float, float]:
    details = one.details
    if details is None or not {"low", "high"} <= set(details.columns) or one.name == "membership_found":
        return float("nan"), float("nan")
    mine = details[details["release"] == "synthetic"]
    row = mine.loc[mine["auc"].idxmax()] if "auc" in mine else mine.iloc[0]
    return float(row["low"]), float(row["high"])


def _controls(shown: Sequence[Measure]) -> tuple[list[float], list[float]]:
    values, rows = [], []
    for k, one in enumerate(shown):
        if one.details is None or "success" not in one.details:
            continue
        found = one.details.loc[one.details["release"].str.startswith("control"), "success"]
        if len(found):
            values.append(float(found.iloc[0]))
            rows.append(float(k))
    return values, rows


PLOTS: dict[str, Callable[[Judged], Any]] = {
    "columns": lambda it: plot_marginals(marginals_of(it)),
    "pairs": lambda it: plot_trends(it.frames["pairs"]),
    "coefficients": lambda it: plot_coefficients(it.frames["coefficients"]),
    "disclosure": lambda it: plot_disclosure([one for one in it.measures if one.area == "disclosure"]),
}
"""Topic to a function of the judgement."""


def plot_topic(judgement: Judged, topic: str) -> Any:
    """Draw one topic of a judgement.

    Parameters
    ----------
    judgement
        A ``Judgement``.
    topic
        "columns", "pairs", "coefficients" or "disclosure".

    Returns
    -------
    matplotlib.figure.Figure
        Not shown; ``figure.savefig(path)`` writes it.

    Raises
    ------
    SpecError
        If there is no such topic, or nothing was measured that it could show.
    """
    if topic not in PLOTS:
        hint = suggest(topic, PLOTS) or f"The topics are {', '.join(PLOTS)}."
        raise SpecError(f"topic={topic!r} is no figure of a judgement. {hint}")
    if not has_topic(judgement, topic):
        raise SpecError(
            f"topic={topic!r} has nothing to show: nothing of it could be measured. See the notes of the judgement; "
            f"the others are {', '.join(one for one in PLOTS if one != topic)}."
        )
    return PLOTS[topic](judgement)


def has_topic(judgement: Judged, topic: str) -> bool:
    """Whether anything of a topic was measured."""
    if topic == "disclosure":
        return any(one.is_known for one in judgement.measures if one.area == "disclosure")
    frame = judgement.frames.get({"columns": "marginals"}.get(topic, topic))
    return frame is not None and len(frame) > 0
