"""The linear skip against other roads: statsmodels' logit with an offset, SciPy's minimiser, the facts by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize

from lacunet._keys import stream
from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Variable
from lacunet.draw._refit import _fit_line, as_skip, no_tilt, refit
from lacunet.family._book import as_device, bind
from lacunet.family._grid import build_grid
from lacunet.net._masked import Net, read_slot, start
from lacunet.net._skip import MOST_CURVED, facts
from lacunet.net._tilt import fit_tilt_levels, fit_tilt_moments, tilted

N = 400


def minus_log_posterior(beta, x, offset, moments, level, weight, precision):
    """The objective in double precision, written without the module."""
    beta = beta.reshape(x.shape[1], -1)
    score = offset + x @ beta @ moments.T
    top = score.max(axis=1, keepdims=True)
    log_share = score - top - np.log(np.exp(score - top).sum(axis=1, keepdims=True))
    fit = (weight * log_share[np.arange(len(level)), level]).sum()
    return 0.5 * (precision.reshape(len(beta), -1) * beta**2).sum() - fit


@pytest.fixture
def problem():
    """Three facts, four levels, an offset that is wrong in the constants and the slopes."""
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(N), rng.normal(size=(N, 2))])
    offset = np.log(rng.dirichlet(np.ones(4), size=N))
    truth = x @ rng.normal(size=(3, 4)) * 0.5 + offset
    level = (rng.random((N, 1)) > np.cumsum(np.exp(truth) / np.exp(truth).sum(axis=1, keepdims=True), axis=1)).sum(
        axis=1
    )
    weight = rng.exponential(size=N) * (rng.random(N) < 0.8)
    return x, offset, np.minimum(level, 3), weight, np.array([0.1, 5.0, 5.0])


def as_float(*arrays):
    return tuple(jnp.asarray(np.asarray(a), dtype=jnp.float32) for a in arrays)


def test_levels_reach_the_mode(problem):
    x, offset, level, weight, precision = problem
    facts_, offset_, weight_, precision_ = as_float(x, offset, weight, precision)
    beta = jnp.zeros((3, 4))
    for _ in range(3):
        beta = fit_tilt_levels(facts_, offset_, jnp.asarray(level), weight_, beta, precision_)
    args = (x, offset, np.eye(4), level, weight, precision)
    best = minimize(minus_log_posterior, np.zeros(12), args=args, method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(np.asarray(beta), best.x.reshape(3, 4), atol=2e-3)


def test_moments_reach_the_mode(problem):
    x, offset, level, weight, precision = problem
    precision = np.column_stack([precision, 3 * precision])
    moments = np.column_stack([[-1.5, -0.5, 0.5, 1.5], [1.25, -0.75, -0.75, 1.25]])
    facts_, offset_, moments_, weight_, precision_ = as_float(x, offset, moments, weight, precision)
    beta = jnp.zeros((3, 2))
    for _ in range(3):
        beta = fit_tilt_moments(facts_, offset_, moments_, jnp.asarray(level), weight_, beta, precision_)
    args = (x, offset, moments, level, weight, precision)
    best = minimize(minus_log_posterior, np.zeros(6), args=args, method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(np.asarray(beta), best.x.reshape(3, 2), atol=2e-3)


def test_two_levels_without_prior_are_a_logit_with_offset():
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(N), rng.normal(size=N)])
    offset = rng.normal(size=N)
    level = (rng.random(N) < 1 / (1 + np.exp(-(offset + x @ [0.5, -1.0])))).astype(int)
    theirs = sm.GLM(level, x, family=sm.families.Binomial(), offset=offset).fit().params
    log_share = np.column_stack([-np.logaddexp(0, offset), -np.logaddexp(0, -offset)])
    facts_, offset_, precision_ = as_float(x, log_share, np.full(2, 1e-5))
    beta = jnp.zeros((2, 2))
    for _ in range(4):
        beta = fit_tilt_levels(facts_, offset_, jnp.asarray(level), jnp.ones(N), beta, precision_)
    np.testing.assert_allclose(np.asarray(beta[:, 1] - beta[:, 0]), theirs, rtol=2e-3)


def test_averages_agree_with_the_data_after_the_tilt(problem):
    x, offset, level, _, _ = problem
    facts_, offset_, precision_ = as_float(x, offset, np.full(3, 1e-4))
    beta = jnp.zeros((3, 4))
    for _ in range(4):
        beta = fit_tilt_levels(facts_, offset_, jnp.asarray(level), jnp.ones(N), beta, precision_)
    share = np.asarray(tilted(facts_, offset_, jnp.eye(4), beta))
    np.testing.assert_allclose(x.T @ (np.eye(4)[level] - share) / N, 0.0, atol=1e-4)


class World:
    """A number and two categories, one of which does not always apply; the network knows the marginals only."""

    def __init__(self):
        rng = np.random.default_rng(5)
        age = np.round(rng.normal(50, 12, N))
        party = rng.integers(0, 3, N).astype(float)
        vote = (rng.random(N) < 1 / (1 + np.exp(-(age - 50) / 8))).astype(float)
        self.values = np.column_stack([age, party, vote])
        self.state = np.full((N, 3), OBSERVED, dtype=np.int8)
        self.state[rng.random(N) < 0.3, 2] = MISSING
        self.state[:20, 1] = INAPPLICABLE
        kinds = [("continuous", 0), ("nominal", 3), ("binary", 2)]
        variables = [Variable(name=str(j), kind=kind, n_levels=k) for j, (kind, k) in enumerate(kinds)]
        self.book = bind(
            tuple(
                build_grid(v, self.values[self.state[:, j] == OBSERVED, j], n_levels=16, n_own=16)
                for j, v in enumerate(variables)
            )
        )
        self.net = Net(shape=self.book.shape, hidden=(8,), dropout=0.0)
        self.device = as_device(self.book.arrays())
        self.params = as_device(start(self.net, self.book.arrays(), rng=rng))
        rows = self.book.encode(self.values, self.state, N + 1)
        rows["there"] = rows["seen"] | rows["hole"]
        self.rows = as_device(rows)


def test_facts_are_places_indicators_and_flags():
    world = World()
    found = np.asarray(facts(world.net, world.device, world.rows))[:N]
    owner = np.asarray(world.device["fact_owner"])
    age, party, vote = world.book.slot
    places = world.book.encode(world.values, world.state, N)["z"][:, age]
    assert np.count_nonzero(owner >= 0) == 1 + 3 + 2 + 3 + 1
    curves = np.minimum(places**2, MOST_CURVED) - 1
    np.testing.assert_allclose(found[:, owner == age][:, 2], curves, rtol=1e-5)
    np.testing.assert_allclose(found[:, owner == age][:, 0], places, rtol=1e-6)
    hot = np.eye(3)[world.values[:, 1].astype(int)] - world.book.grids[1].share
    hot[:20] = 0.0
    np.testing.assert_allclose(found[:, owner == party][:, :3], hot, atol=1e-6)
    np.testing.assert_array_equal(found[:, owner == party][:, 3], np.arange(N) < 20)
    assert not found[:, owner == -1].any()
    assert vote in owner


def test_products_of_places_are_facts_of_both_variables():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(N, 3))
    state = np.full((N, 3), OBSERVED, dtype=np.int8)
    state[:30, 2] = MISSING
    variables = [Variable(name=str(j), kind="continuous") for j in range(3)]
    book = bind(tuple(build_grid(v, values[:, j], n_levels=16, n_own=16) for j, v in enumerate(variables)))
    device = as_device(book.arrays())
    rows = book.encode(values, state, N)
    z = rows["z"][:, book.slot].astype(float)
    rows["there"] = rows["seen"]
    net = Net(shape=book.shape, hidden=(8,), dropout=0.0)
    found = np.asarray(facts(net, device, as_device(rows)))
    owner, other = (np.asarray(device[name]) for name in ("fact_owner", "fact_other"))
    assert np.count_nonzero(other >= 0) == 3
    for first, second in ((0, 1), (0, 2), (1, 2)):
        at = {(a, b) for a, b in zip(owner, other, strict=True)}
        pair = (book.slot[first], book.slot[second])
        pair = pair if pair in at else pair[::-1]
        want = np.clip(z[:, first] * z[:, second], -MOST_CURVED, MOST_CURVED)
        want[:30] *= second != 2  # what is not visible has no product
        column = found[:, (owner == pair[0]) & (other == pair[1])]
        np.testing.assert_allclose(column[:, 0], want, atol=1e-5)


def test_a_refit_finds_the_main_effect_that_the_network_lacks():
    world = World()
    weight = jnp.asarray(np.append(np.ones(N), 0.0), dtype=jnp.float32)
    tilt, rows = no_tilt(world.net, len(world.device["fact_at"])), world.rows
    drawn = []
    for i in range(12):
        tilt, filled = refit(world.params, world.device, rows, tilt, weight, stream(1, "test", i), net=world.net)
        rows = rows | filled
        drawn.append(np.asarray(rows["level"])[:N, world.book.slot[2]])
    missing = world.state[:, 2] == MISSING
    old = world.values[:, 0] > 50
    share = [np.mean([d[missing & side] for d in drawn[2:]]) for side in (old, ~old)]
    truth = [world.values[missing & side, 2].mean() for side in (old, ~old)]
    np.testing.assert_allclose(share, truth, atol=0.12)
    assert (
        np.asarray(rows["level"])[:N][world.state[:, 2] == OBSERVED, world.book.slot[2]]
        == world.values[world.state[:, 2] == OBSERVED, 2]
    ).all()


def test_the_skip_gives_the_scores_of_the_tilt():
    world = World()
    rng = np.random.default_rng(9)
    tilt = jax.tree.map(
        lambda a: jnp.asarray(rng.normal(size=a.shape), dtype=jnp.float32),
        no_tilt(world.net, len(world.device["fact_at"])),
    )
    host = {name: np.asarray(world.device[name]) for name in ("place", "valid")}
    params = world.params | as_skip(world.net, host, jax.tree.map(np.asarray, tilt))
    x = facts(world.net, world.device, world.rows)
    stream_ = jnp.zeros((N + 1, 8))
    for j, slot in enumerate(world.book.slot):
        with_skip, levels, _ = read_slot(world.net, params, world.device, stream_, int(slot), x)
        without, _, _ = read_slot(world.net, params, world.device, stream_, int(slot))
        k = world.book.grids[j].n_levels
        gain = np.asarray(with_skip - without)[:, 0, :k]
        one = np.column_stack([np.ones(N + 1), np.asarray(x)])
        first = world.book.first[slot]
        want = one @ np.asarray(tilt["levels"])[:, first : first + k]
        if world.book.grids[j].is_ordered:
            place = np.asarray(levels["place"])[0, :k]
            moments = np.column_stack([place, place**2 - 1])
            want = want + one @ np.asarray(tilt["moments"])[slot] @ moments.T
        np.testing.assert_allclose(gain, want, atol=1e-4)


def test_shares_of_levels_agree_with_the_observed():
    """Three observed shares that the network's start does not know of are met but for the prior's 20 rows."""
    rng = np.random.default_rng(3)
    level = rng.choice(4, size=N, p=[0.1, 0.2, 0.3, 0.4])
    x, offset = np.ones((N, 1)), np.log(np.full((N, 4), 0.25))
    moments = np.zeros((4, 2))  # nothing else can move them
    x_, offset_, moments_, counts = as_float(x, offset, moments, np.ones(N))
    target = (jnp.asarray(level), counts)
    _, own = _fit_line(x_, offset_, moments_, target, jnp.zeros((1, 2)), jnp.zeros((1, 4)), jnp.ones(4, dtype=bool))
    share = np.exp(np.asarray(own)[0]) / np.exp(np.asarray(own)[0]).sum()
    np.testing.assert_allclose(share, np.bincount(level) / N, atol=0.01)
