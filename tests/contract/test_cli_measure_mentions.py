"""``lacunet measure`` of mentions: panels, keyword in context, a la carte, regression, drift, and people's ratings."""

import json

import pandas as pd
import pytest

from lacunet._load import load
from lacunet.measures.actors import kwic, panel_scores
from lacunet.measures.alacarte import alacarte
from lacunet.measures.axes import Axis
from lacunet.measures.change import drift
from lacunet.measures.regression import embedding_regression
from lacunet.measures.validation import RatingSheet
from tests.contract._measure_texts import answer, corpus, documents, make_folder, run, same, space

POLES = ("--positive", "rich,wealthy", "--negative", "poor,hungry")
AXIS = Axis(["rich", "wealthy"], ["poor", "hungry"])
PLAIN = ("v3.lacunet", "texts.jsonl", "--transform", "identity")
BREAKS = [1900, 1930, 1960]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("mentions"))


@pytest.fixture(autouse=True)
def _here(folder, monkeypatch):
    monkeypatch.chdir(folder)


pytestmark = pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")  # tiny texts


def plain(texts):
    return alacarte(space(), texts, transform="identity", seed=6)


def test_panel_is_that_of_python(folder, tmp_path, capsys):
    actors = {"money": ["bank", "money"], "congress": ["congress"], "senate": ["senate"]}
    typed = ("--actors", "money=bank;money", "--actors", "congress,senate")
    found = panel_scores(space(), corpus(folder), actors, AXIS, by=["party"], transform="identity", cluster="speaker")
    words = ("panel", *PLAIN, *POLES, "--by", "party", "--cluster", "speaker")
    same(answer(capsys, *words, *typed)["rows"], found.frame())
    (tmp_path / "actors.json").write_text(json.dumps(actors), encoding="utf-8")
    for name in (tmp_path / "actors.json", f"@{tmp_path / 'actors.json'}"):
        said = answer(capsys, *words, "--actors", name)
        same(said["rows"], found.frame())
        assert said["actors"] == actors
    assert run(*words, *typed, "-o", tmp_path / "p.csv", "--plot", tmp_path / "p.png") == 0
    text = capsys.readouterr().out
    assert found.summary().splitlines()[0] in text
    assert pd.read_csv(tmp_path / "p.csv")["n_mentions"].tolist() == found.frame()["n_mentions"].tolist()


def test_kwic_is_that_of_python(folder, tmp_path, capsys):
    found = kwic(corpus(folder), ["bank", "money"], n=3, seed=4, by=["party"], window=2)
    words = ("kwic", "texts.jsonl", "bank,money", "-n", 3, "--seed", 4, "--by", "party", "--window", 2)
    same(answer(capsys, *words)["rows"], found.table())
    assert run(*words, "-o", tmp_path / "k.txt") == 0
    assert found.to_text() in capsys.readouterr().out
    assert (tmp_path / "k.txt").read_text(encoding="utf-8") == found.to_text()
    assert run(*words, "-o", tmp_path / "k.html", "-q") == 0
    page = (tmp_path / "k.html").read_text(encoding="utf-8")
    assert found.to_html() in page
    assert page.startswith('<!DOCTYPE html>\n<meta charset="utf-8">')
    assert run(*words, "-o", tmp_path / "k.csv", "-q") == 0
    assert pd.read_csv(tmp_path / "k.csv")["keyword"].tolist() == found.table()["keyword"].tolist()


def test_alacarte_asks_groups_what_python_asks(folder, tmp_path, capsys):
    carte = plain(corpus(folder)).embed(["freedom"], by="party")
    words = ("alacarte", *PLAIN, "freedom", "--by", "party", "--seed", 6)
    same(answer(capsys, *words, "-n", 3)["rows"], carte.nearest(n=3).table())
    same(answer(capsys, *words, "--words", "war,tax")["rows"], carte.similarity(["war", "tax"]).table())
    pair = ("--compare", "left,right")
    same(answer(capsys, *words, *pair, "-n", 3)["rows"], carte.ratio("left", "right", 3).table())
    said = answer(capsys, *words, *pair, "--words", "war,tax")
    same(said["rows"], carte.contrast("left", "right", ["war", "tax"]).table())
    assert (said["seed"], said["groups"]) == (6, ["left", "right"])
    assert run(*words, "-n", 3, "--plot", tmp_path / "a.png") == 0
    lines = capsys.readouterr().out.splitlines()
    assert set(carte.summary().lines) <= set(lines)
    assert len(lines) == len(set(lines)) + lines.count("") - 1


