"""The page's chapters: findings come first and lead to their figures, colours can be read, words fit the numbers."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from lacunet.report import (
    CodeRow,
    FitRecord,
    ImputationPage,
    PageCommands,
    PageFigure,
    PageFinding,
    PageModels,
    PageTable,
    PageTopic,
    VariableRow,
    render_imputation_page,
)
from lacunet.report._colours import DARK, LIGHT
from lacunet.report.page._data import MAX_CODES, MAX_LABELS
from lacunet.report.page._paper import methods_paragraph, references
from lacunet.report.regression import ModelColumn, RegressionTable

LEAST_CONTRAST = 4.5  # what the Web Content Accessibility Guidelines 2.1 ask of text
TEXT_COLOURS = ("ink", "muted", "observed-ink", "imputed-ink")
PICTURE = '<svg role="img" aria-label="a picture"></svg>'
NUMBERS = np.array([1.0])


def make_page(**changes):
    variables = (
        VariableRow(name="income", kind="semicontinuous", n_missing=30, missing_by_reason={"refused": 30}),
        VariableRow(name="party", kind="nominal", n_missing=10, n_inapplicable=7),
        VariableRow(name="age", kind="count"),
        VariableRow(name="id", kind="identifier", is_modelled=False),
    )
    content = {
        "data_name": "survey.dta",
        "n_rows": 100,
        "m": 5,
        "seed": 1,
        "variables": variables,
        "patterns": None,
        "comparisons": (),
        "record": FitRecord(versions={"lacunet": "0.0", "numpy": "2.0", "python": "3.11"}),
    }
    return ImputationPage(**{**content, **changes})


FINDINGS = (
    PageFinding(topic="strata", severity="act", sentence="Income differs."),
    PageFinding(topic="stability", severity="look", sentence="Impute 5 more (`extend`)."),
    PageFinding(topic="patterns", severity="ok", sentence="Half of the rows are complete."),
)
TOPICS = (
    PageTopic(
        name="strata",
        heading="Among comparable rows",
        overview=PageFigure(heading="", picture=PICTURE),
        details=(PageFigure(heading="income", picture=PICTURE),),
        table=PageTable(caption="Differences", heads=("Variable", "SD"), rows=(("income", "0.50"),)),
        remark="One is drawn.",
    ),
)


def model(**changes):
    names = ("estimates", "std_errors", "statistics", "p_values", "conf_low", "conf_high", "fmi", "df")
    return ModelColumn(**{"terms": ("age",), **dict.fromkeys(names, NUMBERS), "m": 5, **changes})


def test_findings_stand_first_with_their_weight_in_words_and_lead_to_their_figure():
    html = render_imputation_page(make_page(findings=FINDINGS, topics=TOPICS))
    short = html[html.index('id="summary"') : html.index('id="cite"')]
    assert short.index("Act on this") < short.index("Look at this") < short.index("In order")
    assert "1 calls for action and 1 calls for a look" in short
    assert "(<code>extend</code>)" in short
    links = re.findall(r'href="#([\w-]+)"', short)
    assert links == ["topic-strata", "missing"]  # nothing is drawn of stability here
    assert all(f'id="{link}"' in html for link in re.findall(r'href="#([\w-]+)"', html))


def test_nothing_pressing_is_said_in_a_sentence():
    html = render_imputation_page(make_page(findings=FINDINGS[2:]))
    assert "Nothing pressing was found: of 1 question asked " in html
    assert "Act on this" not in html


def test_a_topic_shows_picture_numbers_details_and_what_is_left_out():
    page = make_page(findings=FINDINGS, topics=tuple(replace(TOPICS[0], name=name) for name in ("flux", "calibration")))
    html = render_imputation_page(page)
    missing = html[html.index('id="missing"') : html.index('id="record"')]
    assert missing.count(PICTURE) == 2
    assert "1 variable looked at closely" in missing
    assert "One is drawn." in missing
    assert 'id="hidden"' in html
    assert 'id="topic-calibration"' in html


def test_headings_are_in_order_and_landmarks_are_there():
    models = PageModels(table=RegressionTable(columns=(model(),)), sentences=("(1): age.",))
    html = render_imputation_page(
        make_page(findings=FINDINGS, topics=TOPICS, models=models, commands=PageCommands(python="import lacunet"))
    )
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert '<html lang="en">' in html
    for landmark in ("<header>", '<nav aria-label="Contents">', "<main>", "<footer>"):
        assert html.count(landmark) == 1
    identifiers = re.findall(r' id="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))


def test_models_are_shown_with_their_notes():
    models = PageModels(
        table=RegressionTable(columns=(model(covariance="HC1"),), largest_fmi=True),
        sentences=("(1): y ~ age; m = 5.",),
        formulas=("y ~ age",),
    )
    html = render_imputation_page(make_page(models=models))
    section = html[html.index('id="models"') :]
    assert "heteroskedasticity-robust (HC1)" in section
    assert "m = 5 imputations" in section
    assert "Largest FMI" in section
    assert "y ~ age; m = 5." in section


def test_the_methods_paragraph_says_what_a_referee_asks():
    page = make_page(findings=FINDINGS, topics=TOPICS)
    words = methods_paragraph(page)
    for part in (
        "Of the 3 variables used (n = 100), 2 had missing values (income and party)",
        "between 10.0% and 30.0% of rows each",
        "13.7% of all applicable cells",  # 40 of 300 - 7
        "5 times with lacunet 0.0",
        "seed 1",
        "modelled 1 as semicontinuous, 1 nominal and 1 count",
        "not imputed (7 cells of party)",
        "1 complete variable served as a predictor",
        "Bondarenko & Raghunathan, 2016",
        "differences between imputed and observed values and the number of imputations",
        "Rubin's (1987) rules",
    ):
        assert part in words, part
    cited = references(page)
    assert any(one.startswith("Bondarenko") for one in cited)
    assert any("lacunet 0.0" in one for one in cited)
    assert cited == sorted(set(cited), key=str.lower)
    assert not any(one.startswith("Barnard") for one in cited)


def test_auxiliary_variables_are_those_in_no_model():
    models = PageModels(table=RegressionTable(columns=(model(),)), formulas=("income ~ C(age)",))
    words = methods_paragraph(make_page(models=models))
    assert "1 variable that is in none of the models served as an auxiliary variable (party)" in words
    assert "Barnard and Rubin (1999)" in words


def test_codes_that_are_no_answer_are_set_apart_from_labels():
    codes = (
        CodeRow(code="1", label="yes", decision="an answer"),
        CodeRow(code="-8", label="refused", decision="missing, imputed: refused"),
    )
    page = make_page(variables=(VariableRow(name="vote", label="Voted?", kind="binary", codes=codes),))
    html = render_imputation_page(page)
    decided, labelled = html.split("Codes that are no answer</h3>")[1].split("Value labels</h3>")
    assert "-8" in decided
    assert "yes" not in decided
    assert "vote (Voted?): 2 codes" in labelled
    assert labelled.index("refused") < labelled.index("yes")


def test_many_labels_do_not_drown_the_page():
    codes = tuple(CodeRow(code=str(k), label=f"level {k}", decision="an answer") for k in range(100))
    rows = tuple(VariableRow(name=f"v{j}", kind="nominal", codes=codes) for j in range(100))
    html = render_imputation_page(make_page(variables=rows))
    n_shown = MAX_LABELS // MAX_CODES
    assert html.count("60 further labels of answers") == n_shown
    assert f"{100 - n_shown} further variables with labels" in html


def test_commands_and_pins_are_there_to_copy():
    commands = PageCommands(python="import lacunet as ln\nx < y", shell="lacunet impute a.csv", remarks=("Mind.",))
    html = render_imputation_page(make_page(commands=commands))
    section = html[html.index('id="repeat"') :]
    assert "<pre><code>import lacunet as ln\nx &lt; y</code></pre>" in section
    assert "lacunet impute a.csv" in section
    assert "lacunet==0.0\nnumpy==2.0</code>" in section
    assert "under Python 3.11" in section


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "panel"])
@pytest.mark.parametrize("name", TEXT_COLOURS)
def test_text_can_be_read(palette, ground, name):
    low, high = sorted((luminance(palette[name]), luminance(palette[ground])))
    assert (high + 0.05) / (low + 0.05) >= LEAST_CONTRAST


def test_every_colour_has_a_dark_side_and_none_is_fixed_in_a_figure():
    assert LIGHT.keys() == DARK.keys()
    html = render_imputation_page(make_page())
    body = html[html.index("<body>") :]
    assert not re.search(r'(?:fill|stroke)="#', body)
    assert set(re.findall(r"var\(--([\w-]+)", body)) <= LIGHT.keys()


def test_paper_is_never_dark():
    style = re.search(r"<style>(.*?)</style>", render_imputation_page(make_page()), re.DOTALL)[1]
    assert style.count(DARK["paper"]) == 1
    assert style.index("@media screen and (prefers-color-scheme:dark)") < style.index(DARK["paper"])
