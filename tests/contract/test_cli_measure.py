"""``lacunet measure`` of words and documents: what Python gives, in files and on the terminal; nothing lost unasked."""

import json
import re
import subprocess
import sys

import pandas as pd
import pytest

from lacunet.cli.measures._table import lay_out
from lacunet.measures.association import weat
from lacunet.measures.axes import Axis, emotionality
from lacunet.measures.lists import expand
from tests.contract._measure_texts import answer, corpus, documents, make_folder, run, same, space

WIDTH = 100
POLES = ("--positive", "rich,wealthy", "--negative", "poor,hungry")
AXIS = Axis(["rich", "wealthy"], ["poor", "hungry"])
said_as_notes = pytest.mark.filterwarnings("default::lacunet.errors.DataWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("measure"))


@pytest.fixture(autouse=True)
def _here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def test_axis_scores_documents_as_python_does(folder, tmp_path, capsys):
    scores = AXIS.score(space(), corpus(folder))
    said = answer(capsys, "axis", "v3.lacunet", "texts.jsonl", "--text", "text", *POLES)
    same(said["rows"], scores.frame())
    assert said["data"] == ["v3.lacunet", "texts.jsonl"]
    assert set(scores.notes) <= set(said["notes"])
    for name, read in (("s.csv", pd.read_csv), ("s.parquet", pd.read_parquet), ("s.json", pd.read_json)):
        assert run("axis", "v3.lacunet", "texts.jsonl", *POLES, "-o", tmp_path / name, "-q") == 0
        assert capsys.readouterr() == ("", "")
        assert read(tmp_path / name)["score"].tolist() == pytest.approx(scores.frame()["score"].tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("options", "axis", "how"),
    [
        ((*POLES, "--documents", "words", "--weights", "sif"), AXIS, {"documents": "words", "weights": "sif"}),
        (("--pairs", "pairs.csv"), Axis.from_pairs([("rich", "poor"), ("wealthy", "hungry")]), {}),
        ((*POLES, "--how", "words"), Axis(["rich", "wealthy"], ["poor", "hungry"], how="words"), {}),
        (("--positive", "@lists.json:rich", "--negative", "@lists.json:poor"), AXIS, {}),
        (("--positive", "rich,wealth*", "--positive", "good"), Axis(["rich", "wealth*", "good"], []), {}),
    ],
)
def test_axis_takes_its_poles_in_many_ways(folder, capsys, options, axis, how):
    said = answer(capsys, "axis", "v3.lacunet", "texts.jsonl", *options)
    same(said["rows"], axis.score(space(), corpus(folder), **how).frame())


def test_axis_by_groups_with_clusters_and_fits(folder, tmp_path, capsys):
    groups = AXIS.score([space(3), space(4)], corpus(folder)).by("party", cluster="speaker", seed=5)
    words = ("axis", "v3.lacunet,v4.lacunet", "texts.jsonl", *POLES, "--by", "party", "--cluster", "speaker")
    said = answer(capsys, *words, "--seed", 5)
    same(said["rows"], groups.table())
    assert (said["seed"], said["by"], said["cluster"]) == (5, ["party"], "speaker")
    assert run(*words, "--seed", 5, "-o", tmp_path / "g.csv", "--plot", tmp_path / "g.png") == 0
    lines = capsys.readouterr().out.splitlines()
    shown = ["party", "estimate", "std_error", "se_documents", "sd_seeds", "conf_low", "conf_high", "n_documents"]
    assert [name for name in lines[0].split() if name not in ("df", "n_clusters")] == shown
    assert f"2 rows in {tmp_path / 'g.csv'}." in lines
    assert groups.summary().splitlines()[1] in lines
    assert (tmp_path / "g.png").read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv(tmp_path / "g.csv")) == 2


@said_as_notes
def test_numbers_written_as_text_are_read_where_asked(capsys):
    words = ("axis", "v3.lacunet", "texts.jsonl", *POLES, "--by", "written", "--seed", 1)
    assert run(*words) == 0
    assert "'written' holds numbers written as text" in capsys.readouterr().out
    assert run(*words, "--numbers", "written", "--json") == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["written"] == 1900


def test_the_terminal_shows_both_ends_within_its_width(folder, capsys):
    assert run("axis", "v3.lacunet", "texts.jsonl", *POLES, "--name", "wealth") == 0
    lines = capsys.readouterr().out.splitlines()
    table = lines[: lines.index("")]
    assert all(len(line) <= WIDTH for line in table)
    ends = AXIS.score(space(), corpus(folder)).extremes(5)
    assert [line.split()[:2] for line in table[1:11]] == [[e, str(d)] for e, d in zip(ends["end"], ends["document"])]
    assert any(line.startswith("wealth: cosine") for line in lines)


