"""Coefficients real against synthetic: formulas by hand, and by simulation what a right model gives."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import chi2

from lacunet.errors import SpecError
from lacunet.synthesis.judge._coded import code_columns, learn_column
from lacunet.synthesis.judge._reading import read_files
from lacunet.synthesis.judge._usefulness import Asked, measure_usefulness
from lacunet.synthesis.judge._usefulness_columns import column_regression, column_regressions
from lacunet.synthesis.judge._usefulness_fits import Fit, compare_fits, expected_overlap
from lacunet.synthesis.judge._usefulness_models import Source, formula_regression, read_formulas

CLOSE = 1e-8
"""Least squares and logits solved to rounding on a few hundred rows."""
Z95 = 1.959963984540054
FOUR_ERRORS = 4.0
"""Standard errors of a simulated mean within which it must lie."""


def fit(estimates, covariance, n=100):
    estimates = np.atleast_1d(np.asarray(estimates, float))
    return Fit(
        names=tuple(f"x{j}" for j in range(len(estimates))),
        estimates=estimates,
        covariance=np.asarray(covariance, float),
        n=n,
    )


def test_overlap_by_hand():
    # Intervals 1 ± 1.96 * 2 and 4 ± 1.96 * 1: from -2.92 to 4.92, and from 2.04 to 5.96.
    found = compare_fits(fit(1, [[4.0]]), [fit(4, [[1.0]])]).table.iloc[0]
    length, other, meet = 2 * Z95 * 2, 2 * Z95 * 1, (1 + Z95 * 2) - (4 - Z95)
    assert found["z"] == pytest.approx(1.5)
    assert found["overlap"] == pytest.approx((1 + Z95 * 2 - (4 - Z95 * 2)) / length)
    assert found["overlap_karr"] == pytest.approx((meet / length + meet / other) / 2)


def test_intervals_that_do_not_meet():
    found = compare_fits(fit(0, [[1.0]]), [fit(10, [[1.0]])]).table.iloc[0]
    assert found["overlap"] == pytest.approx(1 - 10 / (2 * Z95))
    assert found["overlap_karr"] == 0.0


def test_standard_errors_are_those_of_as_many_rows_as_the_real_file():
    found = compare_fits(fit(1, [[4.0]], n=100), [fit(1, [[8.0]], n=50)]).table.iloc[0]
    assert found["synthetic_error"] == pytest.approx(2.0)
    assert found["overlap_karr"] == pytest.approx(1.0)


def test_lack_of_fit_by_hand():
    covariance = np.array([[2.0, 1.0], [1.0, 3.0]])
    synthetic = [fit([1.0, 2.0], covariance, n=200), fit([3.0, 0.0], covariance, n=200)]
    found = compare_fits(fit([0.0, 0.0], covariance, n=100), synthetic)
    difference = np.array([2.0, 1.0])
    expected = difference @ np.linalg.solve(covariance * (100 / 200) / 2, difference)
    assert found.lack_of_fit == pytest.approx(expected)
    assert found.df == 2
    assert found.p_value == pytest.approx(chi2.sf(expected, 2))


def test_units_do_not_matter():
    covariance = np.array([[2.0, 1.0], [1.0, 3.0]])
    unit = np.array([1e6, 1e-6])
    one = compare_fits(fit([0, 0], covariance), [fit([1, 2], covariance)])
    other = compare_fits(
        fit([0, 0], covariance * np.outer(unit, unit)), [fit([1, 2] * unit, covariance * np.outer(unit, unit))]
    )
    assert other.lack_of_fit == pytest.approx(one.lack_of_fit)
    assert other.mean_overlap == pytest.approx(one.mean_overlap)


def test_a_coefficient_that_is_not_there_is_left_out():
    synthetic = fit([1.0, np.nan], [[1.0, np.nan], [np.nan, np.nan]])
    found = compare_fits(fit([0.0, 0.0], np.eye(2)), [synthetic])
    assert found.df == 1
    assert found.mean_abs_z == pytest.approx(1.0)
    assert np.isnan(found.table["overlap"].iloc[1])


def test_constants_are_not_in_the_means():
    names = ("Intercept", "x")
    real = Fit(names=names, estimates=np.zeros(2), covariance=np.eye(2), n=10)
    other = Fit(names=names, estimates=np.array([9.0, 1.0]), covariance=np.eye(2), n=10)
    assert compare_fits(real, [other]).mean_abs_z == pytest.approx(1.0)


def test_other_coefficients_are_refused():
    with pytest.raises(SpecError, match="same coefficients"):
        compare_fits(fit(1, [[1.0]]), [fit([1, 2], np.eye(2))])


@pytest.mark.parametrize("m", [1, 5])
def test_overlap_of_a_right_model_is_that_of_theory(m):
    """E|z| = sqrt(2 / (m pi)), so that the overlap is 79.6 % for one set and 90.9 % for five."""
    rng = np.random.default_rng(m)
    x = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
    y = x @ [1.0, 2.0, 0.0] + rng.normal(size=400)
    fitted = sm.OLS(y, x).fit()
    real = fit(fitted.params, fitted.cov_params(), n=400)
    overlaps, misfits = [], []
    for _ in range(300):
        sets = []
        for _ in range(m):
            new = sm.OLS(fitted.fittedvalues + np.sqrt(fitted.scale) * rng.normal(size=400), x).fit()
            sets.append(fit(new.params, new.cov_params(), n=400))
        found = compare_fits(real, sets)
        overlaps.append(found.mean_overlap)
        misfits.append(found.lack_of_fit)
    expected = 1 - np.sqrt(2 / (m * np.pi)) / (2 * Z95)
    assert expected == pytest.approx({1: 0.796, 5: 0.909}[m], abs=5e-4)
    assert abs(np.mean(overlaps) - expected) < FOUR_ERRORS * np.std(overlaps) / np.sqrt(300)
    assert abs(np.mean(misfits) - 3) < FOUR_ERRORS * np.std(misfits) / np.sqrt(300)


def test_sets_from_models_of_their_own_differ_by_their_models_too():
    """The variance is V (1 + n / k) / m, so that the overlap of five is 87.1 % and the lack of fit its df."""
    rng = np.random.default_rng(7)
    m, n, k = 5, 300, 600
    v = np.array([[2.0, 1.0], [1.0, 3.0]])
    half = np.linalg.cholesky(v)
    misfits, overlaps = [], []
    for _ in range(2000):
        models = half @ rng.normal(size=(2, m))
        sets = models + np.sqrt(n / k) * half @ rng.normal(size=(2, m))
        found = compare_fits(fit([0.0, 0.0], v, n=n), [fit(one, v, n=k) for one in sets.T], is_proper=True)
        misfits.append(found.lack_of_fit)
        overlaps.append(found.mean_overlap)
    assert abs(np.mean(misfits) - 2) < FOUR_ERRORS * np.std(misfits) / np.sqrt(2000)
    expected = expected_overlap(k / n, m, is_proper=True)
    assert abs(np.mean(overlaps) - expected) < FOUR_ERRORS * np.std(overlaps) / np.sqrt(2000)


def census(seed, n=1500):
    """As Adult: husbands are men and wives women, but for a few; countries are many."""
    rng = np.random.default_rng(seed)
    male = rng.random(n) < 0.65
    spouse = np.where(male, "husband", "wife")
    relation = np.where(rng.random(n) < 0.5, spouse, rng.choice(["none", "child"], n))
    return pd.DataFrame(
        {
            "sex": np.where(male, "male", "female"),
            "relation": relation,
            "country": [f"c{i}" for i in rng.integers(0, 30, n)],
            "married": np.where(relation == spouse, "yes", "no"),
            "age": rng.integers(17, 90, n),
        }
    )


def test_a_logit_on_all_columns_is_had_where_levels_decide_the_outcome():
    files = read_files(census(0), census(1))
    (measures, frames, notes) = measure_usefulness(
        files, Asked(target="sex", formulas=None, weights=None, is_proper=False), seed=1
    )
    assert measures[0].name == "interval_overlap"
    assert measures[0].is_known
    assert np.isfinite(frames["coefficients"]["z"]).any()
    assert any("fewer than 10 rows of an outcome" in note and "relation: wife" in note for note in notes)


def test_fewer_columns_are_tried_where_all_cannot_be_had():
    coded = read_files(census(0), census(1)).real.coded
    full, few, least = column_regressions("sex", coded)
    assert full.label.endswith("on all other columns")
    assert few.label.endswith("on most other columns")
    assert "country is left out" in few.note
    assert "relation" in least.note


def frame_of(rng, n=400):
    x, g = rng.normal(size=n), rng.choice(["a", "b", "c"], n)
    y = 1 + x + (g == "b") + rng.normal(size=n)
    return pd.DataFrame({"y": y, "x": x, "g": pd.Categorical(g), "v": (y > rng.normal(size=n)) * 1.0})


def coded_of(frame, columns=None):
    values = np.column_stack([frame["y"], frame["x"], frame["g"].cat.codes, frame["v"]]).astype(float)
    reason = np.zeros(values.shape, np.int8)
    if columns is None:
        levels = [None, None, ["a", "b", "c"], ["0", "1"]]
        columns = [learn_column(n, values[:, j], reason[:, j], levels=levels[j]) for j, n in enumerate("yxgv")]
    return code_columns(columns, values, reason)


def test_formulas_are_those_of_statsmodels():
    frame = frame_of(np.random.default_rng(0))
    source = Source(coded=coded_of(frame), frame=frame)
    for formula, model, theirs in (("y ~ x + g", "ols", sm.OLS), ("v ~ x + g", "logit", sm.Logit)):
        wanted = formula_regression(formula, None, source, None)
        design = np.column_stack([np.ones(400), frame["x"], frame["g"] == "b", frame["g"] == "c"]).astype(float)
        ours, other = wanted.fit(source), theirs(frame[formula[0]], design)
        other = other.fit() if model == "ols" else other.fit(disp=0)
        assert wanted.model == model
        order = [ours.names.index(name) for name in ("Intercept", "x", "g[T.b]", "g[T.c]")]
        np.testing.assert_allclose(ours.estimates[order], other.params, atol=CLOSE)
        np.testing.assert_allclose(np.diag(ours.covariance)[order], np.diag(other.cov_params()), rtol=1e-6)


def test_one_column_on_all_others_is_least_squares_in_standard_deviations():
    frame = frame_of(np.random.default_rng(1))
    coded = coded_of(frame)
    wanted = column_regression("y", coded)
    ours = wanted.fit(Source(coded=coded, frame=frame))
    x = (frame["x"] - frame["x"].mean()) / frame["x"].std(ddof=0)
    counts = frame["g"].value_counts()
    others = [level for level in counts.index if level != counts.idxmax()]
    event = frame["v"].value_counts().idxmin()
    design = np.column_stack([np.ones(400), x, *(frame["g"] == level for level in others), frame["v"] == event])
    theirs = sm.OLS(frame["y"], design.astype(float)).fit()
    assert ours.names == ("Intercept", "x", *(f"g: {level}" for level in others), f"v: {event:g}")
    np.testing.assert_allclose(ours.estimates, theirs.params, atol=CLOSE)


def test_levels_of_the_outcome_decide_the_model():
    coded = coded_of(frame_of(np.random.default_rng(2)))
    assert [column_regression(name, coded).model for name in "ygv"] == ["ols", "multinomial", "logit"]


def test_a_term_that_a_file_lacks_is_not_a_number_there():
    frame = frame_of(np.random.default_rng(3))
    source = Source(coded=coded_of(frame), frame=frame)
    poor = frame.assign(x=1.0)
    ours = formula_regression("y ~ x + g", "ols", source, None).fit(Source(coded=source.coded, frame=poor))
    assert np.isnan(ours.estimates[ours.names.index("x")])
    assert np.isfinite(ours.estimates[ours.names.index("g[T.b]")])


def test_formulas_are_read_in_three_forms():
    assert read_formulas("y ~ x") == [("y ~ x", None)]
    assert read_formulas(["y ~ x", "v ~ x"]) == [("y ~ x", None), ("v ~ x", None)]
    assert read_formulas({"v ~ x": "logit"}) == [("v ~ x", "logit")]
    assert read_formulas(None) == []
    for wrong in (3, [3], {"y ~ x": "lm"}):
        with pytest.raises(SpecError, match="formulas="):
            read_formulas(wrong)
