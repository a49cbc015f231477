"""Influx and outflux against mice (tests/reference/stored/flux.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lacunet.diagnosis._missing import count_patterns, measure_flux

STORED = Path(__file__).parent / "stored"
EXACT = 1e-14
"""Ratios of counts: only the last bits may differ."""
MEASURES = ["pobs", "influx", "outflux", "ainb", "aout", "fico"]


def load(name):
    """Names and holes of a stored table."""
    cells = pd.read_csv(STORED / "flux_data.csv").query("table == @name")
    names = tuple(dict.fromkeys(cells["variable"]))
    holes = np.zeros((cells["row"].max(), len(names)), dtype=bool)
    holes[cells["row"] - 1, [names.index(one) for one in cells["variable"]]] = cells["missing"] == 1
    return names, holes


@pytest.mark.parametrize("name", ["nhanes", "boys", "absent"])
def test_flux_is_that_of_mice(name):
    names, holes = load(name)
    ours = measure_flux(names, holes)
    theirs = pd.read_csv(STORED / "flux_results.csv").query("table == @name")
    assert ours["variable"].tolist() == theirs["variable"].tolist()
    np.testing.assert_allclose(ours[MEASURES], theirs[MEASURES], rtol=EXACT, atol=0)


def test_flux_without_holes():
    ours = measure_flux(("a", "b"), np.zeros((3, 2), dtype=bool))
    assert ours["pobs"].tolist() == [1.0, 1.0]
    assert ours[["influx", "outflux", "ainb", "aout", "fico"]].to_numpy().sum() == 0


def test_patterns_count_every_row():
    names, holes = load("boys")
    patterns = count_patterns(names, holes)
    counted = pd.Series(map(tuple, holes)).value_counts()
    assert patterns["n_rows"].sum() == len(holes)
    assert patterns["n_rows"].tolist() == sorted(counted, reverse=True)
    for row in patterns.itertuples():
        pattern = tuple(name in row.missing.split(", ") for name in names)
        assert counted[pattern] == row.n_rows
        assert row.n_missing == sum(pattern)
