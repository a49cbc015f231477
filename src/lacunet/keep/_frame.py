"""A frame as bytes and back, with what Arrow would not give back."""

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lacunet._typing import Frame


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A frame as bytes: Arrow, and apart from it what Arrow would not give back.

    Floats of pandas stand apart since Arrow drops the reasons inside their NaNs, and columns of mixed types since Arrow
    has no word for them; so do column names unless all are text.
    """

    library: str
    table: bytes
    floats: dict[str, NDArray[Any]] = field(default_factory=dict)
    mixed: dict[str, list[Any]] = field(default_factory=dict)
    names: list[Any] | None = None


def pack_frame(frame: Frame) -> Packed:
    sink = io.BytesIO()
    if isinstance(frame, pd.DataFrame):
        return _pack_pandas(frame, sink)
    if isinstance(frame, pa.Table):
        _write_arrow(frame, sink)
        return Packed(library="pyarrow", table=sink.getvalue())
    frame.write_ipc(sink)
    return Packed(library="polars", table=sink.getvalue())


def _pack_pandas(frame: pd.DataFrame, sink: io.BytesIO) -> Packed:
    is_float = [isinstance(dtype, np.dtype) and dtype.kind == "f" for dtype in frame.dtypes]
    floats = {str(i): frame.iloc[:, i].to_numpy() for i in np.flatnonzero(is_float)}
    is_mixed = [not _fits_arrow(frame.iloc[:, i]) for i in range(frame.shape[1])]
    mixed = {str(i): frame.iloc[:, i].tolist() for i in np.flatnonzero(is_mixed)}
    plain = frame.copy(deep=False)
    for position in mixed:
        plain.isetitem(int(position), np.zeros(len(plain), dtype=bool))
    names = None if all(isinstance(name, str) for name in frame.columns) else frame.columns.tolist()
    if names is not None:
        plain.columns = [f"column {i}" for i in range(len(names))]
    _write_arrow(pa.Table.from_pandas(plain), sink)
    return Packed(library="pandas", table=sink.getvalue(), floats=floats, mixed=mixed, names=names)


def _fits_arrow(series: pd.Series) -> bool:
    if series.dtype != object:
        return True
    try:
        pa.array(series, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return False
    return True


def _write_arrow(table: pa.Table, sink: io.BytesIO) -> None:
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def unpack_frame(packed: Packed) -> Frame:
    if packed.library == "polars":
        import polars as pl  # noqa: PLC0415 - optional

        return pl.read_ipc(io.BytesIO(packed.table))
    arrow = pa.ipc.open_file(io.BytesIO(packed.table)).read_all()
    if packed.library == "pyarrow":
        return arrow
    frame = arrow.to_pandas()
    for position, column in packed.floats.items():
        frame.isetitem(int(position), column)
    for position, cells in packed.mixed.items():
        frame.isetitem(int(position), pd.Series(cells, index=frame.index, dtype=object))
    if packed.names is not None:
        frame.columns = pd.Index(packed.names)
    return frame
