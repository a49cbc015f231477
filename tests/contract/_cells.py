"""What two frames of any library have in common: their cells and their types."""

import numpy as np
import polars as pl
import pyarrow as pa


def cells(frame):
    """Cells of any frame as a numpy array of objects, None where nothing is."""
    if isinstance(frame, pa.Table):
        return np.array([column.to_pylist() for column in frame.columns], dtype=object).T
    if isinstance(frame, pl.DataFrame):
        return np.array([column.to_list() for column in frame.get_columns()], dtype=object).T
    return frame.astype(object).where(frame.notna(), None).to_numpy()


def schema_of(frame):
    """Names and types of the columns."""
    if isinstance(frame, pa.Table):
        return frame.schema
    return frame.schema if isinstance(frame, pl.DataFrame) else (list(frame.columns), frame.dtypes.tolist())
