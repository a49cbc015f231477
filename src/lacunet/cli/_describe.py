"""``lacunet describe data.sav``: how each column is read, why, and what is missing."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lacunet.cli._guard import guard
from lacunet.cli._options import read_codes, read_kinds, read_names
from lacunet.cli._phrase import as_typed
from lacunet.cli._say import count, in_columns, say, say_json

HEADS = ("column", "read as", "missing", "not applicable", "why")

Kinds = Annotated[
    list[str], typer.Option("--kinds", metavar="COL=KIND", help="Overrule the kind of a column; repeat or use commas.")
]
MissingCodes = Annotated[
    list[str], typer.Option("--missing-codes", metavar="[COL=]CODES", help="Codes that mean: no answer, to be imputed.")
]
NotApplicable = Annotated[
    list[str],
    typer.Option("--not-applicable", metavar="[COL=]CODES", help="Codes that mean: not applicable, kept."),
]
LeaveOut = Annotated[list[str], typer.Option("--leave-out", metavar="COLS", help="Columns to neither use nor impute.")]
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Encoding of a text file, such as latin-1  [default: UTF-8].")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON text for machines.")]


def describe(
    source: Annotated[Path, typer.Argument(help="CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file.")],
    kinds: Kinds = [],  # noqa: B006  (typer's way to say: none given)
    missing_codes: MissingCodes = [],  # noqa: B006
    not_applicable: NotApplicable = [],  # noqa: B006
    leave_out: LeaveOut = [],  # noqa: B006
    encoding: Encoding = None,
    as_json: AsJson = False,
) -> None:
    """Show how each column is read, why, and what is missing."""
    with guard(quiet=as_json) as known:
        from lacunet.table import read_table

        table = read_table(
            source,
            kinds=read_kinds(kinds),
            missing_codes=read_codes(missing_codes, "--missing-codes"),
            not_applicable=read_codes(not_applicable, "--not-applicable"),
            leave_out=read_names(leave_out),
            encoding=encoding,
        )
        rows, notes = table.schema.describe(), list(table.schema.notes)
        known.update(notes)
        if as_json:
            say_json({"data": source.name, "n_rows": table.n_rows, "columns": rows, "notes": notes})
            return
        say(f"{source.name}: {count(table.n_rows, 'row')}, {count(len(rows), 'column')}", "")
        say(*in_columns(HEADS, [_line(row) for row in rows], right=(2, 3)))
        say(*([""] if notes else []), *(f"- {as_typed(note)}" for note in notes))


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    kind = row["kind"] if row["role"] == "modelled" else row["role"]
    counts = row["missing_by_reason"]
    reasons = ", ".join(f"{reason} {n:,}" for reason, n in counts.items())
    missing = f"{row['missing']:,}" + (f" ({reasons})" if len(counts) > 1 else "")
    kept = f"{row['not_applicable']:,}" if row["not_applicable"] else ""
    return row["column"], kind, missing if row["missing"] else "", kept, row["reason"]
