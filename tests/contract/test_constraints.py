"""Constraints: what they say of rows, what they reckon, and what is refused with which words."""

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import ColumnError, DataWarning, SpecError
from lacunet.synthesis.conditions import parse_constraints
from tests.contract._survey import N, survey, table_of

TABLE = table_of()
SCHEMA = TABLE.schema
FRAME = TABLE.analysis_frame()
RAW = survey()
WAGE = RAW["wage"].where(RAW["wage"] != -8)


def holds(*texts, frame=FRAME):
    return parse_constraints(texts, SCHEMA).holds(frame)


HELD = {
    "age >= 30": RAW["age"] >= 30,
    "30 < age": RAW["age"] > 30,
    "20 <= age < 60": RAW["age"].between(20, 59),
    "age != 30": RAW["age"] != 30,
    "start <= end": RAW["start"] <= RAW["end"],
    "end - start > 30": (RAW["end"] - RAW["start"]).dt.days > 30,
    "start + 30 >= end": RAW["start"] + pd.Timedelta(30, "D") >= RAW["end"],
    "start >= '2020-01-01'": RAW["start"] >= "2020-01-01",
    "start in ['2019-01-01', '2020-02-29']": RAW["start"].isin(pd.to_datetime(["2019-01-01", "2020-02-29"])),
    "total == wage + other": RAW["age"] > 0,
    "wage + other < 3000": ~(WAGE + RAW["other"] >= 3000),
    "wage >= 100": ~(WAGE < 100),
    "not wage >= 100": ~(WAGE >= 100),
    "isna(wage)": RAW["wage"] == -8,
    "notna(wage) and notna(age)": RAW["wage"] != -8,
    "isna(wage) or other < 500": (RAW["wage"] == -8) | (RAW["other"] < 500),
    "sex == 'female'": RAW["sex"] == "female",
    "sex != 'female'": RAW["sex"] != "female",
    "kids == 3": RAW["kids"] == 3,
    "kids in [0, 3]": RAW["kids"].isin([0, 3]),
    "kids not in (0, 3)": ~RAW["kids"].isin([0, 3]),
    "kids >= 1.5": RAW["kids"] >= 2,
    "kids * 2 + 1 == 5": RAW["kids"] == 2,
    "age in {20, 21, -5}": RAW["age"].isin([20, 21]),
    "region in ['North', 'East']": RAW["region"].isin(["North", "East"]),
    'region == "North" or kids < 2': (RAW["region"] == "North") | (RAW["kids"] < 2),
    "not (region == 'North' and kids < 2)": ~((RAW["region"] == "North") & (RAW["kids"] < 2)),
    "(region == 'North') | (kids < 2)": (RAW["region"] == "North") | (RAW["kids"] < 2),
    "(region == 'North') & ~(kids < 2)": (RAW["region"] == "North") & (RAW["kids"] >= 2),
    "grade >= 'middle'": RAW["grade"] >= "middle",
    "'high' > grade": RAW["grade"] < "high",
    "`hours per week` <= 30.5": RAW["hours per week"] <= 30.5,
    "min(age, 50) >= age": RAW["age"] <= 50,
    "max(age, kids * 20, 40) > 40": (RAW["age"] > 40) | (RAW["kids"] == 3),
    "abs(`hours per week` - 30) < 5": (RAW["hours per week"] - 30).abs() < 5 - 1e-9,
    "round(`hours per week`) == 30": RAW["hours per week"].round() == 30,
    "floor(age / 10) == 3": RAW["age"].between(30, 39),
    "sqrt(other) > 10": RAW["other"] > 100,
    "age // 10 == 3": RAW["age"].between(30, 39),
    "age % 2 == 0": RAW["age"] % 2 == 0,
    "age ** 2 > 900": RAW["age"] > 30,
    "-age < -30": RAW["age"] > 30,
}


@pytest.mark.parametrize("text", HELD)
def test_rows_that_keep_it_are_those_of_pandas(text):
    assert holds(text)[:, 0].tolist() == HELD[text].tolist()


def test_one_column_for_each_constraint():
    found = holds("age >= 30", "sex == 'female'")
    assert found.shape == (N, 2)
    assert (found == np.column_stack([HELD["age >= 30"], HELD["sex == 'female'"]])).all()


