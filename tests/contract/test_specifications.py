"""``compare_specifications``: what it says, shows and refuses."""

import numpy as np
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.embedding.stability import compare_specifications, stability
from lacunet.errors import SpecError

WORDS = ["freedom", "liberty", "rights", "war", "peace", "treaty", "tax", "welfare", "budget"]


def compared(cues=("war", "tax"), n_random=3, seed=2, draw=1):
    rng = np.random.default_rng(draw)
    signal = rng.normal(size=(len(WORDS), 6))
    fits = [Embeddings(WORDS, signal + 0.4 * rng.normal(size=signal.shape)) for _ in range(3)]
    return stability(fits, list(cues), n_random, n_neighbours=3, seed=seed)


@pytest.fixture
def found():
    return compare_specifications({"narrow": compared(), "wide": compared(draw=2), "high": compared(draw=3)})


def test_sentences_and_table(found):
    text = str(found)
    assert "3 specifications, compared by similarities averaged over their fits." in text
    assert "2 chosen cues: correlation" in text
    assert "3 random words: correlation" in text
    assert text.count(" to 0.") == 2
    assert " to 0." not in str(compare_specifications({"a": compared(), "b": compared(draw=2)}))
    assert found.names == ("narrow", "wide", "high")
    assert found.summary().table()["specification"].tolist() == list(found.names)
    assert len(found.table()) == 6
    assert found.pairs()["group"].tolist() == ["chosen", "random"] * 3


def test_one_group_alone():
    chosen = compare_specifications({"a": compared(n_random=0), "b": compared(n_random=0, draw=2)})
    assert chosen.table()["group"].tolist() == ["chosen"] * 2
    drawn = compare_specifications({"a": compared(cues=()), "b": compared(cues=(), draw=2)})
    assert len(drawn.summary().table()) == 2
    with pytest.raises(SpecError, match=r"group='chosen' is not here\. Say 'random'"):
        drawn.matrix()


def test_only_shared_cues_count():
    more = compared(cues=("war", "tax", "peace"), n_random=0)
    found = compare_specifications({"a": more, "b": compared(n_random=0)})
    assert found.cues == ("war", "tax")
    assert found.table()["n_cues"].tolist() == [2, 2]
    own = more.overall(["war", "tax"]).iloc[0]
    assert own["correlation"] == found.table()["correlation"][0]
    assert own["correlation"] == pytest.approx(more.correlations[:2].mean())


def test_one_cue_has_no_spread():
    found = compare_specifications({"a": compared(("war",), 0), "b": compared(("war",), 0, draw=2)})
    assert found.pairs()["sd"].isna().all()


def test_the_figure_has_a_square_a_group(found):
    figure = found.plot()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["2 chosen cues", "3 random words"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(found.names)
    shown = {text.get_text() for text in figure.axes[0].texts}
    assert f"{found.matrix().loc['narrow', 'wide']:.2f}".replace("0.", ".", 1) in shown
    assert len(figure.axes[0].texts) == 6
    assert found.svg().startswith("<svg")


def test_a_figure_of_one_group():
    drawn = compare_specifications({"a": compared(cues=()), "b": compared(cues=(), draw=2)})
    assert len(drawn.plot().axes) == 1


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: compare_specifications([compared()]), "fits is a list.*dictionary of two"),
        (lambda: compare_specifications({"a": compared()}), "fits holds 1.*two or more"),
        (lambda: compare_specifications({"a": compared(), "b": [1]}), r"fits\['b'\] is a list.*stability_of"),
        (
            lambda: compare_specifications({"a": compared(("war",), 0), "b": compared(("tax",), 0)}),
            "no word in common.*same seed",
        ),
        (lambda: compare_specifications({"a": compared(), "b": compared()}, n_neighbours=0), "n_neighbours=0"),
        (lambda: compare_specifications({"a": compared(), "b": compared()}).matrix(measure="sd"), "measure='sd'"),
    ],
)
def test_what_is_refused(ask, says):
    with pytest.raises(SpecError, match=f"(?s){says}"):
        ask()
