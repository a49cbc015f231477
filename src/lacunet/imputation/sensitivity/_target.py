"""Which variable and which rows are meant, checked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._layout import OBSERVED, Variable
from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import ColumnError, SpecError, list_some, suggest
from lacunet.imputation.sensitivity._face import Imputed
from lacunet.table import Column, Table

Where = str | Callable[[pd.DataFrame], Any] | ArrayLike | None
"""Rows: a query, a function of a completed frame, truth values (n,), or None for all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Target:
    """The missing cells of one variable.

    Attributes
    ----------
    column, variable
        What is known of it.
    j
        Its position among the modelled columns.
    cells
        Positions of its cells among the columns of the draws.
    rows
        Row of each of these cells.
    observed
        Its observed values.
    """

    column: Column
    variable: Variable
    j: int
    cells: Integers
    rows: Integers
    observed: Floats


def find_target(table: Table, name: str) -> Target:
    """Look a variable up, or say why it has no imputed cells.

    Raises
    ------
    ColumnError
        When it is not a column, or takes no part in the imputation.
    SpecError
        When nothing of it is missing.
    """
    known = list(table.schema.names)
    if name not in known:
        hint = suggest(name, known) or f"The columns are: {list_some(known, 20)}."
        raise ColumnError(f"{name!r} is not a column of the data. Name a variable with imputed values. {hint}")
    column = table.schema[name]
    if not column.is_modelled:
        raise ColumnError(
            f"Column {name!r} takes no part in the imputation ({column.role}: {column.reason}). Only imputed values "
            "can be changed. Name a variable that was imputed."
        )
    j = table.layout.names.index(name)
    rows, cols = table.cells
    cells = np.flatnonzero(cols == j)
    if not len(cells):
        imputed = [table.layout.names[k] for k in np.unique(cols)]
        raise SpecError(
            f"Nothing of {name!r} is missing, and observed values are never changed. A variable with imputed values "
            f"is needed: {list_some(imputed) or 'there is none'}."
        )
    return Target(
        column=column,
        variable=table.layout.variables[j],
        j=j,
        cells=cells,
        rows=rows[cells],
        observed=table.values[table.state[:, j] == OBSERVED, j],
    )


def find_level(target: Target, level: Any) -> int:
    """Position of a level, given by its raw value or its label.

    Raises
    ------
    SpecError
        When there is no such level.
    """
    labels = target.column.level_labels()
    for position, (raw, label) in enumerate(zip(target.column.levels, labels, strict=True)):
        if level == raw or str(level) == label:
            return position
    hint = suggest(level, labels) or f"Its levels are: {list_some(labels, 20)}."
    raise SpecError(f"{level!r} is not a level of {target.column.name!r}. One of its levels is needed. {hint}")


def selected_rows(imputed: Imputed, where: Where) -> Bools:
    """Rows that are meant, for each imputation, shape ``(m, n)``.

    Raises
    ------
    SpecError
        When a query cannot be read, or what is given or computed is not one truth value per row.
    """
    shape = len(imputed.draws), imputed.table.n_rows
    if where is None:
        return np.ones(shape, dtype=bool)
    if not (isinstance(where, str) or callable(where)):
        return np.broadcast_to(_as_truth(where, shape[1]), shape)
    frames = (imputed.table.analysis_frame(draw).reset_index(drop=True) for draw in imputed.draws)
    return np.stack([_ask(where, frame) for frame in frames])


def fixed_rows(table: Table, where: Where) -> Bools:
    """Rows that are meant whatever was imputed, shape ``(n,)``; a query sees missing cells as empty.

    Raises
    ------
    SpecError
        As `selected_rows`.
    """
    if where is None:
        return np.ones(table.n_rows, dtype=bool)
    if isinstance(where, str) or callable(where):
        return _ask(where, table.analysis_frame().reset_index(drop=True))
    return _as_truth(where, table.n_rows)


def _ask(where: str | Callable[[pd.DataFrame], Any], frame: pd.DataFrame) -> Bools:
    if not isinstance(where, str):
        return _as_truth(where(frame), len(frame))
    try:
        kept = frame.query(where).index
    except Exception as error:  # a query may fail in as many ways as Python has
        raise SpecError(
            f"where={where!r} cannot be read as a query: {error}. It needs the form of pandas' query, such as "
            "'age > 65 and region == \"north\"'. A function of the completed frame will do as well."
        ) from error
    return np.isin(np.arange(len(frame)), kept)


def _as_truth(given: Any, n: int) -> Bools:
    truth = np.asarray(given)
    if truth.shape != (n,):
        raise SpecError(
            f"where has the shape {truth.shape}; the data have {n:,} rows. Give one truth value per row, a query, or "
            "a function of the completed frame that returns one truth value per row."
        )
    if truth.dtype != bool:
        if not all(isinstance(value, bool | np.bool_) for value in truth.tolist()):
            raise SpecError(
                f"where holds {truth.dtype} values. Truth values are needed, one per row. Compare: frame['age'] > 65."
            )
        truth = truth.astype(bool)
    return truth
