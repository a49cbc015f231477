"""The paper that plots are drawn on: sober, the same colours everywhere, and the way into a page as SVG."""

import io
import re
import warnings
import zlib
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.report import _words
from lacunet.report._colours import (
    INK,
    LIGHT,
    MUTED,
    PAPER,
    RULE,
)

VARIABLES = {colour: name for name, colour in reversed(LIGHT.items())}
"""Colour to the CSS variable that stands for it in a page."""
FONT = "system-ui,'Segoe UI',Roboto,Arial,sans-serif"
POINTS_PER_INCH = 72
ROW_HEIGHT, LEAST_HEIGHT = 0.26, 1.6


def make_figure(width: float = 6.4, height: float = 3.6, n_axes: int = 1, **kwargs: Any) -> tuple[Any, Any]:
    """Make a figure and its axes (one, or an array of them); needs no display.

    Parameters
    ----------
    width, height
        In inches.
    n_axes
        Axes side by side.
    **kwargs
        For ``Figure.subplots``.

    Returns
    -------
    tuple
        The figure and its axes.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
    axes = figure.subplots(1, n_axes, squeeze=False, **kwargs)[0]
    for one in axes:
        style(one)
    return figure, axes[0] if n_axes == 1 else axes


def style(axes: Any) -> None:
    """Take away what says nothing, and set the colours."""
    axes.set_facecolor(PAPER)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED)
    axes.tick_params(colors=MUTED, labelsize=8, length=3)
    axes.grid(visible=True, color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)


def label(axes: Any, x: str, y: str, title: str = "") -> None:
    """Name the axes."""
    axes.set_xlabel(plain(x), color=INK, fontsize=9)
    axes.set_ylabel(plain(y), color=INK, fontsize=9)
    if title:
        axes.set_title(plain(title), color=INK, fontsize=9, loc="left")


def plain(words: str) -> str:
    """Words in which a dollar is a dollar, and begins no formula."""
    return words.replace("$", r"\$")


def legend_above(figure: Any, axes: Any, n_columns: int = 3) -> None:
    """Say which mark is which, above the plot where no mark is hidden."""
    marks = zip(*axes.get_legend_handles_labels(), strict=True)
    pairs = sorted(marks, key=lambda pair: not pair[1].startswith("observed"))
    handles, words = zip(*pairs, strict=True)
    figure.legend(handles, words, loc="outside upper left", ncols=n_columns, frameon=False, fontsize=8, labelcolor=INK)


def draw_intervals(axes: Any, at: Floats, low: Floats, high: Floats, colour: str, **kwargs: Any) -> None:
    """Draw upright lines as one mark, which keeps a page small."""
    gap = np.full(len(at), np.nan)
    axes.plot(np.column_stack([at, at, gap]).ravel(), np.column_stack([low, high, gap]).ravel(), color=colour, **kwargs)


def name_rows(axes: Any, names: Sequence[str], length: int = 28) -> None:
    """Write names, cut to a length, at rows 0, 1, ... from the top."""
    axes.set_yticks(range(len(names)), [plain(_words.shorten(one, length)) for one in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", labelcolor=INK, length=0)
    axes.grid(visible=False, axis="y")


def write_values(axis: Any, write: Callable[[float], str]) -> None:
    """Write the ticks of an axis as a reader expects the variable's values."""
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415

    axis.set_major_formatter(FuncFormatter(lambda value, _: write(float(value))))


def write_percent(axis: Any) -> None:
    """Write the ticks of an axis as percentages."""
    write_values(axis, lambda share: f"{100 * share:.3g}%")


def row_height(n: int) -> float:
    """Height in inches of a plot with n rows."""
    return max(LEAST_HEIGHT, 0.9 + ROW_HEIGHT * n)


def as_svg(figure: Any, description: str, name: str) -> str:
    """Write a figure as one self-contained ``<svg>`` element.

    Parameters
    ----------
    figure
        A matplotlib figure.
    description
        What it shows, for readers who cannot see it.
    name
        Different for each figure of a page, so that no two marks share an id.

    Returns
    -------
    str
        Responsive, without date, script or outside reference; text stays text.
    """
    from matplotlib import rc_context  # noqa: PLC0415

    out = io.StringIO()
    with (
        warnings.catch_warnings(),
        rc_context({"svg.fonttype": "none", "svg.hashsalt": "lacunet", "path.simplify_threshold": 0.5}),
    ):
        # The page's own fonts write what the font that measures here may lack.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<style.*?</style>\s*", "", text, flags=re.DOTALL)  # it would hold for the whole page
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = _own_ids(text, f"d{zlib.crc32(name.encode()):08x}")
    text = re.sub(r"font-family: [^;\"]*;? ?", "", text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", text)  # as matplotlib may write it
    text = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", text)
    text = re.sub(r"#[0-9a-fA-F]{6}\b", lambda found: _colour(found[0]), text)
    text = re.sub(r"<[^>]+>", lambda tag: re.sub(r"(\d+\.\d\d)\d+", r"\1", tag[0]), text)  # never what a reader reads
    text = re.sub(r"\s*\n\s*", "\n", text)
    text = re.sub(r"(<g[^>]*)>\n((?:<use [^>]*/>\n?)+)</g>", _share_style, text)
    width, height = (size * POINTS_PER_INCH for size in figure.get_size_inches())
    head = (
        f'<svg class="diagnosis" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(description)}" '
        f'style="width:{width:g}pt;max-width:100%;min-width:min({width:g}pt,var(--least-figure,0pt));height:auto;'
        f"font-family:{FONT};"
        'stroke-linejoin:round;stroke-linecap:butt" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<title>{escape(description)}</title>"
    )
    return head + text[text.index(">") + 1 :].strip()


def _share_style(found: re.Match[str]) -> str:
    """Give marks of one group their common style once."""
    styles = set(re.findall(r' style="([^"]*)"', found[2]))
    if len(styles) != 1 or "style=" in found[1]:
        return found[0]
    marks = re.sub(r' style="[^"]*"', "", found[2])
    return f'{found[1]} style="{styles.pop()}">\n{marks}</g>'


def _colour(colour: str) -> str:
    name = VARIABLES.get(colour.lower())
    return f"var(--{name}, {colour})" if name else colour


def _own_ids(text: str, prefix: str) -> str:
    """Keep the ids that are referred to, made unlike those of any other figure."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{prefix}{found[1]}"' if found[1] in used else "", text)
    return re.sub(r'(href="#|url\(#)', lambda found: found[1] + prefix, text)
