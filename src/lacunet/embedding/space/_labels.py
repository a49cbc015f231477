"""Places for labels beside points, so that no label covers another, or a point."""

import numpy as np

from lacunet._typing import Bools, Floats

RADII = (2.0, 5.0, 9.0, 15.0, 23.0, 34.0, 48.0, 64.0)
"""Distances between a point's mark and its label that are tried, in points of print."""
NEAR = 5.0
"""Distance up to which a label needs no line to its point."""
N_DIRECTIONS = 16
GAP = 1.0
"""Space kept around every label."""
N_STEPS = 24
"""Places of a line that are kept free."""


def place_labels(anchors: Floats, sizes: Floats, mark: float, bounds: Floats) -> Floats:
    """Find the lower left corner of each label, the nearest free place first.

    Labels are placed one after the other; what was placed stays. All lengths are in points of print.

    Parameters
    ----------
    anchors
        Points (n, 2).
    sizes
        Width and height of each label (n, 2).
    mark
        Half the side of a point's mark.
    bounds
        Left, bottom, right and upper end of the paper (4,).

    Returns
    -------
    numpy.ndarray
        Corners (n, 2); NaN where there is no free place.
    """
    corners = np.full_like(anchors, np.nan)
    marks = np.hstack([anchors - mark, anchors + mark])
    labels, lines = np.empty((0, 4)), np.empty((0, 4))
    for i, anchor in enumerate(anchors):
        boxes, radii = _candidates(anchor, sizes[i], mark)
        is_inside = (boxes[:, :2] >= bounds[:2]).all(axis=1) & (boxes[:, 2:] <= bounds[2:]).all(axis=1)
        is_free = is_inside & ~_overlaps(boxes, np.vstack([marks, labels, lines]))
        for k in np.flatnonzero(is_free):
            line = leader(anchor, boxes[k]) if radii[k] > NEAR else np.empty((0, 4))
            if not _overlaps(line, np.vstack([labels, np.delete(marks, i, axis=0)])).any():
                corners[i] = boxes[k, :2] + GAP
                labels, lines = np.vstack([labels, boxes[k]]), np.vstack([lines, line])
                break
    return corners


def leader(anchor: Floats, box: Floats) -> Floats:
    """Line from a point to the nearest place of a box, as boxes without extent (n, 4)."""
    end = np.clip(anchor, box[:2], box[2:])
    places = np.linspace(anchor, end, N_STEPS)
    return np.hstack([places, places])


def _candidates(anchor: Floats, size: Floats, mark: float) -> tuple[Floats, Floats]:
    """Boxes (k, 4) to try, near ones first, and to the right and left before above and below; their distances (k,)."""
    turns = np.arange(N_DIRECTIONS) * 2 * np.pi / N_DIRECTIONS
    directions = np.column_stack([np.cos(turns), np.sin(turns)])
    directions = directions[np.argsort(np.round(-np.abs(directions[:, 0]), 9), kind="stable")]
    radii = np.repeat(RADII, N_DIRECTIONS)
    half = size / 2 + GAP
    centres = anchor + np.tile(directions, (len(RADII), 1)) * (radii[:, None] + mark + half)
    return np.hstack([centres - half, centres + half]), radii


def _overlaps(boxes: Floats, others: Floats) -> Bools:
    """Whether each box (k, 4) shares space with one of the others (m, 4)."""
    is_apart = (
        (boxes[:, None, 2] <= others[None, :, 0])
        | (boxes[:, None, 0] >= others[None, :, 2])
        | (boxes[:, None, 3] <= others[None, :, 1])
        | (boxes[:, None, 1] >= others[None, :, 3])
    )
    return np.asarray(~is_apart.all(axis=1))
