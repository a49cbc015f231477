"""Regression tables in Markdown: a pipe table that is legible as it stands."""

import re

from lacunet.report.regression._content import RegressionTable
from lacunet.report.regression._layout import Block, Grid, lay_out


def to_markdown(table: RegressionTable) -> str:
    """Write the table as a pipe table, for GitHub, Quarto, Jupyter or MkDocs.

    Pipe tables have one row of headings and no spans: outcome, model and number of a column stand in one heading.

    Parameters
    ----------
    table
        What to show.

    Returns
    -------
    str
        Caption, table and notes.
    """
    grid = lay_out(table)
    rows = [_head(grid)]
    rows += [row for block in (*grid.body, *grid.foot) for row in _block(block, grid.n_columns)]
    widths = [max(3, *(len(row[j]) for row in rows)) for j in range(grid.n_columns + 1)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [f"**{escape(grid.title)}**", ""] if grid.title else []
    lines += [_line(row, widths) for row in (rows[0], rule, *rows[1:])]
    lines += ["", "*Notes:* " + " ".join(escape(note) for note in grid.notes)] if grid.notes else []
    return "\n".join([*lines, ""])


def escape(text: str) -> str:
    r"""Write text so that Markdown prints it as it is.

    Examples
    --------
    >>> escape("a_b | 5 < 6")
    'a\\_b \\| 5 &lt; 6'
    """
    text = re.sub(r"([\\`*_|~$])", r"\\\1", text.replace("&", "&amp;"))
    # A backslash before a bracket would open a formula in some readers.
    return text.replace("<", "&lt;").replace("](", "]&#40;")


def _head(grid: Grid) -> list[str]:
    """One row of headings: from the number of a column up to its outcome."""
    rows = [[span.text for span in row for _ in range(span.width)] for row in reversed(grid.head)]
    joined = (" · ".join(filter(None, words)) for words in zip(*rows, strict=True))
    return [escape(text) for text in (grid.stub, *joined)]


def _block(block: Block, n_columns: int) -> list[list[str]]:
    if block.is_heading:
        return [[f"*{escape(block.label)}*"] + [""] * n_columns]
    labels = [escape(block.label)] + [""] * (len(block.lines) - 1)
    return [[label, *(escape(cell.plain) for cell in line)] for label, line in zip(labels, block.lines, strict=True)]


def _line(row: list[str], widths: list[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return f"| {' | '.join(cells)} |"
