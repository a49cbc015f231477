"""Triads for raters: nothing on the sheet says whose word is whose, and every answer finds its key again."""

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import Triads, stability, triads
from lacunet.errors import DataError, SpecError

WORDS = ["freedom", "liberty", "rights", "war", "peace", "treaty", "tax", "welfare", "budget", "left", "null", "nan"]
HUMAN = {
    "freedom": ["speech", "liberty", "vote", "choice", "press"],
    "war": ["army", "peace", "death", "bomb", "soldier"],
    "tax": ["money", "income", "state", "law", "nan"],
}


def space(seed=3, words=WORDS):
    return Embeddings(words, np.random.default_rng(seed).normal(size=(len(words), 6)))


@pytest.fixture
def made():
    return triads(space(), list(HUMAN), HUMAN, n=6, n_neighbours=5, seed=1)


def test_the_words_are_those_of_both_lists(made):
    key = made.key
    for cue, own in key.groupby("cue"):
        near = set(space().nearest(cue, 5)["word"])
        assert set(own["model"]) <= near
        assert set(own["other"]) <= set(HUMAN[cue])
        both = near & set(HUMAN[cue])
        assert (own["overlap"] == len(both) ** 2 / 25).all()
        assert not (own["model"].isin(both) & own["other"].isin(both)).any()
        assert not own.duplicated(["model", "other"]).any()


def test_the_sheet_keeps_the_secret(made):
    sheet = made.frame
    assert list(sheet) == ["triad", "cue", "left", "right"]
    assert sheet["triad"].tolist() == list(range(1, 19))
    assert len(made) == 18
    shown = [{left, right} for left, right in zip(sheet["left"], sheet["right"])]
    assert shown == [{one, other} for one, other in zip(made.key["model"], made.key["other"])]
    assert sheet["cue"].tolist() != sorted(sheet["cue"])
    sides = made.key.groupby("cue")["model_side"].value_counts().unstack()
    assert (sides == 3).all(axis=None)


def test_the_same_seed_gives_the_same_sheet(made):
    pd.testing.assert_frame_equal(triads(space(), list(HUMAN), HUMAN, n=6, n_neighbours=5, seed=1).key, made.key)
    other = triads(space(), list(HUMAN), HUMAN, n=6, n_neighbours=5, seed=2)
    assert not other.frame.equals(made.frame)


def test_all_pairs_where_they_are_fewer():
    found = triads(space(), ["war"], {"war": ["army", "bomb"]}, n=100, n_neighbours=3, seed=1)
    assert len(found) == 6


def test_words_named_most_often_count():
    human = {"war": ["bomb", "Army", " army", "death", "army ", "bomb", "war", ""]}
    found = triads(space(), ["war"], human, n=100, n_neighbours=2, seed=1)
    assert set(found.key["other"]) == {"army", "bomb"}


def test_capitals_stay_where_the_model_has_them():
    words = ["War", *WORDS]
    assert "Army" in set(triads(space(words=words), ["War"], {"War": ["Army"]}, seed=1).key["other"])


def test_two_models_and_averages():
    fits = [space(seed) for seed in (1, 2, 3)]
    found = triads(stability(fits, n_random=2, seed=1), ["war", "tax"], space(9), n=3, n_neighbours=4, seed=1)
    near = stability(fits, n_random=2, seed=1).nearest("war", 4)["word"]
    own = found.key[found.key["cue"] == "war"]
    assert set(own["model"]) <= set(near)
    assert set(own["other"]) <= set(space(9).nearest("war", 4)["word"])


def test_a_cue_with_the_same_words_is_kept_in_the_key_alone():
    near = space().nearest("war", 3)["word"].tolist()
    found = triads(space(), ["war", "tax"], {"war": near, "tax": ["money"]}, n=2, n_neighbours=3, seed=1)
    assert set(found.frame["cue"]) == {"tax"}
    assert found.key["triad"].tolist() == [1, 2, 0]
    with pytest.raises(DataError, match="very words of the model"):
        triads(space(), ["war"], {"war": near}, n_neighbours=3, seed=1)


def test_saved_and_read_again(made, tmp_path):
    place = made.save(tmp_path / "sheet.csv")
    assert place.name == "sheet-key.csv"
    sheet = pd.read_csv(tmp_path / "sheet.csv", keep_default_na=False)
    assert list(sheet) == ["triad", "cue", "left", "right", "rater", "choice"]
    assert (sheet["choice"] == "").all()
    again = Triads.read(place)
    pd.testing.assert_frame_equal(again.key, made.key)
    sheet["choice"] = made.key["model_side"]
    sheet.to_csv(tmp_path / "filled.csv", index=False)
    assert (again.score(tmp_path / "filled.csv", seed=1).table()["index"] == 2).all()
    pd.testing.assert_frame_equal(again.score(sheet, seed=1).table(), made.score(sheet, seed=1).table())


def test_nothing_is_overwritten(made, tmp_path):
    made.save(tmp_path / "sheet.csv")
    (tmp_path / "sheet.csv").unlink()
    with pytest.raises(SpecError, match=r"sheet-key\.csv' exists"):
        made.save(tmp_path / "sheet.csv")
    assert not (tmp_path / "sheet.csv").exists()
    made.save(tmp_path / "sheet.csv", force=True)
    with pytest.raises(SpecError, match=r"\.csv"):
        made.save(tmp_path / "sheet.xlsx")


def test_choices_may_be_sides_or_words(made):
    by_side = pd.DataFrame({"triad": made.key["triad"], "choice": made.key["model_side"]})
    by_word = by_side.assign(choice=made.key["model"])
    shouted = by_side.assign(choice=" " + made.key["model_side"].str.upper())
    scores = [made.score(ratings, seed=1).table() for ratings in (by_side, by_word, shouted)]
    pd.testing.assert_frame_equal(scores[0], scores[1])
    pd.testing.assert_frame_equal(scores[0], scores[2])


