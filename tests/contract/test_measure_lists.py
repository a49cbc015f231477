"""What word lists promise: files are read, wildcards expand, what is missing is named, nothing is added unasked."""

import json

import numpy as np
import pytest

from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.measures.lists import expand, match_words, read_words, resolve, resolve_each
from lacunet.measures.lists._read import read_pairs

EXACT = 1e-12
"""A few roundings of float64."""


def space_of(*words, seed=0):
    return Embeddings(words, np.random.default_rng(seed).normal(size=(len(words), 4)), range(len(words), 0, -1))


POLITICS = ("politics", "political", "police", "war", "peace", "prime_minister", "a*b")


def test_words_keep_their_order_and_count_once():
    found = resolve(space_of(*POLITICS), ["war", "peace", "war", " police "], "affect")
    assert found.words == ("war", "peace", "police")
    assert found.rows.tolist() == [3, 4, 2]
    assert found.missing == ()
    assert found.sentence == "3 of 3 words of the affect list are known"
    np.testing.assert_allclose(found.shares, [1 / 3] * 3, atol=EXACT)


def test_a_wildcard_stands_for_words_of_the_vocabulary_and_shares_one_weight():
    found = resolve(space_of(*POLITICS), ["polit*", "war"], "affect")
    assert found.words == ("politics", "political", "war")
    np.testing.assert_allclose(found.shares, [0.25, 0.25, 0.5], atol=EXACT)
    assert resolve(space_of(*POLITICS), ["polic?"], "x").words == ("police",)
    assert resolve(space_of(*POLITICS), ["*ce"], "x").words == ("police", "peace")
    assert resolve(space_of("a.c", "abc"), ["a.*"], "x").words == ("a.c",)


def test_coverage_says_how_many_words_wildcards_stand_for():
    with pytest.warns(DataWarning, match="missing: 'zzz'"):
        found = resolve(space_of(*POLITICS), ["pol*", "war", "zzz"], "affect")
    assert found.sentence == (
        "2 of 3 words of the affect list are known (4 with the matches of wildcards; missing: 'zzz')"
    )


def test_a_word_that_holds_a_star_is_itself():
    assert resolve(space_of(*POLITICS), ["a*b"], "x").words == ("a*b",)


def test_words_of_several_parts_are_looked_for_joined():
    assert resolve(space_of(*POLITICS), ["prime minister"], "x").words == ("prime_minister",)


def test_what_two_entries_stand_for_counts_for_the_first():
    found = resolve(space_of(*POLITICS), ["polit*", "poli*", "political"], "x")
    assert found.words == ("politics", "political", "police")
    np.testing.assert_allclose(found.shares, [0.25, 0.25, 0.5], atol=EXACT)
    assert found.missing == ()


def test_what_is_missing_is_said_with_the_nearest_known():
    with pytest.warns(DataWarning, match=r"1 of 3 words .* \(missing: 'wra', 'zzz\*'\).*needed.*'war' for 'wra'"):
        found = resolve(space_of(*POLITICS), ["war", "wra", "zzz*"], "affect")
    assert found.missing == ("wra", "zzz*")


def test_a_vector_of_zeros_has_no_direction_and_is_missing():
    space = Embeddings(["a", "b"], [[1, 0], [0, 0]])
    with pytest.warns(DataWarning, match="missing: 'b'"):
        assert resolve(space, ["a", "b"], "x").words == ("a",)


@pytest.mark.parametrize(
    ("words", "least", "error", "says"),
    [
        (["wra"], 1, DataError, "affect list has no word among the 7.*At least 1 is needed.*Did you mean 'war'"),
        (["war"], 2, DataError, "has 1 word among the 7 .*At least 2 are needed.*Check the spelling"),
        ([], 1, DataError, "affect list is empty.*needed.*Name words"),
        (["", "  "], 1, DataError, "affect list is empty"),
        ([3], 1, SpecError, "holds 3, a int.*needed.*Hand over"),
        (None, 1, SpecError, "holds None"),
    ],
)
def test_lists_that_cannot_be_used(words, least, error, says):
    with pytest.raises(error, match=says):
        resolve(space_of(*POLITICS), words, "affect", least=least)


