"""``Midas.classic()``: promises every imputer keeps, and the options it refuses."""

import numpy as np
import pandas as pd
import pytest

from lacunet._layout import MISSING
from lacunet.errors import DataWarning, SpecError
from lacunet.imputation._classic import CAUTION, ClassicMidas
from lacunet.imputation._restore import load_known

QUICK = {"hidden": (16, 8), "epochs": 10, "learning_rate": 1e-3}


def survey():
    rng = np.random.default_rng(5)
    n = 200
    age = rng.integers(18, 90, n).astype(float)
    income = 20.0 * age + rng.normal(0, 100, n)
    frame = pd.DataFrame(
        {
            "age": age,
            "income": income,
            "party": rng.choice(["left", "centre", "right"], n),
            "voted": rng.choice(["yes", "no"], n),
            "job": rng.choice(["N", "clerk", "nurse", "cook"], n),
        }
    )
    return frame.mask(rng.random(frame.shape) < 0.2)


@pytest.fixture(scope="module")
def fitted():
    with pytest.warns(DataWarning, match="too narrow"):
        return ClassicMidas(**QUICK).fit(survey(), seed=3, not_applicable=["N"])


def test_completed_tables_keep_what_was_observed(fitted):
    frame, imp = survey(), fitted.impute(m=2)
    for done in imp:
        pd.testing.assert_frame_equal(done.where(frame.notna()), frame)
        assert not done.isna().any().any()
        assert set(done["job"]) == {"N", "clerk", "nurse", "cook"}
    assert not np.asarray(imp.mask)[frame["job"] == "N", 4].any()


def test_same_seed_same_bits_and_draw_i_whatever_m(fitted):
    again = ClassicMidas(**QUICK).fit_table(fitted.table, seed=3)
    for name, array in fitted.engine.as_arrays().items():
        np.testing.assert_array_equal(array, again.engine.as_arrays()[name])
    imp = fitted.impute(m=3)
    np.testing.assert_array_equal(imp.draws[:2], again.impute(m=2).draws)
    np.testing.assert_array_equal(imp.draws[2], imp.fitted.engine.draw(*arrays(imp), first=2, m=1, seed=3)[0])
    assert (imp.draws != fitted.impute(m=3, seed=4).draws).any()


def arrays(imp):
    return imp.table.values, imp.table.state


def test_passes_differ_only_through_dropout(fitted):
    """With next to nothing dropped every pass is the pass with nothing dropped."""
    engine, table = fitted.engine, fitted.table
    draws = engine.draw(table.values, table.state, first=0, m=3, seed=1)
    is_number = np.isin(np.nonzero(table.state == MISSING)[1], [0, 1])
    assert (np.ptp(draws[:, is_number], axis=0) > 0).all()
    still = ClassicMidas(**QUICK, corrupt=1e-12, dropout=0.0)
    net = type(engine.net)(shape=engine.net.shape, hidden=still.hidden, corrupt=still.corrupt, dropout=still.dropout)
    calm = type(engine)(code=engine.code, net=net, params=engine.params)
    draws = calm.draw(table.values, table.state, first=0, m=3, seed=1)
    np.testing.assert_allclose(draws, np.tile(calm.expect(table.values, table.state), (3, 1)), rtol=1e-5)


def test_rows_do_not_lean_on_each_other(fitted):
    """The mean of the first rows is the same alone, and past one block of rows."""
    engine, table = fitted.engine, fitted.table
    many = np.tile(table.values, (8, 1)), np.tile(table.state, (8, 1))
    alone = engine.expect(table.values, table.state)
    np.testing.assert_allclose(engine.expect(*many), np.tile(alone, 8), rtol=1e-5)


def test_saved_and_loaded_it_draws_the_same(fitted, tmp_path):
    back = load_known(fitted.save(tmp_path / "classic.lacunet"), {"ClassicMidas": ClassicMidas})
    assert back.spec == fitted.spec
    assert back.history == fitted.history
    new = survey().iloc[5:60]
    np.testing.assert_array_equal(back.impute(new, m=2).draws, fitted.impute(new, m=2).draws)
    assert CAUTION in str(back.summary())


def test_training_is_recorded_and_told(fitted):
    told = []
    history = ClassicMidas(**QUICK | {"epochs": 60}).fit_table(fitted.table, seed=1, progress=lambda *s: told.append(s))
    losses = [row["train_loss"] for row in history.history]
    assert [row["epoch"] for row in history.history] == pytest.approx([500 / 12, 60])
    assert losses[-1] < losses[0]
    assert told == [("training", 500, 720), ("training", 720, 720)]


@pytest.mark.parametrize("frame", [survey().iloc[:3], survey()[["party"]]])
def test_small_tables(frame):
    with pytest.warns(DataWarning):
        imp = ClassicMidas(**QUICK).fit(frame, seed=1).impute(m=1)
    assert np.isfinite(imp.draws).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden": ()},
        {"hidden": (0,)},
        {"hidden": (2.5,)},
        {"corrupt": 0},
        {"corrupt": 1},
        {"dropout": 1},
        {"dropout": "0.5"},
        {"learning_rate": 0},
        {"learning_rate": float("nan")},
        {"batch": 0},
        {"epochs": True},
        {"weight_decay": -1},
        {"scaling": "none"},
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(SpecError, match=rf"(?s)^{name}=.* It must be .* Change {name}"):
        ClassicMidas(**wrong)


def test_a_list_of_units_is_a_tuple_in_the_end():
    assert ClassicMidas(hidden=[4, 3]) == ClassicMidas(hidden=(4, 3))
