"""Alignment, slices and drift: what they promise, what they refuse, and what they show."""

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding import SkipGram
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.measures.change import Aligned, Drift, Slices, align, drift, fit_slices

WORDS = [f"w{i}" for i in range(30)]
SPEC = SkipGram(dim=8, epochs=1, min_count=2, held_out=0)
FAST = {"transform": "identity", "n_boot": 60, "n_permutations": 39, "seed": 4}
COLUMNS = (
    "word slice reference n_mentions n_documents drift null_mean excess estimate std_error conf_low conf_high "
    "chance_low chance_high p_value"
)


def make_space(seed=0, words=(*WORDS, "tax", "war"), d=8, noise=0.0):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(len(words), d)) + 0.3
    more = np.random.default_rng(seed).normal(size=vectors.shape)
    return Embeddings(words, vectors + noise * more, np.arange(len(words), 0, -1) * 9)


def make_frame(n=25, years=(1990, 1991, 1992)):
    rng = np.random.default_rng(1)
    rows = []
    for year in years:
        for k in range(n):
            parts = []
            for word in ("tax", "war"):
                first = 15 if word == "tax" and year == 1992 else 0
                parts += [*rng.choice(WORDS[first : first + 12], 5), word, *rng.choice(WORDS[first : first + 12], 5)]
            rows.append({"text": " ".join(parts), "year": year, "speaker": f"s{k % 9}"})
    return pd.DataFrame(rows)


def corpus_of(frame):
    return read_corpus(frame, text="text")


@pytest.fixture(scope="module")
def corpus():
    return corpus_of(make_frame())


@pytest.fixture(scope="module")
def found(corpus):
    return drift(make_space(), corpus, ["tax", "war"], **FAST)


@pytest.fixture(scope="module")
def slices(corpus):
    with pytest.warns(DataWarning, match="3 of 3 slices have fewer than 100,000 words"):
        return fit_slices(SPEC, corpus, seed=2)


# Alignment


def test_aligned_is_embeddings_that_say_how():
    one, other = make_space(1, noise=0.1), make_space(2, noise=0.1)
    made = align(one, other)
    assert isinstance(made, Aligned)
    assert isinstance(made, Embeddings)
    assert made.words == one.words
    np.testing.assert_array_equal(made.counts, one.counts)
    np.testing.assert_allclose(made.rotation @ made.rotation.T, np.eye(8), atol=1e-10)
    assert list(made.table().columns) == ["word", "similarity", "is_anchor", "count", "count_onto"]
    assert made.table()["similarity"].is_monotonic_increasing
    assert made.similarity("tax", "war") == pytest.approx(one.similarity("tax", "war"), abs=1e-6)
    assert "at length 1 and not centred" in made.notes[0]
    assert "at their own lengths and centred" in align(one, other, center=True, normalise=False).notes[0]
    assert made.notes[0] in made.summary()
    assert "Hamilton" in made.cite()


def test_few_anchors_are_warned_of():
    with pytest.warns(DataWarning, match="2 anchors leave part of a rotation in 8 dimensions"):
        made = align(make_space(), make_space(), words=["tax", "war"])
    assert made.anchors == ("tax", "war")
    with pytest.warns(DataWarning, match="3 anchors"):
        assert align(make_space(), make_space(), words=3).anchors == ("w0", "w1", "w2")


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")
def test_anchors_have_to_be_known_to_both():
    with pytest.raises(DataError, match="anchor"):
        align(make_space(), make_space(), words=["elsewhere"])
    with pytest.raises(DataError, match="no word in common"):
        align(make_space(), make_space(words=["a", "b", "c"]))
    assert align(make_space(), make_space(), words=["tax", "elsewhere"]).anchors == ("tax",)


def test_alignment_refuses_what_does_not_fit():
    with pytest.raises(SpecError, match="space has 8 dimensions, onto has 5"):
        align(make_space(), make_space(d=5))
    with pytest.raises(SpecError, match="onto is a list"):
        align(make_space(), [[1.0]])
    with pytest.raises(SpecError, match="no number of anchors"):
        align(make_space(), make_space(), words=0)


def test_a_vector_of_zeros_is_no_anchor():
    words = ["a", "b", "c", "d"]
    vectors = np.array([[1.0, 0], [0, 1], [1, 1], [0, 0]])
    made = align(Embeddings(words, vectors), Embeddings(words, vectors))
    assert made.anchors == ("a", "b", "c")


# Slices


