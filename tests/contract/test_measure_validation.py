"""What validation promises: labels found, refusals that help, sheets that are blind and come back."""

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.measures.axes import Axis
from lacunet.measures.validation import RatingSheet, compare_ratings, known_groups, rating_sheet

WORDS = [f"w{i}" for i in range(40)]
SCORES = np.linspace(-1, 1, 60)
TEXTS = [f"This is text {i}." for i in range(60)]


@pytest.fixture(scope="module")
def spaces():
    made = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        vectors = rng.normal(size=(42, 8)) / 3
        vectors[:40, 0] += np.linspace(-1, 1, 40)
        vectors[40:] = np.eye(8)[[0, 0]] * [[1], [-1]]
        made.append(Embeddings([*WORDS, "good", "bad"], vectors))
    return made


@pytest.fixture(scope="module")
def axis():
    return Axis(["good"], ["bad"], name="good")


# ---------------------------------------------------------------- ratings


def test_ratings_come_in_many_forms(spaces, axis, tmp_path):
    rated = dict(zip(WORDS, np.arange(40.0), strict=True))
    frame = pd.DataFrame({"item": WORDS, "mean": np.arange(40.0), "n": 5})
    frame.to_csv(tmp_path / "survey.csv", index=False, encoding="utf-8-sig")
    first = compare_ratings(spaces[0], axis, rated)
    for given in (pd.Series(rated), frame, tmp_path / "survey.csv"):
        again = compare_ratings(spaces[0], axis, given, rating=None if isinstance(given, pd.Series) else "mean")
        assert again.table().equals(first.table())
    scores = axis.words(spaces[0], WORDS).set_index("word")["projection"]
    assert np.allclose(compare_ratings(None, scores, rated).correlations, first.correlations)
    assert np.allclose(compare_ratings(None, scores.to_dict(), rated).correlations, first.correlations)


def test_names_and_numbers_of_a_comparison(spaces, axis):
    found = compare_ratings(spaces, axis, dict(zip(WORDS, np.arange(40.0), strict=True)))
    table = found.table(level=0.9)
    assert table["statistic"].tolist() == ["Pearson", "Spearman"]
    assert (table["conf_low"] < table["estimate"]).all() and (table["estimate"] < table["conf_high"]).all()
    assert (found.table()["conf_low"] < table["conf_low"]).all()
    assert (table["sd_seeds"] > 0).all() and (table["std_error"] > table["se_documents"]).all()
    assert found.table()["n"].tolist() == [40, 40] and found.coverage == 1
    assert "40 of 40 rated items (100%)" in found.summary() and "Kozlowski" in found.cite()
    assert found.items["gap"].sum() == pytest.approx(0)
    assert len(found.plot().axes[0].collections[0].get_offsets()) == 40
    assert repr(found).startswith("RatingComparison(40 of 40")


def test_words_without_a_score_are_listed(spaces, axis):
    rated = {**dict(zip(WORDS[:10], range(10), strict=True)), "W11": 11, "wx1": 3, "zebra": 4}
    with pytest.warns(DataWarning, match="2 words of 13 rated ones have no score"):
        found = compare_ratings(spaces[0], axis, rated)
    assert found.unknown == ("wx1", "zebra") and len(found.items) == 11
    assert "W11" in found.items["item"].tolist()
    assert "zebra" in found.summary()


def test_documents_that_were_rated():
    ratings = np.where(np.arange(60) % 2, np.nan, SCORES**3)
    found = compare_ratings(None, SCORES, ratings)
    assert found.n_rated == 30 and found.table()["estimate"][1] == pytest.approx(1)
    with pytest.raises(DataError, match="60 scores and 59 ratings"):
        compare_ratings(None, SCORES, ratings[:-1])


