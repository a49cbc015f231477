"""Every source gives the same text, options say what they do, and the report counts what it says."""

import gzip
import json
from collections import Counter
from itertools import permutations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import zstandard

from lacunet.embedding.text import Tokens, _source, read_corpus
from lacunet.embedding.text._suspects import is_one_edit

TEXTS = ["Freedom of speech, and\tof worship;", "freedom from want… “Größe”", "Freedom from fear: 1,941 times."]
YEARS = [1941, 1942, 1943]


@pytest.fixture
def frame():
    return pd.DataFrame({"year": YEARS, "speech": TEXTS, "place": [1.5, None, 2.5]})


@pytest.fixture
def digest():
    return read_corpus(TEXTS).digest


def write_lines(path, lines, pack=None):
    content = "\n".join(lines).encode()
    path.write_bytes(content if pack is None else pack(content))
    return path


PACKS = {"": None, ".gz": gzip.compress, ".zst": lambda content: zstandard.ZstdCompressor().compress(content)}


@pytest.mark.parametrize("ending, pack", PACKS.items())
def test_plain_text_by_line(tmp_path, digest, ending, pack):
    path = write_lines(tmp_path / f"a.txt{ending}", [TEXTS[0], "", *TEXTS[1:], " -- "], pack)
    corpus = read_corpus(path)
    assert (corpus.digest, corpus.n_documents, corpus.variables) == (digest, 3, None)
    whole = read_corpus(str(path), documents="file")
    assert (whole.n_documents, whole.n_units, whole.n_tokens) == (1, 1, corpus.n_tokens)


def test_folder_and_list_of_files(tmp_path, digest):
    (tmp_path / "below").mkdir()
    paths = [tmp_path / "a.txt", tmp_path / "b.txt.gz", tmp_path / "below" / "c.txt"]
    for path, text in zip(paths, TEXTS, strict=True):
        write_lines(path, [text], gzip.compress if path.suffix == ".gz" else None)
    (tmp_path / ".hidden.txt").write_text("not me")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    corpus = read_corpus(tmp_path)
    assert corpus.digest == digest
    assert corpus.variables["file"].tolist() == ["a.txt", "b.txt.gz", "below/c.txt"]
    assert read_corpus(paths).digest == digest
    assert read_corpus([str(path) for path in paths]).digest == digest
    assert read_corpus(paths[::-1], documents="line").n_documents == 3


@pytest.mark.parametrize("ending, pack", PACKS.items())
def test_json_lines(tmp_path, digest, ending, pack):
    rows = [{"year": y, "text": t, "tags": ["x"]} | ({"late": "z"} if y == 1943 else {}) for y, t in zip(YEARS, TEXTS)]
    path = write_lines(tmp_path / f"a.jsonl{ending}", [*map(json.dumps, rows), ""], pack)
    corpus = read_corpus(path)
    assert corpus.digest == digest
    assert corpus.variables.columns.tolist() == ["year", "late"]
    assert corpus.variables["year"].tolist() == YEARS
    assert corpus.variables["late"].isna().tolist() == [True, True, False]
    strings = write_lines(tmp_path / "b.jsonl", [json.dumps(text) for text in TEXTS])
    assert read_corpus(strings).digest == digest


def test_halves_of_characters_in_json(tmp_path):
    path = write_lines(tmp_path / "a.jsonl", ['{"text": "a\\ud83d\\ude42b \\ud83d c\\u0000d"}'])
    assert read_corpus(path).vocabulary(1).words == ("a", "b", "c", "d")


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".csv.gz", ".csv.zst", ".parquet", ".feather", ".dta", ".xlsx"])
def test_files_of_rows_and_columns(tmp_path, frame, digest, ending):
    path = tmp_path / f"a{ending}"
    separator = "\t" if "tsv" in ending else ","
    if "csv" in ending or "tsv" in ending:
        frame.to_csv(path, index=False, sep=separator)
    else:
        write = {".parquet": "to_parquet", ".feather": "to_feather", ".dta": "to_stata", ".xlsx": "to_excel"}[ending]
        options = (
            {"write_index": False, "version": 118}
            if ending == ".dta"
            else {"index": False}
            if ending == ".xlsx"
            else {}
        )
        getattr(frame, write)(path, **options)
    corpus = read_corpus(path, text="speech")
    assert corpus.digest == digest
    assert corpus.variables.columns.tolist() == ["year", "place"]
    assert corpus.variables["year"].tolist() == YEARS
    np.testing.assert_array_equal(corpus.variables["place"].to_numpy(dtype=float), [1.5, np.nan, 2.5])
    assert read_corpus(path).digest == digest


def test_tables_in_many_batches(tmp_path, frame, monkeypatch):
    large = pd.concat([frame] * 3000, ignore_index=True)
    large.loc[5, "speech"] = None
    large["speech"] = large["speech"] + '\nsaid, "so"'
    expected = read_corpus(large)
    monkeypatch.setattr("lacunet.embedding.text._columns._BLOCK", 1 << 14)
    large.to_csv(tmp_path / "a.csv", index=False, na_rep="")
    large.to_parquet(tmp_path / "a.parquet")
    from_parquet = read_corpus(tmp_path / "a.parquet")
    assert from_parquet.digest == expected.digest
    assert (from_parquet.notes, expected.n_documents) == (expected.notes, 8999)
    assert from_parquet.variables["year"].tolist() == expected.variables["year"].tolist()
    from_csv = read_corpus(tmp_path / "a.csv")
    assert from_csv.vocabulary().words == expected.vocabulary().words
    assert from_csv.variables["year"].tolist() == large["year"].tolist()
    assert read_corpus([tmp_path / "a.csv", tmp_path / "a.csv"]).variables.shape == (18_000, 2)


