"""Imputations that were changed on purpose say so, and are saved so."""

import numpy as np
import pytest

from lacunet.errors import DataWarning, SpecError
from lacunet.imputation import Prior
from lacunet.imputation._restore import load_known
from tests.contract._hotdeck import KNOWN, HotDeck
from tests.contract.test_imputations import survey


@pytest.fixture
def imp():
    return HotDeck().fit(survey(), seed=3).impute(m=4)


def test_a_shift_moves_imputed_cells_and_is_recorded(imp, tmp_path):
    shifted = imp.shift("income", by=0.5, scale="sd")
    known = imp.original["income"]
    by = 0.5 * known.std()
    hole = known.isna()
    np.testing.assert_allclose(shifted[0]["income"][hole], imp[0]["income"][hole] + by, rtol=1e-9)
    np.testing.assert_array_equal(shifted[0]["income"][~hole], known[~hole])
    assert "income" in str(shifted.adjustments[0])
    assert str(shifted.adjustments[0]) in str(shifted.summary())
    assert "income" in shifted.report(tmp_path / "report.html").read_text(encoding="utf-8")
    with pytest.raises(SpecError, match="Extend the imputations as they were drawn"):
        shifted.extend(2)
    again = load_known(shifted.save(tmp_path / "shifted.lacunet"), KNOWN)
    assert again.adjustments == shifted.adjustments
    np.testing.assert_array_equal(again.draws, shifted.draws)


def test_a_tipping_point_is_found_where_the_mean_crosses(imp):
    tip = imp.tip("income ~ 1", "Intercept", "income", deltas=[-20, -10, 10], null=0.0)
    assert tip.low is not None
    assert -20 < tip.low < 0
    with pytest.warns(DataWarning, match="fall below 0"):
        before, after = (
            imp.shift("income", by=tip.low + step, scale="sd").fit("income ~ 1").table() for step in (0.3, -0.3)
        )
    assert before["conf_low"][0] > 0 > after["conf_low"][0]


def test_priors_and_functions_change_only_what_was_missing(imp):
    row = int(np.flatnonzero(imp.original["age"].isna())[0])
    told = imp.with_priors(Prior(variable="age", mean=50, sd=2, rows=[row]))
    assert abs(np.mean([frame["age"].iloc[row] for frame in told]) - 50) < 8
    doubled = imp.transform(lambda frame, mask: frame.assign(age=frame["age"].where(~mask["age"], frame["age"] + 1)))
    holes = imp.original["age"].isna()
    np.testing.assert_allclose(doubled[0]["age"][holes], imp[0]["age"][holes] + 1)


def test_diagnosis_of_imputations(imp):
    found = imp.diagnose()
    assert {"patterns", "flux", "distributions", "stability"} <= set(found.topics)
    assert found.findings
    assert "overimputation" not in found.topics
    judged = imp.diagnose(imp.overimpute(0.2, m=10))
    assert {"overimputation", "calibration"} <= set(judged.topics)
