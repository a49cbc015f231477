"""The text as numbers of words in a temporary file, which is gone with the last corpus that reads it."""

import errno
import hashlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet.errors import DataError

CHUNK = 1 << 20
"""Numbers read from the file at once."""


class Stream:
    """Numbers of words in a file, ``UNIT_END`` after every unit.

    Attributes
    ----------
    offsets
        Where each document begins, and the end of the last (n_documents + 1,).
    length
        Numbers in all.
    hash
        Of the numbers.
    """

    def __init__(self, path: Path, offsets: NDArray[np.int64], length: int, content: bytes) -> None:
        self._path, self.offsets, self.length, self.hash = path, offsets, length, content
        self._cleaner = weakref.finalize(self, shutil.rmtree, path.parent, ignore_errors=True)

    def chunks(self, size: int = CHUNK) -> Iterator[NDArray[np.int32]]:
        """The whole stream, ``size`` numbers at a time."""
        with open(self._path, "rb") as file:
            for start in range(0, self.length, size):
                yield self._read(file, start, min(size, self.length - start))

    def ranges(self, documents: NDArray[np.int64], size: int = CHUNK) -> Iterator[NDArray[np.int32]]:
        """Documents in the order named; neighbours in the file are read together, no piece is above ``size``."""
        breaks = np.flatnonzero(np.diff(documents) != 1) + 1
        firsts = documents[np.concatenate([[0], breaks])] if len(documents) else documents
        lasts = documents[np.concatenate([breaks - 1, [len(documents) - 1]])] if len(documents) else documents
        starts, stops = self.offsets[firsts].tolist(), self.offsets[lasts + 1].tolist()
        with open(self._path, "rb") as file:
            for start, stop in zip(starts, stops, strict=True):
                for at in range(start, stop, size):
                    yield self._read(file, at, min(size, stop - at))

    def _read(self, file: Any, start: int, count: int) -> NDArray[np.int32]:
        file.seek(4 * start)
        found = np.fromfile(file, dtype=np.int32, count=count)
        if len(found) < count:
            raise DataError(
                f"The temporary file {str(self._path)!r} with the words of the corpus was cut off. It is needed until "
                "the corpus is done with. Read the text again, and let nothing clean that folder meanwhile."
            )
        return found


class StreamWriter:
    """A stream while it is written; ``finish`` makes it one to read."""

    def __init__(self) -> None:
        self._folder = _make_folder()
        self._path = Path(self._folder) / "words.int32"
        self._file = open(self._path, "wb", buffering=0)  # noqa: SIM115  (closed in finish and in abandon)
        self._hash = hashlib.blake2b(digest_size=16)
        self._ends: list[NDArray[np.int64]] = [np.zeros(1, dtype=np.int64)]
        self.length = 0

    def write(self, numbers: NDArray[np.int32], ends: NDArray[np.int64]) -> None:
        """Append numbers, and the places among them at which documents end."""
        if len(ends):
            self._ends.append(ends + self.length)
        content = memoryview(numbers.tobytes())
        self._hash.update(content)
        self.length += len(numbers)
        try:
            while len(content):
                content = content[self._file.write(content) :]
        except OSError as error:
            raise _full(error, self._folder) from error

    def finish(self) -> Stream:
        """The stream as it is now."""
        self._file.close()
        return Stream(self._path, np.concatenate(self._ends), self.length, self._hash.digest())

    def abandon(self) -> None:
        """Remove what was written."""
        self._file.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _make_folder() -> str:
    try:
        return tempfile.mkdtemp(prefix="lacunet-text-")
    except OSError as error:
        raise _full(error, tempfile.gettempdir()) from error


def _full(error: OSError, folder: str) -> DataError:
    found = "The disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f"Writing failed ({error.strerror})"
    return DataError(
        f"{found} while the words of the corpus were written to {folder!r}. Four bytes a word are needed there. Make "
        "room, or name another folder in the environment variable TMPDIR."
    )
