"""The picture of a network: what is drawn, what is left out, what is said."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet.errors import SpecError
from lacunet.report._network_figure import MOST_SHOWN, RADIUS, describe_network, network_figure

SVG = "{http://www.w3.org/2000/svg}"


def circles(root):
    return [rect for rect in root.iter(f"{SVG}rect") if rect.get("rx") == str(RADIUS)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=2, max_size=5))
def test_a_circle_a_node_and_a_line_a_weight_inside_the_picture(widths):
    root = ET.fromstring(network_figure(widths))
    shown = [n if n <= MOST_SHOWN else MOST_SHOWN - 1 for n in widths]
    assert len(circles(root)) == sum(shown)
    assert len(root.findall(f"{SVG}line")) == sum(a * b for a, b in pairwise(shown))
    assert sum("more node" in title.text for title in root.iter(f"{SVG}title")) == sum(n > MOST_SHOWN for n in widths)
    _, _, width, height = map(float, root.get("viewBox").split())
    spots = [(float(c.get("x")), float(c.get("y"))) for c in circles(root)]
    assert len(set(spots)) == len(spots)
    assert all(0 <= x <= width - 2 * RADIUS and 0 <= y <= height - 2 * RADIUS for x, y in spots)
    assert str(widths[1]) in root.get("aria-label")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=40), min_size=1, max_size=20))
def test_names_are_escaped_and_told(names):
    picture = network_figure((len(names), 2), names, ["<yes>", "no & never"])
    root = ET.fromstring(picture)
    written = {text.text for text in root.iter(f"{SVG}text")}
    assert {"<yes>", "no & never"} <= written
    assert names[0] in root.get("aria-label")
    told = written | {title.text for title in root.iter(f"{SVG}title")}
    shown = names if len(names) <= MOST_SHOWN else [*names[: MOST_SHOWN - 2], names[-1]]
    assert {name for name in shown if name} <= told


def test_the_network_in_words():
    said = describe_network((20, 64, 64, 3), [f"x{i}" for i in range(20)], "abc", ["relu", "relu", "softmax"])
    assert said == (
        "Network with 20 inputs (x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10 and 9 more), a hidden layer of 64 nodes "
        "(relu), a hidden layer of 64 nodes (relu) and 3 outputs (a, b and c, softmax)."
    )
    assert describe_network((1, 1)) == "Network with 1 input and 1 output."


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: network_figure((3,)), "one at least"),
        (lambda: network_figure((3, 0)), "no network"),
        (lambda: network_figure((3, 1), ["a"]), "1 inputs named"),
        (lambda: network_figure((3, 1), activations=["relu", "relu"]), "It has 1"),
    ],
)
def test_wrong_calls_say_what_is_needed(call, words):
    with pytest.raises(SpecError, match=words):
        call()
