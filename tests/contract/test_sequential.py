"""The sequential sampler as a user meets it: rows like the real ones, conditions and constraints kept, no real row."""

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lacunet as ln
from tests.contract._synthetic import RARE, survey

CHANCE = 4.5
"""Standard errors that a share or mean may be off: of some forty comparisons, one in a thousand runs would fail."""
RULES = ("total == wage + other", "age >= 18", "after <= before + 30")


def fit(frame, **options):
    return ln.Sequential(max_steps=300).fit(frame, seed=1, missing_codes={"income": [-8]}, **options)


@pytest.fixture(scope="module")
def real():
    return survey()


@pytest.fixture(scope="module")
def fitted(real):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fit(real, constraints=RULES)


def meets(found, expected):
    """Whether two samples may have the same mean."""
    found, expected = (np.asarray(values, dtype=float) for values in (found, expected))
    error = np.sqrt(found.var() / len(found) + expected.var() / len(expected))
    assert abs(found.mean() - expected.mean()) <= CHANCE * error, (found.mean(), expected.mean(), error)


# ------------------------------------------------------------------ rows


def test_rows_look_like_the_real_ones(real, fitted):
    before = real.copy(deep=True)
    made = fitted.sample(200)
    assert list(made) == list(real)
    assert made.dtypes.equals(real.dtypes)
    assert made["id"].tolist() == list(range(1, 201))
    assert set(made["group"]) <= set(real["group"])
    pd.testing.assert_frame_equal(real, before)


def test_one_seed_one_result(real, fitted):
    pd.testing.assert_frame_equal(fitted.sample(50, seed=4), fitted.sample(50, seed=4))
    assert not fitted.sample(50, seed=5).equals(fitted.sample(50, seed=4))
    again = fit(real, constraints=RULES)
    pd.testing.assert_frame_equal(again.sample(50), fitted.sample(50))


def test_a_set_does_not_depend_on_how_many_there_are(fitted):
    two, three = fitted.synthesize(2, n=60, seed=3), fitted.synthesize(3, n=60, seed=3)
    pd.testing.assert_frame_equal(two[1], three[1])
    assert not three[0].equals(three[1])
    assert three.is_proper and three.rule == "plug-in proper"


def test_distributions_are_those_of_the_data(real, fitted):
    made = fitted.sample(3000, seed=2)
    meets(made["age"], real["age"])
    meets(made["sex"] == "m", real["sex"] == "m")
    for group in "abc":
        meets(made["group"] == group, real["group"] == group)
        meets(made["sex"][made["group"] == group] == "m", real["sex"][real["group"] == group] == "m")
    slopes = [np.cov(f["age"], f["income"])[0, 1] / f["age"].var() for f in map(answered, (made, real))]
    assert slopes[0] == pytest.approx(slopes[1], abs=0.1)


def answered(frame):
    return frame[frame["income"] > -8]


def test_reasons_for_no_value_are_made_each_its_own(real, fitted):
    made = fitted.sample(3000, seed=2)
    meets(made["income"].isna(), real["income"].isna())
    meets(made["income"] == -8, real["income"] == -8)


def test_what_decides_and_what_equals_is_kept(real, fitted):
    made = fitted.sample(2000, seed=6)
    rule = dict(zip(real["code"], real["region"], strict=True))
    assert made["region"].tolist() == [rule[code] for code in made["code"]]
    meets(made["before"] == made["after"], real["before"] == real["after"])


def test_constraints_hold_and_sums_add_up(fitted):
    made = fitted.sample(2000, seed=8)
    assert (made["total"] == made["wage"] + made["other"]).all()
    assert (made["after"] <= made["before"] + 30).all()


def test_nothing_to_make_is_an_empty_frame(real, fitted):
    assert fitted.sample(0).dtypes.equals(real.dtypes)
    assert fitted.sample(0, given={"sex": "m"}).empty


def test_sizes_that_make_no_sense(fitted):
    with pytest.raises(ln.SpecError, match="n=-1"):
        fitted.sample(-1)
    with pytest.raises(ln.SpecError, match="m"):
        fitted.synthesize(0)
    with pytest.raises(ln.SpecError, match="columns= contradict"):
        fitted.synthesize(1, n=3, columns=["age"])
    with pytest.raises(ln.ColumnError, match="Did you mean 'income'"):
        fitted.synthesize(1, columns=["incom"])


