"""Arrays that lie in the file as they are, so that they need not be read to be used."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import PathLike
from lacunet.errors import DataError

ALIGNMENT = 64
"""Bytes; an array that begins at a multiple of them is fast in any library."""
DTYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "I32": np.dtype("<i4"),
    "I64": np.dtype("<i8"),
}
"""Names of safetensors for what may be mapped."""
LOCAL_HEADER = 30
"""Bytes of the header before an entry of a zip, its name and its extra field apart."""


def write_mapped(file: zipfile.ZipFile, raw: BinaryIO, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a safetensors entry without compression, its numbers at a multiple of `ALIGNMENT` bytes in the file.

    Safetensors allows spaces after the words at its top; these make up the difference.
    """
    names = {dtype: word for word, dtype in DTYPES.items()}
    head: dict[str, Any] = {}
    start = 0
    for key, array in arrays.items():
        head[key] = {
            "dtype": names[array.dtype.newbyteorder("<")],
            "shape": array.shape,
            "data_offsets": [start, start + array.nbytes],
        }
        start += array.nbytes
    with file.open(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as entry:
        words = json.dumps(head).encode()
        words += b" " * (-(raw.tell() + 8 + len(words)) % ALIGNMENT)
        entry.write(len(words).to_bytes(8, "little") + words)
        for array in arrays.values():
            entry.write(array.astype(array.dtype.newbyteorder("<"), copy=False).reshape(-1).view(np.uint8).data)


def map_tensors(path: PathLike, entry: zipfile.ZipInfo) -> dict[str, NDArray[Any]]:
    """Arrays of an entry that `write_mapped` wrote, read-only, without reading them.

    Raises
    ------
    DataError
        When the entry is damaged. Damage inside the numbers is not seen, since they are not read.
    """
    with Path(path).open("rb") as file:
        file.seek(entry.header_offset)
        local = file.read(LOCAL_HEADER)
        start = entry.header_offset + LOCAL_HEADER
        start += int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
        file.seek(start)
        size = int.from_bytes(file.read(8), "little")
        words = file.read(size) if size <= entry.file_size else b""
    found: dict[str, NDArray[Any]] = {}
    try:
        for key, one in json.loads(words).items():
            dtype: np.dtype[Any] = DTYPES[one["dtype"]]
            at = start + 8 + size + one["data_offsets"][0]
            found[key] = np.memmap(str(path), dtype=dtype, mode="r", offset=at, shape=tuple(one["shape"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"'{path}' cannot be read as a file that lacunet saved: its part '{entry.filename}' is damaged "
            f"({type(error).__name__}). Hand over a file written by save(), whole."
        ) from error
    return found
