"""The page about a set of imputations: what it counts is right, what it quotes is escaped, what it writes is whole."""

import os
import time
import xml.dom.minidom
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Layout, Variable
from lacunet.errors import DataError, SpecError
from lacunet.report import (
    FitRecord,
    ImputationPage,
    NumberComparison,
    VariableRow,
    compare_draws,
    find_patterns,
    render_imputation_page,
    write_imputation_page,
)
from lacunet.report._category_figure import gather_levels
from lacunet.report._number_figure import make_histogram
from lacunet.report._svg import round_ticks

VOID = {"meta", "link", "br", "img", "hr", "input"}
MAX_BYTES, MAX_SECONDS = 1_000_000, 15.0


class Balance(HTMLParser):
    """Check that every tag is closed in order, and gather what is loaded from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.tags, self.words = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for key, value in attrs if key in {"src", "href"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def make_page(n=200, p=4, m=3, seed=0, names=None, levels=None, **changes):
    rng = np.random.default_rng(seed)
    names = names or [f"v{j}" for j in range(p)]
    variables = tuple(
        Variable(name=names[j], kind="nominal", n_levels=3) if j % 2 else Variable(name=names[j], kind="continuous")
        for j in range(p)
    )
    values = np.column_stack(
        [rng.integers(0, 3, n).astype(float) if v.is_category else rng.normal(size=n) for v in variables]
    )
    state = rng.choice([OBSERVED, MISSING, INAPPLICABLE], p=[0.7, 0.2, 0.1], size=(n, p)).astype(np.int8)
    truth = values.copy()
    values[state != OBSERVED] = np.nan
    cells = np.nonzero(state == MISSING)
    layout = Layout(variables=variables)
    rows = tuple(
        VariableRow(
            name=v.name,
            kind=v.kind,
            n_missing=int((state[:, j] == MISSING).sum()),
            n_inapplicable=int((state[:, j] == INAPPLICABLE).sum()),
            missing_by_reason={"no answer recorded": int((state[:, j] == MISSING).sum())},
        )
        for j, v in enumerate(variables)
    )
    content = {
        "data_name": "survey.csv",
        "n_rows": n,
        "m": m,
        "seed": seed,
        "variables": rows,
        "patterns": find_patterns(layout.names, state),
        "comparisons": compare_draws(layout, values, state, np.tile(truth[cells], (m, 1)), levels=levels),
        "record": FitRecord(settings={"hidden": (8, 8), "rate": None}, versions={"lacunet": "0.0"}),
    }
    return ImputationPage(**{**content, **changes})


def test_patterns_are_counted_as_by_hand():
    state = np.array([[0, 0, 1], [0, 0, 1], [1, 0, 1], [0, 2, 0], [0, 0, 0]], dtype=np.int8)
    patterns = find_patterns(["a", "b", "c"], state)
    assert patterns.names == ("c", "a")  # most missing first; b only does not apply
    found = {tuple(s): n for s, n in zip(patterns.states.tolist(), patterns.counts.tolist(), strict=True)}
    assert found == {(1, 0): 2, (0, 0): 2, (1, 1): 1}
    assert (patterns.n_patterns, patterns.n_variables, patterns.n_complete) == (3, 2, 2)


def test_no_patterns_where_nothing_is_missing():
    assert find_patterns(["a"], np.array([[0], [2]], dtype=np.int8)) is None


@given(st.integers(0, 1000), st.integers(1, 60), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_patterns_never_lose_a_row(seed, n, p):
    state = np.random.default_rng(seed).integers(0, 3, (n, p)).astype(np.int8)
    patterns = find_patterns([str(j) for j in range(p)], state, max_patterns=10_000)
    assert patterns is None or patterns.counts.sum() == n


def test_comparison_holds_each_variables_own_cells():
    layout = Layout(variables=(Variable(name="x", kind="count"), Variable(name="c", kind="nominal", n_levels=3)))
    values = np.array([[1.0, 0.0], [np.nan, 2.0], [3.0, np.nan], [np.nan, np.nan]])
    state = np.where(np.isnan(values), MISSING, OBSERVED).astype(np.int8)
    draws = np.array([[20.0, 1.0, 40.0, 2.0], [21.0, 1.0, 41.0, 1.0]])  # cells (1,x) (2,c) (3,x) (3,c)
    by_name = {c.name: c for c in compare_draws(layout, values, state, draws, levels={"c": ["a", "b", "z"]})}
    np.testing.assert_array_equal(by_name["x"].imputed, [[20, 40], [21, 41]])
    np.testing.assert_array_equal(by_name["x"].observed, [1, 3])
    np.testing.assert_allclose(by_name["c"].observed, [0.5, 0, 0.5])
    np.testing.assert_allclose(by_name["c"].imputed, [[0, 0.5, 0.5], [0, 1, 0]])
    assert by_name["c"].levels == ("a", "b", "z")


def test_a_spike_is_set_apart_with_its_share():
    rng = np.random.default_rng(0)
    observed = np.concatenate([np.zeros(300), rng.gamma(2.0, 1000.0, 700)])
    imputed = np.stack([np.concatenate([np.zeros(10), rng.gamma(2.0, 1000.0, 30)])])
    histogram = make_histogram(NumberComparison(name="income", observed=observed, imputed=imputed))
    assert histogram.spikes.tolist() == [0.0]
    assert histogram.observed_spikes[0] == pytest.approx(0.3)
    assert histogram.imputed_spikes[0, 0] == pytest.approx(0.25)
    assert histogram.observed.sum() + 0.3 + histogram.beyond == pytest.approx(1.0)


def test_bins_of_whole_numbers_hold_as_many_each():
    ages = np.arange(18.0, 95.0).repeat(3)
    histogram = make_histogram(NumberComparison(name="age", observed=ages, imputed=ages[None], is_integer=True))
    full = histogram.observed[:-1]
    np.testing.assert_allclose(full, full[0])
    assert histogram.beyond == 0


def test_rounded_answers_are_no_spikes_and_years_have_no_thousands():
    rng = np.random.default_rng(0)
    heights = np.round(rng.normal(168, 9, 2000) / 5) * 5 + rng.choice([0, 0, 0, 1, -2], 2000)
    assert make_histogram(NumberComparison(name="cm", observed=heights, imputed=heights[None])).spikes.size == 0
    years = rng.integers(1940, 2012, 300).astype(float)
    comparison = NumberComparison(name="born", observed=years, imputed=years[None, :50], is_integer=True)
    html = render_imputation_page(replace(make_page(n=5), comparisons=(comparison,)))
    assert ">1960<" in html
    assert ">1,960<" not in html


@given(
    st.lists(st.floats(-1e100, 1e100), max_size=40),
    st.lists(st.floats(-1e100, 1e100) | st.sampled_from([np.nan, np.inf, -np.inf]), max_size=10),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_any_numbers_can_be_drawn(observed, imputed, is_date, is_integer):
    comparison = NumberComparison(
        name="x",
        observed=np.array(observed, dtype=float),
        imputed=np.array([imputed], dtype=float),
        is_date=is_date,
        is_integer=is_integer,
    )
    html = render_imputation_page(replace(make_page(n=5), comparisons=(comparison,)))
    assert "nan" not in html.split('id="compare"')[1].split("<figcaption")[0]
    Balance(html)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e12), st.integers(2, 8))
def test_ticks_lie_inside_and_are_few(low, span, n):
    ticks = round_ticks(low, low + span, n)
    assert len(ticks) <= 2 * n + 2
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)


def test_many_levels_are_gathered_without_loss():
    layout = Layout(variables=(Variable(name="c", kind="nominal", n_levels=100),))
    values = np.random.default_rng(0).integers(0, 100, (500, 1)).astype(float)
    state = np.zeros((500, 1), dtype=np.int8)
    state[:50] = MISSING
    values[:50] = np.nan
    (comparison,) = compare_draws(layout, values, state, np.full((2, 50), 7.0))
    names, observed, imputed = gather_levels(comparison)
    assert names[-1] == "all other levels"
    assert observed.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(imputed.sum(axis=1), 1.0)


NASTY = "</td><script>alert('x')</script> \" ' & <img src=x onerror=alert(1)>"


def test_every_text_of_the_user_is_escaped():
    page = make_page(names=[NASTY + str(j) for j in range(4)], levels={NASTY + "1": [NASTY, "b", "c"]})
    page = replace(
        page,
        data_name=NASTY,
        title=NASTY,
        notes=(NASTY,),
        variables=tuple(
            replace(r, label=NASTY, reason=NASTY, kind=NASTY, missing_by_reason={NASTY: r.n_missing})
            for r in page.variables
        ),
        comparisons=tuple(replace(c, label=NASTY) for c in page.comparisons),
        record=FitRecord(
            method=NASTY,
            settings={NASTY: NASTY},
            versions={"lacunet": NASTY},
            citations=(NASTY,),
            history=({"epoch": 1, "train_loss": 1.0, "member": NASTY},),
        ),
    )
    html = render_imputation_page(page)
    parsed = Balance(html)
    assert "script" not in parsed.tags
    assert "img" not in parsed.tags
    assert any(NASTY in words for words in parsed.words)


def test_nothing_is_loaded_from_elsewhere():
    html = render_imputation_page(make_page())
    parsed = Balance(html)
    assert all(link.startswith(("#", "data:")) for link in parsed.links)
    assert not {"script", "iframe", "object", "img"} & set(parsed.tags)
    assert "url(" not in html
    assert "@import" not in html


def test_every_picture_is_sound_xml_with_a_description():
    html = render_imputation_page(make_page(record=FitRecord(history=({"epoch": 1, "held_out_loss": 2.0},) * 3)))
    pictures = html.split("<svg ")[1:]
    assert len(pictures) >= 5
    for picture in pictures:
        svg = xml.dom.minidom.parseString("<svg " + picture.split("</svg>")[0] + "</svg>").documentElement
        assert svg.getAttribute("role") == "img"
        assert len(svg.getAttribute("aria-label")) > 10


def test_the_page_says_the_numbers_that_are_true():
    page = make_page(n=1000, seed=3)
    html = render_imputation_page(page)
    total = sum(row.n_missing for row in page.variables)
    assert f"{total:,} cells" in html
    assert "seed 3" in html
    assert "Lall &amp; Robinson" in html
    assert "Rubin" in html


def test_a_page_without_holes_rows_or_draws():
    empty = make_page(variables=(), patterns=None, comparisons=(), n_rows=0, record=FitRecord())
    Balance(render_imputation_page(empty))
    whole = make_page(
        variables=(VariableRow(name="x", kind="count"),), patterns=None, comparisons=(), record=FitRecord()
    )
    assert "No cell was missing" in render_imputation_page(whole)


def test_350_variables_stay_small_and_quick():
    page = make_page(n=20_000, p=350, m=10)
    start = time.perf_counter()
    html = render_imputation_page(page)
    assert time.perf_counter() - start < MAX_SECONDS
    assert len(html.encode()) < MAX_BYTES
    assert "350 variables were imputed. Pictures are drawn for the 40" in html


def test_writing_refuses_then_replaces(tmp_path):
    target = tmp_path / "report.html"
    page = make_page()
    assert write_imputation_page(page, target) == target
    first = target.read_text(encoding="utf-8")
    with pytest.raises(SpecError, match="exists"):
        write_imputation_page(replace(page, title="Other"), target)
    assert target.read_text(encoding="utf-8") == first
    write_imputation_page(replace(page, title="Other"), target, force=True)
    assert "<h1>Other</h1>" in target.read_text(encoding="utf-8")
    assert os.listdir(tmp_path) == ["report.html"]


def test_writing_to_a_folder_or_nowhere_is_refused(tmp_path):
    with pytest.raises(SpecError, match="folder"):
        write_imputation_page(make_page(), tmp_path)
    with pytest.raises(SpecError, match="no folder"):
        write_imputation_page(make_page(), tmp_path / "no" / "report.html")


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(DataError, match="No space"):
        write_imputation_page(make_page(), tmp_path / "report.html")
    assert os.listdir(tmp_path) == []
