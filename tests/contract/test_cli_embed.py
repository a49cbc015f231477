"""``lacunet embed``: what Python gives, on the terminal and in files; nothing overwritten or left half written."""

import json

import numpy as np
import pandas as pd
import pytest

from lacunet.cli import _embed, _embed_files
from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import stability

SAME = 1e-6
"""Vectors are float32, in text with all of their digits."""
WORDS = ["the", "king", "queen", "man", "woman", "war", "peace", "treaty", "tax", "budget"]


def space(seed=3, words=WORDS):
    vectors = np.random.default_rng(seed).normal(size=(len(words), 6)).astype(np.float32)
    return Embeddings(words, vectors, np.arange(len(words), 0, -1))


@pytest.fixture
def folder(tmp_path):
    space().save_word2vec(tmp_path / "vectors.bin")
    return tmp_path


def run(*words):
    with pytest.raises(SystemExit) as stop:
        _embed.embed(args=[str(word) for word in words], prog_name="lacunet embed")
    return stop.value.code or 0


def answer(capsys, *words):
    assert run(*words, "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_nearest_is_that_of_python(folder, capsys):
    said = answer(capsys, "nearest", folder / "vectors.bin", "king", "-n", 3)
    found = space().nearest("king", 3)
    assert [row["word"] for row in said["nearest"]] == found["word"].tolist()
    np.testing.assert_allclose([row["similarity"] for row in said["nearest"]], found["similarity"], atol=SAME)
    assert run("nearest", folder / "vectors.bin", "king", "-n", 3) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["word", "similarity"]
    assert lines[1].split() == [found["word"][0], f"{found['similarity'][0]:.3f}"]
    assert len(lines) == 4


def test_nearest_to_the_middle_of_several(folder, capsys):
    said = answer(capsys, "nearest", folder / "vectors.bin", "king", "queen", "-n", 4)
    assert [row["word"] for row in said["nearest"]] == space().nearest(["king", "queen"], 4)["word"].tolist()


def test_analogy_is_that_of_python(folder, capsys):
    for method in ("add", "multiply"):
        words = ("king", "man", "woman", "-n", 2, "--method", method)
        said = answer(capsys, "analogy", folder / "vectors.bin", *words)
        found = space().analogy("king", "man", "woman", 2, method=method)
        assert [row["word"] for row in said["answers"]] == found["word"].tolist()
        np.testing.assert_allclose([row["score"] for row in said["answers"]], found["score"], atol=SAME)


def test_evaluate_is_that_of_python(folder, capsys):
    pairs = "king\tqueen\t9\nwar\tpeace\t5\ntax\tbudget\t8\nman\twoman\t7\nking\ttax\t1\nking\tunicorn\t2\n"
    (folder / "pairs.tsv").write_text(pairs, encoding="utf-8")
    questions = ": family\nking queen man woman\nking man queen woman\n: taxes\nwar peace tax budget\n"
    (folder / "questions.txt").write_text(questions, encoding="utf-8")
    said = answer(capsys, "evaluate", folder / "vectors.bin", folder / "pairs.tsv", folder / "questions.txt")
    one, other = said["sets"]
    found = space().evaluate(folder / "pairs.tsv")
    assert (one["kind"], one["n"], one["n_known"]) == ("pairs", 6, 5)
    assert one["score"] == pytest.approx(found.score, abs=SAME)
    assert other["kind"] == "analogies"
    assert [row["section"] for row in other["table"]][:2] == ["family", "taxes"]
    assert run("evaluate", folder / "vectors.bin", folder / "pairs.tsv", folder / "questions.txt") == 0
    text = capsys.readouterr().out
    assert f"{found.score:.3f}" in text
    assert "taxes" in text


def test_a_set_without_known_words_has_no_score(folder, capsys):
    (folder / "pairs.tsv").write_text("horse\tunicorn\t2\nsheep\tgoat\t5\n", encoding="utf-8")
    said = answer(capsys, "evaluate", folder / "vectors.bin", folder / "pairs.tsv")
    assert said["sets"][0]["score"] is None


@pytest.mark.parametrize("name", ["v.txt", "v.vec", "v.bin", "v.glove", "v.lacunet"])
def test_convert_keeps_every_vector(folder, capsys, name):
    said = answer(capsys, "convert", folder / "vectors.bin", folder / name)
    assert (said["n_words"], said["dim"]) == (len(WORDS), 6)
    again = _embed_files.read_vectors(folder / name)
    assert again.words == tuple(WORDS)
    np.testing.assert_allclose(again.vectors, space().vectors, atol=SAME)


def test_format_overrules_the_ending(folder, capsys):
    assert run("convert", folder / "vectors.bin", folder / "v.txt", "--format", "glove", "--limit", 3) == 0
    assert "3 words with 6 numbers each are in" in capsys.readouterr().out
    lines = (folder / "v.txt").read_text("utf-8").splitlines()
    assert [line.split()[0] for line in lines] == WORDS[:3]


def test_a_saved_file_keeps_counts_and_may_be_cut(folder):
    space().save(folder / "v.lacunet")
    found = _embed_files.read_vectors(folder / "v.lacunet", 4)
    assert found.words == tuple(WORDS[:4])
    assert found.counts.tolist() == [10, 9, 8, 7]


def test_stability_is_that_of_python(folder, capsys):
    files = [folder / f"fit{seed}.bin" for seed in (1, 2, 3)]
    for seed, path in zip((1, 2, 3), files, strict=True):
        space(seed).save_word2vec(path)
    words = ("--cues", "king,war", "--cues", "tax", "--random", 4, "--seed", 5)
    said = answer(capsys, "stability", *files, *words, "-o", folder / "table.csv")
    found = stability([space(seed) for seed in (1, 2, 3)], ["king", "war", "tax"], 4, seed=5)
    assert [row["cue"] for row in said["cues"]] == list(found.cues)
    np.testing.assert_allclose([row["correlation"] for row in said["cues"]], found.table()["correlation"], atol=SAME)
    assert said["overall"][0]["n_fits"] == 3
    assert pd.read_csv(folder / "table.csv")["cue"].tolist() == list(found.cues)
    assert run("stability", *files, *words, "-o", folder / "table.csv", "--force") == 0
    text = capsys.readouterr().out
    assert "3 chosen cues" in text
    assert "Written to" in text
    assert run("stability", *files, *words, "--quiet") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nearest", "vectors.bin", "kin"], "Did you mean 'king'?"),
        (["nearest", "none.bin", "king"], "none.bin"),
        (["nearest", "vectors.bin", "king", "-n", "0"], "n=0"),
        (["analogy", "vectors.bin", "king", "man", "woman", "--method", "mean"], "mean"),
        (["convert", "vectors.bin", "v.doc"], "ends in '.doc'"),
        (["convert", "vectors.bin", "v.bin", "--format", "csv"], "--format got 'csv'"),
        (["convert", "vectors.bin", "vectors.bin"], "--force"),
        (["convert", "vectors.bin", "none/v.bin"], "no folder"),
        (["stability", "vectors.bin"], "2 or more fits"),
        (["stability", "vectors.bin", "vectors.bin", "--cues", "kings"], "Did you mean 'king'?"),
        (["evaluate", "vectors.bin", "none.tsv"], "none.tsv"),
        (["train", "none.txt", "-o", "v.bin"], "none.txt"),
        (["none.txt", "-o", "v.doc"], "ends in '.doc'"),
        (["neerest", "vectors.bin", "king"], "neerest"),
        (["nearest", "vectors.bin"], "Missing argument"),
    ],
)
def test_wrong_input_is_status_2_with_one_message(folder, capsys, monkeypatch, words, says):
    monkeypatch.chdir(folder)
    before = {path.name for path in folder.iterdir()}
    assert run(*words) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert {path.name for path in folder.iterdir()} == before


def test_a_saved_thing_of_another_kind_is_refused(folder, capsys):
    from lacunet.keep import Parts, write_parts

    write_parts(folder / "other.lacunet", Parts(kind="Something", meta={}))
    assert run("nearest", folder / "other.lacunet", "king") == 2
    assert "Something" in capsys.readouterr().err


def test_help_names_the_questions(capsys):
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("train", "nearest", "analogy", "evaluate", "convert", "stability"))
