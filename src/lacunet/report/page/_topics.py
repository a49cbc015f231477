"""Topics of the diagnosis: an overview, a short table, and single variables behind a line to click on."""

from html import escape

from lacunet.report import _words
from lacunet.report._content import ImputationPage, PageTopic
from lacunet.report.page._html import fold, paragraphs, ready_figure, ready_table, section

HIDDEN = ("overimputation", "calibration")


def topic_parts(page: ImputationPage, *names: str) -> str:
    """Show the topics named, where the page has them."""
    by_name = {one.name: one for one in page.topics}
    return "".join(_topic(by_name[name], page) for name in names if name in by_name)


def _topic(topic: PageTopic, page: ImputationPage) -> str:
    said = [one.sentence for one in page.findings if one.topic == topic.name]
    parts = [f'<h3 id="topic-{escape(topic.name)}">{escape(topic.heading)}</h3>', paragraphs(said)]
    if topic.overview:
        parts.append(ready_figure(topic.overview))
    if topic.table:
        parts.append(fold("The numbers", ready_table(topic.table)) if topic.overview else ready_table(topic.table))
    if topic.details:
        inner = "".join(ready_figure(one) for one in topic.details)
        parts.append(fold(f"{_words.count(len(topic.details), 'variable')} looked at closely", inner))
    parts.append(paragraphs([topic.remark]))
    return "".join(parts)


def hidden_section(page: ImputationPage) -> str:
    """Hold imputations against known cells that had been hidden."""
    inner = topic_parts(page, *HIDDEN)
    if not inner:
        return ""
    intro = (
        "<p>Known cells were hidden, the model was fitted again without them, and its imputations of them are held "
        "against the truth. This tests the model where the truth is known; it cannot test cells that are missing for "
        "reasons the data do not show.</p>"
    )
    return section("hidden", "Hidden cells against the truth", intro, inner)


def enough_section(page: ImputationPage) -> str:
    """Say whether there are enough imputations."""
    inner = topic_parts(page, "stability")
    return section("enough", "Enough imputations?", inner) if inner else ""
