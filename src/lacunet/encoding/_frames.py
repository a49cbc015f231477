"""Numbers into frames: scores in the library that the rows came in, decoded cells as the columns spell them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.table import Column
from lacunet.table._codec import decode
from lacunet.table._frame import as_pandas, column_names, is_frame


def frame_like(native: Any, columns: Mapping[str, NDArray[Any]]) -> Any:
    """A frame of these columns in the library of another, with its index where it has one."""
    if isinstance(native, pd.DataFrame):
        return pd.DataFrame(dict(columns), index=native.index)
    if isinstance(native, pa.Table):
        return pa.table(dict(columns))
    return type(native)(dict(columns))


def read_latents(latents: Any, names: Sequence[str]) -> Floats:
    """Scores (n, k) from an array, or from a frame with a column for each latent.

    Raises
    ------
    SpecError
        When their shape, names or values are wrong.
    """
    k = len(names)
    if is_frame(latents):
        absent = [name for name in names if name not in column_names(latents)]
        if absent:
            raise SpecError(
                f"The latents have no column {', '.join(map(repr, absent))}. decode needs {', '.join(names)}: hand "
                "over what encode gave, or an array with one column for each."
            )
        latents = as_pandas(latents)[list(names)]
    try:
        found = np.asarray(latents, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SpecError(f"The latents are no numbers ({error}). decode needs an array of shape (n, {k}).") from error
    if found.ndim != 2 or found.shape[1] != k:
        raise SpecError(
            f"The latents have shape {found.shape}. decode needs (n, {k}), a column for each of {', '.join(names)}: "
            f"reshape them, as in np.reshape(latents, (-1, {k}))."
        )
    if not np.isfinite(found).all():
        raise SpecError(
            f"The latents have {int((~np.isfinite(found)).sum())} values that are missing or infinite. decode needs "
            "numbers: leave out rows without a score."
        )
    return found


def spelled_frame(columns: Sequence[Column], values: Floats) -> pd.DataFrame:
    """Values (n, p) of modelled columns as their cells are spelled, in pandas."""
    return pd.DataFrame({column.name: _spelled(column, values[:, j]) for j, column in enumerate(columns)})


def _spelled(column: Column, values: Floats) -> Any:
    cells = decode(column, values)
    if column.storage == "date":
        stamps = np.rint(np.asarray(cells, dtype=np.float64) * 86_400_000_000).astype(np.int64)
        return stamps.view("datetime64[us]")
    if column.storage == "bool":
        return np.asarray(cells).astype(bool)
    if column.storage == "number":
        numbers = np.asarray(cells, dtype=np.float64)
        return numbers.astype(np.int64) if (numbers == np.rint(numbers)).all() and _is_whole(column) else numbers
    if column.storage == "category" and column.is_category:
        return pd.Categorical(list(cells), categories=list(column.levels), ordered=column.kind == "ordinal")
    return list(cells)


def _is_whole(column: Column) -> bool:
    return "int" in column.dtype.lower()
