"""The folder that a command fills: under a temporary name beside it, then renamed, so that nothing is half there."""

import glob
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lacunet.errors import SpecError

RECORD = "lacunet.json"
"""Names the files of a run, so that ``--force`` takes away those of the last run and nothing else. Written last."""

UNFINISHED = ".unfinished"


@contextmanager
def new_folder(target: Path, force: bool, about: dict[str, Any]) -> Iterator[Path]:
    """Give a folder to fill; its files go to ``target`` when all went well, and away when not.

    Parameters
    ----------
    target
        Where the files are to be; created with its parents.
    force
        Whether ``target`` may hold files already. Those of our last run are taken away, files of the same name are
        replaced, and everything else stays.
    about
        Facts for the record of the run; may be filled until the end.

    Raises
    ------
    SpecError
        If ``target`` is a file, or holds files and ``force`` is not given.
    """
    target = Path(os.path.abspath(target))
    _check(target, force)
    created = _make_parents(target.parent)
    prefix = f".{target.name}.{platform.node() or 'here'}-"
    _sweep(target.parent, prefix)
    staging = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", suffix=UNFINISHED, dir=target.parent))
    try:
        yield staging
        files = sorted(path.name for path in staging.iterdir())
        record = json.dumps({**about, "files": [*files, RECORD]}, indent=2, ensure_ascii=False)
        (staging / RECORD).write_text(record, encoding="utf-8")
        _publish(staging, target, [*files, RECORD])
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        for folder in created:
            _remove_if_empty(folder)
        raise


def _check(target: Path, force: bool) -> None:
    if target.exists() and not target.is_dir():
        raise SpecError(f"'{target}' is a file. A folder is written here. Choose another name with -o.")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise SpecError(
            f"The folder '{target}' holds files. Nothing is overwritten unless you say so. "
            "Choose another folder with -o, or add --force."
        )
    if target.is_dir() and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", str(target))


def _sweep(folder: Path, prefix: str) -> None:
    """Take away what runs on this machine for the same folder left when they were killed."""
    if os.name == "nt":  # no harmless way there to ask whether a process lives
        return
    for left in folder.glob(f"{glob.escape(prefix)}*{UNFINISHED}"):
        number = left.name.removeprefix(prefix).partition("-")[0]
        if number.isdigit() and not _is_alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _make_parents(folder: Path) -> list[Path]:
    """Create a folder with its parents; return those that were not there, innermost first."""
    created = []
    at = folder
    while not at.exists():
        created.append(at)
        at = at.parent
    folder.mkdir(parents=True, exist_ok=True)
    return created


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return


def _publish(staging: Path, target: Path, files: list[str]) -> None:
    mask = os.umask(0)
    os.umask(mask)
    staging.chmod(0o777 & ~mask)
    if not target.exists():
        os.rename(staging, target)
        return
    for name in _files_of_last_run(target):
        (target / name).unlink(missing_ok=True)
    for name in files:
        os.replace(staging / name, target / name)
    staging.rmdir()


def _files_of_last_run(target: Path) -> list[str]:
    try:
        names = json.loads((target / RECORD).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [RECORD, *(str(name) for name in names if Path(str(name)).name == str(name) and (target / name).is_file())]
