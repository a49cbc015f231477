"""Stata and SPSS files against what pyreadstat, the other reader, says of them; and back without a difference."""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import pytest

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED
from lacunet.table import apply_schema, read_table, write_frame

N = 40
TRUST = {1.0: "None at all", 2.0: "A little", 3.0: "Quite a lot", 4.0: "A great deal"}


@pytest.fixture
def stata(tmp_path):
    """A .dta file with labels, .a and .b, whole and broken numbers, words and dates."""
    trust = [float(1 + i % 4) for i in range(N)]
    trust[0], trust[1], trust[2], trust[3] = "a", "b", "c", None
    path = tmp_path / "given.dta"
    frame = pd.DataFrame(
        {
            "trust": pd.Series(trust, dtype=object),
            "age": pd.array([18 + i for i in range(N)], dtype="int16"),
            "wage": [None if i == 5 else i * 1.5 for i in range(N)],
            "town": [["Bonn", "Köln", ""][i % 3] for i in range(N)],
            "born": [dt.date(1980, 1, 1) + dt.timedelta(days=i) for i in range(N)],
        }
    )
    labels = {int(code): label for code, label in TRUST.items()}
    pyreadstat.write_dta(
        frame,
        str(path),
        file_label="A survey",
        column_labels={"trust": "Trust in parliament", "age": "Age in years"},
        variable_value_labels={"trust": labels | {"a": "Refused", "b": "Don't know", "c": "Not applicable"}},
        missing_user_values={"trust": ["a", "b", "c"]},
        variable_format={"age": "%8.0g"},
    )
    return path


