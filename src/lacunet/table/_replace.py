"""A file takes its name when it is whole: the one way in which anything here is written."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyreadstat

from lacunet.errors import DataError, SpecError


@contextmanager
def replacing(path: str | Path, *, force: bool = False) -> Iterator[Path]:
    """A temporary name beside ``path`` to write to; on success it takes the path's place, on failure it goes.

    Raises
    ------
    SpecError
        If the file exists and ``force`` is False, or the path is a folder or in a folder that does not exist.
    DataError
        If writing fails (no permission, disk full).
    """
    path = Path(path)
    check_target(path, force=force)
    try:
        handle, name = tempfile.mkstemp(prefix=".lacunet-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _as_data_error(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except OSError as error:
        raise _as_data_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str, *, force: bool = False) -> Path:
    """Write text to one file, whole or not at all, and return its path; raises as `replacing` does."""
    with replacing(Path(path), force=force) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return Path(path)


def check_target(path: Path, *, force: bool = False) -> None:
    """Raise ``SpecError`` unless a file may be written here."""
    if path.is_dir():
        raise SpecError(f"{str(path)!r} is a folder. A file name is needed. Add one.")
    if path.exists() and not force:
        raise SpecError(
            f"The file {str(path)!r} exists. Nothing is overwritten unasked. Choose another name, or say force=True."
        )
    if not path.parent.is_dir():
        raise SpecError(f"There is no folder {str(path.parent)!r}. The file needs one that exists. Make it first.")


def _as_data_error(path: Path, error: OSError) -> DataError:
    why = error.strerror or str(error)
    return DataError(
        f"The file {str(path)!r} could not be written: {why}. It needs room and permission. Free space or choose "
        "another folder; nothing was left half-written."
    )


def check_whole(path: Path, n_rows: int) -> None:
    """Raise ``OSError`` unless a Stata or SPSS file just written can be read to its last row.

    The library that writes them keeps some failures of the disk to itself.
    """
    read = pyreadstat.read_dta if path.suffix.lower() == ".dta" else pyreadstat.read_sav
    try:
        read(str(path), row_offset=max(n_rows - 1, 0), row_limit=1)
    except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError) as error:
        raise OSError(errno.EIO, "the disk did not take all of it") from error
