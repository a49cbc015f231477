"""Bad input: each thing that goes wrong is said in three parts, and nothing is lost or half-written."""

import errno
import os
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import pytest

from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.table import apply_schema, read_table, write_frame

N = 60


def frame(**columns):
    base = {"x": np.linspace(0.0, 1.0, N) ** 2, "g": ["a", "b", "c"] * (N // 3)}
    return pd.DataFrame(base | columns)


def says(error, *words):
    text = str(error.value)
    for word in words:
        assert word in text, f"{word!r} not in {text!r}"
    assert text.count(". ") >= 2 or text.count(".") >= 3, f"not three parts: {text!r}"


# ------------------------------------------------------------------ files


@pytest.mark.parametrize("content", ["", "\n", "   \n"])
def test_empty_file(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, "a.csv", "empty")


def test_header_only(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n")
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, "a.csv", "no rows")


def test_missing_file_and_folder_and_unknown_ending(tmp_path):
    with pytest.raises(DataError) as error:
        read_table(tmp_path / "nowhere.csv")
    says(error, "nowhere.csv", "no file")
    with pytest.raises(DataError) as error:
        read_table(tmp_path)
    says(error, "folder")
    (tmp_path / "a.docx").write_text("x")
    with pytest.raises(SpecError) as error:
        read_table(tmp_path / "a.docx")
    says(error, "a.docx", ".csv", ".sav")


def test_ragged_rows_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n1,2,3\n")
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, "a.csv", "2 cells")


def test_wrong_encoding_is_named_and_the_right_one_works(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("x,town\n1,Köln\n2,Bonn\n3,Bonn\n".encode("latin-1"))
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, "UTF-8", "line 2", "encoding='latin-1'")
    assert read_table(path, encoding="latin-1").native["town"].tolist() == ["Köln", "Bonn", "Bonn"]
    with pytest.raises(SpecError):
        read_table(path, encoding="klingon")


@pytest.mark.parametrize("ending", ["dta", "sav", "parquet", "feather", "xlsx"])
@pytest.mark.parametrize("keep", [0.5, 0.97])
def test_truncated_files(tmp_path, ending, keep):
    path = tmp_path / f"a.{ending}"
    write_frame(frame(y=np.arange(N) % 7.0), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, f"a.{ending}", "whole file")


@pytest.mark.parametrize("ending", ["dta", "sav", "parquet", "feather", "xlsx"])
def test_text_under_a_wrong_name(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_text("x,y\n1,2\n" * 50)
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, f"a.{ending}")


# ------------------------------------------------------------------ names, rows, columns


def test_duplicate_names_in_frame_and_file(tmp_path):
    doubled = pd.DataFrame(np.ones((4, 3)), columns=["a", "b", "a"])
    with pytest.raises(DataError) as error:
        read_table(doubled)
    says(error, "'a'", "more than once")
    path = tmp_path / "a.csv"
    path.write_text("a,b,a\n1,2,3\n")
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, "'a'", "more than once")


def test_two_empty_names_are_refused_and_one_is_kept(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(",x,\n1,2,3\n")
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, "Columns 1, 3", "no name")
    path.write_text(",x\n" + "".join(f"{i},{i % 7}\n" for i in range(1, 40)))
    table = read_table(path)
    assert list(table.native.columns) == ["", "x"]
    assert table.schema[""].role == "identifier"


def test_no_rows_and_no_columns():
    with pytest.raises(DataError) as error:
        read_table(frame().iloc[:0])
    says(error, "no rows")
    with pytest.raises(DataError) as error:
        read_table(pd.DataFrame(index=range(3)))
    says(error, "no columns")


def test_one_row_and_one_column():
    table = read_table(frame().iloc[:1])
    assert [column.role for column in table.schema.columns] == ["constant", "constant"]
    assert table.values.shape == (1, 0)
    pd.testing.assert_frame_equal(table.complete(np.zeros(0)), frame().iloc[:1])
    one = read_table(frame()[["x"]])
    assert one.layout.names == ("x",)


def test_all_missing_and_constant_columns_are_left_out_and_said():
    given = frame(nothing=np.nan, always=3)
    table = read_table(given)
    assert table.schema["nothing"].role == "empty"
    assert table.schema["always"].role == "constant"
    notes = " ".join(table.schema.notes)
    assert "'nothing'" in notes and "'always'" in notes
    pd.testing.assert_frame_equal(table.complete(np.zeros(0)), given)


def test_rows_without_a_hole():
    given = frame()
    table = read_table(given)
    assert len(table.cells[0]) == 0
    assert not table.mask.any()
    pd.testing.assert_frame_equal(table.complete(np.zeros(0)), given)


