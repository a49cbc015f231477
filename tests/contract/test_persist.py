"""Saved, loaded: the same numbers, no training row in a fitted file, no half file, no surprise."""

import json
import zipfile

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lacunet.errors import DataError, SpecError
from lacunet.imputation._restore import load_known
from lacunet.keep import Parts, read_parts, write_parts
from lacunet.keep._parts import HEAD
from lacunet.keep._plain import as_plain, from_plain
from tests.contract._hotdeck import KNOWN, HotDeck, Tuning
from tests.contract.test_imputations import survey


@pytest.fixture
def imp():
    return HotDeck(tuning=Tuning(widths=(3, 2))).fit(survey(), seed=3).impute(m=3)


def test_a_fitted_imputer_comes_back_the_same(imp, tmp_path):
    path = imp.fitted.save(tmp_path / "fit.lacunet")
    back = load_known(path, KNOWN)
    assert back.spec == imp.fitted.spec
    assert back.schema == imp.fitted.schema
    assert (back.seed, back.versions, back.history) == (3, imp.fitted.versions, imp.fitted.history)
    new = survey().iloc[5:40]
    np.testing.assert_array_equal(back.impute(new, m=2).draws, imp.fitted.impute(new, m=2).draws)
    with pytest.raises(SpecError, match="Hand the frame over"):
        back.impute(m=2)


def test_a_fitted_file_holds_no_training_row(imp, tmp_path):
    path = imp.fitted.save(tmp_path / "fit.lacunet")
    with zipfile.ZipFile(path) as file:
        assert set(file.namelist()) == {HEAD, "engine.safetensors"}
        assert "R00001" not in file.read(HEAD).decode()


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_imputations_come_back_the_same(library, tmp_path):
    frame = survey().assign(
        grade=pd.Categorical(np.resize(["b", "a", None], 60), categories=["c", "b", "a"], ordered=True)
    )
    frame = {"pandas": lambda f: f, "polars": pl.from_pandas, "pyarrow": pa.Table.from_pandas}[library](frame)
    imp = HotDeck().fit(frame, seed=3).impute(m=3, seed=5)
    back = load_known(imp.save(tmp_path / "imp.lacunet"), KNOWN)
    assert len(back) == 3
    assert back.seed == 5
    assert back.schema == imp.schema
    for one, other in zip([imp.original, *imp, *imp.extend(2)], [back.original, *back, *back.extend(2)], strict=True):
        if library == "pandas":
            pd.testing.assert_frame_equal(one, other)
        else:
            assert one.equals(other)
            assert one.schema == other.schema
    pd.testing.assert_frame_equal(back.fit("income ~ age").table(), imp.fit("income ~ age").table())
    np.testing.assert_array_equal(back.fitted.impute(m=2).draws, imp.fitted.impute(m=2).draws)


def test_reasons_inside_missing_numbers_survive(tmp_path):
    tagged = np.array([1.0, np.nan, 2.5, np.nan])
    tagged.view(np.uint64)[1] = 0x7FF8_0000_0000_0061
    write_parts(
        tmp_path / "x",
        Parts(kind="Test", meta={}, frames={"f": pd.DataFrame({"t": ["a", "b", "c", "d"], "x": tagged})}),
    )
    back = read_parts(tmp_path / "x").frames["f"]
    assert list(back.columns) == ["t", "x"]
    np.testing.assert_array_equal(back["x"].to_numpy().view(np.uint64), tagged.view(np.uint64))


ODD = {
    "mixed types": lambda n: pd.Series(np.resize(np.array([1, "two", None, 2.5], dtype=object), n)),
    "spans of time": lambda n: pd.Series(pd.to_timedelta(range(n), unit="h")),
    "time zones": lambda n: pd.Series(pd.date_range("2024-01-01", periods=n, freq="37h", tz="Europe/Berlin")),
    "nullable bools": lambda n: pd.Series(pd.array(np.resize([True, False, None], n), dtype="boolean")),
    "text": lambda n: pd.Series([f"some words, {i} of them" for i in range(n)]),
}
INDEXES = {
    "doubled": lambda n: pd.Index([0] * n),
    "two levels": lambda n: pd.MultiIndex.from_product([range(n // 2), ["a", "b"]], names=["unit", "wave"]),
    "dates": lambda n: pd.date_range("2024-01-01", periods=n, name="day"),
}


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")  # a column of mixed types is warned of when read
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("index", INDEXES)
def test_odd_columns_and_indexes_survive(odd, index, tmp_path):
    frame = pd.DataFrame({0: np.resize([1.5, np.nan, 2.5], 40), "odd": ODD[odd](40)}).set_index(INDEXES[index](40))
    imp = HotDeck().fit(frame, seed=1).impute(m=2)
    back = load_known(imp.save(tmp_path / "x"), KNOWN)
    pd.testing.assert_frame_equal(back.original, frame, check_freq=False)
    pd.testing.assert_frame_equal(back[1], imp[1], check_freq=False)


def test_words_survive_json():
    meta = {"a": (1, ("x", None)), "b": {1: "one", -8.0: "refused"}, "c": [True, 2.5], "d": pd.Timestamp("2024-01-02")}
    assert from_plain(json.loads(json.dumps(as_plain(meta)))) == meta
    with pytest.raises(DataError, match="cannot be saved"):
        as_plain({"a": object()})


def test_nothing_is_overwritten_and_nothing_half_is_left(imp, tmp_path, monkeypatch):
    path = tmp_path / "imp.lacunet"
    path.write_text("mine")
    with pytest.raises(SpecError, match="exists"):
        imp.save(path)
    assert path.read_text() == "mine"
    monkeypatch.setattr("lacunet.keep._parts.save_tensors", interrupt)
    with pytest.raises(KeyboardInterrupt):
        imp.save(path, force=True)
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["imp.lacunet"]


def interrupt(*_):
    raise KeyboardInterrupt


def test_what_is_not_ours_is_refused(imp, tmp_path):
    path = tmp_path / "x"
    for content in (b"", b"not a zip"):
        path.write_bytes(content)
        with pytest.raises(DataError, match="cannot be read"):
            load_known(path, KNOWN)
    with pytest.raises(DataError, match="cannot be read"):
        load_known(tmp_path / "nowhere", KNOWN)
    whole = imp.save(tmp_path / "whole").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="cannot be read"):
        load_known(path, KNOWN)
    with pytest.raises(DataError, match="does not know"):
        load_known(tmp_path / "whole", {})


def test_a_newer_form_is_refused_by_name(tmp_path):
    head = {"format": 99, "kind": "FittedMidas", "versions": {"lacunet": "9.9"}, "meta": {}, "frames": {}}
    with zipfile.ZipFile(tmp_path / "x", "w") as file:
        file.writestr(HEAD, json.dumps(head))
    with pytest.raises(DataError, match=r"lacunet 9\.9"):
        load_known(tmp_path / "x", KNOWN)
