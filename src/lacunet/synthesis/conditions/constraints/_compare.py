"""Which comparison two terms ask for, and whether it means anything."""

from collections.abc import Sequence

import numpy as np

from lacunet._typing import Floats
from lacunet.synthesis.conditions.constraints._claims import (
    Claim,
    comparison,
    is_level,
    is_number_among,
    is_same_level,
    opposite,
)
from lacunet.synthesis.conditions.constraints._levels import (
    find_level,
    has_order,
    level_numbers,
    level_words,
    no_such_level,
)
from lacunet.synthesis.conditions.constraints._source import Source
from lacunet.synthesis.conditions.constraints._terms import Term, date_term
from lacunet.table import Column
from lacunet.table._missing import is_same_code

EQUALITIES = ("==", "!=")
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compare(text: str, left: Term, sign: str, right: Term, source: Source) -> Claim:
    """One comparison of two terms.

    Raises
    ------
    SpecError
        When it means nothing: an order among unordered levels, a word against a number.
    ColumnError
        When a level does not exist.
    """
    if left.is_constant and not right.is_constant:
        left, sign, right = right, MIRRORED[sign], left
    if left.is_constant:
        raise source.refuse(f"{text!r} compares two constants", "A comparison needs a column: name one.")
    if left.column is not None and right.is_constant and sign in EQUALITIES:
        _refuse_code(left.column, right, source)
    if left.column is not None and left.kind == "category" and right.is_constant:
        return _with_constant(text, left.column, sign, right, source)
    if "category" in (left.kind, right.kind) and not (left.is_number and right.is_number):
        return _two_categories(text, left, sign, right, source)
    left, right = _alike(left, right, source)
    return comparison(text, left, sign, right)


def among(text: str, left: Term, members: Sequence[Term], source: Source) -> Claim:
    """Whether a term is one of several constants.

    Raises
    ------
    SpecError
        When a member is of the wrong sort.
    ColumnError
        When a level does not exist.
    """
    if left.is_constant:
        raise source.refuse(f"{text!r} asks a constant to be in a list", "A column is needed: name one.")
    column = left.column
    if column is not None:
        for member in members:
            _refuse_code(column, member, source)
    if column is not None and left.kind == "category":
        return is_level(text, column, frozenset(_position(column, member, source) for member in members))
    numbers = [_alike(left, member, source)[1].linear for member in members]
    return is_number_among(text, left, [number.constant for number in numbers if number is not None])


def _refuse_code(column: Column, constant: Term, source: Source) -> None:
    """Raise where a constant is no value of the column but a code for having none: such cells are empty here."""
    if column.is_category and find_level(column, constant.constant) is not None:
        return
    codes = [code for code in (*column.missing_codes, *column.not_applicable) if code is not None]
    if any(is_same_code(code, constant.constant) for code in codes):
        written = column.name if column.name.isidentifier() else f"`{column.name}`"
        raise source.refuse(
            f"{constant.text} is no value of {column.name!r} but says why it has none", f"Write isna({written})."
        )


def _position(column: Column, constant: Term, source: Source) -> int:
    position = find_level(column, constant.constant)
    if position is None:
        raise no_such_level(column, constant.constant, source.what)
    return position


def _with_constant(text: str, column: Column, sign: str, constant: Term, source: Source) -> Claim:
    """Levels that stand in this relation to a constant: a level of the column, or a number between levels."""
    if sign in EQUALITIES:
        chosen = frozenset({_position(column, constant, source)})
        return is_level(text, column, chosen if sign == "==" else frozenset(range(len(column.levels))) - chosen)
    if not has_order(column):
        raise source.refuse(
            f"{column.name!r} has levels without an order", "Only == and != and 'in' can be asked of them: list levels."
        )
    position = find_level(column, constant.constant)
    places, limit = np.arange(len(column.levels), dtype=np.float64), float(position or 0)
    if position is None:
        places = level_numbers(column)
        if not np.isfinite(places).all() or constant.kind != "number":
            _position(column, constant, source)
        limit = float(constant.constant)
    holds = {"<": places < limit, "<=": places <= limit, ">": places > limit, ">=": places >= limit}[sign]
    return is_level(text, column, frozenset(np.flatnonzero(holds).tolist()))


def _two_categories(text: str, left: Term, sign: str, right: Term, source: Source) -> Claim:
    one, other = left.column, right.column
    if one is None or other is None or not (one.is_category and other.is_category):
        words, numbers = (left, right) if left.kind == "category" and not left.is_number else (right, left)
        raise source.refuse(
            f"{words.text!r} holds levels and {numbers.text!r} {numbers.kind}s",
            "Compare like with like: a level in quotes, or another column of the same levels.",
        )
    if sign not in EQUALITIES:
        raise source.refuse(
            f"the levels of {one.name!r} and {other.name!r} have no order in common",
            "Only == and != can be asked of them.",
        )
    places = _places(one, other)
    if (places < 0).all():
        raise source.refuse(
            f"{one.name!r} and {other.name!r} share no level", "Two columns with levels in common are needed."
        )
    claim = is_same_level(text, one, other, places, True)
    return claim if sign == "==" else opposite(text, claim)


def _places(one: Column, other: Column) -> Floats:
    labels = level_words(one)
    return np.array([labels.index(label) if label in labels else -1 for label in level_words(other)], dtype=np.float64)


def _alike(left: Term, right: Term, source: Source) -> tuple[Term, Term]:
    """Two terms that can be compared as numbers, a word read as the date it spells."""
    if left.kind == "date" and right.kind == "word":
        day = date_term(right)
        if day is None:
            raise source.refuse(f"{right.text} is no date", "A date is written '2020-01-31': write it so.")
        return left, day
    if left.kind == "date" and right.kind == "date":
        return left, right
    if "date" in (left.kind, right.kind) and (left.is_number or right.is_number):
        number, day = (left, right) if left.is_number else (right, left)
        raise source.refuse(f"{number.text} is a number", f"To be compared with {day.text}, it has to be a date.")
    for term, other in ((left, right), (right, left)):
        if not term.is_number:
            held = {"date": "is a date", "word": "is text", "category": "holds levels that are no numbers"}[term.kind]
            raise source.refuse(
                f"{term.text} {held}", f"To be compared with {other.text} it has to be a number, without quotes."
            )
    return left, right
