"""Audits: can tables that differ by one row be told apart better than epsilon allows?

Each mechanism runs many times on two neighbouring tables. A test statistic and a threshold that are chosen beforehand
give shares of runs; Clopper-Pearson bounds of these (99.9 %) give a lower bound of epsilon. It must not exceed what is
claimed, and with half the noise it must, or the audit would be blind.
"""

import math

import numpy as np
import pytest
from scipy.stats import beta

from lacunet.synthesis.privacy import Ledger, Privacy
from lacunet.synthesis.privacy._accounting import epsilon_of
from lacunet.synthesis.privacy._histogram import measure_column
from lacunet.synthesis.privacy._noise import choose, find_ends, find_levels, noisy_counts
from lacunet.synthesis.privacy._public import PublicColumn
from lacunet.synthesis.privacy._tree import fit_tree
from tests.reference._privacy_audit import ALPHA, DELTA, exact_gaussian_epsilon, lower_bound

RUNS = 20_000


@pytest.mark.parametrize("epsilon_noise", [1.0, 2.0])
def test_noisy_counts(epsilon_noise):
    rng = np.random.default_rng(5)
    counts, neighbour = np.array([7.0, 3.0]), np.array([8.0, 3.0])
    claimed = exact_gaussian_epsilon(epsilon_noise)
    thresholds = 7.5 + epsilon_noise * np.array([-1.0, 0.0, 1.0, 2.0])
    for factor in (1.0, 0.4):
        a, b = (
            noisy_counts(np.broadcast_to(c, (RUNS, 2)), factor * epsilon_noise, rng)[:, 0] for c in (counts, neighbour)
        )
        found = lower_bound(a, b, thresholds)
        assert (found <= claimed) == (factor == 1.0)
        assert found > 0.3 * claimed


def test_choice():
    rng, epsilon = np.random.default_rng(6), 1.5
    # One row moves all scores by one, that of the first candidate in the other direction: the worst that can happen.
    scores, neighbour = np.append(0.0, np.ones(40)), np.append(1.0, np.zeros(40))
    for factor in (1.0, 2.5):
        a, b = (np.array([choose(s, factor * epsilon, rng) > 0 for _ in range(RUNS)]) for s in (scores, neighbour))
        found = lower_bound(a, b, [0.5])
        assert (found <= epsilon) == (factor == 1.0)
        assert found > 0.7 * epsilon


def test_a_level_of_one_row_is_hardly_ever_named():
    rng, delta, rho = np.random.default_rng(7), 0.02, 0.5
    codes = np.array([0] * 500 + [1])
    named = 0
    for _ in range(2_000):
        ledger = Ledger(Privacy(epsilon=5.0, delta=0.05))
        kept = find_levels(codes, rho, ledger, rng, what="levels", delta=delta)
        assert 0 in kept
        assert ledger.entries[0].rho == pytest.approx(rho)
        named += 1 in kept
    assert named > 0
    assert beta.ppf(ALPHA, named, 2_000 - named + 1) <= delta


def test_ends_move_little_with_one_row():
    rng, rho, runs = np.random.default_rng(8), 2.0, 1_500
    column = np.full(40, 3.0)
    found = []
    for rows in (column, np.append(column, 1e9)):
        wide = [find_ends(rows, rho, Ledger(Privacy(epsilon=50.0)), rng, what="ends")[1] > 1e6 for _ in range(runs)]
        found.append(np.array(wide, dtype=float))
    assert lower_bound(*found, [0.5]) <= exact_gaussian_epsilon(math.sqrt(0.5 / rho))


@pytest.mark.parametrize("is_reason", [False, True])
def test_cuts_of_a_number(is_reason):
    # Three depths on eight points; the row that is added is the only one on its side, or the only one without a value.
    rng, rho, runs = np.random.default_rng(9), 1.0, 1_500
    public = PublicColumn(n_levels=0, n_reasons=1, n_points=8)
    place = np.array([0.0] * 6 + [7.0])
    reason = np.array([0] * 6 + [int(is_reason)])
    found = []
    for n in (6, 7):
        totals = []
        for _ in range(runs):
            ledger = Ledger(Privacy(epsilon=50.0))
            marginal = measure_column(place[:n], reason[:n], public, rho, ledger, rng, n_levels=4, what="")
            values = marginal.counts[:-1][marginal.first >= 4]
            totals.append(marginal.counts[-1] if is_reason else values.sum() + 0.01 * len(values))
        found.append(np.array(totals))
    noise = math.sqrt(0.5 / rho)
    assert lower_bound(*found, [0.5, 1.5, 3.0]) <= exact_gaussian_epsilon(noise)
    # The ledger's own noise is what a count gets when there is one depth; here there are three.
    assert np.std(found[0]) > noise


def test_a_whole_tree():
    # Three columns, few rows; the added row alone has the second level everywhere. The statistic adds up what the tree
    # says of that level, which is made of every count and of the choice.
    rng, runs, rho = np.random.default_rng(10), 800, 1.5
    rows = np.zeros((9, 3), dtype=np.int64)
    found = []
    for codes in (rows[:8], np.vstack([rows[:8], np.ones(3, dtype=np.int64)])):
        said = []
        for _ in range(runs):
            ledger = Ledger(Privacy(epsilon=50.0))
            marginals = tuple(
                measure_column(c.astype(float), np.zeros(len(c), int), PublicColumn(n_levels=2, n_reasons=0),
                               rho / 6, ledger, rng, n_levels=2, what="")
                for c in codes.T
            )  # fmt: skip
            tree = fit_tree(codes, marginals, rho / 2, ledger, rng)
            assert sum(entry.rho for entry in ledger.entries) <= rho * (1 + 1e-9)
            said.append(sum(table[-1, 1] for table in tree.tables))
        found.append(np.array(said))
    # Everything together costs no more than one Gaussian count of this noise.
    claimed = epsilon_of(rho, DELTA)
    bound = lower_bound(*found, [0.2, 0.6, 1.0, 1.5])
    assert 0 < bound <= claimed
