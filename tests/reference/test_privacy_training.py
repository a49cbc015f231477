"""Noisy gradients: audited as the noisy counts are, and what they must do with rows that are odd."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lacunet._keys import stream
from lacunet.errors import SpecError
from lacunet.synthesis.privacy._accounting import trained_epsilon
from lacunet.train._private_steps import PrivatePlan, plan_chunk, private_gradient
from tests.reference._privacy_audit import DELTA, lower_bound

RUNS = 2_000


def slope_loss(weights, data, row, key):
    """The gradient is the row itself, whatever the weights."""
    return weights @ data[row]


@functools.partial(jax.jit, static_argnames=("plan",))
def run_many(padded, n_true, keys, *, plan):
    def one(key):
        n_public = 1 / plan.rate
        return private_gradient(slope_loss, jnp.zeros(2), padded, n_true, n_public, key, plan=plan, n_padded=8)

    return jax.vmap(one)(keys)


def gradients(rows, plan, runs, purpose):
    """Noisy gradient sums of a padded table, many times over."""
    padded = jnp.zeros((8, 2)).at[: len(rows)].set(jnp.asarray(rows))
    return np.asarray(run_many(padded, len(rows), jax.random.split(stream(1, purpose), runs), plan=plan))


@pytest.mark.parametrize("rate", [pytest.param(1.0, marks=pytest.mark.slow), 0.3])
def test_gradients(rate):
    # The added row's gradient is a hundred times the clip, the others point elsewhere.
    rows = [[0.0, 0.2], [0.0, -3.0], [0.0, 0.1]]
    noise = 1.5
    claimed = trained_epsilon(0.0, noise, rate, 1, DELTA)
    for factor in (1.0, 0.3):
        plan = PrivatePlan(rate=rate, noise=factor * noise, clip=1.0, chunk=2)
        a = gradients(rows, plan, RUNS, "audit without")[:, 0]
        b = gradients([*rows, [100.0, 0.0]], plan, RUNS, "audit with")[:, 0]
        found = lower_bound(a, b, [0.0, 0.5, 1.0, 1.5])
        assert (found <= claimed) == (factor == 1.0)


def test_a_gradient_that_is_not_finite_counts_as_nothing():
    plan = PrivatePlan(rate=1.0, noise=0.0, clip=1.0, chunk=3)
    found = gradients([[0.5, 0.0], [np.nan, 1.0], [np.inf, 0.0]], plan, 1, "not finite")
    np.testing.assert_allclose(found, [[0.5, 0.0]])


def test_every_row_is_drawn_by_its_own_coin_and_none_is_cut_off():
    # Chunks of two hold samples of up to five rows; the sum of clipped gradients counts the rows of the sample.
    plan = PrivatePlan(rate=0.4, noise=0.0, clip=1.0, chunk=2)
    sums = gradients([[1.0, 0.0]] * 5, plan, 4_000, "coins")[:, 0] / 0.9999
    counts = np.bincount(np.rint(sums).astype(int), minlength=6) / 4_000
    binomial = np.array([math.comb(5, k) * 0.4**k * 0.6 ** (5 - k) for k in range(6)])
    assert np.abs(counts - binomial).max() < 4 * math.sqrt(0.25 / 4_000)


def test_noise_has_the_size_that_was_asked_for():
    for noise, clip in ((2.0, 0.5), (1.0, 3.0)):
        plan = PrivatePlan(rate=0.5, noise=noise, clip=clip, chunk=4)
        sums = gradients([[0.0, 0.0]], plan, 4_000, "size of noise")
        assert sums.std() == pytest.approx(noise * clip, rel=0.05)


def test_several_steps_compose_as_the_accountant_says():
    # The sum over steps is the most telling statistic there is where every gradient points the same way.
    rows, noise, steps = [[0.0, 1.0]], 2.0, 6
    plan = PrivatePlan(rate=0.5, noise=noise, clip=1.0, chunk=2)
    sums = [
        gradients(table, plan, RUNS * 3, "several steps")[:, 0].reshape(-1, steps).sum(axis=1)
        for table in (rows, [*rows, [50.0, 0.0]])
    ]
    assert 0 < lower_bound(*sums, [0.0, 3.0, 6.0]) <= trained_epsilon(0.0, noise, 0.5, steps, DELTA)


def test_the_mean_gradient_is_that_of_all_rows():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(8, 2)) * 0.1
    plan = PrivatePlan(rate=0.5, noise=0.0, clip=10.0, chunk=3)
    drawn = gradients(rows.tolist(), plan, 4_000, "mean")
    np.testing.assert_allclose(drawn.mean(axis=0), plan.rate * rows.sum(axis=0), atol=0.02)


def test_a_plan_that_cannot_be_is_refused():
    with pytest.raises(SpecError, match="cannot be used together"):
        PrivatePlan(rate=0.0, noise=1.0, clip=1.0, chunk=8)
    assert plan_chunk(0.02, 10_000) == 243
