"""One formula, fitted to every completed frame with the same columns in each."""

import difflib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, model_matrix
from formulaic.errors import DataMismatchWarning, FormulaicError

from lacunet._typing import Floats, Frame
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.pooling._pool import pool
from lacunet.pooling._pooled import Pooled
from lacunet.solve import Solution, solve_logit, solve_ols

Model = Literal["ols", "logit"]
SOLVERS = {"ols": solve_ols, "logit": solve_logit}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Design:
    """Numbers of one completed frame, ready to be solved."""

    outcome: Floats
    terms: Floats
    names: tuple[str, ...]
    n_dropped: int
    note: str


def fit_formula(frames: Iterable[Frame], formula: str, model: Model = "ols") -> Pooled:
    """Fit one model to every completed frame and pool the answers by Rubin's rules.

    Transformations that learn from the data (``center``, ``scale``, ``poly``, ``bs``) and the levels of categories
    are taken from the first frame and kept, so that a coefficient means the same in every completed data set.

    Parameters
    ----------
    frames
        Completed frames (pandas, polars or pyarrow), at least two.
    formula
        As in R: ``"income ~ age + C(educ)"``.
    model
        "ols" (classical covariance) or "logit" (outcome 0/1, true/false, or a category with two levels, the second
        of which is then the event).

    Returns
    -------
    Pooled
        With ``dof`` of n - k, as R's mice uses for both models.

    Raises
    ------
    SpecError
        When the model is unknown, the formula has no left side or cannot be read.
    ColumnError
        When the formula names a column that the frames do not have.
    DataError
        When the outcome does not suit the model or terms are redundant.
    """
    if model not in SOLVERS:
        raise SpecError(f"model={model!r} is not known here. Use one of: {', '.join(SOLVERS)}.")
    parsed = _parse(formula)
    solutions: list[Solution] = []
    first: _Design | None = None
    spec: ModelSpec | None = None
    for frame in frames:
        design, spec = _materialise(parsed, spec, _as_pandas(frame), model)
        first = first or design
        solutions.append(SOLVERS[model](design.terms, design.outcome, design.names))
    if first is None:
        raise SpecError("There is no completed frame to fit the model to. Impute with m=20 or so first.")
    notes = _notes(first, formula)
    pooled = pool(
        np.stack([solution.estimates for solution in solutions]),
        np.stack([solution.covariance for solution in solutions]),
        min(solution.dof for solution in solutions),
        terms=first.names,
        n_obs=min(solution.n_obs for solution in solutions),
    )
    return replace(pooled, model=model, formula=formula, notes=notes)


def _parse(formula: str) -> Formula:
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


def _as_pandas(frame: Frame) -> pd.DataFrame:
    """Completed frame as pandas, with rows counted from 0."""
    native = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
    return native.reset_index(drop=True)


def _materialise(
    parsed: Formula, spec: ModelSpec | None, frame: pd.DataFrame, model: Model
) -> tuple[_Design, ModelSpec]:
    """Turn the formula into numbers; the first frame decides the columns, the others follow."""
    _check_columns(parsed, frame)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DataMismatchWarning)
            matrices = model_matrix(parsed if spec is None else spec, frame, na_action="drop")
    except (FormulaicError, DataMismatchWarning) as error:
        raise DataError(
            f"The formula cannot be applied to the data: {str(error).strip().splitlines()[0]}. "
            "Check its functions and the kinds of its variables."
        ) from error
    outcome, note = _outcome(matrices.lhs, model)
    terms = matrices.rhs
    design = _Design(
        outcome=outcome,
        terms=np.ascontiguousarray(terms.to_numpy(dtype=np.float64)),
        names=tuple(str(name) for name in terms.columns),
        n_dropped=len(frame) - len(outcome),
        note=note,
    )
    return design, (matrices.model_spec if spec is None else spec)


def _check_columns(parsed: Formula, frame: pd.DataFrame) -> None:
    """Refuse names that are not columns, with the nearest one."""
    known = [str(name) for name in frame.columns]
    wanted = {name for name in map(str, parsed.required_variables) if name.split(".")[0] not in known}
    for name in sorted(wanted - set(known)):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"The columns are: {', '.join(known[:20])}."
        raise ColumnError(f"The formula names '{name}', which is not a column of the data. {hint}")


def _outcome(lhs: pd.DataFrame, model: Model) -> tuple[Floats, str]:
    """Outcome as one column of numbers, and what was decided about it."""
    columns = [str(name) for name in lhs.columns]
    values = lhs.to_numpy(dtype=np.float64)
    is_encoded = len(columns) > 1 or "[" in columns[0]
    if not is_encoded:
        if not np.isfinite(values).all():
            raise DataError(f"The outcome {columns[0]} holds values that are not finite. Check its transformation.")
        return values[:, 0], ""
    if model == "ols":
        raise DataError(
            f"The outcome became the columns {', '.join(columns[:4])}: it is a category. OLS needs a number; "
            "use model='logit' for a category with two levels."
        )
    if len(columns) > 2:
        raise DataError(
            f"The outcome has {len(columns)} levels ({', '.join(columns[:4])}, ...). A logit needs two: "
            "recode it first, for example with a column that is true for the level of interest."
        )
    return values[:, -1], f"The logit models the probability of {columns[-1]}."


def _notes(design: _Design, formula: str) -> tuple[str, ...]:
    """Sentences about what was decided, with a warning when rows are left out."""
    notes = [design.note] if design.note else []
    if design.n_dropped:
        left_out = (
            f"{design.n_dropped:,} of {design.n_dropped + len(design.outcome):,} rows are left out, since a variable "
            "of the formula does not apply to them or was not imputed"
        )
        warnings.warn(
            f"{left_out} ({formula}). The estimates speak for the other rows only; recode the variable if that is "
            "not what you want.",
            DataWarning,
            stacklevel=4,
        )
        notes.append(f"{left_out}.")
    return tuple(notes)
