"""The one door to files: by the end of the name to the right reader, and every failure in plain words."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import feather

from lacunet.errors import DataError, SpecError
from lacunet.table._codes import FileInfo
from lacunet.table._frame import check_names
from lacunet.table._labelled import read_spss, read_stata
from lacunet.table._text import type_columns

Opened = tuple[Any, dict[str, FileInfo], str]
"""Frame, what the file says of each column, and the file's label."""


def read_file(path: Path, encoding: str | None = None) -> Opened:
    """Read a file by the end of its name."""
    reader = _READERS.get(path.suffix.lower())
    if path.is_dir():
        raise DataError(f"{str(path)!r} is a folder. A file is needed. Name the file in it.")
    if not path.exists():
        raise DataError(f"There is no file {str(path)!r}. A file that exists is needed. Check the name and the folder.")
    if reader is None:
        raise SpecError(
            f"The file {path.name!r} ends in {path.suffix or 'nothing'!r}. lacunet reads {', '.join(_READERS)}. "
            "Save the data as one of these."
        )
    try:
        if path.stat().st_size == 0:
            raise DataError(
                f"The file {path.name!r} is empty. A table with names and rows is needed. Check the export."
            )
        return reader(path, encoding)
    except PermissionError as error:
        raise DataError(
            f"The file {path.name!r} may not be read. Reading it needs permission. Ask its owner."
        ) from error


def _read_text(path: Path, encoding: str | None, default: str = ",") -> Opened:
    content = _decode(path, encoding)
    if not content.strip():
        raise DataError(f"The file {path.name!r} is empty. A table with names and rows is needed. Check the export.")
    head = content[: content.find(b"\n")] if b"\n" in content else content
    delimiter = _find_delimiter(head.decode(), default)
    names = next(csv.reader(io.StringIO(head.decode().rstrip("\r")), delimiter=delimiter))
    names = [name.strip() for name in names]
    check_names(names)
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=1),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in content),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[]
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            raise DataError(
                f"The file {path.name!r} has column names but no rows. At least one row is needed. Check the export."
            ) from error
        raise DataError(
            f"The file {path.name!r} is no clean table: {error}. Every row needs {len(names)} cells, as the "
            "first row has. Correct the row, or put cells that hold the separator in quotes."
        ) from error
    return type_columns(table, has_decimal_comma=delimiter == ";"), {}, ""


def _read_tsv(path: Path, encoding: str | None) -> Opened:
    return _read_text(path, encoding, "\t")


def _decode(path: Path, encoding: str | None) -> bytes:
    """The file's bytes in UTF-8."""
    content = path.read_bytes()
    try:
        text = content.decode(encoding or "utf-8-sig")
    except LookupError as error:
        raise SpecError(f"encoding={encoding!r} is unknown. A name such as 'utf-8' or 'latin-1' is needed.") from error
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"The file {path.name!r} is not {error.encoding.upper()}: byte 0x{content[error.start]:02x} in line {line}."
            " The right encoding is needed. Say encoding='latin-1' (or 'cp1252'), or save the file as UTF-8."
        ) from error
    if "\x00" in text[:4096]:
        raise DataError(
            f"The file {path.name!r} holds binary data. Text is needed. If it is UTF-16, say encoding='utf-16'."
        )
    return content if encoding is None and not content.startswith(b"\xef\xbb\xbf") else text.encode()


def _find_delimiter(head: str, default: str) -> str:
    if default in head:
        return default
    best = max(",;\t|", key=head.count)
    return best if best in head else default


def _read_parquet(path: Path, _: str | None) -> Opened:
    return _read_arrow(path, pd.read_parquet)


def _read_feather(path: Path, _: str | None) -> Opened:
    return _read_arrow(path, lambda where: feather.read_feather(where))


def _read_arrow(path: Path, read: Callable[[Path], pd.DataFrame]) -> Opened:
    try:
        return read(path), {}, ""
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, PermissionError):
            raise
        first = str(error).splitlines()[0]
        raise DataError(
            f"The file {path.name!r} is damaged or no {path.suffix[1:]} file: {first}. A whole file is needed. "
            "Copy or export it again."
        ) from error


def _read_excel(path: Path, _: str | None) -> Opened:
    try:
        import openpyxl  # noqa: PLC0415  (an optional package)
    except ImportError as error:
        raise DataError(
            f"The file {path.name!r} is an Excel workbook. Reading it needs the package openpyxl. "
            "Run: pip install 'lacunet[excel]', or save the sheet as CSV."
        ) from error
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = [list(row) for row in workbook.worksheets[0].iter_rows(values_only=True)]
        workbook.close()
    except Exception as error:  # openpyxl raises whatever its parsers raise
        if isinstance(error, PermissionError):
            raise
        raise DataError(
            f"The file {path.name!r} is damaged or no Excel workbook: {error}. A whole file is needed. Save it again."
        ) from error
    rows = [row for row in rows if any(cell is not None for cell in row)]
    if not rows:
        raise DataError(f"The first sheet of {path.name!r} is empty. A table with names and rows is needed.")
    names = ["" if name is None else str(name).strip() for name in rows[0]]
    check_names(names)
    return pd.DataFrame(rows[1:], columns=names).infer_objects(), {}, ""


_READERS: dict[str, Callable[[Path, str | None], Opened]] = {
    ".csv": _read_text,
    ".tsv": _read_tsv,
    ".tab": _read_tsv,
    ".txt": _read_text,
    ".parquet": _read_parquet,
    ".feather": _read_feather,
    ".arrow": _read_feather,
    ".dta": read_stata,
    ".sav": read_spss,
    ".zsav": read_spss,
    ".xlsx": _read_excel,
}
