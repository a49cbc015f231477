"""The one door to data frames: which library, which columns, and cells put back where they came from."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lacunet.errors import DataError, list_some
from lacunet.table._raw import DAY_IN_MICROSECONDS, RawColumn, from_arrow, from_pandas, sort_levels

Patch = tuple[NDArray[np.intp], Any]
"""Rows of one column and the values that go there, as the column spells them."""


def is_frame(source: Any) -> bool:
    """Whether something is a data frame that can be read (pandas, polars, pyarrow or a like library)."""
    if isinstance(source, pd.DataFrame | pa.Table):
        return True
    try:
        nw.from_native(source, eager_only=True)
    except TypeError:
        return False
    return True


def column_names(frame: Any) -> list[str]:
    """Names of the columns as text, each one once."""
    if isinstance(frame, pa.Table):
        raw = frame.column_names
    else:
        raw = list(frame.columns) if isinstance(frame, pd.DataFrame) else nw.from_native(frame, eager_only=True).columns
    names = [" ".join(map(str, name)) if isinstance(name, tuple) else _as_name(name) for name in raw]
    check_names(names)
    return names


def _as_name(name: Any) -> str:
    is_missing = name is None or (isinstance(name, float) and np.isnan(name))
    return "" if is_missing else str(name)


def check_names(names: list[str]) -> None:
    """Raise unless every name stands once."""
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if not doubled:
        return
    if doubled == [""]:
        places = ", ".join(str(i + 1) for i, name in enumerate(names) if not name)
        raise DataError(
            f"Columns {places} have no name. Every column needs a name of its own. Name them and try again."
        )
    raise DataError(
        f"Column names stand more than once: {list_some(map(repr, doubled), 5)}. Every column needs a name of its own. "
        "Rename or drop the copies and try again."
    )


def n_rows(frame: Any) -> int:
    """Rows of a frame."""
    return len(frame) if isinstance(frame, pd.DataFrame) else nw.from_native(frame, eager_only=True).shape[0]


def read_columns(frame: Any) -> list[RawColumn]:
    """Every column of a frame, stripped, in order."""
    names = column_names(frame)
    if isinstance(frame, pd.DataFrame):
        return [from_pandas(frame.iloc[:, position], name) for position, name in enumerate(names)]
    if isinstance(frame, pa.Table):
        return [from_arrow(frame.column(i), name, str(frame.column(i).type)) for i, name in enumerate(names)]
    wide = nw.from_native(frame, eager_only=True)
    columns = []
    for name in names:
        series = wide.get_column(name)
        array = series.to_arrow()
        chunked = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
        raw = from_arrow(chunked, name, str(series.to_native().dtype))
        columns.append(sort_levels(raw) if series.dtype == nw.Categorical else raw)
    return columns


def own_copy(frame: Any) -> Any:
    """The frame as it is now, whatever its owner writes into it later."""
    if isinstance(frame, pd.DataFrame):
        return frame.copy()
    return frame if isinstance(frame, pa.Table) else nw.from_native(frame, eager_only=True).clone().to_native()


def like_library(frame: pd.DataFrame, like: Any) -> Any:
    """A pandas frame in the library of another frame."""
    if isinstance(like, pd.DataFrame):
        return frame
    table = pa.Table.from_pandas(frame, preserve_index=False)
    if isinstance(like, pa.Table):
        return table
    library = nw.get_native_namespace(nw.from_native(like, eager_only=True))
    return nw.from_arrow(nw.from_native(table, eager_only=True), backend=library).to_native()


def select_columns(frame: Any, positions: list[int]) -> Any:
    """The frame with its columns in another order."""
    if isinstance(frame, pd.DataFrame):
        return frame.iloc[:, positions]
    names = column_names(frame)
    return frame.select([names[i] for i in positions])


def take_rows(frame: Any, rows: NDArray[np.intp]) -> Any:
    """Some rows of a frame, in the order named; a row may be named twice."""
    if isinstance(frame, pd.DataFrame):
        return frame.iloc[rows]
    return frame.take(pa.array(rows)) if isinstance(frame, pa.Table) else frame[rows]


def put_cells(frame: Any, patches: dict[int, Patch]) -> Any:
    """Copy of a frame with some cells replaced; columns, order, types and index stay."""
    if isinstance(frame, pd.DataFrame):
        return _put_pandas(frame, patches)
    if isinstance(frame, pa.Table):
        return _put_arrow(frame, patches)
    return _put_polars(frame, patches)


def _put_pandas(frame: pd.DataFrame, patches: dict[int, Patch]) -> pd.DataFrame:
    arrays: dict[int, Any] = {}
    for position in range(frame.shape[1]):
        array = frame.iloc[:, position].array
        array = array.copy()
        if position in patches:
            rows, values = patches[position]
            array[rows] = _as_pandas(values, array.dtype)
        # Left to itself pandas would read texts among objects as its own string type.
        arrays[position] = pd.Series(array, index=frame.index, dtype=frame.dtypes.iloc[position], copy=False)
    result = pd.DataFrame(arrays, index=frame.index, copy=False)
    result.columns = frame.columns
    result.attrs = dict(frame.attrs)
    return result


def _as_pandas(values: Any, dtype: Any) -> Any:
    if isinstance(dtype, pd.DatetimeTZDtype):
        stamps = pd.DatetimeIndex(_as_stamps(values, "us")).tz_localize("UTC").tz_convert(dtype.tz)
        return stamps.as_unit(dtype.unit).array
    if pd.api.types.is_datetime64_dtype(dtype):
        return pd.DatetimeIndex(_as_stamps(values, np.datetime_data(dtype)[0])).array
    if isinstance(dtype, pd.ArrowDtype):
        return pd.array(_arrow_values(values, dtype.pyarrow_dtype), dtype=dtype)
    if isinstance(dtype, np.dtype) and dtype.kind in "iu":
        return np.clip(values, np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)
    if isinstance(dtype, np.dtype) and dtype.kind in "bf":
        return np.asarray(values).astype(dtype)
    if isinstance(dtype, np.dtype):
        return _as_objects(values)
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(_as_objects(values), dtype=dtype)
    return pd.array(values, dtype=dtype)


def _as_objects(values: Any) -> NDArray[np.object_]:
    boxed = np.empty(len(values), dtype=object)
    boxed[:] = list(values)
    return boxed


def _as_stamps(days: Any, unit: str) -> NDArray[np.datetime64]:
    micros = np.rint(np.asarray(days, dtype=np.float64) * DAY_IN_MICROSECONDS).astype(np.int64)
    return micros.view("datetime64[us]").astype(f"datetime64[{unit}]")


def _put_arrow(table: pa.Table, patches: dict[int, Patch]) -> pa.Table:
    columns = list(table.columns)
    for position, (rows, values) in patches.items():
        column = table.column(position)
        new = _arrow_values(values, column.type)
        joined = pa.chunked_array([*column.chunks, new], type=column.type)
        if pa.types.is_dictionary(column.type):
            joined = joined.unify_dictionaries()
        columns[position] = joined.take(pa.array(_gather_positions(len(column), rows)))
    return pa.Table.from_arrays(columns, schema=table.schema)


def _arrow_values(values: Any, kind: pa.DataType) -> pa.Array:
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        stamps = pa.array(_as_stamps(values, "us"))
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            stamps = stamps.cast(pa.timestamp("us", tz="UTC"))
        return stamps.cast(kind, safe=False)
    if pa.types.is_dictionary(kind):
        return pa.array(list(values), type=kind.value_type).dictionary_encode().cast(kind)
    if pa.types.is_boolean(kind):
        return pa.array(np.asarray(values).astype(bool))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.array(np.asarray(values, dtype=np.float64)).cast(kind, safe=False)
    return pa.array(list(values), type=kind)


def _put_polars(frame: Any, patches: dict[int, Patch]) -> Any:
    columns = []
    for position, series in enumerate(frame.get_columns()):
        if position in patches:
            rows, values = patches[position]
            new = _as_polars(series, values)
            series = series.clone().append(new).gather(_gather_positions(len(series), rows))
        columns.append(series)
    return frame.with_columns(columns)


def _as_polars(series: Any, values: Any) -> Any:
    dtype = series.dtype
    if dtype.is_temporal():
        stamps = type(series)(series.name, _as_stamps(values, "us"))
        zone = getattr(dtype, "time_zone", None)
        if zone is not None:
            stamps = stamps.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        return stamps.cast(dtype)
    return type(series)(series.name, list(values)).cast(dtype)


def _gather_positions(n: int, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    positions = np.arange(n, dtype=np.int64)
    positions[rows] = n + np.arange(len(rows))
    return positions


def as_pandas(frame: Any) -> pd.DataFrame:
    """The frame in pandas; itself if it is one."""
    return frame if isinstance(frame, pd.DataFrame) else nw.from_native(frame, eager_only=True).to_pandas()


def as_arrow(frame: Any) -> pa.Table:
    """The frame in Arrow; a pandas index travels in its metadata."""
    if isinstance(frame, pd.DataFrame):
        return pa.Table.from_pandas(frame)
    return nw.from_native(frame, eager_only=True).to_arrow()


def without_rows(frame: Any, as_text: Callable[[str], bool]) -> Any:
    """A frame of no rows; declared levels of the columns named by ``as_text`` give way to plain text."""
    blank = nw.from_native(frame, eager_only=True).head(0)
    listed = [
        nw.col(name).cast(nw.String)
        for name in blank.columns
        if isinstance(blank.schema[name], nw.Enum) and as_text(name)
    ]
    return (blank.with_columns(*listed) if listed else blank).to_native().clear()


def widen_columns(frame: Any, names: list[str]) -> Any:
    """The frame with some columns of whole numbers in 64 bits."""
    plain = nw.from_native(frame, eager_only=True)
    return plain.with_columns(*(nw.col(name).cast(nw.Int64) for name in names)).to_native() if names else frame


def take_column(frame: Any, name: str) -> Any:
    """One column of a frame that is not pandas', as narwhals sees it."""
    return nw.from_native(frame, eager_only=True).get_column(name)