def test_slices_are_a_mapping_in_order(slices):
    assert isinstance(slices, Slices)
    assert list(slices) == ["1990", "1991", "1992"]
    assert len(slices) == 3
    assert "1990" in slices
    assert 1990 not in slices
    assert isinstance(slices["1991"], Embeddings)
    assert slices.n_documents.tolist() == [25, 25, 25]
    assert slices.table()["n_words"].tolist() == [550, 550, 550]
    assert "seed 2" in slices.summary()
    assert "Rodman" in slices.cite()
    with pytest.raises(DataError, match="Did you mean '1990'"):
        slices["1990s"]


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")
@pytest.mark.parametrize("chained", [True, False])
def test_the_same_seed_fits_the_same_slices_on_any_threads(corpus, chained):
    one, other = (fit_slices(SPEC, corpus, seed=3, chained=chained, threads=n) for n in (1, 2))
    for label in one:
        np.testing.assert_array_equal(one[label].vectors, other[label].vectors)
    assert ("rotated" in one.notes[0]) is not chained


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")
def test_progress_and_breaks(corpus):
    heard = []
    made = fit_slices(SPEC, corpus, breaks=[1990, 1992, 1993], seed=1, progress=lambda *said: heard.append(said))
    assert list(made) == ["1990-1991", "1992-1993"]
    assert made.n_documents.tolist() == [50, 25]
    assert heard == [("slices", 0, 2), ("slices", 1, 2), ("slices", 2, 2)]


def test_slices_refuse_what_does_not_fit(corpus):
    with pytest.raises(SpecError, match="spec is a str"):
        fit_slices("SkipGram", corpus)
    with pytest.raises(ColumnError, match="Did you mean 'year'"):
        fit_slices(SPEC, corpus, by="yaer")
    with pytest.raises(DataError, match="gives one slice"):
        fit_slices(SPEC, corpus_of(make_frame(years=(1990,))))
    for wrong in ([1990, 1991], [1992, 1991, 1990], ["a", "b", "c"]):
        with pytest.raises(SpecError, match="breaks="):
            fit_slices(SPEC, corpus, breaks=wrong)


@pytest.mark.filterwarnings("ignore:3 of 3 slices")
def test_a_slice_too_small_to_fit_is_named():
    frame = make_frame()
    frame.loc[frame["year"] == 1991, "text"] = "one two three four"
    frame.loc[frame["year"] == 1991, "text"] += [f" {i} " for i in range(25)]
    spec = SkipGram(dim=8, epochs=1, min_count=60, held_out=0)
    with pytest.raises(DataError, match="Slice '1990' of 25 documents"):
        fit_slices(spec, corpus_of(frame), seed=1)


# How documents are cut


@pytest.mark.parametrize("empty", [None, "", " "])
def test_empty_cells_are_left_out_and_counted(empty):
    frame = make_frame()
    frame["year"] = frame["year"].astype(str).astype(object)
    frame.loc[:4, "year"] = empty
    with pytest.warns(DataWarning, match="5 of 75 documents are in no slice of 'year': 5 with an empty cell"):
        found = drift(make_space(), corpus_of(frame), "war", **FAST)
    assert found.table()["n_documents"].tolist() == [20, 25, 25]
    assert any("5 with an empty cell" in note for note in found.notes)


def test_documents_outside_the_breaks_are_counted(corpus):
    with pytest.warns(DataWarning, match="25 outside the breaks"):
        found = drift(make_space(), corpus, "war", breaks=[1990, 1991, 1991.5], **FAST)
    assert found.labels == ("1990 to 1991", "1991 to 1991.5")


def test_dates_and_levels_are_slices_in_their_order():
    frame = make_frame()
    frame["day"] = pd.to_datetime(frame["year"].astype(str) + "-06-01")
    frame["era"] = pd.Categorical(frame["year"].map({1990: "old", 1991: "mid", 1992: "new"}), ["old", "mid", "new"])
    corpus = corpus_of(frame)
    assert drift(make_space(), corpus, "war", by="era", **FAST).labels == ("old", "mid", "new")
    assert drift(make_space(), corpus, "war", by="day", **FAST).labels == ("1990-06-01", "1991-06-01", "1992-06-01")
    found = drift(make_space(), corpus, "war", by="day", breaks=["1990-01-01", "1991-01-01", "1993-01-01"], **FAST)
    assert found.table()["n_documents"].tolist() == [25, 50]


# Drift


