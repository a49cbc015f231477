"""Laws of explanations and of conformal prediction: what must not matter does not, what adds up adds up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet.prediction.explain import (
    accumulated_effects,
    average_effects,
    interaction_strength,
    measure_calibration,
    partial_dependence,
    permutation_importance,
    shapley_values,
)
from lacunet.solve import conformal_quantile, conformal_sets, split_conformal

ROUNDING = 1e-8
"""Sums of float64 numbers of size 1, divided by steps of 1e-4 of a range."""
FEW = settings(max_examples=15, deadline=None)


@st.composite
def worlds(draw):
    """Rows with numbers, text, categories and missing cells, and a predictor that uses all of them, jagged."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    n = draw(st.integers(12, 40))
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "whole": rng.integers(0, 5, size=n),
            "text": rng.choice(["no", "yes"], size=n),
            "g": pd.Categorical(rng.choice(["a", "b", "c"], size=n), categories=["c", "b", "a", "never"]),
            "truth": rng.choice([True, False], size=n),
        },
        index=rng.permutation(n) + 100,
    )
    frame.loc[frame.index[:3], ["x", "g"]] = np.nan
    frame.loc[frame.index[3:7], "g"] = ["a", "b", "c", "a"]
    frame.loc[frame.index[7:9], "text"] = ["no", "yes"]
    frame.loc[frame.index[7:9], "truth"] = [True, False]
    return frame, Jagged(rng.normal(size=6))


class Jagged:
    def __init__(self, size):
        self.size = size

    def __call__(self, rows):
        a, b, c, d, e, f = self.size
        x = np.nan_to_num(rows["x"].to_numpy(dtype=float), nan=0.3)
        level = rows["g"].map({"a": a, "b": b, "c": c}).astype(float).fillna(0.1).to_numpy()
        yes = (rows["text"] == "yes").to_numpy() * 1.0
        return np.tanh(d * x + level) + e * rows["whole"].to_numpy() * yes + f * x * rows["truth"].to_numpy()


def everything(predict, frame):
    """Numbers of every explanation, which a shift of the predictor must not move."""
    return {
        "effects": average_effects(predict, frame, ["x", "text", "g", "truth"]).estimates,
        "slope": accumulated_effects(predict, frame, "x", n_bins=5).estimates,
        "levels": accumulated_effects(predict, frame, "g").estimates,
        "shares": shapley_values(predict, frame.head(3), background=frame, n_background=5, seed=1).values,
        "dependence": np.diff(partial_dependence(predict, frame, "whole").estimates),
    }


@FEW
@given(worlds(), st.floats(-3, 3), st.floats(0.5, 3))
def test_explanations_follow_the_predictor(world, shift, scale):
    frame, predict = world
    plain, moved = everything(predict, frame), everything(lambda rows: shift + scale * predict(rows), frame)
    for name, numbers in plain.items():
        np.testing.assert_allclose(moved[name], scale * numbers, atol=ROUNDING, err_msg=name)
    one, other = (
        interaction_strength(p, frame, n_rows=8, pairs=False, seed=1).table().set_index("term")["h_squared"]
        for p in (predict, lambda rows: shift + scale * predict(rows))
    )
    np.testing.assert_allclose(one, other[one.index], atol=ROUNDING)


@FEW
@given(worlds(), worlds())
def test_explanations_of_a_sum_are_sums(world, other_world):
    frame, one = world
    other = other_world[1]
    parts = [everything(predict, frame) for predict in (one, other)]
    both = everything(lambda rows: one(rows) + other(rows), frame)
    for name, numbers in both.items():
        np.testing.assert_allclose(numbers, parts[0][name] + parts[1][name], atol=ROUNDING, err_msg=name)


@FEW
@given(worlds(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(world, random):
    frame, predict = world
    order = list(range(len(frame)))
    random.shuffle(order)
    mixed = frame.iloc[order]
    for explain in (
        lambda rows: average_effects(predict, rows, ["x", "g"]).table()[["estimate", "std_error"]],
        lambda rows: partial_dependence(predict, rows, "x").table()[["estimate", "std_error", "curve_high"]],
        lambda rows: accumulated_effects(predict, rows, "g").table()[["effect", "std_error"]],
        lambda rows: accumulated_effects(predict, rows, "x", n_bins=4).table()[["effect", "std_error"]],
        lambda rows: (
            permutation_importance(predict, rows, predict(rows) + 1, n_repeats=99, seed=1)
            .table()
            .set_index("term")
            .sort_index()[["importance", "std_error"]]
        ),
    ):
        np.testing.assert_allclose(explain(frame), explain(mixed), atol=ROUNDING)


@FEW
@given(worlds(), st.integers(1, 3))
def test_shares_add_up_and_idle_inputs_get_nothing(world, n_rounds):
    frame, predict = world
    wide = frame.assign(idle=np.arange(len(frame)))
    found = shapley_values(predict, wide.head(4), background=wide, n_background=6, n_rounds=n_rounds, seed=2)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), predict(wide.head(4)), atol=ROUNDING)
    assert (found.values[:, found.terms.index("idle")] == 0).all()
    assert found.table()["row"].unique().tolist() == frame.index[:4].tolist()


