"""Constraints that no row at all can satisfy, found without looking at rows."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog

from lacunet._typing import Floats
from lacunet.errors import SpecError
from lacunet.report._words import join
from lacunet.synthesis.conditions.constraints._claims import Bound, Choice, Claim
from lacunet.synthesis.conditions.constraints._levels import level_numbers
from lacunet.table import Column, Schema

SLACK = 1e-7
"""Room that a strict bound must leave, of 1 or of its largest weight; ten times what the solver may be off by."""
INFEASIBLE = 2
"""The solver's word for it."""


def refuse_contradictions(claims: Sequence[Claim], schema: Schema) -> None:
    """Raise if some claims exclude each other.

    Parameters
    ----------
    claims
        The constraints.
    schema
        The columns there are.

    Raises
    ------
    SpecError
        Naming the constraints.
    """
    core = find_contradiction(claims, schema)
    if core:
        raise SpecError(say_contradiction(core))


def find_contradiction(claims: Sequence[Claim], schema: Schema) -> list[Claim]:
    """The smallest set found of claims that exclude each other; none where a row seems possible.

    What each of them implies for sums of columns (``start <= end``, ``total == wage + other``, ``5 < age``) makes a
    linear program; where it has no solution, or a column is left no level, claims are spared one by one as long as
    that stays so. Claims joined by ``or`` imply nothing here, so not every contradiction is found.

    Parameters
    ----------
    claims
        What is claimed.
    schema
        The columns there are.
    """
    if is_possible(claims, schema):
        return []
    core = list(claims)
    for claim in claims:
        others = [one for one in core if one is not claim]
        if others and not is_possible(others, schema):
            core = others
    return core


def say_contradiction(core: Sequence[Claim]) -> str:
    """The sentences about claims that exclude each other."""
    if len(core) == 1:
        return f"The constraint {core[0].text!r} can never hold. One that some row can satisfy is needed. Correct it."
    together = "both" if len(core) == 2 else "all of them"
    return (
        f"The constraints {join([repr(claim.text) for claim in core])} contradict each other: no row can satisfy "
        f"{together}. Constraints that hold together are needed. Drop or correct one."
    )


def is_possible(claims: Sequence[Claim], schema: Schema) -> bool:
    """Whether what claims imply leaves a row possible."""
    implied = [item for claim in claims for item in claim.implied]
    left: dict[str, frozenset[int]] = {}
    for item in implied:
        if isinstance(item, Choice):
            left[item.column] = left.get(item.column, item.positions) & item.positions
    if not all(left.values()):
        return False
    return _has_solution([item for item in implied if isinstance(item, Bound)], schema, left)


def _has_solution(bounds: Sequence[Bound], schema: Schema, left: dict[str, frozenset[int]]) -> bool:
    names = sorted({name for bound in bounds for name in bound.weights})
    constants = [bound for bound in bounds if not bound.weights]
    if any(bound.limit < 0 or (bound.limit <= 0 and bound.is_strict) for bound in constants):
        return False
    if not names:
        return True
    rows = [_row(bound, names) for bound in bounds if bound.weights]
    limits = np.array([limit for _, limit, _ in rows])
    matrix = np.array([weights for weights, _, _ in rows])
    is_equality = np.array([is_equality for _, _, is_equality in rows])
    columns = [schema[name] for name in names]
    found = linprog(
        -np.eye(len(names) + 1)[-1],  # the most slack that all strict bounds can have
        A_ub=matrix[~is_equality] if (~is_equality).any() else None,
        b_ub=limits[~is_equality] if (~is_equality).any() else None,
        A_eq=matrix[is_equality] if is_equality.any() else None,
        b_eq=limits[is_equality] if is_equality.any() else None,
        bounds=[*(_range(column, left.get(column.name)) for column in columns), (0.0, 1.0)],
        integrality=[*(int(column.is_integer) for column in columns), 0],
        method="highs",
    )
    if found.status == INFEASIBLE:
        return False
    return found.x is None or not any(bound.is_strict for bound in bounds) or found.x[-1] > SLACK


def _row(bound: Bound, names: Sequence[str]) -> tuple[Floats, float, bool]:
    scale = max(abs(weight) for weight in bound.weights.values())
    weights = np.array([bound.weights.get(name, 0.0) / scale for name in names] + [float(bound.is_strict)])
    return weights, bound.limit / scale, bound.is_equality


def _range(column: Column, positions: frozenset[int] | None) -> tuple[float | None, float | None]:
    if column.is_category:
        numbers = level_numbers(column)[sorted(positions) if positions is not None else slice(None)]
        return float(numbers.min()), float(numbers.max())
    return (0.0, None) if column.kind == "count" else (None, None)
