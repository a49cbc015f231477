"""What a device makes of a text, against brute force and by chi-square."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from lacunet.embedding.training import _chance, _device_step, _device_text
from lacunet.embedding.training._device_step import Tables
from lacunet.embedding.training._device_text import Text, make_shape
from tests.reference._device_texts import KEYS, SMALL, keep_of, lay, make_text

RARE = 1e-3
"""A right program fails a chi-square test this often with a new seed; the seeds are fixed."""


def pairs_of(tokens, keep, shape, chunk):
    """Places of all inputs and targets that the device pairs, sorted."""
    found = []
    for text, place, end in lay(tokens, keep, shape, chunk):
        for first in range(0, end, shape.step):
            near = Text(*(np.asarray(x)[first : first + shape.step + 2 * shape.window] for x in text))
            blocks = Text(*(x[_device_step.list_near(shape)] for x in near))
            b, i, t = np.nonzero(np.asarray(_device_step.list_meetings(blocks, end - first, shape)))
            found.append(place + np.c_[blocks.places[b, shape.window + i], blocks.places[b, t]])
    found = np.concatenate(found)
    return found[np.lexsort(found.T)]


def pairs_by_force(tokens, keep, shape):
    """The same, by looking at every two words of every unit."""
    units, place = [[]], 0
    for word in tokens:
        if word < 0:
            units.append([])
            continue
        bits = np.uint64(_chance.mix(KEYS[0], place))
        if _chance.as_share(bits) < keep[word]:
            units[-1].append((place, shape.window if shape.fixed else 1 + _chance.as_count(bits, shape.window)))
        place += 1
    found = [
        (unit[p][0], unit[t][0])
        for unit in units
        for t in range(len(unit))
        for p in range(len(unit))
        if p != t and abs(p - t) <= unit[t][1]
    ]
    found = np.array(found)
    return found[np.lexsort(found.T)]


@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(("chunk", "ends"), [(400, 0.1), (80, 0.1), (80, 0.0), (5, 0.1), (5, 0.6)])
def test_pairs_are_those_of_brute_force(fixed, chunk, ends):
    tokens, keep = make_text(400, 20, 3, ends), keep_of(20)
    shape = SMALL.__class__(**{**SMALL.__dict__, "fixed": fixed})
    np.testing.assert_array_equal(pairs_of(tokens, keep, shape, chunk), pairs_by_force(tokens, keep, shape))


def test_words_are_kept_as_often_as_said():
    v, n = 8, 200_000
    keep = np.linspace(0.05, 1.2, v).astype(np.float32)
    tokens = np.resize(np.arange(v, dtype=np.int32), n)
    text, _, end = lay(tokens, keep, SMALL, n)[0]
    words = np.asarray(text.words)[6 : end + SMALL.window]
    found = np.bincount(words, minlength=v)
    expected = n / v * np.minimum(keep, 1.0)
    share = found[:-2] / (n / v)
    assert chisquare(np.r_[share, 1 - share], np.r_[keep[:-2], 1 - keep[:-2]] * 1.0).pvalue > RARE
    assert (np.abs(found - expected) <= 4 * np.sqrt(expected)).all()
    assert found[-2:].tolist() == [n / v] * 2


def test_windows_are_uniform():
    tokens, keep = np.zeros(90_000, np.int32), np.ones(1, np.float32)
    text, _, end = lay(tokens, keep, SMALL, len(tokens))[0]
    reach = np.asarray(text.reach)[6 : end + SMALL.window]
    assert chisquare(np.bincount(reach, minlength=4)[1:]).pvalue > RARE


def test_negatives_follow_the_noise():
    noise = np.arange(1.0, 12.0) ** 0.75
    alias = _chance.make_noise(noise, np.arange(len(noise)))
    with jax.enable_x64(True):
        bits = _device_text.mix(KEYS[1], jnp.arange(20_000))
        drawn = _device_step.draw_negatives(bits, Tables(None, alias.share, alias.other), SMALL)
    found = np.bincount(np.asarray(drawn).ravel(), minlength=len(noise))
    assert chisquare(found, found.sum() * noise / noise.sum()).pvalue > RARE


@pytest.mark.parametrize("window", [1, 3, 5, 16, 17, 50])
def test_moves_of_blocks_are_folded_to_their_words(window):
    shape = make_shape(window, False, 5, 1)
    moves = np.random.default_rng(1).normal(size=(shape.step // shape.block, shape.near, 2))
    expected = np.zeros((shape.step + 2 * window, 2))
    np.add.at(expected, _device_step.list_near(shape), moves)
    with jax.enable_x64(True):
        np.testing.assert_allclose(_device_step.fold(jnp.asarray(moves), shape), expected, atol=1e-12)


@pytest.mark.parametrize(("n", "step"), [(0, 256), (2e6, 256), (8.2e6, 1024), (33e6, 4096), (1e9, 8192)])
def test_steps_are_as_large_as_leaves_enough_of_them(n, step):
    assert make_shape(5, False, 5, n).step == step


def test_windows_of_any_width_fit_their_blocks():
    for window in range(1, 200):
        shape = make_shape(window, False, 5, 1)
        assert shape.block >= 2 * window
        assert shape.step % shape.block == 0
        assert (shape.near + shape.shared) % 16 == 0
        assert shape.shared >= shape.block
