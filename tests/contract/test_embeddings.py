"""What embeddings promise: nothing changes, what is saved comes back, mistakes are explained."""

import sys
import types

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._load import restore
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.keep import read_parts

EXACT = 1e-12
"""A few roundings of float64."""


def small(counts=(50, 30, 20, 10, 5)):
    vectors = [[1, 0, 0], [0.8, 0.6, 0], [0, 1, 0], [0, 0, 2], [-1, 0.1, 0]]
    return Embeddings(["war", "conflict", "peace", "trade", "hope"], vectors, counts)


def test_it_is_a_collection_of_words():
    space = small()
    assert len(space) == 5
    assert list(space) == list(space.words)
    assert "war" in space
    assert "War" not in space
    assert 3 not in space
    assert space.dim == 3
    np.testing.assert_array_equal(space["trade"], [0, 0, 2])
    np.testing.assert_array_equal(space[["peace", "war"]], [[0, 1, 0], [1, 0, 0]])
    np.testing.assert_array_equal(space[pd.Series(["peace"])], [[0, 1, 0]])
    assert repr(space) == "Embeddings(5 words, 3 dimensions)"


def test_nothing_changes():
    space = small()
    for array in (space.vectors, space.counts, space.norms, space["war"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7
    with pytest.raises(AttributeError):
        space.words = ("a",)


def test_a_matrix_of_float32_is_not_copied():
    matrix = np.ones((2, 3), dtype=np.float32)
    space = Embeddings(["a", "b"], matrix)
    assert np.shares_memory(space.vectors, matrix)
    matrix[0, 0] = 2  # what was handed over stays writable


def test_a_class_that_builds_on_it_keeps_its_questions():
    class Fitted(Embeddings):
        def __init__(self, words, vectors, seed):
            super().__init__(words, vectors)
            self.seed = seed

    fitted = Fitted(["a", "b"], [[1, 0], [1, 1]], seed=3)
    assert fitted.nearest("a")["word"].tolist() == ["b"]
    assert repr(fitted).startswith("Fitted(")


@pytest.mark.parametrize(
    ("words", "vectors", "counts", "says"),
    [
        (["a", "a"], [[1], [2]], None, "'a' stands at row 0 and again at row 1"),
        (["a", ""], [[1], [2]], None, "Word 1 is ''"),
        (["a", 2], [[1], [2]], None, "Word 1 is 2"),
        (["a", "b"], [[1], [np.nan]], None, "row 1 holds a number that is not finite"),
        (["a", "b"], [[1e39], [2]], None, "row 0 holds a number that is not finite"),
        (["a", "b"], [[1], [2], [3]], None, "shape .3, 1. for 2 words"),
        (["a", "b"], [1, 2], None, "shape .2,. for 2 words"),
        ([], np.empty((0, 3)), None, "a word and a dimension at least"),
        (["a", "b"], [["x"], ["y"]], None, "no matrix of numbers"),
        (["a", "b"], [[1], [2]], [1], "counts have shape"),
        (["a", "b"], [[1], [2]], [1, -1], "counts have shape"),
        (["a", "b"], [[1], [2]], [1, 0.5], "counts have shape"),
    ],
)
def test_what_cannot_be_embeddings(words, vectors, counts, says):
    with pytest.raises(DataError, match=says):
        Embeddings(words, vectors, counts)


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: e["pease"],
        lambda e: e[["war", "pease"]],
        lambda e: e.similarity("war", "pease"),
        lambda e: e.nearest("pease"),
        lambda e: e.nearest(["war", "pease"]),
        lambda e: e.nearest("war", among=["pease"]),
        lambda e: e.analogy("war", "peace", "pease"),
        lambda e: e.combine(["pease"]),
        lambda e: e.mean(["pease"]),
        lambda e: e.map(["war", "peace", "pease"]),
    ],
)
def test_an_unknown_word_is_named_with_the_nearest_known(ask):
    with pytest.raises(DataError, match=r"'pease' is not among the 5 words.*Did you mean 'peace'"):
        ask(small())


