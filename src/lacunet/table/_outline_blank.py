"""A frame without rows that still knows its library, columns and types; rows of nothing; and both through a file."""

import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lacunet._typing import Frame
from lacunet.table._frame import without_rows
from lacunet.table._schema import Column, Schema

Arrays = dict[str, NDArray[Any]]
LEVELS_STAY: frozenset[str] = frozenset(("modelled", "constant"))
"""Roles of columns whose type may name its levels; the levels of an identifier are the identifiers."""
EMPTIED: frozenset[str] = frozenset(("text", "empty", "left out"))
"""Roles of columns that stay empty, so that their type must be able to hold nothing."""


def blank_of(native: Frame, schema: Schema) -> Frame:
    """The frame without its rows, built anew, so that no memory of the rows is held."""
    if isinstance(native, pd.DataFrame):
        return _pandas_without_rows([_plain_dtype(*pair) for pair in _paired(native.dtypes, schema)], native.columns)
    if isinstance(native, pa.Table):
        chunks = [_empty_arrow(native.column(i), column) for i, column in enumerate(schema.columns)]
        metadata = {key: text for key, text in (native.schema.metadata or {}).items() if key == b"pandas"}
        fields = [
            pa.field(field.name, cells.type, nullable=field.nullable or column.role in EMPTIED)
            for field, cells, column in zip(native.schema, chunks, schema.columns, strict=True)
        ]
        return pa.table(chunks, schema=pa.schema(fields, metadata=metadata or None))
    roles = {column.name: column.role for column in schema.columns}
    return without_rows(native, lambda name: roles[name] not in LEVELS_STAY)


def _paired(dtypes: Any, schema: Schema) -> list[tuple[Any, Column]]:
    return list(zip(dtypes, schema.columns, strict=True))


def _plain_dtype(dtype: Any, column: Column) -> Any:
    """The column's type without levels that are rows, and able to be empty where it has to be."""
    if isinstance(dtype, pd.CategoricalDtype) and column.role not in LEVELS_STAY:
        return pd.CategoricalDtype(dtype.categories[:0].copy(deep=True), ordered=dtype.ordered)
    if isinstance(dtype, np.dtype) and column.role in EMPTIED and dtype.kind in "iub":
        return np.dtype(object) if dtype.kind == "b" else np.dtype(np.float64)
    return dtype


def _pandas_without_rows(dtypes: list[Any], names: Any) -> pd.DataFrame:
    blank = pd.DataFrame({i: pd.Series([], dtype=dtype) for i, dtype in enumerate(dtypes)}, index=pd.RangeIndex(0))
    blank.columns = names
    return blank


def _empty_arrow(cells: pa.ChunkedArray, column: Column) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(cells.type):
        return pa.chunked_array([], type=cells.type)
    if column.role not in LEVELS_STAY or not cells.num_chunks:
        return pa.chunked_array([], type=pa.dictionary(pa.int32(), cells.type.value_type))
    return _with_levels(0, cells.type, cells.unify_dictionaries().chunk(0).dictionary)


def _with_levels(n: int, kind: pa.DictionaryType, levels: pa.Array) -> pa.ChunkedArray:
    codes = pa.nulls(n, kind.index_type)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, levels, ordered=kind.ordered)])


def empty_rows(blank: Frame, n: int) -> Frame:
    """Rows that hold nothing (or 0, where the type cannot hold nothing), numbered from 0."""
    if isinstance(blank, pd.DataFrame):
        plain = blank.reindex(pd.RangeIndex(n))
        for i, dtype in enumerate(blank.dtypes):
            if isinstance(dtype, np.dtype) and dtype.kind in "iubO":
                plain.isetitem(i, pd.Series(np.full(n, None if dtype.kind == "O" else 0, dtype=dtype), dtype=dtype))
        return plain
    if isinstance(blank, pa.Table):
        return pa.table([_null_arrow(cells, n) for cells in blank.columns], schema=blank.schema)
    return blank.clear(n)