def test_a_transform_is_estimated_kept_and_used_again(folder, tmp_path, capsys):
    fitted = alacarte(space(), corpus(folder), min_count=1, held_out=0.1, seed=6)
    kept = tmp_path / "a.lacunet"
    words = ("alacarte", "v3.lacunet", "texts.jsonl", "--min-count", 1, "--seed", 6)
    said = answer(capsys, *words, "--save", kept)
    same(said["rows"], fitted.table())
    assert (load(kept).transform == fitted.transform).all()
    carte = alacarte(space(), corpus(folder), transform=load(kept), seed=6).embed(["freedom"])
    again = answer(capsys, "alacarte", "v3.lacunet", "texts.jsonl", "freedom", "--transform", kept, "--seed", 6)
    same(again["rows"], carte.nearest(n=10).table())
    assert run(*words, "--save", kept) == 2
    assert "--force" in capsys.readouterr().err
    assert run(*words, "--save", kept, "--force", "--quiet") == 0


def test_regression_is_that_of_python(folder, tmp_path, capsys):
    options = {"transform": "identity", "cluster": "speaker", "n_permutations": 19, "seed": 2}
    fitted = plain(corpus(folder))
    fitted.save(tmp_path / "a.lacunet")
    found = embedding_regression(space(), corpus(folder), "freedom ~ party + year", **options | {"transform": fitted})
    words = ("regression", "v3.lacunet", "texts.jsonl", "freedom ~ party + written", "--numbers", "written")
    words += ("--transform", tmp_path / "a.lacunet", "--cluster", "speaker", "--permutations", 19, "--seed", 2)
    said = answer(capsys, *words)
    assert [row["term"] for row in said["rows"]] == ["party[T.right]", "written"]
    assert [row["estimate"] for row in said["rows"]] == pytest.approx(found.table()["estimate"].tolist())
    assert [row["p_value"] for row in said["rows"]] == found.table()["p_value"].tolist()
    assert (said["n_instances"], said["seed"]) == (found.n_instances, 2)
    assert run(*words, "--save", tmp_path / "r.lacunet", "-o", tmp_path / "r.csv", "--plot", tmp_path / "r.png") == 0
    assert f"{found.n_instances} instances" in capsys.readouterr().out
    assert load(tmp_path / "r.lacunet").n_instances == found.n_instances
    assert pd.read_csv(tmp_path / "r.csv")["term"].tolist() == ["party[T.right]", "written"]
    assert run(*words[:3], "freedom ~ written", *words[6:]) == 0
    assert "add --numbers written" in capsys.readouterr().out


def test_a_transform_is_that_of_each_fit(folder, tmp_path, capsys):
    spaces = [space(3), space(4)]
    fitted = alacarte(spaces, corpus(folder), min_count=1, seed=6)
    fitted.save(tmp_path / "two.lacunet")
    found = embedding_regression(spaces, corpus(folder), "freedom ~ party", transform=list(fitted.transforms), seed=2)
    words = ("texts.jsonl", "freedom ~ party", "--transform", tmp_path / "two.lacunet", "--seed", 2)
    same(answer(capsys, "regression", "v3.lacunet,v4.lacunet", *words)["rows"], found.table())
    for vectors in ("v4.lacunet,v3.lacunet", "v4.lacunet"):
        assert run("regression", vectors, *words) == 2
        assert "was estimated for other vectors" in capsys.readouterr().err
    assert run("regression", "v3.lacunet", *words) == 2
    assert "2 transforms for 1" in capsys.readouterr().err


def test_drift_is_that_of_python(folder, tmp_path, capsys):
    found = drift(space(), corpus(folder), ["freedom", "war"], breaks=BREAKS, transform="identity", seed=3)
    words = ("drift", *PLAIN, "freedom,war", "--breaks", "1900,1930,1960", "--seed", 3)
    said = answer(capsys, *words)
    same(said["rows"], found.table())
    assert (said["slices"], said["by"]) == (list(found.labels), "year")
    assert run(*words, "--plot", tmp_path / "d.svg", "-o", tmp_path / "d.parquet") == 0
    assert found.summary().split(".")[0] in capsys.readouterr().out
    assert len(pd.read_parquet(tmp_path / "d.parquet")) == len(found.table())


