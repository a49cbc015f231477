"""What rows are asked to be: read exactly, or refused with the nearest that would do."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lacunet.errors import ColumnError, DataError, SpecError
from lacunet.synthesis.conditions import parse_constraints, parse_given, refuse_conflicts
from lacunet.table import outline_of, read_table
from lacunet.table._raw import tag_missing
from tests.contract._survey import N, outlined, survey

OUTLINE, VALUES, REASON = outlined()
FRAME = survey()
NAMES = [column.name for column in OUTLINE.schema.modelled]


def rows_of(given):
    return parse_given(given, OUTLINE).matches(VALUES, REASON)


MATCHED = {
    "a number": ({"age": 30}, lambda f: f["age"] == 30),
    "a label": ({"sex": "female"}, lambda f: f["sex"] == "female"),
    "a raw value": ({"kids": 2}, lambda f: f["kids"] == 2),
    "a range, both ends in it": ({"age": (30, 40)}, lambda f: f["age"].between(30, 40)),
    "open above": ({"age": (60, None)}, lambda f: f["age"] >= 60),
    "open below": ({"age": (None, 25)}, lambda f: f["age"] <= 25),
    "any value": ({"wage": (None, None)}, lambda f: f["wage"] != -8),
    "a range of ordered levels": ({"grade": ("middle", None)}, lambda f: f["grade"].isin(["middle", "high"])),
    "a range between levels": ({"kids": (0.5, 2.5)}, lambda f: f["kids"].between(1, 2)),
    "a list": ({"region": ["North", "East"]}, lambda f: f["region"].isin(["North", "East"])),
    "a set": ({"kids": {0, 3}}, lambda f: f["kids"].isin([0, 3])),
    "an array": ({"age": np.array([20, 21])}, lambda f: f["age"].isin([20, 21])),
    "a range object": ({"age": range(20, 25)}, lambda f: f["age"].between(20, 24)),
    "a code": ({"wage": -8}, lambda f: f["wage"] == -8),
    "the word of a code": ({"wage": "Refused"}, lambda f: f["wage"] == -8),
    "an empty cell": ({"total": None}, lambda f: f["total"].isna()),
    "a value or a reason": ({"total": [None, 1000.0]}, lambda f: f["total"].isna() | (f["total"] == 1000)),
    "a date": ({"start": str(FRAME["start"][0].date())}, lambda f: f["start"] == f["start"][0]),
    "a stamp": ({"start": FRAME["start"][0]}, lambda f: f["start"] == f["start"][0]),
    "a range of dates": ({"start": ("2020-01-01", "2020-12-31")}, lambda f: f["start"].dt.year == 2020),
    "several columns": ({"sex": "male", "age": (40, None)}, lambda f: (f["sex"] == "male") & (f["age"] >= 40)),
    "nothing": ({}, lambda f: f["age"] > 0),
}


@pytest.mark.parametrize("name", MATCHED)
def test_rows_that_match_are_those_of_pandas(name):
    given, truth = MATCHED[name]
    found = rows_of(given)
    assert found.tolist() == truth(FRAME).tolist()
    assert found.any()


REFUSED = {
    "unknown column": ({"agee": 3}, ColumnError, "'agee', which is not a column.*Did you mean 'age'"),
    "unknown column, nothing near": ({"zzz": 3}, ColumnError, "The columns are: id, age"),
    "identifier": ({"id": "p0001"}, ColumnError, "'id'.*identifier"),
    "constant": ({"wave": 1}, ColumnError, "'wave'.*constant"),
    "unknown level": ({"region": "Norht"}, ColumnError, "'region' to be 'Norht'.*Did you mean 'North'"),
    "unknown level, nothing near": ({"region": "?"}, ColumnError, "Its levels are: 'East', 'North', 'South'"),
    "unknown level in a list": ({"kids": [1, 9]}, ColumnError, "'kids' to be 9.*levels are: '0', '1', '2', '3'"),
    "unknown reason": ({"wage": "refsed"}, ColumnError, "'refsed'.*Did you mean 'refused'"),
    "reason of another column": ({"wage": None}, ColumnError, "asks for an empty cell.*-8 \\(refused\\)"),
    "no reason at all": ({"age": None}, ColumnError, "Every cell of it holds a value"),
    "missing number": ({"age": math.nan}, ColumnError, "asks for an empty cell"),
    "reversed range": ({"age": (30, 18)}, SpecError, r"\(30, 18\).*ends before it begins.*Write \(18, 30\)"),
    "reversed dates": ({"start": ("2021-01-01", "2020-01-01")}, SpecError, "ends before it begins"),
    "reversed levels": ({"grade": ("high", "low")}, SpecError, r"Write \('low', 'high'\)"),
    "empty set": ({"age": []}, SpecError, "empty.*At least one value.*Leave 'age' out"),
    "range of nominal": ({"region": ("East", "North")}, SpecError, r"no order.*given=\{'region': \['East'"),
    "range of binary": ({"sex": ("female", "male")}, SpecError, "no order"),
    "range without a level": ({"kids": (7, 9)}, SpecError, "range without a level.*'0', '1', '2', '3'"),
    "range with an unknown level": ({"grade": ("lwo", None)}, ColumnError, "'lwo'.*Did you mean 'low'"),
    "three ends": ({"age": (1, 2, 3)}, SpecError, r"list: \[1, 2, 3\]"),
    "range in a list": ({"age": [(1, 2)]}, SpecError, "within a list"),
    "end that is no number": ({"age": ("18", 30)}, SpecError, "the end '18'.*a number"),
    "end that is no date": ({"start": (3, None)}, SpecError, "the end 3.*a date"),
    "a half person": ({"age": 18.5}, SpecError, "whole numbers only. Give 18 or 19"),
    "infinite": ({"age": math.inf}, SpecError, "finite"),
    "text for a number": ({"age": "18"}, ColumnError, "'18'.*a number, without quotes"),
    "comparison for a range": ({"age": ">70"}, ColumnError, r"'>70'.*a number.*Write a range as a tuple.*\(70, None\)"),
    "comparison of dates": ({"start": "<= 2020-01-31"}, ColumnError, r"a date.*\(None, '2020-01-31'\)"),
    "slice for a range": ({"age": slice(18, 30)}, SpecError, r"A range is a tuple.*Write \(18, 30\)"),
    "truth for a number": ({"age": True}, ColumnError, "True.*a number"),
    "no such day": ({"start": "2020-02-30"}, ColumnError, "a date that exists"),
    "a mapping": ({"age": {"low": 18}}, SpecError, "is a mapping"),
    "neither mapping nor frame": (5, SpecError, "given is 5.*mapping"),
    "frame with an unknown column": (pd.DataFrame({"agee": [1]}), ColumnError, "Did you mean 'age'"),
    "frame with an unknown level": (pd.DataFrame({"region": ["Norht"]}), ColumnError, "Norht"),
    "frame of identifiers": (pd.DataFrame({"id": ["p1"]}), DataError, "no column that is modelled"),
    "frame without rows": (FRAME[["age"]].head(0), DataError, "no rows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_asked_is_refused(name):
    given, error, message = REFUSED[name]
    with pytest.raises(error, match=f"(?s){message}"):
        parse_given(given, OUTLINE)


def test_what_is_asked_is_said():
    given = parse_given({"sex": "female", "age": (18, 30), "wage": "refused", "start": ("2020-01-01", None)}, OUTLINE)
    assert given.sentence() == (
        "sex 'female', age from 18 to 30, wage without a value: refused (-8) and start from 2020-01-01"
    )
    assert parse_given(None, OUTLINE).sentence() == "nothing is asked for"


def test_wanted_says_it_in_numbers():
    sex, age, wage = parse_given({"sex": "male", "age": (18, 30), "wage": "refused"}, OUTLINE).wanted
    assert (sex.position, sex.levels, sex.reasons) == (NAMES.index("sex"), frozenset({1.0}), frozenset())
    assert (age.position, age.levels, age.low, age.high) == (NAMES.index("age"), None, 18.0, 30.0)
    assert (wage.levels, wage.reasons) == (frozenset(), frozenset({1}))


@pytest.mark.parametrize("made", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "pyarrow"])
def test_rows_of_any_library_are_completed(made):
    given = parse_given(made({"sex": ["male", "female"], "wage": [-8.0, 100.0]}), OUTLINE)
    values, reason, present = given.rows
    assert present == (NAMES.index("sex"), NAMES.index("wage"))
    assert values[:, present[0]].tolist() == [1.0, 0.0]
    assert (values[1, present[1]], reason[:, present[1]].tolist()) == (100.0, [1, 0])
    assert given.sentence() == "2 rows with sex and wage as given"


def test_rows_match_the_real_ones_that_agree_with_one_of_them():
    picked = FRAME.loc[[3, 77], ["age", "sex", "wage"]]
    found = rows_of(picked)
    keys = set(map(tuple, picked.to_numpy().tolist()))
    assert found.tolist() == [tuple(row) in keys for row in FRAME[["age", "sex", "wage"]].to_numpy().tolist()]
    assert found[[3, 77]].all()


def test_a_range_up_to_a_day_holds_all_of_that_day():
    frame = FRAME.assign(start=FRAME["start"] + pd.to_timedelta(np.arange(N) % 24, "h"))
    outline, values, reason = outlined(frame)
    found = parse_given({"start": ("2020-03-01", "2020-03-31")}, outline).matches(values, reason)
    assert found.tolist() == ((frame["start"] >= "2020-03-01") & (frame["start"] < "2020-04-01")).tolist()
    assert found.any()


def test_every_way_of_having_no_value_can_be_asked_for():
    x = np.arange(60.0) ** 2
    x[3:6] = tag_missing(np.full(3, ord("a"), dtype=np.uint8))
    x[6:8] = tag_missing(np.full(2, ord("b"), dtype=np.uint8))
    x[8], x[9:11] = np.nan, -1
    table = read_table(pd.DataFrame({"x": x, "y": x[::-1] ** 2}), not_applicable={"x": [-1]}, leave_out=["y"])
    outline, reason = outline_of(table)

    def rows(asked):
        return np.flatnonzero(parse_given({"x": asked}, outline).matches(table.values, reason)).tolist()

    assert rows(".a") == [3, 4, 5]
    assert rows(["missing .b", None]) == [6, 7, 8]
    assert rows("not applicable") == rows(-1) == [9, 10]
    assert rows([-1, 4.0]) == [2, 9, 10]
    with pytest.raises(ColumnError, match=r"'.c'.*\.a \(missing .a\), \.b \(missing .b\), -1 \(not applicable\), None"):
        rows(".c")


# ---------------------------------------------------------------- the nearest that occurs


def nearest(given):
    return parse_given(given, OUTLINE).nearest(VALUES, REASON)


def test_nothing_is_said_where_a_row_matches():
    assert nearest({"sex": "female", "age": (18, 60)}) == ""
    assert nearest(FRAME[["age", "sex"]].head(5)) == ""


def test_one_condition_that_never_occurs():
    oldest = FRAME["age"].max()
    n = int((FRAME["age"] == oldest).sum())
    rows = "row" if n == 1 else "rows"
    assert nearest({"age": (200, None)}) == (
        f"No row of the data has age from 200. The nearest that occurs: age {oldest} ({n} {rows})."
    )


def test_only_the_conditions_that_exclude_each_other_are_named():
    said = nearest({"sex": "male", "age": (18, 80), "kids": 3, "region": ["North", "South"]})
    assert said.startswith("No row of the data has sex 'male' and kids 3 together.")
    n = int(((FRAME["sex"] == "male") & (FRAME["kids"] == 2)).sum())
    assert said.endswith(f"The nearest that occurs: sex 'male' and kids 2 ({n} rows).")


def test_the_nearest_is_the_one_of_brute_force():
    age = FRAME["age"]
    absent = sorted(set(range(18, 90)) - set(age[FRAME["grade"] == "high"]) & set(range(20, 80)))
    wanted = next(a for a in absent if a in set(age))
    said = nearest({"grade": "high", "age": wanted})
    gap = (age[FRAME["grade"] == "high"] - wanted).abs().min()
    by_grade = FRAME.loc[age == wanted, "grade"].cat.codes
    levels = FRAME["grade"].cat.codes
    step = (2 - by_grade).abs().min() / levels.std(ddof=0)
    if gap / age.std(ddof=0) <= step:
        expected = [f"age {wanted - gap}", f"age {wanted + gap}"]
    else:
        expected = [f"age {wanted}"]
    assert any(words in said.split("occurs:")[1] for words in expected)


def test_a_reason_that_does_not_occur_with_another_value():
    said = nearest({"wage": "refused", "total": (0, 99_999)})
    assert "wage without a value: refused (-8) and total from 0 to 99999 together" in said


def test_given_rows_that_no_real_row_has():
    frame = pd.DataFrame({"sex": ["female", "male"], "kids": [1, 3]})
    said = nearest(frame)
    assert said.startswith("1 of the 2 given rows hold what no row of the data holds (first: row 2).")
    assert "sex 'male' and kids 3 together" in said


def test_without_rows_there_is_no_nearest():
    given = parse_given({"age": 20}, OUTLINE)
    assert given.nearest(VALUES[:0], REASON[:0]) == "There are no rows."


# ---------------------------------------------------------------- conditions beside constraints

CONFLICTS = {
    "a range": (
        {"age": (18, 30), "sex": "male"},
        ["age >= 40"],
        "asks for age from 18 to 30, but.*'age >= 40' excludes",
    ),
    "a value": ({"age": 20}, ["sex == 'male'", "age > 40"], "asks for age 20, but the constraint 'age > 40' excludes"),
    "a level": ({"region": "North"}, ["region != 'North'"], "asks for region 'North', but"),
    "two columns": (
        {"start": ("2020-06-01", None), "end": (None, "2020-01-31")},
        ["age > 3", "start <= end"],
        "asks for start from 2020-06-01 and end up to 2020-01-31, but the constraint 'start <= end' excludes",
    ),
    "a sum": (
        {"wage": (500, None)},
        ["total == wage + other", "other >= 0", "total < 400"],
        "wage from 500, but the constraints.*exclude that",
    ),
    "rows": (pd.DataFrame({"age": [40, 20]}), ["age > 30"], "1 of the 2 given rows.*row 2 breaks 'age > 30'"),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_conditions_that_a_constraint_excludes(name):
    given, texts, message = CONFLICTS[name]
    with pytest.raises(SpecError, match=f"(?s){message}"):
        refuse_conflicts(parse_given(given, OUTLINE), parse_constraints(texts, OUTLINE.schema))


@pytest.mark.parametrize(
    "given",
    [{"age": (18, 41)}, {"wage": "refused"}, {"wage": 10.0, "sex": "male"}, FRAME[["sex", "age"]].head(9), {}],
    ids=["range", "reason", "value", "rows", "nothing"],
)
def test_conditions_that_constraints_leave_possible(given):
    constraints = parse_constraints(["age >= 18", "wage < 4000 or sex == 'male'"], OUTLINE.schema)
    assert refuse_conflicts(parse_given(given, OUTLINE), constraints) is None


def test_labels_that_stand_twice_are_told_apart_by_their_codes():
    frame = pd.DataFrame({"party": np.arange(60) % 3, "x": np.arange(60.0)})
    table = read_table(frame, kinds={"party": "nominal"})
    coding = replace(table.schema["party"].coding, value_labels={0.0: "other", 1.0: "left", 2.0: "other"})
    columns = tuple(replace(c, coding=coding) if c.name == "party" else c for c in table.schema.columns)
    schema = replace(table.schema, columns=columns)
    found = parse_constraints(["party == 'other (2.0)'", "party != 'left'"], schema)
    shown = replace(table, schema=schema).analysis_frame()
    assert found.holds(shown)[:, 0].tolist() == (frame["party"] == 2).tolist()
    with pytest.raises(ColumnError, match=r"Did you mean 'other \([02].0\)'"):
        parse_constraints("party == 'other'", schema)
