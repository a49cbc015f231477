"""What ln.judge promises, and what it says to files it cannot use or has to guess at."""

import json
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from lacunet.errors import ColumnError, DataError, SpecError
from lacunet.synthesis.judge import _judge, judge
from lacunet.synthesis.judge._reading import read_files
from lacunet.synthesis.judge._verdict import write_value

COLUMNS = ["area", "measure", "value", "floor", "independent", "verdict", "sentence"]


def people(seed, n=120):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "income": np.where(rng.random(n) < 0.2, np.nan, np.round(x + rng.normal(size=n), 3)),
            "x": np.round(x, 4),
            "party": pd.Categorical(rng.choice(["left", "right", "none"], n)),
            "vote": rng.integers(0, 2, n),
        }
    )


def notes_of(real, synthetic, **options):
    return " ".join(read_files(real, synthetic, **options).notes)


@pytest.fixture
def no_attacks(monkeypatch):
    """Leave out disclosure, which has tests of its own and takes most of the time with few rows."""
    monkeypatch.setattr(_judge, "measure_disclosure", lambda *files, **options: [])


@pytest.fixture(scope="module")
def judgement():
    return judge(
        people(0),
        [people(1), people(2)],
        target="vote",
        keys=["party", "vote"],
        held_out=people(3),
        formulas={"income ~ x + party": "ols", "vote ~ x": "logit"},
        seed=1,
    )


def test_every_number_stands_beside_its_floor(judgement):
    table = judgement.table()
    assert list(table.columns) == COLUMNS
    assert set(table["area"]) == {"fidelity", "usefulness", "disclosure"}
    assert not table["measure"].duplicated().any()
    mine = table[table["area"] != "disclosure"]
    assert np.isfinite(mine[["value", "floor", "independent"]].to_numpy(float)).all()
    assert table["sentence"].str.len().gt(20).all()


def test_it_knows_what_it_judged(judgement):
    assert (judgement.n_real, judgement.n_synthetic, judgement.m) == (120, 120, 2)
    assert judgement.columns == ("income", "x", "party", "vote")
    assert judgement.seed == 1
    assert judgement.has_held_out
    assert set(judgement.frames) == {"columns", "pairs", "tables", "marginals", "coefficients", "models"}
    assert judgement.fidelity["shape_error"].details is judgement.frames["columns"]
    assert judgement.usefulness["train_on_synthetic"].is_known


def test_the_tables_behind_it(judgement):
    columns, coefficients = judgement.frames["columns"], judgement.frames["coefficients"]
    assert columns["error"].is_monotonic_decreasing
    assert columns["error"].mean() == pytest.approx(judgement.fidelity["shape_error"].value)
    assert columns["floor"].mean() == pytest.approx(judgement.fidelity["shape_error"].floor)
    assert set(coefficients["formula"]) == {"income ~ x + party", "vote ~ x"}
    slopes = coefficients[coefficients["is_slope"]]
    assert slopes["overlap"].mean() == pytest.approx(judgement.usefulness["interval_overlap"].value)
    assert judgement.frames["marginals"].groupby("column")[["real", "synthetic"]].sum().to_numpy() == pytest.approx(1)


def test_it_is_words_and_json(judgement):
    assert "safe" not in judgement.verdict
    assert judgement.verdict in repr(judgement.summary())
    plain = json.loads(json.dumps(judgement.to_dict()))
    assert [row["measure"] for row in plain["measures"]] == judgement.table()["measure"].tolist()
    assert plain["verdict"] == judgement.verdict


def test_a_seed_decides_everything_and_progress_is_told():
    steps = []
    first, second = (
        judge(people(0, 40), people(1, 40), seed=7, progress=lambda *step: steps.append(step)).table() for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)
    assert steps == 2 * [("judging", done, 3) for done in range(4)]


