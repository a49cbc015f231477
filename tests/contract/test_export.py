"""Exports: read back by other people's readers; m = 0 is always there; nothing overwritten, nothing half written."""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pyreadstat
import pytest

from lacunet.errors import DataError, SpecError
from tests.contract._hotdeck import HotDeck
from tests.contract.test_imputations import LIBRARIES, survey

N, M = 60, 3


def data():
    frame = survey(N).reset_index(drop=True)
    frame["job"] = np.resize(np.array(["N", "clerk", "baker", None, "clerk"], dtype=object), N)
    frame["hours"] = np.resize([1.5, np.nan, -8.0, 40.0, 30.25], N)
    frame["2nd choice?"] = np.resize([1.0, 2.0, 3.0, np.nan], N)
    frame["if"] = np.resize(["a", "b", "c"], N)
    return frame


def impute(frame):
    spec = HotDeck(not_applicable={"job": ["N"]}, missing_codes={"hours": [-8]})
    return spec.fit(frame, seed=1).impute(m=M)


@pytest.fixture
def imp():
    return impute(data())


def test_stata_keeps_soft_and_hard_missing_apart(imp, tmp_path):
    path = imp.to_stata(tmp_path / "out.dta")
    frame, meta = pyreadstat.read_dta(path, user_missing=True)
    assert frame["_m"].tolist() == np.repeat(range(M + 1), N).tolist()
    assert frame["_id"].tolist() == list(range(1, N + 1)) * (M + 1)
    original, copies = frame[frame["_m"] == 0], frame[frame["_m"] > 0]
    # A code in m = 0 would be restored by Stata in every imputation, so imputed cells must be plainly missing.
    assert original["hours"].isna().to_numpy().tolist() == imp.mask[:, list(data()).index("hours")].tolist()
    assert (data()["job"] == "N").tolist() == (original["job"] == "n").tolist()
    assert (copies["job"] == "n").sum() == M * (data()["job"] == "N").sum()
    assert meta.variable_value_labels["job"] == {1: "baker", 2: "clerk", "n": "not applicable"}
    for i, completed in enumerate(imp, start=1):
        one = frame[frame["_m"] == i].reset_index(drop=True)
        np.testing.assert_allclose(one["income"], completed["income"])
        assert one["region"].map(meta.variable_value_labels["region"]).tolist() == completed["region"].tolist()
        assert pd.to_datetime(one["asked"]).tolist() == completed["asked"].tolist()
        assert one["respondent"].tolist() == completed["respondent"].tolist()
    assert dict(zip(meta.column_names, meta.column_labels, strict=True))["v_2nd_choice_"] == "2nd choice?"
    assert "v_if" in frame


def test_the_do_file_registers_what_was_imputed(imp, tmp_path):
    imp.to_stata(tmp_path / "out.dta")
    script = (tmp_path / "out.do").read_text()
    listed = script.split("imputed(")[1].split(")")[0].replace("///", "").split()
    assert listed == ["income", "age", "region", "voted", "children", "asked", "job", "hours", "v_2nd_choice_"]
    assert "mi import flong, m(_m) id(_id)" in script
    assert 'use "out.dta"' in script


def test_names_that_are_taken_are_avoided(tmp_path):
    frame = data().rename(columns={"income": "_m", "age": "Imputation_"})
    imp = impute(frame)
    assert {"_m2", "_m"} <= set(pd.read_stata(imp.to_stata(tmp_path / "out.dta"), convert_categoricals=False))
    written = pyreadstat.read_sav(imp.to_spss(tmp_path / "out.sav"))[0]
    assert len(set(written)) == len(set(frame)) + 1
    assert written["Imputation_"].max() == M


def test_long_names_that_share_a_beginning_stay_apart(tmp_path):
    frame = data().rename(columns={"income": "x" * 40 + "1", "age": "x" * 40 + "2"})
    names = list(pd.read_stata(impute(frame).to_stata(tmp_path / "out.dta"), convert_categoricals=False))
    assert len(names) == len(set(names)) == len(data().columns) + 2
    assert max(map(len, names)) <= 32


