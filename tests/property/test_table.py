"""Laws of tables: what is observed stays, what is put in comes out, and nothing depends on the order of rows."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED
from lacunet.table import Schema, apply_schema, read_table
from lacunet.table._raw import read_tags, tag_missing

N = 48
WORDS = ["ja", "nein", "vielleicht", "weiß nicht"]


def _make(rng):
    """One column of each storage, with holes."""
    days = np.datetime64("2019-01-01", "us") + rng.integers(0, 900, N).astype("m8[D]")
    columns = {
        "number": pd.Series(rng.normal(size=N).round(3)),
        "small": pd.Series(rng.integers(1, 6, N).astype(float)),
        "nullable": pd.Series(rng.integers(0, 30, N), dtype="Int16"),
        "word": pd.Series(rng.choice(WORDS, N), dtype="str"),
        "text_number": pd.Series(rng.integers(0, 40, N).astype(str), dtype="str"),
        "category": pd.Series(
            pd.Categorical(rng.choice(["lo", "mid", "hi"], N), ["lo", "mid", "hi", "never"], ordered=True)
        ),
        "flag": pd.Series(rng.random(N) < 0.5, dtype="boolean"),
        "day": pd.Series(days),
        "iso": pd.Series(np.datetime_as_string(days, unit="D"), dtype="str"),
    }
    frame = pd.DataFrame(columns)
    for name in frame.columns:
        frame.loc[rng.random(N) < 0.25, name] = None
    return frame


def _as_pandas(frame):
    return frame


def _as_polars(frame):
    words = pl.from_pandas(frame.drop(columns="category"))
    levels = ["lo", "mid", "hi", "never"]
    cells = [None if pd.isna(cell) else cell for cell in frame["category"]]
    return words.with_columns(
        pl.Series("category", cells, dtype=pl.Enum(levels)),
        pl.col("day").cast(pl.Date),
        pl.col("word").cast(pl.Categorical),
    )


def _as_arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def _as_backed(frame):
    return frame.convert_dtypes(dtype_backend="pyarrow")


def _cells(frame):
    """Cells of any frame as plain Python values, None where empty."""
    if isinstance(frame, pd.DataFrame):
        return {name: [None if pd.isna(cell) else cell for cell in frame[name]] for name in frame.columns}
    return {
        name: list(frame[name].to_pylist() if isinstance(frame, pa.Table) else frame[name]) for name in _names(frame)
    }


def _names(frame):
    return frame.column_names if isinstance(frame, pa.Table) else list(frame.columns)


def _types(frame):
    if isinstance(frame, pa.Table):
        return frame.schema.types
    return list(frame.dtypes)


def _donate(table, rng):
    """For each hole, a value that another row of the column holds."""
    _, columns = table.cells
    return np.array([rng.choice(table.values[table.state[:, j] == OBSERVED, j]) for j in columns])


LIBRARIES = pytest.mark.parametrize("convert", [_as_pandas, _as_polars, _as_arrow, _as_backed])


@LIBRARIES
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_observed_cells_stay_and_donated_values_come_out(convert, seed):
    rng = np.random.default_rng(seed)
    frame = convert(_make(rng))
    before = _cells(frame)
    table = read_table(frame)
    values = _donate(table, rng)
    done = table.complete(values)

    assert type(done) is type(frame)
    assert _names(done) == _names(frame)
    assert _types(done) == _types(frame)
    assert _cells(frame) == before, "the input was changed"
    after = _cells(done)
    for j, name in enumerate(_names(frame)):
        for i, cell in enumerate(before[name]):
            if not table.mask[i, j]:
                assert after[name][i] == cell, (name, i)
            else:
                assert after[name][i] is not None

    again = apply_schema(table.schema, done)
    rows, columns = table.cells
    assert not (again.state == MISSING).any()
    np.testing.assert_allclose(again.values[rows, columns], values, rtol=0, atol=1e-9)
    kept = table.state == OBSERVED
    np.testing.assert_array_equal(again.values[kept], table.values[kept])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_kinds_do_not_depend_on_the_order_of_rows_or_columns(seed):
    rng = np.random.default_rng(seed)
    frame = _make(rng)
    shuffled = frame.iloc[rng.permutation(N), rng.permutation(frame.shape[1])]
    one, other = read_table(frame).schema, read_table(shuffled).schema
    for name in frame.columns:
        assert one[name] == other[name]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_all_libraries_give_the_same_numbers(seed):
    frame = _make(np.random.default_rng(seed)).drop(columns="day")
    tables = [read_table(convert(frame)) for convert in (_as_pandas, _as_arrow, _as_backed)]
    for table in tables[1:]:
        np.testing.assert_array_equal(table.values, tables[0].values)
        np.testing.assert_array_equal(table.state, tables[0].state)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_a_schema_survives_json_and_still_reads(seed):
    table = read_table(_make(np.random.default_rng(seed)))
    schema = Schema.from_dict(json.loads(json.dumps(table.schema.as_dict())))
    assert schema == table.schema
    again = apply_schema(schema, table.native)
    np.testing.assert_array_equal(again.values, table.values)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_new_rows_may_have_their_columns_in_another_order(seed):
    rng = np.random.default_rng(seed)
    table = read_table(_make(rng))
    again = apply_schema(table.schema, table.native.iloc[:, ::-1])
    np.testing.assert_array_equal(again.values, table.values)
    assert again.layout == table.layout


def test_new_rows_may_spell_numbers_as_text_and_the_other_way_round():
    numbers = pd.DataFrame(
        {"x": [1.5, -8, 2.25, None] * 9, "k": [1.0, 2.0, 3.0, 3.0] * 9, "i": [5.0, 6.0, None, 9.0] * 9}
    )
    text = numbers.map(lambda cell: None if pd.isna(cell) else f"{cell:g}").astype("str")
    options = {"missing_codes": {"x": [-8]}, "kinds": {"x": "continuous", "k": "nominal", "i": "continuous"}}
    for fitted, new in ((numbers, text), (text, numbers)):
        table = read_table(fitted, **options)
        again = apply_schema(table.schema, new)
        np.testing.assert_array_equal(again.values, table.values)
        np.testing.assert_array_equal(again.state, table.state)
        _, columns = again.cells
        done = again.complete(np.where(columns == 0, 2.25, np.where(columns == 1, 1.0, 9.0)))
        wanted = numbers.replace({"x": {-8: 2.25}}).fillna({"x": 2.25, "i": 9.0})
        np.testing.assert_array_equal(done.astype(float), wanted)
        assert list(done.dtypes) == list(new.dtypes)


@given(st.lists(st.sampled_from([0, *range(ord("a"), ord("z") + 1)]), min_size=1, max_size=50))
def test_tags_of_missing_values_survive_copies(letters):
    letters = np.array(letters, dtype=np.uint8)
    tagged = tag_missing(letters)
    assert np.isnan(tagged).all()
    frame = pd.concat([pd.DataFrame({"x": tagged})] * 2).iloc[::-1].reset_index(drop=True)
    np.testing.assert_array_equal(read_tags(frame["x"].to_numpy()), np.concatenate([letters, letters])[::-1])
    assert not read_tags(np.array([1.0, np.nan, -3.5])).any()


@pytest.mark.parametrize("as_frame", [pd.DataFrame, pl.DataFrame])
def test_what_is_written_into_a_frame_later_changes_nothing(as_frame):
    given = as_frame({"x": np.arange(40.0) ** 1.5, "g": ["a", "b"] * 20})
    if isinstance(given, pd.DataFrame):
        given.loc[3, "x"] = np.nan
    else:
        given[3, "x"] = None
    table = read_table(given)
    before = table.complete(np.full(len(table.cells[0]), 2.0))
    if isinstance(given, pd.DataFrame):
        given.loc[5, "x"] = -1.0
        given["new"] = 1
    else:
        given[5, "x"] = -1.0
        given.insert_column(2, pl.Series("new", [1] * 40))
    assert table.complete(np.full(len(table.cells[0]), 2.0)).equals(before)
    assert list(table.native.columns) == ["x", "g"]
    assert table.native["x"][5] == 5**1.5


@given(st.lists(st.sampled_from(["N", "", "1", "2", "3", "17", "40"]), min_size=30, max_size=60))
def test_states_count_every_cell_once(cells):
    cells = [*cells, "1", "2", "17", "40", "3", "17"]
    frame = pd.DataFrame({"x": pd.Series(cells, dtype="str"), "y": range(len(cells))})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = read_table(frame, not_applicable=["N"], kinds={"x": "continuous", "y": "continuous"})
    column = table.schema["x"]
    assert column.n_known + column.n_missing + column.n_inapplicable == len(cells)
    assert sum(column.missing_by_reason.values()) == column.n_missing
    assert column.n_inapplicable == cells.count("N") == int((table.state[:, 0] == INAPPLICABLE).sum())
    assert column.n_missing == cells.count("")
    done = table.complete(np.full(column.n_missing, 2.0))
    assert list(done["x"]) == [cell or "2" for cell in cells]
