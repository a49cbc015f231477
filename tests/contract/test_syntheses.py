"""Synthetic sets as a user holds them: frames, one table of answers, the rule and why, files."""

import json
import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from lacunet.errors import ColumnError, DataError, DataWarning, SpecError
from lacunet.pooling import fit_synthetic, pool_synthetic, tabulate
from lacunet.solve import combine_synthetic, solve_ols
from lacunet.synthesis.sets._syntheses import Syntheses
from lacunet.table import outline_of, read_table

SAME = 1e-10  # the same numbers by another route
N = 240


def real_frame():
    rng = np.random.default_rng(11)
    age = rng.integers(18, 80, N)
    income = 20.0 + 0.5 * age + rng.normal(scale=8, size=N).round(2)
    income[rng.random(N) < 0.1] = -8
    region = pd.Categorical(rng.choice(["north", "south", "west"], N), categories=["north", "south", "west"])
    return pd.DataFrame({"age": age, "income": income, "region": region, "votes": rng.choice(["no", "yes"], N)})


def made(*, m=5, k=N, frame=None, **facts):
    """Sets whose rows are real rows drawn with replacement: what a perfect generator would give."""
    table = read_table(real_frame() if frame is None else frame, missing_codes={"income": [-8]})
    outline, reason = outline_of(table)
    rng = np.random.default_rng(12)
    rows = [rng.integers(0, table.n_rows, k) for _ in range(m)]
    draws = tuple((table.values[at], reason[at]) for at in rows)
    return Syntheses(outline=outline, draws=draws, n_real=table.n_rows, seed=3, **facts)


def test_sets_are_frames_like_the_real_one():
    syns = made(k=90)
    assert (len(syns), syns.n_rows) == (5, 90)
    first = syns[0]
    assert first.dtypes.equals(real_frame().dtypes)
    assert (first["income"] == -8).any()
    pd.testing.assert_frame_equal(syns[-1], syns[4])
    pd.testing.assert_frame_equal(syns[1:3][1], syns[2])
    assert [len(frame) for frame in syns] == [90] * 5
    first["age"] = 0
    assert (syns[0]["age"] > 0).all()
    with pytest.raises(IndexError, match="no synthetic set 5"):
        syns[5]
    assert isinstance(made(frame=pl.from_pandas(real_frame()))[0], pl.DataFrame)


@pytest.mark.parametrize(
    ("facts", "rule", "said"),
    [
        (
            {},
            "plug-in",
            "^Every column was replaced, and all 5 sets of 240 rows come from one model fitted.*Raab, Nowok",
        ),
        ({"m": 1}, "plug-in", "the set of 240 rows comes from the one model fitted to 240 real rows"),
        ({"is_proper": True}, "plug-in proper", r"its own random draw of the model.*v \(k/n \+ \(1 \+ k/n\)/m\)"),
        ({"is_proper": True, "n_models": 4}, "plug-in proper", "share 4 draws of the model"),
        ({"is_proper": True, "m": 1}, "plug-in proper", "comes from a random draw of the model"),
        (
            {"is_partial": True, "replaced": ("income", "age")},
            "partially",
            "^Only income and age were replaced, 5 times over.*Reiter 2003",
        ),
        ({"is_partial": True, "replaced": ("age",), "is_proper": True}, "partially", "^Only the column 'age' was"),
        ({"is_partial": True, "replaced": ("age",), "m": 1}, "plug-in", "an upper bound"),
        ({"is_weighted": True, "is_proper": True}, "fully", "weights, strata and clusters.*Reiter and Rubin 2003"),
        ({"is_weighted": True, "is_proper": True, "m": 1}, "plug-in proper", "most likely too small"),
        ({"is_weighted": True}, "plug-in", "most likely too small"),
        ({"is_partial": True, "replaced": tuple("abcdefgh")}, "partially", "Only 8 columns .a, b, c, d, e, f and oth"),
    ],
)
def test_the_rule_follows_from_how_sets_were_made(facts, rule, said):
    syns = made(**facts)
    assert syns.rule == rule
    assert re.search(said, syns.why)
    assert syns.fit("age ~ votes").why == syns.why
    assert syns.fit("age ~ votes").rule == rule


