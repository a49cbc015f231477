"""The loss during training as a plot: on what was trained on, and on what was held out, a line a network."""

from collections.abc import Mapping, Sequence
from typing import Any

from lacunet.report import _canvas
from lacunet.report._colours import IMPUTED_INK, OBSERVED_INK
from lacunet.report._loss_figure import collect_curves

SERIES = (("train_loss", OBSERVED_INK), ("held_out_loss", IMPUTED_INK))


def plot_losses(
    history: Sequence[Mapping[str, Any]],
    what: str = "loss",
    words: tuple[str, str] = ("training", "held out"),
) -> Any:
    """Draw the losses of a history over epochs; a point marks where the held-out loss was lowest.

    Parameters
    ----------
    history
        One row a check: epoch (else step), train_loss, held_out_loss, and member where there are several networks.
    what
        What the loss is of, for the axis.
    words
        What was trained on, and what was held out.

    Returns
    -------
    matplotlib.figure.Figure
        The plot.
    """
    figure, axes = _canvas.make_figure(6.4, 3.4)
    curves = collect_curves(tuple(history))
    for (key, ink), word in zip(SERIES, words, strict=True):
        own = [curve for name, curve in curves if name == key]
        several = len(own) > 1
        for place, curve in enumerate(own):
            axes.plot(
                *zip(*curve, strict=True),
                color=ink,
                linewidth=1.1 if several else 1.6,
                alpha=0.6 if several else 1.0,
                marker="o" if len(curve) < 2 else None,
                label=None if place else word,
            )
            if key == "held_out_loss":
                axes.scatter(*min(curve, key=lambda point: point[1]), s=24, color=ink, zorder=3)
    marked = " (the point marks the lowest held out)" if any(key == "held_out_loss" for key, _ in curves) else ""
    _canvas.label(axes, f"epoch{marked}", what)
    _canvas.legend_above(figure, axes)
    return figure