def test_non_unique_index_stays():
    given = frame()
    given.index = [7] * N
    given.loc[given["x"] > 0.9, "x"] = np.nan
    table = read_table(given)
    done = table.complete(np.full(len(table.cells[0]), 0.5))
    assert done.index.equals(given.index)
    assert done["x"].isna().sum() == 0


# ------------------------------------------------------------------ cells


def test_infinities_are_named_and_may_be_declared():
    given = frame()
    given.loc[[4, 8], "x"] = [np.inf, -np.inf]
    with pytest.raises(ColumnError) as error:
        read_table(given)
    says(error, "'x'", "2 infinite", "row 5", "missing_codes")
    table = read_table(given, missing_codes={"x": [float("inf"), float("-inf")]})
    assert table.schema["x"].n_missing == 2


def test_numbers_stored_as_text_are_numbers_and_come_back_as_text():
    given = frame(t=[f"{v:.1f}" if v % 5 else None for v in range(N)])
    table = read_table(given)
    assert table.schema["t"].kind in ("continuous", "count")
    done = table.complete(np.full(len(table.cells[0]), 3.0))
    assert done["t"][0] == "3.0"
    assert done["t"][1] == "1.0"
    assert "as text" in " ".join(table.schema.notes)


def test_mixed_types_are_named_with_the_first_row():
    cells = [float(i) for i in range(N)]
    cells[3:9] = ["low", "mid", "high", "top", "mid", "low"]
    with pytest.raises(ColumnError) as error:
        read_table(frame(income=cells))
    says(error, "'income'", "6 values that are not numbers", "'low'", "row 4", "missing_codes={'income': ['low']}")


def test_a_refusal_among_numbers_is_missing_with_its_reason():
    cells = [float(i) for i in range(N)]
    cells[3] = cells[5] = "Refused"
    table = read_table(frame(income=cells))
    column = table.schema["income"]
    assert (column.n_missing, dict(column.missing_by_reason)) == (2, {"refused": 2})
    done = table.complete(np.array([11.0, 12.0]))
    assert done["income"][3] == 11 and done["income"][5] == 12


def test_a_code_of_unknown_meaning_is_kept_and_warned_of(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("hours,g\n" + "".join(f"{'N' if i % 4 == 0 else i},{'ab'[i % 2]}\n" for i in range(1, 80)))
    with pytest.warns(DataWarning, match=r"'hours' 'N' \(19\).*kept as they are"):
        table = read_table(path)
    column = table.schema["hours"]
    assert (column.n_inapplicable, column.n_missing, column.kind) == (19, 0, "continuous")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        declared = read_table(path, not_applicable=["N"])
        imputed = read_table(path, missing_codes={"hours": ["N"]})
    assert declared.schema["hours"].n_inapplicable == 19
    assert imputed.schema["hours"].n_missing == 19
    assert set(imputed.complete(np.full(19, 40.0))["hours"][[3, 7]]) == {"40"}


def test_a_refusal_among_numbers_is_no_number_and_no_skip():
    income = ["refused" if i % 9 == 0 else "Don't know" if i % 9 == 1 else str(100 + i) for i in range(N)]
    column = read_table(frame(income=income)).schema["income"]
    assert (column.kind, column.n_missing, column.n_inapplicable) == ("continuous", 14, 0)
    assert dict(column.missing_by_reason) == {"refused": 7, "don't know": 7}
    with pytest.warns(DataWarning, match="'refused'"):
        assert read_table(frame(income=income), missing_codes={"income": []}).schema["income"].n_inapplicable == 14


def test_an_undeclared_sentinel_is_warned_of():
    given = frame(income=[-8.0 if i % 9 == 0 else 100.0 + i for i in range(N)])
    with pytest.warns(DataWarning, match=r"'income' -8"):
        table = read_table(given)
    assert table.schema["income"].n_missing == 0
    assert read_table(given, missing_codes={"income": [-8]}).schema["income"].n_missing == 7


def test_ten_thousand_levels_are_left_out_and_said():
    n = 20_000
    given = pd.DataFrame({"code": [f"c{i % 10_000}" for i in range(n)], "x": np.arange(n) % 91})
    table = read_table(given)
    assert table.schema["code"].role == "identifier"
    assert "10,000 levels" in table.schema["code"].reason
    assert "'code'" in " ".join(table.schema.notes)
    assert read_table(given.astype({"code": "category"})).schema["code"].role == "identifier"


def test_identifiers_and_free_text_are_left_out_and_said():
    given = frame(
        person_id=np.arange(N) * 17 + 4,
        key=[f"k{i:04d}" for i in range(N)],
        said=[f"I think that {i} reasons matter here" for i in range(N)],
    )
    table = read_table(given)
    roles = {column.name: column.role for column in table.schema.columns}
    assert roles == {"x": "modelled", "g": "modelled", "person_id": "identifier", "key": "identifier", "said": "text"}
    assert table.layout.names == ("x", "g")


def test_dates_out_of_range_and_impossible():
    days = pd.Series(pd.to_datetime("2001-01-01") + pd.to_timedelta(np.arange(N), "D")).astype("datetime64[us]")
    days[5] = np.datetime64("9999-12-31", "us")
    with pytest.raises(ColumnError) as error:
        read_table(frame(born=days))
    says(error, "'born'", "9999-12-31", "row 6", "missing_codes")
    assert read_table(frame(born=days), missing_codes={"born": ["9999-12-31"]}).schema["born"].n_missing == 1
    text = [f"2020-01-{i % 28 + 1:02d}" for i in range(N)]
    text[7] = "2021-02-30"
    with pytest.raises(ColumnError) as error:
        read_table(frame(day=text))
    says(error, "'day'", "do not exist", "row 8")


# ------------------------------------------------------------------ options


@pytest.mark.parametrize(
    "options",
    [
        {"kinds": {"agee": "count"}},
        {"missing_codes": {"agee": [1]}},
        {"not_applicable": {"agee": [1]}},
        {"impute_not_applicable": ["agee"]},
        {"leave_out": ["agee"]},
    ],
)
def test_unknown_column_in_an_option_names_the_nearest(options):
    with pytest.raises(SpecError) as error:
        read_table(frame(age=np.arange(N) % 50), **options)
    says(error, "'agee'", "Did you mean 'age'?")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kinds": {"x": "contnuous"}}, ["'contnuous'", "Did you mean 'continuous'?"]),
        ({"leave_out": ["x", "x"]}, ["twice"]),
        ({"leave_out": ["x"], "kinds": {"x": "count"}}, ["leave_out", "kinds"]),
        ({"missing_codes": {"x": [1]}, "not_applicable": {"x": [1]}}, ["missing_codes", "not_applicable"]),
        ({"missing_codes": {"x": [1, 1]}}, ["twice"]),
    ],
)
def test_contradicting_options(options, words):
    with pytest.raises(SpecError) as error:
        read_table(frame(), **options)
    says(error, *words)