def test_several_fits_use_the_words_that_all_of_them_hold():
    one, other = space_of("a", "b", "c"), space_of("c", "a")
    with pytest.warns(DataWarning, match="missing: 'b'") as caught:
        first, second = resolve_each((one, other), ["c", "b", "a"], "x")
    assert len(caught) == 1
    assert first.words == second.words == ("c", "a")
    assert first.rows.tolist() == [2, 0]
    assert second.rows.tolist() == [0, 1]


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_plain_file_is_one_list_named_by_it(tmp_path):
    path = write(tmp_path, "affect.txt", "# words of feeling\nlove\nhat*  # and hatred\n\n#metoo\nlove\nkind of\n")
    assert read_words(path) == {"affect": ("love", "hat*", "#metoo", "kind of")}
    assert read_words(str(path)) == read_words(path)


def test_a_liwc_dictionary_has_words_in_several_categories(tmp_path):
    text = "%\n1\taffect (Affect)\n2\tposemo\n 31\tcogproc\n%\nlove*\t1\t2\nthink\t31\nkind of\t1 31\n\n"
    found = read_words(write(tmp_path, "mine.dic", text, "utf-8-sig"))
    assert found == {"affect": ("love*", "kind of"), "posemo": ("love*",), "cogproc": ("think", "kind of")}


def test_conditional_categories_of_liwc_are_left_out_with_a_word(tmp_path):
    text = "%\n125\taffect\n253\trelativ\n%\nlike\t(02 134)125/464\t253\nlove\t125\n"
    with pytest.warns(DataWarning, match=r"hold under a condition.*left out.*by hand"):
        assert read_words(write(tmp_path, "old.dic", text)) == {"affect": ("love",), "relativ": ("like",)}


def test_json_tables_and_mappings_are_read(tmp_path):
    expected = {"affect": ("love", "hat*"), "cognition": ("think",)}
    assert read_words(write(tmp_path, "a.json", json.dumps({k: list(v) for k, v in expected.items()}))) == expected
    assert read_words(write(tmp_path, "b.json", '["love", "hat*"]')) == {"b": ("love", "hat*")}
    rows = "word,list,comment\nlove,affect,\nhat*,affect,x\nthink,cognition,\n"
    assert read_words(write(tmp_path, "a.csv", rows)) == expected
    assert read_words(write(tmp_path, "a.tsv", rows.replace(",", "\t"))) == expected
    assert read_words({"affect": ["love", "hat*", "love"], "cognition": "think"}) == expected


def test_pairs_are_read_without_a_line_of_names(tmp_path):
    path = write(tmp_path, "pairs.csv", "rich,poor\n\naffluent , destitute\n", "utf-8-sig")
    assert read_pairs(path) == [("rich", "poor"), ("affluent", "destitute")]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "# nothing\n", "holds no word.*needed.*Check"),
        ("a.json", "{", "is no JSON.*needed.*Correct it"),
        ("a.json", "3", "holds a int.*needed.*Write"),
        ("a.json", '{"a": [null]}', "has None under 'a'.*need to be text.*Write them so"),
        ("a.csv", "lst,word\na,b\n", "no column 'list'.*needed.*Did you mean 'lst'"),
        ("a.csv", "", "no column 'list'.*needed.*first line"),
        ("a.dic", "%\n1\taffect\nlove\t1\n", "has 1 line of %.*needs two.*Get the file again"),
        ("a.dic", "%\n1\taffect\n%\nlove\t7\n", "'love' in category 7.*needed.*Add it"),
    ],
)
def test_files_that_hold_no_lists(tmp_path, name, text, says):
    with pytest.raises(DataError, match=says):
        read_words(write(tmp_path, name, text))


def test_sources_that_are_none(tmp_path):
    with pytest.raises(DataError, match=r"cannot be read.*needed.*Check the path"):
        read_words(tmp_path / "nowhere.txt")
    with pytest.raises(DataError, match=r"UnicodeDecodeError.*UTF-8.*save the file"):
        read_words(write(tmp_path, "latin.txt", "é", "latin-1"))
    with pytest.raises(SpecError, match=r"are a list.*needed.*Hand over a path"):
        read_words(["love"])


def test_candidates_are_the_nearest_with_what_speaks_for_them():
    space = space_of(*"abcdefgh")
    found = expand(space, ["b", "a"], n=3)
    table = found.table()
    nearest = space.nearest(["b", "a"], 3)
    assert table["word"].tolist() == nearest["word"].tolist()
    np.testing.assert_allclose(table["similarity"], nearest["similarity"], atol=EXACT)
    for row in table.itertuples():
        each = {seed: space.similarity(row.word, seed) for seed in "ba"}
        assert row.nearest_seed == max(each, key=each.get)
        np.testing.assert_allclose(row.nearest_similarity, max(each.values()), atol=EXACT)
        np.testing.assert_allclose(row.mean_similarity, sum(each.values()) / 2, atol=EXACT)
        assert row.count == 9 - row.rank == space.counts["abcdefgh".index(row.word)]
    assert set(table["decision"]) == {"open"}
    assert found.words == ("b", "a"), "nothing is added unasked"


