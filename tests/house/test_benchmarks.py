"""The measurements measure what they say: scores by brute force, pooling by hand, holes by arithmetic."""

import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks import coverage, coverage_page, estimands, metrics, problems, records, summary
from benchmarks.coverage_designs import design_named, sample_named
from benchmarks.coverage_lost import lost_cells, lost_designs, relative_width
from benchmarks.coverage_methods import METHODS, PYTHON_MANY, Method, NotInstalledError, Worker
from benchmarks.coverage_summary import report_rows, summarise
from benchmarks.rivals import RIVALS, Result
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


def samples_of(covered, half=1.0, estimand="coef x", failures=0, seconds=2.0):
    """Samples with truth 10: the interval misses in those that are not covered, by being two half-widths off."""
    rows = [
        {"repeat": k, "estimand": estimand, "estimate": 10.0 if hit else 10.0 + 2 * half, "half": half, "truth": 10.0}
        | {"seconds": seconds, "version": "1.0", "commit": "abc", "failed": ""}
        for k, hit in enumerate(covered)
    ]
    rows += [
        {"repeat": len(rows) + k, "estimand": "", "version": "", "commit": "abc", "failed": "Error: no"}
        for k in range(failures)
    ]
    return pd.DataFrame(rows, columns=coverage.COLUMNS)


def test_bias_coverage_and_width_of_a_tiny_record():
    samples = samples_of([True, True, True, False], half=0.5, failures=1)
    samples.loc[1, "half"] = 1.0
    found = summarise(samples).iloc[0]
    assert (found["repeats"], found["truth"], found["coverage"]) == (4, 10.0, 0.75)
    assert found["coverage_mc"] == pytest.approx((0.75 * 0.25 / 4) ** 0.5)
    assert found["bias"] == pytest.approx(0.25)  # errors 0, 0, 0, 1: spread 1/2
    assert found["bias_mc"] == pytest.approx(0.5 / 2)
    assert (found["bias_percent"], found["bias_percent_mc"]) == pytest.approx((2.5, 2.5))
    assert found["width"] == pytest.approx(1.25)  # widths 1, 2, 1, 1
    assert found["width_mc"] == pytest.approx(0.5 / 2)
    assert found["width_median"] == 1.0
    assert found["width_over_rmse"] == pytest.approx(1.25 / 2 / 1.96 / 0.5)
    last = report_rows("fimd-y", "lacunet", samples)[-1]
    assert (last["repeats"], last["failures"], last["failed_how"], last["seconds"]) == (4, 1, "Error: no", 2.0)
    assert last["mc_error"] == pytest.approx(np.std([1, 1, 1, 0], ddof=1) / 2)


def test_a_method_that_always_fails_has_a_row():
    rows = report_rows("fimd-y", "amelia", samples_of([], failures=3))
    assert len(rows) == 1
    assert (rows[0]["repeats"], rows[0]["failures"]) == (0, 3)


def test_repeats_go_on_where_they_stopped(tmp_path, monkeypatch):
    calls = []

    def impute(holed, m, seed):
        calls.append(seed)
        if seed == 2:
            raise ValueError("no\nluck")
        return Result([holed.fillna(holed.mean()) for _ in range(m)], 0.5, notes={"version": "3"})

    monkeypatch.setattr(coverage, "FOLDER", tmp_path)
    monkeypatch.setitem(METHODS, "mice-pmm", Method("m", impute))
    coverage.run_rounds(["fimd-y"], ["mice-pmm"], coverage.Budget(3, until=0.0))
    assert not calls
    coverage.run_rounds(["fimd-y"], ["mice-pmm"], coverage.Budget(3))
    first = coverage.read_samples("fimd-y", "mice-pmm")
    coverage.run_rounds(["fimd-y"], ["mice-pmm"], coverage.Budget(7))
    assert calls == [1, 2, 3, 4, 5, 6, 7]
    found = coverage.read_samples("fimd-y", "mice-pmm")
    pd.testing.assert_frame_equal(found[:3], first)
    assert found["failed"].tolist()[:3] == ["", "ValueError: no luck", ""]
    assert report_rows("fimd-y", "mice-pmm", found)[-1]["failures"] == 1


def test_what_is_not_installed_is_no_failure(tmp_path, monkeypatch, capsys):
    def impute(holed, m, seed):
        raise NotInstalledError("nothing there")

    monkeypatch.setattr(coverage, "FOLDER", tmp_path)
    monkeypatch.setitem(METHODS, "mice-pmm", Method("m", impute))
    coverage.run_rounds(["fimd-y", "fimd-x"], ["mice-pmm"], coverage.Budget(2))
    assert coverage.read_samples("fimd-y", "mice-pmm").empty
    assert capsys.readouterr().out.count("left out") == 1
    with pytest.raises(NotInstalledError):
        Worker(["no-such-program"]).ask(["a"])


def test_unfilled_cells_are_a_failure():
    found = coverage.run_repeat("fimd-y", "mice-pmm", 0, lambda holed, m, seed: Result([holed] * m, 0.1))
    assert "left empty" in found["failed"].item()


