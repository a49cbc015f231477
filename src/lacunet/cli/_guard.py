"""From what went wrong to one plain message and an exit status."""

import errno
import signal
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from lacunet.cli._phrase import as_typed
from lacunet.errors import ConvergenceWarning, DataError, DataWarning, SpecError, TrainingError

WRONG_INPUT, OUR_FAULT, STOPPED = 2, 1, 130
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def guard(quiet: bool = False) -> Iterator[set[str]]:
    """Run a command: gather its warnings, and turn what is raised into a message and ``typer.Exit``.

    Parameters
    ----------
    quiet
        Whether to keep warnings to ourselves.

    Yields
    ------
    set of str
        To be filled with what the command itself says, which is then not said again as a warning.
    """
    notes: list[str] = []
    known: set[str] = set()
    status = 0
    with warnings.catch_warnings(), _terminate_gently():
        warnings.showwarning = lambda message, category, *_: _note(notes, str(message), category)
        try:
            yield known
        except KeyboardInterrupt:
            typer.echo("\nStopped. Nothing was written.", err=True)
            status = STOPPED
        except Exception as error:
            status = explain(error)
    for note in notes if status == 0 and not quiet else ():
        if note not in known:
            typer.echo(f"Note: {as_typed(note)}", err=True)
    if status:
        raise typer.Exit(status)


def explain(error: Exception) -> int:
    """Say what went wrong, on standard error; return the exit status."""
    if isinstance(error, typer.Exit) or getattr(error, "errno", None) == errno.EPIPE:
        raise error
    if isinstance(error, SpecError | DataError):
        typer.echo(f"Error: {as_typed(str(error))}", err=True)
        return WRONG_INPUT
    if isinstance(error, OSError):
        typer.echo(f"Error: {_describe_os_error(error)}", err=True)
        return WRONG_INPUT
    if isinstance(error, TrainingError):
        typer.echo(f"Error: {error}", err=True)
        return OUR_FAULT
    if isinstance(error, MemoryError):
        typer.echo("Error: the memory of this computer does not suffice for these data. Try fewer columns.", err=True)
        return OUR_FAULT
    traceback.print_exception(error)
    typer.echo(
        f"Error: lacunet failed ({type(error).__name__}), which is our fault, not yours. "
        "Please report it with the lines above.",
        err=True,
    )
    return OUR_FAULT


def _describe_os_error(error: OSError) -> str:
    where = f" '{error.filename}'" if error.filename else ""
    if isinstance(error, FileNotFoundError):
        return f"there is no file{where}. Check the name and the folder."
    if isinstance(error, IsADirectoryError):
        return f"{where.strip() or 'what was given'} is a folder. A file is needed."
    if isinstance(error, PermissionError):
        return f"no permission for{where or ' a file'}. Choose another folder with -o, or ask for the right to it."
    if error.errno in NO_SPACE:
        return "the disk is full. Nothing was written. Free some space, or choose another folder with -o."
    return f"{error.strerror or error}{where}."


def _note(notes: list[str], message: str, category: type[Warning]) -> None:
    if issubclass(category, DataWarning | ConvergenceWarning) and message not in notes:
        notes.append(message)


@contextmanager
def _terminate_gently() -> Iterator[None]:
    """Let a request to end (SIGTERM) clean up as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
