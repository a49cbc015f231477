"""Regressions against statsmodels, likelihoods written out by hand, and laws of weights."""

import warnings
from functools import cache

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import gammaln
from scipy.stats import norm

from lacunet.errors import ConvergenceWarning, DataError, SpecError
from lacunet.solve import MODELS, log_likelihood_at, mean_gradient, predict_mean, solve_model

EXACT = 1e-8
"""Both sides are float64, well conditioned and iterated to rounding."""
THEIRS = 1e-6
"""statsmodels stops its negative binomial and ordered model when the gradient is small."""
NUMERIC = 1e-4
"""Differences of a likelihood, once or twice, in units of standard errors."""
MODEL_NAMES = [model for model in MODELS if model != "ols"]


@cache
def data(model, n=500, seed=11):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.normal(50, 10, size=n), rng.integers(0, 2, n)])
    eta = x @ [0.5, 0.8, -0.01, 0.5]
    latent = eta + rng.logistic(size=n)
    share = np.exp(x @ np.array([[0.0, 0.5, -0.5, 0.2], [0, 1, -0.5, 0.3], [0, 0.01, -0.01, 0], [0, 0, 0.5, 1]]))
    y = {
        "ols": latent,
        "logit": latent > 0,
        "probit": eta + rng.normal(size=n) > 0,
        "poisson": rng.poisson(np.exp(eta)),
        "negbin": rng.poisson(np.exp(eta) * rng.gamma(2.0, 0.5, n)),
        "ordered": np.digitize(latent, [-1.0, 0.5, 2.0]),
        "multinomial": (rng.random(n)[:, None] > np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)).sum(1),
    }[model]
    return (x[:, 1:] if model == "ordered" else x), y.astype(float)


def statsmodels_fit(model, x, y, **options):
    sm = pytest.importorskip("statsmodels.api")
    if model == "ols":
        return sm.OLS(y, x).fit(**options)
    names = {"negbin": "NegativeBinomial", "multinomial": "MNLogit"}
    kind = getattr(sm, names.get(model, model.capitalize()))
    start = kind(y, x).fit(disp=0, method="bfgs", maxiter=500) if model == "negbin" else None
    extra = {} if start is None else {"start_params": start.params}
    return kind(y, x).fit(disp=0, method="newton", tol=1e-12, maxiter=200, **extra, **options)


def in_our_layout(model, fit):
    """Estimates and covariance of statsmodels: ln(alpha) instead of alpha, levels one after the other."""
    theta, cov = np.asarray(fit.params).ravel(order="F"), np.asarray(fit.cov_params())
    if model == "negbin":
        turn = np.diag(np.append(np.ones(len(theta) - 1), 1 / theta[-1]))
        theta, cov = np.append(theta[:-1], np.log(theta[-1])), turn @ cov @ turn
    return theta, cov


@pytest.mark.parametrize("model", [m for m in MODELS if m != "ordered"])
def test_models_equal_statsmodels(model):
    x, y = data(model)
    ours, theirs = solve_model(model, x, y), statsmodels_fit(model, x, y)
    theta, cov = in_our_layout(model, theirs)
    tolerance = THEIRS if model == "negbin" else EXACT
    np.testing.assert_allclose(ours.estimates, theta, rtol=tolerance, atol=tolerance * 1e-2)
    np.testing.assert_allclose(ours.covariance, cov, rtol=10 * tolerance, atol=tolerance * 1e-2)
    np.testing.assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-10)
    if model != "multinomial":
        np.testing.assert_allclose(predict_mean(model, x, theta), theirs.predict(x), rtol=EXACT)
    assert ours.n_obs == 500
    assert ours.dof == 500 - len(theta) + (model == "negbin")


def test_the_ordered_logit_equals_statsmodels():
    ordinal = pytest.importorskip("statsmodels.miscmodels.ordinal_model")
    x, y = data("ordered")
    ours = solve_model("ordered", x, y)
    model = ordinal.OrderedModel(y, x, distr="logit")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for less of a gradient than its numeric derivatives can give
        theirs = model.fit(method="bfgs", disp=0, maxiter=1000, gtol=1e-9)
    theta = np.concatenate([theirs.params[:3], model.transform_threshold_params(theirs.params)[1:-1]])
    np.testing.assert_allclose(ours.estimates, theta, rtol=THEIRS)
    np.testing.assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-10)
    np.testing.assert_allclose(np.diag(ours.covariance)[:3], np.diag(theirs.cov_params())[:3], rtol=NUMERIC)
    assert ours.dof == 500 - 3 - 3


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "HC3"])
def test_robust_least_squares_equals_statsmodels(cov):
    x, y = data("ols")
    ours, theirs = solve_model("ols", x, y, cov=cov), statsmodels_fit("ols", x, y, cov_type=cov)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=EXACT)


