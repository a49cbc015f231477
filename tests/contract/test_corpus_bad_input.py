"""What cannot be read is refused in plain words; what can be read with a reservation is read, and said."""

import errno
import gzip
import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
import zstandard

from lacunet.embedding.text import Phrases, Tokens, _stream, read_corpus
from lacunet.errors import ColumnError, DataError, DataWarning, SpecError

MEGABYTE = 1 << 20


@pytest.fixture
def frame():
    return pd.DataFrame({"speech": ["some words", None, "more"], "year": [1, 2, 3]})


@pytest.mark.parametrize("source", [[""], ["...", "—"], [[]], [[""], []]])
def test_no_word(source):
    with pytest.raises(DataError, match="no word"):
        read_corpus(source)


def test_empty_sources(tmp_path):
    with pytest.raises(DataError, match="no document"):
        read_corpus([])
    with pytest.raises(DataError, match="no rows"):
        read_corpus(pd.DataFrame({"text": []}))
    with pytest.raises(DataError, match="no file that can be read"):
        read_corpus(tmp_path)
    for name in ("a.txt", "a.jsonl", "a.csv"):
        (tmp_path / name).write_text("")
        with pytest.raises(DataError, match=r"no word|no rows"):
            read_corpus(tmp_path / name)
    (tmp_path / "a.csv").write_text("year,text\n")
    with pytest.raises(DataError, match="no rows"):
        read_corpus(tmp_path / "a.csv")


def test_one_word():
    corpus = read_corpus(["word"])
    assert (corpus.n_tokens, corpus.n_types, corpus.vocabulary(1).words) == (1, 1, ("word",))
    assert len(corpus.vocabulary()) == 0
    assert list(corpus.pieces(corpus.vocabulary())) == []
    assert "removes 1 word (1 token)" in str(corpus.report())


def test_all_words_dropped():
    with pytest.raises(DataError, match="No word is left"):
        read_corpus(["the 12"], tokens=Tokens(stop_words=["the"], numbers="drop"))


