"""Tiny vectors, texts and lists in a folder, and ``lacunet measure`` on them."""

import json

import numpy as np
import pytest

from lacunet.cli import main
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus

WORDS = [
    *("the", "tax", "rich", "wealthy", "poor", "hungry", "war", "peace", "good", "bad", "think", "reason"),
    *("love", "fear", "congress", "senate", "bank", "money", "freedom", "liberty", "school", "farm", "law", "court"),
]
DIM = 4


def space(seed=3):
    vectors = np.random.default_rng(seed).normal(size=(len(WORDS), DIM)).astype(np.float32)
    return Embeddings(WORDS, vectors, np.arange(1000, 1000 - len(WORDS), -1))


def documents():
    """Sixty speeches of twelve speakers in two parties, from 1900 to 1959; the number of the year as text."""
    rng = np.random.default_rng(8)
    for i in range(60):
        words = rng.choice(WORDS, 40).tolist()
        yield {
            "text": " ".join(words),
            "year": 1900 + i,
            "written": str(1900 + i),
            "party": ("left", "right")[i % 2],
            "speaker": f"s{i % 12}",
        }


def make_folder(folder):
    """Write vectors of two seeds, the texts, and lists of words."""
    for seed in (3, 4):
        space(seed).save(folder / f"v{seed}.lacunet")
    lines = [json.dumps(row) for row in documents()]
    (folder / "texts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    lists = {
        "rich": ["rich", "wealthy"],
        "poor": ["poor", "hungry"],
        "war": ["war", "fear"],
        "peace": ["peace", "love"],
    }
    (folder / "lists.json").write_text(json.dumps(lists), encoding="utf-8")
    (folder / "pairs.csv").write_text("rich,poor\nwealthy,hungry\n", encoding="utf-8")
    (folder / "empty.txt").write_text("\n", encoding="utf-8")
    return folder


def corpus(folder):
    return read_corpus(folder / "texts.jsonl", text="text")


def run(*words):
    """Exit status of ``lacunet measure ...``."""
    with pytest.raises(SystemExit) as stop:
        main(["measure", *map(str, words)])
    return stop.value.code or 0


def answer(capsys, *words):
    """What ``--json`` says."""
    assert run(*words, "--json") == 0
    said = capsys.readouterr()
    assert said.err == ""
    return json.loads(said.out, parse_constant=_no_json)


def _no_json(word):
    raise AssertionError(f"{word} is no JSON")


def same(rows, frame):
    """Whether rows of JSON are those of a frame, to the last digits that JSON keeps."""
    assert rows == json.loads(frame.to_json(orient="records", double_precision=15))
