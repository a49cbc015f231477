"""What is written to the terminal: plain lines, and columns that line up."""

import json
from collections.abc import Sequence
from typing import Any

import typer


def say(*lines: str) -> None:
    """Write lines to standard output."""
    for line in lines:
        typer.echo(line)


def say_json(facts: Any) -> None:
    """Write one JSON text to standard output."""
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=str))


def in_columns(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Line up rows under their heads; columns in ``right`` are flush right, and the last is never cut.

    Examples
    --------
    >>> in_columns(["name", "n"], [["age", "12"], ["income", "3"]], right=[1])
    ['name     n', 'age     12', 'income   3']
    """
    table = [list(heads), *[list(row) for row in rows]]
    widths = [max(len(row[j]) for row in table) for j in range(len(heads))]
    lines = []
    for row in table:
        cells = [cell.rjust(widths[j]) if j in right else cell.ljust(widths[j]) for j, cell in enumerate(row)]
        lines.append("  ".join(cells).rstrip())
    return lines


def count(n: int, noun: str) -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> count(1, "row"), count(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
