"""Draws of hidden cells by somebody else's imputer: a function that takes a frame and gives completed ones."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from lacunet._layout import MISSING, OBSERVED
from lacunet._typing import Bools, Floats, Frame
from lacunet.errors import ColumnError, DataError, SpecError
from lacunet.imputation._overimpute import without
from lacunet.report import _words
from lacunet.table import Column, Table
from lacunet.table._frame import as_pandas, column_names, is_frame

Foreign = Callable[[pd.DataFrame, int, int], Iterable[Frame]]
"""Takes a frame with holes, the number of completed frames to give, and a seed."""

SAME = 1e-5
"""Standard deviations by which a known number may move: half precision of a network is no change of the data."""
MICROSECONDS_A_DAY = 86_400_000_000


def draw_foreign(imputer: Foreign, table: Table, hidden: Bools, m: int, seed: int) -> Floats:
    """Hand over the table without its hidden cells and read these from what comes back, shape ``(m, n_hidden)``."""
    holes = without(table, hidden)
    pattern = holes.analysis_frame()[list(holes.layout.names)]
    given = imputer(pattern.copy(), m, seed)
    if is_frame(given) or isinstance(given, str) or not isinstance(given, Iterable):
        raise SpecError(
            f"It returned a {type(given).__name__}. A list of {m} completed frames is needed. "
            "Return [frame, ...], one frame a draw."
        )
    frames = list(given)
    if len(frames) != m:
        raise SpecError(
            f"It returned {_words.count(len(frames), 'frame')} where {m} were needed. Return as many as m says."
        )
    return np.stack([_read(frame, pattern, holes)[hidden] for frame in frames])


def _read(frame: Frame, pattern: pd.DataFrame, holes: Table) -> Floats:
    """Numbers of a completed frame, shape (n, p), once it is known to be one."""
    if not is_frame(frame):
        raise SpecError(
            f"It returned a list with a {type(frame).__name__} in it. Frames are needed (pandas, polars or pyarrow). "
            "Put arrays back into a frame: pandas.DataFrame(array, columns=frame.columns)."
        )
    plain, names = as_pandas(frame), column_names(frame)
    absent = [name for name in pattern.columns if name not in names]
    if absent or len(plain) != len(pattern):
        lost = f" without {', '.join(map(repr, absent[:5]))}" if absent else ""
        raise DataError(
            f"It returned a frame of {len(plain):,} rows{lost}. The frame handed over has {len(pattern):,} rows and "
            f"{pattern.shape[1]} columns, and all must come back in their order. Fill holes and change nothing else."
        )
    columns = [
        _as_floats(plain.iloc[:, names.index(column.name)], pattern[column.name], column)
        for column in holes.schema.modelled
    ]
    filled = np.column_stack(columns)
    _check_filled(filled, holes)
    return filled


def _as_floats(given: pd.Series, pattern: pd.Series, column: Column) -> Floats:
    if isinstance(pattern.dtype, pd.CategoricalDtype):
        labels = given.astype(object)
        places = pattern.cat.categories.get_indexer(labels).astype(float)
        return _at_levels(places, places < 0, labels, column)
    if column.kind == "date":
        stamps = pd.to_datetime(given).to_numpy("datetime64[us]")
        return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64) / MICROSECONDS_A_DAY)
    try:
        numbers = given.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ColumnError(
            f"In its {column.name!r} there are cells that are no numbers ({error}). They were numbers when handed "
            "over. Return numbers."
        ) from error
    if not column.is_category:
        return numbers
    distance = np.abs(numbers[:, None] - np.array(column.levels, dtype=np.float64))
    known = np.nan_to_num(distance, nan=np.inf)
    return _at_levels(known.argmin(axis=1).astype(float), ~(known.min(axis=1) <= SAME), given, column)


def _at_levels(places: Floats, is_other: Bools, given: pd.Series, column: Column) -> Floats:
    """Positions of levels, NaN where a cell is empty; anything else is none."""
    is_empty = given.isna().to_numpy()
    wrong = np.flatnonzero(is_other & ~is_empty)
    if len(wrong):
        raise ColumnError(
            f"In its {column.name!r} {len(wrong):,} cells hold none of the levels (first: {given.iloc[wrong[0]]!r}, "
            f"row {wrong[0] + 1}). The levels are {', '.join(map(repr, column.level_labels()[:10]))}. "
            "Draw levels, not numbers between them."
        )
    return np.where(is_empty, np.nan, places)


def _check_filled(filled: Floats, holes: Table) -> None:
    """Known cells as they were, no hole left, nothing infinite."""
    names, known = holes.layout.names, holes.state == OBSERVED
    spread = np.array([np.std(holes.values[here, j]) if here.any() else 1.0 for j, here in enumerate(known.T)])
    changed = known & ~(np.abs(filled - holes.values) <= SAME * np.maximum(spread, 1.0))
    if changed.any():
        i, j = np.argwhere(changed)[0]
        raise DataError(
            f"It changed {int(changed.sum()):,} known cells (first: {names[j]}, row {i + 1}, from "
            f"{holes.values[i, j]:.6g} to {filled[i, j]:.6g}). An imputer fills holes and leaves the rest, rows in "
            "their order. Put the known cells back."
        )
    left = (holes.state == MISSING) & ~np.isfinite(filled)
    if left.any():
        i, j = np.argwhere(left)[0]
        raise DataError(
            f"It left {int(left.sum()):,} holes (first: {names[j]}, row {i + 1}). Every missing cell needs a finite "
            "value. Fill them all."
        )
