"""The masked network against other roads: SciPy's logistic, NumPy in double precision, its own slow ways."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import log_softmax, logsumexp

from lacunet._keys import stream
from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Variable
from lacunet._rng import generator
from lacunet.draw._any_order import contribution, sweep
from lacunet.draw._by_part import sweep_parts
from lacunet.draw._sample import level_weights, place_between
from lacunet.family._book import as_device, bind
from lacunet.family._grid import build_grid
from lacunet.net._masked import (
    SCALE_RANGE,
    Net,
    cell_loss,
    enter,
    groups,
    interval_log_mass,
    log_density,
    read,
    read_slot,
    start,
    think,
)

N = 40
KINDS = [("continuous", 0), ("nominal", 3), ("ordinal", 4), ("binary", 2), ("continuous", 0), ("nominal", 11)]


class World:
    """A small table, its book, and a network whose weights are far from where training starts."""

    def __init__(self):
        rng = np.random.default_rng(3)
        columns = [rng.normal(size=N) if not k else rng.integers(0, k, N).astype(float) for _, k in KINDS]
        columns[4] = np.where(rng.random(N) < 0.4, 0.0, np.round(rng.lognormal(size=N), 1))  # a spike and a tail
        self.values = np.column_stack(columns)
        self.state = rng.choice([OBSERVED, MISSING, INAPPLICABLE], self.values.shape, p=[0.6, 0.3, 0.1]).astype(np.int8)
        self.state[:3] = OBSERVED
        variables = [Variable(name=f"v{j}", kind=kind, n_levels=k) for j, (kind, k) in enumerate(KINDS)]
        grids = [
            build_grid(variable, column[state == OBSERVED], n_levels=6, n_own=6)
            for variable, column, state in zip(variables, columns, self.state.T, strict=True)
        ]
        self.book = bind(tuple(grids))
        self.net = Net(shape=self.book.shape, hidden=(16, 16), dropout=0.0)
        self.host = self.book.arrays()
        begin = start(self.net, self.host, rng=rng)
        self.weights = {k: (a + rng.normal(0, 0.1, a.shape)).astype(np.float32) for k, a in begin.items()}
        self.params, self.device = as_device(self.weights), as_device(self.host)
        self.host_rows = self.book.encode(self.values, self.state, N + 1)
        self.rows = as_device(self.host_rows)
        self.inputs = self.rows | {"there": self.rows["seen"]}
        self.stream = think(self.net, self.params, enter(self.net, self.params, self.device, self.inputs), key=None)


@pytest.fixture(scope="module")
def world():
    return World()


# ------------------------------------------------------------------ the logistic bell

MU, LOG_S = np.array([-4.0, 0.0, 3.0]), np.array([-3.0, -0.6, 1.5])


def cells():
    """Centres, scales and intervals, from the middle to far out in both tails."""
    edges = np.array([-6.0, -2.5, -0.3, 0.0, 0.01, 1.2, 3.0, 6.0])
    mu, log_s, k = (a.ravel() for a in np.meshgrid(MU, LOG_S, np.arange(len(edges) - 1)))
    return mu, log_s, edges[k.astype(int)], edges[k.astype(int) + 1]


def exact_log_mass(mu, log_s, low, high):
    """Log of the difference of SciPy's cdf, on the side where it does not cancel."""
    bell = stats.logistic(mu, np.exp(log_s))
    left = (low + high) / 2 < mu
    big = np.where(left, bell.logcdf(high), bell.logsf(low))
    small = np.where(left, bell.logcdf(low), bell.logsf(high))
    return big + np.log1p(-np.exp(small - big))


def test_mass_of_an_interval_is_scipys_also_far_out():
    mu, log_s, low, high = cells()
    expected = exact_log_mass(mu, log_s, low, high)
    assert expected.min() < -100  # far beyond what a difference of two probabilities can hold
    found = interval_log_mass(*(jnp.asarray(a, jnp.float32) for a in (mu, log_s, low, high)))
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-4)


