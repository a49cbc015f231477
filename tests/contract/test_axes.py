"""What axes and scores promise: frames ready for a regression, chance recorded, and mistakes explained."""

import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.measures.axes import Axis, GroupScores, Scores, emotionality
from lacunet.report._interval_rows import draw_rows

WORDS = tuple(f"w{i}" for i in range(20))
EXACT = 1e-12
"""A few roundings of float64."""


def make_space(seed=0):
    return Embeddings(WORDS, np.random.default_rng(seed).normal(size=(20, 4)), range(20, 0, -1))


def make_frame(n=60):
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(WORDS, 12)) for _ in range(n)]
    country = np.tile(["cz", "de", "fr", "it", "pl"], n // 5)
    return pd.DataFrame({"text": texts, "year": np.repeat([1990, 1991, 1992], n // 3), "country": country})


AXIS = Axis(["w1", "w2"], ["w3"], name="hope")


def make_scores(fits=1, **options):
    spaces = [make_space(seed) for seed in range(fits)]
    return AXIS.score(spaces if fits > 1 else spaces[0], make_frame(), text="text", **options)


def test_an_axis_is_a_specification():
    assert Axis(("w1", "w2"), ["w3"], name="hope") == AXIS
    assert Axis("w1", "w3").positive == ("w1",)
    assert Axis.from_pairs([("a", "b"), ("c", "d")]) == Axis(["a", "c"], ["b", "d"], how="pairs")
    with pytest.raises(AttributeError):
        AXIS.name = "fear"
    for how, author in (("centroids", "An, J."), ("words", "Watanabe")):
        assert author in Axis(["a"], how=how).cite()


def test_all_words_come_from_the_most_positive_down():
    table = AXIS.words(make_space())
    assert set(table["word"]) == set(WORDS)
    assert table["projection"].is_monotonic_decreasing
    assert table["sd_seeds"].isna().all()
    assert AXIS.words(make_space(), "w1?")["word"].tolist() == [f"w1{i}" for i in range(10)]


def test_the_frame_is_ready_for_a_regression():
    scores = make_scores()
    frame = scores.frame()
    assert list(frame) == ["year", "country", "score", "n_words", "n_known", "std_error"]
    assert frame["n_words"].eq(12).all()
    assert len(scores) == len(frame) == 60
    np.testing.assert_array_equal(np.asarray(scores), frame["score"])
    np.testing.assert_array_equal(scores["score"], frame["score"])
    assert scores["country"][1] == "de"
    assert np.asarray(scores, dtype=np.float32).dtype == np.float32
    assert "sd_seeds" in make_scores(fits=2).frame()
    table = scores.table(level=0.9)
    assert ((table["conf_low"] < table["score"]) & (table["score"] < table["conf_high"])).all()


def test_a_variable_that_is_named_like_a_score_stays_beside_it():
    frame = make_frame().rename(columns={"year": "score"})
    found = AXIS.score(make_space(), frame, text="text").frame()
    assert found["score_variable"].tolist() == frame["score"].tolist()
    assert list(found).count("score") == 1


def test_a_corpus_and_its_texts_score_alike():
    frame = make_frame()
    one = AXIS.score(make_space(), read_corpus(frame, text="text"))
    np.testing.assert_array_equal(one.values, AXIS.score(make_space(), frame, text="text").values)
    np.testing.assert_array_equal(one.values, AXIS.score(make_space(), [text.split() for text in frame["text"]]).values)


def test_documents_without_a_known_word_have_no_score_and_leave_the_means_alone():
    frame = make_frame()
    frame.loc[[3, 7], "text"] = "unheard of"
    with pytest.warns(DataWarning, match="2 of 60 documents have no known word"):
        scores = AXIS.score(make_space(), frame, text="text")
    assert np.flatnonzero(np.isnan(np.asarray(scores))).tolist() == [3, 7]
    table = scores.by("year", seed=1).table()
    assert table["n_documents"].tolist() == [18, 20, 20]
    np.testing.assert_allclose(table["estimate"][0], np.nanmean(np.asarray(scores)[:20]), atol=EXACT)
    assert "2 without" in scores.summary()
    assert "want of a score: 2 documents" in scores.by("year", seed=1).summary()
    assert not scores.extremes(60)["score"].isna().any()


def test_one_word_makes_a_score_without_an_error():
    scores = AXIS.score(make_space(), [["w5"], ["w5", "w6"]])
    assert np.isnan(scores.errors[0]).tolist() == [True, False]
    np.testing.assert_allclose(np.asarray(scores)[0], AXIS.words(make_space(), ["w5"])["projection"][0], atol=1e-6)


def test_groups_have_their_sizes_and_intervals():
    groups = make_scores(fits=2).by("year", "country", n_boot=100, seed=3)
    table = groups.table()
    assert isinstance(groups, GroupScores)
    assert len(groups) == len(table) == 15
    assert list(table) == [
        *("year", "country", "estimate", "std_error", "se_documents", "sd_seeds", "df", "conf_low", "conf_high"),
        *("n_documents", "n_words"),
    ]
    assert table["n_documents"].eq(4).all()
    assert table["n_words"].eq(48).all()
    assert (table["conf_low"] < table["conf_high"]).all()
    assert "n_clusters" in make_scores().by("year", cluster="country", n_boot=100, seed=3).table()
    assert "year" not in make_scores().by(n_boot=100, seed=3).table()


def test_print_says_what_was_found_in_full():
    scores = make_scores(fits=2)
    assert str(scores) == scores.summary()
    groups = scores.by("year", n_boot=100, seed=3)
    summary, _, rows = str(groups).partition("\n\n")
    assert summary == groups.summary()
    assert "Mean hope by 'year', 3 groups." in summary
    assert rows.splitlines()[0].split() == ["year", "estimate", "std_error", "conf_low", "conf_high", "n_documents"]
    assert len(rows.splitlines()) == 4
    every = pd.DataFrame({"text": ["w1 w2"] * 101, "id": range(101)})
    with pytest.warns(DataWarning, match="have one document"):
        many = AXIS.score(make_space(), every, text="text").by("id", n_boot=10, seed=3)
    assert str(many).endswith("... and 1 more: see .table()")


def test_documents_can_be_given_variables_and_taken_in_part():
    scores = make_scores(fits=2)
    more = scores.assign(late=scores["year"] > 1990, one="x")
    assert more.by("late", n_boot=10, seed=1).table()["n_documents"].tolist() == [20, 40]
    assert more["one"].eq("x").all()
    assert "late" not in scores.variables
    part = more.where(more["late"])
    assert len(part) == 40
    pd.testing.assert_frame_equal(part.frame(), more.frame()[more["late"]].reset_index(drop=True))
    assert "Of 60 documents 40 are kept." in part.notes
    shuffled = scores["year"].sample(frac=1, random_state=1)
    np.testing.assert_array_equal(scores.assign(x=shuffled)["x"], shuffled)
    with pytest.raises(DataError, match="2 values for 60 documents"):
        scores.assign(x=[1, 2])
    for mask in ([True], [False] * 60, list(range(60))):
        with pytest.raises(DataError, match="One True or False for each of the 60 documents"):
            scores.where(mask)


def test_warnings_of_lists_point_at_the_line_of_the_user():
    with pytest.warns(DataWarning, match="known") as caught:
        emotionality(make_space(), make_frame(), ["w1", "xyz"], ["w2"], text="text")
    assert caught[0].filename == __file__


def test_the_seed_decides_and_is_recorded():
    scores = make_scores()
    one, same, other = (scores.by("year", n_boot=50, seed=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one.table(), same.table())
    assert (one.table()["std_error"] != other.table()["std_error"]).all()
    drawn = scores.by("year", n_boot=50)
    pd.testing.assert_frame_equal(drawn.table(), scores.by("year", n_boot=50, seed=drawn.seed).table())
    longer = scores.by("year", n_boot=80, seed=5)
    np.testing.assert_array_equal(longer.replicates[:, :50], one.replicates)


def test_a_contrast_is_a_row_with_its_test():
    groups = make_scores(fits=2).by("year", n_boot=100, seed=1)
    found, table = groups.contrast(1992, 1990), groups.table()
    assert found["contrast"].tolist() == ["1992 - 1990"]
    np.testing.assert_allclose(found["estimate"][0], table["estimate"][2] - table["estimate"][0], atol=EXACT)
    assert 0 < found["p_value"][0] < 1
    assert {"statistic", "df", "conf_low", "conf_high", "se_documents", "sd_seeds"} <= set(found)
    both = make_scores().by("year", "country", n_boot=100, seed=1)
    assert both.contrast((1990, "cz"), (1991, "de"))["contrast"].tolist() == ["1990, cz - 1991, de"]


def test_documents_at_both_ends_can_be_read():
    scores = make_scores()
    found = scores.extremes(2)
    order = np.argsort(np.asarray(scores))
    assert found["document"].tolist() == [*order[:2], *order[:-3:-1]]
    assert found["end"].tolist() == ["low", "low", "high", "high"]
    assert found["country"].tolist() == scores.frame().loc[found["document"], "country"].tolist()


def test_scores_can_be_standardised():
    scores = make_scores(fits=2)
    found = scores.standardised()
    np.testing.assert_allclose(found.values.mean(axis=1), 0, atol=EXACT)
    np.testing.assert_allclose(found.values.std(axis=1, ddof=1), 1, atol=EXACT)
    sd = scores.values.std(axis=1, ddof=1, keepdims=True)
    np.testing.assert_allclose(found.errors * sd, scores.errors, atol=EXACT)


def test_figures_are_figures():
    scores = make_scores()
    figures = [
        scores.plot(),
        scores.by("year", n_boot=50, seed=1).plot(),
        scores.by("country", n_boot=50, seed=1).plot(),
        scores.by("country", "year", n_boot=50, seed=1).plot(),
        scores.by(n_boot=50, seed=1).plot(),
    ]
    assert all(isinstance(figure, Figure) for figure in figures)
    assert figures[1].axes[0].get_xlabel() == "year"
    assert [label.get_text() for label in figures[2].axes[0].get_yticklabels()] == ["cz", "de", "fr", "it", "pl"]


def test_more_trajectories_than_can_be_told_apart_are_refused():
    frame = make_frame().assign(speaker=np.arange(60) % 10)
    groups = AXIS.score(make_space(), frame.astype({"speaker": str}), text="text").by(
        "year", "speaker", n_boot=9, seed=1
    )
    with pytest.raises(SpecError, match=r"10 trajectories to draw.*At most 8.*Group by fewer"):
        groups.plot()


def test_summaries_say_the_numbers():
    scores = make_scores(fits=2)
    groups = scores.by("year", cluster="country", n_boot=50, seed=9)
    assert (
        "hope: cosine of the mean vector with the axis, words weighted by count, mean over 2 fits." in scores.summary()
    )
    assert "60 documents with a score" in scores.summary()
    assert "50 resamples of 5 values of 'country' (seed 9); seeds from 2 fits" in groups.summary()
    assert "in 199" in groups.summary()
    assert repr(scores) == "Scores('hope', 60 documents, 2 fits)"
    assert repr(groups) == "GroupScores('hope', 3 groups, 2 fits)"
    assert groups.cite() == scores.cite()
    assert "Gennaro" in emotionality(make_space(), make_frame(), ["w1"], ["w2"], text="text").cite()


def test_fits_with_other_words_use_what_they_share():
    whole = make_space()
    part = Embeddings(WORDS[::-1][:18], make_space(1).vectors[:18])
    texts = [text.split() for text in make_frame()["text"]]
    with pytest.warns(DataWarning, match="missing: 'w1'"):
        scores = Axis(["w1", "w2"], ["w3"]).score([whole, part], texts)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alone = Axis(["w2"], ["w3"]).score(part, texts)
    np.testing.assert_array_equal(scores.values[1], alone.values[0])


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Axis([]), SpecError, "positive pole is empty.*needed.*Axis"),
        (lambda: Axis([1]), SpecError, "positive pole holds 1, a int.*needed.*Hand over"),
        (lambda: Axis(None), SpecError, "positive pole holds None"),
        (lambda: Axis(["a"], [""]), DataError, "negative pole holds a word without letters.*needed.*Leave it out"),
        (lambda: Axis(["a"], ["b"], how="mean"), SpecError, "how='mean' is not known.*choose one"),
        (lambda: Axis(["a", "b"], ["c"], how="pairs"), SpecError, "2 positive and 1 negative.*needs.*from_pairs"),
        (lambda: Axis.from_pairs([("a", "a")]), SpecError, "'a' and 'a' coincides.*needed.*Leave it out"),
        (lambda: Axis.from_pairs([("a", "b", "c")]), SpecError, "is no pair.*needed.*Correct it"),
        (lambda: Axis.from_pairs(["ab"]), SpecError, "is no pair"),
        (lambda: Axis.from_pairs([("a*", "b")]), SpecError, "hold 'a\\*'.*needs.*Write the words out"),
        (lambda: Axis.from_pairs([]), SpecError, "positive pole is empty"),
    ],
)
def test_specifications_that_cannot_be(make, error, says):
    with pytest.raises(error, match=says):
        make()


def coinciding():
    vectors = np.random.default_rng(0).normal(size=(4, 3))
    vectors[1] = 2 * vectors[0]
    return Embeddings(["a", "b", "c", "d"], vectors, [4, 3, 2, 1])


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: Axis(["nowhere"]).direction(make_space()), "positive list has no word among.*needed"),
        (lambda: Axis(["w1"], ["nowhere"]).direction(make_space()), "negative list has no word among.*needed"),
        (lambda: Axis(["w1*"], ["w12"]).direction(make_space()), "'w12' is in both poles.*needed.*Take it out"),
        (lambda: Axis(["a"], ["b"]).direction(coinciding()), "poles coincide.*needed.*Take other words"),
        (
            lambda: Axis.from_pairs([("c", "d"), ("a", "b")]).direction(coinciding()),
            "words 'a' and 'b' coincide.*needed.*Take other words",
        ),
        (
            lambda: Axis.from_pairs([("c", "d"), ("d", "c")]).direction(coinciding()),
            "point in opposite ways, coincide.*needed.*Take other words",
        ),
        (lambda: AXIS.score(make_space(), [["unheard"]]), "know none of the 1 words"),
        (lambda: emotionality(coinciding(), [["c"]], ["a"], ["b"]), "cognition list coincide.*needed.*Take other"),
        (lambda: emotionality(make_space(), [["w1"]], ["w1"], ["none"]), "cognition list has no word.*needed"),
        (lambda: make_scores().by("year", n_boot=9, seed=1).contrast(1990, 1899), "1899 is no group.*needed"),
        (lambda: Axis(["w1"]).score(make_space(), [["w3"]]).standardised(), "one score.*needed.*Leave"),
    ],
)
def test_data_that_cannot_be_used(ask, says):
    with pytest.raises(DataError, match=says):
        ask()


