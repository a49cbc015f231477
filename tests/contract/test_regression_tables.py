"""Regression tables: every format says the same, prints names as they are, and never breaks on hard content."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import docx
import numpy as np
import pandas as pd
import pytest
from docx.enum.section import WD_ORIENT

from lacunet.errors import SpecError
from lacunet.pooling._maketables import MakeTables
from lacunet.report.regression import (
    ModelColumn,
    RegressionTable,
    read_term,
    to_html,
    to_latex,
    to_markdown,
    to_word,
)

HARD = '50% of_income & {tax} $#~^\\ <b>|"größe β" −×'


def column(terms=("Intercept", "age"), estimates=(1.5, -0.25), errors=(0.5, 0.05), p=(0.003, 0.2), **more):
    b, se = np.array(estimates, dtype=float), np.array(errors, dtype=float)
    numbers = {"statistics": b * (1 / se), "p_values": np.array(p, dtype=float), "conf_low": b - 2 * se}
    numbers |= {"conf_high": b + 2 * se, "fmi": np.full(len(b), 0.25), "df": np.full(len(b), 88.2)}
    return ModelColumn(terms=tuple(terms), estimates=b, std_errors=se, **(numbers | more))


@pytest.fixture
def pair():
    first = column(outcome="income", model_label="OLS", m=20, covariance="HC1", rows={"Observations": 2143, "R2": 0.25})
    second = column(
        ("Intercept", "C(educ)[T.High school]", "1|2"),
        (-1234.5, 0.0, 0.7),
        (100.0, 0.02, 0.1),
        (0.0001, 0.04, 0.0001),
        groups=("", "", "Cut points"),
        auxiliary=(False, False, True),
        outcome="trust",
        model_label="Ordered logit",
        m=5,
        covariance="classical",
        rows={"Observations": np.int64(1000000), "Log-likelihood": -98.765},
    )
    return RegressionTable(columns=(first, second), title="Two models", anchor="tab:two", labels={"educ": "Education"})


CELLS = [
    ["", "income", "trust"],
    ["", "OLS", "Ordered logit"],
    ["", "(1)", "(2)"],
    ["Intercept", "1.500**", "−1,234.5***"],
    ["", "(0.500)", "(100.0)"],
    ["age", "−0.250", ""],
    ["", "(0.050)", ""],
    ["Education: High school", "", "0.000*"],
    ["", "", "(0.020)"],
    ["Cut points", "", ""],
    ["1|2", "", "0.700"],
    ["", "", "(0.100)"],
    ["Observations", "2,143", "1,000,000"],
    ["R²", "0.250", ""],
    ["Log-likelihood", "", "−98.765"],
]


def cells_of_markdown(text):
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [[re.sub(r"^\*(.*[^\\])\*$", r"\1", cell).replace("\\", "") for cell in row] for row in rows]


def cells_of_latex(text):
    inside = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line.removesuffix(r" \\") for line in inside.splitlines() if line.endswith(r" \\")]
    rows = [re.sub(r"\\multicolumn\{\d\}\{.\}\{(.*?)\}(?= &|$)", r"\1", row) for row in rows]
    for pattern, plain in (
        (r"\$\^\{(\*+)\}\$", r"\1"),
        (r"\\emph\{(.*)\}", r"\1"),
        (r"\\hspace\{1em\}", ""),
        (r"\$-\$", "−"),
        (r"\$\|\$", "|"),
        (r"\$\^\{2\}\$", "²"),
    ):
        rows = [re.sub(pattern, plain, row) for row in rows]
    return [[cell.strip() for cell in row.split(" & ")] for row in rows]


class Reader(HTMLParser):
    """Cells of an HTML table, and whether every tag that was opened is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.rows, self.headings, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")
        if tag == "th":
            self.headings.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data