def test_a_person_decides():
    found = expand(space_of(*"abcdefgh"), ["a"], n=5)
    first, second, third = found.table()["word"][:3]
    decided = found.accept([first, second]).reject(third).reject(second)
    assert decided.words == ("a", first)
    assert decided.table()["decision"].tolist() == ["accepted", "rejected", "rejected", "open", "open"]
    assert found.words == ("a",), "what was asked stays as it is"
    assert "1 accepted, 2 rejected, 2 open; the list has 2 words" in decided.summary()
    assert repr(decided) == "Expansion(1 seeds, 5 candidates, 2 words)"
    assert "Rodriguez" in decided.cite()
    assert len(decided.plot().axes[0].get_yticks()) == 5
    with pytest.raises(DataError, match=r"'a' is no candidate.*needed"):
        found.accept("a")


def test_candidates_can_be_bounded_and_chosen_among():
    space = space_of(*"abcdefgh")
    whole = expand(space, "a", n=7).table()
    bar = float(whole["similarity"][2])
    assert len(expand(space, "a", n=7, least_similarity=bar).table()) == 3
    assert set(expand(space, "a", among=["b", "c", "a"]).table()["word"]) == {"b", "c"}
    assert expand(space, "a", least_similarity=1).table().empty
    assert expand(space, "a", least_similarity=1).summary().startswith("0 candidates")
    with pytest.raises(SpecError, match=r"least_similarity=2.*needed"):
        expand(space, "a", least_similarity=2)


def test_candidates_can_be_held_to_a_count():
    space = space_of(*POLITICS)
    assert set(expand(space, ["war"], least_count=4).table()["word"]) == {"politics", "political", "police"}
    with pytest.raises(SpecError, match="have no counts"):
        expand(Embeddings(["war", "peace"], [[1.0, 0.0], [0.0, 1.0]]), ["war"], least_count=4)


def test_print_shows_every_column_that_a_decision_needs():
    found = expand([space_of(*POLITICS, seed=seed) for seed in (1, 2)], ["war"], n=3).reject("peace")
    shown = str(found)
    assert shown.startswith(found.summary())
    assert "..." not in shown
    assert shown.splitlines()[-4].split() == ["word", "similarity", "sd_seeds", "nearest_seed", "count", "decision"]
    assert "sd_seeds" not in str(expand(space_of(*POLITICS), ["war"], n=3))


def test_similarities_are_averaged_over_fits():
    fits = [space_of(*"abcdef", seed=seed) for seed in range(3)]
    table = expand(fits, ["a"], n=5).table().set_index("word")
    for word in "bcdef":
        each = [fit.similarity("a", word) for fit in fits]
        np.testing.assert_allclose(table.loc[word, "similarity"], np.mean(each), atol=EXACT)
        np.testing.assert_allclose(table.loc[word, "sd_seeds"], np.std(each, ddof=1), atol=EXACT)
    assert len(expand(fits, ["a"]).plot().axes[0].get_yticks()) == 5


def test_a_list_without_a_word_is_told():
    with pytest.warns(DataWarning, match="no word under 'b'"):
        assert read_words({"a": ["x"], "b": [" "]}) == {"a": ("x",)}


def test_what_each_entry_stands_for_can_be_read():
    space = Embeddings(["territory", "terror", "fear", "terrible"], np.eye(4), [9, 5, 4, 2])
    found = match_words(space, ["terri*", "fear", "joy"])
    assert found["entry"].tolist() == ["terri*", "terri*", "fear", "joy"]
    assert found["word"].tolist()[:3] == ["territory", "terrible", "fear"]
    assert found["word"].isna().tolist() == [False, False, False, True]
    assert found["count"].tolist() == [9, 2, 4, 0]
    assert "count" not in match_words(Embeddings(["fear"], np.eye(1)), "fear")
    other = Embeddings(["territory", "fear"], 2 * np.eye(4)[:2])
    assert match_words([space, other], ["terri*"])["word"].tolist() == ["territory"]
    with pytest.raises(DataError, match="list is empty"):
        match_words(space, [])
