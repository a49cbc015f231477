"""What every page is wrapped in: head, policy, style sheet, contents, footer."""

from collections.abc import Sequence
from html import escape

from lacunet.report.page._style import STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render_document(
    *, title: str, data_name: str, facts: str, chapters: Sequence[tuple[str, str, str]], version: str
) -> str:
    """Wrap chapters as one HTML text that needs nothing else: no script, no network.

    Parameters
    ----------
    title, data_name
        Heading of the page, and the name of the data.
    facts
        The line below the heading.
    chapters
        Of each its id, its name in the contents, and its HTML; one without HTML is left out.
    version
        Of lacunet.

    Returns
    -------
    str
        HTML.
    """
    links = "".join(f'<li><a href="#{key}">{word}</a></li>' for key, word, body in chapters if body)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}: {escape(data_name)}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(title)}</h1><p>{escape(facts)}</p></header>"
        f'<nav aria-label="Contents"><ul>{links}</ul></nav><main>{"".join(body for _, _, body in chapters)}</main>'
        f"<footer><p>Made by lacunet {escape(version)}. This page holds summaries of the data: treat it with the care "
        "the data need. It loads nothing from the network.</p></footer></body></html>\n"
    )
