"""Regression tables in HTML: one fragment that carries its own looks and nothing from elsewhere."""

import re
from html import escape

from lacunet.report.regression._content import RegressionTable
from lacunet.report.regression._layout import Block, Cell, Grid, Span, lay_out

HEAVY, LIGHT = "2px solid currentColor", "1px solid currentColor"
TABLE = "border-collapse:collapse;font:inherit;font-variant-numeric:tabular-nums;margin:0"
CAPTION = "caption-side:top;text-align:left;padding:.3em 0;font-weight:600"
LABEL = "text-align:left;font-weight:400;vertical-align:top;padding:.1em 1em .1em 0"
NUMBER = "text-align:right;white-space:nowrap;padding:.1em 0 .1em 1em"
HEADING = "text-align:center;font-weight:400;vertical-align:bottom;padding:.2em 1.2em .2em 1em"
# Stars and closing brackets stand in a box of their own, so that digits align.
BEHIND = "display:inline-block;width:1.7em;text-align:left"
NOTES = "font-size:.85em;max-width:46em;margin:.4em 0 0"


def to_html(table: RegressionTable) -> str:
    """Write the table as a fragment of HTML: ``<table>`` with a caption, headings with their scope, and the notes.

    For a notebook, a web page or an appendix; it loads nothing and takes font and colour from where it stands.

    Parameters
    ----------
    table
        What to show.

    Returns
    -------
    str
        One ``<div>``.
    """
    grid = lay_out(table)
    anchor = re.sub(r"[^A-Za-z0-9:._-]", "-", grid.anchor)
    caption = f'<caption style="{CAPTION}">{escape(grid.title)}</caption>' if grid.title else ""
    head = "".join(_head_row(grid, row) for row in grid.head)
    notes = " ".join(escape(note, quote=False) for note in grid.notes)
    lines = [
        f'<div class="lacunet-table"{f" id={chr(34)}{anchor}{chr(34)}" if anchor else ""} style="overflow-x:auto">',
        f'<table style="{TABLE};border-top:{HEAVY};border-bottom:{HEAVY}">{caption}',
        f'<thead style="border-top:{HEAVY};border-bottom:{LIGHT}">{head}</thead>',
        *_bodies(grid),
        "</table>",
        f'<p style="{NOTES}"><em>Notes:</em> {notes}</p>' if notes else "",
        "</div>",
    ]
    return "\n".join([line for line in lines if line] + [""])


def _head_row(grid: Grid, row: tuple[Span, ...]) -> str:
    stub = grid.stub if row is grid.head[-1] else ""
    first = f'<th scope="col" style="{LABEL}">{escape(stub)}</th>' if stub else f'<td style="{LABEL}"></td>'
    return f"<tr>{first}{''.join(_heading(span, len(row)) for span in row)}</tr>"


def _heading(span: Span, n_spans: int) -> str:
    if not span.text:
        return f'<td style="{HEADING}"></td>'
    inner = escape(span.text)
    if span.width == 1:
        return f'<th scope="col" style="{HEADING}">{inner}</th>'
    # The thin rule stands a little in from both sides, to show which columns belong together.
    rule = f";border-bottom:{LIGHT}" if n_spans > 1 else ""
    box = f'<span style="display:block{rule}">{inner}</span>'
    return f'<th scope="colgroup" colspan="{span.width}" style="{HEADING}">{box}</th>'


def _bodies(grid: Grid) -> list[str]:
    """One ``<tbody>`` for each sub-heading, whose scope ends where the next begins, and one for the statistics."""
    bodies: list[list[str]] = [[]]
    for block in grid.body:
        if block.is_heading and bodies[-1]:
            bodies.append([])
        bodies[-1].append(_rows(block, grid.n_columns))
    written = [f"<tbody>{''.join(rows)}</tbody>" for rows in bodies]
    if grid.foot:
        rows = "".join(_rows(block, grid.n_columns) for block in grid.foot)
        written.append(f'<tbody style="border-top:{LIGHT}">{rows}</tbody>')
    return written


def _rows(block: Block, n_columns: int) -> str:
    label = escape(block.label)
    if block.is_heading:
        style = f"{LABEL};padding-top:.5em;font-style:italic"
        return f'<tr><th scope="rowgroup" colspan="{n_columns + 1}" style="{style}">{label}</th></tr>'
    span = f' rowspan="{len(block.lines)}"' if len(block.lines) > 1 else ""
    style = f"{LABEL};padding-left:1em" if block.is_indented else LABEL
    head = f'<th scope="row"{span} style="{style}">{label}</th>'
    lines = ["".join(_cell(cell) for cell in line) for line in block.lines]
    return "".join(f"<tr>{head if i == 0 else ''}{line}</tr>" for i, line in enumerate(lines))


def _cell(cell: Cell) -> str:
    if not cell.text:
        return f'<td style="{NUMBER}"></td>'
    behind = f'<sup style="line-height:0">{cell.stars}</sup>' if cell.stars else cell.tail
    return f'<td style="{NUMBER}">{escape(cell.text)}<span style="{BEHIND}">{behind}</span></td>'
