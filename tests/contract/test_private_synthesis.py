"""The sequential sampler under differential privacy, as a user meets it: everything declared, nothing real kept."""

import dataclasses
import itertools
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lacunet as ln
from lacunet.keep import read_parts
from tests.contract._synthetic import RARE, survey

PUBLIC = {"group": ["a", "b", "c"], "sex": ["f", "m"], "age": range(18, 81), "income": (0, 150)}
REST = ["id", "region", "before", "after", "other", "total"]
OPTIONS = {"missing_codes": {"income": [-8]}, "kinds": {"code": "nominal", "wage": "count"}, "leave_out": REST}
FAR = 0.06
"""Shares of 3,000 rows at epsilon 10 are off by noise of about .005, and drawn shares by .01; six times both."""


def fit(frame, epsilon=10.0, domain=PUBLIC, spec=None, **options):
    spec = {} if spec is None else spec
    sampler = ln.Sequential(privacy=ln.Privacy(epsilon=epsilon, domain=domain), **spec)
    return sampler.fit(frame, **{"seed": 1, **OPTIONS, **options})


@pytest.fixture(autouse=True)
def small_pool(monkeypatch):
    """The model's own tables are known from fewer rows: quicker, and coarser."""
    monkeypatch.setattr("lacunet.synthesis.privacy._further.POOL", 3_000)


@pytest.fixture(scope="module")
def real():
    return survey(n=3_000)


@pytest.fixture(scope="module")
def fitted(real):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lacunet.synthesis.privacy._further.POOL", 3_000)
        return fit(real, constraints="age >= 18")


# ------------------------------------------------------------------ rows


def test_rows_are_like_the_real_ones(real, fitted):
    made = fitted.sample(3_000, seed=2)
    assert list(made) == list(real)
    assert made[REST].isna().all(axis=None)
    assert set(made["code"]) <= set(real["code"])
    for group, sex in itertools.product("abc", "fm"):
        shares = [((f["group"] == group) & (f["sex"] == sex)).mean() for f in (made, real)]
        assert shares[0] == pytest.approx(shares[1], abs=FAR)
    for made_share, real_share in (
        ((made["income"] == -8).mean(), (real["income"] == -8).mean()),
        (made["income"].isna().mean(), real["income"].isna().mean()),
    ):
        assert made_share == pytest.approx(real_share, abs=FAR)
    assert made["income"].dropna().between(-8, 150).all()
    assert not made["age"].isna().any()
    assert made["age"].between(18, 80).all()


def test_a_seed_repeats_rows_but_not_the_fit(real, fitted):
    pd.testing.assert_frame_equal(fitted.sample(100, seed=4), fitted.sample(100, seed=4))
    again = fit(real)
    assert not again.sample(100, seed=4).equals(fitted.sample(100, seed=4))
    assert len({tuple(again.engine.sampler.coding.columns[0].marginal.counts),
                tuple(fitted.engine.sampler.coding.columns[0].marginal.counts)}) == 2  # fmt: skip


def test_conditions_are_met(real, fitted):
    made = fitted.sample(400, given={"age": (70, 75), "sex": "m", "income": (20, 30)})
    assert made["age"].between(70, 75).all()
    assert (made["sex"] == "m").all()
    assert made["income"].between(20, 30).all()
    assert (fitted.sample(50, given={"income": -8})["income"] == -8).all()
    assert fitted.sample(50, given={"income": None})["income"].isna().all()
    rows = pd.DataFrame({"sex": ["m", "f"], "code": ["c03", "c07"]})
    completed = fitted.sample(200, given=rows)
    assert completed["sex"].tolist() == ["m", "f"] * 100
    assert completed["code"].tolist() == ["c03", "c07"] * 100
    # What is given is believed: the groups of men are not those of women.
    shares = [(completed["group"][at::2] == "c").mean() for at in (0, 1)]
    assert shares[0] > shares[1]


