"""`imp.report`: what it gathers is what the library says, and its commands make the same imputations again."""

import html
import re
import shlex

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import lacunet as ln
from lacunet.cli import main
from lacunet.errors import DataWarning, SpecError
from lacunet.imputation.page._commands import write_commands
from tests.contract._hotdeck import HotDeck

N, M = 90, 3  # below 100 rows the linear model takes no training
MAX_BYTES = 1_000_000


def survey():
    rng = np.random.default_rng(4)
    age = rng.integers(18, 80, N)
    income = np.round(age * 40 + rng.normal(0, 400, N))
    frame = pd.DataFrame(
        {
            "id": np.arange(N),
            "age": age,
            "income": income,
            "rate": rng.integers(0, 40, N),
            "party": rng.choice(["left", "right", "refused"], N),
            "kids": rng.choice(["0", "1", "2", "N"], N),
            "note": rng.integers(1, 9, N),
        }
    )
    frame.loc[rng.random(N) < 0.15, "income"] = -8
    frame.loc[rng.random(N) < 0.10, "rate"] = np.nan
    return frame


OPTIONS = {
    "plain": {},
    "told": {
        "kinds": {"rate": "continuous", "note": "ordinal"},
        "missing_codes": {"income": [-8]},
        "not_applicable": {"kids": ["N"]},
        "leave_out": ["id"],
    },
    "everywhere": {"missing_codes": ["-8", "N"]},
    "reasons": {"missing_codes": {"income": {-8: "would not say"}, "kids": {"N": "not put"}}},
    "cleared": {"missing_codes": {"party": [], "income": [-8]}, "not_applicable": ["N"]},
    "asked": {"not_applicable": ["N"], "impute_not_applicable": True},
}
IN_SHELL = {"plain", "told", "everywhere", "reasons", "asked"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    survey().to_csv("survey.csv", index=False)
    return tmp_path


def commands_of(imp, data_name="data"):
    """What the page says to type: in Python, and in a terminal where it can be."""
    said = write_commands(
        imp.table, imp.fitted, m=len(imp), seed=imp.seed, data_name=data_name, adjustments=(), models=()
    )
    return said.python, said.shell


def shown_commands(page):
    """The same, read from the page."""
    found = dict(re.findall(r'aria-label="(Python|Command line)"><pre><code>(.*?)</code>', page, re.DOTALL))
    return html.unescape(found["Python"]), html.unescape(found.get("Command line", ""))


def run(python):
    scope = {}
    exec(python, scope)
    return scope


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")  # a lone -8 among incomes, N among numbers
@pytest.mark.parametrize("name", OPTIONS)
def test_the_python_commands_make_the_same_draws(folder, name):
    imp = ln.impute("survey.csv", m=M, seed=7, **OPTIONS[name])
    python, shell = commands_of(imp, "survey.csv")
    again = run(python)["imp"]
    np.testing.assert_array_equal(again.draws, imp.draws)
    np.testing.assert_array_equal(again.table.state, imp.table.state)
    assert bool(shell) == (name in IN_SHELL)


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")
def test_the_line_for_the_terminal_makes_the_same_tables(folder, capsys):
    imp = ln.impute("survey.csv", m=M, seed=7, **OPTIONS["told"])
    _, shell = commands_of(imp, "survey.csv")
    words = shlex.split(shell)
    assert words[0] == "lacunet"
    with pytest.raises(SystemExit) as left:
        main([*words[1:], "-o", "out", "--quiet"])
    assert left.value.code == 0, capsys.readouterr().err
    for i, ours in enumerate(imp, start=1):
        theirs = pd.read_csv(f"out/imputed_{i:02d}.csv")
        pd.testing.assert_frame_equal(theirs, ours, check_dtype=False)


def test_other_settings_seeds_and_rows_are_said():
    frame = survey().drop(columns="kids")
    frame["income"] = frame["income"].replace(-8, np.nan)
    fitted = ln.Midas(hidden=(), dropout=0.2).fit(frame, seed=2)
    imp = fitted.impute(m=M, seed=5)
    python, shell = commands_of(imp)
    assert shell == ""
    assert "ln.Midas(hidden=(), dropout=0.2)" in python
    scope = {"frame": frame}
    exec(python, scope)
    np.testing.assert_array_equal(scope["imp"].draws, imp.draws)
    new = fitted.impute(frame.head(30), m=M)
    python, _ = commands_of(new)
    scope = {"frame": frame.head(30), "training": frame}
    exec(python, scope)
    np.testing.assert_array_equal(scope["imp"].draws, new.draws)


def test_labelled_files_come_back_without_a_word(folder):
    frame = survey()[["age", "income", "rate", "note"]].astype(float)
    frame.loc[frame["income"] == -8, "income"] = -9
    frame["vote"] = np.random.default_rng(1).choice([1.0, 2.0, -1.0, -2.0], N)
    labels = {"vote": {1.0: "yes", 2.0: "no", -1.0: "Refused", -2.0: "Not asked"}}
    ranges = {"income": [{"lo": -9, "hi": -9}]}
    pyreadstat.write_sav(frame, "survey.sav", variable_value_labels=labels, missing_ranges=ranges)
    imp = ln.impute("survey.sav", m=M, seed=1)
    page = imp.report("report.html", data_name="survey.sav").read_text(encoding="utf-8")
    python, shell = shown_commands(page)
    assert (python, shell) == commands_of(imp, "survey.sav")
    assert "codes" not in python
    assert shell == "lacunet impute survey.sav -m 3 --seed 1"
    np.testing.assert_array_equal(run(python)["imp"].draws, imp.draws)
    assert "missing, imputed: refused" in page
    assert "not applicable: kept" in page
    assert "Value labels" in page


@pytest.fixture(scope="module")
def imp():
    frame = survey().drop(columns=["kids", "id"])
    frame["income"] = frame["income"].replace(-8, np.nan)
    return ln.impute(frame, m=M, seed=3)


def test_everything_is_on_the_page(imp, tmp_path):
    hidden = imp.overimpute(0.1, m=10)
    models = {"Small": imp.fit("income ~ age", cov="HC1"), "Large": imp.fit("income ~ age + C(party)")}
    path = imp.report(tmp_path / "report.html", models=models, overimputation=hidden)
    page = path.read_text(encoding="utf-8")
    assert len(page.encode()) < MAX_BYTES
    for topic in ("flux", "strata", "overimputation", "calibration", "stability"):
        assert f'id="topic-{topic}"' in page
    for finding in imp.diagnose(hidden).findings:
        assert html.escape(finding.sentence.split("`")[0]) in page
    section = page[page.index('id="models"') : page.index('id="repeat"')]
    for part in ("Small", "Large", "HC1", "Barnard", "income ~ age + C(party)", "Largest FMI"):
        assert part in section
    scope = {"frame": imp.original}
    exec(shown_commands(page)[0], scope)
    pd.testing.assert_frame_equal(scope["model_2"].table(), models["Large"].table())


def test_every_picture_has_words(imp, tmp_path):
    page = imp.report(tmp_path / "report.html").read_text(encoding="utf-8")
    pictures = re.findall(r"<svg [^>]*>", page)
    assert len(pictures) > 8
    for picture in pictures:
        assert 'role="img"' in picture
        assert len(re.search(r'aria-label="([^"]*)"', picture)[1]) > 10
    identifiers = re.findall(r' id="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', page)) <= set(identifiers)


def test_changed_imputations_say_so_beside_the_commands(imp, tmp_path):
    shifted = imp.shift("income", by=-100)
    page = shifted.report(tmp_path / "report.html", data_name="a.csv").read_text(encoding="utf-8")
    assert "changed afterwards" in page
    assert 'aria-label="Command line"' not in page


def test_complete_data_have_a_page_too(tmp_path):
    with pytest.warns(DataWarning, match="Nothing is missing"):
        whole = ln.impute(survey()[["age", "note"]], m=2, seed=1)
    page = whole.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "No cell was missing" in page
    assert "Nothing pressing was found" in page


def test_a_method_not_known_here_has_no_commands(tmp_path):
    imp = HotDeck().fit(survey()[["age", "rate", "note"]], seed=1).impute(m=2)
    page = imp.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'aria-label="Python"' not in page
    assert 'id="repeat"' in page


def test_what_is_no_pooled_model_is_refused(imp, tmp_path):
    with pytest.raises(SpecError, match=r"models=\[pooled\]"):
        imp.report(tmp_path / "a.html", models=imp.mean("age"))
    with pytest.raises(SpecError, match="models holds a str"):
        imp.report(tmp_path / "a.html", models=["income ~ age"])
    assert not list(tmp_path.iterdir())
