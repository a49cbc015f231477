"""Promises of Midas itself, network and linear model, on small data: same seed, same bits; nothing known changes."""

import os
import subprocess
import sys
import warnings

import jax
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import lacunet as ln
from lacunet.errors import ColumnError, DataError, DataWarning
from lacunet.imputation._linear_engine import LinearEngine
from lacunet.imputation._masked_engine import MaskedEngine
from tests.contract._cells import cells, schema_of

N = 90
ENGINES = {"network": ln.Midas(hidden=(16,), members=2, max_steps=100), "linear": ln.Midas()}
NETWORK = ENGINES["network"]


def survey(n=N):
    rng = np.random.default_rng(5)
    age = rng.integers(18, 90, n).astype(float)
    frame = pd.DataFrame(
        {
            "respondent": [f"R{i:05d}" for i in range(n)],
            "income": np.round(rng.lognormal(8, 0.4, n) * (age > 30), 2),
            "age": age,
            "region": pd.Categorical(rng.choice(["north", "south", "west"], n)),
            "trust": pd.Categorical(rng.choice(["low", "mid", "high"], n), ["low", "mid", "high"], ordered=True),
            "voted": pd.array(rng.random(n) < 0.6, dtype="boolean"),
            "children": pd.array(rng.poisson(1.2, n), dtype="Int64"),
            "asked": pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 60, n), unit="D"),
        },
        index=pd.Index(np.arange(n) * 7 % 50, name="row"),  # stands more than once
    )
    for name in frame.columns[1:]:
        frame[name] = frame[name].mask(rng.random(n) < 0.2)
    return frame


LIBRARIES = {
    "pandas": lambda frame: frame,
    "polars": lambda frame: pl.from_pandas(frame),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
}


@pytest.fixture(scope="module", params=ENGINES)
def spec(request):
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def fitted(spec):
    return spec.fit(survey(), seed=3)


@pytest.fixture(scope="module")
def imp(fitted):
    return fitted.impute(m=4)


# ------------------------------------------------------------------ which model


def test_a_small_table_takes_the_linear_model_unless_units_are_asked_for():
    columns = ["age", "region", "asked"]
    small, large = survey()[columns], survey(1000)[columns]
    assert isinstance(ENGINES["linear"].fit(small, seed=1).engine, LinearEngine)
    assert isinstance(NETWORK.fit(small, seed=1).engine, MaskedEngine)
    assert isinstance(ln.Midas(hidden=()).fit(large, seed=1).engine, LinearEngine)
    assert isinstance(ln.Midas(members=1, max_steps=100).fit(large, seed=1).engine, MaskedEngine)
    many = pd.DataFrame(np.random.default_rng(0).normal(size=(70, 61))).rename(columns=str)
    assert isinstance(ln.Midas(members=1, max_steps=100).fit(many, seed=1).engine, MaskedEngine)


# ------------------------------------------------------------------ chance


def test_the_same_seed_gives_the_same_bits(spec, imp):
    again = spec.fit(survey(), seed=3).impute(m=4)
    assert imp.draws.tobytes() == again.draws.tobytes()
    assert imp.fitted.history == again.fitted.history


def test_another_seed_gives_other_draws(fitted, imp):
    other = fitted.impute(m=4, seed=4)
    changed = (imp.draws != other.draws).mean()
    assert changed > 0.3  # categories of two levels agree half the time by chance
    assert not np.array_equal(imp.draws[0], imp.draws[1])


def test_a_draw_is_the_same_whatever_m_is(fitted, imp):
    np.testing.assert_array_equal(fitted.impute(m=1).draws, imp.draws[:1])
    np.testing.assert_array_equal(fitted.impute(m=6).draws[:4], imp.draws)


def test_extending_goes_on_where_it_stopped(fitted, imp):
    np.testing.assert_array_equal(imp.extend(2).draws, fitted.impute(m=6).draws)


