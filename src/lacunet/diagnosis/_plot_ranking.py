"""Plot of imputers behind the best."""

from typing import Any

import numpy as np
import pandas as pd

from lacunet.report import _canvas, _words
from lacunet.report._colours import IMPUTED_INK, MUTED, OBSERVED_INK

HALF_WIDTH = 1.96
"""Standard errors on either side of a 95 % interval."""


def plot_ranking(ranks: pd.DataFrame, what: str) -> Any:
    """Show how far each imputer is behind the best; ``ranks`` as `rank_scores` gives it."""
    figure, axes = _canvas.make_figure(6.4, _canvas.row_height(len(ranks)) + 0.3)
    rows = np.arange(len(ranks))
    behind, error = ranks["behind"].to_numpy(float), np.nan_to_num(ranks["std_error"].to_numpy(float))
    axes.axvline(0, color=MUTED, linewidth=1)
    axes.hlines(
        rows[1:], (behind - HALF_WIDTH * error)[1:], (behind + HALF_WIDTH * error)[1:], color=IMPUTED_INK, linewidth=1.5
    )
    axes.scatter(behind[1:], rows[1:], s=34, color=IMPUTED_INK, label="others, with 95% intervals", zorder=3)
    axes.scatter(behind[:1], rows[:1], s=34, color=OBSERVED_INK, label="best", zorder=3)
    _canvas.name_rows(axes, [f"{row.imputer} ({row.score:.3f})" for row in ranks.itertuples()])
    _canvas.label(axes, f"behind the best, {_words.shorten(what, 40)} (further right is worse)", "imputer (score)")
    _canvas.legend_above(figure, axes)
    return figure
