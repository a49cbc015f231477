"""Figures of scores: how they are spread, and means over groups."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.report import _canvas
from lacunet.report._bands import draw_bands
from lacunet.report._colours import OBSERVED_FILL
from lacunet.report._interval_rows import draw_rows

BINS = 40
MOST_LINES = 8
"""Trajectories that a reader can tell apart."""


def draw_distribution(scores: Floats, name: str) -> Any:
    """A histogram of the scores that are there."""
    figure, axes = _canvas.make_figure()
    axes.hist(scores[np.isfinite(scores)], bins=BINS, color=OBSERVED_FILL)
    _canvas.label(axes, name, "documents")
    return figure


def draw_groups(table: pd.DataFrame, by: Sequence[str], name: str) -> Any:
    """Trajectories where a variable has an order, rows where none has."""
    columns = ["estimate", "conf_low", "conf_high"]
    ordered = next((one for one in by if has_order(table[one])), None)
    if ordered is None:
        names = _join(table, by) if by else ["all"]
        return draw_rows(names, *(table[one] for one in columns), x_label=f"mean {name}")
    others = [one for one in by if one != ordered]
    lines = pd.Series(_join(table, others) if others else [""] * len(table), index=table.index)
    if lines.nunique() > MOST_LINES:
        raise SpecError(
            f"There are {lines.nunique()} trajectories to draw. At most {MOST_LINES} can be told apart. "
            "Group by fewer variables, or draw a part of .table()."
        )
    every = table[ordered].drop_duplicates().sort_values()
    x = every.to_numpy() if not isinstance(every.dtype, pd.CategoricalDtype) else every.astype(str).tolist()
    series = {
        line: (x, *some.set_index(ordered)[columns].reindex(every).to_numpy(np.float64).T)
        for line, some in table.groupby(lines, sort=False)
    }
    return draw_bands(series, x_label=ordered, y_label=f"mean {name}")


def has_order(values: pd.Series) -> bool:
    """Whether the values are numbers, dates or ordered levels, and differ."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return bool(dtype.ordered) and values.nunique() > 1
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    return values.nunique() > 1 and (is_number or pd.api.types.is_datetime64_any_dtype(dtype))


def _join(table: pd.DataFrame, names: Sequence[str]) -> list[str]:
    return [", ".join(map(str, row)) for row in table[list(names)].itertuples(index=False)]
