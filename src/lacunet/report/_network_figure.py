"""The picture of a network: a circle a node, a line a weight, names at both ends."""

from collections.abc import Sequence
from itertools import pairwise

from lacunet.errors import SpecError
from lacunet.report import _svg, _words

MOST_SHOWN = 12
"""Nodes drawn in one layer; of a wider one the first and the last, with dots between."""
RADIUS, STEP, TOP, BOTTOM, GAP = 9, 28, 34, 44, 150
EDGE, LETTER, NAME_LENGTH = 20, 6.5, 22

Spot = tuple[float, float]


def network_figure(
    widths: Sequence[int],
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    activations: Sequence[str] = (),
) -> str:
    """Draw a network, layer by layer from left to right.

    Parameters
    ----------
    widths
        Number of inputs, nodes of every hidden layer, number of outputs.
    inputs, outputs
        Names of inputs and outputs; none, or as many as there are.
    activations
        Activation of every layer but the inputs, to be written below it; none, or one a layer.

    Returns
    -------
    str
        An SVG element, with the network in words for those who cannot see it.

    Raises
    ------
    SpecError
        When there are fewer than two widths, one is below 1, or names are not as many as nodes.
    """
    _check(widths, inputs, outputs, activations)
    left, right = _margin(inputs), _margin(outputs)
    height = TOP + (min(max(widths), MOST_SHOWN) - 1) * STEP + BOTTOM
    columns = [_place(n, left + i * GAP, (TOP + height - BOTTOM) / 2) for i, n in enumerate(widths)]
    marks = [
        _svg.line(x1, y1, x2, y2)
        for one, next_one in pairwise(columns)
        for x1, y1 in one.values()
        for x2, y2 in next_one.values()
    ]
    for i, (n, spots) in enumerate(zip(widths, columns, strict=True)):
        is_end = i in (0, len(widths) - 1)
        marks += [_circle(spot, is_end) for spot in spots.values()]
        marks += _dots(spots, n)
        marks += _captions(
            left + i * GAP, height, n, "inputs" if not i else (activations[i - 1] if activations else "")
        )
    marks += _names(inputs, columns[0], "end")
    marks += _names(outputs, columns[-1], "start")
    width = left + (len(widths) - 1) * GAP + right
    picture = _svg.picture(width, height, describe_network(widths, inputs, outputs, activations), marks, "network")
    return picture.replace("<svg ", f'<svg style="width:{width:.0f}px" ', 1)


def describe_network(
    widths: Sequence[int],
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    activations: Sequence[str] = (),
) -> str:
    """Say a network in words: what goes in, the hidden layers, what comes out.

    Examples
    --------
    >>> describe_network((2, 64, 1), ["age", "income"], ["vote"], ["relu", "sigmoid"])
    'Network with 2 inputs (age and income), a hidden layer of 64 nodes (relu) and 1 output (vote, sigmoid).'
    """
    told = activations or [""] * (len(widths) - 1)
    parts = [_words.count(widths[0], "input") + _aside(_listed(inputs))]
    for n, name in zip(widths[1:-1], told[:-1], strict=True):
        parts.append(f"a hidden layer of {_words.count(n, 'node')}" + _aside(name))
    parts.append(_words.count(widths[-1], "output") + _aside(_listed(outputs), told[-1]))
    return f"Network with {_words.join(parts)}."


def _check(widths: Sequence[int], inputs: Sequence[str], outputs: Sequence[str], activations: Sequence[str]) -> None:
    if len(widths) < 2 or min(widths) < 1:
        raise SpecError(
            f"widths={tuple(widths)} are no network. It needs inputs and outputs, one at least of each: write (3, 1) "
            "for three inputs and one output."
        )
    found = {"inputs": inputs, "outputs": outputs, "activations": activations}
    needed = {"inputs": widths[0], "outputs": widths[-1], "activations": len(widths) - 1}
    for what, names in found.items():
        if names and len(names) != needed[what]:
            raise SpecError(
                f"There are {len(names)} {what} named for a network of widths {tuple(widths)}. It has {needed[what]}: "
                "name all of them, or none."
            )


def _margin(names: Sequence[str]) -> float:
    longest = max((min(len(name), NAME_LENGTH) for name in names), default=0)
    return EDGE + RADIUS + max(longest * LETTER, 30)


def _place(n: int, x: float, middle: float) -> dict[int, Spot]:
    """Where each node shown stands; in a wide layer the last place but one is left to the dots."""
    n_rows = min(n, MOST_SHOWN)
    shown = {row: row for row in range(n)} if n <= MOST_SHOWN else _ends(n)
    return {node: (x, middle + (row - (n_rows - 1) / 2) * STEP) for row, node in shown.items()}


def _ends(n: int) -> dict[int, int]:
    """Row -> node of a layer with more nodes than rows."""
    first = {row: row for row in range(MOST_SHOWN - 2)}
    return first | {MOST_SHOWN - 1: n - 1}


def _circle(spot: Spot, is_end: bool) -> str:
    x, y = spot
    fill, ink = (_svg.PAPER, _svg.MUTED) if is_end else (_svg.OBSERVED_FILL, _svg.OBSERVED_INK)
    extra = f' rx="{RADIUS}" stroke="{ink}" stroke-width="1.4"'
    return _svg.rect(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS, fill, extra)


def _dots(spots: dict[int, Spot], n: int) -> list[str]:
    """Three dots in the place that stands for the nodes left out."""
    if len(spots) == n:
        return []
    x, y = spots[n - 1]
    mark = "".join(_svg.rect(x - 1.5, y - STEP + shift - 1.5, 3, 3, _svg.INK, ' rx="1.5"') for shift in (-6, 0, 6))
    return [_svg.tooltip(mark, f"{_words.count(n - len(spots), 'more node')}")]


def _captions(x: float, height: float, n: int, word: str) -> list[str]:
    below = [_svg.text(x, height - 22, _words.count(n), "middle", _svg.INK)]
    return below + ([_svg.text(x, height - 8, word, "middle")] if word else [])


def _names(names: Sequence[str], spots: dict[int, Spot], anchor: str) -> list[str]:
    if not names:
        return []
    shift = RADIUS + 6
    marks = []
    for node, (x, y) in spots.items():
        label = _words.shorten(names[node], NAME_LENGTH)
        mark = _svg.text(x - shift if anchor == "end" else x + shift, y + 4, label, anchor, _svg.INK)
        marks.append(mark if label == names[node] else _svg.tooltip(mark, names[node]))
    return marks


def _listed(names: Sequence[str]) -> str:
    if len(names) <= MOST_SHOWN:
        return _words.join(names)
    return f"{', '.join(names[: MOST_SHOWN - 1])} and {_words.count(len(names) - MOST_SHOWN + 1)} more"


def _aside(*words: str) -> str:
    said = ", ".join(word for word in words if word)
    return f" ({said})" if said else ""
