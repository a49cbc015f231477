"""Observed against imputed for a number: shares of cells in bins, with frequent single values set apart."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lacunet.report import _sentences, _svg, _words
from lacunet.report._content import NumberComparison

WIDTH, HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 360, 190, 12, 158, 42, 350
MAX_DISCRETE = 32
LARGEST_WHOLE = 2.0**40  # beyond it, half a unit is lost in rounding
N_BINS = 24
SPIKE_SHARE, HEAP_SHARE = 0.08, 0.20
MAX_SPIKES = 3
SPIKE_WIDTH = 52
LETTER = 6.5
"""Width of a letter, at most."""
TAIL = 0.005
DAYS_PER_YEAR = 365.25

Write = Callable[[float], str]


@dataclass(frozen=True, eq=False)
class Histogram:
    """Shares of cells in bins and at spikes, of all the cells of their side.

    Attributes
    ----------
    edges
        Edges of the bins, (b + 1,).
    observed
        Shares of the observed cells, (b,).
    imputed
        Shares of the imputed cells, (m, b).
    spikes
        Single values set apart, (s,).
    observed_spikes, imputed_spikes
        Shares at the spikes, (s,) and (m, s).
    beyond
        Share of the observed cells outside the bins, at neither a spike.
    is_discrete
        Whether each bin is one whole number.
    """

    edges: NDArray[np.float64]
    observed: NDArray[np.float64]
    imputed: NDArray[np.float64]
    spikes: NDArray[np.float64]
    observed_spikes: NDArray[np.float64]
    imputed_spikes: NDArray[np.float64]
    beyond: float
    is_discrete: bool


def make_histogram(comparison: NumberComparison) -> Histogram:
    """Choose bins and spikes from the observed and imputed values together."""
    observed = comparison.observed[np.isfinite(comparison.observed)]
    imputed = comparison.imputed
    pooled = np.concatenate([observed, imputed[np.isfinite(imputed)]])
    if pooled.size == 0:
        pooled = np.zeros(1)
    is_discrete = _is_discrete(pooled, comparison)
    spikes = np.empty(0) if is_discrete else _find_spikes(observed)
    rest = pooled[~np.isin(pooled, spikes)]
    edges = _choose_edges(rest if rest.size else pooled, is_discrete, comparison.is_integer)
    observed_bins, observed_spikes = _count_shares(observed, edges, spikes)
    sides = [_count_shares(draw[np.isfinite(draw)], edges, spikes) for draw in imputed]
    return Histogram(
        edges=edges,
        observed=observed_bins,
        imputed=np.array([bins for bins, _ in sides]).reshape(len(sides), len(edges) - 1),
        spikes=spikes,
        observed_spikes=observed_spikes,
        imputed_spikes=np.array([at for _, at in sides]).reshape(len(sides), len(spikes)),
        beyond=float(max(1.0 - observed_bins.sum() - observed_spikes.sum(), 0.0)) if observed.size else 0.0,
        is_discrete=is_discrete,
    )


def _is_discrete(pooled: NDArray[np.float64], comparison: NumberComparison) -> bool:
    whole = comparison.is_integer and not comparison.is_date
    if not whole or float(np.abs(pooled).max()) > LARGEST_WHOLE:
        return False
    return bool(np.all(pooled == np.round(pooled)) and np.ptp(pooled) <= MAX_DISCRETE)


def _find_spikes(observed: NDArray[np.float64]) -> NDArray[np.float64]:
    values, counts = np.unique(observed, return_counts=True)
    if len(values) <= MAX_SPIKES + 1:
        return values[:MAX_SPIKES] if len(values) <= MAX_SPIKES else np.empty(0)
    # zero and the ends are where floors, ceilings and "none" stand; elsewhere people round, which is no spike
    is_special = (values == 0) | (values == values[0]) | (values == values[-1])
    is_spike = counts >= np.where(is_special, SPIKE_SHARE, HEAP_SHARE) * observed.size
    frequent = np.argsort(-(counts * is_spike), kind="stable")[:MAX_SPIKES]
    return np.sort(values[frequent][is_spike[frequent]])


def _choose_edges(values: NDArray[np.float64], is_discrete: bool, is_integer: bool) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    if is_discrete:
        return np.arange(low - 0.5, high + 1.0)
    inner_low, inner_high = (float(q) for q in np.quantile(values, [TAIL, 1 - TAIL]))
    if inner_high > inner_low and high - low > 1.5 * (inner_high - inner_low):
        low, high = inner_low, inner_high
    if 0 < low < 0.05 * (high - low):
        low = 0.0
    if not high > low:
        half = max(abs(low) * 0.01, 0.5)
        low, high = low - half, high + half
    if is_integer and N_BINS < high - low < LARGEST_WHOLE:
        width = np.ceil((high - low + 1) / N_BINS)  # as many whole numbers in one bin as in any other
        return np.arange(np.floor(low) - 0.5, high + width, width)
    return np.linspace(low, high, N_BINS + 1)


def _count_shares(
    values: NDArray[np.float64], edges: NDArray[np.float64], spikes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    total = max(values.size, 1)
    at_spikes = np.array([(values == spike).sum() for spike in spikes], dtype=np.float64)
    bins = np.histogram(values[~np.isin(values, spikes)], bins=edges)[0].astype(np.float64)
    return bins / total, at_spikes / total


def number_figure(comparison: NumberComparison, description: str) -> tuple[str, str]:
    """Draw the comparison; return the picture and a sentence on what was set apart or left out."""
    histogram = make_histogram(comparison)
    write = _sentences.choose_writer(comparison)
    left = LEFT
    marks: list[str] = []
    if len(histogram.spikes):
        marks += _spike_marks(histogram, write)
        left = LEFT + SPIKE_WIDTH * len(histogram.spikes) + 34
    marks += _bin_marks(histogram, left, write)
    return _svg.picture(WIDTH, HEIGHT, description, marks, "plot"), _remark(histogram, write)


def _bin_marks(histogram: Histogram, left: float, write: Write) -> list[str]:
    low, high = float(histogram.edges[0]), float(histogram.edges[-1])
    x = _svg.Axis(low, high, left, RIGHT)
    top = max(histogram.observed.max(initial=0), histogram.imputed.max(initial=0), 1e-9)
    y = _svg.Axis(0, top * 1.05, BOTTOM, TOP)
    marks = [mark for tick in y.ticks(3) for mark in _share_tick(tick, y(tick), left)]
    edges = histogram.edges
    gap = 1.0 if histogram.is_discrete else 0.3
    for k, share in enumerate(histogram.observed):
        a, b = x(edges[k]) + gap / 2, x(edges[k + 1]) - gap / 2
        marks.append(_svg.rect(a, y(share), b - a, BOTTOM - y(share), _svg.OBSERVED_FILL))
    if len(histogram.imputed):
        marks += _imputed_marks(histogram, x, y)
    marks.append(_svg.line(left, BOTTOM, RIGHT, BOTTOM, _svg.MUTED))
    ticks = (
        _date_ticks(x) if write is _words.day else [(tick, write(tick)) for tick in x.ticks(3 if left > LEFT else 5)]
    )
    for tick, words in ticks:
        marks.append(_svg.line(x(tick), BOTTOM, x(tick), BOTTOM + 4, _svg.MUTED))
        is_last = x(tick) + LETTER * len(words) / 2 > WIDTH
        at, anchor = (WIDTH, "end") if is_last else (x(tick), "middle")
        marks.append(_svg.text(at, BOTTOM + 16, words, anchor))
    return marks


def _date_ticks(x: _svg.Axis) -> list[tuple[float, str]]:
    years = _svg.round_ticks(1970 + x.low / DAYS_PER_YEAR, 1970 + x.high / DAYS_PER_YEAR, 4)
    whole = [int(year) for year in years if year == int(year) and 1 <= year <= 9999]
    if len(whole) < 2:
        return [(tick, _words.day(tick)) for tick in x.ticks(3)]
    days = [(float((date(year, 1, 1) - _words.EPOCH).days), str(year)) for year in whole]
    return [(day, words) for day, words in days if x.low <= day <= x.high]


def _imputed_marks(histogram: Histogram, x: _svg.Axis, y: _svg.Axis) -> list[str]:
    edges, mean = histogram.edges, histogram.imputed.mean(axis=0)
    low, high = histogram.imputed.min(axis=0), histogram.imputed.max(axis=0)
    marks, outline = [], []
    for k in range(len(mean)):
        a, b = x(edges[k]), x(edges[k + 1])
        marks.append(_svg.rect(a, y(high[k]), b - a, y(low[k]) - y(high[k]), _svg.IMPUTED_INK, ' opacity=".22"'))
        outline += [(a, y(mean[k])), (b, y(mean[k]))]
    outline = [(outline[0][0], BOTTOM), *outline, (outline[-1][0], BOTTOM)]
    return [*marks, _svg.path(outline, _svg.IMPUTED_INK)]


def _spike_marks(histogram: Histogram, write: Write) -> list[str]:
    mean = histogram.imputed_spikes.mean(axis=0) if len(histogram.imputed_spikes) else np.zeros(len(histogram.spikes))
    top = max(histogram.observed_spikes.max(initial=0), mean.max(initial=0), 1e-9)
    y = _svg.Axis(0, top * 1.15, BOTTOM, TOP)
    marks = []
    for k, spike in enumerate(histogram.spikes):
        at = LEFT - 30 + k * (SPIKE_WIDTH + 2)
        for share, shift, fill, ink in (
            (histogram.observed_spikes[k], 0, _svg.OBSERVED_FILL, _svg.OBSERVED_INK),
            (mean[k], 25, _svg.IMPUTED_FILL, _svg.IMPUTED_INK),
        ):
            marks.append(_svg.rect(at + shift, y(share), 21, BOTTOM - y(share), fill))
            marks.append(_svg.text(at + shift + 10.5, y(share) - 3, f"{100 * share:.0f}%", "middle", ink))
        marks.append(_svg.text(at + 22, BOTTOM + 16, f"= {write(float(spike))}", "middle", _svg.INK))
    end = LEFT - 30 + len(histogram.spikes) * (SPIKE_WIDTH + 2)
    return [*marks, _svg.line(LEFT - 32, BOTTOM, end, BOTTOM, _svg.MUTED)]


def _share_tick(tick: float, at: float, left: float) -> list[str]:
    return [_svg.line(left, at, RIGHT, at), _svg.text(left - 5, at + 4, f"{100 * tick:.3g}%", "end")]


def _remark(histogram: Histogram, write: Write) -> str:
    words = []
    if len(histogram.spikes):
        at = _words.join([write(float(spike)) for spike in histogram.spikes])
        words.append(f"Cells at exactly {at} are the pairs of bars on the left.")
    if histogram.beyond > 0:
        share = _words.percent(histogram.beyond)
        words.append(f"{share} of the observed values lie beyond the axis and are not drawn.")
    return " ".join(words)
