"""A formula and a completed frame become numbers; the first frame decides the columns, the others follow."""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, model_matrix
from formulaic.errors import DataMismatchWarning, FormulaicError

from lacunet._typing import Floats, Frame, Integers
from lacunet.errors import ColumnError, DataError, SpecError, suggest
from lacunet.pooling._models import kind_of

SURVIVAL = re.compile(r"^\s*Surv\(\s*([^,()]+?)\s*,\s*([^,()]+?)\s*\)\s*~(.*)$", re.DOTALL)
"""The left side of a duration model, as R writes it: ``Surv(months, died) ~ age``."""

MOST_LEVELS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the user asked for, the same for every completed frame.

    Attributes
    ----------
    formula, model
        As given.
    cov
        "classical", "HC0" to "HC3", or "cluster".
    cluster, weights
        Names of columns, or None.
    """

    formula: str
    model: str
    cov: str = "classical"
    cluster: str | None = None
    weights: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """Numbers of one completed frame, ready to be solved.

    Attributes
    ----------
    outcome
        Shape ``(n,)``: numbers, 0 and 1, counts, or positions of levels.
    terms, names
        Matrix of the right side, shape ``(n, k)``, and the names of its columns.
    levels
        Labels of the outcome's levels where it is a category of several.
    weights, clusters
        Shape ``(n,)``, or None.
    rows
        Rows of the frame that are used, shape ``(n,)``.
    spec
        What formulaic learned from the first frame.
    n_dropped
        Rows of the frame that are left out.
    note
        What was decided about the outcome, or "".
    """

    outcome: Floats
    terms: Floats
    names: tuple[str, ...]
    levels: tuple[str, ...]
    weights: Floats | None
    clusters: Integers | None
    rows: Integers
    spec: ModelSpec
    n_dropped: int
    note: str


def parse_formula(formula: str) -> Formula:
    """Read the formula, or say what is wrong with it."""
    try:
        parsed = Formula(formula)
    except FormulaicError as error:
        raise SpecError(
            f"The formula {formula!r} cannot be read: {str(error).strip().splitlines()[0]}. "
            "It needs the form 'outcome ~ term + term', for example 'income ~ age + C(educ)'."
        ) from error
    if not hasattr(parsed, "lhs") or not hasattr(parsed, "rhs"):
        raise SpecError(
            f"The formula {formula!r} has no outcome. It needs the form 'outcome ~ term + term', "
            "for example 'income ~ age + C(educ)'."
        )
    return parsed


def as_pandas(frame: Frame) -> pd.DataFrame:
    """Completed frame as pandas, with rows counted from 0."""
    native = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
    return native.reset_index(drop=True)


def make_design(request: Request, parsed: Formula, frame: pd.DataFrame, first: Design | None) -> Design:
    """Turn the formula into numbers; with ``first`` given, its columns, levels and constants are kept."""
    check_names(map(str, parsed.required_variables), frame, "The formula")
    matrices = apply_formula(parsed if first is None else first.spec, frame)
    outcome, levels, note = _read_outcome(matrices.lhs, request.model, () if first is None else first.levels)
    terms = matrices.rhs
    if not kind_of(request.model).has_intercept and "Intercept" in terms.columns:
        terms = terms.drop(columns="Intercept")
    return Design(
        outcome=outcome,
        terms=np.ascontiguousarray(terms.to_numpy(dtype=np.float64)),
        names=tuple(str(name) for name in terms.columns),
        levels=levels,
        weights=read_weights(request.weights, frame, terms.index),
        clusters=read_clusters(request.cluster, frame, terms.index),
        rows=terms.index.to_numpy(),
        spec=matrices.model_spec if first is None else first.spec,
        n_dropped=len(frame) - len(outcome),
        note=note,
    )


def apply_formula(what: Any, frame: pd.DataFrame, *, na_action: str = "drop", is_new: bool = False) -> Any:
    """Matrices of a formula, or of what formulaic learned from one; its faults in our words.

    With ``is_new`` the rows are not those that it learned from.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DataMismatchWarning)
            return model_matrix(what, frame, na_action=na_action)
    except (FormulaicError, DataMismatchWarning) as error:
        fault = str(error).strip().splitlines()[0]
        if is_new:
            raise DataError(
                f"The model cannot be applied to these rows: {fault}. They need the variables of the formula, with "
                "levels that the data had."
            ) from error
        raise DataError(
            f"The formula cannot be applied to the data: {fault}. Check its functions and the kinds of its variables."
        ) from error


def make_terms(first: Design, frame: pd.DataFrame) -> tuple[Floats, Integers]:
    """The right side of the formula alone, for rows without an outcome; and which rows have all of it."""
    check_names(map(str, first.spec.rhs.required_variables), frame, "The model")
    terms = apply_formula(first.spec.rhs, frame, is_new=True)
    return terms[list(first.names)].to_numpy(dtype=np.float64), terms.index.to_numpy()


