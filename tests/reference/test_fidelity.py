"""Errors of columns, pairs and triples against hand-worked numbers, SciPy and brute force."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import chi2, ks_2samp, pearsonr

from lacunet.synthesis.judge._coded import code_columns, learn_column
from lacunet.synthesis.judge._fidelity import average_margins, score_margins
from lacunet.synthesis.judge._fidelity_margins import (
    choose_pairs,
    choose_triples,
    marginal_errors,
    shape_errors,
    table_ratios,
    trend_errors,
)
from lacunet.synthesis.judge._floors import make_baselines, scale_error

EXACT = 1e-12
"""Sums of a few thousand ratios of counts."""
FOUR_ERRORS = 4.0
"""Standard errors of a simulated mean within which it must lie."""
PAIR = np.array([[0, 1]])


def columns_of(real, levels, reasons=None):
    """How a matrix is coded; ``levels`` has None for numbers, and ``reasons`` how many each column knows."""
    values, reason = real
    n_reasons = reasons or [int(reason[:, j].max()) for j in range(values.shape[1])]
    return [
        learn_column(
            f"x{j}", values[:, j], reason[:, j], levels=levels[j], reasons=[f"r{r}" for r in range(n_reasons[j])]
        )
        for j in range(values.shape[1])
    ]


def code_both(real, synthetic, levels, reasons=None):
    """Two matrices of values without reasons, or with them where pairs are given, coded alike."""
    files = [one if isinstance(one, tuple) else (one, np.zeros(one.shape, np.int8)) for one in (real, synthetic)]
    columns = columns_of(files[0], levels, reasons)
    return [code_columns(columns, *one) for one in files]


def test_shape_of_numbers_is_kolmogorov_smirnov():
    rng = np.random.default_rng(0)
    real, synthetic = rng.normal(size=(300, 2)), rng.normal(0.3, 1.2, size=(170, 2))
    ours = shape_errors(*code_both(real, synthetic, [None, None]))
    theirs = [ks_2samp(real[:, j], synthetic[:, j]).statistic for j in range(2)]
    np.testing.assert_allclose(ours, theirs, atol=EXACT)


def test_shape_of_a_category_by_hand():
    real, synthetic = np.array([[0.0], [0], [1], [2]]), np.array([[0.0], [1], [1], [1], [1]])
    # Shares 2/4, 1/4, 1/4 against 1/5, 4/5, 0: half of .30 + .55 + .25.
    assert shape_errors(*code_both(real, synthetic, [["a", "b", "c"]]))[0] == pytest.approx(0.55, abs=EXACT)


def test_shape_of_a_number_sees_reasons():
    values = np.array([[1.0], [2], [np.nan], [np.nan]])
    real, synthetic = (
        (values, np.array([[0], [0], [1], [1]], np.int8)),
        (values, np.array([[0], [0], [1], [2]], np.int8)),
    )
    one, other = code_both(real, synthetic, [None], reasons=[2])
    # Numbers agree; of the reasons, 2/4 and 0 against 1/4 and 1/4.
    assert shape_errors(one, other)[0] == pytest.approx(0.25, abs=EXACT)
    assert shape_errors(one, one)[0] == 0.0


def test_trend_of_two_numbers_is_half_the_difference_of_correlations():
    rng = np.random.default_rng(1)
    real, synthetic = rng.normal(size=(200, 2)) @ [[1, 0.7], [0, 1]], rng.normal(5, 9, size=(150, 2))
    ours = trend_errors(*code_both(real, synthetic, [None, None]), PAIR)[0]
    theirs = abs(pearsonr(*real.T).statistic - pearsonr(*synthetic.T).statistic) / 2
    assert ours == pytest.approx(theirs, abs=EXACT)


def test_trend_of_numbers_uses_rows_that_have_both():
    rng = np.random.default_rng(2)
    values, reason = rng.normal(size=(200, 2)), (rng.random((200, 2)) < 0.2).astype(np.int8)
    values = np.where(reason > 0, np.nan, values)
    synthetic = rng.normal(size=(200, 2)) @ [[1, 2.0], [0, 1]]
    both = code_both((values, reason), (np.where(reason > 0, np.nan, synthetic), reason), [None, None])
    there = (reason == 0).all(axis=1)
    theirs = abs(pearsonr(*values[there].T).statistic - pearsonr(*synthetic[there].T).statistic) / 2
    assert trend_errors(*both, PAIR)[0] == pytest.approx(theirs, abs=EXACT)


def test_trend_of_a_number_and_a_category_by_hand():
    # Bins of the real file from 0 to 10, one wide; 10 itself has a bin of its own, as in sdmetrics.
    real = np.array([[0.0, 0], [0.5, 0], [5.0, 1], [10.0, 1]])
    synthetic = np.array([[0.9, 0], [0.1, 1], [5.5, 1], [30.0, 1]])
    # Cells (bin, level): two in (0, 0), one (5, 1), one (10, 1); against one each in (0, 0), (0, 1), (5, 1), (10, 1).
    assert trend_errors(*code_both(real, synthetic, [None, ["a", "b"]]), PAIR)[0] == pytest.approx(0.25, abs=EXACT)


def test_separate_bins_move_with_an_outlier():
    rng = np.random.default_rng(3)
    real = np.column_stack([rng.random(1000), rng.integers(0, 2, 1000)])
    synthetic = real.copy()
    synthetic[0, 0] = 100.0
    both = code_both(real, synthetic, [None, ["a", "b"]])
    assert trend_errors(*both, PAIR)[0] <= 1 / 1000 + EXACT
    assert trend_errors(*both, PAIR, bins="separate")[0] > 0.5


def test_a_constant_has_no_correlation():
    rng = np.random.default_rng(4)
    real = rng.normal(size=(100, 2)) @ [[1, 1.0], [0, 0.1]]
    synthetic = np.column_stack([np.ones(100), rng.normal(size=100)])
    error = trend_errors(*code_both(real, synthetic, [None, None]), PAIR)[0]
    assert error == pytest.approx(abs(pearsonr(*real.T).statistic) / 2, abs=EXACT)


def test_marginals_by_brute_force():
    rng = np.random.default_rng(5)
    sizes = (2, 3, 2, 4)
    real, synthetic = (np.column_stack([rng.integers(0, c, n) for c in sizes]).astype(float) for n in (150, 90))
    both = code_both(real, synthetic, [[str(i) for i in range(c)] for c in sizes])
    triples = choose_triples(4, 100, rng)
    assert triples.tolist() == [list(triple) for triple in combinations(range(4), 3)]
    expected = []
    for triple in triples:
        cells = product(*(range(sizes[j]) for j in triple))
        gaps = [
            abs((real[:, triple] == cell).all(axis=1).mean() - (synthetic[:, triple] == cell).all(axis=1).mean())
            for cell in cells
        ]
        expected.append(sum(gaps) / 2)
    np.testing.assert_allclose(marginal_errors(*both, triples), expected, atol=EXACT)


def test_table_ratio_by_hand():
    # Two by two; o = 4, 2, 2, 2 and s = 2, 2, 0, 1 with c = 1/3, so c/(1-c) = 1/2 and expected s = o/2 = 2, 1, 1, 1.
    cells = [(0, 0), (0, 1), (1, 0), (1, 1)]
    real = np.repeat(np.array(cells, float), [4, 2, 2, 2], axis=0)
    synthetic = np.repeat(np.array(cells, float), [2, 2, 0, 1], axis=0)
    both = code_both(real, synthetic, [["a", "b"]] * 2)
    statistic = 3 * (0 / 6 + 1 / 4 + 1 / 2 + 0 / 3)
    c = 5 / 15
    assert statistic == pytest.approx(
        sum((s - o / 2) ** 2 / (c * (o + s)) for o, s in [(4, 2), (2, 2), (2, 0), (2, 1)])
    )
    assert table_ratios(*both, PAIR)[0] == pytest.approx(statistic / 3, abs=EXACT)


def test_table_ratio_is_one_for_rows_drawn_from_the_real_table():
    rng = np.random.default_rng(6)
    real = np.column_stack([rng.integers(0, 3, 3000), rng.integers(0, 4, 3000)]).astype(float)
    ratios = []
    for _ in range(60):
        both = code_both(real, real[rng.integers(0, 3000, 3000)], [list("abc"), list("abcd")])
        ratios.append(table_ratios(*both, PAIR)[0])
    df = 11
    error = np.sqrt(chi2(df).var()) / df / np.sqrt(60)
    assert abs(np.mean(ratios) - 1) < FOUR_ERRORS * error


def test_few_pairs_are_drawn_without_repetition():
    rng = np.random.default_rng(7)
    for p, most in ((10, 12), (200, 50)):
        pairs = choose_pairs(p, most, rng)
        assert len(pairs) == most == len(np.unique(pairs, axis=0))
        assert (pairs[:, 0] < pairs[:, 1]).all()
    assert choose_pairs(1, 10, rng).shape == (0, 2)


def test_two_halves_scaled_are_two_samples():
    """Errors between halves, times the factor, are on average those of two independent samples of full size."""
    rng = np.random.default_rng(8)

    def sample(n):
        x = rng.normal(size=n)
        return np.column_stack([x, x + rng.normal(size=n), rng.integers(0, 4, n)])

    pairs, none = choose_pairs(3, 9, rng), np.zeros((0, 3), dtype=np.intp)
    from_halves, from_samples = [], []
    for i in range(40):
        real, other = code_both(sample(800), sample(400), [None, None, list("abcd")])
        baselines = make_baselines(real, seed=i)
        halves = average_margins([score_margins(*pair, pairs, none) for pair in baselines.halves])
        from_halves.append(scale_error(real.n, other.n) * halves.shape.mean())
        from_samples.append(shape_errors(real, other).mean())
    error = np.hypot(np.std(from_halves), np.std(from_samples)) / np.sqrt(40)
    assert abs(np.mean(from_halves) - np.mean(from_samples)) < FOUR_ERRORS * error
    assert scale_error(800, 400) == pytest.approx(np.sqrt((1 / 800 + 1 / 400) / (2 / 400)))


def test_halves_share_no_row_and_shuffling_keeps_margins():
    real = code_both(np.arange(21.0)[:, None] * [1, 2], np.zeros((1, 2)), [None, None])[0]
    baselines = make_baselines(real, seed=3)
    for first, second in baselines.halves:
        assert not set(first.values[:, 0]) & set(second.values[:, 0])
        assert first.n == second.n == 10
    shuffled = baselines.shuffled
    np.testing.assert_array_equal(np.sort(shuffled.values, axis=0), real.values)
    assert (shuffled.values[:, 1] != 2 * shuffled.values[:, 0]).any()
