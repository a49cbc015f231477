"""Profiles for conjoint and vignette experiments: what each shows, what never happens, and what the design says."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from lacunet.errors import ColumnError, SpecError
from lacunet.synthesis.conditions import draw_profiles
from tests.contract._survey import GRADES, REGIONS, Resampler, survey

SHOWN = ["sex", "region", "grade", "age"]
FOUR_SD = 4.0
"""Of a share among independent draws: one in 16,000 strays so far, and the seed is fixed."""
FITTED = Resampler()


def draw(n=40, **options):
    return draw_profiles(FITTED, n, **({"attributes": SHOWN, "seed": 1} | options))


def shares_agree(found, expected, n):
    return abs(found - expected) <= FOUR_SD * np.sqrt(expected * (1 - expected) / n)


def test_the_frame_has_a_row_for_each_profile():
    profiles = draw(7, n_tasks=3, n_profiles=4)
    frame = profiles.frame()
    assert list(frame.columns) == ["respondent", "task", "profile", *SHOWN]
    assert frame[["respondent", "task", "profile"]].to_numpy().tolist() == [
        list(place) for place in product(range(1, 8), range(1, 4), range(1, 5))
    ]
    assert len(frame) == len(profiles) == 84
    assert list(frame["grade"].cat.categories) == GRADES
    assert set(frame["region"]) == set(REGIONS)


@pytest.mark.parametrize("how", ["population", "uniform"])
def test_no_task_shows_a_profile_twice(how):
    frame = draw(100, attributes=["sex", "grade"], draw=how, n_profiles=3).frame()
    doubled = frame.duplicated(["respondent", "task", "sex", "grade"])
    assert not doubled.any()
    assert frame.duplicated(["sex", "grade"]).any()


@pytest.mark.parametrize("how", ["population", "uniform"])
def test_conditions_and_constraints_hold(how):
    frame = draw(
        given={"age": (30, 60), "region": ["North", "East"]},
        constraints=["sex == 'male' or grade != 'low'", "age >= 40 or grade == 'high'"],
        draw=how,
    ).frame()
    assert frame["age"].between(30, 60).all()
    assert set(frame["region"]) == {"North", "East"}
    assert ((frame["sex"] == "male") | (frame["grade"] != "low")).all()
    assert ((frame["age"] >= 40) | (frame["grade"] == "high")).all()


def test_population_profiles_are_rows_of_the_population():
    real = survey()
    profiles = draw(400)
    frame = profiles.frame()
    known = set(map(tuple, real[SHOWN].to_numpy().tolist()))
    assert all(tuple(row) in known for row in frame[SHOWN].to_numpy().tolist())
    n = len(frame)
    for name in ("sex", "region", "grade"):
        for level, share in real[name].value_counts(normalize=True).items():
            assert shares_agree((frame[name] == level).mean(), share, n)
    assert (frame["sex"][frame["sex"] == "male"]).size


def test_a_profile_always_shows_a_value():
    frame = draw(300, attributes=["wage", "sex"]).frame()
    assert frame.notna().all().all()
    assert (frame["wage"] >= 0).all()


def test_a_condition_on_what_is_not_shown_holds_in_the_population():
    frame = draw(60, attributes=["sex", "region"], given={"kids": 3}).frame()
    assert set(frame["sex"]) == {"female"}


def test_uniform_levels_are_equally_likely_and_independent():
    frame = draw(1_000, draw="uniform", given={"age": [20, 40, 60, 80]}, n_profiles=2).frame()
    n = len(frame)
    for name, levels in (("sex", 2), ("region", 3), ("grade", 3), ("age", 4)):
        for share in frame[name].value_counts(normalize=True):
            assert shares_agree(share, 1 / levels, n)
    pairs = pd.crosstab(frame["region"], frame["age"], normalize=True).to_numpy()
    assert all(shares_agree(share, 1 / 12, n) for share in pairs.ravel())


def test_restricted_profiles_are_uniform_over_those_allowed():
    frame = draw(
        1_000, attributes=["region", "grade"], draw="uniform", n_profiles=1,
        constraints="not (region == 'North' and grade == 'high')",
    ).frame()  # fmt: skip
    found = frame.groupby(["region", "grade"], observed=True).size() / len(frame)
    assert len(found) == 8
    assert all(shares_agree(share, 1 / 8, len(frame)) for share in found)


def test_places_in_a_task_are_exchangeable():
    frame = draw(1_000, attributes=["sex", "grade"], draw="uniform", n_tasks=3).frame()
    for place in (1, 2):
        here = frame[frame["profile"] == place]
        assert shares_agree((here["grade"] == "high").mean(), 1 / 3, len(here))


def test_whole_numbers_of_a_range_are_shown():
    frame = draw(300, attributes=["age", "sex"], draw="uniform", given={"age": (30, 33)}).frame()
    assert set(frame["age"]) == {30, 31, 32, 33}


@pytest.mark.parametrize("how", ["population", "uniform"])
def test_the_seed_decides(how):
    options = {"attributes": ["sex", "region", "grade"], "draw": how}
    one, same, other = (draw(seed=seed, **options).frame() for seed in (5, 5, 6))
    assert one.equals(same)
    assert not one.equals(other)


def test_a_seed_is_drawn_and_recorded():
    profiles = draw(seed=None)
    assert profiles.frame().equals(draw(seed=profiles.seed).frame())


def test_what_was_drawn_is_said():
    profiles = draw(3, n_tasks=2, given={"age": (30, None)}, constraints="sex == 'male' or age > 40")
    assert profiles.sentence() == (
        "3 respondents × 2 tasks × 2 profiles of sex, region, grade and age, drawn from the joint distribution that "
        "was learnt, given age from 30, keeping \"sex == 'male' or age > 40\" (seed 1)."
    )


# ---------------------------------------------------------------- texts


def test_vignettes():
    profiles = draw(2, attributes=["sex", "age", "start"], n_tasks=1)
    frame, texts = profiles.frame(), profiles.text("A {age}-year-old {sex}, since {{{start}}}.")
    assert list(texts.columns) == ["respondent", "task", "profile", "text"]
    row = frame.iloc[0]
    assert texts["text"][0] == f"A {int(row['age'])}-year-old {row['sex']}, since {{{row['start'].date()}}}."


def test_wording_of_levels():
    texts = draw(20, attributes=["sex", "kids"]).text(
        "{sex} {kids}.", {"sex": {"male": "He has", "female": "She has"}, "kids": {0: "no child", 1: "a child"}}
    )
    assert texts["text"].str.startswith(("He has ", "She has ")).all()
    assert texts["text"].isin([f"{a} has {b}." for a in ("He", "She") for b in ("no child", "a child", "2", "3")]).all()


BAD_TEXTS = {
    "no attribute": ("A {agee}.", {}, ColumnError, "'agee', which is no attribute.*Did you mean 'age'"),
    "none at all": ("A person.", {}, SpecError, r"names no attribute.*\{sex\}"),
    "open brace": ("A {age", {}, SpecError, r"lone '\{' at character 3"),
    "closed brace": ("A {age} }", {}, SpecError, r"lone '\}' at character 9"),
    "wording of no attribute": ("A {age}.", {"agee": {}}, ColumnError, "The wording names 'agee'"),
    "wording of no level": ("A {sex}.", {"sex": {"mal": "man"}}, ColumnError, "'mal'.*Did you mean 'male'"),
}


@pytest.mark.parametrize("name", BAD_TEXTS)
def test_texts_that_cannot_be_written(name):
    template, wording, error, message = BAD_TEXTS[name]
    with pytest.raises(error, match=f"(?s){message}"):
        draw(2).text(template, wording)


# ---------------------------------------------------------------- design


def test_design_counts_levels():
    profiles = draw(50)
    frame, design = profiles.frame(), profiles.design()
    for name in ("sex", "region", "grade"):
        part = design[design["attribute"] == name].set_index("level")
        assert part["n"].to_dict() == frame[name].value_counts().to_dict()
        assert part["share"].sum() == pytest.approx(1, abs=1e-12)
    quarters = design[design["attribute"] == "age"]
    assert len(quarters) == 4
    assert quarters["n"].sum() == len(frame)
    assert quarters["level"].iloc[0].startswith(f"{frame['age'].min():.0f} to ")


def test_levels_that_are_never_shown_are_counted():
    design = draw(30, given={"region": ["North", "East"]}).design().set_index(["attribute", "level"])
    assert design.loc[("region", "South"), "n"] == 0


def test_pairs_that_a_constraint_rules_out_are_named_with_it():
    text = "not (region == 'North' and grade == 'high') and kids >= 0"
    profiles = draw(200, attributes=["region", "grade", "kids"], constraints=[text], draw="uniform")
    never = profiles.never_shown()
    assert never.to_numpy().tolist() == [["region", "North", "grade", "high", text]]


def test_pairs_that_chance_left_out_are_told_apart():
    profiles = draw(1, attributes=["region", "grade"], n_tasks=2, draw="uniform")
    never, frame = profiles.never_shown(), profiles.frame()
    assert set(never["why"]) == {"not drawn"}
    shown = set(map(tuple, frame[["region", "grade"]].to_numpy().tolist()))
    expected = set(product(set(frame["region"]), set(frame["grade"]))) - shown
    assert set(map(tuple, never[["level_1", "level_2"]].to_numpy().tolist())) == expected


# ---------------------------------------------------------------- bad input

REFUSED = {
    "way to draw": ({"draw": "random"}, SpecError, "draw='random'.*'population' or 'uniform'"),
    "no respondents": ({"n": 0}, SpecError, "n_respondents=0"),
    "no tasks": ({"n_tasks": 0}, SpecError, "n_tasks=0"),
    "no profiles": ({"n_profiles": 0}, SpecError, "n_profiles=0"),
    "no attributes": ({"attributes": []}, SpecError, "attributes is empty"),
    "unknown attribute": ({"attributes": ["agee"]}, ColumnError, "attributes names 'agee'.*Did you mean 'age'"),
    "identifier": ({"attributes": ["id"]}, ColumnError, "'id'.*identifier"),
    "attribute twice": ({"attributes": ["age", "age"]}, SpecError, "age more than once"),
    "frame given": ({"given": pd.DataFrame({"age": [30]})}, SpecError, "a mapping such as"),
    "reason given": ({"attributes": ["wage"], "given": {"wage": "refused"}}, SpecError, "shows a value of every"),
    "reversed range": ({"given": {"age": (60, 30)}}, SpecError, "ends before it begins"),
    "contradiction": ({"constraints": ["age > 50", "age < 30"]}, SpecError, "'age > 50' and 'age < 30' contradict"),
    "uniform number": ({"draw": "uniform"}, SpecError, r"'age' \(continuous\) has no levels.*given=\{'age'"),
    "uniform range": (
        {"attributes": ["other", "sex"], "draw": "uniform", "given": {"other": (1.2, 1.8)}},
        SpecError,
        "'other' no whole number",
    ),
    "uniform condition on others": (
        {"attributes": ["sex"], "draw": "uniform", "given": {"kids": 1}, "constraints": "age > 30"},
        SpecError,
        "kids and age, which uniform profiles do not show",
    ),
    "too few different": ({"attributes": ["sex"], "n_profiles": 3}, SpecError, "no task of 3 different ones"),
    "too few different, uniform": (
        {"attributes": ["sex"], "n_profiles": 3, "draw": "uniform"},
        SpecError,
        "no task of 3 different ones",
    ),
    "never": (
        {"attributes": ["sex", "kids"], "constraints": "kids == 3 and sex == 'male'"},
        SpecError,
        "None of .* profiles satisfies \"kids == 3 and sex == 'male'\"",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input(name):
    options, error, message = REFUSED[name]
    with pytest.raises(error, match=f"(?s){message}"):
        draw(**options)
