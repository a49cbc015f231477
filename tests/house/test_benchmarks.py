"""The measurements measure what they say: scores by brute force, pooling by hand, holes by arithmetic."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import estimands, metrics, problems, records, summary
from benchmarks.rivals import RIVALS
from benchmarks.rivals._exchange import fill_cells
from benchmarks.suites import SUITES

ROUNDING = 1e-10


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    number = rng.normal(size=80)
    level = np.where(number + rng.normal(size=80) > 0, "yes", "no")
    third = rng.choice(["a", "b", "c"], size=80)
    return pd.DataFrame({"x": number, "y": 2 * number + rng.normal(size=80), "u": level, "v": third}).astype(
        {"u": "category", "v": "category"}
    )


@pytest.fixture
def holed(table: pd.DataFrame) -> pd.DataFrame:
    return problems.punch(table, problems.make_mask(table, "mcar", 0.3, np.random.default_rng(1)))


def test_truth_scores_nothing(table, holed):
    found = metrics.score(table, holed, [table] * 3)
    assert found == pytest.approx(dict.fromkeys(found, 0.0), abs=1e-8)


def test_energy_by_brute_force():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)), rng.normal(size=(15, 3)) + 0.5
    gap = lambda a, b: np.mean([np.linalg.norm(s - t) for s in a for t in b])  # noqa: E731
    assert metrics.energy_distance(x, y) == pytest.approx(2 * gap(x, y) - gap(x, x) - gap(y, y), abs=ROUNDING)


def test_two_categories_are_one_apart(table, holed):
    values = problems.as_values(table)
    encoded = metrics._encode(values, metrics._n_levels(table), metrics._scale(values), 2**-0.5)[0]
    first, other = encoded[table["v"] == "a"][0, 4:], encoded[table["v"] == "c"][0, 4:]
    assert np.linalg.norm(first - other) == pytest.approx(1.0)


@pytest.mark.parametrize("fair", [False, True])
def test_crps_by_brute_force(fair):
    rng = np.random.default_rng(0)
    draws, truth = rng.normal(size=(7, 20)), rng.normal(size=20)
    spread = np.abs(draws[:, None] - draws[None]).sum(axis=(0, 1)) / (7 * 6 if fair else 49) / 2
    expected = np.abs(draws - truth).mean(axis=0) - spread
    np.testing.assert_allclose(metrics.crps(draws, truth, fair=fair), expected, atol=ROUNDING)


def test_brier_by_hand():
    draws = np.array([[0.0, 2.0], [0.0, 1.0], [1.0, 1.0], [0.0, 1.0]])
    loss, wrong = metrics.brier(draws, np.array([0.0, 2.0]), 3)
    np.testing.assert_allclose(loss, [0.25**2 + 0.25**2, 0.75**2 + 0.75**2])
    assert wrong.tolist() == [False, True]


def test_score_refuses_unfilled_and_changed(table, holed):
    with pytest.raises(ValueError, match="missing"):
        metrics.score(table, holed, [holed])
    changed = table.assign(x=table["x"] + 1)
    with pytest.raises(ValueError, match="observed"):
        metrics.score(table, holed, [changed])


@pytest.mark.parametrize("name", ["mean-mode", "marginal"])
def test_null_rivals_fill_every_hole(table, holed, name):
    result = RIVALS[name](holed, 4, 1)
    assert len(result.completed) == 4
    found = metrics.score(table, holed, result.completed)
    assert found["energy"] > 0
    assert set(result.completed[0].dtypes) == set(holed.dtypes)


def test_drawing_beats_the_mean_in_distribution_not_in_rmse(table, holed):
    mean = metrics.score(table, holed, RIVALS["mean-mode"](holed, 5, 1).completed)
    drawn = metrics.score(table, holed, RIVALS["marginal"](holed, 5, 1).completed)
    assert drawn["energy"] < mean["energy"]
    assert drawn["rmse"] > 0.9 * mean["rmse"]


def test_values_round_trip(table, holed):
    pd.testing.assert_frame_equal(problems.from_values(problems.as_values(holed), holed), holed)
    values = problems.as_values(table).T[np.isnan(problems.as_values(holed).T)]
    pd.testing.assert_frame_equal(fill_cells(holed, values[None])[0], table)


def test_pooling_by_hand():
    fits = [
        estimands.Estimates(("a",), np.array([value]), np.array([variance]), np.array([40.0]))
        for value, variance in ((1.0, 0.04), (1.2, 0.05), (0.9, 0.06))
    ]
    values, half = estimands.pool(fits)
    between = np.var([1.0, 1.2, 0.9], ddof=1)
    total = 0.05 + 4 / 3 * between
    share = 4 / 3 * between / total
    dof = 1 / (share**2 / 2 + 1 / (41 / 43 * 40 * (1 - share)))
    from scipy.stats import t

    assert values[0] == pytest.approx(np.mean([1.0, 1.2, 0.9]))
    assert half[0] == pytest.approx(t.ppf(0.975, dof) * total**0.5)


def test_regressions_against_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(5, 10, 400), "g": rng.choice(["p", "q"], 400)}).astype({"g": "category"})
    frame["y"] = frame["x"] * 0.3 + rng.normal(size=400) * (1 + np.abs(frame["x"]))
    frame["b"] = pd.Categorical(np.where(frame["x"] / 10 + rng.logistic(size=400) > 0, "1", "0"))
    design = sm.add_constant(np.column_stack([frame["x"], frame["g"] == "q"]).astype(float))
    terms = ("x", ("g", ("q",)))
    beta, variance = estimands._fit(estimands.Model("m", "ols", "y", terms), frame)
    theirs = sm.OLS(frame["y"].to_numpy(), design).fit(cov_type="HC1")
    np.testing.assert_allclose(beta, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(variance, theirs.bse**2, rtol=1e-6)
    beta, variance = estimands._fit(estimands.Model("m", "logit", ("b", ("1",)), terms), frame)
    theirs = sm.Logit((frame["b"] == "1").to_numpy(dtype=float), design).fit(disp=0, cov_type="HC1")
    np.testing.assert_allclose(beta, theirs.params, rtol=1e-6)
    np.testing.assert_allclose(variance, theirs.bse**2, rtol=0.02)  # small-sample factors differ


def test_summary_ratios():
    found_values = ((0, "mice-cart", 1.0), (1, "mice-cart", 2.0), (0, "lacunet", 0.5), (1, "lacunet", 4.0))
    rows = [
        {"problem": "p", "n": 0, "mechanism": "mar", "rate": 0.3, "mask": mask, "rival": rival}
        | dict.fromkeys(summary.METRICS, value)
        for mask, rival, value in found_values
    ]
    found = summary.ratios(pd.DataFrame(rows)).set_index("rival").loc["lacunet"]
    assert found["energy ÷"] == pytest.approx(1.0)
    assert found["energy no worse"] == 0.5


def test_results_replace_older_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    records.write_rows("kind", [{"a": 1, "b": 0.5}, {"a": 2, "b": 0.25}], ("a",))
    records.write_rows("kind", [{"a": 2, "b": 1.5, "c": "new"}], ("a",))
    rows = records.read_rows("kind")
    assert [(row["a"], row["b"], row["c"]) for row in rows] == [("1", "0.5", ""), ("2", "1.5", "new")]
    assert rows[0]["commit"]


def test_suites_name_known_problems_once():
    for cases in SUITES.values():
        assert len(set(cases)) == len(cases)
        assert {case[0] for case in cases} <= set(problems.PROBLEMS)


@pytest.mark.skipif(not problems.data_folder().exists(), reason="the measuring data do not ship with the package")
@pytest.mark.parametrize("name", ["adult", "nist", "boys", "africa", "wine"])
def test_cases_repeat_and_hide_what_they_say(name):
    truth, holed = problems.load_case(name, 300, "mar", 0.3, 0)
    again = problems.load_case(name, 300, "mar", 0.3, 0)
    pd.testing.assert_frame_equal(holed, again[1])
    assert not truth.isna().to_numpy().any()
    shares = holed.isna().mean()
    assert (shares == 0).sum() == min(4, truth.shape[1] // 2)
    assert shares[shares > 0].mean() == pytest.approx(0.3, abs=0.08)
    observed = holed.notna()
    pd.testing.assert_frame_equal(holed[observed], truth[observed])
