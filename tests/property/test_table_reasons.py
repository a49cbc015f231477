"""What labels say of missing values, and what only sounds as if they did."""

import pandas as pd
import pytest

from lacunet.table import read_table
from lacunet.table._missing import NOT_APPLICABLE, name_reason


@pytest.mark.parametrize(
    ("label", "reason"),
    [
        ("Refused", "refused"),
        ("99. REFUSED (VOL.)", "refused"),
        ("Don\u2019t know/Refused", "refused"),
        ("Prefer not to say", "refused"),
        ("DON`T KNOW", "don't know"),
        ("-1 DK", "don't know"),
        ("No answer", "no answer"),
        ("skipped", "no answer"),
        ("Not asked", NOT_APPLICABLE),
        ("Inapplicable, no children", NOT_APPLICABLE),
        ("Valid skip", NOT_APPLICABLE),
        ("n/a", NOT_APPLICABLE),
        ("NIU", NOT_APPLICABLE),
    ],
)
def test_labels_that_mean_missing(label, reason):
    assert name_reason(label) == reason


@pytest.mark.parametrize(
    "label",
    [
        "Refused treatment", "Not eligible", "Declined to vote", "Not reported to the police", "DKK",
        "Denmark", "DE", "No", "None", "Nap daily", "Knows", "Skipped breakfast", "No opinion",
    ],
)  # fmt: skip
def test_labels_that_are_answers(label):
    assert name_reason(label) is None


def test_a_word_is_no_code_where_nothing_else_would_be_left():
    frame = pd.DataFrame({"contact": ["Refused", "Took part"] * 20, "y": range(40)})
    assert read_table(frame).schema["contact"].kind == "binary"
    three = pd.DataFrame({"contact": ["Refused", "Yes", "No", "No"] * 10, "y": range(40)})
    assert read_table(three).schema["contact"].n_missing == 10
    kept = read_table(three, missing_codes={"contact": []}).schema["contact"]
    assert (kept.n_missing, kept.levels) == (0, ("No", "Refused", "Yes"))


def test_dont_know_inside_the_scale_is_an_answer_that_is_told_of():
    frame = pd.DataFrame({"registered": ["Yes", "No", "Don't know"] * 20, "y": range(60)})
    table = read_table(frame)
    assert table.schema["registered"].levels == ("Don't know", "No", "Yes")
    assert any("Don't know" in note and "missing_codes" in note for note in table.schema.notes)
    declared = read_table(frame, missing_codes={"registered": ["Don't know"]})
    assert dict(declared.schema["registered"].missing_by_reason) == {"don't know": 20}


def test_empty_cells_may_be_declared_not_applicable():
    frame = pd.DataFrame({"spouse_age": [30.5, None, 41.0, None] * 15, "x": [float(i % 7) for i in range(60)]})
    table = read_table(frame, not_applicable={"spouse_age": [None]})
    column = table.schema["spouse_age"]
    assert (column.n_inapplicable, column.n_missing) == (30, 0)
    pd.testing.assert_frame_equal(table.complete([]), frame)
