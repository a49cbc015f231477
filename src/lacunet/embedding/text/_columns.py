"""A column of texts with document variables beside it: data frames, and files of rows and columns, batch by batch."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from lacunet.embedding.text._files import replacement_note
from lacunet.embedding.text._open import Decoder, clean
from lacunet.embedding.text._source import END, choose_text, missing_note
from lacunet.errors import ColumnError, DataError
from lacunet.table._file import read_file
from lacunet.table._frame import as_arrow, as_pandas, check_names, column_names, n_rows, select_columns
from lacunet.table._text import type_columns

_ROWS = 4096
Batch = tuple[list[Any], Any]
"""Cells of the text, and the other columns as a frame."""


class Frames:
    """A data frame in memory."""

    skip_empty = False

    def __init__(self, frame: Any, text: str | None, where: str = "The frame") -> None:
        names = column_names(frame)
        if n_rows(frame) == 0:
            raise DataError(f"{where} has no rows. At least one is needed. Check how it was made.")
        self._columns = _Columns(where)
        self._text = choose_text(text, names, _text_columns(frame, names), where)
        place = names.index(self._text)
        self._cells = select_columns(frame, [place])
        self._rest = as_pandas(select_columns(frame, [k for k in range(len(names)) if k != place]))

    def parts(self) -> Iterator[bytes]:
        """See ``Source``."""
        cells = self._cells.iloc[:, 0] if isinstance(self._cells, pd.DataFrame) else as_arrow(self._cells).column(0)
        for start in range(0, len(cells), _ROWS):
            some = cells.iloc[start : start + _ROWS] if isinstance(cells, pd.Series) else cells.slice(start, _ROWS)
            values = some.tolist() if isinstance(some, pd.Series) else some.to_pylist()
            yield from self._columns.take(values, self._text)

    def variables(self) -> pd.DataFrame | None:
        """The other columns."""
        kept = self._rest if self._columns.is_whole else self._rest[self._columns.kept]
        return kept.reset_index(drop=True) if kept.shape[1] else None

    def notes(self) -> list[str]:
        """See ``Source``."""
        return missing_note(self._columns.n_missing)


class TableFiles:
    """Files of rows and columns, read one after the other; CSV and Parquet never stand in memory as a whole."""

    skip_empty = False

    def __init__(self, files: list[tuple[str, Path]], text: str | None, encoding: str | None) -> None:
        self._files, self._text, self._encoding = files, text, encoding
        self._frames: list[pd.DataFrame] = []
        self._notes: list[str] = []

    def parts(self) -> Iterator[bytes]:
        """See ``Source``."""
        for _, path in self._files:
            stem = path.name.lower().removesuffix(".gz").removesuffix(".zst")
            if stem.endswith((".csv", ".tsv", ".tab")):
                yield from self._take_arrow(path, self._open_csv(path, stem), type_columns)
            elif stem.endswith(".parquet"):
                yield from self._take_arrow(path, _open_parquet(path), lambda table: table.to_pandas())
            else:
                source = Frames(read_file(path, self._encoding)[0], self._text, f"The file {path.name!r}")
                yield from source.parts()
                found = source.variables()
                self._frames += [] if found is None else [found]
                self._notes += source.notes()

    def _take_arrow(
        self, path: Path, batches: Iterator[pa.Table], convert: Callable[[pa.Table], pd.DataFrame]
    ) -> Iterator[bytes]:
        where = f"The file {path.name!r}"
        columns, kept, name = _Columns(where), [], ""
        for batch in batches:
            if not name:
                head = convert(batch.slice(0, _ROWS))
                name = choose_text(self._text, batch.column_names, _text_columns(head, batch.column_names), where)
            before = len(columns.kept)
            yield from columns.take(batch.column(name).to_pylist(), name)
            rest = batch.drop_columns([name])
            kept.append(rest.filter(pa.array(columns.kept[before:])))
        if not kept:
            raise DataError(f"{where} has no rows. At least one is needed. Check the export.")
        frame = convert(pa.concat_tables(kept))
        self._frames += [frame] if frame.shape[1] else []
        self._notes += missing_note(columns.n_missing)

    def _open_csv(self, path: Path, stem: str) -> Iterator[pa.Table]:
        decoder = Decoder(path, self._encoding)
        content = _Pieces(decoder.pieces())
        head = content.line().decode().strip("\r\n")
        default = "," if stem.endswith(".csv") else "\t"
        delimiter = default if default in head else max(",;\t|", key=head.count)
        if head.count(delimiter) == 0:
            delimiter = default
        names = [name.strip() for name in next(csv.reader(io.StringIO(head), delimiter=delimiter), [])]
        check_names(names)
        if content.is_done:
            return
        try:
            reader = arrow_csv.open_csv(
                content,
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=_BLOCK),
                parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[]
                ),
            )
            for batch in reader:
                yield pa.Table.from_batches([batch])
        except pa.ArrowInvalid as error:
            if "straddling" in str(error):
                raise DataError(
                    f"The file {path.name!r} has a row of more than {_BLOCK >> 20} MB. Shorter rows are needed in CSV. "
                    "Check its quotes, or save it as JSON lines or Parquet."
                ) from error
            raise DataError(
                f"The file {path.name!r} is no clean table: {error}. Every row needs {len(names)} cells, as the first "
                "row has. Correct the row, or put cells that hold the separator in quotes."
            ) from error
        self._notes += replacement_note(decoder, path, self._encoding)

    def variables(self) -> pd.DataFrame | None:
        """The other columns; of several files, one below the other."""
        if len(self._frames) < len(self._files):
            return None
        return pd.concat(self._frames, ignore_index=True)

    def notes(self) -> list[str]:
        """See ``Source``."""
        return self._notes


_BLOCK = 1 << 25
"""Bytes of a CSV file parsed at once; no row may be longer than that."""


class _Columns:
    """Cells of a column of texts to documents, with a record of which were missing."""

    def __init__(self, where: str) -> None:
        self._where = where
        self.kept: list[bool] = []
        self.n_missing = 0

    @property
    def is_whole(self) -> bool:
        return self.n_missing == 0

    def take(self, cells: list[Any], name: str) -> Iterator[bytes]:
        for cell in cells:
            is_text = isinstance(cell, str)
            if is_text:
                yield clean(cell) + END
            elif not _is_missing(cell):
                raise ColumnError(
                    f"{self._where} holds {cell!r} ({type(cell).__name__}) in column {name!r}, row "
                    f"{len(self.kept) + 1:,}. Texts are needed there. Name the column of the text with text='...'."
                )
            self.kept.append(is_text)
            self.n_missing += not is_text


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file that can be read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    @property
    def is_done(self) -> bool:
        """Whether nothing but space is left."""
        while not self._rest.strip():
            piece = next(self._pieces, None)
            if piece is None:
                return True
            self._rest += piece
        return False

    def line(self) -> bytes:
        """The first line."""
        while b"\n" not in self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        some, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(some)] = some
        return len(some)


def _open_parquet(path: Path) -> Iterator[pa.Table]:
    try:
        for batch in parquet.ParquetFile(path).iter_batches(_ROWS):
            yield pa.Table.from_batches([batch])
    except PermissionError as error:
        raise DataError(
            f"The file {path.name!r} may not be read. Reading it needs permission. Ask its owner."
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"The file {path.name!r} is damaged or no parquet file: {str(error).splitlines()[0]}. A whole file is "
            "needed. Copy or export it again."
        ) from error


def _text_columns(frame: Any, names: list[str]) -> list[str]:
    """Names of the columns whose first cell that is not missing is a text."""
    found = []
    for k, name in enumerate(names):
        column = select_columns(frame, [k])
        cells = column.iloc[:, 0] if isinstance(frame, pd.DataFrame) else as_arrow(column).column(0)
        if _first(cells) is not None:
            found.append(name)
    return found


def _first(cells: Any) -> str | None:
    """The first cell that is not missing, if it is a text."""
    for start in range(0, len(cells), _ROWS):
        some = cells.iloc[start : start + _ROWS] if isinstance(cells, pd.Series) else cells.slice(start, _ROWS)
        for cell in some.tolist() if isinstance(some, pd.Series) else some.to_pylist():
            if isinstance(cell, str):
                return cell
            if not _is_missing(cell):
                return None
    return None


def _is_missing(cell: Any) -> bool:
    return cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell))
