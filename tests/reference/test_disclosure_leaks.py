"""Planted leaks are found, and a fresh sample of the same people is not accused."""

import numpy as np
import pandas as pd
import pytest

from lacunet.synthesis.judge._disclosure import MIN_ROWS, measure_disclosure
from lacunet.synthesis.judge._reading import read_files
from lacunet.synthesis.judge._verdict import give_verdict, grade

N = 400
KEYS = ("age", "region", "sex")


def survey(seed):
    rng = np.random.default_rng(seed)
    age, educ = rng.integers(18, 90, N), rng.choice(["low", "mid", "high"], N, p=[0.3, 0.5, 0.2])
    income = np.round(800 + 15 * age + 500 * (educ == "high") + rng.normal(0, 350, N))
    return pd.DataFrame(
        {
            "age": age,
            "region": rng.choice(list("NESW"), N),
            "sex": rng.choice(["f", "m"], N),
            "educ": educ,
            "income": np.where(rng.random(N) < 0.1, np.nan, income),
            "vote": np.where(rng.random(N) < 1 / (1 + np.exp(-(age - 50) / 12)), "right", "left"),
        }
    )


def measure(synthetic, *, with_held_out=True, keys=KEYS, target="vote", seed=0):
    files = read_files(survey(1), synthetic, survey(2) if with_held_out else None)
    held_out = files.held_out.coded if with_held_out else None
    rng = np.random.default_rng(seed)
    real, made = files.real.coded, files.synthetic[0].coded
    return {one.name: one for one in measure_disclosure(real, made, held_out, keys=keys, target=target, rng=rng)}


@pytest.fixture(scope="module")
def copied():
    return measure(survey(1).sample(frac=1, random_state=0))


@pytest.fixture(scope="module")
def fresh():
    return measure(survey(3))


ALL = {
    "exact_copies",
    "replicated_uniques",
    "uniques_found",
    "small_groups",
    "disco",
    "dcap",
    "tcap",
    "nearest_record",
    "membership_auc",
    "membership_found",
    "singling_out_univariate",
    "singling_out_multivariate",
    "linkability",
    "inference",
}


def test_every_measure_stands_beside_two_others(copied, fresh):
    for found in (copied, fresh):
        assert set(found) == ALL
        assert all(np.isfinite([one.value, one.floor, one.independent]).all() for one in found.values())
        assert all(one.area == "disclosure" and one.sentence.endswith(".") for one in found.values())


def test_a_copy_is_found_by_every_attack(copied):
    assert copied["exact_copies"].value == 100
    assert copied["nearest_record"].value > 99
    assert copied["membership_auc"].value > 0.95
    # a few outsiders equal a member in every column, and are accused with as good a reason
    assert copied["membership_found"].value > 10
    assert copied["singling_out_univariate"].value == copied["singling_out_multivariate"].value == 100
    assert copied["inference"].value == 100
    # people who share their values with somebody are linked to one of them by chance
    assert copied["linkability"].value > 10 * copied["linkability"].floor
    assert copied["tcap"].value == 100
    poor = {name for name, one in copied.items() if grade(one) == "poor"}
    assert poor == ALL


def test_a_copy_gives_away_what_the_file_itself_would(copied):
    details = copied["disco"].details.set_index("release")
    whole = details.loc["synthetic, whole files"]
    assert whole["DiSCO"] == whole["Dorig"]
    assert whole["DCAP"] == pytest.approx(whole["CAPorig"], abs=1e-9)


def test_a_fresh_sample_is_no_better_than_the_control(fresh):
    for name in ("singling_out_univariate", "singling_out_multivariate", "linkability", "inference"):
        excess = fresh[name].details.iloc[0]
        assert excess["excess_low"] < 0.03, name  # 0 but for one interval in forty, of which four are looked at
    details = fresh["membership_auc"].details
    mine = details[details["release"] == "synthetic"]
    assert mine["low"].min() < 0.5 < mine["high"].max()
    assert 44 < fresh["nearest_record"].value < 55  # 50 give or take 2 standard errors of 400 rows
    assert fresh["exact_copies"].value <= 1  # six people: ages, four regions and rounded incomes meet
    assert "poor" not in {grade(one) for one in fresh.values()}


