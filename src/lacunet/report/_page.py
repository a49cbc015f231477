"""One self-contained page: the sections, a style sheet, and a write that leaves no half file."""

import os
from html import escape
from pathlib import Path

from lacunet.report import _sections, _words
from lacunet.report._content import ImputationPage
from lacunet.report._style import STYLE
from lacunet.table import replacing

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
CONTENTS = (
    ("missing", "What was missing"),
    ("compare", "Observed against imputed"),
    ("variables", "All variables"),
    ("record", "How it was made"),
    ("cite", "How to cite"),
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
    body = "".join(
        build(page)
        for build in (
            _sections.summary_section,
            _sections.missing_section,
            _sections.comparison_section,
            _sections.training_section,
            _sections.variables_section,
            _sections.record_section,
            _sections.citation_section,
        )
    )
    links = " ".join(f'<a href="#{key}">{word}</a>' for key, word in CONTENTS if f'id="{key}"' in body)
    version = page.record.versions.get("lacunet", "")
    size = f"{_words.count(page.n_rows, 'row')} · {_words.count(page.m, 'imputation')}"
    facts = f"{page.data_name} · {size} · seed {page.seed}"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(page.title)}: {escape(page.data_name)}</title><style>{STYLE}</style></head><body><main>"
        f"<header><h1>{escape(page.title)}</h1><p>{escape(facts)}</p>"
        f'<nav aria-label="Contents">{links}</nav></header>{body}'
        f"<footer><p>Made by lacunet {escape(version)}. This page holds summaries of the data: treat it with the care "
        "the data need. It loads nothing from the network.</p></footer></main></body></html>\n"
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
    target = Path(path)
    with replacing(target, force=force) as temporary:
        temporary.write_text(render_imputation_page(page), encoding="utf-8")
    return target