def test_spss_keeps_user_missing_codes_in_copy_0(imp, tmp_path):
    path = imp.to_spss(tmp_path / "out.sav")
    frame, meta = pyreadstat.read_sav(path, user_missing=True)
    assert frame["Imputation_"].tolist() == np.repeat(np.arange(M + 1.0), N).tolist()
    original = frame[frame["Imputation_"] == 0]
    np.testing.assert_array_equal(original["hours"], data()["hours"])
    assert meta.missing_ranges["hours"] == [{"lo": -8.0, "hi": -8.0}]
    assert meta.variable_value_labels["job"][-9.0] == "not applicable"
    assert (frame["job"] == -9).sum() == (M + 1) * (data()["job"] == "N").sum()
    for i, completed in enumerate(imp, start=1):
        one = frame[frame["Imputation_"] == i]
        np.testing.assert_allclose(one["hours"], completed["hours"])
        assert one["region"].map(meta.variable_value_labels["region"]).tolist() == completed["region"].tolist()
    as_spss_sees_it = pyreadstat.read_sav(path)[0]
    assert (
        as_spss_sees_it.loc[:N, "hours"].isna().sum()
        == original["hours"].isin([-8]).sum() + original["hours"].isna().sum()
    )
    assert "seed 1" in meta.notes[0]


