"""``lacunet pool``: a folder of completed data sets to one table."""

import json

import numpy as np
import pandas as pd
import pytest

from lacunet.cli import main
from lacunet.imputation import Midas


@pytest.fixture
def folder(tmp_path, capsys):
    rng = np.random.default_rng(8)
    age, vote = rng.integers(18, 90, 70).astype(float), rng.choice(["left", "right"], 70)
    frame = pd.DataFrame({"age": age, "income": np.round(age * 10 + rng.normal(0, 50, 70)), "vote": vote})
    frame.loc[frame.index % 6 == 0, "income"] = np.nan
    frame.loc[frame.index % 7 == 0, "vote"] = None
    frame.to_csv(tmp_path / "survey.csv", index=False)
    run("impute", str(tmp_path / "survey.csv"), "-m", "3", "--seed", "1", "-o", str(tmp_path / "out"), "--quiet")
    capsys.readouterr()
    return tmp_path / "out"


def run(*words):
    with pytest.raises(SystemExit) as stop:
        main(list(words))
    return stop.value.code


def test_a_folder_pools_to_what_python_gives(folder, capsys):
    assert run("pool", str(folder), "income ~ age + C(vote)", "--test", "C(vote)", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    imp = Midas().fit(folder.parent / "survey.csv", seed=1).impute(m=3)
    table = imp.fit("income ~ age + C(vote)").table()
    assert [row["term"] for row in said["terms"]] == table["term"].tolist()
    np.testing.assert_allclose([row["std_error"] for row in said["terms"]], table["std_error"], rtol=1e-9)
    assert said["tests"]["C(vote)"]["df1"] == 1


@pytest.mark.parametrize("ending", ["docx", "tex", "md", "html", "csv"])
def test_a_table_is_written_and_never_overwritten(folder, ending, capsys):
    path = folder.parent / f"table.{ending}"
    words = ("pool", str(folder), "vote ~ age", "--model", "logit", "-o", str(path))
    assert run(*words) == 0
    assert path.stat().st_size > 100
    assert run(*words) == 2
    assert "--force" in capsys.readouterr().err or path.exists()
    assert run(*words, "--force") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("income ~ agee",), "Did you mean 'age'"),
        (("income ~ age", "--model", "olss"), "olss"),
        (("income ~ age", "-o", "table.rtf"), ".docx"),
    ],
)
def test_wrong_options_are_status_2(folder, words, said, capsys):
    assert run("pool", str(folder), *words) == 2
    assert said in capsys.readouterr().err


def test_other_folders_are_refused(folder, capsys):
    assert run("pool", str(folder.parent), "income ~ age") == 2
    assert "lacunet impute" in capsys.readouterr().err
    (folder / "imputed_02.csv").unlink()
    assert run("pool", str(folder), "income ~ age") == 2
    assert "2 completed data sets" in capsys.readouterr().err
