"""An outline from the user's word alone, and rows read under it without a decision that the rows made.

For whoever must not learn anything from the rows but what is paid for: `read_table` looks at them to guess kinds,
levels and codes, and an outline made of it tells what it saw.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lacunet._layout import CATEGORY_KINDS, Kind
from lacunet._typing import Floats, Frame, States
from lacunet.errors import ColumnError, SpecError
from lacunet.table._codes import factorise
from lacunet.table._frame import like_library, read_columns
from lacunet.table._missing import as_number, is_same_code, numbers_of
from lacunet.table._outline import Outline, outline_of
from lacunet.table._raw import RawColumn
from lacunet.table._schema import Column, Counts
from lacunet.table._table import open_source, read_and_remark
from lacunet.table._wish import Options

EMPTY_ROWS = 2
"""Empty cells below each column of the model frame: more than any code has, so that reasons have one order."""

SPELLED = {0.0: ("False", "false", "FALSE"), 1.0: ("True", "true", "TRUE")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """What the user said of one column.

    Attributes
    ----------
    name
        Of the column.
    kind
        None for a column that is left out.
    levels
        Of a category: its levels, in order.
    is_whole
        Of a number: whether it is whole by its meaning.
    missing, not_applicable
        Codes that stand for no value; None is an empty cell.
    """

    name: str
    kind: Kind | None
    levels: tuple[Any, ...] = ()
    is_whole: bool = False
    missing: tuple[Any, ...] = ()
    not_applicable: tuple[Any, ...] = ()

    @property
    def codes(self) -> tuple[Any, ...]:
        """All codes that stand for no value."""
        return (*self.missing, *self.not_applicable)

    @property
    def is_category(self) -> bool:
        """Whether the column has levels."""
        return self.kind in CATEGORY_KINDS


def declared_outline(declared: Sequence[Declared], like: Frame) -> Outline:
    """How rows are written, from what was said of each column and from nothing else.

    Parameters
    ----------
    declared
        One for each column, in order.
    like
        A frame whose library is to be used; its rows, types and categories are not.

    Returns
    -------
    Outline
        Every modelled column has its declared codes and the empty cell as reasons. Columns left out are empty.

    Raises
    ------
    ColumnError
        Where a word that is declared a level reads as a reason for having none, or is there twice.
    """
    n = max(len(_cells(one)) for one in declared) + EMPTY_ROWS
    model = pd.DataFrame({one.name: _model_column(one, n) for one in declared})
    options = Options(
        kinds={one.name: one.kind for one in declared if one.kind is not None},
        missing_codes={one.name: list(one.missing) for one in declared if one.kind is not None},
        not_applicable={one.name: list(one.not_applicable) for one in declared if one.not_applicable},
        leave_out=[one.name for one in declared if one.kind is None],
    )
    table, _ = read_and_remark(open_source(like_library(model, like), None), options)
    outline, _ = outline_of(table)
    for one, column in zip(declared, outline.schema.columns, strict=True):
        _check(one, column)
    # What was counted in the model frame says nothing of any row.
    columns = tuple(replace(column, reason="declared", counts=Counts()) for column in outline.schema.columns)
    return replace(outline, schema=replace(outline.schema, columns=columns, notes=()))


def _cells(one: Declared) -> list[Any]:
    """Every level or some numbers, then every code."""
    values = list(one.levels) if one.is_category else [0, 1, 2] if one.is_whole else [0.5, 1.25, 2.0]
    return [] if one.kind is None else [*values, *(code for code in one.codes if code is not None)]


def _model_column(one: Declared, n: int) -> Any:
    cells = _cells(one)
    is_text = any(isinstance(cell, str) for cell in cells)
    if not cells:
        return pd.Series([None] * n, dtype=object)
    if all(isinstance(cell, bool) for cell in cells):
        return pd.array(cells + [None] * (n - len(cells)), dtype="boolean")
    if is_text:
        cells = [cell if isinstance(cell, str) else str(cell) for cell in cells]
    padded = cells + [None] * (n - len(cells))
    if one.kind == "ordinal" and is_text:
        return pd.Categorical(padded, categories=cells, ordered=True)
    if is_text:
        return pd.Series(padded, dtype="string")
    is_whole = all(float(cell).is_integer() for cell in cells) and (one.is_whole or one.is_category)
    return pd.Series([np.nan if cell is None else cell for cell in padded], dtype="Int64" if is_whole else "float64")


def _check(one: Declared, column: Column) -> None:
    if one.kind is None:
        return
    if not column.is_modelled or (one.is_category and len(column.levels) != len(one.levels)):
        raise ColumnError(
            f"The declared levels of {one.name!r} are {list(one.levels)!r}, and they read as {list(column.levels)!r}. "
            "At least two are needed, each once, and none that also stands for missing. Leave the column out, or "
            "declare missing_codes for it."
        )


def distinct_cells(raw: RawColumn, codes: Sequence[Any]) -> tuple[Any, ...]:
    """What the cells of a column hold, codes for missing aside; a fact about the rows."""
    cells = factorise(raw)
    held = [value for value, count in zip(cells.distinct, cells.counts.tolist(), strict=True) if count]
    plain = [int(value) if isinstance(value, float) and value.is_integer() else value for value in held]
    return tuple(value for value in plain if not any(code is not None and is_same_code(value, code) for code in codes))


def read_declared(frame: Frame, outline: Outline) -> tuple[Floats, States]:
    """Rows as values and reasons, each cell by itself: what was not declared counts as an empty cell.

    Parameters
    ----------
    frame
        Its columns are those of the outline, in order.
    outline
        From `declared_outline`.

    Returns
    -------
    values, reason : ndarray
        Shape (n, p) each, as of `outline_of`.
    """
    columns = [
        (raw, column) for raw, column in zip(read_columns(frame), outline.schema.columns, strict=True)
        if column.is_modelled
    ]  # fmt: skip
    parts = [_read(raw, column, known) for (raw, column), known in zip(columns, outline.reasons, strict=True)]
    values, reason = (np.stack(part, axis=1) for part in zip(*parts, strict=True))
    return values, reason


def _read(raw: RawColumn, column: Column, known: tuple[Any, ...]) -> tuple[Floats, States]:
    if raw.storage in ("date", "other"):
        raise SpecError(
            f"Column {column.name!r} is of the type {raw.dtype}. Numbers and categories are needed here. Turn dates "
            "into numbers (a year, days since a date), or leave the column out."
        )
    cells = factorise(raw)
    places = _places(column)
    empty = known.index(None) + 1
    values = np.full(len(cells.distinct) + 1, np.nan)
    reason = np.full(len(values), empty, dtype=np.int8)
    for i, cell in enumerate(cells.distinct):
        code = next((k for k, one in enumerate(known, 1) if one is not None and is_same_code(cell, one)), 0)
        number = places.get(str(cell), places.get(as_number(cell))) if places else as_number(cell)
        if code:
            reason[i] = code
        elif number is not None and math.isfinite(number):
            values[i], reason[i] = number, 0
    # Position -1, an empty cell, is the last.
    out, why = values[cells.codes], reason[cells.codes]
    for k, one in enumerate(known, 1):
        if len(cells.tags) and isinstance(one, str) and len(one) == 2 and one[0] == ".":
            why[cells.tags == ord(one[1])] = k
    return out, why


def _places(column: Column) -> Mapping[Any, float]:
    """Position of each level, by how it is spelled and by its number; empty for a column of numbers."""
    if not column.is_category:
        return {}
    by_number = {float(x): float(i) for i, x in enumerate(numbers_of(column.levels)) if math.isfinite(x)}
    by_text = {str(level): float(i) for i, level in enumerate(column.levels)}
    if column.storage == "bool":
        # As text files spell what a frame holds as a truth value.
        by_text |= {word: by_number[flag] for flag in (0.0, 1.0) for word in SPELLED[flag]}
    return {**by_number, **by_text}
