"""``lacunet impute survey.dta -m 20 --seed 1 -o out/``: completed data sets, a report and a codebook."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._describe import AsJson, Encoding, Kinds, LeaveOut, MissingCodes, NotApplicable
from lacunet.cli._folder import new_folder
from lacunet.cli._guard import guard
from lacunet.cli._options import read_codes, read_kinds, read_names
from lacunet.cli._phrase import as_typed
from lacunet.cli._progress import show_progress
from lacunet.cli._say import count, say, say_json
from lacunet.errors import SpecError

FORMATS = ("csv", "tsv", "parquet", "feather", "dta", "sav", "xlsx")
SAME_AS = {
    "zsav": "sav",
    "xls": "xlsx",
    "xlsm": "xlsx",
    "pq": "parquet",
    "arrow": "feather",
    "txt": "tsv",
    "tab": "tsv",
}

Output = Annotated[Path | None, typer.Option("-o", "--output", help="Folder to write to  [default: NAME-imputed].")]
Seed = Annotated[int | None, typer.Option("--seed", help="Number that makes the run repeatable; drawn if not given.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the files of an earlier run.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Write nothing but errors to the terminal.")]


def impute(
    source: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.")],
    m: Annotated[int, typer.Option("-m", help="How many completed data sets.")] = 10,
    seed: Seed = None,
    output: Output = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}  [default: as the input].")
    ] = None,
    kinds: Kinds = [],  # noqa: B006  (typer's way to say: none given)
    missing_codes: MissingCodes = [],  # noqa: B006
    not_applicable: NotApplicable = [],  # noqa: B006
    impute_not_applicable: Annotated[
        bool, typer.Option("--impute-not-applicable", help="Impute cells that do not apply as well.")
    ] = False,
    leave_out: LeaveOut = [],  # noqa: B006
    encoding: Encoding = None,
    force: Force = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Fill in what is missing, m times.

    Reads the file, decides the kind of every column, trains, and writes completed data sets, a report and a codebook.
    """
    with guard(quiet=quiet or as_json) as known:
        ending = choose_format(source, file_format)
        target = output or Path(f"{source.stem}-imputed")
        start = time.perf_counter()
        about: dict[str, Any] = {"data": source.name}
        check_source(source)
        with new_folder(target, force, about) as folder:
            from lacunet.imputation import impute as impute_data

            with show_progress(not (quiet or as_json)) as progress:
                imputations = impute_data(
                    source,
                    m=m,
                    seed=seed,
                    kinds=read_kinds(kinds),
                    missing_codes=read_codes(missing_codes, "--missing-codes"),
                    not_applicable=read_codes(not_applicable, "--not-applicable"),
                    impute_not_applicable=impute_not_applicable,
                    leave_out=read_names(leave_out),
                    progress=progress,
                    **({} if encoding is None else {"encoding": encoding}),
                )
            files = write_results(imputations, folder, ending, about)
        known.update(about["notes"])
        about["seconds"] = round(time.perf_counter() - start, 2)
        if as_json:
            say_json({**about, "folder": str(target), "completed": files})
        elif not quiet:
            say(*summary_lines(about, target, files))


def choose_format(source: Path, wanted: str | None) -> str:
    """Ending of the completed files: what was asked for, else that of the input."""
    if wanted is not None:
        ending = wanted.lower().lstrip(".")
        if ending not in FORMATS:
            raise SpecError(f"--format got '{wanted}'. It needs one of {', '.join(FORMATS)}.")
        return ending
    ending = source.suffix.lower().lstrip(".")
    ending = SAME_AS.get(ending, ending)
    return ending if ending in FORMATS else "csv"


def check_source(source: Path) -> None:
    """Refuse a source that is not there before any folder is made."""
    if source.is_dir():
        raise SpecError(f"'{source}' is a folder. A data file is needed: name one of the files in it.")
    if not source.exists():
        raise SpecError(f"There is no file '{source}'. Check the name and the folder.")


def write_results(
    imputations: Any, folder: Path, ending: str, about: dict[str, Any], models: Sequence[Any] = ()
) -> list[str]:
    """Write completed data sets, report (with pooled models) and codebook; add the facts of the run to ``about``."""
    from lacunet.table import write_frame

    schema, m = imputations.schema, len(imputations)
    rows = schema.describe()
    width = max(len(str(m)), 2)
    files = [f"imputed_{i:0{width}d}.{ending}" for i in range(1, m + 1)]
    for name, frame in zip(files, imputations, strict=True):
        write_frame(frame, folder / name, schema=schema)
    imputations.report(folder / "report.html", models=models, data_name=about["data"])
    used = [row for row in rows if row["role"] == "modelled"]
    about.update(
        n_rows=len(imputations.original),
        n_columns=len(rows),
        n_incomplete=sum(row["missing"] > 0 for row in used),
        n_imputed=sum(row["missing"] for row in used),
        n_not_applicable=sum(row["not_applicable"] for row in rows),
        m=m,
        seed=imputations.seed,
        notes=list(schema.notes),
    )
    codebook = {**about, "columns": rows, "schema": schema.as_dict()}
    text = json.dumps(codebook, indent=2, ensure_ascii=False, default=str)
    (folder / "codebook.json").write_text(text, encoding="utf-8")
    return files


def summary_lines(about: dict[str, Any], target: Path, files: list[str]) -> list[str]:
    """Say in a few lines what was done and where it lies."""
    n_cells = max(about["n_rows"] * about["n_columns"], 1)
    share = 100 * about["n_imputed"] / n_cells
    where = f"({share:.1f}% of all) in {count(about['n_incomplete'], 'column')}"
    done = f"Imputed {count(about['n_imputed'], 'cell')} {where}, {count(about['m'], 'time')}."
    if not about["n_imputed"]:
        done = "Nothing was missing, so every completed data set equals the original."
    kept = ""
    if about["n_not_applicable"]:
        kept = f" {count(about['n_not_applicable'], 'cell')} did not apply and stayed as they were."
    names = files[0] if len(files) == 1 else f"{files[0]} ... {files[-1]}"
    return [
        f"{about['data']}: {count(about['n_rows'], 'row')}, {count(about['n_columns'], 'column')}. {done}{kept}",
        *(f"- {as_typed(note)}" for note in about["notes"]),
        "",
        f"In {target}:",
        f"  {names}: {count(len(files), 'completed data set')}; analyse each, combine by Rubin's rules",
        "  report.html: what was missing and what was imputed, to read and to print",
        "  codebook.json: how each column was read, and why",
        f"Seed {about['seed']}; {about['seconds']:.1f} seconds.",
    ]
