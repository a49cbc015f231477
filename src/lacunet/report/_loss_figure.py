"""The loss during training, on the cells trained on and on cells held out."""

import math
from collections.abc import Mapping
from typing import Any

from lacunet.report import _svg, _words

WIDTH, HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 640, 240, 14, 200, 56, 560
SERIES = (("train_loss", "training", _svg.OBSERVED_INK), ("held_out_loss", "held out", _svg.IMPUTED_INK))
MAX_POINTS = 300

Point = tuple[float, float]


def loss_figure(history: tuple[Mapping[str, Any], ...]) -> str:
    """Draw the curves, one a network and series; nothing where no loss was recorded."""
    curves = collect_curves(history)
    points = [point for _, curve in curves for point in curve]
    if not points:
        return ""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x = _svg.Axis(min(xs), max(xs), LEFT, RIGHT)
    pad = 0.04 * (max(ys) - min(ys)) or 0.5
    y = _svg.Axis(min(ys) - pad, max(ys) + pad, BOTTOM, TOP)
    marks = _axes(x, y, "epoch" if "epoch" in history[0] else "check")
    n_networks = max(sum(name == key for name, _ in curves) for key, _, _ in SERIES)
    for key, word, ink in SERIES:
        own = [curve for name, curve in curves if name == key]
        opacity = "" if n_networks == 1 else ' opacity=".5"'
        for curve in own:
            marks.append(_svg.path([(x(a), y(b)) for a, b in curve], ink, 1.8 if n_networks == 1 else 1.2, opacity))
            if len(curve) == 1:
                marks.append(_svg.rect(x(curve[0][0]) - 3, y(curve[0][1]) - 3, 6, 6, ink))
        if own:
            marks.append(_svg.text(RIGHT + 8, y(own[0][-1][1]) + (12 if key == "train_loss" else -2), word, fill=ink))
    return _svg.picture(WIDTH, HEIGHT, describe_loss(history), marks, "wide")


def collect_curves(history: tuple[Mapping[str, Any], ...]) -> list[tuple[str, list[Point]]]:
    """Sort the rows into one curve for each network and series, dropping what is not a finite number."""
    curves: dict[tuple[str, str], list[Point]] = {}
    for position, row in enumerate(history):
        at = row.get("epoch", row.get("step", position))
        for key, _, _ in SERIES:
            value = row.get(key)
            if isinstance(value, int | float) and math.isfinite(value):
                curves.setdefault((key, str(row.get("member", ""))), []).append((float(at), float(value)))
    return [(key, _thin(curve)) for (key, _), curve in curves.items()]


def _thin(curve: list[Point]) -> list[Point]:
    step = max(math.ceil(len(curve) / MAX_POINTS), 1)
    return curve if step == 1 else [*curve[:-1:step], curve[-1]]


def describe_loss(history: tuple[Mapping[str, Any], ...]) -> str:
    """Say where the held-out loss started and ended."""
    held_out = [curve for key, curve in collect_curves(history) if key == "held_out_loss"]
    if not held_out:
        return "Loss during training."
    first = sum(curve[0][1] for curve in held_out) / len(held_out)
    best = sum(min(b for _, b in curve) for curve in held_out) / len(held_out)
    fall = f"from {_words.number(first)} to {_words.number(best)} at its lowest"
    return f"Loss during training. On held-out cells it went {fall}."


def _axes(x: _svg.Axis, y: _svg.Axis, word: str) -> list[str]:
    marks = []
    for tick in y.ticks(4):
        marks.append(_svg.line(LEFT, y(tick), RIGHT, y(tick)))
        marks.append(_svg.text(LEFT - 6, y(tick) + 4, _words.number(tick), "end"))
    marks.append(_svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, _svg.MUTED))
    marks += [_svg.text(x(tick), BOTTOM + 16, _words.number(tick), "middle") for tick in x.ticks(6)]
    return [*marks, _svg.text((LEFT + RIGHT) / 2, BOTTOM + 34, word, "middle")]
