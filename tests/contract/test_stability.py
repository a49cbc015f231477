"""Stability of embeddings: what it promises, what it refuses, and what it shows."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import Stability, stability
from lacunet.errors import DataError, SpecError

WORDS = ["freedom", "liberty", "rights", "war", "peace", "treaty", "tax", "welfare", "budget", "left", "null", "nan"]


def fits(r=3, words=WORDS, counts=True):
    rng = np.random.default_rng(5)
    signal = rng.normal(size=(len(words), 6))
    number = np.arange(len(words), 0, -1) * 10 if counts else None
    return [Embeddings(words, signal + 0.4 * rng.normal(size=signal.shape), number) for _ in range(r)]


@pytest.fixture
def found():
    return stability(fits(), cues=["war", "tax"], n_random=4, n_neighbours=3, seed=2)


def test_the_same_seed_draws_the_same_words(found):
    again = stability(fits(), cues=["war", "tax"], n_random=4, n_neighbours=3, seed=2)
    pd.testing.assert_frame_equal(again.table(), found.table())
    assert again.cues == found.cues
    others = {stability(fits(), n_random=4, seed=seed).cues for seed in range(5)}
    assert len(others) > 1


def test_a_drawn_seed_is_recorded():
    first = stability(fits(), n_random=5)
    assert stability(fits(), n_random=5, seed=first.seed).cues == first.cues


def test_more_random_words_leave_the_first_as_they_were(found):
    more = stability(fits(), cues=["war", "tax"], n_random=6, seed=2)
    assert more.cues[:6] == found.cues


THREADS = """
import hashlib
import numpy as np
from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import stability
rng = np.random.default_rng(0)
words, base = [f"w{i}" for i in range(3000)], rng.normal(size=(3000, 300))
fits = [Embeddings(words, base + rng.normal(size=base.shape)) for _ in range(3)]
found = stability(fits, n_random=30, seed=1)
print(hashlib.sha256(found.correlations.tobytes() + found.nearest("w1")["std_error"].to_numpy().tobytes()).hexdigest())
"""


def test_the_number_of_threads_changes_no_bit():
    bits = set()
    for n in ("1", "2"):
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), n)
        answer = subprocess.run(
            [sys.executable, "-c", THREADS], env=os.environ | threads, capture_output=True, text=True, check=True
        )
        bits.add(answer.stdout)
    assert len(bits) == 1


def test_named_cues_stand_first_and_once():
    found = stability(fits(), cues=["war", "tax", "war"], n_random=100, seed=2)
    assert found.cues[:2] == ("war", "tax")
    assert sorted(found.cues) == sorted(WORDS)
    assert found.table()["group"].tolist() == ["chosen"] * 2 + ["random"] * 10


def test_the_table_has_what_is_printed(found):
    table = found.table()
    assert list(table) == ["cue", "group", "count", "correlation", "sd", "lowest", "overlap", "overlap_sd"]
    assert table["count"][0] == 90
    assert "count" not in stability(fits(counts=False), n_random=2, seed=1).table()
    overall = found.overall()
    assert overall["group"].tolist() == ["chosen", "random"]
    assert overall["n_cues"].tolist() == [2, 4]
    assert (overall["n_fits"] == 3).all()


def test_two_fits_have_one_pair_and_no_standard_error():
    found = stability(fits(2), cues=["war"], n_random=2, seed=1)
    assert found.table()["sd"].isna().all()
    assert found.overall()["std_error"].isna().all()
    assert "standard error" not in str(found)
    assert len(found.pairs()) == 1


def test_sentences(found):
    text = str(found)
    assert "3 fits with other seeds, 12 words in common, random words drawn with seed 2." in text
    assert "2 chosen cues: correlation 0." in text
    assert "4 random words" in text
    assert "Jaccard index of the 3 nearest words" in text
    assert "1 chosen cue:" in str(stability(fits(), cues=["war"], n_random=0, over="documents"))


def test_the_figure_has_a_row_a_cue(found):
    left, right = found.plot().axes
    assert [label.get_text() for label in left.get_yticklabels()] == [
        *found.table().head(2).sort_values("correlation", ascending=False)["cue"],
        "4 random words",
    ]
    assert "Jaccard" in right.get_xlabel()
    svg = found.svg()
    assert svg.startswith("<svg")
    assert "<title>3 fits" in svg
    assert "4 random words" in svg


@pytest.mark.parametrize(
    ("cues", "n_random", "n_rows"), [(["war"], 0, 1), (None, 3, 1), (WORDS, 0, 12)], ids=["named", "drawn", "all"]
)
def test_the_figure_of_one_group(cues, n_random, n_rows):
    left = stability(fits(2), cues=cues, n_random=n_random, seed=1).plot().axes[0]
    assert len(left.get_yticklabels()) == n_rows


def test_a_fit_is_left_as_it_was(found):
    for one, fresh in zip(found.embeddings, fits(), strict=True):
        np.testing.assert_array_equal(one.vectors, fresh.vectors)


def test_a_vector_of_zeros_is_unlike_every_word():
    vectors = np.random.default_rng(1).normal(size=(len(WORDS), 5))
    vectors[3] = 0
    one = stability([Embeddings(WORDS, vectors), Embeddings(WORDS, vectors + 0.1)], cues=["peace"], n_random=0)
    assert np.isfinite(one.correlations).all()


def test_what_is_in_all_fits_can_be_asked(found):
    assert "war" in found
    assert "king" not in found
    assert isinstance(found, Stability)


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: stability(fits(1)), SpecError, "holds 1.*2 or more fits.*other seeds"),
        (lambda: stability(fits(1)[0]), SpecError, "is a Embeddings.*A list of 2"),
        (lambda: stability([1, 2]), SpecError, "holds a int.*Embeddings"),
        (lambda: stability(fits(), cues=["wars"]), DataError, "'wars' is in 0 of 3 fits.*Did you mean 'war'"),
        (lambda: stability(fits(), cues=["wars", "war", "king"]), DataError, r"'wars'.*and 1 more of those named"),
        (lambda: stability(fits(), n_random=0), SpecError, "There is no cue"),
        (lambda: stability(fits(), n_random=-1), SpecError, "n_random=-1"),
        (lambda: stability(fits(), n_neighbours=0), SpecError, "n_neighbours=0"),
        (lambda: stability(fits(), seed="x"), SpecError, "seed='x'"),
        (lambda: stability(fits(), over="words"), SpecError, "over='words'.*'seeds' or 'documents'"),
        (lambda: stability(fits(), whole=fits(1)[0]), SpecError, "over='seeds'.*over='documents'"),
        (lambda: stability(fits(), over="documents", whole=1), SpecError, "holds a int"),
        (lambda: stability(fits()).average_similarity("war"), SpecError, "makes no pair"),
        (lambda: stability(fits()).average_similarity("war", "king"), DataError, "'king'"),
        (lambda: stability(fits()).average_similarity("war", "tax", level=95), SpecError, "level=95"),
        (lambda: stability(fits()).nearest("king"), DataError, "'king'"),
        (lambda: stability(fits()).nearest("war", 0), SpecError, "n=0"),
    ],
)
def test_what_is_refused(ask, error, says):
    with pytest.raises(error, match=f"(?s){says}"):
        ask()


def test_fits_without_words_in_common_are_refused():
    other = [word.upper() for word in WORDS]
    with pytest.raises(DataError, match=r"0 words in common.*lower case"):
        stability([*fits(1), *fits(1, other)])


def test_a_word_of_some_fits_only():
    one, other = fits(2)
    smaller = Embeddings(WORDS[1:], other.vectors[1:])
    with pytest.raises(DataError, match="'freedom' is in 1 of 2 fits"):
        stability([one, smaller], cues=["freedom"])
    found = stability([one, smaller], cues=["war"], n_random=0)
    assert found.notes == ("1 word of the fit with the most is not in all fits and is left out.",)
