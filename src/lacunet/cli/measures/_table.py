"""Tables of ``lacunet measure`` on a terminal: what fits a line, and how much there is besides."""

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

from lacunet.cli._say import in_columns
from lacunet.errors import list_some

WIDTH = 100
"""Characters in a line."""
SHOWN = 40
"""Most rows."""
CELL = 40
"""Most characters in a cell."""
FIRST_TO_GO = (
    "norm_squared_raw",
    "bias",
    "chance_low",
    "chance_high",
    "null_mean",
    "excess",
    "drift",
    "n_words",
    "n_known",
    "mean_similarity",
    "rank",
    "cosine",
    "shrunken",
    "difference",
    "target",
    "df",
    "reference",
    "n_clusters",
    "sd_seeds",
    "se_documents",
)
"""Columns that stay in files alone where a line is too short, the first to go first; then the last ones."""
LEAST, MOST = 3, 6
"""Decimals."""
WHOLE = ("df", "count", "year")
"""Columns without decimals where they hold none."""
SCALED = ("estimate", "score", "std_error", "se_documents", "sd_seeds", "conf_low", "conf_high")
"""Columns that have as many decimals as the standard error needs."""


def lay_out(table: Any, *, is_kept: bool, keep: Sequence[str] = ()) -> list[str]:
    """A frame as lines that fit a terminal.

    Parameters
    ----------
    table
        Frame.
    is_kept
        Whether all of it is written to a file, so that nobody has to be told how to get it.
    keep
        Columns that stay where others could go.
    """
    shown = table.dropna(axis=1, how="all").head(SHOWN) if len(table) else table
    if "sd_seeds" not in shown:
        shown = shown.drop(columns="se_documents", errors="ignore")  # the same as std_error
    columns = list(shown)
    lines = _columns(shown, columns)
    while max(map(len, lines)) > WIDTH and len(columns) > 1:
        columns.remove(next((name for name in FIRST_TO_GO if name in columns and name not in keep), columns[-1]))
        lines = _columns(shown, columns)
    gone = [name for name in shown if name not in columns]
    more = [f"{len(table) - SHOWN:,} more rows"] if len(table) > SHOWN else []
    left = [*more, *([f"columns {list_some(gone, 4)}"] if gone else [])]
    if left and not is_kept:
        return [*lines, f"Not shown: {'; '.join(left)}. -o FILE writes all."]
    return lines


def _columns(table: Any, names: list[str]) -> list[str]:
    is_number = [table[name].dtype.kind in "iuf" for name in names]
    digits = _digits(table)
    rows = [[_cell(value, name, digits) for value, name in zip(row, names, strict=True)] for row in _rows(table, names)]
    return in_columns(names, rows, right=[j for j, number in enumerate(is_number) if number])


def _rows(table: Any, names: list[str]) -> Any:
    return table[names].itertuples(index=False, name=None)


def _digits(table: Any) -> int:
    """Decimals that show two digits of the usual standard error."""
    errors = [value for value in table.get("std_error", ()) if 0 < value < math.inf]
    return LEAST if not errors else min(max(1 - math.floor(math.log10(median(errors))), LEAST), MOST)


def _cell(value: Any, name: str, digits: int) -> str:
    if value is None or value != value:
        return "-"
    if isinstance(value, float):
        return _number(value, name, digits)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if name.startswith("n_") or name == "count" else str(value)
    text = " ".join(str(value).split())
    return text if len(text) <= CELL else f"{text[: CELL - 1]}…"


def _number(value: float, name: str, digits: int) -> str:
    if name == "count" and value.is_integer():
        return f"{value:,.0f}"
    if name in WHOLE or not math.isfinite(value):
        return f"{value:.1f}".removesuffix(".0")
    decimals = digits if name in SCALED else LEAST
    return f"{value:.{decimals}f}" if not 0 < abs(value) < 0.5 * 10**-decimals else f"{value:.1e}"