def test_a_line_of_100_megabytes(tmp_path):
    path = tmp_path / "a.txt"
    with open(path, "wb") as file:
        for _ in range(100):
            file.write(b"environmental-responsibilities " * (MEGABYTE // 31))
    corpus = read_corpus(path)
    assert (corpus.n_documents, corpus.n_types, corpus.n_tokens) == (1, 1, 100 * (MEGABYTE // 31))
    lengths = [len(piece) for piece in corpus.pieces(corpus.vocabulary(), size=MEGABYTE)]
    assert (sum(lengths), len(lengths)) == (corpus.n_tokens + 1, 4)


def test_a_word_without_end(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * (6 * MEGABYTE) + b" y")
    assert [len(word) for word in read_corpus(path).vocabulary(1).words] == [6 * MEGABYTE, 1]


def test_bytes_that_are_not_utf8(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("one\ntwo caf\xe9 three\nna\xefve \ufffd".encode("latin-1", "replace"))
    with pytest.warns(DataWarning, match=r"2 places in 'a\.txt' are not UTF-8 \(first in line 2\).*latin-1"):
        corpus = read_corpus(path)
    assert set(corpus.vocabulary(1).words) == {"one", "two", "caf", "three", "na", "ve"}
    assert "2 places" in corpus.notes[0]
    assert "café" in read_corpus(path, encoding="latin-1").vocabulary(1)
    with pytest.warns(DataWarning, match="are not ASCII"):
        read_corpus(path, encoding="ascii")
    with pytest.raises(SpecError, match="encoding='latin-17' is unknown"):
        read_corpus(path, encoding="latin-17")


def test_other_encodings(tmp_path):
    text = "Größe\nund Ödnis 中"
    expected = read_corpus(text.splitlines()).digest
    for encoding in ("utf-16", "utf-8-sig", "utf-32", "gb18030"):
        path = tmp_path / f"{encoding}.txt"
        path.write_bytes(text.encode(encoding))
        assert read_corpus(path, encoding=encoding).digest == expected
    assert read_corpus(tmp_path / "utf-8-sig.txt").digest == expected
    with pytest.raises(DataError, match="encoding='utf-16'"):
        read_corpus(tmp_path / "utf-16.txt")
    (tmp_path / "b.txt").write_bytes(bytes(1000) + b"text")
    with pytest.raises(DataError, match="binary"):
        read_corpus(tmp_path / "b.txt")


@pytest.mark.parametrize(
    "ending, pack", [(".gz", gzip.compress), (".zst", zstandard.ZstdCompressor(write_checksum=True).compress)]
)
def test_damaged_packs(tmp_path, ending, pack):
    rng = np.random.default_rng(0)
    whole = pack(" ".join(map(str, rng.integers(0, 10**9, size=300_000))).encode())
    path = tmp_path / f"a.txt{ending}"
    for content in (b"no pack at all", whole[: len(whole) // 2], whole[:2000] + b"damage" + whole[2006:]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="damaged, cut off"):
            read_corpus(path)


def test_files_that_are_not_there(tmp_path):
    (tmp_path / "speeches.txt").write_text("words")
    with pytest.raises(DataError, match=r"Did you mean 'speeches\.txt'"):
        read_corpus(tmp_path / "speches.txt")
    with pytest.raises(DataError, match="no file"):
        read_corpus([str(tmp_path / "speeches.txt"), "absent.txt"])
    with pytest.raises(DataError, match=r"read_corpus\(\[text\]\)"):
        read_corpus("a text, not the name of a file, that someone handed over just as it is, of many words " * 9)


def test_columns_that_are_not_there(tmp_path, frame):
    with pytest.raises(ColumnError, match="Did you mean 'speech'"):
        read_corpus(frame, text="speeches")
    with pytest.raises(ColumnError, match=r"holds 1 \(int\) in column 'year', row 1"):
        read_corpus(frame, text="year")
    with pytest.raises(ColumnError, match="in column 'year'"):
        read_corpus(pl.from_pandas(frame), text="year")
    with pytest.raises(ColumnError, match="no texts"):
        read_corpus(frame[["year"]])
    with pytest.raises(ColumnError, match="2 names with texts"):
        read_corpus(frame.assign(other="x"))
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "a", "n": 1}) + "\n\n" + json.dumps({"txt": "a"}))
    with pytest.raises(ColumnError, match=r"Line 3 of 'a\.jsonl' has nothing named 'text'.*Did you mean 'txt'"):
        read_corpus(path)
    with pytest.raises(ColumnError, match="has a number under 'n'"):
        read_corpus(path, text="n")


def test_missing_texts_are_left_out(tmp_path, frame):
    for source in (frame, pl.from_pandas(frame)):
        corpus = read_corpus(source)
        assert corpus.n_documents == 2
        assert corpus.variables["year"].tolist() == [1, 3]
        assert corpus.notes == ("1 document has no text (missing) and was left out.",)
    corpus = read_corpus(["a b", None, float("nan"), "..."])
    assert corpus.notes == (
        "2 documents have no text (missing) and were left out.",
        "1 of 2 documents have no word.",
    )
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": null, "k": 1}\n{"text": "a", "k": 2}')
    assert read_corpus(path, text="text").variables["k"].tolist() == [2]


def test_json_that_is_none(tmp_path):
    path = tmp_path / "a.jsonl"
    for content, message in (
        ('{"text": "a"}\n{"text": "b"', "Line 2 .* is no JSON"),
        ('["a", "b"]', "is a JSON list"),
        ("[" * 100_000, "is no JSON"),
    ):
        path.write_text(content)
        with pytest.raises(DataError, match=message):
            read_corpus(path)


def test_tables_that_are_none(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("year,text\n1,a,b\n")
    with pytest.raises(DataError, match="no clean table"):
        read_corpus(path)
    path.write_text('text\n"' + "a word " * 6_000_000 + '"\n')
    with pytest.raises(DataError, match="row of more than 32 MB"):
        read_corpus(path)
    path.write_text("text,text\na,b\n")
    with pytest.raises(DataError, match="more than once"):
        read_corpus(path)
    (tmp_path / "a.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match="damaged or no parquet"):
        read_corpus(tmp_path / "a.parquet")


@pytest.mark.parametrize("source", [["a", 5], ["a", ["b"]], [["a"], "b"], [["a", 5]], [5]])
def test_documents_of_another_kind(source):
    with pytest.raises(DataError, match=r"Document [01] holds"):
        read_corpus(source)


@pytest.mark.parametrize("source", [5, None, b"bytes"])
def test_sources_of_another_kind(source):
    with pytest.raises(SpecError, match="A file, a folder, a data frame"):
        read_corpus(source)


def test_options_that_do_not_fit(tmp_path, frame):
    path = tmp_path / "a.txt"
    path.write_text("words")
    (tmp_path / "b.jsonl").write_text('{"text": "a"}')
    for name in ("c.pdf", "d.parquet.gz"):
        (tmp_path / name).write_bytes(b"%")
    for source, options, message in (
        (path, {"text": "speech"}, "Plain text has none"),
        (path, {"documents": "files"}, "documents='files' is unknown"),
        (tmp_path / "b.jsonl", {"documents": "line"}, "is for plain text"),
        ([path, tmp_path / "b.jsonl"], {}, "of several kinds"),
        (tmp_path / "c.pdf", {}, "is no text file"),
        (tmp_path / "d.parquet.gz", {}, "Unpack it first"),
        (frame, {"encoding": "utf-8"}, "is for files"),
        (["a"], {"text": "x"}, "names a column"),
        (["a"], {"tokens": "lower"}, "is no Tokens"),
    ):
        with pytest.raises(SpecError, match=message):
            read_corpus(source, **options)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"numbers": "masked"}, "Did you mean 'mask'"),
        ({"units": "paragraph"}, "units='paragraph' is unknown"),
        ({"hyphens": None}, "hyphens=None"),
        ({"lower": "yes"}, "neither True nor False"),
        ({"stop_words": "the"}, "no list of words"),
        ({"stop_words": ["the", None]}, "holds None"),
        ({"expressions": ["a b", " "]}, "holds ' '"),
        ({"transform": "stem"}, "cannot be called"),
        ({"phrases": True}, "is no Phrases"),
    ],
)
def test_tokens_that_are_wrong(options, message):
    with pytest.raises(SpecError, match=message):
        Tokens(**options)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"passes": 0}, "passes=0"),
        ({"min_count": 1.5}, "min_count=1.5"),
        ({"score": "pmi"}, "Did you mean 'npmi'"),
        ({"score": "npmi", "threshold": 10}, "from -1 to 1"),
        ({"threshold": float("nan")}, "no threshold"),
    ],
)
def test_phrases_that_are_wrong(options, message):
    with pytest.raises(SpecError, match=message):
        Phrases(**options)