@pytest.mark.parametrize("model", ["logit", "probit", "poisson", "negbin", "multinomial"])
def test_robust_likelihoods_equal_statsmodels(model):
    x, y = data(model)
    ours, theirs = solve_model(model, x, y, cov="HC0"), statsmodels_fit(model, x, y, cov_type="HC0")
    tolerance = 100 * THEIRS if model == "negbin" else EXACT
    np.testing.assert_allclose(ours.covariance, in_our_layout(model, theirs)[1], rtol=tolerance, atol=1e-9)
    hc1 = solve_model(model, x, y, cov="HC1")
    np.testing.assert_allclose(hc1.covariance, ours.covariance * 500 / ours.dof, rtol=EXACT)


@pytest.mark.parametrize("model", ["ols", "logit", "probit", "poisson", "multinomial"])
def test_clusters_equal_statsmodels(model):
    x, y = data(model)
    groups = np.random.default_rng(5).integers(0, 40, 500)
    options = {"cov_type": "cluster", "cov_kwds": {"groups": groups, "use_correction": True}}
    ours, theirs = solve_model(model, x, y, clusters=groups * 7 - 3), statsmodels_fit(model, x, y, **options)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=EXACT, atol=1e-12)
    assert ours.dof == 39


@pytest.mark.parametrize("cov", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_weighted_least_squares_equals_statsmodels(cov):
    sm = pytest.importorskip("statsmodels.api")
    x, y = data("ols")
    w = np.random.default_rng(6).gamma(2.0, 3.0, 500)
    theirs = sm.WLS(y, x, weights=w).fit(cov_type="nonrobust" if cov == "classical" else cov)
    ours = solve_model("ols", x, y, weights=w, cov=cov)
    np.testing.assert_allclose(ours.estimates, theirs.params, rtol=EXACT)
    np.testing.assert_allclose(ours.covariance, theirs.cov_params(), rtol=EXACT)


@pytest.mark.parametrize("model", ["logit", "poisson"])
@pytest.mark.parametrize(("cov", "power"), [("HC2", 0.5), ("HC3", 1.0)])
def test_leverages_are_those_of_the_weighted_hat_matrix(model, cov, power):
    x, y = data(model)
    ours = solve_model(model, x, y, cov=cov)
    mean = predict_mean(model, x, ours.estimates)
    variance = mean * (1 - mean) if model == "logit" else mean
    bread = np.linalg.inv(x.T @ np.diag(variance) @ x)
    h = np.diag(np.diag(variance**0.5) @ x @ bread @ x.T @ np.diag(variance**0.5))
    scores = x * ((y - mean) / (1 - h) ** power)[:, None]
    np.testing.assert_allclose(ours.covariance, bread @ scores.T @ scores @ bread, rtol=1e-7)


def likelihood_by_hand(model, theta, x, y):
    """Each row's log-likelihood, straight from the definition."""
    k = x.shape[1]
    if model == "multinomial":
        score = np.column_stack([np.zeros(len(x)), x @ theta.reshape(-1, k).T])
        return score[np.arange(len(x)), y.astype(int)] - np.log(np.exp(score).sum(axis=1))
    eta = x @ theta[:k]
    if model == "ordered":
        below = np.column_stack([0 * eta] + [1 / (1 + np.exp(eta - c)) for c in theta[k:]] + [0 * eta + 1])
        rows, level = np.arange(len(x)), y.astype(int)
        return np.log(below[rows, level + 1] - below[rows, level])
    if model == "negbin":
        r, mu = np.exp(-theta[k]), np.exp(eta)
        return gammaln(y + r) - gammaln(r) - gammaln(y + 1) + r * np.log(r / (r + mu)) + y * np.log(mu / (r + mu))
    if model == "poisson":
        return y * eta - np.exp(eta) - gammaln(y + 1)
    share = norm.cdf(eta) if model == "probit" else 1 / (1 + np.exp(-eta))
    return np.where(y == 1, np.log(share), np.log(1 - share))


def scores_by_hand(model, theta, x, y, steps):
    """Each row's scores by central differences, shape (n, p)."""
    ahead = [likelihood_by_hand(model, theta + step, x, y) for step in np.diag(steps)]
    behind = [likelihood_by_hand(model, theta - step, x, y) for step in np.diag(steps)]
    return (np.column_stack(ahead) - np.column_stack(behind)) / (2 * steps)


@pytest.mark.parametrize("model", MODEL_NAMES)
def test_the_maximum_and_its_curvature_are_those_of_the_likelihood_written_out(model):
    x, y = data(model)
    ours = solve_model(model, x, y)
    theta, se = ours.estimates, np.sqrt(np.diag(ours.covariance))
    assert ours.log_likelihood == pytest.approx(likelihood_by_hand(model, theta, x, y).sum(), rel=1e-10)
    scores = scores_by_hand(model, theta, x, y, 1e-3 * se)
    np.testing.assert_allclose(scores.sum(axis=0) * se, 0.0, atol=NUMERIC)
    change = [
        scores_by_hand(model, theta + step, x, y, 1e-3 * se) - scores_by_hand(model, theta - step, x, y, 1e-3 * se)
        for step in np.diag(1e-2 * se)
    ]
    information = -np.array([rows.sum(axis=0) for rows in change]) / 2e-2 * se  # in standard errors
    np.testing.assert_allclose(information @ (ours.covariance / np.outer(se, se)), np.eye(len(se)), atol=NUMERIC)
    robust = solve_model(model, x, y, cov="HC0").covariance / np.outer(se, se)
    expected = ours.covariance @ scores.T @ scores @ ours.covariance / np.outer(se, se)
    np.testing.assert_allclose(robust, expected, atol=NUMERIC)


@pytest.mark.parametrize("model", MODELS)
def test_whole_weights_are_repeated_rows(model):
    x, y = data(model)
    w = np.random.default_rng(8).integers(0, 4, 500)
    again = np.repeat(np.arange(500), w)
    weighted = solve_model(model, x, y, weights=w.astype(float))
    repeated = solve_model(model, x[again], y[again])
    used = int((w > 0).sum())
    np.testing.assert_allclose(weighted.estimates, repeated.estimates, rtol=1e-7)
    # a weight is not a count of rows: information is that of the rows used
    ratio = len(again) / used if model != "ols" else repeated.dof / weighted.dof
    np.testing.assert_allclose(weighted.covariance, repeated.covariance * ratio, rtol=1e-6, atol=1e-12)
    assert weighted.n_obs == used
    # sums of scores over the copies of a row are its weighted score, whatever the model
    clustered = solve_model(model, x[again], y[again], clusters=again)
    p = len(weighted.estimates) - (model == "negbin")
    correction = used / (used - 1) * (len(again) - 1) / (len(again) - p)
    robust = solve_model(model, x, y, weights=w.astype(float), cov="HC0")
    np.testing.assert_allclose(clustered.covariance, robust.covariance * correction, rtol=1e-6, atol=1e-12)
    at = log_likelihood_at(model, x, y, weighted.estimates, w.astype(float))
    assert at == pytest.approx(weighted.log_likelihood, rel=1e-10)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("is_weighted", [False, True])
def test_gradients_of_mean_predictions_by_differences(model, is_weighted):
    x, y = data(model)
    theta = solve_model(model, x, y).estimates
    w = np.random.default_rng(9).gamma(2.0, 1.0, 500) if is_weighted else None
    ours = mean_gradient(model, x, theta, w)
    for j in range(len(theta)):
        step = np.zeros(len(theta))
        step[j] = 1e-6
        change = predict_mean(model, x, theta + step) - predict_mean(model, x, theta - step)
        expected = np.average(change, axis=0, weights=w) / 2e-6
        np.testing.assert_allclose(ours[:, j], np.atleast_1d(expected), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("model", ["ordered", "multinomial"])
def test_probabilities_add_up_and_average_to_the_shares(model):
    x, y = data(model)
    share = predict_mean(model, x, solve_model(model, x, y).estimates)
    np.testing.assert_allclose(share.sum(axis=1), 1.0, rtol=1e-12)
    if model == "multinomial":  # the scores of its constants
        np.testing.assert_allclose(share.mean(axis=0), np.bincount(y.astype(int)) / 500, rtol=EXACT)


@pytest.mark.parametrize("model", MODELS)
def test_likelihood_at_the_estimates_is_the_one_of_the_fit(model):
    x, y = data(model)
    ours = solve_model(model, x, y)
    assert log_likelihood_at(model, x, y, ours.estimates) == pytest.approx(ours.log_likelihood, rel=1e-12)
    assert log_likelihood_at(model, x, y, ours.estimates + 0.01) < ours.log_likelihood


@pytest.mark.parametrize("model", MODELS)
def test_units_of_the_terms_do_not_matter(model):
    x, y = data(model)
    scale = np.array([1.0, 1e6, 1e-7, 1.0])[-x.shape[1] :]
    ours, scaled = solve_model(model, x, y), solve_model(model, x * scale, y)
    blocks = np.ones(len(ours.estimates))
    blocks[: len(scale)] = scale
    if model == "multinomial":
        blocks = np.tile(scale, 3)
    np.testing.assert_allclose(scaled.estimates * blocks, ours.estimates, rtol=1e-7)
    np.testing.assert_allclose(np.diag(scaled.covariance) * blocks**2, np.diag(ours.covariance), rtol=1e-7)


@pytest.mark.parametrize("model", ["logit", "probit", "poisson", "ordered", "multinomial"])
def test_separation_is_said(model):
    x, y = data(model)
    alone = (np.arange(500) < 20).astype(float)
    y = np.where(alone == 1, 0.0, y)
    with pytest.warns(ConvergenceWarning, match="separation"):
        solve_model(model, np.column_stack([x, alone]), y)


def is_separated(design, sign):
    """Whether some combination of terms never has the wrong sign, and not always none: a linear programme."""
    signed = design * sign[:, None]
    best = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return -best.fun > 1e-7


@pytest.mark.parametrize("model", ["logit", "probit"])
def test_separation_is_said_exactly_where_there_is_some(model):
    rng = np.random.default_rng(21)
    found = []
    for _ in range(60):
        x = np.column_stack([np.ones(24), rng.normal(size=24), rng.standard_t(2, 24), rng.integers(0, 2, 24)])
        y = (rng.random(24) < 1 / (1 + np.exp(-3 * x[:, 1] - 2))).astype(float)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            solve_model(model, x, y)
        found.append((is_separated(x, 2 * y - 1), any("separation" in str(w.message) for w in said)))
    assert set(found) == {(True, True), (False, False)}


def test_counts_without_overdispersion_fall_back_to_poisson():
    x, _ = data("poisson")
    y = np.round(np.exp(x @ [0.5, 0.8, -0.01, 0.5]))
    with pytest.warns(ConvergenceWarning, match="alpha is 0"):
        ours = solve_model("negbin", x, y)
    poisson = solve_model("poisson", x, y)
    np.testing.assert_allclose(ours.estimates[:-1], poisson.estimates, rtol=EXACT)
    np.testing.assert_allclose(ours.covariance[:-1, :-1], poisson.covariance, rtol=EXACT)
    np.testing.assert_allclose(ours.log_likelihood, poisson.log_likelihood, rtol=1e-6)
    assert ours.covariance[-1, -1] == 0


@pytest.mark.parametrize("size", [1.0, 1e3, 1e5])
def test_large_counts_and_rare_events_settle(size):
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(2000), rng.normal(size=2000)])
    y = rng.poisson(size * np.exp(x @ [0.2, 1.0]) * rng.gamma(3.0, 1 / 3, 2000)).astype(float)
    rare = (rng.random(2000) < 0.004 * np.exp(0.5 * x[:, 1])).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = solve_model("negbin", x, y)
        assert ours.estimates[-1] == pytest.approx(np.log(1 / 3), abs=0.2)
        assert solve_model("poisson", x, y).estimates[1] == pytest.approx(1.0, abs=0.2)
        assert np.isfinite(solve_model("probit", x, rare).estimates).all()


