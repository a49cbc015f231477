"""Observed against imputed: a picture of each variable, and one table of the numbers."""

from html import escape

import numpy as np

from lacunet.report import _sentences, _svg, _words
from lacunet.report._category_figure import category_figure
from lacunet.report._content import CategoryComparison, ImputationPage, NumberComparison
from lacunet.report._number_figure import number_figure
from lacunet.report.page._html import fold, paragraphs, section, table
from lacunet.report.page._topics import topic_parts

MAX_FIGURES = 40
COMPARE = (
    "Imputed values should be possible values, and vary as much as real ones do. They need not follow the "
    "observed ones: where those who did not answer differ in what they told elsewhere, imputed and observed differ "
    "with good reason. A difference that nothing you know of the field explains deserves a second look."
)
LEGEND = (
    f'<p class="legend"><span><i style="background:{_svg.OBSERVED_FILL}"></i>observed</span>'
    f'<span><i style="background:{_svg.IMPUTED_FILL};border:1.5px solid {_svg.IMPUTED_INK}"></i>'
    "imputed, average of the draws; the shading or thin line spans all draws</span></p>"
)
HEADS = (
    "Variable",
    "Imputed cells",
    "Mean observed",
    "Mean imputed",
    "SD of it over draws",
    "SD observed",
    "SD imputed",
)


def comparison_section(page: ImputationPage) -> str:
    """Set observed against imputed for each variable, in pictures and in one table."""
    within = topic_parts(page, "strata")
    if not page.comparisons:
        return section("compare", "Observed against imputed", within) if within else ""
    shown = page.comparisons[:MAX_FIGURES]
    incomplete = sum(1 for row in page.variables if row.is_modelled and row.n_missing)
    words = ""
    if incomplete > len(shown):
        words = (
            f"<p>{_words.count(incomplete, 'variable')} were imputed. Pictures are drawn for the {len(shown)} with "
            "most missing cells; the others are in the completed data all the same.</p>"
        )
    intro = paragraphs([COMPARE])
    figures = "".join(_figure(comparison) for comparison in shown)
    grid = f'<div class="grid">{figures}</div>'
    rest = (_numbers_table(page), within)
    return section("compare", "Observed against imputed", intro, words, LEGEND, grid, *rest)


def _figure(comparison: NumberComparison | CategoryComparison) -> str:
    description = _sentences.describe_comparison(comparison)
    if isinstance(comparison, NumberComparison):
        picture, remark = number_figure(comparison, f"{comparison.name}. {description}")
    else:
        picture, remark = category_figure(comparison, f"{comparison.name}. {description}")
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
    caption = "Means and standard deviations (SD) of the numbers, in the unit of each variable"
    return fold("Means and standard deviations of the numbers", table(caption, HEADS, rows))
