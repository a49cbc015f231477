"""Files of vectors that are broken, each with a message that says where."""

import gzip
import struct

import numpy as np
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, DataWarning, SpecError

READERS = {"word2vec": Embeddings.from_word2vec, "glove": Embeddings.from_glove, "fasttext": Embeddings.from_fasttext}
TEXT = "3 2\nthe 1 2\nof 3 4\nand 5 6\n"
BINARY = b"2 2\n" + b"the " + struct.pack("<2f", 1, 2) + b"\n" + b"of " + struct.pack("<2f", 3, 4) + b"\n"
FASTTEXT = struct.pack("<ii", 793712314, 12) + struct.pack("<12id", 2, 5, 5, 1, 5, 1, 2, 2, 5, 0, 0, 100, 1e-4)
DICTIONARY = struct.pack("<iiiqq", 1, 1, 0, 9, -1) + b"the\0" + struct.pack("<qb", 9, 0)


@pytest.mark.parametrize(
    ("form", "content", "says"),
    [
        ("word2vec", "the 1 2\nof 3 4\n", "Line 1 .*begins with its numbers of words and of dimensions"),
        ("word2vec", "", "Line 1 "),
        ("word2vec", "0 2\n", "Line 1 "),
        ("word2vec", TEXT.replace("3 2", "4 2"), "has 4 words, and ends after 3.*limit=3"),
        ("word2vec", TEXT.replace("3 2", "2 2"), "has 2 words, and goes on in line 4 .*limit=2"),
        ("word2vec", TEXT.replace("3 2", "3 3"), "Line 2 .* has 2 numbers after its word. 3 are needed"),
        ("word2vec", TEXT.replace("3 4", "3"), "Line 3 .* has 1 numbers after its word. 2 are needed"),
        ("word2vec", TEXT.replace("3 4", "3 4 9"), "Line 3 .* has 3 numbers after its word. 2 are needed"),
        ("word2vec", TEXT.replace("3 4", "3 x"), "Line 3 .* has 1 numbers after its word"),
        ("word2vec", TEXT.replace("3 4", "3 nan"), "row 1 holds a number that is not finite"),
        ("word2vec", TEXT.replace("of 3 4", ""), "Line 3 .* has 0 numbers"),
        ("word2vec", b"1 2\n\xff\xfe 1 2\n", "Line 2 .*is not UTF-8"),
        ("word2vec", BINARY[:-6], "ends, or holds something else, in word 2.*limit=1"),
        ("word2vec", BINARY + b"more ", "goes on after them"),
        ("word2vec", BINARY.replace(b"2 2\n", b"9000000000 2\n"), "ends, or holds something else, in word 3"),
        ("word2vec", BINARY.replace(b"of", b"\xff\xfe"), "Word 2 .*is not UTF-8"),
        ("word2vec", gzip.compress(BINARY * 50)[:-20], "cannot be read .EOFError"),
        ("glove", "3 2\nthe 1 2\n", "the header of a word2vec file"),
        ("glove", "", "holds no vectors"),
        ("glove", "the\n", "Line 1 .*A word and its numbers are needed"),
        ("glove", "the 1 2\nof 1\n", "Line 2 .* has 1 numbers after its word. 2 are needed"),
        ("fasttext", FASTTEXT, "ends before the model does"),
        ("fasttext", FASTTEXT + DICTIONARY[:-12], "ends before the model does"),
        ("fasttext", FASTTEXT + DICTIONARY + b"\0" + struct.pack("<qq", 1, 2), "ends before the model does"),
        ("fasttext", FASTTEXT + DICTIONARY + b"\0" + struct.pack("<qq4f", 1, 3, 1, 2, 3, 4), "other dimensions"),
        ("fasttext", FASTTEXT + DICTIONARY + b"\0" + struct.pack("<qq", 0, 2), "ends before the model does"),
        ("fasttext", FASTTEXT + DICTIONARY + b"\1", "quantised"),
        ("fasttext", struct.pack("<ii", 793712314, 99), "version 99"),
        ("fasttext", BINARY, "does not begin as a fastText model does"),
        ("fasttext", gzip.compress(FASTTEXT), "packed model.*gunzip"),
    ],
)
def test_broken_files_say_where(tmp_path, form, content, says):
    path = tmp_path / "vectors.bin"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=says):
        READERS[form](path)


