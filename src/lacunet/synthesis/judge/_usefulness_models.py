"""Regressions that a judge fits: those the user names, or one column on all the others."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular

from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import ConvergenceWarning, DataError, DataWarning, LacunetError, SpecError
from lacunet.pooling import Model
from lacunet.pooling._design import Design, Request, make_design, parse_formula
from lacunet.pooling._source import coefficient_names, solve_design
from lacunet.solve import Solution, solve_model
from lacunet.synthesis.judge._coded import Coded
from lacunet.synthesis.judge._usefulness_fits import Fit

MOST_DUMMIES = 6
"""Levels of a predictor with a coefficient of their own: the most frequent, less the first of them."""
RAREST = 0.01
"""Share of rows that a level needs for a coefficient of its own."""
FEWEST_IN_LEVEL = 20
MOST_OUTCOME_LEVELS = 5
"""Levels of an outcome up to which a multinomial logit is fitted; beyond, a logit of the most frequent."""
MOST_TERMS = 80
REDUNDANT = 1e-8
"""Share of its variance that a term must have of its own."""
PERFECT = 1e-6
"""Share of the variance of an outcome below which the residuals are rounding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """One regression to fit to every file.

    Attributes
    ----------
    label, model
        As the report calls them.
    fit
        From one file (as `Source`) to its coefficients; fails with a ``LacunetError``.
    """

    label: str
    model: str
    fit: Callable[["Source"], Fit]


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

    return Wanted(label=formula, model=request.model, fit=fit)


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
    keep = _distinct(design.terms)
    is_one_each = len(names) == len(design.names)
    if not keep.all() and not is_one_each:
        raise DataError(
            "Terms of the formula cannot be told apart in this file. Every term needs variation of its own."
        )
    solution = solve_design(request, design, keep)
    return _spread_out(names, keep if is_one_each else np.ones(len(names), dtype=bool), solution)


def _spread_out(names: tuple[str, ...], keep: Bools, solution: Solution) -> Fit:
    estimates = np.full(len(names), np.nan)
    covariance = np.full((len(names), len(names)), np.nan)
    estimates[keep] = solution.estimates
    covariance[np.ix_(keep, keep)] = solution.covariance
    return Fit(names=names, estimates=estimates, covariance=covariance, n=solution.n_obs)


def _distinct(terms: Floats) -> Bools:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Term:
    """One column of a design: a number (code -1), or a code of a column."""

    place: int
    code: int
    words: str


def column_regression(name: str, real: Coded) -> Wanted:
    """One column on all the others, each number as it is (in standard deviations), each frequent level as a dummy.

    A number is the outcome of least squares; two levels of a logit; a few of a multinomial logit; of many, the most
    frequent one is that of a logit. Rows where the outcome has no value are left out.
    """
    target = real.place(name)
    model, levels = _outcome_of(real, target)
    terms = _terms(real, target)

    def design(coded: Coded) -> tuple[Floats, Floats]:
        rows = coded.codes[:, target] < coded.columns[target].n_answers
        if model == "multinomial":
            rows &= np.isin(coded.codes[:, target], levels)
        part = coded.take(rows)
        return _matrix(part, terms), _outcome(part, target, model, levels)

    keep = _distinct(design(real)[0])
    kept = [term for term, is_kept in zip([None, *terms], keep, strict=True) if is_kept]
    words = tuple("Intercept" if term is None else term.words for term in kept)
    labels = real.columns[target].labels
    if model == "multinomial":
        words = tuple(f"{labels[level]}: {word}" for level in levels[1:] for word in words)

    def fit(source: Source) -> Fit:
        x, y = design(source.coded)
        if not len(y):
            raise DataError(f"No row has a value of {name}. A regression needs rows with one.")
        return _fit_matrix(model, x[:, keep], y, words)

    event = f" = {labels[levels[-1]]}" if model == "logit" else ""
    return Wanted(label=f"{name}{event} on all other columns", model=model, fit=fit)


