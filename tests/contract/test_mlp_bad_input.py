"""ln.Mlp: bad input is refused, or survived and said, in plain words."""

import numpy as np
import pandas as pd
import pytest

import lacunet as ln
from lacunet.errors import ColumnError, ConvergenceWarning, DataError, DataWarning, SpecError
from tests.contract.test_mlp import INPUTS, SMALL, survey

BAD = {
    "no outcome": (lambda f: f, {"outcome": " "}, SpecError, "formula"),
    "unknown outcome": (lambda f: f, {"outcome": "scroe"}, ColumnError, "Did you mean 'score'"),
    "unknown name in formula": (lambda f: f, {"outcome": "score ~ aeg"}, ColumnError, "Did you mean 'age'"),
    "unknown input": (lambda f: f, {"outcome": "score", "inputs": ["incmoe"]}, ColumnError, "Did you mean 'income'"),
    "broken formula": (lambda f: f, {"outcome": "score ~ age +* income"}, SpecError, "cannot be read"),
    "half a formula": (lambda f: f, {"outcome": "score ~ "}, SpecError, "not whole"),
    "no term": (lambda f: f, {"outcome": "score ~ 1"}, SpecError, "names no input"),
    "infinite term": (lambda f: f.assign(age=f["age"] * 0), {"outcome": "score ~ np.log(age)"}, DataError, "infinite"),
    "unknown function": (lambda f: f, {"outcome": "score ~ square_rot(age)"}, DataError, "square_rot"),
    "outcome among inputs": (lambda f: f, {"outcome": "score", "inputs": ["score", "age"]}, SpecError, "itself"),
    "outcome in formula": (lambda f: f, {"outcome": "score ~ age + np.exp(score)"}, SpecError, "itself"),
    "constant outcome": (lambda f: f.assign(score=1.0), {"outcome": "score"}, DataError, "has to vary"),
    "one class": (lambda f: f.assign(vote="yes"), {"outcome": "vote ~ age"}, DataError, "has to vary"),
    "one class where known": (
        lambda f: f.assign(vote=f["vote"].where(f["vote"] == "yes")),
        {"outcome": "vote ~ age"},
        DataError,
        "has to vary",
    ),
    "empty outcome": (lambda f: f.assign(score=np.nan), {"outcome": "score"}, DataError, "missing in every row"),
    "identifier": (
        lambda f: f.assign(score=[f"P{i:05}" for i in range(len(f))]),
        {"outcome": "score"},
        ColumnError,
        "identifier",
    ),
    "no rows": (lambda f: f.iloc[:0], {"outcome": "score"}, DataError, "no rows"),
    "no inputs": (lambda f: f[["score"]], {"outcome": "score"}, DataError, "no column to predict from"),
    "inputs are a word": (lambda f: f, {"outcome": "score", "inputs": "age"}, SpecError, r"inputs=\['age'\]"),
    "inputs beside a formula": (lambda f: f, {"outcome": "score ~ age", "inputs": ["job"]}, SpecError, "beside"),
    "unknown kind": (lambda f: f, {"outcome": "score", "kind": "binray"}, SpecError, "kind="),
    "negative counts": (lambda f: f, {"outcome": "score", "kind": "count"}, DataError, "count"),
    "three levels as two": (lambda f: f, {"outcome": "party", "kind": "binary"}, ColumnError, "binary"),
    "words as a number": (lambda f: f, {"outcome": "party", "kind": "number"}, ColumnError, "words"),
    "validation too large": (lambda f: f, {"outcome": "score", "validation": 1.0}, SpecError, "validation"),
    "validation negative": (lambda f: f, {"outcome": "score", "validation": -0.1}, SpecError, "validation"),
    "negative weights": (lambda f: f.assign(w=-1.0 + f["age"] * 0), {"weights": "w"}, DataError, "negative"),
    "missing weights": (
        lambda f: f.assign(w=f["income"].where(f["age"] > 30)),
        {"weights": "w"},
        DataError,
        "missing in",
    ),
    "weights of 0": (lambda f: f.assign(w=0.0), {"weights": "w"}, DataError, "0 in every row"),
    "unknown weights": (lambda f: f, {"weights": "w8"}, ColumnError, "w8"),
    "class weights of a number": (lambda f: f, {"class_weights": "balanced"}, SpecError, "is a number"),
    "class weights of no level": (
        lambda f: f,
        {"outcome": "vote", "class_weights": {"maybe": 2}},
        SpecError,
        "'maybe'",
    ),
    "class weights below 0": (lambda f: f, {"outcome": "vote", "class_weights": {"yes": -1}}, SpecError, "above 0"),
    "bad seed": (lambda f: f, {"seed": -1}, SpecError, "seed"),
}


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")
@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("hidden", [(), (4,)], ids=["node", "network"])
def test_bad_input_is_refused(case, hidden):
    change, call, error, words = BAD[case]
    call = {"outcome": "score"} | call
    if hidden == () and case == "class weights of a number":
        call |= {"inputs": ["age"]}
    with pytest.raises(error, match=words):
        ln.Mlp(hidden=hidden, epochs=1).fit(change(survey()), call.pop("outcome"), **call)


@pytest.mark.parametrize(
    "options",
    [
        {"hidden": (0,)},
        {"hidden": 8},
        {"dropout": 1.0},
        {"weight_decay": -1},
        {"learning_rate": 0},
        {"schedule": "linear"},
        {"activation": "rleu"},
        {"batch": 0},
        {"epochs": 1.5},
        {"members": 0},
        {"pieces": -1},
    ],
)
def test_options_out_of_range(options):
    with pytest.raises(SpecError, match=next(iter(options)).split("_")[0]):
        ln.Mlp(**options)


