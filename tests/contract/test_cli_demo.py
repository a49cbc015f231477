"""The demo: what it hides is hidden at random given age and sex, what it calls the truth is the truth."""

import json

import numpy as np
import pandas as pd
import pytest

import lacunet.imputation
from lacunet.cli import main
from lacunet.cli._demo_survey import HIDDEN, LEFT_OUT, hide_answers, sample_adults
from tests.contract.cli_stub import stub_impute

EXACT = 1e-6  # of numbers printed in full in a CSV file
PRINTED = 6e-3  # of numbers printed with three digits


@pytest.fixture(scope="module")
def truth():
    return sample_adults(2000, 1)


def test_the_sample_is_of_adults_and_tells_nothing_twice(truth):
    assert len(truth) == 2000
    assert truth["AGEP"].min() >= 18
    assert not set(LEFT_OUT) & set(truth.columns)
    assert set(truth["DPHY"]) == {0.0, 1.0}
    pd.testing.assert_frame_equal(truth, sample_adults(2000, 1))
    assert not truth.equals(sample_adults(2000, 2))


def test_hiding_hides_the_stated_shares_and_nothing_else(truth):
    before = truth.copy()
    holed = hide_answers(truth, 1)
    pd.testing.assert_frame_equal(truth, before)
    for name, share in HIDDEN:
        applies = truth[name] != "N"
        assert holed.loc[applies, name].isna().mean() == pytest.approx(share, abs=0.001)
        assert not holed.loc[~applies, name].isna().any()
    names = [name for name, _ in HIDDEN]
    pd.testing.assert_frame_equal(holed.drop(columns=names), truth.drop(columns=names))
    known = holed["PINCP"].notna()
    pd.testing.assert_series_equal(holed.loc[known, "PINCP"], truth.loc[known, "PINCP"])


def test_men_hide_more(truth):
    hidden = hide_answers(truth, 1)["PINCP"].isna()
    assert hidden[truth["SEX"] == 1].mean() > hidden[truth["SEX"] == 2].mean() + 0.05


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lacunet.imputation, "impute", stub_impute, raising=False)
    out = tmp_path / "demo"
    with pytest.raises(SystemExit) as stop:
        main(["demo", "-o", str(out), "-m", "3", "--rows", "600", "--seed", "4"])
    assert not stop.value.code
    said = capsys.readouterr().out
    assert str(out) in said
    assert "report.html" in said
    assert "regressions.txt" in said
    return out


def test_the_demo_leaves_data_regressions_and_report(folder):
    names = {p.name for p in folder.iterdir()}
    assert {"survey.csv", "imputed_01.csv", "imputed_03.csv", "report.html", "codebook.json"} <= names
    facts = json.loads((folder / "codebook.json").read_text(encoding="utf-8"))
    assert (facts["m"], facts["seed"], facts["n_rows"]) == (3, 4, 600)


def test_the_truth_is_least_squares_on_what_was_never_hidden(folder):
    truth = sample_adults(600, 4)
    design = np.column_stack([np.ones(600), truth["AGEP"], truth["SEX"] == 2, truth["EDU"], truth["DPHY"]])
    beta, residual, *_ = np.linalg.lstsq(design.astype(float), truth["PINCP"], rcond=None)
    error = np.sqrt(np.diag(np.linalg.inv(design.T.astype(float) @ design.astype(float)) * residual / (600 - 5)))
    lines = (folder / "regressions.txt").read_text(encoding="utf-8").splitlines()
    average = next(line for line in lines if line.startswith("Intercept")).split()
    assert float(average[1].replace(",", "")) == pytest.approx(truth["PINCP"].mean(), rel=PRINTED)
    age = next(line for line in lines if line.startswith("AGEP")).split()
    assert float(age[1]) == pytest.approx(beta[1], rel=PRINTED)
    assert float(age[2].strip("()")) == pytest.approx(error[1], rel=PRINTED)


def test_the_pooled_table_is_rubins_over_the_files_left(folder):
    estimates = []
    for path in sorted(folder.glob("imputed_*.csv")):
        frame = pd.read_csv(path)
        columns = [np.ones(len(frame)), frame["AGEP"], frame["SEX"] == 2, frame["EDU"], frame["DPHY"]]
        design = np.column_stack(columns).astype(float)
        estimates.append(np.linalg.lstsq(design, frame["PINCP"], rcond=None)[0])
    pooled = pd.read_csv(folder / "income_ols.csv")
    np.testing.assert_allclose(pooled["estimate"], np.mean(estimates, axis=0), rtol=EXACT)
