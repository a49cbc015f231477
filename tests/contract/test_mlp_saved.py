"""Fitted networks in a file: formulas without code, the same predictions, no row of the inputs."""

import warnings

import numpy as np
import pandas as pd
import pytest

import lacunet as ln
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.keep import Parts, read_parts, write_parts
from tests.contract.test_mlp import INPUTS, fitted, survey

FORMULAS = {
    "interactions": "score ~ C(region)*age + center(income) + np.log(income)",
    "splines": "score ~ bs(age, df=4) + cr(income, df=3) + poly(income, 2) + scale(age)",
    "contrasts": "score ~ C(region, contr.treatment('north')) + C(job, contr.sum):age + I(age**2)",
    "numbers as levels": "score ~ C(won) + C(visits > 1)",
    "outcome": "np.log(income) ~ age + region",
    "no intercept": "score ~ age + region - 1",
}


@pytest.mark.parametrize(
    ("case", "hidden"), [*((case, ()) for case in FORMULAS), ("splines", (8,)), ("contrasts", (8,))]
)
def test_saved_formulas_come_back_the_same(case, hidden, tmp_path):
    formula = FORMULAS[case]
    frame = survey()
    frame.loc[:9, "income"] = np.nan
    frame["income"] = frame["income"] if not hidden else frame["income"].ffill().bfill()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        fit = ln.Mlp(hidden=hidden, epochs=2).fit(frame, formula, seed=1)
        back = ln.load(fit.save(tmp_path / "fit.lacunet"))
        np.testing.assert_array_equal(back.predict(frame[5:20]), fit.predict(frame[5:20]))
    assert (back.names, back.levels, back.notes, back.history) == (fit.names, fit.levels, fit.notes, fit.history)
    assert (back.spec, back.seed, back.versions) == (fit.spec, fit.seed, fit.versions)
    if not hidden:
        pd.testing.assert_frame_equal(back.table(), fit.table())


@pytest.mark.parametrize("outcome", ["vote", "party", "trust", "visits"])
def test_saved_columns_come_back_the_same(outcome, tmp_path):
    fit, new = fitted(outcome), survey()[INPUTS].iloc[:30]
    back = ln.load(fit.save(tmp_path / "fit.lacunet"))
    np.testing.assert_array_equal(back.members_predict(new), fit.members_predict(new))
    np.testing.assert_array_equal(back.held.said, fit.held.said)
    assert list(back.predict(new)) == list(fit.predict(new))
    with pytest.raises(SpecError, match="does not carry the rows"):
        back.predict()
    with pytest.raises(SpecError, match="exists"):
        fit.save(tmp_path / "fit.lacunet")


def test_what_a_file_holds_is_named(tmp_path):
    write_parts(tmp_path / "x", Parts(kind="FittedOracle", meta={}))
    with pytest.raises(DataError, match="'FittedOracle'"):
        ln.load(tmp_path / "x")
    with pytest.raises(DataError, match="cannot be read"):
        ln.load(tmp_path / "nothing")


def test_a_file_runs_no_code(tmp_path):
    frame = survey()
    fit = ln.Mlp(hidden=()).fit(frame, "score ~ np.cumsum(age)")
    with pytest.raises(DataError, match=r"'np.cumsum'"):
        fit.save(tmp_path / "x")
    plain = ln.Mlp(hidden=()).fit(frame, "score ~ np.log(age)").save(tmp_path / "y")
    parts = read_parts(plain)
    for evil in ("np.load('x')", "__import__('os')", "open('x')", "age.__class__", "(lambda: 1)()"):
        reader = parts.meta["reader"] | {"text": f"{{{evil}}} + age"}
        write_parts(
            tmp_path / "z", Parts(kind=parts.kind, meta=parts.meta | {"reader": reader}, arrays=parts.arrays), True
        )
        with pytest.raises((DataError, SpecError)):
            ln.load(tmp_path / "z")