def test_functions_and_terms_that_are_wrong():
    with pytest.raises(SpecError, match=r"transform\('word'\) gave None"):
        read_corpus(["word"], tokens=Tokens(transform=lambda word: None))
    with pytest.raises(SpecError, match="has no word"):
        read_corpus(["word"], tokens=Tokens(expressions=["..."]))


def test_questions_that_make_no_sense():
    corpus = read_corpus(["a b", "c"])
    other = read_corpus(["a b c d e"])
    for ask, message in (
        (lambda: corpus.vocabulary(0), "min_count=0"),
        (lambda: corpus.vocabulary(max_words=-1), "max_words=-1"),
        (lambda: corpus.report(min_count="5"), "min_count='5'"),
        (lambda: corpus.pieces(other.vocabulary(1)), "must belong together"),
        (lambda: corpus.pieces(corpus.vocabulary(1), size=0), "size=0"),
        (lambda: corpus.recount([2]), "from 0 to 1"),
        (lambda: corpus.recount([-1]), "from 0 to 1"),
        (lambda: corpus.recount([True, False]), "np.flatnonzero"),
    ):
        with pytest.raises(SpecError, match=message):
            ask()
    with pytest.raises(DataError, match="No document"):
        corpus.recount([])


def test_a_full_disk(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(_stream.tempfile, "tempdir", str(tmp_path))
    opened = _stream.open if hasattr(_stream, "open") else open

    class Full:
        def __init__(self, *arguments, **options):
            self._file = opened(*arguments, **options)

        def write(self, content):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            self._file.close()

    monkeypatch.setattr(_stream, "open", Full, raising=False)
    for source in (["a b"], [["a", "b"]]):
        with pytest.raises(DataError, match=r"The disk is full.*TMPDIR"):
            read_corpus(source)
        assert list(tmp_path.iterdir()) == []


def test_the_temporary_file_goes_with_the_corpus(monkeypatch, tmp_path):
    monkeypatch.setattr(_stream.tempfile, "tempdir", str(tmp_path))
    corpus = read_corpus(["a b c"], tokens=Tokens(expressions=["a b"]))
    part = corpus.recount([0])
    assert len(list(tmp_path.iterdir())) == 1
    del corpus
    assert part.n_tokens == 2
    assert len(list(part.pieces(part.vocabulary(1)))) == 1
    next(tmp_path.rglob("words.int32")).write_bytes(b"")
    with pytest.raises(DataError, match="was cut off"):
        list(part.pieces(part.vocabulary(1)))
    del part
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_half_way(monkeypatch, tmp_path):
    monkeypatch.setattr(_stream.tempfile, "tempdir", str(tmp_path))

    def documents():
        yield "some words"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_corpus(documents())
    assert list(tmp_path.iterdir()) == []