# ------------------------------------------------------------------ conditions


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({"group": "b"}, lambda f: f["group"] == "b"),
        ({"age": 40}, lambda f: f["age"] == 40),
        ({"age": (30, 35)}, lambda f: f["age"].between(30, 35)),
        ({"age": (70, None)}, lambda f: f["age"] >= 70),
        ({"age": [20, 60]}, lambda f: f["age"].isin([20, 60])),
        ({"code": ["c01", "c05"]}, lambda f: f["code"].isin(["c01", "c05"])),
        ({"income": None}, lambda f: f["income"].isna()),
        ({"income": -8}, lambda f: f["income"] == -8),
        ({"income": (40, 60)}, lambda f: f["income"].between(40, 60)),
        ({"income": [-8, None]}, lambda f: f["income"].isna() | (f["income"] == -8)),
        ({"region": "south"}, lambda f: f["region"] == "south"),
        ({"region": "south", "code": ["c01", "c02", "c04"]}, lambda f: f["code"].isin(["c01", "c04"])),
        ({"after": (80, 90)}, lambda f: f["after"].between(80, 90)),
        ({"before": (60, 70), "after": (60, 70)}, lambda f: f["before"].between(60, 70) & f["after"].between(60, 70)),
        ({"total": (30, 40)}, lambda f: f["total"].between(30, 40) & (f["total"] == f["wage"] + f["other"])),
        ({"sex": "m", "age": (18, 30), "group": ["a", "b"]}, lambda f: (f["sex"] == "m") & (f["age"] <= 30)),
    ],
)
def test_conditions_are_met_exactly(fitted, given, holds):
    made = fitted.sample(64, given=given, seed=3)
    assert holds(made).all()
    assert len(made) == 64


def test_what_is_asked_for_moves_the_rest_as_in_the_data(real, fitted):
    for given, rows in (
        ({"group": "c"}, real["group"] == "c"),
        ({"sex": "m"}, real["sex"] == "m"),
        ({"income": (50, 70)}, real["income"].between(50, 70)),
        ({"region": "west"}, real["region"] == "west"),
    ):
        made, like = fitted.sample(1500, given=given, seed=9), real[rows]
        meets(made["sex"] == "m", like["sex"] == "m")
        meets(made["age"], like["age"])
        meets(made["group"] == "c", like["group"] == "c")


def test_conditions_that_depend_on_each_other_are_weighed(real, fitted):
    """Drawn one after the other, ages up to 50 would be uniform, and the income would be cut afterwards."""
    made = fitted.sample(1500, given={"age": (18, 50), "income": (40, 60)}, seed=9)
    like = real[real["age"].between(18, 50) & real["income"].between(40, 60)]
    young = real["age"][real["age"] <= 50]
    assert like["age"].mean() - young.mean() > 2 * CHANCE * like["age"].std() / np.sqrt(len(like))
    meets(made["age"], like["age"])


@pytest.mark.slow
def test_several_conditions_at_once_leave_the_rest_as_it_is_in_the_data():
    """Each variable depends on the others by a known law; the real rows that meet the conditions are the judge."""
    rng = np.random.default_rng(3)
    n = 2000
    a = rng.choice(3, n, p=[0.5, 0.3, 0.2])
    b = np.where(rng.random(n) < 0.7, a, rng.integers(0, 3, n))
    x = np.round(10 * b + rng.normal(0, 6, n)).astype(int)
    c = rng.random(n) < 1 / (1 + np.exp(1 - 1.2 * (a == 2) - 0.08 * x))
    frame = pd.DataFrame(
        {"c": np.where(c, "yes", "no"), "x": x, "a": np.array([*"klm"])[a], "b": np.array([*"uvw"])[b]}
    )
    once = ln.Sequential(max_steps=1000).fit(frame, seed=1)
    for given, is_like in (
        ({"a": ["k", "m"], "b": ["v", "w"]}, frame["a"].isin(["k", "m"]) & frame["b"].isin(["v", "w"])),
        ({"x": (5, 20), "a": ["l", "m"]}, frame["x"].between(5, 20) & frame["a"].isin(["l", "m"])),
        ({"x": (15, 40), "c": "no"}, frame["x"].between(15, 40) & (frame["c"] == "no")),
        (frame[["a"]][frame["a"] == "m"].head(300), frame["a"] == "m"),
    ):
        made, like = once.sample(3000, given=given, seed=9), frame[is_like]
        meets(made["x"], like["x"])
        for name, levels in (("a", "klm"), ("b", "uvw"), ("c", ("yes", "no"))):
            for level in levels:
                meets(made[name] == level, like[name] == level)


def test_a_value_that_another_equals_is_equalled_as_often(real, fitted):
    like = real[real["after"].between(68, 72)]
    made = fitted.sample(1500, given={"after": (68, 72)}, seed=2)
    meets(made["before"] == made["after"], like["before"] == like["after"])


