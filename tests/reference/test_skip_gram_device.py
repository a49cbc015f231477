"""Skip-gram on a device against sums over pairs in double precision, and against the kernel for processors."""

from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lacunet.embedding.training import _chance, _device, _device_step
from lacunet.embedding.training._chance import make_key
from lacunet.embedding.training._device import Device
from lacunet.embedding.training._device_step import Tables
from lacunet.embedding.training._device_text import Text, make_shape
from lacunet.embedding.training._passes import Pass, Strata, part_words
from lacunet.embedding.training._weights import make_weights
from tests.reference._device_texts import KEYS, SMALL, keep_of, lay, make_text

EXACT = 1e-5
"""Room for sums in single precision, and for whole numbers of 2^-26 in place of them."""
ALIKE = 0.02
"""Room for other negatives and larger steps."""


def test_a_step_is_the_sum_over_its_pairs():
    v, d, rate, n = 12, 7, 0.5, 14
    chance = np.random.default_rng(5)
    start = [chance.normal(0, 0.5, (v, d)).astype(np.float32) for _ in range(2)]
    near = next(iter(lay(make_text(60, v, 4), np.ones(v, np.float32), SMALL, 60)))[0]
    near = Text(*(np.asarray(x)[6 : 6 + SMALL.step + 2 * SMALL.window] for x in near))
    alias = _chance.make_noise(np.ones(v), np.arange(v))
    tables = Tables(np.ones(v, np.float32), alias.share, alias.other)
    with jax.enable_x64(True):
        rates = np.array([rate, 0.0, 0.0], np.float32)
        moved, (loss, pairs, _) = jax.jit(_device_step.train_step, static_argnums=7)(
            tuple(jnp.asarray(_device.to_units(x)) for x in start), near, n, 0, KEYS[1], rates, tables, SMALL
        )
    moves, expected_loss, expected_pairs = sum_by_force(start, near, n, alias, rate)
    assert (int(pairs), float(loss)) == (expected_pairs, pytest.approx(expected_loss, rel=EXACT))
    for before, after, move in zip(start, moved, moves, strict=True):
        np.testing.assert_allclose(np.asarray(after) / _device_step.UNITS, before + move, atol=EXACT)


def draw_shared(alias, place):
    bits = np.uint64(_chance.mix(KEYS[1], place))
    return [_chance.draw_word(alias, np.uint64(_chance.mix(bits, j))) for j in range(SMALL.shared)]


