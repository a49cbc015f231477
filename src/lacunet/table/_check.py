"""The door: what a column may not hold, and whether it can be of the kind that the user wants."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._layout import CATEGORY_KINDS, Kind
from lacunet.errors import ColumnError, DataError, nearest
from lacunet.table._codec import EPOCH
from lacunet.table._guess import Facts, Verdict
from lacunet.table._schema import Role

FIRST_DAY = (np.datetime64("1700-01-01") - np.datetime64(EPOCH)).astype(int)
LAST_DAY = (np.datetime64("2200-01-01") - np.datetime64(EPOCH)).astype(int)


def check_kind(facts: Facts, kind: Kind) -> Verdict:
    """The user's kind, or ``ColumnError`` if the cells cannot be read so."""
    name, n_levels = facts.name, len(facts.distinct)
    if n_levels < 2:
        role: Role = "constant" if n_levels else "empty"
        said = "only one value is known" if n_levels else "no value is known"
        return Verdict(role, None, f"{said}, so nothing can be learnt, whatever its kind")
    if kind == "binary" and n_levels != 2:
        shown = ", ".join(repr(value) for value in facts.distinct[:5])
        raise ColumnError(
            f"Column {name!r} has {n_levels:,} levels ({shown}, ...). A binary column has two. "
            f"Say kinds={{{name!r}: 'nominal'}} or declare the others missing with missing_codes."
        )
    is_date = facts.storage == "date" or facts.spelling == "dates"
    if kind == "date" and not is_date:
        raise ColumnError(
            f"Column {name!r} holds {facts.distinct[0]!r}, which is no date. A date is a date column or text written "
            "YYYY-MM-DD. Convert it first, or choose another kind."
        )
    if kind not in CATEGORY_KINDS and kind != "date" and facts.numbers is None:
        raise ColumnError(
            f"Column {name!r} holds words (first: {facts.distinct[0]!r}). Kind {kind!r} needs numbers. Choose "
            f"'nominal' or 'ordinal', or declare the words with missing_codes={{{name!r}: [{facts.distinct[0]!r}]}}."
        )
    if kind == "count" and facts.numbers is not None and (facts.numbers[0] < 0 or not facts.is_whole):
        raise ColumnError(
            f"Column {name!r} holds {facts.numbers[0]:g} to {facts.numbers[-1]:g}. A count needs whole numbers from 0 "
            f"on. Say kinds={{{name!r}: 'continuous'}}, or declare negative codes with missing_codes."
        )
    return Verdict("modelled", kind, "as you said")


def check_cells(
    name: str, numbers: NDArray[np.float64], codes: NDArray[np.int64], is_known: NDArray[np.bool_], is_date: bool
) -> None:
    """Raise unless every known number is finite, and every known date exists and lies in our times.

    ``numbers`` and ``is_known`` are per distinct value, ``codes`` the position of each cell.
    """
    wrong = is_known & ~np.isfinite(numbers)
    if is_date:
        wrong |= is_known & ((numbers < FIRST_DAY) | (numbers > LAST_DAY))
    if not wrong.any():
        return
    rows = np.flatnonzero((codes >= 0) & wrong[np.maximum(codes, 0)])
    first = float(numbers[codes[rows[0]]])
    where = f"first in row {rows[0] + 1}"
    if not is_date:
        raise ColumnError(
            f"Column {name!r} has {len(rows):,} infinite values ({where}). A number has to be finite. "
            f"If they stand for missing, say missing_codes={{{name!r}: [float('inf'), float('-inf')]}}; else "
            "correct them."
        )
    if not np.isfinite(first):
        raise ColumnError(
            f"Column {name!r} has {len(rows):,} dates that do not exist ({where}). A date is written YYYY-MM-DD. "
            f"Correct them, or leave the column out with leave_out=[{name!r}]."
        )
    stamp = str(np.datetime64(int(first), "D"))
    raise ColumnError(
        f"Column {name!r} has {len(rows):,} dates outside 1700 to 2199 ({where}: {stamp}). Such dates are mostly codes "
        f"for missing. Say missing_codes={{{name!r}: [{stamp!r}]}}, or leave the column out with leave_out=[{name!r}]."
    )


def check_columns(known: Sequence[str], found: Sequence[str]) -> None:
    """Raise ``ColumnError`` unless new rows have the columns that a schema knows; their order may differ."""
    absent = [name for name in known if name not in found]
    extra = [name for name in found if name not in known]
    if not absent and not extra:
        return
    parts = []
    for name in absent[:10]:
        near = nearest(name, extra)
        parts.append(f"{name!r} is absent" + (f" (did you mean {near!r}?)" if near else ""))
    parts += [f"{name!r} is new" for name in extra[:10]]
    n_more = max(len(absent) - 10, 0) + max(len(extra) - 10, 0)
    more = f" and {n_more} more" if n_more else ""
    raise ColumnError(
        f"The columns differ from those of the fit: {'; '.join(parts)}{more}. New rows need the same columns. "
        "Rename, add or drop columns."
    )


def check_rows(n: int, what: str) -> None:
    """Raise unless there is a row."""
    if n == 0:
        raise DataError(
            f"{what} has column names but no rows. At least one row is needed. Check the file or the filter."
        )


def check_has_columns(names: Sequence[Any], what: str) -> None:
    """Raise unless there is a column."""
    if not names:
        raise DataError(f"{what} has no columns. At least one column is needed. Check the file or the selection.")
