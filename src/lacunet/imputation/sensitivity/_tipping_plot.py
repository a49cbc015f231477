"""Estimate and interval against the shift."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd

INK, LINE, TIP, GREY = "#1f2933", "#34597d", "#b3541e", "#7b8794"


def draw_tipping(
    rows: pd.DataFrame, *, tips: Sequence[float], neutral: float, null: float, across: str, up: str, title: str
) -> Any:
    """Draw a band of intervals, the line of estimates, the null, and the tipping points.

    Parameters
    ----------
    rows
        Table of a ``TippingPoint``.
    tips
        Tipping points, none to two.
    neutral
        The shift that changes nothing.
    null
        Value compared with.
    across, up, title
        Words for the axes, and above.

    Returns
    -------
    matplotlib.figure.Figure
        A figure of its own, known to no window.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(7, 4.6), layout="constrained")
    axes = figure.add_subplot()
    delta = rows["delta"].to_numpy()
    axes.fill_between(delta, rows["conf_low"], rows["conf_high"], color=LINE, alpha=0.18, linewidth=0)
    axes.plot(delta, rows["estimate"], color=LINE, linewidth=2)
    axes.axhline(null, color=INK, linewidth=1)
    at = rows.loc[rows["delta"] == neutral].iloc[0]
    axes.errorbar(
        [neutral],
        [at["estimate"]],
        yerr=[[at["estimate"] - at["conf_low"]], [at["conf_high"] - at["estimate"]]],
        fmt="o",
        color=INK,
        capsize=4,
    )
    top = axes.get_xaxis_transform()
    axes.text(neutral, 1.01, "as imputed", transform=top, ha="center", va="bottom", color=INK, fontsize=9)
    for tip in tips:
        axes.axvline(tip, color=TIP, linewidth=1.5, linestyle="--")
        axes.text(tip, 0.02, f" {tip:.3g}", transform=top, ha="left", va="bottom", color=TIP, fontweight="bold")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_xlim(delta.min(), delta.max())
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=GREY, alpha=0.2)
    figure.suptitle(textwrap.fill(title, 92), fontsize=9.5, x=0.01, ha="left", color=INK)
    return figure
