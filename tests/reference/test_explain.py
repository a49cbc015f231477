"""Importance, Shapley values and interactions against enumeration, closed forms and repeated sampling."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from lacunet.errors import ColumnError, DataError, SpecError
from lacunet.prediction.explain import (
    accumulated_effects,
    average_effects,
    interaction_strength,
    measure_calibration,
    partial_dependence,
    permutation_importance,
    shapley_values,
)
from tests.reference._predictors import column, make_frame, product, wavy

ROUNDING = 1e-10
"""Sums of some hundred float64 numbers of size 1."""
MONTE_CARLO = 4.0
"""Standard errors by which a sampled value may differ from the true one."""


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def frame(rng):
    return make_frame(rng)


# ------------------------------------------------------------------ permutation importance


def switched(loss, predict, frame, y, names):
    """Fisher, Rudin and Dominici's double sum, pair by pair."""
    total, n = 0.0, len(frame)
    for i, j in itertools.permutations(range(n), 2):
        row = frame.iloc[[i]].reset_index(drop=True)
        for name in names:
            row[name] = frame[name].iloc[[j]].array
        total += loss(y[i], predict(row)[0])
    return total / (n * (n - 1))


@pytest.mark.parametrize("loss", ["squared", "absolute"])
def test_importance_in_full_is_the_double_sum(frame, rng, loss):
    few = frame.head(9)
    y = wavy(few) + rng.normal(size=9)
    of_row = {"squared": lambda a, b: (a - b) ** 2, "absolute": lambda a, b: abs(a - b)}[loss]
    found = permutation_importance(wavy, few, y, loss=loss, groups={"x and z": ["x", "z"]}, n_repeats=99, seed=1)
    base = np.mean([of_row(a, b) for a, b in zip(y, wavy(few), strict=True)])
    table = found.table().set_index("term")
    assert sorted(table.index) == ["b", "g", "x and z"]
    for term, names in {"x and z": ["x", "z"], "g": ["g"], "b": ["b"]}.items():
        expected = switched(of_row, wavy, few, y, names)
        assert table.loc[term, "permuted_loss"] == pytest.approx(expected, abs=ROUNDING)
        assert table.loc[term, "importance"] == pytest.approx(expected - base, abs=ROUNDING)
        assert table.loc[term, "ratio"] == pytest.approx(expected / base, rel=ROUNDING)


def test_sampled_importance_is_near_the_full_one(frame, rng):
    y = wavy(frame) + rng.normal(size=len(frame))
    full = permutation_importance(wavy, frame, y, n_repeats=119, seed=1).table().set_index("term")
    some = permutation_importance(wavy, frame, y, n_repeats=8, seed=2).table().set_index("term")
    for term in ("x", "z", "g", "b"):
        assert abs(some.loc[term, "importance"] - full.loc[term, "importance"]) < full.loc[term, "std_error"]
        assert some.loc[term, "std_error"] == pytest.approx(full.loc[term, "std_error"], rel=0.35)


@pytest.mark.parametrize("n_repeats", [3, 200])
def test_error_of_importance_is_that_of_sampling(n_repeats):
    rng = np.random.default_rng(3)
    found, errors = [], []
    for k in range(250):
        x = rng.gamma(2.0, size=60)
        frame, y = pd.DataFrame({"x": x}), x + rng.normal(size=60)
        row = permutation_importance(column("x"), frame, y, n_repeats=n_repeats, seed=k).table().iloc[0]
        found.append(row["importance"])
        errors.append(row["std_error"])
    assert np.mean(found) == pytest.approx(4.0, abs=MONTE_CARLO * np.std(found) / np.sqrt(250))  # twice the variance
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.15)  # the sd of 250 is known to 5 %, of gammas to 10 %


def test_log_loss_and_weights(frame, rng):
    y = rng.integers(0, 2, size=len(frame))
    weights = rng.integers(1, 4, size=len(frame))
    found = permutation_importance(lambda rows: expit(wavy(rows)), frame, y, loss="log", weights=weights, seed=1)
    p = expit(wavy(frame))
    assert found.base_loss == pytest.approx(np.average(-np.log(np.where(y == 1, p, 1 - p)), weights=weights))


def test_unused_input_has_no_importance_and_likeness_is_said(frame, rng):
    frame = frame.assign(copy=frame["x"] + 0.01 * rng.normal(size=len(frame)))
    found = permutation_importance(column("x"), frame, frame["x"], seed=1)
    assert (found.table().set_index("term").loc[["z", "g", "b", "copy"], "importance"] == 0).all()
    assert found.alike == (("x", "copy"),)
    assert "x with copy" in str(found) and "not causes" in str(found)


