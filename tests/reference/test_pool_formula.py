"""Formula fits: what is decided about outcomes, levels and rows, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.pooling import fit_formula

TOLERANCE = 1e-8


@pytest.fixture
def frames():
    rng = np.random.default_rng(3)
    x, g = rng.normal(size=120), rng.choice(list("abc"), 120)
    return [
        pd.DataFrame(
            {
                "y": x + rng.normal(size=120),
                "x": x + 0.1 * rng.normal(size=120),
                "g": g,
                "vote": np.where(x + rng.normal(size=120) > 0, "yes", "no"),
            }
        )
        for _ in range(3)
    ]


def test_each_fit_equals_statsmodels(frames):
    smf = pytest.importorskip("statsmodels.formula.api")
    pooled = fit_formula(frames, "y ~ x + C(g) + x:C(g)")
    for i, frame in enumerate(frames):
        theirs = smf.ols("y ~ x + C(g) + x:C(g)", frame).fit()
        np.testing.assert_allclose(np.sort(pooled.estimates[i]), np.sort(theirs.params), rtol=TOLERANCE)
        np.testing.assert_allclose(np.sort(np.diag(pooled.covariances[i])), np.sort(theirs.bse**2), rtol=TOLERANCE)


@pytest.mark.parametrize("event", ["vote", "voted", "voted01"])
def test_a_two_level_outcome_models_its_second_level(frames, event):
    frames = [f.assign(voted=f["vote"] == "yes", voted01=(f["vote"] == "yes").astype(int)) for f in frames]
    reference = fit_formula(frames, "voted01 ~ x", model="logit").table()
    pd.testing.assert_frame_equal(fit_formula(frames, f"{event} ~ x", model="logit").table(), reference)


def test_the_modelled_level_is_said(frames):
    assert "vote[yes]" in fit_formula(frames, "vote ~ x", model="logit").notes[0]


def test_learned_transformations_keep_one_basis(frames):
    shifted = [frames[0], frames[1].assign(x=frames[1]["x"] + 10)]
    plain, centred = fit_formula(shifted, "y ~ x"), fit_formula(shifted, "y ~ center(x)")
    np.testing.assert_allclose(plain.estimates[:, 1], centred.estimates[:, 1], rtol=TOLERANCE)
    at_mean = plain.estimates @ np.array([1, frames[0]["x"].mean()])
    np.testing.assert_allclose(centred.estimates[:, 0], at_mean, rtol=TOLERANCE)


def test_rows_left_out_are_said(frames):
    frames = [frame.assign(x=frame["x"].where(np.arange(120) >= 20)) for frame in frames]
    with pytest.warns(DataWarning, match="20 of 120 rows"):
        pooled = fit_formula(frames, "y ~ x")
    assert pooled.n_obs == 100
    assert (pooled.dof == 98).all()
    assert "20 of 120 rows" in repr(pooled)


def test_a_level_of_a_later_frame_is_never_taken_for_the_first_level(frames):
    frames[1] = frames[1].assign(g=frames[1]["g"].replace("b", "new"))
    with pytest.raises(DataError, match="formula cannot be applied"):
        fit_formula(frames, "y ~ g")


@pytest.mark.parametrize(
    ("formula", "model", "error", "words"),
    [
        ("y ~ incme", "ols", ColumnError, "'incme'"),
        ("y ~ X", "ols", ColumnError, "'X'"),
        ("~ x", "ols", SpecError, "no outcome"),
        ("y ~ ((", "ols", SpecError, "cannot be read"),
        ("vote ~ x", "ols", DataError, "category"),
        ("g ~ x", "logit", DataError, "3 levels"),
        ("y ~ x", "logit", DataError, "needs 0 and 1"),
        ("y ~ x", "probity", SpecError, "ols, logit"),
        ("y ~ x + I(2 * x)", "ols", DataError, "linear combinations"),
    ],
)
def test_what_cannot_be_fitted_is_refused(frames, formula, model, error, words):
    with pytest.raises(error, match=words):
        fit_formula(frames, formula, model=model)


def test_no_frame_is_refused():
    with pytest.raises(SpecError, match="no completed data sets"):
        fit_formula([], "y ~ x")
