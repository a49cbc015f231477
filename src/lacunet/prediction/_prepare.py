"""From what a user hands over to an outcome, its inputs and its weights, with what was decided on the way."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from lacunet._layout import Kind
from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError, nearest
from lacunet.net import check_outcome
from lacunet.pooling._design import apply_formula, check_names, parse_formula, read_clusters, read_weights
from lacunet.pooling._formula_text import (
    has_dot,
    plain_column,
    read_right_side,
    spell_dot,
    split_formula,
    variables_of,
)
from lacunet.prediction._outcome import KINDS, LEVEL_KINDS, Outcome
from lacunet.prediction._rows import as_statistics, keep_columns
from lacunet.table import Column, Table
from lacunet.table._frame import column_names, is_frame

GUESS: dict[Kind, str] = {"binary": "binary", "nominal": "nominal", "ordinal": "ordinal"}
"""Kind of a column -> kind of outcome; all others are numbers."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for.

    Attributes
    ----------
    target
        A formula, or the outcome's column.
    inputs, kind, weights, cluster
        As in `Mlp.fit`.
    """

    target: str
    inputs: Sequence[str] | None = None
    kind: str | None = None
    weights: str | None = None
    cluster: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.target, str) or not self.target.strip():
            raise SpecError(
                f"The outcome is {self.target!r}. It needs a formula, 'vote ~ age + C(region)', or a column's name."
            )
        if self.kind is not None and self.kind not in KINDS:
            raise SpecError(f"kind={self.kind!r} is no kind of outcome. Use one of: {', '.join(KINDS)}; or none.")
        if self.is_formula and self.inputs is not None:
            raise SpecError(
                "inputs= were given beside a formula, which names them. Give the outcome's name, or no inputs=."
            )

    @property
    def is_formula(self) -> bool:
        """Whether the target is a formula."""
        return "~" in self.target

    @property
    def left(self) -> str:
        """Outcome as written."""
        return split_formula(self.target)[0] if self.is_formula else self.target

    @property
    def column(self) -> str | None:
        """Column of the outcome; None where a formula transforms it."""
        return plain_column(self.left)[0] if self.is_formula else self.target

    @property
    def column_kinds(self) -> dict[str, Kind]:
        """What the request says of the kind of the outcome's column."""
        if self.column is None:
            return {}
        if self.kind is not None:
            return {self.column: KINDS[self.kind].table_kind}
        return {self.column: "nominal"} if self.is_formula and plain_column(self.left)[1] else {}


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """An outcome with its inputs.

    Attributes
    ----------
    outcome, y
        What is predicted; its numbers or positions of levels, (n,), NaN where not known.
    inputs
        Names of the input columns.
    text
        Right side of the formula with its dot written out; None where columns were named.
    table
        Columns of the inputs.
    rest
        Frame of the columns of weights and clusters.
    notes
        What was decided.
    """

    outcome: Outcome
    y: Floats
    inputs: tuple[str, ...]
    text: str | None
    table: Table
    rest: pd.DataFrame
    notes: list[str]

    @property
    def is_known(self) -> Bools:
        """Rows with an outcome, (n,)."""
        return ~np.isnan(self.y)


def unused_columns(source: Any, request: Request, said: Iterable[str]) -> list[str]:
    """Columns of a frame that the request does not need, so that nothing is guessed and said of them.

    Parameters
    ----------
    source
        Frame; of anything else nothing is known before it is read.
    request
        What the user asked for.
    said
        Columns that the user says something of.

    Raises
    ------
    ColumnError
        When the outcome is not among the columns.
    """
    if not is_frame(source):
        return []
    names = column_names(source)
    if request.column is not None:
        check_names(
            [request.column], pd.DataFrame(columns=names), "The formula" if request.is_formula else "The outcome"
        )
    wanted: set[str] = {name for name in (request.column, request.weights, request.cluster) if name is not None}
    if request.is_formula:
        right = split_formula(request.target)[1]
        if has_dot(right):
            return []
        wanted |= {*variables_of(read_right_side(right)), *_left_variables(request)}
    elif request.inputs is None:
        return []
    else:
        wanted |= set(request.inputs)
    return [name for name in names if name not in wanted.union(said)]