def test_sets_say_that_intervals_are_too_narrow(fitted):
    sets = fitted.synthesize(3, n=200)
    assert sets.rule == "plug-in"
    assert "intervals are too narrow" in sets.why
    assert any("intervals" in note for note in sets.notes)
    with pytest.raises(ln.SpecError, match="holds no real row"):
        fitted.synthesize(2, columns=["age"])


def test_the_summary_prints_the_ledger(fitted):
    text = str(fitted.summary())
    assert "epsilon" in text
    for look in ("levels of code", "ends of wage", "counts of group", "choice of pair 1", "table of columns"):
        assert look in text
    assert "real rows" not in text
    assert "PVLDB" in fitted.cite()


@pytest.mark.parametrize("library", [pl.from_pandas, lambda frame: pa.Table.from_pandas(frame, preserve_index=False)])
def test_other_libraries(real, library):
    frame = library(real[["group", "age", "sex"]])
    made = fit(frame, domain={k: PUBLIC[k] for k in ("group", "age", "sex")}, kinds=None, missing_codes=None,
               leave_out=()).sample(20)  # fmt: skip
    assert type(made) is type(frame)
    assert made.shape == (20, 3)


def test_all_that_columns_can_be(tmp_path):
    rng, n = np.random.default_rng(3), 1_500
    frame = pd.DataFrame(
        {
            "edu": rng.choice(["low", "mid", "high"], n),
            "text": [str(x) if x < 80 else "N" for x in rng.integers(0, 100, n)],
            "flag": rng.random(n) < 0.4,
            "step": rng.integers(0, 5, n) * 5 + 3,
            "code": rng.choice([1, 2, 9], n, p=[0.2, 0.3, 0.5]),
            "whole": rng.poisson(3, n),
            "answer": rng.choice(["x", "y", "refused"], n),
        }
    )
    public = {"edu": ["low", "mid", "high"], "text": range(80), "flag": [False, True], "step": range(3, 24, 5),
              "code": (1, 2, 9), "whole": (0.0, 29.5), "answer": ["x", "y"]}  # fmt: skip
    options = {
        "kinds": {"edu": "ordinal", "code": "nominal", "whole": "count"},
        "missing_codes": {"text": ["N"], "answer": ["refused"]},
        "leave_out": (),
    }
    frame.to_csv(tmp_path / "file.csv", index=False)
    for source in (frame, tmp_path / "file.csv"):
        fitted = fit(source, domain=public, **options)
        made = fitted.sample(1_500)
        assert not made.isna().any(axis=None)
        for name in ("edu", "step", "code", "answer"):
            found, expected = (f[name].value_counts(normalize=True) for f in (made, frame))
            assert set(found.index) == set(expected.index)
            assert all(abs(found[level] - share) < FAR for level, share in expected.items())
        assert set(made["text"]) <= {"N", *map(str, range(80))}
        assert (made["text"] == "N").mean() == pytest.approx(0.2, abs=FAR)
        assert made["flag"].mean() == pytest.approx(0.4, abs=FAR)
        assert made["flag"].dtype == "boolean"
        assert fitted.schema.columns[0].levels == ("low", "mid", "high")
        assert made["whole"].mean() == pytest.approx(3.0, abs=0.5)


# ------------------------------------------------------------------ what is kept


def test_saving_keeps_everything(fitted, tmp_path):
    loaded = ln.load(fitted.save(tmp_path / "private.lacunet"))
    assert loaded.spec == fitted.spec
    assert loaded.notes == fitted.notes
    pd.testing.assert_frame_equal(loaded.sample(300), fitted.sample(300))


def numbers_in(thing):
    """All numbers and words in nested parts."""
    if isinstance(thing, dict):
        return set().union(*(numbers_in(item) for item in (*thing.keys(), *thing.values())))
    if isinstance(thing, list | tuple):
        return set().union(set(), *map(numbers_in, thing))
    if isinstance(thing, np.ndarray):
        return numbers_in(thing.ravel().tolist())
    return {thing} if isinstance(thing, str | int | float) else set()


