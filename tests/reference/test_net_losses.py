"""Losses against SciPy's distributions, statsmodels, scikit-learn, the regressions, and differences; and far out."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import log_softmax
from sklearn.metrics import log_loss, mean_pinball_loss
from statsmodels.miscmodels.ordinal_model import OrderedModel

from lacunet import net
from lacunet.errors import DataError, SpecError
from lacunet.net._count_losses import log_rungs
from lacunet.solve import log_likelihood_at, predict_mean

EXACT = 1e-10
"""Logarithms of float64 numbers, summed over up to a thousand."""
SINGLE = 2e-5
"""Roundings of float32 that a difference of logarithms of counts keeps, relative to the loss and 1."""
DIFFERENCE = 1e-7
"""Central differences with a step of 1e-5 of losses up to 1000."""

N, ROWS = 40, 500
FAR = (-1e4, -60.0, 0.1, 60.0, 1e4)
LOSSES = {
    "squared_error": net.SquaredError(),
    "quantile": net.QuantileLoss(at=(0.05, 0.5, 0.95)),
    "normal": net.NormalLoss(),
    "binary_cross_entropy": net.BinaryCrossEntropy(),
    "categorical_cross_entropy": net.CategoricalCrossEntropy(n_levels=3),
    "ordinal": net.OrdinalLoss(n_levels=4),
    "poisson": net.PoissonLoss(),
    "negative_binomial": net.NegativeBinomialLoss(),
}
OUTCOMES = {"binary_cross_entropy": (0, 1), "categorical_cross_entropy": (0, 1, 2), "ordinal": (0, 1, 2, 3)}


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def rows_of(name, rng):
    """Outcomes that suit a loss, and outputs of moderate size."""
    output = rng.normal(size=(N, LOSSES[name].n_outputs)) * 2
    if name in OUTCOMES:
        return rng.choice(OUTCOMES[name], N).astype(float), output
    if name in ("poisson", "negative_binomial"):
        return rng.poisson(3, N).astype(float), output
    return rng.normal(size=N), output


@functools.partial(jax.jit, static_argnums=0)
def compute(loss, outcome, output):
    """Everything a loss offers, and its gradient by JAX."""
    by_jax = jax.grad(lambda part: loss.loss(outcome, part).sum())(output)
    return loss.loss(outcome, output), loss.slope(outcome, output), by_jax, loss.predict(output)


def evaluate(loss, outcome, output, dtype="float64"):
    """Loss, slope, gradient and prediction; of `ROWS` rows, so that each loss is compiled once a precision."""
    rows, outcome, output = len(outcome), *(np.asarray(a, dtype=dtype) for a in (outcome, output))
    with jax.enable_x64(True):
        found = compute(loss, np.resize(outcome, ROWS), np.resize(output, (ROWS, output.shape[1])))
    return [np.asarray(array)[:rows] for array in found]


def losses(loss, outcome, output):
    return evaluate(loss, outcome, output)[0]


def predictions(loss, output):
    return evaluate(loss, np.zeros(len(output)), output)[3]


def theirs(name, y, out):
    """Losses by SciPy, from distributions it knows."""
    if name == "squared_error":
        return (y - out[:, 0]) ** 2
    if name == "normal":
        return -stats.norm.logpdf(y, out[:, 0], np.exp(out[:, 1]))
    if name == "binary_cross_entropy":
        return -stats.bernoulli.logpmf(y, 1 / (1 + np.exp(-out[:, 0])))
    if name == "categorical_cross_entropy":
        return -log_softmax(out, axis=1)[np.arange(len(y)), y.astype(int)]
    if name == "poisson":
        return -stats.poisson.logpmf(y, np.exp(out[:, 0]))
    alpha, mu = np.exp(out[:, 1]), np.exp(out[:, 0])
    return -stats.nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * mu))


def test_every_loss_is_tested_here():
    assert {name: kind.name for name, kind in net.LOSSES.items()} == {name: name for name in LOSSES}
    assert all(type(loss) is net.LOSSES[name] for name, loss in LOSSES.items())


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("quantile", "ordinal")])
def test_losses_against_scipy(name, rng):
    y, output = rows_of(name, rng)
    np.testing.assert_allclose(losses(LOSSES[name], y, output), theirs(name, y, output), rtol=EXACT, atol=EXACT)


def test_cross_entropies_against_scikit_learn(rng):
    y, output = rows_of("categorical_cross_entropy", rng)
    loss = LOSSES["categorical_cross_entropy"]
    expected = log_loss(y, predictions(loss, output), labels=[0, 1, 2])
    assert losses(loss, y, output).mean() == pytest.approx(expected, abs=EXACT)


def test_pinball_against_scikit_learn(rng):
    y, output = rows_of("quantile", rng)
    loss = LOSSES["quantile"]
    expected = np.mean([mean_pinball_loss(y, column, alpha=tau) for tau, column in zip(loss.at, output.T)])
    assert losses(loss, y, output).mean() == pytest.approx(expected, abs=EXACT)
    assert (np.diff(predictions(loss, output), axis=1) >= 0).all()


def ordered_parts(rng):
    """An ordered logit: its rows, and the same parameters in three notations."""
    x, y = rng.normal(size=(N, 2)), np.arange(N) % 4
    beta, cuts = np.array([0.7, -0.4]), np.array([-1.0, 0.2, 2.5])
    r = np.log(np.expm1(np.diff(cuts)))
    output = np.column_stack([x @ beta - cuts[0], np.tile(r, (N, 1))])
    return x, y.astype(float), beta, cuts, output


def test_ordinal_against_statsmodels_and_the_regression(rng):
    x, y, beta, cuts, output = ordered_parts(rng)
    loss = LOSSES["ordinal"]
    model = OrderedModel(y.astype(int), x, distr="logit")
    params = np.concatenate([beta, cuts[:1], np.log(np.diff(cuts))])
    np.testing.assert_allclose(losses(loss, y, output), -model.loglikeobs(params), atol=EXACT)
    np.testing.assert_allclose(loss.cuts(jnp.asarray(output))[0], cuts - cuts[0], atol=1e-6)  # float32
    estimates = np.concatenate([beta, cuts])
    np.testing.assert_allclose(predictions(loss, output), predict_mean("ordered", x, estimates), atol=EXACT)
    ours = -losses(loss, y, output).sum()
    assert ours == pytest.approx(log_likelihood_at("ordered", x, y, estimates), abs=EXACT)
    assert (loss.n_outputs, loss.n_shared) == (3, 2)


def test_two_ordered_levels_are_a_logit(rng):
    y, output = rows_of("binary_cross_entropy", rng)
    two = net.OrdinalLoss(n_levels=2)
    np.testing.assert_allclose(losses(two, y, output), losses(LOSSES["binary_cross_entropy"], y, output), atol=EXACT)


@pytest.mark.parametrize(
    ("model", "name"), [("ols", "squared_error"), ("logit", "binary_cross_entropy"), ("poisson", "poisson")]
)
def test_predictions_have_the_layout_of_the_regressions(model, name, rng):
    x, beta = rng.normal(size=(N, 2)), np.array([0.7, -0.4])
    found = predictions(LOSSES[name], (x @ beta)[:, None])
    np.testing.assert_allclose(found, predict_mean(model, x, beta), atol=EXACT)


def test_count_and_category_predictions_have_the_layout_of_the_regressions(rng):
    x, beta = rng.normal(size=(N, 2)), np.array([0.7, -0.4])
    counts = np.column_stack([x @ beta, np.full(N, -0.5)])
    found = predictions(LOSSES["negative_binomial"], counts)
    np.testing.assert_allclose(found, predict_mean("negbin", x, np.append(beta, -0.5)), atol=EXACT)
    scores = np.column_stack([np.zeros(N), x @ beta, x @ -beta])
    found = predictions(LOSSES["categorical_cross_entropy"], scores)
    np.testing.assert_allclose(found, predict_mean("multinomial", x, np.append(beta, -beta)), atol=EXACT)


def test_negative_binomial_has_the_likelihood_of_the_regression(rng):
    x, beta, y = rng.normal(size=(N, 2)), np.array([0.7, -0.4]), rng.poisson(2, N).astype(float)
    output = np.column_stack([x @ beta, np.full(N, -0.5)])
    ours = -losses(LOSSES["negative_binomial"], y, output).sum()
    assert ours == pytest.approx(log_likelihood_at("negbin", x, y, np.append(beta, -0.5)), abs=EXACT)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("alpha", [1e-8, 1e-3, 0.4, 30.0, 1e6])
def test_rungs_by_brute_force(alpha, dtype):
    y = np.array([0.0, 1.0, 2.0, 7.0, 60.0, 1000.0])
    expected = np.array([np.log1p(alpha * np.arange(count)).sum() for count in y])
    with jax.enable_x64(True):
        found = np.asarray(jax.jit(log_rungs)(y.astype(dtype), np.full(len(y), np.log(alpha), dtype=dtype)))
    # What is added and subtracted again on the way is of the size of y.
    rounding = (1e-6 if dtype == "float32" else 1e-11) * (1 + y)
    assert (np.abs(found - expected) < rounding + 1e-6 * (dtype == "float32") * expected).all()


def test_without_overdispersion_it_is_poisson(rng):
    y, output = rows_of("poisson", rng)
    both = np.column_stack([output, np.full(N, -50.0)])
    found = losses(LOSSES["negative_binomial"], y, both)
    np.testing.assert_allclose(found, losses(LOSSES["poisson"], y, output), atol=1e-4)  # alpha is 1e-8, not 0


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_are_gradients_and_differences(name, rng):
    loss, (y, output), step = LOSSES[name], rows_of(name, rng), 1e-5
    _, by_hand, by_jax, _ = evaluate(loss, y, output)
    np.testing.assert_allclose(by_hand, by_jax, rtol=EXACT, atol=EXACT)
    for j in range(loss.n_outputs):
        shift = step * np.eye(loss.n_outputs)[j]
        up, down = losses(loss, y, output + shift), losses(loss, y, output - shift)
        size = 1 + np.abs(by_hand[:, j]) + np.abs(up)
        assert (np.abs((up - down) / (2 * step) - by_hand[:, j]) < DIFFERENCE * size).all()


@pytest.mark.parametrize("name", LOSSES)
def test_single_precision_is_enough(name, rng):
    y, output = rows_of(name, rng)
    both = zip(evaluate(LOSSES[name], y, output, "float32"), evaluate(LOSSES[name], y, output), strict=True)
    for single, double in both:
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, double, rtol=SINGLE, atol=SINGLE)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", LOSSES)
def test_far_out_everything_is_finite(name, dtype):
    loss = LOSSES[name]
    grid = np.array(list(itertools.product(OUTCOMES.get(name, (0, 1, 1000)), *[FAR] * loss.n_outputs)))
    assert len(grid) <= ROWS
    found = evaluate(loss, grid[:, 0], grid[:, 1:], dtype)
    assert all(np.isfinite(array).all() for array in found)
    tolerance = 1e-3 if dtype == "float32" else 1e-9
    np.testing.assert_allclose(found[1], found[2], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["binary_cross_entropy", "categorical_cross_entropy", "ordinal"])
def test_far_out_losses_are_right(name):
    """A level that is out of reach costs its distance."""
    found = {
        "binary_cross_entropy": ([0.0], [[1e4]]),
        "categorical_cross_entropy": ([1.0], [[1e4, 0.0, -1e4]]),
        "ordinal": ([0.0], [[1e4, 0.0, 0.0]]),
    }[name]
    for dtype in ("float32", "float64"):
        assert evaluate(LOSSES[name], *found, dtype)[0][0] == pytest.approx(1e4)


def test_a_loss_is_a_static_argument():
    traced = []

    def mean_loss(loss, outcome, output):
        traced.append(loss)
        return loss.loss(outcome, output).mean()

    compiled = jax.jit(mean_loss, static_argnums=0)
    for _ in range(2):
        compiled(net.CategoricalCrossEntropy(n_levels=3), jnp.zeros(2), jnp.zeros((2, 3)))
    assert len(traced) == 1
    assert net.OrdinalLoss(3) == net.OrdinalLoss(3) != net.OrdinalLoss(4)


@pytest.mark.parametrize(
    ("loss", "outcome", "words"),
    [
        (net.BinaryCrossEntropy(), [0, 1, 2], "holds 2"),
        (net.CategoricalCrossEntropy(n_levels=3), [0, 3], "0 to 2"),
        (net.OrdinalLoss(n_levels=3), [0.5], "in their order"),
        (net.PoissonLoss(), [-1.0, 1.5], "-1, 1.5"),
        (net.SquaredError(), [np.inf], "numbers"),
    ],
)
def test_outcomes_that_do_not_suit_are_refused(loss, outcome, words):
    with pytest.raises(DataError, match=words):
        net.check_outcome(loss, np.array(outcome, dtype=float))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: net.CategoricalCrossEntropy(n_levels=1), "2 levels at least"),
        (lambda: net.OrdinalLoss(n_levels=1), "2 levels at least"),
        (lambda: net.QuantileLoss(at=(0.9, 0.1)), "increase"),
        (lambda: net.QuantileLoss(at=()), "increase"),
        (lambda: net.QuantileLoss(at=(0.5, 1.0)), "between 0 and 1"),
    ],
)
def test_wrong_settings_are_refused(make, words):
    with pytest.raises(SpecError, match=words):
        make()
