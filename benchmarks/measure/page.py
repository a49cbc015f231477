"""The table of docs/design/measures.md, from results/measure_*.csv: ``python -m benchmarks.measure --page``."""

from collections.abc import Sequence
from itertools import groupby

from benchmarks.records import ROOT, read_rows

PAGE = ROOT / "docs" / "design" / "measures.md"
START, END = "<!-- table: start -->", "<!-- table: end -->"
HEAD = ("| measure | design | samples | coverage of 95 % intervals | size at 5 % |", "| --- | --- | --- | --- | --- |")
MARKS = {"no": "**"}


def make_table(parts: Sequence[str]) -> str:
    """One line a design: shares in percent with Monte Carlo errors, bold where the bar is missed by more than two."""
    lines = list(HEAD)
    for part in parts:
        for design, rows in groupby(read_rows(f"measure_{part}"), key=lambda row: (row["design"], row["seed"])):
            some = list(rows)
            cells = ["; ".join(_write(row) for row in some if row["kind"] == kind) for kind in ("coverage", "size")]
            lines.append(f"| {part} | {design[0]} | {some[0]['samples']} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines)


def write_page(parts: Sequence[str]) -> None:
    """Put the table into the page, in the place of the old one."""
    before, rest = PAGE.read_text("utf-8").split(START)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{START}\n{make_table(parts)}\n{END}{after}", "utf-8")


def _write(row: dict[str, str]) -> str:
    share, error = 100 * float(row["share"]), 100 * float(row["mc_error"])
    mark = MARKS.get(row["met"], "")
    return f"{row['what']} {mark}{share:.1f}{mark} ({error:.1f})"