def test_no_trace_of_a_row_that_stands_out(real, tmp_path):
    odd = real.copy()
    odd.loc[5, ["group", "code"]] = ["secret", "c99"]
    odd["wage"] = odd["wage"].astype(float)
    odd.loc[5, "wage"] = RARE
    fitted = fit(odd)
    assert fitted.real is None
    parts = read_parts(fitted.save(tmp_path / "odd.lacunet"))
    kept = numbers_in(parts.meta) | numbers_in(parts.arrays)
    assert "c03" in kept
    assert not kept & {"secret", "c99", RARE, len(odd)}
    made = fitted.sample(2_000)
    assert set(made["group"]) <= set("abc")
    assert "c99" not in set(made["code"])
    assert made["wage"].max() < 1_000


def test_positions_of_levels_do_not_tell_how_many_there_are(real):
    odd = real.copy()
    odd["code"] = np.where(np.arange(len(odd)) % 50 == 0, [f"b{k:05d}" for k in range(len(odd))], odd["code"])
    fitted = fit(odd)
    column = next(c for c in fitted.engine.coding.columns if c.variable.name == "code")
    np.testing.assert_array_equal(column.levels, np.arange(12))
    assert set(fitted.sample(500)["code"]) <= set(real["code"])


def test_types_and_categories_of_the_frame_are_not_copied(real):
    wide = real.copy()
    wide["group"] = pd.Categorical(wide["group"], ["a", "b", "c", "left by one who withdrew"])
    wide["age"] = wide["age"].astype(float)
    wide.loc[0, "age"] = np.nan
    one, other = fit(wide).sample(50), fit(real).sample(50)
    assert one.dtypes.equals(other.dtypes)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kinds": {"wage": "count"}}, "Nothing is said of 'code'"),
        ({"kinds": {"code": "nominal", "wage": "date"}}, "declared a date"),
        ({"domain": PUBLIC | {"sexes": ["f", "m"]}}, "'sexes'"),
        ({"domain": PUBLIC | {"sex": ["f"]}}, "At least two"),
        ({"domain": PUBLIC | {"sex": ["f", "f"]}}, "At least two"),
        ({"domain": PUBLIC | {"wage": [1, 2, 3]}}, "A number needs its ends"),
        ({"weights": "wage"}, "every row has to count once"),
        ({"clusters": "region"}, "every row has to count once"),
        ({"constraints": "agee >= 18"}, "agee"),
        ({"spec": {"hidden": (8,)}}, "option of the network"),
        ({"leave_out": list(survey(n=20)), "kinds": None}, "Every column is left out"),
    ],
)
def test_what_would_have_to_be_guessed_is_refused(real, change, words):
    with pytest.raises(ln.LacunetError, match=words):
        fit(real, **change)


def test_a_budget_is_needed():
    with pytest.raises(ln.SpecError, match=r"ln\.Privacy"):
        ln.Sequential(privacy=1.0)
    assert "privacy" not in {field.name for field in dataclasses.fields(ln.Gan)}


def test_few_rows_and_a_column_that_holds_nothing(real):
    few = real.head(3).assign(income=None)
    made = fit(few, epsilon=1.0).sample(30)
    assert len(made) == 30
    assert made["code"].isna().all()


def test_tables_need_no_accounting_package(real, monkeypatch):
    monkeypatch.setitem(sys.modules, "dp_accounting", None)
    domain = {"group": PUBLIC["group"]}
    frame = real[["group"]]
    fit(frame, domain=domain, kinds=None, missing_codes=None, leave_out=())
    from lacunet.synthesis.privacy._accounting import trained_epsilon

    with pytest.raises(ln.SpecError, match=r"pip install 'lacunet\[privacy\]'"):
        trained_epsilon(0.0, 1.0, 0.1, 10, 1e-6)
