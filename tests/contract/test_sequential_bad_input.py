"""Tables that nobody would choose: tiny, narrow, empty, constant, very wide categories. A result, or a plain word."""

import numpy as np
import pandas as pd
import pytest

import lacunet as ln

N = 60


def fit(frame, **options):
    return ln.Sequential(max_steps=100).fit(frame, seed=1, **options)


def numbers(n=N, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": np.round(rng.normal(50, 9, n), 1), "k": rng.choice(["a", "b", "c"], n)})


def test_very_few_rows_are_refused():
    with pytest.raises(ln.DataError, match=r"have 9 rows\. At least 10 are needed"):
        fit(numbers(9))


def test_nothing_to_model_is_said():
    with pytest.raises(ln.DataError, match="no column that can be modelled"):
        fit(pd.DataFrame({"one": [1] * N, "none": [None] * N, "id": [f"p{i:04d}" for i in range(N)]}))
    with pytest.raises(ln.DataError, match="no column that can be modelled"):
        fit(pd.DataFrame(np.full((N, 3), np.nan), columns=[*"abc"]))


def test_what_cannot_be_read_is_said():
    with pytest.raises(ln.ColumnError, match="infinit"):
        fit(numbers().replace({"x": numbers()["x"][0]}, np.inf))
    with pytest.raises(ln.SpecError, match="frame"):
        fit([[1, 2], [3, 4]])
    with pytest.raises(ln.ColumnError, match="Did you mean 'x'"):
        fit(numbers(), constraints="xx > 3")
    with pytest.raises(ln.SpecError, match="x >"):
        fit(numbers(), constraints="x >")
    with pytest.raises(ln.SpecError, match="seed"):
        ln.Sequential().fit(numbers(), seed=-1)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 25, 50])
def test_few_rows_do(n):
    once = fit(numbers(n))
    made = once.sample(200)
    assert set(made["k"]) <= {"a", "b", "c"}
    assert made["x"].between(numbers(n)["x"].min(), numbers(n)["x"].max()).all()
    assert once.synthesize(2)[1].shape == (n, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x", "k"])
def test_one_column_does(name):
    frame = numbers(200)[[name]]
    once = fit(frame)
    made = once.sample(2000)
    assert list(made) == [name]
    if name == "k":
        for level in "abc":
            assert (made[name] == level).mean() == pytest.approx((frame[name] == level).mean(), abs=0.05)
    else:
        assert made[name].mean() == pytest.approx(frame[name].mean(), abs=1.5)
    assert (once.sample(9, given={name: frame[name][0]})[name] == frame[name][0]).all()


@pytest.mark.slow
def test_constant_and_empty_columns_are_written_as_they_were():
    frame = numbers().assign(one=7, word="yes", none=np.nan, text=None)
    once = fit(frame)
    made = once.sample(30)
    assert (made["one"] == 7).all()
    assert (made["word"] == "yes").all()
    assert made[["none", "text"]].isna().all(axis=None)
    assert made.dtypes.equals(frame.dtypes)
    assert "Never vary" in " ".join(once.notes)
    assert "Empty in the real rows" in " ".join(once.notes)
    with pytest.raises(ln.ColumnError, match="'one'"):
        once.sample(3, given={"one": 7})


@pytest.mark.slow
def test_hardly_a_value_anywhere():
    rng = np.random.default_rng(3)
    frame = numbers(200).assign(y=rng.integers(0, 9, 200).astype(float))
    frame = frame.mask(rng.random(frame.shape) < 0.9)
    made = fit(frame).sample(2000)
    for name in frame:
        assert made[name].isna().mean() == pytest.approx(frame[name].isna().mean(), abs=0.06)
    assert set(made["y"].dropna()) <= set(frame["y"].dropna())


@pytest.mark.slow
def test_a_column_with_two_values_and_else_nothing():
    frame = numbers().assign(rare=np.nan)
    frame.loc[[3, 8], "rare"] = [123.25, 4567.75]
    made = fit(frame).sample(2000)
    assert 0 < made["rare"].notna().sum() < 250
    assert not made["rare"].isin([123.25, 4567.75]).any()


@pytest.mark.slow
def test_a_category_of_thousands_of_levels():
    rng = np.random.default_rng(2)
    code = rng.integers(0, 3000, 4000)
    frame = pd.DataFrame(
        {"code": pd.Categorical([f"c{k}" for k in code]), "x": np.round(code / 100 + rng.normal(size=4000), 1)}
    )
    once = fit(frame, kinds={"code": "nominal"})
    made = once.sample(1000, seed=3)
    assert set(made["code"]) <= set(frame["code"])
    assert made["code"].nunique() > 500
    assert (once.sample(5, given={"code": "c17"})["code"] == "c17").all()


@pytest.mark.slow
def test_odd_cells_and_names():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "a b": rng.integers(0, 2, N).astype(bool),
            "ünï": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D"),
            "big": rng.integers(1, 9, N) * 10**12,
            "tiny": rng.normal(size=N) * 1e-7,
            "whole": pd.array(rng.integers(0, 5, N), dtype="Int64"),
        }
    )
    frame.loc[::7, "whole"] = pd.NA
    made = fit(frame).sample(100)
    assert made.dtypes.equals(frame.dtypes)
    assert made["ünï"].between(frame["ünï"].min(), frame["ünï"].max()).all()
    assert set(made["big"]) <= set(frame["big"])
    assert made["whole"].isna().any()
    assert made["tiny"].abs().max() < 1e-5