def test_words_are_those_of_python(capsys):
    same(answer(capsys, "words", "v3.lacunet", *POLES)["rows"], AXIS.words(space()))
    same(
        answer(capsys, "words", "v3.lacunet", "tax,bank", "law", *POLES)["rows"],
        AXIS.words(space(), ["tax", "bank", "law"]),
    )
    assert run("words", "v3.lacunet", *POLES, "-n", 2) == 0
    lines = capsys.readouterr().out.splitlines()
    order = AXIS.words(space())["word"].tolist()
    assert [line.split()[0] for line in lines] == ["word", *order[:2], "...", *order[-2:]]


def test_emotionality_is_that_of_python(folder, capsys):
    lists = ["love", "fear"], ["think", "reason"]
    words = ("emotionality", "v3.lacunet", "texts.jsonl", "--affect", "love,fear", "--cognition", "think,reason")
    same(answer(capsys, *words)["rows"], emotionality(space(), corpus(folder), *lists).frame())
    found = emotionality(space(), corpus(folder), *lists, form="difference").by("party", seed=2)
    said = answer(capsys, *words, "--form", "difference", "--by", "party", "--seed", 2)
    same(said["rows"], found.table())


def test_expand_is_that_of_python(tmp_path, capsys):
    found = expand([space(3), space(4)], ["rich", "money"], 5)
    words = ("expand", "v3.lacunet,v4.lacunet", "rich,money", "-n", 5)
    same(answer(capsys, *words)["rows"], found.table())
    assert run(*words, "-o", tmp_path / "e.csv", "--plot", tmp_path / "e.svg") == 0
    text = capsys.readouterr().out
    assert found.summary().splitlines()[0] in text
    assert pd.read_csv(tmp_path / "e.csv")["decision"].tolist() == ["open"] * 5


def test_weat_is_that_of_python(folder, tmp_path, capsys):
    sets = (
        {"rich": ["rich", "wealthy"]},
        {"poor": ["poor", "hungry"]},
        {"war": ["war", "fear"]},
        {"peace": ["peace", "love"]},
    )
    found = weat(space(), *sets)
    typed = ("--x", "@lists.json:rich", "--y", "@lists.json:poor", "--a", "@lists.json:war", "--b", "@lists.json:peace")
    for words in (("lists.json",), typed):
        said = answer(capsys, "weat", "v3.lacunet", *words)
        same(said["rows"], found.words)
        same([said["test"]], found.table())
    (tmp_path / "named.json").write_text(
        json.dumps({"A": ["war", "fear"], "b": ["peace", "love"], "X": ["rich", "wealthy"], "Y": ["poor", "hungry"]})
    )
    said = answer(capsys, "weat", "v3.lacunet", tmp_path / "named.json", "--alternative", "two-sided")
    assert said["test"]["effect_size"] == pytest.approx(found.effect_size)
    assert run("weat", "v3.lacunet", "lists.json", "--plot", tmp_path / "w.png") == 0
    assert f"d = {found.effect_size:.4g}" in capsys.readouterr().out


@said_as_notes
def test_unknown_words_are_said_once_with_the_nearest(capsys):
    words = ("axis", "v3.lacunet", "texts.jsonl", "--positive", "rich,wealthi", "--negative", "poor")
    assert run(*words) == 0
    said = capsys.readouterr()
    assert (said.out + said.err).count("1 of 2 words of the positive list") == 1
    assert "Did you mean 'wealthy'" in said.out
    assert run(*words, "--json") == 0
    said = capsys.readouterr()
    assert any("wealthi" in note for note in json.loads(said.out)["notes"])
    assert said.err == ""