def _null_arrow(cells: pa.ChunkedArray, n: int) -> pa.ChunkedArray:
    if pa.types.is_dictionary(cells.type) and cells.num_chunks:
        return _with_levels(n, cells.type, cells.chunk(0).dictionary)
    return pa.chunked_array([pa.nulls(n, cells.type)])


def blank_as_parts(blank: Frame) -> tuple[Arrays, dict[str, Any]]:
    """Arrays and words from which `blank_from_parts` makes the blank again."""
    if isinstance(blank, pd.DataFrame):
        held = [(str(i), _held_by(dtype)) for i, dtype in enumerate(blank.dtypes)]
        backed = [(place, dtype.pyarrow_dtype) for place, dtype in held if isinstance(dtype, pd.ArrowDtype)]
        arrays = {"types": _as_bytes(pa.schema(backed).serialize())} if backed else {}
        dtypes = [_dtype_as_dict(dtype) for dtype in blank.dtypes]
        return arrays, {"library": "pandas", "names": blank.columns.tolist(), "dtypes": dtypes}
    sink = io.BytesIO()
    if isinstance(blank, pa.Table):
        levels = {
            str(i): cells.chunk(0).dictionary.to_pylist()
            for i, cells in enumerate(blank.columns)
            if pa.types.is_dictionary(cells.type) and cells.num_chunks
        }
        return {"types": _as_bytes(blank.schema.serialize())}, {"library": "pyarrow", "levels": levels}
    blank.write_ipc(sink)
    return {"types": _as_bytes(sink.getvalue())}, {"library": "polars"}


def blank_from_parts(arrays: Arrays, meta: dict[str, Any]) -> Frame:
    """Inverse of `blank_as_parts`."""
    held = arrays["types"].tobytes() if "types" in arrays else b""
    if meta["library"] == "polars":
        import polars as pl  # noqa: PLC0415 - optional

        return pl.read_ipc(io.BytesIO(held))
    backed = pa.ipc.read_schema(pa.py_buffer(held)) if held else pa.schema([])
    if meta["library"] == "pandas":
        dtypes = [_dtype_from_dict(plain, backed, i) for i, plain in enumerate(meta["dtypes"])]
        return _pandas_without_rows(dtypes, pd.Index(meta["names"]))
    chunks = []
    for i, field in enumerate(backed):
        if str(i) in meta["levels"]:
            levels = pa.array(meta["levels"][str(i)], type=field.type.value_type)
            chunks.append(_with_levels(0, field.type, levels))
        else:
            chunks.append(pa.chunked_array([], type=field.type))
    return pa.table(chunks, schema=backed)


def _held_by(dtype: Any) -> Any:
    return dtype.categories.dtype if isinstance(dtype, pd.CategoricalDtype) else dtype


def _as_bytes(held: Any) -> NDArray[np.uint8]:
    return np.frombuffer(held, dtype=np.uint8)


def _dtype_as_dict(dtype: Any) -> dict[str, Any]:
    """A pandas type as words; types that Arrow backs are named and stand apart."""
    if isinstance(dtype, pd.CategoricalDtype):
        words = {"levels": dtype.categories.tolist(), "of": _dtype_as_dict(dtype.categories.dtype)}
        return {"name": "category", "ordered": bool(dtype.ordered), **words}
    if isinstance(dtype, pd.StringDtype):
        return {"name": "string", "storage": dtype.storage, "is_nan": dtype.na_value is not pd.NA}
    return {"name": "arrow"} if isinstance(dtype, pd.ArrowDtype) else {"name": str(dtype)}


def _dtype_from_dict(plain: dict[str, Any], backed: pa.Schema, place: int) -> Any:
    if plain["name"] == "category":
        levels = pd.Index(plain["levels"], dtype=_dtype_from_dict(plain["of"], backed, place))
        return pd.CategoricalDtype(levels, ordered=plain["ordered"])
    if plain["name"] == "string":
        return pd.StringDtype(plain["storage"], na_value=np.nan if plain["is_nan"] else pd.NA)
    if plain["name"] == "arrow":
        return pd.ArrowDtype(backed.field(str(place)).type)
    return pd.api.types.pandas_dtype(plain["name"])
