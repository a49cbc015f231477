"""The measurements of synthetic data measure what they say, go on where they stopped, and read anybody's rows."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from benchmarks import cache, problems, records, synth, synth_problems, synth_quality
from benchmarks.rivals import synth as makers
from benchmarks.rivals.programs import synth_worker
from benchmarks.synth_bars import bars, check_bars

N_ROWS = 1200
ROUNDING = 1e-9
ANCHOR = {"shape": 0.55, "trend": 1.75}
"""synthpop's submission to NIST, as measured by other code (percent)."""
ANCHOR_TOLERANCE = 0.05
Z = 1.959964
has_data = pytest.mark.skipif(
    not (problems.data_folder() / "synthetic").exists(), reason="the measuring data are not part of the repository"
)


def designs_of(frame):
    inputs = frame[["x", "z"]].assign(b=(frame["level"].astype(str) == "b").astype(float))
    return [("ols", inputs, frame["y"]), ("logit", inputs, (frame["event"].astype(str) == "yes").astype(float))]


def draw(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    level = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
    y = x + (level == "b") + rng.normal(size=n)
    event = np.where(y + rng.normal(size=n) > 0, "yes", "no")
    return pd.DataFrame({"x": x, "z": z, "y": y, "level": level, "event": event}).astype(
        {"level": "category", "event": "category"}
    )


@pytest.fixture
def problem(monkeypatch) -> synth_problems.Problem:
    found = synth_problems.Problem("made", draw(N_ROWS, 1), draw(400, 2), ("x", "z", "y"), "event", designs_of)
    for module in (synth_quality, synth):
        monkeypatch.setattr(module, "load_problem", lambda _: found)
    synth_quality.learn_from_real.cache_clear()
    yield found
    synth_quality.learn_from_real.cache_clear()


@pytest.fixture
def untargeted(problem, monkeypatch) -> synth_problems.Problem:
    found = dataclasses.replace(problem, train=problem.train.head(200), test=None, target=None)
    for module in (synth_quality, synth):
        monkeypatch.setattr(module, "load_problem", lambda _: found)
    return found


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    monkeypatch.setattr(synth, "CACHE", tmp_path)
    assert synth.CACHE != cache.CACHE


def test_the_real_rows_themselves_have_no_error(problem):
    found = synth_quality.score("made", problem.train)
    for name in ("shape", "trend", "trend_separate", "ols_z", "logit_z"):
        assert found[name] == pytest.approx(0.0, abs=ROUNDING)
    assert found["k_marginal"] == pytest.approx(1000)
    assert found["ols_overlap"] == pytest.approx(1.0)
    assert found["copies"] == pytest.approx(0.5)  # those of the half that is looked into
    assert found["copies_real"] == 0.0
    assert found["tstr"] == found["tstr_real"] > 0.7


def test_shuffled_columns_keep_margins_only(problem):
    found = synth_quality.score("made", synth_quality.shuffle_columns(problem.train, 1))
    assert found["shape"] == pytest.approx(0.0, abs=ROUNDING)
    assert found["trend"] > 5
    assert found["auc"] > 0.7
    assert found["ols_overlap"] < 0
    assert found["tstr"] < found["tstr_real"] - 0.1


def test_halves_are_brought_to_the_size_of_the_whole(untargeted):
    problem = untargeted
    first, second = synth_quality.split_halves(problem.train, 3)
    assert not set(first["x"]) & set(second["x"])
    raw, scaled = synth_quality.measure(problem, first, second), synth_quality.score_halves("made", 3)
    assert scaled["shape"] == pytest.approx(raw["shape"] / 2**0.5)
    assert scaled["pmse"] == pytest.approx(raw["pmse"] / 2)
    assert 1000 - scaled["k_marginal"] == pytest.approx((1000 - raw["k_marginal"]) / 2**0.5)
    assert scaled["auc"] == raw["auc"]


def test_coefficients_by_hand(problem):
    shifted = problem.train.assign(y=problem.train["y"] + 0.1 * problem.train["x"])
    found = synth_quality.compare_coefficients(designs_of(problem.train), designs_of(shifted))
    import statsmodels.api as sm

    _, inputs, y = designs_of(problem.train)[0]
    error = sm.OLS(y, sm.add_constant(inputs)).fit().bse["x"]
    assert found["ols_z"] == pytest.approx(0.1 / error / 3)  # three slopes, one of them moved
    assert found["ols_overlap"] == pytest.approx(1 - found["ols_z"] / (2 * Z), abs=1e-6)
    assert found["logit_z"] == pytest.approx(0.0, abs=1e-6)


def test_a_regression_that_cannot_be_run_is_not_a_number(problem):
    found = synth_quality.compare_coefficients(designs_of(problem.train), designs_of(problem.train.assign(x=0.0)))
    assert np.isnan(found["ols_overlap"])
    assert np.isnan(found["logit_z"])


def test_levels_that_only_one_file_has_stay_apart(problem):
    files = [
        problem.train.head(4),
        problem.train.head(4).assign(level="new"),
        problem.train.head(4).assign(level="own"),
    ]
    read = [problem.read(file) for file in files]
    coded = synth_quality.code_files(problem, read)
    place = coded[0].place("level")
    assert coded[0].columns[place].labels == ("a", "b", "c", "new", "own")
    assert [set(file.codes[:, place]) for file in coded[1:]] == [{3}, {4}]


def test_rows_of_any_maker_are_read(problem):
    other = problem.train[["event", "level", "x"]].head(5).astype(str).astype(object)
    other["level"] = [1.0, "1.0", "1", None, "a"]
    other.loc[0, "x"] = "N"
    read = problem.read(other)
    assert list(read) == ["x", "level", "event"]
    assert read["x"].dtype == float
    assert np.isnan(read["x"][0])
    assert list(read["level"]) == ["1", "1", "1", "N", "a"]


def test_copies_are_looked_for_in_one_half(problem):
    first, second = synth_quality.split_halves(problem.train, 0)
    assert synth_quality.count_copies(problem.train, first)["copies"] == 1.0
    assert synth_quality.count_copies(problem.train, second)["copies"] == 0.0
    coarse = problem.train.round(0).drop(columns="y")
    halves = [[tuple(row) for row in half.to_numpy()] for half in synth_quality.split_halves(coarse, 0)]
    found = synth_quality.count_copies(coarse, coarse)
    assert 0 < found["copies_real"] == pytest.approx(np.mean([row in set(halves[0]) for row in halves[1]]))
    assert found["copies"] > found["copies_real"]


def test_bars():
    rows = [
        {
            "problem": "adult",
            "method": "sequential",
            "shape": 0.55,
            "seconds": 30.0,
            "copies": 0.002,
            "copies_real": 0.001,
        },
        {
            "problem": "adult",
            "method": "sequential",
            "shape": 0.61,
            "seconds": 40.0,
            "copies": 0.002,
            "copies_real": 0.001,
        },
        {"problem": "adult", "method": "ctgan", "shape": 16.0, "seconds": 690.0},
        {"problem": "magic", "method": "gan", "shape": 1.9},
        {"problem": "magic", "method": "halves", "shape": 0.9},
        {"problem": "nist", "method": "gan", "ols_overlap": 0.5},
    ]
    found = check_bars(pd.DataFrame(rows)).set_index(["problem", "method", "measured", "which is"])
    reached = found["reached"].to_dict()
    assert reached == {
        ("adult", "sequential", "shape", ""): True,
        ("adult", "sequential", "copies", "1 x copies_real of sequential"): False,
        ("adult", "sequential", "seconds", ""): True,
        ("adult", "sequential", "seconds", "0.05 x seconds of ctgan"): False,
        ("magic", "gan", "shape", "2 x shape of halves"): False,
        ("nist", "gan", "ols_overlap", ""): True,
    }
    assert {bar.problem for bar in bars()} == set(synth_problems.PROBLEMS)


def test_goes_on_where_it_stopped_and_tries_again_what_failed(untargeted, folders, monkeypatch, capsys):
    asked = []

    def make(task, train):
        asked.append(task)
        if task.method == "gan" and len(asked) < 3:
            raise RuntimeError("out of memory")
        return synth_quality.resample(train, task.seed), {"seconds_train": 3.0, "seconds_draw": 1.0}

    monkeypatch.setattr(synth, "make", make)
    command = ["--problems", "made", "--methods", "independent,sequential,gan"]
    synth.main(command)
    rows = {row["method"]: row for row in records.read_rows("synth")}
    assert rows["gan"]["failed"] == "out of memory"
    assert rows["gan"]["shape"] == ""
    assert rows["sequential"]["seconds"] == "4"
    assert float(rows["independent"]["shape"]) == 0
    assert [task.method for task in asked] == ["sequential", "gan"]
    assert asked[0].rows == synth.FEWEST_DRAWN
    synth.main(command)
    synth.main(command)
    assert [task.method for task in asked] == ["sequential", "gan", "gan"]
    assert len(records.read_rows("synth")) == 3
    assert all(row["shape"] and row["commit"] for row in records.read_rows("synth"))
    assert "halves" not in capsys.readouterr().out


def test_nothing_is_started_after_the_minutes(problem, folders):
    synth.main(["--problems", "made", "--methods", "independent", "--minutes", "0"])
    assert not records.read_rows("synth")


def test_other_epochs_have_rows_of_their_own():
    options = synth.argparse.Namespace(problems="adult,nist", methods="ctgan,arf,published", seeds=2, epochs=3)
    found = list(synth.jobs(options))
    assert {(job.method, job.epochs) for job in found if job.problem == "adult"} == {("ctgan", "3"), ("arf", "default")}
    assert sum(job.method == "aindo" for job in found) == 1
    assert len({job.rows for job in found}) == len(found)


def test_holes_of_numbers_go_to_rivals_and_come_back(problem):
    holed = problem.train.assign(x=problem.train["x"].where(problem.train["x"] > 0))
    seen = synth_worker.without_holes(holed, list(problem.numbers))
    assert not seen.isna().any().any()
    assert list(seen) == ["x", "x__empty", "z", "y", "level", "event"]
    pd.testing.assert_frame_equal(problem.read(synth_worker.with_holes(seen, holed)), problem.read(holed))


def test_a_maker_runs_in_a_process_and_says_why_it_failed(problem, tmp_path, monkeypatch):
    program = """
import json, pathlib, shutil, sys
folder = pathlib.Path(sys.argv[1])
task = json.loads((folder / "task.json").read_text())
assert task["rows"] == 7, "no rows"
shutil.copy(folder / "train.parquet", folder / "synthetic.parquet")
(folder / "facts.json").write_text(json.dumps({"seconds_train": 1.0, "numbers": task["numbers"]}))
"""
    (tmp_path / makers.PROGRAM).write_text(program)
    monkeypatch.setattr(makers, "SCRIPTS", tmp_path)
    task = makers.Task("sequential", 1, 7, problem.numbers)
    rows, facts = makers.make(task, problem.train)
    pd.testing.assert_frame_equal(rows, problem.train)
    assert facts == {"seconds_train": 1.0, "numbers": ["x", "z", "y"]}
    with pytest.raises(RuntimeError, match=r"sequential failed:(.|\n)*no rows"):
        makers.make(dataclasses.replace(task, rows=8), problem.train)


@has_data
def test_problems_have_the_rows_that_papers_say():
    sizes = {name: synth_problems.load_problem(name).train.shape for name in synth_problems.PROBLEMS}
    assert sizes == {"adult": (32561, 15), "default": (27000, 24), "magic": (17117, 11), "nist": (27253, 24)}
    adult, nist = (synth_problems.load_problem(name) for name in ("adult", "nist"))
    assert adult.test is not None
    assert len(adult.test) == 16281
    assert list(adult.train["income"].cat.categories) == list(adult.test["income"].cat.categories)
    roles = json.loads((problems.data_folder() / "synthetic" / "info" / "adult.json").read_text())
    assert len(adult.numbers) == len(roles["num_col_idx"])
    assert len(nist.designs(nist.train)[0][1]) == 22670


@has_data
def test_a_published_submission_scores_what_others_measured():
    nist, cart = synth_problems.load_problem("nist"), synth_problems.load_submission("synthpop-cart")
    coded = synth_quality.code_files(nist, [nist.train[list(cart)], cart])
    pairs = synth_quality.choose_pairs(coded[0].p, synth_quality.MOST_SETS, np.random.default_rng(1))
    assert 100 * synth_quality.shape_errors(*coded).mean() == pytest.approx(ANCHOR["shape"], abs=ANCHOR_TOLERANCE)
    assert 100 * synth_quality.trend_errors(*coded, pairs).mean() == pytest.approx(
        ANCHOR["trend"], abs=ANCHOR_TOLERANCE
    )
