"""Regression tables in Word: a real table with three rules, to be edited like any other."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

from lacunet._typing import PathLike
from lacunet.report.regression._content import RegressionTable
from lacunet.report.regression._layout import Block, Cell, Grid, lay_out
from lacunet.table import replacing

FONT, SIZE, SMALL = "Times New Roman", 10, 9
HEAVY, LIGHT = 12, 4  # eighths of a point
LETTER_WIDTH, PORTRAIT_LETTERS = 0.068, 95  # inches; letters of 10 points between the margins of an upright page
SHORTEST_LABEL, LONGEST_LABEL = 20, 36  # letters before a label is broken into lines
DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)


def to_word(table: RegressionTable, path: PathLike, force: bool = False) -> Path:
    """Write the table to a Word document: caption, table, notes.

    The page is turned when the table is wider than an upright one. The same table gives the same bytes.

    Parameters
    ----------
    table
        What to show.
    path
        Where to write, ending in ``.docx``; its folder must exist.
    force
        Whether to replace a file that is there.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    SpecError
        If the file exists and ``force`` is not given, if it is a folder, or if its folder does not exist.
    DataError
        If the disk is full or writing is not permitted.
    """
    target = Path(path)
    grid = lay_out(table)
    with replacing(target, force=force) as temporary:
        temporary.write_bytes(_timeless(_document(grid)))
    return target


def _document(grid: Grid) -> Any:
    from docx import Document  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import Inches, Pt  # noqa: PLC0415

    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZE)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = 1.0
    document.core_properties.author, document.core_properties.title = "", grid.title
    document.core_properties.comments = ""
    section = document.sections[0]
    section.left_margin = section.right_margin = Inches(1)
    if sum(_letters(grid)) > PORTRAIT_LETTERS:
        _turn(section)
    if grid.title:
        caption = document.add_paragraph()
        title = caption.add_run(grid.title)
        title.bold, title.font.size = True, Pt(SIZE)
        caption.paragraph_format.space_after, caption.paragraph_format.keep_with_next = Pt(4), True
    _fill(document, grid)
    if grid.notes:
        notes = document.add_paragraph()
        notes.paragraph_format.space_before = Pt(4)
        for text, is_italic in (("Notes: ", True), (" ".join(grid.notes), False)):
            run = notes.add_run(text)
            run.italic, run.font.size = is_italic, Pt(SMALL)
    return document


def _turn(section: Any) -> None:
    from docx.enum.section import WD_ORIENT  # noqa: PLC0415

    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width


def _letters(grid: Grid) -> list[int]:
    """Letters that each column needs, gaps counted; long labels are broken into lines."""
    widths = []
    for j in range(grid.n_columns):
        cells = [line[j].plain for block in (*grid.body, *grid.foot) for line in block.lines]
        heads = [span.text for row in grid.head if len(row) == grid.n_columns for span in [row[j]]]
        longest_word = max((len(word) for head in heads for word in head.split()), default=0)
        widths.append(max(longest_word, *map(len, cells), 6) + 3)
    label = min(max(grid.longest_label + 2, 12), LONGEST_LABEL)
    room = PORTRAIT_LETTERS - sum(widths)
    return [min(label, room) if room >= SHORTEST_LABEL else label, *widths]


def _fill(document: Any, grid: Grid) -> None:
    from docx.enum.table import WD_TABLE_ALIGNMENT  # noqa: PLC0415
    from docx.shared import Inches  # noqa: PLC0415

    blocks = (*grid.body, *grid.foot)
    n_rows = len(grid.head) + sum(max(1, len(block.lines)) for block in blocks)
    word = document.add_table(rows=n_rows, cols=grid.n_columns + 1)
    word.alignment, word.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    rows = [list(row.cells) for row in word.rows]
    for j, letters in enumerate(_letters(grid)):
        word.columns[j].width = Inches(letters * LETTER_WIDTH)
        for row in rows:
            row[j].width = Inches(letters * LETTER_WIDTH)
    _write_head(grid, rows)
    place = len(grid.head)
    _rule(rows[0], "top", HEAVY)
    _rule(rows[place - 1], "bottom", LIGHT)
    for block in blocks:
        if grid.foot and block is grid.foot[0]:
            _rule(rows[place], "top", LIGHT)
        place += _write_block(block, rows[place:])
    _rule(rows[-1], "bottom", HEAVY)
    for i, row in enumerate(word.rows):
        _keep(row, is_head=i < len(grid.head))
        if i < n_rows - 1 or grid.notes:
            for cell in row.cells:
                cell.paragraphs[0].paragraph_format.keep_with_next = True


def _write_head(grid: Grid, rows: list[list[Any]]) -> None:
    for spans, cells in zip(grid.head, rows):
        if spans is grid.head[-1]:
            _write(cells[0], Cell(grid.stub), is_label=True)
        first = 1
        for span in spans:
            cell = cells[first]
            if span.width > 1:
                cell = cell.merge(cells[first + span.width - 1])
                if len(spans) > 1:
                    _rule([cell], "bottom", LIGHT)
            _write(cell, Cell(span.text))
            first += span.width


def _write_block(block: Block, rows: list[list[Any]]) -> int:
    """Write one block into the rows that follow; the number of rows it took."""
    if block.is_heading:
        cell = rows[0][0].merge(rows[0][-1])
        _write(cell, Cell(block.label), is_label=True).italic = True
        return 1
    for i, line in enumerate(block.lines):
        _write(rows[i][0], Cell(block.label if i == 0 else ""), is_label=True, is_indented=block.is_indented)
        for cell, content in zip(rows[i][1:], line, strict=True):
            _write(cell, content)
    return len(block.lines)


def _write(place: Any, cell: Cell, is_label: bool = False, is_indented: bool = False) -> Any:
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Inches, Pt  # noqa: PLC0415

    paragraph = place.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if is_label else WD_ALIGN_PARAGRAPH.CENTER
    if is_label:  # a second line of a label hangs in, so that it is not taken for a row
        paragraph.paragraph_format.left_indent = Inches(0.3 if is_indented else 0.15)
        paragraph.paragraph_format.first_line_indent = Inches(-0.15)
    first = paragraph.add_run(cell.text)
    if cell.stars:
        paragraph.add_run(cell.stars).font.superscript = True
    if cell.tail:
        paragraph.add_run(cell.tail)
    for run in paragraph.runs:
        run.font.size = Pt(SIZE)
    return first


def _rule(cells: list[Any], edge: str, eighths: int) -> None:
    """A rule along one edge of the cells."""
    from docx.oxml import OxmlElement  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415

    for cell in cells:
        properties = cell._tc.get_or_add_tcPr()
        borders = properties.find(qn("w:tcBorders"))
        if borders is None:
            borders = OxmlElement("w:tcBorders")
            properties.append(borders)
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "0"), ("color", "auto")):
            line.set(qn(f"w:{name}"), value)
        borders.insert(0 if edge == "top" else len(borders), line)  # the format wants the top first


def _keep(row: Any, is_head: bool) -> None:
    """No row is broken over pages, and headings come again on each."""
    from docx.oxml import OxmlElement  # noqa: PLC0415

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))


def _timeless(document: Any) -> bytes:
    """The document's bytes without the time of writing."""
    saved, written = BytesIO(), BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, DAY_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return written.getvalue()
