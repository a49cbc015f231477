"""The map of rows by the first two scores of a fitted autoencoder."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.errors import SpecError, suggest
from lacunet.report import _canvas
from lacunet.report._colours import INK, MUTED, OBSERVED_INK, REASON_FILLS, RULE

MOST_NAMED = len(REASON_FILLS)
"""Levels with a colour of their own; the rarer ones share one."""


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
    figure, axes = _canvas.make_figure(5.6, 5.0)
    x, y = scores[:, 0], scores[:, 1]
    size = float(np.clip(4000 / max(len(x), 1), 2, 20))
    if colour is None:
        axes.scatter(x, y, s=size, color=OBSERVED_INK, linewidth=0)
        _canvas.label(axes, names[0], names[1])
        return figure
    values = frame[colour].reset_index(drop=True)
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > MOST_NAMED:
        axes.scatter(x[values.isna()], y[values.isna()], s=size, color=RULE, linewidth=0, label="no value")
        marks = axes.scatter(x, y, s=size, c=values.to_numpy(dtype=np.float64), cmap="viridis", linewidth=0)
        figure.colorbar(marks, ax=axes, label=_canvas.plain(colour))
    else:
        words = values.astype(object).where(values.notna(), "no value").astype(str)
        named = words.value_counts().index[:MOST_NAMED]
        groups = words.where(words.isin(named), "other")
        for word, fill in zip([*named, "other"], [*REASON_FILLS, MUTED], strict=False):
            own = (groups == word).to_numpy()
            if own.any():
                axes.scatter(x[own], y[own], s=size, color=fill, linewidth=0, label=_canvas.plain(word))
        axes.legend(title=_canvas.plain(colour), frameon=False, fontsize=8, labelcolor=INK, markerscale=2)
    _canvas.label(axes, names[0], names[1])
    return figure
