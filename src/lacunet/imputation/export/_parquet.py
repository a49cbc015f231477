"""Imputations as one partitioned Parquet data set."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lacunet._typing import Floats, Frame, PathLike
from lacunet.errors import DataError
from lacunet.keep import new_folder
from lacunet.table import Table

FILE = "part-0.parquet"
KEY = b"lacunet"


def write_parquet(
    table: Table, draws: Floats, folder: PathLike, record: dict[str, object], force: bool = False
) -> Path:
    """Write ``m=0/part-0.parquet`` (the data as they were) to ``m=m/part-0.parquet``.

    Each file's metadata has, under ``lacunet``, its m, the seed, versions and the description of the columns.

    Returns
    -------
    pathlib.Path
        The folder written.

    Raises
    ------
    DataError
        When a column holds mixed types, which Parquet has no word for.
    """
    words = {**record, "columns": table.schema.describe()}
    with new_folder(folder, record, force) as temporary:
        for copy in range(len(draws) + 1):
            arrow = _as_arrow(table.native if copy == 0 else table.complete(draws[copy - 1]), table.schema.names)
            said = json.dumps({**words, "copy": copy}, default=str).encode()
            arrow = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), KEY: said})
            part = temporary / f"m={copy}"
            part.mkdir()
            pq.write_table(arrow, part / FILE)
    return Path(folder)


def _as_arrow(frame: Frame, names: tuple[str, ...]) -> pa.Table:
    if isinstance(frame, pa.Table):
        return frame
    if not isinstance(frame, pd.DataFrame):
        return frame.to_arrow()
    try:
        return pa.Table.from_pandas(frame.set_axis(list(names), axis=1))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"A column holds mixed types, which Parquet cannot keep ({error}). Turn it into text or one type, or "
            "write CSV."
        ) from error
