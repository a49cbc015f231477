"""Figures of a panel: trajectories where a variable has an order, rows where none has."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import SpecError
from lacunet.measures.documents._documents import write_value
from lacunet.report._bands import draw_bands
from lacunet.report._interval_rows import draw_rows

MOST_LINES = 8
"""Trajectories that a reader can tell apart."""


def draw_panel(table: pd.DataFrame, by: Sequence[str], name: str) -> Any:
    """Draw the cells of a panel."""
    label = f"{name} (noise-corrected cosine)"
    ordered = next((one for one in by if _has_order(table[one])), None)
    if ordered is None:
        names = _join(table, ["actor", *by])
        return draw_rows(names, table["score"], table["conf_low"], table["conf_high"], x_label=label, reference=0.0)
    line = pd.Series(_join(table, ["actor", *(one for one in by if one != ordered)]), index=table.index)
    if line.nunique() > MOST_LINES:
        raise SpecError(
            f"There are {line.nunique()} trajectories to draw. At most {MOST_LINES} can be told apart. Name actors= to "
            "draw, or make the panel with fewer variables."
        )
    every = table[ordered].drop_duplicates().sort_values().tolist()
    series = {
        str(which): _trace(some.set_index(ordered), every)
        for which, some in table.groupby(line, sort=False, observed=True)
    }
    return draw_bands(series, x_label=ordered, y_label=label, reference=0.0)


def _trace(some: pd.DataFrame, every: list[Any]) -> tuple[Any, Any, Any, Any]:
    full = some[["score", "conf_low", "conf_high"]].reindex(every)
    x = [value if isinstance(value, int | float) or hasattr(value, "year") else str(value) for value in every]
    return (np.asarray(x) if not isinstance(x[0], str) else x, *(full[name].to_numpy() for name in full.columns))


def _has_order(values: pd.Series) -> bool:
    dtype = values.dtype
    is_ordered = isinstance(dtype, pd.CategoricalDtype) and bool(dtype.ordered)
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    return values.nunique() > 1 and (is_ordered or is_number or pd.api.types.is_datetime64_any_dtype(dtype))


def _join(table: pd.DataFrame, names: list[str]) -> list[str]:
    return [", ".join(map(write_value, row)) for row in table[names].itertuples(index=False)]