def check_names(wanted: Iterable[str], frame: pd.DataFrame, who: str) -> None:
    """Refuse names that are not columns, with the nearest one."""
    known = [str(name) for name in frame.columns]
    for name in sorted({name for name in wanted if name.split(".")[0] not in known} - set(known)):
        hint = suggest(name, known) or f"The columns are: {', '.join(known[:20])}."
        raise ColumnError(f"{who} names '{name}', which is not a column of the data. {hint}")


def _read_outcome(lhs: pd.DataFrame, model: str, known: tuple[str, ...]) -> tuple[Floats, tuple[str, ...], str]:
    """Outcome as one column of numbers, the labels of its levels, and what was decided about it."""
    columns = [str(name) for name in lhs.columns]
    values = lhs.to_numpy(dtype=np.float64)
    is_encoded = len(columns) > 1 or "[" in columns[0]
    if not is_encoded and not np.isfinite(values).all():
        raise DataError(f"The outcome {columns[0]} holds values that are not finite. Check its transformation.")
    wanted = kind_of(model).outcome
    if wanted == "levels":
        return _read_levels(values, columns, known, is_encoded)
    if not is_encoded:
        return values[:, 0], (), ""
    if wanted != "two levels":
        raise DataError(
            f"The outcome became the columns {', '.join(columns[:4])}: it is a category. "
            f"{kind_of(model).label} needs a number; use model='logit' for a category with two levels, "
            "'ordered' or 'multinomial' for one with more."
        )
    if len(columns) > 2:
        raise DataError(
            f"The outcome has {len(columns)} levels ({', '.join(columns[:4])}, ...). A {model} needs two: "
            "recode it first, for example with a column that is true for the level of interest, "
            "or use model='ordered' or 'multinomial'."
        )
    return values[:, -1], (), f"The {model} models the probability of {columns[-1]}."


def _read_levels(
    values: Floats, columns: list[str], known: tuple[str, ...], is_encoded: bool
) -> tuple[Floats, tuple[str, ...], str]:
    """Positions of levels: of a category in its own order, of numbers from small to large."""
    if is_encoded:
        labels = np.array([_level_of(name) for name in columns], dtype=object)
        given = labels[values.argmax(axis=1)]
    else:
        labels = np.array([f"{value:g}" for value in np.unique(values[:, 0])], dtype=object)
        given = labels[np.searchsorted(np.unique(values[:, 0]), values[:, 0])]
    present = set(given)
    levels = known or tuple(label for label in labels if label in present)
    new = sorted(present - set(levels))
    if new:
        raise DataError(
            f"The outcome is '{new[0]}' in this completed data set and never in the first. A model of levels needs "
            "the same ones in each: join rare levels before imputing."
        )
    if len(levels) > MOST_LEVELS:
        raise DataError(
            f"The outcome has {len(levels)} levels. A model of levels suits a few: use model='ols' for a number, or "
            "cut it into classes first."
        )
    place = {label: float(position) for position, label in enumerate(levels)}
    return np.array([place[label] for label in given]), levels, f"Levels of the outcome in order: {', '.join(levels)}."


def _level_of(name: str) -> str:
    """``C(vote)[T.yes]`` to ``yes``."""
    return name.partition("[")[2].rstrip("]").removeprefix("T.")


def read_weights(name: str | None, frame: pd.DataFrame, rows: pd.Index) -> Floats | None:
    """Weights of these rows, or why they cannot be used; None where no column is named."""
    if name is None:
        return None
    check_names((name,), frame, "weights=")
    try:
        weights = frame.loc[rows, name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(f"The weights '{name}' are not numbers. One number of 0 or more per row is needed.") from error
    bad = ~np.isfinite(weights) | (weights < 0)
    if bad.any():
        kind = "missing" if np.isnan(weights[bad][0]) else "negative or infinite"
        raise DataError(
            f"The weights '{name}' are {kind} in {bad.sum():,} rows (first: row {rows[np.flatnonzero(bad)[0]]}). "
            "Every row of the analysis needs a weight of 0 or more: weights are part of the design of a survey; "
            "ask who drew the sample, or leave those rows out."
        )
    if not weights.any():
        raise DataError(f"The weights '{name}' are 0 in every row. Some rows need a positive weight.")
    return weights


def read_clusters(name: str | None, frame: pd.DataFrame, rows: pd.Index) -> Integers | None:
    """Clusters of these rows, counted from 0; None where no column is named."""
    if name is None:
        return None
    check_names((name,), frame, "cluster=")
    codes, found = pd.factorize(frame.loc[rows, name])
    if (codes < 0).any():
        raise DataError(
            f"The clusters '{name}' are missing in {np.count_nonzero(codes < 0):,} rows. Every row of the analysis "
            "needs one: leave those rows out, or give each a cluster of its own."
        )
    if len(found) < 2:
        raise DataError(f"The clusters '{name}' are one and the same in every row. At least two are needed.")
    return codes.astype(np.int64)
