"""What every diagnosis keeps: plots that can be read, pictures that need nothing, errors that help."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from lacunet._layout import INAPPLICABLE, MISSING, Layout, Variable
from lacunet.diagnosis import HiddenCells, diagnose_arrays
from lacunet.errors import ColumnError, DataError, SpecError

N, M = 240, 4
KINDS = ("continuous", "count", "binary", "nominal", "ordinal", "semicontinuous", "date")
LEVELS = {"binary": 2, "nominal": 14, "ordinal": 4}
MAX_BYTES = 40_000
"""A page holds dozens of pictures."""


def make_data(n=N, m=M, kinds=KINDS):
    """A table of every kind, with holes in all but the first variable, and draws from what is known."""
    chance = np.random.default_rng(1)
    base = chance.normal(size=n)
    makers = {
        "continuous": lambda z: z,
        "count": lambda z: np.floor(np.exp(z)),
        "semicontinuous": lambda z: np.maximum(z, 0) * 1000,
        "date": lambda z: np.round(15000 + 1000 * z),
    }
    columns = []
    for kind in kinds:
        z = base + chance.normal(size=n)
        levels = LEVELS.get(kind, 0)
        columns.append(np.clip(np.floor(levels / 2 + z), 0, levels - 1) if levels else makers[kind](z))
    values, state = np.column_stack(columns), np.zeros((n, len(kinds)), dtype=np.int8)
    state[:, 1:][chance.random((n, len(kinds) - 1)) < 0.25] = MISSING
    state[chance.random(n) < 0.1, -1] = INAPPLICABLE
    truth = values.copy()
    values[state != 0] = np.nan
    cols = np.nonzero(state == MISSING)[1]
    draws = np.stack([[chance.choice(truth[state[:, j] == 0, j]) for j in cols] for _ in range(m)])
    layout = Layout(
        variables=tuple(
            Variable(
                name=f"{kind} <&> $^$", kind=kind, n_levels=LEVELS.get(kind, 0), is_integer=kind in ("count", "date")
            )
            for kind in kinds
        )
    )
    return layout, values, state, draws


@pytest.fixture(scope="module")
def diagnostics():
    layout, values, state, draws = make_data()
    chance = np.random.default_rng(2)
    rows, cols = np.nonzero(state == 0)
    pick = chance.choice(len(rows), 300, replace=False)
    rows, cols = rows[pick], cols[pick]
    again = np.stack([[chance.choice(values[state[:, j] == 0, j]) for j in cols] for _ in range(M)])
    hidden = HiddenCells(rows=rows, cols=cols, truth=values[rows, cols], draws=again)
    history = [
        {"member": k, "epoch": e, "train_loss": 1 / (e + 1), "held_out_loss": 1.1 / (e + 1)}
        for k in (0, 1)
        for e in range(9)
    ]
    return diagnose_arrays(
        layout,
        values,
        state,
        draws,
        rng=np.random.default_rng(3),
        labels={"count <&> $^$": "children in the household, asked of everybody"},
        levels={"binary <&> $^$": ("no", "yes <&> $^$ 是")},
        history=history,
        hidden=hidden,
    )


def asked(diagnostics):
    return [(topic, variable) for topic in diagnostics.topics for variable in (None, *diagnostics.variables(topic))]


def test_every_topic_is_there(diagnostics):
    assert diagnostics.topics == (
        "patterns", "flux", "predictors", "distributions", "strata",
        "overimputation", "calibration", "stability", "loss",
    )  # fmt: skip
    assert {one.topic for one in diagnostics.findings} == set(diagnostics.topics) - {"distributions"}


def test_every_plot_is_a_figure_with_named_axes(diagnostics):
    for topic, variable in asked(diagnostics):
        figure = diagnostics.plot(topic, variable)
        assert isinstance(figure, Figure)
        for axes in figure.axes:
            assert axes.get_xlabel(), (topic, variable)
        assert figure.axes[0].get_ylabel(), (topic, variable)


def test_every_svg_stands_alone(diagnostics):
    ids = []
    for topic, variable in asked(diagnostics):
        text = diagnostics.svg(topic, variable)
        root = ElementTree.fromstring(text)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.get("role") == "img"
        assert root.get("aria-label") == root[0].text == diagnostics.describe(topic, variable)
        assert "max-width:100%" in root.get("style")
        assert root.get("viewBox") and not root.get("width")
        assert not re.search(r"<style|<script|<metadata|<image|@import|https?://(?!www\.w3\.org/)", text)
        assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', text))
        own = re.findall(r' id="([^"]+)"', text)
        used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
        assert {a or b for a, b in used} <= set(own)
        ids += own
        assert len(text.encode()) < MAX_BYTES, (topic, variable)
    assert len(ids) == len(set(ids))


def test_colours_follow_the_page(diagnostics):
    text = diagnostics.svg("distributions", "count <&> $^$")
    assert "var(--observed-fill, #b7c9dc)" in text
    assert "var(--imputed-ink, #b63e0b)" in text
    bare = set(re.findall(r"(?<!, )#[0-9a-f]{6}\b(?!-)", re.sub(r'(href|url\()="?#[^")]*', "", text)))
    assert not {one for one in bare if one in {"#1f2933", "#52606d", "#ffffff", "#d5dae1"}}


def test_ticks_are_not_cut(diagnostics):
    figure = diagnostics.plot("stability", "binary <&> $^$")
    figure.canvas.draw()
    shown = [one.get_text() for one in figure.axes[0].get_yticklabels()]
    text = diagnostics.svg("stability", "binary <&> $^$")
    assert sum(f">{one}<" in text for one in shown) >= len(shown) - 2  # those beyond the axis are not drawn


def test_the_same_twice(diagnostics):
    assert diagnostics.svg("strata", "nominal <&> $^$") == diagnostics.svg("strata", "nominal <&> $^$")
    layout, values, state, draws = make_data()
    twice = [diagnose_arrays(layout, values, state, draws, rng=np.random.default_rng(9)) for _ in range(2)]
    assert repr(twice[0]) == repr(twice[1])
    for topic in twice[0].topics:
        assert twice[0].table(topic).equals(twice[1].table(topic))


def test_tables_are_copies(diagnostics):
    table = diagnostics.table("flux")
    table["influx"] = 7.0
    assert (diagnostics.table("flux")["influx"] < 1).all()
    for topic, variable in asked(diagnostics):
        assert len(diagnostics.table(topic, variable))


def test_findings_come_first(diagnostics):
    lines = repr(diagnostics).splitlines()
    order = [re.match(r"\[(\w+)\]", line)[1] for line in lines if line.startswith("[")]
    assert order == sorted(order, key=["act", "look", "ok"].index)
    assert len(order) == len(diagnostics.findings)
    assert all(one.sentence.endswith(".") for one in diagnostics.findings)


def test_unknown_words_are_answered_with_the_nearest(diagnostics):
    with pytest.raises(SpecError, match=r"no topic 'pattern' here. Did you mean 'patterns'"):
        diagnostics.plot("pattern")
    with pytest.raises(ColumnError, match=r"'cuont .*'. Did you mean 'count "):
        diagnostics.table("strata", "cuont <&> $^$")
    with pytest.raises(SpecError, match="all variables together"):
        diagnostics.svg("loss", "count <&> $^$")
    with pytest.raises(ColumnError, match="nothing on a variable 'continuous "):
        diagnostics.plot("distributions", "continuous <&> $^$")


def test_shapes_that_do_not_agree_are_refused():
    layout, values, state, draws = make_data()
    for wrong in ((layout, values[:, :-1], state, draws), (layout, values, state, draws[:, :-1])):
        with pytest.raises(DataError, match="shape"):
            diagnose_arrays(*wrong, rng=np.random.default_rng())
    draws[0, 0] = np.inf
    with pytest.raises(DataError, match="not finite"):
        diagnose_arrays(layout, values, state, draws, rng=np.random.default_rng())


@pytest.mark.parametrize(
    ("case", "topics"),
    [
        ("nothing missing", {"patterns", "flux"}),
        ("one row", {"patterns", "flux"}),
        ("one draw", {"patterns", "flux", "predictors", "distributions", "strata"}),
        ("one variable", {"patterns", "flux", "distributions", "stability"}),
        ("never known", {"patterns", "flux", "predictors", "distributions", "strata", "stability"}),
        ("few cells", {"patterns", "flux", "distributions", "stability"}),
        ("constant", {"patterns", "flux", "predictors", "distributions", "strata", "stability"}),
    ],
)
def test_edges_are_survived(case, topics):
    layout, values, state, draws = edge(case)
    found = diagnose_arrays(layout, values, state, draws, rng=np.random.default_rng(4))
    assert set(found.topics) == topics
    assert found.findings
    assert found.findings[0].sentence in repr(found)
    for topic in found.topics:
        for variable in (None, *found.variables(topic)[:1]):
            assert found.svg(topic, variable).endswith("</svg>")


def edge(case):
    if case == "one row":
        return *make_data(n=30)[:1], np.ones((1, 7)), np.zeros((1, 7), dtype=np.int8), np.zeros((2, 0))
    if case == "few cells":
        return make_data(n=30)
    if case == "one draw":
        return make_data(m=1)
    if case == "one variable":
        layout, values, state, draws = make_data(kinds=("count", "continuous"))
        return Layout(variables=layout.variables[1:]), values[:, 1:], state[:, 1:], draws
    layout, values, state, draws = make_data()
    if case == "nothing missing":
        return layout, np.nan_to_num(values), np.zeros_like(state), np.zeros((M, 0))
    if case == "never known":
        state, values = state.copy(), values.copy()
        state[:, 1], values[:, 1] = MISSING, np.nan
    if case == "constant":
        values[state[:, 1] == 0, 1] = 3.0
    cols = np.nonzero(state == MISSING)[1]
    chance = np.random.default_rng(5)
    draws = np.where(cols == 1, 3.0, chance.integers(0, 2, (M, len(cols))))
    return layout, values, state, draws.astype(float)


def test_plots_are_saved(diagnostics, tmp_path):
    layout, values, state, draws = make_data(n=30, kinds=("count", "binary"))
    found = diagnose_arrays(layout, values, state, draws, rng=np.random.default_rng(4))
    paths = found.save_plots(tmp_path / "plots")
    assert len(paths) == len(set(paths)) == len(asked(found))
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
