"""What association tests promise: names, tables, sentences, and refusals that help."""

import numpy as np
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.measures.association import sc_weat, weat

X, Y, A, B = ["x1", "x2", "x3"], ["y1", "y2", "y3"], ["a1", "a2"], ["b1", "b2"]


@pytest.fixture(scope="module")
def space():
    rng = np.random.default_rng(0)
    near = {"x": [1, 0], "y": [0, 1], "a": [1, 0], "b": [0, 1]}
    names = [*X, *Y, *A, *B, "nowhere"]
    vectors = [np.concatenate([near.get(word[0], [0, 0]), rng.normal(size=4) / 4]) for word in names]
    vectors[-1] = np.zeros(6)
    return Embeddings(names, np.array(vectors))


def test_names_and_numbers_of_the_result(space):
    found = weat(space, {"exes": X}, {"whys": Y}, {"alphas": A}, {"betas": B})
    table = found.table()
    assert table.loc[0, "targets"] == "exes / whys" and table.loc[0, "attributes"] == "alphas / betas"
    assert (table.loc[0, ["n_x", "n_y", "n_a", "n_b"]] == [3, 3, 2, 2]).all()
    assert found.p_value == 1 / 20 and found.effect_size > 1
    for part in ("exes lies nearer to alphas than to betas", "d = ", "all 20 partitions", "One fit"):
        assert part in found.summary()
    assert "Caliskan" in found.cite() and repr(found).startswith("Weat(exes / whys")
    assert found.words["group"].tolist() == ["exes"] * 3 + ["whys"] * 3


def test_the_seed_decides_the_draws_and_is_kept(space):
    one, again = (weat(space, X, Y, A, B, exact=False, n_permutations=50, seed=4) for _ in range(2))
    assert one.p_value == again.p_value and one.seed == 4
    drawn = weat(space, X, Y, A, B, exact=False, n_permutations=50)
    assert weat(space, X, Y, A, B, exact=False, n_permutations=50, seed=drawn.seed).p_value == drawn.p_value
    assert weat(space, X, Y, A, B).seed is None
    assert f"seed {drawn.seed}" in drawn.summary()


def test_figures_are_drawn(space):
    figure = weat(space, X, Y, A, B).plot()
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert sorted(labels) == sorted(X + Y)
    assert len(sc_weat(space, X, A, B).plot().axes[0].get_yticklabels()) == 3


def test_unknown_words_are_named_and_left_out(space):
    with pytest.warns(DataWarning, match="'x9'"):
        found = weat(space, [*X, "x9"], Y[:2], A, B)
    assert found.sets[0].missing == ("x9",)
    assert "x9" in found.summary() and "not of one size (3 and 2 words)" in found.summary()
    assert found.n_partitions == 10


def test_words_have_to_be_known_in_all_fits(space):
    other = Embeddings(space.words[1:], space.vectors[1:])
    with pytest.warns(DataWarning, match="'x1'"):
        found = weat([space, other], X, Y, A, B)
    assert found.words["word"].tolist() == [*X[1:], *Y] and len(found.fits) == 2


def test_a_word_of_zeros_has_no_direction(space):
    with pytest.warns(DataWarning, match="nowhere"):
        assert "nowhere" not in weat(space, [*X, "nowhere"], Y, A, B).words["word"].tolist()


@pytest.mark.parametrize(
    ("sets", "match"),
    [
        ((X, [*Y, "x1"], A, B), "share 'x1'"),
        ((X, Y, A, ["a1", "b1"]), "share 'a1'"),
        (([*X, "a1"], Y, A, B), "share 'a1'"),
        ((["x1"], Y, A, B), "At least 2"),
        ((X, [], A, B), "empty"),
        ((X, Y, ["q"], B), "no word"),
    ],
)
def test_sets_that_make_no_test(space, sets, match):
    with pytest.raises(DataError, match=match):
        weat(space, *sets)


def test_options_that_make_no_sense(space):
    with pytest.raises(SpecError, match="alternative"):
        weat(space, X, Y, A, B, alternative="bigger")
    with pytest.raises(SpecError, match="n_permutations"):
        weat(space, X, Y, A, B, n_permutations=0)
    with pytest.raises(SpecError, match="exact"):
        weat(space, X, Y, A, B, exact="yes")
    with pytest.raises(SpecError, match="name of its own"):
        weat(space, {"same": X}, {"same": Y}, A, B)
    with pytest.raises(SpecError, match="dictionary of 2"):
        weat(space, {"one": X, "other": Y}, Y, A, B)
    with pytest.raises(SpecError, match="embeddings"):
        weat("glove.txt", X, Y, A, B)
    many = Embeddings([f"w{i}" for i in range(60)], np.random.default_rng(0).normal(size=(60, 3)))
    named = [f"w{i}" for i in range(56)]
    with pytest.raises(SpecError, match="Up to 50"):
        weat(many, named[:28], named[28:], ["w56", "w57"], ["w58", "w59"], exact=True)


def test_single_words(space):
    found = sc_weat(space, "x1", A, B)
    assert found.words["word"].tolist() == ["x1"] and found.words["effect_size"][0] > 0
    several = sc_weat(space, [*X, *Y], {"alphas": A}, {"betas": B})
    assert {"n_a", "n_b", "n_partitions", "p_value", "sd_seeds"} <= set(several.table())
    assert "6 words" in several.summary() and "not corrected" in several.summary()
    with pytest.raises(DataError, match="At least 2"):
        sc_weat(space, X, ["a1"], B)


def test_a_side_without_a_word_says_so(space):
    assert "nearest to B: none (effect sizes)" in sc_weat(space, "x1", A, B).summary()
    assert "nearest to A, compared with B: none; nearest to B: y1" in sc_weat(space, "y1", A, B).summary()


def test_a_word_that_is_alike_to_all_has_no_effect_size():
    space = Embeddings(["w", "a1", "a2", "b1", "b2"], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1], [0, 2, 1]])
    with pytest.raises(DataError, match="one and the same cosine"):
        sc_weat(space, "w", ["a1", "a2"], ["b1", "b2"])
