"""Panels: what comes back, what is said about it, and what is refused."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.measures.actors import Panel, panel_scores
from lacunet.measures.alacarte import alacarte
from lacunet.measures.axes import Axis

AXIS = Axis(["good", "fine"], ["bad", "poor"], name="praise")
WORDS = ["good", "fine", "bad", "poor", *(f"w{k}" for k in range(30))]
COLUMNS = ["score", "std_error", "se_documents", "sd_seeds", "df", "conf_low", "conf_high", "shrunken", "cosine"]
COLUMNS += ["difference", "n_mentions", "n_documents"]


def make_space(seed: int = 1) -> Embeddings:
    rng = np.random.Generator(np.random.PCG64(seed))
    return Embeddings(WORDS, rng.normal(size=(len(WORDS), 6)), np.arange(len(WORDS), 0, -1))


def make_frame(n: int = 120, seed: int = 2) -> pd.DataFrame:
    rng = np.random.Generator(np.random.PCG64(seed))
    texts = []
    for _ in range(n):
        words = rng.choice(WORDS, 30)
        places = rng.choice(np.arange(3, 27), 2, replace=False)
        words[places] = rng.choice(["epa", "dod"], 2)
        texts.append(" ".join(words))
    return pd.DataFrame(
        {
            "text": texts,
            "year": rng.choice([2001, 2002, 2003], n),
            "party": rng.choice(["D", "R"], n),
            "speaker": rng.integers(0, 15, n),
        }
    )


def score(
    space: Any = None, frame: Any = None, actors: Any = ("epa", "dod"), axis: Any = AXIS, **options: Any
) -> Panel:
    given = {"by": ["year", "party"], "text": "text", "transform": "identity"} | options
    frame = make_frame() if frame is None else frame
    actors = list(actors) if isinstance(actors, tuple) else actors
    return panel_scores(make_space() if space is None else space, frame, actors, axis, **given)


def test_a_panel_ready_for_a_regression() -> None:
    panel = score()
    frame = panel.frame()
    assert list(frame.columns) == ["actor", "year", "party", *COLUMNS]
    assert len(frame) == 2 * 3 * 2 == len(panel)
    assert frame["actor"].tolist() == ["epa"] * 6 + ["dod"] * 6
    assert frame["year"].tolist()[:6] == [2001, 2001, 2002, 2002, 2003, 2003]
    assert frame["n_mentions"].sum() == 240 and (frame["n_documents"] <= frame["n_mentions"]).all()
    assert (frame["conf_low"] < frame["score"]).all() and (frame["score"] < frame["conf_high"]).all()
    assert frame["sd_seeds"].isna().all()
    wide, narrow = panel.frame(0.99), panel.frame(0.5)
    assert (wide["conf_high"] > frame["conf_high"]).all() and (narrow["conf_high"] < frame["conf_high"]).all()


def test_cells_without_a_mention_are_rows_of_nothing() -> None:
    frame = make_frame()
    frame.loc[frame["year"] == 2003, "text"] = frame["text"].str.replace("epa", "w1")
    panel = score(frame=frame)
    empty = panel.frame().query("actor == 'epa' and year == 2003")
    assert (
        len(empty) == 2 and (empty["n_mentions"] == 0).all() and empty[["score", "cosine", "df"]].isna().all(axis=None)
    )
    assert len(panel.table()) == 10 and (panel.table()["n_mentions"] > 0).all()


def test_cells_below_the_least_number_have_no_score() -> None:
    few = score(least=20).frame()
    assert (few["score"].isna() == (few["n_mentions"] < 20)).all() and few["score"].notna().any()


def test_without_variables_there_is_one_cell_an_actor() -> None:
    assert score(by=()).frame()["actor"].tolist() == ["epa", "dod"]


def test_a_corpus_a_frame_and_an_alacarte_say_the_same() -> None:
    frame, space = make_frame(), make_space()
    corpus = read_corpus(frame, text="text")
    made = alacarte(space, corpus, held_out=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # random texts: vectors are all noise
        one = score(space, frame, transform=made).frame()
        pd.testing.assert_frame_equal(one, score(space, corpus, text=None, transform=made.transform).frame())


def test_the_transform_is_estimated_from_the_texts() -> None:
    frame, space = make_frame(), make_space()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # random texts: the transform finds no word again
        panel, again = score(space, frame, transform=None), score(space, frame, transform=None)
        made = alacarte(space, read_corpus(frame, text="text"), seed=3)
        given = score(space, frame, transform=made)
    pd.testing.assert_frame_equal(panel.frame(), again.frame())
    pd.testing.assert_frame_equal(panel.frame(), given.frame(), rtol=1e-6)
    assert "estimated on the same 3,600 words" in panel.summary() and "1,000,000 or more" in panel.summary()


def test_a_transform_of_other_embeddings_is_refused() -> None:
    one, other = make_space(), make_space(5)
    made = alacarte([one, other], transform=[np.eye(6), np.eye(6)])
    assert len(score([one, other], transform=made).fits) == 2
    for spaces in ([other, one], [one, make_space(7)]):
        with pytest.raises(SpecError, match="belongs to other embeddings"):
            score(spaces, transform=made)
    with pytest.raises(SpecError, match="belongs to other embeddings"):
        score(other, transform=[alacarte(one, transform=np.eye(6))])


def test_a_small_corpus_is_warned_of() -> None:
    with pytest.warns(DataWarning) as warned:
        score(transform=None)
    assert any("same 3,600 words" in str(one.message) and one.filename == __file__ for one in warned)


def test_what_variables_lack_is_told() -> None:
    frame = make_frame()
    frame["written"] = [str(1790 + i % 24) for i in range(len(frame))]
    frame["speaker"] = frame["speaker"].where(np.arange(len(frame)) >= 3)
    frame = pd.concat([frame, frame.iloc[-1:].assign(text="")], ignore_index=True)
    with pytest.warns(DataWarning) as warned:
        panel = score(frame=frame, by="written", cluster="speaker")
    assert any("'written' holds numbers written as text" in str(one.message) for one in warned)
    assert any("each of its 24 values" in note for note in panel.notes)
    assert "3 documents without a value of 'speaker' each count as a cluster of their own." in panel.notes
    assert "1 of 121 documents have no word." in panel.notes


def test_likeness_within_documents_is_told_only_where_it_can_be_known() -> None:
    frame = make_frame()
    assert "correlate" in score(frame=frame).summary()
    once = frame.assign(text=frame["text"].str.replace("dod", "w1").str.replace("epa", "w2") + " w3 w4 epa w5")
    assert "correlate" not in score(frame=once, actors=["epa"]).summary()  # no document has two mentions
    with pytest.warns(DataWarning) as warned:
        alone = score(frame=frame.iloc[:40].assign(own=np.arange(40)), by="own")
    assert any("rest on one document" in str(one.message) for one in warned)
    assert "correlate" not in alone.summary()  # no cell has two documents


def test_several_fits_are_a_second_source() -> None:
    fits = [make_space(seed) for seed in (1, 2, 3)]
    frame, seen = make_frame(), []
    panel = score(fits, frame, progress=lambda *told: seen.append(told))
    alone = [score(fit, frame).frame() for fit in fits]
    table = panel.frame()
    scores = np.stack([one["score"] for one in alone])
    np.testing.assert_allclose(table["score"], scores.mean(axis=0))
    np.testing.assert_allclose(table["sd_seeds"], scores.std(axis=0, ddof=1))
    np.testing.assert_allclose(table["std_error"] ** 2, table["se_documents"] ** 2 + table["sd_seeds"] ** 2 / 3)
    assert seen == [("fits", i, 3) for i in range(4)]
    assert "in 3 fits" in panel.summary()


def test_clusters_are_counted() -> None:
    frame = make_frame()
    panel = score(frame=frame, cluster="speaker", by="year")
    table = panel.frame()
    for row in table.itertuples():
        some = frame[(frame["year"] == row.year) & frame["text"].str.contains(row.actor)]
        assert row.n_documents == len(some) and row.n_clusters == some["speaker"].nunique()
    assert not np.allclose(table["std_error"], score(frame=frame, by="year").frame()["std_error"])


def test_contrasts_keep_apart_or_average() -> None:
    panel = score()
    table = panel.table().set_index(["actor", "year", "party"])["score"].unstack("party")
    each = panel.contrast("party", "D", "R")
    assert list(each.columns[:2]) == ["actor", "year"] and each["n_pairs"].eq(1).all()
    expected = (table["D"] - table["R"]).loc[list(zip(each["actor"], each["year"], strict=True))]
    np.testing.assert_allclose(each["estimate"], expected)
    whole = panel.contrast("party", "D", "R", over=["year", "actor"])
    assert len(whole) == 1 and whole["n_pairs"].tolist() == [6]
    np.testing.assert_allclose(whole["estimate"], expected.mean())
    assert whole["std_error"][0] < each["std_error"].min() and 0 < whole["p_value"][0] <= 1


def test_spellings_inside_another_count_once() -> None:
    texts = pd.DataFrame({"text": ["w1 environmental protection agency w2", "w1 agency w3 w4", "w2 agency w5"] * 4})
    actors = {"EPA": ["environmental protection agency"], "any": ["agency"]}
    panel = score(frame=texts, actors=actors, by=())
    assert panel.frame()["n_mentions"].tolist() == [4, 8]
    assert any("longest spelling only: 'agency' (any) in" in note for note in panel.notes)


def test_documents_without_a_value_are_left_out() -> None:
    frame = make_frame()
    frame["party"] = frame["party"].astype(object)
    frame.loc[:9, "party"] = None
    panel = score(frame=frame)
    assert panel.frame()["n_mentions"].sum() == 220
    assert any(note.startswith("20 mentions in documents without a value of year and party") for note in panel.notes)


def test_actors_that_are_never_mentioned_are_named() -> None:
    with pytest.warns(DataWarning, match="1 of 2 actors is never mentioned: nasa"):
        panel = score(actors=["epa", "nasa"])
    assert panel.frame().query("actor == 'nasa'")["n_mentions"].eq(0).all()


def test_cells_on_one_document_are_counted() -> None:
    frame = make_frame()
    frame["text"] = [text.replace("dod", "w3") if i else text + " w1 dod w2" for i, text in enumerate(frame["text"])]
    with pytest.warns(DataWarning) as warned:
        panel = score(frame=frame)
    assert any("1 of 7 cells (14.3%) rest on one document" in str(one.message) for one in warned)
    assert any("dod is hardly known" in str(one.message) for one in warned)
    alone = panel.table().query("actor == 'dod'")
    assert len(alone) == 1 and (alone["cosine"].notna()).all()


def test_nothing_but_single_documents_gives_cosines_only() -> None:
    texts = pd.DataFrame({"text": ["w1 epa w2", "w3 w4 epa w5"], "year": [1, 2]})
    with pytest.warns(DataWarning, match=r"(cannot be told from noise|rest on one document)"):
        panel = score(frame=texts, actors=["epa"], by="year")
    table = panel.table()
    assert table["score"].isna().all() and table["cosine"].notna().all()
    assert "No cell has a score" in panel.summary()


def test_what_it_says() -> None:
    panel = score()
    assert repr(panel) == "Panel(2 actors by year, party, 12 cells, 240 mentions)"
    assert "2 actors in 12 cells of year, party: 240 mentions" in panel.summary()
    assert "Mentions of one document correlate" in panel.summary()
    cited = panel.cite()
    assert "Bellodi" in cited and "Khodak" in cited and "SemAxis" in cited and cited.count("lacunet") == 1


def test_figures() -> None:
    panel = score()
    lines = panel.plot("epa").axes[0]
    assert lines.get_xlabel() == "year" and lines.get_ylabel() == "praise (noise-corrected cosine)"
    assert [line.get_label() for line in lines.get_lines() if not line.get_label().startswith("_")] == [
        "epa, D",
        "epa, R",
    ]
    rows = score(by="party").plot().axes[0]
    assert [label.get_text() for label in rows.get_yticklabels()] == ["epa, D", "epa, R", "dod, D", "dod, R"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"actors": {"a": ["epa"], "b": ["epa", "dod"]}}, SpecError, "'epa' is a spelling of"),
        ({"actors": ["epa", "epa"]}, SpecError, "twice"),
        ({"actors": []}, SpecError, "no target"),
        ({"actors": 3}, SpecError, "list of names"),
        ({"actors": ["eppa"]}, DataError, "Did you mean 'epa'"),
        ({"by": "jear"}, ColumnError, "Did you mean 'year'"),
        ({"by": "empty"}, DataError, "No document has a value of 'empty'"),
        ({"by": "score"}, SpecError, "column of the panel itself"),
        ({"cluster": "speeker"}, ColumnError, "Did you mean 'speaker'"),
        ({"axis": ["good"]}, SpecError, "An Axis is needed"),
        ({"axis": Axis(["splendid"], ["bad"])}, DataError, "positive"),
        ({"transform": "none"}, SpecError, "'identity'"),
        ({"transform": np.eye(3)}, DataError, r"\(6, 6\)"),
        ({"transform": [np.eye(6), np.eye(6)]}, SpecError, "2 transforms for 1 fit,"),
        ({"window": 0}, SpecError, "window"),
        ({"least": 0}, SpecError, "least"),
    ],
)
def test_what_is_refused(options: dict, error: type[Exception], words: str) -> None:
    frame = make_frame()
    frame["score"], frame["empty"] = 1, None
    with pytest.raises(error, match=words):
        score(frame=frame, **options)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (("partty", "D", "R"), SpecError, "Did you mean 'party'"),
        (("party", "D", "G"), SpecError, "They are: 'D', 'R'"),
        (("party", "D", "D"), SpecError, "two values"),
        (("party", "D", "R", "party"), SpecError, "over="),
    ],
)
def test_contrasts_that_are_refused(asked: tuple, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        score().contrast(*asked[:3], over=asked[3] if len(asked) > 3 else ())


def test_actors_to_draw_have_to_be_known() -> None:
    with pytest.raises(SpecError, match="none of the panel's"):
        score().plot("nasa")
