"""The loss during training, on rows trained on and rows held out."""

from collections.abc import Mapping, Sequence
from typing import Any

from lacunet.report._colours import IMPUTED_INK, MUTED, OBSERVED_INK, PAPER

CURVES = (
    ("train_loss", "training rows (under dropout)", OBSERVED_INK),
    ("held_out_loss", "held-out rows", IMPUTED_INK),
)


def plot_history(history: Sequence[Mapping[str, Any]]) -> Any:
    """Draw the curves over epochs, and where the held-out loss was lowest."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(6.4, 3.4), layout="constrained", facecolor=PAPER)
    axes = figure.subplots()
    for key, words, colour in CURVES:
        points = [(row["epoch"], row[key]) for row in history if key in row]
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.6, label=words)
    held = [row for row in history if "held_out_loss" in row]
    if held:
        best = min(held, key=lambda row: row["held_out_loss"])
        axes.axvline(best["epoch"], color=MUTED, linewidth=1, linestyle="--", label="weights kept")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel("epoch")
    axes.set_ylabel("mean loss")
    axes.legend(frameon=False)
    return figure
