"""Every column: how it was read and why, and what was decided on each of its codes."""

from html import escape
from itertools import accumulate

from lacunet.report import _words
from lacunet.report._content import ImputationPage, VariableRow
from lacunet.report.page._html import fold, section, table

MAX_OPEN = 40
"""Beyond so many columns, the table waits behind a line to click on."""
MAX_DECIDED, MAX_CODES, MAX_LABELS = 100, 40, 1200
"""Codes for missing, labels of one column, and labels of all columns together that are listed."""
ANSWER = "an answer"


def variables_section(page: ImputationPage) -> str:
    """List every column: how it was read, why, what is missing, and what each code was taken for."""
    has_labels = any(row.label for row in page.variables)
    rows = [_row(row, has_labels) for row in page.variables]
    heads = (
        "Variable",
        *(["Description"] if has_labels else []),
        "Read as",
        "Missing",
        "Not applicable",
        "Why read so",
    )
    caption = "Every column of the data, and how it was read"
    whole = table(caption, heads, rows, n_words=len(heads) - 3, has_last_words=True)
    if len(rows) > MAX_OPEN:
        whole = fold(f"All {_words.count(len(rows), 'variable')}", whole)
    return section("variables", "Data and codes", whole, _codes(page))


def _row(row: VariableRow, has_labels: bool) -> tuple[str, ...]:
    return (
        row.name,
        *([row.label] if has_labels else []),
        row.kind if row.is_modelled else f"{row.kind} (not used)",
        _words.count(row.n_missing) if row.n_missing else "",
        _words.count(row.n_inapplicable) if row.n_inapplicable else "",
        row.reason,
    )


def _codes(page: ImputationPage) -> str:
    return _decided(page) + _labelled(page)


def _decided(page: ImputationPage) -> str:
    """Codes that are no answer, of all columns together: the decisions that can be wrong."""
    rows = [
        (row.name, one.code, one.label, one.decision)
        for row in page.variables
        for one in row.codes
        if one.decision != ANSWER
    ]
    if not rows:
        return ""
    has_labels = any(label for _, _, label, _ in rows)
    heads = ("Variable", "Code", *(["Label"] if has_labels else []), "Taken for")
    shown = [(name, code, *([label] if has_labels else []), decision) for name, code, label, decision in rows]
    left = len(rows) - MAX_DECIDED
    more = f"<p>{_words.count(left, 'further code')}: the codebook has them.</p>" if left > 0 else ""
    whole = table("Codes that are no answer, and how they were taken", heads, shown[:MAX_DECIDED], n_words=len(heads))
    intro = "<p>Codes for missing answers are imputed; what did not apply is kept.</p>"
    return f"<h3>Codes that are no answer</h3>{intro}{whole}{more}"


def _labelled(page: ImputationPage) -> str:
    """Value labels, a column behind each line to click on."""
    labelled = [row for row in page.variables if any(one.label for one in row.codes)]
    if not labelled:
        return ""
    totals = accumulate(min(len(row.codes), MAX_CODES) for row in labelled)
    shown = [row for row, total in zip(labelled, totals, strict=True) if total <= MAX_LABELS]
    folds = "".join(fold(_title(row), _code_table(row)) for row in shown)
    left = len(labelled) - len(shown)
    more = f"<p>{_words.count(left, 'further variable')} with labels: the codebook has them.</p>" if left > 0 else ""
    return f"<h3>Value labels</h3>{folds}{more}"


def _title(row: VariableRow) -> str:
    label = f" ({_words.shorten(row.label, 60)})" if row.label else ""
    return f"{row.name}{label}: {_words.count(len(row.codes), 'code')}"


def _code_table(row: VariableRow) -> str:
    shown = sorted(row.codes, key=lambda one: one.decision == ANSWER)[:MAX_CODES]
    body = "".join(
        f'<tr><th scope="row">{escape(one.code)}</th><td>{escape(one.label)}</td><td>{escape(one.decision)}</td></tr>'
        for one in shown
    )
    left = len(row.codes) - len(shown)
    more = f"<p>{_words.count(left, 'further label')} of answers: the file has them.</p>" if left > 0 else ""
    return (
        f'<table class="codes"><caption class="hidden">Codes of {escape(row.name)}</caption><thead><tr><th scope="col">'
        f'Code</th><th scope="col">Label</th><th scope="col">Taken for</th></tr></thead><tbody>{body}</tbody></table>'
        f"{more}"
    )
