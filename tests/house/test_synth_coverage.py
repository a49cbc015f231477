"""The coverage study of synthetic data: resampled real rows must cover, one set taken for real must not."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import synth_coverage as study
from benchmarks import synth_problems
from benchmarks.problems import data_folder

POPULATION, REPEATS, ROWS = 4_000, 30, 400
FOUR_ERRORS = 4.0  # of a Monte Carlo share


@pytest.fixture
def small(monkeypatch):
    """A population of our own in place of the census excerpt, which need not be there."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=POPULATION)
    frame = pd.DataFrame({"x": x, "y": x + rng.normal(size=POPULATION) * (1 + x**2) ** 0.5})

    def designs(rows):
        return [("ols", rows[["x"]], rows["y"]), ("logit", rows[["x"]], (rows["y"] > 0).astype(float))]

    problem = synth_problems.Problem("small", frame, None, ("x", "y"), None, designs)
    monkeypatch.setattr(study, "load_problem", lambda name: problem)
    study.truth.cache_clear()
    yield problem
    study.truth.cache_clear()


@pytest.mark.parametrize("generator", ["bootstrap", "bootstrap-proper"])
def test_resampled_rows_cover(small, generator):
    found = pd.concat([study.run_repeat(study.GENERATORS[generator], i, n=ROWS) for i in range(REPEATS)])
    rows = {row["rule"]: row for row in study.report_rows(generator, found)}
    assert set(rows) == {"fully", "partially", "plug-in", "plug-in proper", "one set as if real", "default", "real"}
    slack = FOUR_ERRORS * (0.05 * 0.95 / REPEATS) ** 0.5
    for rule in ("default", "partially", "real"):
        assert abs(rows[rule]["coverage"] - 0.95) <= slack
        assert 0.7 < rows[rule]["width_over_rmse"] < 1.4  # a ratio of two spreads known from 30 samples
    assert rows["one set as if real"]["width_over_rmse"] < 0.9  # right: 0.7
    assert rows["default"]["coverage"] == rows["plug-in proper" if "proper" in generator else "plug-in"]["coverage"]


def test_truth_is_the_whole_population(small):
    slope = np.polyfit(small.train["x"], small.train["y"], 1)[0]
    assert study.truth()[0] == pytest.approx(slope)
    pd.testing.assert_frame_equal(study.sample(3, 50), study.sample(3, 50))
    assert not study.sample(3, 50).equals(study.sample(4, 50))


def test_samples_are_kept_and_not_run_again(small, monkeypatch, tmp_path):
    monkeypatch.setattr(study, "FOLDER", tmp_path / "kept")
    monkeypatch.setattr(study, "N", ROWS)
    called = []

    def counted(real, m, seed):
        called.append(seed)
        if seed == 2:
            raise ValueError("no, not this one")
        return study.resample(real, m, seed)

    monkeypatch.setitem(study.GENERATORS, "bootstrap", counted)
    study.run_some("bootstrap", 2, np.inf)
    study.run_some("bootstrap", 3, np.inf)
    study.run_some("bootstrap", 9, -np.inf)
    assert called == [1, 2, 3]
    kept = study.read_samples("bootstrap")
    assert kept.loc[kept["failed"] != "", "failed"].tolist() == ["ValueError: no, not this one"]
    row = study.report_rows("bootstrap", kept)[0]
    assert (row["repeats"], row["failures"]) == (2, 1)


@pytest.mark.skipif(not (data_folder() / "imputation" / "nist_national2019.csv").exists(), reason="no census excerpt")
def test_the_regressions_of_the_census_excerpt():
    study.truth.cache_clear()
    (ols, names, (slopes, *_)), (logit, *_) = study.estimate(synth_problems.load_problem("nist").train)
    assert (ols, logit, len(names), len(study.truth())) == ("ols", "logit", 8, 16)
    assert slopes[names.index("coef ols education")] > 0 > slopes[names.index("coef ols female_married")]
