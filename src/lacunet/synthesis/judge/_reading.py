"""Real and synthetic files read as one.

Leniently, for other tools spell cells in their own way; and every leniency is said.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._layout import MISSING, OBSERVED
from lacunet._typing import Floats
from lacunet.errors import DataError, DataWarning, SpecError, list_some
from lacunet.synthesis.judge._coded import MOST_LEVELS, Coded, CodedColumn, code_columns, learn_column
from lacunet.synthesis.judge._spelling import Spelling, note_respelled
from lacunet.table import Schema, Table, read_table
from lacunet.table._analysis import as_analysis_frame
from lacunet.table._file import read_file
from lacunet.table._frame import column_names, is_frame, n_rows, read_columns
from lacunet.table._raw import RawColumn, read_tags

FEWEST_ROWS = 10
"""Rows of a file below which nothing can be judged."""

SYNTHETIC = "synthetic file"
"""How notes call one."""

Raws = dict[str, RawColumn]
Cells = tuple[Floats, NDArray[np.int8]]
"""Values and reasons of one file under the real file's columns, shape (n, p)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """One file: its shared columns coded, and as statistics wants them (pandas; labels for categories)."""

    coded: Coded
    frame: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Files:
    """Everything that a judge looks at.

    Attributes
    ----------
    real, synthetic, held_out
        The real file, the synthetic sets, and real rows that no generator saw (or None).
    notes
        What was decided, a sentence each.
    """

    real: View
    synthetic: tuple[View, ...]
    held_out: View | None
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    what: str
    n: int
    raws: Raws


def read_files(
    real: Any,
    synthetic: Any,
    held_out: Any = None,
    *,
    kinds: Mapping[str, Any] | None = None,
    missing_codes: Any = None,
    not_applicable: Any = None,
) -> Files:
    """Read the real file as an imputer would, and the others under its columns.

    Parameters
    ----------
    real
        Path, frame or ``Table``.
    synthetic
        The same, or several of them (a list, ``Syntheses``).
    held_out
        Real rows that no generator has seen, or None.
    kinds, missing_codes, not_applicable
        Of the real file, as in ``read_table``.

    Returns
    -------
    Files

    Raises
    ------
    SpecError
        If a source is nothing that can be read.
    DataError
        If a file has fewer than 10 rows, or no column that a judge can use is in both.
    """
    is_read = isinstance(real, Table) and kinds is None and missing_codes is None and not_applicable is None
    with warnings.catch_warnings():
        # What an imputer would warn of matters to no judge: each word and code is a category of its own here.
        warnings.simplefilter("ignore", DataWarning)
        table = (
            real
            if is_read
            else read_table(real, kinds=kinds, missing_codes=missing_codes, not_applicable=not_applicable)
        )
    sources = [_open(one, SYNTHETIC) for one in _as_list(synthetic)]
    if held_out is not None:
        sources.append(_open(held_out, "file of held-out rows"))
    for what, n in [("real file", table.n_rows), *((source.what, source.n) for source in sources)]:
        if n < FEWEST_ROWS:
            raise DataError(f"The {what} has {n} rows. A judgement needs at least {FEWEST_ROWS}. Hand over more rows.")
    table, notes = _shared(table, sources)
    own = {raw.name: raw for raw in read_columns(table.native)}
    spellings = [
        Spelling(column, own[column.name], table.values[:, j], table.state[:, j])
        for j, column in enumerate(table.schema.modelled)
    ]
    cells = [
        _stack(list(zip(*(spelling.read(source.raws[spelling.column.name]) for spelling in spellings))))
        for source in sources
    ]
    cells.insert(0, _stack([[s.own_values for s in spellings], [s.own_reason for s in spellings]]))
    views = _look(table, spellings, cells)
    notes += [*note_respelled(spellings), *(note for spelling in spellings for note in spelling.notes())]
    last = views.pop() if held_out is not None else None
    return Files(real=views[0], synthetic=tuple(views[1:]), held_out=last, notes=tuple(notes))


def _as_list(synthetic: Any) -> list[Any]:
    """Several sets, or the one handed over."""
    if isinstance(synthetic, str | Path | Table) or is_frame(synthetic):
        return [synthetic]
    if not isinstance(synthetic, Iterable):
        raise SpecError(
            f"The synthetic data are a {type(synthetic).__name__}. A path, a pandas, polars or pyarrow frame, or a "
            "list of them is needed. Make a frame of arrays."
        )
    several = list(synthetic)
    if not several:
        raise SpecError("No synthetic data were handed over. At least one data set is needed. Synthesize some first.")
    return several


def _open(source: Any, what: str) -> _Source:
    frame = source
    if isinstance(source, str | Path):
        frame = read_file(Path(source))[0]
    elif isinstance(source, Table):
        frame = source.native
    elif not is_frame(source):
        raise SpecError(
            f"The {what} is a {type(source).__name__}. A path, or a pandas, polars or pyarrow frame in memory is "
            "needed. Collect a lazy frame first; make a frame of arrays and lists."
        )
    column_names(frame)
    return _Source(what=what, n=n_rows(frame), raws={raw.name: raw for raw in read_columns(frame)})


