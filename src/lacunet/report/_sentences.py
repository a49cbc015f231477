"""What a survey researcher reads: the sentences of the page, with their numbers."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lacunet.report import _words
from lacunet.report._content import CategoryComparison, ImputationPage, NumberComparison

COMPARE = (
    "Imputed values should be possible values, and vary as much as real ones do. They need not follow the "
    "observed ones: where those who did not answer differ in what they told elsewhere, imputed and observed differ "
    "with good reason. A difference that nothing you know of the field explains deserves a second look."
)
FIRST_YEAR, LAST_YEAR = 1500, 2100
REPEAT = (
    "The same data, settings, seed and versions on the same kind of machine give the same imputations; "
    "imputation number i does not depend on how many were asked for."
)
USE = (
    "Analyse every completed data set in the same way, and combine the results with Rubin's rules. "
    "Never average the data sets, and never report one of them alone: the differences between them carry the "
    "uncertainty about what is missing.",
    "Imputation assumes that, given everything in the data, whether a value is missing does not depend on the value "
    "itself (missing at random). The data cannot prove this.",
)


def mean(values: NDArray[np.float64]) -> float:
    """Mean of the finite values; not a number where there are none."""
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore"):
        return float(finite.mean()) if finite.size else float("nan")


def spread(values: NDArray[np.float64]) -> float:
    """Standard deviation (n - 1) of the finite values; not a number below two of them."""
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore", invalid="ignore"):
        return float(finite.std(ddof=1)) if finite.size > 1 else float("nan")


def choose_writer(comparison: NumberComparison) -> Callable[[float], str]:
    """Choose how to write a variable's values: as a date, a year or a number."""
    if comparison.is_date:
        return _words.day
    known = comparison.observed[np.isfinite(comparison.observed)]
    if comparison.is_integer and known.size and known.min() >= FIRST_YEAR and known.max() <= LAST_YEAR:
        return _words.year
    return _words.number


def draw_means(comparison: NumberComparison) -> NDArray[np.float64]:
    """Mean of the imputed values in each draw, (m,)."""
    return np.array([mean(draw) for draw in comparison.imputed])


def draw_spreads(comparison: NumberComparison) -> NDArray[np.float64]:
    """Standard deviation of the imputed values in each draw, (m,)."""
    return np.array([spread(draw) for draw in comparison.imputed])


def summary(page: ImputationPage) -> list[str]:
    """Say in a few sentences what was imputed, what was kept, and what was left out."""
    modelled = [row for row in page.variables if row.is_modelled]
    incomplete = [row for row in modelled if row.n_missing]
    n_missing = sum(row.n_missing for row in incomplete)
    n_kept = sum(row.n_inapplicable for row in modelled)
    left_out = [row.name for row in page.variables if not row.is_modelled]
    n_columns = _words.count(len(page.variables), "variable")
    size = f"{page.data_name} has {_words.count(page.n_rows, 'row')} and {n_columns}."
    if not n_missing:
        return [f"{size} No cell was missing, so each of the {page.m} data sets equals the original.", _kept(n_kept)]
    share = n_missing / max(page.n_rows * len(modelled), 1)
    most = max(incomplete, key=lambda row: row.n_missing)
    verb = "has" if len(incomplete) == 1 else "have"
    words = [
        f"{size} Of {_words.count(len(modelled), 'variable')} used, {_words.count(len(incomplete))} {verb} missing "
        f"values: {_words.count(n_missing, 'cell')}, {_words.percent(share)} of all. The most incomplete is "
        f"{most.name} ({_words.percent(most.n_missing / max(page.n_rows, 1))} of rows).",
        f"Each missing cell was filled {_words.count(page.m, 'time')}, with values that are plausible given "
        "everything else known of the same row, as the model learned from the data. Every value that was known is "
        "unchanged.",
        _kept(n_kept),
    ]
    if left_out:
        names = _words.join(left_out[:8]) + (f" and {len(left_out) - 8} more" if len(left_out) > 8 else "")
        words.append(f"Not used and not imputed: {names}. The table of all variables says why.")
    return words


def _kept(n_inapplicable: int) -> str:
    if not n_inapplicable:
        return ""
    return (
        f"{_words.count(n_inapplicable, 'cell')} did not apply to the respondent (a question skipped on purpose) and "
        "were kept as they are, not imputed."
    )


def describe_comparison(comparison: NumberComparison | CategoryComparison) -> str:
    """Say a comparison in one or two sentences."""
    if isinstance(comparison, CategoryComparison):
        return _describe_category(comparison)
    n_observed, n_imputed = int(np.isfinite(comparison.observed).sum()), comparison.imputed.shape[1]
    size = f"{_words.count(n_observed)} observed, {_words.count(n_imputed)} imputed."
    before, after = mean(comparison.observed), mean(draw_means(comparison))
    write = choose_writer(comparison)
    if comparison.is_date:
        return f"{size} Average date {write(before)} observed, {write(after)} imputed."
    spreads = _words.number(spread(comparison.observed)), _words.number(mean(draw_spreads(comparison)))
    return (
        f"{size} Mean {write(before)} observed, {write(after)} imputed; "
        f"standard deviation {spreads[0]} and {spreads[1]}."
    )


def _describe_category(comparison: CategoryComparison) -> str:
    size = f"{_words.count(comparison.n_observed)} observed, {_words.count(comparison.n_missing)} imputed."
    if not len(comparison.imputed) or not comparison.levels:
        return size
    imputed = comparison.imputed.mean(axis=0)
    widest = int(np.argmax(np.abs(imputed - comparison.observed)))
    before, after = _words.percent(float(comparison.observed[widest])), _words.percent(float(imputed[widest]))
    return f"{size} Largest difference at '{comparison.levels[widest]}': {before} observed, {after} imputed."


def methods_paragraph(page: ImputationPage) -> str:
    """Write what a methods section needs to say of the imputation."""
    incomplete = [row for row in page.variables if row.is_modelled and row.n_missing]
    modelled = sum(row.is_modelled for row in page.variables)
    if not incomplete:
        return f"No values were missing in the {_words.count(modelled, 'variable')} used (n = {page.n_rows:,})."
    shares = sorted(row.n_missing / max(page.n_rows, 1) for row in incomplete)
    least, most = _words.percent(shares[0]), _words.percent(shares[-1])
    span = most if least == most else f"between {least} and {most}"
    version = page.record.versions.get("lacunet", "")
    kept = ""
    if any(row.n_inapplicable for row in page.variables):
        kept = " Values that did not apply to a respondent were not imputed."
    used = _words.count(modelled, "variable")
    return (
        f"Of {used} (n = {page.n_rows:,}), {len(incomplete)} had missing values, {span} of rows each. "
        f"We imputed them {_words.count(page.m, 'time')} with lacunet{' ' + version if version else ''}, "
        f"{page.record.approach}, seed {page.seed}, conditioning on all {used}.{kept} Estimates from the {page.m} "
        "completed data sets were combined with Rubin's (1987) rules."
    )