@pytest.mark.parametrize("form", READERS)
def test_files_that_are_not_there(tmp_path, form):
    with pytest.raises(DataError, match=r"cannot be read .FileNotFoundError"):
        READERS[form](tmp_path / "missing.vec")
    with pytest.raises(DataError, match="cannot be read"):
        READERS[form](tmp_path)


def test_a_limit_is_a_count(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(TEXT)
    with pytest.raises(SpecError, match="limit=0"):
        Embeddings.from_word2vec(path, limit=0)


def test_words_that_repeat_are_left_out_and_named(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("4 1\nthe 1\nof 2\nthe 3\n 4\n")
    with pytest.warns(DataWarning, match="2 words that are empty or stood there before: 'the' .word 3., '' .word 4."):
        space = Embeddings.from_word2vec(path)
    assert space.words == ("the", "of")
    np.testing.assert_array_equal(space.vectors, [[1], [2]])


@pytest.mark.parametrize("save", [Embeddings.save_word2vec, Embeddings.save_glove])
def test_words_with_spaces_are_not_written(tmp_path, save):
    with pytest.raises(DataError, match="'new york' holds a space"):
        save(Embeddings(["new york"], [[1.0]]), tmp_path / "vectors.txt")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("save", [Embeddings.save_word2vec, Embeddings.save_glove])
def test_nothing_is_overwritten_unasked(tmp_path, save):
    space, path = Embeddings(["a"], [[1.0]]), tmp_path / "vectors.txt"
    save(space, path)
    with pytest.raises(SpecError, match="exists"):
        save(space, path)
    assert save(space, path, force=True) == path
    with pytest.raises(SpecError, match=r"Leave .gz out"):
        save(space, tmp_path / "vectors.txt.gz")


def test_the_name_says_the_form_unless_told(tmp_path):
    space = Embeddings(["a"], [[1.0]])
    assert space.save_word2vec(tmp_path / "a.txt").read_bytes() == b"1 1\na 1\n"
    assert space.save_word2vec(tmp_path / "a.bin").read_bytes() == b"1 1\na \x00\x00\x80?\n"
    assert space.save_word2vec(tmp_path / "b.bin", binary=False).read_bytes() == b"1 1\na 1\n"


def test_thousands_of_lines_and_one_is_wrong(tmp_path):
    path = tmp_path / "vectors.txt"
    lines = [f"w{i} {i} 1" for i in range(9000)]
    path.write_text("\n".join(["9000 2", *lines]) + "\n")
    assert Embeddings.from_word2vec(path)["w8999"].tolist() == [8999, 1]
    lines[7000] = "w7000 7000"
    path.write_text("\n".join(["9000 2", *lines]) + "\n")
    with pytest.raises(DataError, match="Line 7002 "):
        Embeddings.from_word2vec(path)


def test_fields_may_be_parted_by_tabs(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text(TEXT.replace(" ", "\t"))
    assert Embeddings.from_word2vec(path)["and"].tolist() == [5, 6]


def test_words_with_spaces_in_a_word2vec_file_are_text_all_the_same(tmp_path):
    path = tmp_path / "vectors.txt"
    numbers = " ".join(f"0.{i}25" for i in range(1, 10))
    path.write_text(f"2 9\nnew york {numbers}\nthe {numbers}\n")
    assert Embeddings.from_word2vec(path).words == ("new york", "the")


def test_binary_files_are_told_from_text_by_what_they_hold(tmp_path):
    rng = np.random.default_rng(5)
    for d in (2, 3, 8, 50):
        for i in range(60):
            space = Embeddings(["a", "b"], rng.normal(size=(2, d)))
            path = space.save_word2vec(tmp_path / "vectors", binary=bool(i % 2), force=True)
            np.testing.assert_array_equal(Embeddings.from_word2vec(path).vectors, space.vectors)
