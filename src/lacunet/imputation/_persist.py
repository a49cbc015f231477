"""One file for a fitted thing: a zip of safetensors and JSON (and Arrow for a frame), never pickle."""

import dataclasses
import datetime as dt
import io
import json
import platform
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from lacunet._typing import Frame, PathLike
from lacunet._version import __version__
from lacunet.errors import DataError
from lacunet.imputation._door import new_file

FORMAT = 1
"""Version of the file's inner order; a newer one is refused by name."""
HEAD = "lacunet.json"
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "jax", "jaxlib", "optax")
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a file holds: words (JSON), named groups of arrays, and frames."""

    kind: str
    meta: Mapping[str, Any]
    arrays: Mapping[str, Arrays] = field(default_factory=dict)
    frames: Mapping[str, Frame] = field(default_factory=dict)


def package_versions() -> dict[str, str]:
    """Versions of what makes the numbers, for the record."""
    found = {"lacunet": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_parts(path: PathLike, parts: Parts, force: bool = False) -> None:
    """Write parts to one file, under a temporary name first."""
    frames = {name: _pack_frame(frame) for name, frame in parts.frames.items()}
    head = {
        "format": FORMAT,
        "kind": parts.kind,
        "versions": package_versions(),
        "meta": parts.meta,
        "frames": {name: packed.library for name, packed in frames.items()},
    }
    with (
        new_file(path, force) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
    ):
        file.writestr(HEAD, json.dumps(_as_plain(head), indent=1))
        for name, arrays in parts.arrays.items():
            file.writestr(f"{name}.safetensors", save_tensors(_contiguous(arrays)))
        for name, packed in frames.items():
            file.writestr(f"{name}.arrow", packed.table)
            file.writestr(f"{name}.floats.safetensors", save_tensors(_contiguous(packed.floats)))
            file.writestr(f"{name}.json", json.dumps(_as_plain({"mixed": packed.mixed, "names": packed.names})))


def read_parts(path: PathLike) -> Parts:
    """Read what `write_parts` wrote.

    Raises
    ------
    DataError
        When the file is missing, damaged, not ours, or written by a newer lacunet.
    """
    try:
        with zipfile.ZipFile(path) as file:
            head = _from_plain(json.loads(file.read(HEAD)))
            if head["format"] > FORMAT:
                raise DataError(
                    f"'{path}' was written by lacunet {head['versions']['lacunet']}, in a newer form than this "
                    f"lacunet {__version__} reads. Install that version or a newer one."
                )
            names = [name for name in file.namelist() if name.endswith(".safetensors") and ".floats." not in name]
            arrays = {name.removesuffix(".safetensors"): load_tensors(file.read(name)) for name in names}
            frames = {name: _unpack_frame(_read_frame(file, name, kind)) for name, kind in head["frames"].items()}
    except (OSError, zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise DataError(
            f"'{path}' cannot be read as a file that lacunet saved ({type(error).__name__}: {error}). "
            "Hand over a file written by save(), whole."
        ) from error
    return Parts(kind=head["kind"], meta=head["meta"], arrays=arrays, frames=frames)


def _read_frame(file: zipfile.ZipFile, name: str, library: str) -> "_Packed":
    return _Packed(
        library=library,
        table=file.read(f"{name}.arrow"),
        floats=load_tensors(file.read(f"{name}.floats.safetensors")),
        **_from_plain(json.loads(file.read(f"{name}.json"))),
    )


def fitted_parts(fitted: Any) -> tuple[dict[str, Any], dict[str, Arrays]]:
    """Words and arrays of a fitted imputer, without its frame; a linear engine's arrays are the training rows."""
    meta: dict[str, Any] = {
        "spec": spec_as_dict(fitted.spec),
        "schema": fitted.schema.as_dict(),
        "seed": fitted.seed,
        "versions": dict(fitted.versions),
        "engine": None,
    }
    if fitted.engine is None:
        return meta, {}
    meta["engine"] = fitted.engine.as_meta()
    return meta, {"engine": dict(fitted.engine.as_arrays())}


def spec_as_dict(spec: Any) -> dict[str, Any]:
    """Fields of a specification, nested ones too, as JSON can hold them."""
    return {
        "class": type(spec).__name__,
        "fields": {f.name: _spec_value(getattr(spec, f.name)) for f in dataclasses.fields(spec)},
    }


def spec_from_dict(plain: Mapping[str, Any], classes: Mapping[str, type]) -> Any:
    """Inverse of `spec_as_dict`, for the classes known to the caller."""
    name = plain["class"]
    if name not in classes:
        raise DataError(f"The file holds a '{name}', which this lacunet does not know. Update lacunet.")
    fields = {
        key: spec_from_dict(value, classes) if isinstance(value, Mapping) and {*value} == {"class", "fields"} else value
        for key, value in plain["fields"].items()
    }
    return classes[name](**fields)


def _spec_value(value: Any) -> Any:
    is_instance = dataclasses.is_dataclass(value) and not isinstance(value, type)
    return spec_as_dict(value) if is_instance else value


def _contiguous(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """Safetensors writes the memory as it lies, so it must lie in order."""
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _as_plain(value: Any) -> Any:
    """JSON keeps neither tuples, dates, nor keys that are not text; they are tagged."""
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: _as_plain(item) for key, item in value.items()}
        return {"~map": [[_as_plain(key), _as_plain(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"~tuple": [_as_plain(item) for item in value]}
    if isinstance(value, list | set | frozenset):
        return [_as_plain(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    for name, kind in SCALARS.items():
        if type(value) is kind:
            return {"~" + name: value.isoformat()}
    raise DataError(
        f"A {type(value).__name__} ({value!r}) cannot be saved. Use text, numbers, dates and tuples of them."
    )


def _from_plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value)) if len(value) == 1 else ""
    if tag == "~tuple":
        return tuple(_from_plain(item) for item in value[tag])
    if tag == "~map":
        return {_from_plain(key): _from_plain(item) for key, item in value[tag]}
    if tag[:1] == "~" and tag[1:] in SCALARS:
        return SCALARS[tag[1:]].fromisoformat(value[tag])
    return {key: _from_plain(item) for key, item in value.items()}


SCALARS: dict[str, Any] = {"timestamp": pd.Timestamp, "datetime": dt.datetime, "date": dt.date, "time": dt.time}


@dataclass(frozen=True, kw_only=True)
class _Packed:
    """A frame as bytes: Arrow, and apart from it what Arrow would not give back.

    Floats of pandas stand apart since Arrow drops the reasons inside their NaNs, and columns of mixed types since Arrow
    has no word for them; so do column names unless all are text.
    """

    library: str
    table: bytes
    floats: Arrays = field(default_factory=dict)
    mixed: dict[str, list[Any]] = field(default_factory=dict)
    names: list[Any] | None = None


def _pack_frame(frame: Frame) -> _Packed:
    sink = io.BytesIO()
    if isinstance(frame, pd.DataFrame):
        return _pack_pandas(frame, sink)
    if isinstance(frame, pa.Table):
        _write_arrow(frame, sink)
        return _Packed(library="pyarrow", table=sink.getvalue())
    frame.write_ipc(sink)
    return _Packed(library="polars", table=sink.getvalue())


def _pack_pandas(frame: pd.DataFrame, sink: io.BytesIO) -> _Packed:
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
    return _Packed(library="pandas", table=sink.getvalue(), floats=floats, mixed=mixed, names=names)


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


def _unpack_frame(packed: _Packed) -> Frame:
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
