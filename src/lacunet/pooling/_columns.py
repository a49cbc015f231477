"""Columns of every data set, in the rows that have all of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats
from lacunet.errors import ColumnError
from lacunet.pooling._design import check_names


def collect_columns(
    frames: Iterable[pd.DataFrame], names: Sequence[str], weights: str | None
) -> tuple[list[pd.DataFrame], list[Floats] | None]:
    """Columns of every data set, and the weights, in the rows that have a value in all of them.

    Raises
    ------
    ColumnError
        When a column does not exist.
    """
    wanted = [*names, *([weights] if weights else [])]
    columns: list[pd.DataFrame] = []
    for frame in frames:
        check_names(wanted, frame, "The analysis")
        columns.append(frame[wanted].dropna())
    if weights is None:
        return columns, None
    return columns, [frame[weights].to_numpy(dtype=np.float64) for frame in columns]


def collect_numbers(
    frames: Iterable[pd.DataFrame], names: Sequence[str], weights: str | None = None
) -> tuple[list[Floats], list[Floats] | None]:
    """The same as matrices ``(n, q)``, one per data set.

    Raises
    ------
    ColumnError
        When a column does not exist or holds no numbers.
    """
    columns, scales = collect_columns(frames, names, weights)
    for name in names:
        if not pd.api.types.is_numeric_dtype(columns[0][name].dtype):
            raise ColumnError(
                f"The column '{name}' holds no numbers. Means, quantiles and correlations need them: "
                f"for a category use proportion('{name}')."
            )
    return [frame[list(names)].to_numpy(dtype=np.float64) for frame in columns], scales


def collect_hits(
    frames: Iterable[pd.DataFrame], name: str, weights: str | None
) -> tuple[list[Any], list[Bools], list[Floats] | None]:
    """Levels of a category, whether each row has each of them ``(n, levels)``, and the weights."""
    frames, scales = collect_columns(frames, (name,), weights)
    columns = [frame[name] for frame in frames]
    is_category = hasattr(columns[0], "cat")
    levels = list(columns[0].cat.categories) if is_category else sorted(pd.concat(columns).unique())
    return levels, [np.stack([(column == level).to_numpy() for level in levels], axis=1) for column in columns], scales
