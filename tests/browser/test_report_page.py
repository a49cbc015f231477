"""The report in a real browser without a window: nothing complains, nothing is fetched, everything is seen."""

import json
import re
import shutil
import struct
import subprocess
from html import unescape

import numpy as np
import pytest

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Layout, Variable
from lacunet.report import (
    FitRecord,
    ImputationPage,
    VariableRow,
    compare_draws,
    find_patterns,
    write_imputation_page,
)

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
DESK = (1100, 3000)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")

PROBE = """<script>addEventListener('load', () => {
  const wide = [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, .hidden') &&
    e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + e.className);
  const empty = [...document.querySelectorAll('svg')].filter(e => e.getBoundingClientRect().height < 20).length;
  parent.postMessage(JSON.stringify({fetched: performance.getEntriesByType('resource').map(e => e.name), wide, empty,
    scroll: document.documentElement.scrollWidth, inner: innerWidth,
    pictures: document.querySelectorAll('svg').length}), '*');
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
            missing_by_reason={"refused": 10, "no value": int((state[:, j] == MISSING).sum()) - 10} if j < 5 else {},
        )
        for j, v in enumerate(variables)
    )
    history = tuple({"epoch": e, "train_loss": 1 + 1 / e, "held_out_loss": 1.1 + 1 / e} for e in range(1, 40))
    layout = Layout(variables=variables)
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
    assert (seen["pictures"], seen["empty"]) == (7, 0)


def test_the_browser_has_nothing_to_complain_of(page, tmp_path):
    target = write_imputation_page(page, tmp_path / "report.html")
    done = browse(target, tmp_path, "--dump-dom")
    assert "Observed against imputed" in done.stdout
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "Refused to" in line]
    assert complaints == []


def test_the_page_is_painted(page, tmp_path):
    target = write_imputation_page(page, tmp_path / "report.html")
    picture = tmp_path / "page.png"
    browse(target, tmp_path, f"--screenshot={picture}")
    data = picture.read_bytes()
    assert struct.unpack(">II", data[16:24]) == DESK
    assert len(data) > 50_000  # an empty page of this size takes some 10 kB


def test_it_prints(page, tmp_path):
    target = write_imputation_page(page, tmp_path / "report.html")
    paper = tmp_path / "page.pdf"
    browse(target, tmp_path, f"--print-to-pdf={paper}")
    n_sheets = len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes()))
    assert 2 <= n_sheets <= 8