def read_html(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_latex_holds_the_cells(pair):
    found = [row + [""] * (3 - len(row)) for row in cells_of_latex(to_latex(pair))]
    assert found == CELLS


def test_markdown_holds_the_cells(pair):
    head, rule, *rows = cells_of_markdown(to_markdown(pair))
    assert head == ["", "(1) · OLS · income", "(2) · Ordered logit · trust"]
    assert all(set(cell) <= {"-", ":"} and len(cell) >= 3 for cell in rule)
    assert rows == CELLS[3:]


def test_html_holds_the_cells(pair):
    reader = read_html(to_html(pair))
    assert set(reader.headings) == {"col", "row", "rowgroup"}
    # A label spans the lines of its row, so that lines below have no first cell of their own.
    expected = [row[1:] if i > 2 and not row[0] else row for i, row in enumerate(CELLS)]
    assert reader.rows == [row[:1] if row[0] == "Cut points" else row for row in expected]


def test_word_holds_the_cells(pair, tmp_path):
    path = to_word(pair, tmp_path / "two.docx")
    document = docx.Document(str(path))
    assert document.paragraphs[0].text == "Two models"
    assert document.paragraphs[-1].text.startswith("Notes: Standard errors in parentheses.")
    found = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    merged = CELLS.index(["Cut points", "", ""])
    assert found[merged] == ["Cut points"] * 3
    assert found[:merged] + found[merged + 1 :] == CELLS[:merged] + CELLS[merged + 1 :]


def test_word_is_the_same_twice_and_overwrites_nothing_unasked(pair, tmp_path):
    first = to_word(pair, tmp_path / "a.docx").read_bytes()
    second = to_word(pair, tmp_path / "b.docx").read_bytes()
    assert first == second
    with pytest.raises(SpecError, match="exists"):
        to_word(replace(pair, title="Other"), tmp_path / "a.docx")
    assert (tmp_path / "a.docx").read_bytes() == first
    to_word(replace(pair, title="Other"), tmp_path / "a.docx", force=True)
    assert docx.Document(str(tmp_path / "a.docx")).paragraphs[0].text == "Other"
    assert {path.name for path in tmp_path.iterdir()} == {"a.docx", "b.docx"}


def test_word_turns_the_page_for_many_models(pair, tmp_path):
    few = docx.Document(str(to_word(pair, tmp_path / "few.docx"))).sections[0]
    many = replace(pair, columns=pair.columns * 5)
    wide = docx.Document(str(to_word(many, tmp_path / "many.docx"))).sections[0]
    assert few.orientation == WD_ORIENT.PORTRAIT and few.page_width < few.page_height
    assert wide.orientation == WD_ORIENT.LANDSCAPE and wide.page_width > wide.page_height


def test_notes_say_how_it_was_made(pair):
    notes = read_html(to_html(replace(pair, notes=("Source: own.",)))).text
    assert "Standard errors in parentheses." in notes
    assert "by Rubin's rules over m = 20 imputations in (1); m = 5 imputations in (2)." in notes
    assert "heteroskedasticity-robust (HC1) in (1); classical in (2)." in notes
    assert "* p < .05, ** p < .01, *** p < .001 (two-sided)." in notes
    assert notes.rstrip().endswith("Source: own.")


@pytest.mark.parametrize(
    ("p", "stars", "expected"),
    [
        (0.05, None, ""),
        (0.0499, None, "*"),
        (0.01, None, "*"),
        (0.0009, None, "***"),
        (0.0009, (), ""),
        (0.09, (0.1,), "*"),
        (0.009, (0.01, 0.1), "**"),
        (float("nan"), None, ""),
    ],
)
def test_stars_stand_below_the_threshold(p, stars, expected):
    table = RegressionTable(columns=(column(p=(p, 1.0)),), stars=stars)
    cells = dict(row for row in cells_of_markdown(to_markdown(table)) if row[0])
    assert cells["Intercept"] == "1.500" + expected
    assert cells["age"] == "−0.250"


def test_no_stars_beside_p_values_unless_asked():
    table = RegressionTable(columns=(column(),), show=("p",))
    assert "*" not in "".join(cells_of_markdown(to_markdown(table))[2])
    rows = cells_of_markdown(to_markdown(replace(table, stars=(0.05,))))
    assert rows[2:4] == [["Intercept", "1.500*"], ["", "p = .003"]]


def test_intervals_and_all_the_rest_below_the_estimate():
    table = RegressionTable(columns=(column(),), show=("interval", "statistic", "p", "df", "fmi"))
    rows = [row[1] for row in cells_of_markdown(to_markdown(table))[3:8]]
    assert rows == ["[0.500, 2.500]", "t = 3.00", "p = .003", "df = 88.2", "FMI = 0.25"]


def test_wide_layout_has_a_column_for_each_quantity():
    table = RegressionTable(columns=(column(outcome="income", model_label="OLS"),), layout="wide", level=0.9)
    rows = cells_of_markdown(to_markdown(table))
    assert rows[0] == ["income, OLS", "Estimate", "SE", "90% CI", "p", "FMI"]
    assert rows[2] == ["Intercept", "1.500", "0.500", "[0.500, 2.500]", ".003", "0.25"]
    assert {len(row) for row in rows} == {6}


def test_exponentiated_by_the_delta_method():
    one = column(exponentiate=True, ratio="odds ratios", auxiliary=(False, True))
    rows = cells_of_markdown(to_markdown(RegressionTable(columns=(one,), show=("std_error", "interval"))))
    assert [row[1] for row in rows[2:]] == [
        f"{np.exp(1.5):.3f}**",
        f"({np.exp(1.5) * 0.5:.3f})",
        f"[{np.exp(0.5):.3f}, {np.exp(2.5):.3f}]",
        "−0.250",
        "(0.050)",
        "[−0.350, −0.150]",
    ]
    assert "odds ratios" in to_latex(RegressionTable(columns=(one,)))


def test_the_constant_stands_where_it_is_wanted(pair):
    def labels(place):
        return [row[0] for row in cells_of_markdown(to_markdown(replace(pair, intercept=place)))[2:] if row[0]]

    assert labels("first")[0] == labels("model")[0] == "Intercept"
    assert labels("last")[:5] == ["age", "Education: High school", "Intercept", "Cut points", "1|2"]


def test_decimals_follow_the_standard_error():
    terms, errors = ("a", "b", "c", "d"), (0.00042, 0.5, 12.3, 4567.0)
    table = RegressionTable(columns=(column(terms, (0.00123, 1.0, -120.44, 12345.6), errors, [1.0] * 4),))
    rows = [row[1] for row in cells_of_markdown(to_markdown(table))[2:]]
    assert rows == ["0.00123", "(0.00042)", "1.000", "(0.500)", "−120.44", "(12.30)", "12,346", "(4,567)"]
    one_digit = cells_of_markdown(to_markdown(replace(table, digits=1)))
    assert [row[1] for row in one_digit[4:6]] == ["1.00", "(0.50)"]


def test_what_is_not_finite_is_said():
    bad = column(estimates=(np.nan, np.inf), errors=(np.nan, 1e9), p=(np.nan, np.nan), fmi=np.full(2, np.nan))
    bad = replace(bad, rows={"R2": float("nan"), "Log-likelihood": -np.inf})
    table = RegressionTable(columns=(bad, replace(bad, estimates=np.array([1e5, -800.0]), exponentiate=True)))
    rows = cells_of_markdown(to_markdown(replace(table, largest_fmi=True, show=("std_error", "p"))))
    assert [row[1] for row in rows[2:]] == ["–", "(–)", "p = –", "∞", "(1.00e+09)", "p = –", "–", "−∞", ""]
    assert rows[2][2] == "∞"
    assert r"$-$$\infty$" in to_latex(table)


def test_hard_names_are_printed_as_they_are(tmp_path):
    long = "a very long name " * 20
    hard = column(
        (HARD, long), outcome=HARD, model_label=HARD, title=HARD, covariance=HARD, note=HARD, rows={HARD: HARD}
    )
    table = RegressionTable(columns=(hard, replace(hard, title="two")), title=HARD, anchor="a b_c", notes=(HARD,))
    latex = to_latex(table)
    bare = re.sub(r"\\label\{a-b_c\}|\\[\\&%$#_{}]", "", latex)
    assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0
    assert not re.search(r"[#~%_]|größe β|<b>", bare)
    assert r"\label{a-b_c}" in latex
    rows = [line for line in latex.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {2}
    assert {len(row) for row in cells_of_markdown(to_markdown(table))} == {3}
    reader = read_html(to_html(table))
    assert "<b>" not in to_html(table)
    assert [row[0] for row in reader.rows].count(HARD) == 2
    document = docx.Document(str(to_word(table, tmp_path / "hard.docx")))
    assert [row.cells[0].text for row in document.tables[0].rows].count(HARD) == 2
    assert long.strip() in document.tables[0].column_cells(0)[5].text


def test_control_characters_and_lines_do_not_reach_the_file(tmp_path):
    table = RegressionTable(columns=(column(("a\x00\nb", "c\td\ud800")),), title="x\x0b\ny")
    for text in (to_latex(table), to_markdown(table), to_html(table)):
        assert "a b" in text and "c d" in text and "x y" in text
        text.encode("utf-8")
    assert docx.Document(str(to_word(table, tmp_path / "c.docx"))).paragraphs[0].text == "x y"


def test_a_row_that_begins_with_a_bracket_is_no_argument():
    latex = to_latex(RegressionTable(columns=(column(("[1, 2]", "*")),)))
    assert "\n{}[1, 2] &" in latex and "\n{}* &" in latex


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Intercept", "Intercept"),
        ("C(educ)[T.High school]", "educ: High school"),
        ("sex[m]", "sex: m"),
        ("C(educ, contr.treatment('Low'))[T.C[x]]:C(sex)[m]", "educ: C[x] × sex: m"),
        ("C(educ)[T.a:b (c)]:age", "educ: a:b (c) × age"),
        ("C(educ)[T.don't know]:age", "educ: don't know × age"),
        ("center(np.log(age))", "log(age) (centred)"),
        ("I(age ** 2):`my var`", "age² × my var"),
        ("poly(age, 2)[1]", "age (polynomial 1)"),
        ("bs(age, df=4)[3]", "age (spline 3)"),
        ("scale(age)", "age (standardised)"),
        ("lag(age, 2)", "lag(age, 2)"),
        ("age + 1", "age + 1"),
        ("broken](name", "broken](name"),
        ("", ""),
    ],
)
def test_names_of_terms_in_words(name, expected):
    assert read_term(name) == expected


