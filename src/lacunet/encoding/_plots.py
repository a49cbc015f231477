"""Figures of a fitted autoencoder: its losses, and the map of its first two scores."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import SpecError, suggest
from lacunet.report._colours import IMPUTED_INK, INK, MUTED, OBSERVED_INK, PAPER, REASON_FILLS, RULE

MOST_NAMED = len(REASON_FILLS)
"""Levels with a colour of their own; the rarer ones share one."""


def plot_loss(history: Sequence[Mapping[str, Any]]) -> Any:
    """Draw the loss in training and on rows held out."""
    figure, axes = _paper(6.4, 3.4)
    for key, word, ink in (("train_loss", "training", OBSERVED_INK), ("held_out_loss", "held out", IMPUTED_INK)):
        rows = [(row["epoch"], row[key]) for row in history if key in row]
        axes.plot(*zip(*rows, strict=True), color=ink, linewidth=1.6, marker="o" if len(rows) < 2 else None, label=word)
    _finish(axes, "epoch", "loss of a cell")
    return figure


def plot_map(scores: Floats, names: Sequence[str], frame: pd.DataFrame, colour: str | None) -> Any:
    """Draw rows at their first two scores, coloured by a column of their frame.

    Raises
    ------
    SpecError
        When there is one score only, or no such column.
    """
    if len(names) < 2:
        raise SpecError("There is one latent. A map needs two: fit with latent=2.")
    if colour is not None and colour not in frame.columns:
        near = suggest(colour, frame.columns)
        raise SpecError(
            f"There is no column {colour!r}. {near or 'Name one of ' + ', '.join(map(str, frame.columns))}."
        )
    figure, axes = _paper(5.6, 5.0)
    x, y = scores[:, 0], scores[:, 1]
    size = float(np.clip(4000 / max(len(x), 1), 2, 20))
    if colour is None:
        axes.scatter(x, y, s=size, color=OBSERVED_INK, linewidth=0)
        _finish(axes, names[0], names[1])
        return figure
    values = frame[colour].reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_NAMED:
        axes.scatter(x[values.isna()], y[values.isna()], s=size, color=RULE, linewidth=0, label="no value")
        marks = axes.scatter(x, y, s=size, c=values.to_numpy(dtype=np.float64), cmap="viridis", linewidth=0)
        figure.colorbar(marks, ax=axes, label=_plain(colour))
    else:
        words = values.astype(object).where(values.notna(), "no value").astype(str)
        named = words.value_counts().index[:MOST_NAMED]
        groups = words.where(words.isin(named), "other")
        for word, fill in zip([*named, "other"], [*REASON_FILLS, MUTED], strict=False):
            own = (groups == word).to_numpy()
            if own.any():
                axes.scatter(x[own], y[own], s=size, color=fill, linewidth=0, label=_plain(word))
        axes.legend(title=_plain(colour), frameon=False, fontsize=8, labelcolor=INK, markerscale=2)
    axes.set_xlabel(_plain(names[0]), color=INK, fontsize=9)
    axes.set_ylabel(_plain(names[1]), color=INK, fontsize=9)
    return figure


def _paper(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
    axes = figure.subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(colors=MUTED, labelsize=8, length=3)
    axes.grid(visible=True, color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _finish(axes: Any, x: str, y: str) -> None:
    axes.set_xlabel(_plain(x), color=INK, fontsize=9)
    axes.set_ylabel(_plain(y), color=INK, fontsize=9)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=8, labelcolor=INK)


def _plain(words: str) -> str:
    """Words in which a dollar is a dollar, and begins no formula."""
    return words.replace("$", r"\$")
