"""Regressions that a judge fits where the user names none: one column on all the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lacunet._typing import Bools, Floats, Integers
from lacunet.errors import DataError, list_some
from lacunet.report import _words
from lacunet.solve import solve_model
from lacunet.synthesis.judge._coded import Coded, CodedColumn
from lacunet.synthesis.judge._usefulness_fits import Fit
from lacunet.synthesis.judge._usefulness_models import Source, Wanted, distinct, spread_out

MOST_DUMMIES = 6
"""Levels of a predictor with a coefficient of their own: the most frequent, less the first of them."""
RAREST = 0.01
"""Share of rows that a level needs for a coefficient of its own."""
FEWEST_IN_LEVEL = 20
FEWEST_OF_EACH = 10
"""Rows of each outcome that a level needs for a coefficient of its own: with none of one, a logit has no end."""
RUNGS = (None, 20, 3)
"""Levels up to which a category is a predictor, tried in turn until a regression can be fitted to every file."""
MOST_OUTCOME_LEVELS = 5
"""Levels of an outcome up to which a multinomial logit is fitted; beyond, a logit of the most frequent."""
MOST_TERMS = 80
MOST_SAID = 5
"""Levels that a note names."""
PERFECT = 1e-6
"""Share of the variance of an outcome below which the residuals are rounding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Term:
    """One column of a design: a number (code -1), or a code of a column."""

    place: int
    code: int
    words: str


def column_regressions(name: str, real: Coded) -> list[Wanted]:
    """One column on all the others, and with fewer of them where that cannot be had, the fullest first.

    Parameters
    ----------
    name
        The outcome: least squares of a number; a logit of two levels; a multinomial logit of a few; of many, a logit of
        the most frequent one.
    real
        The real file, which decides about levels and terms.

    Returns
    -------
    list of Wanted
        On all other columns; without categories of more than 20 levels; without those of more than 3.

    Raises
    ------
    DataError
        If the outcome has fewer than two levels with 20 rows.
    """
    target = real.place(name)
    found: list[Wanted] = []
    tried: list[list[int]] = []
    for most in RUNGS:
        places = [j for j in range(real.p) if j != target and _is_predictor(real.columns[j], most)]
        if places and places not in tried:
            tried.append(places)
            found.append(column_regression(name, real, places))
    return found


def _is_predictor(column: CodedColumn, most_levels: int | None) -> bool:
    return column.is_number or most_levels is None or column.n_answers <= most_levels


def column_regression(name: str, real: Coded, places: Sequence[int] | None = None) -> Wanted:
    """One column on others, each number as it is (in standard deviations), each frequent level as a dummy.

    A number is the outcome of least squares; two levels of a logit; a few of a multinomial logit; of many, the most
    frequent one is that of a logit. Rows where the outcome has no value are left out.

    Parameters
    ----------
    name
        The outcome.
    real
        The real file.
    places
        Of the predictors; None for all other columns.
    """
    target = real.place(name)
    others = [j for j in range(real.p) if j != target]
    places = others if places is None else places
    model, levels = _outcome_of(real, target)
    terms, joined = _terms(real, places, _split(real, target, model, levels))

    def design(coded: Coded) -> tuple[Floats, Floats]:
        rows = coded.codes[:, target] < coded.columns[target].n_answers
        if model == "multinomial":
            rows &= np.isin(coded.codes[:, target], levels)
        part = coded.take(rows)
        return _matrix(part, terms), _outcome(part, target, model, levels)

    keep = distinct(design(real)[0])
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

    event = f"{name} = {labels[levels[-1]]}" if model == "logit" else ""
    left = [real.names[j] for j in others if j not in set(places)]
    return Wanted(
        label=f"{event or name} on {'most' if left else 'all'} other columns",
        model=model,
        fit=fit,
        event=event,
        note=_note_terms(name, left, joined),
    )


def _note_terms(name: str, left: list[str], joined: list[str]) -> str:
    said = []
    if left:
        said.append(
            f"{_words.join(left)} {'is' if len(left) == 1 else 'are'} left out, because one on all columns cannot be "
            "fitted to every file"
        )
    if joined:
        said.append(
            f"levels with fewer than {FEWEST_OF_EACH} rows of an outcome have no coefficient of their own "
            f"({list_some(joined, MOST_SAID)})"
        )
    return f"In the regression of {name}, {'; '.join(said)}." if said else ""


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


def _split(real: Coded, target: int, model: str, levels: Integers) -> list[Bools]:
    """Rows of each outcome that a level has to have; none for least squares."""
    if model == "ols":
        return []
    codes = real.codes[:, target]
    if model == "multinomial":
        return [codes == level for level in levels]
    is_known = codes < real.columns[target].n_answers
    return [is_known & (codes == levels[-1]), is_known & (codes != levels[-1])]


def _terms(real: Coded, places: Sequence[int], outcomes: Sequence[Bools]) -> tuple[list[_Term], list[str]]:
    """Terms, and what has none of its own for want of an outcome."""
    terms: list[_Term] = []
    joined = []
    for j in places:
        column, cells = real.columns[j], real.codes[:, j]
        counts = np.bincount(cells, minlength=column.n_codes)
        counts[: column.n_answers if column.is_number else 0] = 0
        codes = np.argsort(-counts, kind="stable")[: MOST_DUMMIES + 1]
        codes = codes[counts[codes] >= max(RAREST * real.n, FEWEST_IN_LEVEL)]
        first = 0 if column.is_number else 1
        lone = [code for code in codes[first:].tolist() if not _has_each(cells == code, outcomes)]
        codes = np.array([code for code in codes[first:].tolist() if code not in lone], dtype=np.intp)
        joined += [f"{column.name}: {column.labels[code]}" for code in lone]
        if column.is_number:
            terms.append(_Term(place=j, code=-1, words=column.name))
        elif len(codes) and not _has_each(~np.isin(cells, codes), outcomes):
            joined.append(f"{column.name}: all levels")
            continue
        terms += [_Term(place=j, code=int(code), words=f"{column.name}: {column.labels[code]}") for code in codes]
    return terms[:MOST_TERMS], joined


def _has_each(rows: Bools, outcomes: Sequence[Bools]) -> bool:
    return all(np.count_nonzero(rows & outcome) >= FEWEST_OF_EACH for outcome in outcomes)


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
    keep = distinct(x)
    if model == "multinomial":
        if not keep.all() or len(np.unique(y)) < len(words) // x.shape[1] + 1:
            raise DataError("A level or a term has no rows. A multinomial logit needs some of each in every file.")
        return spread_out(words, np.ones(len(words), dtype=bool), solve_model(model, x, y))
    solution = solve_model(model, x[:, keep], y)
    if model == "ols" and solution.scale < PERFECT * y.var():
        raise DataError("The other columns determine the outcome. A regression needs something left to chance.")
    return spread_out(words, keep, solution)


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