def test_density_is_scipys_also_far_out():
    mu, log_s, z, _ = cells()
    found = log_density(*(jnp.asarray(a, jnp.float32) for a in (mu, log_s, z)))
    np.testing.assert_allclose(found, stats.logistic.logpdf(z, mu, np.exp(log_s)), rtol=2e-4, atol=2e-4)


def test_gradients_are_finite_far_out():
    mu, log_s, low, high = (jnp.asarray(a, jnp.float32) for a in cells())
    slopes = jax.grad(lambda a, b: interval_log_mass(a, b, low, high).sum(), argnums=(0, 1))(mu, log_s)
    assert all(np.isfinite(slope).all() for slope in slopes)


@pytest.mark.parametrize("u", [1e-6, 0.01, 0.5, 0.9, 1 - 1e-6])
def test_places_are_scipys_quantiles_of_the_cut_bell(u):
    mu, log_s, low, high = cells()
    bell = stats.logistic(mu, np.exp(log_s))
    left = (low + high) / 2 < mu
    quantile = bell.ppf(bell.cdf(low) + u * (bell.cdf(high) - bell.cdf(low)))
    mirrored = bell.isf(bell.sf(high) + (1 - u) * (bell.sf(low) - bell.sf(high)))
    expected = np.clip(np.where(left, quantile, mirrored), low, high)
    found = place_between(*(jnp.asarray(a, jnp.float32) for a in (mu, log_s, low, high)), jnp.float32(u))
    inside = exact_log_mass(mu, log_s, low, high) > -30  # beyond that the cdf itself has lost its digits
    np.testing.assert_allclose(np.asarray(found)[inside], expected[inside], rtol=1e-3, atol=2e-3)
    assert ((found >= low - 1e-6) & (found <= high + 1e-6)).all()


# ------------------------------------------------------------------ the network in NumPy, cell by cell


def in_numpy(world, row, hidden):
    """Loss of every variable of one row in double precision, written out without slots: a second road."""
    w = {name: array.astype(np.float64) for name, array in world.weights.items()}
    host, net = world.host, world.net
    p, total = net.shape.n_slots, w["b_in"].copy()
    for grid, slot in zip(world.book.grids, world.book.slot, strict=True):
        total += w["w_place"][2 * p + slot] * world.host_rows["apart"][row, slot]
        if hidden[slot] or not world.host_rows["seen"][row, slot]:
            continue
        level, z = world.host_rows["level"][row, slot], world.host_rows["z"][row, slot]
        for k in range(net.shape.width_of(slot)):
            column = world.book.first[slot] + k
            hot = float(level >= k if grid.is_ordered else level == k)
            total += w["w_level"][column] * (hot - host["centre"][column]) * host["gain"][column]
        total += z * w["w_place"][slot] + w["w_place"][p + slot]
    for i in range(len(net.hidden)):
        scaled = (total - total.mean()) / np.sqrt(total.var() + 1e-5) * w[f"gain_{i}"]
        inner = scaled @ w[f"up_{i}"] + w[f"up_b_{i}"]
        total = total + np.where(inner > 0, inner, np.expm1(np.minimum(inner, 0))) @ w[f"down_{i}"]
    score, line = total @ w["w_score"] + w["b_score"], total @ w["w_line"] + w["b_line"]
    return {slot: _loss_of(world, row, slot, score, line) for slot in world.book.slot}


def _loss_of(world, row, slot, score, line):
    grid = world.book.grids[list(world.book.slot).index(slot)]
    mine = score[world.book.first[slot] : world.book.first[slot] + grid.n_levels]
    level = world.host_rows["level"][row, slot]
    if not grid.is_ordered:
        return -log_softmax(mine)[level]
    mu, log_s = line[slot], np.clip(line[world.net.shape.n_slots + slot], *SCALE_RANGE)
    mass = exact_log_mass(mu, log_s, grid.edges[:-1], grid.edges[1:])
    own = mass[level]
    if grid.is_wide[level]:
        own = stats.logistic.logpdf(world.host_rows["z"][row, slot], mu, np.exp(log_s))
    return logsumexp(mine + mass) - mine[level] - own