def test_a_seed_that_was_not_given_is_recorded(spec):
    fit = spec.fit(survey())
    again = spec.fit(survey(), seed=fit.seed)
    np.testing.assert_array_equal(fit.impute(m=1).draws, again.impute(m=1).draws)


def test_one_line_is_fit_and_impute():
    frame = survey()
    by_hand = ln.Midas(members=2).fit(frame, seed=9).impute(m=2)
    np.testing.assert_array_equal(ln.impute(frame, m=2, seed=9).draws, by_hand.draws)


def digest_of_draws(**environment):
    """Digest of the draws of a fit in a fresh process."""
    code = """
import hashlib
import numpy as np
import pandas as pd
import lacunet as ln
chance = np.random.default_rng(0)
frame = pd.DataFrame(chance.normal(size=(1500, 12)) @ chance.normal(size=(12, 12))).rename(columns=str)
frame = frame.mask(chance.random(frame.shape) < 0.2)
print(hashlib.sha256(ln.Midas(members=1, max_steps=100).fit(frame, seed=1).impute(m=1).draws.tobytes()).hexdigest())
"""
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", **environment}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_threads_make_no_difference():
    one = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    assert digest_of_draws(XLA_FLAGS=one) == digest_of_draws(XLA_FLAGS="")


# ------------------------------------------------------------------ compilation


@pytest.fixture
def compilations():
    """Names of the programs compiled while the test runs."""
    found, is_on = [], [True]

    def listen(event, _seconds, **facts):
        if is_on[0] and "backend_compile" in event:
            found.append(facts.get("fun_name", event))

    jax.monitoring.register_event_duration_secs_listener(listen)
    yield found
    is_on[0] = False


def test_a_second_call_on_data_of_like_size_compiles_nothing(compilations):
    fitted = NETWORK.fit(survey(), seed=3)
    fitted.impute(m=2)
    fitted.impute(survey().iloc[:80], m=2)
    compilations.clear()
    again = pd.concat([survey().iloc[::-1], survey().iloc[:5]])
    NETWORK.fit(again, seed=8).impute(m=3)
    assert compilations == []
    ln.Midas(members=2, max_steps=100, hidden=(24,)).fit(again, seed=8)
    assert compilations != []  # the ear hears


# ------------------------------------------------------------------ the frame


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_frame_is_kept_but_for_its_holes(library, spec, imp):
    frame = LIBRARIES[library](survey())
    before = cells(frame)
    known = before != None  # noqa: E711
    result = imp if library == "pandas" else spec.fit(frame, seed=3).impute(m=2)
    for completed in result:
        assert type(completed) is type(frame)
        assert schema_of(completed) == schema_of(frame)
        after = cells(completed)
        assert (after[known] == before[known]).all()
        assert (after != None).all()  # noqa: E711
    assert (cells(frame) == before).all()
    assert (result.mask == ~known).all()


def test_the_library_makes_no_difference_to_the_draws(spec):
    frame = survey().drop(columns="trust")  # polars keeps no order of categories, so that kind differs
    first, second = (spec.fit(source, seed=3).impute(m=1) for source in (frame, pl.from_pandas(frame)))
    np.testing.assert_array_equal(first.draws, second.draws)


def test_index_and_input_stay(imp):
    frame = survey()
    for completed in imp:
        pd.testing.assert_index_equal(completed.index, frame.index)
    pd.testing.assert_frame_equal(imp.original, frame)


def test_the_network_draws_values_that_somebody_gave():
    """Numbers come from donors, categories from levels: spikes, bounds and whole numbers hold."""
    frame = survey()
    for completed in NETWORK.fit(frame, seed=3).impute(m=4):
        for name in frame.columns[1:]:
            assert set(completed[name]) <= set(frame[name].dropna()), name


