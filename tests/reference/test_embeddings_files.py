"""Files of vectors, written here byte by byte as their own programs write them."""

import gzip
import struct

import numpy as np
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._ngrams import find_ngrams

WORDS = ["the", "größe", "日本", "\u00a0x\u0085"]
VECTORS = np.array([[0.1, -2.5e-8], [3e7, 1 / 3], [-1.5, 0.0], [7.0, 8.0]], dtype=np.float32)
HALF_ULP = 6e-8
"""Rounding of a mean to float32, relative to numbers of order 1."""


def word2vec_binary(line_feed=b"\n"):
    """As word2vec.c does: fprintf("%lld %lld\\n"), then "%s ", fwrite of each float, "\\n"; gensim has no line feed."""
    rows = (word.encode() + b" " + struct.pack("<2f", *row) + line_feed for word, row in zip(WORDS, VECTORS.tolist()))
    return b"4 2\n" + b"".join(rows)


@pytest.mark.parametrize("line_feed", [b"\n", b""])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_word2vec_binary_is_read(tmp_path, line_feed, pack):
    path = tmp_path / "vectors.of.any.name"
    path.write_bytes(pack(word2vec_binary(line_feed)))
    space = Embeddings.from_word2vec(path)
    assert space.words == tuple(WORDS)
    np.testing.assert_array_equal(space.vectors, VECTORS)
    assert Embeddings.from_word2vec(path, limit=2).words == tuple(WORDS[:2])


def test_word2vec_binary_is_written_byte_by_byte(tmp_path):
    path = Embeddings(WORDS, VECTORS).save_word2vec(tmp_path / "vectors.bin")
    assert path.read_bytes() == word2vec_binary()


def test_word2vec_binary_of_many_chunks(tmp_path, monkeypatch):
    from lacunet.embedding.space import _binary_form

    path = tmp_path / "vectors.bin"
    path.write_bytes(word2vec_binary())
    for chunk in range(1, 40):
        monkeypatch.setattr(_binary_form, "CHUNK", chunk)
        space = Embeddings.from_word2vec(path)
        assert space.words == tuple(WORDS)
        np.testing.assert_array_equal(space.vectors, VECTORS)


@pytest.mark.parametrize("end", [" \n", "\n", "\r\n"])
def test_word2vec_text_is_read(tmp_path, end):
    """word2vec.c ends its lines with a space ("%lf " each), gensim does not."""
    path = tmp_path / "vectors.txt"
    lines = ["4 2\n", *(f"{word} {row[0]!r} {row[1]!r}{end}" for word, row in zip(WORDS, VECTORS.tolist()))]
    path.write_bytes("".join(lines).encode())
    space = Embeddings.from_word2vec(path)
    assert space.words == tuple(WORDS)
    np.testing.assert_array_equal(space.vectors, VECTORS)
    assert Embeddings.from_word2vec(path, limit=3).words == tuple(WORDS[:3])


def test_glove_has_no_header_and_may_have_spaces_in_words(tmp_path):
    path = tmp_path / "glove.txt.gz"
    text = "the 0.1 0.2 -0.3\n. . . 1 2 3\nat name@domain.com 4 5 6\n"
    path.write_bytes(gzip.compress(text.encode()))
    space = Embeddings.from_glove(path)
    assert space.words == ("the", ". . .", "at name@domain.com")
    np.testing.assert_array_equal(space.vectors, np.array([[0.1, 0.2, -0.3], [1, 2, 3], [4, 5, 6]], dtype=np.float32))


def test_glove_is_written_without_a_header(tmp_path):
    path = Embeddings(["a", "b"], [[1, 0.5], [-2, 1e-7]]).save_glove(tmp_path / "glove.txt")
    assert path.read_text() == "a 1 0.5\nb -2 1.00000001e-07\n"


def fnv(ngram):
    """FNV-1a of 32 bits over signed bytes, one at a time."""
    value = 2166136261
    for byte in ngram.encode():
        value = ((value ^ ((byte - 256 if byte > 127 else byte) % 2**32)) * 16777619) % 2**32
    return value


def ngrams(word, minn, maxn):
    """N-grams of a word between its marks, but for the marks themselves."""
    spans = [(i, i + n) for i in range(len(word)) for n in range(minn, maxn + 1) if i + n <= len(word)]
    return [word[i:j] for i, j in spans if not (j - i == 1 and (i == 0 or j == len(word)))]


