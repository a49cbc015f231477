"""The few SVG marks the figures are made of, with every text escaped, and an axis that picks round ticks."""

import math
from dataclasses import dataclass
from html import escape

from lacunet.report._colours import LIGHT
from lacunet.report._colours import REASON_FILLS as COLOURS_OF_REASONS


def _named(name: str) -> str:
    """A colour that the page's style sheet sets for its ground; the colour of paper where a figure stands alone."""
    return f"var(--{name},{LIGHT[name]})"


INK, MUTED, RULE, PAPER = map(_named, ("ink", "muted", "rule", "paper"))
OBSERVED_FILL, OBSERVED_INK = map(_named, ("observed-fill", "observed-ink"))
IMPUTED_FILL, IMPUTED_INK = map(_named, ("imputed-fill", "imputed-ink"))
INAPPLICABLE_FILL, KEPT = map(_named, ("inapplicable-fill", "kept"))
REASON_FILLS = tuple(_named(f"reason-{k}") for k in range(len(COLOURS_OF_REASONS)))


def at(place: float) -> str:
    """Write a place on the paper, to a tenth of a unit."""
    return f"{place:.1f}".removesuffix(".0")


def rect(x: float, y: float, width: float, height: float, fill: str, extra: str = "") -> str:
    """Draw a filled rectangle; ``extra`` is raw attributes."""
    width, height = max(width, 0.0), max(height, 0.0)
    return f'<rect x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}" fill="{fill}"{extra}/>'


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = RULE, width: float = 1.0) -> str:
    """Draw a straight line."""
    ends = f'x1="{at(x1)}" y1="{at(y1)}" x2="{at(x2)}" y2="{at(y2)}"'
    return f'<line {ends} stroke="{stroke}" stroke-width="{width:g}"/>'


def path(points: list[tuple[float, float]], stroke: str, width: float = 1.8, extra: str = "") -> str:
    """Draw a line through points; nothing where there are fewer than two."""
    if len(points) < 2:
        return ""
    steps = " ".join(f"{at(x)},{at(y)}" for x, y in points)
    return f'<polyline points="{steps}" fill="none" stroke="{stroke}" stroke-width="{width:g}"{extra}/>'


def text(x: float, y: float, words: str, anchor: str = "start", fill: str = MUTED, extra: str = "") -> str:
    """Write escaped words at a point; ``anchor`` is start, middle or end."""
    return f'<text x="{at(x)}" y="{at(y)}" text-anchor="{anchor}" fill="{fill}"{extra}>{escape(words)}</text>'


def tooltip(mark: str, words: str) -> str:
    """Give a mark an escaped text to show when pointed at."""
    return f"<g><title>{escape(words)}</title>{mark}</g>"


def picture(width: float, height: float, description: str, marks: list[str], css_class: str = "") -> str:
    """Wrap marks as one image with a description for readers who cannot see it."""
    return (
        f'<svg class="{css_class}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(description)}" xmlns="http://www.w3.org/2000/svg">{"".join(marks)}</svg>'
    )


@dataclass(frozen=True)
class Axis:
    """A straight map from numbers to positions on the page.

    Attributes
    ----------
    low, high
        Numbers at the two ends.
    start, end
        Their positions.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Position of a number; the middle where the axis has no length."""
        span = self.high - self.low
        if not span > 0:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / span * (self.end - self.start)

    def ticks(self, n: int = 4) -> list[float]:
        """Round numbers inside the axis, about ``n`` of them."""
        return round_ticks(self.low, self.high, n)


def round_ticks(low: float, high: float, n: int = 4) -> list[float]:
    """Pick about ``n`` round numbers between two numbers.

    Examples
    --------
    >>> round_ticks(0.0, 97.0, 4)
    [0.0, 25.0, 50.0, 75.0]
    >>> round_ticks(3.0, 3.0)
    [3.0]
    """
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low]
    rough = span / n
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((s * power for s in (1, 2, 2.5, 5, 10)), key=lambda s: abs(span / s - n))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, last + 1)]
