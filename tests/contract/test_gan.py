"""What `Gan` promises: the table's own types and reasons back, conditions kept, the same rows from the same seed."""

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import DataError, SpecError
from lacunet.synthesis.gan._array import FittedArrayGan
from lacunet.synthesis.gan._engine import GanEngine
from lacunet.synthesis.gan._gan import FittedGan, Gan
from lacunet.synthesis.gan._realism import realism

SMALL = Gan(stages=2, hidden=(16,), steps=20, candidates=2)


def survey(n=300):
    """A small survey with a skip code, an empty cell now and then, and a number that depends on a category."""
    rng = np.random.default_rng(1)
    party = rng.choice(["left", "right", "none"], n, p=[0.4, 0.4, 0.2])
    age = rng.integers(18, 90, n)
    income = np.round(np.exp(rng.normal(7 + 0.5 * (party == "right"), 0.5, n)), 0)
    income = np.where(rng.random(n) < 0.15, -8.0, income)
    return pd.DataFrame(
        {"party": pd.Categorical(party), "age": age, "income": income, "voted": pd.array(party != "none", "boolean")}
    )


@pytest.fixture(scope="module")
def fitted():
    return SMALL.fit(survey(), seed=1, missing_codes={"income": [-8]})


def test_rows_come_back_as_they_are_written(fitted):
    real, made = survey(), fitted.sample(200, seed=2)
    assert isinstance(fitted, FittedGan)
    assert list(made.columns) == list(real.columns)
    assert made.dtypes.astype(str).tolist() == real.dtypes.astype(str).tolist()
    assert set(made["party"].cat.categories) == {"left", "right", "none"}
    assert made["age"].between(18, 89).all()
    assert 0.03 < (made["income"] == -8).mean() < 0.4


def test_same_seed_same_rows(fitted):
    pd.testing.assert_frame_equal(fitted.sample(50, seed=3), fitted.sample(50, seed=3))
    assert not fitted.sample(50, seed=3).equals(fitted.sample(50, seed=4))


def test_conditions_are_met(fitted):
    made = fitted.sample(60, given={"party": "left", "age": (30, 40)}, seed=5)
    assert (made["party"] == "left").all()
    assert made["age"].between(30, 40).all()


def test_given_rows_are_completed(fitted):
    given = survey()[["age", "party"]].head(20)
    made = fitted.sample(20, given=given, seed=6)
    np.testing.assert_array_equal(made["age"], given["age"])
    np.testing.assert_array_equal(made["party"].astype(str), given["party"].astype(str))


def test_history_starts_at_step_0_and_tells_the_finish(fitted):
    history = fitted.history
    assert history[0]["step"] == 0
    assert {"generator_loss", "discriminator_loss", "told_apart", "variety"} <= set(history[1])
    assert next(row["finish"] for row in history if "finish" in row) == "as played"
    assert all(np.isfinite(row["held_out_score"]) for row in history)


def test_engine_survives_words_and_arrays(fitted):
    engine = fitted.engine
    again = GanEngine.from_parts(engine.as_arrays(), engine.as_meta())
    p = engine.coding.book.shape.n_slots
    rows = {
        "level": np.zeros((30, p), np.int32), "z": np.zeros((30, p), np.float32), "there": np.zeros((30, p), bool)
    }  # fmt: skip
    one, two = (each.draw(rows, np.empty(0, np.intp), member=0, seed=7) for each in (engine, again))
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.slow
def test_classic_game_without_warm_start():
    classic = Gan(loss="minimax", stages=1, warm_start=False, hidden=(16,), steps=20)
    made = classic.fit(survey()[["party", "age"]], seed=1).sample(40, seed=2)
    assert len(made) == 40


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"loss": "hinge"}, "loss='hinge'"),
        ({"stages": 0}, "stages=0"),
        ({"rate": -1.0}, "rate=-1.0"),
        ({"warm_start": "yes"}, "warm_start='yes'"),
    ],
)
def test_options_out_of_range(options, said):
    with pytest.raises(SpecError, match=said):
        Gan(**options)


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(2)
    return np.round(np.clip(rng.normal(8, 4, (120, 3, 3)) + 6 * rng.integers(0, 2, (120, 1, 1)), 0, 16))


def test_array_comes_back_in_its_shape_and_range(pictures):
    fitted = Gan(hidden=(16,), steps=40).fit(pictures, seed=1)
    made = fitted.sample(30, seed=2)
    assert isinstance(fitted, FittedArrayGan)
    assert made.shape == (30, 3, 3)
    assert 0 <= made.min() <= made.max() <= 16
    np.testing.assert_array_equal(made, np.round(made))
    assert fitted.sample(0).shape == (0, 3, 3)
    assert fitted.score(pictures).shape == (120,)


@pytest.mark.parametrize(
    ("rows", "said"), [(np.zeros(30), "shape"), (np.full((30, 2), np.nan), "finite"), (np.zeros((3, 2)), "3 rows")]
)
def test_arrays_that_cannot_be_used(rows, said):
    with pytest.raises(DataError, match=said):
        Gan().fit(rows)


def test_realism_of_real_and_of_collapsed_rows():
    rng = np.random.default_rng(3)
    real = rng.normal(size=(600, 2))
    good, same = (
        realism(real, rng.normal(size=(400, 2))),
        realism(real, np.zeros((400, 2)) + 1e-3 * rng.normal(size=(400, 2))),
    )
    for name, floor in good.floor.items():
        # Halves of 300 rows: three standard errors of a share near .95, and a density near 1.
        assert getattr(good, name) == pytest.approx(floor, abs=0.15), name
    assert same.precision > 0.9
    assert same.recall < 0.1
    assert same.coverage < 0.2
    assert list(good.table().columns) == ["value", "floor"]
