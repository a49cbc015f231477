"""The command line: exit status, one plain message, nothing overwritten, nothing left half written."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pandas as pd
import pytest

import lacunet.imputation
import lacunet.table
from lacunet.cli import main
from lacunet.cli._folder import RECORD
from lacunet.cli._progress import show_progress
from lacunet.errors import DataWarning, TrainingError
from tests.contract import cli_stub

HELP_SECONDS = 0.5
REAL_IMPUTE = lacunet.imputation.impute
ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "pandas", "jax", "pyarrow", "narwhals", "matplotlib", "rich", "lacunet.table", "lacunet.imputation")


@pytest.fixture
def survey(tmp_path):
    frame = pd.DataFrame(
        {
            "age": [23, 45, 31, 62, 50, 38, 27, 71, 44, 59] * 6,
            "income": [1200.5, None, 3400.0, 0.0, 2210.0, None, 980.0, 0.0, 4100.0, 2750.0] * 6,
            "sex": ["f", "m", None, "f", "m", "f", "m", "m", "f", None] * 6,
            "job": ["a", "b", "a", "N", "b", "a", None, "N", "c", "a"] * 6,
        }
    )
    path = tmp_path / "survey.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(autouse=True)
def stub(monkeypatch):
    monkeypatch.setattr(lacunet.imputation, "impute", cli_stub.stub_impute, raising=False)


def lacunet_exit(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    return stop.value.code or 0


def snapshot(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_impute_leaves_whole_data_report_and_codebook(survey, tmp_path, capsys):
    out = tmp_path / "out"
    assert lacunet_exit("impute", survey, "-m", 3, "--seed", 7, "-o", out, "--not-applicable", "N") == 0
    assert sorted(p.name for p in out.iterdir()) == [
        "codebook.json",
        "imputed_01.csv",
        "imputed_02.csv",
        "imputed_03.csv",
        RECORD,
        "report.html",
    ]
    original, completed = pd.read_csv(survey), pd.read_csv(out / "imputed_02.csv")
    assert list(completed.columns) == list(original.columns)
    assert not completed[["income", "sex"]].isna().any().any()
    known = original["income"].notna()
    pd.testing.assert_series_equal(completed.loc[known, "income"], original.loc[known, "income"])
    assert (completed["job"] == "N").sum() == (original["job"] == "N").sum()
    codebook = json.loads((out / "codebook.json").read_text(encoding="utf-8"))
    assert codebook["seed"] == 7
    assert [c["column"] for c in codebook["columns"]] == list(original.columns)
    assert "survey.csv" in (out / "report.html").read_text(encoding="utf-8")
    said = capsys.readouterr()
    assert "60 rows" in said.out
    assert "Seed 7" in said.out
    assert "3 completed data sets" in said.out


def test_json_is_one_text_and_quiet_is_silent(survey, tmp_path, capsys):
    assert lacunet_exit("impute", survey, "-m", 2, "-o", tmp_path / "a", "--json") == 0
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert (facts["m"], facts["n_rows"], facts["completed"]) == (2, 60, ["imputed_01.csv", "imputed_02.csv"])
    assert said.err == ""
    assert lacunet_exit("impute", survey, "-m", 2, "-o", tmp_path / "b", "--quiet") == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.parametrize("ending", ["tsv", "parquet", "feather", "dta", "sav"])
def test_completed_data_come_in_the_format_asked_for(survey, tmp_path, ending):
    out = tmp_path / "out"
    assert lacunet_exit("impute", survey, "-m", 2, "-o", out, "--format", ending) == 0
    back = lacunet.table.read_table(out / f"imputed_01.{ending}")
    assert back.n_rows == 60
    again = tmp_path / "again"
    assert lacunet_exit("impute", out / f"imputed_01.{ending}", "-m", 1, "-o", again) == 0
    assert (again / f"imputed_01.{ending}").is_file()


def test_default_folder_is_named_after_the_data(survey, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lacunet_exit("impute", "survey.csv", "-m", 1) == 0
    assert (tmp_path / "survey-imputed" / "imputed_01.csv").is_file()


def test_complete_data_come_back_as_they_were(tmp_path, capsys):
    whole = pd.DataFrame({"x": [1.5, 2.5, 3.25] * 10, "g": ["a", "b", "a"] * 10})
    path = tmp_path / "whole.csv"
    whole.to_csv(path, index=False)
    assert lacunet_exit("impute", path, "-m", 2, "-o", tmp_path / "out") == 0
    assert "Nothing was missing" in capsys.readouterr().out
    assert (tmp_path / "out" / "imputed_02.csv").read_bytes() == path.read_bytes()


def test_nothing_is_overwritten_without_force(survey, tmp_path, capsys):
    out = tmp_path / "out"
    assert lacunet_exit("impute", survey, "-m", 5, "-o", out) == 0
    (out / "analysis.do").write_text("my own work", encoding="utf-8")
    before = snapshot(out)
    capsys.readouterr()
    assert lacunet_exit("impute", survey, "-m", 2, "-o", out) == 2
    assert "--force" in capsys.readouterr().err
    assert snapshot(out) == before
    assert lacunet_exit("impute", survey, "-m", 2, "-o", out, "--force") == 0
    assert (out / "analysis.do").read_text(encoding="utf-8") == "my own work"
    assert sorted(p.name for p in out.glob("imputed_*")) == ["imputed_01.csv", "imputed_02.csv"]


def test_force_takes_nothing_away_by_a_forged_record(survey, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    other = tmp_path / "other.txt"
    other.write_text("keep", encoding="utf-8")
    (out / RECORD).write_text(json.dumps({"files": ["../other.txt"]}), encoding="utf-8")
    assert lacunet_exit("impute", survey, "-m", 1, "-o", out, "--force") == 0
    assert other.read_text(encoding="utf-8") == "keep"


WRONG = {
    "no such file": (["impute", "nowhere.csv"], "nowhere.csv"),
    "a folder": (["impute", "."], "folder"),
    "m is zero": (["impute", "survey.csv", "-m", "0"], "m=0"),
    "m is negative": (["impute", "survey.csv", "-m", "-3"], "m=-3"),
    "m is a word": (["impute", "survey.csv", "-m", "many"], "integer"),
    "unknown format": (["impute", "survey.csv", "--format", "doc"], "doc"),
    "unknown kind": (["impute", "survey.csv", "--kinds", "income=big"], "semicontinuous"),
    "kind without column": (["impute", "survey.csv", "--kinds", "count"], "column=kind"),
    "unknown column": (["impute", "survey.csv", "--kinds", "incom=count"], "income"),
    "column to leave out": (["impute", "survey.csv", "--leave-out", "nosuch"], "nosuch"),
    "codes for all and some": (["impute", "survey.csv", "--missing-codes", "-8", "--missing-codes", "age=-9"], "age"),
    "codes of nothing": (["impute", "survey.csv", "--missing-codes", "age="], "column=code"),
    "output is a file": (["impute", "survey.csv", "-o", "survey.csv"], "is a file"),
    "unknown option": (["impute", "survey.csv", "--fast"], "--fast"),
    "unknown command": (["imput", "survey.csv"], "imput"),
    "unknown ending": (["impute", "survey.docx"], "survey.docx"),
    "empty file": (["impute", "empty.csv"], "empty.csv"),
    "describe nothing": (["describe", "nowhere.sav"], "nowhere.sav"),
    "truncated stata": (["describe", "broken.dta"], "broken.dta"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_status_2_with_one_message(name, survey, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "survey.docx").write_text("x", encoding="utf-8")
    (tmp_path / "broken.dta").write_bytes(b"<stata_dta><header><release>118</release>")
    before = snapshot(tmp_path)
    arguments, word = WRONG[name]
    assert lacunet_exit(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert word in said.err
    assert "Traceback" not in said.err
    assert said.err.count("Error") == 1
    assert snapshot(tmp_path) == before
    assert not [p for p in tmp_path.iterdir() if p.is_dir()]


def test_a_full_disk_is_said_and_leaves_nothing(survey, tmp_path, monkeypatch, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lacunet.table, "write_frame", full)
    assert lacunet_exit("impute", survey, "-o", tmp_path / "deep" / "out") == 2
    assert "disk is full" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["survey.csv"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_no_permission_is_said(survey, tmp_path, capsys):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    assert lacunet_exit("impute", survey, "-o", locked / "out") == 2
    assert "permission" in capsys.readouterr().err


def test_no_permission_is_one_message(survey, tmp_path, monkeypatch, capsys):
    def locked(*_, **__):
        raise PermissionError(13, "Permission denied", "/locked/out")

    monkeypatch.setattr("lacunet.cli._folder.tempfile.mkdtemp", locked)
    assert lacunet_exit("impute", survey, "-o", tmp_path / "out") == 2
    assert "no permission for '/locked/out'" in capsys.readouterr().err


def test_our_fault_is_status_1_and_says_so(survey, tmp_path, monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(lacunet.imputation, "impute", broken)
    assert lacunet_exit("impute", survey, "-o", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "our fault" in said
    assert "ZeroDivisionError" in said
    assert not (tmp_path / "out").exists()


def test_failed_training_is_status_1_without_traceback(survey, tmp_path, monkeypatch, capsys):
    def diverged(*_, **__):
        raise TrainingError("The loss is not finite at epoch 3.")

    monkeypatch.setattr(lacunet.imputation, "impute", diverged)
    assert lacunet_exit("impute", survey, "-o", tmp_path / "out") == 1
    assert capsys.readouterr().err == "Error: The loss is not finite at epoch 3.\n"


def test_warnings_become_notes(survey, tmp_path, monkeypatch, capsys):
    def warned(*arguments, **options):
        warnings.warn("Column 'x' looked odd.", DataWarning, stacklevel=1)
        return cli_stub.stub_impute(*arguments, **options)

    monkeypatch.setattr(lacunet.imputation, "impute", warned)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert lacunet_exit("impute", survey, "-m", 1, "-o", tmp_path / "out") == 0
    assert "Note: Column 'x' looked odd." in capsys.readouterr().err


def test_describe_says_kind_reason_and_missing(survey, capsys):
    assert lacunet_exit("describe", survey, "--not-applicable", "job=N") == 0
    said = capsys.readouterr().out
    assert "60 rows, 4 columns" in said
    row = next(line for line in said.splitlines() if line.startswith("job"))
    assert re.search(r"\bnominal\b.*\b6\b.*\b12\b", row)
    assert lacunet_exit("describe", survey, "--json", "--kinds", "age=count", "--leave-out", "sex") == 0
    facts = json.loads(capsys.readouterr().out)
    by_name = {row["column"]: row for row in facts["columns"]}
    assert by_name["age"]["kind"] == "count"
    assert by_name["sex"]["role"] == "left out"
    assert by_name["income"]["missing"] == 12


def test_an_encoding_can_be_named(tmp_path, capsys):
    path = tmp_path / "old.csv"
    path.write_bytes(b"town,x\n" + "Köln,1\nBonn,2\n".encode("latin-1") * 20)
    assert lacunet_exit("describe", path) == 2
    assert "latin-1" in capsys.readouterr().err
    assert lacunet_exit("describe", path, "--encoding", "latin-1") == 0
    assert lacunet_exit("impute", path, "--encoding", "latin-1", "-m", 1, "-o", tmp_path / "out", "-q") == 0
    assert "Köln" in (tmp_path / "out" / "imputed_01.csv").read_text(encoding="utf-8")


def test_advice_is_what_can_be_typed(tmp_path, capsys):
    path = tmp_path / "survey.csv"
    rows = [f"{i % 9},{'N' if i % 7 == 0 else i % 50},{i % 3 or ''}" for i in range(200)]
    path.write_text("\n".join(["age,hours,rare", *rows]), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        assert lacunet_exit("describe", path) == 0
    said = capsys.readouterr()
    assert "--missing-codes hours=N" in said.out + said.err
    assert "missing_codes" not in said.out + said.err
    assert lacunet_exit("describe", path, "--missing-codes", "hours=N") == 0
    assert "hours=N" not in capsys.readouterr().out
    kept = ("--not-applicable", "hours=N", "--not-applicable", "rare=:empty:")
    assert lacunet_exit("describe", path, "--json", *kept) == 0
    rare = json.loads(capsys.readouterr().out)["columns"][2]
    assert (rare["missing"], rare["not_applicable"]) == (0, 67)
    assert lacunet_exit("describe", path, "--kinds", "hours=date") == 2
    assert "no date" in capsys.readouterr().err


def test_progress_reaches_a_terminal_only(monkeypatch, capsys):
    with show_progress(True) as report:
        assert report is None  # nobody looks at a captured stream
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with show_progress(False) as report:
        assert report is None
    with show_progress(True) as report:
        report("training", 1, 4)
        report("drawing", 0, 2)
    assert "Training" in capsys.readouterr().err


def test_help_is_quick_and_loads_nothing_heavy():
    code = """
