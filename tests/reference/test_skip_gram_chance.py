"""Random numbers against their published generator, negatives by chi-square, the sigmoid against SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy.special import expit
from scipy.stats import chisquare

from lacunet.embedding._skip_gram import LONGEST
from lacunet.embedding.training._chance import as_count, as_share, draw_word, make_key, make_noise, mix
from lacunet.embedding.training._passes import PARTS, Strata, part_words
from lacunet.embedding.training._rows import apply_sigmoid
from lacunet.embedding.training._strata import DRAWS as ROOM
from lacunet.embedding.training._strata import count_shared
from lacunet.embedding.training._weights import make_weights

BY_CHANCE = 1e-3
"""The draws are fixed, so this fails for ever or never; a right generator would fail for one key in a thousand."""
DRAWS = 200_000
SIGMOID_ERROR = 3e-7
"""A few units in the last place of a float near 1."""
ROUNDING = 1e-6
"""Shares of the table are floats."""
COUNTS = np.array([5000, 1200, 700, 300, 90, 40, 40, 12, 7, 5, 5])


@njit
def draw_many(noise, key, n, counts):
    for place in range(n):
        counts[draw_word(noise, mix(key, place))] += 1


@njit
def apply_to_all(x, whole, power, found):
    apply_sigmoid(x, x.size, whole, power, found)


def fit_of(seen, probability):
    """The chi-square test of what was seen."""
    return chisquare(seen, probability / probability.sum() * seen.sum()).pvalue


def test_mix_is_splitmix64():
    assert mix(np.uint64(0), 1) == 0xE220A8397B1DCDAF
    assert mix(np.uint64(0), 2) == 0x6E789E6AA1B965F4
    assert mix(np.uint64(1234567), 1) == 6457827717110365317


def test_shares_and_counts_use_other_bits():
    low, high = np.uint64(0xFFFFFF), np.uint64(0xFFFFFFFF << 32)
    assert as_share(high) == 0
    assert as_share(low) == 1 - 2.0**-24
    assert [as_count(low, 7), as_count(high, 7), as_count(np.uint64(1 << 63), 7)] == [0, 6, 3]


def test_keys_differ_by_seed_purpose_and_number():
    keys = [make_key(*given) for given in ((1, "a"), (2, "a"), (1, "b"), (1, "a", 1), (1, "a", 2))]
    assert len(set(keys)) == 5
    assert make_key(1, "a", 2) == keys[-1]


@pytest.mark.parametrize("exponent", [0.75, 1.0, 0.0, -0.5])
def test_negatives_are_drawn_in_proportion(exponent):
    weights = COUNTS.astype(float) ** exponent
    seen = np.zeros(len(COUNTS), np.int64)
    draw_many(make_noise(weights, np.arange(len(COUNTS))), np.uint64(5), DRAWS, seen)
    assert fit_of(seen, weights) > BY_CHANCE


@pytest.mark.parametrize("exponent", [0.75, 1.0, -1.0])
def test_parts_draw_their_own_words_and_weigh_what_they_are(exponent):
    negative, part = 5, part_words(len(COUNTS))
    weights = COUNTS.astype(float) ** exponent
    found = Strata(make_weights(len(COUNTS), len(COUNTS), 4, 1), weights, part, 3, negative)._noise
    k = count_shared(negative)
    for b, (noise, weight) in enumerate(found):
        seen = np.zeros(len(COUNTS), np.int64)
        draw_many(noise, np.uint64(b), DRAWS, seen)
        assert seen[part != b].sum() == 0
        assert fit_of(seen[part == b], weights[part == b]) > BY_CHANCE
        assert weight * k == pytest.approx(negative * weights[part == b].sum() / weights.sum())
    assert sum(weight * k for _, weight in found) == pytest.approx(negative)


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=40))
def test_an_alias_table_holds_its_distribution(weights):
    weights = np.array(weights)
    noise = make_noise(weights.copy(), np.arange(len(weights)))
    n = len(weights)
    held = noise.share.astype(float) / n
    np.add.at(held, noise.other, (1 - noise.share.astype(float)) / n)
    np.testing.assert_allclose(held, weights / weights.sum(), atol=ROUNDING)


def test_parts_are_of_like_weight():
    part = part_words(1000)
    counts = 1e6 / np.arange(1, 1001)
    shares = np.bincount(part, counts) / counts.sum()
    assert part[:9].tolist() == [0, 1, 2, 3, 3, 2, 1, 0, 0]
    assert np.bincount(part).tolist() == [250] * 4
    assert shares.max() < 0.25 + counts[0] / counts.sum() / 2


def test_the_sigmoid_is_exact_to_single_precision():
    x = np.r_[np.linspace(-40, 40, 400_001), 0, -6, 6, 1e-8, -1e-8, 1e9, -1e9, np.inf, -np.inf].astype(np.float32)
    whole = np.zeros(len(x), np.int32)
    found = np.zeros(len(x), np.float32)
    apply_to_all(x, whole, whole.view(np.float32), found)
    assert abs(found - expit(x.astype(float))).max() <= SIGMOID_ERROR
    assert found[np.abs(x) < 1e-6] == pytest.approx(0.5, abs=1e-7)
    # Small probabilities are exact relative to themselves, as long as no product is beyond the cap of 30.
    small = (x > -30) & (x < 0)
    np.testing.assert_allclose(found[small], expit(x[small].astype(float)), rtol=2e-6)
    assert (np.diff(found[:400_001]) > -SIGMOID_ERROR).all()


def test_no_two_draws_of_a_pass_use_the_same_number():
    # A place has so many numbers of its own; what needs more takes those of its neighbours.
    assert PARTS * count_shared(LONGEST) <= ROOM
    assert 2 * LONGEST + 1 <= ROOM
