"""The door: rows, predictors, weights and names, checked once; and frames made of other rows' values."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import ColumnError, DataError, SpecError, suggest

Predict = Callable[[pd.DataFrame], Floats]
"""A frame of inputs to one number a row, shape (n,): a prediction, or the probability of one level."""

PredictEach = Callable[[pd.DataFrame], Floats]
"""The same for every member of an ensemble or every refit, shape (n, k)."""

ROWS_AT_ONCE = 100_000
"""Rows that a predictor is handed in one call, at most, unless the frame itself has more."""
FEW_VALUES = 12
"""A number with no more different values than this is looked at where they are."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Rows to explain a predictor on.

    Attributes
    ----------
    frame
        Inputs, numbered from 0.
    share
        Weight of each row; they sum to 1.
    is_weighted
        Whether weights were handed over.
    """

    frame: pd.DataFrame
    share: Floats
    is_weighted: bool

    def __len__(self) -> int:
        return len(self.frame)

    def mean(self, values: Floats) -> Floats:
        """Weighted mean over the first axis."""
        return np.asarray(np.tensordot(self.share, values, axes=1), dtype=np.float64)

    def mean_variance(self, values: Floats) -> Floats:
        """Sampling variance of `mean`, rows drawn independently; s² / n without weights."""
        deviations = values - self.mean(values)
        n = len(self)
        return np.asarray(np.tensordot(self.share**2, deviations**2, axes=1) * n / (n - 1), dtype=np.float64)


def check_rows(frame: pd.DataFrame, weights: ArrayLike | None = None) -> Rows:
    """Take rows in, with their weights.

    Raises
    ------
    DataError
        When it is no pandas frame, has fewer than two rows or a name twice, or weights do not fit.
    """
    check_frame(frame)
    n = len(frame)
    if n < 2:
        raise DataError(
            f"The frame has {n} rows. An average over rows needs at least 2: hand over the rows to explain."
        )
    if weights is None:
        share = np.full(n, 1 / n)
    else:
        share = np.asarray(weights, dtype=np.float64)
        if share.shape != (n,) or not np.isfinite(share).all() or (share < 0).any() or not share.sum() > 0:
            raise DataError(
                f"The weights have shape {share.shape} for {n:,} rows, or hold values that are negative, not finite or "
                "all 0. They must be one number of 0 or more for each row."
            )
        share = share / share.sum()
    return Rows(frame=frame.reset_index(drop=True), share=share, is_weighted=weights is not None)


def check_frame(frame: pd.DataFrame) -> None:
    """Refuse what is not a pandas frame with a name for each column."""
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"The inputs are a {type(frame).__name__}. They must be a pandas frame, one column an input.")
    if not frame.columns.is_unique:
        name = frame.columns[frame.columns.duplicated()][0]
        raise DataError(f"Two columns of the frame are named {name!r}. Each input needs a name of its own: rename one.")


def check_predictor(predict: object, what: str = "predict") -> None:
    """Refuse what cannot be called."""
    if not callable(predict):
        raise SpecError(
            f"{what} is a {type(predict).__name__}. It must be a function of a pandas frame that gives one number a "
            "row, such as model.predict."
        )


def check_column(frame: pd.DataFrame, name: str) -> None:
    """Refuse a name that no column has."""
    if name not in frame.columns:
        known = list(frame.columns)
        advice = suggest(name, known) or f"The columns are: {', '.join(map(str, known))}."
        raise ColumnError(f"There is no column {name!r} among the inputs. {advice}")


def check_variables(frame: pd.DataFrame, variables: Sequence[str] | str | None) -> list[str]:
    """Names of the columns meant; all where none is named."""
    if variables is None:
        return list(frame.columns)
    names = [variables] if isinstance(variables, str) else list(variables)
    for name in names:
        check_column(frame, name)
    return names


def check_groups(frame: pd.DataFrame, groups: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    """What is moved together: each column alone, or the groups named and all other columns alone.

    Raises
    ------
    SpecError
        When a group is empty, or a column stands in two.
    """
    found: dict[str, list[str]] = {}
    taken: set[str] = set()
    for title, members in (groups or {}).items():
        names = check_variables(frame, members)
        again = taken.intersection(names)
        if not names or again:
            reason = f"column {sorted(map(str, again))[0]!r} also stands in another" if again else "it is empty"
            raise SpecError(
                f"Group {title!r} cannot be used: {reason}. A group needs columns of its own: look at groups."
            )
        taken.update(names)
        found[title] = names
    return found | {name: [name] for name in frame.columns if name not in taken}


def check_count(name: str, value: int, least: int = 1) -> None:
    """Refuse a count that is no whole number, or too small."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise SpecError(f"{name}={value!r} is not possible. It must be a whole number, {least} or more.")


def ask(predict: Predict, frame: pd.DataFrame) -> Floats:
    """Predictions of the rows, shape (n,), checked.

    Raises
    ------
    DataError
        When there is not one finite number a row.
    """
    values = np.asarray(predict(frame), dtype=np.float64)
    if values.shape == (len(frame), 1):
        values = values[:, 0]
    if values.shape != (len(frame),):
        raise DataError(
            f"The predictor gave an array of shape {values.shape} for {len(frame):,} rows. It must give one number a "
            "row: of several levels hand over the probability of one, lambda frame: model.predict_proba(frame)[:, 1]."
        )
    return _finite(values)


