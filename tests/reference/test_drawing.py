"""Rows drawn from nothing against brute force: every row of a tiny network, its probability, the score equations."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lacunet._keys import stream
from lacunet._layout import OBSERVED, Variable
from lacunet.draw._from_nothing import Held, draw_rows
from lacunet.draw._refit import FREE, PRECISION, PRIOR_ROWS
from lacunet.draw._refit_in_order import refit_in_order
from lacunet.draw._sample import level_weights
from lacunet.family._book import as_device, bind
from lacunet.family._grid import build_grid
from lacunet.net._masked import Net, enter, read_slot, start, think
from lacunet.net._skip import facts, skip_facts

LEVELS = (2, 3, 4)
N_DRAWN = 8192
CHANCE = 4.5
"""Standard errors a frequency may be off: of some fifty, one in three thousand runs would fail."""
SAME = 2e-4
"""Float32 sums of a few hundred terms."""


class World:
    """Three categories, one of them ordered, and a network whose weights are far from where training starts."""

    def __init__(self):
        rng = np.random.default_rng(5)
        kinds = ("binary", "nominal", "ordinal")
        self.values = np.column_stack([rng.integers(0, k, 300) for k in LEVELS]).astype(float)
        self.values[:, 1] = np.where(rng.random(300) < 0.4, self.values[:, 0], self.values[:, 1])
        variables = [Variable(name=f"v{j}", kind=kinds[j], n_levels=k) for j, k in enumerate(LEVELS)]
        grids = [build_grid(v, c, n_levels=8, n_own=8) for v, c in zip(variables, self.values.T, strict=True)]
        self.book = bind(tuple(grids), tight=True)
        self.net = Net(shape=self.book.shape, hidden=(16, 16), dropout=0.0)
        self.host = self.book.arrays()
        begin = start(self.net, self.host, rng=rng)
        self.params = as_device({k: (a + rng.normal(0, 0.12, a.shape)).astype(np.float32) for k, a in begin.items()})
        self.device = as_device(self.host)
        self.order = self.book.slot[[1, 2, 0]]
        p = self.book.shape.n_slots
        self.free = (np.full(p, -1, dtype=np.int32), np.ones(p, dtype=np.int32))

    def rows(self, n, table=None):
        empty = {
            "level": np.zeros((n, self.book.shape.n_slots), dtype=np.int32),
            "z": np.zeros((n, self.book.shape.n_slots), dtype=np.float32),
            "there": np.zeros((n, self.book.shape.n_slots), dtype=bool),
        }
        if table is not None:
            coded = self.book.encode(table, np.full(table.shape, OBSERVED, dtype=np.int8), n)
            empty |= {"level": coded["level"], "z": coded["z"]}
        return empty

    def conditional(self, table, given, j, params=None):
        """P(variable j | the variables ``given``) of each row of a table, read off the network."""
        params = self.params if params is None else params
        rows = self.rows(len(table), table)
        rows["there"][:, self.book.slot[given]] = True
        rows = as_device(rows) | {"apart": jnp.zeros(rows["there"].shape, dtype=bool)}
        thought = think(self.net, params, enter(self.net, params, self.device, rows), key=None)
        skip = skip_facts(self.net, params, self.device, rows)
        score, levels, line = read_slot(self.net, params, self.device, thought, self.book.slot[j], skip)
        weight = np.asarray(level_weights(score, levels, line))[:, 0, : LEVELS[j]]
        return weight / weight.sum(axis=1, keepdims=True)

    def draw(self, n=N_DRAWN, held=None, rows=None, status=None):
        key = stream(3, "rows", 0)
        start_at = self.rows(n) if rows is None else rows
        return draw_rows(
            self.params, self.device, start_at, self.order, status or self.free, key=key, net=self.net, held=held
        )

    def frequencies(self, drawn):
        cells = drawn["level"][:, self.book.slot]
        flat = np.ravel_multi_index(cells.T, LEVELS)
        return np.bincount(flat, minlength=np.prod(LEVELS)) / len(flat)


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def exact(world):
    """Probability of every row: the product of the conditionals in the order 1, 2, 0."""
    table = np.array(list(itertools.product(*map(range, LEVELS))), dtype=float)
    parts = [world.conditional(table, given, j) for given, j in (([], 1), ([1], 2), ([1, 2], 0))]
    at = [part[np.arange(len(table)), table[:, j].astype(int)] for part, j in zip(parts, (1, 2, 0), strict=True)]
    return table, np.prod(at, axis=0), at


def agree(found, expected, n):
    error = np.sqrt(np.maximum(expected * (1 - expected), 1e-6) / n)
    assert (np.abs(found - expected) <= CHANCE * error).all(), np.max(np.abs(found - expected) / error)


def test_rows_come_with_the_product_of_the_conditionals(world, exact):
    _, chance, _ = exact
    assert chance.sum() == pytest.approx(1, abs=SAME)
    assert chance.max() > 3 / len(chance)  # far from uniform
    drawn = world.draw()
    agree(world.frequencies(drawn), chance, N_DRAWN)
    np.testing.assert_allclose(drawn["log_weight"], 0, atol=SAME)
    assert drawn["there"][:, world.book.slot].all()


def held_levels(world):
    allowed = np.ones(world.net.shape.n_columns, dtype=bool)
    for j, closed in ((1, [0]), (0, [1])):
        allowed[world.book.first[world.book.slot[j]] + np.array(closed)] = False
    p = world.net.shape.n_slots
    return Held(allowed=allowed, low=np.full(p, -np.inf, np.float32), high=np.full(p, np.inf, np.float32))


def test_weights_of_held_cells_are_the_probabilities_of_what_was_held(world, exact):
    table, chance, at = exact
    drawn = world.draw(held=held_levels(world))
    cells = drawn["level"][:, world.book.slot]
    assert (cells[:, 1] != 0).all()
    assert (cells[:, 0] == 0).all()
    # Log probability that a free draw would have met each of the two.
    open_first = 1 - at[0][table[:, 1] == 0][0]
    row = np.ravel_multi_index(cells.T, LEVELS)
    expected = np.log(open_first) + np.log(at[2][row])
    np.testing.assert_allclose(drawn["log_weight"], expected, atol=SAME)
    # Weighed so, rows come as the whole distribution says under the condition.
    meets = (table[:, 1] != 0) & (table[:, 0] == 0)
    wanted = np.where(meets, chance, 0) / chance[meets].sum()
    weight = np.exp(drawn["log_weight"])
    found = np.bincount(row, weights=weight, minlength=len(table)) / weight.sum()
    effective = weight.sum() ** 2 / (weight**2).sum()
    agree(found, wanted, effective)


def test_what_cannot_be_is_not_drawn_however_unlikely_the_rest(world):
    unlikely = dict(world.params)
    slot = world.book.slot[1]
    bias = np.asarray(unlikely["b_score"]).copy()
    bias[world.book.first[slot]] += 500.0  # the other levels underflow in float32
    allowed = np.ones(world.net.shape.n_columns, dtype=bool)
    allowed[world.book.first[slot]] = allowed[world.book.first[slot] + 2] = False
    p = world.net.shape.n_slots
    held = Held(allowed=allowed, low=np.full(p, -np.inf, np.float32), high=np.full(p, np.inf, np.float32))
    odd = World.__new__(World)
    odd.__dict__ |= world.__dict__ | {"params": unlikely | {"b_score": jnp.asarray(bias)}}
    drawn = odd.draw(200, held=held)
    assert (drawn["level"][:, slot] == 1).all()
    assert np.isfinite(drawn["log_weight"]).all()


def test_given_cells_stay_and_rows_do_not_depend_on_their_number(world, exact):
    table, chance, _ = exact
    rows = world.rows(N_DRAWN, np.full((N_DRAWN, 3), 1.0))
    rows["there"][:, world.book.slot[1]] = True
    drawn = world.draw(rows=rows)
    assert (drawn["level"][:, world.book.slot[1]] == 1).all()
    wanted = np.where(table[:, 1] == 1, chance, 0)
    agree(world.frequencies(drawn), wanted / wanted.sum(), N_DRAWN)
    few, many = world.draw(5), world.draw(3000)
    np.testing.assert_array_equal(few["level"], many["level"][:5])


def test_a_value_that_is_not_there_is_not_drawn(world):
    status = (world.free[0].copy(), world.free[1].copy())
    status[0][world.book.slot[2]] = world.book.slot[1]
    drawn = world.draw(2000, status=status)
    is_valued = drawn["level"][:, world.book.slot[1]] == 0
    assert 0 < is_valued.mean() < 1
    np.testing.assert_array_equal(drawn["there"][:, world.book.slot[2]], is_valued)


def test_numbers_held_to_an_interval_follow_the_cut_bell():
    rng = np.random.default_rng(2)
    column = rng.normal(size=400)
    book = bind(
        (build_grid(Variable(name="x", kind="continuous", n_levels=0), column, n_levels=6, n_own=6),), tight=True
    )
    net = Net(shape=book.shape, hidden=(8,), dropout=0.0)
    params, device = as_device(start(net, book.arrays(), rng=rng)), as_device(book.arrays())
    n, slot = 6000, int(book.slot[0])
    shape = (n, book.shape.n_slots)
    rows = {"level": np.zeros(shape, np.int32), "z": np.zeros(shape, np.float32), "there": np.zeros(shape, bool)}
    p, free = net.shape.n_slots, (np.full(shape[1], -1, np.int32), np.ones(shape[1], np.int32))
    everything = np.ones(net.shape.n_columns, dtype=bool)

    def draw(held):
        key = stream(1, "rows", 0)
        return draw_rows(params, device, rows, np.array([slot]), free, key=key, net=net, held=held)

    whole = draw(None)["z"][:, slot]
    low, high = (np.full(p, end, np.float32) for end in (-0.4, 1.1))
    cut = draw(Held(allowed=everything, low=low, high=high))
    assert (cut["z"][:, slot] >= -0.4 - SAME).all()
    assert (cut["z"][:, slot] <= 1.1 + SAME).all()
    inside = (whole > -0.4) & (whole < 1.1)
    np.testing.assert_allclose(np.exp(cut["log_weight"]), inside.mean(), atol=CHANCE * 0.5 / np.sqrt(n))
    for quantile in (0.2, 0.5, 0.8):
        share = np.mean(cut["z"][:, slot] < np.quantile(whole[inside], quantile))
        assert share == pytest.approx(quantile, abs=CHANCE * 0.5 * np.sqrt(2 / n))


@pytest.mark.slow
def test_the_skip_makes_averages_and_products_agree(world):
    """At the mode the score of each coefficient is what its prior takes back, and nothing else."""
    n = len(world.values)
    rows = world.rows(n, world.values)
    rows = as_device(rows | {"seen": np.ones(rows["there"].shape, bool), "apart": np.zeros(rows["there"].shape, bool)})
    weight = np.random.default_rng(1).exponential(size=n).astype(np.float32)
    book = world.host | {"crossed": np.empty((0, 2), dtype=np.int32)}
    rank = np.full(world.net.shape.n_slots, 99, dtype=np.int32)
    rank[world.order] = np.arange(3)
    skip = refit_in_order(world.params, book, rows, rank, weight, net=world.net)
    fitted = world.params | as_device(skip)
    before, after = (moments(world, rows, rank, weight, params) for params in (world.params, fitted))
    coefficients = skip["w_skip"][:, world.book.first[world.book.slot[0]] :][:, : LEVELS[0]]
    constants = skip["b_skip"][world.book.first[world.book.slot[0]] :][: LEVELS[0]]
    # Slot 0 is a category: gradient = precision * coefficient, exactly.
    np.testing.assert_allclose(after[0][0], FREE * constants, atol=0.05)
    np.testing.assert_allclose(after[0][1:], PRECISION * coefficients, atol=0.05)
    # Whole shares meet within what a prior of so many rows may take; exactly so for slots without an order.
    for j, factor in ((0, 50), (1, 50), (2, 5)):
        assert np.abs(before[j][0]).max() > factor * np.abs(after[j][0]).max()
        assert np.abs(after[j][0]).max() < PRIOR_ROWS


def moments(world, rows, rank, weight, params):
    """Sum over rows of weight * facts * (level observed - probability), for each variable: (1 + facts, levels)."""
    out = []
    for j in range(3):
        slot = world.book.slot[j]
        earlier = [k for k in range(3) if rank[world.book.slot[k]] < rank[slot]]
        seen = rows | {"there": rows["seen"] & (jnp.asarray(rank) < rank[slot])}
        x = np.asarray(facts(world.net, world.device, seen))
        x = np.column_stack([np.ones(len(x)), x])
        share = world.conditional(world.values, earlier, j, params)
        gap = np.eye(LEVELS[j])[world.values[:, j].astype(int)] - share
        out.append(x.T @ (weight[:, None] * gap))
    return out


def test_rows_of_a_seed_do_not_change_with_the_workers(world, monkeypatch):
    monkeypatch.setattr("lacunet.draw._from_nothing.WORKERS", 1)
    one = world.draw(5000)
    monkeypatch.setattr("lacunet.draw._from_nothing.WORKERS", 3)
    three = world.draw(5000)
    assert all(np.array_equal(one[name], three[name]) for name in one)
    assert jax.devices()[0].platform == "cpu"
