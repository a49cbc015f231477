"""Rows that never were: all that is needed to write them as the real ones are written, and none of the real ones."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._layout import MISSING, OBSERVED
from lacunet._typing import Floats, Frame, States
from lacunet.errors import ColumnError, SpecError, suggest
from lacunet.table._analysis import as_analysis_frame
from lacunet.table._frame import Patch, column_names, is_frame, put_cells, read_columns, widen_columns
from lacunet.table._outline_blank import blank_as_parts, blank_from_parts, blank_of, empty_rows
from lacunet.table._outline_cells import (
    Manner,
    count_reasons,
    learn_manner,
    make_cells,
    number_reasons,
    spelled_reasons,
)
from lacunet.table._outline_others import Other, learn_other, say_others, too_narrow, with_identifiers
from lacunet.table._schema import Column, Schema
from lacunet.table._table import Table, apply_schema


@dataclass(frozen=True, kw_only=True, eq=False)
class Outline:
    """Everything needed to write rows that never were; it holds no real row.

    Made by `outline_of` from a table. Use it to turn generated numbers into a frame that looks like the real one. To
    fill holes in real rows use `Table.complete`.

    Attributes
    ----------
    schema
        What is known of every column.
    blank
        Frame of 0 rows: the library, columns and types of the real frame.
    reasons
        One tuple for each modelled column: raw spellings of why a cell holds no value, most frequent first (``-8.0``,
        ``"N"``, ``".a"``, None for an empty cell). Reason number ``r`` is the ``r``-th of them, counted from 1.
    manners
        One for each modelled column: how it spells what the schema does not say.
    others
        What stands in the columns that are not modelled.
    """

    schema: Schema
    blank: Frame
    reasons: tuple[tuple[Any, ...], ...]
    manners: tuple[Manner, ...]
    others: tuple[Other, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is in the columns that are not modelled, one sentence for each way of it."""
        return say_others(self.others)

    def frame(self, values: Floats, reason: States) -> Frame:
        """Made rows, written as the real ones: same library, columns, order and types; rows are numbered from 0.

        Identifiers are new, constants stay, free text and columns left out are empty (see ``notes``).

        Parameters
        ----------
        values
            Shape (n, p), of the modelled columns: numbers, days since 1970-01-01 or positions of levels. What stands
            where there is a reason does not matter.
        reason
            Shape (n, p): 0 where there is a value, else the number of the reason.

        Returns
        -------
        pandas, polars or pyarrow frame

        Raises
        ------
        SpecError
            If the shapes do not fit, a value is not finite, or a reason has no such number.
        """
        values, reason = self._checked(values, reason)
        patches = self._others_made(len(values))
        places = [i for i, column in enumerate(self.schema.columns) if column.is_modelled]
        for j, place in enumerate(places):
            column = self.schema.columns[place]
            patches[place] = make_cells(column, self.manners[j], self.reasons[j], values[:, j], reason[:, j])
        return put_cells(self._empty(len(values)), patches)

    def analysis_frame(self, values: Floats, reason: States) -> pd.DataFrame:
        """Made rows as statistics wants them, in pandas: empty where there is no value (see `Table.analysis_frame`).

        Parameters
        ----------
        values, reason
            As in `frame`.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        SpecError
            As in `frame`.
        """
        values, reason = self._checked(values, reason)
        native = put_cells(self._empty(len(values)), self._others_made(len(values)))
        state = np.where(reason == 0, OBSERVED, MISSING).astype(np.int8)
        return as_analysis_frame(native, self.schema, np.where(reason == 0, values, np.nan), state)

    def read(self, source: Any) -> tuple[Floats, States, Table]:
        """Other rows with the same columns (real ones held out, say) as values and reasons.

        Parameters
        ----------
        source
            Path or frame.

        Returns
        -------
        values, reason : numpy.ndarray
            Shape (n, p) each; NaN in ``values`` where there is a reason.
        table : Table
            The rows under this schema.

        Raises
        ------
        ColumnError
            If columns are absent or new, or a cell holds a level or a reason that the outline does not know.
        """
        table = apply_schema(self.schema, source)
        return table.values, _reasons_in(table, self.reasons), table

    def read_some(self, source: Frame) -> tuple[Floats, States, tuple[int, ...]]:
        """Rows that hold some of the columns only; columns that are not modelled do not count.

        Parameters
        ----------
        source
            pandas, polars or pyarrow frame.

        Returns
        -------
        values, reason : numpy.ndarray
            Shape (n, p) each; NaN and 0 in columns that are absent.
        present : tuple of int
            Positions of the columns there are among the modelled.

        Raises
        ------
        ColumnError
            If a column is unknown, or a cell holds a level or a reason that the outline does not know.
        """
        if not is_frame(source):
            raise SpecError(
                f"The rows are a {type(source).__name__}. A pandas, polars or pyarrow frame is needed. Make one."
            )
        found = column_names(source)
        for name in found:
            if name not in self.schema.names:
                hint = suggest(name, self.schema.names) or "Drop it."
                raise ColumnError(f"The rows have a column {name!r}. Only columns of the fit are needed. {hint}")
        some = replace(self.schema, columns=tuple(c for c in self.schema.columns if c.name in found))
        table = apply_schema(some, source)
        present = tuple(j for j, column in enumerate(self.schema.modelled) if column.name in found)
        values = np.full((table.n_rows, len(self.reasons)), np.nan)
        reason = np.zeros(values.shape, dtype=np.int8)
        values[:, present] = table.values
        reason[:, present] = _reasons_in(table, tuple(self.reasons[j] for j in present))
        return values, reason, present

    def as_parts(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and words for a file, none of them code (see `lacunet.keep`)."""
        arrays, blank = blank_as_parts(self.blank)
        return arrays, {
            "schema": self.schema.as_dict(),
            "blank": blank,
            "reasons": self.reasons,
            "manners": [manner.as_dict() for manner in self.manners],
            "others": [other.as_dict() for other in self.others],
        }

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: Mapping[str, Any]) -> Self:
        """Inverse of `as_parts`, also after a trip through a file."""
        return cls(
            schema=Schema.from_dict(meta["schema"]),
            blank=blank_from_parts(arrays, meta["blank"]),
            reasons=tuple(tuple(known) for known in meta["reasons"]),
            manners=tuple(Manner.from_dict(plain) for plain in meta["manners"]),
            others=tuple(Other.from_dict(plain) for plain in meta["others"]),
        )

    def _empty(self, n: int) -> Frame:
        return with_identifiers(empty_rows(widen_columns(self.blank, too_narrow(self.others, n)), n), self.others)

    def _others_made(self, n: int) -> dict[int, Patch]:
        made = {other.place: other.patch(n) for other in self.others}
        return {place: patch for place, patch in made.items() if patch is not None}

    def _checked(self, values: Floats, reason: States) -> tuple[Floats, States]:
        values, reason = np.asarray(values, dtype=np.float64), np.asarray(reason)
        p = len(self.reasons)
        if values.ndim != 2 or values.shape != reason.shape or values.shape[1] != p:
            raise SpecError(
                f"values have the shape {values.shape} and reason {reason.shape}. Both need (rows, {p}), one column "
                "for each modelled one. Pass both of one drawing."
            )
        if not np.isfinite(values[reason == 0]).all():
            raise SpecError("A value is not finite though its reason is 0. Every such cell needs a number. Check both.")
        n_known = np.array([len(known) for known in self.reasons], dtype=np.int64)
        if (reason < 0).any() or (reason > n_known).any():
            j = int(np.flatnonzero(((reason < 0) | (reason > n_known)).any(axis=0))[0])
            raise SpecError(
                f"Column {self.schema.modelled[j].name!r} has a reason numbered outside 0 to {n_known[j]}. A reason "
                "needs a place in outline.reasons. Pass numbers from there."
            )
        return values, reason


def outline_of(table: Table) -> tuple[Outline, States]:
    """What is needed to write rows like those of a table, and why cells of the table hold no value.

    Cells to be imputed and cells that do not apply are alike here: each has its reason.

    Parameters
    ----------
    table
        From `read_table`.

    Returns
    -------
    outline : Outline
        Holds no real row. Levels of categories and codes for missing are kept, and the value of a constant column.
    reason : numpy.ndarray
        Shape (n, p): 0 where ``table.values`` holds a value, else the number of the reason in ``outline.reasons``.

    Raises
    ------
    ColumnError
        If a column has more codes for missing than can be told apart.
    """
    reason = np.zeros(table.state.shape, dtype=np.int8)
    reasons, manners, others = [], [], []
    j = 0
    for place, (raw, column) in enumerate(zip(read_columns(table.native), table.schema.columns, strict=True)):
        if not column.is_modelled:
            others.append(learn_other(place, raw, column))
            continue
        state = table.state[:, j]
        spelled = spelled_reasons(raw, state)
        reasons.append(count_reasons(column.name, spelled))
        rows = np.flatnonzero(state != OBSERVED)
        reason[rows, j] = number_reasons(column, spelled, rows, reasons[-1])
        manners.append(learn_manner(table.native, place, raw, column, state))
        j += 1
    outline = Outline(
        schema=_without_names(table.schema),
        blank=blank_of(table.native, table.schema),
        reasons=tuple(reasons),
        manners=tuple(manners),
        others=tuple(others),
    )
    return outline, reason


def _without_names(schema: Schema) -> Schema:
    """Labels, codes and levels of identifiers, free text and columns left out go: they name units."""
    return replace(schema, columns=tuple(map(_without_names_in, schema.columns)))


def _without_names_in(column: Column) -> Column:
    if column.role not in ("identifier", "text", "left out"):
        return column
    coding = replace(column.coding, missing_codes={}, not_applicable=(), value_labels={}, ranges=())
    # polars writes the levels of a category into the name of its type
    return replace(column, coding=coding, origin=replace(column.origin, dtype=column.dtype.split("(")[0]))


def _reasons_in(table: Table, known: tuple[tuple[Any, ...], ...]) -> States:
    reason = np.zeros(table.state.shape, dtype=np.int8)
    modelled = [raw for raw, c in zip(read_columns(table.native), table.schema.columns, strict=True) if c.is_modelled]
    for j, (raw, column) in enumerate(zip(modelled, table.schema.modelled, strict=True)):
        rows = np.flatnonzero(table.state[:, j] != OBSERVED)
        reason[rows, j] = number_reasons(column, spelled_reasons(raw, table.state[:, j]), rows, known[j])
    return reason
