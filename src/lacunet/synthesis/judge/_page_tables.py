"""Frames of details as tables of a page, every number written as a reader can use it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet.report import _words
from lacunet.report.page import _html
from lacunet.synthesis.judge._measure import Measure

MOST_ROWS = 60
"""Rows of a table of details."""
HEADS = {
    "real_error": "SE real",
    "synthetic_error": "SE synthetic",
    "overlap_karr": "overlap (Karr)",
    "pmse_ratio": "S_pMSE",
    "mean_abs_z": "mean |z|",
    "p_value": "p",
    "excess": "risk beyond control",
    "excess_low": "its low end",
    "excess_high": "its high end",
    "low": "interval from",
    "high": "to",
    "success": "success, %",
    "share": "share, %",
    "copies": "copies, %",
    "copies of one person": "copies of one person, %",
    "real": "real",
}
"""Name of a column to its heading, where the name itself does not serve."""
COEFFICIENTS = ("term", "real", "real_error", "synthetic", "synthetic_error", "z", "overlap")


def frame_table(caption: str, frame: pd.DataFrame, n_words: int = 1) -> str:
    """Write a frame as a table; of a long one, the first rows.

    Parameters
    ----------
    caption
        What the table shows.
    frame
        Details, the most telling first.
    n_words
        How many of its first columns hold words.

    Returns
    -------
    str
        HTML.
    """
    heads = [HEADS.get(str(name), str(name).replace("_", " ")) for name in frame.columns]
    rows = [[_cell(cell) for cell in row] for row in frame.head(MOST_ROWS).itertuples(index=False)]
    left = len(frame) - len(rows)
    more = f"<p>{_words.count(left, 'further row')}: the judgement in Python has them.</p>" if left > 0 else ""
    return _html.table(caption, heads, rows, n_words=n_words) + more


def _cell(cell: Any) -> str:
    if isinstance(cell, bool | np.bool_):
        return "yes" if cell else ""
    if isinstance(cell, int | np.integer):
        return _words.count(int(cell))
    if isinstance(cell, float | np.floating):
        return _words.number(float(cell))
    return str(cell)


def coefficient_table(coefficients: pd.DataFrame) -> str:
    """Write the coefficients of each regression, real and synthetic."""
    parts = []
    for formula, part in coefficients.groupby("formula", sort=False):
        shown = part[[name for name in COEFFICIENTS if name in part.columns]]
        parts.append(frame_table(name_regression(str(formula), part), shown))
    return "".join(parts)


def name_regression(formula: str, part: pd.DataFrame) -> str:
    """A formula, with the level that a logit models where it does not say so itself.

    Parameters
    ----------
    formula
        Of the regression.
    part
        Its coefficients; with a column "event" or without.
    """
    event = str(part["event"].iloc[0]) if "event" in part and len(part) else ""
    return formula if not event or event in formula else f"{formula} ({event})"


def attack_tables(measures: Sequence[Measure]) -> list[tuple[str, str]]:
    """Write the details of each measure of disclosure; those that share them are written once.

    Parameters
    ----------
    measures
        Of disclosure.

    Returns
    -------
    list of tuple
        Heading and HTML.
    """
    seen: list[int] = []
    tables = []
    for one in measures:
        if one.details is None or id(one.details) in seen:
            continue
        seen.append(id(one.details))
        titles = [other.title for other in measures if other.details is one.details]
        n_words = sum(1 for name in ("target", "release", "attack") if name in one.details.columns)
        tables.append((" · ".join(titles), frame_table(titles[0], one.details, n_words)))
    return tables
