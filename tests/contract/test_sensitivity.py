"""Promises of shifts, priors and own functions: what changes, what does not, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.imputation.sensitivity import (
    Adjustment,
    Prior,
    resample_cells,
    shift_cells,
    transform_cells,
)
from tests.contract._hotdeck import HotDeck

N = 60
KINDS = {"income": "semicontinuous", "health": "ordinal", "children": "count"}
DRAWS_ERROR = 1e-9
"""Sums of doubles of the size of incomes."""


def survey():
    rng = np.random.default_rng(12)
    frame = pd.DataFrame(
        {
            "respondent": [f"R{i:05d}" for i in range(N)],
            "age": np.round(rng.uniform(18, 90, N), 1),
            "income": np.where(rng.random(N) < 0.3, 0.0, np.round(rng.lognormal(8, 1, N), 2)),
            "children": rng.poisson(1.6, N).astype(float),
            "region": rng.choice(["north", "south", "west"], N),
            "voted": rng.choice(["no", "yes"], N),
            "health": rng.choice(["1 bad", "2 fair", "3 good", "4 best"], N),
            "asked": pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 60, N), unit="D"),
            "weight": np.round(rng.normal(70, 9, N), 2),
        },
        index=pd.Index(np.arange(N) * 7 % (N * 3), name="row"),
    )
    for name in ("age", "income", "children", "region", "voted", "health", "asked"):
        holes = rng.random(N) < 0.3
        frame.loc[holes, name] = pd.NaT if name == "asked" else None
    return frame


@pytest.fixture(scope="module")
def imp():
    return HotDeck(kinds=KINDS).fit(survey(), seed=3).impute(m=4)


def of(imp, name):
    return np.flatnonzero(imp.table.cells[1] == imp.table.layout.names.index(name))


def others(imp, name):
    return np.flatnonzero(imp.table.cells[1] != imp.table.layout.names.index(name))


SHIFTS = {
    "age": {"by": -2.5},
    "income": {"by": 0.2, "scale": "sd"},
    "children": {"by": 1.4, "scale": "factor"},
    "region": {"by": 1.0, "scale": "odds", "level": "south"},
    "voted": {"by": -1.0, "scale": "odds"},
    "health": {"by": 2.0, "scale": "odds"},
    "asked": {"by": 7},
}


@pytest.mark.parametrize("name", SHIFTS)
def test_a_shift_touches_the_imputed_cells_of_its_variable_only(imp, name):
    before = imp.draws.copy()
    got = shift_cells(imp, name, **SHIFTS[name])
    np.testing.assert_array_equal(imp.draws, before)
    np.testing.assert_array_equal(got.draws[:, others(imp, name)], before[:, others(imp, name)])
    assert (got.draws[:, of(imp, name)] != before[:, of(imp, name)]).any()
    shifted = replace(imp, draws=got.draws)
    kept = ~survey()[name].isna()
    for completed in shifted:
        pd.testing.assert_frame_equal(completed.drop(columns=name).iloc[:, :1], survey().iloc[:, :1])
        assert (completed.loc[kept, name] == survey().loc[kept, name]).all()
        assert completed[name].notna().all()
    assert got.adjustment.variables == (name,)
    assert repr(name) in str(got.adjustment)
    again = shift_cells(imp, name, **SHIFTS[name])
    np.testing.assert_array_equal(again.draws, got.draws)


def test_amounts_are_units_standard_deviations_and_factors(imp):
    age, sd = of(imp, "age"), survey()["age"].std()
    for by, scale, want in (
        (-3.0, "unit", imp.draws[:, age] - 3),
        (-0.1, "sd", imp.draws[:, age] - 0.1 * sd),
        (0.9, "factor", imp.draws[:, age] * 0.9),
    ):
        np.testing.assert_allclose(shift_cells(imp, "age", by, scale=scale).draws[:, age], want, rtol=DRAWS_ERROR)
    assert "0.1 sd" in str(shift_cells(imp, "age", -0.1, scale="sd").adjustment)


@pytest.mark.parametrize("name", ["age", "children", "voted", "health", "asked"])
def test_no_shift_changes_nothing(imp, name):
    scale = "odds" if name in {"voted", "health"} else "unit"
    np.testing.assert_array_equal(shift_cells(imp, name, 0, scale=scale).draws, imp.draws)


def test_those_without_income_keep_none(imp):
    cells = of(imp, "income")
    after = shift_cells(imp, "income", 100.0).draws[:, cells]
    before = imp.draws[:, cells]
    np.testing.assert_allclose(after, np.where(before == 0, 0, before + 100), rtol=DRAWS_ERROR)
    assert (before == 0).any()


@pytest.mark.parametrize("frame_of", [lambda f: f, pl.from_pandas], ids=["pandas", "polars"])
def test_rows_are_chosen_by_truth_values_a_query_or_a_function(frame_of):
    imp = HotDeck(kinds=KINDS).fit(frame_of(survey()), seed=3).impute(m=3)
    rows, cells = imp.table.cells[0][of(imp, "age")], of(imp, "age")
    heavy = survey()["weight"].to_numpy() > 70
    for where in (heavy, "weight > 70", lambda frame: frame["weight"] > 70, pd.Series(heavy)):
        got = shift_cells(imp, "age", 5.0, where=where).draws[:, cells]
        np.testing.assert_allclose(got, imp.draws[:, cells] + np.where(heavy[rows], 5.0, 0.0), rtol=DRAWS_ERROR)
    assert "weight > 70" in str(shift_cells(imp, "age", 5.0, where="weight > 70").adjustment)
    old = imp.draws[:, cells] > 50
    got = shift_cells(imp, "age", 5.0, where="age > 50").draws[:, cells]
    np.testing.assert_allclose(got, imp.draws[:, cells] + 5.0 * old, rtol=DRAWS_ERROR)


def test_clipped_values_stay_in_the_observed_range(imp):
    children = of(imp, "children")
    with pytest.warns(DataWarning, match="clip=True"):
        free = shift_cells(imp, "children", -2).draws[:, children]
    clipped = shift_cells(imp, "children", -2, clip=True).draws[:, children]
    assert free.min() < 0
    np.testing.assert_array_equal(clipped, np.maximum(free, survey()["children"].min()))


def test_more_of_a_shift_never_turns_a_cell_back(imp):
    for name, level in (("voted", None), ("health", None), ("region", "west")):
        cells, last = of(imp, name), None
        for by in (-4.0, -1.0, 0.5, 3.0):
            now = shift_cells(imp, name, by, scale="odds", level=level).draws[:, cells]
            now = now if level is None else (now == 2).astype(float)
            assert last is None or (now >= last).all()
            last = now
    assert shift_cells(imp, "voted", 50.0, scale="odds").draws[:, of(imp, "voted")].min() == 1
    assert shift_cells(imp, "voted", 50.0, scale="odds", level="no").draws[:, of(imp, "voted")].max() == 0


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("incme", {"by": 1}, "Did you mean 'income'"),
        ("respondent", {"by": 1}, "takes no part"),
        ("weight", {"by": 1}, "Nothing of 'weight' is missing"),
        ("age", {"by": float("nan")}, "finite number"),
        ("age", {"by": "1"}, "finite number"),
        ("age", {"by": -1, "scale": "factor"}, "above 0"),
        ("age", {"by": 1, "scale": "odds"}, "does not fit 'age'"),
        ("age", {"by": 1, "scale": "units"}, "Use one of"),
        ("age", {"by": 1, "level": "old"}, "has no levels"),
        ("voted", {"by": 1}, "scale='odds'"),
        ("asked", {"by": 2, "scale": "factor"}, "does not fit"),
        ("region", {"by": 1, "scale": "odds"}, "no level was named"),
        ("region", {"by": 1, "scale": "odds", "level": "sout"}, "Did you mean 'south'"),
        ("age", {"by": 1, "where": [True, False]}, "60 rows"),
        ("age", {"by": 1, "where": np.ones(N)}, "Truth values are needed"),
        ("age", {"by": 1, "where": "agee > 3"}, "cannot be read as a query"),
        ("age", {"by": 1, "where": np.zeros(N, dtype=bool)}, "selects none"),
    ],
)
def test_what_cannot_be_shifted_is_said(imp, name, options, match):
    error = ColumnError if name in {"incme", "respondent"} else SpecError
    with pytest.raises(error, match=match):
        shift_cells(imp, name, **options)


class Changed:
    """Imputations with a record of changes, as the face keeps it."""

    def __init__(self, imp, adjustments):
        self.table, self.draws, self.fitted, self.seed = imp.table, imp.draws, imp.fitted, imp.seed
        self.adjustments = adjustments


def test_odds_and_priors_need_imputations_as_drawn(imp):
    changed = Changed(imp, (shift_cells(imp, "voted", 1, scale="odds").adjustment,))
    with pytest.raises(SpecError, match="no longer knows their odds"):
        shift_cells(changed, "voted", 1, scale="odds")
    shift_cells(changed, "health", 1, scale="odds")
    with pytest.raises(SpecError, match="changed before"):
        resample_cells(changed, Prior(variable="age", mean=40, sd=9))


def test_a_record_travels_through_json(imp):
    adjustment = shift_cells(imp, "age", 1).adjustment
    plain = adjustment.as_dict() | {"variables": list(adjustment.variables)}
    assert Adjustment.from_dict(plain) == adjustment


# ---------------------------------------------------------------- priors


def test_priors_draw_their_rows_anew_and_leave_the_others(imp):
    rows = imp.table.cells[0][of(imp, "age")][:3]
    got = resample_cells(imp, [Prior(variable="age", mean=40, sd=15, rows=rows.tolist())])
    touched = np.isin(imp.table.cells[0], rows)
    np.testing.assert_array_equal(got.draws[:, ~touched], imp.draws[:, ~touched])
    assert got.details["row"].tolist() == rows.tolist()
    assert (got.details["effective"] > 20).all()
    assert "'age' (mean 40, sd 15)" in got.adjustment.sentence
    again = resample_cells(imp, [Prior(variable="age", mean=40, sd=15, rows=rows.tolist())])
    np.testing.assert_array_equal(again.draws, got.draws)


def test_priors_on_several_variables_and_kinds(imp):
    priors = [
        Prior(variable="asked", mean="2024-04-20", sd=15, where="weight > 60"),
        Prior(variable="health", level="4 best", probability=0.9),
        Prior(variable="age", low=30, high=50, confidence=0.9),
    ]
    got = resample_cells(imp, priors, candidates=200)
    assert (got.draws[:, of(imp, "health")] == 3).mean() > (imp.draws[:, of(imp, "health")] == 3).mean() + 0.2
    assert got.draws[:, of(imp, "age")].std() < imp.draws[:, of(imp, "age")].std() / 2
    assert (got.details["candidates"] == 200).all()
    for completed in replace(imp, draws=got.draws):
        assert completed["asked"].notna().all()


def test_a_prior_far_from_the_imputations_is_warned_of(imp):
    with pytest.warns(DataWarning, match="hardly overlap"):
        got = resample_cells(imp, Prior(variable="age", mean=500, sd=1))
    assert (got.draws[:, of(imp, "age")] > 80).all()
    with pytest.warns(DataWarning, match="none comes near"):
        resample_cells(imp, Prior(variable="asked", mean="2020-01-01", sd=3))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "gives nothing"),
        ({"mean": 3}, "both of one pair"),
        ({"mean": 3, "sd": 1, "low": 1, "high": 2}, "both of one pair"),
        ({"mean": 3, "sd": 0}, "sd=0"),
        ({"low": 1, "high": 2, "confidence": 1.0}, "confidence=1.0"),
        ({"level": "yes", "probability": 1.2}, "probability=1.2"),
        ({"mean": 3, "sd": 1, "rows": [1], "where": "age > 3"}, "Give one of them"),
    ],
)
def test_what_is_no_prior_is_said(options, match):
    with pytest.raises(SpecError, match=match):
        Prior(variable="age", **options)


@pytest.mark.parametrize(
    ("prior", "match"),
    [
        ([], "or nothing"),
        (["age"], "no prior"),
        (Prior(variable="weight", mean=3, sd=1), "Nothing of 'weight'"),
        (Prior(variable="voted", mean=3, sd=1), "level and probability"),
        (Prior(variable="age", level="old", probability=0.5), "mean and sd"),
        (Prior(variable="voted", level="maybe", probability=0.5), "not a level"),
        (Prior(variable="age", low=5, high=3), "below high"),
        (Prior(variable="age", mean="old", sd=3), "finite number"),
        (Prior(variable="asked", mean="soon", sd=3), "A date is needed"),
        (Prior(variable="age", mean=3, sd=1, rows=[N]), "Positions from 0"),
        (Prior(variable="age", mean=3, sd=1, rows=[1.5]), "Positions from 0"),
        (Prior(variable="age", mean=3, sd=1, where=np.zeros(N, dtype=bool)), "names no row"),
    ],
)
def test_what_a_prior_cannot_speak_of_is_said(imp, prior, match):
    with pytest.raises(SpecError, match=match):
        resample_cells(imp, prior)
    with pytest.raises(SpecError, match="whole number from 2"):
        resample_cells(imp, Prior(variable="age", mean=3, sd=1), candidates=1)


# ---------------------------------------------------------------- own functions


def test_a_function_may_change_every_kind(imp):
    def change(frame, mask, rng):
        assert mask.shape == frame.shape
        assert (mask.to_numpy() == imp.mask).all()
        frame.loc[mask["age"], "age"] += rng.normal(size=int(mask["age"].sum()))
        frame.loc[mask["region"], "region"] = "west"
        frame.loc[mask["asked"], "asked"] += pd.Timedelta(days=3)
        frame.loc[mask["children"], "children"] += 1
        return frame

    got = transform_cells(imp, change, words="as the census of 2021 has it")
    assert (got.draws[:, of(imp, "region")] == 2).all()
    np.testing.assert_allclose(got.draws[:, of(imp, "asked")], imp.draws[:, of(imp, "asked")] + 3, rtol=DRAWS_ERROR)
    np.testing.assert_array_equal(got.draws[:, of(imp, "children")], imp.draws[:, of(imp, "children")] + 1)
    np.testing.assert_array_equal(got.draws[:, of(imp, "income")], imp.draws[:, of(imp, "income")])
    noise = got.draws[:, of(imp, "age")] - imp.draws[:, of(imp, "age")]
    assert len(np.unique(np.round(noise, 6))) == noise.size
    np.testing.assert_array_equal(transform_cells(imp, change).draws, got.draws)
    assert "census" in str(got.adjustment)
    assert set(got.adjustment.variables) == {"age", "region", "asked", "children"}


def test_a_function_that_changes_nothing_changes_nothing(imp):
    got = transform_cells(imp, lambda frame, mask: frame)
    np.testing.assert_array_equal(got.draws, imp.draws)
    assert got.adjustment.variables == ()


def put(name, value, *, imputed=True):
    def change(frame, mask):
        where = mask[name] if imputed else ~mask[name]
        frame[name] = frame[name].astype(object)
        frame.loc[where, name] = value
        return frame

    return change


@pytest.mark.parametrize(
    ("function", "error", "match"),
    [
        (3, SpecError, "cannot be called"),
        (lambda frame, mask: None, DataError, "return frame"),
        (lambda frame, mask: frame.iloc[1:], DataError, "59 rows"),
        (lambda frame, mask: frame.iloc[::-1], DataError, "another order"),
        (lambda frame, mask: frame.assign(extra=1), DataError, "extra"),
        (put("age", 3.0, imputed=False), DataError, "'age' in row .*not imputed"),
        (put("weight", 3.0, imputed=False), DataError, "'weight' in row 0"),
        (put("respondent", "me", imputed=False), DataError, "'respondent' in row 0"),
        (put("region", "north", imputed=False), DataError, "'region'"),
        (put("age", np.inf), ColumnError, "finite number"),
        (put("age", None), ColumnError, "finite number"),
        (put("age", "old"), ColumnError, "'old'"),
        (put("region", "east"), ColumnError, "One of its levels"),
        (put("children", 1.5), ColumnError, "whole number"),
        (put("asked", pd.NaT), ColumnError, "A date"),
    ],
)
def test_what_a_function_must_not_do_is_said(imp, function, error, match):
    with pytest.raises(error, match=match):
        transform_cells(imp, function)