def test_pairs_none_of_which_is_known():
    axis = Axis.from_pairs([("w1", "nowhere"), ("never", "w2")])
    with pytest.warns(DataWarning, match="pairs list"), pytest.raises(DataError, match=r"None of the 2 pairs.*needed"):
        axis.direction(make_space())


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: AXIS.direction([make_space(0), make_space(1)]), "2 fits.*one of a single fit.*each"),
        (lambda: AXIS.score(3, [["w1"]]), "embeddings are a int"),
        (lambda: make_scores(documents="sentence"), "documents='sentence' is not known.*needed"),
        (lambda: make_scores(weights="tfidf"), "weights='tfidf' is not known.*needed"),
        (lambda: make_scores(weights="sif", a=0), "a=0 is no weight parameter.*needed"),
        (lambda: emotionality(make_space(), [["w1"]], "w1", "w2", a=-1), "a=-1 is no weight parameter"),
        (lambda: emotionality(make_space(), [["w1"]], "w1", "w2", form="x"), "form='x' is not known.*needed"),
        (lambda: make_scores().by("year", n_boot=1), "n_boot=1 is not a count"),
        (lambda: make_scores().by("year", seed=-1), "seed=-1 is not a seed"),
        (lambda: make_scores().by("year", n_boot=9, seed=1).table(level=95), "level=95 is not between"),
        (lambda: make_scores().extremes(0), "n=0 is not a count"),
    ],
)
def test_options_that_cannot_be(ask, says):
    with pytest.raises(SpecError, match=says):
        ask()