@FEW
@given(worlds())
def test_local_effects_average_to_nothing(world):
    frame, predict = world
    weights = np.linspace(1, 2, len(frame))
    for name in ("x", "g", "truth", "whole"):
        found = accumulated_effects(predict, frame, name, weights=weights, n_bins=6)
        known = frame[name].notna().to_numpy()
        if found.is_numeric:
            at = np.interp(frame[name][known].to_numpy(dtype=float), np.array(found.grid, dtype=float), found.estimates)
        else:
            at = frame[name][known].map(dict(zip(found.grid, found.estimates, strict=True))).to_numpy(dtype=float)
        assert np.average(at, weights=weights[known]) == pytest.approx(0, abs=ROUNDING)


@FEW
@given(worlds(), st.integers(0, 2**31))
def test_same_seed_same_numbers_and_a_further_input_moves_nobody(world, seed):
    frame, predict = world
    before = frame.copy(deep=True)
    y = predict(frame) + np.arange(len(frame)) / 10
    one = permutation_importance(predict, frame, y, n_repeats=3, seed=seed).table().set_index("term")
    wide = frame.assign(idle=np.arange(len(frame)))[["idle", *frame.columns]]
    other = permutation_importance(predict, wide, y, n_repeats=3, seed=seed).table().set_index("term")
    pd.testing.assert_frame_equal(one, other.loc[one.index])
    assert other.loc["idle", "importance"] == 0
    pd.testing.assert_frame_equal(frame, before)


@settings(max_examples=3, deadline=None)
@given(worlds())
def test_every_result_has_a_table_a_plot_and_a_sentence(world):
    frame, predict = world
    y = predict(frame)
    results = {
        "increase": permutation_importance(predict, frame, y + 1, n_repeats=2, seed=1),
        "average effect": average_effects(predict, frame, ["x", "g"]),
        "whole": partial_dependence(predict, frame, "whole"),
        "text": accumulated_effects(predict, frame, "text"),
        "mean size": shapley_values(predict, frame.head(2), background=frame, n_background=4, seed=1),
        "H²": interaction_strength(predict, frame, ["x", "whole"], n_rows=6, seed=1),
        "probability": measure_calibration(1 / (1 + np.exp(-y)), y > 0),
    }
    for word, result in results.items():
        figure = result.plot()
        assert word in figure.axes[0].get_xlabel()
        assert len(figure.axes[0].get_children()) > 10
        assert len(result.table()) >= 2
        assert str(result).endswith((".", "=.")) and "nan" not in str(result)
        assert repr(result)


@FEW
@given(st.integers(0, 2**31), st.integers(5, 60), st.floats(0.1, 0.5), st.floats(0.5, 0.95))
def test_more_coverage_is_never_narrower(seed, n, low, high):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=n)
    assert conformal_quantile(scores, low) <= conformal_quantile(scores, high)
    p = rng.dirichlet(np.ones(3), size=n)
    truth = rng.integers(0, 3, size=n)
    few, many = (conformal_sets(p, truth, level=level).contains(p) for level in (low, high))
    assert (few <= many).all()


@FEW
@given(st.integers(0, 2**31), st.integers(20, 60), st.floats(-5, 5), st.floats(0.1, 10), st.booleans())
def test_units_of_the_outcome_do_not_matter(seed, n, shift, unit, symmetric):
    rng = np.random.default_rng(seed)
    truth, predicted = rng.gamma(2.0, size=(2, n))
    options = {"level": 0.8, "symmetric": symmetric}
    plain = np.array(split_conformal(truth, predicted, **options).interval(predicted))
    moved = split_conformal(shift + unit * truth, shift + unit * predicted, **options).interval(
        shift + unit * predicted
    )
    np.testing.assert_allclose(moved, shift + unit * plain, atol=ROUNDING)
