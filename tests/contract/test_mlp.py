"""ln.Mlp: what comes in and out, the same numbers from the same seed, and bad input said in plain words."""

import re
import warnings
from functools import cache

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lacunet as ln
from lacunet.errors import SpecError

SMALL = {"hidden": (8,), "epochs": 4}
RISE = 1e-12
"""Share by which rounding may let a loss rise."""
SINGLE = 1e-4
"""Networks compute in single precision, and blocks of other sizes round differently."""
LANDED = 1e-4
"""Gradient descent has arrived: in units of the coefficients, which are about 1."""


def survey(n=300, seed=4):
    rng = np.random.default_rng(seed)
    age, income, region = rng.uniform(18, 80, n), rng.lognormal(1, 0.5, n), rng.choice(["east", "north", "west"], n)
    latent = 0.04 * (age - 50) + 0.5 * income - (region == "west") + rng.logistic(size=n)
    return pd.DataFrame(
        {
            "age": age,
            "income": income,
            "region": region,
            "job": pd.Categorical.from_codes(rng.integers(0, 3, n), ["low", "middle", "high"], ordered=True),
            "score": latent,
            "vote": np.where(latent > 1, "yes", "no"),
            "party": np.array(["a", "b", "c"])[np.digitize(latent, [0.0, 2.0])],
            "trust": pd.Categorical.from_codes(np.digitize(latent, [0.0, 2.0]), ["no", "some", "much"], ordered=True),
            "visits": rng.poisson(np.exp(0.3 * latent)).astype(float),
            "won": (latent > 1).astype(int),
        }
    )


INPUTS = ["age", "income", "region", "job"]


@cache
def fitted(outcome, kind=None, hidden=(8,)):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ln.Mlp(hidden=hidden, epochs=4).fit(survey(), outcome, inputs=INPUTS, kind=kind, seed=1)


@pytest.mark.parametrize(
    ("outcome", "kind", "levels"),
    [
        ("score", None, ()),
        ("score", "normal", ()),
        ("score", "quantiles", ()),
        ("visits", "count", ()),
        ("visits", "negbin", ()),
        ("vote", None, ("no", "yes")),
        ("party", None, ("a", "b", "c")),
        ("trust", None, ("no", "some", "much")),
        ("won", None, (0, 1)),
    ],
)
def test_every_kind_of_outcome(outcome, kind, levels):
    fit, new = fitted(outcome, kind), survey().drop(columns=outcome).iloc[:7]
    said = fit.predict(new)
    assert said.shape == (7,)
    assert fit.levels == levels
    if levels:
        assert list(said) == list(fit.predict()[:7])
    else:
        np.testing.assert_allclose(said, fit.predict()[:7], rtol=SINGLE)
    if not levels:
        assert said.dtype == np.float64
        with pytest.raises(SpecError, match="has no levels"):
            fit.predict_proba(new)
        return
    assert set(said) <= set(levels)
    shares = fit.predict_proba(new)
    assert shares.shape == (7, len(levels))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-5)
    assert [levels[i] for i in shares.argmax(axis=1)] == list(said)


def test_the_guess_is_said():
    assert any("binary" in note and "kind='number'" in note for note in fitted("won").notes)
    assert any("no, yes: the second is the event" in note for note in fitted("vote").notes)
    assert "ordinal" in " ".join(fitted("trust").notes)


def test_numbers_come_in_the_unit_of_the_outcome():
    frame = survey().assign(score=lambda f: 1e6 + 1e4 * f["score"])
    fit = ln.Mlp(hidden=(8,), epochs=60, learning_rate=0.01).fit(frame, "score", inputs=INPUTS, seed=1)
    assert np.corrcoef(fit.predict(), frame["score"])[0, 1] > 0.5
    assert abs(fit.predict().mean() - frame["score"].mean()) < frame["score"].std()