@pytest.mark.parametrize(
    ("model", "y", "words"),
    [
        ("probit", [0.0, 1, 2], "probit holds 0, 1, 2"),
        ("probit", [1.0], "in every row"),
        ("poisson", [1.0, -2, 3], "holds -2"),
        ("poisson", [0.0], "0 in every row"),
        ("negbin", [1.5, 2, 3], "holds 1.5"),
        ("negbin", [2e7, 1, 3], "goes up to 20000000"),
        ("ordered", [0.0, 1.0], "at least 3"),
        ("ordered", [0.0, 1.0, 3.0], "no row at level 2"),
        ("multinomial", [0.0], "at least 2"),
        ("multinomial", [0.0, 2.0], "no row at level 1"),
        ("multinomial", [0.0, 0.5], "holds 0.5"),
    ],
)
def test_outcomes_that_do_not_suit_are_refused(model, y, words):
    x = np.column_stack([np.arange(30.0) ** 2, np.arange(30.0)])
    with pytest.raises(DataError, match=words):
        solve_model(model, x, np.resize(np.array(y), 30))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"model": "probity"}, SpecError, "ols, logit"),
        ({"cov": "HC4"}, SpecError, "HC0"),
        ({"cov": "HC3"}, SpecError, "not defined for model='negbin'"),
        ({"cov": "HC1", "clusters": np.arange(500)}, SpecError, "both asked for"),
        ({"clusters": np.ones(500, dtype=int)}, DataError, "1 cluster"),
        ({"weights": np.full(500, -1.0)}, DataError, "negative"),
        ({"weights": np.zeros(500)}, DataError, "weight 0"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(options, error, words):
    x, y = data("negbin")
    with pytest.raises(error, match=words):
        solve_model(**{"model": "negbin", "design": x, "outcome": y, **options})


def test_a_row_fitted_exactly_has_no_hc3():
    x, y = data("ols")
    with pytest.raises(DataError, match="leverage 1"):
        solve_model("ols", np.column_stack([x, np.arange(500) == 0]), y, cov="HC3")


def test_a_constant_beside_cut_points_is_named():
    x, y = data("ordered")
    with pytest.raises(DataError, match="'one' are linear combinations of the other terms and of the cut points"):
        solve_model("ordered", np.column_stack([x, np.ones(500)]), y, ("a", "b", "c", "one"))


def test_estimates_of_another_design_are_refused():
    x, _ = data("negbin")
    with pytest.raises(SpecError, match="the last is ln"):
        predict_mean("negbin", x, np.zeros(4))


def test_likelihoods_of_levels_without_estimates_are_refused():
    x, y = data("ordered")
    with pytest.raises(DataError, match="level 3"):
        log_likelihood_at("ordered", x, y, np.array([0.0, 0, 0, -1, 1]))


def test_two_levels_of_a_multinomial_are_a_logit():
    x, y = data("logit")
    ours, logit = solve_model("multinomial", x, y), solve_model("logit", x, y)
    np.testing.assert_allclose(ours.estimates, logit.estimates, rtol=EXACT)
    np.testing.assert_allclose(ours.covariance, logit.covariance, rtol=EXACT)


def test_cut_points_without_terms_are_the_log_odds_of_the_shares():
    _, y = data("ordered")
    below = np.array([(y <= level).mean() for level in range(3)])
    ours = solve_model("ordered", np.empty((500, 0)), y)
    np.testing.assert_allclose(ours.estimates, np.log(below / (1 - below)), rtol=EXACT)
    np.testing.assert_allclose(np.diag(ours.covariance), 1 / (500 * below * (1 - below)), rtol=EXACT)


@pytest.mark.parametrize("model", [m for m in MODELS if m not in ("ols", "ordered")])
def test_designs_without_a_constant_reach_the_same_maximum(model):
    x, y = data(model)
    alone = solve_model(model, x[:, 1:], y)
    assert alone.log_likelihood < solve_model(model, x, y).log_likelihood
    slopes = scores_by_hand(model, alone.estimates, x[:, 1:], y, 1e-3 * np.sqrt(np.diag(alone.covariance)))
    np.testing.assert_allclose(slopes.sum(axis=0) * np.sqrt(np.diag(alone.covariance)), 0.0, atol=NUMERIC)