def test_loss_is_what_numpy_computes_in_double_precision(world):
    hidden = np.random.default_rng(0).random((N + 1, world.net.shape.n_slots)) < 0.5
    rows = world.rows | {"there": world.rows["seen"] & ~jnp.asarray(hidden)}
    residual = think(world.net, world.params, enter(world.net, world.params, world.device, rows), key=None)
    found = np.asarray(cell_loss(world.net, world.device, rows, read(world.net, world.params, residual)))
    for row in range(0, N, 3):
        expected = in_numpy(world, row, hidden[row])
        for slot, loss in expected.items():
            assert found[row, slot] == pytest.approx(loss, rel=1e-3, abs=1e-3), (row, slot)


def test_the_start_predicts_the_marginals(world):
    params = as_device(start(world.net, world.host, rng=np.random.default_rng(0)))
    before = enter(world.net, params, world.device, world.inputs)
    score, mu, log_s = read(world.net, params, think(world.net, params, before, key=None))
    for grid, slot in zip(world.book.grids, world.book.slot, strict=True):
        at = slice(world.book.first[slot], world.book.first[slot] + grid.n_levels)
        part = {name: world.device[name][at][None] for name in ("valid", "low", "high")}
        line = (mu[:, slot : slot + 1], log_s[:, slot : slot + 1]) if grid.is_ordered else None
        weight = level_weights(score[:, None, at], part, line)[:, 0]
        share = weight / weight.sum(axis=1, keepdims=True)
        atol = 0.05 if grid.is_ordered else 1e-3  # the logistic bell is not quite the normal
        np.testing.assert_allclose(share, np.broadcast_to(grid.share, share.shape), atol=atol)


# ------------------------------------------------------------------ reading one slot


def test_one_slot_reads_the_probabilities_that_the_loss_scores(world):
    out = read(world.net, world.params, world.stream)
    for grid, slot in zip(world.book.grids, world.book.slot, strict=True):
        score, levels, line = read_slot(world.net, world.params, world.device, world.stream, jnp.asarray(slot))
        weight = np.asarray(level_weights(score, levels, line))[:, 0]
        assert weight[:, grid.n_levels :].max(initial=0.0) < 1e-20  # neighbours are shut out
        share = weight[:, : grid.n_levels] / weight.sum(axis=1, keepdims=True)
        for k in range(grid.n_levels):
            rows = dict(world.rows, level=world.rows["level"].at[:, slot].set(k))
            book = dict(world.device, wide=jnp.zeros_like(world.device["wide"]))  # the level alone, not the place
            loss = np.asarray(cell_loss(world.net, book, rows, out))[:, slot]
            np.testing.assert_allclose(np.exp(-loss), share[:, k], atol=2e-4, err_msg=f"slot {slot}, level {k}")


def test_adding_a_variable_to_the_stream_is_entering_with_it(world):
    """What the walk over blocks adds and takes away, against the first layer computed anew."""
    nothing = dict(world.inputs, there=jnp.zeros_like(world.rows["seen"]))
    grown = enter(world.net, world.params, world.device, nothing)
    for slot in world.book.slot:
        level, z = world.rows["level"][:, slot], world.rows["z"][:, slot]
        added = contribution(world.net, world.params, world.device, jnp.asarray(slot), level, z)
        grown = grown + jnp.where(world.rows["seen"][:, slot][:, None], added, 0.0)
    expected = enter(world.net, world.params, world.device, world.inputs)
    np.testing.assert_allclose(grown, expected, atol=1e-4)


# ------------------------------------------------------------------ rounds


def holes_of(world):
    rows, columns = np.nonzero(world.state == MISSING)
    return rows, world.book.slot[columns]


