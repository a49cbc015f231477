"""Columns as statistical packages want them: numbers with labels, stacked over m = 0 (the data) to m."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lacunet._layout import INAPPLICABLE, MISSING
from lacunet._typing import Bools, Floats, Frame
from lacunet.table import Column, Table, read_tags

KEPT_LABEL = "not applicable"


@dataclass(frozen=True, kw_only=True, eq=False)
class Stacked:
    """One column, for m = 0 to m one below the other.

    Attributes
    ----------
    column
        What is known of it.
    values
        Floats (dates in days since 1970-01-01; NaN where there is no number), or text for columns that are neither
        modelled nor numbers. Length ``(m + 1) n``.
    is_kept
        Cells that do not apply, in every copy alike.
    labels
        Code to label, of a category.
    is_date
        Whether the numbers are days.
    """

    column: Column
    values: NDArray
    is_kept: Bools
    labels: dict[float, str]
    is_date: bool = False

    @property
    def has_time(self) -> bool:
        """Whether dates have a time of day."""
        known = self.values[~np.isnan(self.values)] if self.is_date else np.empty(0)
        return bool((known != np.floor(known)).any())

    def describe(self, name: str) -> str:
        """Label of the variable, or its own name where the package had to change it."""
        return self.column.label or ("" if name == self.column.name else self.column.name)


def as_pandas(frame: Frame) -> pd.DataFrame:
    """Frame as pandas, whole numbers staying whole."""
    if isinstance(frame, pd.DataFrame):
        return frame
    arrow = frame if isinstance(frame, pa.Table) else frame.to_arrow()
    return arrow.to_pandas(types_mapper=pd.ArrowDtype)


def stack_columns(table: Table, draws: Floats) -> Iterator[Stacked]:
    """Every column of the data, in order, stacked over m = 0 to m."""
    native = as_pandas(table.native)
    copies = len(draws) + 1
    rows, cols = table.cells
    j = -1
    for position, column in enumerate(table.schema.columns):
        if not column.is_modelled:
            yield _stack_other(column, native.iloc[:, position], copies)
            continue
        j += 1
        here = cols == j
        base = table.values[:, j].copy()
        stacked = np.tile(base, (copies, 1))
        stacked[1:, rows[here]] = draws[:, here]
        decode, labels = _decoder(column)
        yield Stacked(
            column=column,
            values=decode(stacked.ravel()),
            is_kept=np.tile(table.state[:, j] == INAPPLICABLE, copies),
            labels=labels,
            is_date=column.kind == "date",
        )


def _decoder(column: Column) -> tuple[Callable[[Floats], Floats], dict[float, str]]:
    """How level positions become codes (or numbers stay what they are), and the labels of the codes."""
    if not column.is_category:
        whole = column.is_integer
        labels = {float(code): str(word) for code, word in column.value_labels.items() if _is_whole(code)}
        return (np.rint if whole else np.asarray), labels
    are_codes = all(_is_whole(level) for level in column.levels)
    codes = [float(level) if are_codes else position + 1.0 for position, level in enumerate(column.levels)]
    table = np.array([*codes, np.nan])
    labels = dict(zip(codes, column.level_labels(), strict=True))
    if are_codes:
        labels = {float(code): str(word) for code, word in column.value_labels.items() if _is_whole(code)}

    def decode(values: Floats) -> Floats:
        return table[np.where(np.isnan(values), len(codes), values).astype(int)]

    return decode, labels


def _is_whole(level: object) -> bool:
    """Whether a level is a whole number, or text that spells one (but not "007")."""
    if isinstance(level, str):
        digits = level.removeprefix("-")
        return digits.isascii() and digits.isdigit() and str(int(digits)) == digits
    return isinstance(level, int | float | np.integer | np.floating) and float(level).is_integer()


def _stack_other(column: Column, series: pd.Series, copies: int) -> Stacked:
    """A column that was not modelled, the same in every copy."""
    is_date = pd.api.types.is_datetime64_any_dtype(series.dtype)
    if is_date:
        stamps = pd.DatetimeIndex(series).tz_localize(None) if series.dt.tz is not None else pd.DatetimeIndex(series)
        values = np.asarray((stamps - pd.Timestamp(0)) / pd.Timedelta(days=1), dtype=np.float64)
    elif pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_bool_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = np.array(["" if missing else str(item) for item, missing in zip(series, series.isna())], dtype=object)
    labels = {float(code): str(word) for code, word in column.value_labels.items() if _is_whole(code)}
    return Stacked(
        column=column,
        values=np.tile(values, copies),
        is_kept=np.zeros(copies * len(values), dtype=bool),
        labels=labels,
        is_date=is_date,
    )


def letters_of(native: pd.Series) -> NDArray[np.str_]:
    """Stata's letter that each missing cell came with ("a" to "z"), "" where there was none."""
    if native.dtype != np.float64:
        return np.full(len(native), "", dtype="U1")
    tags = read_tags(native.to_numpy())
    return np.where(tags > 0, tags.astype(np.uint32), 0).view("U1")


def blank_missing(table: Table) -> pd.DataFrame:
    """The data with every cell that was imputed left empty, whatever code stood there."""
    native = as_pandas(table.native).copy()
    modelled = [position for position, column in enumerate(table.schema.columns) if column.is_modelled]
    for j, position in enumerate(modelled):
        missing = table.state[:, j] == MISSING
        if missing.any():
            series = native.iloc[:, position]
            native.isetitem(position, series.mask(pd.Series(missing, index=series.index)))
    return native


def fresh_name(wanted: str, taken: set[str]) -> str:
    """The name, or the name and a number when it is taken (whatever the case of its letters)."""
    low = {name.lower() for name in taken}
    name, number = wanted, 1
    while name.lower() in low:
        number += 1
        name = f"{wanted}{number}"
    return name


def safe_names(names: list[str], longest: int, reserved: frozenset[str], taken: set[str]) -> list[str]:
    """Names that a package accepts: letters, digits, underscores, a letter first, each one once."""
    used, out = set(taken), []
    for name in names:
        plain = re.sub(r"[^\w]", "_", name) or "v"
        if not (plain[0].isalpha() or plain[0] == "_") or plain.lower() in reserved:
            plain = f"v_{plain}"
        plain = fresh_name(plain[: longest - 3] if len(plain) > longest else plain, used)
        used.add(plain)
        out.append(plain)
    return out
