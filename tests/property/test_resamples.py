"""Documents drawn anew, and two sources of uncertainty combined: what holds whatever the numbers."""

import numpy as np
import pytest
from scipy.stats import t

from lacunet.measures.uncertainty import combine_sources, draw_multiplicities

ROUNDING, QUANTILE = 1e-12, 1e-9
"""Sums of a few float64 numbers; two implementations of the quantile of Student's t."""


def test_resamples_in_blocks_are_those_of_one_call():
    groups = np.array([0, 0, 1, 2, 2, 2, 3])
    whole = draw_multiplicities(groups, 9, 5)
    parts = [draw_multiplicities(groups, n, 5, first=first) for first, n in ((0, 4), (4, 4), (8, 1))]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert (whole[:, [0, 2, 3, 6]].sum(axis=1) == 4).all()
    assert (whole[:, 0] == whole[:, 1]).all()


@pytest.mark.parametrize("fits", [1, 3])
def test_an_error_that_nobody_knows_has_no_degrees_of_freedom(fits):
    found = combine_sources(np.ones((fits, 2)), np.tile([0.1, np.nan], (fits, 1)), 9.0)
    assert found["df"].isna().tolist() == [False, True]
    assert found[["std_error", "conf_low", "conf_high"]].isna().to_numpy().tolist() == [[False] * 3, [True] * 3]


def test_two_sources_by_hand():
    found = combine_sources([[1.0], [3.0]], [[0.3], [0.5]], 9.0, 0.9).iloc[0]
    within, between = (0.09 + 0.25) / 2, 2.0 / 2
    df = (within + between) ** 2 / (within**2 / 9 + between**2 / 1)
    assert found["std_error"] == pytest.approx(np.sqrt(within + between), abs=ROUNDING)
    assert found["sd_seeds"] == pytest.approx(np.sqrt(2), abs=ROUNDING)
    assert found["df"] == pytest.approx(df, abs=ROUNDING)
    assert found["conf_high"] == pytest.approx(2 + t.ppf(0.95, df) * found["std_error"], abs=QUANTILE)