def test_hashes_are_the_published_ones():
    """Vectors of the authors of FNV: "a" is e40c292c, "foobar" is bf9cf968."""
    assert (fnv("a"), fnv("foobar")) == (0xE40C292C, 0xBF9CF968)
    _, bucket = find_ngrams(["foobar"], 6, 6, 2**31)
    assert bucket.tolist() == [0xBF9CF968 % 2**31]


@pytest.mark.parametrize(("minn", "maxn"), [(3, 6), (1, 2), (2, 2), (1, 1)])
def test_ngrams_one_by_one(minn, maxn):
    words = ["<größe>", "", "<a>", "<日本語>", "<😀>"]
    owner, bucket = find_ngrams(words, minn, maxn, 2_000_000)
    for i, word in enumerate(words):
        expected = sorted(fnv(ngram) % 2_000_000 for ngram in ngrams(word, minn, maxn))
        assert sorted(bucket[owner == i].tolist()) == expected


def fasttext_model(matrix, *, version=12, model=2, minn=2, maxn=4, bucket=5, pruned=None, quantised=b"\0"):
    """A model of the words the, größe and </s> and a label, as FastText::saveModel writes it."""
    entries = [("the", 9, 0), ("größe", 7, 0), ("</s>", 5, 0), ("__label__a", 3, 1)]
    head = struct.pack("<ii", 793712314, version)
    settings = struct.pack("<12id", 2, 5, 5, 1, 5, 1, 2, model, bucket, minn, maxn, 100, 1e-4)
    sizes = struct.pack("<iiiqq", 4, 3, 1, 24, -1 if pruned is None else len(pruned))
    names = b"".join(word.encode() + b"\0" + struct.pack("<qb", count, kind) for word, count, kind in entries)
    left = b"".join(struct.pack("<ii", *pair) for pair in (pruned or {}).items())
    rows = struct.pack("<qq", *matrix.shape) + matrix.astype("<f4").tobytes()
    output = b"\0" + struct.pack("<qq", 3, 2) + bytes(24)
    return head + settings + sizes + names + left + quantised + rows + output


MATRIX = np.random.default_rng(1).normal(size=(8, 2)).astype(np.float32)


def mean_of(word, row, place, minn=2, maxn=4):
    """Mean of a word's row and of those of its n-grams; ``place`` says where a bucket's row is."""
    places = [place(fnv(ngram) % 5) for ngram in ngrams(f"<{word}>", minn, maxn)]
    return np.mean([MATRIX[row].astype(float), *(MATRIX[3 + p].astype(float) for p in places if p >= 0)], axis=0)


def test_fasttext_model_gives_the_mean_of_a_word_and_its_ngrams(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(fasttext_model(MATRIX))
    space = Embeddings.from_fasttext(path)
    assert space.words == ("the", "größe", "</s>")
    assert space.counts.tolist() == [9, 7, 5]
    expected = [mean_of("the", 0, int), mean_of("größe", 1, int), MATRIX[2]]
    np.testing.assert_allclose(space.vectors, expected, rtol=HALF_ULP, atol=HALF_ULP)
    assert Embeddings.from_fasttext(path, limit=1).words == ("the",)


def test_fasttext_model_that_was_pruned(tmp_path):
    path, pruned = tmp_path / "model.bin", {0: 0, 3: 1}
    path.write_bytes(fasttext_model(MATRIX[:5], pruned=pruned))
    expected = [mean_of(word, i, lambda bucket: pruned.get(bucket, -1)) for i, word in enumerate(["the", "größe"])]
    np.testing.assert_allclose(Embeddings.from_fasttext(path).vectors[:2], expected, rtol=HALF_ULP, atol=HALF_ULP)


def test_fasttext_classifier_of_the_old_version_has_no_ngrams(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(fasttext_model(MATRIX, version=11, model=3))
    np.testing.assert_array_equal(Embeddings.from_fasttext(path).vectors, MATRIX[:3])


def test_fasttext_vectors_are_word2vec_text(tmp_path):
    path = tmp_path / "model.vec"
    path.write_text("2 2\nthe 0.5 1 \nof -1 2 \n")
    space = Embeddings.from_fasttext(path)
    assert space.words == ("the", "of")
    np.testing.assert_array_equal(space.vectors, [[0.5, 1], [-1, 2]])