def test_many_unknown_words_are_named_in_one_message():
    with pytest.raises(DataError, match=r"6 words .'x0', 'x1', 'x2', 'x3', 'x4', .... are not among"):
        small()[["war", *(f"x{i}" for i in range(6))]]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda e: e[3], "3 is a int"),
        (lambda e: e.nearest([1.0, 2.0]), "neither words nor a vector of these embeddings.*3 finite numbers"),
        (lambda e: e.nearest(None), "neither words nor a vector"),
        (lambda e: e.nearest([]), "neither words nor a vector"),
        (lambda e: e.nearest([[1.0], [1.0, 2.0]]), "neither words nor a vector"),
        (lambda e: e.nearest(["war", 2]), "neither words nor a vector"),
        (lambda e: e.nearest([np.nan, 0, 0]), "neither words nor a vector"),
        (lambda e: e.nearest(np.zeros(3)), "all zeros"),
        (lambda e: e.nearest("war", n=0), "n=0"),
        (lambda e: e.analogy("war", "peace", "hope", method="times"), "method='times'"),
        (lambda e: e.combine(), "no words to combine"),
        (lambda e: e.mean([]), "do not fit 0 words"),
        (lambda e: e.mean(["war", "peace"], [1]), "do not fit 2 words"),
        (lambda e: e.mean(["war", "peace"], [0, 0]), "do not fit 2 words"),
        (lambda e: e.documents("one text"), "one text"),
        (lambda e: e.documents(["war"], "tfidf"), "method='tfidf'"),
        (lambda e: e.documents(["war"], "sif", a=0), "a=0"),
        (lambda e: e.documents([7]), "Document 0 is a int"),
        (lambda e: e.map(["war", "peace", "war"]), "2 words are named"),
        (lambda e: e.map({str(i): ["war", "peace", "hope"] for i in range(9)}), "9 groups"),
        (lambda e: e.evaluate(pd.DataFrame([["a", "b"]])), "no set of judgements"),
        (lambda e: e.evaluate(7), "no set of judgements"),
        (lambda e: e.evaluate(pd.DataFrame([["war", "peace", 1.0]]), level=95), "level=95"),
        (lambda e: e.evaluate(pd.DataFrame([["a", "b", "c", "d"]]), restrict=0), "restrict=0"),
        (lambda e: e.evaluate(pd.DataFrame([["war", "peace", "x"]])), "Row 0 of frame"),
        (lambda e: Embeddings.from_gensim({}), "A dict has no words"),
    ],
)
def test_mistakes_are_explained(ask, says):
    with pytest.raises((SpecError, DataError), match=says):
        ask(small())


def test_a_vector_of_zeros_has_no_direction():
    space = Embeddings(["zero", "a", "b"], [[0, 0], [1, 0], [1, 1]])
    assert np.isnan(space.similarity("zero", "a"))
    assert space.nearest("a")["word"].tolist() == ["b"]
    with pytest.raises(DataError, match="'zero' is all zeros"):
        space.nearest("zero")
    found = space.evaluate(pd.DataFrame([["zero", "a", 1.0], ["a", "b", 2.0], ["b", "b", 3.0]]))
    assert (found.n, found.n_known) == (3, 2)


def test_neighbours_are_of_the_words_allowed():
    space = small()
    assert space.nearest("war", among=["hope", "trade", "war"])["word"].tolist() == ["trade", "hope"]
    assert space.nearest("war", n=1, without=["conflict"])["word"].tolist() == ["peace"]
    assert space.nearest("war", n=99)["word"].tolist() == ["conflict", "peace", "trade", "hope"]
    assert space.nearest(space["war"], n=1)["word"].tolist() == ["war"]


def test_ties_stand_in_the_order_of_the_words():
    space = Embeddings(["a", "b", "c", "d"], [[1, 0], [2, 1], [4, 2], [2, 1]])
    assert space.nearest("a", n=2)["word"].tolist() == ["b", "c"]