import sys
from lacunet.cli import main
try:
    main(["--help"])
except SystemExit:
    print(sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"'([^']+)'", done.stdout.splitlines()[-1]))
    assert not loaded & set(HEAVY)
    for command in ("impute", "describe", "demo"):
        assert command in done.stdout
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "lacunet.cli", "--help"], capture_output=True, check=True)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < HELP_SECONDS


@pytest.mark.parametrize("where", ["fit", "write"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
def test_an_interrupted_run_leaves_no_half_file(name, where, survey, tmp_path):
    out = tmp_path / "out"
    before = snapshot(tmp_path)
    command = [sys.executable, "-m", "tests.contract.cli_stub", where, "impute", str(survey), "-o", str(out), "-q"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "working\n"
        child.send_signal(getattr(signal, name))
        _, complaint = child.communicate(timeout=30)
    assert not out.exists()
    left = {p for p in snapshot(tmp_path) if p not in before}
    if name == "SIGKILL":  # nobody can clean up after it: what is left has a hidden name that says what it is
        assert child.returncode == -signal.SIGKILL
        assert all(p.startswith(".out.") and ".unfinished" in p for p in left)
        assert lacunet_exit("impute", survey, "-m", 1, "-o", out) == 0  # the next run sweeps it up
        assert not list(tmp_path.glob(".out.*"))
        shutil.rmtree(out)
    else:
        assert child.returncode == 130
        assert left == set()
        assert complaint == "\nStopped. Nothing was written.\n"
    assert {p: data for p, data in snapshot(tmp_path).items() if p in before} == before


@pytest.mark.skipif(os.name == "nt", reason="signals as on POSIX")
def test_an_interrupted_rerun_leaves_the_first_run_whole(survey, tmp_path):
    out = tmp_path / "out"
    assert lacunet_exit("impute", survey, "-m", 2, "-o", out) == 0
    before = snapshot(out)
    arguments = ["write", "impute", str(survey), "-o", str(out), "-q", "--force"]
    command = [sys.executable, "-m", "tests.contract.cli_stub", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "working\n"
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=30)
    assert snapshot(out) == before


@pytest.mark.skipif(os.name == "nt", reason="nothing is swept there")
def test_a_run_that_lives_is_not_swept_away(survey, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "tests.contract.cli_stub", "write", "impute", str(survey), "-o", str(out), "-q"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "working\n"
        assert lacunet_exit("impute", survey, "-m", 1, "-o", out) == 0
        assert len(list(tmp_path.glob(".out.*"))) == 1
        child.terminate()
        child.communicate(timeout=30)
    assert not list(tmp_path.glob(".out.*"))


def test_the_real_imputer_behind_the_command(survey, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lacunet.imputation, "impute", REAL_IMPUTE)
    for name in ("a", "b"):
        assert lacunet_exit("impute", survey, "-m", 2, "--seed", 5, "-o", tmp_path / name, "--not-applicable", "N") == 0
    first, again = (pd.read_csv(tmp_path / name / "imputed_02.csv") for name in ("a", "b"))
    pd.testing.assert_frame_equal(first, again)
    assert not first[["income", "sex"]].isna().any().any()
    report = (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    assert "seed 5" in report
    assert "survey.csv" in report
    assert lacunet_exit("impute", survey, "-m", 0, "-o", tmp_path / "c") == 2
    assert not (tmp_path / "c").exists()