def test_a_sheet_goes_out_and_comes_back(folder, tmp_path, capsys):
    assert run("axis", "v3.lacunet", "texts.jsonl", *POLES, "-o", tmp_path / "scores.csv", "-q") == 0
    words = ("sheet", "texts.jsonl", "--scores", tmp_path / "scores.csv", "-o", tmp_path / "wealth.csv", "-n", 12)
    assert run(*words, "--raters", 2, "--seed", 5) == 0
    text = capsys.readouterr().out
    assert f"lacunet measure agreement {tmp_path / 'wealth-key.csv'} {tmp_path / 'wealth-1.csv'} ..." in text
    scores = AXIS.score(space(), corpus(folder)).frame()["score"]
    written = [row["text"] for row in documents()]
    sheets = [tmp_path / f"wealth-{rater}.csv" for rater in (1, 2)]
    for path in sheets:
        frame = pd.read_csv(path)
        assert set(frame["left"]) <= set(written)
        is_left = [scores[written.index(a)] > scores[written.index(b)] for a, b in zip(frame["left"], frame["right"])]
        frame.assign(choice=["left" if yes else "right" for yes in is_left]).to_csv(path, index=False)
    said = answer(capsys, "agreement", tmp_path / "wealth-key.csv", *sheets)
    same(said["rows"], RatingSheet.read(tmp_path / "wealth-key.csv").score(sheets).table())
    assert [row["estimate"] for row in said["rows"] if row["about"] == "measure"] == [1.0]
    assert run(*words) == 2
    assert "--force" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("panel", *PLAIN, *POLES, "--actors", "bank=bank", "--actors", "bank=money"), "names 'bank' twice"),
        (("panel", *PLAIN, *POLES, "--actors", "none.csv"), "none.csv"),
        (("panel", *PLAIN, *POLES, "--actors", "=bank"), "NAME=spelling"),
        (("panel", *PLAIN, *POLES, "--actors", ","), "nobody"),
        (("panel", *PLAIN, *POLES, "--actors", "bnak"), "Did you mean 'bank'?"),
        (("panel", *PLAIN, *POLES, "--actors", "bank", "--by", "prty"), "Did you mean 'party'?"),
        (("kwic", "texts.jsonl", "bnak"), "Did you mean 'bank'?"),
        (("kwic", "texts.jsonl", ","), "names no word"),
        (("kwic", "none.jsonl", "bank"), "none.jsonl"),
        (("kwic", "texts.jsonl", "bank", "-n", "0"), "-n 0"),
        (("kwic", "texts.jsonl", "bank", "-o", "k.pdf"), ".html"),
        (("alacarte", *PLAIN, "--by", "party"), "--by was given without a target"),
        (("alacarte", *PLAIN, "freedom", "--compare", "left,right"), "without --by"),
        (("alacarte", *PLAIN, "freedom", "--by", "party", "--compare", "left"), "Two are needed"),
        (("alacarte", *PLAIN, "freedom", "--by", "party", "--compare", "left,rihgt"), "Did you mean 'right'?"),
        (("alacarte", "v3.lacunet", "texts.jsonl", "freedom", "--transform", "v3.lacunet"), "--transform needs"),
        (("alacarte", *PLAIN, "--save", "a.bin"), ".lacunet"),
        (("regression", *PLAIN, "freedom ~ prty"), "Did you mean 'party'?"),
        (("regression", *PLAIN, "freedmo ~ party"), "freedmo"),
        (("drift", *PLAIN, "freedom", "--by", "yeer"), "Did you mean 'year'?"),
        (("drift", *PLAIN, "freedom", "--breaks", "1900,1960"), "slice"),
        (("drift", *PLAIN, "freedom", "--reference", "last"), "--reference last"),
        (("sheet", "texts.jsonl", "-o", "s.txt"), ".xlsx"),
        (("sheet", "texts.jsonl", "-o", "s.csv", "--scores", "pairs.csv"), "--column"),
        (("sheet", "texts.jsonl", "-o", "s.csv", "-n", "500"), "60"),
        (("agreement", "none-key.csv", "none-1.csv"), "none-key.csv"),
    ],
)
def test_wrong_input_is_status_2_with_one_message(folder, capsys, words, says):
    before = {path.name for path in folder.iterdir()}
    assert run(*words) == 2
    said = capsys.readouterr()
    assert says in said.err
    assert "Traceback" not in said.err
    assert said.out == ""
    assert {path.name for path in folder.iterdir()} == before