def fill(world, way, seed):
    begin = world.rows | {"there": world.rows["seen"]}
    key, rng = stream(seed, way), generator(seed, way)
    if way == "parts":
        return sweep_parts(world.params, world.device, begin, rng.permutation(4), key=key, net=world.net)
    order = rng.permutation(world.book.slot)
    return sweep(world.params, world.device, begin, holes_of(world), order, key=key, net=world.net)


@pytest.mark.parametrize("way", ["one by one", "parts"])
def test_a_round_fills_the_holes_and_touches_nothing_else(world, way):
    after = {name: np.asarray(array) for name, array in fill(world, way, 1).items()}
    there = world.host_rows["seen"] | world.host_rows["hole"]
    np.testing.assert_array_equal(after["there"][:N], there[:N])
    known = world.host_rows["seen"][:N]
    for name in ("level", "z"):
        np.testing.assert_array_equal(after[name][:N][known], world.host_rows[name][:N][known])
    for grid, slot in zip(world.book.grids, world.book.slot, strict=True):
        hole = world.host_rows["hole"][:N, slot]
        level, z = after["level"][:N, slot][hole], after["z"][:N, slot][hole]
        assert ((level >= 0) & (level < grid.n_levels)).all()
        if grid.is_ordered:
            wide = grid.is_wide[level]
            assert (z[wide] >= grid.edges[level][wide] - 1e-5).all()
            assert (z[wide] <= grid.edges[level + 1][wide] + 1e-5).all()


@pytest.mark.parametrize("way", ["one by one", "parts"])
def test_draws_of_one_missing_variable_have_its_probabilities(world, way):
    """Many copies of one row that lack one cell: both ways of drawing agree with the distribution that is read."""
    n, slot = 3000, int(world.book.slot[0])
    grid = world.book.grids[0]
    seen = jnp.ones((n + 1, world.net.shape.n_slots), bool).at[:, slot].set(False)
    rows = {name: jnp.repeat(world.rows[name][:1], n + 1, axis=0) for name in ("level", "z", "apart")}
    hole = jnp.zeros_like(seen).at[:n, slot].set(True)
    begin = rows | {"there": seen, "hole": hole}
    key = stream(0, "copies")
    if way == "parts":
        after = sweep_parts(world.params, world.device, begin, np.arange(3), key=key, net=world.net)
    else:
        cells_to_draw = (np.arange(n), np.full(n, slot))
        after = sweep(world.params, world.device, begin, cells_to_draw, np.array([slot]), key=key, net=world.net)
    one = {name: array[:1] for name, array in rows.items()} | {"there": seen[:1]}
    thought = think(world.net, world.params, enter(world.net, world.params, world.device, one), key=None)
    score, levels, line = read_slot(world.net, world.params, world.device, thought, jnp.asarray(slot))
    weight = np.asarray(level_weights(score, levels, line), dtype=np.float64)[0, 0, : grid.n_levels]
    counts = np.bincount(np.asarray(after["level"])[:n, slot], minlength=grid.n_levels)
    expected = n * weight / weight.sum()
    some = expected > 5
    chi = ((counts - expected)[some] ** 2 / expected[some]).sum()
    assert stats.chi2.sf(chi, some.sum() - 1) > 1e-3, (counts, expected)
    k = int(np.argmax(np.where(grid.is_wide, expected, 0)))
    z = np.asarray(after["z"])[:n, slot][np.asarray(after["level"])[:n, slot] == k]
    mu, s = float(line[0][0, 0]), float(np.exp(line[1][0, 0]))
    low, high = stats.logistic.cdf(grid.edges[[k, k + 1]], mu, s)
    assert stats.kstest((stats.logistic.cdf(z, mu, s) - low) / (high - low), "uniform").pvalue > 1e-3


def test_all_visible_columns_belong_to_a_group(world):
    spans = [(at, here) for at, here, *_ in groups(world.net.shape)]
    assert spans[0][0].start == 0
    assert (spans[-1][0].stop, spans[-1][1].stop) == (world.net.shape.n_slots, world.net.shape.n_columns)
    assert all(a[0].stop == b[0].start and a[1].stop == b[1].start for a, b in itertools.pairwise(spans))
