"""Laws of outlines: real values and reasons give back the real cells, in every library, and also after a file."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lacunet._layout import OBSERVED
from lacunet.keep import Parts, read_parts, write_parts
from lacunet.table import Outline, outline_of, read_table
from tests.property.test_table import LIBRARIES, _make

N = 48
CODE = -8


def _coded(rng):
    """Columns that say in ways of their own why there is no value."""
    days = dt.date(2020, 1, 1)
    stamps = pd.Timestamp("2020-03-01 10:30") + pd.to_timedelta(rng.integers(0, 10**7, N), "s")
    decimals = np.round(rng.normal(10, 3, N), 2)
    return pd.DataFrame(
        {
            "amount": np.where(rng.random(N) < 0.3, CODE, rng.integers(20, 90, N)),
            "small": pd.Series(np.where(rng.random(N) < 0.3, CODE, rng.integers(20, 90, N)), dtype="Int16"),
            "odd": [f"{x}" if rng.random() < 0.8 else "N" for x in decimals],
            "even": [f"{x:.2f}" if rng.random() < 0.8 else "refused" for x in decimals],
            "blank": rng.choice(["", "u", "v"], N),
            "answer": pd.Categorical(rng.choice(["Yes", "No", "Refused", "Perhaps"], N)),
            "float32": rng.normal(size=N).astype("float32"),
            "zoned": stamps.tz_localize("UTC").tz_convert("Europe/Berlin"),
            "date": [days + dt.timedelta(int(x)) for x in rng.integers(0, 500, N)],
            "is_in": rng.random(N) < 0.5,
            "whole": rng.integers(-100, 100, N).astype("int8"),
        }
    )


def _as_polars(frame):
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    levels = pl.Enum(["Yes", "No", "Refused", "Perhaps", "Never"])
    is_high = pl.col("float32") > 1
    return pl.from_arrow(arrow).with_columns(
        pl.col("answer").cast(pl.String).cast(levels),
        pl.when(is_high).then(float("nan")).otherwise(pl.col("float32")).cast(pl.Float32).alias("float32"),
    )


def _as_arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def _as_backed(frame):
    return frame.drop(columns="answer").convert_dtypes(dtype_backend="pyarrow")


CODED = pytest.mark.parametrize("convert", [lambda frame: frame, _as_polars, _as_arrow, _as_backed])


def _read(frame, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # which codes are suspect is not at stake here
        return read_table(frame, **options)


def _through_file(outline, folder):
    arrays, meta = outline.as_parts()
    write_parts(folder / "outline", Parts(kind="Outline", meta=meta, arrays={"outline": arrays}), force=True)
    parts = read_parts(folder / "outline")
    return Outline.from_parts(parts.arrays["outline"], parts.meta)


def _assert_same(made, real, names):
    if isinstance(real, pd.DataFrame):
        pd.testing.assert_frame_equal(made[names], real[names].reset_index(drop=True))
    elif isinstance(real, pa.Table):
        assert made.select(names).schema.equals(real.select(names).schema)
        assert made.select(names).to_pydict() == real.select(names).to_pydict()
    else:
        assert made.select(names).schema == real.select(names).schema
        assert made.select(names).equals(real.select(names))


def _assert_round_trip(frame, folder, **options):
    table = _read(frame, **options)
    names = [column.name for column in table.schema.modelled]
    outline, reason = outline_of(table)
    np.testing.assert_array_equal(reason == 0, table.state == OBSERVED)
    for one in (outline, _through_file(outline, folder)):
        made = one.frame(table.values, reason)
        assert type(made) is type(frame)
        _assert_same(made, frame, names)
        values, found, again = one.read(made)
        np.testing.assert_array_equal(values, table.values)
        np.testing.assert_array_equal(found, reason)
        assert again.n_rows == table.n_rows
        analysis = one.analysis_frame(table.values, reason)
        pd.testing.assert_frame_equal(analysis[names], table.analysis_frame()[names].reset_index(drop=True))
    return table, outline, reason


@LIBRARIES
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_empty_cells_of_every_storage(convert, seed, tmp_path_factory):
    _assert_round_trip(convert(_make(np.random.default_rng(seed))), tmp_path_factory.getbasetemp())


@CODED
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_codes_words_and_blanks_of_every_library(convert, seed, tmp_path_factory):
    frame = convert(_coded(np.random.default_rng(seed)))
    _, outline, _ = _assert_round_trip(frame, tmp_path_factory.getbasetemp(), missing_codes=[CODE])
    known = dict(zip(outline.schema.as_layout().names, outline.reasons, strict=True))
    assert known["amount"] == known["small"] == (float(CODE),)
    assert (known["odd"], known["even"], known["blank"]) == (("N",), ("refused",), (None,))


@CODED
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(1, 200))
def test_made_rows_are_as_many_as_asked_for_and_keep_the_types(convert, seed, n):
    rng = np.random.default_rng(seed)
    frame = convert(_coded(rng))
    table = _read(frame, missing_codes=[CODE])
    outline, reason = outline_of(table)
    rows = rng.integers(0, N, n)
    made = outline.frame(table.values[rows], reason[rows])
    values, found, _ = outline.read(made)
    np.testing.assert_array_equal(values, table.values[rows])
    np.testing.assert_array_equal(found, reason[rows])
    if isinstance(frame, pd.DataFrame):
        pd.testing.assert_series_equal(made.dtypes, frame.dtypes)
        assert made.index.equals(pd.RangeIndex(n))
    else:
        assert made.schema == frame.schema


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_reasons_are_numbered_from_the_most_frequent(seed):
    rng = np.random.default_rng(seed)
    amount = rng.choice([-9.0, -8.0, np.nan, 1.5, 2.5, 3.5, 4.5], size=N, p=[0.05, 0.3, 0.15, 0.1, 0.1, 0.1, 0.2])
    table = _read(pd.DataFrame({"x": amount, "y": rng.normal(size=N)}), missing_codes={"x": [-9, -8]})
    outline, reason = outline_of(table)
    counts = np.bincount(reason[:, 0], minlength=len(outline.reasons[0]) + 1)[1:]
    assert (np.diff(counts) <= 0).all()
    for number, spelling in enumerate(outline.reasons[0], 1):
        here = amount[reason[:, 0] == number]
        assert np.isnan(here).all() if spelling is None else (here == spelling).all()
