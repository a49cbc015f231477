"""Intervals of measures hold the truth as often as they say, and their tests reject as rarely."""

import numpy as np
import pytest

from benchmarks.measure import alacarte, association, axes, drift, fitted, known, panels, regression
from benchmarks.measure.rows import BARS, covers, share_row
from benchmarks.measure.studies import STUDIES
from benchmarks.records import read_rows

FOUR_ERRORS = 4.0  # a share of few samples may miss its bar by this many of its Monte Carlo errors
SEED = 5  # not that of the stored results
FEW, MORE = 1, 25  # how often the samples of the quick tests are drawn

QUICK = [
    (axes, "10 and 10 speakers", 25),
    (alacarte, "30 and 30 documents", 8),
    (association, "WEAT, 8 and 8 words, exact", 200),
    (drift, "50 and 50 documents", 12),
    (fitted, "40 and 40 speakers", 3),
    (known, "40 and 40 clusters", 50),
    (panels, "usual", 2),
    (regression, "40 clusters, even", 40),
]


def check_rows(study, design, samples):
    for row in study.rows_of(design, samples, SEED):
        low, high = BARS[row["kind"]]
        middle = low if row["share"] < low else high
        # the error of a share near its bar, of as many samples, where those drawn happened to agree
        error = max(row["mc_error"], np.sqrt(middle * (1 - middle) / row["samples"]))
        assert low - FOUR_ERRORS * error <= row["share"] <= high + FOUR_ERRORS * error, row


@pytest.mark.parametrize(("study", "design", "samples"), QUICK, ids=lambda value: getattr(value, "__name__", None))
def test_shares_are_near_their_bars(study, design, samples, monkeypatch):
    monkeypatch.setattr(axes, "N_TRUTH", 6000)
    check_rows(study, design, FEW * samples)


@pytest.mark.slow
@pytest.mark.parametrize(("study", "design", "samples"), QUICK, ids=lambda value: getattr(value, "__name__", None))
def test_shares_are_near_their_bars_in_more_samples(study, design, samples):
    check_rows(study, design, MORE * samples)


def test_a_share_and_its_error():
    hits = np.array([[1, 1], [1, 0], [np.nan, 1], [0, 1]])
    row = share_row("world", "number", "coverage", hits, seed=1)
    assert row["share"] == pytest.approx(5 / 7)
    # the ratio of sums over four samples, linearised by hand
    moves = (np.array([2, 1, 1, 1]) - 5 / 7 * np.array([2, 2, 1, 2])) / 1.75
    assert row["mc_error"] == pytest.approx(np.sqrt(moves.var(ddof=1) / 4))
    assert (row["samples"], row["n"], row["missing"]) == (4, 7, 0.125)
    assert covers([0.0, 2.0, np.nan], [1.0, 3.0, 1.0], 0.5).tolist() == pytest.approx([1, 0, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("share", "samples", "met"), [(950, 1000, "yes"), (925, 1000, "within error"), (80, 100, "no")]
)
def test_bars(share, samples, met):
    hits = np.arange(samples) < share
    assert share_row("world", "number", "coverage", hits, seed=1)["met"] == met


@pytest.mark.parametrize("part", STUDIES)
def test_every_design_is_stored(part):
    found = {row["design"] for row in read_rows(f"measure_{part}")}
    assert found == set(STUDIES[part].DESIGNS)