@pytest.fixture
def spss(tmp_path):
    """A .sav file with discrete and ranged user-missing codes."""
    path = tmp_path / "given.sav"
    trust = [float(1 + i % 4) for i in range(N)]
    trust[:5] = [-9.0, -8.0, 98.0, 99.0, None]
    frame = pd.DataFrame({"trust": trust, "age": [18.0 + i for i in range(N)], "town": ["Bonn", "Köln"] * (N // 2)})
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label="A survey",
        column_labels={"trust": "Trust in parliament"},
        variable_value_labels={
            "trust": TRUST | {-9.0: "Refused", -8.0: "Inapplicable", 98.0: "Don't know", 99.0: "No answer"}
        },
        missing_ranges={"trust": [{"lo": -9.0, "hi": -8.0}, 98.0]},
        variable_measure={"trust": "ordinal"},
    )
    return path


def test_stata_letters_have_reasons_and_labels_make_a_scale(stata):
    table = read_table(stata)
    trust = table.schema["trust"]
    assert (trust.kind, trust.label, trust.levels) == ("ordinal", "Trust in parliament", (1.0, 2.0, 3.0, 4.0))
    assert trust.level_labels() == tuple(TRUST.values())
    assert dict(trust.missing_by_reason) == {"refused": 1, "don't know": 1, "no value": 1}
    column = table.layout.names.index("trust")
    assert table.state[:6, column].tolist() == [MISSING, MISSING, INAPPLICABLE, MISSING, OBSERVED, OBSERVED]
    assert table.schema["town"].n_missing == N // 3
    assert table.schema["born"].kind == "date"


def test_stata_cells_agree_with_the_plain_reader(stata):
    table = read_table(stata)
    plain, _ = pyreadstat.read_dta(str(stata))
    for name in ("trust", "wage", "age"):
        np.testing.assert_array_equal(table.native[name].to_numpy(float), plain[name].to_numpy(float))


def test_stata_comes_back_identical(stata, tmp_path):
    table = read_table(stata)
    write_frame(table.native, tmp_path / "back.dta", table.schema)
    for user_missing in (True, False):
        was, was_meta = pyreadstat.read_dta(str(stata), user_missing=user_missing)
        now, now_meta = pyreadstat.read_dta(str(tmp_path / "back.dta"), user_missing=user_missing)
        pd.testing.assert_frame_equal(was, now)
        for field in (
            "column_names_to_labels",
            "variable_value_labels",
            "missing_user_values",
            "original_variable_types",
            "readstat_variable_types",
            "file_label",
        ):
            assert getattr(was_meta, field) == getattr(now_meta, field), field


def test_completed_stata_keeps_only_the_letter_that_does_not_apply(stata, tmp_path):
    table = read_table(stata)
    _, columns = table.cells
    done = table.complete(np.where(columns == table.layout.names.index("trust"), 2.0, 0.0))
    write_frame(done, tmp_path / "done.dta", table.schema)
    now, meta = pyreadstat.read_dta(str(tmp_path / "done.dta"), user_missing=True)
    assert now["trust"][:4].tolist() == [3.0, 3.0, "c", 3.0]
    assert meta.missing_user_values == {"trust": ["c"]}
    assert meta.variable_value_labels["trust"]["c"] == "Not applicable"
    assert now["town"][2] == "Bonn"


def test_spss_codes_have_reasons(spss):
    table = read_table(spss)
    trust = table.schema["trust"]
    assert trust.kind == "ordinal"
    assert dict(trust.missing_by_reason) == {
        "refused": 1,
        "don't know": 1,
        "no answer": 1,  # 99 is not flagged by the file; its label tells
        "no value": 1,
    }
    assert table.native["trust"][0] == -9.0
    assert trust.not_applicable == (-8.0,)


def test_spss_comes_back_identical(spss, tmp_path):
    table = read_table(spss)
    write_frame(table.native, tmp_path / "back.sav", table.schema)
    was, was_meta = pyreadstat.read_sav(str(spss), user_missing=True)
    now, now_meta = pyreadstat.read_sav(str(tmp_path / "back.sav"), user_missing=True)
    pd.testing.assert_frame_equal(was, now)
    for field in (
        "column_names_to_labels",
        "variable_value_labels",
        "variable_measure",
        "original_variable_types",
        "variable_display_width",
        "file_label",
    ):
        assert getattr(was_meta, field) == getattr(now_meta, field), field
    ranges = [{(r["lo"], r["hi"]) for r in meta.missing_ranges["trust"]} for meta in (was_meta, now_meta)]
    assert ranges[0] == ranges[1] == {(-9.0, -8.0), (98.0, 98.0)}


def test_completed_spss_replaces_codes_but_keeps_inapplicable(spss):
    table = read_table(spss)
    done = table.complete(np.zeros(len(table.cells[0])))
    assert done["trust"][:5].tolist() == [1.0, -8.0, 1.0, 1.0, 1.0]
    everywhere = read_table(spss, impute_not_applicable=["trust"])
    assert everywhere.complete(np.zeros(len(everywhere.cells[0])))["trust"][1] == 1.0


def test_labels_may_be_named_and_guessing_be_switched_off(spss):
    by_label = read_table(spss, not_applicable={"trust": ["Refused"]})
    assert by_label.schema["trust"].n_inapplicable == 2
    as_answers = read_table(spss, missing_codes={"trust": []})
    assert as_answers.schema["trust"].levels == (-9.0, -8.0, 1.0, 2.0, 3.0, 4.0, 98.0, 99.0)


def test_new_rows_of_a_labelled_file(spss):
    table = read_table(spss)
    again = apply_schema(table.schema, spss)
    np.testing.assert_array_equal(again.values, table.values)
    np.testing.assert_array_equal(again.state, table.state)


def test_categories_become_labelled_codes_in_order(tmp_path):
    levels = ["low", "middle", "high"]
    frame = pd.DataFrame(
        {"k": pd.Categorical(["high", None, "low", "middle"] * 7, categories=levels, ordered=True), "x": range(28)}
    )
    for ending, read in (("dta", pyreadstat.read_dta), ("sav", pyreadstat.read_sav)):
        write_frame(frame, tmp_path / f"a.{ending}")
        now, meta = read(str(tmp_path / f"a.{ending}"))
        assert meta.variable_value_labels["k"] == {1: "low", 2: "middle", 3: "high"}
        np.testing.assert_array_equal(now["k"][:3].to_numpy(float), [3.0, np.nan, 1.0])
        assert read_table(tmp_path / f"a.{ending}").schema["k"].kind == "ordinal"


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_text_files_keep_codes_that_are_no_amounts(tmp_path, ending):
    separator = "," if ending == "csv" else "\t"
    text = [["zip", "n", "x", "note", "long"]]
    text += [
        [f"0{1000 + i % 7}", f"{i}" if i else "", f"{i}.5", "a, b" if i % 2 else "c", f"{10**18 + i}"]
        for i in range(30)
    ]
    path = tmp_path / f"a.{ending}"
    quote = lambda cell: f'"{cell}"' if separator in cell else cell  # noqa: E731
    lines = [separator.join(map(quote, row)) for row in text]
    path.write_text("\n".join(lines) + "\n")
    table = read_table(path)
    assert table.native["zip"][0] == "01000"
    assert table.native["long"][29] == str(10**18 + 29)
    write_frame(table.native, tmp_path / f"b.{ending}", table.schema)
    assert (tmp_path / f"b.{ending}").read_text() == path.read_text()


def test_semicolons_decimal_commas_and_byte_order_mark(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("\ufeffa;b\n1,5;x\n2,25;y\n;x\n".encode())
    table = read_table(path)
    assert list(table.native.columns) == ["a", "b"]
    np.testing.assert_array_equal(table.native["a"], [1.5, 2.25, np.nan])


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_arrow_files_keep_types_index_and_order(tmp_path, ending):
    frame = pd.DataFrame(
        {
            "k": pd.Categorical(["b", "a", None] * 10, categories=["z", "b", "a"], ordered=True),
            "i": pd.array([1, None, 3] * 10, dtype="Int16"),
            "d": pd.to_datetime(["2020-01-01", None, "2021-05-05"] * 10),
        },
        index=[f"r{i}" for i in range(30)],
    )
    write_frame(frame, tmp_path / f"a.{ending}")
    pd.testing.assert_frame_equal(read_table(tmp_path / f"a.{ending}").native, frame)


def test_excel_round_trip(tmp_path):
    frame = pd.DataFrame({"x": [1.5, None, 3.5] * 10, "g": ["a", None, "b"] * 10, "n": range(30)})
    write_frame(frame, tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx")
    np.testing.assert_array_equal(table.native["x"], frame["x"])
    assert table.native["g"].isna().tolist() == frame["g"].isna().tolist()
    assert table.schema["g"].n_missing == 10


def test_polars_and_arrow_frames_are_written(tmp_path):
    plain = {"x": [1.5, 2.5], "g": ["a", "b"]}
    for frame in (pl.DataFrame(plain), pa.table(plain)):
        for ending in ("csv", "dta", "parquet"):
            write_frame(frame, tmp_path / f"a.{ending}", force=True)
            assert read_table(tmp_path / f"a.{ending}").native["g"].tolist() == ["a", "b"]