def test_a_worker_stays_open_says_what_failed_and_is_stopped(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import time\ncount = [0]\n"
        "def main(folder, m, seed):\n"
        "    count[0] += 1\n"
        "    print('noise')\n"
        "    if m == 0: raise ValueError('bad m')\n"
        "    if m == 9: time.sleep(60)\n"
        "    (folder / 'count').write_text(str(count[0]))\n"
    )
    worker = Worker([sys.executable, "-c", PYTHON_MANY])
    task = [str(program), str(tmp_path)]
    worker.ask([*task, "1", "1"])
    with pytest.raises(RuntimeError, match="bad m"):
        worker.ask([*task, "0", "1"])
    worker.ask([*task, "1", "1"])
    assert (tmp_path / "count").read_text() == "3"
    with pytest.raises(RuntimeError, match="stopped after"):
        worker.ask([*task, "9", "1"], timeout=0.5)
    worker.ask([*task, "1", "1"])
    assert (tmp_path / "count").read_text() == "1"
    worker.close()


@pytest.mark.parametrize("name", ["fimd-y", "fimd-x", "mar1", "spread-4000", "curve-4000"])
def test_designs_estimate_their_truth(name):
    complete, holed = sample_named(name, 0)
    pd.testing.assert_frame_equal(holed, sample_named(name, 0)[1])
    observed = holed.notna()
    pd.testing.assert_frame_equal(holed[observed], complete[observed])
    found, truth = design_named(name).estimate(complete), design_named(name).truth()
    assert found.values.shape == truth.shape == (len(found.names),)
    assert np.abs((found.values - truth) / found.variances**0.5).max() < 4.5


def test_listwise_deletion_takes_what_each_analysis_has(table, holed):
    models = (estimands.Model("m", "ols", "y", ("x", ("u", ("yes",)))),)
    found = estimands.estimate_all(holed, [("v", "a")], models)
    used = holed[["y", "x", "u"]].dropna()
    alone = estimands.estimate_all(used, [], models, means=())
    np.testing.assert_allclose(found.values[-2:], alone.values, rtol=1e-12)
    assert found.dof[-1] == len(used) - 3
    assert found.values[found.names.index("mean x")] == pytest.approx(holed["x"].mean())
    assert found.values[found.names.index("share v=a")] == pytest.approx((holed["v"].dropna() == "a").mean())


def results_of(samples):
    """Rows of coverage.csv as they are read back: a frame, with provenance."""
    rows = [row for (design, rival), part in samples.items() for row in report_rows(design, rival, part)]
    around = {"machine": "a machine", "commit": "abc", "date": "2026-01-01 00:00"}
    return pd.DataFrame([{**row, **around} for row in rows])


def hits(count, n=40):
    return [k < count for k in range(n)]


def test_page_says_where_we_lose():
    table = results_of(
        {
            ("fimd-y", "complete"): samples_of(hits(38)),
            ("fimd-y", "lacunet"): samples_of(hits(20), half=2.0, failures=1),
            ("fimd-y", "mice-cart"): samples_of(hits(38), half=1.5),
            ("fimd-x", "lacunet"): samples_of(hits(38), half=2.0),
            ("fimd-x", "amelia"): samples_of(hits(38), half=1.0),
        }
    )
    cells, designs = lost_cells(table), lost_designs(table)
    assert cells[["design", "estimand", "rival", "sure"]].to_numpy().tolist() == [
        ["fimd-y", "coef x", "mice-cart", True]
    ]
    assert designs[["design", "rival", "what", "sure"]].to_numpy().tolist() == [
        ["fimd-y", "mice-cart", "coverage and width", True],
        ["fimd-x", "amelia", "width", True],
    ]
    assert designs["width"].tolist() == pytest.approx([0.75, 0.5])
    page = coverage_page.build_page(table)
    assert "| fimd-y | coef x | .500 (.079) | mice (trees) | .950 (.034) | yes |" in page
    assert "between 40 and 40" not in page
    assert "| **lacunet** | 40 | 1 of 41 | .500 (.080) | .50 (.08) coef x |" in page
    assert "lacunet failed, for example: `Error: no`" in page
    assert "- mar1: every method" in page


def test_page_of_a_part_where_we_lose_nothing():
    table = results_of(
        {
            ("fimd-y", "lacunet"): samples_of(hits(38)),
            ("fimd-y", "mice-cart"): samples_of(hits(30), half=0.5),
            ("fimd-x", "mice-pmm"): samples_of(hits(38)),
            ("fimd-x", "amelia"): samples_of([], failures=2),
        }
    )
    page = coverage_page.build_page(table)
    assert "No estimand is below .90 with lacunet" in page
    assert "In no design has a rival" in page
    assert "Nothing can be said of fimd-x" in page
    assert "| Amelia II | 0 | 2 of 2 |" in page
    assert np.isnan(relative_width(table[table["design"] == "fimd-x"], "amelia", "lacunet"))


def test_page_without_us_claims_nothing():
    page = coverage_page.build_page(results_of({("fimd-y", "mice-cart"): samples_of(hits(38))}))
    assert "lacunet itself has not been run yet" in page
    assert "No estimand is below" not in page


def test_page_of_the_documentation_is_made_of_the_results():
    made = coverage_page.build_page(coverage_page.read_results())
    assert coverage_page.PAGE.read_text("utf-8") == made, "run python -m benchmarks.coverage_page"
