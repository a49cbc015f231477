"""The few shapes of HTML that the chapters are made of, every word from outside escaped."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from lacunet.report._content import PageFigure, PageTable


def section(identifier: str, heading: str, *parts: str) -> str:
    """Wrap parts as one section under a heading."""
    head = f'<h2 id="h-{identifier}">{escape(heading)}</h2>'
    return f'<section id="{identifier}" aria-labelledby="h-{identifier}">{head}{"".join(parts)}</section>'


def paragraphs(sentences: Iterable[str]) -> str:
    """Escape each text and make it a paragraph."""
    return "".join(f"<p>{prose(words)}</p>" for words in sentences if words)


def prose(words: str) -> str:
    """Escape a text; what stands between backticks is to be typed."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def bullets(items: Iterable[str]) -> str:
    """Escape each text and make it a point of a list."""
    return "<ul>" + "".join(f"<li>{escape(words)}</li>" for words in items) + "</ul>"


def scroll(label: str, inner: str) -> str:
    """Wrap what may be wider than a phone, so that it moves sideways and the page does not."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">{inner}</div>'


def fold(summary: str, inner: str, is_open: bool = False) -> str:
    """Hide what few want to see behind a line to click on; paper shows it all."""
    return f"<details{' open' if is_open else ''}><summary>{escape(summary)}</summary>{inner}</details>"


def legend(keys: Iterable[tuple[str, str]]) -> str:
    """Say which colour is what: pairs of words and colour."""
    spans = "".join(f'<span><i style="background:{fill}"></i>{escape(word)}</span>' for word, fill in keys)
    return f'<p class="legend">{spans}</p>'


def code(words: str, label: str) -> str:
    """Set what is to be typed."""
    return scroll(label, f"<pre><code>{escape(words)}</code></pre>")


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], n_words: int = 1, has_last_words: bool = False
) -> str:
    """Build a table; the first ``n_words`` columns (and the last, if told) are words, the others are numbers."""
    last = len(heads) - 1 if has_last_words else len(heads)
    css = ["" if j < n_words else ' class="n"' if j < last else ' class="long"' for j in range(len(heads))]
    head = "".join(f'<th scope="col"{css[j]}>{escape(words)}</th>' for j, words in enumerate(heads))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{css[j]}>{escape(cell)}</td>" for j, cell in enumerate(row) if j)
        + "</tr>"
        for row in rows
    )
    return scroll(
        caption,
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
    )


def ready_table(content: PageTable) -> str:
    """Build a table whose words and numbers are written already."""
    return table(content.caption, content.heads, content.rows, content.n_words)


def ready_figure(content: PageFigure, level: int = 4) -> str:
    """Place a figure drawn elsewhere, under a heading of a level."""
    head = f"<h{level}>{escape(content.heading)}</h{level}>" if content.heading else ""
    caption = f"<figcaption>{escape(content.caption)}</figcaption>" if content.caption else ""
    label = content.heading or content.caption or "Figure"
    return f"<figure>{head}{scroll(label, content.picture)}{caption}</figure>"