@pytest.mark.parametrize(
    "make", [lambda f: f, pl.from_pandas, pa.Table.from_pandas, lambda f: f.astype({"speech": "category"})]
)
def test_frames(frame, digest, make):
    corpus = read_corpus(make(frame))
    assert corpus.digest == digest
    assert corpus.variables["year"].tolist() == YEARS
    assert corpus.recount([2, 2]).variables["year"].tolist() == [1943, 1943]


def test_iterables(frame, digest):
    assert read_corpus(text for text in TEXTS).digest == digest
    assert read_corpus(frame["speech"]).digest == digest
    assert read_corpus(np.array(TEXTS)).digest == digest
    words = [["Freedom", "of", "speech"], ("of", "a  b"), []]
    corpus = read_corpus(iter(words))
    assert set(corpus.vocabulary(1).words) == {"Freedom", "of", "speech", "a  b"}
    assert (corpus.n_documents, corpus.n_units) == (3, 2)


@pytest.mark.parametrize("block", [8, 33])
def test_blocks_do_not_show(tmp_path, monkeypatch, block):
    text = "Mr. Smith said\u2019s no. He went to http://a.b/c U.S.A. \u4e2d\u56fd\n\nNew 3,000.5 self-made. " * 9
    tokens = Tokens(units="sentence", punctuation="keep", urls="keep")
    expected = read_corpus([text], tokens=tokens).digest
    monkeypatch.setattr(_source, "BLOCK", block)
    monkeypatch.setattr("lacunet.embedding.text._open.CHUNK", block)
    assert read_corpus([text], tokens=tokens).digest == expected
    path = write_lines(tmp_path / "a.txt", [text])
    assert read_corpus(path, tokens=tokens, documents="file").digest == expected


def test_many_words_grow_the_store():
    rng = np.random.default_rng(1)
    words = ["".join(letters) for letters in permutations("abcdefghi", 7)]
    rng.shuffle(words)
    corpus = read_corpus([" ".join(words), " ".join(words[::-1])])
    vocabulary = corpus.vocabulary(min_count=2)
    assert list(vocabulary.words) == words
    assert (vocabulary.counts == 2).all()


def test_progress_and_repr(tmp_path):
    told = []
    path = write_lines(tmp_path / "a.txt", ["some words in a line"] * 200_000)
    corpus = read_corpus(path, progress=lambda *what: told.append(what))
    assert [what[1] for what in told] == sorted({what[1] for what in told})
    assert told[-1][0] == "reading"
    assert repr(corpus) == "Corpus(200,000 documents, 200,000 units, 1,000,000 words, 5 distinct)"
    assert repr(corpus.vocabulary(max_words=2)) == "Vocabulary(2 words, 400,000 tokens, min_count=5)"
    assert "line" in corpus.vocabulary()


def test_report_counts_and_finds():
    texts = ["government responsibility of the people"] * 300 + [
        "goverment th3se peoples governments xkcdqz aaaaah",
        "rarely here",
    ]
    corpus = read_corpus(texts, tokens=Tokens(phrases=None))
    report = corpus.report(min_count=5)
    counted = Counter(word for text in texts for word in text.split())
    kept = [word for word, count in counted.items() if count >= 5]
    limits = report.limits.set_index("min_count")
    assert limits.loc[5, "words"] == len(kept)
    assert limits.loc[5, "coverage"] == sum(counted[word] for word in kept) / counted.total()
    table = report.table
    of = dict(list(table.groupby("part")))
    assert of["misspelling"][["word", "remark"]].to_numpy().tolist() == [["goverment", "government"]]
    assert dict(zip(of["debris"]["word"], of["debris"]["remark"], strict=True)) == {
        "th3se": "digits inside letters",
        "xkcdqz": "no vowel",
        "aaaaah": "one letter many times",
    }
    assert set(of["removed"]["word"]) == {word for word, count in counted.items() if count < 5}
    assert table["share"].to_numpy() == pytest.approx([counted[word] / counted.total() for word in table["word"]])
    assert report.growth.iloc[-1].tolist() == [counted.total(), len(counted)]
    assert "1 word may be misspelt (1 token), such as 'goverment' (government)." in str(report.summary())
    assert "| goverment | 1 |" in report.to_markdown().replace("misspelling | ", "")
    assert "<td>goverment</td>" in report.to_html()
    assert read_corpus(["one word"]).report(1).limits["words"].max() == 2


def test_edits_by_hand():
    letters = "abcd"
    for word in ("abcd", "aab", "ba"):
        one = {word[:k] + word[k + 1 :] for k in range(len(word))}
        one |= {word[:k] + letter + word[k + j :] for k in range(len(word) + 1) for letter in letters for j in (0, 1)}
        one |= {word[:k] + word[k + 1] + word[k] + word[k + 2 :] for k in range(len(word) - 1)}
        for other in {
            "".join(some) for n in range(1, 6) for some in np.ndindex(*[4] * n) for some in [[letters[k] for k in some]]
        }:
            assert is_one_edit(word, other) == (other in one and other != word)
