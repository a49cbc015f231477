"""Outlines: what made rows look like in files, outside the model and in errors, and that no real row is in them."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyreadstat
import pytest

from lacunet.data import nist_path
from lacunet.errors import ColumnError, SpecError
from lacunet.keep import Parts, read_parts, write_parts
from lacunet.table import Outline, outline_of, read_table, write_frame
from lacunet.table._raw import tag_missing

N = 80


def _health(rng):
    return rng.integers(1, 6, N).astype(float)


@pytest.fixture
def stata(tmp_path):
    rng = np.random.default_rng(2)
    health, hours = _health(rng).astype(object), np.round(rng.normal(38, 5, N), 1).astype(object)
    health[:10], health[10:15], health[15:20] = "a", "b", np.nan
    hours[:20], hours[20:24] = "b", "a"
    frame = pd.DataFrame(
        {
            "respondent": [f"R{i:05d}" for i in range(N)],
            "health": health,
            "hours": hours,
            "age": rng.integers(18, 80, N),
            "word": np.where(rng.random(N) < 0.3, "", rng.choice(["x", "y"], N)),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 500, N), "D"),
        }
    )
    labels = {1: "very good", 2: "good", 3: "fair", 4: "bad", 5: "very bad", "a": "refused", "b": "inapplicable"}
    pyreadstat.write_dta(
        frame,
        tmp_path / "in.dta",
        column_labels={"health": "Health in general"},
        variable_value_labels={"health": labels, "hours": {"a": "refused", "b": "does not apply"}},
        missing_user_values={"health": ["a", "b"], "hours": ["a", "b"]},
    )
    return tmp_path / "in.dta"


@pytest.fixture
def spss(tmp_path):
    rng = np.random.default_rng(2)
    health = _health(rng)
    health[:10], health[10:15], health[15:20] = -9, -1, np.nan
    frame = pd.DataFrame({"health": health, "age": rng.integers(18, 80, N).astype(float), "person": np.arange(N) + 5e4})
    labels = {1: "very good", 2: "good", 3: "fair", 4: "bad", 5: "very bad", -9: "refused", -1: "not applicable"}
    pyreadstat.write_sav(
        frame,
        tmp_path / "in.sav",
        variable_value_labels={"health": labels, "person": {50_001.0: "Ada"}},
        missing_ranges={"health": [-9, -1], "person": [7]},
        variable_format={"age": "F3.0"},
        column_labels=["Health in general", "Age", "Person"],
    )
    return tmp_path / "in.sav"


@pytest.fixture
def csv(tmp_path):
    pd.read_csv(nist_path(), dtype=str, keep_default_na=False)[["SEX", "AGEP", "INDP_CAT", "MSP", "PUMA"]].head(
        400
    ).to_csv(tmp_path / "in.csv", index=False)
    return tmp_path / "in.csv"


def _through_file(outline, folder):
    arrays, meta = outline.as_parts()
    parts = read_parts(_saved(folder, arrays, meta))
    return Outline.from_parts(parts.arrays["outline"], parts.meta)


def _saved(folder, arrays, meta):
    write_parts(folder / "outline", Parts(kind="Outline", meta=meta, arrays={"outline": arrays}), force=True)
    return folder / "outline"


def _modelled(table):
    return [column.name for column in table.schema.modelled]


def _bits(series):
    return series.to_numpy().view(np.uint64) if series.dtype == np.float64 else series.tolist()


@pytest.mark.parametrize("kind", ["stata", "spss", "csv"])
def test_files_come_back_cell_by_cell(kind, request, tmp_path):
    path = request.getfixturevalue(kind)
    table = read_table(path, not_applicable=["N"] if kind == "csv" else None)
    outline, reason = outline_of(table)
    names = _modelled(table)
    for one in (outline, _through_file(outline, tmp_path)):
        made = one.frame(table.values, reason)
        pd.testing.assert_frame_equal(made[names], table.native[names])
        for name in names:  # NaNs carry Stata's letters, which a comparison of numbers does not see
            assert np.array_equal(_bits(made[name]), _bits(table.native[name]))
        target = tmp_path / f"out{path.suffix}"
        write_frame(made, target, one.schema, force=True)
        values, found, _ = one.read(target)
        np.testing.assert_array_equal(values, table.values)
        np.testing.assert_array_equal(found, reason)


def test_stata_keeps_letters_labels_and_formats(stata, tmp_path):
    table = read_table(stata)
    outline, reason = outline_of(table)
    assert outline.reasons == ((".a", ".b", None), (".b", ".a"), (), (None,), ())
    write_frame(outline.frame(table.values, reason), tmp_path / "out.dta", outline.schema)
    made, meta = pyreadstat.read_dta(tmp_path / "out.dta", user_missing=True)
    real, known = pyreadstat.read_dta(stata, user_missing=True)
    pd.testing.assert_frame_equal(made[_modelled(table)], real[_modelled(table)])
    assert meta.variable_value_labels == known.variable_value_labels
    assert meta.missing_user_values == known.missing_user_values
    assert meta.column_names_to_labels["health"] == "Health in general"
    assert meta.original_variable_types["day"] == known.original_variable_types["day"]


def test_spss_keeps_codes_labels_and_formats_but_no_label_of_an_identifier(spss, tmp_path):
    table = read_table(spss)
    outline, reason = outline_of(table)
    assert outline.reasons == ((-9.0, -1.0, None), ())
    write_frame(outline.frame(table.values, reason), tmp_path / "out.sav", outline.schema)
    made, meta = pyreadstat.read_sav(tmp_path / "out.sav", user_missing=True)
    real, known = pyreadstat.read_sav(spss, user_missing=True)
    pd.testing.assert_frame_equal(made[_modelled(table)], real[_modelled(table)])
    assert meta.variable_value_labels == {"health": known.variable_value_labels["health"]}
    assert meta.missing_ranges == {"health": known.missing_ranges["health"]}
    assert meta.original_variable_types["age"] == "F3.0"
    assert made["person"].tolist() == list(range(1, N + 1))


def _others(rng):
    return pd.DataFrame(
        {
            "pid": pd.Series(rng.permutation(N), dtype="int8"),
            "card": pd.Categorical([f"CARD{i:03d}" for i in rng.permutation(N)]),
            "left": rng.integers(0, 10, N) + 4_242,
            "is_left": rng.random(N) < 0.5,
            "text": [f"what person {i} said of it" for i in range(N)],
            "country": pd.Categorical(["NL"] * N, ["NL", "BE"]),
            "wave": pd.Series([3] * (N - 5) + [None] * 5, dtype="Int64"),
            "since": pd.Timestamp("2020-01-01"),
            "nothing": pd.Series([None] * N, dtype="float64"),
            "y": rng.normal(size=N),
        }
    )


def _as_polars(frame):
    levels = pl.Enum(list(frame["card"].cat.categories))
    return pl.from_arrow(pa.Table.from_pandas(frame)).with_columns(pl.col("card").cast(pl.String).cast(levels))


def _as_arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize("convert", [lambda frame: frame, _as_polars, _as_arrow])
def test_columns_outside_the_model(convert, tmp_path):
    frame = _others(np.random.default_rng(1))
    table = read_table(convert(frame), leave_out=["left", "is_left"])
    outline, reason = outline_of(table)
    many = np.repeat(np.arange(N), 4)  # 320 rows: more than the int8 of the identifier can count
    outline = _through_file(outline, tmp_path)
    made = outline.frame(table.values[many], reason[many])
    plain = made.to_pandas() if not isinstance(made, pd.DataFrame) else made
    assert list(plain.columns) == list(frame.columns)
    assert plain["pid"].tolist() == list(range(1, 321))
    assert plain["card"].astype(str).tolist() == [f"{i:07d}" for i in range(1, 321)]
    assert plain[["left", "is_left", "text", "nothing"]].isna().all(axis=None)
    assert (plain["country"] == "NL").all()
    assert (plain["wave"] == 3).all()
    assert (plain["since"] == pd.Timestamp("2020-01-01")).all()
    analysis = outline.analysis_frame(table.values[many], reason[many])
    np.testing.assert_array_equal(analysis["y"], table.values[many, 0])
    assert analysis["pid"].tolist() == plain["pid"].tolist()


def test_notes_say_what_is_outside_the_model():
    table = read_table(_others(np.random.default_rng(1)), leave_out=["left", "is_left"])
    notes = outline_of(table)[0].notes
    assert len(notes) == 6
    for name, words in (("pid", "new numbers"), ("text", "not made"), ("wave", "(5)"), ("left", "Left out")):
        assert any(f"'{name}'" in note and words in note for note in notes)


@pytest.mark.parametrize("convert", [lambda frame: frame, _as_polars, _as_arrow])
def test_nothing_of_a_real_row_is_saved(convert, tmp_path):
    frame = _others(np.random.default_rng(1)).assign(income=np.arange(N) * 1.5 + 777_000.25)
    table = read_table(convert(frame), leave_out=["left", "is_left"])
    arrays, meta = outline_of(table)[0].as_parts()
    saved = read_parts(_saved(tmp_path, arrays, meta))
    held = json.dumps(saved.meta, default=str).encode() + b"".join(
        a.tobytes() for a in saved.arrays["outline"].values()
    )
    assert b"NL" in held
    for real in ("CARD0", "said of it", "777", "4242"):
        assert real.encode() not in held
    assert not any(float(x).hex().encode() in held or np.float64(x).tobytes() in held for x in frame["income"])


def test_numbers_in_a_category_read_as_an_amount_are_of_its_levels():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"dose": pd.Categorical(rng.choice([10, 20, 30, -8], N)), "y": rng.normal(size=N)})
    table = read_table(frame, kinds={"dose": "continuous"}, missing_codes=[-8])
    outline, reason = outline_of(table)
    pd.testing.assert_frame_equal(outline.frame(table.values, reason), frame)
    made = outline.frame(np.array([[12.0, 0.0], [-7.9, 0.0], [np.nan, 0.0]]), np.array([[0, 0], [0, 0], [1, 0]]))
    assert made["dose"].tolist() == [10, 10, -8]


@pytest.fixture
def survey():
    rng = np.random.default_rng(5)
    region = pd.Categorical(rng.choice(["North", "South", "East"], N))
    hours = np.where(rng.random(N) < 0.2, -8.0, rng.normal(30, 3, N).round(1))
    frame = pd.DataFrame({"caseid": np.arange(N), "region": region, "hours": hours})
    table = read_table(frame, missing_codes={"hours": [-8]})
    return frame, table, outline_of(table)[0]


def test_some_columns_are_read_in_their_places(survey):
    frame, table, outline = survey
    values, reason, present = outline.read_some(frame[["hours", "caseid"]])
    assert present == (1,)
    np.testing.assert_array_equal(values[:, 1], table.values[:, 1])
    assert np.isnan(values[:, 0]).all()
    assert not reason[:, 0].any()
    assert (reason[:, 1] == (frame["hours"] == -8)).all()


def test_what_the_outline_does_not_know_is_refused(survey):
    frame, _, outline = survey
    with pytest.raises(ColumnError, match=r"'hours' holds an empty cell.*row 4.*-8.0 only"):
        outline.read(frame.assign(hours=frame["hours"].where(np.arange(N) != 3)))
    with pytest.raises(ColumnError, match=r"never seen.*West"):
        outline.read(frame.assign(region=["West", *frame["region"][1:]]))
    with pytest.raises(ColumnError, match=r"column 'hour'.*Did you mean 'hours'\?"):
        outline.read_some(frame[["hours"]].rename(columns={"hours": "hour"}))
    with pytest.raises(SpecError, match="The rows are a dict"):
        outline.read_some({"hours": [1.0]})


def test_an_unknown_letter_is_refused(stata):
    table = read_table(stata)
    hours = table.native["hours"].to_numpy().copy()
    hours[30:31] = tag_missing(np.array([ord("c")], dtype=np.uint8))
    with pytest.raises(ColumnError, match=r"'\.c' for missing \(first in row 31\). It knew \.b, \.a only"):
        outline_of(table)[0].read(table.native.assign(hours=hours))


def test_an_unknown_code_names_the_nearest(tmp_path):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"hours": np.where(rng.random(N) < 0.2, -999.0, rng.normal(30, 3, N)), "y": rng.normal(size=N)}
    )
    pyreadstat.write_sav(frame, tmp_path / "in.sav", missing_ranges={"hours": [{"lo": -999, "hi": -990}]})
    outline, _ = outline_of(read_table(tmp_path / "in.sav"))
    with pytest.raises(ColumnError, match=r"the code -998.0 for missing.*Did you mean '-999.0'\?"):
        outline.read(frame.replace({"hours": {-999.0: -998.0}}))


@pytest.mark.parametrize(
    ("values", "reason", "words"),
    [
        (np.zeros((3, 1)), np.zeros((3, 1), dtype=np.int8), r"need \(rows, 2\)"),
        (np.zeros((3, 2)), np.zeros((2, 2), dtype=np.int8), r"need \(rows, 2\)"),
        (np.full((3, 2), np.nan), np.zeros((3, 2), dtype=np.int8), "not finite"),
        (np.zeros((3, 2)), np.full((3, 2), 1, dtype=np.int8), "'region' has a reason numbered outside 0 to 0"),
        (np.zeros((3, 2)), np.full((3, 2), -1, dtype=np.int8), "numbered outside"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(survey, values, reason, words):
    with pytest.raises(SpecError, match=words):
        survey[2].frame(values, reason)


def test_more_codes_than_can_be_told_apart_are_refused():
    codes = list(range(1000, 1130))
    frame = pd.DataFrame({"x": [*codes, *(i / 7 for i in range(500))], "y": np.arange(630.0) ** 0.5})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = read_table(frame, missing_codes={"x": codes})
    with pytest.raises(ColumnError, match="'x' has 130 codes"):
        outline_of(table)
