"""Files that know why a value is missing: Stata letters and SPSS user-missing values, in and out again."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from lacunet.imputation._restore import load_known
from tests.contract._hotdeck import KNOWN, HotDeck

N = 80


@pytest.fixture
def stata(tmp_path):
    rng = np.random.default_rng(2)
    health = rng.integers(1, 6, N).astype(float).astype(object)
    health[:10], health[10:15], health[15:20] = "a", "b", np.nan
    hours = np.round(rng.normal(38, 5, N), 1).astype(object)
    hours[:20], hours[20:24] = "b", "a"
    frame = pd.DataFrame({"health": health, "hours": hours, "age": rng.integers(18, 80, N)})
    labels = {
        "health": {1: "very good", 2: "good", 3: "fair", 4: "bad", 5: "very bad", "a": "refused", "b": "inapplicable"}
    }
    labels["hours"] = {"a": "refused", "b": "does not apply"}
    path = tmp_path / "in.dta"
    pyreadstat.write_dta(
        frame,
        path,
        column_labels={"health": "Health in general"},
        variable_value_labels=labels,
        missing_user_values={"health": ["a", "b"], "hours": ["a", "b"]},
    )
    return path


@pytest.fixture
def spss(tmp_path):
    rng = np.random.default_rng(2)
    health = rng.integers(1, 6, N).astype(float)
    health[:10], health[10:15], health[15:20] = -9, -1, np.nan
    frame = pd.DataFrame({"health": health, "age": rng.integers(18, 80, N).astype(float)})
    path = tmp_path / "in.sav"
    labels = {1: "very good", 2: "good", 3: "fair", 4: "bad", 5: "very bad", -9: "refused", -1: "not applicable"}
    pyreadstat.write_sav(
        frame,
        path,
        variable_value_labels={"health": labels},
        missing_ranges={"health": [-9, -1]},
        column_labels=["H", "A"],
    )
    return path


def test_stata_letters(stata, tmp_path):
    imp = HotDeck().fit(stata, seed=1).impute(m=2)
    assert imp.schema["health"].n_missing == 15
    assert imp.schema["health"].n_inapplicable == 5
    frame, meta = pyreadstat.read_dta(imp.to_stata(tmp_path / "out.dta"), user_missing=True)
    original, first = frame[frame["_m"] == 0], frame[frame["_m"] == 1]
    # .a was imputed, so it must not be a hard missing value for Stata; .b does not apply and stays one everywhere.
    assert original["health"][:10].isna().all()
    assert (original["health"][10:15] == "b").all()
    assert (first["health"][10:15] == "b").all()
    assert pd.Series(first["health"].to_numpy()[:10]).isin([1, 2, 3, 4, 5]).all()
    assert (first["hours"][:20] == "b").all()
    assert meta.variable_value_labels["health"]["b"] == "inapplicable"
    assert meta.variable_value_labels["health"][1] == "very good"
    assert meta.column_names_to_labels["health"] == "Health in general"


def test_stata_letters_survive_saving(stata, tmp_path):
    imp = HotDeck().fit(stata, seed=1).impute(m=2)
    back = load_known(imp.save(tmp_path / "x"), KNOWN)
    for name in ("health", "hours"):
        one, other = imp.original[name].to_numpy(), back.original[name].to_numpy()
        assert one.dtype == other.dtype
        if one.dtype.kind == "f":
            np.testing.assert_array_equal(one.view(np.uint64), other.view(np.uint64))


def test_spss_codes(spss, tmp_path):
    imp = HotDeck().fit(spss, seed=1).impute(m=2)
    frame, meta = pyreadstat.read_sav(imp.to_spss(tmp_path / "out.sav"), user_missing=True)
    original, first = frame[frame["Imputation_"] == 0], frame[frame["Imputation_"] == 1]
    assert (original["health"][:10] == -9).all()
    assert (original["health"][10:15] == -1).all()
    assert original["health"][15:20].isna().all()
    assert pd.Series(first["health"].to_numpy()[:10]).isin([1, 2, 3, 4, 5]).all()
    assert (first["health"].to_numpy()[10:15] == -1).all()
    assert meta.variable_value_labels["health"][-9] == "refused"
    assert sorted(part["lo"] for part in meta.missing_ranges["health"]) == [-9, -1]


def test_a_stata_file_leaves_as_spss_and_the_other_way_round(stata, spss, tmp_path):
    one = pyreadstat.read_sav(HotDeck().fit(stata, seed=1).impute(m=1).to_spss(tmp_path / "a.sav"), user_missing=True)
    words = one[1].variable_value_labels["health"]
    assert {words[code] for code in one[0]["health"][:10]} == {"refused"}
    kept = one[0]["health"].to_numpy()[10:15]
    assert len(set(kept)) == 1
    assert one[1].variable_value_labels["health"][kept[0]] == "inapplicable"
    other = pyreadstat.read_dta(HotDeck().fit(spss, seed=1).impute(m=1).to_stata(tmp_path / "b.dta"), user_missing=True)
    assert (other[0]["health"][10:15] == "n").all()
    assert other[1].variable_value_labels["health"]["n"] == "not applicable"