def sum_by_force(start, near, n, alias, rate):
    """Moves of both matrices, and the loss, pair by pair in double precision."""
    inputs, outputs = (x.astype(np.float64) for x in start)
    moves, loss, pairs = [np.zeros_like(inputs), np.zeros_like(outputs)], 0.0, 0

    def add(i, o, label, weight):
        nonlocal loss
        chance = 1 / (1 + np.exp(-inputs[i] @ outputs[o]))
        loss -= weight * np.log(chance if label else 1 - chance)
        moves[0][i] += weight * (label - chance) * outputs[o] * rates[0][i]
        moves[1][o] += weight * (label - chance) * inputs[i] * rates[1][o]

    words, window, v = np.asarray(near.words), SMALL.window, len(inputs)
    firsts = near.places[window : window + SMALL.step : SMALL.block]
    negatives = [draw_shared(alias, int(first)) for first in firsts]
    met = 1 + np.bincount(words, minlength=v)
    rates = [
        np.minimum(rate, _device_step.LIMIT / 4 / x)
        for x in (6 * met, met + 7 * np.bincount(np.ravel(negatives), minlength=v))
    ]
    for p in range(window, window + n):
        drawn = negatives[(p - window) // SMALL.block]
        for t in range(len(words)):
            if t != p and near.units[t] == near.units[p] and abs(t - p) <= near.reach[t]:
                pairs += 1
                add(words[p], words[t], 1.0, 1.0)
                for word in drawn:
                    if word != words[t]:
                        add(words[p], word, 0.0, SMALL.negative / SMALL.shared)
    return moves, loss, pairs


class Often:
    """Pieces that can be gone through again, with a count of how often they were."""

    def __init__(self, tokens, size):
        self.tokens, self.size, self.times = tokens, size, 0

    def __iter__(self):
        self.times += 1
        return iter([self.tokens[i : i + self.size] for i in range(0, len(self.tokens), self.size)])


def make_device(v=40, d=12, seed=1, shape=SMALL):
    weights = make_weights(v, v, d, seed)
    return weights, Device(weights, keep_of(v), (make_counts(v) + 1.0) ** 0.75, shape)


def make_counts(v):
    return np.bincount(make_text(5000, v, 7, 0.0), minlength=v)


def run(device, pieces, rates=(0.025, 0.0, 0.0), keys=KEYS):
    told = []
    with ThreadPoolExecutor(1) as pool:
        loss, pairs = device.run(pool, pieces, keys, rates, told.append)
    return loss / pairs, pairs, sum(told)


def test_the_same_seed_gives_the_same_bits(monkeypatch):
    tokens, found = make_text(5000, 40, 7), []
    for size in (5000, 900):
        weights, device = make_device()
        assert run(device, Often(tokens, size))[2] == (tokens >= 0).sum()
        found.append((weights.inputs.copy(), weights.outputs.copy()))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
        assert np.abs(one).max() > 0


def test_texts_stay_on_the_device_and_pieces_that_are_gone_do_not():
    tokens = make_text(3000, 40, 7)
    _, device = make_device()
    often = Often(tokens, 1000)
    first, again = run(device, often), run(device, often)
    assert often.times == 1
    assert first[1] == again[1]
    assert run(device, iter(often))[1] == first[1]


def test_a_pass_at_rate_zero_changes_nothing():
    weights, device = make_device()
    run(device, Often(make_text(3000, 40, 7), 3000))
    before = weights.inputs.copy(), weights.outputs.copy()
    run(device, Often(make_text(3000, 40, 8), 3000), (0.0, 0.0, 0.0))
    np.testing.assert_array_equal(weights.inputs, before[0])
    np.testing.assert_array_equal(weights.outputs, before[1])


def test_a_rate_without_measure_moves_no_further_than_the_limit():
    weights, device = make_device()
    run(device, Often(make_text(3000, 40, 7), 3000), (500.0, 0.0, 0.0))
    assert np.abs(weights.inputs).max() < 16


def test_weights_that_ran_away_become_no_numbers():
    weights, device = make_device()
    weights.inputs[:40] = 20.0
    run(device, Often(make_text(3000, 40, 7), 3000))
    assert np.isnan(weights.inputs).all()


def test_an_empty_text_trains_nothing():
    weights, device = make_device()
    before = weights.inputs.copy()
    with ThreadPoolExecutor(1) as pool:
        assert device.run(pool, [np.full(10, -1, np.int32)], KEYS, (0.025, 0.0, 0.0), lambda n: None) == (0.0, 0)
    np.testing.assert_allclose(weights.inputs, before, atol=1 / _device_step.UNITS)


def test_loss_falls_as_on_the_processor():
    v, shape = 40, make_shape(3, False, 5, 1)
    _, device = make_device(v, shape=shape)
    other = make_weights(v, v, 12, 1)
    noise, tokens = (make_counts(v) + 1.0) ** 0.75, np.r_[make_text(20_000, v, 7), np.int32(-1)]
    here = Pass(keep_of(v), part_words(v), 3, False, Strata(other, noise, part_words(v), 3, 5))
    losses = []
    for number in range(3):
        keys = make_key(1, "words", number), KEYS[1]
        losses.append([run(one, [tokens], (0.01, 0.0, 0.0), keys)[:2] for one in (device, here)])
    loss, pairs = np.array(losses).transpose(2, 1, 0)
    np.testing.assert_array_equal(pairs[0], pairs[1])
    np.testing.assert_allclose(loss[0, 1:], loss[1, 1:], rtol=ALIKE)
    assert (loss[:, -1] < loss[:, 0] - 0.05).all()