def test_fit_combines_what_each_set_says():
    syns = made(k=120)
    fits = [
        solve_ols(np.column_stack([np.ones(len(f)), f["age"]]), f["income"].to_numpy())
        for f in (frame[frame["income"] != -8] for frame in syns)
    ]
    by_hand = combine_synthetic(
        np.array([fit.estimates for fit in fits]),
        np.array([fit.covariance for fit in fits]),
        min(fit.dof for fit in fits),
        rule="plug-in",
        n_real=N,
        n_synthetic=120,
    )
    with pytest.warns(DataWarning, match="left out"):
        pooled = syns.fit("income ~ age")
    table = pooled.table()
    assert table.columns.tolist() == [
        *("term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high"),
    ]
    np.testing.assert_allclose(table["estimate"], by_hand.estimates, rtol=SAME)
    np.testing.assert_allclose(table["std_error"], np.sqrt(np.diag(by_hand.total)), rtol=SAME)
    np.testing.assert_allclose(table["df"], by_hand.dof)
    np.testing.assert_allclose(pooled.vcov, by_hand.total, rtol=SAME)
    real = pooled.table(estimand="original")
    np.testing.assert_allclose(real["std_error"], table["std_error"] * (0.5 / 0.7) ** 0.5, rtol=SAME)  # k/n, k/n + 1/m
    assert pooled.n_obs < 120
    measured = made().fit("age ~ votes", rule="partially")
    assert (measured.table(estimand="original")["df"] == N - 2).all()
    assert (measured.table()["df"] != N - 2).all()
    with pytest.raises(SpecError, match="estimand='real'"):
        pooled.table(estimand="real")


def test_pool_takes_any_analysis_and_gives_the_same():
    syns = made(is_proper=True)

    def analysis(frame):
        fit = solve_ols(np.column_stack([np.ones(len(frame)), frame["votes"] == "yes"]), frame["age"].to_numpy(float))
        return fit.estimates, fit.covariance, fit.dof

    mine, theirs = syns.pool(analysis), syns.fit("age ~ votes")
    assert mine.why == theirs.why
    np.testing.assert_allclose(mine.table().iloc[:, 1:], theirs.table().iloc[:, 1:], rtol=1e-8)


def test_means_and_shares():
    syns = made()
    mean = syns.mean("age").table().iloc[0]
    fitted = syns.fit("age ~ 1").table().iloc[0]
    assert mean["term"] == "mean of age"
    np.testing.assert_allclose(mean[1:].to_numpy(float), fitted[1:].to_numpy(float), rtol=SAME)
    shares = syns.proportion("region").table()
    assert shares["term"].tolist() == ["region: north", "region: south", "region: west"]
    assert shares["estimate"].sum() == pytest.approx(1)
    assert syns.mean("age").why == syns.proportion("region").why == syns.why
    p = np.array([(frame["region"] == "west").mean() for frame in syns])
    assert shares["std_error"][2] == pytest.approx(np.sqrt(1.2 * (p * (1 - p) / N).mean()))
    with pytest.raises(ColumnError, match="proportion"):
        syns.mean("votes")
    with pytest.raises(ColumnError, match="'aeg'"):
        syns.mean("aeg")


