"""Cells as categories and as matrices, by hand."""

import numpy as np
import pytest

from lacunet.synthesis.judge._coded import MOST_LEVELS, code_columns, learn_column


def learn(values, reason=None, **options):
    values = np.asarray(values, float)
    reason = np.zeros(len(values), np.int8) if reason is None else np.asarray(reason, np.int8)
    return learn_column("x", values, reason, **{"levels": None} | options)


def code(column, values, reason=None):
    values = np.asarray(values, float)
    return column.code(values, np.zeros(len(values), np.int8) if reason is None else np.asarray(reason, np.int8))


def test_few_numbers_keep_a_bin_each():
    column = learn([3, 1, 1, 7], n_bins=5)
    assert column.labels == ("1", "3", "7")
    assert code(column, [1, 3, 7, 0, 2, 99]).tolist() == [0, 1, 2, 0, 0, 2]


def test_many_numbers_are_cut_at_quantiles():
    column = learn(np.arange(100), n_bins=4)
    assert column.n_answers == 4
    assert np.bincount(code(column, np.arange(100))).tolist() == pytest.approx([25] * 4, abs=1)
    assert code(column, [-5, 1000]).tolist() == [0, 3]


def test_a_spike_has_a_bin_of_its_own():
    values = np.concatenate([np.zeros(400), np.linspace(1, 50, 600)])
    column = learn(values, n_bins=10)
    assert column.labels[0] == "0"
    codes = code(column, values)
    assert set(codes[:400]) == {0}
    assert (codes[400:] > 0).all()


def test_a_spike_in_the_middle_has_one_too():
    values = np.concatenate([np.linspace(-50, -1, 300), np.zeros(400), np.linspace(1, 50, 300)])
    codes = code(learn(values, n_bins=10), values)
    assert len(set(codes[300:700])) == 1
    assert np.bincount(codes)[codes[300]] == 400


def test_reasons_come_after_the_answers():
    column = learn([1, 2, np.nan, np.nan], [0, 0, 1, 2], reasons=["refused", "N"])
    assert column.labels == ("1", "2", "refused", "N")
    assert code(column, [2, np.nan, np.nan], [0, 2, 1]).tolist() == [1, 3, 2]
    level = learn([0, 1, np.nan], [0, 0, 1], levels=["a", "b"], reasons=["N"])
    assert code(level, [1, np.nan, 0], [0, 1, 0]).tolist() == [1, 2, 0]


def matrix():
    values = np.array([[0.0, 0], [5, 1], [np.nan, 1], [10, 2]])
    reason = np.array([[0, 0], [0, 0], [1, 0], [0, 0]], np.int8)
    columns = [
        learn_column("n", values[:, 0], reason[:, 0], levels=None, reasons=["N"]),
        learn_column("g", values[:, 1], reason[:, 1], levels=["a", "b", "c"]),
    ]
    return code_columns(columns, values, reason)


def test_distances_of_the_scaled_matrix_are_gowers():
    x = matrix().scaled("range")
    assert np.abs(x[0] - x[1]).sum() == pytest.approx(0.5 + 1)
    assert np.abs(x[0] - x[3]).sum() == pytest.approx(1 + 1)


def test_scaled_numbers_have_mean_zero_where_they_are_known():
    x = matrix().scaled("spread")
    known = x[[0, 1, 3], 0]
    assert known.mean() == pytest.approx(0)
    assert known.std() == pytest.approx(1)
    assert x[2, :2].tolist() == [0.0, 1.0]


def test_features_name_their_categories():
    x, is_category = matrix().features()
    assert is_category.tolist() == [False, True, True]
    np.testing.assert_array_equal(x[:, 0], [0, 5, np.nan, 10])
    assert x[:, 1].tolist() == [0, 0, 1, 0]


def test_cells_are_equal_where_values_and_reasons_are():
    coded = matrix()
    assert coded.cells[2, 0] == -1e300
    assert len(np.unique(coded.take([0, 0, 2, 2]).cells, axis=0)) == 2
    assert coded.select(["g", "n"]).names == ("g", "n")


def test_shuffling_keeps_each_margin():
    coded = matrix()
    other = coded.shuffle(np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(other.codes, axis=0), np.sort(coded.codes, axis=0))
    np.testing.assert_array_equal(np.isnan(other.values), other.reason > 0)


def test_rare_levels_share_a_column():
    n = MOST_LEVELS + 30
    column = learn_column("g", np.arange(n, dtype=float), np.zeros(n, np.int8), levels=[str(i) for i in range(n)])
    hot = code_columns([column], np.arange(n, dtype=float)[:, None], np.zeros((n, 1), np.int8)).one_hot()
    assert hot.shape == (n, MOST_LEVELS + 1)
    assert hot.sum(axis=0).tolist() == [1.0] * MOST_LEVELS + [30.0]
