"""Fixed effects against pyfixest, stored with the script that made them (stored/fixed_effects.py)."""

import itertools
from importlib import util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lacunet.pooling import fit_formula

STORED = Path(__file__).parent / "stored"
EXACT = 1e-8
"""Both sides solve in float64; pyfixest absorbed the stored effects to 1e-13."""
ABSORBED = 1e-7
"""pyfixest, called without further options, stops absorbing effects at steps of 1e-6, which converge linearly."""
CASES = list(itertools.product(("state", "state + year"), ("classical", "HC1", "state", "region"), ("", "weight")))


@pytest.fixture(scope="module")
def panel():
    return pd.read_csv(STORED / "fixed_effects_data.csv")


@pytest.fixture(scope="module")
def stored():
    return pd.read_csv(STORED / "fixed_effects_results.csv", keep_default_na=False)


def compare(panel, stored, effects, cov, weights, tolerance):
    expected = stored[(stored["effects"] == effects) & (stored["cov"] == cov) & (stored["weights"] == weights)]
    assert len(expected) == 2
    which = {"cluster": cov} if cov in panel.columns else {"cov": cov}
    pooled = fit_formula([panel, panel], f"y ~ x1 + x2 | {effects}", "fixed_effects", weights=weights or None, **which)
    assert pooled.terms == tuple(expected["term"])
    found = np.stack([pooled.estimates[0], np.sqrt(np.diag(pooled.covariances[0]))])
    np.testing.assert_allclose(found, expected[["estimate", "std_error"]].T, rtol=tolerance)
    np.testing.assert_array_equal(pooled.dof, expected["df"])


@pytest.mark.parametrize(("effects", "cov", "weights"), CASES)
def test_linearmodels_gives_the_numbers_of_pyfixest(monkeypatch, panel, stored, effects, cov, weights):
    pytest.importorskip("linearmodels")
    find = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name == "pyfixest" else find(name))
    compare(panel, stored, effects, cov, weights, EXACT)


@pytest.mark.parametrize(("effects", "cov", "weights"), CASES)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pyfixest's own calls of pandas
def test_pyfixest_gives_its_own_numbers(panel, stored, effects, cov, weights):
    pytest.importorskip("pyfixest")
    compare(panel, stored, effects, cov, weights, ABSORBED)