def test_documents_of_texts_and_of_tokens():
    space = small()
    texts = ["War, and PEACE", ["war", "peace"], ["War"], "", None, "nothing known"]
    with pytest.warns(DataWarning, match="4 of 6 documents have no known word"):
        vectors = space.documents(texts)
    np.testing.assert_allclose(vectors[:2], [[0.5, 0.5, 0]] * 2, atol=EXACT)
    assert np.isnan(vectors[2:]).all()
    table = space.coverage(texts)
    assert table["n_tokens"].tolist() == [3, 2, 1, 0, 0, 2]
    assert table["n_known"].tolist() == [2, 2, 0, 0, 0, 0]
    np.testing.assert_allclose(table["share"], [2 / 3, 1, 0, np.nan, np.nan, 0])
    own = space.documents(["war|peace"], tokenize=lambda text: text.split("|"))
    np.testing.assert_allclose(own, [[0.5, 0.5, 0]], atol=EXACT)
    assert space.documents([]).shape == (0, 3)


def test_sif_needs_counts():
    with pytest.raises(SpecError, match="hold no counts"):
        small(counts=None).documents(["war"], "sif")


@pytest.mark.parametrize("counts", [(50, 30, 20, 10, 5), None])
def test_what_is_saved_comes_back(tmp_path, counts):
    words = ["größe", "new york", "a\nb", "日本", "\u0000"]
    space = Embeddings(words, np.random.default_rng(0).normal(size=(5, 4)), counts)
    parts = read_parts(space.save(tmp_path / "space.lacunet"))
    assert parts.kind == "Embeddings"
    back = restore(parts)
    assert back.words == tuple(words)
    np.testing.assert_array_equal(back.vectors, space.vectors)
    assert back.counts is None if counts is None else back.counts.tolist() == list(counts)
    with pytest.raises(SpecError, match="exists"):
        space.save(tmp_path / "space.lacunet")


class Keyed:
    """Stands for gensim's KeyedVectors: the names and meanings of gensim 4, nothing else."""

    def __init__(self, vector_size, count=0, dtype=np.float32):
        # Places that are made beforehand stay: add_vectors appends (seen in gensim 4.4).
        self.index_to_key, self.vectors, self.attributes = [None] * count, np.zeros((count, vector_size), dtype), {}

    def add_vectors(self, keys, weights):
        self.index_to_key, self.vectors = [*self.index_to_key, *keys], np.vstack([self.vectors, weights])

    def set_vecattr(self, key, attr, value):
        self.attributes[key, attr] = value

    def get_vecattr(self, key, attr):
        return self.attributes[key, attr]


@pytest.mark.parametrize("counts", [(50, 30, 20, 10, 5), None])
def test_to_gensim_and_back(monkeypatch, counts):
    monkeypatch.setitem(sys.modules, "gensim", types.ModuleType("gensim"))
    monkeypatch.setitem(sys.modules, "gensim.models", types.ModuleType("gensim.models"))
    sys.modules["gensim.models"].KeyedVectors = Keyed
    space = small(counts)
    keyed = space.to_gensim()
    for given in (keyed, types.SimpleNamespace(wv=keyed)):
        back = Embeddings.from_gensim(given)
        assert back.words == space.words
        np.testing.assert_array_equal(back.vectors, space.vectors)
        assert back.counts is None if counts is None else back.counts.tolist() == list(counts)


def test_to_gensim_says_when_it_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "gensim", None)
    with pytest.raises(SpecError, match="gensim is not installed"):
        small().to_gensim()


def test_to_take_it_in_needs_little():
    import subprocess

    heavy = "jax", "matplotlib", "scipy.optimize", "gensim", "numba"
    code = f"import sys, lacunet.embedding.space; sys.exit(str([m for m in {heavy} if m in sys.modules] or ''))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not answer.stderr.strip()


def test_summary_and_works_to_cite():
    assert small().summary() == (
        "Embeddings of 5 words in 3 dimensions; the first are 'war', 'conflict', 'peace'. "
        "They occurred 115 times in the corpus."
    )
    assert "not known" in small(None).summary()
    cited = small().cite().splitlines()
    assert len(cited) == 3
    assert cited[1].startswith("Mikolov")


