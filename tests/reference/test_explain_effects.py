"""Marginal, partial and local effects against closed forms, statsmodels, scikit-learn and our own pooled effects."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import t as student

from lacunet.pooling import fit_formula
from lacunet.prediction.explain import accumulated_effects, average_effects, partial_dependence
from tests.reference._predictors import make_frame, product, wavy

ROUNDING = 1e-10
"""Sums of some hundred float64 numbers of size 1."""
DERIVATIVE = 1e-6
"""A central difference over 2e-4 of the range is exact to about its square; ours and theirs differ by that."""


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def frame(rng):
    return make_frame(rng)


# ------------------------------------------------------------------ average marginal effects


@pytest.fixture
def binary(rng):
    n = 400
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "age": rng.uniform(18, 90, size=n),
            "g": pd.Categorical(rng.choice(["a", "b", "c"], size=n)),
            "d": rng.integers(0, 2, size=n),
        }
    )
    eta = 0.5 * frame["x"] - 0.02 * frame["age"] + (frame["g"] == "b") - 0.7 * frame["d"] + 0.5
    return frame.assign(y=(rng.uniform(size=n) < expit(eta)).astype(float))


def as_design(rows):
    return np.column_stack([np.ones(len(rows)), rows["x"], rows["age"], rows["g"] == "b", rows["g"] == "c", rows["d"]])


def logit_of(theta):
    def gradient(rows):
        p = expit(as_design(rows) @ theta)
        return (p * (1 - p))[:, None] * as_design(rows)

    return (lambda rows: expit(as_design(rows) @ theta)), gradient


@pytest.mark.parametrize("dummy", [False, True])
def test_effects_of_a_logit_are_those_of_statsmodels(binary, dummy):
    import statsmodels.api as sm

    fit = sm.Logit(binary["y"].to_numpy(), as_design(binary).astype(float)).fit(disp=0)
    theirs = fit.get_margeff(at="overall", dummy=dummy)
    predict, gradient = logit_of(fit.params)
    found = average_effects(
        predict,
        binary.drop(columns="y"),
        ["x", "age", "d"],
        discrete=None if dummy else (),
        gradient=gradient,
        covariance=fit.cov_params(),
    ).table()
    at = [0, 1, 4]
    np.testing.assert_allclose(found["estimate"], theirs.margeff[at], rtol=DERIVATIVE)
    np.testing.assert_allclose(found["std_error"], theirs.margeff_se[at], rtol=DERIVATIVE)
    np.testing.assert_allclose(found["p_value"], theirs.pvalues[at], rtol=1e-4)
    np.testing.assert_allclose(found[["conf_low", "conf_high"]], theirs.conf_int()[at], rtol=1e-5, atol=1e-8)
    assert found["term"].tolist() == (["x", "age", "d: 1 - 0"] if dummy else ["x", "age", "d"])


def test_effects_of_a_logit_are_those_we_pool(binary):
    pooled = fit_formula([binary, binary], "y ~ x + age + C(g) + d", "logit")
    ours = pooled.effects().table().set_index("term")
    order = [pooled.terms.index(t) for t in ("Intercept", "x", "age", "C(g)[T.b]", "C(g)[T.c]", "d")]
    predict, gradient = logit_of(pooled.estimates[0][order])
    covariance = pooled.covariances[0][np.ix_(order, order)]
    found = average_effects(predict, binary.drop(columns="y"), gradient=gradient, covariance=covariance).table()
    found = found.set_index("term")
    assert sorted(found.index) == sorted(ours.index)
    np.testing.assert_allclose(found["estimate"], ours.loc[found.index, "estimate"], rtol=DERIVATIVE)
    np.testing.assert_allclose(found["std_error"], ours.loc[found.index, "std_error"], rtol=DERIVATIVE)


def test_base_level_turns_a_contrast_round(binary):
    predict, _ = logit_of(np.array([0.2, 0.5, -0.02, 1.0, 0.3, -0.7]))
    inputs = binary.drop(columns="y")
    plain = average_effects(predict, inputs, "g").table().set_index("contrast")["estimate"]
    turned = average_effects(predict, inputs, "g", base={"g": "b"}).table().set_index("contrast")["estimate"]
    assert turned["a - b"] == pytest.approx(-plain["b - a"], abs=ROUNDING)
    assert turned["c - b"] == pytest.approx(plain["c - a"] - plain["b - a"], abs=ROUNDING)


def test_whole_weights_are_repeated_rows_in_effects(frame, rng):
    w = rng.integers(1, 4, size=len(frame))
    one = average_effects(wavy, frame, weights=w).table()
    other = average_effects(wavy, frame.loc[np.repeat(frame.index, w)]).table()
    np.testing.assert_allclose(one["estimate"], other["estimate"], atol=1e-9)


def test_members_widen_effects_as_imputations_do(frame):
    slopes = np.array([1.0, 1.4, 2.1])

    def predict_each(rows):
        return rows["x"].to_numpy()[:, None] ** 2 * slopes

    def predict(rows):
        return predict_each(rows).mean(axis=1)

    found = average_effects(predict, frame, "x", predict_each=predict_each)
    effects = 2 * frame["x"].to_numpy()  # derivative of x²
    between = (slopes * effects.mean()).var(ddof=1)
    total = (slopes.mean() * effects).var(ddof=1) / len(frame) + 4 / 3 * between
    assert found.estimates[0] == pytest.approx(slopes.mean() * effects.mean(), abs=1e-8)
    assert found.std_error[0] == pytest.approx(np.sqrt(total), rel=1e-6)
    share = 4 / 3 * between / total
    nu = 1 / ((1 - share) ** 2 / (len(frame) - 1) + share**2 / 2)
    low, high = found.table()[["conf_low", "conf_high"]].to_numpy()[0]
    assert (high - low) / 2 == pytest.approx(student.ppf(0.975, nu) * np.sqrt(total), rel=1e-6)
    assert "3 members" in str(found)


def test_rows_alone_give_the_bootstrap_error(frame, rng):
    found = average_effects(wavy, frame, ["x", "g"])
    h = 1e-4 * np.ptp(frame["x"])
    slope = (wavy(frame.assign(x=frame["x"] + h)) - wavy(frame.assign(x=frame["x"] - h))) / (2 * h)
    again = [rng.choice(slope, size=len(slope)).mean() for _ in range(4000)]
    assert found.std_error[0] == pytest.approx(np.std(again), rel=0.05)  # the sd of 4000 is known to 1.1 %, and n - 1


def test_missing_cells_do_not_count_for_a_slope(frame):
    holed = frame.assign(x=frame["x"].where(frame.index > 20))
    found = average_effects(lambda rows: np.nan_to_num(rows["x"].to_numpy() ** 2), holed, "x")
    assert found.estimates[0] == pytest.approx(2 * frame["x"][21:].mean(), abs=1e-8)


# ------------------------------------------------------------------ partial dependence


def test_partial_dependence_is_that_of_scikit_learn(rng):
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.inspection import partial_dependence as theirs

    frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=["a", "b", "c"])
    model = GradientBoostingRegressor(n_estimators=15, random_state=1).fit(frame, frame["a"] * frame["b"])
    grid = [-1.0, -0.3, 0.2, 1.1]
    weights = rng.uniform(0.5, 2, size=80)
    found = partial_dependence(model.predict, frame, "a", grid=grid, weights=weights)
    expected = theirs(model, frame, ["a"], custom_values={"a": grid}, method="brute", kind="both")
    np.testing.assert_allclose(found.curves, expected["individual"][0], atol=ROUNDING)
    np.testing.assert_allclose(found.estimates, np.average(expected["individual"][0], axis=0, weights=weights))
    plain = partial_dependence(model.predict, frame, "a", grid=grid)
    np.testing.assert_allclose(plain.estimates, expected["average"][0], atol=ROUNDING)
    np.testing.assert_allclose(plain.std_error, expected["individual"][0].std(axis=0, ddof=1) / np.sqrt(80))


def test_partial_dependence_of_levels_and_members(frame):
    found = partial_dependence(wavy, frame, "g")
    assert found.grid == ("low", "mid", "high")
    expected = [wavy(frame.assign(g=level)).mean() for level in found.grid]
    np.testing.assert_allclose(found.estimates, expected, atol=ROUNDING)
    wide = partial_dependence(wavy, frame, "g", predict_each=lambda rows: wavy(rows)[:, None] * [0.5, 1.0, 1.5])
    assert (wide.std_error > found.std_error).all()
    np.testing.assert_allclose(wide.estimates, expected, atol=ROUNDING)


# ------------------------------------------------------------------ accumulated local effects


def test_local_effects_of_an_additive_function_are_the_function(frame):
    found = accumulated_effects(lambda rows: np.sin(rows["x"].to_numpy()) + 3 * rows["z"].to_numpy(), frame, "x")
    grid, x = np.array(found.grid), frame["x"].to_numpy()
    centre = np.interp(x, grid, np.sin(grid)).mean()
    np.testing.assert_allclose(found.estimates, np.sin(grid) - centre, atol=ROUNDING)
    np.testing.assert_allclose(found.std_error, 0, atol=1e-8)  # each step is the same for all its rows


def test_local_effects_of_a_product_of_correlated_inputs():
    # E(z | x) = x / 2 and the rows lie evenly in each step: g' = x / 2, so that g = x² / 4 in full.
    x = np.repeat((np.arange(400) + 0.5) / 200 - 1, 2)
    frame = pd.DataFrame({"x": x, "z": x / 2 + np.tile([-1.0, 1.0], 400)})
    found = accumulated_effects(product, frame, "x", n_bins=20)
    grid = np.array(found.grid)
    shape = grid**2 / 4 - np.interp(x, grid, grid**2 / 4).mean()
    np.testing.assert_allclose(found.estimates, shape, atol=5e-3)  # steps end at rows, not at round numbers
    dependence = partial_dependence(product, frame, "x", grid=[-1.0, 1.0])
    np.testing.assert_allclose(dependence.estimates, 0, atol=ROUNDING)  # where partial dependence sees nothing


def test_error_of_local_effects_is_that_of_sampling():
    rng = np.random.default_rng(5)
    grid, ends, errors = np.repeat([0.0, 1.0, 2.0], 30), [], []
    for _ in range(400):
        frame = pd.DataFrame({"x": grid, "z": rng.normal(size=90)})
        found = accumulated_effects(product, frame, "x")
        ends.append(found.estimates)
        errors.append(found.std_error)
    np.testing.assert_allclose(np.mean(errors, axis=0), np.std(ends, axis=0), rtol=0.12)  # the sd is known to 3.5 %


def test_local_effects_of_ordered_levels_by_hand():
    kind = pd.CategoricalDtype(["p", "q", "r"], ordered=True)
    frame = pd.DataFrame({"g": pd.Series(["p", "q", "r", "r"], dtype=kind), "z": [1.0, 2.0, 3.0, 4.0]})

    def predict(rows):
        return rows["g"].cat.codes.to_numpy() ** 2 * rows["z"].to_numpy()

    # p to q: rows 0 and 1, (1 + 2) / 2; q to r: rows 1, 2 and 3, 3 (2 + 3 + 4) / 3.
    raw = np.array([0.0, 1.5, 10.5])
    found = accumulated_effects(predict, frame, "g")
    np.testing.assert_allclose(found.estimates, raw - raw @ [0.25, 0.25, 0.5], atol=ROUNDING)
    assert found.table()["n_rows"].tolist() == [1, 1, 2]


def test_unordered_levels_stand_by_likeness(rng):
    where = rng.permutation(np.repeat(["a", "b", "c"], 200))
    middle = pd.Series(where).map({"a": 0.0, "b": 4.0, "c": 2.0})
    frame = pd.DataFrame({"where": where, "z": middle + rng.normal(size=600), "k": rng.choice(["u", "v"], 600)})
    found = accumulated_effects(lambda rows: (rows["where"] == "b").to_numpy() * 1.0, frame, "where")
    assert found.grid == ("a", "c", "b")
    np.testing.assert_allclose(found.estimates, np.array([0, 0, 1]) - 1 / 3, atol=ROUNDING)