def test_beside_the_real_data():
    syns = made(m=3)
    table = syns.compare("age ~ region + votes", real=real_frame())
    synthetic = syns.fit("age ~ region + votes")
    np.testing.assert_allclose(table["synthetic"], synthetic.table()["estimate"], rtol=SAME)
    np.testing.assert_allclose(table["synthetic_error"], synthetic.table(estimand="original")["std_error"], rtol=SAME)
    real = real_frame()
    x = np.column_stack([np.ones(N), real["region"] == "south", real["region"] == "west", real["votes"] == "yes"])
    fit = solve_ols(x.astype(float), real["age"].to_numpy(float))
    np.testing.assert_allclose(table["real"], fit.estimates, rtol=SAME)
    np.testing.assert_allclose(table["real_error"], np.sqrt(np.diag(fit.covariance)), rtol=SAME)
    np.testing.assert_allclose(table["z"], (table["synthetic"] - table["real"]) / table["real_error"])
    assert (table["overlap"] <= 1).all()
    with pytest.raises(ColumnError, match="votes"):
        syns.compare("age ~ votes", real=real.drop(columns="votes"))


def test_beside_the_real_data_the_modelled_level_is_named():
    table = made(m=3).compare("votes ~ age", "logit", real=real_frame())
    assert any("votes[yes]" in note for note in table.attrs["notes"]), table.attrs


def test_a_joint_test():
    pooled = made().fit("age ~ region + votes")
    test = pooled.test("region")
    assert (test.method, test.df1) == ("plug-in", 2)
    assert 0 < test.p_value < 1
    with pytest.raises(ColumnError, match="regoin"):
        pooled.test("regoin")


@pytest.mark.parametrize(
    ("facts", "rule", "said"),
    [
        ({}, "fully", "one fitted model.*far too small.*'plug-in'"),
        ({"is_partial": True, "is_proper": True}, "fully", "some columns are real.*'partially'"),
        ({"is_proper": True}, "plug-in", "somewhat too small"),
        ({"is_proper": True, "is_weighted": True}, "partially", "m=20"),
    ],
)
def test_a_rule_that_does_not_suit_is_warned_of(facts, rule, said):
    with pytest.warns(DataWarning, match=said) as heard:
        pooled = made(**facts).fit("age ~ votes", rule=rule)
    assert pooled.why.startswith(f"The rule '{rule}' was asked for: the variance")
    assert any(warning.filename == __file__ for warning in heard)


@pytest.mark.parametrize(("facts", "rule"), [({}, "partially"), ({"is_proper": True}, "partially"), ({}, "plug-in")])
def test_a_rule_that_suits_is_not(facts, rule):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made(**facts).mean("age", rule=rule).rule == rule


def test_wrong_rules_and_too_few_sets():
    with pytest.raises(SpecError, match="rule='rubin'"):
        made().fit("age ~ votes", rule="rubin")
    with pytest.raises(SpecError, match="1 synthetic data set"):
        made(m=1).fit("age ~ votes", rule="partially")


def test_sets_without_rows_and_no_sets():
    with pytest.raises(DataError, match="0 complete rows"):
        made(k=0).fit("age ~ votes")
    with pytest.raises(SpecError, match="no synthetic data sets"):
        made(m=0).fit("age ~ votes")


def test_draws_of_the_model_that_sets_share():
    few = made(m=6, is_proper=True, n_models=2).mean("age")
    many = made(m=6, is_proper=True).mean("age")
    ratio = few.table()["std_error"][0] / many.table()["std_error"][0]
    assert ratio == pytest.approx(((1 + 1 / 2 + 1 / 6) / (1 + 1 / 6 + 1 / 6)) ** 0.5)
    assert made(m=6, n_models=2).mean("age").rule == "plug-in"  # one fitted model: there is nothing to share
    assert np.isfinite(made(m=6, n_models=1).mean("age", rule="partially").table()["std_error"][0])


def test_weights_that_would_count_twice():
    with pytest.warns(DataWarning, match="count twice"):
        made(is_weighted=True, is_proper=True, m=20).mean("age", weights="income")


