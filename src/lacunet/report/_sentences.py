"""What is said of observed against imputed values, with the numbers."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lacunet.report import _words
from lacunet.report._content import CategoryComparison, NumberComparison

FIRST_YEAR, LAST_YEAR = 1500, 2100


def mean(values: NDArray[np.float64]) -> float:
    """Mean of the finite values; not a number where there are none."""
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        return float(finite.mean()) if finite.size else float("nan")


def spread(values: NDArray[np.float64]) -> float:
    """Standard deviation (n - 1) of the finite values; not a number below two of them."""
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore", invalid="ignore"):
        return float(finite.std(ddof=1)) if finite.size > 1 else float("nan")


def choose_writer(comparison: NumberComparison) -> Callable[[float], str]:
    """Choose how to write a variable's values: as a date, a year or a number."""
    if comparison.is_date:
        return _words.day
    known = comparison.observed[np.isfinite(comparison.observed)]
    if comparison.is_integer and known.size and known.min() >= FIRST_YEAR and known.max() <= LAST_YEAR:
        return _words.year
    return _words.number


def draw_means(comparison: NumberComparison) -> NDArray[np.float64]:
    """Mean of the imputed values in each draw, (m,)."""
    return np.array([mean(draw) for draw in comparison.imputed])


def draw_spreads(comparison: NumberComparison) -> NDArray[np.float64]:
    """Standard deviation of the imputed values in each draw, (m,)."""
    return np.array([spread(draw) for draw in comparison.imputed])


def describe_comparison(comparison: NumberComparison | CategoryComparison) -> str:
    """Say a comparison in one or two sentences."""
    if isinstance(comparison, CategoryComparison):
        return _describe_category(comparison)
    n_observed, n_imputed = int(np.isfinite(comparison.observed).sum()), comparison.imputed.shape[1]
    size = f"{_words.count(n_observed)} observed, {_words.count(n_imputed)} imputed."
    before, after = mean(comparison.observed), mean(draw_means(comparison))
    write = choose_writer(comparison)
    if comparison.is_date:
        return f"{size} Average date {write(before)} observed, {write(after)} imputed."
    spreads = _words.number(spread(comparison.observed)), _words.number(mean(draw_spreads(comparison)))
    return (
        f"{size} Mean {write(before)} observed, {write(after)} imputed; "
        f"standard deviation {spreads[0]} and {spreads[1]}."
    )


def _describe_category(comparison: CategoryComparison) -> str:
    size = f"{_words.count(comparison.n_observed)} observed, {_words.count(comparison.n_missing)} imputed."
    if not len(comparison.imputed) or not comparison.levels:
        return size
    imputed = comparison.imputed.mean(axis=0)
    widest = int(np.argmax(np.abs(imputed - comparison.observed)))
    before, after = _words.percent(float(comparison.observed[widest])), _words.percent(float(imputed[widest]))
    return f"{size} Largest difference at '{comparison.levels[widest]}': {before} observed, {after} imputed."