def test_ratings_that_cannot_be_used(spaces, axis):
    space = spaces[0]
    with pytest.warns(DataWarning), pytest.raises(DataError, match="3 of 4 rated items have a score"):
        compare_ratings(space, axis, {"w1": 1, "w2": 2, "w3": 3, "zebra": 4})
    with pytest.raises(DataError, match="need to differ"):
        compare_ratings(space, axis, dict.fromkeys(WORDS, 1.0))
    with pytest.raises(DataError, match="'many'"):
        compare_ratings(space, axis, {"w1": "many", "w2": 2, "w3": 3, "w4": 4})
    with pytest.raises(DataError, match="rated twice"):
        compare_ratings(space, axis, pd.DataFrame({"word": ["w1", "w1", "w2"], "rating": [1, 2, 3]}))
    with pytest.raises(DataError, match="no rating"):
        compare_ratings(space, axis, {})
    frame = pd.DataFrame({"word": WORDS, "one": 1.0, "other": 2.0})
    with pytest.raises(ColumnError, match="rating="):
        compare_ratings(space, axis, frame)
    with pytest.raises(ColumnError, match="'other'"):
        compare_ratings(space, axis, frame, rating="othr")
    with pytest.raises(SpecError, match="int"):
        compare_ratings(space, axis, 3)
    with pytest.raises(SpecError, match="Embeddings"):
        compare_ratings(None, axis, dict(zip(WORDS, range(40), strict=True)))


# ---------------------------------------------------------------- known groups


