"""Laws of à la carte embeddings, whatever the text."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Tokens, read_corpus
from lacunet.measures.alacarte import alacarte
from lacunet.measures.alacarte._context_sums import share_out, sum_contexts
from lacunet.measures.alacarte._cosines import p_values

ROUNDING = 1e-10
WORDS = [f"w{i}" for i in range(6)]
unit = st.lists(st.sampled_from([*WORDS, "unknown"]), min_size=1, max_size=12)
texts = st.lists(st.lists(unit, min_size=1, max_size=3), min_size=1, max_size=5)


def make_space(dim, seed=0):
    return Embeddings(WORDS, np.random.default_rng(seed).normal(size=(len(WORDS), dim)))


def as_lines(text):
    """Units as lines, which end windows."""
    return "\n".join(" ".join(words) for words in text)


def brute_sums(space, some, window):
    sums, times = np.zeros((len(space), space.dim)), np.zeros(len(space), dtype=int)
    for words in (words for text in some for words in text):
        for at, word in enumerate(words):
            around = [words[j] for j in range(max(0, at - window), min(len(words), at + window + 1)) if j != at]
            known = [space[one].astype(np.float64) for one in around if one in space]
            if word in space and known:
                sums[WORDS.index(word)] += np.mean(known, axis=0)
                times[WORDS.index(word)] += 1
    return sums, times


@settings(max_examples=60, deadline=None)
@given(some=texts, window=st.integers(1, 14), dim=st.integers(1, 40), threads=st.integers(2, 7))
def test_sums_are_those_of_each_window_on_any_number_of_threads(some, window, dim, threads):
    space = make_space(dim)
    corpus = read_corpus([as_lines(text) for text in some], tokens=Tokens(units="line"))
    found = sum_contexts(space, corpus, np.arange(len(space)), window, threads=1)
    again = sum_contexts(space, corpus, np.arange(len(space)), window, threads=threads)
    np.testing.assert_array_equal(again.sums, found.sums)
    sums, times = brute_sums(space, some, window)
    np.testing.assert_allclose(found.sums, sums, atol=ROUNDING)
    np.testing.assert_array_equal(found.times, times)


@given(dim=st.integers(1, 400), threads=st.integers(1, 64))
def test_threads_share_all_dimensions(dim, threads):
    cuts = share_out(dim, threads)
    assert cuts[0] == 0
    assert cuts[-1] == dim
    assert (np.diff(cuts) > 0).all()
    assert len(cuts) - 1 <= threads


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(8)), scale=st.sampled_from([0.25, 2.0, 8.0]))
def test_neither_the_order_of_documents_nor_the_scale_matters(order, scale):
    rng = np.random.default_rng(1)
    some = [[*rng.choice(WORDS, 4), "target", *rng.choice(WORDS, 4)] * 3 for _ in range(8)]
    one, other = make_space(5), Embeddings(WORDS, scale * make_space(5).vectors)
    first = alacarte(one, transform="identity", seed=1).embed("target", texts=some)
    second = alacarte(other, transform="identity", seed=1).embed("target", texts=[some[i] for i in order])
    np.testing.assert_allclose(second["target"], scale * first["target"], atol=ROUNDING)
    cosines = [carte.similarity(WORDS, n_boot=2).table()["estimate"] for carte in (first, second)]
    np.testing.assert_allclose(cosines[0], cosines[1], atol=ROUNDING)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_p_values_are_never_0(statistics):
    found = p_values(np.array(statistics)[:, None])[0]
    reached = sum(value >= statistics[0] - 2e-12 for value in statistics[1:])
    assert 1 / len(statistics) <= found <= 1
    assert found * len(statistics) <= 1 + reached + 1e-9