PAIRS = [("war", "conflict", 9.0), ("war", "peace", 3.5), ("war", "hope", 1.0), ("war", "gold", 4.0)]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{a}\t{b}\t{r}\n" for a, b, r in PAIRS),
        "".join(f"{a} {b} {r}\r\n" for a, b, r in PAIRS),
        "# of our own\nWord 1,Word 2,Human (mean)\n" + "".join(f"{a},{b},{r}\n" for a, b, r in PAIRS),
        "word1\tword2\tPOS\tSimLex999\tconc\n" + "".join(f"{a}\t{b}\tN\t{r}\t2.5\n" for a, b, r in PAIRS),
        "\ufeff" + "".join(f"{a.upper()}\t{b}\t{r}\n" for a, b, r in PAIRS),
    ],
)
def test_pairs_in_the_forms_they_come_in(tmp_path, text):
    path = tmp_path / "pairs.txt"
    path.write_text(text, encoding="utf-8")
    found = small().evaluate(path)
    assert (found.kind, found.n, found.n_known, found.unknown) == ("pairs", 4, 3, ("gold",))
    assert found.score == pytest.approx(1)
    assert "3 of 4 pairs of words (75.0%)" in found.summary()
    assert found.table().loc[0, ["n", "n_known", "coverage"]].tolist() == [4, 3, 0.75]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_pairs_in_frames(make):
    columns = dict(zip(["a", "b", "rating"], map(list, zip(*PAIRS)), strict=True))
    assert small().evaluate(make(columns)).n_known == 3


def test_analogies_in_a_file(tmp_path):
    path = tmp_path / "analogies.txt"
    path.write_text(": one\nwar peace hope trade\nwar peace hope gold\n: two\nWar Peace Hope Conflict\n")
    found = small().evaluate(path)
    table = found.table()
    assert table["section"].tolist() == ["one", "two", "all"]
    assert table["n_known"].tolist() == [1, 1, 2]
    assert table["coverage"].tolist() == [0.5, 1, 2 / 3]
    assert "2 of 3 analogies" in found.summary()
    assert small().evaluate(path, ignore_case=False).n_known == 1
    assert np.isnan(small().evaluate(path, restrict=2).score)
    assert "Nothing can be said" in small().evaluate(path, restrict=2).summary()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("war\tpeace\t3\nwar\tpeace\n", "Line 2 of set.txt"),
        ("war\tpeace\t3\nwar\tpeace\tx\nwar\thope\t2\n", "Line 2 of set.txt"),
        (": one\nwar peace hope trade\nwar peace hope\n", "Line 3 of set.txt"),
        ("war\n", "Line 1 of set.txt"),
    ],
)
def test_sets_of_judgements_that_are_broken(tmp_path, text, says):
    path = tmp_path / "set.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=says):
        small().evaluate(path)


def test_few_pairs_have_no_interval():
    found = small().evaluate(pd.DataFrame(PAIRS[:3]))
    assert np.isnan([found.low, found.high]).all()
    assert not np.isnan(found.score)


def test_labels_of_the_map_cover_neither_each_other_nor_points():
    rng = np.random.default_rng(3)
    words = [f"{'long' * (i % 4)}word{i}" for i in range(30)]
    figure = Embeddings(words, rng.normal(size=(30, 5))).map({"first": words[:20], "second": words[20:]}, title="$x$")
    axes = figure.axes[0]
    figure.draw_without_rendering()
    texts = [text for text in axes.texts if text.get_text()]
    assert len(texts) == 30
    boxes = [text.get_window_extent() for text in texts]
    assert not [i for i, one in enumerate(boxes) for other in boxes[:i] if one.overlaps(other)]
    points = np.vstack([axes.transData.transform(marks.get_offsets()) for marks in axes.collections])
    assert len(points) == 30
    assert not [box for box in boxes for point in points if box.contains(*point)]
    frame = axes.get_window_extent()
    assert all(frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1) for box in boxes)


def test_labels_without_a_place_are_counted():
    words = [f"word{i}" for i in range(60)]
    vectors = np.random.default_rng(1).normal(size=(60, 3)) * 1e-3 + [1, 0, 0]
    vectors[:2] = [[0, 1, 0], [0, 0, 1]]
    with pytest.warns(DataWarning, match="of 60 words found no place"):
        figure = Embeddings(words, vectors).map(words)
    assert len(figure.axes[0].collections[0].get_offsets()) == 60


def test_the_map_without_labels():
    assert not small().map(["war", "peace", "hope"], labels=False).axes[0].texts
