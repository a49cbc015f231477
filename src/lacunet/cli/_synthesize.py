"""``lacunet synthesize survey.csv -n 1000 -o synthetic.csv``: rows that never were, like those of a file."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson, Encoding, Kinds, LeaveOut, MissingCodes, NotApplicable
from lacunet.cli._guard import guard
from lacunet.cli._impute import FORMATS, Force, Quiet, Seed, check_source, choose_format
from lacunet.cli._options import as_condition, read_codes, read_given, read_kinds, read_names
from lacunet.cli._phrase import as_typed
from lacunet.cli._progress import show_progress
from lacunet.cli._rows import SAVED
from lacunet.cli._say import count, say, say_json
from lacunet.errors import SpecError

METHODS = ("sequential", "gan")
_OPTION = {"constraints": "--constraint"}
"""Words of the library that are typed otherwise."""
FOLDER_FORMATS = {"csv": "to_csv", "parquet": "to_parquet", "dta": "to_stata"}
"""Ending of the files of a folder -> what writes it."""

Source = Annotated[Path | None, typer.Argument(help="CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.")]
Rows = Annotated[int | None, typer.Option("-n", "--rows", help="Rows to make  [default: as many as the real ones].")]
Sets = Annotated[int | None, typer.Option("-m", help="Make so many data sets, in a folder, with their rule.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="File, or folder with -m  [default: NAME-synthetic].")
]
HowMade = Annotated[str, typer.Option("--method", help=f"{' or '.join(METHODS)}.")]
GivenTo = Annotated[
    list[str],
    typer.Option("--given", metavar="COL=VALUES", help="What rows must be: age=18:30, sex=female, area=N,S; repeat."),
]
MustHold = Annotated[
    list[str], typer.Option("--constraint", metavar="TEXT", help="What holds for every row, 'start <= end'; repeat.")
]
Weights = Annotated[str | None, typer.Option("--weights", help="Column of survey weights.")]
Strata = Annotated[str | None, typer.Option("--strata", help="Column of the survey's strata.")]
Clusters = Annotated[str | None, typer.Option("--clusters", help="Column of the survey's sampling units.")]
Replaced = Annotated[
    list[str], typer.Option("--columns", metavar="COLS", help="Replace these alone; the others stay real.")
]
Save = Annotated[Path | None, typer.Option("--save", help=f"Keep what was learnt in a file NAME{SAVED}.")]
Saved = Annotated[Path | None, typer.Option("--from", help="What was kept with --save, in place of a data file.")]
FileFormat = Annotated[
    str | None, typer.Option("--format", help=f"With -m: {', '.join(FOLDER_FORMATS)}  [default: as the input].")
]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What was typed.

    Attributes
    ----------
    source, saved, n, m, output, file_format, save, seed, given, columns, force, is_silent
        As typed.
    method
        Name of the method.
    learning
        Options of a fit alone, as the library takes them; None, or empty, where not given.
    """

    source: Path | None
    saved: Path | None
    n: int | None
    m: int | None
    output: Path | None
    file_format: str | None
    save: Path | None
    seed: int | None
    method: str
    given: Mapping[str, str]
    columns: tuple[str, ...]
    learning: Mapping[str, Any]
    force: bool
    is_silent: bool

    @property
    def target(self) -> Path:
        """Where the rows go."""
        stem = (self.source or self.saved or Path("rows")).stem
        return self.output or Path(f"{stem}-synthetic" + ("" if self.m is not None else f".{self.ending}"))

    @property
    def ending(self) -> str:
        """Ending of the files."""
        if self.m is None:
            return choose_format(self.output or self.source or Path("rows.csv"), None)
        found = choose_format(self.source or Path("rows.csv"), self.file_format)
        return found if found in FOLDER_FORMATS or self.file_format else "csv"


