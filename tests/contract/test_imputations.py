"""Promises of Imputations and FittedMidas, whatever imputes (here: a hot deck)."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lacunet.errors import ColumnError, DataWarning, SpecError
from tests.contract._cells import cells, schema_of
from tests.contract._hotdeck import HotDeck

N = 60


def survey(n=N):
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "respondent": [f"R{i:05d}" for i in range(n)],
            "income": np.round(rng.lognormal(8, 1, n), 2),
            "age": rng.integers(18, 90, n).astype(float),
            "region": rng.choice(["north", "south", "west"], n),
            "voted": rng.choice([0.0, 1.0], n),
            "children": pd.array(rng.poisson(1.2, n), dtype="Int64"),
            "asked": pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 60, n), unit="D"),
        },
        index=pd.Index(np.arange(n) * 7 % (n * 3), name="row"),
    )
    for name in ("income", "age", "region", "voted", "children", "asked"):
        holes = rng.random(n) < 0.2
        frame.loc[holes, name] = pd.NaT if name == "asked" else None
    return frame


LIBRARIES = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.from_pandas(frame),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}


@pytest.fixture(params=LIBRARIES)
def frame(request):
    return LIBRARIES[request.param](survey())


@pytest.fixture
def imp():
    return HotDeck().fit(survey(), seed=3).impute(m=4)


def test_completed_frames_keep_everything_but_the_holes(frame):
    before = cells(frame)
    imp = HotDeck().fit(frame, seed=1).impute(m=3)
    assert len(imp) == 3
    for completed in imp:
        assert type(completed) is type(frame)
        assert schema_of(completed) == schema_of(frame)
        after = cells(completed)
        known = before != None  # noqa: E711
        assert (after[known] == before[known]).all()
        assert (after != None).all()  # noqa: E711
    assert (imp.mask == (before == None)).all()  # noqa: E711
    assert (cells(frame) == before).all()
    assert (cells(imp.original) == before).all()


def test_the_index_stays(imp):
    frame = survey()
    for completed in imp:
        pd.testing.assert_index_equal(completed.index, frame.index)
        pd.testing.assert_series_equal(completed["respondent"], frame["respondent"])


def test_indexing_is_that_of_a_sequence(imp):
    pd.testing.assert_frame_equal(imp[-1], imp[3])
    pd.testing.assert_frame_equal(imp[np.int64(1)], imp[1])
    part = imp[1:3]
    assert isinstance(part, tuple)
    assert len(part) == 2
    pd.testing.assert_frame_equal(part[1], imp[2])
    assert imp[9:] == ()
    with pytest.raises(IndexError, match="there are 4"):
        imp[4]
    with pytest.raises(IndexError):
        imp[-5]
    with pytest.raises(TypeError):
        imp["income"]


def test_changing_a_completed_frame_changes_nothing_else(imp):
    copy, reference, original = imp[0], imp[0], imp.original
    copy.loc[:, "age"] = -1.0
    original.loc[:, "age"] = -1.0
    pd.testing.assert_frame_equal(imp[0], reference)
    pd.testing.assert_frame_equal(imp.original, survey())


def test_draws_are_the_same_whatever_m_is():
    fitted = HotDeck().fit(survey(), seed=3)
    few, many = fitted.impute(m=2, seed=8), fitted.impute(m=5, seed=8)
    np.testing.assert_array_equal(few.draws, many.draws[:2])
    assert not np.array_equal(many.draws[0], many.draws[1])
    assert not np.array_equal(few.draws, fitted.impute(m=2, seed=9).draws)


def test_extending_keeps_the_first_ones(imp):
    longer = imp.extend(3)
    assert len(imp) == 4
    assert len(longer) == 7
    np.testing.assert_array_equal(longer.draws, imp.fitted.impute(m=7).draws)
    np.testing.assert_array_equal(imp.extend(1).extend(2).draws, longer.draws)


def test_the_seed_of_the_fit_is_the_default():
    fitted = HotDeck().fit(survey(), seed=3)
    assert fitted.impute(m=2).seed == 3
    np.testing.assert_array_equal(fitted.impute(m=2).draws, fitted.impute(m=2, seed=3).draws)


@pytest.mark.parametrize("m", [0, -1, 2.5, "3", True, None])
def test_m_is_a_whole_number_of_at_least_one(m, imp):
    with pytest.raises(SpecError, match="at least 1"):
        imp.fitted.impute(m=m)
    with pytest.raises(SpecError, match="at least 1"):
        imp.extend(m)


@pytest.mark.parametrize("seed", [-1, 1.5, "a", True])
def test_a_seed_is_a_whole_number_from_zero(seed, imp):
    with pytest.raises(SpecError, match="seed"):
        imp.fitted.impute(m=1, seed=seed)
    with pytest.raises(SpecError, match="seed"):
        imp.overimpute(0.1, seed=seed)


def test_new_rows(imp):
    new = survey().iloc[:10].reset_index(drop=True)
    new.loc[:, "age"] = np.nan
    got = imp.fitted.impute(new, m=2)
    assert got.mask[:, 2].all()
    for completed in got:
        assert completed.shape == new.shape
        assert completed["age"].isin(survey()["age"].dropna()).all()
    with pytest.raises(ColumnError):
        imp.fitted.impute(new.assign(region="east"), m=2)
    with pytest.raises(ColumnError):
        imp.fitted.impute(new.drop(columns="age"), m=2)


def test_a_complete_table_gives_copies_and_says_so():
    full = survey().dropna()
    fitted = HotDeck().fit(full, seed=1)
    with pytest.warns(DataWarning, match="Nothing is missing"):
        imp = fitted.impute(m=3)
    for completed in imp:
        pd.testing.assert_frame_equal(completed, full)
    assert len(imp.extend(2)) == 5
    pd.testing.assert_frame_equal(imp.expect(), full)
    assert not imp.mask.any()
    assert imp.fit("income ~ age").rubin.riv.max() == 0
    assert len(imp.summary().table()) == 6
    assert len(imp.overimpute(0.1, m=5).cells()) > 0


def test_a_table_without_anything_to_model():
    frame = pd.DataFrame({"name": [f"person {i} of many, said so" for i in range(30)], "empty": [None] * 30})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        imp = HotDeck().fit(frame, seed=1).impute(m=2)
    pd.testing.assert_frame_equal(imp[1], frame)
    assert imp.summary().table().empty
    assert len(imp.overimpute(0.1, m=5).cells()) == 0
    pd.testing.assert_frame_equal(imp.expect(), frame)


def test_expect_fills_with_the_centre(imp):
    frame = survey()
    expected = imp.expect()
    holes = frame["income"].isna()
    np.testing.assert_allclose(expected.loc[holes, "income"], frame["income"].mean(), rtol=1e-3)
    assert (expected.loc[frame["region"].isna(), "region"] == frame["region"].mode()[0]).all()
    pd.testing.assert_frame_equal(expected[~frame.isna().any(axis=1)], frame[~frame.isna().any(axis=1)])


def test_formula_fits_use_every_completed_table(imp):
    smf = pytest.importorskip("statsmodels.formula.api")
    pooled = imp.fit("income ~ age + C(region)")
    assert pooled.m == 4
    for i, completed in enumerate(imp):
        theirs = smf.ols("income ~ age + C(region)", completed).fit().params.sort_index()
        ours = pd.Series(pooled.estimates[i], index=pooled.terms).sort_index()
        np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    logit = imp.fit("voted ~ age", model="logit")
    assert logit.table()["term"].tolist() == ["Intercept", "age"]


def test_text_beside_a_code_is_a_number_in_a_formula():
    frame = survey()[["age", "income"]].astype(object).map(lambda v: "N" if pd.isna(v) else str(v))
    imp = HotDeck(not_applicable=("N",)).fit(frame.astype(str), seed=1)
    with pytest.warns(DataWarning):
        imp = imp.impute(m=2)
    with pytest.warns(DataWarning, match="rows are left out"):
        pooled = imp.fit("income ~ age")
    assert pooled.n_obs == int((survey()[["age", "income"]].notna().all(axis=1)).sum())


def test_summary_says_what_was_imputed(imp):
    table = imp.summary().table().set_index("variable")
    assert table.loc["age", "n_imputed"] == survey()["age"].isna().sum()
    assert table.loc["age", "mean_observed"] == pytest.approx(survey()["age"].mean())
    assert "4 imputations" in str(imp.summary())
    assert "4" in repr(imp)
    said = imp.fitted.summary()
    assert "HotDeck" in str(said)
    assert "seed 3" in str(said)
    assert "Rubin" in imp.fitted.cite()


def test_report_is_one_page(imp, tmp_path):
    path = imp.report(tmp_path / "report.html")
    text = path.read_text("utf-8")
    assert "income" in text
    assert "<html" in text
    with pytest.raises(SpecError):
        imp.report(path)
    imp.report(path, force=True)
