"""A data frame or file, its schema, and the same as numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import MISSING, Kind, Layout
from lacunet.errors import SpecError
from lacunet.table._analysis import as_analysis_frame
from lacunet.table._check import check_columns, check_has_columns, check_rows
from lacunet.table._codec import decode
from lacunet.table._codes import FileInfo
from lacunet.table._file import read_file
from lacunet.table._frame import (
    column_names,
    is_frame,
    n_rows,
    own_copy,
    put_cells,
    read_columns,
    select_columns,
    take_rows,
)
from lacunet.table._notes import Remarks, gather_remarks, take_notes, warn_of
from lacunet.table._read import Reading, apply_column, read_column
from lacunet.table._schema import Schema
from lacunet.table._wish import Codes, Options


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """A frame as it stands in a source.

    Attributes
    ----------
    frame
        The frame.
    what
        What a message calls the source.
    infos
        Column → what its file says of it.
    label
        What the file says of itself.
    """

    frame: Any
    what: str
    infos: Mapping[str, FileInfo] = field(default_factory=dict)
    label: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A frame with what was decided about it, and its modelled columns as numbers.

    Attributes
    ----------
    native
        The frame as it was given (a copy: what is written into it later changes nothing here), or as it was read from a
        file (pandas).
    schema
        What is known of every column.
    layout
        The modelled columns, as the array world knows them.
    values, state
        Matrices (n, p) of the modelled columns: numbers, days or positions of levels, NaN where a cell is not
        observed; and whether a cell is observed, to be imputed, or kept as not applicable.
    """

    native: Any
    schema: Schema
    layout: Layout
    values: NDArray[np.float64]
    state: NDArray[np.int8]

    @property
    def n_rows(self) -> int:
        """Rows of the frame."""
        return self.state.shape[0]

    @property
    def cells(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows and columns (among the modelled) of the cells to impute, row by row."""
        rows, columns = np.nonzero(self.state == MISSING)
        return rows, columns

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Cells (n, columns of the frame) that are imputed."""
        mask = np.zeros((self.n_rows, len(self.schema.columns)), dtype=bool)
        mask[:, self._places] = self.state == MISSING
        return mask

    @property
    def _places(self) -> list[int]:
        return [i for i, column in enumerate(self.schema.columns) if column.is_modelled]

    def complete(self, cell_values: NDArray[np.float64]) -> Any:
        """The frame with its missing cells filled; everything else is as it was.

        Parameters
        ----------
        cell_values
            Floats (n_cells,) in the order of ``cells``.
        """
        is_hole = self.state == MISSING
        n_cells = int(np.count_nonzero(is_hole))
        cell_values = np.asarray(cell_values, dtype=np.float64)
        if cell_values.shape != (n_cells,):
            raise SpecError(
                f"complete() was given values of shape {cell_values.shape}. The table has {n_cells} cells to fill. "
                "Pass one value per cell, in the order of table.cells."
            )
        if not np.isfinite(cell_values).all():
            raise SpecError(
                "complete() was given values that are not finite. Every cell needs a number. Check the draws."
            )
        filled = np.empty(is_hole.shape)
        filled[is_hole] = cell_values
        by_column, is_hole = np.asfortranarray(filled), np.asfortranarray(is_hole)
        patches = {}
        for j, (place, column) in enumerate(zip(self._places, self.schema.modelled, strict=True)):
            rows = np.flatnonzero(is_hole[:, j])
            if len(rows):
                patches[place] = (rows, decode(column, by_column[rows, j]))
        return put_cells(self.native, patches)

    def take(self, rows: NDArray[np.intp]) -> "Table":
        """The same table with some of its rows, in the order named; a row may be named twice."""
        return replace(self, native=take_rows(self.native, rows), values=self.values[rows], state=self.state[rows])

    def analysis_frame(self, cell_values: NDArray[np.float64] | None = None) -> Any:
        """The table as statistics wants it, in pandas.

        Cells kept as not applicable (and, without ``cell_values``, cells to impute) are empty; numbers are numbers even
        where the file spelled them as text beside a code; categories have their labels. Columns that take no part in a
        model are as they were.
        """
        return as_analysis_frame(self.native, self.schema, self.values, self.state, cell_values)


def read_table(
    source: Any,
    *,
    kinds: Mapping[str, Kind] | None = None,
    missing_codes: Codes = None,
    not_applicable: Codes = None,
    impute_not_applicable: bool | Iterable[str] = False,
    leave_out: Iterable[str] = (),
    encoding: str | None = None,
) -> Table:
    """Read a file or frame and decide what each column is.

    Parameters
    ----------
    source
        Path of a CSV, TSV, Parquet, Feather, Stata, SPSS or Excel file, or a pandas, polars or pyarrow frame.
    kinds
        Column → kind, where the guess is wrong.
    missing_codes
        Codes to be imputed: column → list of codes (or code → reason), or a list for every column. A code is a value, a
        value label, a Stata letter (``".a"``) or None for empty cells.
    not_applicable
        Codes that say a question did not apply, in the same form. These cells are kept.
    impute_not_applicable
        Whether to impute those cells all the same; or the names of the columns where to.
    leave_out
        Columns that take no part.
    encoding
        Of a text file, Stata or SPSS file, where it is not UTF-8 or not what the file says.

    Returns
    -------
    Table

    Raises
    ------
    SpecError
        If an option names a column or kind that does not exist, or contradicts another.
    DataError
        If the file cannot be read, or names, rows or columns are not usable.
    ColumnError
        If a column holds what cannot be modelled: infinities, words among numbers, impossible dates.
    """
    options = Options(
        kinds=kinds,
        missing_codes=missing_codes,
        not_applicable=not_applicable,
        impute_not_applicable=impute_not_applicable,
        leave_out=leave_out,
    )
    table, readings = _read(open_source(source, encoding), options)
    warn_of(readings)
    return table


def read_and_remark(opened: Opened, options: Options) -> tuple[Table, Remarks]:
    """Read as `read_table` does, for whoever does not impute: what would be warned of is handed over, not said.

    Parameters
    ----------
    opened
        By `open_source`: who reads it under several options opens it once.
    options
        See `read_table`.

    Returns
    -------
    table : Table
        Its notes speak of imputation.
    remarks : dict
        Topic → columns, and what was found in each.
    """
    table, readings = _read(opened, options)
    return table, gather_remarks(readings)


def _read(opened: Opened, options: Options) -> tuple[Table, list[Reading]]:
    frame, infos = opened.frame, opened.infos
    names = column_names(frame)
    check_has_columns(names, opened.what)
    check_rows(n_rows(frame), opened.what)
    wishes = options.for_columns(names)
    readings = [
        read_column(raw, wish, infos.get(raw.name, FileInfo()))
        for raw, wish in zip(read_columns(frame), wishes, strict=True)
    ]
    notes = take_notes(readings)
    schema = Schema(columns=tuple(reading.column for reading in readings), notes=notes, file_label=opened.label)
    return _as_table(frame, schema, readings), readings


def apply_schema(schema: Schema, source: Any, *, encoding: str | None = None) -> Table:
    """Read new rows under a schema that is already known; their columns may stand in another order.

    Raises
    ------
    ColumnError
        If columns are absent or new, or a cell holds a level never seen or a word where numbers are needed.
    """
    opened = open_source(source, encoding)
    frame, names = opened.frame, column_names(opened.frame)
    check_columns(schema.names, names)
    check_rows(n_rows(frame), opened.what)
    if tuple(names) != schema.names:
        frame = select_columns(frame, [names.index(name) for name in schema.names])
    readings = [apply_column(raw, column) for raw, column in zip(read_columns(frame), schema.columns, strict=True)]
    here = replace(schema, columns=tuple(reading.column for reading in readings))
    return _as_table(frame, here, readings)


def _as_table(frame: Any, schema: Schema, readings: list[Reading]) -> Table:
    modelled = [reading for reading in readings if reading.column.is_modelled]
    n = n_rows(frame)
    values = np.full((n, len(modelled)), np.nan)
    state = np.zeros((n, len(modelled)), dtype=np.int8)
    for j, reading in enumerate(modelled):
        values[:, j] = reading.values
        assert reading.state is not None
        state[:, j] = reading.state
    return Table(native=frame, schema=schema, layout=schema.as_layout(), values=values, state=state)


def open_source(source: Any, encoding: str | None) -> Opened:
    """A path, frame or table as a frame, whose columns are still to be read; parameters as of `read_table`."""
    if isinstance(source, str | Path):
        frame, infos, label = read_file(Path(source), encoding)
        return Opened(frame=frame, what=f"The file {Path(source).name!r}", infos=infos, label=label)
    if isinstance(source, Table):
        return Opened(frame=source.native, what="The table", label=source.schema.file_label)
    if not is_frame(source):
        raise SpecError(
            f"The data are a {type(source).__name__}. A path, or a pandas, polars or pyarrow frame in memory is "
            "needed. Collect a lazy frame first; make a frame of arrays and lists."
        )
    return Opened(frame=own_copy(source), what="The frame")