def test_some_copies_among_fresh_rows_are_found():
    mixed = measure(pd.concat([survey(1).head(N // 5), survey(3).head(N - N // 5)]))
    assert mixed["exact_copies"].value == pytest.approx(20, abs=1)  # and a few of the others by chance
    assert mixed["nearest_record"].value > 55
    assert mixed["linkability"].details["excess_low"].iloc[0] > 0
    assert grade(mixed["membership_found"]) in {"fair", "poor"}


def test_a_copy_is_found_without_held_out_rows():
    found = measure(survey(1), with_held_out=False)
    assert np.isnan(found["membership_auc"].value)
    assert "held_out" in found["membership_auc"].sentence
    assert grade(found["membership_auc"]) == ""
    assert "membership_found" not in found
    assert found["exact_copies"].value == 100
    assert found["nearest_record"].value > 65
    for name in ("singling_out_multivariate", "linkability"):
        assert grade(found[name]) == "poor", name
    assert "control" not in " ".join(found["linkability"].details["release"])


def test_independent_columns_keep_margins_and_no_relation():
    rng = np.random.default_rng(0)
    shuffled = survey(1).apply(lambda column: rng.permutation(column.to_numpy()))
    found = measure(shuffled)
    assert found["disco"].value == pytest.approx(found["disco"].independent, abs=4)  # 2 standard errors of 400 people
    assert found["dcap"].value < found["dcap"].floor


def test_without_keys_and_target_the_worst_is_assumed():
    found = measure(survey(3), keys=None, target=None)
    assert "age" in found["replicated_uniques"].sentence
    targets = found["dcap"].details["target"].unique()
    assert len(targets) == 2
    assert np.isfinite(found["inference"].value)


def test_who_knows_the_secret_is_no_attacker(fresh):
    known = measure(survey(3), keys=(*KEYS, "vote", "age"))
    assert known["disco"].value == fresh["disco"].value
    assert np.isfinite(measure(survey(3), keys=())["disco"].value)


def test_the_same_chance_gives_the_same_numbers(fresh):
    again = measure(survey(3))
    for name, one in fresh.items():
        assert (one.value, one.floor, one.independent) == (
            again[name].value,
            again[name].floor,
            again[name].independent,
        )


def test_a_secret_that_is_everybodys_is_said():
    real = survey(1).assign(vote=["left"] * (N - 15) + ["right"] * 15)
    files = read_files(real, real)
    rng = np.random.default_rng(0)
    coded = files.real.coded
    found = measure_disclosure(coded, coded, None, keys=KEYS, target="vote", rng=rng)
    sentence = next(one.sentence for one in found if one.name == "disco")
    assert "nearly everybody's" in sentence


def test_one_column_and_few_rows_are_survived():
    files = read_files(survey(1)[["age"]], survey(3)[["age"]])
    rng = np.random.default_rng(0)
    found = measure_disclosure(files.real.coded, files.synthetic[0].coded, None, keys=None, target=None, rng=rng)
    assert "linkability" not in {one.name for one in found}
    few = files.real.coded.take(np.arange(MIN_ROWS - 1))
    assert measure_disclosure(few, files.synthetic[0].coded, None, keys=None, target=None, rng=rng) == []


def test_the_verdict_follows(copied, fresh):
    facts = {"n_real": N, "n_synthetic": N}
    bad = give_verdict(list(copied.values()), has_held_out=True, **facts)
    assert "should not be released" in bad
    assert "exact copies of real rows (100.0 %" in bad
    good = give_verdict(list(fresh.values()), has_held_out=False, **facts)
    assert "should not be released" not in good
    assert "held_out" in good
    for words in (bad, good):
        assert "safe" not in words.lower()
        assert "differential privacy" in words
