"""Targets and the words around them, against a slow search through lists of words."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet.embedding import text as room
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Tokens, read_corpus
from lacunet.errors import DataError, SpecError
from lacunet.measures import contexts as contexts_room
from lacunet.measures.contexts import find_contexts, find_mentions, read_terms
from lacunet.measures.documents import open_documents

KNOWN = Embeddings(["a", "b", "c", "d"], np.eye(4))
WORDS = st.lists(st.sampled_from(["a", "b", "c", "x", "y", "ax"]), min_size=0, max_size=14)
TEXTS = st.lists(WORDS, min_size=1, max_size=6).filter(lambda texts: any("x" in text for text in texts))
FEW = settings(max_examples=60, deadline=None)


def search(texts, terms):
    """Mentions by looking at every place: the longest term first, none overlapping."""
    found = []
    for document, words in enumerate(texts):
        k = 0
        while k < len(words):
            fits = [term for term in terms if words[k : k + len(term)] == term]
            length = max(map(len, fits), default=0)
            if length:
                found.append((document, k, length))
            k += max(length, 1)
    return found


@FEW
@given(texts=TEXTS)
def test_mentions_are_the_longest_that_fit(texts):
    corpus = read_corpus(texts)
    mentions = find_mentions(corpus, read_terms({"one": ["x"], "two": ["x y", "x a x"]}))
    wanted = search(texts, [["x"], ["x", "y"], ["x", "a", "x"]])
    assert list(zip(mentions.document, mentions.position, mentions.length, strict=True)) == wanted
    np.testing.assert_array_equal(mentions.term, [int(length > 1) for _, _, length in wanted])


@FEW
@given(texts=TEXTS, window=st.integers(1, 4))
def test_contexts_are_the_known_words_around(texts, window):
    corpus = read_corpus(texts)
    wanted = []
    for document, k, length in search(texts, [["x"], ["x", "y"]]):
        words = texts[document]
        around = [*words[max(k - window, 0) : k], *words[k + length : k + length + window]]
        if set(around) & {"a", "b", "c"}:
            wanted.append((document, k, [around.count(word) for word in KNOWN.words]))
    if not wanted:
        with pytest.raises(DataError, match="known word"):
            find_contexts(KNOWN, corpus, ["x", "x y"], window=window)
        return
    found = find_contexts(KNOWN, corpus, ["x", "x y"], window=window)
    np.testing.assert_array_equal(found.counts.toarray(), [row for _, _, row in wanted])
    np.testing.assert_array_equal(found.document, [document for document, _, _ in wanted])
    np.testing.assert_array_equal(found.position, [k for _, k, _ in wanted])
    np.testing.assert_allclose(found.means(np.eye(4)).sum(axis=1), 1)


@FEW
@given(texts=TEXTS)
def test_counts_are_those_of_every_document(texts):
    if not any(word in KNOWN for words in texts for word in words):
        return
    documents = open_documents(KNOWN, read_corpus([[*words, "a"] for words in texts]))
    wanted = [[[*words, "a"].count(word) for word in KNOWN.words] for words in texts]
    np.testing.assert_array_equal(documents.counts.toarray(), wanted)
    np.testing.assert_array_equal(documents.n_words, [len(words) + 1 for words in texts])


def test_blocks_of_any_size_and_order_hold_the_same_documents():
    texts = [["a"] * k + ["b"] for k in range(9)]
    corpus = read_corpus(texts).recount(np.array([8, 0, 1, 1, 5]))
    whole = [texts[k] for k in (8, 0, 1, 1, 5)]
    for size in (1, 3, 10, 1000):
        read = []
        for block in corpus.blocks(size):
            assert block.first == len(read)
            for start, stop in zip(block.offsets[:-1], block.offsets[1:], strict=True):
                numbers = block.numbers[start:stop]
                assert numbers[-1] == -1
                read.append(corpus.spell(numbers[:-1]))
        assert read == whole


def test_windows_stop_where_units_do():
    corpus = read_corpus(["A b xx. C d."], tokens=Tokens(units="sentence"))
    found = find_contexts(KNOWN, corpus, "xx")
    np.testing.assert_array_equal(found.counts.toarray(), [[1, 1, 0, 0]])


def test_rare_words_are_passed_over_and_keep_their_place():
    corpus = read_corpus([["a", "b", "x", "a"], ["a", "c", "x"]])
    found = find_contexts(KNOWN, corpus, "x", window=2, min_count=2)
    np.testing.assert_array_equal(found.counts.toarray(), [[2, 0, 0, 0], [1, 0, 0, 0]])


def test_wildcards_and_joined_terms():
    corpus = read_corpus(
        [["immigrant", "a"], ["immigration", "b"], ["united_nations", "c"], ["united", "nations", "d"]]
    )
    found = find_contexts(KNOWN, corpus, {"people": ["immigr*"], "un": ["united nations"]}, window=1)
    np.testing.assert_array_equal(found.term, [0, 0, 1, 1])
    np.testing.assert_array_equal(found.counts.toarray(), np.eye(4))


def test_capitals_do_not_matter_where_the_text_is_in_lower_case():
    found = find_contexts(KNOWN, read_corpus(["The EPA a", "epa b"]), "EPA", window=1)
    np.testing.assert_array_equal(found.counts.toarray(), np.eye(4)[:2])
    kept = read_corpus(["the EPA a", "epa b"], tokens=Tokens(lower=False))
    assert len(find_contexts(KNOWN, kept, "EPA", window=1)) == 1


def test_targets_that_cannot_be_found():
    corpus = read_corpus([["immigration", "a"]])
    with pytest.raises(DataError, match="Did you mean 'immigration'"):
        find_contexts(KNOWN, corpus, "imigration")
    with pytest.raises(SpecError, match="spelling of"):
        find_contexts(KNOWN, corpus, {"one": ["immigration"], "two": ["immig*"]})
    with pytest.raises(SpecError, match="A word is needed"):
        find_contexts(KNOWN, corpus, [""])


def test_the_compiled_search_knows_what_it_calls():
    # Numba caches what it compiled until the file that holds it changes; it does not look at files it calls.
    folder = Path(room.__file__).parent
    content = b"".join((folder / name).read_bytes() for name in ("_trie.py", "_kernel.py"))
    stamp = f"# Compiled from: {sha256(content).hexdigest()[:12]}"
    assert stamp in (Path(contexts_room.__file__).parent / "_match.py").read_text("utf-8"), f"put there {stamp!r}"
