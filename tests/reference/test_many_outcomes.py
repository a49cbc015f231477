"""Least squares of many outcomes against statsmodels and against refits, one for each row or cluster left out."""

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from lacunet.errors import DataError, SpecError
from lacunet.solve import _delete_cluster, _delete_one, _shuffle
from lacunet.solve._delete_cluster import leave_clusters_out
from lacunet.solve._delete_one import jackknife_error, leave_rows_out
from lacunet.solve._many_outcomes import fit_many, square_interval
from lacunet.solve._shuffle import shuffle_test

EXACT = 1e-9
"""Two ways to the same number in float64, of a design whose condition is about 100."""
SINGLE = 1e-6
"""Outcomes of float32, or moments summed in it."""
N, D = 60, 5


def chance(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def made(n_clusters=None, *, weighted=False, n=N, d=D, seed=0):
    draw = chance(seed)
    x = np.column_stack([np.ones(n), draw.normal(size=n) * 2 + 5, draw.random(n) < 0.4, draw.normal(size=n)])
    y = draw.normal(size=(n, d)) * (1 + x[:, 2:3]) + x[:, 2:3] * np.arange(d)
    clusters = None if n_clusters is None else draw.permutation(np.arange(n) % n_clusters)
    return x, y, draw.random(n) + 0.3 if weighted else None, clusters


def refit(x, y, weights, clusters, kept):
    """Squared norms of the coefficients and their debiased form, by the textbook."""
    x, y, w = x[kept], y[kept], (np.ones(len(x)) if weights is None else weights)[kept]
    groups = np.flatnonzero(kept) if clusters is None else clusters[kept]
    n, rank, found = len(x), np.linalg.matrix_rank(x), np.unique(groups)
    inverse = np.linalg.pinv(x.T @ (w[:, None] * x))
    b = inverse @ x.T @ (w[:, None] * y)
    scores = w[:, None, None] * x[:, :, None] * (y - x @ b)[:, None, :]
    sums = np.stack([(inverse @ scores[groups == g].sum(axis=0)) for g in found])
    g = len(found)
    factor = n / (n - rank) if clusters is None else g / (g - 1) * (n - 1) / (n - rank)
    squares = (b**2).sum(axis=1)
    return squares, squares - factor * (sums**2).sum(axis=(0, 2))


def refits(x, y, weights, clusters):
    groups = np.arange(len(x)) if clusters is None else clusters
    found = [refit(x, y, weights, clusters, groups != g) for g in np.unique(groups)]
    return np.array([one[0] for one in found]), np.array([one[1] for one in found])


@pytest.mark.parametrize(("n_clusters", "weighted"), [*product((None, 12), (False, True))])
def test_bias_is_the_sum_of_the_robust_variances_of_statsmodels(n_clusters, weighted):
    x, y, weights, clusters = made(n_clusters, weighted=weighted)
    fit = fit_many(x, y, weights=weights, clusters=clusters)
    kind = {"cov_type": "HC1"} if clusters is None else {"cov_type": "cluster", "cov_kwds": {"groups": clusters}}
    models = [sm.WLS(column, x, weights=np.ones(N) if weights is None else weights).fit(**kind) for column in y.T]
    assert np.allclose(fit.coefficients.T, [one.params for one in models], rtol=EXACT)
    assert np.allclose(fit.bias, sum(one.bse**2 for one in models), rtol=EXACT)
    along, direction = np.array([1.0, 5.0, 0.0, 2.0]), np.eye(D)[:, 2:3]
    expected = np.sqrt(along @ models[2].cov_params() @ along)
    assert np.allclose(fit.errors_along([(along, direction)]), expected, rtol=EXACT)


@pytest.mark.parametrize(
    ("n_clusters", "weighted", "way"), [*product((None, 7, 13), (False, True), ("moments", "pairs"))]
)
def test_the_jackknife_in_closed_form_is_the_jackknife_by_refits(monkeypatch, n_clusters, weighted, way):
    x, y, weights, clusters = made(n_clusters, weighted=weighted)
    fit, terms = fit_many(x, y, weights=weights, clusters=clusters), np.arange(4)
    if clusters is None:
        rows = _delete_one._Rows(fit, terms)
        found = rows.replicates((_delete_one._by_moments if way == "moments" else _delete_one._by_pairs)(fit, rows))
    else:
        monkeypatch.setattr(_delete_cluster, "_choose", lambda *_: way == "moments")
        found = leave_clusters_out(fit, terms)
    squares, debiased = refits(x, y, weights, clusters)
    assert np.allclose(found.squares, squares, rtol=EXACT)
    assert np.allclose(found.debiased, debiased, rtol=EXACT, atol=EXACT)
    g = len(squares)
    expected = np.sqrt((g - 1) / g * ((debiased - debiased.mean(axis=0)) ** 2).sum(axis=0))
    assert np.allclose(jackknife_error(found.debiased), expected, rtol=EXACT)


@pytest.mark.parametrize("n_clusters", [None, 6])
def test_some_terms_only_are_asked_for(n_clusters):
    x, y, _, clusters = made(n_clusters)
    fit = fit_many(x, y, clusters=clusters)
    leave = leave_rows_out if clusters is None else leave_clusters_out
    assert np.allclose(leave(fit, np.array([2])).debiased, leave(fit, np.arange(4)).debiased[:, 2:3], rtol=EXACT)


@pytest.mark.parametrize("n_clusters", [None, 10])
def test_a_term_that_one_row_or_cluster_alone_tells_of_is_lost_with_it_and_nothing_else_is(n_clusters):
    x, y, _, _ = made()
    clusters = None if n_clusters is None else np.repeat(np.arange(n_clusters), N // n_clusters)
    own = np.arange(N) < (1 if clusters is None else N // n_clusters)
    x = np.column_stack([x, own])
    fit = fit_many(x, y, clusters=clusters)
    found = (leave_rows_out if clusters is None else leave_clusters_out)(fit, np.arange(5))
    squares, debiased = refits(x, y, None, clusters)
    assert found.n_lost.tolist() == [0, 0, 0, 0, 1]
    assert np.isnan(found.debiased[0, 4])
    assert np.allclose(found.squares[:, :4], squares[:, :4], rtol=EXACT)
    assert np.allclose(found.debiased[:, :4], debiased[:, :4], rtol=EXACT, atol=EXACT)
    assert np.allclose(found.debiased[1:, 4], debiased[1:, 4], rtol=EXACT, atol=EXACT)
    assert np.isfinite(jackknife_error(found.debiased)).all()


def test_float32_holds_six_digits(monkeypatch):
    x, y, _, _ = made(d=40)
    exact, single = fit_many(x, y), fit_many(x, y.astype(np.float32))
    assert single.residuals.dtype == np.float32
    assert np.allclose(single.debiased, exact.debiased, rtol=SINGLE)
    terms = np.arange(4)
    errors = jackknife_error(leave_rows_out(exact, terms).debiased)
    monkeypatch.setattr(_delete_one, "SMALL", 0)
    rows = _delete_one._Rows(single, terms)
    found = rows.replicates(_delete_one._by_moments(single, rows))
    assert np.allclose(jackknife_error(found.debiased), errors, rtol=SINGLE)


def test_far_away_columns_cost_no_digits():
    x, y, _, _ = made()
    shifted = x.copy()
    shifted[:, 1] += 100_000
    near, far = fit_many(x, y), fit_many(shifted, y)
    assert np.allclose(far.debiased[1:], near.debiased[1:], rtol=EXACT)
    terms = np.arange(1, 4)
    assert np.allclose(leave_rows_out(far, terms).debiased, leave_rows_out(near, terms).debiased, rtol=1e-8)


def statistic_by_refit(x, y, reduced, tested):
    """Sum of squares that the tested columns explain, and what its robust variance under the null adds up to."""
    own = x[:, tested] - x[:, reduced] @ np.linalg.lstsq(x[:, reduced], x[:, tested], rcond=None)[0]
    own = np.linalg.qr(own)[0]
    return np.sum((own.T @ y) ** 2), (own**2).sum(axis=1)


@pytest.mark.parametrize("tested", [[2], [1, 3]])
def test_shuffling_small_columns_is_shuffling_the_residuals_and_fitting_again(tested):
    x, y, _, _ = made(n=25)
    y += 0.5 * x[:, 3:4] - 0.9 * np.arange(D) * x[:, 2:3]
    reduced = [j for j in range(4) if j not in tested]
    base = x[:, reduced] @ np.linalg.lstsq(x[:, reduced], y, rcond=None)[0]
    residuals = y - base
    lengths = (residuals**2).sum(axis=1)
    explained, units = statistic_by_refit(x, y, reduced, tested)
    observed = explained / (units @ lengths)
    draw, n_exceed = chance(3), 0
    for _ in range(99):
        order = np.argsort(draw.permutation(25))
        explained, _ = statistic_by_refit(x, base + residuals[order], reduced, tested)
        n_exceed += (24 / (25 - len(reduced))) * explained / (units @ lengths[order]) >= observed
    found = shuffle_test(fit_many(x, y), [np.array(tested)], 99, chance(3))
    assert 0 < n_exceed < 99
    assert found[0] == (1 + n_exceed) / 100


@pytest.mark.parametrize("tested", [[2], [1, 3]])
def test_flipping_scores_is_flipping_residuals_of_whole_clusters(tested):
    x, y, _, clusters = made(9)
    y += 0.2 * x[:, 3:4] - 0.9 * np.arange(D) * x[:, 2:3]
    reduced = [j for j in range(4) if j not in tested]
    residuals = y - x[:, reduced] @ np.linalg.lstsq(x[:, reduced], y, rcond=None)[0]
    own = x[:, tested] - x[:, reduced] @ np.linalg.lstsq(x[:, reduced], x[:, tested], rcond=None)[0]
    own = np.linalg.qr(own)[0]
    observed, n_exceed = np.sum((own.T @ residuals) ** 2), 0
    for signs in chance(5).integers(0, 2, size=(199, 9)) * 2.0 - 1:
        flipped = signs[clusters][:, None] * own
        left = flipped - x[:, reduced] @ np.linalg.lstsq(x[:, reduced], flipped, rcond=None)[0]
        n_exceed += np.sum((flipped.T @ residuals) ** 2) / (np.sum(left**2) / len(tested)) >= observed * (1 - 1e-9)
    found = shuffle_test(fit_many(x, y, clusters=clusters), [np.array(tested)], 199, chance(5))
    assert 0 < n_exceed < 199
    assert found[0] == (1 + n_exceed) / 200


@pytest.mark.parametrize("n_clusters", [None, 20])
def test_a_joint_test_does_not_depend_on_the_coding_and_is_never_zero(n_clusters):
    x, y, _, clusters = made(n_clusters)
    turned = x.copy()
    turned[:, [1, 3]] = x[:, [1, 3]] @ np.array([[2.0, 1.0], [-1.0, 3.0]]) + 4
    p = [shuffle_test(fit_many(one, y, clusters=clusters), [np.array([1, 3])], 199, chance())[0] for one in (x, turned)]
    assert p[0] == p[1]
    strong = y + 50 * x[:, 2:3]
    assert shuffle_test(fit_many(x, strong, clusters=clusters), [np.array([2])], 99, chance())[0] == 1 / 100


def test_float32_moves_no_p_value(monkeypatch):
    x, y, _, _ = made()
    y[:, 1:] -= x[:, 2:3] * np.arange(1, D)
    exact = shuffle_test(fit_many(x, y), [np.array([1]), np.array([2])], 199, chance())
    monkeypatch.setattr(_shuffle, "SMALL", 0)
    assert np.array_equal(exact, shuffle_test(fit_many(x, y), [np.array([1]), np.array([2])], 199, chance()))


def test_what_cannot_be_fitted_is_refused():
    x, y, _, clusters = made(6)
    with pytest.raises(DataError, match="more rows than coefficients"):
        fit_many(x[:4], y[:4])
    with pytest.raises(DataError, match="'a' are linear combinations"):
        fit_many(np.column_stack([x[:, 1], x[:, 3], x[:, 3]]), y, names=("b", "c", "a"))
    with pytest.raises(DataError, match="1 cluster"):
        fit_many(x, y, clusters=np.zeros(N, dtype=int))
    with pytest.raises(DataError, match="weights are not all above 0"):
        fit_many(x, y, weights=np.zeros(N))
    with pytest.raises(DataError, match="outcomes hold numbers that are not finite"):
        fit_many(x, np.full_like(y, np.nan))
    with pytest.raises(SpecError, match="same rows"):
        fit_many(x, y[:-1], clusters=clusters)
    with pytest.raises(DataError, match="too many to leave out"):
        _delete_cluster._choose(100_000, 1_000, 300, 5)


def test_two_clusters_have_no_jackknife():
    x, y, _, clusters = made(2)
    found = leave_clusters_out(fit_many(x, y, clusters=clusters), np.arange(4))
    assert np.isnan(jackknife_error(found.debiased)).all()
    assert np.isfinite(found.squares).all()


def test_ends_of_an_interval_lie_t_of_their_own_errors_away():
    estimate, error, raw = np.array([3.0, -0.2, 0.0]), np.array([1.0, 0.4, 0.0]), np.array([4.0, 0.5, 2.0])
    bias = raw - estimate
    for end, sign in zip(square_interval(estimate, error, raw, np.full(3, 20.0), 0.9), (-1, 1), strict=True):
        own = error * np.sqrt((end + bias) / raw)
        assert np.allclose(end - estimate, sign * stats.t(20).ppf(0.95) * own, rtol=EXACT)
    normal = square_interval(estimate, error, raw, np.full(3, np.inf), 0.95)[1]
    half = stats.norm.ppf(0.975)
    assert np.isclose(normal[0], 3 + half**2 / 8 + np.sqrt(half**2 + (half**2 / 8) ** 2), rtol=1e-8)
