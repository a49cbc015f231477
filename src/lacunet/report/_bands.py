"""Trajectories over an ordered variable, with the bands of their intervals and of what chance alone would give."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any

import numpy as np

from lacunet._typing import Bools, Floats
from lacunet.report import _canvas
from lacunet.report._colours import INK, MUTED, OBSERVED_INK, REASON_FILLS, RULE

INKS = (OBSERVED_INK, *REASON_FILLS)
MOST_ACROSS = 3
"""Panels side by side."""
MOST_NAMES = 12
"""Names of slices that stand upright; more are turned."""
MOST_TICKS = 6
BAND, POINT = 0.18, 12


def draw_bands(
    series: Mapping[str, tuple[Any, Any, Any, Any]],
    *,
    x_label: str,
    y_label: str,
    reference: float | None = None,
    null: tuple[Any, Any, Any] | Mapping[str, tuple[Any, Any, Any]] | None = None,
) -> Any:
    """Draw one or several trajectories with their bands.

    Parameters
    ----------
    series
        Name to x, estimate, low and high, each of one length. x are numbers, dates, or names in their order; cells that
        are not a number leave a gap. Where low and high are None, or nowhere numbers, there is no band.
    x_label, y_label
        Names of the axes.
    reference
        Value at which to draw a level line.
    null
        x, low and high of what chance alone would give, as one grey band behind all; or a name of a series to its
        own, which draws a panel for each series.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.
    """
    names = _list_names(series)
    if isinstance(null, Mapping):
        figure, panels = _make_panels(len(series))
        bands: list[Any] = [null.get(name) for name in series]
        groups = [[item] for item in series.items()]
    else:
        figure, one = _canvas.make_figure(6.8, 3.6)
        panels, bands, groups = [one], [null], [list(series.items())]
    inks = cycle(INKS)
    across = min(len(panels), MOST_ACROSS)
    for k, (axes, band, group) in enumerate(zip(panels, bands, groups, strict=True)):
        if reference is not None:
            axes.axhline(reference, color=MUTED, linewidth=1)
        if band is not None:
            low, high = (np.asarray(side, dtype=np.float64) for side in band[1:])
            axes.fill_between(_place(band[0], names), low, high, color=RULE, linewidth=0, label="by chance alone")
        for name, (x, *values) in group:
            _draw(axes, _place(x, names), values, INKS[0] if len(panels) > 1 else next(inks), name)
        _name_slices(axes, names, [x for _, (x, *_) in group])
        is_lowest, is_first = k + across >= len(panels), k % across == 0
        title = group[0][0] if len(panels) > 1 else ""
        _canvas.label(axes, x_label if is_lowest else "", y_label if is_first and across == len(panels) else "", title)
    if across < len(panels):
        figure.supylabel(y_label, fontsize=9, color=INK)
    _explain(figure, panels)
    return figure


def _make_panels(n: int) -> tuple[Any, list[Any]]:
    across = min(n, MOST_ACROSS)
    down = -(-n // across)
    figure, first = _canvas.make_figure(max(4.4, 3.2 * across), 0.4 + 2.6 * down)
    first.remove()
    grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True).ravel()
    for spare in grid[n:]:
        spare.remove()
    for k, axes in enumerate(grid[:n]):
        _canvas.style(axes)
        axes.tick_params(axis="x", labelbottom=k + across >= n)
    return figure, list(grid[:n])


def _draw(axes: Any, x: Any, values: Sequence[Any], ink: str, name: str) -> None:
    estimate = np.asarray(values[0], dtype=np.float64)
    low, high = (_as_numbers(side, len(estimate)) for side in values[1:])
    axes.fill_between(x, low, high, color=ink, alpha=BAND, linewidth=0)
    alone = _find_alone(estimate, low, high)
    if alone.any():
        axes.vlines(np.asarray(x)[alone], low[alone], high[alone], color=ink, linewidth=1.2)
    axes.plot(x, estimate, color=ink, linewidth=1.6, label=_canvas.plain(name))
    axes.scatter(x, estimate, s=POINT, color=ink, zorder=3)


def _find_alone(estimate: Floats, low: Floats, high: Floats) -> Bools:
    """Points with an interval but no neighbour, where a band has no width to be seen by."""
    is_there = np.isfinite(estimate) & np.isfinite(low) & np.isfinite(high)
    padded = np.concatenate([[False], is_there, [False]])
    return np.asarray(is_there & ~padded[:-2] & ~padded[2:])


def _as_numbers(side: Any, n: int) -> Floats:
    return np.full(n, np.nan) if side is None else np.asarray(side, dtype=np.float64)


def _list_names(series: Mapping[str, tuple[Any, Any, Any, Any]]) -> dict[str, int] | None:
    """Place of each name on the axis, where x is of names."""
    every = [value for x, *_ in series.values() for value in x]
    if not any(isinstance(value, str) for value in every):
        return None
    return {name: place for place, name in enumerate(dict.fromkeys(map(str, every)))}


def _place(x: Any, names: dict[str, int] | None) -> Any:
    return np.asarray(x) if names is None else np.array([names[str(value)] for value in x], dtype=np.float64)


def _name_slices(axes: Any, names: dict[str, int] | None, every: Sequence[Any]) -> None:
    """Ticks that a slice can have: its name, and whole numbers where all are whole, such as years."""
    if names is not None:
        turned = len(names) > MOST_NAMES or sum(map(len, names)) > 6 * MOST_NAMES
        style = {"rotation": 45, "ha": "right"} if turned else {}
        axes.set_xticks(list(names.values()), [_canvas.plain(name) for name in names], **style)
    elif all(np.asarray(x).dtype.kind in "iuf" and not np.any(np.asarray(x) % 1) for x in every):
        axes.locator_params(axis="x", integer=True, nbins=MOST_TICKS)


def _explain(figure: Any, panels: Sequence[Any]) -> None:
    """Say which line is which, unless there is one line that the axis names."""
    handles, words = panels[0].get_legend_handles_labels()
    if len(panels) > 1:
        pairs = [pair for pair in zip(handles, words, strict=True) if pair[1] == "by chance alone"]
        handles, words = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if len(words) > 1 or (len(panels) > 1 and words):
        figure.legend(handles, words, loc="outside upper left", ncols=4, frameon=False, fontsize=8, labelcolor=INK)