def prepare(table: Table, request: Request) -> Prepared:
    """Sort a table into outcome, inputs, weights and clusters.

    Raises
    ------
    SpecError
        When the request contradicts itself, such as an input that is the outcome.
    ColumnError
        When a column does not exist, or is not of a kind that can be used.
    DataError
        When the outcome is not known in any row, or does not suit its kind.
    """
    names = [name for name in (request.weights, request.cluster) if name is not None]
    _check_columns(names, table, "weights= or cluster=")
    outcome, y, notes = _read_outcome(table, request)
    inputs, text = _find_inputs(table, request, set(names))
    n_gone = int(np.isnan(y).sum())
    if n_gone == len(y):
        raise DataError(f"The outcome {outcome.name!r} is missing in every row. Some rows need it: check the column.")
    if n_gone:
        said = f"{n_gone:,} of {len(y):,} rows are left out, since the outcome {outcome.name!r} is missing"
        warnings.warn(f"{said}. What is learnt speaks for the other rows.", DataWarning, stacklevel=3)
        notes.append(f"{said}.")
    return Prepared(
        outcome=outcome,
        y=y,
        inputs=inputs,
        text=text,
        table=keep_columns(table, inputs),
        rest=as_statistics(keep_columns(table, names)) if names else pd.DataFrame(index=range(len(y))),
        notes=notes,
    )


def weights_of(prepared: Prepared, request: Request, rows: Integers) -> Floats | None:
    """Survey weights of these rows, None where no column was named."""
    return read_weights(request.weights, prepared.rest, pd.Index(rows))


def clusters_of(prepared: Prepared, request: Request, rows: Integers) -> Integers | None:
    """Clusters of these rows, None where no column was named."""
    return read_clusters(request.cluster, prepared.rest, pd.Index(rows))


def _check_columns(names: Sequence[str], table: Table, who: str) -> None:
    check_names(names, pd.DataFrame(columns=list(table.schema.names)), who)


def _read_outcome(table: Table, request: Request) -> tuple[Outcome, Floats, list[str]]:
    if request.column is None:
        return _read_transformed(table, request)
    _check_columns([request.column], table, "The outcome" if not request.is_formula else "The formula")
    column = table.schema[request.column]
    if not column.is_modelled:
        raise _unusable(column)
    kind, notes = request.kind, []
    if kind is None:
        kind = GUESS.get(column.kind or "continuous", "number")
        notes.append(_say_kind(column, kind))
    y = table.values[:, [c.name for c in table.schema.modelled].index(column.name)].copy()
    levels = _labels(table, column) if kind in LEVEL_KINDS else ()
    return Outcome(name=request.left, column=column.name, kind=kind, levels=levels), y, notes


def _say_kind(column: Column, kind: str) -> str:
    other = {
        "ordinal": "; say kind='number' for its mean" if column.storage == "number" else "",
        "binary": "; say kind='number' for a model of the number 0 or 1"
        if column.storage in ("number", "bool")
        else "",
        "number": {"count": "; say kind='count' for the mean of a count", "date": ", in days since 1970-01-01"}.get(
            str(column.kind), ""
        ),
    }.get(kind, "")
    return f"The outcome {column.name!r} was taken as {kind!r} ({column.reason}): {KINDS[kind].words}{other}."


def _unusable(column: Column) -> DataError:
    if column.role == "constant":
        return DataError(
            f"The outcome {column.name!r} has the same value in every row ({column.reason}). It has to vary for "
            "anything to be learnt: check the column and the filter."
        )
    if column.role == "empty":
        return DataError(f"The outcome {column.name!r} is missing in every row. Some rows need it: check the column.")
    return ColumnError(
        f"The outcome {column.name!r} was not taken as a variable: {column.role} ({column.reason}). An outcome is a "
        "number or a category. Say which with kind='number' or kind='nominal', or do not leave it out."
    )


def _labels(table: Table, column: Column) -> tuple[Any, ...]:
    """Levels as a reader wants them: labels, and numbers where there are none."""
    cells = as_statistics(keep_columns(table, [column.name]))[column.name]
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return tuple(map(str, cells.cat.categories))
    numbers = [float(level) for level in column.levels]
    if column.storage == "bool":
        return tuple(map(bool, numbers))
    return tuple(int(number) if number.is_integer() else number for number in numbers)