def test_rows_to_be_completed_stay_as_they_are(real, fitted):
    some = real[["age", "code", "after", "income"]].head(40)
    made = fitted.sample(80, given=some, seed=5)
    twice = pd.concat([some, some], ignore_index=True)
    pd.testing.assert_frame_equal(made[list(some)], twice)
    rule = dict(zip(real["code"], real["region"], strict=True))
    assert made["region"].tolist() == [rule[code] for code in twice["code"]]
    assert 0.25 < (made["before"] == made["after"]).mean() < 0.75
    with pytest.raises(ln.SpecError, match="n=50"):
        fitted.sample(50, given=some)
    with pytest.raises(ln.DataError, match="no rows"):
        fitted.sample(5, given=some.head(0))


def test_rows_whose_source_is_open_agree_with_it(real, fitted):
    some = pd.DataFrame({"region": ["north", "south", "west"] * 10})
    made = fitted.sample(30, given=some, seed=5)
    rule = dict(zip(real["code"], real["region"], strict=True))
    assert [rule[code] for code in made["code"]] == some["region"].tolist()
    # Rows of different groups are drawn by chance of their own.
    assert len({tuple(made["age"][made["region"] == region]) for region in ("north", "south", "west")}) == 3


def test_a_condition_that_never_occurs_is_said_with_the_nearest(fitted):
    with pytest.warns(ln.DataWarning, match=r"No row of the data has age from 95 to 99\. The nearest .* age 80"):
        made = fitted.sample(5, given={"age": (95, 99)})
    assert made["age"].between(95, 99).all()
    with pytest.raises(ln.ColumnError, match="'grup'"):
        fitted.sample(5, given={"grup": "a"})
    with pytest.raises(ln.ColumnError, match="'d'"):
        fitted.sample(5, given={"group": "d"})
    with pytest.raises(ln.DataError, match="No row can be made"), pytest.warns(ln.DataWarning):
        fitted.sample(5, given={"region": "north", "code": "c01"})


def test_conditions_and_constraints_that_exclude_each_other(real, fitted):
    with pytest.raises(ln.SpecError, match="age >= 18"):
        fitted.sample(5, given={"age": (10, 12)})
    with pytest.raises(ln.SpecError, match="contradict"):
        fit(real, constraints=["age > 50", "age < 30"])
    with pytest.raises(ln.SpecError, match="which are still to be made"):
        fitted.sample(2, given=real[["total", "age"]].head(2))


# ------------------------------------------------------------------ partly synthetic, and kept


def test_columns_that_are_not_replaced_stay_real(real, fitted):
    syns = fitted.synthesize(2, columns=["income", "before"], seed=3)
    kept = [name for name in real if name not in ("id", "income", "before")]
    for made in syns:
        pd.testing.assert_frame_equal(made[kept], real[kept])
        assert not made["income"].equals(real["income"])
        meets(made["before"] == made["after"], real["before"] == real["after"])
    assert syns.rule == "partially"
    meets(answered(syns[0])["income"], answered(real)["income"])


def test_a_saved_file_gives_the_same_rows(fitted, tmp_path):
    given = {"sex": "m", "income": (40, 60)}
    fitted.synthesize(2, n=50, seed=3)
    # What is asked for is learned as what comes first while the real rows are there, and saved.
    fitted.sample(1, given=given)
    path = fitted.save(tmp_path / "survey.lacunet")
    loaded = ln.load(path)
    pd.testing.assert_frame_equal(loaded.sample(60, seed=2), fitted.sample(60, seed=2))
    pd.testing.assert_frame_equal(loaded.sample(60, given=given, seed=2), fitted.sample(60, given=given, seed=2))
    pd.testing.assert_frame_equal(loaded.synthesize(2, n=50, seed=3)[1], fitted.synthesize(2, n=50, seed=3)[1])
    assert loaded.notes == fitted.notes
    assert loaded.synthesize(2, n=50).is_proper
    n_saved = len([member for member, first in loaded.engine.skips if member and not first])
    in_turn = loaded.synthesize(n_saved + 1, n=50)
    assert in_turn.is_proper
    assert in_turn.n_models == n_saved
    loaded.engine.skips = {at: skip for at, skip in loaded.engine.skips.items() if at[0] == 0}
    fallen = loaded.synthesize(5, n=50)
    assert not fallen.is_proper
    assert fallen.rule == "plug-in"
    with pytest.raises(ln.SpecError, match="holds no real row"):
        loaded.synthesize(1, columns=["age"])


@pytest.mark.slow
def test_no_rare_value_is_saved_or_made(real, tmp_path):
    frame = real.drop(columns=["total"])
    frame.loc[17, "before"] = RARE
    frame.loc[18, "wage"] = 76543
    once = fit(frame)
    held = np.array([RARE, 76543.0])
    saved = once.save(tmp_path / "s.lacunet").read_bytes()
    assert all(number.tobytes() not in saved for number in held)
    made = once.sample(3000)
    for name in ("before", "after", "wage"):
        assert not made[name].isin(held).any()


