"""Rows of a file with columns added to them: what ``predict`` and ``encode`` have in common."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._guard import guard
from lacunet.cli._impute import FORMATS, check_source, choose_format
from lacunet.cli._options import read_codes, read_kinds, read_names
from lacunet.cli._progress import show_progress
from lacunet.cli._say import say, say_json
from lacunet.errors import SpecError

SAVED = ".lacunet"
"""How the names of saved models end; by it the command line tells them from data."""

New = Annotated[Path | None, typer.Option("--new", help="File with the rows to work on  [default: those learnt from].")]
Save = Annotated[Path | None, typer.Option("--save", help=f"Keep what was learnt in a file NAME{SAVED}.")]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What was typed that both commands know.

    Attributes
    ----------
    source, new, output, save, encoding, force, as_json, quiet
        As typed.
    learning
        Options of a fit alone, as typed: option to value; None, or empty, where not given.
    """

    source: Path
    new: Path | None
    output: Path | None
    save: Path | None
    encoding: str | None
    force: bool
    as_json: bool
    quiet: bool
    learning: Mapping[str, Any]

    @property
    def rows(self) -> Path:
        """File with the rows to work on."""
        return self.new or self.source

    def reading(self) -> dict[str, Any]:
        """How data are read, as the library takes it."""
        return {
            "kinds": read_kinds(self.learning["--kinds"]),
            "missing_codes": read_codes(self.learning["--missing-codes"], "--missing-codes"),
            "not_applicable": read_codes(self.learning["--not-applicable"], "--not-applicable"),
            "leave_out": read_names(self.learning["--leave-out"]),
            "encoding": self.encoding,
        }


@dataclass(frozen=True, kw_only=True)
class Method:
    """What a command does with rows.

    Attributes
    ----------
    command, kind, ending
        The command, the class it saves and loads, and the word added to the name of the rows.
    learn
        Fits, given a function to report progress to.
    columns
        What it adds to a frame: name to values.
    facts, lines
        What there is to say, for machines and for people.
    """

    command: str
    kind: str
    ending: str
    learn: Callable[[Any], Any]
    columns: Callable[[Any, Any], dict[str, Any]]
    facts: Callable[[Any], dict[str, Any]]
    lines: Callable[[Any, dict[str, Any]], list[str]]


def add_to_rows(job: Job, method: Method) -> None:
    """Learn or load, write the rows with columns added, keep what was learnt where asked, and say so."""
    is_silent = job.quiet or job.as_json
    with guard(quiet=is_silent) as known:
        start = time.perf_counter()
        is_saved = _is_saved(job)
        target = job.output or Path(f"{job.rows.stem}-{method.ending}.{choose_format(job.rows, None)}")
        _check_ending(target)
        for path in (job.source, job.rows):
            check_source(path)
        with _new_files(target, job.save, force=job.force) as temporary, show_progress(not is_silent) as progress:
            fitted = _load(job.source, method) if is_saved else method.learn(progress)
            n_rows = _write(job, method, fitted, temporary[0])
            if job.save is not None:
                fitted.save(temporary[1], force=True)
        about = {"data": job.source.name, "rows": job.rows.name, "n_rows": n_rows, **method.facts(fitted)}
        about |= {"output": str(target), "saved": None if job.save is None else str(job.save)}
        about["seconds"] = round(time.perf_counter() - start, 2)
        known.update(about.get("notes", ()))
        if job.as_json:
            say_json(about)
        elif not job.quiet:
            again = [f"To use it again: lacunet {method.command} {job.save} --new rows.csv"] if job.save else []
            last = f"Seed {about['seed']}; {about['seconds']:.1f} seconds."
            say(*method.lines(fitted, about), *again, last)


def _is_saved(job: Job) -> bool:
    """Whether the source is a saved model; what does not go with it is refused."""
    if job.save is not None and job.save.suffix != SAVED:
        raise SpecError(f"--save got '{job.save}'. It needs a name that ends in {SAVED}: try {job.save.stem}{SAVED}.")
    if job.source.suffix != SAVED:
        return False
    if job.new is None:
        raise SpecError(f"'{job.source}' is a saved model, which holds no rows. Name a file with rows: --new data.csv.")
    given = [name for name, value in {**job.learning, "--save": job.save}.items() if value not in (None, [])]
    if given:
        raise SpecError(
            f"'{job.source}' is a saved model, which has learnt already, and {', '.join(given)} was given. That needs "
            "data to learn from: leave it out, or name a data file in place of the model."
        )
    return True


def _check_ending(target: Path) -> None:
    """Refuse a format before the work rather than after it."""
    if target.suffix.lower().lstrip(".") not in FORMATS:
        raise SpecError(f"-o got '{target}'. It needs a name that ends in one of .{', .'.join(FORMATS)}.")


def _load(source: Path, method: Method) -> Any:
    from lacunet._load import load

    fitted = load(source)
    if type(fitted).__name__ != method.kind:
        raise SpecError(
            f"'{source}' holds a {type(fitted).__name__}. This command needs a {method.kind}: name a file that "
            f"'lacunet {method.command} --save' wrote."
        )
    return fitted


@contextmanager
def _new_files(*paths: Path | None, force: bool) -> Iterator[list[Path]]:
    """Temporary names for files, which take their places when all went well; None stays out."""
    from lacunet.table import replacing

    with ExitStack() as stack:
        yield [stack.enter_context(replacing(path, force=force)) for path in paths if path is not None]


def _write(job: Job, method: Method, fitted: Any, path: Path) -> int:
    """Write the rows with the columns added; say how many."""
    from lacunet.table import write_frame
    from lacunet.table._file import read_file

    frame = read_file(job.rows, job.encoding)[0]
    columns = method.columns(fitted, frame)
    taken = [name for name in columns if name in frame.columns]
    if taken:
        raise SpecError(
            f"'{job.rows}' has a column '{taken[0]}' already, the name of one to be added. Names need to differ: "
            "rename it."
        )
    write_frame(frame.assign(**columns), path, schema=fitted.schema, force=True)
    return len(frame)