def test_draws_are_values_that_could_be_given(imp):
    """Whole numbers stay whole, counts stay counts, spikes keep their share, categories and dates are of the file."""
    frame = survey()
    for completed in imp:
        for name in ("region", "trust", "voted"):
            assert set(completed[name]) <= set(frame[name].dropna()), name
        assert (completed["age"] % 1 == 0).all()
        assert (completed["children"] >= 0).all()
        assert (completed["asked"].dt.normalize() == completed["asked"]).all()
        assert (completed["income"] >= 0).all()
    drawn = np.concatenate([completed["income"][frame["income"].isna().to_numpy()] for completed in imp])
    spike = (frame["income"].dropna() == 0).mean()
    assert abs((drawn == 0).mean() - spike) < 0.25


def test_what_is_written_into_the_frame_later_changes_nothing(spec):
    frame = survey()
    imp = spec.fit(frame, seed=3).impute(m=1)
    before = imp[0]
    frame.loc[:, "age"] = -1.0
    pd.testing.assert_frame_equal(imp[0], before)
    pd.testing.assert_frame_equal(imp.original, survey())


# ------------------------------------------------------------------ files


def test_saved_and_loaded_gives_the_same_numbers(fitted, imp, tmp_path):
    fitted.save(tmp_path / "fit.lacunet")
    imp.save(tmp_path / "imp.lacunet")
    new = survey().iloc[:20]
    loaded = ln.load(tmp_path / "fit.lacunet")
    np.testing.assert_array_equal(loaded.impute(new, m=3).draws, fitted.impute(new, m=3).draws)
    assert (loaded.spec, loaded.schema, loaded.history) == (fitted.spec, fitted.schema, fitted.history)
    assert loaded.engine.as_meta() == fitted.engine.as_meta()
    back = ln.load(tmp_path / "imp.lacunet")
    np.testing.assert_array_equal(back.draws, imp.draws)
    pd.testing.assert_frame_equal(back[2], imp[2])
    np.testing.assert_array_equal(back.extend(1).draws, imp.extend(1).draws)
    pd.testing.assert_frame_equal(back.expect(), imp.expect())


def test_a_saved_file_holds_the_rows_only_with_the_linear_model(spec, fitted, tmp_path):
    """What the docs say about confidentiality: the network keeps single values, the linear model whole rows."""
    fitted.save(tmp_path / "fit.lacunet")
    arrays = ln.load(tmp_path / "fit.lacunet").engine.as_arrays()
    has_rows = any(array.ndim == 2 and len(array) == N for array in arrays.values())
    assert has_rows == (spec is not NETWORK)


# ------------------------------------------------------------------ settings


def test_settings_chosen_by_lacunet_are_shown_as_chosen(fitted, imp, spec, tmp_path):
    rows = fitted.summary().table().set_index("setting")["value"]
    assert "None" not in rows.tolist()
    page = imp.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "chosen by lacunet" not in page
    assert ("Chained regressions" in page) == ("van Buuren" in fitted.cite()) == (spec is not NETWORK)
    if spec is NETWORK:
        assert (rows["learning_rate"], rows["n_levels"], rows["hidden"]) == ("0.001", "3", "(16,)")
        assert "n_sweeps" in rows.index


# ------------------------------------------------------------------ new rows


def test_new_rows(fitted):
    new = survey().iloc[:7].copy()
    new["age"] = np.nan
    got = fitted.impute(new, m=2)
    assert got.mask[:, 2].all()
    for completed in got:
        pd.testing.assert_index_equal(completed.index, new.index)
        assert completed["age"].notna().all()
    single = fitted.impute(new.iloc[:1], m=2)
    assert len(single[0]) == 1


def test_a_level_never_seen_and_other_columns_are_refused(fitted):
    new = survey().iloc[:5]
    with pytest.raises(ColumnError, match="'east'"):
        fitted.impute(new.assign(region=["east"] * 5), m=1)
    with pytest.raises(ColumnError, match="'age' is absent"):
        fitted.impute(new.drop(columns="age"), m=1)


