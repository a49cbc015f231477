"""Rows of a table as a fitted network needs them: its own columns, whatever else a frame holds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import ColumnError, SpecError, suggest
from lacunet.table import Schema, Table, apply_schema
from lacunet.table._file import read_file
from lacunet.table._frame import column_names, is_frame, select_columns

EPOCH = pd.Timestamp("1970-01-01")
ONE_DAY = pd.Timedelta(days=1)


def keep_columns(table: Table, names: Sequence[str]) -> Table:
    """The table with these columns alone, in its own order."""
    places = [i for i, column in enumerate(table.schema.columns) if column.name in names]
    modelled = [column.name in names for column in table.schema.modelled]
    schema = replace(table.schema, columns=tuple(table.schema.columns[i] for i in places), notes=())
    return Table(
        native=select_columns(table.native, places),
        schema=schema,
        layout=schema.as_layout(),
        values=table.values[:, modelled],
        state=table.state[:, modelled],
    )


def read_rows(schema: Schema, source: Any) -> Table:
    """New rows under the schema of a fit; columns that it does not know are passed over.

    Raises
    ------
    SpecError
        When the rows are no frame and no file.
    ColumnError
        When a column is absent, or a cell holds a level that the fit never saw.
    """
    if isinstance(source, Table):
        source = source.native
    elif isinstance(source, str | Path):
        source = read_file(Path(source))[0]
    if not is_frame(source):
        raise SpecError(
            f"The rows to predict are a {type(source).__name__}. A path, or a pandas, polars or pyarrow frame "
            "is needed. Make a frame of arrays and lists."
        )
    found = column_names(source)
    absent = [name for name in schema.names if name not in found]
    if absent:
        hint = suggest(absent[0], [name for name in found if name not in schema.names])
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise ColumnError(
            f"The rows have no column {absent[0]!r}{more}, which the fit used. They need every input of the fit: "
            f"{hint or 'add the column, with empty cells where nothing is known.'}"
        )
    return apply_schema(schema, select_columns(source, [found.index(name) for name in schema.names]))


def as_statistics(table: Table) -> pd.DataFrame:
    """The table for a formula: numbers, categories with their labels, dates as days since 1970, rows from 0."""
    frame = table.analysis_frame().reset_index(drop=True)
    for name in frame.columns:
        if pd.api.types.is_datetime64_any_dtype(frame[name].dtype):
            # A missing day is a missing number.
            frame[name] = np.asarray((frame[name].dt.tz_localize(None) - EPOCH) / ONE_DAY, dtype=np.float64)
    return frame
