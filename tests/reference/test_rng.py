"""Streams of chance: the same seed and purpose give the same numbers, any other gives others."""

import zlib

import jax
import numpy as np
import pytest

from lacunet._keys import stream
from lacunet._rng import draw_seed, generator

# One purpose always comes with as many numbers: NumPy's seeds end in zeros without notice, so ("a",) is ("a", 0).
NAMES = [(1, "draw"), (2, "draw"), (1, "order"), (1, "refill", 1), (1, "refill", 2), (1, "k", 2, 1), (1, "k", 1, 2)]


def of_key(name):
    return np.asarray(jax.random.uniform(stream(*name), (8,)))


def of_generator(name):
    return generator(*name).random(8)


@pytest.mark.parametrize("make", [of_key, of_generator])
def test_the_same_name_gives_the_same_numbers_and_no_other_does(make):
    numbers = {name: make(name) for name in NAMES}
    for name in NAMES:
        np.testing.assert_array_equal(make(name), numbers[name])
    assert len({array.tobytes() for array in numbers.values()}) == len(NAMES)


def test_taking_from_one_stream_moves_no_other():
    before = of_generator((5, "split"))
    generator(5, "order").random(1000)
    np.testing.assert_array_equal(of_generator((5, "split")), before)


def test_streams_are_what_they_say():
    """The recipe, by hand: it may not change, or a seed would no longer give the numbers that were published."""
    word = zlib.crc32(b"draw")
    by_hand = np.random.Generator(np.random.PCG64(np.random.SeedSequence([7, word, 3])))
    np.testing.assert_array_equal(generator(7, "draw", 3).random(4), by_hand.random(4))
    words = np.random.SeedSequence([7, word, 3]).generate_state(4)
    np.testing.assert_array_equal(jax.random.key_data(stream(7, "draw", 3)), words)


def test_streams_of_neighbouring_seeds_and_draws_are_not_alike():
    found = np.array([generator(seed, "draw", i).random(200) for seed in range(5) for i in range(5)])
    apart = np.corrcoef(found)[np.triu_indices(25, 1)]
    assert np.abs(apart).max() < 0.35  # 300 pairs of 200: five standard errors
    keyed = np.array([np.asarray(jax.random.uniform(stream(seed, "draw"), (200,))) for seed in range(12)])
    assert np.abs(np.corrcoef(keyed)[np.triu_indices(12, 1)]).max() < 0.35


def test_a_fresh_seed_fits_everywhere():
    seeds = {draw_seed() for _ in range(20)}
    assert len(seeds) == 20
    assert all(0 <= seed < 2**31 for seed in seeds)
