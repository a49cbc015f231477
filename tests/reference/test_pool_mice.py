"""Pooling against R's mice, stored with the script that made it (stored/pool_mice.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lacunet.pooling import fit_formula, pool

STORED = Path(__file__).parent / "stored"
TOLERANCE = 1e-8
"""Both sides solve in float64; mice prints 17 digits."""
COLUMNS = ("estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "fmi", "riv", "lambda")
R_NAMES = {"(Intercept)": "Intercept", "age40-59": "age[T.40-59]", "age60-99": "age[T.60-99]"}


@pytest.fixture(scope="module")
def frames():
    data = pd.read_csv(STORED / "pool_mice_data.csv")
    return [frame.drop(columns=".imp") for _, frame in data.groupby(".imp")]


@pytest.fixture(scope="module")
def mice():
    return pd.read_csv(STORED / "pool_mice_results.csv")


@pytest.mark.parametrize(("model", "formula"), [("ols", "chl ~ age + bmi"), ("logit", "hyp ~ bmi + chl")])
def test_formula_fit_equals_mice(frames, mice, model, formula):
    expected = mice[mice["model"] == model].reset_index(drop=True)
    ours = fit_formula(frames, formula, model=model)
    table = ours.table()
    assert table["term"].tolist() == [R_NAMES.get(term, term) for term in expected["term"]]
    for column in COLUMNS:
        np.testing.assert_allclose(table[column], expected[column], rtol=TOLERANCE, err_msg=column)
    assert ours.m == 5
    assert ours.n_obs == 25
    assert np.all(ours.dof == expected["dof"])


def test_arrays_equal_mice(frames, mice):
    expected = mice[mice["model"] == "ols"]
    fits = fit_formula(frames, "chl ~ age + bmi")
    table = pool(fits.estimates, fits.covariances, dof=21).table()
    np.testing.assert_allclose(table["df"], expected["df"], rtol=TOLERANCE)
    asymptotic = pool(fits.estimates, fits.covariances).table()
    np.testing.assert_allclose(asymptotic["df"], 4 / table["lambda"] ** 2, rtol=TOLERANCE)


def test_polars_and_pyarrow_frames_give_the_same(frames):
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    ours = fit_formula(frames, "chl ~ age + bmi").table()
    for convert in (pl.from_pandas, pa.Table.from_pandas):
        pd.testing.assert_frame_equal(
            fit_formula([convert(frame) for frame in frames], "chl ~ age + bmi").table(), ours
        )
