r"""Regression tables in LaTeX, with booktabs and nothing else."""

import re
import unicodedata

from lacunet.report.regression._content import RegressionTable
from lacunet.report.regression._layout import Block, Cell, Grid, Span, lay_out

LONG_LABEL = 40
SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': "{''}",
    "`": "{`}",
    "−": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "∞": r"$\infty$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\ldots{}",
    "€": r"\texteuro{}",
    "°": r"$^{\circ}$",
    "µ": r"$\mu$",
    "\u00a0": "~",
}


def to_latex(table: RegressionTable) -> str:
    r"""Write the table as a ``table`` environment.

    For a paper in LaTeX: the preamble needs ``\usepackage{booktabs}`` and nothing else. Accented Latin letters and
    small Greek ones work with any engine; letters of other scripts need LuaLaTeX or XeLaTeX and a font that has them.

    Parameters
    ----------
    table
        What to show.

    Returns
    -------
    str
        From ``\begin{table}`` to ``\end{table}``.
    """
    grid = lay_out(table)
    stub = r"p{0.4\linewidth}" if grid.longest_label > LONG_LABEL else "l"
    columns = "c" * grid.n_columns
    lines = [r"\begin{table}[!htbp]", r"\centering"]
    lines += [rf"\caption{{{escape(grid.title)}}}"] if grid.title else []
    lines += [rf"\label{{{re.sub(r'[^A-Za-z0-9:._-]', '-', grid.anchor)}}}"] if grid.anchor else []
    lines += [rf"\begin{{tabular}}{{{stub}{columns}}}", r"\toprule", *_head(grid), r"\midrule"]
    lines += [line for block in grid.body for line in _block(block, grid.n_columns)]
    lines += [r"\midrule"] if grid.foot else []
    lines += [line for block in grid.foot for line in _block(block, grid.n_columns)]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if grid.notes:
        notes = " ".join(escape(note) for note in grid.notes)
        lines += ["", r"\vspace{4pt}", rf"\begin{{minipage}}{{\linewidth}}\footnotesize \emph{{Notes:}} {notes}"]
        lines += [r"\end{minipage}"]
    return "\n".join([*lines, r"\end{table}", ""])


def escape(text: str) -> str:
    r"""Write text so that LaTeX prints it as it is.

    Examples
    --------
    >>> escape("income_2019 & 50% <β>")
    'income\\_2019 \\& 50\\% $<$$\\beta$$>$'
    """
    return "".join(_letter(character) for character in text)


def _letter(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    if character in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        return f"$^{{{unicodedata.digit(character)}}}$"
    greek = re.fullmatch(r"GREEK SMALL LETTER (\w+)", unicodedata.name(character, ""))
    if greek and greek.group(1) not in {"OMICRON", "LAMDA"}:
        return rf"$\{greek.group(1).lower()}$"
    return r"$\lambda$" if character == "λ" else character


def _head(grid: Grid) -> list[str]:
    lines = []
    for row in grid.head:
        stub = escape(grid.stub) if row is grid.head[-1] else ""
        lines.append(_row([stub, *(rf"\multicolumn{{{span.width}}}{{c}}{{{escape(span.text)}}}" for span in row)]))
        lines += _rules(row)
    return lines


def _rules(row: tuple[Span, ...]) -> list[str]:
    """A thin rule under each heading that stands over several columns, but not over all of them."""
    if len(row) == 1:
        return []
    rules, first = [], 2
    for span in row:
        last = first + span.width - 1
        if span.width > 1:
            rules.append(rf"\cmidrule(lr){{{first}-{last}}}")
        first = last + 1
    return [" ".join(rules)] if rules else []


def _block(block: Block, n_columns: int) -> list[str]:
    label = escape(block.label)
    if block.is_heading:
        return [r"\addlinespace", _row([rf"\multicolumn{{{n_columns + 1}}}{{l}}{{\emph{{{label}}}}}"])]
    label = (r"\hspace{1em}" if block.is_indented else "") + label
    if len(block.label) > LONG_LABEL:
        label = rf"\raggedright {label}"
    labels = [label] + [""] * (len(block.lines) - 1)
    return [_row([name, *map(_cell, line)]) for name, line in zip(labels, block.lines, strict=True)]


def _row(cells: list[str]) -> str:
    line = " & ".join(cells)
    # After the \\ of the row before, a bracket or a star would be read as its argument.
    return ("{}" if line.startswith(("[", "*")) else "") + line + r" \\"


def _cell(cell: Cell) -> str:
    stars = f"$^{{{cell.stars}}}$" if cell.stars else ""
    return f"{escape(cell.text)}{stars}{cell.tail}"
