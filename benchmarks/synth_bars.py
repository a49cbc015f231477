"""What ours must reach on the problems of synthetic data, beside what was measured."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

COPIED = ("adult", "default", "magic", "nist")


@dataclass(frozen=True)
class Bar:
    """A measure must be at most (or at least) so many times a number, or a measure of another method.

    Attributes
    ----------
    factor
        The bar itself where there is nothing that it is relative to.
    beside
        The method it is relative to; the bar is ``factor`` times its ``measure_beside``.
    """

    problem: str
    method: str
    measured: str
    factor: float
    is_ceiling: bool = True
    beside: str = ""
    measure_beside: str = ""


def bars() -> Iterator[Bar]:
    """Give every bar."""
    for measured, most in (("shape", 0.60), ("trend", 1.6), ("auc", 0.53)):
        yield Bar("adult", "sequential", measured, most)
    for measured, most in (("shape", 1.5), ("trend", 3.0)):
        yield Bar("adult", "gan", measured, most)
    for problem in ("default", "magic"):
        for method, times in (("sequential", 1.2), ("gan", 2.0)):
            for measured in ("shape", "trend"):
                yield Bar(problem, method, measured, times, True, "halves", measured)
    for method, pmse, auc, overlap in (("sequential", 0.0015, 0.53, 0.6), ("gan", 0.005, 0.60, 0.4)):
        yield Bar("nist", method, "pmse", pmse)
        yield Bar("nist", method, "auc", auc)
        yield Bar("nist", method, "ols_overlap", overlap, is_ceiling=False)
    for method, most, times in (("sequential", 60.0, 20), ("gan", 300.0, 5)):
        for problem in ("adult", "default"):
            yield Bar(problem, method, "tstr_gap", 0.02)
        for problem in COPIED:
            yield Bar(problem, method, "copies", 1.0, True, method, "copies_real")
            yield Bar(problem, method, "seconds", most)
        yield Bar("adult", method, "seconds", 1 / times, True, "ctgan", "seconds")


def check_bars(rows: pd.DataFrame) -> pd.DataFrame:
    """Hold means over seeds against the bars; what was not measured is left out.

    ``rows`` has a row each problem, method and seed. Given is a row each bar: found, bar and whether it is reached.
    """
    numbers = rows.select_dtypes("number")
    means = numbers.groupby([rows["problem"], rows["method"]]).mean()
    if {"tstr", "tstr_real"} <= set(means):
        means["tstr_gap"] = means["tstr_real"] - means["tstr"]
    checked = []
    for bar in bars():
        limit = bar.factor
        if bar.beside:
            limit *= _look_up(means, bar.problem, bar.beside, bar.measure_beside)
        found = _look_up(means, bar.problem, bar.method, bar.measured)
        if pd.notna(found) and pd.notna(limit):
            is_reached = found <= limit if bar.is_ceiling else found >= limit
            sign = "at most" if bar.is_ceiling else "at least"
            of = f"{bar.factor:.3g} x {bar.measure_beside} of {bar.beside}" if bar.beside else ""
            checked.append(
                (bar.problem, bar.method, bar.measured, round(found, 4), sign, round(limit, 4), of, is_reached)
            )
    return pd.DataFrame(
        checked, columns=["problem", "method", "measured", "found", "must be", "bar", "which is", "reached"]
    )


def _look_up(means: pd.DataFrame, problem: str, method: str, measured: str) -> float:
    if measured not in means or (problem, method) not in means.index:
        return float("nan")
    return float(means.loc[(problem, method), measured])
