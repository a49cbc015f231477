"""Conditions and constraints that no row can meet together."""

import math

import numpy as np

from lacunet.errors import SpecError
from lacunet.report._words import join
from lacunet.synthesis.conditions._given import Given
from lacunet.synthesis.conditions._partial import partial_frame
from lacunet.synthesis.conditions._wanted import WHAT, Wanted, say_wanted
from lacunet.synthesis.conditions.constraints import Constraints
from lacunet.synthesis.conditions.constraints._claims import Bound, Choice, Claim, Truth
from lacunet.synthesis.conditions.constraints._contradictions import find_contradiction
from lacunet.table import Column


def refuse_conflicts(given: Given, constraints: Constraints) -> None:
    """Raise if what is asked of rows breaks a constraint, whatever the rest of a row may be.

    Conditions that are the same for all rows are put beside what the constraints imply for single columns and sums
    of them; of rows to be completed, each is looked at.

    Parameters
    ----------
    given
        What is asked for.
    constraints
        What has to be true of every row.

    Raises
    ------
    SpecError
        Naming the conditions and constraints that exclude each other, or the rows and the constraint they break.
    """
    if not len(constraints):
        return
    if given.rows is not None:
        _refuse_rows(given, constraints)
        return
    asked = [_as_claim(one, given) for one in given.wanted]
    core = find_contradiction([*asked, *constraints.claims], constraints.schema)
    if core:
        conditions = [claim.text for claim in core if claim in asked]
        kept = [repr(claim.text) for claim in core if claim not in asked]
        raise SpecError(
            f"{WHAT} asks for {join(conditions)}, but the constraint{'s' if len(kept) > 1 else ''} {join(kept)} "
            f"exclude{'' if len(kept) > 1 else 's'} that. Rows that can exist are needed. Change one of them."
        )


def _refuse_rows(given: Given, constraints: Constraints) -> None:
    assert given.rows is not None
    values, reason, present = given.rows
    is_known = np.zeros(values.shape, dtype=bool)
    is_known[:, present] = reason[:, present] == 0
    held = constraints.holds(partial_frame(given.outline, values, is_known))
    broken = np.flatnonzero(~held.all(axis=1))
    if len(broken):
        text = constraints.texts[int(held[broken[0]].argmin())]
        raise SpecError(
            f"{len(broken):,} of the {len(held):,} given rows break a constraint (first: row {broken[0] + 1} breaks "
            f"{text!r}). Rows that keep them are needed. Correct the rows, or drop the constraint."
        )


def _as_claim(one: Wanted, given: Given) -> Claim:
    """A condition as a claim that is only asked what it implies; where a reason will do, nothing."""
    column = given.outline.schema.modelled[one.position]
    return Claim(
        text=say_wanted(one, column, given.outline.reasons[one.position]),
        columns=frozenset({column.name}),
        judge=lambda frame: Truth(np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)),
        implied=() if one.reasons else _implied(one, column),
    )


def _implied(one: Wanted, column: Column) -> tuple[Bound | Choice, ...]:
    if column.is_category:
        return (Choice(column.name, frozenset(int(level) for level in one.levels or ())),)
    low, high = (one.low, one.high) if one.levels is None else (min(one.levels), max(one.levels))
    ends = ((1.0, high), (-1.0, -low))
    return tuple(Bound({column.name: sign}, limit) for sign, limit in ends if math.isfinite(limit))
