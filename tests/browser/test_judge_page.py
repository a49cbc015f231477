"""The report of a judgement in a real browser without a window: whole, readable, quiet, light and dark."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from lacunet.report._colours import DARK, LIGHT
from lacunet.synthesis.judge import judge
from lacunet.synthesis.judge._page import MOST_PICTURED, render_page, write_page
from tests.browser.test_report_page import BROWSER, DARK_FLAG, FRAME, MAX_BYTES, PROBE, browse, ground

pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")

N = 120
LONG = "a_variable_with_a_very_long_name_indeed_which_nobody_would_type"


def survey(seed):
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, N)
    return pd.DataFrame(
        {
            "age": age,
            "income <gross>": np.where(rng.random(N) < 0.1, -8, np.round(900 + 20 * age + rng.normal(0, 300, N))),
            "region": rng.choice([f"region number {k} of the north and the south" for k in range(12)], N),
            LONG: rng.choice(["yes", "no", "perhaps & maybe"], N),
            "vote": np.where(rng.random(N) < age / 110, "right", "left"),
        }
    )


@pytest.fixture(scope="module")
def judgement():
    synthetic = pd.concat([survey(1).head(N // 2), survey(2).head(N // 2)])
    return judge(
        survey(1),
        [synthetic, survey(4)],
        target="vote",
        held_out=survey(3),
        formulas={"age ~ C(vote) + Q('income <gross>')": "ols"},
        missing_codes={"income <gross>": [-8]},
        seed=1,
    )


@pytest.fixture
def page(judgement, tmp_path):
    return write_page(judgement, tmp_path / "report.html", data_name="survey <2026>.csv")


def probe(page, tmp_path, width):
    """Add a script to the page, whose policy forbids scripts and so goes for this test, and read what it saw."""
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
    page.write_text(html.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME % width, encoding="utf-8")
    dom = browse(frame, tmp_path, "--dump-dom", "--virtual-time-budget=5000").stdout
    return json.loads(unescape(re.search(r'<pre id="probe">(.*?)</pre>', dom).group(1)))


@pytest.mark.parametrize("width", [360, 1000], ids=["phone", "desk"])
def test_nothing_is_fetched_lost_or_cut(judgement, page, tmp_path, width):
    seen = probe(page, tmp_path, width)
    assert abs(seen["inner"] - width) < 20
    assert seen["scroll"] <= seen["inner"]
    n_columns = min(len(judgement.columns), MOST_PICTURED)
    assert seen["pictures"] == n_columns + 3  # the map of pairs, the coefficients, disclosure
    assert [seen[name] for name in ("fetched", "wide", "lost", "cut")] == [[], [], [], []]
    assert (seen["mute"], seen["empty"]) == (0, 0)
    assert page.stat().st_size < MAX_BYTES


@pytest.mark.parametrize(("flags", "colours"), [((), LIGHT), ((DARK_FLAG,), DARK)], ids=["light", "dark"])
def test_the_ground_is_light_or_dark_as_the_reader_wants_it(page, tmp_path, flags, colours):
    picture = tmp_path / "page.png"
    browse(page, tmp_path, *flags, f"--screenshot={picture}")
    painted = imread(picture)[..., :3]
    np.testing.assert_allclose(painted[2, 2], ground(colours), atol=0.01)  # rounding to 256 steps
    is_ground = np.all(np.abs(painted - ground(colours)) < 0.01, axis=2)
    assert 0.5 < is_ground.mean() < 0.99  # most of a page is paper, and something is written on it


def test_the_browser_has_nothing_to_complain_of(page, tmp_path):
    done = browse(page, tmp_path, "--dump-dom")
    assert "What is given away" in done.stdout
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "Refused to" in line]
    assert complaints == []


def test_the_verdict_comes_first_and_every_measure_has_its_floor(judgement):
    html = render_page(judgement, "survey.csv")
    order = [html.index(words) for words in ("In short", judgement.verdict[:60], "Every measure beside its floor")]
    assert order == sorted(order)
    for one in judgement.measures:
        assert html.count(one.title) >= 1, one.name
    assert "<th scope" in html
    assert "Floor</th>" in html
    assert "Independent columns</th>" in html
    assert "<script" not in html


def test_words_from_outside_are_escaped(judgement):
    html = render_page(judgement, "survey <2026>.csv")
    assert "<2026>" not in html
    assert "<gross>" not in html
    assert "income &lt;gross&gt;" in html
