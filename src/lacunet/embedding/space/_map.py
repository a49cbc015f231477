"""The map of words by the first two principal components of their directions."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.embedding.space._labels import NEAR, place_labels
from lacunet.embedding.space._similarity import Similarity
from lacunet.errors import DataWarning, SpecError
from lacunet.report import _canvas
from lacunet.report._colours import INK, MUTED, OBSERVED_INK, REASON_FILLS

FEWEST = 3
"""Words below which a plane says nothing."""
SIDE, LETTERS = 6.4, 8
"""Width of the figure in inches, and height of the letters in points."""
MARK = 2.5
"""Half the width of a mark, in points."""


def plot_map(space: Similarity, words: Sequence[str] | Mapping[str, Sequence[str]], *, labels: bool, title: str) -> Any:
    """Draw words as points, each with its name."""
    groups = _read_groups(words)
    names = [word for group in groups.values() for word in group]
    scores, shares = principal(space._directions(space.rows(names)))
    figure, axes = _canvas.make_figure(SIDE, SIDE * 0.85)
    start = 0
    for (name, group), fill in zip(groups.items(), REASON_FILLS if len(groups) > 1 else [OBSERVED_INK], strict=False):
        own = scores[start : start + len(group)]
        axes.scatter(own[:, 0], own[:, 1], s=(2 * MARK) ** 2, color=fill, linewidth=0, label=_canvas.plain(name))
        start += len(group)
    if len(groups) > 1:
        _canvas.legend_above(figure, axes, n_columns=len(groups))
    x, y = (f"{which} component ({share:.0%} of the variance)" for which, share in shares)
    _canvas.label(axes, x, y, title)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.12)
    if labels:
        _write_labels(figure, axes, scores, names)
    return figure


def principal(units: Floats) -> tuple[Floats, list[tuple[str, float]]]:
    """First two principal components of rows (n, 2), the larger side of each to the right or up, and their shares."""
    centred = units - units.mean(axis=0)
    left, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    scores = np.zeros((len(units), 2))
    n = min(2, len(lengths))
    scores[:, :n] = (left * lengths)[:, :n]
    far = scores[np.abs(scores).argmax(axis=0), [0, 1]]
    total = float((lengths**2).sum())
    shares = [float(length**2) / total if total else 0.0 for length in [*lengths, 0.0][:2]]
    return scores * np.where(far < 0, -1.0, 1.0), list(zip(("first", "second"), shares, strict=True))


def _read_groups(words: Sequence[str] | Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Name of a group -> words, each word in the first group that has it."""
    given = dict(words) if isinstance(words, Mapping) else {"": [words] if isinstance(words, str) else words}
    seen: set[str] = set()
    groups: dict[str, list[str]] = {}
    for name, group in given.items():
        groups[str(name)] = [word for word in dict.fromkeys(group) if word not in seen]
        seen |= set(group)
    if len(seen) < FEWEST:
        raise SpecError(f"{len(seen)} words are named. A map needs {FEWEST} different ones at least. Name more.")
    if len(groups) > len(REASON_FILLS):
        raise SpecError(
            f"{len(groups)} groups are named. There are {len(REASON_FILLS)} colours that can be told apart. "
            "Join groups, or draw two maps."
        )
    return groups


def _write_labels(figure: Any, axes: Any, scores: Floats, names: list[str]) -> None:
    """Write each word where nothing else is."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # the paper shall not move any more
    scale = _canvas.POINTS_PER_INCH / figure.dpi
    anchors = axes.transData.transform(scores) * scale
    style = {"textcoords": "offset points", "fontsize": LETTERS, "color": INK, "annotation_clip": False}
    notes = [axes.annotate(_canvas.plain(name), point, (0, 0), **style) for name, point in zip(names, scores)]
    boxes = [note.get_window_extent() for note in notes]
    sizes = np.array([[box.width, box.height] for box in boxes]) * scale
    at = np.array([[box.x0, box.y0] for box in boxes]) * scale
    frame = axes.get_window_extent()
    bounds = np.array([frame.x0, frame.y0, frame.x1, frame.y1]) * scale
    corners = place_labels(anchors, sizes, MARK, bounds)
    for note, corner, start, point, anchor, size in zip(notes, corners, at, scores, anchors, sizes):
        if np.isnan(corner[0]):
            note.remove()
            continue
        note.set_position(tuple(corner - start))
        end = np.clip(anchor, corner, corner + size) - anchor
        if np.hypot(*end) > NEAR + 2 * MARK:
            line = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "shrinkA": 0, "shrinkB": MARK}
            axes.annotate("", point, tuple(end), textcoords="offset points", arrowprops=line)
    n_left = int(np.isnan(corners[:, 0]).sum())
    if n_left:
        warnings.warn(
            f"{n_left} of {len(names)} words found no place for their labels on the map. Their points are drawn. "
            "Name fewer words.",
            DataWarning,
            stacklevel=4,
        )
