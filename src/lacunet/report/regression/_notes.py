"""Sentences below the table: how it was pooled, what is in parentheses, what stars mean."""

from collections.abc import Callable, Sequence

from lacunet.report.regression._content import ModelColumn, RegressionTable
from lacunet.report.regression._names import tidy
from lacunet.report.regression._numbers import threshold

ROBUST = ("HC0", "HC1", "HC2", "HC3")


def percent(level: float) -> str:
    """Coverage as a percentage without needless decimals."""
    return f"{100 * level:.6g}%"


def write_notes(table: RegressionTable, names: Sequence[str]) -> tuple[str, ...]:
    """Write all sentences below the table.

    Parameters
    ----------
    table
        What is shown.
    names
        What to call each column in a sentence.

    Returns
    -------
    tuple of str
        One sentence each.
    """
    columns = table.columns
    notes = [
        _shown(table),
        _ratios(columns, names),
        _pooled(columns, names),
        _by_column(columns, names, lambda column: _covariance(column.covariance), "Covariance in each data set: {}."),
        _stars(table),
        *(tidy(column.note) for column in columns),
        *(tidy(note) for note in table.notes),
    ]
    return tuple(dict.fromkeys(note for note in notes if note))


def _shown(table: RegressionTable) -> str:
    words = {
        "std_error": ("Standard errors in parentheses", "SE: standard error"),
        "interval": (f"{percent(table.level)} confidence intervals in brackets", "CI: confidence interval"),
        "statistic": ("t statistics below", "t: estimate over standard error"),
        "p": ("p-values (two-sided) below", "p: two-sided p-value"),
        "df": ("degrees of freedom below", "df: Barnard and Rubin's degrees of freedom"),
        "fmi": ("fractions of missing information (FMI) below", "FMI: fraction of missing information"),
    }
    said = [words[name][table.layout == "wide"] for name in table.shown]
    if not said:
        return ""
    text = "; ".join(said)
    return text[0].upper() + text[1:] + "."


def _ratios(columns: Sequence[ModelColumn], names: Sequence[str]) -> str:
    said = _by_column(columns, names, lambda column: tidy(column.ratio) if column.exponentiate else "", "{}")
    if not said:
        return ""
    return (
        f"Exponentiated: {said}, with standard errors by the delta method; tests are of the coefficients before "
        "exponentiation."
    )


def _pooled(columns: Sequence[ModelColumn], names: Sequence[str]) -> str:
    def imputations(column: ModelColumn) -> str:
        return "" if column.m is None else f"m = {column.m} imputations"

    return _by_column(columns, names, imputations, "Estimates and standard errors pooled by Rubin's rules over {}.")


def _covariance(name: str) -> str:
    return f"heteroskedasticity-robust ({name})" if name in ROBUST else tidy(name)


def _stars(table: RegressionTable) -> str:
    marks = [f"{'*' * (i + 1)} p < {threshold(p)}" for i, p in enumerate(table.thresholds)]
    return f"{', '.join(marks)} (two-sided)." if marks else ""


def _by_column(
    columns: Sequence[ModelColumn], names: Sequence[str], say: Callable[[ModelColumn], str], sentence: str
) -> str:
    """Say once what holds for every column, and otherwise which columns it holds for."""
    said: dict[str, list[str]] = {}
    for column, name in zip(columns, names, strict=True):
        said.setdefault(say(column), []).append(name)
    if list(said) == [""]:
        return ""
    if len(said) == 1:
        return sentence.format(next(iter(said)))
    return sentence.format("; ".join(f"{text} in {', '.join(where)}" for text, where in said.items() if text))
