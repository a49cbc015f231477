"""Findings, figures and short tables of a diagnosis, few enough to keep a page small."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from lacunet.diagnosis import Diagnostics
from lacunet.report import PageFigure, PageTable, PageTopic
from lacunet.report._words import count, number, percent

HEADINGS = {
    "flux": "How far each variable can help, and needs help",
    "predictors": "What predicts that a value is missing",
    "strata": "Among rows equally likely to be missing",
    "overimputation": "Numbers: do intervals hold the truth?",
    "calibration": "Categories: are shares of draws probabilities?",
    "stability": "Chance in the draws",
}
"""Topics that the page does not draw itself, in the order in which they are looked at."""
MOST_DETAILS = {"predictors": 2, "strata": 6, "overimputation": 4, "calibration": 2, "stability": 2}
"""Variables drawn on their own; some 15 kB each."""
MOST_ROWS = 20


def _signed(value: float) -> str:
    """Write a difference with its sign; nothing is neither up nor down."""
    return f"{value:+.2f}".replace("-", "−") if abs(value) >= 0.005 else "0.00"


COLUMNS: dict[str, dict[str, tuple[str, Callable[..., str]]]] = {
    "flux": {
        "variable": ("Variable", str),
        "pobs": ("Share known", percent),
        "influx": ("Influx", "{:.3f}".format),
        "outflux": ("Outflux", "{:.3f}".format),
    },
    "predictors": {
        "variable": ("Missing in", str),
        "strongest": ("Strongest predictors", str),
        "n_missing": ("Missing cells", "{:,}".format),
        "auc": ("AUC", "{:.2f}".format),
        "auc_error": ("SE of it by chance", "{:.2f}".format),
    },
    "strata": {
        "variable": ("Variable", str),
        "level": ("Level", str),
        "n_imputed": ("Imputed cells", "{:,}".format),
        "std_diff": ("Difference, all rows (SD)", _signed),
        "std_diff_within": ("Among comparable rows (SD)", _signed),
        "std_error_within": ("SE", "{:.2f}".format),
    },
    "overimputation": {
        "variable": ("Variable", str),
        "n_hidden": ("Hidden cells", "{:,}".format),
        "covered": ("Held by 90% intervals", percent),
        "margin_low": ("Chance allows, from", percent),
        "margin_high": ("to", percent),
    },
    "stability": {
        "variable": ("Mean of", str),
        "level": ("Level", str),
        "mean": ("Estimate", number),
        "std_error": ("SE", number),
        "mc_share": ("Monte Carlo error, share of SE", percent),
        "m_needed": ("m for a share of 10%", "{:,}".format),
    },
}
"""Columns of a topic's table that the page shows: heading, and how to write a number."""
WORDS = ("variable", "level", "strongest")
INTERVAL = 0.90


def gather_topics(diagnostics: Diagnostics) -> tuple[PageTopic, ...]:
    """Draw what the page does not draw itself."""
    shown = [topic for topic in HEADINGS if topic in diagnostics.topics and _has_content(diagnostics, topic)]
    return tuple(_topic(diagnostics, topic) for topic in shown)


def _has_content(diagnostics: Diagnostics, topic: str) -> bool:
    """Whether there is anything to see: flux says nothing of complete data."""
    table = diagnostics.table(topic)
    return bool(len(table)) and (topic != "flux" or bool((table["pobs"] < 1).any()))


def _topic(diagnostics: Diagnostics, topic: str) -> PageTopic:
    names = _most_telling(diagnostics, topic)
    shown = names[: MOST_DETAILS.get(topic, 0)]
    table = _rank(topic, diagnostics.table(topic))
    said = [
        f"The {count(len(shown))} most telling of {count(len(names), 'variable')} are drawn; "
        "imp.diagnose() in Python draws the others."
        if 0 < len(shown) < len(names)
        else "",
        f"The table shows {count(MOST_ROWS)} of {count(len(table), 'row')}, the most telling first."
        if topic in COLUMNS and len(table) > MOST_ROWS
        else "",
    ]
    return PageTopic(
        name=topic,
        heading=HEADINGS[topic],
        overview=PageFigure(heading="", picture=diagnostics.svg(topic)),
        details=tuple(PageFigure(heading=name, picture=diagnostics.svg(topic, name)) for name in shown),
        table=_short_table(topic, table) if topic in COLUMNS else None,
        remark=" ".join(one for one in said if one),
    )


def _most_telling(diagnostics: Diagnostics, topic: str) -> list[str]:
    """Variables that a topic has pictures of, those with most to say first."""
    drawn = diagnostics.variables(topic)
    table = _rank(topic, diagnostics.table(topic))
    ranked = [name for name in table.get("variable", pd.Series(dtype=str)).tolist() if name in drawn]
    return list(dict.fromkeys([*ranked, *drawn]))


def _rank(topic: str, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of a topic's table, the most telling first."""
    if topic == "flux":
        table = table[table["pobs"] < 1]
    if topic == "overimputation":
        table = table[table["nominal"] == INTERVAL]
        first = table.iloc[1:].assign(far=lambda rows: rows["covered"] - rows["margin_low"]).sort_values("far")
        return pd.concat([table.iloc[:1], first], ignore_index=True)
    size = {
        "flux": lambda rows: rows["outflux"],
        "predictors": lambda rows: -rows["auc"],
        "strata": lambda rows: -rows["std_diff_within"].abs(),
        "stability": lambda rows: -rows["mc_share"],
    }
    if topic not in size:
        return table
    return table.iloc[np.argsort(size[topic](table).to_numpy(), kind="stable")]


def _short_table(topic: str, table: pd.DataFrame) -> PageTable:
    columns = {name: one for name, one in COLUMNS[topic].items() if name != "level" or table["level"].any()}
    rows = [
        tuple(write(row[name]) if row[name] == row[name] else "" for name, (_, write) in columns.items())
        for row in table.head(MOST_ROWS).to_dict("records")
    ]
    return PageTable(
        caption=HEADINGS[topic],
        heads=tuple(head for head, _ in columns.values()),
        rows=tuple(rows),
        n_words=sum(name in WORDS for name in columns),
    )
