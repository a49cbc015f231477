"""The other variables of a row as the columns of a logit: numbers, their squares, dummies of levels."""

from dataclasses import dataclass

import numpy as np

from lacunet._typing import Bools, Floats
from lacunet.diagnosis._evidence import Evidence

MIN_LEVEL = 10
"""Rows below which a level is joined with other rare ones."""
MAX_LEVELS = 20
MAX_PREDICTORS = 60
FAR = 4.0
"""Standard deviations beyond which a number counts as this far."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """How one column is made of one variable, and its scale.

    Attributes
    ----------
    variable
        Position of the variable.
    words
        What a reader calls the term.
    power
        1 or 2 for a number or its square; 0 for a dummy.
    levels
        Levels of the dummy; empty for the dummy of cells that do not apply.
    centre, spread
        Of the variable, for a number.
    mean, sd
        Of the column itself.
    """

    variable: int
    words: str
    power: int = 0
    levels: tuple[float, ...] = ()
    centre: float = 0.0
    spread: float = 1.0
    mean: float = 0.0
    sd: float = 1.0

    def raw(self, x: Floats) -> Floats:
        """The column before it is centred and scaled."""
        if not self.power:
            return (np.isin(x, self.levels) if self.levels else np.isnan(x)).astype(np.float64)
        z = np.clip((x - self.centre) / self.spread, -FAR, FAR)
        return np.where(np.isnan(z), 0.0, z) ** self.power


def plan_columns(evidence: Evidence, filled: Floats, outcome: Floats, *, skip: int) -> list[Column]:
    """Choose the columns from one completed matrix (r, p), leaving out one variable."""
    others = [k for k in range(filled.shape[1]) if k != skip]
    if len(others) > MAX_PREDICTORS:
        others = _most_associated(filled, outcome, others)
    columns = []
    for k in others:
        for column in _of_variable(evidence, k, filled[:, k]):
            values = column.raw(filled[:, k])
            mean, sd = float(values.mean()), float(values.std())
            if sd > 1e-9:
                columns.append(Column(**{**vars(column), "mean": mean, "sd": sd}))
    return columns


def fill_columns(columns: list[Column], filled: Floats) -> Floats:
    """The columns made of one completed matrix, on the scale that was planned."""
    matrix = np.empty((len(filled), len(columns)))
    for place, column in enumerate(columns):
        matrix[:, place] = (column.raw(filled[:, column.variable]) - column.mean) / column.sd
    return matrix


def _most_associated(filled: Floats, outcome: Floats, others: list[int]) -> list[int]:
    """Predictors that differ most by the outcome; levels stand in their order, which will do for a first sieve."""
    z = filled[:, others] - np.nanmean(filled[:, others], axis=0)
    sd = np.nanstd(filled[:, others], axis=0)
    strength = np.abs(np.nan_to_num(z).T @ (outcome - outcome.mean())) / np.where(sd > 0, sd, np.inf)
    return sorted(others[place] for place in np.argsort(-strength, kind="stable")[:MAX_PREDICTORS])


def _of_variable(evidence: Evidence, k: int, x: Floats) -> list[Column]:
    absent = np.isnan(x)
    n_absent = int(absent.sum())
    columns = []
    if MIN_LEVEL <= n_absent <= len(x) - MIN_LEVEL:
        columns.append(Column(variable=k, words="does not apply"))
    if n_absent == len(x):
        return columns
    make = _dummies if evidence.layout.variables[k].is_category else _powers
    return columns + make(evidence, k, x, ~absent)


def _powers(evidence: Evidence, k: int, x: Floats, present: Bools) -> list[Column]:
    centre, spread = float(x[present].mean()), float(x[present].std())
    if not spread > 0:
        return []
    linear = Column(variable=k, words="value", power=1, centre=centre, spread=spread)
    if len(np.unique(x[present][:1000])) < 3:
        return [linear]
    return [linear, Column(variable=k, words="squared", power=2, centre=centre, spread=spread)]


def _dummies(evidence: Evidence, k: int, x: Floats, present: Bools) -> list[Column]:
    """One column a level apart from the most frequent one; rare levels share one."""
    codes, counts = np.unique(x[present], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    words = evidence.words(k)
    columns, rare = [], []
    for rank, place in enumerate(order[1:]):
        if counts[place] >= MIN_LEVEL and rank < MAX_LEVELS:
            level = float(codes[place])
            columns.append(Column(variable=k, words=words[int(level)], levels=(level,)))
        else:
            rare.append(place)
    if rare and counts[rare].sum() >= MIN_LEVEL:
        columns.append(Column(variable=k, words="other levels", levels=tuple(float(code) for code in codes[rare])))
    return columns