@pytest.mark.parametrize(
    ("kind", "column", "words"),
    [
        ("continuous", "g", ["'a'", "needs numbers"]),
        ("binary", "g", ["3 levels", "two"]),
        ("date", "x", ["no date"]),
        ("count", "x", ["whole numbers"]),
    ],
)
def test_a_kind_that_the_cells_cannot_have(kind, column, words):
    with pytest.raises(ColumnError) as error:
        read_table(frame(), kinds={column: kind})
    says(error, f"'{column}'", *words)


def test_a_code_that_does_not_occur_is_warned_of():
    with pytest.warns(DataWarning, match="'x' -9"):
        read_table(frame(), missing_codes={"x": [-9]})


@pytest.mark.parametrize("source", [np.zeros((3, 2)), {"a": [1]}, None, pl.LazyFrame({"a": [1]})])
def test_things_that_are_no_frame(source):
    with pytest.raises(SpecError) as error:
        read_table(source)
    says(error, "pandas, polars or pyarrow")


# ------------------------------------------------------------------ new rows


def test_unseen_level_and_different_columns():
    table = read_table(frame())
    new = frame().iloc[:5].assign(g=["a", "b", "zebra", "a", "a"])
    with pytest.raises(ColumnError) as error:
        apply_schema(table.schema, new)
    says(error, "'g'", "'zebra'", "row 3", "'a', 'b', 'c'")
    with pytest.raises(ColumnError) as error:
        apply_schema(table.schema, frame().rename(columns={"g": "gg"}))
    says(error, "'g' is absent", "did you mean 'gg'", "'gg' is new")
    with pytest.raises(ColumnError) as error:
        apply_schema(table.schema, frame().assign(x="word"))
    says(error, "'x'", "'word'")


def test_no_read_permission(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n")

    def refuse(*_args, **_options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(DataError) as error:
        read_table(path)
    says(error, "permission")


def test_every_message_names_a_remedy():
    """No error of the room is a bare statement."""
    with pytest.raises(ColumnError) as error:
        read_table(pa.table({"x": [1.0, float("inf"), 2.0, 3.0]}))
    assert re.search(r"say missing_codes=", str(error.value))
    assert issubclass(pyreadstat.ReadstatError, Exception)