def test_nothing_is_overwritten_without_force(tmp_path, capsys):
    for option, name in (("-o", "s.csv"), ("--plot", "s.png")):
        path = tmp_path / name
        path.write_text("mine", encoding="utf-8")
        assert run("axis", "v3.lacunet", "texts.jsonl", *POLES, option, path) == 2
        assert "--force" in capsys.readouterr().err
        assert path.read_text(encoding="utf-8") == "mine"
        assert run("axis", "v3.lacunet", "texts.jsonl", *POLES, option, path, "--force", "-q") == 0
        assert path.read_bytes() != b"mine"
    assert {path.name for path in tmp_path.iterdir()} == {"s.csv", "s.png"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("axis", "v3.lacunet", "texts.jsonl", "--positive", "horse", "--negative", "poor"), "horse"),
        (("axis", "v3.lacunet", "texts.jsonl"), "--positive"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--pairs", "pairs.csv"), "leave out one"),
        (("axis", "v3.lacunet", "none.jsonl", *POLES), "none.jsonl"),
        (("axis", "none.lacunet", "texts.jsonl", *POLES), "none.lacunet"),
        (("axis", "v3.lacunet,none.bin", "texts.jsonl", *POLES), "none.bin"),
        (("axis", ",", "texts.jsonl", *POLES), "VECTORS"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--text", "txt"), "Did you mean 'text'?"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--by", "prty"), "Did you mean 'party'?"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--by", "party", "--cluster", "speakr"), "'speaker'"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--cluster", "speaker"), "without --by"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--numbers", "party"), "'left' in 60 of 60 rows"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--numbers", "yeer"), "Did you mean 'year'?"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--how", "mean"), "--how mean"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "-o", "s.doc"), ".parquet"),
        (("axis", "v3.lacunet", "texts.jsonl", *POLES, "--plot", "s.bmp"), ".svg"),
        (("axis", "v3.lacunet", "texts.csv", *POLES, "-o", "texts.csv", "--force"), "is read here"),
        (("axis", "v3.lacunet", "texts.jsonl", "--positive", "@lists.json"), "holds 4 lists: rich, poor, war, peace"),
        (("axis", "v3.lacunet", "texts.jsonl", "--positive", "@lists.json:rch"), "Did you mean 'rich'?"),
        (("axis", "v3.lacunet", "texts.jsonl", "--positive", "@none.txt"), "no file 'none.txt'"),
        (("axis", "v3.lacunet", "texts.jsonl", "--pairs", "none.csv"), "no file 'none.csv'"),
        (("weat", "v3.lacunet", "none.json"), "no file 'none.json'"),
        (("axis", "v3.lacunet", "texts.jsonl", "--positive", "@empty.txt"), "holds no word"),
        (("words", "v3.lacunet", "taxx", *POLES), "Did you mean 'tax'"),
        (
            ("emotionality", "v3.lacunet", "texts.jsonl", "--affect", ",", "--cognition", "think"),
            "--affect names no word",
        ),
        (("emotionality", "v3.lacunet", "texts.jsonl", "--affect", "love"), "--cognition"),
        (("expand", "v3.lacunet", "richh"), "Did you mean 'rich'"),
        (("weat", "v3.lacunet", "--x", "rich,poor"), "--y, --a, --b"),
        (("weat", "v3.lacunet", "lists.json", "--x", "rich"), "leave out one"),
        (("weat", "v3.lacunet", "pairs.csv"), "'list'"),
        (("axs", "v3.lacunet"), "axs"),
    ],
)
@said_as_notes
def test_wrong_input_is_status_2_with_one_message(folder, capsys, words, says):
    before = {path.name for path in folder.iterdir()}
    assert run(*words) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert {path.name for path in folder.iterdir()} == before


def test_a_file_of_three_lists_is_no_weat(tmp_path, capsys):
    path = tmp_path / "three.json"
    path.write_text('{"a": ["war"], "b": ["love"], "x": ["tax"]}', encoding="utf-8")
    assert run("weat", "v3.lacunet", path) == 2
    assert f"--x @{path}:a" in capsys.readouterr().err


def test_help_names_the_commands_and_loads_nothing_heavy():
    code = """
import sys
from lacunet.cli import main
try:
    main(["measure", "--help"])
except SystemExit:
    print(sorted(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"'([^']+)'", done.stdout.splitlines()[-1]))
    assert not loaded & {"numpy", "pandas", "jax", "pyarrow", "matplotlib", "lacunet.table", "lacunet.measures"}
    names = (
        "axis",
        "words",
        "emotionality",
        "panel",
        "regression",
        "alacarte",
        "weat",
        "drift",
        "kwic",
        "expand",
        "sheet",
    )
    assert all(f"\n  {name} " in done.stdout for name in names)


def test_tables_say_what_they_leave_out():
    many = pd.DataFrame({"name": ["x" * 60] * 50, "late": [None] * 45 + [1.0] * 5, "std_error": [2e-5] * 50})
    lines = lay_out(many.assign(**{f"column_{j}": 1.5 for j in range(9)}), is_kept=False)
    assert all(len(line) <= WIDTH for line in lines[:-1])
    assert lines[0].split()[:3] == ["name", "late", "std_error"]
    assert lines[1].split()[:3] == ["x" * 39 + "…", "-", "0.000020"]
    assert lines[-1].startswith("Not shown: 10 more rows; columns column_")
    assert len(lay_out(many, is_kept=True)) == 41


@said_as_notes
def test_a_figure_that_cannot_be_drawn_leaves_no_file(tmp_path, capsys):
    frame = pd.DataFrame([row | {"code": str(i)} for i, row in enumerate(documents())] * 2)
    frame["code"] = [str(i) for i in range(len(frame))]
    frame.to_json(tmp_path / "texts.jsonl", orient="records", lines=True)
    words = ("axis", "v3.lacunet", tmp_path / "texts.jsonl", *POLES, "--by", "code", "--plot", tmp_path / "f.png")
    assert run(*words) == 2
    said = capsys.readouterr().err
    assert "write all with -o FILE" in said
    assert "add --numbers code" in said
    assert not (tmp_path / "f.png").exists()
