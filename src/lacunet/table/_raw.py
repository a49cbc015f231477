"""One column of any data frame, stripped to what the rest of the room needs."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Storage = Literal["number", "bool", "date", "text", "category", "object", "other"]

DAY_IN_MICROSECONDS = 86_400_000_000
_TAG_BASE = 0x7FF8_0000_0000_0000
_TAG_MASK = np.uint64(0xFF)


@dataclass(frozen=True, kw_only=True, slots=True)
class RawColumn:
    """The cells of one column as a frame held them.

    Attributes
    ----------
    name, dtype
        The column's name and the frame library's word for its type.
    storage
        How cells are kept: ``number``, ``bool`` and ``date`` come with ``numbers``; ``text``, ``category`` and
        ``object`` come with ``codes`` and ``levels``; ``other`` with neither.
    numbers
        Floats (n,), NaN where missing. Dates are days since 1970-01-01.
    codes
        Positions (n,) in ``levels``, -1 where missing.
    levels
        Distinct values as the frame spells them; of a category, all that its type declares, in order.
    is_ordered
        Whether the frame declares the levels to be ordered.
    is_whole
        Whether the column's type can hold whole numbers only.
    """

    name: str
    dtype: str
    storage: Storage
    numbers: NDArray[np.float64] | None = None
    codes: NDArray[np.int64] | None = None
    levels: tuple[Any, ...] = ()
    is_ordered: bool = False
    is_whole: bool = False

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """Cells that hold nothing (or a tagged nothing)."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        if self.codes is not None:
            return self.codes < 0
        return np.zeros(0, dtype=bool)


