"""Propensity scores against their theory, statsmodels and simulation."""

import numpy as np
import pytest
import statsmodels.api as sm

from lacunet.synthesis.judge._coded import code_columns, learn_column
from lacunet.synthesis.judge._fidelity_propensity import detect, in_threads, logit_propensity, tree_propensity

RIDGE_BIAS = 5e-3
"""A ridge of N / 10,000, against N / 4 rows' worth of information, moves pMSE by less than that share of itself."""
FOUR_ERRORS = 4.0
"""Standard errors of a simulated mean within which it must lie."""


def code_both(real, synthetic, levels):
    nothing = [np.zeros(one.shape, np.int8) for one in (real, synthetic)]
    columns = [learn_column(f"x{j}", real[:, j], nothing[0][:, j], levels=levels[j]) for j in range(real.shape[1])]
    return [code_columns(columns, *pair) for pair in zip((real, synthetic), nothing, strict=True)]


def people(rng, n):
    x = rng.normal(size=n)
    return np.column_stack([x, x + rng.normal(size=n), rng.integers(0, 3, n), x > rng.normal(size=n)]).astype(float)


LEVELS = [None, None, list("abc"), ["no", "yes"]]


def test_pmse_is_that_of_a_logit():
    rng = np.random.default_rng(0)
    real, synthetic = people(rng, 400), people(rng, 250) + [0.5, 0, 0, 0]
    ours = logit_propensity(*code_both(real, synthetic, LEVELS))
    both = np.vstack([real, synthetic])
    design = np.column_stack([both[:, :2], both[:, :2] ** 2, both[:, 2] == 1, both[:, 2] == 2, both[:, 3]])
    y = np.repeat([0.0, 1.0], [400, 250])
    p = sm.Logit(y, sm.add_constant(design.astype(float))).fit(disp=0).predict()
    c = 250 / 650
    assert ours.pmse == pytest.approx(np.mean((p - c) ** 2), rel=RIDGE_BIAS)
    assert ours.expected == pytest.approx(7 * c * (1 - c) ** 2 / 650)


def test_expected_pmse_is_that_of_rows_drawn_from_the_real_ones():
    """S_pMSE is 1 on average for a bootstrap of the real rows, and 1 / (1 - c) for an independent sample."""
    rng = np.random.default_rng(1)
    real = people(rng, 600)
    drawn, sampled = [], []
    for _ in range(60):
        drawn.append(logit_propensity(*code_both(real, real[rng.integers(0, 600, 300)], LEVELS)).ratio)
        sampled.append(logit_propensity(*code_both(people(rng, 600), people(rng, 300), LEVELS)).ratio)
    for ratios, expected in ((drawn, 1.0), (sampled, 1 / (1 - 1 / 3))):
        assert abs(np.mean(ratios) - expected) < FOUR_ERRORS * np.std(ratios) / np.sqrt(60)


def test_redundant_columns_do_not_count():
    rng = np.random.default_rng(2)
    real, synthetic = people(rng, 300), people(rng, 300)
    once = logit_propensity(*code_both(real, synthetic, LEVELS))
    twice = logit_propensity(*code_both(np.hstack([real, real]), np.hstack([synthetic, synthetic]), LEVELS * 2))
    assert twice.expected == pytest.approx(once.expected)
    assert twice.ratio == pytest.approx(once.ratio, rel=RIDGE_BIAS)


def test_a_level_of_one_file_only_is_finite():
    rng = np.random.default_rng(3)
    real, synthetic = people(rng, 300), people(rng, 300)
    synthetic[:, 2] = 0
    found = logit_propensity(*code_both(real, synthetic, LEVELS))
    assert 0.05 < found.pmse < 0.25
    assert found.ratio > 10


def test_shuffled_columns_pass_a_logit_and_no_tree():
    rng = np.random.default_rng(4)
    real = people(rng, 1500)
    real[:, 1] = real[:, 0] + 0.3 * rng.normal(size=1500)
    shuffled = np.column_stack([rng.permutation(column) for column in real.T])
    both = code_both(real, shuffled, LEVELS)
    assert logit_propensity(*both).pmse == pytest.approx(0.0, abs=1e-20)
    assert tree_propensity(*both, rng).ratio > 3
    found = detect(*both, rng)
    assert found.auc > 0.8
    assert found.specks > 0.4


def test_two_samples_of_one_law_cannot_be_told_apart():
    rng = np.random.default_rng(5)
    both = code_both(people(rng, 1500), people(rng, 1500), LEVELS)
    assert detect(*both, rng).auc == pytest.approx(0.5, abs=0.045)  # four standard errors of 1,500 against 1,500
    assert tree_propensity(*both, rng).ratio == pytest.approx(1.0, abs=0.35)


def test_files_with_nothing_in_common_are_told_apart():
    rng = np.random.default_rng(6)
    both = code_both(people(rng, 200), people(rng, 200) + [50, 0, 0, 0], LEVELS)
    found = detect(*both, rng)
    assert found.auc > 0.99  # bins of the trees follow quantiles, which may miss the gap by one row
    assert found.specks > 0.99
    assert tree_propensity(*both, rng).pmse == pytest.approx(0.25)


def test_too_few_rows_are_not_detected():
    rng = np.random.default_rng(7)
    found = detect(*code_both(people(rng, 20), people(rng, 300), LEVELS), rng)
    assert np.isnan(found.auc)
    assert np.isnan(found.specks)


def test_the_order_of_rows_does_not_matter_to_folds():
    """The trap: folds that follow the order in which rows were drawn give areas far from one half."""
    rng = np.random.default_rng(8)
    real = people(rng, 900)
    order = np.argsort(real[:, 0])
    both = code_both(real[order], people(rng, 900), LEVELS)
    assert detect(*both, np.random.default_rng(8)).auc == pytest.approx(0.5, abs=0.06)


def test_threads_keep_the_order():
    assert in_threads(lambda i: i**2, range(9)) == [i**2 for i in range(9)]