def test_labels_decide_what_is_asked():
    half = np.where(SCORES > 0, "right", "left")
    two = known_groups(SCORES, half)
    assert two.kind == "two" and two.names == ("left", "right")
    assert two.table()["statistic"].tolist() == ["AUC", "standardised difference"]
    assert two.table()["estimate"][0] == 1 and 0.8 < two.table()["conf_low"][0] < 1
    assert known_groups(SCORES, half, higher="left").table()["estimate"][0] == 0
    assert known_groups(SCORES, np.arange(60) // 20, kind="groups").kind == "several"
    assert known_groups(SCORES, np.arange(60) // 20).kind == "ordered"
    assert known_groups(SCORES, pd.date_range("2000-01-01", periods=60)).kind == "ordered"
    grades = pd.Categorical(np.repeat(["low", "middle", "high"], 20), ["low", "middle", "high"], ordered=True)
    assert known_groups(SCORES, grades).table()["estimate"].min() > 0.9
    assert known_groups(SCORES, np.arange(60) % 2).kind == "two"


def test_groups_figures_and_sentences():
    labels = np.array(["a", "b", "c"])[np.arange(60) % 3]
    found = known_groups(np.r_[SCORES[:-1], np.nan], labels)
    assert found.groups()["n"].tolist() == [20, 20, 19]
    assert "1 document without a score or a label" in found.summary() and "3 groups" in found.summary()
    assert len(found.plot().axes[0].get_yticklabels()) == 3
    assert known_groups(SCORES, np.arange(60.0)).plot().axes[0].get_xlabel() == "known label"
    assert "DeLong" in known_groups(SCORES, labels == "a").cite()
    clustered = known_groups(SCORES, labels == "a", cluster=np.arange(60) // 6)
    assert clustered.n_clusters == 10 and "10 clusters are few" in clustered.summary()
    assert clustered.table()["df"].tolist() == [9, 9] and "Obuchowski" in clustered.cite()


def test_a_group_in_one_cluster_has_no_error():
    found = known_groups([1.0, 2.0, 3.0, 2.5], ["a", "a", "b", "b"], cluster=[1, 1, 2, 2])
    assert found.table()["std_error"].isna().all() and "In one cluster only" in found.summary()


def test_labels_by_the_name_of_a_variable(spaces, axis):
    frame = pd.DataFrame({"speech": ["w1 w2 w3", "w30 w31", "w5 w6", "w38 w39", "w2 w9"] * 4})
    frame["party"], frame["country"] = ["D", "R", "D", "R", "D"] * 4, list("abcdefghij") * 2
    scores = axis.score(spaces, frame, text="speech")
    found = known_groups(scores, "party", cluster="country")
    assert found.table()["estimate"][0] == 1 and found.n_clusters == 10
    assert found.table()["sd_seeds"][1] > 0
    several = known_groups(scores, list("xxyyz") * 4, cluster="country")
    assert several.kind == "several" and several.table()["sd_seeds"][0] > 0
    with pytest.raises(ColumnError, match="'party'"):
        known_groups(scores, "prty")
    with pytest.raises(ColumnError, match="no document variable"):
        known_groups(np.asarray(scores), "party")


@pytest.mark.parametrize(
    ("scores", "labels", "options", "error", "match"),
    [
        (SCORES, np.arange(59), {}, DataError, "60 scores and 59 labels"),
        (SCORES, ["a"] * 60, {}, DataError, "1 different label"),
        (SCORES, [f"label {i}" for i in range(60)], {}, DataError, "60 different labels"),
        (np.ones(60), ["a", "b"] * 30, {}, DataError, "do not differ"),
        (SCORES, [None] * 60, {}, DataError, "do not differ|different"),
        (SCORES, ["a", "b"] * 30, {"kind": "nominal"}, SpecError, "kind="),
        (SCORES, ["a", "b"] * 30, {"higher": "c"}, SpecError, "higher="),
        (SCORES, ["a", "b"] * 30, {"cluster": [1] * 60}, DataError, "one cluster"),
        (["x"] * 60, ["a", "b"] * 30, {}, DataError, "no numbers"),
    ],
)
def test_labels_that_cannot_be_used(scores, labels, options, error, match):
    with pytest.raises(error, match=match):
        known_groups(scores, labels, **options)


# ---------------------------------------------------------------- sheets


def fill(sheet, seed=0):
    rng = np.random.default_rng(seed)
    key = sheet.key
    if sheet.design == "single":
        return sheet.frame.assign(rating=np.clip(np.round(4 + 3 * key["score"] + rng.normal(size=len(key))), 1, 7))
    sure = key["score_left"] - key["score_right"] + rng.normal(size=len(key)) / 2
    return sheet.frame.assign(choice=np.where(sure > 0, "left", "right"))


def test_the_sheet_is_blind_and_balanced():
    sheet = rating_sheet(TEXTS, 30, scores=SCORES, raters=2, repeats=0.2, seed=1)
    assert list(sheet.frame) == ["row", "rater", "left", "right"]
    assert len(sheet) == 2 * (30 + 6) and sheet.design == "pairs"
    first = sheet.key[sheet.key["is_repeat"] == 0]
    assert sorted([*first[first["rater"] == 1]["left"], *first[first["rater"] == 1]["right"]]) == list(range(60))
    for _, own in first.groupby("rater"):
        assert (own["score_left"] > own["score_right"]).sum() == 15
    orders = [part["item"].tolist() for _, part in first.groupby("rater")]
    assert orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1])
    twice = sheet.key.merge(first, on=["rater", "item"], suffixes=("", "_first")).query("is_repeat == 1")
    assert (twice["left"] == twice["right_first"]).all() and len(twice) == 12
    assert rating_sheet(TEXTS, 30, scores=SCORES, raters=2, repeats=0.2, seed=1).key.equals(sheet.key)
    assert rating_sheet(TEXTS, 5, seed=None).seed is not None


def test_texts_stand_for_all_scores():
    sheet = rating_sheet(TEXTS, 20, scores=SCORES, design="single", raters=1, repeats=0.0, seed=3)
    drawn = np.sort(sheet.key["document"].to_numpy())
    assert (drawn // 3 == np.arange(20)).all()  # one from each slice of three
    some = rating_sheet(TEXTS, 20, design="single", raters=3, overlap=0.4, repeats=0.0, seed=3).key
    assert some.groupby("item")["rater"].nunique().value_counts().to_dict() == {3: 8, 1: 12}


def test_texts_are_shown_in_one_line_and_never_reckoned():
    texts = ["=1+1 is a sum", "two\nlines\x00 here", "two\nlines\x00 here", None, "", "plain"]
    sheet = rating_sheet(texts, 3, design="single", raters=1, repeats=0.0, seed=1)
    assert sorted(sheet.frame["text"]) == [" =1+1 is a sum", "plain", "two lines here"]
    assert sheet.notes == ("3 texts empty, repeated or without a score left out.",)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("design", ["pairs", "single"])
def test_sheets_go_out_and_come_back(tmp_path, design, ending):
    sheet = rating_sheet(TEXTS, 20, scores=SCORES, design=design, raters=2, seed=1, path=tmp_path / f"x{ending}")
    filled, names = fill(sheet), sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted([f"x-1{ending}", f"x-2{ending}", "x-key.csv"])
    column = "choice" if design == "pairs" else "rating"
    sheets = []
    for rater in (1, 2):
        place = tmp_path / f"x-{rater}{ending}"
        read = pd.read_csv(place) if ending == ".csv" else pd.read_excel(place)
        assert read[column].isna().all() and not [name for name in read if name.startswith(("score", "item"))]
        read[column] = filled[filled["rater"] == rater][column].to_numpy()
        (read.to_csv if ending == ".csv" else read.to_excel)(place, index=False)
        sheets.append(place)
    back = RatingSheet.read(tmp_path / "x-key.csv")
    assert back.design == design
    assert back.score(sheets).table().equals(sheet.score(filled).table())
    with pytest.raises(SpecError, match="exists"):
        sheet.save(tmp_path / f"x{ending}")
    assert sheet.save(tmp_path / f"x{ending}", force=True) == tmp_path / "x-key.csv"
    with pytest.raises(SpecError, match="make it anew"):
        back.save(tmp_path / "y.csv")


@pytest.mark.parametrize("design", ["pairs", "single"])
def test_names_and_numbers_of_the_agreement(design):
    sheet = rating_sheet(TEXTS, 25, scores=SCORES, design=design, seed=1)
    found = sheet.score(fill(sheet))
    table = found.table()
    assert set(table["about"]) == {"raters", "measure"}
    assert {"Fleiss' kappa", "same answers"} <= set(table["statistic"])
    assert ("Krippendorff's alpha, ordinal" in set(table["statistic"])) == (design == "single")
    assert (table["conf_low"] <= table["estimate"]).all() and (table["estimate"] <= table["conf_high"]).all()
    assert (found.table(level=0.5)["conf_low"] >= table["conf_low"]).all()
    assert len(found.pairs()) == 3 and (found.pairs()["n"] == 25).all()
    assert len(found.plot().axes[0].get_yticklabels()) == len(table)
    assert "75 answers by 3 raters to 25 items" in found.summary() and "Krippendorff" in found.cite()
    assert repr(found).startswith("RatingAgreement(3 raters, 25 items")


def test_answers_that_are_missing_are_counted():
    sheet = rating_sheet(TEXTS, 20, scores=SCORES, seed=1)
    filled = fill(sheet)
    filled.loc[filled["rater"] == 3, "choice"] = ""
    filled.loc[0, "choice"] = None
    with pytest.warns(DataWarning, match="24 rows of 66 have no answer"):
        found = sheet.score(filled.drop(index=1).assign(choice=lambda frame: frame["choice"].str.upper()))
    assert list(found.ratings.columns) == [1, 2] and found.n_missing == 24
    assert "left out: rater 3" in found.summary()


def test_one_rater_shows_no_agreement():
    sheet = rating_sheet(TEXTS, 20, scores=SCORES, raters=1, seed=1)
    found = sheet.score(fill(sheet))
    assert found.table()["about"].tolist() == ["raters", "measure"]  # the rater with herself, the measure with her
    assert "how far raters agree is not known" in found.summary()
    alone = rating_sheet(TEXTS, 20, raters=1, repeats=0.0, seed=1)
    done = alone.score(alone.frame.assign(choice="left"))
    assert done.table().empty and repr(done)


def test_raters_of_one_mind_have_no_alpha_and_say_so():
    sheet = rating_sheet(TEXTS, 10, scores=SCORES, design="single", seed=1)
    table = sheet.score(sheet.frame.assign(rating=4)).table().set_index("statistic")
    assert np.isnan(table.loc["Krippendorff's alpha, interval", "estimate"])
    assert table.loc["same answers", "estimate"] == 1


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda filled: filled.assign(row=filled["row"] + 1000), "rows 1 to 66"),
        (lambda filled: filled.assign(row="x"), "row 'x'"),
        (lambda filled: filled.assign(choice="both"), "'left' or 'right'"),
        (lambda filled: filled.assign(choice=""), "No row"),
        (lambda filled: filled.drop(columns="choice"), "no column 'choice'"),
        (lambda filled: filled.rename(columns={"row": "rows"}), "no column 'row'"),
        (lambda filled: pd.concat([filled.assign(choice="left"), filled.assign(choice="right")]), "answered twice"),
    ],
)
def test_sheets_that_cannot_be_read(change, match):
    sheet = rating_sheet(TEXTS, 20, scores=SCORES, seed=1)
    with pytest.raises(DataError, match=match):
        sheet.score(change(fill(sheet)))