def test_numbers_that_speak_against_the_rule():
    rng = np.random.default_rng(1)
    facts = {"rule": "plug-in", "n_real": 100, "n_synthetic": 100, "terms": ["a", "b"]}
    v = np.stack([np.eye(2)] * 10)
    wild = pool_synthetic(rng.normal(size=(10, 2)) * [1, 8], v, **facts)
    assert "differ more than this rule supposes in b" in wild.notes[0]
    tame = pool_synthetic(rng.normal(size=(10, 2)) * [1, 0.05], v, **facts)
    assert "more alike than this rule supposes in b" in tame.notes[0]
    assert not pool_synthetic(rng.normal(size=(10, 2)), v, **facts).notes
    few = pool_synthetic(rng.normal(size=(5, 2)) * [2, 0.1], v[:5], **(facts | {"rule": "fully"}))
    assert "4 degrees of freedom" in few.notes[0]
    assert "negative; that of the real sample" in few.notes[1]
    assert " in b, " in few.notes[1]


def test_tables_for_papers_say_the_rule():
    pooled = made(is_proper=True).fit("age ~ votes")
    text = pooled.to_markdown()
    assert "Rubin" not in text
    assert "Synthetic data sets" in text
    assert pooled.why in text
    assert "FMI" not in tabulate(pooled, layout="wide").to_markdown()
    assert "\\begin" in pooled.to_latex()
    assert "Every column was replaced" in pooled.to_html()
    assert pooled.__maketables_coef_table__.columns.tolist() == ["b", "se", "t", "p", "ci95l", "ci95u", "df"]
    assert pooled.__maketables_stat__("fmi") is None
    assert pooled.__maketables_stat_labels__["m"] == "Synthetic data sets"
    assert "Rule 'plug-in proper' over m = 5 synthetic data sets (240 rows each, made from 240 real rows)" in repr(
        pooled
    )
    assert f"Why: {pooled.why}" in repr(pooled)


@pytest.mark.parametrize(
    ("write", "suffix", "read"),
    [("to_csv", "csv", pd.read_csv), ("to_parquet", "parquet", pd.read_parquet), ("to_stata", "dta", pd.read_stata)],
)
def test_folders(tmp_path, write, suffix, read):
    syns = made(m=2, k=30, is_partial=True, replaced=("age",))
    folder = getattr(syns, write)(tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == [
        "_lacunet.json",
        f"synthetic_1.{suffix}",
        f"synthetic_2.{suffix}",
    ]
    back = read(folder / f"synthetic_2.{suffix}")
    np.testing.assert_array_equal(back["age"], syns[1]["age"])
    record = json.loads((folder / "_lacunet.json").read_text())
    assert (record["rule"], record["why"], record["replaced"]) == ("partially", syns.why, ["age"])
    with pytest.raises(SpecError, match="force=True"):
        getattr(syns, write)(tmp_path / "out")
    getattr(made(m=1, k=5), write)(tmp_path / "out", force=True)
    assert not (folder / f"synthetic_2.{suffix}").exists()


def test_words_of_its_own():
    syns = made(is_partial=True, replaced=("age",), notes=("A note.",))
    assert repr(syns) == "Syntheses(m = 5, 240 rows, rule 'partially', seed 3)"
    summary = syns.summary()
    assert summary.lines[0] == "5 synthetic data sets of 240 rows, seed 3."
    assert summary.lines[1:] == (syns.why, "A note.")
    assert summary.table().query("is_replaced")["column"].tolist() == ["age"]


def test_a_fit_that_fails_names_the_set():
    syns = made()

    def analysis(frame):
        if frame["age"].mean() == syns[2]["age"].mean():
            raise ValueError("no")
        return [1.0], [[1.0]]

    with pytest.raises(DataError, match=r"1 of 5 synthetic data sets \(number 2.*syns\[2\]"):
        syns.pool(analysis)


def test_frames_of_one_s_own():
    frames = list(made(k=60))
    pooled = fit_synthetic(iter(frames), "age ~ votes", rule="plug-in", n_real=N)
    assert pooled.making.n_synthetic == 60
    assert pooled.why.startswith("The rule 'plug-in' was asked for")
    with pytest.raises(SpecError, match="no synthetic data sets"):
        fit_synthetic([], "age ~ votes", rule="plug-in", n_real=N)