def test_shuffled_columns_lose_and_copies_do_not(no_attacks):
    real = people(0, 300).dropna()
    rng = np.random.default_rng(0)
    shuffled = pd.DataFrame({name: real[name].array.take(rng.permutation(len(real))) for name in real})
    copy, lost = (
        judge(real, other, target="income", seed=1).table().set_index("measure") for other in (real, shuffled)
    )
    assert (copy.loc[["shape_error", "trend_error"], "value"] == 0).all()
    assert copy.loc["interval_overlap", "value"] == pytest.approx(1)
    assert lost.loc["shape_error", "value"] == 0
    assert lost.loc["interval_overlap", "value"] < copy.loc["interval_overlap", "floor"]
    assert lost.loc["train_on_synthetic", "value"] < lost.loc["train_on_synthetic", "floor"]


@pytest.mark.parametrize("make", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_any_library_gives_the_same(make):
    ours = read_files(people(0), people(1))
    theirs = read_files(make(people(0)), [make(people(1))])
    np.testing.assert_array_equal(ours.real.coded.codes[:, 0], theirs.real.coded.codes[:, 0])
    np.testing.assert_array_equal(ours.synthetic[0].coded.values[:, :2], theirs.synthetic[0].coded.values[:, :2])


def test_files_are_read(tmp_path):
    people(0).to_csv(tmp_path / "real.csv", index=False)
    people(1).to_csv(tmp_path / "synthetic.csv", index=False)
    files = read_files(tmp_path / "real.csv", str(tmp_path / "synthetic.csv"))
    assert files.real.coded.names == ("income", "x", "party", "vote")
    assert "hold" not in " ".join(files.notes)


def test_other_spellings_are_understood_and_said():
    real = people(0).assign(code=["N", "1", "2", "3", "4", "1"] * 20, born=pd.date_range("1990-01-01", periods=120))
    synthetic = real.assign(
        vote=real["vote"].map({0: "0.0", 1: "1.0"}),
        code=real["code"].replace({"N": None, "1": "1.0"}),
        born=real["born"].dt.strftime("%Y-%m-%d"),
        party=real["party"].astype(str).str.upper(),
    )[["born", "code", "party", "vote", "x", "income"]].rename(columns={"x": "X "})
    files = read_files(real, synthetic)
    np.testing.assert_array_equal(files.real.coded.codes, files.synthetic[0].coded.codes)
    np.testing.assert_array_equal(files.real.coded.values, files.synthetic[0].coded.values)
    said = " ".join(files.notes)
    for words in ("calls 'x' 'X '", "300 cells of party, vote, code", "'1.0' as '1' in vote"):
        assert words in said


def test_reasons_stay_apart():
    real = people(0).assign(wage=[-8, -9, 100, 200, 300, 412] * 20)
    synthetic = people(1).assign(wage=[-8, -8, 100, 250, 300, 500] * 20)
    files = read_files(real, synthetic, missing_codes={"wage": [-8, -9]})
    column = files.real.coded.columns[files.real.coded.place("wage")]
    assert column.labels[column.n_answers :] in (("-8", "-9"), ("-9", "-8"))
    reasons = files.synthetic[0].coded.select(["wage"])
    assert np.bincount(reasons.reason[:, 0], minlength=3)[[1, 2]].tolist() in ([40, 0], [0, 40])
    assert np.isnan(reasons.values[:2, 0]).all()


def test_what_nobody_understands_counts_as_its_own():
    files = read_files(people(0), people(1).assign(x="_RARE_", party="green", vote=np.inf))
    said = " ".join(files.notes)
    assert "x: 120 synthetic cells hold '_RARE_'" in said
    assert "party: 120 synthetic cells hold 'green'" in said
    assert (files.synthetic[0].coded.select(["x"]).reason == 1).all()
    assert files.synthetic[0].frame["party"].isna().all()


def test_columns_that_one_file_lacks_are_said():
    said = notes_of(people(0).assign(extra=np.arange(120) % 7), people(1).assign(new=1.0))
    assert "lacks extra" in said
    assert "has new" in said


def test_many_levels_keep_the_frequent_ones_first():
    levels = [f"k{i % 90}" if i % 3 else "common" for i in range(300)]
    real = people(0, 300).assign(k=levels)
    files = read_files(real, real, kinds={"k": "nominal"})
    column = files.real.coded.columns[files.real.coded.place("k")]
    assert column.labels[0] == "common"
    assert files.real.coded.one_hot().shape[1] < sum(files.real.coded.n_codes)


@pytest.mark.parametrize("columns", [["x"], ["party"], ["vote", "party"]])
def test_a_column_or_two_can_be_judged(columns, no_attacks):
    found = judge(people(0, 60)[columns], people(1, 60)[columns], seed=1)
    assert found.fidelity["shape_error"].is_known
    assert found.fidelity["k_marginal"].is_known is False
    assert "Not measured" in found.fidelity["k_marginal"].sentence


def test_constant_and_empty_synthetic_columns_are_judged(no_attacks):
    found = judge(people(0), people(1).assign(x=1.0, party="left", income=np.nan), target="party", seed=1)
    assert found.fidelity["shape_error"].value > 30
    assert found.fidelity["tree_auc"].value > 0.9
    assert any("cannot be fitted to a synthetic file" in note for note in found.notes)


def test_minus_zero_is_zero():
    real = people(0)
    for made in (
        real["vote"] * -1.0 * 0.0 + real["vote"],
        (real["vote"] - 0.2).round(),
        real["vote"].replace(0, "-0.0"),
    ):
        files = read_files(real, real.assign(vote=made), kinds={"vote": "nominal"})
        np.testing.assert_array_equal(files.real.coded.codes, files.synthetic[0].coded.codes)
        assert not any("never does" in note for note in files.notes)


def test_sets_are_spoken_of_once(judgement):
    assert sum("mean over 2 sets" in note for note in judgement.notes) == 1
    known = [one for one in judgement.disclosure.values() if one.is_known]
    assert known
    for one in known:
        assert one.sentence.startswith(f"{write_value(one, one.value)} on average")


def test_a_logit_says_which_level_it_models(judgement):
    assert set(judgement.frames["coefficients"]["event"]) == {"", "vote = 1"}


def test_few_rows_are_judged_as_far_as_they_go(no_attacks):
    found = judge(people(0, 12), people(1, 12), target="x", seed=1)
    assert found.fidelity["shape_error"].is_known
    assert not found.usefulness["train_on_synthetic"].is_known


@pytest.mark.parametrize(
    ("real", "synthetic", "options", "error", "words"),
    [
        (people(0, 9), people(1), {}, DataError, "real file has 9 rows"),
        (people(0), people(1, 9), {}, DataError, "synthetic file has 9 rows"),
        (people(0), people(1), {"held_out": people(2, 3)}, DataError, "held-out rows has 3 rows"),
        (people(0), people(1).add_suffix("_2"), {}, DataError, "share no column"),
        (people(0).assign(x=1.0)[["x"]], people(1), {}, DataError, "share no column"),
        (
            people(0) * np.nan if False else pd.DataFrame({"x": [np.nan] * 20}),
            people(1),
            {},
            DataError,
            "share no column",
        ),
        (people(0), [], {}, SpecError, "No synthetic data"),
        (people(0), 3, {}, SpecError, "synthetic data are a int"),
        (people(0), [3], {}, SpecError, "synthetic file is a int"),
        (people(0), people(1), {"target": "vot"}, ColumnError, "Did you mean 'vote'"),
        (people(0), people(1), {"keys": ["party", "nobody"]}, ColumnError, "nobody"),
        (people(0), people(1), {"keys": "party"}, SpecError, "keys="),
        (people(0), people(1), {"weights": "w"}, ColumnError, "weights="),
        (people(0), people(1), {"seed": -1}, SpecError, "seed"),
        (people(0), people(1), {"formulas": "income x"}, SpecError, "formula"),
        (people(0), people(1), {"formulas": "income ~ z"}, ColumnError, "z"),
    ],
)
def test_what_cannot_be_judged_is_said(real, synthetic, options, error, words):
    with warnings.catch_warnings(), pytest.raises(error, match=words):
        warnings.simplefilter("ignore")
        judge(real, synthetic, **{"seed": 1} | options)