def test_the_table_has_a_row_for_every_word_and_slice(found):
    table = found.table()
    assert isinstance(found, Drift)
    assert " ".join(table.columns) == COLUMNS
    assert table["word"].tolist() == ["tax"] * 3 + ["war"] * 3
    assert table["slice"].tolist() == ["1990", "1991", "1992"] * 2
    assert table["reference"].iloc[1:3].tolist() == ["1990", "1990"]
    assert np.isnan(table["estimate"].iloc[0])
    later = table[table["reference"].notna()]
    assert ((later["conf_low"] < later["estimate"]) & (later["estimate"] < later["conf_high"])).all()
    assert later["p_value"].between(1 / 40, 1).all()
    narrow = found.table(level=0.5).loc[later.index]
    assert (narrow["conf_high"] - narrow["conf_low"] < later["conf_high"] - later["conf_low"]).all()
    with pytest.raises(SpecError, match="level"):
        found.table(level=95)


def test_the_same_seed_gives_the_same_table_and_more_words_leave_it(corpus, found):
    again = drift(make_space(), corpus, ["war"], **FAST).table()
    pd.testing.assert_frame_equal(again, found.table().iloc[3:].reset_index(drop=True))
    drawn = drift(make_space(), corpus, "war", transform="identity", n_boot=60, n_permutations=9)
    repeated = drift(make_space(), corpus, "war", transform="identity", n_boot=60, n_permutations=9, seed=drawn.seed)
    pd.testing.assert_frame_equal(drawn.table(), repeated.table())


def test_the_slice_before_is_the_reference(corpus):
    found = drift(make_space(), corpus, "tax", reference="previous", **FAST).table()
    assert found["reference"].iloc[1:].tolist() == ["1990", "1991"]


def test_spellings_are_one_word(corpus):
    both = drift(make_space(), corpus, {"either": ["tax", "war"]}, **FAST)
    assert both.words == ("either",)
    assert both.table()["n_mentions"].tolist() == [50, 50, 50]


def test_several_fits_add_the_chance_of_the_seed(corpus):
    spaces = [make_space(seed, noise=0.2) for seed in range(3)]
    table = drift(spaces, corpus, "tax", **FAST).table().dropna(subset="reference")
    alone = drift(spaces[0], corpus, "tax", **FAST).table()
    assert "sd_seeds" not in alone.columns
    assert (table["sd_seeds"] > 0).all()
    expected = np.sqrt(table["se_documents"] ** 2 + table["sd_seeds"] ** 2 / 3)
    np.testing.assert_allclose(table["std_error"], expected, rtol=1e-10)


def test_words_by_slice_have_similarities_and_neighbours(found):
    near = found.similarity("tax", ["w1", "w20"])
    assert near["slice"].tolist() == ["1990", "1990", "1991", "1991", "1992", "1992"]
    w20 = near[near["other"] == "w20"]["estimate"].to_numpy()
    assert w20[2] > w20[:2].max()
    assert (near["conf_low"] < near["conf_high"]).all()
    neighbours = found.neighbours("tax", 3)
    assert list(neighbours.columns) == ["slice", "rank", "word", "similarity"]
    assert neighbours["rank"].tolist() == [1, 2, 3] * 3
    assert "tax" not in set(neighbours["word"])
    with pytest.raises(DataError, match="Did you mean 'tax'"):
        found.neighbours("taxx")


def test_it_says_what_it_found(found):
    assert "'tax' is farthest from '1990' in '1992'" in found.summary()
    assert "p = 0.025 by permutation" in found.summary()
    assert repr(found) == "Drift(2 words in 3 slices by 'year', alacarte)"
    assert "Dubossarsky" in found.cite()


def test_small_slices_are_warned_of_with_the_number():
    corpus = corpus_of(make_frame(n=6))
    with pytest.warns(DataWarning, match=r"fewer than 20 documents that mention a word: 'war' in 1990 \(6\)"):
        drift(make_space(), corpus, "war", **FAST)


@pytest.mark.filterwarnings("ignore:Slices with fewer")
def test_a_word_missing_in_a_slice_has_no_distance_there():
    frame = make_frame()
    before = frame["year"] == 1990
    frame.loc[before, "text"] = frame.loc[before, "text"].str.replace("war", "peace")
    found = drift(make_space(), corpus_of(frame), "war", **FAST).table()
    assert found["n_mentions"].tolist() == [0, 25, 25]
    assert found["reference"].isna().tolist() == [True, True, False]
    assert found["reference"].iloc[2] == "1991"


