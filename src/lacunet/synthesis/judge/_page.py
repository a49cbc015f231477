"""The page of a judgement: verdict and findings first, every number beside its floor, figures, and limits."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lacunet._typing import PathLike
from lacunet._version import __version__
from lacunet.report import PageFigure, _canvas, _words, cite_software
from lacunet.report.page import _html
from lacunet.report.page._document import render_document
from lacunet.synthesis.judge import _page_figures
from lacunet.synthesis.judge._judged import Judged
from lacunet.synthesis.judge._measure import Area, Measure
from lacunet.synthesis.judge._page_tables import attack_tables, coefficient_table, frame_table
from lacunet.synthesis.judge._verdict import AREAS, LIMITS, grade, write_beside, write_value
from lacunet.table import write_text

MOST_PICTURED = 8
"""Columns with a picture of their shares."""
MOST_NOTES = 6
TITLE = "Synthetic data report"
SEVERITY = {"poor": ("act", "Poor"), "fair": ("look", "Fair"), "good": ("ok", "Good")}
"""Grade to the mark of a finding and the word that says it."""
HEADS = ("Measure", "Synthetic", "Floor", "Independent columns", "Grade", "What it says")
CAPTION = "Synthetic rows, real rows in their place, and shuffled columns"
READING = (
    "Each number stands beside two others. The floor is what real rows score in the place of synthetic ones: what "
    "chance alone does, which no generator can better without copying. Independent columns are the real columns, each "
    "shuffled by itself: a number near theirs says that relations between columns were lost, or do not count in it."
)
SIZES = (
    "Shares of people are measured on one half of the real rows, with as many synthetic rows as there are real ones in "
    "the other half (on all real rows where at least half as many are held out), so that value, floor and independent "
    "columns can be compared; the sentences give the whole files where they say so."
)
CITED = (
    "Raab, G. M. 2024. Privacy risk from synthetic data: practical proposals. arXiv:2409.04257.",
    "Raab, G. M., B. Nowok, and C. Dibben. 2021. Assessing, visualizing and improving the utility of synthetic data. "
    "arXiv:2109.12717.",
    "Giomi, M., F. Boenisch, C. Wehmeyer, and B. Tasnádi. 2023. A unified framework for quantifying privacy risk in "
    "synthetic data. Proceedings on Privacy Enhancing Technologies 2023(2): 312-328.",
    "van Breugel, B., H. Sun, Z. Qian, and M. van der Schaar. 2023. Membership inference attacks against synthetic "
    "data through overfitting detection. AISTATS 2023.",
    "Yao, Z., N. Krčo, G. Ganev, and Y.-A. de Montjoye. 2025. The DCR delusion: measuring the privacy risk of "
    "synthetic data. arXiv:2505.01524.",
    "Taub, J., M. Elliot, M. Pampaka, and D. Smith. 2018. Differential correct attribution probability for synthetic "
    "data: an exploration. Privacy in Statistical Databases: 122-137.",
)


def render_page(judgement: Judged, data_name: str = "data") -> str:
    """Turn a judgement into one HTML text that needs nothing else: no script, no network.

    Parameters
    ----------
    judgement
        What to say.
    data_name
        What the page calls the real file.

    Returns
    -------
    str
        HTML.
    """
    size = (
        f"{_words.count(judgement.n_synthetic, 'synthetic row')} against {_words.count(judgement.n_real, 'real row')}"
    )
    sets = f" · {judgement.m} synthetic sets" if judgement.m > 1 else ""
    return render_document(
        title=TITLE,
        data_name=data_name,
        facts=f"{data_name} · {size} · {_words.count(len(judgement.columns), 'column')}{sets} · seed {judgement.seed}",
        chapters=[
            ("summary", "In short", _summary(judgement)),
            ("measures", "All measures", _measures(judgement)),
            ("likeness", "Columns and pairs", _likeness(judgement)),
            ("results", "Coefficients", _results(judgement)),
            ("disclosure", "Disclosure", _disclosure(judgement)),
            ("record", "How it was judged", _record(judgement)),
        ],
        version=__version__,
    )


def write_page(judgement: Judged, path: PathLike, *, force: bool = False, data_name: str = "data") -> Path:
    """Write the page to one HTML file, under a temporary name first, so that no half page is ever there.

    Parameters
    ----------
    judgement, data_name
        As in `render_page`.
    path
        Where to write; its folder must exist.
    force
        Whether to replace a file that is there.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    SpecError
        If the file exists and ``force`` is not given, if it is a folder, or if its folder does not exist.
    DataError
        If the disk is full or writing is not permitted.
    """
    return write_text(path, render_page(judgement, data_name), force=force)


def _summary(judgement: Judged) -> str:
    graded = [(one, grade(one)) for one in judgement.measures]
    parts = [_html.paragraphs([judgement.verdict])]
    pressing = [pair for given in ("poor", "fair") for pair in graded if pair[1] == given]
    # what may harm people comes first
    pressing.sort(key=lambda pair: (pair[1] != "poor", pair[0].area != "disclosure"))
    fine = [pair for pair in graded if pair[1] == "good"]
    unknown = [one for one in judgement.measures if not one.is_known]
    if pressing:
        parts.append(f"<h3>What was found</h3>{_findings(pressing)}")
    if fine:
        parts.append(
            _html.fold(f"{_words.count(len(fine), 'measure')} with a good grade", _findings(fine), not pressing)
        )
    if unknown:
        parts.append("<h3>What was not measured</h3>")
        parts.append(_html.bullets(f"{one.title}. {one.sentence}" for one in unknown))
    return _html.section("summary", "In short", *parts)


def _findings(graded: Sequence[tuple[Measure, str]]) -> str:
    items = []
    for one, given in graded:
        mark, word = SEVERITY[given]
        beside = f"{write_value(one, one.value)}, {write_beside(one)}"
        items.append(
            f'<li class="{mark}"><strong>{word}: {_html.prose(one.title)} ({beside}).</strong> '
            f"{_html.prose(one.sentence)}</li>"
        )
    return f'<ul class="findings">{"".join(items)}</ul>'


def _measures(judgement: Judged) -> str:
    parts = [_html.paragraphs([READING])]
    for area, words in AREAS.items():
        rows = [
            (
                one.title,
                write_value(one, one.value),
                write_value(one, one.floor),
                write_value(one, one.independent),
                grade(one) or "-",
                one.sentence,
            )
            for one in judgement.measures
            if one.area == area
        ]
        if rows:
            heading = words[0].upper() + words[1:]
            parts.append(f"<h3>{heading}</h3>" + _html.table(CAPTION, HEADS, rows, has_last_words=True))
    return _html.section("measures", "Every measure beside its floor", *parts, _html.paragraphs([SIZES]))


def _likeness(judgement: Judged) -> str:
    parts = []
    if _page_figures.has_topic(judgement, "columns"):
        parts += ["<h3>The columns that differ most</h3>", _marginals(_page_figures.marginals_of(judgement))]
        parts.append(
            _html.fold(
                "Shape error of every column",
                frame_table("Shape error of every column, in per cent", judgement.frames["columns"], n_words=2),
            )
        )
    if _page_figures.has_topic(judgement, "pairs"):
        pairs = judgement.frames["pairs"]
        full = _page_figures.full_colour(pairs)
        drawn = PageFigure(
            heading="Relations of two columns",
            picture=_picture(judgement, "pairs", "Trend error of every pair of columns, darker where it is larger"),
            caption=f"Trend error of each pair; full colour is {full:.1f} %. Columns with the largest errors "
            "come first.",
        )
        parts.append(_html.ready_figure(drawn, 3))
        parts.append(
            _html.fold("The worst pairs", frame_table("The pairs with the largest trend errors", pairs, n_words=2))
        )
    tables = judgement.frames.get("tables")
    if tables is not None and len(tables):
        parts.append(
            _html.fold(
                "The worst tables of two columns", frame_table("S_pMSE of tables of two columns", tables, n_words=2)
            )
        )
    return _html.section("likeness", "Columns and pairs of columns", *parts) if parts else ""


def _marginals(shares: pd.DataFrame) -> str:
    figures = []
    for name in list(dict.fromkeys(shares["column"]))[:MOST_PICTURED]:
        part = shares[shares["column"] == name]
        gap = float((part["real"] - part["synthetic"]).abs().max())
        words = f"Shares of {name}, real and synthetic; the largest difference is {100 * gap:.1f} points"
        picture = _canvas.as_svg(_page_figures.plot_one_marginal(part), words, f"marginal {name}")
        figures.append(_html.ready_figure(PageFigure(heading=str(name), picture=picture, caption=f"{words}."), 4))
    key = _html.legend([("real", "var(--observed-fill)"), ("synthetic", "var(--imputed-ink)")])
    return f'{key}<div class="grid" style="--least-figure:0rem">{"".join(figures)}</div>'


def _picture(judgement: Judged, topic: str, words: str) -> str:
    return _canvas.as_svg(_page_figures.plot_topic(judgement, topic), words, f"judgement {topic}")


def _results(judgement: Judged) -> str:
    if not _page_figures.has_topic(judgement, "coefficients"):
        return ""
    figure = PageFigure(
        heading="",
        picture=_picture(judgement, "coefficients", "Coefficients from synthetic rows against those from real rows"),
        caption="The bar is the 95 % interval of the real coefficient, the point with its line the synthetic one and "
        "its interval. An analyst of the synthetic rows comes to the same answer where the point lies within the bar.",
    )
    table = coefficient_table(judgement.frames["coefficients"])
    models = judgement.frames.get("models")
    fits = frame_table("Each regression", models, n_words=2) if models is not None and len(models) else ""
    return _html.section(
        "results",
        "Coefficients, real and synthetic",
        _html.ready_figure(figure),
        fits,
        _html.fold("The numbers", table),
    )


def _disclosure(judgement: Judged) -> str:
    known: list[Measure] = [one for one in judgement.measures if one.area == _DISCLOSURE]
    if not known:
        return ""
    parts = [_html.paragraphs([LIMITS])]
    if _page_figures.has_topic(judgement, "disclosure"):
        figure = PageFigure(
            heading="",
            picture=_picture(judgement, "disclosure", "Measures of disclosure: synthetic rows beside real ones"),
            caption="A bar much longer than the floor below it is owed to having been in the data; thin lines are 95 % "
            "intervals. What the floor reaches can be told of anybody.",
        )
        parts.append(_html.ready_figure(figure))
    parts += [_html.fold(title, table) for title, table in attack_tables(known)]
    return _html.section("disclosure", "What is given away", *parts)


_DISCLOSURE: Area = "disclosure"


def _record(judgement: Judged) -> str:
    facts = [
        ("Seed", str(judgement.seed)),
        ("Synthetic sets", str(judgement.m)),
        ("Target", judgement.target or "none named"),
        ("Keys", ", ".join(judgement.keys) if judgement.keys else "chosen to make most people unique"),
        ("Columns compared", ", ".join(judgement.columns)),
        ("lacunet", __version__),
    ]
    notes = _html.bullets(judgement.notes) if judgement.notes else ""
    many = len(judgement.notes) > MOST_NOTES
    said = _html.fold(_words.count(len(judgement.notes), "note"), notes) if many else notes
    cited = _html.bullets((cite_software({"lacunet": __version__}), *CITED))
    return _html.section(
        "record",
        "How it was judged",
        _html.table("What was judged, and with what", ("What", "Value"), facts, n_words=2),
        f"<h3>Notes</h3>{said}" if notes else "",
        f"<h3>Works to cite</h3>{cited}",
    )
