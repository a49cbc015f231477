"""The report in a real browser without a window: nothing complains, nothing is fetched, everything is seen or said."""

import json
import re
import shutil
import subprocess
from html import unescape

import numpy as np
import pytest
from matplotlib.image import imread

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Layout, Variable
from lacunet.diagnosis import diagnose_arrays
from lacunet.imputation.page._topics import gather_topics
from lacunet.report import (
    CodeRow,
    FitRecord,
    ImputationPage,
    PageCommands,
    PageFinding,
    PageModels,
    VariableRow,
    compare_draws,
    find_patterns,
    write_imputation_page,
)
from lacunet.report._colours import DARK, LIGHT
from lacunet.report.regression import ModelColumn, RegressionTable

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--log-level=0",
]
DARK_FLAG = "--blink-settings=preferredColorScheme=0"
DESK = (1100, 3000)
MAX_BYTES = 1_000_000
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")

PROBE = """<script>addEventListener('load', () => {
  document.querySelectorAll('details').forEach(e => { e.open = true; });
  const wide = [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .hidden') &&
    e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className);
  const mute = [...document.querySelectorAll('svg')].filter(e => e.getAttribute('role') !== 'img' ||
    (e.getAttribute('aria-label') || '').length < 10).length;
  const lost = [...document.querySelectorAll('a')].map(e => e.getAttribute('href')).filter(e => !e.startsWith('#') ||
    !document.getElementById(e.slice(1)));
  const cut = [...document.querySelectorAll('svg')].filter(e => [...e.querySelectorAll('text')].some(t => {
    const a = t.getBoundingClientRect(), b = e.getBoundingClientRect();
    return a.left < b.left - 2 || a.right > b.right + 2 || a.top < b.top - 2 || a.bottom > b.bottom + 2;
  })).map(e => e.getAttribute('aria-label').slice(0, 60));
  const empty = [...document.querySelectorAll('svg')].filter(e => e.getBoundingClientRect().height < 20).length;
  parent.postMessage(JSON.stringify({fetched: performance.getEntriesByType('resource').map(e => e.name), wide, empty,
    mute, lost, cut, dark: matchMedia('(prefers-color-scheme: dark)').matches, inner: innerWidth,
    scroll: document.documentElement.scrollWidth, pictures: document.querySelectorAll('svg').length}), '*');
})</script>"""
FRAME = """<!DOCTYPE html><pre id="probe"></pre><script>addEventListener('message', e => {
  document.getElementById('probe').textContent = e.data; })</script><iframe src="report.html" width="%d" height="3000">
</iframe>"""
"""A window cannot be narrower than 500 pixels, a frame in it can."""


@pytest.fixture(scope="module")
def page():
    """A survey of 800 rows with a spike, a date, long labels, many levels and cells that do not apply."""
    rng = np.random.default_rng(5)
    n, m = 800, 5
    names = ["income", "interview_date", "education", "a_variable_with_a_very_long_name_indeed", "region", "age"]
    kinds = ["semicontinuous", "date", "ordinal", "continuous", "nominal", "count"]
    n_levels = [0, 0, 4, 0, 30, 0]
    values = np.column_stack(
        [
            np.where(rng.random(n) < 0.3, 0.0, rng.lognormal(10, 1, n)),
            18_000.0 + rng.integers(0, 900, n),
            rng.integers(0, 4, n),
            rng.normal(size=n),
            rng.integers(0, 30, n),
            rng.integers(18, 90, n),
        ]
    ).astype(float)
    variables = tuple(
        Variable(name=name, kind=kind, n_levels=levels, is_integer=kind == "count")
        for name, kind, levels in zip(names, kinds, n_levels, strict=True)
    )
    state = rng.choice([OBSERVED, MISSING, INAPPLICABLE], p=[0.75, 0.2, 0.05], size=(n, 6)).astype(np.int8)
    state[:, 5] = OBSERVED
    draws = np.tile(values[np.nonzero(state == MISSING)], (m, 1))
    values[state != OBSERVED] = np.nan
    rows = tuple(
        VariableRow(
            name=v.name,
            label="Total personal income, last 12 months, before tax" if v.name == "income" else "",
            kind=v.kind,
            reason="whole numbers, 34 different values",
            n_missing=int((state[:, j] == MISSING).sum()),
            n_inapplicable=int((state[:, j] == INAPPLICABLE).sum()),
            codes=(CodeRow(code="-8", label="refused", decision="missing, imputed: refused"),) * (j < 5),
            missing_by_reason={"refused": 10, "no value": int((state[:, j] == MISSING).sum()) - 10} if j < 5 else {},
        )
        for j, v in enumerate(variables)
    )
    history = tuple({"epoch": e, "train_loss": 1 + 1 / e, "held_out_loss": 1.1 + 1 / e} for e in range(1, 40))
    layout = Layout(variables=variables)
    diagnostics = diagnose_arrays(layout, values, state, draws, rng=np.random.default_rng(0), history=history)
    numbers = ("estimates", "std_errors", "statistics", "p_values", "conf_low", "conf_high", "fmi", "df")
    model = ModelColumn(terms=("education", "age"), **dict.fromkeys(numbers, np.array([0.1, 12_345.6])), m=m)
    return ImputationPage(
        data_name="survey.dta",
        n_rows=n,
        m=m,
        seed=1,
        variables=rows,
        patterns=find_patterns(layout.names, state),
        comparisons=compare_draws(layout, values, state, draws),
        record=FitRecord(settings={"hidden": (256, 256)}, versions={"lacunet": "0.1.0"}, history=history),
        notes=("Cells that do not apply are kept.",),
        findings=tuple(
            PageFinding(topic=f.topic, severity=f.severity, sentence=f.sentence) for f in diagnostics.findings
        ),
        topics=gather_topics(diagnostics),
        models=PageModels(table=RegressionTable(columns=(model,) * 6), sentences=("(1): income ~ age",)),
        commands=PageCommands(python="import lacunet as ln\n\nimp = ln.impute(" + "'x', " * 60 + ")", shell="lacunet"),
    )


