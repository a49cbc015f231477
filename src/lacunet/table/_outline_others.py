"""What stands in columns that are not modelled when rows are made: new identifiers, constants, and nothing."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from lacunet._typing import Frame
from lacunet.errors import list_some
from lacunet.table._codes import factorise, reason_per_value
from lacunet.table._frame import Patch
from lacunet.table._raw import RawColumn
from lacunet.table._schema import Column, Role

_SMALL = re.compile(r"(u?)int(8|16|32)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Other:
    """One column that is not modelled.

    Attributes
    ----------
    place, name, role
        Which column, and why it is not modelled.
    is_number
        Whether its cells are numbers, booleans or dates.
    value
        The one value of a constant column, as the column spells it (a date in days); None elsewhere.
    n_empty
        Rows in which a constant column was empty.
    width
        Characters of an identifier that is text; 0 where it is a category of numbers.
    largest
        Number of rows from which an identifier needs a wider type.
    """

    place: int
    name: str
    role: Role
    is_number: bool
    value: Any = None
    n_empty: int = 0
    width: int = 0
    largest: int | None = None

    def patch(self, n: int) -> Patch | None:
        """All rows and what stands in them; None for a column that stays empty."""
        rows = np.arange(n)
        if self.role == "identifier":
            if self.is_number:
                return rows, np.arange(1.0, n + 1.0)
            return rows, [f"{i:0{self.width}d}" if self.width else i for i in range(1, n + 1)]
        if self.role == "constant":
            return rows, np.full(n, self.value) if self.is_number else [self.value] * n
        return None

    def as_dict(self) -> dict[str, Any]:
        """Plain form for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Inverse of ``as_dict``."""
        return cls(**plain)


def learn_other(place: int, raw: RawColumn, column: Column) -> Other:
    """What to put into a column that is not modelled."""
    is_number = raw.numbers is not None
    if column.role == "identifier" and all(isinstance(level, str | int | float) for level in raw.levels):
        small = _SMALL.search(column.dtype) if raw.is_whole else None
        largest = 2 ** (int(small.group(2)) - (not small.group(1))) - 1 if small else None
        return Other(
            place=place, name=raw.name, role="identifier", is_number=is_number, width=_width(raw), largest=largest
        )
    if column.role == "constant":
        cells = factorise(raw)
        is_known = np.array([reason is None for reason in reason_per_value(cells, column.coding)], dtype=bool)
        counts = np.where(is_known, cells.counts, 0)
        best = int(np.argmax(counts))
        n_empty = len(cells.codes) - int(counts[best])
        value = cells.distinct[best]
        return Other(place=place, name=raw.name, role="constant", is_number=is_number, value=value, n_empty=n_empty)
    role: Role = "left out" if column.role == "identifier" else column.role
    return Other(place=place, name=raw.name, role=role, is_number=is_number)


def _width(raw: RawColumn) -> int:
    """The commonest length of text; 0 where there is none."""
    lengths = [len(level) for level in raw.levels if isinstance(level, str)]
    return int(np.bincount(lengths).argmax()) if lengths else 0


def with_identifiers(frame: Frame, others: Sequence[Other]) -> Frame:
    """Rows of nothing in which a category of identifiers can hold the new ones."""
    if not isinstance(frame, pd.DataFrame):
        return frame
    for other in others:
        dtype = frame.dtypes.iloc[other.place]
        if other.role == "identifier" and isinstance(dtype, pd.CategoricalDtype):
            patch = other.patch(len(frame))
            assert patch is not None
            levels = pd.Index(patch[1])
            frame.isetitem(other.place, pd.Categorical([None] * len(frame), levels, ordered=dtype.ordered))
    return frame


def too_narrow(others: Sequence[Other], n: int) -> list[str]:
    """Identifiers whose type cannot count ``n`` rows."""
    return [other.name for other in others if other.largest is not None and n > other.largest]


def say_others(others: Sequence[Other]) -> tuple[str, ...]:
    """One sentence for each way in which made rows differ from real ones outside the model."""
    sentences = []
    for role, words in _SENTENCES.items():
        names = [repr(other.name) for other in others if other.role == role]
        if names:
            sentences.append(words.format(names=list_some(names)))
    partly = [f"{other.name!r} ({other.n_empty:,})" for other in others if other.n_empty]
    if partly:
        sentences.append(
            f"Empty in some real rows, which made rows do not show: {list_some(partly)}. A column of one value and "
            "nothing is not modelled; make the empty cells a value of their own to have them followed."
        )
    return tuple(sentences)


_SENTENCES: dict[Role, str] = {
    "identifier": "Identifiers are new numbers from 1 on, and name no real row: {names}.",
    "constant": "Never vary, so every made row has the one value: {names}.",
    "text": "Free text is not made, and these columns are empty: {names}.",
    "empty": "Empty in the real rows, and empty in those made: {names}.",
    "left out": "Left out, and so empty in the rows made: {names}.",
}
