"""What goes into the paper: a methods paragraph with its references, and how to use the data sets."""

import re
from collections import Counter
from html import escape

from lacunet.report import _words
from lacunet.report._content import (
    BARNARD_RUBIN_1999,
    BLACKWELL_2017,
    BONDARENKO_RAGHUNATHAN_2016,
    RUBIN_1987,
    ImputationPage,
    VariableRow,
)
from lacunet.report.page._html import bullets, paragraphs, section

MAX_NAMES = 12
USE = (
    "Analyse every completed data set in the same way, and combine the results with Rubin's rules. "
    "Never average the data sets, and never report one of them alone: the differences between them carry the "
    "uncertainty about what is missing.",
    "Imputation assumes that, given everything in the data, whether a value is missing does not depend on the value "
    "itself (missing at random). The data cannot prove this.",
)


def paper_section(page: ImputationPage) -> str:
    """Offer a paragraph for the methods section, list what to cite, and say how to use the data sets."""
    return section(
        "cite",
        "For your paper",
        "<h3>A paragraph for your methods section</h3>",
        f"<blockquote>{escape(methods_paragraph(page))}</blockquote>",
        "<h3>References</h3>",
        bullets(references(page)),
        "<h3>How to use the completed data</h3>",
        paragraphs(USE),
    )


def references(page: ImputationPage) -> list[str]:
    """List everything that the methods paragraph cites, by author."""
    version = page.record.versions.get("lacunet", "")
    cited = list(page.record.citations)
    cited.append(
        f"The lacunet authors. lacunet{f' {version}' if version else ''}: neural networks for social-science research "
        "(software, MIT licence)."
    )
    topics = {one.name for one in page.topics}
    cited += [BONDARENKO_RAGHUNATHAN_2016] if "strata" in topics else []
    cited += [BLACKWELL_2017] if topics & {"overimputation", "calibration"} else []
    cited += [BARNARD_RUBIN_1999, RUBIN_1987] if page.models else []
    return sorted(dict.fromkeys(cited), key=str.lower)


def methods_paragraph(page: ImputationPage) -> str:
    """Write what a methods section needs to say of the imputation."""
    modelled = [row for row in page.variables if row.is_modelled]
    incomplete = [row for row in modelled if row.n_missing]
    used = _words.count(len(modelled), "variable")
    if not incomplete:
        return f"No values were missing in the {used} used (n = {page.n_rows:,})."
    parts = (_what(page, modelled, incomplete), _how(page), _kept(modelled), _auxiliary(page, modelled, incomplete))
    return " ".join(words for words in (*parts, _checks(page), _pooled(page)) if words)


def _what(page: ImputationPage, modelled: list[VariableRow], incomplete: list[VariableRow]) -> str:
    shares = sorted(row.n_missing / max(page.n_rows, 1) for row in incomplete)
    least, most = _words.percent(shares[0]), _words.percent(shares[-1])
    span = most if least == most else f"between {least} and {most}"
    n_cells = sum(row.n_missing for row in incomplete)
    whole = max(page.n_rows * len(modelled) - sum(row.n_inapplicable for row in modelled), 1)
    each = " each" if len(incomplete) > 1 else ""
    return (
        f"Of the {_words.count(len(modelled), 'variable')} used (n = {page.n_rows:,}), {_words.count(len(incomplete))} "
        f"had missing values ({_names(incomplete)}): {span} of rows{each}, "
        f"{_words.percent(n_cells / whole)} of all applicable cells."
    )


def _how(page: ImputationPage) -> str:
    version = page.record.versions.get("lacunet", "")
    modelled = [row for row in page.variables if row.is_modelled]
    kinds = Counter(row.kind for row in modelled)
    said = _words.join(
        [f"{n} {'as ' if not at else ''}{_kind(kind, n)}" for at, (kind, n) in enumerate(kinds.most_common())]
    )
    return (
        f"We imputed them {_words.count(page.m, 'time')} with lacunet{' ' + version if version else ''}, "
        f"{page.record.approach}, seed {page.seed}, conditioning on all {_words.count(len(modelled), 'variable')} "
        f"(modelled {said})."
    )


def _kind(kind: str, n: int) -> str:
    return {"count": "count" if n == 1 else "counts", "date": "date" if n == 1 else "dates"}.get(kind, kind)


def _kept(modelled: list[VariableRow]) -> str:
    kept = [row for row in modelled if row.n_inapplicable]
    n_cells = sum(row.n_inapplicable for row in kept)
    if not kept:
        return ""
    return (
        f"Values that did not apply to a respondent were not imputed ({_words.count(n_cells, 'cell')} of "
        f"{_names(kept)})."
    )


def _auxiliary(page: ImputationPage, modelled: list[VariableRow], incomplete: list[VariableRow]) -> str:
    if page.models and all(page.models.formulas):
        named = set(re.findall(r"[^\W\d]\w*", " ".join(page.models.formulas)))
        others = [row for row in modelled if row.name not in named]
        if not others:
            return ""
        verb = "is in none" if len(others) == 1 else "are in none"
        noun = "an auxiliary variable" if len(others) == 1 else "auxiliary variables"
        return f"{_words.count(len(others), 'variable')} that {verb} of the models served as {noun} ({_names(others)})."
    n_complete = len(modelled) - len(incomplete)
    if not n_complete:
        return ""
    noun = "a predictor" if n_complete == 1 else "predictors"
    return f"{_words.count(n_complete, 'complete variable')} served as {noun}."


def _checks(page: ImputationPage) -> str:
    if not page.findings:
        return ""
    topics = {one.name for one in page.topics}
    within = (
        ", overall and among rows with a similar propensity to be missing (Bondarenko & Raghunathan, 2016)"
        if "strata" in topics
        else ""
    )
    hidden = (
        ", and known values that had been hidden with their imputations (Blackwell, Honaker & King, 2017)"
        if topics & {"overimputation", "calibration"}
        else ""
    )
    pressing = list(dict.fromkeys(NOUNS.get(one.topic, one.topic) for one in page.findings if one.severity != "ok"))
    found = f"The diagnosis asks for attention to {_words.join(pressing)}" if pressing else "Nothing pressing was found"
    return (
        f"We compared imputed with observed values{within}{hidden}. {found}; the supplementary report shows the checks."
    )


NOUNS = {
    "patterns": "the amount missing",
    "flux": "variables that are seldom known where others are missing",
    "predictors": "what predicts missingness",
    "distributions": "differences between imputed and observed values",
    "strata": "differences between imputed and observed values",
    "overimputation": "the coverage of intervals",
    "calibration": "the calibration of categories",
    "stability": "the number of imputations",
    "loss": "the length of training",
}


def _pooled(page: ImputationPage) -> str:
    many = f"the {page.m} completed data sets"
    if page.models is None:
        return f"Estimates from {many} were combined with Rubin's (1987) rules."
    return (
        f"Each model was fitted to each of {many}, and the estimates were combined with Rubin's (1987) rules, with the "
        "degrees of freedom of Barnard and Rubin (1999)."
    )


def _names(rows: list[VariableRow]) -> str:
    names = [row.name for row in rows]
    if len(names) <= MAX_NAMES:
        return _words.join(names)
    return f"{', '.join(names[:MAX_NAMES])} and {len(names) - MAX_NAMES} more"