# ------------------------------------------------------------------ the conditional mean


def test_expect_is_within_what_was_observed(imp):
    frame, centre = survey(), imp.expect()
    assert schema_of(centre) == schema_of(frame)
    assert centre["age"].between(frame["age"].min(), frame["age"].max()).all()
    assert set(centre["region"]) <= {"north", "south", "west"}
    known = frame["age"].notna()
    pd.testing.assert_series_equal(centre.loc[known.to_numpy(), "age"], frame.loc[known.to_numpy(), "age"])


# ------------------------------------------------------------------ edge sizes


def holed(n, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"x": rng.normal(size=n), "y": rng.integers(0, 5, n).astype(float), "g": rng.choice(["a", "b"], n)}
    )
    return frame.assign(x=frame["x"].mask(rng.random(n) < 0.3))


EDGES = {
    "two rows": pd.DataFrame({"x": [1.0, None], "g": ["a", "b"]}),
    "three rows": pd.DataFrame({"x": [1.0, None, 2.5], "g": ["a", "b", None]}),
    "one observed value": pd.DataFrame({"x": [1.5, None, None, None], "g": ["a", "b", "a", "b"]}),
    "one column": pd.DataFrame({"x": [*np.arange(30.0), None, None]}),
    "one category": pd.DataFrame({"g": [*(["a", "b", "c"] * 9), None]}),
    "a row without anything": pd.DataFrame({"x": [None, *np.arange(20.0)], "g": [None, *(["a", "b"] * 10)]}),
    "constant column": pd.DataFrame({"c": [7.0] * 25 + [None], "x": [None, *np.arange(25.0)]}),
    "all-missing column": pd.DataFrame({"e": [None] * 26, "x": [None, *np.arange(25.0)]}),
    "fewer rows than a batch": holed(25),
    "a spike": pd.DataFrame({"x": [0.0] * 40 + [*np.arange(1.0, 20.0), None], "y": np.arange(60.0)}),
    "huge and tiny": pd.DataFrame({"x": [1e300, -1e300, 1e-300, *np.arange(30.0), None], "y": np.arange(34) % 5}),
    "perfectly collinear": pd.DataFrame({"x": [None, *np.arange(1.0, 40)], "y": np.arange(40.0), "z": np.arange(40.0)}),
}


@pytest.mark.parametrize("name", EDGES)
def test_edges_are_filled_or_left_and_said(name, spec):
    frame = EDGES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        imp = spec.fit(frame, seed=1).impute(m=2)
    left = [column.name for column in imp.schema.columns if not column.is_modelled]
    for completed in imp:
        assert completed.drop(columns=left).notna().all().all()
        pd.testing.assert_frame_equal(completed[left], frame[left])
        for column in frame.columns:
            known = frame[column].notna()
            pd.testing.assert_series_equal(completed.loc[known, column], frame.loc[known, column])
    for column in left:
        assert any(repr(column) in note for note in imp.schema.notes)


def test_no_row_and_no_column_are_refused():
    with pytest.raises(DataError, match="no rows"):
        ln.impute(pd.DataFrame({"x": []}), m=1)
    with pytest.raises(DataError, match="no columns"):
        ln.impute(pd.DataFrame(index=range(3)), m=1)


def test_one_row_has_nothing_to_learn_from():
    frame = pd.DataFrame({"x": [1.0], "y": [None]})
    with pytest.warns(DataWarning, match="Nothing is missing that could be imputed"):
        imp = ln.impute(frame, m=2, seed=1)
    pd.testing.assert_frame_equal(imp[1], frame)
    assert "'x'" in " ".join(imp.schema.notes)


def test_a_complete_table_comes_back_and_is_said(spec):
    frame = holed(40).dropna()
    with pytest.warns(DataWarning, match="Nothing is missing"):
        imp = spec.fit(frame, seed=1).impute(m=2)
    pd.testing.assert_frame_equal(imp[1], frame)