def browse(target, tmp_path, *more):
    home = tmp_path / "home"
    command = [BROWSER, *FLAGS, f"--user-data-dir={home}", f"--window-size={DESK[0]},{DESK[1]}", *more, target.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    shutil.rmtree(home, ignore_errors=True)
    return done


def probe(page, tmp_path, width):
    """Add a script to the page (its policy forbids scripts, so the policy goes for this test) and read what it saw."""
    target = write_imputation_page(page, tmp_path / "report.html")
    html = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", target.read_text(encoding="utf-8"))
    target.write_text(html.replace("</body>", PROBE + "</body>"), encoding="utf-8")
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME % width, encoding="utf-8")
    dom = browse(frame, tmp_path, "--dump-dom", "--virtual-time-budget=5000").stdout
    return json.loads(unescape(re.search(r'<pre id="probe">(.*?)</pre>', dom).group(1)))


@pytest.mark.parametrize("width", [360, 1000], ids=["phone", "desk"])
def test_nothing_is_fetched_and_nothing_overflows(page, tmp_path, width):
    seen = probe(page, tmp_path, width)
    assert abs(seen["inner"] - width) < 20
    assert seen["fetched"] == []
    assert seen["wide"] == []
    assert seen["scroll"] <= seen["inner"]
    n_drawn = sum(1 + len(topic.details) for topic in page.topics)
    assert n_drawn > 8
    assert (seen["pictures"], seen["empty"]) == (7 + n_drawn, 0)


def test_every_picture_has_words_and_every_link_leads_somewhere(page, tmp_path):
    seen = probe(page, tmp_path, 1000)
    assert seen["mute"] == 0
    assert seen["lost"] == []
    assert seen["cut"] == []
    assert not seen["dark"]
    assert (tmp_path / "report.html").stat().st_size < MAX_BYTES


def ground(colours):
    """The paper's colour as a picture has it, each part from 0 to 1."""
    return np.array([int(colours["paper"][k : k + 2], 16) for k in (1, 3, 5)]) / 255


@pytest.mark.parametrize(("flags", "colours"), [((), LIGHT), ((DARK_FLAG,), DARK)], ids=["light", "dark"])
def test_the_ground_is_light_or_dark_as_the_reader_wants_it(page, tmp_path, flags, colours):
    target = write_imputation_page(page, tmp_path / "report.html")
    picture = tmp_path / "page.png"
    browse(target, tmp_path, *flags, f"--screenshot={picture}")
    painted = imread(picture)[..., :3]
    np.testing.assert_allclose(painted[2, 2], ground(colours), atol=0.01)  # rounding to 256 steps
    is_ground = np.all(np.abs(painted - ground(colours)) < 0.01, axis=2)
    assert 0.5 < is_ground.mean() < 0.99  # most of a page is paper, and something is written on it


def test_the_browser_has_nothing_to_complain_of(page, tmp_path):
    target = write_imputation_page(page, tmp_path / "report.html")
    done = browse(target, tmp_path, "--dump-dom")
    assert "Observed against imputed" in done.stdout
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "Refused to" in line]
    assert complaints == []


def test_it_prints_all_that_a_screen_folds_away(page, tmp_path):
    target = write_imputation_page(page, tmp_path / "report.html")
    paper = tmp_path / "page.pdf"
    browse(target, tmp_path, f"--print-to-pdf={paper}")
    n_sheets = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 6 <= n_sheets <= 30
