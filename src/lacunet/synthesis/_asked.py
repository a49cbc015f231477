"""What is asked of rows, in the language of slots."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lacunet.draw._from_nothing import Held
from lacunet.errors import DataError
from lacunet.synthesis.coding._bonds import Lookup
from lacunet.synthesis.coding._coding import ANYWHERE, CodedColumn, Coding, Limits, Within
from lacunet.synthesis.conditions import Given, Wanted

Singles = NDArray[np.float32]
SOME = 1e-9
"""Of a normal score: an interval of places is never empty."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """Conditions as slots.

    Attributes
    ----------
    first
        Slots to draw before the others.
    held
        What cells may be; None where nothing is held.
    limits
        Values between which columns of numbers have to be.
    """

    first: NDArray[np.intp]
    held: Held | None
    limits: Limits


def as_asked(wanted: tuple[Wanted, ...], coding: Coding, given: Given, present: tuple[int, ...] = ()) -> Asked:
    """Conditions that are the same for all rows.

    Parameters
    ----------
    wanted
        The conditions.
    coding
        Columns as slots.
    given
        The words for an error.
    present
        Columns of which every row has its own cell already.

    Raises
    ------
    DataError
        When no value that occurs in the data meets one of them.
    """
    first = list(given_slots(coding, present))
    open_statuses = _open_statuses(coding, present)
    if not wanted and not open_statuses:
        return Asked(first=np.array(first, dtype=np.intp), held=None, limits={})
    book = coding.book
    allowed = np.ones(book.shape.n_columns, dtype=bool)
    low: Singles = np.full(book.shape.n_slots, -np.inf, dtype=np.float32)
    high: Singles = np.full(book.shape.n_slots, np.inf, dtype=np.float32)
    for column in open_statuses:
        # The value is there: what is open is whether it equals the other's.
        at = book.first[book.slot[column.status]]
        allowed[at + column.n_valued : at + column.n_valued + len(column.reasons)] = False
    limits: dict[int, Within] = {}
    for one in (_on_source(each, coding) for each in wanted):
        is_open = _hold(one, coding, allowed, low, high) and _is_open(one.position, coding, allowed, low, high)
        column = coding.columns[one.position]
        if column.release is not None:
            limits[one.position] = within = _within(one, limits.get(one.position, ANYWHERE))
            is_open &= within.low <= within.high and (within.listed is None or len(within.listed) > 0)
        if not is_open:
            raise DataError(
                f"No row can be made for this condition: {given.sentence()}. Values that occur in the data are "
                "needed. Ask for one of them."
            )
        slots = coding.slots_of(one.position)
        # A status that may say "equal to another column" is told by the value, not before it.
        first.extend(slot for slot in (slots if column.tied < 0 else slots[::-1]) if slot not in first)
    return Asked(first=np.array(first, dtype=np.intp), held=Held(allowed=allowed, low=low, high=high), limits=limits)


def _is_open(j: int, coding: Coding, allowed: NDArray[np.bool_], low: Singles, high: Singles) -> bool:
    """Whether something is left of a column that several conditions speak of."""
    book = coding.book
    column = coding.columns[j]
    for grid in (column.grid, column.status) if column.status >= 0 else (column.grid,):
        slot = book.slot[grid]
        at = book.first[slot]
        if not allowed[at : at + book.grids[grid].n_levels].any() or low[slot] > high[slot]:
            return False
    return True


def given_slots(coding: Coding, present: tuple[int, ...]) -> tuple[int, ...]:
    """Slots that are drawn, or there, before the others where some columns are given: the same for all rows.

    Slots of the columns, then what is open of them, then slots of those that decide them.
    """
    late = [int(coding.book.slot[column.status]) for column in _open_statuses(coding, present)]
    own = [slot for j in present for slot in coding.slots_of(j) if slot not in late]
    sources = sorted({rule.source for j in present if (rule := coding.columns[j].lookup) is not None} - {*present})
    return (*own, *late, *(slot for j in sources for slot in coding.slots_of(j)))


def _open_statuses(coding: Coding, present: tuple[int, ...]) -> list[CodedColumn]:
    """Columns that are given while the one that they often equal is not."""
    columns = [coding.columns[j] for j in present]
    return [column for column in columns if column.tied >= 0 and column.tied not in present]


def _within(one: Wanted, so_far: Within) -> Within:
    if one.levels is None:
        return Within(low=max(one.low, so_far.low), high=min(one.high, so_far.high), listed=so_far.listed)
    if not one.levels:
        return so_far
    listed = np.array(sorted(one.levels))
    listed = listed[so_far.holds(listed)]
    return Within(low=so_far.low, high=so_far.high, listed=listed)


def _on_source(one: Wanted, coding: Coding) -> Wanted:
    """A condition on a column that another decides, as a condition on that other."""
    column = coding.columns[one.position]
    rule = column.lookup
    if rule is None:
        return one
    kept = _matching(rule, one)
    if not kept.any() and one.levels and not column.variable.is_category:
        # A number that the rule does not name, few rows have it: the nearest that it names.
        gaps = np.where(rule.reason == 0, one.distance(rule.value), np.inf)
        kept = np.isfinite(gaps) & (gaps == gaps.min())
    keys = rule.key[kept & (rule.key_reason == 0)]
    reasons = rule.key_reason[kept & (rule.key_reason > 0)]
    levels = frozenset(keys.tolist())
    return Wanted(position=rule.source, levels=levels, reasons=frozenset(int(r) for r in reasons))


def _matching(rule: Lookup, one: Wanted) -> NDArray[np.bool_]:
    column = np.full((len(rule.value), one.position + 1), np.nan)
    why = np.zeros(column.shape, dtype=np.int8)
    column[:, one.position], why[:, one.position] = rule.value, rule.reason
    return one.matches(column, why)


def _hold(one: Wanted, coding: Coding, allowed: NDArray[np.bool_], low: Singles, high: Singles) -> bool:
    """Close the levels of one column that do not meet its condition; whether one is left."""
    column, book = coding.columns[one.position], coding.book
    slot, grid = int(book.slot[column.grid]), book.grids[column.grid]
    wants_value = one.levels is None or len(one.levels) > 0
    open_levels = np.zeros(grid.n_levels, dtype=bool)
    if wants_value and column.release is not None:
        bottom, top, open_levels[:] = _interval(one, coding)
        low[slot], high[slot] = max(low[slot], bottom), min(high[slot], top)
    elif wants_value:
        places = np.full((len(column.levels), one.position + 1), np.nan)
        places[:, one.position] = column.levels
        open_levels[: len(column.levels)] = one.matches(places, np.zeros(places.shape, dtype=np.int8))
    why = np.isin(column.reasons, sorted(one.reasons))
    left = bool(open_levels.any())
    if column.status >= 0:
        at = book.first[book.slot[column.status]]
        allowed[at : at + column.n_valued] &= left
        allowed[at + column.n_valued : at + column.n_valued + len(why)] &= why
        if not left:
            open_levels[:] = True
    elif len(why):
        open_levels[len(column.levels) :] = why
    at = book.first[slot]
    allowed[at : at + grid.n_levels] &= open_levels
    return left or bool(why.any())


def _interval(one: Wanted, coding: Coding) -> tuple[float, float, NDArray[np.bool_]]:
    """Places and levels of a number that may be drawn."""
    column = coding.columns[one.position]
    grid, release = coding.book.grids[column.grid], column.release
    assert release is not None
    ends = sorted(one.levels) if one.levels else [one.low, one.high]
    spans = [(v, v) for v in ends] if one.levels else [(one.low, one.high)]
    open_levels = np.zeros(grid.n_levels, dtype=bool)
    for span in spans:
        first, last = release.between(*span)
        open_levels[grid.owner[first] : grid.owner[last] + 1] = True
    first, last = release.between(ends[0], ends[-1])
    middle = (grid.places[1:] + grid.places[:-1]) / 2
    low = middle[first - 1] + SOME if first else -np.inf
    high = middle[last] - SOME if last < len(middle) else np.inf
    return low, high, open_levels
