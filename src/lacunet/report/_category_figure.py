"""Observed against imputed for a category: two bars a level, with the spread over the draws."""

import numpy as np
from numpy.typing import NDArray

from lacunet.report import _svg, _words
from lacunet.report._content import CategoryComparison

WIDTH, RIGHT, TOP, STEP = 360, 312, 6, 26
LEAST_LEFT, MOST_LEFT, LETTER, WIDE_LETTER = 64, 190, 6.2, 7.6
"""Room for the names of levels, and the width of a letter and of a capital."""
MAX_LEVELS = 12


def category_figure(comparison: CategoryComparison, description: str) -> tuple[str, str]:
    """Draw the comparison; return the picture and a sentence on levels shown together."""
    names, observed, imputed = gather_levels(comparison)
    top = max(observed.max(initial=0), imputed.max(initial=0), 1e-9)
    left = _room_for(names)
    x = _svg.Axis(0, top, left, RIGHT)
    height = TOP + STEP * len(names) + 4
    marks = [_svg.line(left, TOP - 2, left, height - 4, _svg.MUTED)]
    for k, name in enumerate(names):
        marks += _level_marks(name, float(observed[k]), imputed[:, k], x, TOP + STEP * k)
    remark = ""
    if len(names) < len(comparison.levels):
        n_more = len(comparison.levels) - len(names) + 1
        remark = f"{_words.count(n_more)} less frequent levels are shown together."
    return _svg.picture(WIDTH, height, description, marks, "plot"), remark


def gather_levels(
    comparison: CategoryComparison,
) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    """Keep the most frequent levels in their own order, and sum the others into one."""
    n_levels = len(comparison.levels)
    if n_levels <= MAX_LEVELS:
        return list(comparison.levels), comparison.observed, comparison.imputed
    keep = np.sort(np.argsort(-comparison.observed, kind="stable")[: MAX_LEVELS - 1])
    rest = np.setdiff1d(np.arange(n_levels), keep)
    names = [comparison.levels[k] for k in keep] + ["all other levels"]
    observed = np.append(comparison.observed[keep], comparison.observed[rest].sum())
    imputed = np.column_stack([comparison.imputed[:, keep], comparison.imputed[:, rest].sum(axis=1)])
    return names, observed, imputed


def _letter(name: str) -> float:
    return WIDE_LETTER if name.isupper() else LETTER


def _room_for(names: list[str]) -> float:
    """Where bars begin, so that long names are seen and short ones waste no room."""
    longest = max((_letter(name) * len(name) for name in names), default=0.0)
    return min(max(longest + 10, LEAST_LEFT), MOST_LEFT)


def _level_marks(name: str, observed: float, imputed: NDArray[np.float64], x: _svg.Axis, y: float) -> list[str]:
    mean = float(imputed.mean()) if imputed.size else 0.0
    shown = _words.shorten(name, int((x.start - 8) / _letter(name)))
    marks = [
        _svg.tooltip(_svg.text(x.start - 6, y + 15, shown, "end", _svg.INK), name),
        _svg.rect(x.start, y + 1, x(observed) - x.start, 9, _svg.OBSERVED_FILL),
        _svg.rect(x.start, y + 11, x(mean) - x.start, 9, _svg.IMPUTED_FILL),
        _svg.text(RIGHT + 46, y + 10, _words.percent(observed), "end", _svg.OBSERVED_INK),
        _svg.text(RIGHT + 46, y + 21, _words.percent(mean), "end", _svg.IMPUTED_INK),
    ]
    if imputed.size:
        low, high = x(float(imputed.min())), x(float(imputed.max()))
        marks.append(_svg.line(low, y + 15.5, high, y + 15.5, _svg.IMPUTED_INK, 2))
    return marks
