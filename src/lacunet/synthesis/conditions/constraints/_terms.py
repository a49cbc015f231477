"""Parts of a constraint that have a value: columns, numbers, words, dates, and what is reckoned from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.synthesis.conditions.constraints._levels import as_day, has_order, level_numbers, numbers_in
from lacunet.table import Column

TermKind = Literal["number", "date", "category", "word"]
Operator = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Linear:
    """A weighted sum of columns and a constant, for what can be seen to contradict."""

    weights: Mapping[str, float]
    constant: float = 0.0

    def plus(self, other: "Linear", times: float = 1.0) -> "Linear":
        """Add a multiple of another."""
        weights = dict(self.weights)
        for name, weight in other.weights.items():
            weights[name] = weights.get(name, 0.0) + times * weight
        return Linear(
            {name: weight for name, weight in weights.items() if weight}, self.constant + times * other.constant
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Term:
    """A part of a constraint that has a value in every row.

    Attributes
    ----------
    text
        As the user wrote it.
    kind
        What it holds: numbers, dates, levels, or a word.
    columns
        Columns of which it is made.
    read
        Analysis frame → numbers (n,), NaN where a column is empty; None of a word, and of levels that are no numbers.
    column
        The column, where it is nothing but one.
    constant
        The value, where it is one.
    linear
        The same as a weighted sum, where it is one.
    """

    text: str
    kind: TermKind
    columns: frozenset[str] = frozenset()
    read: Callable[[pd.DataFrame], Floats] | None = None
    column: Column | None = None
    constant: Any = None
    linear: Linear | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it is the same in every row."""
        return not self.columns

    @property
    def is_number(self) -> bool:
        """Whether one can reckon with it: numbers, and levels that are numbers and have an order."""
        return self.kind == "number" or (self.kind == "category" and self.read is not None)


def column_term(column: Column, text: str) -> Term:
    """A column on its own."""
    kind: TermKind = "category" if column.is_category else "date" if column.kind == "date" else "number"
    can_reckon = not column.is_category or (has_order(column) and bool(np.isfinite(level_numbers(column)).all()))
    return Term(
        text=text,
        kind=kind,
        columns=frozenset({column.name}),
        read=(lambda frame: numbers_in(column, frame)) if can_reckon else None,
        column=column,
        linear=Linear({column.name: 1.0}) if can_reckon else None,
    )


def constant_term(value: Any, text: str) -> Term:
    """A number, a truth value or a word."""
    if isinstance(value, str):
        return Term(text=text, kind="word", constant=value)
    number = float(value)
    return Term(
        text=text,
        kind="number",
        constant=value,
        read=lambda frame: np.full(len(frame), number),
        linear=Linear({}, number),
    )


def date_term(word: Term) -> Term | None:
    """A word that spells a date as that date, None where it spells none."""
    day = as_day(word.constant)
    if np.isnan(day):
        return None
    return Term(
        text=word.text,
        kind="date",
        constant=word.constant,
        read=lambda frame: np.full(len(frame), day),
        linear=Linear({}, day),
    )


def reckoned(text: str, kind: TermKind, function: Operator, parts: Sequence[Term]) -> Term:
    """A function of numbers; a number itself where all its parts are."""
    if all(part.is_constant for part in parts):
        with np.errstate(all="ignore"):
            value = float(function(*(np.float64(part.constant) for part in parts)))
        return constant_term(value, text)

    def read(frame: pd.DataFrame) -> Floats:
        with np.errstate(all="ignore"):
            return np.asarray(function(*(part.read(frame) for part in parts if part.read is not None)))

    return Term(
        text=text,
        kind=kind,
        columns=frozenset().union(*(part.columns for part in parts)),
        read=read,
        linear=_linear(function, parts),
    )


def _linear(function: Operator, parts: Sequence[Term]) -> Linear | None:
    sums = [part.linear for part in parts if part.linear is not None]
    if len(sums) < len(parts):
        return None
    if function is np.negative:
        return Linear({}).plus(sums[0], -1.0)
    if function in (np.add, np.subtract):
        return sums[0].plus(sums[1], 1.0 if function is np.add else -1.0)
    if function is np.multiply and not (sums[0].weights and sums[1].weights):
        scale, varying = (sums[0], sums[1]) if sums[1].weights else (sums[1], sums[0])
        return Linear({}).plus(varying, scale.constant)
    if function is np.divide and not sums[1].weights and sums[1].constant:
        return Linear({}).plus(sums[0], 1.0 / sums[1].constant)
    return None
