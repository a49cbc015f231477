"""Two players' losses and the score on held-out rows through a game, as a plot."""

from collections.abc import Mapping, Sequence
from typing import Any

from lacunet.report import _canvas
from lacunet.report._colours import IMPUTED_INK, MUTED, OBSERVED_INK

PLAYERS = (("generator_loss", "generator", IMPUTED_INK), ("discriminator_loss", "discriminator", OBSERVED_INK))


def plot_players(history: Sequence[Mapping[str, Any]]) -> Any:
    """Draw the losses of both players beside the held-out score that says which generator is kept.

    The losses of a game do not fall to a floor as a network's does: each is measured against the other player, so a
    flat line is a balance, not an end of learning. The score on the right tells how good the rows are.

    Parameters
    ----------
    history
        One row a score: step, generator_loss, discriminator_loss, held_out_score (less is better).

    Returns
    -------
    matplotlib.figure.Figure
        The plot.
    """
    figure, (left, right) = _canvas.make_figure(7.6, 3.2, n_axes=2)
    for key, word, ink in PLAYERS:
        played = [(row["step"], row[key]) for row in history if key in row]
        left.plot(*zip(*played, strict=True), color=ink, linewidth=1.6, label=word)
    scored = [(row["step"], row["held_out_score"]) for row in history if "step" in row and "held_out_score" in row]
    right.plot(*zip(*scored, strict=True), color=MUTED, linewidth=1.6)
    right.scatter(*min(scored, key=lambda point: point[1]), s=24, color=IMPUTED_INK, zorder=3)
    _canvas.label(left, "step", "loss")
    _canvas.label(right, "step (the point marks the generator kept)", "score on held-out rows, less is better")
    _canvas.legend_above(figure, left)
    return figure