def test_left_is_a_word_before_it_is_a_side():
    key = pd.DataFrame(
        {
            "triad": [1],
            "cue": ["party"],
            "model": ["left"],
            "other": ["vote"],
            "model_side": ["right"],
            "overlap": [0.0],
        }
    )
    found = Triads(key=key).score(pd.DataFrame({"triad": [1], "choice": ["left"]}), seed=1)
    assert found.overall()["index"][0] == 2


def test_empty_choices_are_left_out_and_said(made):
    ratings = pd.DataFrame({"triad": made.key["triad"], "choice": made.key["model_side"]})
    ratings = pd.concat([ratings, ratings.assign(choice=None).head(3)], ignore_index=True)
    found = made.score(ratings, seed=1)
    assert found.n_left_out == 3
    assert "3 rows without a choice left out." in str(found)
    assert found.overall()["n"][0] == 18


def test_polars_ratings(made):
    polars = pytest.importorskip("polars")
    ratings = pd.DataFrame({"triad": made.key["triad"], "choice": made.key["model_side"]})
    theirs = made.score(polars.from_pandas(ratings), seed=1).table()
    pd.testing.assert_frame_equal(theirs, made.score(ratings, seed=1).table())


def test_raters_are_those_of_the_answers(made):
    ratings = pd.DataFrame({"triad": made.key["triad"], "choice": "left", "rater": ["ann", "ben", "cay"] * 6})
    assert made.score(ratings, seed=1).n_raters == 3
    nobody = pd.DataFrame({"triad": [1], "choice": [None], "rater": [None]})
    assert made.score(pd.concat([ratings.astype(object), nobody.astype(object)]), seed=1).n_raters == 3
    assert "bootstrap over 3 raters" in str(made.score(ratings, seed=1))


def test_one_rater_is_no_sample_of_raters(made):
    ratings = pd.DataFrame({"triad": made.key["triad"], "choice": "left", "rater": "me"})
    found = made.score(ratings, seed=1)
    assert found.n_raters is None
    assert found.overall()["std_error"][0] > 0


def test_the_bootstrap_goes_by_its_seed(made):
    ratings = pd.DataFrame({"triad": made.key["triad"], "choice": "left"})
    first = made.score(ratings)
    pd.testing.assert_frame_equal(made.score(ratings, seed=first.seed).table(), first.table())
    narrow, wide = (made.score(ratings, level=level, seed=1).overall() for level in (0.5, 0.95))
    assert narrow["conf_low"][0] > wide["conf_low"][0]


def test_sentences_and_figure(made):
    found = made.score(pd.DataFrame({"triad": made.key["triad"], "choice": "left"}), seed=1)
    assert "Index 1.000" in str(found)
    assert "18 answers to 3 cues; bootstrap over answers, seed 1." in str(found)
    axes = found.plot().axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["freedom", "tax", "war", "all"]
    assert "18 triads for 3 cues" in str(made)


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: triads([1], ["war"], HUMAN), SpecError, "model is a list"),
        (lambda: triads(space(), "war", HUMAN), SpecError, "cues='war' is no list"),
        (lambda: triads(space(), [], HUMAN), SpecError, "is no list of words"),
        (lambda: triads(space(), ["war"], ["army"]), SpecError, "human is a list.*dictionary"),
        (lambda: triads(space(), ["peace"], HUMAN), DataError, "no words for the cue 'peace'"),
        (lambda: triads(space(), ["wars"], HUMAN), DataError, "'wars'.*'war'"),
        (lambda: triads(space(), ["war"], HUMAN, n=0), SpecError, "n=0"),
    ],
)
def test_what_is_refused(ask, error, says):
    with pytest.raises(error, match=f"(?s){says}"):
        ask()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: frame.drop(columns="choice").assign(Choices="left"), "no column 'choice'.*rename Choices"),
        (lambda frame: frame.assign(triad=99), "Row 1 .*triad '99'.*1 to 18"),
        (lambda frame: frame.assign(triad="x"), "Row 1 .*triad 'x'"),
        (lambda frame: frame.assign(choice="middle"), "Row 1 .*choice 'middle'.*'left', 'right'"),
        (lambda frame: frame.assign(choice=""), "no answer for the cue"),
        (lambda frame: frame.assign(rater=["", *["ann"] * 17]), "Row 1 .*names no rater.*1 of 18"),
        (lambda frame: frame.head(1), "no answer for the cue.*2 of 3 cues"),
    ],
)
def test_ratings_that_cannot_be_scored(made, change, says):
    ratings = pd.DataFrame({"triad": made.key["triad"], "choice": made.key["model_side"]})
    with pytest.raises(DataError, match=f"(?s){says}"):
        made.score(change(ratings), seed=1)


def test_options_of_the_bootstrap_are_checked(made):
    ratings = pd.DataFrame({"triad": made.key["triad"], "choice": "left"})
    with pytest.raises(SpecError, match="level=95"):
        made.score(ratings, level=95)
    with pytest.raises(SpecError, match="n_boot=5"):
        made.score(ratings, n_boot=5)


def test_what_is_no_key(made, tmp_path):
    made.save(tmp_path / "sheet.csv")
    with pytest.raises(DataError, match=r"no column 'model'.*-key"):
        Triads.read(tmp_path / "sheet.csv")
    with pytest.raises(DataError, match="cannot be read"):
        Triads.read(tmp_path / "none.csv")
    made.key.assign(overlap="much").to_csv(tmp_path / "bad-key.csv", index=False)
    with pytest.raises(DataError, match="no number"):
        Triads.read(tmp_path / "bad-key.csv")