def synthesize(
    source: Source = None,
    n: Rows = None,
    m: Sets = None,
    output: Output = None,
    method: HowMade = METHODS[0],
    given: GivenTo = [],  # noqa: B006  (typer's way to say: none given)
    constraint: MustHold = [],  # noqa: B006
    weights: Weights = None,
    strata: Strata = None,
    clusters: Clusters = None,
    columns: Replaced = [],  # noqa: B006
    seed: Seed = None,
    save: Save = None,
    saved: Saved = None,
    file_format: FileFormat = None,
    kinds: Kinds = [],  # noqa: B006
    missing_codes: MissingCodes = [],  # noqa: B006
    not_applicable: NotApplicable = [],  # noqa: B006
    leave_out: LeaveOut = [],  # noqa: B006
    encoding: Encoding = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make rows that never were, like those of a file.

    Learns from the file and writes new rows with its columns and codes; with -m, several data sets whose answers are
    combined. What was kept with --save makes further rows: lacunet synthesize --from NAME.lacunet -n 500
    """
    with guard(quiet=quiet or as_json) as known:
        design = {"constraints": constraint, "weights": weights, "strata": strata, "clusters": clusters}
        job = Job(
            source=source,
            saved=saved,
            n=n,
            m=m,
            output=output,
            file_format=file_format,
            save=save,
            seed=seed,
            method=method,
            given=read_given(given),
            columns=read_names(columns),
            learning=design | _reading(kinds, missing_codes, not_applicable, leave_out, encoding),
            force=force,
            is_silent=quiet or as_json,
        )
        _check(job)
        about = _make(job)
        known.update(about["notes"])
        if as_json:
            say_json(about)
        elif not quiet:
            say(*_lines(job, about))


def _reading(
    kinds: Sequence[str],
    missing_codes: Sequence[str],
    not_applicable: Sequence[str],
    leave_out: Sequence[str],
    encoding: str | None,
) -> dict[str, Any]:
    """How data are read, as the library takes it."""
    return {
        "kinds": read_kinds(kinds),
        "missing_codes": read_codes(missing_codes, "--missing-codes"),
        "not_applicable": read_codes(not_applicable, "--not-applicable"),
        "leave_out": read_names(leave_out),
        "encoding": encoding,
    }


def _check(job: Job) -> None:
    """Refuse what does not go together, before the work rather than after it."""
    if (job.source is None) == (job.saved is None):
        raise SpecError(
            f"Rows are made from a data file, or from what was kept of one. Name one of the two: DATA, or "
            f"--from NAME{SAVED}."
        )
    if job.source is not None and job.source.suffix == SAVED:
        raise SpecError(
            f"'{job.source}' is what was kept with --save, and a data file is needed there. Put --from before its "
            f"name: lacunet synthesize --from {job.source}."
        )
    _check_saved(job)
    if job.method not in METHODS:
        raise SpecError(f"--method got '{job.method}'. It needs one of {', '.join(METHODS)}.")
    if job.save is not None and job.save.suffix != SAVED:
        raise SpecError(f"--save got '{job.save}'. It needs a name that ends in {SAVED}: try {job.save.stem}{SAVED}.")
    if job.given and (job.m is not None or job.columns):
        other = "-m" if job.m is not None else "--columns"
        raise SpecError(
            f"--given and {other} were both given. Conditions are met by one whole data set: leave one out."
        )
    if job.m is None and job.file_format is not None:
        raise SpecError("--format was given without -m. The name of the file says its format: end it so with -o.")
    endings = FORMATS if job.m is None else tuple(FOLDER_FORMATS)
    found = job.target.suffix.lower().lstrip(".") if job.m is None else job.ending
    if found not in endings:
        option = f"-o got '{job.output}'" if job.m is None else f"--format got '{job.file_format}'"
        raise SpecError(f"{option}. It needs one of .{', .'.join(endings)}.")
    check_source(job.source or job.saved or Path())


def _check_saved(job: Job) -> None:
    """What was kept has learnt already."""
    if job.saved is None:
        return
    given = [_OPTION.get(name, f"--{name.replace('_', '-')}") for name, value in job.learning.items() if value]
    given += ["--columns"] if job.columns else []
    if given:
        raise SpecError(
            f"'{job.saved}' has learnt already and holds no real row, and {', '.join(given)} was given. That needs "
            "data: leave it out, or name a data file in place of --from."
        )


def _make(job: Job) -> dict[str, Any]:
    """Learn or load, write the rows, keep what was learnt where asked; say what was done."""
    from lacunet.table import replacing

    start = time.perf_counter()
    with ExitStack() as stack, show_progress(not job.is_silent) as progress:
        # Names are taken before the work: nobody waits for an error.
        paths = [job.target if job.m is None else None, job.save]
        file, kept = (None if path is None else stack.enter_context(replacing(path, force=job.force)) for path in paths)
        fitted = _fit(job, progress) if job.saved is None else _load(job.saved)
        about = _write_one(job, fitted, file) if file is not None else _write_sets(job, fitted)
        if kept is not None:
            fitted.save(kept, force=True)
    return {
        "data": (job.source or job.saved or Path()).name,
        "method": type(fitted.spec).__name__,
        "real_rows": fitted.n_real,
        **about,
        "output": str(job.target),
        "saved": None if job.save is None else str(job.save),
        "seed": fitted.seed if job.seed is None else job.seed,
        "notes": list(fitted.notes),
        "seconds": round(time.perf_counter() - start, 2),
    }


def _fit(job: Job, progress: Any) -> Any:
    from lacunet import synthesis

    spec = synthesis.Sequential() if job.method == METHODS[0] else synthesis.Gan()
    return spec.fit(job.source, seed=job.seed, progress=progress, **job.learning)


def _load(path: Path) -> Any:
    from lacunet._load import load
    from lacunet.synthesis import FittedSynthesizer

    fitted = load(path)
    if not isinstance(fitted, FittedSynthesizer):
        raise SpecError(
            f"'{path}' holds a {type(fitted).__name__}. This command needs a file that 'lacunet "
            "synthesize --save' wrote."
        )
    return fitted


def _write_one(job: Job, fitted: Any, path: Path) -> dict[str, Any]:
    from lacunet.table import write_frame

    n = fitted.n_real if job.n is None else job.n
    if job.columns:
        frame = fitted.synthesize(1, n=job.n, columns=list(job.columns), seed=job.seed)[0]
    else:
        columns = {column.name: column for column in fitted.schema.columns}
        given = {name: as_condition(text, columns.get(name)) for name, text in job.given.items()}
        frame = fitted.sample(n, given=given or None, seed=job.seed)
    write_frame(frame, path, schema=fitted.schema, force=True)
    return {"rows": n, "m": 1, "given": dict(job.given), "replaced": list(job.columns)}


def _write_sets(job: Job, fitted: Any) -> dict[str, Any]:
    syns = fitted.synthesize(job.m, n=job.n, columns=list(job.columns) or None, seed=job.seed)
    getattr(syns, FOLDER_FORMATS[job.ending])(job.target, force=job.force)
    return {"rows": syns.n_rows, "m": len(syns), "replaced": list(job.columns), "rule": syns.rule, "why": syns.why}


def _lines(job: Job, about: dict[str, Any]) -> list[str]:
    made = f"{count(about['rows'], 'row')}"
    if job.m is not None:
        made = f"{count(about['m'], 'data set')} of {made}"
    like = f"{about['data']}: {count(about['real_rows'], 'real row')}. Made {made} with {about['method']}"
    asked = "".join(f", {name}={text}" for name, text in job.given.items())
    rule = [f"Combine answers from all sets by the rule '{about['rule']}'. {about['why']}"] if job.m is not None else []
    again = [f"To make more: lacunet synthesize --from {job.save} -n 1000"] if job.save is not None else []
    return [
        f"{like}{asked}.",
        *(f"- {as_typed(note)}" for note in about["notes"]),
        "",
        f"In {about['output']}.",
        *rule,
        "Before they leave the house, judge them: lacunet judge REAL SYNTHETIC --held-out OTHERS -o page.html",
        *again,
        f"Seed {about['seed']}; {about['seconds']:.1f} seconds.",
    ]