# ------------------------------------------------------------------ Shapley values


def shapley_by_enumeration(predict, frame, background):
    """Contributions of every input in every row, set by set."""
    names = list(frame.columns)
    p, n = len(names), len(frame)
    found = np.zeros((n, p))
    for i in range(n):

        def worth(members, i=i):
            rows = background.copy()
            for j in members:
                rows[names[j]] = pd.Series([frame[names[j]].iloc[i]] * len(rows), dtype=frame[names[j]].dtype).array
            return predict(rows).mean()

        for j in range(p):
            others = [k for k in range(p) if k != j]
            for size in range(p):
                chance = math.factorial(size) * math.factorial(p - size - 1) / math.factorial(p)
                for members in itertools.combinations(others, size):
                    found[i, j] += chance * (worth([*members, j]) - worth(members))
    return found


def test_shapley_values_are_those_of_enumeration(frame):
    few, background = frame.head(4), frame.tail(30).reset_index(drop=True)
    found = shapley_values(wavy, few, background=background, n_rounds=30, seed=3)
    exact = shapley_by_enumeration(wavy, few, background)
    assert (np.abs(found.values - exact) <= MONTE_CARLO * found.std_error / np.sqrt(10) + ROUNDING).all()
    np.testing.assert_allclose(found.values.sum(axis=1), wavy(few) - wavy(background).mean(), atol=ROUNDING)


def test_shapley_values_of_two_inputs_are_exact(frame):
    # A permutation and its reversal are all there are.
    few, background = frame.head(3)[["x", "z"]], frame.tail(20)[["x", "z"]].reset_index(drop=True)
    found = shapley_values(product, few, background=background, seed=3)
    np.testing.assert_allclose(found.values, shapley_by_enumeration(product, few, background), atol=ROUNDING)


def test_shapley_values_of_a_linear_model_in_closed_form(frame):
    beta = {"x": 2.0, "z": -1.0, "b": 0.5}
    numbers = frame[list(beta)]

    def predict(rows):
        return sum(beta[name] * rows[name].to_numpy() for name in beta) + 3

    found = shapley_values(predict, numbers, n_background=500, seed=1)
    expected = (numbers - numbers.mean()) * list(beta.values())
    np.testing.assert_allclose(found.values, expected, atol=ROUNDING)
    spread = numbers.std(ddof=1).to_numpy() * np.abs(list(beta.values())) / np.sqrt(len(numbers))
    np.testing.assert_allclose(found.std_error, np.tile(spread, (len(numbers), 1)), rtol=1e-9)


def test_error_of_shapley_values_is_that_of_sampling(frame):
    row = frame.head(1)
    found = [shapley_values(wavy, row, background=frame, n_background=25, seed=k) for k in range(100)]
    spread = np.std([one.values[0] for one in found], axis=0)
    stated = np.mean([one.std_error[0] for one in found], axis=0)
    # Rows are drawn without replacement (25 of 120): what is stated leaves that out, and is at most 12 % too large.
    np.testing.assert_allclose(stated, spread, rtol=0.35)
    assert (stated > 0.9 * spread).all()


def test_groups_come_into_play_together(frame):
    found = shapley_values(product, frame.head(3), background=frame, groups={"both": ["x", "z"]}, seed=1)
    assert found.terms == ("both", "g", "b")
    np.testing.assert_allclose(found.values[:, 0], found.predictions - found.base, atol=ROUNDING)
    np.testing.assert_allclose(found.values[:, 1:], 0, atol=ROUNDING)


# ------------------------------------------------------------------ interactions


def test_additive_function_has_no_interaction(frame):
    table = interaction_strength(
        lambda rows: np.exp(rows["x"].to_numpy()) + rows["z"].to_numpy() ** 3 + (rows["g"] == "mid").to_numpy(),
        frame,
        n_rows=40,
        seed=1,
    ).table()
    assert len(table) == 4 + 6
    np.testing.assert_allclose(table["h_squared"], 0, atol=ROUNDING)


def test_interaction_of_a_product_in_closed_form(rng):
    x, z = rng.normal(1.0, 1.0, size=50), rng.normal(2.0, 1.0, size=50)
    frame = pd.DataFrame({"x": x, "z": z, "idle": rng.normal(size=50)})
    joint = x * z - (x * z).mean()
    rest = joint - z.mean() * (x - x.mean()) - x.mean() * (z - z.mean())
    expected = (rest**2).sum() / (joint**2).sum()
    found = interaction_strength(product, frame, seed=1).table().set_index("term")
    for term in ("x and z", "x with all others", "z with all others"):
        assert found.loc[term, "h_squared"] == pytest.approx(expected, abs=ROUNDING)
        assert found.loc[term, "strength"] == pytest.approx(np.sqrt((rest**2).mean()), abs=ROUNDING)
    for term in ("x and idle", "idle and z", "z and idle", "idle with all others"):
        if term in found.index:
            assert found.loc[term, "h_squared"] == pytest.approx(0, abs=ROUNDING)


