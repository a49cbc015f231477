"""Drift: which slice words are compared with, what the text may be handed over as, and fits with other words."""

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding import SkipGram
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.measures.change import drift
from lacunet.measures.change._trajectory import choose_references

WORDS = [f"w{i}" for i in range(30)]
FAST = {"transform": "identity", "n_boot": 60, "n_permutations": 19, "seed": 4}
SMALL = pytest.mark.filterwarnings("ignore:Slices with fewer than 20 documents")


def make_space(seed=0, words=(*WORDS, "tax")):
    base = dict(zip((*WORDS, "tax"), np.random.default_rng(0).normal(size=(31, 8)) + 0.3, strict=True))
    noise = np.random.default_rng(seed).normal(size=(len(words), 8))
    return Embeddings(words, np.array([base[word] for word in words]) + 0.05 * noise)


def make_frame(sizes):
    rng = np.random.default_rng(1)
    rows = []
    for year, n in sizes.items():
        first = 15 if year == 1992 else 0
        for _ in range(n):
            words = [*rng.choice(WORDS[first : first + 12], 5), "tax", *rng.choice(WORDS[first : first + 12], 5)]
            rows.append({"text": " ".join(words), "year": year})
    return pd.DataFrame(rows)


@SMALL
def test_the_first_slice_with_documents_enough_is_the_reference():
    frame = make_frame({1990: 4, 1991: 22, 1992: 22})
    found = drift(make_space(), frame, "tax", text="text", **FAST)
    assert found.table()["reference"].fillna("").tolist() == ["1991", "", "1991"]
    assert "Compared with the first slice in which 20 documents mention the word: 'tax' with 1991." in found.notes
    named = drift(make_space(), frame, "tax", text="text", reference="1990", **FAST).table()
    assert named["reference"].fillna("").tolist() == ["", "1990", "1990"]
    # The same two slices, whichever is named: a distance has no direction.
    other = drift(make_space(), frame, "tax", text="text", reference="1991", **FAST).table()
    assert other["estimate"].iloc[0] == pytest.approx(named["estimate"].iloc[1], abs=1e-12)
    with pytest.raises(SpecError, match=r"reference='1890' is not known.*Did you mean '199"):
        drift(make_space(), frame, "tax", text="text", reference="1890", **FAST)


def test_references_by_hand():
    there = np.array([True, False, True, True])
    assert choose_references(there, "first").tolist() == [-1, -1, 0, 0]
    assert choose_references(there, "previous").tolist() == [-1, -1, -1, 2]
    assert choose_references(there, "first", np.array([False, True, False, True])).tolist() == [3, -1, 3, -1]
    assert choose_references(there, "first", np.zeros(4, dtype=bool)).tolist() == [-1, -1, 0, 0]
    assert choose_references(there, 1).tolist() == [-1] * 4
    assert choose_references(np.zeros(4, dtype=bool), "first").tolist() == [-1] * 4


@SMALL
def test_fits_with_other_words_are_compared_by_those_in_common():
    frame = make_frame({1990: 20, 1992: 20})
    spaces = [make_space(1), make_space(2, ("tax", *WORDS[3:]))]
    found = drift(spaces, frame, "tax", text="text", **FAST)
    assert "The fits have 28 words in common, of up to 31: the others are left out." in found.notes
    common = ("tax", *WORDS[3:])
    cut = [Embeddings(common, space.vectors[space.rows(common)]) for space in spaces]
    same = drift(cut, frame, "tax", text="text", **FAST)
    pd.testing.assert_frame_equal(found.table(), same.table())
    assert set(found.neighbours("tax", 3)["word"]) <= set(common)
    with pytest.raises(DataError, match="no word in common"):
        drift([make_space(1, WORDS[:5]), make_space(1, WORDS[5:10])], frame, "tax", text="text", **FAST)


@SMALL
def test_a_slice_without_a_mention_has_no_similarity():
    frame = pd.concat([make_frame({1990: 20, 1992: 20}), pd.DataFrame({"text": ["w1 w2"], "year": [1993]})])
    table = drift(make_space(), frame, "tax", text="text", **FAST).similarity("tax", "w1")
    assert table["df"].isna().tolist() == [False, False, True]
    assert table["conf_low"].isna().tolist() == [False, False, True]


def test_warnings_point_at_the_line_that_asked():
    spec = SkipGram(dim=8, epochs=1, min_count=2, held_out=0)
    with pytest.warns(DataWarning) as caught:
        drift(spec, make_frame({1990: 20, 1992: 20}), "tax", text="text", method="chained", seed=1)
    assert {one.filename for one in caught} == {__file__}


@SMALL
def test_whole_numbers_cut_dates_by_years():
    frame = make_frame({1990: 20, 1992: 20})
    frame["date"] = pd.to_datetime(frame.pop("year").astype(str) + "-06-30")
    found = drift(make_space(), frame, "tax", text="text", by="date", breaks=[1989, 1991, 1993], **FAST)
    assert found.table()["n_documents"].tolist() == [20, 20]