def test_mice_long_form(imp, tmp_path):
    frame = pd.read_csv(imp.to_mice(tmp_path / "long.csv"), keep_default_na=False, na_values=["NA"])
    assert frame[".imp"].tolist() == np.repeat(range(M + 1), N).tolist()
    assert frame[".id"].tolist() == list(range(1, N + 1)) * (M + 1)
    original = frame[frame[".imp"] == 0].drop(columns=[".imp", ".id"])
    np.testing.assert_array_equal(original.isna().to_numpy(), imp.mask)
    for i, completed in enumerate(imp, start=1):
        one = frame[frame[".imp"] == i]
        np.testing.assert_allclose(one["income"], completed["income"])
        assert one["job"].tolist() == completed["job"].tolist()
    assert "41.0" not in (tmp_path / "long.csv").read_text()


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R with mice")
def test_mice_reads_it_and_pools_to_the_same(imp, tmp_path):
    imp.to_mice(tmp_path / "long.csv")
    script = """
      suppressMessages(if (!require(mice, quietly = TRUE)) quit(status = 77))
      imp <- as.mids(read.csv("long.csv", stringsAsFactors = TRUE))
      pooled <- summary(pool(with(imp, lm(income ~ age + region))))
      cat(sprintf("%.15g", unlist(pooled[, c("estimate", "std.error", "df")])))
    """
    answer = subprocess.run(
        ["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    if answer.returncode == 77:
        pytest.skip("R has no mice")
    assert answer.returncode == 0, answer.stderr
    table = imp.fit("income ~ age + region").table().sort_values("term")
    theirs = np.array(answer.stdout.split(), dtype=float).reshape(3, -1)
    for row, column in zip(theirs, ("estimate", "std_error", "df"), strict=True):
        np.testing.assert_allclose(np.sort(row), np.sort(table[column]), rtol=1e-8)


def test_amelia_and_csv_folders(imp, tmp_path):
    amelia, plain = imp.to_amelia(tmp_path / "amelia"), imp.to_csv(tmp_path / "csv")
    assert sorted(p.name for p in amelia.glob("*.csv")) == [f"outdata{i}.csv" for i in range(M + 1)]
    assert sorted(p.name for p in plain.glob("*.csv")) == [
        *(f"imputation_{i}.csv" for i in range(1, M + 1)),
        "original.csv",
    ]
    for i, completed in enumerate(imp, start=1):
        for path in (amelia / f"outdata{i}.csv", plain / f"imputation_{i}.csv"):
            frame = pd.read_csv(path)
            assert list(frame) == list(completed)
            np.testing.assert_allclose(frame["income"], completed["income"])
    original = pd.read_csv(plain / "original.csv")
    np.testing.assert_array_equal(original["hours"], data()["hours"])
    assert (
        pd.read_csv(amelia / "outdata0.csv")["hours"].isna().tolist()
        == imp.mask[:, list(data()).index("hours")].tolist()
    )
    assert json.loads((plain / "_lacunet.json").read_text())["seed"] == 1


@pytest.mark.parametrize("library", LIBRARIES)
def test_parquet_is_one_partitioned_set(library, tmp_path):
    imp = impute(LIBRARIES[library](data()))
    folder = imp.to_parquet(tmp_path / "set")
    table = ds.dataset(folder, partitioning="hive").to_table()
    assert table.num_rows == (M + 1) * N
    assert set(table["m"].to_pylist()) == set(range(M + 1))
    assert pl.read_parquet(folder / "**/*.parquet", hive_partitioning=True)["m"].n_unique() == M + 1
    words = json.loads(pq.read_schema(folder / "m=2" / "part-0.parquet").metadata[b"lacunet"])
    assert (words["copy"], words["seed"]) == (2, 1)
    first = pq.read_table(folder / "m=0" / "part-0.parquet", partitioning=None)
    assert first["job"].to_pylist() == [None if pd.isna(v) else v for v in data()["job"]]


def test_names_that_are_no_text_become_text(tmp_path):
    frame = pd.DataFrame({0: np.resize([1.5, np.nan, 2.5], 40), (1, "b"): np.arange(40.0)})
    imp = HotDeck().fit(frame, seed=1).impute(m=2)
    names = list(imp.schema.names)
    assert ds.dataset(imp.to_parquet(tmp_path / "set"), partitioning="hive").schema.names == [*names, "m"]
    assert list(pd.read_csv(imp.to_csv(tmp_path / "csv") / "imputation_1.csv")) == names
    assert list(imp[0].columns) == list(frame.columns)


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")
def test_text_that_spells_codes_keeps_them(tmp_path):
    frame = pd.DataFrame({"sex": np.resize(["0", "1", "N", "1"], N), "zip": np.resize(["01", "02", "1", None], N)})
    imp = HotDeck(not_applicable={"sex": ["N"]}).fit(frame, seed=1).impute(m=1)
    written, meta = pyreadstat.read_dta(imp.to_stata(tmp_path / "out.dta"), user_missing=True)
    assert written["sex"][:4].tolist() == [0.0, 1.0, "n", 1.0]
    if imp.schema["zip"].is_modelled:
        assert set(meta.variable_value_labels["zip"].values()) == {"01", "02", "1"}


WRITERS = {
    "to_stata": "out.dta",
    "to_spss": "out.sav",
    "to_mice": "out.csv",
    "to_amelia": "amelia",
    "to_csv": "csv",
    "to_parquet": "parquet",
    "save": "imp.lacunet",
    "report": "report.html",
}


@pytest.mark.parametrize("writer", WRITERS)
def test_nothing_is_overwritten_unless_asked(imp, tmp_path, writer):
    write, path = getattr(imp, writer), tmp_path / WRITERS[writer]
    assert write(path) == path
    with pytest.raises(SpecError):
        write(path)
    write(path, force=True)
    with pytest.raises(SpecError):
        write(tmp_path / "no such folder" / WRITERS[writer])
    assert [p.name for p in tmp_path.iterdir() if "unfinished" in p.name or p.name.startswith(".")] == []


@pytest.mark.parametrize("writer", ["to_mice", "to_amelia", "to_csv", "to_parquet"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_export_leaves_the_old_one(imp, tmp_path, monkeypatch, writer, error):
    path = tmp_path / WRITERS[writer]
    getattr(imp, writer)(path)
    before = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*"))
    complete, calls = type(imp.table).complete, []

    def fail_late(self, cells):
        calls.append(1)
        if len(calls) > 1:
            raise error
        return complete(self, cells)

    monkeypatch.setattr(type(imp.table), "complete", fail_late)
    with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else DataError):
        getattr(imp, writer)(path, force=True)
    assert sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*")) == before


def test_a_folder_of_somebody_else_is_never_deleted(imp, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(SpecError, match="did not write"):
        imp.to_csv(tmp_path / "mine", force=True)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(("writer", "function"), [("to_stata", "write_dta"), ("to_spss", "write_sav")])
def test_a_writer_that_fails_leaves_nothing_and_is_said(imp, tmp_path, monkeypatch, writer, function):
    def fail(*_, **__):
        raise pyreadstat.ReadstatError("Unable to write data")

    monkeypatch.setattr(pyreadstat, function, fail)
    with pytest.raises(DataError, match="Unable to write"):
        getattr(imp, writer)(tmp_path / WRITERS[writer])
    assert list(tmp_path.iterdir()) == []


def test_a_place_without_permission_is_said(imp, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(DataError, match="Permission denied"):
        imp.to_mice(tmp_path / "out.csv")