def test_jackknife_of_interactions_by_deleting_rows(frame):
    few = frame.head(12)[["x", "z"]]
    found = interaction_strength(product, few, seed=1).table().set_index("term").loc["x and z"]
    without = [
        interaction_strength(product, few.drop(index=i), seed=1).table().set_index("term").loc["x and z", "h_squared"]
        for i in range(12)
    ]
    expected = np.sqrt(11 / 12 * ((without - np.mean(without)) ** 2).sum())
    assert found["std_error"] == pytest.approx(expected, rel=1e-9)


def test_floor_comes_from_null_predictors(frame):
    few = frame[["x", "z"]]
    null = [lambda rows, size=size: rows["x"].to_numpy() + size * product(rows) for size in (0.0, 0.1, 0.2)]
    found = interaction_strength(product, few, n_rows=20, null=null, seed=1)
    each = [interaction_strength(one, few, n_rows=20, seed=1).table().set_index("term") for one in null]
    expected = np.quantile([one.loc["x and z", "h_squared"] for one in each], 0.95)
    assert found.table().set_index("term").loc["x and z", "floor"] == pytest.approx(expected)
    assert "without interactions reach" in str(found)


# ------------------------------------------------------------------ refusals


INPUTS = pd.DataFrame({"x": [0.0, 1.0, 3.0], "one": ["a", "a", "a"], "day": pd.to_datetime(["2020-01-01"] * 3)})


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: partial_dependence(column("x"), INPUTS, "X"), ColumnError, "Did you mean 'x'"),
        (lambda: partial_dependence(column("x"), INPUTS, "day"), ColumnError, "holds dates"),
        (lambda: partial_dependence(column("x"), INPUTS, "one", grid=["b"]), ColumnError, "names level 'b'"),
        (lambda: partial_dependence(column("x"), INPUTS, "x", grid=["b"]), SpecError, "no number"),
        (lambda: partial_dependence(lambda rows: np.zeros((3, 2)), INPUTS, "x"), DataError, "predict_proba"),
        (lambda: partial_dependence(lambda rows: np.full(len(rows), np.nan), INPUTS, "x"), DataError, "not finite"),
        (lambda: average_effects(column("x"), INPUTS, "one"), ColumnError, "has one level"),
        (lambda: average_effects(column("x"), INPUTS, "x", weights=[1, 2]), DataError, "weights have shape"),
        (lambda: average_effects(column("x"), INPUTS, "x", discrete=["X"]), ColumnError, "Did you mean 'x'"),
        (lambda: average_effects(column("x"), INPUTS, "x", covariance=np.eye(1)), SpecError, "needs both"),
        (lambda: average_effects(column("x"), INPUTS, "x", level=95), SpecError, "Write 0.95"),
        (lambda: average_effects("x", INPUTS, "x"), SpecError, "must be a function"),
        (lambda: accumulated_effects(column("x"), INPUTS, "one"), ColumnError, "has one level"),
        (lambda: accumulated_effects(column("x"), INPUTS.to_numpy(), "x"), DataError, "pandas frame"),
        (lambda: permutation_importance(column("x"), INPUTS, [0, 1]), DataError, "outcome has shape"),
        (lambda: permutation_importance(column("x"), INPUTS, [0, 1, 2], loss="log"), DataError, "holds 2"),
        (lambda: permutation_importance(column("x"), INPUTS, [0, 1, 2], loss="auc"), SpecError, "not known here"),
        (
            lambda: permutation_importance(column("x"), INPUTS, [0, 1, 2], groups={"a": ["x"], "b": ["x"]}),
            SpecError,
            "also stands in another",
        ),
        (lambda: shapley_values(column("x"), INPUTS, background=INPUTS[["x"]]), DataError, "other columns"),
        (lambda: shapley_values(column("x"), INPUTS, background=INPUTS.astype({"x": int})), DataError, "int64"),
        (lambda: interaction_strength(column("x"), INPUTS[["x"]]), SpecError, "fewer than two inputs"),
        (lambda: measure_calibration([0.2], ["yes"]), DataError, "not numbers"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()
