"""Keyword in context: the right words around every mention, drawn alike, and written safely."""

import numpy as np
import pandas as pd
import pytest

from lacunet.embedding.text import Tokens, read_corpus
from lacunet.errors import ColumnError, DataError, SpecError
from lacunet.measures.actors import kwic
from lacunet.measures.contexts import find_mentions, read_terms
from lacunet.measures.contexts._around import words_around

FRAME = pd.DataFrame(
    {
        "text": [
            "The EPA said no. The court agreed with the EPA",
            "Environmental Protection Agency rules, and the EPA <script>alert(1)</script>",
            "nothing of the kind",
            "epa epa",
        ],
        "year": [2001, 2001, 2002, 2002],
        "party": ["D", "R", "R", None],
    }
)
SPELLINGS = ["epa", "environmental protection agency"]


def test_words_around_every_mention() -> None:
    table = kwic(FRAME, SPELLINGS, window=2).table()
    assert table["document"].tolist() == [0, 0, 1, 1, 3, 3]
    assert table["before"].tolist() == ["the", "with the", "", "and the", "", "epa"]
    assert table["keyword"].tolist() == ["epa", "epa", "environmental protection agency", "epa", "epa", "epa"]
    assert table["after"].tolist() == ["said no", "", "rules and", "script alert", "epa", ""]
    assert table["year"].tolist() == [2001, 2001, 2001, 2001, 2002, 2002]
    assert table["term"].unique().tolist() == ["epa"]


def test_windows_stop_where_units_end() -> None:
    table = kwic(FRAME, "epa", window=3, tokens=Tokens(units="sentence")).table()
    assert table["after"].tolist()[:2] == ["said no", ""]
    assert table["before"].tolist()[1] == "agreed with the"


def test_wildcards_and_several_targets() -> None:
    table = kwic(FRAME, {"law": ["court*"], "agency": ["e?a"]}, window=1).table()
    assert set(zip(table["term"], table["keyword"], strict=True)) == {("law", "court"), ("agency", "epa")}


def test_lines_are_aligned_on_the_keyword() -> None:
    lines = kwic(FRAME, "epa", window=2).to_text().splitlines()
    assert {line.rfind("  epa") for line in lines[:3]} == {lines[0].rfind("  epa")}
    assert lines[0] == "0       the  epa  said no"


def test_words_as_python_finds_them() -> None:
    """Brute force over lists of words, documents and mentions out of order."""
    rng = np.random.Generator(np.random.PCG64(4))
    texts = [[f"w{k}" for k in rng.integers(0, 9, rng.integers(0, 30))] or ["none"] for _ in range(200)]
    corpus = read_corpus(texts)
    order = rng.permutation(200)
    again = corpus.recount(order)
    found = find_mentions(again, read_terms("w3"))
    shuffled = rng.permutation(len(found))
    document, position = found.document[shuffled], found.position[shuffled]
    around = words_around(again, document, position, 4)
    for i, (where, at) in enumerate(zip(document, position, strict=True)):
        words = texts[order[where]]
        assert around.before[i] == words[max(0, at - 4) : at]
        assert around.keyword[i] == ["w3"]
        assert around.after[i] == words[at + 1 : at + 5]


def test_a_draw_is_repeatable_and_fair() -> None:
    texts = pd.DataFrame({"text": ["tax"] * 90 + ["tax tax tax"] * 10, "side": ["l"] * 90 + ["r"] * 10})
    one, same = kwic(texts, "tax", n=20, seed=5), kwic(texts, "tax", n=20, seed=5)
    pd.testing.assert_frame_equal(one.table(), same.table())
    assert one.seed == 5 and one.n_found == 120 and len(one) == 20
    assert one.table()["document"].is_monotonic_increasing
    shares = [(kwic(texts, "tax", n=20, seed=seed).table()["side"] == "r").mean() for seed in range(200)]
    # 30 of 120 mentions; the mean over 200 draws of 20 has a standard error of .006.
    assert abs(np.mean(shares) - 0.25) < 0.025
    by_side = kwic(texts, "tax", n=7, seed=1, by="side").table()
    assert by_side["side"].tolist() == ["l"] * 7 + ["r"] * 7


def test_of_several_targets_each_is_drawn_and_named() -> None:
    shown = kwic(FRAME, {"agency": ["epa"], "law": ["court*", "rules"]}, n=1, seed=2, window=1)
    assert shown.table()["term"].tolist() == ["agency", "law"]
    assert [line.split()[0] for line in shown.to_text().splitlines()] == ["agency", "law"]
    assert ">term</th>" in shown.to_html() and ">term</th>" not in kwic(FRAME, "epa").to_html()


def test_fewer_mentions_than_asked_for() -> None:
    shown = kwic(FRAME, "epa", n=50, seed=1, by=["party"])
    assert len(shown) == shown.n_found == 5
    assert shown.table()["party"].isna().tolist() == [False, False, False, True, True]
    assert "nan" not in shown.to_text()


def test_html_is_escaped() -> None:
    texts = [["<b>", "tax", "<script>"]]
    page = kwic(texts, "tax").to_html()
    assert "<script>" not in page and "&lt;script&gt;" in page and "<b>tax</b>" in page


def test_variables_that_are_called_as_columns_keep_their_values() -> None:
    texts = pd.DataFrame({"text": ["a tax"], "document": ["report"]})
    table = kwic(texts, "tax", by="document").table()
    assert table["document"].tolist() == [0] and table["document_variable"].tolist() == ["report"]


def test_what_it_says() -> None:
    shown = kwic(FRAME, "epa", n=2, seed=3)
    assert repr(shown) == "Kwic(2 mentions of 5 (seed 3), window 6)"
    assert "drawn (seed 3)" in shown.summary() and "as the corpus was read" in shown.summary()
    assert "Luhn" in shown.cite()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"target": "eppa"}, DataError, "epa"),
        ({"target": "epa", "by": "jear"}, ColumnError, "year"),
        ({"target": "epa", "window": 0}, SpecError, "window"),
        ({"target": "epa", "n": 0}, SpecError, "n=0"),
        ({"target": "epa", "seed": 1}, SpecError, "n=50"),
        ({"target": ["epa", 3]}, SpecError, "spellings"),
        ({"target": "epa", "by": [3]}, SpecError, "by"),
    ],
)
def test_what_is_refused(options: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        kwic(FRAME, **options)


def test_years_that_went_through_floats_are_whole():
    frame = pd.DataFrame({"text": ["a tax b", "c tax d"], "year": [1973.0, np.nan]})
    lines = kwic(frame, "tax", text="text", by="year").to_text().splitlines()
    assert lines[0].split() == ["0", "1973", "a", "tax", "b"] and "nan" not in lines[1]
