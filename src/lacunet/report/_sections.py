"""The sections of the page, each from plain data to HTML, every word from outside escaped."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from lacunet._layout import INAPPLICABLE
from lacunet.report import _sentences, _svg, _words
from lacunet.report._category_figure import category_figure
from lacunet.report._content import CategoryComparison, ImputationPage, NumberComparison, Patterns
from lacunet.report._loss_figure import describe_loss, loss_figure
from lacunet.report._number_figure import number_figure
from lacunet.report._pattern_figure import (
    MAX_BARS,
    MAX_REASONS,
    describe_patterns,
    missing_bars,
    order_reasons,
    pattern_figure,
)

MAX_FIGURES = 48
LEGEND = (
    f'<p class="legend"><span><i style="background:{_svg.OBSERVED_FILL}"></i>observed</span>'
    f'<span><i style="background:{_svg.IMPUTED_FILL};border:1.5px solid {_svg.IMPUTED_INK}"></i>'
    "imputed, average of the draws; the shading or thin line spans all draws</span></p>"
)


def section(identifier: str, heading: str, *parts: str) -> str:
    """Wrap parts as one section under a heading."""
    return f'<section id="{identifier}"><h2>{escape(heading)}</h2>{"".join(parts)}</section>'


def paragraphs(sentences: Iterable[str]) -> str:
    """Escape each text and make it a paragraph."""
    return "".join(f"<p>{escape(words)}</p>" for words in sentences if words)


def bullets(items: Iterable[str]) -> str:
    """Escape each text and make it a point of a list."""
    return "<ul>" + "".join(f"<li>{escape(words)}</li>" for words in items) + "</ul>"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], n_words: int = 1) -> str:
    """Build a table; the first ``n_words`` columns are words, the others numbers aligned to the right."""
    css = ["" if j < n_words else ' class="n"' for j in range(len(heads))]
    head = "".join(f'<th scope="col"{css[j]}>{escape(words)}</th>' for j, words in enumerate(heads))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{css[j]}>{escape(cell)}</td>" for j, cell in enumerate(row) if j)
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def summary_section(page: ImputationPage) -> str:
    """Say what was done, and what was decided on the way."""
    decisions = "<h3>Decided on the way</h3>" + bullets(page.notes) if page.notes else ""
    return section("summary", "In short", paragraphs(_sentences.summary(page)), decisions)


def missing_section(page: ImputationPage) -> str:
    """Show how much is missing, why, and together with what."""
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
        parts.append(f"<p>{left_out} with fewer missing cells: see the table of all variables below.</p>")
    if page.patterns is not None:
        parts += _pattern_parts(page.patterns, page.n_rows)
    return section("missing", "What was missing", *parts)


def _reason_legend(reasons: list[str], has_inapplicable: bool) -> str:
    names = [reason or "missing" for reason in reasons[: MAX_REASONS - 1]]
    if len(reasons) == MAX_REASONS:
        names.append(reasons[-1])
    elif len(reasons) > MAX_REASONS:
        names.append("other reasons")
    keys = list(zip(names or ["missing"], _svg.REASON_FILLS, strict=False))
    if has_inapplicable:
        keys.append(("not applicable: kept, not imputed", "#c3cad3"))
    spans = "".join(f'<span><i style="background:{fill}"></i>{escape(name)}</span>' for name, fill in keys)
    return f'<p class="legend">{spans}</p>'


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
    spans = "".join(f'<span><i style="background:{fill}"></i>{name}</span>' for name, fill in keys)
    return [
        "<h3>Missing together</h3><p>Each line is one pattern: the rows of the data that miss the same variables.</p>",
        f'<p class="legend">{spans}</p>',
        '<div class="scroll" tabindex="0" role="region" aria-label="Missingness patterns">',
        f"<figure>{pattern_figure(patterns, n_rows)}</figure></div>",
        paragraphs(words),
    ]


def comparison_section(page: ImputationPage) -> str:
    """Set observed against imputed for each variable, in pictures and in one table."""
    if not page.comparisons:
        return ""
    shown = page.comparisons[:MAX_FIGURES]
    incomplete = sum(1 for row in page.variables if row.is_modelled and row.n_missing)
    words = ""
    if incomplete > len(shown):
        words = (
            f"<p>{_words.count(incomplete, 'variable')} were imputed. Pictures are drawn for the {len(shown)} with "
            "most missing cells; the others are in the completed data all the same.</p>"
        )
    intro = paragraphs([_sentences.COMPARE])
    figures = "".join(_figure(comparison) for comparison in shown)
    grid = f'<div class="grid">{figures}</div>'
    return section("compare", "Observed against imputed", intro, words, LEGEND, grid, _numbers_table(page))


def _figure(comparison: NumberComparison | CategoryComparison) -> str:
    description = _sentences.describe_comparison(comparison)
    if isinstance(comparison, NumberComparison):
        picture, remark = number_figure(comparison, description)
    else:
        picture, remark = category_figure(comparison, description)
    label = f'<span class="label">{escape(comparison.label)}</span>' if comparison.label else ""
    remark = f" {remark}" if remark else ""
    return (
        f"<figure><h3>{escape(comparison.name)}</h3>{label}{picture}"
        f"<figcaption>{escape(description)}{escape(remark)}</figcaption></figure>"
    )


def _numbers_table(page: ImputationPage) -> str:
    numbers = [c for c in page.comparisons if isinstance(c, NumberComparison) and not c.is_date]
    if not numbers:
        return ""
    rows = []
    for c in numbers:
        means, spread = _sentences.draw_means(c), _sentences.draw_spreads(c)
        between = float(np.std(means, ddof=1)) if len(means) > 1 else float("nan")
        rows.append(
            (
                c.name,
                _words.count(c.imputed.shape[1]),
                _sentences.choose_writer(c)(_sentences.mean(c.observed)),
                _sentences.choose_writer(c)(_sentences.mean(means)),
                _words.number(between),
                _words.number(_sentences.spread(c.observed)),
                _words.number(_sentences.mean(spread)),
            )
        )
    heads = (
        "Variable",
        "Imputed cells",
        "Mean observed",
        "Mean imputed",
        "SD of it over draws",
        "SD observed",
        "SD imputed",
    )
    return table("Means and standard deviations (SD) of the numbers, in the unit of each variable", heads, rows)


def training_section(page: ImputationPage) -> str:
    """Show the loss; say that nobody needs to read it."""
    picture = loss_figure(page.record.history)
    if not picture:
        return ""
    words = [
        describe_loss(page.record.history),
        "The held-out curve is measured on known cells that were hidden and not trained on; training stops by itself "
        "when it no longer falls.",
    ]
    return section("training", "Training", f'<div class="scroll"><figure>{picture}</figure></div>', paragraphs(words))


def variables_section(page: ImputationPage) -> str:
    """List every column: how it was read, why, and what is missing."""
    has_labels = any(row.label for row in page.variables)
    rows = [
        (
            row.name,
            *([row.label] if has_labels else []),
            row.kind if row.is_modelled else f"{row.kind} (not used)",
            row.reason,
            _words.count(row.n_missing) if row.n_missing else "",
            _words.count(row.n_inapplicable) if row.n_inapplicable else "",
        )
        for row in page.variables
    ]
    heads = ("Variable", *(["Description"] if has_labels else []), "Read as", "Why", "Missing", "Not applicable")
    caption = "Every column of the data, and how it was read"
    return section("variables", "All variables", table(caption, heads, rows, n_words=len(heads) - 2))


def record_section(page: ImputationPage) -> str:
    """Name method, settings, versions and seed."""
    record = page.record
    rows = [("seed", str(page.seed)), ("imputations (m)", str(page.m))]
    rows += [(str(key), _setting(value)) for key, value in record.settings.items()]
    versions = [(str(key), str(value)) for key, value in record.versions.items()]
    tables = table("Settings", ("Setting", "Value"), rows, n_words=2)
    if versions:
        tables += table("Versions of the software", ("Package", "Version"), versions, n_words=2)
    words = paragraphs([record.method, _sentences.REPEAT])
    return section("record", "How it was made", words, f'<div class="pair">{tables}</div>')


def _setting(value: object) -> str:
    if value is None or value == "None":
        return "chosen by lacunet"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _words.shorten(", ".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value), 200)


def citation_section(page: ImputationPage) -> str:
    """Say how to use the data sets, offer a paragraph for the methods section, and list what to cite."""
    return section(
        "cite",
        "How to use and cite",
        paragraphs(_sentences.USE),
        "<h3>A paragraph for your methods section</h3>",
        f"<blockquote>{escape(_sentences.methods_paragraph(page))}</blockquote>",
        "<h3>References</h3>",
        bullets(page.record.citations),
    )
