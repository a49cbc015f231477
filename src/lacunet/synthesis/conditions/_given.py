"""What synthetic rows are asked to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacunet._typing import Bools, Floats, States
from lacunet.errors import DataError, SpecError
from lacunet.report._words import join
from lacunet.synthesis.conditions._nearest import say_nearest
from lacunet.synthesis.conditions._wanted import WHAT, Wanted, read_wanted, say_wanted
from lacunet.synthesis.conditions.constraints._levels import find_column
from lacunet.table import Outline
from lacunet.table._frame import is_frame

Rows = tuple[Floats, States, tuple[int, ...]]
"""Values (k, p), reasons (k, p) and the positions of the columns that are given."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What synthetic rows are asked to be: the same of all of them, or rows to be completed.

    Attributes
    ----------
    outline
        The columns there are.
    wanted
        What is asked of some columns, the same for all rows.
    rows
        Some of the columns of each row to be made, exact; None where conditions are the same for all.
    """

    outline: Outline
    wanted: tuple[Wanted, ...] = ()
    rows: Rows | None = None

    @property
    def positions(self) -> tuple[int, ...]:
        """Columns asked for, by their position among the modelled."""
        return self.rows[2] if self.rows is not None else tuple(one.position for one in self.wanted)

    def matches(self, values: Floats, reason: States) -> Bools:
        """Which rows are what is asked for; of rows to be completed, which agree with one of them.

        Parameters
        ----------
        values, reason
            Shape (n, p), of the modelled columns.

        Returns
        -------
        numpy.ndarray
            Truth values (n,).
        """
        if self.rows is not None:
            own = set(_keys(*self.rows))
            return np.array([key in own for key in _keys(values, reason, self.rows[2])], dtype=bool)
        found = np.ones(len(values), dtype=bool)
        for one in self.wanted:
            found &= one.matches(values, reason)
        return found

    def sentence(self) -> str:
        """What is asked for, in words."""
        names = [column.name for column in self.outline.schema.modelled]
        if self.rows is not None:
            return f"{len(self.rows[0]):,} rows with {join([names[j] for j in self.rows[2]])} as given"
        return join([self._say(one) for one in self.wanted]) or "nothing is asked for"

    def nearest(self, values: Floats, reason: States) -> str:
        """Say which conditions no real row meets together, and the nearest that does occur.

        Parameters
        ----------
        values, reason
            The real rows, shape (n, p).

        Returns
        -------
        str
            Empty where some row meets them; of rows to be completed, where each agrees with some row.
        """
        if self.rows is None:
            return "" if self.matches(values, reason).any() else say_nearest(self.wanted, self.outline, values, reason)
        given, why, present = self.rows
        real = set(_keys(values, reason, present))
        strange = [i for i, key in enumerate(_keys(given, why, present)) if key not in real]
        if not strange:
            return ""
        exact = tuple(_exactly(j, given[strange[0], j], int(why[strange[0], j])) for j in present)
        return (
            f"{len(strange):,} of the {len(given):,} given rows hold what no row of the data holds (first: row "
            f"{strange[0] + 1}). {say_nearest(exact, self.outline, values, reason)}"
        )

    def _say(self, one: Wanted) -> str:
        return say_wanted(one, self.outline.schema.modelled[one.position], self.outline.reasons[one.position])


def parse_given(given: Any, outline: Outline) -> Given:
    """Read what synthetic rows are asked to be.

    Parameters
    ----------
    given
        Column → a value (raw or by its label), a range ``(low, high)`` with both ends in it and None for an open one
        (``(None, None)`` is any value), a list or set of values, or a reason for having no value: None for an empty
        cell, the code (-8, ``".a"``), or its word ("refused", "not applicable"). Or a frame with some of the columns:
        each of its rows is completed to one synthetic row, and an empty cell asks for an empty cell. None asks for
        nothing.
    outline
        The columns there are.

    Returns
    -------
    Given

    Raises
    ------
    SpecError
        When a range is reversed, of levels without an order or no pair, a set is empty, or ``given`` is neither
        mapping nor frame.
    ColumnError
        When a column, level or reason does not exist; the nearest is named.
    DataError
        When a frame has no rows or none of the modelled columns.
    """
    if given is None:
        return Given(outline=outline)
    if isinstance(given, Mapping):
        return Given(outline=outline, wanted=_read_mapping(given, outline))
    if not is_frame(given):
        raise SpecError(
            f"{WHAT} is {given!r}. A mapping such as {{'age': (18, 30)}}, or a frame with some of the "
            "columns, is needed. Give one."
        )
    values, reason, present = outline.read_some(given)
    if not present:
        raise DataError(
            f"The rows of {WHAT} hold no column that is modelled. At least one is needed. Add it, or leave {WHAT} out."
        )
    return Given(outline=outline, rows=(values, reason, present))


def _read_mapping(given: Mapping[Any, Any], outline: Outline) -> tuple[Wanted, ...]:
    modelled = outline.schema.modelled
    place = {column.name: j for j, column in enumerate(modelled)}
    wanted = []
    for name, asked in given.items():
        column = find_column(outline.schema, str(name), WHAT)
        j = place[column.name]
        wanted.append(read_wanted(asked, column, j, outline.reasons[j]))
    return tuple(wanted)


def _exactly(position: int, value: float, reason: int) -> Wanted:
    if reason:
        return Wanted(position=position, levels=frozenset(), reasons=frozenset({reason}))
    return Wanted(position=position, levels=frozenset({float(value)}))


def _keys(values: Floats, reason: States, present: tuple[int, ...]) -> list[bytes]:
    """One key for each row by which rows that agree in some columns are found."""
    cells = np.where(reason[:, present] == 0, values[:, present], 0.0) + 0.0
    both = np.ascontiguousarray(np.hstack([cells, reason[:, present].astype(np.float64)]))
    return [row.tobytes() for row in both]