def _outcome_of(real: Coded, target: int) -> tuple[str, Integers]:
    column = real.columns[target]
    if column.is_number:
        return "ols", np.zeros(0, dtype=np.intp)
    counts = np.bincount(real.codes[:, target], minlength=column.n_codes)[: column.n_answers]
    common = np.flatnonzero(counts >= FEWEST_IN_LEVEL)
    if len(common) < 2:
        raise DataError(
            f"{column.name!r} has fewer than two levels with {FEWEST_IN_LEVEL} rows. A regression needs two. Name "
            "another target."
        )
    if len(common) == 2:
        return "logit", common
    if len(common) <= MOST_OUTCOME_LEVELS:
        return "multinomial", common
    return "logit", np.array([int(np.argmax(counts))])


def _outcome(part: Coded, target: int, model: str, levels: Integers) -> Floats:
    codes = part.codes[:, target]
    if model == "ols":
        return part.values[:, target]
    if model == "multinomial":
        return np.searchsorted(levels, codes).astype(np.float64)
    return (codes == levels[-1]).astype(np.float64)


def _terms(real: Coded, target: int) -> list[_Term]:
    terms = []
    for j, column in enumerate(real.columns):
        if j == target:
            continue
        counts = np.bincount(real.codes[:, j], minlength=column.n_codes)
        counts[: column.n_answers if column.is_number else 0] = 0
        codes = np.argsort(-counts, kind="stable")[: MOST_DUMMIES + 1]
        codes = codes[counts[codes] >= max(RAREST * real.n, FEWEST_IN_LEVEL)]
        if column.is_number:
            terms.append(_Term(place=j, code=-1, words=column.name))
        else:
            codes = codes[1:]
        terms += [_Term(place=j, code=int(code), words=f"{column.name}: {column.labels[code]}") for code in codes]
    return terms[:MOST_TERMS]


def _matrix(part: Coded, terms: Sequence[_Term]) -> Floats:
    columns = [np.ones(part.n)]
    for term in terms:
        column = part.columns[term.place]
        if term.code >= 0:
            columns.append((part.codes[:, term.place] == term.code).astype(np.float64))
            continue
        values = part.values[:, term.place]
        columns.append(np.where(np.isnan(values), 0.0, (values - column.centre) / column.spread))
    return np.column_stack(columns)


def _fit_matrix(model: str, x: Floats, y: Floats, words: tuple[str, ...]) -> Fit:
    keep = _distinct(x)
    if model == "multinomial":
        if not keep.all() or len(np.unique(y)) < len(words) // x.shape[1] + 1:
            raise DataError("A level or a term has no rows. A multinomial logit needs some of each in every file.")
        return _spread_out(words, np.ones(len(words), dtype=bool), solve_model(model, x, y))
    solution = solve_model(model, x[:, keep], y)
    if model == "ols" and solution.scale < PERFECT * y.var():
        raise DataError("The other columns determine the outcome. A regression needs something left to chance.")
    return _spread_out(words, keep, solution)


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


def choose_outcomes(real: Coded, n_numbers: int = 3, n_categories: int = 2) -> list[str]:
    """Outcomes where the user names none: the numbers with most values, and the most even categories of two levels."""
    numbers, categories = [], []
    for j, column in enumerate(real.columns):
        if column.is_number:
            numbers.append((-len(np.unique(real.values[:, j])), j))
            continue
        counts = np.bincount(real.codes[:, j], minlength=column.n_codes)[: column.n_answers]
        if np.count_nonzero(counts >= FEWEST_IN_LEVEL) == 2:
            categories.append((-int(np.sort(counts)[-2]), j))
    chosen = [j for _, j in sorted(numbers)[:n_numbers]] + [j for _, j in sorted(categories)[:n_categories]]
    return [real.names[j] for j in chosen]
