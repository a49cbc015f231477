"""One formula, fitted to every completed frame with the same columns in each."""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from lacunet._typing import Floats, Frame
from lacunet.errors import DataWarning, SpecError
from lacunet.pooling._borrowed import fit_cox, fit_fixed_effects
from lacunet.pooling._design import Design, Request, as_pandas, make_design, parse_formula
from lacunet.pooling._models import Model, kind_of
from lacunet.pooling._pooled import Pooled
from lacunet.pooling._repeat import COMPLETED, Answer, Sets, answer_each, pool_answers
from lacunet.pooling._source import Source, coefficient_names, solve_design

COVARIANCES = ("classical", "HC0", "HC1", "HC2", "HC3")
BORROWED = {"fixed_effects": fit_fixed_effects, "cox": fit_cox}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """One model fitted to every data set, before anything is pooled.

    Attributes
    ----------
    answers
        One per data set.
    request
        Formula, model and options.
    source
        The way back to the data; None for models that other packages solve.
    notes
        What was decided for the user.
    """

    answers: list[Answer]
    request: Request
    source: Source | None = None
    notes: tuple[str, ...] = ()


def fit_formula(
    frames: Iterable[Frame],
    formula: str,
    model: Model = "ols",
    *,
    cov: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> Pooled:
    """Fit one model to every completed frame and pool the answers by Rubin's rules.

    Transformations that learn from the data (``center``, ``scale``, ``poly``, ``bs``) and the levels of categories
    are taken from the first frame and kept, so that a coefficient means the same in every completed data set.

    Parameters
    ----------
    frames
        Completed frames (pandas, polars or pyarrow), at least two.
    formula
        As in R: ``"income ~ age + C(educ)"``; for fixed effects ``"income ~ age | state + year"``, for Cox
        ``"Surv(months, died) ~ age"``.
    model
        "ols"; "logit" and "probit" (outcome 0/1, true/false, or a category with two levels, the second of which is
        then the event); "poisson" and "negbin" (counts); "ordered" (logit) and "multinomial" (a category, or numbers
        in order); "fixed_effects" (needs pyfixest or linearmodels); "cox" (needs statsmodels).
    cov
        "classical", "HC0", "HC1", "HC2" or "HC3"; None is "classical", and "HC1" where there are weights.
    cluster
        Column that names the cluster of each row: the covariance allows any dependence within clusters, and the
        degrees of freedom are their number less one.
    weights
        Column of sampling weights.

    Returns
    -------
    Pooled
        With complete-data degrees of freedom of n - k, as R's mice uses for all these models, or of the number of
        clusters less one.

    Raises
    ------
    SpecError
        When the model is unknown, options contradict each other, the formula has no left side or cannot be read, or
        there are fewer than two frames.
    ColumnError
        When the formula or an option names a column that the frames do not have.
    DataError
        When the outcome does not suit the model, terms are redundant, or a fit fails.
    """
    done = answer_formula(frames, formula, model, cov=cov, cluster=cluster, weights=weights)
    return replace(pool_answers(done.answers), request=done.request, source=done.source, notes=done.notes)


def answer_formula(
    frames: Iterable[Frame],
    formula: str,
    model: Model,
    *,
    cov: str | None,
    cluster: str | None,
    weights: str | None,
    sets: Sets = COMPLETED,
) -> Answered:
    """Fit one model to every data set; see `fit_formula`."""
    kind = kind_of(model)
    request = Request(
        formula=formula, model=model, cov=_choose_cov(cov, cluster, weights), cluster=cluster, weights=weights
    )
    frames = tuple(frames) if isinstance(frames, Iterator) else frames
    what = f"{kind.label} {formula!r}"
    if model in BORROWED:
        fit = BORROWED[model]
        answers = answer_each(lambda frame: fit(request, as_pandas(frame)), frames, what, sets)
        return Answered(answers=answers, request=request)
    parsed = parse_formula(formula)
    first: Design | None = None

    def fit_one(frame: Frame) -> Answer:
        nonlocal first
        design = make_design(request, parsed, as_pandas(frame), first)
        first = first or design
        return _as_answer(request, design)

    answers = answer_each(fit_one, frames, what, sets)
    assert first is not None
    source = Source(completed=frames, request=request, parsed=parsed, first=first)
    return Answered(answers=answers, request=request, source=source, notes=_notes(first, formula))


def _as_answer(request: Request, design: Design) -> Answer:
    solution = solve_design(request, design)
    statistics = {"log_likelihood": solution.log_likelihood}
    if request.model == "ols":
        statistics["r_squared"] = _r_squared(design, solution.estimates)
    return Answer(
        names=coefficient_names(request.model, design),
        estimates=solution.estimates,
        covariance=solution.covariance,
        dof=solution.dof,
        n_obs=solution.n_obs,
        statistics=statistics,
    )


def _r_squared(design: Design, estimates: Floats) -> float:
    """Share of the outcome's (weighted) sum of squares around its mean that the terms account for."""
    weights = np.ones(len(design.outcome)) if design.weights is None else design.weights
    around = design.outcome - np.average(design.outcome, weights=weights)
    left = design.outcome - design.terms @ estimates
    return float(1 - weights @ left**2 / (weights @ around**2))


def _choose_cov(cov: str | None, cluster: str | None, weights: str | None) -> str:
    if cov is not None and cov not in COVARIANCES:
        hint = " Name the column instead: cluster='state'." if "cl" in str(cov).lower() else ""
        raise SpecError(f"cov={cov!r} is not known here. Use one of: {', '.join(COVARIANCES)}.{hint}")
    if cluster is not None:
        if cov is not None:
            raise SpecError(
                f"cov={cov!r} and cluster={cluster!r} ask for two different covariances. Give cluster= alone."
            )
        return "cluster"
    return cov or ("classical" if weights is None else "HC1")


def _notes(design: Design, formula: str) -> tuple[str, ...]:
    """Sentences about what was decided, with a warning when rows are left out."""
    notes = [design.note] if design.note else []
    if design.n_dropped:
        left_out = (
            f"{design.n_dropped:,} of {design.n_dropped + len(design.outcome):,} rows are left out, since a variable "
            "of the formula does not apply to them or has no value"
        )
        warnings.warn(
            f"{left_out} ({formula}). The estimates speak for the other rows only; recode the variable if that is "
            "not what you want.",
            DataWarning,
            stacklevel=5,
        )
        notes.append(f"{left_out}.")
    return tuple(notes)
