"""Posterior draws against closed forms, brute force and other solvers."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from lacunet.draw._donor import DONORS, nearest_donors
from lacunet.draw._score import score_cells
from lacunet.solve import solve_logit, solve_ols
from lacunet.solve._multinomial import draw_multinomial, fit_multinomial, probabilities, rotate
from lacunet.solve._posterior import SHRINKAGE, decompose, draw_regression, fit_regression, log_evidences

EXACT = 1e-8  # same algebra by another road
MODE = 2e-3  # Newton stops at a decrement of SETTLED, far below a standard error
N_DRAWS = 4000
MONTE_CARLO = 0.06  # 4 standard errors of a standard deviation from 4,000 draws are .045


@pytest.fixture
def line():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 3)) @ np.array([[1.0, 0.5, 0], [0, 1, 0.3], [0, 0, 2]])
    return x, x @ [1.0, -0.5, 0.2] + rng.normal(size=40) + 4.0


def test_flat_centre_is_least_squares(line):
    x, y = line
    found = solve_ols(np.column_stack([np.ones(40), x]), y).estimates
    assert np.allclose(fit_regression(decompose(x, y), flat=True), found[1:], rtol=0, atol=EXACT)
    draw = draw_regression(decompose(x, y), flat=True, rng=np.random.default_rng(0))
    assert np.allclose(draw.expect(np.zeros((1, 3))), found[0], rtol=0, atol=EXACT)


def test_flat_draws_have_the_spread_of_the_posterior(line):
    # Coefficients are multivariate t with n - k - 1 degrees of freedom: variance dof / (dof - 2) times the covariance.
    x, y = line
    exact = solve_ols(np.column_stack([np.ones(40), x]), y)
    data, rng = decompose(x, y), np.random.default_rng(1)
    draws = [draw_regression(data, flat=True, rng=rng) for _ in range(N_DRAWS)]
    intercepts = [draw.predict(np.zeros((1, 3)))[0] for draw in draws]
    spread = np.column_stack([intercepts, [draw.beta for draw in draws]]).std(axis=0)
    expected = np.sqrt(np.diag(exact.covariance) * exact.dof / (exact.dof - 2))
    assert np.allclose(spread / expected, 1.0, atol=MONTE_CARLO)
    precision = np.mean([draw.sigma**-2 for draw in draws])  # dof / RSS times chi-square / dof
    assert np.isclose(precision * exact.scale, 1.0, atol=MONTE_CARLO)


def test_evidence_is_the_marginal_likelihood(line):
    # y centred ~ N(0, sigma^2 (I + XX'/lambda)) with sigma integrated out, by determinants.
    x, y = line
    centred, outcome = x - x.mean(axis=0), y - y.mean()
    expected = []
    for precision in SHRINKAGE:
        shape = np.eye(40) + centred @ centred.T / precision
        quadratic = outcome @ np.linalg.solve(shape, outcome)
        expected.append(-0.5 * np.linalg.slogdet(shape)[1] - 0.5 * 39 * np.log(quadratic))
    assert np.allclose(log_evidences(decompose(x, y)), expected, rtol=0, atol=1e-7)


def test_shrinkage_follows_the_signal():
    rng = np.random.default_rng(5)
    x, noise = rng.normal(size=(60, 20)), rng.normal(size=60)
    nothing = fit_regression(decompose(x, noise), flat=False)
    something = fit_regression(decompose(x, x.sum(axis=1) + 0.1 * noise), flat=False)
    assert np.abs(nothing).max() < 0.1
    assert np.allclose(something, 1.0, atol=0.1)


def test_collinear_columns_share_what_they_explain():
    rng = np.random.default_rng(6)
    x = rng.normal(size=50)
    y = 2.0 * x + 0.1 * rng.normal(size=50)
    beta = fit_regression(decompose(np.column_stack([x, x]), y), flat=True)
    assert np.allclose(beta, solve_ols(np.column_stack([np.ones(50), x]), y).estimates[1] / 2, atol=EXACT)


def _logit_data(n=400):
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    y = (rng.random(n) < 1 / (1 + np.exp(-(x @ [0.3, 1.0, -0.5])))).astype(float)
    return x, y, np.column_stack([1 - y, y])


def test_two_levels_without_ridge_are_the_logit():
    x, y, hot = _logit_data()
    beta = fit_multinomial(
        x, hot, precision=np.full((3, 1), 1e-6), weights=np.ones((len(y), 1)), start=np.zeros((3, 2))
    )
    assert np.allclose(beta[:, 1] - beta[:, 0], solve_logit(x, y).estimates, atol=MODE)


def test_mode_is_the_minimum_another_solver_finds():
    rng = np.random.default_rng(9)
    x, weights = np.column_stack([np.ones(80), rng.normal(size=(80, 3))]), rng.exponential(size=(80, 1))
    hot = np.eye(4)[rng.integers(4, size=80)]
    precision = np.array([[0.1], [2], [2], [2]])

    def loss(flat):
        score = x @ flat.reshape(4, 4)
        fit = logsumexp(score, axis=1) - (score * hot).sum(axis=1)
        return weights[:, 0] @ fit + 0.5 * (precision * flat.reshape(4, 4) ** 2).sum()

    other = minimize(loss, np.zeros(16), method="BFGS", options={"gtol": 1e-6}).x.reshape(4, 4)
    ours = fit_multinomial(x, hot, precision=precision, weights=weights, start=np.zeros((4, 4)))
    assert np.allclose(probabilities(x, ours), probabilities(x, other), atol=MODE)


def test_separated_levels_stay_finite():
    x = np.column_stack([np.ones(20), np.linspace(-1, 1, 20)])
    hot = np.column_stack([x[:, 1] < 0, x[:, 1] >= 0]).astype(float)
    draw = draw_multinomial(
        x, hot, precision=np.array([[0.1], [1.0]]), start=np.zeros((2, 2)), rng=np.random.default_rng(0)
    )
    assert np.isfinite(draw).all()
    assert (probabilities(x, draw)[[0, -1], [0, 1]] > 0.8).all()


def test_weighted_draws_have_the_spread_of_the_logit():
    x, y, hot = _logit_data()
    rng, start = np.random.default_rng(10), np.zeros((3, 2))
    draws = [draw_multinomial(x, hot, precision=np.full((3, 1), 1e-6), start=start, rng=rng) for _ in range(600)]
    spread = np.std([draw[:, 1] - draw[:, 0] for draw in draws], axis=0)
    expected = np.sqrt(np.diag(solve_logit(x, y).covariance))
    assert np.allclose(spread / expected, 1.0, atol=0.15)  # 600 draws: .12 is 4 standard errors; n = 400 adds a little


def test_rotation_leaves_out_what_does_not_vary():
    x = np.random.default_rng(1).normal(size=(30, 2))
    centre, axes = rotate(np.column_stack([x, x[:, 0], np.ones(30)]))
    assert axes.shape == (4, 2)
    rotated = (np.column_stack([x, x[:, 0], np.ones(30)]) - centre) @ axes
    assert abs(rotated[:, 0] @ rotated[:, 1]) < EXACT


@pytest.mark.parametrize("n", [2, 4, 7, 50])
def test_donors_are_the_nearest(n):
    rng = np.random.default_rng(n)
    line, wanted = rng.normal(size=n), rng.normal(size=30) * 2
    found = nearest_donors(line, wanted, rng=rng)
    for point, donors in zip(wanted, found, strict=True):
        nearest = np.argsort(np.abs(line - point))[:DONORS]
        assert set(donors) == set(nearest)
        assert len(set(donors)) == min(DONORS, n)


def test_equal_predictions_are_all_donors_in_time():
    rng = np.random.default_rng(0)
    seen = {int(row) for _ in range(200) for row in nearest_donors(np.zeros(12), np.zeros(1), rng=rng).ravel()}
    assert seen == set(range(12))


def test_scores_by_brute_force():
    draws = np.array([[0.0, 1.0], [2.0, 1.0], [5.0, 0.0], [5.0, 2.0]])
    truth = np.array([1.0, 1.0])
    found = score_cells(draws, truth, np.array([False, True]), np.array([2.0, 1.0]))
    pairs = [(a, b) for a in range(4) for b in range(4) if a != b]
    crps = np.mean(np.abs(draws[:, 0] - 1)) - 0.5 * np.mean([abs(draws[a, 0] - draws[b, 0]) for a, b in pairs])
    agree = np.mean([draws[a, 1] == draws[b, 1] for a, b in pairs])
    assert np.allclose(found, [crps / 2.0, 1 - 2 * 0.5 + agree], atol=EXACT)
