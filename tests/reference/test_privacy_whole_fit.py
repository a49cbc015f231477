"""Audit of the whole way from a frame to what is kept: levels, ends, cuts, counts, tree, further tables.

As in `test_privacy_audit`, but through the door that a user takes, on files that differ by one row which is like no
other in any column. All that leaves the rows are noisy counts and choices. The noisy counts are overheard, and put
together into their likelihood ratio, the best there is to tell the files apart by; the lower bound of epsilon then
stays below the epsilon that was asked for, and rises above it when ten times as much is spent in secret.
"""

import numpy as np
import pandas as pd
import pytest

import lacunet as ln
from lacunet.synthesis.privacy import _further, _histogram, _noise, _sampler, _tree
from tests.reference._privacy_audit import DELTA, lower_bound

RUNS, FEW_RUNS = 600, 120
EPSILON, LEAK = 1.5, 10.0
ROWS = 8
DECLARED = {"a": ["n", "y"], "b": ["n", "y"], "c": ["n", "y"]}
FOUND = {"x": "continuous", "k": "nominal"}


@pytest.fixture(autouse=True)
def small_pool(monkeypatch):
    """Rows drawn from the model to know its own tables: how many is public, and few are quick."""
    monkeypatch.setattr(_further, "POOL", 200)


def declared_rows(has_odd):
    """Rows that are all alike, and one that is alike in nothing."""
    return pd.DataFrame({name: ["n"] * ROWS + ["y"] for name in DECLARED}).head(ROWS + has_odd)


def open_rows(has_odd):
    """A number and a category of which nothing is declared."""
    return pd.DataFrame({"x": [3.0] * ROWS + [1e9], "k": ["n"] * ROWS + ["y"]}).head(ROWS + has_odd)


def fit(rows, epsilon, domain, kinds=None):
    privacy = ln.Privacy(epsilon=epsilon, delta=DELTA, domain=domain)
    return ln.Sequential(privacy=privacy).fit(rows, seed=1, kinds=kinds).engine.sampler


def overhear(monkeypatch):
    """Log likelihood ratio of all noisy counts so far: the odd row is one more in the cell of second levels."""
    heard = []

    def spy(counts, sigma, rng):
        noisy = _noise.noisy_counts(counts, sigma, rng)
        if noisy.size > 1:
            heard.append((noisy[(1,) * noisy.ndim] - 0.5) / sigma**2)
        return noisy

    for room in (_histogram, _tree, _further):
        monkeypatch.setattr(room, "noisy_counts", spy)
    return heard


@pytest.mark.slow
@pytest.mark.parametrize("factor", [1.0, LEAK])
def test_one_row_cannot_be_told_by_all_counts_together(factor, monkeypatch):
    heard = overhear(monkeypatch)
    ratios = []
    for has_odd in (False, True):
        ratios.append(np.empty(RUNS))
        for run in range(RUNS):
            heard.clear()
            fit(declared_rows(has_odd), factor * EPSILON, DECLARED)
            ratios[-1][run] = sum(heard)
            # Three columns, a tree of at most two pairs, and what came after.
            assert len(heard) >= len(DECLARED)
    bound = lower_bound(*ratios, [-2.0, -1.0, 0.0, 1.0, 2.0])
    assert (bound <= EPSILON) == (factor == 1.0), bound


def reach(sampler):
    """Whether the ends of the number reach the odd row, and whether its level was named."""
    number, category = sampler.coding.columns
    top = number.public.low + number.public.step * number.public.n_points
    return float(top > 1e6) + float(len(category.levels) > 1)


@pytest.mark.parametrize("is_naming", [False, True])
def test_one_row_is_not_named(is_naming, monkeypatch):
    if is_naming:
        monkeypatch.setattr(_noise, "keep_level", lambda noisy, sigma, delta: np.ones(len(noisy), dtype=bool))
    found = [
        np.array([reach(fit(open_rows(has_odd), EPSILON, {}, FOUND)) for _ in range(FEW_RUNS)])
        for has_odd in (False, True)
    ]
    assert (lower_bound(*found, [0.5]) > EPSILON) == is_naming


def test_noise_is_fresh_and_not_made_of_the_seed(monkeypatch):
    seen, plain = [], _sampler.fit_private_tree

    def spy(*args, **options):
        seen.append(args[5].bit_generator.state["state"]["key"].tolist())
        return plain(*args, **options)

    monkeypatch.setattr("lacunet.synthesis.privacy._fit.fit_private_tree", spy)
    for _ in range(2):
        fit(declared_rows(True), EPSILON, DECLARED)
    assert seen[0] != seen[1]
