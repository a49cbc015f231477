"""Documents cut into slices: of time most often, of any column with an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Integers
from lacunet.embedding.text import Corpus
from lacunet.errors import DataError, SpecError, warn_user
from lacunet.measures.documents._documents import variable_of, write_value

MOST = 500
"""More slices than this were not meant as slices."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut:
    """Which document is in which slice.

    Attributes
    ----------
    by
        Name of the column.
    labels
        Name of each slice, in order (T,).
    at
        Where each stands on an axis: numbers, or the labels.
    codes
        Slice of each document (n,), -1 for those left out.
    notes
        What was left out, as sentences.
    """

    by: str
    labels: tuple[str, ...]
    at: tuple[Any, ...]
    codes: Integers
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_documents(self) -> Integers:
        """Documents in each slice (T,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self)).astype(np.intp)


def cut_documents(corpus: Corpus, by: str, breaks: Sequence[Any] | None = None) -> Cut:
    """Cut the documents of a corpus into slices.

    Parameters
    ----------
    corpus
        With document variables.
    by
        Name of the column, such as "year".
    breaks
        Edges in rising order, as ``[1970, 1980, 1990]`` for two slices: the lower edge belongs to a slice, the last
        slice holds its upper one as well. Of dates, whole numbers are years. None makes a slice of every value.

    Returns
    -------
    Cut
        At least two slices with documents.

    Raises
    ------
    ColumnError
        When there is no such column.
    SpecError
        When the breaks do not rise, or there are hundreds of slices.
    DataError
        When fewer than two slices have documents.

    Warns
    -----
    DataWarning
        When documents are left out: an empty cell, or a value outside the breaks.
    """
    values = variable_of(corpus.variables, by)
    is_empty = np.asarray(values.isna() | values.astype(str).str.strip().eq(""), dtype=bool)
    codes, labels, at = _by_value(values, is_empty) if breaks is None else _by_breaks(values, is_empty, breaks, by)
    if len(labels) > MOST:
        raise SpecError(
            f"by={by!r} has {len(labels):,} values. Slices need many documents each, and {MOST} are the most. "
            "Say breaks=[...], the edges of fewer slices."
        )
    held = np.bincount(codes[codes >= 0], minlength=len(labels))
    if np.count_nonzero(held) < 2:
        raise DataError(
            f"by={by!r} gives {'one' if held.any() else 'no'} slice with documents. Change needs two or more. "
            "Take another column, or other breaks."
        )
    kept = np.flatnonzero(held)
    renumbered = np.full(len(labels) + 1, -1, dtype=np.intp)
    renumbered[kept] = np.arange(len(kept))
    notes = _say_left_out(by, is_empty, codes, [labels[k] for k in np.flatnonzero(held == 0)])
    return Cut(
        by=by,
        labels=tuple(labels[k] for k in kept),
        at=tuple(at[k] for k in kept),
        codes=renumbered[codes],
        notes=notes,
    )


def _by_value(values: pd.Series, is_empty: Bools) -> tuple[Integers, list[str], list[Any]]:
    there = values[~is_empty]
    codes = np.full(len(values), -1, dtype=np.intp)
    if isinstance(there.dtype, pd.CategoricalDtype):
        levels = list(there.cat.categories)
        codes[~is_empty] = there.cat.codes.to_numpy()
    else:
        try:
            found, levels = pd.factorize(there, sort=True)
        except TypeError:  # numbers among texts
            found, levels = pd.factorize(there.astype(str), sort=True)
        codes[~is_empty], levels = found, list(levels)
    labels = [write_value(level) for level in levels]
    are_numbers = all(isinstance(level, int | float | np.number) for level in levels)
    return codes, labels, [float(level) for level in levels] if are_numbers else labels


def _by_breaks(
    values: pd.Series, is_empty: Bools, breaks: Sequence[Any], by: str
) -> tuple[Integers, list[str], list[Any]]:
    is_time = pd.api.types.is_datetime64_any_dtype(values)
    try:
        edges = pd.Index(pd.to_datetime(_as_dates(breaks)) if is_time else np.asarray(breaks, dtype=np.float64))
        numbers = values if is_time else values.where(~is_empty).astype(np.float64)
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"breaks={breaks!r} do not fit the column {by!r} ({error}). Numbers or dates are needed, in both. Leave "
            "breaks out to make a slice of every value."
        ) from error
    if len(edges) < 3 or not edges.is_monotonic_increasing or not edges.is_unique:
        raise SpecError(
            f"breaks={breaks!r} are no edges of slices. Three or more in rising order are needed, such as "
            "[1970, 1980, 1990]: they make two slices."
        )
    codes = np.asarray(edges.searchsorted(numbers, side="right"), dtype=np.intp) - 1
    codes[np.asarray(numbers == edges[-1], dtype=bool)] = len(edges) - 2
    codes[is_empty | (codes >= len(edges) - 1)] = -1
    pairs = list(pairwise(edges))
    are_whole = not is_time and bool((numbers.dropna() % 1 == 0).all()) and all(edge % 1 == 0 for edge in edges)
    labels = [_name(low, high, are_whole, high == edges[-1]) for low, high in pairs]
    return codes, labels, labels if is_time else [float(low + high) / 2 for low, high in pairs]


def _as_dates(breaks: Sequence[Any]) -> list[Any]:
    """Breaks of a column of dates; whole numbers are years."""
    return [str(edge) if isinstance(edge, int | np.integer) else edge for edge in breaks]


def _name(low: Any, high: Any, are_whole: bool, is_last: bool) -> str:
    """Whole numbers say the last that a slice holds, others the edge."""
    if not are_whole:
        return f"{write_value(low)} to {write_value(high)}"
    last = high if is_last else high - 1
    return write_value(low) if low == last else f"{write_value(low)}-{write_value(last)}"


def _say_left_out(by: str, is_empty: Bools, codes: Integers, empty: list[str]) -> tuple[str, ...]:
    n_empty, n_out = int(is_empty.sum()), int(((codes < 0) & ~is_empty).sum())
    notes = []
    if n_empty or n_out:
        why = [f"{n_empty:,} with an empty cell"] * bool(n_empty) + [f"{n_out:,} outside the breaks"] * bool(n_out)
        notes.append(f"{n_empty + n_out:,} of {len(codes):,} documents are in no slice of {by!r}: {', '.join(why)}.")
        warn_user(
            notes[0] + " Each needs a value to be in a slice. They are left out; fill in the column to have them in."
        )
    if empty:
        notes.append(f"Slices without a document are left out: {', '.join(empty[:10])}.")
    return tuple(notes)