def test_the_notes_speak_of_synthesis(fitted):
    said = " ".join(fitted.notes)
    assert "'id'" in said
    assert "'region' from 'code'" in said
    assert "'after' to 'before'" in said
    assert "'income' (" in said
    assert not re.search(r"imput|kept as they are|stay as they are", said)
    assert all(sentence in str(fitted.summary()) for sentence in fitted.notes)


def test_the_summary_lists_the_settings_that_were_given(fitted):
    shown = dict(fitted.summary().table().itertuples(index=False))
    assert shown == {name: str(value) for name, value in vars(fitted.spec).items() if value is not None}


@pytest.mark.slow
def test_a_word_among_numbers_is_a_reason_and_no_warning(real):
    frame = real[["group", "sex", "age"]].assign(job=np.where(real["age"] > 70, "N", (real["age"] // 2).astype(str)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        once = fit_small(frame)
    made = once.sample(500)
    assert (made["job"] == "N").any()
    assert "The word is made too" in " ".join(once.notes)
    with pytest.warns(ln.DataWarning, match="counts as one in every average"):
        fit_small(frame.assign(job=np.where(real["age"] > 60, -8, real["wage"] * 10)))


def fit_small(frame, **options):
    return ln.Sequential(max_steps=100).fit(frame, seed=1, **options)


# ------------------------------------------------------------------ libraries, files, designs


def test_every_library_gets_its_own_back(real, tmp_path):
    plain = real[["group", "sex", "age"]].astype({"sex": str})
    made = fit_small(plain).sample(40)
    polars = fit_small(pl.from_pandas(plain)).sample(40)
    assert isinstance(polars, pl.DataFrame)
    assert polars.schema == pl.from_pandas(plain).schema
    assert polars["age"].to_list() == made["age"].tolist()
    arrow = fit_small(pa.Table.from_pandas(plain, preserve_index=False))
    assert isinstance(arrow.sample(40), pa.Table)
    assert arrow.sample(40)["age"].to_pylist() == made["age"].tolist()
    loaded = ln.load(fit_small(pl.from_pandas(plain)).save(tmp_path / "p.lacunet"))
    assert loaded.sample(40).equals(polars)


@pytest.mark.slow
def test_labels_of_a_stata_file_stay(real, tmp_path):
    frame = pd.DataFrame({"sex": (real["sex"] == "m").astype("int8"), "age": real["age"].astype("int16")})
    frame["income"] = real["income"].where(real["income"] > -8)
    labels = {"sex": {0: "woman", 1: "man"}}
    frame.to_stata(tmp_path / "s.dta", write_index=False, value_labels=labels, variable_labels={"age": "Age in years"})
    once = fit_small(tmp_path / "s.dta")
    made = once.sample(200, given={"sex": "man"})
    assert once.schema.columns[1].label == "Age in years"
    once.synthesize(1, n=50).to_stata(tmp_path / "out")
    back = pd.read_stata(tmp_path / "out" / "synthetic_1.dta")
    assert set(back["sex"]) <= {"woman", "man"}
    assert len(made) == 200


@pytest.mark.slow
def test_weights_are_not_learnt_but_obeyed():
    rng = np.random.default_rng(5)
    n = 600
    rich = rng.random(n) < 0.5
    # A tenth of the people are rich, and half of the sample.
    frame = pd.DataFrame(
        {
            "rich": np.where(rich, "yes", "no"),
            "age": rng.integers(18, 81, n) + 10 * rich,
            "wt": np.where(rich, 0.2, 1.8),
            "stratum": np.where(rich, 1, 2),
        }
    )
    once = fit_small(frame, weights="wt", strata="stratum")
    made = once.sample(4000)
    assert made["wt"].isna().all()
    assert (made["rich"] == "yes").mean() == pytest.approx(0.1, abs=0.03)
    weighted = np.average(frame["age"], weights=frame["wt"])
    assert made["age"].mean() == pytest.approx(weighted, abs=2.0)
    assert any("weighted by the survey's design (wt, stratum)" in note for note in once.notes)
    assert once.synthesize(2, n=400).is_weighted
    with pytest.raises(ln.ColumnError, match="Did you mean 'wt'"):
        fit_small(frame, weights="wtt")
    with pytest.raises(ln.DataError, match="not above 0"):
        fit_small(frame.assign(wt=0.0 * frame["wt"] + np.arange(n) % 3), weights="wt")
    with pytest.raises(ln.DataError, match="empty in 1 rows"):
        fit_small(frame.assign(wt=frame["wt"].where(np.arange(n) > 0)), weights="wt")


def test_citing():
    spec = ln.Sequential()
    assert len(spec.works) == 2
    with pytest.raises(ln.SpecError, match="dropout=2"):
        ln.Sequential(dropout=2)
    with pytest.raises(ln.SpecError, match="n_levels"):
        ln.Sequential(n_levels=1)
