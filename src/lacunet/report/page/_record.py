"""What made the imputations: model, settings, training, software, and what to type to make them again."""

from html import escape

from lacunet.report import _words
from lacunet.report._content import ImputationPage
from lacunet.report._loss_figure import describe_loss, loss_figure
from lacunet.report.page._html import bullets, code, paragraphs, scroll, section, table
from lacunet.report.regression import to_html

REPEAT = (
    "The same data, settings, seed and versions on the same kind of machine give the same imputations; "
    "imputation number i does not depend on how many were asked for."
)
LONGEST = 200
"""Letters of a setting that are shown."""


def record_section(page: ImputationPage) -> str:
    """Name method and settings, and show how training went."""
    record = page.record
    rows = [(str(key).replace("_", " "), _setting(value)) for key, value in record.settings.items()]
    settings = table("Settings", ("Setting", "Value"), rows, n_words=2) if rows else ""
    return section("record", "Model and settings", paragraphs([record.method]), settings, _training(page))


def _training(page: ImputationPage) -> str:
    picture = loss_figure(page.record.history)
    if not picture:
        return ""
    words = [
        describe_loss(page.record.history),
        "The held-out curve is measured on known cells that were hidden and not trained on; training stops by itself "
        "when it no longer falls.",
    ]
    figure = scroll("Loss during training", f"<figure>{picture}</figure>")
    return f'<h3 id="training">Training</h3>{figure}{paragraphs(words)}'


def _setting(value: object) -> str:
    if value is None or value == "None":
        return "chosen by lacunet"
    if str(value) in ("True", "False"):
        return "yes" if str(value) == "True" else "no"
    words = ", ".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value)
    return _words.shorten(words, LONGEST)


def models_section(page: ImputationPage) -> str:
    """Show the pooled models, and say how each was estimated."""
    if page.models is None:
        return ""
    inner = scroll("Pooled models", to_html(page.models.table))
    return section("models", "Pooled models", inner, bullets(page.models.sentences) if page.models.sentences else "")


def repeat_section(page: ImputationPage) -> str:
    """Name seed and versions, and give the commands that make the imputations again."""
    facts = [("Seed", str(page.seed)), ("Imputations (m)", str(page.m))]
    facts += [(str(key), str(value)) for key, value in page.record.versions.items()]
    parts = [paragraphs([REPEAT]), table("Seed, and versions of the software", ("What", "Value"), facts, n_words=2)]
    commands = page.commands
    if commands is not None:
        parts += ["<h3>In Python</h3>", code(commands.python, "Python")]
        if commands.shell:
            parts += ["<h3>On the command line</h3>", code(commands.shell, "Command line")]
        parts.append(paragraphs(commands.remarks))
    pins = [f"{name}=={version}" for name, version in page.record.versions.items() if name != "python"]
    if pins:
        python = page.record.versions.get("python", "")
        head = f"under Python {escape(python)}" if python else "as used here"
        parts.append(f"<h3>Pinned versions</h3><p>As a requirements file, {head}:</p>")
        parts.append(code("\n".join(pins), "Pinned versions"))
    return section("repeat", "Seed, versions and commands", *parts)
