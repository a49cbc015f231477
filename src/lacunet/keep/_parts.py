"""One file for a fitted thing: a zip of safetensors and JSON (and Arrow for a frame), never pickle."""

import json
import platform
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from lacunet._typing import Frame, PathLike
from lacunet._version import __version__
from lacunet.errors import DataError
from lacunet.keep._frame import Packed, pack_frame, unpack_frame
from lacunet.keep._mapped import map_tensors, write_mapped
from lacunet.keep._plain import as_plain, from_plain
from lacunet.table import replacing

FORMAT = 1
"""Version of the file's inner order; a newer one is refused by name."""
HEAD = "lacunet.json"
PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "jax", "jaxlib", "optax")
Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a file holds: words (JSON), named groups of arrays, and frames.

    ``mapped`` names groups of arrays too large to be read as a whole: they lie in the file as they are, and come back
    as read-only arrays whose numbers are read when they are asked for.
    """

    kind: str
    meta: Mapping[str, Any]
    arrays: Mapping[str, Arrays] = field(default_factory=dict)
    frames: Mapping[str, Frame] = field(default_factory=dict)
    mapped: tuple[str, ...] = ()


def arrays_under(arrays: Mapping[str, NDArray[Any]], prefix: str) -> Arrays:
    """Arrays whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


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
    frames = {name: pack_frame(frame) for name, frame in parts.frames.items()}
    head = {
        "format": FORMAT,
        "kind": parts.kind,
        "versions": package_versions(),
        "meta": parts.meta,
        "frames": {name: packed.library for name, packed in frames.items()},
    }
    with (
        replacing(path, force=force) as temporary,
        temporary.open("wb") as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file,
    ):
        file.writestr(HEAD, json.dumps(as_plain(head), indent=1))
        for name, arrays in parts.arrays.items():
            if name in parts.mapped:
                write_mapped(file, raw, f"{name}.safetensors", _contiguous(arrays))
            else:
                file.writestr(f"{name}.safetensors", save_tensors(_contiguous(arrays)))
        for name, packed in frames.items():
            file.writestr(f"{name}.arrow", packed.table)
            file.writestr(f"{name}.floats.safetensors", save_tensors(_contiguous(packed.floats)))
            file.writestr(f"{name}.json", json.dumps(as_plain({"mixed": packed.mixed, "names": packed.names})))


def read_parts(path: PathLike) -> Parts:
    """Read what `write_parts` wrote.

    Raises
    ------
    DataError
        When the file is missing, damaged, not ours, or written by a newer lacunet.
    """
    try:
        with zipfile.ZipFile(path) as file:
            head = from_plain(json.loads(file.read(HEAD)))
            if head["format"] > FORMAT:
                raise DataError(
                    f"'{path}' was written by lacunet {head['versions']['lacunet']}, in a newer form than this "
                    f"lacunet {__version__} reads. Install that version or a newer one."
                )
            names = [name for name in file.namelist() if name.endswith(".safetensors") and ".floats." not in name]
            arrays = {name.removesuffix(".safetensors"): _read_arrays(path, file, name) for name in names}
            frames = {name: unpack_frame(_read_frame(file, name, kind)) for name, kind in head["frames"].items()}
    except (OSError, zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise DataError(
            f"'{path}' cannot be read as a file that lacunet saved ({type(error).__name__}: {error}). "
            "Hand over a file written by save(), whole."
        ) from error
    return Parts(kind=head["kind"], meta=head["meta"], arrays=arrays, frames=frames)


def _read_arrays(path: PathLike, file: zipfile.ZipFile, name: str) -> Arrays:
    entry = file.getinfo(name)
    return map_tensors(path, entry) if entry.compress_type == zipfile.ZIP_STORED else load_tensors(file.read(name))


def _read_frame(file: zipfile.ZipFile, name: str, library: str) -> Packed:
    return Packed(
        library=library,
        table=file.read(f"{name}.arrow"),
        floats=load_tensors(file.read(f"{name}.floats.safetensors")),
        **from_plain(json.loads(file.read(f"{name}.json"))),
    )


def _contiguous(arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """Safetensors writes the memory as it lies, so it must lie in order."""
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}