def _shared(table: Table, sources: list[_Source]) -> tuple[Table, list[str]]:
    """The real table without what another file lacks, and what is said of it; other files' names become the real."""
    modelled = [column.name for column in table.schema.modelled]
    others = [f"{column.name} ({column.role})" for column in table.schema.columns if not column.is_modelled]
    notes = [f"Not compared: {list_some(others)}."] if others else []
    keep = set(modelled)
    for source in sources:
        notes += _rename(source, modelled)
        usable = {name for name, raw in source.raws.items() if raw.storage != "other"}
        lost = [name for name in modelled if name not in usable]
        if lost:
            notes.append(f"The {source.what} lacks {list_some(lost)}: only the other columns are compared.")
        more = [name for name in source.raws if name not in table.schema.names]
        if more:
            notes.append(f"The {source.what} has {list_some(more)}, which the real file has not: not looked at.")
        keep &= usable
    empty = _empty_columns([source.raws for source in sources if source.what == SYNTHETIC], keep)
    if empty:
        shown = list_some([name for name in modelled if name in empty])
        notes.append(f"Empty in every synthetic row, and left out of every comparison: {shown}.")
        keep -= empty
    if not keep:
        raise DataError(
            "The files share no column that can be compared: those of the real file are "
            f"{list_some(modelled) or 'none'}. At least one with different values is needed in both. "
            "Check the names, and kinds= of the real file."
        )
    places = [j for j, name in enumerate(modelled) if name in keep]
    columns = tuple(table.schema.modelled[j] for j in places)
    schema = Schema(columns=columns, notes=table.schema.notes, file_label=table.schema.file_label)
    small = replace(
        table, schema=schema, layout=schema.as_layout(), values=table.values[:, places], state=table.state[:, places]
    )
    return small, list(dict.fromkeys(notes))


def _empty_columns(several: list[Raws], names: set[str]) -> set[str]:
    """Columns that no synthetic set has a cell of; those of the real file no schema models."""
    return {name for name in names if all(_is_empty(raws[name]) for raws in several)}


def _is_empty(raw: RawColumn) -> bool:
    if raw.numbers is not None:
        return bool(raw.is_missing.all() and not read_tags(raw.numbers).any())
    codes = np.zeros(0, dtype=np.int64) if raw.codes is None else np.unique(raw.codes)
    return all(not str(raw.levels[code]).strip() for code in codes.tolist() if code >= 0)


def _rename(source: _Source, names: list[str]) -> list[str]:
    """Give columns that differ in case or spaces only the real file's name."""
    wanted = {name.strip().casefold(): name for name in names if name not in source.raws}
    found = {name: wanted[name.strip().casefold()] for name in source.raws if name.strip().casefold() in wanted}
    for theirs, ours in found.items():
        source.raws[ours] = replace(source.raws.pop(theirs), name=ours)
    return [f"The {source.what} calls {ours!r} {theirs!r}: taken as the same." for theirs, ours in found.items()]


def _stack(parts: list[Any]) -> Cells:
    values, reasons = parts
    return np.column_stack(values), np.column_stack(reasons)


def _look(table: Table, spellings: list[Spelling], cells: list[Cells]) -> list[View]:
    """Code every file alike, once all of them have been read and every spelling is known."""
    ranks = [_ranks(spelling) for spelling in spellings]
    ranked = [np.column_stack([_rank(values[:, j], rank) for j, rank in enumerate(ranks)]) for values, _ in cells]
    columns = [
        _learn(spelling, rank, ranked[0][:, j], cells[0][1][:, j])
        for j, (spelling, rank) in enumerate(zip(spellings, ranks, strict=True))
    ]
    views = []
    for (values, reason), places in zip(cells, ranked, strict=True):
        known = [spelling.n_levels if spelling.column.is_category else np.inf for spelling in spellings]
        seen = np.where(values < known, values, np.nan)
        state = np.where(np.isnan(seen), MISSING, OBSERVED).astype(np.int8)
        blank = pd.DataFrame(index=pd.RangeIndex(len(values)))
        frame = as_analysis_frame(blank, table.schema, seen, state)
        views.append(View(coded=code_columns(columns, places, reason), frame=frame))
    return views


def _ranks(spelling: Spelling) -> NDArray[np.intp] | None:
    """New position of each level where there are so many that the rare ones will share a column; None elsewhere."""
    if not spelling.column.is_category or len(spelling.levels) <= MOST_LEVELS:
        return None
    known = spelling.own_values[~np.isnan(spelling.own_values)].astype(np.int64)
    order = np.argsort(-np.bincount(known, minlength=len(spelling.levels)), kind="stable")
    return np.argsort(order)


def _rank(values: Floats, rank: NDArray[np.intp] | None) -> Floats:
    if rank is None:
        return values
    return np.where(np.isnan(values), np.nan, rank[np.nan_to_num(values).astype(np.int64)])


def _learn(spelling: Spelling, rank: NDArray[np.intp] | None, values: Floats, reason: NDArray[np.int8]) -> CodedColumn:
    levels = spelling.levels if rank is None else [spelling.levels[i] for i in np.argsort(rank)]
    return learn_column(
        spelling.column.name,
        values,
        reason,
        levels=levels if spelling.column.is_category else None,
        reasons=spelling.reasons,
    )