def sort_levels(raw: RawColumn) -> RawColumn:
    """Levels in the order of the alphabet, for a type whose own order depends on what was read first."""
    if raw.codes is None:
        return raw
    order = sorted(range(len(raw.levels)), key=lambda i: str(raw.levels[i]))
    rank = np.full(len(order) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return replace(raw, codes=rank[raw.codes], levels=tuple(raw.levels[i] for i in order))


def tag_missing(letters: NDArray[np.uint8]) -> NDArray[np.float64]:
    """NaNs that remember Stata's letter (``.a`` to ``.z``) in their payload, as R's haven does; 0 is a plain NaN."""
    return (np.uint64(_TAG_BASE) | letters.astype(np.uint64)).view(np.float64)


def read_tags(numbers: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Letters remembered by ``tag_missing``; 0 where a cell is a number or a plain NaN."""
    payload = (np.ascontiguousarray(numbers).view(np.uint64) & _TAG_MASK).astype(np.uint8)
    is_letter = np.isnan(numbers) & (payload >= ord("a")) & (payload <= ord("z"))
    return np.where(is_letter, payload, np.uint8(0))


def from_pandas(series: pd.Series, name: str) -> RawColumn:
    """Strip a pandas column."""
    dtype = series.dtype
    if isinstance(dtype, pd.ArrowDtype):
        return from_arrow(pa.chunked_array(series.array.__arrow_array__()), name, str(dtype))
    if isinstance(dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy().astype(np.int64)
        return _levelled(name, str(dtype), "category", codes, series.cat.categories.tolist(), bool(dtype.ordered))
    if pd.api.types.is_bool_dtype(dtype):
        return RawColumn(name=name, dtype=str(dtype), storage="bool", numbers=_pandas_floats(series), is_whole=True)
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        is_whole = pd.api.types.is_integer_dtype(dtype)
        return RawColumn(
            name=name, dtype=str(dtype), storage="number", numbers=_pandas_floats(series), is_whole=is_whole
        )
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return RawColumn(name=name, dtype=str(dtype), storage="date", numbers=_pandas_days(series))
    if isinstance(dtype, pd.StringDtype) or dtype.kind == "O":
        return _from_objects(series, name)
    return RawColumn(name=name, dtype=str(dtype), storage="other")


def _pandas_floats(series: pd.Series) -> NDArray[np.float64]:
    if isinstance(series.dtype, np.dtype):
        return series.to_numpy().astype(np.float64)
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def _pandas_days(series: pd.Series) -> NDArray[np.float64]:
    if series.dt.tz is not None:
        series = series.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = series.to_numpy()
    unit = np.datetime_data(stamps.dtype)[0]
    per_day = np.array([1], dtype="m8[D]").astype(f"m8[{unit}]").view(np.int64)[0]
    days = stamps.view(np.int64) / per_day
    days[np.isnat(stamps)] = np.nan
    return days


def _from_objects(series: pd.Series, name: str) -> RawColumn:
    dtype = str(series.dtype)
    try:
        codes, uniques = pd.factorize(series, use_na_sentinel=True)
    except TypeError:  # lists, dicts and other things that are no scalars
        return RawColumn(name=name, dtype=dtype, storage="other")
    levels = list(uniques)
    if isinstance(series.dtype, pd.StringDtype):
        return _levelled(name, dtype, "text", codes, levels)
    return _levelled(name, dtype, _object_storage(levels), codes, levels)


def _object_storage(levels: list[Any]) -> Storage:
    if all(isinstance(level, str) for level in levels):
        return "text"
    plain = (str, bool, int, float, Decimal, np.generic, dt.date)
    return "object" if all(isinstance(level, plain) for level in levels) else "other"


def _levelled(
    name: str, dtype: str, storage: Storage, codes: NDArray[Any], levels: list[Any], is_ordered: bool = False
) -> RawColumn:
    if storage == "other":
        return RawColumn(name=name, dtype=dtype, storage=storage)
    codes = codes.astype(np.int64)
    empty = [i for i, level in enumerate(levels) if isinstance(level, str) and not level.strip()]
    if empty:
        codes = np.where(np.isin(codes, empty), -1, codes)
    return RawColumn(name=name, dtype=dtype, storage=storage, codes=codes, levels=tuple(levels), is_ordered=is_ordered)


def from_arrow(array: pa.ChunkedArray, name: str, dtype: str) -> RawColumn:
    """Strip an Arrow column (of a pyarrow table, a polars frame or a pandas column that is backed by Arrow)."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return _from_dictionary(array, name, dtype, "category")
    if pa.types.is_boolean(kind):
        return RawColumn(name=name, dtype=dtype, storage="bool", numbers=_arrow_floats(array), is_whole=True)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        is_whole = pa.types.is_integer(kind)
        return RawColumn(name=name, dtype=dtype, storage="number", numbers=_arrow_floats(array), is_whole=is_whole)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        stamps = array.cast(pa.timestamp("us"), safe=False).cast(pa.int64())
        days = _arrow_floats(stamps) / DAY_IN_MICROSECONDS
        return RawColumn(name=name, dtype=dtype, storage="date", numbers=days)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _from_dictionary(array.cast(pa.large_string()).dictionary_encode(), name, dtype, "text")
    return RawColumn(name=name, dtype=dtype, storage="other")


def _arrow_floats(array: pa.ChunkedArray) -> NDArray[np.float64]:
    if pa.types.is_null(array.type):
        return np.full(len(array), np.nan)
    floats = array.cast(pa.float64(), safe=False)
    return pc.fill_null(floats, float("nan")).to_numpy().astype(np.float64, copy=True)


def _from_dictionary(array: pa.ChunkedArray, name: str, dtype: str, storage: Storage) -> RawColumn:
    array = array.unify_dictionaries()
    is_ordered = storage == "category" and bool(array.type.ordered)
    levels = array.chunk(0).dictionary.to_pylist() if array.num_chunks else []
    chunks = [pc.fill_null(chunk.indices.cast(pa.int64()), -1).to_numpy() for chunk in array.chunks]
    codes = np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int64)
    return _levelled(name, dtype, storage, codes, levels, is_ordered)
