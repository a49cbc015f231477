"""``lacunet embed corpus.txt -o vectors.bin``: the vectors of Python, whole or not at all."""

import json
from pathlib import Path

import numpy as np
import pytest

import lacunet.embedding
from lacunet.cli import _embed, _embed_files
from lacunet.embedding import SkipGram
from lacunet.embedding.text import Tokens, read_corpus
from lacunet.errors import TrainingError

SAME = 1e-6
"""Vectors are float32, in text with all of their digits."""
SMALL = ("--dim", 8, "--epochs", 2, "--min-count", 2, "--seed", 3)
WORDS = ["War", "peace", "treaty", "tax", "budget", "King", "queen", "people", "law", "vote"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    rng = np.random.default_rng(2)
    texts = [" ".join(rng.choice(WORDS, 40)) + "." for _ in range(30)]
    (tmp_path / "speeches.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    lines = [json.dumps({"speech": text, "year": 1990 + i}) for i, text in enumerate(texts)]
    (tmp_path / "speeches.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    with pytest.raises(SystemExit) as stop:
        _embed.embed(args=[str(word) for word in words], prog_name="lacunet embed")
    return stop.value.code or 0


def fit(source, **options):
    return SkipGram(dim=8, epochs=2, min_count=2).fit(read_corpus(source, **options), seed=3)


def assert_same(path, fitted):
    found = _embed_files.read_vectors(Path(path))
    assert found.words == fitted.words
    np.testing.assert_allclose(found.vectors, fitted.vectors, atol=SAME)


@pytest.mark.parametrize("name", ["vectors.bin", "vectors.txt", "vectors.lacunet"])
def test_vectors_are_those_of_python(folder, capsys, name):
    assert run("speeches.txt", "-o", name, *SMALL) == 0
    assert_same(name, fit("speeches.txt"))
    said = capsys.readouterr().out
    assert f"10 words with 8 numbers each are in {name}." in said
    assert f"lacunet embed nearest {name}" in said
    assert {path.name for path in folder.iterdir()} == {"speeches.txt", "speeches.jsonl", name}


def test_train_may_be_said_and_threads_change_nothing(folder):
    assert run("train", "speeches.txt", "-o", "one.bin", *SMALL, "--threads", 1, "--quiet") == 0
    assert run(*SMALL, "speeches.txt", "-o", "two.bin", "--threads", 2, "--quiet") == 0
    assert (folder / "one.bin").read_bytes() == (folder / "two.bin").read_bytes()


def test_the_name_of_the_text_gives_that_of_the_vectors(folder, capsys):
    assert run("speeches.txt", *SMALL, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["output"] == "speeches-vectors.lacunet"
    assert (said["n_words"], said["dim"], said["n_tokens"], said["n_documents"]) == (10, 8, 1200, 30)
    assert (said["seed"], said["epochs"], said["format"]) == (3, 2, "lacunet")
    assert said["train_loss"] > 0
    assert (folder / "speeches-vectors.lacunet").exists()


def test_a_key_of_json_lines_and_options_of_the_text(folder, capsys):
    words = ("speeches.jsonl", "--text", "speech", "--keep-case", "--units", "sentence", "-o", "v.bin")
    assert run(*words, *SMALL, "--quiet") == 0
    assert_same("v.bin", fit("speeches.jsonl", text="speech", tokens=Tokens(lower=False, units="sentence")))
    assert "King" in _embed_files.read_vectors(folder / "v.bin")
    assert capsys.readouterr().out == ""


def test_nothing_is_overwritten_without_force(folder, capsys):
    (folder / "v.bin").write_text("mine", encoding="utf-8")
    assert run("speeches.txt", "-o", "v.bin", *SMALL) == 2
    assert "--force" in capsys.readouterr().err
    assert (folder / "v.bin").read_text("utf-8") == "mine"
    assert run("speeches.txt", "-o", "v.bin", *SMALL, "--force", "--quiet") == 0
    assert_same("v.bin", fit("speeches.txt"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["none.txt", "-o", "v.bin"], "none.txt"),
        (["speeches.txt", "-o", "v.bin", "--dim", "0"], "dim"),
        (["speeches.txt", "-o", "v.bin", "--min-count", "5000"], ""),
        (["speeches.txt", "-o", "v.bin", "--units", "page"], "page"),
        (["speeches.jsonl", "-o", "v.bin", "--text", "speach"], "speech"),
        (["speeches.txt", "-o", "speeches.txt", "--force"], "the text itself"),
        (["speeches.txt", "-o", "v.bin", "--format", "csv"], "--format got 'csv'"),
    ],
)
def test_wrong_input_is_status_2_with_one_message(folder, capsys, words, says):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: ")
    assert says in said
    assert "Traceback" not in said
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), 130), (TrainingError("Not finite."), 1)])
def test_a_run_that_stops_leaves_nothing(folder, capsys, monkeypatch, error, status):
    class Stopped:
        def fit(self, *_, **__):
            raise error

    monkeypatch.setattr(lacunet.embedding, "SkipGram", lambda **_: Stopped())
    assert run("speeches.txt", "-o", "v.bin", *SMALL) == status
    assert {path.name for path in folder.iterdir()} == {"speeches.txt", "speeches.jsonl"}
    assert "Traceback" not in capsys.readouterr().err
