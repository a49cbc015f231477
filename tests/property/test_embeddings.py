"""Laws of embeddings: what is written comes back, and lengths and rotations change no answer."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._documents import TOKEN
from lacunet.embedding.space._labels import GAP, place_labels
from lacunet.embedding.space._save import pack_words, unpack_words

CLOSE = 1e-5
"""Vectors are float32; a rotation rounds each number once."""

laws = settings(max_examples=60, deadline=None)
letters = st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r")
words = st.lists(st.text(letters, min_size=1, max_size=6), min_size=1, max_size=8, unique=True)
floats = st.floats(width=32, allow_nan=False, allow_infinity=False)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def spaces(draw):
    names = draw(words)
    return Embeddings(names, draw(arrays(np.float32, (len(names), draw(st.integers(2, 4))), elements=floats)))


@laws
@given(space=spaces(), form=st.sampled_from(["text", "binary", "glove"]))
def test_files_give_back_every_bit(space, form):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors"
        if form == "glove":
            back = Embeddings.from_glove(space.save_glove(path))
        else:
            back = Embeddings.from_word2vec(space.save_word2vec(path, binary=form == "binary"))
    assert back.words == space.words
    np.testing.assert_array_equal(back.vectors, space.vectors)


@laws
@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=9))
def test_packed_words_come_back(names):
    assert unpack_words(pack_words(tuple(names))) == names


def random_space(seed, v=30, d=5):
    rng = np.random.default_rng(seed)
    return rng, [f"w{i}" for i in range(v)], rng.normal(size=(v, d))


@laws
@given(seed=seeds)
def test_similarity_is_symmetric_and_bounded(seed):
    _, names, vectors = random_space(seed)
    frame = Embeddings(names, vectors).similarities(names).to_numpy()
    np.testing.assert_allclose(frame, frame.T)
    assert np.abs(frame).max() <= 1 + 1e-12
    np.testing.assert_allclose(np.diag(frame), 1)


@laws
@given(seed=seeds)
def test_lengths_change_no_neighbours(seed):
    rng, names, vectors = random_space(seed)
    powers = 2.0 ** rng.integers(-20, 20, size=(30, 1))  # exact in float32
    one, other = Embeddings(names, vectors), Embeddings(names, vectors * powers)
    for ask in (
        lambda e: e.nearest("w0"),
        lambda e: e.nearest(["w0", "w1"]),
        lambda e: e.analogy("w0", "w1", "w2"),
        lambda e: e.analogy("w0", "w1", "w2", method="multiply"),
    ):
        assert ask(one).equals(ask(other))


@laws
@given(seed=seeds)
def test_rotations_change_no_scores(seed):
    rng, names, vectors = random_space(seed)
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    one, other = Embeddings(names, vectors), Embeddings(names, vectors @ rotation)
    np.testing.assert_allclose(one.nearest("w0")["similarity"], other.nearest("w0")["similarity"], atol=CLOSE)
    np.testing.assert_allclose(
        one.analogy("w0", "w1", "w2")["score"], other.analogy("w0", "w1", "w2")["score"], atol=CLOSE
    )


@laws
@given(seed=seeds, n=st.integers(1, 40))
def test_fewer_neighbours_are_the_first_of_more(seed, n):
    _, names, vectors = random_space(seed)
    space = Embeddings(names, vectors)
    assert space.nearest("w3", n=n).equals(space.nearest("w3", n=40).head(n))


@laws
@given(seed=seeds, n=st.integers(1, 40), size=st.floats(5, 60))
def test_labels_share_no_space(seed, n, size):
    rng = np.random.default_rng(seed)
    anchors, sizes = rng.uniform(0, 300, size=(n, 2)), rng.uniform(4, size, size=(n, 2))
    corners = place_labels(anchors, sizes, 2.0, np.array([0, 0, 300, 300.0]))
    placed = np.flatnonzero(~np.isnan(corners[:, 0]))
    low, high = corners[placed], corners[placed] + sizes[placed]
    assert (low >= 0).all()
    assert (high <= 300).all()
    for i in range(len(placed)):
        apart = (low[i] >= high + GAP).any(axis=1) | (high[i] + GAP <= low).any(axis=1)
        apart[i] = True
        assert apart.all()
        hidden = (anchors + 2 > low[i]).all(axis=1) & (anchors - 2 < high[i]).all(axis=1)
        assert not hidden.any()


@laws
@given(seed=seeds)
def test_equal_documents_have_equal_vectors_in_any_order(seed):
    rng, names, vectors = random_space(seed)
    space = Embeddings(names, vectors, rng.integers(1, 99, size=30))
    texts = [list(rng.choice(names, size=4)) for _ in range(6)]
    order = rng.permutation(6)
    for method in ("mean", "sif"):
        moved = space.documents([texts[i] for i in order], method)
        np.testing.assert_allclose(moved, space.documents(texts, method)[order], atol=1e-9)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Don't stop, never-ending 3,000 war.", ["Don't", "stop", "never-ending", "3", "000", "war"]),
        ("l’été — größe", ["l’été", "größe"]),
        ("", []),
    ],
)
def test_tokens_of_plain_texts(text, tokens):
    assert TOKEN.findall(text) == tokens
