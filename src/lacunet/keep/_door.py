"""The one way out to the disk: a temporary name first, then a rename; nothing is overwritten unless asked."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyreadstat

from lacunet._typing import PathLike
from lacunet.errors import DataError, SpecError
from lacunet.table import replacing

MANIFEST = "_lacunet.json"
"""Marks a folder as ours, so that ``force=True`` never deletes what somebody else put there; Arrow skips the name."""


@contextmanager
def new_file(path: PathLike, force: bool = False) -> Iterator[Path]:
    """Give a temporary path to write to; it takes its name when all went well and goes away when not.

    As ``table`` writes its own files; what the writers of Stata and SPSS files complain of is said in our words.
    """
    with replacing(path, force=force) as temporary:
        try:
            yield temporary
        except (pyreadstat.PyreadstatError, pyreadstat.ReadstatError) as error:
            if isinstance(error, OSError):
                raise
            raise DataError(
                f"'{path}' could not be written: {error}. It needs simpler names or cells, or more room. "
                "Rename the columns, free space, or write Parquet."
            ) from error


@contextmanager
def new_folder(path: PathLike, record: dict[str, object], force: bool = False) -> Iterator[Path]:
    """Give a temporary folder to fill; it takes its name when all went well and goes away when not.

    ``record`` is kept in the folder as ``_lacunet.json``. An existing folder is replaced only with ``force`` and only
    when it is empty or carries that record.
    """
    target = Path(path)
    _check_folder(target, force)
    _check_parent(target)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    old = target.with_name(f".{target.name}.{os.getpid()}.replaced")
    try:
        temporary.mkdir()
        yield temporary
        (temporary / MANIFEST).write_text(json.dumps(record, indent=1), encoding="utf-8")
        if target.exists():
            os.replace(target, old)
        os.replace(temporary, target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise _as_data_error(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and not target.exists():
            os.replace(old, target)


def _as_data_error(target: Path, error: OSError) -> DataError:
    why = error.strerror or str(error)
    return DataError(
        f"'{target}' could not be written: {why}. It needs room and permission. Free space or choose another folder; "
        "nothing was left half-written."
    )


def _check_folder(target: Path, force: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise SpecError(f"'{target}' is a file. A folder is written here: choose another name.")
    if not any(target.iterdir()):
        return
    if not force:
        raise SpecError(
            f"The folder '{target}' holds files. Nothing is overwritten: choose another, or say force=True."
        )
    if not (target / MANIFEST).is_file():
        raise SpecError(
            f"The folder '{target}' holds files that lacunet did not write, and force=True would delete them. "
            "Choose another folder."
        )


def _check_parent(target: Path) -> None:
    if not target.parent.is_dir():
        raise SpecError(f"The folder '{target.parent}' does not exist. Create it first, or write somewhere else.")