def test_covariances_belong_to_the_node():
    for call in ({"cov": "HC1"}, {"cluster": "region"}):
        with pytest.raises(SpecError, match=r"hidden=\(\)"):
            ln.Mlp(**SMALL).fit(survey(), "score ~ age", **call)
    with pytest.raises(SpecError, match="HC9"):
        ln.Mlp(hidden=()).fit(survey(), "score ~ age", cov="HC9")
    with pytest.raises(SpecError, match="two different"):
        ln.Mlp(hidden=()).fit(survey(), "score ~ age", cov="HC1", cluster="region")
    with pytest.raises(SpecError, match="quantiles"):
        ln.Mlp(hidden=()).fit(survey(), "score ~ age", kind="quantiles")


def test_missing_outcomes_are_left_out_and_said():
    frame = survey()
    frame.loc[:29, "score"] = np.nan
    with pytest.warns(DataWarning, match="30 of 300 rows are left out"):
        fit = ln.Mlp(**SMALL).fit(frame, "score", inputs=INPUTS, seed=1)
    assert fit.predict().shape == (300,)
    assert any("30 of 300" in note for note in fit.notes)


def test_a_node_says_which_rows_it_leaves_out():
    frame = survey()
    frame.loc[:59, "income"] = np.nan
    frame.loc[50:69, "region"] = None
    with pytest.warns(DataWarning, match=r"70 of 300.*'income' 60, 'region' 20.*lacunet.impute"):
        fit = ln.Mlp(hidden=()).fit(frame, "vote ~ income + region")
    assert fit.fit.engine.solution.n_obs == 230
    with pytest.warns(DataWarning, match="70 of 300 rows lack an input"):
        said = fit.predict(frame)
    assert [label is None for label in said] == [i < 70 for i in range(300)]
    frame["income"] = np.nan
    with pytest.raises(DataError, match=r"No row has both|empty|not taken|is not a column"):
        ln.Mlp(hidden=()).fit(frame, "vote ~ income + region")


def test_what_a_function_cannot_take_is_a_gap():
    frame = survey().assign(z=lambda f: f["age"] - 40)
    n = int((frame["z"] < 0).sum())
    with pytest.warns(DataWarning, match=f"{n} of 300 rows are left out, since a term of the formula is not a number"):
        node = ln.Mlp(hidden=()).fit(frame, "score ~ np.log(z)")
    assert node.fit.engine.solution.n_obs == 300 - n
    network = ln.Mlp(**SMALL).fit(frame, "score ~ np.log(z)", seed=1)
    assert np.isfinite(network.predict()).all()


def test_collinear_columns_are_named_and_left_out():
    frame = survey().assign(years=lambda f: 2 * f["age"] + 1)
    with pytest.warns(DataWarning, match=r"The terms 'years' are linear combinations.*left out"):
        fit = ln.Mlp(hidden=()).fit(frame, "score ~ age + years + income")
    alone = ln.Mlp(hidden=()).fit(frame, "score ~ age + income")
    np.testing.assert_allclose(fit.table()["estimate"], alone.table()["estimate"], rtol=1e-6)
    assert list(fit.table()["term"]) == ["Intercept", "age", "income"]
    np.testing.assert_allclose(fit.predict(frame), alone.predict(frame), rtol=1e-8)
    with pytest.warns(DataWarning, match="'years'"):
        ordered = ln.Mlp(hidden=()).fit(frame, "trust ~ age + years")
    assert list(ordered.table()["term"]) == ["age", "no|some", "some|much"]


def test_separation_names_its_columns():
    frame = survey().assign(won=lambda f: (f["age"] > 50).astype(int))
    with pytest.warns(ConvergenceWarning, match=r"separation.*run away: 'age'"):
        fit = ln.Mlp(hidden=()).fit(frame, "won ~ age + income")
    assert any("separation" in note for note in fit.notes)
    network = ln.Mlp(hidden=(4,), epochs=20).fit(frame, "won", inputs=["age", "income"], seed=1)
    assert np.isfinite(network.predict_proba()).all()


def test_more_columns_than_rows():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(20, 30)), columns=[f"x{i}" for i in range(30)])
    frame["y"] = rng.normal(size=20)
    with pytest.raises(DataError, match="31 coefficients and only 20"):
        ln.Mlp(hidden=()).fit(frame, "y ~ .")
    assert np.isfinite(ln.Mlp(hidden=(4,), epochs=2).fit(frame, "y ~ .", seed=1).predict()).all()


@pytest.mark.parametrize("hidden", [(), (8,)], ids=["node", "network"])
@pytest.mark.parametrize("outcome", ["score ~ age + C(region)", "score"], ids=["formula", "columns"])
def test_unseen_levels_and_absent_columns_are_named(hidden, outcome):
    frame = survey()[["score", "age", "region"]]
    fit = ln.Mlp(hidden=hidden, epochs=1).fit(frame, outcome, seed=1)
    with pytest.raises(ColumnError, match="'south'"):
        fit.predict(frame.assign(region="south"))
    with pytest.raises(ColumnError, match=r"no column 'age'.*Did you mean 'Age'"):
        fit.predict(frame.rename(columns={"age": "Age"}))
    assert fit.predict(frame.assign(extra="anything").drop(columns="score")).shape == (300,)
    with pytest.raises(SpecError, match="ndarray"):
        fit.predict(np.zeros((3, 2)))


def test_an_exploding_loss_is_recovered_and_said():
    frame = survey()[["score", "age", "income"]]
    with pytest.warns(ConvergenceWarning, match="exploded at a learning rate of 10000"):
        fit = ln.Mlp(hidden=(16, 16), epochs=30, learning_rate=1e4).fit(frame, "score", seed=1)
    assert np.isfinite(fit.predict()).all()
    assert any("exploded" in note for note in fit.notes)
