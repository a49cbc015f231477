"""Counts against collections.Counter, phrases and expressions against plain Python, on texts drawn at random."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from lacunet.embedding.text import Phrases, Tokens, _join, _stream, read_corpus
from lacunet.embedding.text._phrases import score_pairs

ROUNDING = 1e-12
"""Sums of two logarithms in another order."""


@pytest.fixture
def documents():
    """Lists of words in which some pairs stand together more often than chance."""
    rng = np.random.default_rng(3)
    words = np.array([f"w{k}" for k in range(40)])
    share = 1 / np.arange(1, 41)
    texts = []
    for n in rng.integers(0, 300, size=60):
        drawn = rng.choice(words, size=n, p=share / share.sum()).tolist()
        for k in range(0, len(drawn) - 2, 9):
            drawn[k : k + 2] = [["new", "york"], ["united", "nations"], ["a", "a"]][k % 3]
        texts.append(drawn)
    return texts


def units_of(corpus, vocabulary=None, size=100, documents=None):
    """Lists of words, unit by unit."""
    vocabulary = vocabulary or corpus.vocabulary(min_count=1)
    pieces = list(corpus.pieces(vocabulary, size=size, documents=documents))
    rows = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int32)
    parts = np.split(rows, np.flatnonzero(rows == -1) + 1)
    return [[vocabulary.words[row] for row in part if row >= 0] for part in parts if len(part)]


def test_words_counts_and_order(documents):
    corpus = read_corpus(documents)
    counted = Counter(word for words in documents for word in words)
    first = {word: k for k, word in enumerate(dict.fromkeys(word for words in documents for word in words))}
    expected = sorted(counted, key=lambda word: (-counted[word], first[word]))
    vocabulary = corpus.vocabulary(min_count=1)
    assert list(vocabulary.words) == expected
    assert vocabulary.counts.tolist() == [counted[word] for word in expected]
    assert (corpus.n_tokens, corpus.n_types) == (counted.total(), len(counted))
    assert (corpus.n_documents, corpus.n_units) == (len(documents), sum(bool(words) for words in documents))
    least = corpus.vocabulary(min_count=50)
    assert list(least.words) == [word for word in expected if counted[word] >= 50]
    assert list(corpus.vocabulary(1, max_words=7).words) == expected[:7]
    assert least.n_tokens == sum(counted[word] for word in least.words)
    assert least.index[expected[3]] == 3


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_pieces_give_the_text_back(documents, size):
    corpus = read_corpus(documents)
    assert units_of(corpus, size=size) == [words for words in documents if words]
    few = corpus.vocabulary(max_words=5)
    left = [[word for word in words if word in few] for words in documents]
    assert units_of(corpus, few, size) == [words for words in left if words]
    pieces = list(corpus.pieces(few, size))
    assert all(len(piece) >= size for piece in pieces[:-1])
    assert all(np.array_equal(a, b) for a, b in zip(pieces, corpus.pieces(few, size), strict=True))


def test_strings_and_lists_of_words_are_the_same_text(documents):
    as_text = read_corpus([" ".join(words) for words in documents])
    assert as_text.digest == read_corpus(documents).digest
    assert as_text.digest != read_corpus(documents[::-1]).digest


def test_documents_in_any_order(documents):
    corpus = read_corpus(documents)
    chosen = np.random.default_rng(0).integers(0, len(documents), size=80)
    expected = [documents[k] for k in chosen if documents[k]]
    assert units_of(corpus, documents=chosen) == expected
    again = corpus.recount(chosen)
    assert units_of(again) == expected
    counted = Counter(word for words in expected for word in words)
    vocabulary = again.vocabulary(min_count=1)
    assert dict(zip(vocabulary.words, vocabulary.counts.tolist(), strict=True)) == counted
    assert (again.n_documents, again.n_units, again.n_tokens) == (80, len(expected), counted.total())
    twice = again.recount([3, 3, 0])
    assert units_of(twice) == [documents[chosen[k]] for k in (3, 3, 0) if documents[chosen[k]]]
    assert again.digest != corpus.digest


def join_by_hand(units, phrases):
    """One pass of word2phrase or NPMI, as its formula says."""
    ones = Counter(word for unit in units for word in unit)
    twos = Counter(pair for unit in units for pair in pairwise(unit))
    total = ones.total()

    def score(a, b):
        n = twos[a, b]
        if min(ones[a], ones[b], n) < phrases.min_count:
            return -np.inf
        if phrases.score == "word2phrase":
            return (n - phrases.min_count) / ones[a] / ones[b] * total
        return np.log((n / total) / (ones[a] / total * ones[b] / total)) / -np.log(n / total)

    joined = []
    for unit in units:
        out, k = [], 0
        while k < len(unit):
            if k + 1 < len(unit) and score(unit[k], unit[k + 1]) > phrases.limit:
                out.append(f"{unit[k]}_{unit[k + 1]}")
                k += 2
            else:
                out.append(unit[k])
                k += 1
        joined.append(out)
    return joined


@pytest.mark.parametrize(
    "score, threshold", [("word2phrase", 3.0), ("npmi", 0.3), ("word2phrase", None), ("npmi", -1.0)]
)
@pytest.mark.parametrize("chunk", [5, 1 << 20])
def test_phrases_by_hand(documents, score, threshold, chunk, monkeypatch):
    monkeypatch.setattr(_stream.Stream.chunks, "__defaults__", (chunk,))
    phrases = Phrases(passes=2, threshold=threshold, min_count=4, score=score)
    corpus = read_corpus(documents, tokens=Tokens(phrases=phrases))
    expected = [words for words in documents if words]
    for _ in range(2):
        expected = join_by_hand(expected, phrases)
    assert units_of(corpus) == expected
    if threshold is not None:
        assert any("new_york" in unit for unit in expected)
    counted = Counter(word for unit in expected for word in unit)
    first = {word: k for k, word in enumerate(dict.fromkeys(word for unit in expected for word in unit))}
    assert list(corpus.vocabulary(1).words) == sorted(counted, key=lambda word: (-counted[word], first[word]))
    assert corpus.n_documents == len(documents)
    for k in (0, 17, 59):
        assert [w for u in units_of(corpus, documents=[k]) for w in u] == (join_part(documents, expected, k))


def join_part(documents, expected, k):
    place = sum(bool(words) for words in documents[:k])
    return expected[place] if documents[k] else []


def test_scores_in_closed_form():
    counts = np.array([10, 20, 30])
    keys, times = np.array([0 * 3 + 1, 2 * 3 + 0]), np.array([8, 9])
    found = score_pairs(keys, times, counts, Phrases(min_count=5))
    np.testing.assert_allclose(found, [3 / 200 * 60, 4 / 300 * 60], rtol=ROUNDING)
    found = score_pairs(keys, times, counts, Phrases(score="npmi"))
    expected = [np.log(8 * 60 / 200) / np.log(60 / 8), np.log(9 * 60 / 300) / np.log(60 / 9)]
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


@pytest.mark.parametrize("chunk", [2, 1 << 20])
def test_longest_expression_first(chunk, monkeypatch):
    monkeypatch.setattr(_stream.Stream.chunks, "__defaults__", (chunk,))
    tokens = Tokens(
        expressions=[
            "Environmental Protection Agency",
            "protection agency",
            "environmental protection",
            "of the",
            "x y",
        ],
        stop_words=["the", "of"],
        transform=lambda word: word.removesuffix("s"),
    )
    texts = [
        "The environmental protection agency's head",
        "",
        "environmental protection of the Protection Agency.",
        "agency",
    ]
    corpus = read_corpus(texts + ["cats of dogs"], tokens=tokens)
    assert units_of(corpus) == [
        ["environmental_protection", "agency'", "head"],
        ["environmental_protection", "of_the", "protection_agency"],
        ["agency"],
        ["cat", "dog"],
    ]
    assert corpus.n_documents == 5
    assert units_of(corpus, documents=[2]) == [["environmental_protection", "of_the", "protection_agency"]]
    assert units_of(corpus, documents=[3, 1, 4]) == [["agency"], ["cat", "dog"]]


def test_expressions_on_random_texts(documents):
    terms = ["new york", "w1 w2", "w1 w2 w3", "w0 w0", "united nations new york", "w5 absent"]
    corpus = read_corpus(documents, tokens=Tokens(expressions=terms))
    lists = sorted((term.split() for term in terms), key=len, reverse=True)
    expected = []
    for words in documents:
        out, k = [], 0
        while k < len(words):
            term = next((term for term in lists if words[k : k + len(term)] == term), words[k : k + 1])
            out.append("_".join(term))
            k += len(term)
        expected.append(out)
    assert units_of(corpus) == [unit for unit in expected if unit]
    assert _join.DOCUMENT_END == -2


def test_numbers_stop_words_and_transform():
    text = ["In 1990 the 20th 3,000.5 ٣٤ cats ran — cats!", "1990 the"]
    masked = read_corpus(text, tokens=Tokens(numbers="mask"))
    assert units_of(masked) == [
        ["in", "<number>", "the", "20th", "<number>", "<number>", "cats", "ran", "cats"],
        ["<number>", "the"],
    ]
    dropped = read_corpus(text, tokens=Tokens(numbers="drop", stop_words={"the", "ran"}, transform=lambda w: w[:3]))
    assert units_of(dropped) == [["in", "20t", "cat", "cat"]]
    assert (dropped.n_documents, dropped.n_units, dropped.n_tokens, dropped.n_types) == (2, 1, 4, 3)
    assert dropped.vocabulary(1).row.min() == -1


def test_accents_written_apart_are_put_together():
    corpus = read_corpus(["E\u0301tat état", "ÉTAT etat"])
    assert corpus.vocabulary(1).words == ("état", "etat")
    assert corpus.vocabulary(1).counts.tolist() == [3, 1]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Mr. Smith came. He left! Why? no one knows", ["mr smith came", "he left", "why no one knows"]),
        (
            'He said "No." Then J. F. Kennedy of the U.S. Senate spoke.',
            ["he said no", "then j f kennedy of the u.s senate spoke"],
        ),
        ("Title without stop\n\nnew paragraph\nsame one", ["title without stop", "new paragraph same one"]),
        ("First line\r\nsame one\r\n\r\nnew", ["first line same one", "new"]),
        ("See No. 5. Say no. Yes", ["see no 5", "say no", "yes"]),
        ("One...two. 3.5 is so. 7 too", ["one two", "3.5 is so", "7 too"]),
        ("你好。再见", ["你 好", "再 见"]),
    ],
)
def test_sentences(text, expected):
    assert [" ".join(unit) for unit in units_of(read_corpus([text], tokens=Tokens(units="sentence")))] == expected


def test_lines_as_units():
    corpus = read_corpus(["a b\r\nc\n\nd", "e"], tokens=Tokens(units="line"))
    assert units_of(corpus) == [["a", "b"], ["c"], ["d"], ["e"]]
    assert (corpus.n_units, corpus.n_documents) == (4, 2)