@pytest.mark.parametrize("rating", [0, 8, 2.5, "often"])
def test_ratings_off_the_scale(rating):
    sheet = rating_sheet(TEXTS, 20, scores=SCORES, design="single", seed=1)
    with pytest.raises(DataError, match="whole number from 1 to 7"):
        sheet.score(sheet.frame.assign(rating=rating))


def test_a_file_that_is_no_key(tmp_path):
    sheet = rating_sheet(TEXTS, 20, scores=SCORES, seed=1)
    key = sheet.save(tmp_path / "x.csv")
    with pytest.raises(DataError, match=r"-key\.csv"):
        RatingSheet.read(tmp_path / "x-1.csv")
    key.write_text(key.read_text("utf-8").replace("\n1,", "\nfirst,"), "utf-8")
    with pytest.raises(DataError, match="before it was edited"):
        RatingSheet.read(key)


@pytest.mark.parametrize(
    ("texts", "options", "error", "match"),
    [
        (TEXTS, {"n": 31}, DataError, "lower n to 30"),
        (TEXTS, {"n": 20, "scores": SCORES[:-1]}, DataError, "60 texts and 59 scores"),
        (TEXTS, {"n": 20, "scores": np.ones(60)}, DataError, "scores are the same"),
        (TEXTS, {"n": 20, "design": "triads"}, SpecError, "'pairs' or about 'single'"),
        (TEXTS, {"n": 20, "overlap": 1.5}, SpecError, "overlap="),
        (TEXTS, {"n": 20, "repeats": True}, SpecError, "repeats="),
        (TEXTS, {"n": 20, "raters": 0}, SpecError, "raters="),
        (TEXTS, {"n": 20, "path": "sheet.docx"}, SpecError, ".csv or .xlsx"),
        ("one text", {}, SpecError, "list or a column"),
        ([1, 2, 3], {}, SpecError, "holds 1"),
    ],
)
def test_sheets_that_cannot_be_made(texts, options, error, match):
    with pytest.raises(error, match=match.replace(".", r"\.")):
        rating_sheet(texts, **options)


def test_groups_of_few_documents_are_named():
    found = known_groups(SCORES, ["a"] * 55 + ["b"] * 5)
    assert "Groups of fewer than 10 documents, whose intervals are rough: b (5)." in found.notes
    clustered = known_groups(SCORES, ["a"] * 55 + ["b"] * 5, cluster=[*range(55), *[99] * 5])
    assert any(note.startswith("In one cluster only") and note.endswith(": b.") for note in clustered.notes)
    assert known_groups(SCORES, ["a", "b"] * 30).notes == ()