def test_tenths_add_up():
    frame = FRAME.assign(total=0.3, wage=0.1, other=0.2)
    assert 0.1 + 0.2 != 0.3
    assert holds("total == wage + other", "wage + other <= total", frame=frame).all()
    assert not parse_constraints("wage + other < total", SCHEMA).holds(frame).any()


def test_names_that_python_keeps_for_itself():
    frame = pd.DataFrame({"class": np.arange(60) % 7 + 0.5, "a'b": np.arange(60.0) + 0.5, "in": np.arange(60.0) / 7})
    from lacunet.table import read_table

    schema = read_table(frame, kinds=dict.fromkeys(frame.columns, "continuous")).schema
    found = parse_constraints("`class` > 3 and `a'b` >= 5 or `in` < 0", schema).holds(frame)[:, 0]
    assert found.tolist() == ((frame["class"] > 3) & (frame["a'b"] >= 5)).tolist()
    with pytest.raises(SpecError, match=r"at character 1.*backticks: `class`"):
        parse_constraints("class > 3", schema)


REFUSED = {
    "unknown column": ("agee > 3", ColumnError, "'agee', which is not a column.*Did you mean 'age'"),
    "identifier": ("id == 'p1'", ColumnError, "'id'.*takes no part.*identifier"),
    "constant": ("wave == 1", ColumnError, "'wave'.*constant"),
    "unknown level": ("region == 'Norht'", ColumnError, "'region' to be 'Norht'.*Did you mean 'North'"),
    "unknown level in a list": ("kids in [1, 9]", ColumnError, "9.*levels are: '0', '1', '2', '3'"),
    "unknown level with an order": ("grade > 'lwo'", ColumnError, "'lwo'.*Did you mean 'low'"),
    "level without quotes": ("region == North", ColumnError, "a level of 'region'.*write 'North'"),
    "cut short": ("age >", SpecError, "cannot be read at character 6, after 'age >'.*such as"),
    "one sign of equality": ("age = 30", SpecError, "at character 5.*Write == "),
    "signs of other languages": ("age > 3 && kids < 2", SpecError, "Write 'and' for &&"),
    "signs of a book": ("age ≥ 3", SpecError, "Write <=, >= and !="),
    "lone backtick": ("`hours per week > 3", SpecError, "backtick opens and closes"),
    "space in a name": ("hours per week > 3", SpecError, "needs backticks: `hours per week`"),
    "empty": ("  ", SpecError, "is no constraint"),
    "no text": (3, SpecError, "3 is no constraint"),
    "no statement": ("age + 1", SpecError, "'age.*1' is neither true nor false"),
    "no column": ("1 < 2", SpecError, "compares two constants"),
    "constant in a list": ("1 in [1, 2]", SpecError, "A column is needed"),
    "text for a number": ("age >= '18'", SpecError, "'18' is text.*a number, without quotes"),
    "number for a date": ("start > 3", SpecError, "3 is a number.*it has to be a date"),
    "no such day": ("start > '2020-02-30'", SpecError, "'2020-02-30' is no date"),
    "order of nominal levels": ("region > 'East'", SpecError, "without an order"),
    "levels against numbers": ("region == age", SpecError, "holds levels and.*numbers"),
    "no level in common": ("region == sex", SpecError, "share no level"),
    "order of two categories": ("region < sex", SpecError, "no order in common"),
    "words reckoned with": ("sex + 1 > 2", SpecError, "sex holds levels.*has to hold numbers"),
    "dates added": ("start + end > start", SpecError, "holds dates"),
    "dates multiplied": ("start * 2 > start", SpecError, "holds dates"),
    "empty list": ("age in []", SpecError, "no list of values"),
    "column in a list": ("age in [kids]", SpecError, "no list of values"),
    "a code for missing": ("wage == -8 or age > 3", SpecError, r"-8 is no value of 'wage'.*Write isna\(wage\)"),
    "a code in a list": ("wage in [-8, 100]", SpecError, r"-8 is no value of 'wage'.*Write isna\(wage\)"),
    "none": ("wage == None", SpecError, r"Write isna\(x\)"),
    "is": ("wage is kids", SpecError, r"Write isna\(x\)"),
    "unknown function": ("sqroot(age) > 2", SpecError, "no function.*Did you mean 'sqrt'"),
    "wrong arguments": ("sqrt(age, kids) > 2", SpecError, "has 2 arguments.*needs one"),
    "emptiness of a sum": ("isna(age + kids)", SpecError, "no single column"),
    "& without brackets": ("age > 3 & kids < 2", SpecError, "& binds more tightly.*Write 'and'"),
    "attribute": ("age.real > 3", SpecError, "nothing that can be reckoned with"),
    "place in a list": ("age[0] > 3", SpecError, "nothing that can be reckoned with"),
    "code": ("__import__('os').system('true') == 0", SpecError, "nothing that can be reckoned with"),
    "function of one's own": ("(lambda: age)() > 3", SpecError, "nothing that can be reckoned with"),
    "assignment": ("(y := age) > 3", SpecError, "nothing that can be reckoned with"),
    "too large": (f"age < {10**400}", SpecError, "too large a number"),
    "too deep": ("not " * 200 + "age > 3", SpecError, "nested too deeply|cannot be read"),
    "itself": ("total == total - wage", SpecError, "reckons 'total' from itself.*other columns"),
    "never": ("age < age", SpecError, "'age < age' can never hold"),
    "count below zero": ("kids < -1", SpecError, "'kids < -1' can never hold"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_means_nothing_is_refused(name):
    text, error, message = REFUSED[name]
    with pytest.raises(error, match=f"(?s){message}"):
        parse_constraints([text], SCHEMA)


CONTRADICTIONS = {
    "intervals": (["age > 50", "age < 30"], ["age > 50", "age < 30"]),
    "touching": (["age > 50", "age <= 50"], ["age > 50", "age <= 50"]),
    "no whole number between": (["age > 50", "age < 51"], ["age > 50", "age < 51"]),
    "levels": (["region == 'North'", "region != 'North'"], ["region == 'North'", "region != 'North'"]),
    "sets": (["kids in [0, 1]", "kids >= 2"], ["kids in [0, 1]", "kids >= 2"]),
    "order": (["start < end", "end < start"], ["start < end", "end < start"]),
    "a chain": (["start <= end", "end <= '2019-01-01'", "start >= '2020-01-01'"], None),
    "a sum": (["total == wage + other", "wage >= 100", "other >= 50", "total < 140"], None),
    "others are spared": (["sex == 'male'", "age > 50", "start < end", "age < 30"], ["age > 50", "age < 30"]),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions_are_named(name):
    texts, core = CONTRADICTIONS[name]
    with pytest.raises(SpecError, match="contradict each other") as caught:
        parse_constraints(texts, SCHEMA)
    named = {text for text in texts if repr(text) in str(caught.value)}
    assert named == set(core or texts)


@pytest.mark.parametrize(
    "texts",
    [
        ["age > 50", "age < 52"],
        ["start <= end", "end <= start"],
        ["age > 50 or kids == 1", "age < 30 or kids == 1"],
        ["`hours per week` > 50", "`hours per week` < 50.001"],
        ["total == wage + other", "total <= 100", "wage >= 100"],
        ["kids in [0, 1]", "kids in [1, 2]"],
    ],
    ids=str,
)
def test_what_some_row_can_satisfy_is_no_contradiction(texts):
    assert parse_constraints(texts, SCHEMA).texts == tuple(texts)


# ---------------------------------------------------------------- columns reckoned from others


def test_an_equality_reckons_its_column():
    found = parse_constraints(["age > 3", "wage + other == total"], SCHEMA)
    assert {name: term.text for name, term in found.derived.items()} == {"total": "wage + other"}
    made = found.derive(FRAME.assign(total=-1.0))
    assert made["total"].isna().tolist() == WAGE.isna().tolist()
    assert (made["total"] - (WAGE + RAW["other"])).abs().max() == 0
    assert made.drop(columns="total").equals(FRAME.drop(columns="total"))


def test_parts_are_reckoned_before_wholes():
    texts = ["total == wage + other", "wage == 12 * `hours per week`"]
    found = parse_constraints(texts, SCHEMA)
    assert list(found.derived) == ["wage", "total"]
    made = found.derive(FRAME)
    np.testing.assert_allclose(made["total"], 12 * RAW["hours per week"] + RAW["other"], rtol=1e-15)
    assert found.holds(made).all()


def test_dates_are_reckoned():
    found = parse_constraints("end == start + 7", SCHEMA)
    made = found.derive(FRAME)
    assert made["end"].tolist() == (RAW["start"] + pd.Timedelta(7, "D")).tolist()
    assert found.holds(made).all()


def test_of_two_bare_columns_the_one_that_is_free_is_reckoned():
    found = parse_constraints(["total == wage + other", "total == `hours per week`"], SCHEMA)
    assert list(found.derived) == ["total", "hours per week"]


@pytest.mark.parametrize("text", ["kids == age - 20", "age == 30", "total == wage or age > 3", "total <= wage"])
def test_what_is_no_definition_reckons_nothing(text):
    assert list(parse_constraints(text, SCHEMA).derived) == []


def test_a_column_is_reckoned_once():
    with pytest.raises(SpecError, match=r"'total == wage' and 'total == wage \+ other' both reckon 'total'"):
        parse_constraints(["wage == other * 2", "other == age + 1", "total == wage", "total == wage + other"], SCHEMA)


def test_a_circle_is_named():
    with pytest.raises(SpecError, match=r"'total == wage \+ 1' and 'wage == total . other' go in a circle"):
        parse_constraints(["total == wage + 1", "wage == total - other"], SCHEMA)


# ---------------------------------------------------------------- real rows


def test_rows_that_break_it_are_said():
    frame = FRAME.copy()
    frame.loc[[3, 17], "end"] = pd.Timestamp("2001-01-01")
    found = parse_constraints(["age >= 18", "start <= end"], SCHEMA)
    with pytest.warns(DataWarning, match="start <= end"):
        (sentence,) = found.check(frame)
    assert sentence.startswith(f"2 of {N} rows break the constraint 'start <= end' (rows 4 and 18).")


def test_of_many_rows_the_first_are_said():
    with pytest.warns(DataWarning):
        (sentence,) = parse_constraints("age >= 80", SCHEMA).check(FRAME)
    rows = [str(row + 1) for row in np.flatnonzero(RAW["age"] < 80)[:5]]
    assert f"(first: rows {', '.join(rows[:4])} and {rows[4]})" in sentence


def test_rows_that_keep_all_are_silent():
    assert parse_constraints(["age >= 18", "start <= end", "total == wage + other"], SCHEMA).check(FRAME) == ()


def test_no_row_that_satisfies_all_is_an_error_that_names_them():
    frame = FRAME.assign(kids=np.where(RAW["age"] > 40, 0.0, 2.0))
    with pytest.raises(SpecError, match="'age > 40' and 'kids == 2' together") as caught:
        parse_constraints(["sex in ['female', 'male']", "age > 40", "kids == 2"], SCHEMA).check(frame)
    assert "'sex in" not in str(caught.value)


def test_one_that_no_row_satisfies():
    with pytest.raises(SpecError, match=f"None of the {N} rows satisfies the constraint 'age > 200'"):
        parse_constraints(["age > 200", "sex == 'male'"], SCHEMA).check(FRAME)


def test_what_the_file_rounded_is_said():
    frame = FRAME.assign(**{"hours per week": (RAW["other"] / 7).round(1)})
    with pytest.raises(SpecError, match=r"write `hours per week` == round\(other / 7, 1\)"):
        parse_constraints("`hours per week` == other / 7", SCHEMA).check(frame[RAW["other"] % 7 != 0])
    assert parse_constraints("`hours per week` == round(other / 7, 1)", SCHEMA).check(frame) == ()


def test_no_rows_break_nothing():
    assert parse_constraints("age > 200", SCHEMA).check(FRAME.head(0)) == ()


def test_no_constraints():
    found = parse_constraints([], SCHEMA)
    assert (len(found), found.columns, found.holds(FRAME).shape) == (0, (), (N, 0))
    assert found.check(FRAME) == ()


def test_columns_are_those_named():
    assert parse_constraints(["isna(wage) or age > 3", "sex == 'male'"], SCHEMA).columns == ("age", "sex", "wage")
