"""What all questions of ``lacunet measure`` have in common: names taken first, one answer."""

import json
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lacunet.cli._guard import guard
from lacunet.cli._phrase import as_typed
from lacunet.cli._progress import Progress, show_progress
from lacunet.cli._say import count, say, say_json
from lacunet.cli.measures._table import lay_out
from lacunet.errors import LacunetError, SpecError

TABLES = (".csv", ".tsv", ".parquet", ".feather", ".dta", ".sav", ".xlsx", ".json")
FIGURES = (".png", ".svg", ".pdf")
SAVED = (".lacunet",)
DPI = 200
_OPTION = re.compile(
    r"\b(by|breaks|cluster|weights|documents|how|form|reference|transform|target|alternative|seed|least|among|design)"
    r"=('[^']*'|\[\.\.\.\])?"
)
_MANY = re.compile(r"\bn=(?=-?\d)")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What was typed that every question knows.

    Attributes
    ----------
    inputs
        Files that are read, by name.
    output, plot, save, force, as_json, quiet
        As typed.
    endings
        How the name of the output may end.
    """

    inputs: tuple[str, ...]
    output: Path | None = None
    plot: Path | None = None
    save: Path | None = None
    force: bool = False
    as_json: bool = False
    quiet: bool = False
    endings: tuple[str, ...] = TABLES

    @property
    def is_silent(self) -> bool:
        """Whether nothing but the answer of ``--json`` is said."""
        return self.quiet or self.as_json


@dataclass(kw_only=True)
class Answer:
    """What a question found; filled by the command.

    Attributes
    ----------
    rows
        Frame of all rows, for files and ``--json``.
    shown
        Frame for the terminal; None for ``rows``.
    result
        What has ``.summary()`` and ``.notes``; None for a bare table.
    facts
        What ``--json`` says besides.
    keep
        Columns of ``shown`` that stay where a line is too short for all.
    text
        Writes something else than a table to a file, by its ending.
    lines
        Lines for the terminal in place of a table.
    figure
        Makes the figure.
    saved
        What has ``.save()``.
    hints
        Last lines: what to do next.
    progress
        To be handed on; None where nobody is looking.
    """

    rows: Any = None
    shown: Any = None
    result: Any = None
    facts: dict[str, Any] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    text: dict[str, Callable[[], str]] = field(default_factory=dict)
    lines: list[str] | None = None
    figure: Callable[[], Any] | None = None
    saved: Any = None
    hints: list[str] = field(default_factory=list)
    progress: Progress | None = None

    def sentences(self) -> list[str]:
        """The summary line by line, and the notes that it does not hold."""
        if self.result is None:
            return []
        summary = self.result.summary()
        lines = list(getattr(summary, "lines", None) or str(summary).split("\n"))
        said = "\n".join(lines)
        return [*lines, *(f"- {note}" for note in self.result.notes if note not in said)]


@contextmanager
def answering(job: Job) -> Iterator[Answer]:
    """Take the names of the files, let the command answer, write, and say it.

    Yields
    ------
    Answer
        To be filled.
    """
    with guard(quiet=job.is_silent) as known:
        answer = Answer()
        with ExitStack() as stack:
            # Names are taken before the work: nobody waits for an error.
            names = {name: _take(job, name, stack) for name in ("output", "plot", "save")}
            answer.progress = stack.enter_context(show_progress(not job.is_silent))
            heard = _listen()
            try:
                yield answer
            except LacunetError as error:
                raise type(error)(_in_words(str(error))) from error
            _write(answer, names)
        said = [_merge(line, heard, known) for line in answer.sentences()]
        if job.as_json:
            say_json(_facts(job, answer, heard))
        elif not job.quiet:
            say(*_lines(job, answer, said))


def _take(job: Job, option: str, stack: ExitStack) -> Path | None:
    """Temporary name of a file that is to be written; None where it is not asked for."""
    path: Path | None = getattr(job, option)
    if path is None:
        return None
    typed = "-o" if option == "output" else f"--{option}"
    endings = {"output": job.endings, "plot": FIGURES, "save": SAVED}[option]
    if path.suffix.lower() not in endings:
        raise SpecError(f"{typed} got '{path}'. It needs a name that ends in one of {', '.join(endings)}.")
    if any(path.absolute() == Path(name).absolute() for name in job.inputs):
        raise SpecError(
            f"{typed} got '{path}', which is read here. What is written needs a file of its own: rename it."
        )
    from lacunet.table import replacing

    return stack.enter_context(replacing(path, force=job.force))


def _listen() -> list[str]:
    """Hear the warnings that the guard gathers as well, within its ``catch_warnings``."""
    heard: list[str] = []
    tell = warnings.showwarning

    def hear(message: Any, category: Any, *rest: Any, **named: Any) -> None:
        words = _in_words(str(message))
        heard.append(words)
        tell(category(words), category, *rest, **named)

    warnings.showwarning = hear  # type: ignore[assignment]
    return heard


def _in_words(sentence: str) -> str:
    """Options of Python as they are typed: ``--cluster speaker`` for ``cluster='speaker'``."""
    sentence = sentence.replace("or read .table()", "or write all with -o FILE")
    return _OPTION.sub(_typed_option, _MANY.sub("-n ", sentence))


def _typed_option(found: re.Match[str]) -> str:
    value = (found[2] or "").strip("'[].")
    return f"--{found[1]} {value}".rstrip()


def _write(answer: Answer, names: dict[str, Path | None]) -> None:
    output, plot, save = names["output"], names["plot"], names["save"]
    if output is not None:
        _write_rows(answer, output)
    if plot is not None:
        if answer.figure is None:
            raise SpecError("--plot was given, and there is nothing to draw here. Leave it out.")
        try:
            figure = answer.figure()
        except SpecError as error:
            raise SpecError(_in_words(" ".join([str(error), *answer.hints]))) from error
        figure.savefig(plot, dpi=DPI)
    if save is not None:
        answer.saved.save(save, force=True)


def _write_rows(answer: Answer, path: Path) -> None:
    from lacunet.table import write_frame

    ending = path.suffix.lower()
    if ending in answer.text:
        path.write_text(answer.text[ending](), encoding="utf-8")
    elif ending == ".json":
        path.write_text(json.dumps(records(answer.rows), indent=2, ensure_ascii=False), encoding="utf-8")
    else:
        write_frame(answer.rows, path, force=True)


def records(frame: Any) -> Any:
    """Rows as JSON has them."""
    return json.loads(frame.to_json(orient="records", double_precision=15, date_format="iso"))


def _merge(line: str, heard: list[str], known: set[str]) -> str:
    """Say once what a warning and the summary both say, in the longer words."""
    line = _in_words(line)
    for words in heard:
        if words in line:
            known.add(words)
        elif words.startswith(line.removeprefix("- ").split(";")[0].rstrip(".")):
            known.add(words)
            return words
    return line


def _facts(job: Job, answer: Answer, heard: list[str]) -> dict[str, Any]:
    seed = getattr(answer.result, "seed", None)
    return {
        "data": [Path(name).name for name in job.inputs],
        **answer.facts,
        **({} if seed is None else {"seed": seed}),
        "notes": list(dict.fromkeys([*getattr(answer.result, "notes", ()), *heard])),
        "rows": records(answer.rows),
    }


def _lines(job: Job, answer: Answer, said: list[str]) -> list[str]:
    table = answer.rows if answer.shown is None else answer.shown
    body = answer.lines
    if body is None:
        body = lay_out(table, is_kept=job.output is not None, keep=answer.keep)
    files = [
        *([f"{count(len(answer.rows), 'row')} in {job.output}."] if job.output else []),
        *([f"The figure is in {job.plot}."] if job.plot else []),
        *([f"Kept in {job.save}."] if job.save else []),
    ]
    ends = [*files, *answer.hints]
    return [*body, *([""] if body and said else []), *map(as_typed, said), *(["", *ends] if ends else [])]
