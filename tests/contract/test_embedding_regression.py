"""What an embedding regression promises: reproducible, saved and loaded alike, nothing lost in silence."""

from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.keep import read_parts
from lacunet.measures.alacarte import alacarte
from lacunet.measures.regression import embedding_regression
from lacunet.measures.regression._load import restore

WORDS = [a + b for a in "bcdfg" for b in "aeiou"]
DIM = 3
COLUMNS = ["term", "estimate", "norm", "norm_squared_raw", "bias", "std_error", "se_documents", "sd_seeds", "df"]
COLUMNS += ["conf_low", "conf_high", "p_value"]
INTERVAL = ["word", "estimate", "std_error", "se_documents", "sd_seeds", "df", "conf_low", "conf_high"]


def chance(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.fixture(scope="module")
def space():
    return Embeddings(WORDS, chance(1).normal(size=(len(WORDS), DIM)), np.arange(len(WORDS), 0, -1))


@pytest.fixture(scope="module")
def frame():
    draw = chance(2)
    texts = [" ".join([*draw.choice(WORDS, 5), "tax", *draw.choice(WORDS, 5)]) for _ in range(48)]
    return pd.DataFrame(
        {
            "text": texts,
            "party": pd.Categorical(np.tile(["D", "R", "I"], 16), categories=["D", "R", "I", "never"]),
            "year": 2000.0 + np.arange(48) % 5,
            "speaker": [f"s{i // 6}" for i in range(48)],
        }
    )


def fitted(space, frame, formula="tax ~ party + year", **options):
    given = {"text": "text", "transform": np.eye(DIM), "n_permutations": 19, "seed": 3} | options
    return embedding_regression(space, frame, formula, **given)


def turned(space):
    """The same cosines on other axes."""
    turn = np.linalg.qr(chance(9).normal(size=(DIM, DIM)))[0]
    return Embeddings(space.words, space.vectors @ turn, space.counts)


@pytest.fixture(scope="module")
def result(space, frame):
    return fitted(space, frame)


def test_tables_have_their_columns(result):
    assert list(result.table().columns) == COLUMNS
    assert result.table()["term"].tolist() == ["party[T.R]", "party[T.I]", "year"]
    assert result.terms == ("Intercept", "party[T.R]", "party[T.I]", "year")
    assert result.coefficients.shape == (4, DIM)
    assert result.joint_tests()["term"].tolist() == ["party"]
    at = {"party": ["D", "R"], "year": 2001}
    assert list(result.nearest(at, 2).columns) == ["party", "year", *INTERVAL]
    assert len(result.nearest(at, 2)) == 4
    assert list(result.contrast({"party": "D"}, {"party": "R"}, "ba").columns)[:4] == [
        "word",
        "first",
        "second",
        "estimate",
    ]
    assert set(result.ratio({"party": "D"}, {"party": "R"}, 3)["near"]) <= {"both", "first", "second"}


def test_the_level_widens_the_interval(result):
    one, other = result.table(0.8), result.table(0.99)
    assert (other["conf_high"] > one["conf_high"]).all()
    assert (other["conf_low"] < one["conf_low"]).all()
    with pytest.raises(SpecError, match="level=95"):
        result.table(95)


def test_the_same_seed_gives_the_same_numbers_and_the_frame_is_left_alone(space, frame, result):
    before = frame.copy()
    again = fitted(space, frame)
    pd.testing.assert_frame_equal(again.table(), result.table())
    pd.testing.assert_frame_equal(frame, before)
    other = fitted(space, frame, n_permutations=199, seed=None)
    assert other.seed != result.seed
    pd.testing.assert_frame_equal(other.table().drop(columns="p_value"), result.table().drop(columns="p_value"))


def test_a_corpus_read_before_gives_the_same(space, frame, result):
    again = fitted(space, read_corpus(frame, text="text"), text=None)
    pd.testing.assert_frame_equal(again.table(), result.table())


@pytest.mark.parametrize("formula", ["tax ~ party * year", "tax ~ 1", "tax ~ bs(year, df=4)", "tax ~ party | speaker"])
def test_saved_and_loaded_it_answers_alike(space, frame, tmp_path, formula):
    with pytest.warns(DataWarning, match="8 clusters"):
        both = [np.eye(DIM)] * 2
        result = fitted([space, turned(space)], frame, formula, cluster="speaker", weights="cluster", transform=both)
    result.save(tmp_path / "fit.lacunet")
    loaded = restore(read_parts(tmp_path / "fit.lacunet"))
    pd.testing.assert_frame_equal(loaded.table(), result.table())
    pd.testing.assert_frame_equal(loaded.joint_tests(), result.joint_tests())
    at = {"party": "R"} if "party" in formula else {"year": 2001} if "year" in formula else {}
    pd.testing.assert_frame_equal(loaded.nearest(at, 4), result.nearest(at, 4))
    assert str(loaded.summary()) == str(result.summary())
    assert (loaded.n_documents, loaded.n_clusters, loaded.seed) == (48, 8, 3)
    with pytest.raises(SpecError, match="exists"):
        result.save(tmp_path / "fit.lacunet")


def test_a_file_cannot_keep_functions_of_the_user(space, frame, tmp_path):
    result = fitted(space, frame, "tax ~ I(year.clip(2001))")
    with pytest.raises(DataError, match="cannot keep"):
        result.save(tmp_path / "fit.lacunet")


def test_it_says_what_it_rests_on(result):
    text = str(result.summary())
    assert "48 instances in 48 documents" in text
    assert "seed 3" in text
    assert "Rodriguez" in result.cite()
    assert repr(result) == "EmbeddingRegression('tax ~ party + year', 48 instances in 48 documents, 4 terms)"
    assert len(result.plot().axes[0].get_yticklabels()) == 3


def test_mentions_of_one_document_are_told_of(space, frame):
    double = frame.assign(text=frame["text"] + " " + frame["text"])
    assert any("cluster='document'" in note for note in fitted(space, double).notes)
    clustered = fitted(space, double, cluster="document")
    assert clustered.n_clusters == 48
    assert not any("cluster='document'" in note for note in clustered.notes)


def test_rows_without_a_covariate_are_left_out_and_counted(space, frame):
    holes = frame.assign(year=frame["year"].where(np.arange(48) >= 3))
    with pytest.warns(DataWarning, match=r"3 of 48 instances lack a variable \(year 3\)") as caught:
        result = fitted(space, holes)
    assert {one.filename for one in caught} == {__file__}
    assert result.n_instances == 45
    assert any("3 instances" in note for note in result.notes)
    expected = fitted(space, frame.iloc[3:]).table()
    pd.testing.assert_frame_equal(result.table(), expected)


def test_mentions_without_a_known_word_are_left_out_and_counted(space, frame):
    more = pd.concat([frame, frame.iloc[:2].assign(text="zu tax ze")], ignore_index=True)
    result = fitted(space, more)
    assert result.n_instances == 48
    assert any("2 of 50 mentions" in note for note in result.notes)


def test_thin_levels_few_clusters_and_lone_rows_are_told_of(space, frame):
    lone = frame.assign(party=np.where(np.arange(48) == 0, "X", "D"))
    with pytest.warns(DataWarning, match=r"party\[T.X\] \(1\)"):
        result = fitted(space, lone, "tax ~ party")
    assert any("party[T.X] (1)" in note for note in result.notes)
    assert np.isfinite(result.table()["std_error"]).all()
    with pytest.warns(DataWarning, match="There are 2 clusters"):
        two = fitted(space, frame.assign(half=np.arange(48) % 2), "tax ~ year", cluster="half")
    assert np.isnan(two.table()["std_error"]).all()


def test_a_transform_of_its_own_needs_a_large_corpus(space, frame):
    with pytest.warns(DataWarning) as caught:
        result = fitted(space, frame, transform=None)
    assert any("528 words" in str(one.message) and one.filename == __file__ for one in caught)
    assert any("estimated on the same" in note for note in result.notes)


@pytest.mark.parametrize("one_each", [False, True])
def test_a_transform_of_other_embeddings_is_refused(space, frame, one_each):
    other = Embeddings(WORDS, chance(5).normal(size=(len(WORDS), DIM)), space.counts)
    made = alacarte([other, space], transform=[np.eye(DIM), 2 * np.eye(DIM)])
    parts = [alacarte(one, transform=np.eye(DIM)) for one in (other, space)] if one_each else made
    with pytest.raises(SpecError, match="belongs to other embeddings"):
        fitted([space, other], frame, transform=parts)
    assert fitted([other, space], frame, transform=parts).n_embeddings == 2


@pytest.mark.parametrize("kind", ["datetime64[ns]", "object", "timedelta64[ns]"])
def test_dates_are_refused_by_name(space, frame, kind):
    days = pd.Series(pd.date_range("2001-01-01", periods=48))
    dated = frame.assign(day=days.dt.date if kind == "object" else days if "date" in kind else days - days[0])
    with pytest.raises(DataError, match="'day' holds dates"):
        fitted(space, dated, "tax ~ party + day")
    with pytest.raises(ColumnError, match=r"'day\.dt\.month' is no column"):
        fitted(space, dated.assign(day=days), "tax ~ day.dt.month")
    assert fitted(space, dated.assign(day=days), "tax ~ I(day.dt.month)").n_instances == 48


@pytest.mark.parametrize("right", ["party +. x", "f('x').y()", "C(", "party +"])
def test_a_formula_that_cannot_be_read_is_shown(space, frame, right):
    with pytest.raises(SpecError, match="cannot be read") as raised:
        fitted(space, frame, f"tax ~ {right}")
    assert repr(right) in str(raised.value) and ".." not in str(raised.value)


def test_a_level_of_numbers_that_never_occurs_is_named(space, frame):
    frame = frame.assign(year=2000.0 + np.arange(48) % 4)
    for formula in ("tax ~ C(year)", "tax ~ C(year, contr.sum) + party"):
        result = fitted(space, frame, formula)
        with pytest.raises(DataError, match=r"'year' is never 1999 among.*It is: 2000.0, 2001.0"):
            result.nearest({"year": 1999})
        assert len(result.nearest({"year": 2001}, 2)) == 2
    assert len(fitted(space, frame, "tax ~ year").nearest({"year": 1999}, 2)) == 2


def test_numbers_written_as_text_are_told_of(space, frame):
    years = [str(1790 + i // 2) for i in range(48)]
    with pytest.warns(DataWarning) as caught:
        result = fitted(space, frame.assign(written=years), "tax ~ written")
    assert any("'written' holds numbers written as text" in str(one.message) for one in caught)
    assert any("each of its 24 values" in note for note in result.notes)
    with pytest.warns(DataWarning, match="fewer than 10"):
        meant = fitted(space, frame.assign(written=years), "tax ~ C(written)")
    assert not any("written as text" in note for note in meant.notes)


def test_documents_without_a_cluster_and_notes_of_the_corpus_are_told_of(space, frame):
    holes = frame.assign(speaker=frame["speaker"].where(np.arange(48) >= 3))
    holes["text"] = holes["text"] + " " + holes["text"]
    more = pd.concat([holes, frame.iloc[:1].assign(text="")], ignore_index=True)
    with pytest.warns(DataWarning, match="clusters of 'speaker'"):
        result = fitted(space, more, cluster="speaker")
    assert "3 documents without a value of 'speaker' each count as a cluster of their own." in result.notes
    assert "1 of 49 documents have no word." in result.notes
    assert any(note.startswith("There are 11 clusters") for note in result.notes)


def test_terms_of_few_instances_are_not_called_the_largest(space, frame):
    is_rare = np.arange(48) < 2
    rare = frame.assign(
        party=np.where(is_rare, "X", frame["party"].astype(str)),
        text=np.where(is_rare, "ba ba tax ba ba", frame["text"]),
    )
    with pytest.warns(DataWarning, match="fewer than 10 instances"):
        result = fitted(space, rare, "tax ~ party + year")
    assert any("party[T.X] (2)" in note and "Join rare levels" in note for note in result.notes)
    table = result.table()
    assert table.loc[table["estimate"].idxmax(), "term"] == "party[T.X]"
    assert "The largest of the terms with enough instances is 'party[T." in str(result.summary())
    assert "is 'party[T.X]'" not in str(result.summary())


def test_neighbours_are_sought_among_frequent_words(space, frame, result):
    at, other = {"party": "D"}, {"party": "R"}
    among = result.nearest(at, 25, min_count=20)
    assert set(among["word"]) == set(WORDS[:6])
    assert among.attrs["notes"] == ("Neighbours are sought among the 6 words with 20 occurrences or more.",)
    assert set(result.ratio(at, other, 25, min_count=20)["word"]) == set(WORDS[:6])
    assert set(result.nearest(at, 25, candidates=["b*", "ca"])["word"]) == {*WORDS[:5], "ca"}
    both = fitted([space, turned(space)], frame, transform=[np.eye(DIM)] * 2)
    assert both.nearest(at, 25, min_count=20)["word"].tolist() == among["word"].tolist()
    with pytest.raises(SpecError, match="Both candidates and min_count"):
        result.ratio(at, other, candidates=["ba"], min_count=2)


def test_a_level_of_text_that_never_occurs_is_named(space, frame):
    result = fitted(space, frame.assign(party=frame["party"].map({"D": "Democratic", "R": "Republican", "I": "Other"})))
    for at in ({"party": "Democrat"}, {"party": "Democrat", "year": 2001}):
        with pytest.raises(DataError, match=r"never 'Democrat' among the instances.*Did you mean 'Democratic'"):
            result.nearest(at)


def test_every_embedding_has_its_own_transform(space, frame):
    turn = np.linalg.qr(chance(9).normal(size=(DIM, DIM)))[0]
    spaces = [space, Embeddings(WORDS, space.vectors @ turn, space.counts)]
    matrix = chance(10).normal(size=(DIM, DIM))
    made = alacarte(spaces, transform=[matrix, turn.T @ matrix @ turn], seed=1)
    own = fitted(spaces, frame, transform=list(made.transforms))
    pd.testing.assert_frame_equal(fitted(spaces, frame, transform=made).table(), own.table())
    near = fitted(spaces, frame, transform=made).nearest({"party": "R"}, 5)
    assert (near["sd_seeds"] < 1e-6).all()  # single precision: the second space is the first one turned
    one = fitted(space, frame, transform="identity").table()
    pd.testing.assert_frame_equal(one, fitted(space, frame).table())
    with pytest.raises(SpecError, match="1 transform for 2 fits"):
        fitted(spaces, frame, transform=matrix)


@pytest.mark.parametrize(
    ("formula", "options", "error", "match"),
    [
        ("tax", {}, SpecError, "not whole"),
        ("tax ~ ", {}, SpecError, "no right side"),
        ("~ party", {}, SpecError, "names no word"),
        ("tax ~ party", {"target": "tax"}, SpecError, "target= does, too"),
        ("tax | ~ party", {}, SpecError, "empty spelling"),
        ("tax ~ party |", {}, SpecError, "not whole"),
        ("tax ~ party +", {}, SpecError, "cannot be read"),
        ("tax ~ partie", {}, ColumnError, "Did you mean 'party'"),
        ("tax ~ party | speker", {}, ColumnError, "Did you mean 'speaker'"),
        ("levy ~ party", {}, DataError, "'levy' does not occur"),
        ("tax ~ party + flat", {}, DataError, "'flat' are the same in all 48"),
        ("tax ~ year + twice", {}, DataError, "linear combinations"),
        ("tax ~ own | speaker", {}, DataError, "do not vary within"),
        ("tax ~ C(text_id)", {}, DataError, "48 coefficients and only 48"),
        ("tax ~ party", {"text": "speech"}, ColumnError, "speech"),
        ("tax ~ party", {"cluster": "speeker"}, ColumnError, "Did you mean 'speaker'"),
        ("tax ~ party", {"cluster": "flat"}, DataError, "one cluster of 'flat'"),
        ("tax ~ party", {"weights": "size"}, SpecError, "weights='size'"),
        ("tax ~ party", {"weights": "cluster"}, SpecError, "needs clusters"),
        ("tax ~ party", {"transform": np.eye(2)}, DataError, r"shape \(2, 2\)"),
        ("tax ~ party", {"transform": [np.eye(3)] * 2}, SpecError, "2 transforms for 1 fit"),
        ("tax ~ party", {"transform": "mean"}, SpecError, "'mean' is not known"),
        ("tax ~ party", {"window": 0}, SpecError, "window=0"),
        ("tax ~ party", {"n_permutations": -1}, SpecError, "n_permutations=-1"),
        ("tax ~ party", {"seed": -1}, SpecError, "seed=-1"),
        ("~ party", {"target": {"a": "tax", "b": "ba"}}, SpecError, "2 targets"),
    ],
)
def test_what_cannot_be_done_is_refused(space, frame, formula, options, error, match):
    wide = frame.assign(
        flat=1.0,
        twice=2 * frame["year"],
        own=[float(name[1:]) for name in frame["speaker"]],
        text_id=[str(i) for i in range(48)],
    )
    with pytest.raises(error, match=match), pytest.warns(DataWarning) if "text_id" in formula else nullcontext():
        fitted(space, wide, formula, **options)


def test_embeddings_are_needed(frame):
    with pytest.raises(SpecError, match="Embeddings is needed"):
        fitted("vectors.bin", frame)


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda r: r.nearest({"partie": "D"}), ColumnError, "Did you mean 'party'"),
        (lambda r: r.nearest({"party": "X"}), DataError, "never 'X'"),
        (lambda r: r.nearest({"year": "then"}), DataError, "'year' is a number"),
        (lambda r: r.nearest({"party": "never"}), DataError, "never 'never'"),
        (lambda r: r.nearest({"year": np.nan}), DataError, "gap"),
        (lambda r: r.nearest({"party": ["D", "R"], "year": [1, 2, 3]}), SpecError, "different lengths"),
        (lambda r: r.nearest(3), SpecError, "no row of covariate values"),
        (lambda r: r.nearest({"party": "D"}, 0), SpecError, "n=0"),
        (lambda r: r.similarity({"party": "D"}, ["tax"]), DataError, "'tax' is not among"),
        (lambda r: r.contrast({"party": ["D", "R"]}, {"party": "I"}, ["ba"]), SpecError, "2 rows"),
    ],
)
def test_questions_that_have_no_answer_are_refused(result, ask, error, match):
    with pytest.raises(error, match=match):
        ask(result)