def test_words_that_do_not_occur(corpus):
    with pytest.warns(DataWarning, match="'elsewhere'"):
        found = drift(make_space(), corpus, ["war", "elsewhere"], **FAST)
    assert found.words == ("war",)
    with pytest.raises(DataError, match="does not occur"):
        drift(make_space(), corpus, "elsewhere", **FAST)
    with pytest.raises(SpecError, match="names no word"):
        drift(make_space(), corpus, [], **FAST)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"method": "magic"}, "method='magic'"),
        ({"reference": "last"}, "reference='last'"),
        ({"n_boot": 3}, "n_boot=3"),
        ({"n_permutations": -1}, "n_permutations=-1"),
        ({"method": "chained"}, "'chained' need a SkipGram"),
        ({"seed": -1}, "seed=-1"),
        ({"window": 0}, "window=0"),
        ({"transform": "magic"}, "transform='magic'"),
    ],
)
def test_wrong_options_are_refused(corpus, wrong, says):
    with pytest.raises(SpecError, match=says):
        drift(make_space(), corpus, "war", **(FAST | wrong))


def test_what_does_not_go_together_is_refused(corpus, slices):
    with pytest.raises(SpecError, match="a Corpus is needed"):
        drift(make_space(), None, "war")
    with pytest.raises(SpecError, match="Leave corpus out"):
        drift(slices, corpus, "war")
    with pytest.raises(SpecError, match="'alacarte' needs Embeddings"):
        drift(SPEC, corpus, "war")
    with pytest.raises(ColumnError):
        drift(make_space(), corpus, "war", cluster="speeker", **FAST)


# Drift of ready embeddings


def test_two_spaces_are_rotated_and_have_no_interval():
    q = np.linalg.qr(np.random.default_rng(3).normal(size=(8, 8)))[0]
    one = make_space()
    other = Embeddings(one.words, one.vectors @ q, one.counts)
    found = drift(one, other, ["tax"])
    assert found.table()["drift"].iloc[1] == pytest.approx(0, abs=1e-6)
    assert found.table()["conf_low"].isna().all()
    assert found.table()["p_value"].isna().all()
    assert "no interval and no null" in found.notes[-1]
    assert found.how.method == "procrustes"
    named = drift({"then": one, "now": other}, words="tax")
    assert named.labels == ("then", "now")
    assert found.similarity("tax", "war")["estimate"].nunique() <= 2
    assert found.plot() is not None


def test_slices_are_compared_as_they_stand(slices):
    found = drift(slices, words=["tax", "war"])
    assert found.how.method == "chained"
    one, other = (slices[label].units(slices[label].rows(["tax"]))[0] for label in ("1990", "1992"))
    assert found.table()["drift"].iloc[2] == pytest.approx(1 - one @ other, abs=1e-10)
    assert found.neighbours("tax", 2)["slice"].tolist() == ["1990", "1990", "1991", "1991", "1992", "1992"]


def test_refits_to_permuted_documents_are_a_null(slices):
    found = drift(slices, words="tax", n_refits=3, seed=1).table()
    assert found["p_value"].iloc[1:].isin([0.25, 0.5, 0.75, 1.0]).all()
    assert found["null_mean"].iloc[1:].notna().all()
    with pytest.warns(DataWarning, match="n_refits=7 trains 21 more embeddings"):
        drift(slices, words="tax", n_refits=7, seed=1)


@pytest.mark.filterwarnings("ignore::lacunet.errors.DataWarning")
@pytest.mark.parametrize("method", ["chained", "procrustes"])
def test_a_specification_is_fitted_slice_by_slice(corpus, method):
    found = drift(SPEC, corpus, ["tax"], method=method, seed=5)
    assert found.how.method == method
    assert found.table()["drift"].iloc[1:].notna().all()
    fitted = SPEC.fit(corpus, seed=1)
    again = drift(fitted, corpus, ["tax"], method=method, seed=5)
    pd.testing.assert_frame_equal(again.table(), found.table())


@pytest.mark.filterwarnings("ignore:3 of 3 slices")
def test_a_word_that_a_slice_lacks():
    frame = make_frame()
    before = frame["year"] == 1990
    frame.loc[before, "text"] = frame.loc[before, "text"].str.replace("tax", "levy")
    slices = fit_slices(SPEC, corpus_of(frame), seed=2)
    with pytest.raises(DataError, match="'taxes' is in 0 of 3 slices"):
        drift(slices, words="taxes")
    with pytest.raises(DataError, match="'levy' is in 1 of 3 slices"):
        drift(slices, words="levy")
    with pytest.warns(DataWarning, match=r"Missing in some slices, where the distance is NaN: 'tax' \(1 of 3\)"):
        table = drift(slices, words=["tax", "war"]).table()
    assert table["drift"].isna().tolist() == [True, True, False, True, False, False]


# Figures


def test_a_panel_for_each_word(found):
    figure = found.plot()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["tax", "war"]
    assert figure.axes[0].get_ylabel() == "cosine distance from the first slice"
    assert len(found.plot("tax").axes) == 1
