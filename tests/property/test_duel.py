"""The game of two players: its losses by hand, its known ends, and the same numbers from the same seed."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lacunet.errors import SpecError, TrainingError
from lacunet.net import _adversary as adversary
from lacunet.net._players import Player, answer, start_player, think_of
from lacunet.synthesis.gan._array import ArrayContest, choose_array_settings, energy_distance, fit_array
from lacunet.train._duel import Match, course_of, duel

FINITE_DIFFERENCE = 2e-3
"""Relative error of a central difference in float32 with steps of a thousandth."""
CLOSE = 1e-5
"""Rounding of float32."""
JUDGE = Player(n_in=3, n_out=1, hidden=(8, 8))


def a_judge(seed=0):
    """A discriminator that is not linear, and its scores as a function."""
    rng = np.random.default_rng(seed)
    params = start_player(JUDGE, rng=rng)
    params |= {name: rng.normal(0, 0.5, a.shape).astype(np.float32) for name, a in params.items() if "down" in name}
    return lambda x: answer(JUDGE, params, x)[:, 0]


def rows_of(seed, n=6):
    return jnp.asarray(np.random.default_rng(seed).normal(size=(n, 3)), dtype=jnp.float32)


def test_blocks_start_at_zero():
    params = start_player(JUDGE, rng=np.random.default_rng(1))
    x = rows_of(1)
    np.testing.assert_allclose(think_of(JUDGE, params, x), x @ params["w_in"], atol=CLOSE)


def test_slope_penalty_is_the_finite_difference():
    critic, x, step = a_judge(), rows_of(2), 1e-3
    slopes = np.stack(
        [(critic(x + step * unit) - critic(x - step * unit)) / (2 * step) for unit in np.eye(3, dtype=np.float32)]
    )
    assert float(adversary.slope_penalty(critic, x)) == pytest.approx(
        float(np.mean(np.sum(slopes**2, axis=0))), rel=FINITE_DIFFERENCE
    )


def test_losses_are_those_of_the_papers():
    critic, real, fake, key = a_judge(), rows_of(3), rows_of(4), jax.random.key(0)
    d_r, d_f = np.asarray(critic(real), dtype=float), np.asarray(critic(fake), dtype=float)
    soft = lambda t: np.mean(np.log1p(np.exp(t)))  # noqa: E731
    penalty = float(adversary.slope_penalty(critic, real) + adversary.slope_penalty(critic, fake))
    paired, first, saturating = (
        adversary.Relativistic(gamma=0.7),
        adversary.Minimax(),
        adversary.Minimax(saturating=True),
    )
    cases = {
        "pairing, critic": (
            paired.of_critic(critic, real, fake, strength=0.5, key=key),
            soft(d_f - d_r) + 0.5 * 0.7 * 0.5 * penalty,
        ),
        "pairing, generator": (paired.of_generator(critic, real, fake), soft(d_r - d_f)),
        "first, critic": (first.of_critic(critic, real, fake, strength=1.0, key=key), soft(-d_r) + soft(d_f)),
        "first, generator": (first.of_generator(critic, real, fake), soft(-d_f)),
        "saturating, generator": (saturating.of_generator(critic, real, fake), -soft(d_f)),
        "wasserstein, generator": (adversary.Wasserstein().of_generator(critic, real, fake), -d_f.mean()),
    }
    for name, (got, wanted) in cases.items():
        assert float(got) == pytest.approx(wanted, rel=CLOSE), name


def test_wasserstein_penalty_of_a_plane_is_known():
    direction = jnp.asarray([3.0, 0.0, 4.0])
    critic, real, fake = (lambda x: x @ direction), rows_of(5), rows_of(6)
    loss = adversary.Wasserstein(weight=10.0).of_critic(critic, real, fake, strength=1.0, key=jax.random.key(1))
    wanted = float(critic(fake).mean() - critic(real).mean()) + 10.0 * (5.0 - 1.0) ** 2
    assert float(loss) == pytest.approx(wanted, rel=CLOSE)


def test_unknown_loss_names_the_known():
    with pytest.raises(SpecError, match="relativistic, wasserstein, minimax, saturating"):
        adversary.find_adversary("hinge", gamma=1.0)


def test_course_falls_and_slows():
    match = Match(batch=8, chunk=50, max_chunks=4, patience=4, rate=1e-2, last_rate=1e-3, critic_rate=2.0)
    course = [course_of(match, 50 * c) for c in range(4)]
    rate = np.concatenate([part["rate"] for part in course])
    assert rate[0] < rate[99] > rate[-1] > match.last_rate * 0.99
    np.testing.assert_allclose(course[3]["critic_rate"], 2 * course[3]["rate"], rtol=CLOSE)
    np.testing.assert_allclose(course_of(match, 150, 4.0)["rate"], course[3]["rate"] / 4, rtol=CLOSE)


@pytest.fixture(scope="module")
def normal_rows():
    return np.random.default_rng(7).normal(3.0, 2.0, (600, 1))


SMALL = choose_array_settings(hidden=(16,), rate=3e-3, gamma=0.5, max_steps=1000)


def fitted(rows, settings=SMALL, seed=1):
    return fit_array(rows, settings, spec=None, seed=seed, say=lambda *_: None)


def test_generator_finds_a_normal_distribution(normal_rows):
    drawn = fitted(normal_rows).sample(4000, seed=2)
    # Six standard errors of 600 rows' mean and spread, and what a game leaves.
    assert drawn.mean() == pytest.approx(normal_rows.mean(), abs=0.5)
    assert drawn.std() == pytest.approx(normal_rows.std(), abs=0.35)


def test_same_seed_same_rows(normal_rows):
    short = dataclasses.replace(SMALL, chunk=20, max_chunks=2)
    one, two, other = (fitted(normal_rows, short, seed).sample(50, seed=3) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


class Dull(ArrayContest):
    """A game whose generator makes the same row again and again."""

    def fake(self, generator, data, rows, *, key):
        return 0.0 * ArrayContest.fake(self, generator, data, rows, key=key)


def test_collapse_is_restarted_and_told():
    maker, judging = Player(n_in=2, n_out=3, hidden=(4,)), Player(n_in=3, n_out=1, hidden=(4,))
    game = Dull(adversary=adversary.Minimax(), maker=maker, judging=judging, matching=0.0)
    data = {"rows": rows_of(9, 40), "grain": jnp.zeros(3), "pick": jnp.arange(40), "n_pick": jnp.int32(40)}
    match = Match(batch=8, chunk=5, max_chunks=2, patience=2, rate=1e-3, last_rate=1e-4)
    start = [start_player(player, rng=np.random.default_rng(1)) for player in (maker, judging)]
    with pytest.raises(TrainingError, match=r"collapsed 4 times.*began anew at a 256 times lower rate"):
        duel(game, data, *start, match, check=None, seed=1, say=lambda *_: None)


def test_energy_distance_of_a_shift():
    rng = np.random.default_rng(8)
    one, two = rng.normal(size=(400, 2)), rng.normal(size=(400, 2))
    # The sampling error of the distance of two equal samples of this size is about a hundredth.
    assert abs(energy_distance(one, two)) < 0.03
    assert energy_distance(one, two + 1.0) > 0.5
