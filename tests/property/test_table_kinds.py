"""What a column is guessed to be, each with the reason that a reader sees."""

import numpy as np
import pandas as pd
import pytest

from lacunet.table import read_table

N = 600
RNG = np.random.default_rng(5)


def _codes(levels, weights=None):
    return RNG.choice(np.asarray(levels), N, p=weights)


CASES = {
    "zero_one": (_codes([0, 1]), "binary", "two values, 0 and 1"),
    "one_two": (_codes([1.0, 2.0]), "binary", "two values, 1 and 2"),
    "likert5": (_codes([1, 2, 3, 4, 5]), "ordinal", "1 to 5"),
    "likert7": (_codes(range(1, 8)), "ordinal", "1 to 7"),
    "scale0_10": (_codes(range(11)), "ordinal", "0 to 10"),
    "children": (RNG.poisson(1.0, N), "count", "many small and few large"),
    "visits": (np.round(RNG.exponential(12, N)), "count", "many small and few large"),
    "age": (RNG.integers(18, 90, N), "continuous", "whole numbers 18"),
    "wage": (RNG.lognormal(3, 1, N), "continuous", "different values"),
    "income": (np.where(RNG.random(N) < 0.3, 0.0, RNG.lognormal(7, 1, N)), "semicontinuous", "exactly 0"),
    "hours": (np.where(RNG.random(N) < 0.5, 40, RNG.integers(1, 80, N)), "semicontinuous", "exactly 40"),
    "choice": (_codes([1, 2, 3, 4, 8], [0.3, 0.3, 0.2, 0.1, 0.1]), "nominal", "gap"),
    "race": (_codes(range(1, 8)), "nominal", "codes by the column's name"),
    "marital_status": (_codes(range(1, 7)), "nominal", "codes by the column's name"),
    "school": (_codes(range(1, 61)), "nominal", "identifies groups"),
    "year": (_codes(range(1990, 2021)), "continuous", "years"),
    "balance": (RNG.integers(-40, 40, N), "continuous", "whole numbers -40"),
    "word": (_codes(["x", "y", "z"]), "nominal", "text, 3 levels"),
    "yes_no": (_codes(["Yes", "No"]), "binary", "text, two levels"),
    "age_group": (_codes(["16-24", "25-34", "35-44", "65+"]), "ordinal", "rising numbers"),
    "grade_text": (_codes([f"G{i}" for i in range(1, 13)]), "ordinal", "rising numbers"),
    "ward": (_codes([f"Ward {i}" for i in range(1, 6)]), "nominal", "without an order"),
    "weight": (RNG.normal(75, 12, N).round(1), "continuous", "different values"),
    "true_false": (_codes([True, False]), "binary", "true or false"),
    "when": (pd.to_datetime("2020-01-01") + pd.to_timedelta(RNG.integers(0, 99, N), "D"), "date", "dates"),
    "iso": ([f"2020-01-{i % 28 + 1:02d}" for i in range(N)], "date", "dates"),
    "weight_svy": (RNG.lognormal(-0.1, 0.4, N), "continuous", "survey weight"),
}


@pytest.mark.parametrize("name", CASES)
def test_kind_and_reason(name):
    cells, kind, words = CASES[name]
    column = read_table(pd.DataFrame({name: cells})).schema[name]
    assert (column.role, column.kind) == ("modelled", kind), column.reason
    assert words in column.reason


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        (["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"], "ordinal"),
        (["Low", "Middle", "High"], "ordinal"),
        (["Lower middle income", "Upper middle income", "Low income", "High income"], "nominal"),
        (["Agree", "Disagree", "Strongly agree", "Strongly disagree"], "nominal"),  # the order of the alphabet
        (["Biden", "Trump", "Other"], "nominal"),
    ],
)
def test_labels_that_read_like_a_scale(levels, kind):
    cells = pd.Categorical.from_codes(RNG.integers(0, len(levels), N), levels)
    assert read_table(pd.DataFrame({"k": cells})).schema["k"].kind == kind


@pytest.mark.parametrize(
    ("name", "cells", "role"),
    [
        ("caseid", RNG.permutation(N) + 10**6, "identifier"),
        ("anything", np.arange(N) + 1, "identifier"),
        ("zip", RNG.integers(10_000, 99_999, N), "identifier"),
        ("other", ["none"] * (N - 9) + [f"answer {i}" for i in range(9)], "text"),
        ("weight_post", np.where(RNG.random(N) < 0.3, np.nan, RNG.lognormal(-0.1, 0.4, N)), "left out"),
        ("constant", np.ones(N), "constant"),
        ("empty", np.full(N, np.nan), "empty"),
        ("lists", [[i] for i in range(N)], "left out"),
        ("gap", pd.to_timedelta(np.arange(N), "h"), "left out"),
    ],
)
def test_columns_that_are_left_out(name, cells, role):
    table = read_table(pd.DataFrame({name: cells, "x": RNG.normal(size=N)}))
    assert table.schema[name].role == role, table.schema[name].reason
    assert any(name in note for note in table.schema.notes)


def test_population_figures_are_no_identifier():
    cells = RNG.integers(10**6, 10**7, 120)
    assert read_table(pd.DataFrame({"population": cells})).schema["population"].kind == "continuous"


def test_the_users_word_is_final():
    frame = pd.DataFrame({"race": _codes(range(1, 8)), "key": [f"k{i}" for i in range(N)], "x": RNG.normal(size=N)})
    table = read_table(frame, kinds={"race": "ordinal", "key": "nominal"}, leave_out=["x"])
    assert [(column.role, column.kind) for column in table.schema.columns] == [
        ("modelled", "ordinal"),
        ("modelled", "nominal"),
        ("left out", None),
    ]
    assert table.schema["race"].reason == "as you said"


def test_describe_has_a_row_and_a_reason_for_each_column():
    frame = pd.DataFrame({name: list(cells) for name, (cells, _, _) in CASES.items()})
    rows = read_table(frame).schema.describe()
    assert [row["column"] for row in rows] == list(CASES)
    assert all(row["reason"] for row in rows)
    assert all(row["known"] + row["missing"] + row["not_applicable"] == N for row in rows)


def test_analysis_frame_is_what_a_model_can_use():
    frame = pd.DataFrame({"hours": ["N", "10", "20", None, "31"] * 12, "k": pd.Categorical(["a", None, "b"] * 20)})
    table = read_table(frame, not_applicable=["N"])
    plain = table.analysis_frame()
    assert plain["hours"].dtype == np.float64
    np.testing.assert_array_equal(plain["hours"][:5], [np.nan, 10, 20, np.nan, 31])
    _, columns = table.cells
    done = table.analysis_frame(np.where(columns == 0, 15.0, 1.0))
    np.testing.assert_array_equal(done["hours"][:5], [np.nan, 10, 20, 15, 31])
    assert done["k"][:3].tolist() == ["a", "b", "b"]
