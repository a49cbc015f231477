"""Regressions that a judge fits to every file: those the user names, and what all have in common."""

import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular

from lacunet._typing import Bools, Floats
from lacunet.errors import ConvergenceWarning, DataError, DataWarning, LacunetError, SpecError
from lacunet.pooling import Model
from lacunet.pooling._design import Design, Request, make_design, parse_formula
from lacunet.pooling._models import kind_of
from lacunet.pooling._source import coefficient_names, solve_design
from lacunet.solve import Solution
from lacunet.synthesis.judge._coded import Coded
from lacunet.synthesis.judge._usefulness_fits import Fit

REDUNDANT = 1e-8
"""Share of its variance that a term must have of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One regression to fit to every file.

    Attributes
    ----------
    label, model
        As the report calls them.
    fit
        From one file (as `Source`) to its coefficients; fails with a ``LacunetError``.
    event
        Which level of the outcome a logit models, such as "sex = female"; "" of other models.
    note
        What was decided about its terms, or "".
    """

    label: str
    model: str
    fit: Callable[["Source"], Fit]
    event: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """One file in the two forms that regressions are fitted to."""

    coded: Coded
    frame: pd.DataFrame


def read_formulas(formulas: Any) -> list[tuple[str, str | None]]:
    """Formulas with the model of each, or None where the outcome shall decide.

    Parameters
    ----------
    formulas
        A formula, several of them, or a mapping from formula to model ("ols", "logit" and so on).

    Raises
    ------
    SpecError
        If it is none of these.
    """
    if formulas is None:
        return []
    several = [formulas] if isinstance(formulas, str) or not isinstance(formulas, Iterable) else formulas
    pairs: list[tuple[str, str | None]]
    pairs = list(several.items()) if isinstance(several, Mapping) else [(one, None) for one in several]
    for formula, model in pairs:
        if not isinstance(formula, str) or not (model is None or model in get_args(Model)):
            raise SpecError(
                f"formulas= holds {formula!r}: {model!r}. It needs formulas as text, or a mapping from formula to "
                f"model (one of {', '.join(get_args(Model))}). Write for example {{'income ~ age': 'ols'}}."
            )
    return pairs


def formula_regression(formula: str, model: str | None, real: Source, weights: str | None) -> Wanted:
    """A formula, its columns, levels and constants decided by the real file."""
    parsed = parse_formula(formula)
    request = Request(
        formula=formula,
        model=model or _model_for(str(parsed.lhs), real.frame),
        cov="classical" if weights is None else "HC1",
        weights=weights,
    )
    first = make_design(request, parsed, real.frame.reset_index(drop=True), None)

    def fit(source: Source) -> Fit:
        design = make_design(request, parsed, source.frame.reset_index(drop=True), first)
        return _fit_design(request, design)

    return Wanted(label=formula, model=request.model, fit=fit, event=_event_of(request, first, str(parsed.lhs)))


def _event_of(request: Request, design: Design, outcome: str) -> str:
    """What a model of two levels models the probability of."""
    if kind_of(request.model).outcome != "two levels":
        return ""
    level = design.note.partition(" probability of ")[2].removesuffix(".")
    return re.sub(r"\[(?:T\.)?(.*)\]$", r" = \1", level) if level else f"{outcome.strip('`')} = 1"


def _model_for(outcome: str, frame: pd.DataFrame) -> str:
    """Two values, a logit; labels, a multinomial logit; else least squares."""
    name = outcome.strip("`")
    if name not in frame.columns:
        return "ols"
    column = frame[name].dropna()
    if column.nunique() == 2 and (isinstance(column.dtype, pd.CategoricalDtype) or set(column.unique()) == {0, 1}):
        return "logit"
    return "multinomial" if isinstance(column.dtype, pd.CategoricalDtype) else "ols"


def _fit_design(request: Request, design: Design) -> Fit:
    """Solve it, without the terms that this file cannot tell apart."""
    names = coefficient_names(request.model, design)
    keep = distinct(design.terms)
    is_one_each = len(names) == len(design.names)
    if not keep.all() and not is_one_each:
        raise DataError(
            "Terms of the formula cannot be told apart in this file. Every term needs variation of its own."
        )
    solution = solve_design(request, design, keep)
    return spread_out(names, keep if is_one_each else np.ones(len(names), dtype=bool), solution)


def spread_out(names: tuple[str, ...], keep: Bools, solution: Solution) -> Fit:
    estimates = np.full(len(names), np.nan)
    covariance = np.full((len(names), len(names)), np.nan)
    estimates[keep] = solution.estimates
    covariance[np.ix_(keep, keep)] = solution.covariance
    return Fit(names=names, estimates=estimates, covariance=covariance, n=solution.n_obs)


def distinct(terms: Floats) -> Bools:
    """Which columns are no combination of those before them, by Cholesky's decomposition of their cross-products."""
    length = np.sqrt((terms**2).sum(axis=0))
    unit = terms / np.where(length > 0, length, 1.0)
    gram = unit.T @ unit
    kept: list[int] = []
    half = np.zeros((0, 0))
    for j in range(terms.shape[1]):
        shadow = solve_triangular(half, gram[kept, j], lower=True) if kept else np.zeros(0)
        rest = gram[j, j] - shadow @ shadow
        if rest > REDUNDANT:
            half = np.block([[half, np.zeros((len(kept), 1))], [shadow[None, :], np.sqrt(rest)]])
            kept.append(j)
    return np.isin(np.arange(terms.shape[1]), kept)


def try_fit(wanted: Wanted, source: Source) -> tuple[Fit | None, str]:
    """Coefficients, or None and why there are none; a fit that does not settle has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("error", ConvergenceWarning)
            return wanted.fit(source), ""
    except (LacunetError, ConvergenceWarning, np.linalg.LinAlgError) as error:
        return None, str(error)
