"""Whether a transform finds words from their contexts: a table, sentences, a figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet.errors import DataError
from lacunet.report import _canvas
from lacunet.report._colours import IMPUTED_INK, MUTED, OBSERVED_FILL
from lacunet.report._words import count, percent

GOOD_FITTED, GOOD_HELD_OUT = 0.9, 0.6
"""Cosines that conText's authors ask for: of words that were fitted, and of words that were not."""
DOT = 7


def tabulate_recovery(recoveries: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One row for fitted and one for held-out words, of each fit."""
    rows = []
    for s, recovery in enumerate(recoveries):
        for words, is_out in (("fitted", False), ("held out", True)):
            cosines = recovery.loc[recovery["held_out"] == is_out, "cosine"].dropna().to_numpy()
            if len(cosines):
                row = {"words": words, "n_words": len(cosines), "median": float(np.median(cosines))}
                row |= {
                    "quartile": float(np.quantile(cosines, 0.25)),
                    "share_above": float((cosines > GOOD_HELD_OUT).mean()),
                }
                rows.append({"fit": s, **row} if len(recoveries) > 1 else row)
    columns = ["words", "n_words", "median", "quartile", "share_above"]
    return pd.DataFrame(rows, columns=["fit", *columns] if len(recoveries) > 1 else columns)


def describe_recovery(table: pd.DataFrame) -> tuple[str, ...]:
    """What the table says."""
    if table.empty:
        return ("Whether words are found again from their contexts was not checked.",)
    lines = []
    for words, good in (("fitted", GOOD_FITTED), ("held out", GOOD_HELD_OUT)):
        own = table[table["words"] == words]
        if len(own):
            median, share = float(own["median"].median()), float(own["share_above"].median())
            lines.append(
                f"{count(int(own['n_words'].iloc[0]), 'word')} {words}: median cosine of A u with the word's vector "
                f"{median:.2f} (advice: above {good:g}), {percent(share)} above {GOOD_HELD_OUT:g}."
            )
    return tuple(lines)


def median_below(recovery: pd.DataFrame) -> float | None:
    """The median cosine of held-out words where it is below what is asked for."""
    cosines = recovery.loc[recovery["held_out"], "cosine"].dropna()
    median = float(cosines.median()) if len(cosines) else 1.0
    return median if median < GOOD_HELD_OUT else None


def draw_recovery(recovery: pd.DataFrame) -> Any:
    """Cosine against count, on a logarithmic axis."""
    if recovery.empty:
        raise DataError(
            "There is no recovery to draw, as nothing was checked. A corpus is needed: hand one to alacarte(...)."
        )
    figure, axes = _canvas.make_figure(6.4, 3.6)
    for is_out, colour, words in ((False, OBSERVED_FILL, "fitted"), (True, IMPUTED_INK, "held out")):
        own = recovery[recovery["held_out"] == is_out]
        if len(own):
            axes.scatter(own["count"], own["cosine"], s=DOT, color=colour, linewidth=0, label=f"{words} ({len(own):,})")
    for good, style in ((GOOD_FITTED, "-"), (GOOD_HELD_OUT, "--")):
        words = "fitted" if good == GOOD_FITTED else "held out"
        axes.axhline(good, color=MUTED, linewidth=0.8, linestyle=style, label=f"advice, {words}")
    axes.set_xscale("log")
    axes.set_ylim(top=1.02)
    _canvas.label(axes, "occurrences", "cosine of A u with the word's vector")
    _canvas.legend_above(figure, axes, n_columns=4)
    return figure
