"""A fitted network as explanations see it: a frame of plain inputs, and one number said of each row."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED
from lacunet._typing import Bools, Floats
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.prediction._column_reader import ColumnReader
from lacunet.prediction._exact import Node
from lacunet.prediction._fit import Fit, Reader
from lacunet.prediction._outcome import QUANTILES, Outcome
from lacunet.prediction._rows import as_statistics
from lacunet.solve import mean_gradient
from lacunet.table import Column, Schema, Table
from lacunet.table._file import read_file
from lacunet.table._frame import as_pandas, is_frame

FLAG = "{} [not applicable]"


@dataclass(frozen=True, kw_only=True, eq=False)
class PlainInputs:
    """Inputs as a pandas frame of numbers and labels, and back, whatever values an explanation puts there.

    Attributes
    ----------
    table
        The rows.
    reader
        Who turns them into inputs of the network: numbers that count as levels are categories where it says so.
    """

    table: Table
    reader: Reader

    @property
    def flagged(self) -> tuple[str, ...]:
        """Columns beside which stands one that says where the question did not apply."""
        return self.reader.asked_of_some if isinstance(self.reader, ColumnReader) else ()

    def frame(self) -> pd.DataFrame:
        """One column an input, numbered from 0, dates as days."""
        frame = as_statistics(self.table)
        for j, column in enumerate(self.table.schema.modelled):
            if isinstance(self.reader, ColumnReader) and column.is_category:
                frame[column.name] = _labelled(column, self.table.values[:, j])
            if column.name in self.flagged:
                frame[FLAG.format(column.name)] = self.table.state[:, j] == INAPPLICABLE
        return frame

    def back(self, frame: pd.DataFrame) -> Table:
        """The table of such a frame."""
        schema = self._schema(frame)
        values = np.empty((len(frame), len(schema.modelled)))
        state = np.full(values.shape, OBSERVED, dtype=np.int8)
        for j, column in enumerate(schema.modelled):
            cells = frame[column.name]
            if column.is_category:
                codes = cells.cat.codes.to_numpy(dtype=np.float64)
                values[:, j] = np.where(codes < 0, np.nan, codes)
            else:
                values[:, j] = cells.to_numpy(dtype=np.float64, na_value=np.nan)
            gaps = np.isnan(values[:, j])
            state[gaps, j] = MISSING
            if column.name in self.flagged:
                state[gaps & frame[FLAG.format(column.name)].to_numpy(dtype=bool), j] = INAPPLICABLE
        return Table(native=frame, schema=schema, layout=schema.as_layout(), values=values, state=state)

    def _schema(self, frame: pd.DataFrame) -> Schema:
        """The schema in which a number may have any value: a step of a slope is not rounded away."""
        columns = [
            column
            if not column.is_modelled or isinstance(frame[column.name].dtype, pd.CategoricalDtype)
            else replace(column, kind="continuous", levels=(), coding=replace(column.coding, is_integer=False))
            for column in self.table.schema.columns
        ]
        return replace(self.table.schema, columns=tuple(columns))


def _labelled(column: Column, values: Floats) -> pd.Categorical:
    labels = list(column.level_labels())
    if len(set(labels)) < len(labels):
        labels = [f"{label} ({level})" for label, level in zip(labels, column.levels, strict=True)]
    codes = np.where(np.isnan(values), -1, values).astype(np.int64)
    return pd.Categorical.from_codes(codes, categories=labels, ordered=column.kind == "ordinal")


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """Rows to explain a fit on.

    Attributes
    ----------
    fit
        What predicts.
    inputs, frame
        How inputs become a frame, and that frame.
    place
        Position of the level or quantile that is looked at; None for a number.
    y
        Outcomes of the rows: numbers, or positions of levels; None where they are not asked for.
    weights
        Weights of the rows; None where all are alike.
    """

    fit: Fit
    inputs: PlainInputs
    frame: pd.DataFrame
    place: int | None
    y: Floats | None
    weights: Floats | None

    @property
    def names(self) -> list[str]:
        """Inputs that the user knows."""
        return list(self.inputs.table.schema.names)

    def predict(self, frame: pd.DataFrame) -> Floats:
        """What is said of rows, (n,)."""
        return self.each(frame).mean(axis=1)

    def each(self, frame: pd.DataFrame) -> Floats:
        """What each member says of rows, (n, k)."""
        said = self.fit.outcome.in_unit(self.fit.engine.say(self.columns(frame)))
        return said if self.place is None else said[:, :, self.place]

    @property
    def predict_each(self) -> Callable[[pd.DataFrame], Floats] | None:
        """`each` where there are several members."""
        is_one = isinstance(self.fit.engine, Node) or self.each(self.frame.iloc[:1]).shape[1] == 1
        return None if is_one else self.each

    def gradient(self, frame: pd.DataFrame) -> Floats:
        """Derivative of the mean prediction by the estimates of a node, the same in every row, (n, k).

        Only its mean over the rows is asked for, with the weights of the rows.
        """
        node = self._node
        design = self.columns(frame)[:, node.kept]
        found = mean_gradient(node.model, design, node.solution.estimates, self.weights)
        if node.model == "logit":
            found = np.concatenate([-found, found])
        row = found[self.place or 0]
        return np.broadcast_to(row, (len(frame), len(row)))

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates of a node."""
        return self._node.solution.covariance

    def together(self, groups: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
        """Columns that move together: an input with what says whether it applies."""
        asked = {title: [names] if isinstance(names, str) else list(names) for title, names in (groups or {}).items()}
        taken = {name for names in asked.values() for name in names}
        asked |= {name: [name] for name in self.inputs.flagged if name not in taken}
        flags = {name: FLAG.format(name) for name in self.inputs.flagged}
        return {title: [*names, *(flags[name] for name in names if name in flags)] for title, names in asked.items()}

    @property
    def _node(self) -> Node:
        assert isinstance(self.fit.engine, Node)
        return self.fit.engine

    def columns(self, frame: pd.DataFrame) -> Floats:
        """What the network reads of such a frame."""
        return self.fit.reader.columns(self.inputs.back(frame))


def make_subject(
    fit: Fit,
    table: Table,
    *,
    of: Any = None,
    y: Floats | None = None,
    weights: ArrayLike | None = None,
    kept: Bools | None = None,
) -> Subject:
    """Rows to explain a fit on; a node is explained on those that it can predict.

    Parameters
    ----------
    fit, table
        The fit, and inputs of rows.
    of
        Level that is looked at; None for a number, and for the event of two levels.
    y, weights
        Of the rows, (n,), or None.
    kept
        Rows to take, (n,); all when None.

    Raises
    ------
    SpecError
        When the level is not known, or not named although there are several.
    DataError
        When no row can be predicted.
    """
    kept = np.ones(table.n_rows, dtype=bool) if kept is None else kept
    place = place_of(fit.outcome, of)
    if isinstance(fit.engine, Node):
        is_known = ~np.isnan(fit.reader.columns(table)).any(axis=1)
        n_gaps = int((kept & ~is_known).sum())
        if n_gaps:
            warnings.warn(
                f"{n_gaps:,} of {int(kept.sum()):,} rows lack an input and are passed over. A node without hidden "
                "layers needs all: impute the gaps with lacunet.impute, or fit hidden layers, which allow them.",
                DataWarning,
                stacklevel=4,
            )
        kept = kept & is_known
    if not kept.any():
        raise DataError("None of the rows can be used. Known inputs, and outcomes where asked for, are needed.")
    w = None if weights is None else _check_weights(weights, table.n_rows)[kept]
    inputs = PlainInputs(table=table.take(np.flatnonzero(kept)), reader=fit.reader)
    is_alike = w is None or bool((w == w[0]).all())
    return Subject(
        fit=fit,
        inputs=inputs,
        frame=inputs.frame(),
        place=place,
        y=None if y is None else y[kept],
        weights=None if is_alike else w,
    )


def _check_weights(weights: ArrayLike, n: int) -> Floats:
    try:
        found = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("The weights are no numbers. Give one number of 0 or more for each row.") from error
    if found.shape != (n,):
        raise DataError(f"The weights have shape {found.shape} for {n:,} rows. Give one number for each row.")
    return found


def place_of(outcome: Outcome, of: Any) -> int | None:
    """Position of the level that is looked at, or of the median among quantiles; None for a number.

    Raises
    ------
    SpecError
        When the level is not known, or not named although there are several.
    """
    if not outcome.has_levels:
        if of is not None:
            raise SpecError(
                f"of={of!r} names a level, and the outcome {outcome.name!r} is a number. Leave of= out, or fit with "
                "kind='nominal'."
            )
        return QUANTILES.index(0.5) if outcome.kind == "quantiles" else None
    shown = ", ".join(map(repr, outcome.levels))
    if of is None and len(outcome.levels) == 2:
        return 1
    if of is None:
        raise SpecError(
            f"The outcome {outcome.name!r} has {len(outcome.levels)} levels, and no one of them was named. One is "
            f"looked at: say of= one of {shown}."
        )
    words = [str(level) for level in outcome.levels]
    if str(of) not in words:
        raise SpecError(f"of={of!r} is no level of the outcome {outcome.name!r}. Use one of: {shown}.")
    return words.index(str(of))


def outcome_of(outcome: Outcome, source: Any, given: Any = None) -> Floats:
    """Outcomes of new rows as numbers or positions of levels, NaN where unknown, (n,).

    Parameters
    ----------
    outcome
        What the fit predicts.
    source
        The rows, a frame or a file.
    given
        Their outcomes as `FittedMlp.predict` would say them; None to take the column that the fit named.

    Raises
    ------
    SpecError
        When the rows do not have the outcome.
    DataError
        When a value is no number, or no level of the fit.
    """
    cells = _cells(outcome, source) if given is None else pd.Series(given)
    if not outcome.has_levels:
        try:
            return cells.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"The outcome {outcome.name!r} of the rows holds what is no number. Hand numbers over: outcome=."
            ) from error
    places = {str(level): float(place) for place, level in enumerate(outcome.levels)}
    values = cells.unique()
    positions = {value: places.get(_word(value), np.nan) for value in values if not pd.isna(value)}
    unknown = [value for value, place in positions.items() if np.isnan(place)]
    if unknown:
        raise DataError(
            f"The outcome {outcome.name!r} is {unknown[0]!r} in some of the rows, which is no level of the fit. Hand "
            f"it over in these words with outcome=: {', '.join(map(repr, outcome.levels))}."
        )
    return np.array([np.nan if pd.isna(value) else positions[value] for value in cells], dtype=np.float64)


def _cells(outcome: Outcome, source: Any) -> pd.Series:
    native = read_file(Path(source))[0] if isinstance(source, str | Path) else source
    rows = as_pandas(native) if is_frame(native) else pd.DataFrame()
    if outcome.column is None or outcome.column not in rows.columns:
        raise SpecError(
            f"The rows have no column with the outcome {outcome.name!r}. Outcomes are needed here: add the column, or "
            "hand them over with outcome=."
        )
    return rows[outcome.column]


def _word(value: Any) -> str:
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value)
