"""Parts of a constraint that are true or false: comparisons, and what is joined from them.

A cell that is empty makes a comparison neither true nor false (Kleene's logic), so that a constraint is broken only
where the cells that are known break it.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lacunet._typing import Bools, Floats
from lacunet.synthesis.conditions.constraints._levels import positions_in
from lacunet.synthesis.conditions.constraints._terms import Term
from lacunet.table import Column

ROUNDING = 1e-9
"""Sums that differ by less, of 1 or of the larger of the two, are equal: 0.1 + 0.2 is 0.3."""
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Truth(NamedTuple):
    """Rows where a claim is true, and rows where it is false; in the others it cannot be told."""

    yes: Bools
    no: Bools


@dataclass(frozen=True, slots=True)
class Bound:
    """Σ weight · column ≤ limit (< if ``is_strict``, = if ``is_equality``), which a claim implies."""

    weights: Mapping[str, float]
    limit: float
    is_strict: bool = False
    is_equality: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The positions among its levels that a claim leaves to a column."""

    column: str
    positions: frozenset[int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """What is true or false of every row.

    Attributes
    ----------
    text
        As the user wrote it.
    columns
        Columns of which it speaks.
    judge
        Analysis frame → where it is true and where false.
    implied
        Bounds and choices that follow from it.
    definitions
        Columns that it says to be equal to a term: ``(column, term)``.
    """

    text: str
    columns: frozenset[str]
    judge: Callable[[pd.DataFrame], Truth]
    implied: tuple[Bound | Choice, ...] = ()
    definitions: tuple[tuple[str, Term], ...] = ()


def both(text: str, claims: Sequence[Claim]) -> Claim:
    """All of several claims."""

    def judge(frame: pd.DataFrame) -> Truth:
        found = [claim.judge(frame) for claim in claims]
        return Truth(np.logical_and.reduce([one.yes for one in found]), np.logical_or.reduce([one.no for one in found]))

    return Claim(
        text=text,
        columns=_columns_of(claims),
        judge=judge,
        implied=tuple(bound for claim in claims for bound in claim.implied),
        definitions=tuple(pair for claim in claims for pair in claim.definitions),
    )


def either(text: str, claims: Sequence[Claim]) -> Claim:
    """At least one of several claims."""

    def judge(frame: pd.DataFrame) -> Truth:
        found = [claim.judge(frame) for claim in claims]
        return Truth(np.logical_or.reduce([one.yes for one in found]), np.logical_and.reduce([one.no for one in found]))

    return Claim(text=text, columns=_columns_of(claims), judge=judge)


def opposite(text: str, claim: Claim) -> Claim:
    """The contrary of a claim."""

    def judge(frame: pd.DataFrame) -> Truth:
        found = claim.judge(frame)
        return Truth(found.no, found.yes)

    return Claim(text=text, columns=claim.columns, judge=judge)


def _columns_of(claims: Sequence[Claim]) -> frozenset[str]:
    return frozenset().union(*(claim.columns for claim in claims))


def emptiness(text: str, column: Column, is_empty: bool) -> Claim:
    """Whether a cell is empty, or not; it can always be told."""

    def judge(frame: pd.DataFrame) -> Truth:
        found = frame[column.name].isna().to_numpy()
        return Truth(found, ~found) if is_empty else Truth(~found, found)

    return Claim(text=text, columns=frozenset({column.name}), judge=judge)


def is_level(text: str, column: Column, positions: frozenset[int]) -> Claim:
    """Whether a level is among some of a column's."""
    is_among = np.zeros(len(column.levels) + 1, dtype=bool)
    is_among[list(positions)] = True

    def judge(frame: pd.DataFrame) -> Truth:
        found = positions_in(column, frame)
        is_known = ~np.isnan(found)
        yes = is_among[np.where(is_known, found, len(column.levels)).astype(np.intp)]
        return Truth(yes & is_known, ~yes & is_known)

    return Claim(text=text, columns=frozenset({column.name}), judge=judge, implied=(Choice(column.name, positions),))


def is_same_level(text: str, left: Column, right: Column, places: Floats, is_same: bool) -> Claim:
    """Whether two columns have the same level; ``places`` are the right's levels among the left's, -1 for none."""

    def judge(frame: pd.DataFrame) -> Truth:
        one, other = positions_in(left, frame), positions_in(right, frame)
        is_known = ~np.isnan(one) & ~np.isnan(other)
        yes = (one == places[np.where(np.isnan(other), 0, other).astype(np.intp)]) == is_same
        return Truth(yes & is_known, ~yes & is_known)

    return Claim(text=text, columns=frozenset({left.name, right.name}), judge=judge)


def comparison(text: str, left: Term, sign: str, right: Term) -> Claim:
    """Two numbers or dates compared; where something is reckoned, up to rounding."""
    is_exact = all(term.is_constant or term.column is not None for term in (left, right))

    def judge(frame: pd.DataFrame) -> Truth:
        assert left.read is not None and right.read is not None
        one, other = left.read(frame), right.read(frame)
        with np.errstate(invalid="ignore"):
            if not is_exact:
                is_near = np.isclose(one, other, rtol=ROUNDING, atol=ROUNDING)
                other = np.where(is_near, one, other)
            yes = _COMPARE[sign](one, other)
        is_known = ~np.isnan(one) & ~np.isnan(other)
        return Truth(yes & is_known, ~yes & is_known)

    return Claim(
        text=text,
        columns=left.columns | right.columns,
        judge=judge,
        implied=_bounds(left, sign, right),
        definitions=_definitions(left, right) if sign == "==" else (),
    )


def is_number_among(text: str, term: Term, numbers: Sequence[float]) -> Claim:
    """Whether a number or date is one of several."""
    among = np.array(sorted(numbers), dtype=np.float64)

    def judge(frame: pd.DataFrame) -> Truth:
        assert term.read is not None
        found = term.read(frame)
        yes = np.isin(found, among)
        is_known = ~np.isnan(found)
        return Truth(yes & is_known, ~yes & is_known)

    return Claim(text=text, columns=term.columns, judge=judge, implied=_between(term, among))


def _between(term: Term, among: Floats) -> tuple[Bound, ...]:
    if term.linear is None or not len(among):
        return ()
    weights, constant = term.linear.weights, term.linear.constant
    if not np.isfinite([*weights.values(), constant, *among]).all():
        return ()
    less = {name: -weight for name, weight in weights.items()}
    return Bound(weights, float(among[-1]) - constant), Bound(less, constant - float(among[0]))


def _bounds(left: Term, sign: str, right: Term) -> tuple[Bound, ...]:
    if left.linear is None or right.linear is None or sign == "!=":
        return ()
    if sign in (">", ">="):
        left, right = right, left
    assert left.linear is not None and right.linear is not None
    less = left.linear.plus(right.linear, -1.0)
    if not np.isfinite([*less.weights.values(), less.constant]).all():
        return ()
    return (Bound(less.weights, -less.constant, is_strict=sign in ("<", ">"), is_equality=sign == "=="),)


def _definitions(left: Term, right: Term) -> tuple[tuple[str, Term], ...]:
    pairs = ((left, right), (right, left))
    return tuple(
        (one.column.name, other)
        for one, other in pairs
        if one.column is not None and not one.column.is_category and not other.is_constant
    )