def ask_each(predict_each: PredictEach, frame: pd.DataFrame) -> Floats:
    """Predictions of every member, shape (n, k), checked; k is at least 2."""
    values = np.asarray(predict_each(frame), dtype=np.float64)
    if values.ndim != 2 or len(values) != len(frame) or values.shape[1] < 2:
        raise DataError(
            f"predict_each gave an array of shape {values.shape} for {len(frame):,} rows. It must give one column for "
            "each of at least two members, shape (n, k): leave it out where there is one model."
        )
    return _finite(values)


def _finite(values: Floats) -> Floats:
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))[0])
        raise DataError(
            f"The predictor gave a number that is not finite (first in row {row:,} of those asked). Averages need a "
            "number for each row: fill in missing inputs, or hand over a predictor that takes them."
        )
    return values


def ask_blocks(
    predict: Callable[[pd.DataFrame], Floats],
    frames: Iterable[pd.DataFrame],
    ask_one: Callable[[Callable[[pd.DataFrame], Floats], pd.DataFrame], Floats] = ask,
) -> Iterator[Floats]:
    """Predictions of each of many small frames, asked for together so that calls are few.

    Parameters
    ----------
    predict
        The predictor.
    frames
        Frames with the same columns.
    ask_one
        `ask` or `ask_each`.

    Yields
    ------
    Floats
        Predictions of one frame after another.
    """
    waiting: list[pd.DataFrame] = []
    n_waiting = 0
    for frame in frames:
        if waiting and n_waiting + len(frame) > ROWS_AT_ONCE:
            yield from _answers(predict, waiting, ask_one)
            waiting, n_waiting = [], 0
        waiting.append(frame)
        n_waiting += len(frame)
    if waiting:
        yield from _answers(predict, waiting, ask_one)


def _answers(
    predict: Callable[[pd.DataFrame], Floats],
    frames: list[pd.DataFrame],
    ask_one: Callable[[Callable[[pd.DataFrame], Floats], pd.DataFrame], Floats],
) -> list[Floats]:
    together = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    return np.split(ask_one(predict, together), np.cumsum([len(frame) for frame in frames])[:-1])


def mix_rows(frame: pd.DataFrame, sources: Mapping[str, Integers], rows: Integers) -> pd.DataFrame:
    """Rows of a frame, in which some columns have their values from other rows.

    Parameters
    ----------
    frame
        Where all values come from.
    sources
        Column to the positions that its values come from, shape ``(n,)``.
    rows
        Positions of all other columns, shape ``(n,)``.

    Returns
    -------
    pandas.DataFrame
        New, numbered from 0, of the same columns and types.
    """
    mixed = frame.take(rows).reset_index(drop=True)
    for name, positions in sources.items():
        mixed[name] = frame[name].array.take(positions)
    return mixed


def give_value(frame: pd.DataFrame, name: str, value: object) -> pd.DataFrame:
    """The frame with one value in all rows of a column; a whole-number column becomes one of floats where needed."""
    column = frame[name]
    kept = not is_number(column) or (isinstance(value, int | np.integer) and not isinstance(value, bool))
    given = frame.copy(deep=False)
    given[name] = pd.Series([value] * len(frame), index=frame.index, dtype=column.dtype if kept else "float64")
    return given


def give_values(frame: pd.DataFrame, name: str, values: Floats) -> pd.DataFrame:
    """The frame with other numbers in a column."""
    given = frame.copy(deep=False)
    given[name] = values
    return given


def is_number(column: pd.Series) -> bool:
    """Whether a column holds numbers; true and false are levels."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def as_numbers(column: pd.Series) -> Floats:
    """A column of numbers as float64, missing cells as NaN."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def known_cells(column: pd.Series) -> Bools:
    """Where a column is not missing."""
    return column.notna().to_numpy(dtype=bool)


def list_levels(column: pd.Series) -> list[object]:
    """Levels that occur: in the order of a categorical, sorted otherwise.

    Raises
    ------
    ColumnError
        When the column holds dates, or nothing at all.
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        raise ColumnError(
            f"Column {column.name!r} holds dates. It must hold numbers or levels here: count days from a first day, or "
            "name the years."
        )
    if isinstance(column.dtype, pd.CategoricalDtype):
        occurring = set(column.dropna().unique())
        levels = [level for level in column.cat.categories if level in occurring]
    else:
        levels = sorted(column.dropna().unique().tolist(), key=lambda level: (str(type(level)), level))
    if not levels:
        raise ColumnError(f"Column {column.name!r} has no known cell. An effect needs values to compare: leave it out.")
    return levels


def is_ordered(column: pd.Series) -> bool:
    """Whether levels have an order: an ordered categorical, or true and false."""
    is_ordered_category = isinstance(column.dtype, pd.CategoricalDtype) and bool(column.cat.ordered)
    return is_ordered_category or pd.api.types.is_bool_dtype(column.dtype)
