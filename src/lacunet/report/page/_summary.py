"""What was done, in short, and what the diagnosis found, the most pressing first."""

from html import escape

from lacunet.report import _words
from lacunet.report._content import ImputationPage, PageFinding
from lacunet.report.page._html import bullets, fold, paragraphs, prose, section

MAX_NOTES = 6
SEVERITIES = {"act": "Act on this", "look": "Look at this", "ok": "In order"}
"""Severity to the words that say it."""
PLACES = {"patterns": "missing", "distributions": "compare", "loss": "training"}
"""Topics that the page draws in its own way, and where; every other topic stands under its own name."""


def place_of(topic: str, page: ImputationPage) -> str:
    """Where on the page a topic is shown; empty where it is not."""
    if topic in {one.name for one in page.topics}:
        return f"topic-{topic}"
    place = PLACES.get(topic, "")
    is_drawn = {"missing": True, "compare": bool(page.comparisons), "training": bool(page.record.history)}
    return place if is_drawn.get(place, False) else ""


def summary_section(page: ImputationPage) -> str:
    """Say what was done, what was found, and what was decided on the way."""
    parts = [paragraphs(summarise(page))]
    if page.findings:
        parts.append(f"<h3>What the diagnosis found</h3>{_findings(page)}")
    if page.notes:
        shown = bullets(page.notes)
        many = len(page.notes) > MAX_NOTES
        parts.append(fold(_words.count(len(page.notes), "decision") + " taken on the way", shown) if many else "")
        parts.append("" if many else f"<h3>Decided on the way</h3>{shown}")
    return section("summary", "In short", *parts)


def _findings(page: ImputationPage) -> str:
    pressing = [one for one in page.findings if one.severity != "ok"]
    fine = [one for one in page.findings if one.severity == "ok"]
    parts = [f"<p>{escape(verdict(page))}</p>"]
    if pressing:
        parts.append(f'<ul class="findings">{"".join(_finding(one, page) for one in pressing)}</ul>')
    if fine:
        inner = f'<ul class="findings">{"".join(_finding(one, page) for one in fine)}</ul>'
        parts.append(fold(f"{_words.count(len(fine), 'question')} with nothing pressing", inner, not pressing))
    return "".join(parts)


def verdict(page: ImputationPage) -> str:
    """Say in one sentence how much was found."""
    counts = {severity: sum(one.severity == severity for one in page.findings) for severity in SEVERITIES}
    asked = _words.count(len(page.findings), "question")
    if not counts["act"] and not counts["look"]:
        return (
            f"Nothing pressing was found: of {asked} asked of data and imputations, none calls for action. "
            "No diagnosis proves that values are missing at random."
        )
    said = []
    if counts["act"]:
        said.append(f"{_words.count(counts['act'])} {_calls(counts['act'])} for action")
    if counts["look"]:
        said.append(f"{_words.count(counts['look'])} {_calls(counts['look'])} for a look")
    return f"Of {asked} asked of data and imputations, {_words.join(said)}."


def _calls(n: int) -> str:
    return "calls" if n == 1 else "call"


def _finding(one: PageFinding, page: ImputationPage) -> str:
    place = place_of(one.topic, page)
    link = f' <a href="#{place}">See {escape(_name(one.topic))}</a>' if place else ""
    return f'<li class="{one.severity}"><strong>{SEVERITIES[one.severity]}:</strong> {prose(one.sentence)}{link}</li>'


NAMES = {
    "patterns": "what was missing",
    "flux": "the flux of each variable",
    "predictors": "what predicts missingness",
    "distributions": "observed against imputed",
    "strata": "rows equally likely to be missing",
    "overimputation": "the hidden numbers",
    "calibration": "the hidden categories",
    "stability": "the number of imputations",
    "loss": "the training curve",
}


def _name(topic: str) -> str:
    return NAMES.get(topic, topic)


def summarise(page: ImputationPage) -> list[str]:
    """Say in a few sentences what was imputed, what was kept, and what was left out."""
    modelled = [row for row in page.variables if row.is_modelled]
    incomplete = [row for row in modelled if row.n_missing]
    n_missing = sum(row.n_missing for row in incomplete)
    n_kept = sum(row.n_inapplicable for row in modelled)
    left_out = [row.name for row in page.variables if not row.is_modelled]
    n_columns = _words.count(len(page.variables), "variable")
    size = f"{page.data_name} has {_words.count(page.n_rows, 'row')} and {n_columns}."
    if not n_missing:
        same = "the data set equals" if page.m == 1 else f"each of the {page.m} data sets equals"
        return [f"{size} No cell was missing, so {same} the original.", _kept(n_kept)]
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
        names = (
            _words.join(left_out[:8])
            if len(left_out) <= 8
            else f"{', '.join(left_out[:8])} and {len(left_out) - 8} more"
        )
        words.append(f"Not used and not imputed: {names}. The table of all variables says why.")
    return words


def _kept(n_inapplicable: int) -> str:
    if not n_inapplicable:
        return ""
    verb = "was kept as it is" if n_inapplicable == 1 else "were kept as they are"
    return (
        f"{_words.count(n_inapplicable, 'cell')} did not apply to the respondent (a question skipped on purpose) and "
        f"{verb}, not imputed."
    )
