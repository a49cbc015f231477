"""``lacunet synthesize``: what Python gives, in files; nothing overwritten, left half written, or given away."""

import json

import numpy as np
import pandas as pd
import pytest

import lacunet as ln
import lacunet.synthesis
from lacunet.cli import main
from lacunet.errors import TrainingError


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    rng = np.random.default_rng(4)
    age, sex = rng.integers(18, 90, 120), rng.choice(["female", "male"], 120)
    income = np.where(rng.random(120) < 0.1, -8, np.round(900 + 20 * age + rng.normal(0, 60, 120)))
    frame = pd.DataFrame({"id": range(900, 1020), "age": age, "sex": sex, "income": income})
    frame.to_csv(folder / "survey.csv", index=False)
    frame.assign(wt=1 + (age > 50), area=rng.choice(["n", "s"], 120)).to_csv(folder / "weighted.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def kept(survey):
    """What the command line learnt and kept, beside the rows it made."""
    words = ("-o", survey / "made.csv", "--save", survey / "kept.lacunet", "-n", 50, "--quiet")
    assert run("synthesize", survey / "survey.csv", *LEARN, *words) == 0
    return survey / "kept.lacunet"


LEARN = ("--seed", 1, "--missing-codes", "income=-8", "--constraint", "age >= 18")


def run(*words):
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code or 0


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_rows_are_those_of_python(survey, kept):
    written = pd.read_csv(survey / "made.csv")
    fitted = ln.Sequential().fit(survey / "survey.csv", seed=1, missing_codes={"income": [-8]}, constraints="age >= 18")
    pd.testing.assert_frame_equal(written, fitted.sample(50), check_dtype=False)
    assert written["id"].tolist() == list(range(1, 51))


def test_what_was_kept_makes_more(kept, survey, tmp_path, capsys):
    words = ("--from", kept, "-n", 40, "-o", tmp_path / "more.csv", "--given", "age=20:40", "--given", "sex=female")
    assert run("synthesize", *words, "--given", "income=:empty:,-8,1000:", "--json") == 2
    assert capsys.readouterr().out == ""
    assert run("synthesize", *words, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    made = pd.read_csv(tmp_path / "more.csv")
    assert made["age"].between(20, 40).all()
    assert set(made["sex"]) == {"female"}
    assert (said["rows"], said["real_rows"], said["given"]) == (40, 120, {"age": "20:40", "sex": "female"})
    assert run("synthesize", "--from", kept, "-n", 9, "-o", tmp_path / "codes.csv", "--given", "income=-8", "-q") == 0
    assert (pd.read_csv(tmp_path / "codes.csv")["income"] == -8).all()
    assert capsys.readouterr() == ("", "")


def test_several_sets_and_their_rule(survey, kept, tmp_path, capsys):
    words = ("-m", 2, "-n", 30, "-o", tmp_path / "sets", "--format", "parquet")
    assert run("synthesize", survey / "survey.csv", *LEARN, *words) == 0
    said = capsys.readouterr().out
    assert names_in(tmp_path / "sets") == {"synthetic_1.parquet", "synthetic_2.parquet", "_lacunet.json"}
    assert "the rule 'plug-in proper'" in said
    assert "survey.csv: 120 real rows. Made 2 data sets of 30 rows with Sequential." in said
    assert "lacunet judge" in said
    assert "Identifiers are new numbers" in said
    assert "imput" not in said


def test_one_column_is_replaced(survey, tmp_path, capsys):
    words = ("--columns", "income", "-o", tmp_path / "part.csv", "--json")
    assert run("synthesize", survey / "survey.csv", *LEARN, *words) == 0
    real, made = pd.read_csv(survey / "survey.csv"), pd.read_csv(tmp_path / "part.csv")
    pd.testing.assert_frame_equal(made[["age", "sex"]], real[["age", "sex"]])
    assert not made["income"].equals(real["income"])
    assert json.loads(capsys.readouterr().out)["replaced"] == ["income"]


@pytest.mark.slow
def test_a_design_is_obeyed(survey, tmp_path, capsys):
    words = ("--weights", "wt", "--strata", "area", "-o", tmp_path / "w.csv", "--seed", 1)
    assert run("synthesize", survey / "weighted.csv", *words) == 0
    assert "weighted by the survey's design (wt, area)" in capsys.readouterr().out
    assert pd.read_csv(tmp_path / "w.csv")[["wt", "area"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Name one of the two"),
        (("survey.csv", "--from", "kept.lacunet"), "Name one of the two"),
        (("kept.lacunet",), "lacunet synthesize --from kept.lacunet"),
        (("nowhere.csv",), "There is no file"),
        (("survey.csv", "--method", "bayes"), "--method got 'bayes'"),
        (("survey.csv", "-o", "made.docx"), "-o got 'made.docx'"),
        (("survey.csv", "-m", "2", "--format", "sav"), "--format got 'sav'"),
        (("survey.csv", "--format", "csv"), "without -m"),
        (("survey.csv", "--save", "model.zip"), "ends in .lacunet"),
        (("survey.csv", "--given", "age"), "--given got 'age'"),
        (("survey.csv", "--given", "age=1", "--given", "age=2"), "two conditions on 'age'"),
        (("survey.csv", "--given", "age=30", "-m", "2"), "--given and -m"),
        (("survey.csv", "--given", "age=30", "--columns", "income"), "--given and --columns"),
        (("--from", "kept.lacunet", "--columns", "income"), "--columns was given"),
        (("--from", "kept.lacunet", "--constraint", "age > 3", "--weights", "wt"), "--constraint, --weights was given"),
        (("--from", "kept.lacunet", "--given", "agee=3"), "Did you mean 'age'"),
        (("--from", "kept.lacunet", "--given", "age=50:20"), "ends before it begins"),
        (("--from", "kept.lacunet", "-n", "-3"), "-3"),
        (("--from", "survey.csv"), "survey.csv"),
    ],
)
def test_what_cannot_be_done_is_said(kept, survey, tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(survey)
    before = names_in(survey)
    output = () if "-o" in words else ("-o", tmp_path / ("out" if "-m" in words else "out.csv"))
    assert run("synthesize", *words, *output) == 2
    found = capsys.readouterr().err
    assert said in found
    assert "Traceback" not in found
    assert names_in(survey) == before
    assert names_in(tmp_path) == set()


def test_nothing_is_overwritten_without_force(kept, tmp_path, capsys):
    mine = tmp_path / "mine.csv"
    mine.write_text("mine", encoding="utf-8")
    words = ("synthesize", "--from", kept, "-n", 5, "-o", mine)
    assert run(*words) == 2
    assert "--force" in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "mine"
    assert run(*words, "--force", "--quiet") == 0
    assert len(pd.read_csv(mine)) == 5


@pytest.mark.parametrize("stopped", [(KeyboardInterrupt, 130), (TrainingError("The loss exploded."), 1)])
@pytest.mark.parametrize("method", ["Sequential", "Gan"])
def test_what_is_stopped_leaves_nothing(survey, tmp_path, monkeypatch, stopped, method):
    def stop(*_, **__):
        raise stopped[0]

    monkeypatch.setattr(getattr(lacunet.synthesis, method), "fit", stop)
    files = ("-o", tmp_path / "out.csv", "--save", tmp_path / "it.lacunet", "--quiet", "--method", method.lower())
    assert run("synthesize", survey / "survey.csv", *files) == stopped[1]
    assert names_in(tmp_path) == set()