def test_labels_of_terms_and_of_variables():
    labels = {"educ": "Education", "age": "Age in years", "sex[T.f]": "Women"}
    assert read_term("C(educ)[T.High]:center(age)", labels) == "Education: High × Age in years (centred)"
    assert read_term("sex[T.f]:age", labels) == "Women × Age in years"
    assert read_term("I(age**2)", labels) == "Age in years²"


@pytest.mark.parametrize(
    "change",
    [
        {"columns": ()},
        {"show": ("se",)},
        {"layout": "wide"},
        {"layout": "tall"},
        {"intercept": "middle"},
        {"level": 95},
        {"digits": 9},
        {"stars": (5,)},
    ],
)
def test_what_means_nothing_is_refused(pair, change):
    with pytest.raises(SpecError):
        replace(pair, **change)


def test_a_column_is_whole():
    with pytest.raises(SpecError, match="fmi"):
        column(fmi=np.zeros(3))
    with pytest.raises(SpecError, match="twice"):
        column(("age", "age"))
    assert column(("age", "age"), groups=("Left", "Right")).places == (("Left", "age"), ("Right", "age"))


class Answer(MakeTables):
    """What `MakeTables` reads of a pooled result."""

    m, n_obs, model, formula, cov = 20, 2143, "ols", "log(income) ~ age", "HC1"

    def table(self, level=0.95):
        half = {0.95: 2.0}[level]
        return pd.DataFrame(
            {
                "term": ["Intercept", "age"],
                "estimate": [1.0, 2.0],
                "std_error": [0.5, 0.25],
                "statistic": [2.0, 8.0],
                "df": [88.0, 90.0],
                "p_value": [0.05, 0.001],
                "conf_low": [1.0 - half, 2.0 - half],
                "conf_high": [1.0 + half, 2.0 + half],
                "fmi": [0.1, 0.3],
                "riv": [0.1, 0.4],
                "lambda": [0.1, 0.3],
            }
        )


def test_what_maketables_asks_for():
    answer = Answer()
    frame = answer.__maketables_coef_table__
    assert frame.index.tolist() == ["Intercept", "age"] and frame.index.name == "Coefficient"
    assert frame.columns.tolist() == ["b", "se", "t", "p", "ci95l", "ci95u", "df", "fmi"]
    assert frame.loc["age"].tolist() == [2.0, 0.25, 8.0, 0.001, 0.0, 4.0, 90.0, 0.3]
    keys = ("N", "m", "fmi", "model", "se_type", "r2")
    assert [answer.__maketables_stat__(key) for key in keys] == [2143, 20, 0.3, "ols", "HC1", None]
    assert answer.__maketables_depvar__ == "log(income)"
    assert answer.__maketables_default_stat_keys__ == ["N", "m"]
    assert answer.__maketables_stat_labels__["m"] == "Imputations"
