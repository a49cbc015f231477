"""``lacunet judge``: what Python says, on a terminal, as JSON and as a page; nothing overwritten unasked."""

import json

import numpy as np
import pandas as pd
import pytest

from lacunet.cli import main
from lacunet.synthesis.judge import judge
from lacunet.synthesis.judge._verdict import write_value

N = 80


def survey(seed):
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, N)
    income = np.round(900 + 20 * age + rng.normal(0, 300, N))
    return pd.DataFrame(
        {
            "age": age,
            "region": rng.choice(["north", "south"], N),
            "income": np.where(rng.random(N) < 0.1, -8, income),
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judge")
    for seed, name in enumerate(("real", "synthetic", "held", "again")):
        survey(seed).to_csv(folder / f"{name}.csv", index=False)
    return folder


def run(*words):
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code or 0


def test_json_is_what_python_says(folder, capsys):
    options = ("--target", "income", "--keys", "age,region", "--held-out", folder / "held.csv", "--seed", 3)
    words = ("--formula", "income ~ age", "--formula", "age ~ region", "--missing-codes", "income=-8", "--json")
    assert run("judge", folder / "real.csv", folder / "synthetic.csv", *options, *words) == 0
    said = json.loads(capsys.readouterr().out)
    mine = judge(
        folder / "real.csv",
        folder / "synthetic.csv",
        target="income",
        keys=["age", "region"],
        held_out=folder / "held.csv",
        formulas=["income ~ age", "age ~ region"],
        missing_codes={"income": ["-8"]},
        seed=3,
    )
    assert said["real"] == "real.csv"
    assert said["synthetic"] == ["synthetic.csv"]
    assert said["measures"] == json.loads(json.dumps(mine.to_dict()["measures"]))
    assert said["verdict"] == mine.verdict
    assert (said["target"], said["keys"], said["has_held_out"]) == ("income", ["age", "region"], True)


def test_the_terminal_shows_every_measure_the_verdict_and_the_page(folder, tmp_path, capsys):
    page = tmp_path / "report.html"
    assert run("judge", folder / "real.csv", folder / "synthetic.csv", "--seed", 3, "-o", page) == 0
    said = capsys.readouterr().out
    mine = judge(folder / "real.csv", folder / "synthetic.csv", seed=3)
    for one in mine.measures:
        line = next(line for line in said.splitlines() if line.startswith(one.title))
        assert write_value(one, one.value) in line, one.name
        assert write_value(one, one.floor) in line, one.name
    assert "judge again with --held-out" in said
    assert "held_out" not in said
    assert f"The report is in {page}." in said
    html = page.read_text(encoding="utf-8")
    assert "real.csv" in html
    assert mine.verdict[:80] in html


def test_several_sets_are_averaged(folder, capsys):
    assert run("judge", folder / "real.csv", folder / "synthetic.csv", folder / "again.csv", "--seed", 1, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["m"], said["synthetic"]) == (2, ["synthetic.csv", "again.csv"])


def test_nothing_is_overwritten_without_force(folder, tmp_path, capsys):
    page = tmp_path / "report.html"
    page.write_text("mine", encoding="utf-8")
    words = ("judge", folder / "real.csv", folder / "synthetic.csv", "-o", page, "--seed", 1)
    assert run(*words) == 2
    assert "--force" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == "mine"
    assert run(*words, "--force", "--quiet") == 0
    assert capsys.readouterr() == ("", "")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert {path.name for path in tmp_path.iterdir()} == {"report.html"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--target", "incme"), "Did you mean 'income'?"),
        (("--keys", "age,regin"), "Did you mean 'region'?"),
        (("--held-out", "nowhere.csv"), "nowhere.csv"),
        (("-o", "report.pdf"), ".html"),
        (("--seed", "-1"), "seed"),
        (("--formula", "income ~~ age"), "formula"),
    ],
)
def test_what_is_wrong_is_said(folder, words, says, capsys):
    assert run("judge", folder / "real.csv", folder / "synthetic.csv", *words) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.startswith("Error: ")
    assert said.out == ""
