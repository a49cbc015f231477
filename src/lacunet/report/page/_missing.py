"""How much was missing, why, and together with what."""

from lacunet._layout import INAPPLICABLE
from lacunet.report import _svg, _words
from lacunet.report._content import ImputationPage, Patterns
from lacunet.report._pattern_figure import (
    MAX_BARS,
    MAX_REASONS,
    describe_patterns,
    missing_bars,
    order_reasons,
    pattern_figure,
)
from lacunet.report.page._html import legend, paragraphs, scroll, section
from lacunet.report.page._topics import topic_parts


def missing_section(page: ImputationPage) -> str:
    """Show how much is missing, why, together with what, and what the data say of the mechanism."""
    rows = sorted(
        (row for row in page.variables if row.n_missing or row.n_inapplicable),
        key=lambda row: (-row.n_missing, -row.n_inapplicable),
    )
    if not rows:
        return section("missing", "What was missing", "<p>Nothing: every cell of every variable has a value.</p>")
    reasons = order_reasons(page.variables)
    has_inapplicable = any(row.n_inapplicable for row in rows)
    parts = [
        "<h3>How much, and why</h3>",
        _reason_legend(reasons, has_inapplicable),
        missing_bars(rows, reasons, page.n_rows),
    ]
    if len(rows) > MAX_BARS:
        left_out = _words.count(len(rows) - MAX_BARS, "further variable")
        parts.append(f"<p>{left_out} with fewer missing cells: see the table of all variables above.</p>")
    if page.patterns is not None:
        parts += _pattern_parts(page.patterns, page.n_rows)
    return section("missing", "What was missing", *parts, topic_parts(page, "flux", "predictors"))


def _reason_legend(reasons: list[str], has_inapplicable: bool) -> str:
    names = [reason or "missing" for reason in reasons[: MAX_REASONS - 1]]
    if len(reasons) == MAX_REASONS:
        names.append(reasons[-1])
    elif len(reasons) > MAX_REASONS:
        names.append("other reasons")
    keys = list(zip(names or ["missing"], _svg.REASON_FILLS, strict=False))
    if has_inapplicable:
        keys.append(("not applicable: kept, not imputed", _svg.KEPT))
    return legend(keys)


def _pattern_parts(patterns: Patterns, n_rows: int) -> list[str]:
    words = [describe_patterns(patterns, n_rows)]
    if patterns.n_patterns > len(patterns.counts):
        share = _words.percent(float(patterns.counts.sum()) / max(n_rows, 1))
        words.append(
            f"There are {_words.count(patterns.n_patterns, 'pattern')}; the {len(patterns.counts)} most frequent are "
            f"shown, {share} of the rows."
        )
    if patterns.n_variables > len(patterns.names):
        many = _words.count(patterns.n_variables, "incomplete variable")
        words.append(f"Of {many}, the {len(patterns.names)} with most missing are shown.")
    keys = [("observed", _svg.OBSERVED_FILL), ("missing", _svg.IMPUTED_INK)]
    if (patterns.states == INAPPLICABLE).any():
        keys.append(("not applicable", _svg.INAPPLICABLE_FILL))
    return [
        "<h3>Missing together</h3><p>Each line is one pattern: the rows of the data that miss the same variables.</p>",
        legend(keys),
        scroll("Missingness patterns", f"<figure>{pattern_figure(patterns, n_rows)}</figure>"),
        paragraphs(words),
    ]
