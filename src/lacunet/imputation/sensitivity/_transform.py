"""Imputed cells changed by a function of the user's."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from lacunet._rng import generator
from lacunet._typing import Bools, Floats
from lacunet.errors import ColumnError, DataError, SpecError, list_some
from lacunet.imputation.sensitivity._face import Adjusted, Adjustment, Imputed
from lacunet.table import Column

DAY = np.timedelta64(1, "D")


def transform_cells(imputed: Imputed, function: Callable[..., pd.DataFrame], *, words: str = "") -> Adjusted:
    """Change imputed cells by a function of your own (a pattern-mixture model).

    For departures from missing at random that ``shift_cells`` has no word for: a shift that depends on other
    variables, is drawn from a distribution, or moves several variables together.

    Parameters
    ----------
    imputed
        The imputations.
    function
        Called as ``function(frame, mask)`` for each imputation, or ``function(frame, mask, rng=...)`` where it has a
        parameter ``rng``, a NumPy Generator of that imputation's own. ``frame`` is a completed pandas frame as
        ``Imputations.fit`` sees it (numbers as numbers, categories by their labels, nothing where a question did not
        apply), a copy that may be written into; ``mask`` a frame of the same shape, True where a cell was imputed. It
        returns the frame, changed in imputed cells only.
    words
        What it does, for the record; the function's name when left out.

    Returns
    -------
    Adjusted
        New draws and the sentence that says what was done.

    Raises
    ------
    SpecError
        When ``function`` cannot be called.
    DataError
        When it returns no frame, other rows or columns, or changes an observed cell.
    ColumnError
        When an imputed cell is left empty, infinite, not whole where the variable is, or at a level not known.

    References
    ----------
    Little, R. J. A. 1993. Pattern-mixture models for multivariate incomplete data. Journal of the American Statistical
    Association 88(421): 125-134.
    """
    if not callable(function):
        raise SpecError(f"{function!r} cannot be called. Give a function of (frame, mask) that returns the frame.")
    table = imputed.table
    mask = pd.DataFrame(table.mask, columns=list(table.schema.names))
    draws = imputed.draws.copy()
    for i, draw in enumerate(imputed.draws):
        frame = table.analysis_frame(draw)
        mask.index = frame.index
        own = {"rng": generator(imputed.seed, "transform", i)} if _wants_rng(function) else {}
        changed = function(frame.copy(), mask.copy(), **own)
        _check_shape(frame, changed, i)
        draws[i] = _take_back(imputed, frame, changed, draw)
    cols = table.cells[1][(draws != imputed.draws).any(axis=0)]
    names = tuple(table.layout.names[j] for j in np.unique(cols))
    done = words or f"by the function {getattr(function, '__name__', type(function).__name__)!r}"
    sentence = f"Imputed values of {list_some([repr(name) for name in names]) or 'no variable'} were changed: {done}."
    return Adjusted(draws=draws, adjustment=Adjustment(kind="transform", variables=names, sentence=sentence))


def _wants_rng(function: Callable[..., Any]) -> bool:
    try:
        return "rng" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _check_shape(frame: pd.DataFrame, changed: Any, i: int) -> None:
    if not isinstance(changed, pd.DataFrame):
        raise DataError(
            f"The function returned a {type(changed).__name__} for imputation {i}. The changed pandas frame is needed. "
            "End the function with 'return frame'."
        )
    if len(changed) != len(frame) or not changed.index.equals(frame.index):
        raise DataError(
            f"The function returned {len(changed):,} rows for imputation {i}, or rows in another order; it was given "
            f"{len(frame):,}. The same rows in the same order are needed. Change cells and leave the rows."
        )
    if list(changed.columns) != list(frame.columns):
        other = set(map(str, changed.columns)) ^ set(map(str, frame.columns))
        raise DataError(
            f"The function returned other columns for imputation {i} ({list_some(sorted(other)) or 'another order'}). "
            "The same columns in the same order are needed. Drop helper columns before returning."
        )


def _take_back(imputed: Imputed, frame: pd.DataFrame, changed: pd.DataFrame, draw: Floats) -> Floats:
    """New draws of one imputation."""
    table, taken, cols = imputed.table, draw.copy(), imputed.table.cells[1]
    modelled = {name: j for j, name in enumerate(table.layout.names)}
    for column in table.schema.columns:
        before, after = frame[column.name], changed[column.name]
        if column.name not in modelled:
            same = np.asarray((before == after) | (before.isna() & after.isna()), dtype=bool)
            _check_observed(column, same, np.zeros(len(frame), dtype=bool), after)
            continue
        j = modelled[column.name]
        cells, imputed_rows = np.flatnonzero(cols == j), table.state[:, j] == 1
        old, new = as_values(column, before, before), as_values(column, after, before)
        same = (old == new) | (np.isnan(old) & np.isnan(new) & np.asarray(after.isna()))
        _check_observed(column, same, imputed_rows, after)
        _check_imputed(column, new, imputed_rows & ~same, after)
        # What the function left alone stays to the last bit.
        taken[cells] = np.where(same[imputed_rows], draw[cells], new[imputed_rows])
    return taken


def as_values(column: Column, series: pd.Series, like: pd.Series) -> Floats:
    """A column of an analysis frame as numbers, days, or positions of levels; NaN for what is none of these."""
    if column.kind == "date":
        stamps = pd.to_datetime(series, errors="coerce").to_numpy(dtype="datetime64[us]")
        days = (stamps - np.datetime64("1970-01-01", "us")) / DAY
        return np.asarray(days, dtype=np.float64)
    if not column.is_category:
        return pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if isinstance(like.dtype, pd.CategoricalDtype):
        codes = like.cat.categories.get_indexer(pd.Index(series.astype(object)))
    else:
        numbers = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        codes = pd.Index(np.array(column.levels, dtype=np.float64)).get_indexer(pd.Index(numbers))
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def _check_observed(column: Column, same: Bools, is_imputed: Bools, after: pd.Series) -> None:
    wrong = np.flatnonzero(~same & ~is_imputed)
    if len(wrong):
        raise DataError(
            f"The function changed column {column.name!r} in row {wrong[0]} (from 0) to {after.iloc[wrong[0]]!r}, and "
            f"{len(wrong) - 1:,} more cells, which were not imputed. Only imputed cells may change. Use the mask: "
            f"frame.loc[mask[{column.name!r}], {column.name!r}]."
        )


def _check_imputed(column: Column, new: Floats, is_changed: Bools, after: pd.Series) -> None:
    bad = is_changed & ~np.isfinite(new)
    needed = f"One of its levels ({list_some(column.level_labels())})" if column.is_category else "A finite number"
    if column.kind == "date":
        needed = "A date"
    if not bad.any() and column.is_integer and not column.is_category:
        bad, needed = is_changed & (new != np.rint(new)), "A whole number"
    if column.storage == "category" and not column.is_category:
        known = pd.to_numeric(pd.Series(list(column.levels)), errors="coerce")
        bad, needed = bad | (is_changed & ~np.isin(new, known)), "A number that is one of its categories"
    wrong = np.flatnonzero(bad)
    if len(wrong):
        raise ColumnError(
            f"The function set column {column.name!r} in row {wrong[0]} (from 0) to {after.iloc[wrong[0]]!r}, and "
            f"{len(wrong) - 1:,} more cells like it. {needed} is needed in every imputed cell. Correct the function."
        )
