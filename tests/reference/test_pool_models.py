"""Every model pooled, against R (mice, mitools, mitml), stored with the script that made it (stored/pool_models.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import ColumnError, SpecError
from lacunet.pooling import fit_formula, pool

STORED = Path(__file__).parent / "stored"
EXACT = 1e-8
"""Both sides solve in float64 to the end; R prints 17 digits."""
BFGS = 2e-5
"""nnet::multinom stops when BFGS does; its estimates are good to about 1e-6, degrees of freedom to ten times that."""
COLUMNS = ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high", "fmi", "riv", "lambda")
COLUMNS_OF_MITOOLS = ("estimate", "std_error", "df", "fmi")
RIGHT = "x1 + x2 + g"
OUTCOMES = {
    "ols": "y",
    "logit": "d",
    "probit": "d",
    "poisson": "count",
    "negbin": "count",
    "ordered": "rank",
    "multinomial": "choice",
}
SAME_INFORMATION = [
    ("ols", "ols", EXACT),
    ("logit", "logit", EXACT),
    ("poisson", "poisson", EXACT),
    ("ordered", "ordered_clm", EXACT),
    ("multinomial", "multinomial", BFGS),
    ("cox", "cox", EXACT),
]
"""Models whose covariance R takes from the same information as we do, and what R's fit of them is called."""


@pytest.fixture(scope="module")
def frames():
    data = pd.read_csv(STORED / "pool_models_data.csv")
    rank = pd.CategoricalDtype(["low", "middle", "high"], ordered=True)
    return [frame.drop(columns=".imp").astype({"rank": rank}) for _, frame in data.groupby(".imp")]


@pytest.fixture(scope="module")
def stored():
    return pd.read_csv(STORED / "pool_models_results.csv")


def fit(frames, model):
    left = OUTCOMES.get(model, "Surv(time, status)")
    return fit_formula(frames, f"{left} ~ {RIGHT}", model)


def in_our_words(term):
    level, colon, name = term.rpartition(":")
    name = {"(Intercept)": "Intercept", "gb": "g[T.b]", "gc": "g[T.c]"}.get(name, name)
    return f"{level}: {name}" if colon else name


def compare(pooled, expected, tolerance, columns=COLUMNS):
    table = pooled.table().set_index("term")
    expected = expected.assign(term=expected["term"].map(in_our_words)).set_index("term")
    assert set(expected.index) <= set(table.index)
    for column in columns:
        np.testing.assert_allclose(table.loc[expected.index, column], expected[column], rtol=tolerance, err_msg=column)


@pytest.mark.parametrize(("model", "theirs", "tolerance"), SAME_INFORMATION)
def test_pooled_models_equal_mice(frames, stored, model, theirs, tolerance):
    expected = stored[(stored["software"] == "mice") & (stored["model"] == theirs)]
    pooled = fit(frames, model)
    compare(pooled, expected, tolerance)
    assert (pooled.dof == expected["dfcom"].iloc[0]).all()


@pytest.mark.parametrize(("model", "theirs", "tolerance"), SAME_INFORMATION)
def test_rubins_first_degrees_of_freedom_equal_mitools(frames, stored, model, theirs, tolerance):
    # With infinite complete-data degrees of freedom MIcombine is Rubin (1987), as ours is.
    expected = stored[(stored["software"] == "mitools") & (stored["model"] == theirs) & np.isinf(stored["dfcom"])]
    fits = fit(frames, model)
    compare(pool(fits.estimates, fits.covariances, terms=fits.terms), expected, tolerance, COLUMNS_OF_MITOOLS)


@pytest.mark.parametrize("model", ["ols", "logit"])
def test_estimates_and_errors_with_finite_dof_equal_mitools(frames, stored, model):
    # Its small-sample degrees of freedom are not those of Barnard and Rubin (1999), which mice and we take.
    expected = stored[(stored["software"] == "mitools") & (stored["model"] == model) & (stored["dfcom"] == 195)]
    compare(fit(frames, model), expected, EXACT, ("estimate", "std_error"))


@pytest.mark.parametrize("model", ["probit", "negbin"])
def test_estimates_of_models_with_another_information_equal_mice(frames, stored, model):
    # R's probit takes the expected information and its negative binomial knows theta; ours take the observed one.
    expected = stored[(stored["software"] == "mice") & (stored["model"] == model)]
    compare(fit(frames, model), expected, 1e-7, ("estimate",))
    compare(fit(frames, model), expected, 0.03, ("std_error",))


@pytest.mark.parametrize(
    ("model", "method", "use"),
    [
        *((model, method, "wald") for model in ("ols", "logit") for method in ("D1", "D2")),
        ("ols", "D3", "likelihood"),
        ("ols", "D4", "likelihood"),
        ("logit", "D4", "likelihood"),
    ],
)
def test_joint_tests_equal_mitml(frames, model, method, use):
    joint = pd.read_csv(STORED / "pool_models_joint.csv")
    pooled = fit(frames, model)
    dof = pooled.dof[0] if method == "D1" else np.inf
    wanted = {"software": "mitml", "nested": "three", "model": model, "method": method, "use": use, "df_com": dof}
    row = joint[(joint[list(wanted)] == pd.Series(wanted)).all(axis=1)].iloc[0]
    ours = pooled.test(["x2", "g"], method=method)
    for name in ("statistic", "df1", "df2", "riv"):
        np.testing.assert_allclose(getattr(ours, name), row[name], rtol=EXACT, err_msg=name)
    np.testing.assert_allclose(ours.p_value, row["p_value"], rtol=1e-6)


def test_d3_of_a_logit_equals_likelihoods_of_statsmodels(frames):
    smf = pytest.importorskip("statsmodels.formula.api")
    models = [[smf.logit(f"d ~ {right}", frame) for frame in frames] for right in (RIGHT, "x1")]
    fits = [[model.fit(disp=0, tol=1e-14, maxiter=200) for model in row] for row in models]
    own = np.array([[one.llf for one in row] for row in fits])
    centre = [np.mean([one.params for one in row], axis=0) for row in fits]
    mean = np.array([[one.loglike(at) for one in row] for row, at in zip(models, centre, strict=True)])
    d_bar, d_tilde = 2 * (own[0] - own[1]).mean(), 2 * (mean[0] - mean[1]).mean()
    k, m = 3, len(frames)
    r = (m + 1) / (k * (m - 1)) * (d_bar - d_tilde)
    test = fit(frames, "logit").test(["x2", "g"], method="D3")
    np.testing.assert_allclose((test.riv, test.statistic), (r, d_tilde / (k * (1 + r))), rtol=1e-7)


def test_terms_are_named_as_in_the_formula(frames):
    pooled = fit(frames, "multinomial")
    assert pooled.test("g").df1 == 4
    assert pooled.test("car: g[T.b]").df1 == 1
    with pytest.raises(ColumnError, match="Did you mean 'x1'"):
        pooled.test("x11")
    with pytest.raises(SpecError, match="D1, D2, D3, D4"):
        pooled.test("g", method="D5")
    with pytest.raises(SpecError, match="whole terms"):
        pooled.test("car: g[T.b]", method="D3")