def test_the_same_seed_gives_the_same_bits_and_the_input_stays():
    frame = survey()
    frame.loc[::9, "income"] = np.nan
    before = frame.copy(deep=True)
    one, other = (ln.Mlp(**SMALL).fit(frame, "score ~ .", seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.predict(frame), other.predict(frame))
    assert one.history == other.history
    pd.testing.assert_frame_equal(frame, before)
    third = ln.Mlp(**SMALL).fit(frame, "score ~ .", seed=6)
    assert (third.predict(frame) != one.predict(frame)).any()


@pytest.mark.parametrize("library", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_every_frame_library(library):
    frame = survey()
    ours, theirs = (ln.Mlp(**SMALL).fit(data, "score", inputs=INPUTS[:3], seed=1) for data in (frame, library(frame)))
    np.testing.assert_array_equal(theirs.predict(library(frame)), ours.predict(frame))
    node = ln.Mlp(hidden=()).fit(library(frame), "score ~ age + C(region)")
    np.testing.assert_allclose(node.predict(library(frame)), node.predict(frame), rtol=1e-12)


def test_files(tmp_path):
    survey().to_csv(tmp_path / "survey.csv", index=False)
    fit = ln.Mlp(**SMALL).fit(tmp_path / "survey.csv", "score", inputs=["age", "income", "region"], seed=1)
    np.testing.assert_allclose(fit.predict(tmp_path / "survey.csv"), fit.predict(), rtol=1e-6)


def test_missing_inputs_are_taken_as_they_are():
    frame = survey()
    frame.loc[::3, "income"] = np.nan
    frame.loc[1::4, "region"] = None
    for outcome, inputs in (("score", INPUTS), ("score ~ np.log(income) + C(region)*age + job", None)):
        fit = ln.Mlp(**SMALL).fit(frame, outcome, inputs=inputs, seed=1)
        assert np.isfinite(fit.predict(frame)).all()
    names = fit.names
    columns = fit.fit.reader.columns(fit.fit.training.table)
    assert "Intercept" not in names
    assert np.isnan(columns[1, [i for i, name in enumerate(names) if "region" in name]]).all()
    assert np.isnan(columns[0, names.index("np.log(income)")])
    assert not np.isnan(columns[2]).any()


def test_not_applicable_is_a_level_of_its_own():
    frame = survey().assign(hours=np.where(np.arange(300) % 4 == 0, -8.0, np.arange(300) % 37))
    fit = ln.Mlp(**SMALL).fit(frame, "score", inputs=["age", "hours"], not_applicable={"hours": [-8]}, seed=1)
    assert fit.names == ("age", "hours", "hours[not applicable]")
    columns = fit.fit.reader.columns(fit.fit.training.table)
    np.testing.assert_array_equal(columns[:, 2], np.arange(300) % 4 == 0)
    assert np.isnan(columns[::4, 1]).all()


def test_dot_means_all_others():
    dotted = ln.Mlp(hidden=()).fit(survey()[["score", *INPUTS]], "score ~ .")
    written = ln.Mlp(hidden=()).fit(survey()[["score", *INPUTS]], "score ~ age + income + region + job")
    assert dotted.names == written.names
    np.testing.assert_array_equal(dotted.table()["estimate"], written.table()["estimate"])


def test_columns_with_odd_names_and_columns_that_are_not_used():
    frame = survey().rename(columns={"age": "age in years", "region": "the region"})
    frame["odd"] = np.resize(["1", "2", "what?", "3.5"], 300)  # warned of when read, so that it must not be
    quoted = ln.Mlp(hidden=()).fit(frame, "score ~ `age in years` + C(`the region`)")
    assert quoted.names[1] == "age in years"
    plain = ln.Mlp(hidden=()).fit(survey(), "score", inputs=["age", "region"])
    np.testing.assert_allclose(quoted.table()["estimate"], plain.table()["estimate"], rtol=1e-9)


def test_dropout_draws():
    fit = ln.Mlp(hidden=(16,), dropout=0.3, members=2, epochs=4).fit(survey(), "party", inputs=INPUTS, seed=1)
    draws = fit.mc_dropout(survey().iloc[:5], n=6, seed=3)
    assert draws.shape == (5, 6, 3)
    assert (draws.std(axis=1) > 0).all()
    np.testing.assert_array_equal(draws, fit.mc_dropout(survey().iloc[:5], n=6, seed=3))
    np.testing.assert_array_equal(draws[:, :3], fit.mc_dropout(survey().iloc[:5], n=3, seed=3))
    still = ln.Mlp(hidden=(4,), dropout=0.0, epochs=1).fit(survey(), "score", inputs=INPUTS, seed=1)
    with pytest.raises(SpecError, match="without dropout"):
        still.mc_dropout()


def test_words_about_a_fit():
    fit = fitted("score")
    assert "held-out loss" in str(fit.summary())
    assert "Rumelhart" in fit.cite()
    figure = fit.plot_loss()
    assert [line.get_label() for line in figure.axes[0].lines][:2] == ["training rows (under dropout)", "held-out rows"]
    with pytest.raises(SpecError, match=r"hidden=\(\)"):
        fit.table()
    node = fitted("score", hidden=())
    assert "solved exactly" in str(node.summary())
    with pytest.raises(SpecError, match="no loss to draw"):
        node.plot_loss()


@pytest.mark.parametrize(("outcome", "kind"), [("score", None), ("vote", None), ("party", None), ("visits", "count")])
def test_gradient_descent_walks_to_the_exact_solution(outcome, kind):
    node = fitted(outcome, kind, hidden=())
    path = node.path(steps=600, rate=0.5)
    assert (np.diff(path["loss"]) <= RISE * path["loss"].to_numpy()[:-1]).all()
    exact = node.table().set_index("term")["estimate"]
    assert list(path.columns[2:]) == list(exact.index)
    assert np.abs(path.iloc[0, 2:]).max() < np.abs(exact).max()
    np.testing.assert_allclose(path.iloc[-1, 2:].to_numpy(dtype=float), exact, atol=LANDED)


def test_weights_count():
    frame = survey().assign(w=lambda f: np.where(f["vote"] == "yes", 3.0, 1.0))
    plain = ln.Mlp(hidden=()).fit(frame, "vote ~ 1 + age")
    survey_weights = ln.Mlp(hidden=()).fit(frame, "vote ~ 1 + age", weights="w")
    classes = ln.Mlp(hidden=()).fit(frame, "vote ~ 1 + age", class_weights={"yes": 3})
    np.testing.assert_allclose(survey_weights.table()["estimate"], classes.table()["estimate"], rtol=1e-8)
    assert survey_weights.predict_proba()[:, 1].mean() > plain.predict_proba()[:, 1].mean() + 0.05
    frame["rare"] = np.where(np.arange(300) % 10 == 0, "a", "b")
    balanced = ln.Mlp(hidden=()).fit(frame, "rare ~ age", class_weights="balanced")
    assert abs(balanced.predict_proba()[:, 0].mean() - 0.5) < 0.02
    network = ln.Mlp(hidden=(8,), epochs=30).fit(frame, "rare", inputs=["age"], class_weights="balanced", seed=1)
    assert abs(network.predict_proba()[:, 0].mean() - 0.5) < 0.15


def test_without_rows_held_out():
    fit = ln.Mlp(**SMALL).fit(survey(), "score", inputs=INPUTS, validation=0, seed=1)
    assert fit.held is None
    assert "held_out_loss" not in fit.history[-1]
    assert re.search("without rows held out", str(fit.summary()))
