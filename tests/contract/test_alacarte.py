"""À la carte embeddings: what they promise, what they refuse, and what they show."""

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import read_corpus
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.measures.alacarte import alacarte

WORDS = [f"w{i}" for i in range(30)]


def make_space(seed=1, dim=4, words=WORDS, counts=True):
    """Two halves of the vocabulary, each with a direction of its own."""
    number = np.arange(len(words), 0, -1) * 50 if counts else None
    vectors = np.random.default_rng(seed).normal(size=(len(words), dim))
    vectors[: len(words) // 2, 0] += 3
    vectors[len(words) // 2 :, 1] += 3
    return Embeddings(words, vectors, number)


def make_speeches(n=48, seed=2):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        words = rng.choice(WORDS[:20] if i % 2 else WORDS[10:], 30).tolist()
        words[3] = words[17] = "tax"
        words[24:26] = ["health", "care"]
        speaker = f"s{i % 8}"
        rows.append({"party": "LR"[i % 2], "year": 1990.0 + i // 24, "speaker": speaker, "text": " ".join(words)})
    return pd.DataFrame(rows)


def estimate(space, source, **options):
    """A transform, whatever its recovery, of which vectors drawn at random promise nothing."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Words that the transform was not fitted to", DataWarning)
        return alacarte(space, source, min_count=1, seed=3, **options)


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(make_speeches(), text="text")


@pytest.fixture(scope="module")
def made(corpus):
    return estimate(make_space(), corpus)


@pytest.fixture(scope="module")
def carte(made):
    return made.embed("tax", by="party")


def test_the_same_seed_gives_the_same_numbers(corpus, made, carte):
    again = estimate(make_space(), corpus)
    np.testing.assert_array_equal(again.transform, made.transform)
    pd.testing.assert_frame_equal(again.recovery, made.recovery)
    for ask in (
        lambda one: one.nearest(n_boot=20),
        lambda one: one.similarity("w1", n_boot=20),
        lambda one: one.contrast("L", "R", "w1", n_boot=20, n_permutations=9),
        lambda one: one.ratio("L", "R", n_boot=20, n_permutations=9),
    ):
        pd.testing.assert_frame_equal(ask(again.embed("tax", by="party")).table(), ask(carte).table())
    other = made.embed("tax", by="party", seed=4)
    assert not other.similarity("w1", n_boot=20).table().equals(carte.similarity("w1", n_boot=20).table())


def test_the_import_is_light():
    code = (
        "import sys, lacunet.measures.alacarte; "
        "print(sorted({'matplotlib', 'sklearn', 'statsmodels', 'jax'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_groups_are_named_and_counted(made):
    with pytest.warns(DataWarning, match="4 of 8 groups have fewer"):
        carte = made.embed({"money": ["tax", "taxes"], "health": "health care"}, by=["party", "year"])
    table = carte.table()
    assert carte.names[0] == "money, L, 1990"
    assert len(carte) == 8
    assert table.columns.tolist() == ["group", "target", "party", "year", "n_instances", "n_documents"]
    np.testing.assert_array_equal(table["n_instances"], [24] * 4 + [12] * 4)
    np.testing.assert_array_equal(table["n_documents"], 12)
    assert carte.embeddings.words == carte.names
    np.testing.assert_allclose(carte.embeddings.vectors, carte.vectors, rtol=1e-6)
    np.testing.assert_array_equal(carte["money, L, 1990"], carte.vectors[0])


def test_a_year_is_asked_for_as_a_number(made):
    carte = made.embed("tax", by="year")
    assert carte.names == ("1990", "1991")
    assert carte.contrast(1990, 1991, "w1", n_boot=9, n_permutations=0).table()["p_value"].isna().all()


def test_clusters_are_counted(made):
    table = made.embed("tax", by="party", cluster="speaker").table()
    assert table["n_clusters"].tolist() == [4, 4]


def test_tables_and_figures(carte):
    columns = ["estimate", "std_error", "df", "conf_low", "conf_high"]
    near = carte.nearest("L", n=3, n_boot=30)
    assert near.table().columns.tolist() == ["group", "word", *columns]
    assert near.table()["estimate"].is_monotonic_decreasing
    pair = carte.contrast("L", "R", ["w1", "w25"], n_boot=30, n_permutations=19)
    assert pair.table().columns.tolist() == ["group", "other", "word", *columns, "p_value"]
    assert pair.table()["p_value"].min() >= 1 / 20
    ratio = carte.ratio("L", "R", 4, n_boot=30, n_permutations=19)
    assert set(ratio.table()["nearest_of"]) <= {"L", "R", "both"}
    wide, narrow = (pair.table(level)["conf_high"] - pair.table(level)["conf_low"] for level in (0.99, 0.5))
    assert (wide > narrow).all()
    for found in (near, pair, ratio, carte.similarity(["w1", "w2"], n_boot=30)):
        assert found.plot().axes
        assert str(len(found)) in str(found.summary())
        assert "Khodak" in found.cite()


def test_the_two_groups_change_sides(carte):
    one, other = (carte.contrast(*pair, "w1", n_boot=30).table().iloc[0] for pair in (("L", "R"), ("R", "L")))
    assert one["estimate"] == pytest.approx(-other["estimate"])
    assert one["std_error"] == pytest.approx(other["std_error"])


def test_mentions_to_read(made):
    carte = made.embed("health care", by="party")
    read = carte.contexts("L", n=5, window=3)
    assert read["cosine"].is_monotonic_decreasing
    assert (read["keyword"] == "health care").all()
    assert (read["party"] == "L").all()
    assert read["before"].str.split().str.len().tolist() == [3] * 5
    own = made.instances("health care").table()
    assert set(zip(read["document"], read["position"])) <= set(zip(own["document"], own["position"]))
    with pytest.raises(SpecError, match="Name one"):
        carte.contexts()


def test_neighbours_are_frequent_words(made):
    carte = made.embed("tax")
    among = carte.nearest(n=30, min_count=1000, n_boot=5)
    assert len(among) == 11  # 30 words with 1,500, 1,450, ... 50 occurrences
    assert any("1,000 occurrences" in note for note in among.notes)
    assert len(carte.nearest(n=30, n_boot=5)) == 30
    assert carte.nearest(n=30, candidates=["w1", "w2*"], n_boot=5).table()["word"].str.match("w1$|w2").all()


def test_instances_and_documents(made):
    found = made.instances("tax")
    table = found.table()
    assert found.vectors.shape == (96, 4)
    assert table.columns.tolist() == ["target", "document", "position", "n_known", "party", "year", "speaker"]
    assert (table["n_known"] > 0).all()
    with pytest.warns(DataWarning, match="no known word"):
        assert np.isnan(made.documents([["w1"], ["nothing"]])).all(axis=1).tolist() == [False, True]


def test_the_recovery_is_told(corpus, made):
    assert made.recovery.columns.tolist() == ["word", "count", "cosine", "held_out"]
    assert made.recovery["held_out"].sum() == 3
    assert made.table()["words"].tolist() == ["fitted", "held out"]
    assert "3 words held out" in str(made.summary())
    assert made.recovery_plot().axes
    with pytest.warns(DataWarning, match="median cosine of"):
        poor = alacarte(Embeddings(WORDS, np.random.default_rng(0).normal(size=(30, 4))), corpus, min_count=1, seed=3)
    assert any("median cosine of" in note for note in poor.notes)


def test_a_transform_from_elsewhere(corpus, made):
    space = make_space()
    lent = alacarte(space, transform=made, seed=1)
    np.testing.assert_array_equal(lent.transform, made.transform)
    assert lent.recovery.empty
    assert "not checked" in str(lent.summary())
    with pytest.raises(DataError, match="nothing was checked"):
        lent.recovery_plot()
    np.testing.assert_array_equal(alacarte(space, transform="identity").transform, np.eye(4))
    other = Embeddings(space.words, space.vectors + np.float32(0.1), space.counts)
    fits = alacarte([space, other], transform=[np.eye(4), 2 * np.eye(4)])
    assert [one[0, 0] for one in fits.transforms] == [1, 2]
    for wrong in (np.eye(4), made):
        with pytest.raises(SpecError, match="1 transform for 2 fits"):
            alacarte([space, other], transform=wrong)
    for spaces, belongs in ((other, made), ([other, space], fits), (other, [made])):
        with pytest.raises(SpecError, match="The transform belongs to other embeddings"):
            alacarte(spaces, transform=belongs)
    np.testing.assert_array_equal(alacarte([space, other], transform=[made, fits[1]]).transforms[0], made.transform)
    assert alacarte(space, transform=made).seed == made.seed
    checked = estimate(space, corpus, transform=np.eye(4)).recovery
    assert checked["held_out"].all()


def test_small_groups_are_named(made):
    few = make_speeches(8)
    with pytest.warns(DataWarning, match=r"2 of 2 groups have fewer than 20 mentions or 5 documents: 'L' \(8 in 4\)"):
        carte = made.embed("tax", texts=few, text="text", by="party")
    assert any("fewer than 20" in note for note in carte.notes)


def test_a_group_without_a_mention_is_left_out(made):
    speeches = make_speeches()
    speeches.loc[speeches["party"] == "R", "text"] = "w1 w2 w3"
    with pytest.warns(DataWarning, match="1 group has no mention .*: R"):
        carte = made.embed("tax", texts=speeches, text="text", by="party")
    assert carte.names == ("L",)


def test_documents_without_a_value_are_left_out(made):
    speeches = make_speeches()
    speeches.loc[:3, "party"] = None
    with pytest.warns(DataWarning, match="8 of 96 mentions are in documents without a value"):
        carte = made.embed("tax", texts=speeches, text="text", by="party")
    assert carte.n_instances.sum() == 88
    speeches["party"] = None
    with pytest.raises(DataError, match="value of party"):
        made.embed("tax", texts=speeches, text="text", by="party")


def test_one_document_has_no_interval(made):
    with pytest.warns(DataWarning, match="fewer than"):
        carte = made.embed("tax", texts=[["w1", "tax", "w2", "tax", "w3"]])
    table = carte.similarity("w1", n_boot=5).table()
    assert table["estimate"].notna().all()
    assert table["std_error"].isna().all()


def test_pure_noise_is_named(made):
    rng = np.random.default_rng(5)
    texts = [["tax", word] for word in rng.permutation(WORDS)[:12]]
    space = Embeddings(WORDS, np.vstack([np.eye(30)[:, :15][:15], -np.eye(15)]))
    plain = alacarte(space, transform="identity", seed=1)
    with pytest.warns(DataWarning, match="fewer than 20"):
        carte = plain.embed("tax", texts=texts)
    with pytest.warns(DataWarning, match="not told apart from noise"):
        carte.similarity("w1", n_boot=50)


def test_groups_of_different_targets_have_no_p_value(made):
    carte = made.embed({"money": "tax", "health": "health care"})
    found = carte.contrast("money", "health", "w1", n_boot=20)
    assert found.table()["p_value"].isna().all()
    assert any("different targets" in note for note in found.notes)


def test_fits_with_other_words(corpus):
    spaces = [make_space(1), make_space(2, words=WORDS[5:])]
    made = estimate(spaces, corpus)
    carte = made.embed("tax", by="party")
    near = carte.nearest("L", n=40, n_boot=9)
    assert set(near.table()["word"]) == set(WORDS[5:])
    assert near.table()["sd_seeds"].notna().all()
    for ask in (made.instances, made.documents):
        with pytest.raises(SpecError, match=r"alacarte\[0\]"):
            ask("tax")
    assert len(made[1].instances("tax")) == 96
    with pytest.raises(IndexError):
        made[2]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"window": 0}, SpecError, "window=0"),
        ({"min_count": 1.5}, SpecError, "min_count=1.5"),
        ({"weighting": "sqrt"}, SpecError, "'log' or by 'threshold'"),
        ({"held_out": 1}, SpecError, "held_out=1"),
        ({"held_out": True}, SpecError, "held_out=True"),
        ({"seed": -1}, SpecError, "seed=-1"),
        ({"transform": np.eye(3)}, DataError, r"matrix \(4, 4\)"),
        ({"transform": np.full((4, 4), np.nan)}, DataError, "finite"),
        ({"transform": "unit"}, SpecError, "'identity' is"),
        ({"min_count": 10_000}, DataError, "occurs 10000 times"),
    ],
)
def test_bad_options(corpus, options, error, match):
    with pytest.raises(error, match=match):
        alacarte(make_space(), corpus, **{"min_count": 1, **options})


def test_bad_spaces_and_corpora(corpus):
    with pytest.raises(SpecError, match="Embeddings is needed"):
        alacarte("space", corpus)
    with pytest.raises(SpecError, match="no corpus"):
        alacarte(make_space())
    with pytest.raises(DataError, match="30 words can tell of the transform, which has 40 dimensions"):
        alacarte(make_space(dim=40), corpus, min_count=1)
    with pytest.raises(DataError, match="None of the 30 words"):
        alacarte(make_space(), [["other", "words"]])


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda made: made.embed("taxs"), DataError, "Did you mean 'tax'"),
        (lambda made: made.embed("tax", by="part"), ColumnError, "Did you mean 'party'"),
        (lambda made: made.embed("tax", by=3), SpecError, "by"),
        (lambda made: made.embed("tax", cluster="speakr"), ColumnError, "Did you mean 'speaker'"),
        (lambda made: made.embed("tax", window=0), SpecError, "window=0"),
        (lambda made: made.embed("tax", seed="x"), SpecError, "seed='x'"),
    ],
)
def test_bad_embeddings(made, ask, error, match):
    with pytest.raises(error, match=match):
        ask(made)


@pytest.mark.parametrize(
    ("ask", "error", "match"),
    [
        (lambda carte: carte.nearest("Q"), SpecError, "no group 'Q'"),
        (lambda carte: carte.nearest("L", n=0), SpecError, "n=0"),
        (lambda carte: carte.nearest("L", n_boot=1), SpecError, "n_boot=1"),
        (lambda carte: carte.nearest("L", corrected=1), SpecError, "corrected=1"),
        (lambda carte: carte.nearest("L", min_count=10_000), SpecError, "leaves no word"),
        (lambda carte: carte.nearest("L", min_count=5, candidates=["w1"]), SpecError, "Both candidates"),
        (lambda carte: carte.similarity("w1", groups=[]), DataError, "names no group"),
        (lambda carte: carte.contrast("L", "L", "w1"), SpecError, "Both groups are 'L'"),
        (lambda carte: carte.ratio("L", "R", n_permutations=-1), SpecError, "n_permutations=-1"),
        (lambda carte: carte.similarity("w1", n_boot=5).table(level=1), SpecError, "level=1"),
        (lambda carte: carte["Q"], SpecError, "no group 'Q'"),
    ],
)
def test_bad_questions(carte, ask, error, match):
    with pytest.raises(error, match=match):
        ask(carte)


def test_unknown_words_are_named(carte):
    with pytest.warns(DataWarning, match="missing: 'wx'"):
        carte.similarity(["w1", "wx"], n_boot=5)
    with pytest.raises(DataError, match="compared list has no word"):
        carte.similarity("unknown")


def test_embeddings_without_counts_offer_all_words(corpus):
    carte = estimate(make_space(counts=False), corpus).embed("tax")
    assert len(carte.nearest(n=40, n_boot=5)) == 30
    with pytest.raises(SpecError, match="no counts"):
        carte.nearest(min_count=5)


def test_progress_is_told(corpus):
    told = []
    estimate(make_space(), corpus, progress=lambda *some: told.append(some))
    assert told[-1] == ("contexts", corpus.n_tokens, corpus.n_tokens)