def test_variables_that_are_not_there():
    scores = make_scores()
    for ask in (lambda: scores.by("yaer"), lambda: scores.by("year", cluster="county"), lambda: scores["yaer"]):
        with pytest.raises(ColumnError, match=r"needed.*Did you mean"):
            ask()
    with pytest.raises(ColumnError, match="hand over a data frame"):
        AXIS.score(make_space(), [["w1"], ["w4"]]).by("year")


def test_words_in_both_lists_are_left_out_of_both():
    texts = [["w5", "w6"], ["w7"]]
    with pytest.warns(DataWarning, match="share 1 word: 'w2'.*needed.*left out of both"):
        found = emotionality(make_space(), texts, ["w1", "w2"], ["w2", "w3"])
    np.testing.assert_array_equal(found.values, emotionality(make_space(), texts, ["w1"], ["w3"]).values)
    with (
        pytest.warns(DataWarning, match="share"),
        pytest.raises(DataError, match="affect list has no word that is not"),
    ):
        emotionality(make_space(), texts, ["w2"], ["w2", "w3"])


def test_groups_too_small_are_told():
    frame = make_frame().assign(place=["alone", *["many"] * 58, None])
    scores = AXIS.score(make_space(), frame, text="text")
    with pytest.warns(DataWarning, match="1 of 2 groups of place ..alone.. have one document.*Make larger groups"):
        table = scores.by("place", n_boot=50, seed=1).table()
    assert table["std_error"].isna().tolist() == [True, False]
    assert table["estimate"].notna().all()
    frame.loc[0, "text"] = "unheard"
    with pytest.warns(DataWarning, match="no known word"):
        scores = AXIS.score(make_space(), frame, text="text")
    with pytest.warns(DataWarning, match="1 of 2 groups of place ..alone.. have no document with a score"):
        groups = scores.by("place", n_boot=50, seed=1)
    assert groups.table()["estimate"].isna().tolist() == [True, False]
    assert "want of a value of 'place': 1 document" in groups.summary()
    assert isinstance(groups.plot(), Figure)


def test_rows_are_drawn_with_their_groups():
    figure = draw_rows(["a", "b"], [1, 2], [0, np.nan], [2, np.nan], x_label="x", reference=0, groups=["u", "v"])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["u", "v"]
    assert figure.axes[0].get_xlabel() == "x"
    with pytest.raises(SpecError, match=r"0 rows to draw.*needs.*Choose rows"):
        draw_rows([], [], [], [], x_label="x")
    with pytest.raises(SpecError, match=r"7 groups to draw.*At most 6.*Join groups"):
        draw_rows(list("abcdefg"), range(7), range(7), range(7), x_label="x", groups=list("abcdefg"))


def test_results_are_frozen():
    scores = make_scores()
    assert isinstance(scores, Scores)
    for result in (scores, scores.by("year", n_boot=9, seed=1)):
        with pytest.raises(AttributeError):
            result.name = "fear"
