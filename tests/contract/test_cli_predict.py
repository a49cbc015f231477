"""``lacunet predict`` and ``lacunet encode``: what Python gives, in files; nothing overwritten or left half written."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

import lacunet.encoding
import lacunet.prediction
from lacunet.cli import main
from lacunet.encoding import Autoencoder
from lacunet.errors import TrainingError
from lacunet.prediction import Mlp

SAME = 1e-12
"""The same fit with the same seed: a CSV file carries every digit."""
EXACT = 1e-6
"""What a node that is solved exactly promises against statsmodels."""
COLUMNS = ["age", "region", "income"]


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    folder = tmp_path_factory.mktemp("survey")
    rng = np.random.default_rng(4)
    age, region = rng.integers(18, 90, 64).astype(float), rng.choice(["north", "south"], 64)
    frame = pd.DataFrame({"age": age, "region": region, "income": np.round(10 * age + rng.normal(0, 60, 64))})
    frame["vote"] = np.where(age + rng.normal(0, 15, 64) > 50, "right", "left")
    frame.loc[::9, "income"] = None
    frame.to_csv(folder / "train.csv", index=False)
    frame[COLUMNS].tail(12).assign(id=range(12)).to_csv(folder / "new.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def network(survey):
    """A network fitted and kept by the command line, and what it wrote."""
    words = ("vote ~ age + region", "--new", survey / "new.csv", "-o", survey / "kept.csv", "--quiet")
    assert run("predict", survey / "train.csv", *words, *SMALL, "--save", survey / "vote.lacunet") == 0
    return survey / "vote.lacunet"


@pytest.fixture(scope="module")
def encoder(survey):
    words = ("--latent", 1, "--leave-out", "vote", "-o", survey / "scores.csv", "--quiet")
    assert run("encode", survey / "train.csv", *words, *SMALL, "--save", survey / "items.lacunet") == 0
    return survey / "items.lacunet"


SMALL = ("--hidden", "4", "--seed", 1)


def run(*words):
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    return stop.value.code or 0


def names_in(folder):
    return {path.name for path in folder.iterdir()}


def test_predictions_are_those_of_python(survey, network):
    written, new = pd.read_csv(survey / "kept.csv"), pd.read_csv(survey / "new.csv")
    fitted = Mlp(hidden=(4,)).fit(survey / "train.csv", "vote ~ age + region", seed=1)
    pd.testing.assert_frame_equal(written[list(new.columns)], new)
    assert written["predicted"].tolist() == fitted.predict(new).tolist()
    shares = written[["probability_left", "probability_right"]]
    np.testing.assert_allclose(shares, fitted.predict_proba(new), rtol=SAME)


def test_a_saved_network_predicts_the_same(survey, network, tmp_path, capsys):
    assert run("predict", network, "--new", survey / "new.csv", "-o", tmp_path / "again.csv", "--json") == 0
    assert (tmp_path / "again.csv").read_bytes() == (survey / "kept.csv").read_bytes()
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["kind"], said["levels"], said["n_rows"]) == ("vote", "binary", ["left", "right"], 12)
    assert 0 < said["held_out_loss"] < np.log(2)


@pytest.mark.filterwarnings("default::lacunet.errors.DataWarning")  # said as a note
def test_one_node_is_the_regression(survey, tmp_path, capsys):
    words = ("income ~ age", "--hidden", "none", "-o", tmp_path / "income.parquet")
    assert run("predict", survey / "train.csv", *words) == 0
    frame = pd.read_csv(survey / "train.csv")
    theirs = smf.ols("income ~ age", frame).fit()
    written = pd.read_parquet(tmp_path / "income.parquet")
    np.testing.assert_allclose(written["predicted"], theirs.predict(frame), rtol=EXACT)
    said = capsys.readouterr()
    assert "Intercept" in said.out
    assert f"{theirs.params['age']:.4g}" in said.out
    assert "the rows that were learnt from" in said.out
    assert "Note: 8 of 64 rows are left out" in said.err


def test_the_summary_says_the_held_out_loss_and_how_to_go_on(survey, tmp_path, capsys):
    words = ("vote ~ age + region", *SMALL, "-o", tmp_path / "vote.csv", "--save", tmp_path / "vote.lacunet")
    assert run("predict", survey / "train.csv", *words) == 0
    said = capsys.readouterr().out
    assert "held-out loss from" in said
    assert f"lacunet predict {tmp_path / 'vote.lacunet'} --new" in said
    assert "Seed 1" in said


def test_scores_are_those_of_python(survey, encoder, tmp_path, capsys):
    written = pd.read_csv(survey / "scores.csv")
    fitted = Autoencoder(latent=1, hidden=(4,)).fit(survey / "train.csv", seed=1, leave_out=["vote"])
    np.testing.assert_allclose(written["latent_1"], fitted.encode()["latent_1"], rtol=SAME)
    np.testing.assert_allclose(written["reconstruction_error"], fitted.reconstruction_error(), rtol=SAME)
    words = ("--new", survey / "train.csv", "-o", tmp_path / "again.csv", "--json")
    assert run("encode", encoder, *words) == 0
    assert (tmp_path / "again.csv").read_bytes() == (survey / "scores.csv").read_bytes()
    assert json.loads(capsys.readouterr().out)["latents"] == ["latent_1"]


def test_nothing_is_overwritten_without_force(survey, network, tmp_path, capsys):
    kept = tmp_path / "kept.csv"
    kept.write_text("mine", encoding="utf-8")
    words = ("predict", network, "--new", survey / "new.csv", "-o", kept)
    assert run(*words) == 2
    assert "--force" in capsys.readouterr().err
    assert kept.read_text(encoding="utf-8") == "mine"
    assert run(*words, "--force", "--quiet") == 0
    assert "predicted" in kept.read_text(encoding="utf-8")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("stopped", [(KeyboardInterrupt, 130), (TrainingError("The loss exploded."), 1)])
def test_what_is_stopped_leaves_nothing(survey, tmp_path, monkeypatch, stopped):
    def stop(*_, **__):
        assert any(name.startswith(".lacunet-") for name in names_in(tmp_path))
        raise stopped[0]

    monkeypatch.setattr(lacunet.prediction.Mlp, "fit", stop)
    monkeypatch.setattr(lacunet.encoding.Autoencoder, "fit", stop)
    files = ("-o", tmp_path / "out.csv", "--save", tmp_path / "it.lacunet", "--quiet")
    assert run("predict", survey / "train.csv", "vote ~ age", *files) == stopped[1]
    assert run("encode", survey / "train.csv", *files) == stopped[1]
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "train.csv"), "A formula is needed"),
        (("predict", "train.csv", "vote ~ agee"), "Did you mean 'age'"),
        (("predict", "train.csv", "vote ~ age", "--hidden", "wide"), "--hidden got 'wide'"),
        (("predict", "train.csv", "vote ~ age", "--kind", "nomial"), "nomial"),
        (("predict", "train.csv", "vote ~ age", "--save", "vote.bin"), "ends in .lacunet"),
        (("predict", "train.csv", "vote ~ age", "-o", "vote.rtf"), "one of .csv"),
        (("predict", "train.csv", "age ~ region", "--kind", "quantiles", "--hidden", "none"), "--hidden 16"),
        (("predict", "vote.lacunet"), "--new"),
        (("predict", "vote.lacunet", "vote ~ age", "--new", "new.csv"), "a formula was given"),
        (("predict", "items.lacunet", "--new", "new.csv"), "holds a FittedAutoencoder"),
        (("predict", "vote.lacunet", "--new", "kept.csv", "-o", "twice.csv"), "has a column 'predicted' already"),
        (("predict", "nowhere.csv", "vote ~ age"), "no file 'nowhere.csv'"),
        (("encode", "train.csv", "--latent", "many"), "--latent got 'many'"),
        (("encode", "train.csv", "--latent", "9"), "--latent 9 is more than"),
        (("encode", "items.lacunet", "--latent", "1", "--new", "new.csv"), "--latent was given"),
        (("encode", "vote.lacunet", "--new", "new.csv"), "holds a FittedMlp"),
    ],
)
def test_what_does_not_fit_is_status_2(survey, network, encoder, monkeypatch, words, said, capsys):
    monkeypatch.chdir(survey)
    before = names_in(survey)
    assert run(*words) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
    assert names_in(survey) == before