def _read_transformed(table: Table, request: Request) -> tuple[Outcome, Floats, list[str]]:
    """Outcome of a left side such as ``np.log(income)``."""
    parsed, frame = parse_formula(f"{request.left} ~ 1"), as_statistics(table)
    check_names(variables_of(parsed.lhs), frame, "The formula")
    matrix = apply_formula(parsed, frame, na_action="ignore").lhs
    if matrix.shape[1] != 1:
        raise DataError(
            f"The left side {request.left!r} became {matrix.shape[1]} columns. One is needed: name a column, and say "
            "kind='nominal' for a category."
        )
    y = matrix.to_numpy(dtype=np.float64)[:, 0].copy()
    if np.isinf(y).any():
        raise DataError(
            f"The outcome {request.left!r} is infinite in {int(np.isinf(y).sum())} rows. Finite numbers are needed: "
            "check for the logarithm of zero or a division by zero."
        )
    values = np.unique(y[~np.isnan(y)])
    kind = request.kind or ("binary" if set(values) <= {0.0, 1.0} else "number")
    notes = (
        [f"The outcome {request.left!r} was taken as {kind!r}: {KINDS[kind].words}."] if request.kind is None else []
    )
    outcome = Outcome(name=request.left, column=None, kind=kind)
    if kind in LEVEL_KINDS:
        levels = tuple(int(value) if float(value).is_integer() else float(value) for value in values)
        y = np.where(np.isnan(y), np.nan, np.searchsorted(values, y))
        if kind == "binary" and len(levels) > 2:
            raise DataError(f"The outcome {request.left!r} has {len(levels)} values. kind='binary' needs two.")
        return replace(outcome, levels=levels), y, notes
    check_outcome(outcome.loss(), y[~np.isnan(y)])
    return outcome, y, notes


def _left_variables(request: Request) -> tuple[str, ...]:
    return (request.column,) if request.column else variables_of(parse_formula(f"{request.left} ~ 1").lhs)


def _find_inputs(table: Table, request: Request, apart: set[str]) -> tuple[tuple[str, ...], str | None]:
    """Columns of the inputs, and the right side of a formula."""
    own = set(_left_variables(request))
    others = [column.name for column in table.schema.modelled if column.name not in own | apart]
    text = None
    if request.is_formula:
        right = split_formula(request.target)[1]
        if has_dot(right) and not others:
            raise _nothing_left(table)
        text = spell_dot(right, others)
        inputs: Sequence[str] = variables_of(read_right_side(text))
        _check_columns(inputs, table, "The formula")
    else:
        inputs = others if request.inputs is None else _checked_inputs(table, request.inputs)
    if own & set(inputs):
        raise SpecError(
            f"The outcome {sorted(own & set(inputs))[0]!r} is also an input. It cannot predict itself: take it out "
            "of the inputs."
        )
    if not inputs and request.is_formula:
        raise SpecError(
            f"The formula's right side {text!r} names no input. One is needed at least: 'outcome ~ age', or "
            "'outcome ~ .' for all other columns."
        )
    if not inputs:
        raise _nothing_left(table)
    return tuple(inputs), text


def _nothing_left(table: Table) -> DataError:
    roles = "; ".join(f"{c.name!r}: {c.role}" for c in table.schema.columns if not c.is_modelled)
    return DataError(
        f"There is no column to predict from{f' ({roles})' if roles else ''}. A number or category beside the "
        "outcome is needed: add columns, or say what they are with kinds=."
    )


def _checked_inputs(table: Table, wanted: Sequence[str]) -> list[str]:
    if isinstance(wanted, str):
        raise SpecError(f"inputs={wanted!r} is one word. A list of columns is needed: inputs=[{wanted!r}].")
    wanted = list(dict.fromkeys(wanted))
    _check_columns(wanted, table, "inputs=")
    for name in wanted:
        column = table.schema[name]
        if not column.is_modelled:
            near = nearest(name, [c.name for c in table.schema.modelled])
            raise ColumnError(
                f"The input {name!r} was not taken as a variable: {column.role} ({column.reason}). Inputs are numbers "
                f"and categories: leave it out{f', or take {near!r}' if near else ''}, or say what it is with kinds=."
            )
    return wanted
