"""The chapters in order, and a write that leaves no half file."""

import os
from pathlib import Path

from lacunet.report import _words
from lacunet.report._content import ImputationPage
from lacunet.report.page._compare import comparison_section
from lacunet.report.page._data import variables_section
from lacunet.report.page._document import render_document
from lacunet.report.page._missing import missing_section
from lacunet.report.page._paper import paper_section
from lacunet.report.page._record import models_section, record_section, repeat_section
from lacunet.report.page._summary import summary_section
from lacunet.report.page._topics import enough_section, hidden_section
from lacunet.table import write_text

CHAPTERS = (
    ("summary", "In short", summary_section),
    ("cite", "For your paper", paper_section),
    ("variables", "Data and codes", variables_section),
    ("missing", "What was missing", missing_section),
    ("record", "Model and settings", record_section),
    ("compare", "Observed against imputed", comparison_section),
    ("hidden", "Hidden cells", hidden_section),
    ("enough", "Enough imputations?", enough_section),
    ("models", "Pooled models", models_section),
    ("repeat", "Seed, versions, commands", repeat_section),
)


def render_imputation_page(page: ImputationPage) -> str:
    """Turn the content into one HTML text that needs nothing else: no script, no network.

    Parameters
    ----------
    page
        What to say.

    Returns
    -------
    str
        HTML.
    """
    size = f"{_words.count(page.n_rows, 'row')} · {_words.count(page.m, 'imputation')}"
    return render_document(
        title=page.title,
        data_name=page.data_name,
        facts=f"{page.data_name} · {size} · seed {page.seed}",
        chapters=[(key, word, build(page)) for key, word, build in CHAPTERS],
        version=page.record.versions.get("lacunet", ""),
    )


def write_imputation_page(page: ImputationPage, path: str | os.PathLike[str], force: bool = False) -> Path:
    """Write the page to one HTML file, under a temporary name first, so that no half page is ever there.

    Parameters
    ----------
    page
        What to say.
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
    return write_text(path, render_imputation_page(page), force=force)
