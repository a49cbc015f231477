"""The one loop of two players: chunks of steps in one compiled program, an averaged generator, a held-out score.

A contest is a frozen (hashable) dataclass that says how rows are made and judged; what differs between two tables of
like size travels in ``data``. Both players take Adam steps without momentum. The score of the averaged generator on
rows held out says which weights are kept: never the losses, which only say who is ahead.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet.errors import TrainingError
from lacunet.net._adversary import Adversary
from lacunet.train._cache import keep_compiled

Tree = Any
Progress = Callable[[str, int, int], None]
Check = Callable[[Mapping[str, Any]], float]
RETRIES, SLOWER = 3, 4.0
"""How often a collapsed game begins anew, and how many times slower and more smoothly each time."""
VARIETY = (0.1, 100.0)
"""Variance of generated rows as a multiple of the real rows' below which they have collapsed, and beyond exploded."""
BLIND_STEPS = 100
"""Steps over which the rates rise from zero."""


class Contest(Protocol):
    """What the loop needs of a game. Rows are what the discriminator reads, (b, p)."""

    @property
    def adversary(self) -> Adversary:
        """The losses of the two players."""

    def real(self, data: Tree, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Real rows as the discriminator reads them."""

    def fake(self, generator: Tree, data: Tree, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Generated rows; ``rows`` are real ones whose visible part may be kept."""

    def judge(self, discriminator: Tree, data: Tree, rows: jax.Array) -> jax.Array:
        """Scores (b,) of the discriminator."""

    def beside(self, discriminator: Tree, data: Tree, real: jax.Array, fake: jax.Array) -> jax.Array:
        """What the generator minimises besides its part in the game, as a function of its rows."""

    def anchor(self, generator: Tree, data: Tree, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """What the generator minimises besides, as a function of its weights."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """How long and how fast.

    Attributes
    ----------
    batch, chunk, max_chunks
        Rows a step, steps between two scores, and most scores.
    patience
        Scores without a gain after which the game ends.
    rate, last_rate
        Learning rate after warming up, falling to the last one along a cosine.
    critic_rate
        The discriminator's rate as a multiple of the generator's.
    beta1, beta2
        Momentum (none by default), and memory of squared slopes at the start and at the end.
    last_strength
        Share of the penalty that holds at the end.
    average
        Share of the old average of the generator's weights kept at each step.
    clip
        Largest length of a player's slope.
    """

    batch: int
    chunk: int
    max_chunks: int
    patience: int
    rate: float
    last_rate: float
    critic_rate: float = 1.0
    beta1: float = 0.0
    beta2: tuple[float, float] = (0.9, 0.99)
    last_strength: float = 0.1
    average: float = 0.995
    clip: float = 10.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Verdict:
    """What the game left: the kept generator, the last discriminator, one row a score, and what went wrong."""

    generator: dict[str, NDArray[Any]]
    discriminator: dict[str, NDArray[Any]]
    history: list[dict[str, Any]]
    events: list[str] = field(default_factory=list)


class Adam:
    """Adam whose memory may change from step to step, on one long vector; moments are (m, v, weight of m, of v)."""

    @staticmethod
    def begin(flat: jax.Array) -> Tree:
        """Moments before the first step."""
        return jnp.zeros_like(flat), jnp.zeros_like(flat), jnp.zeros(()), jnp.zeros(())

    @staticmethod
    def step(
        flat: jax.Array,
        slope: jax.Array,
        moments: Tree,
        *,
        rate: jax.Array,
        beta1: float,
        beta2: jax.Array,
        clip: float,
    ) -> tuple[jax.Array, Tree]:
        """Weights and moments after a step."""
        length = jnp.sqrt(jnp.sum(slope**2))
        slope = slope * jnp.minimum(1.0, clip / jnp.maximum(length, 1e-12))
        m, v, has_m, has_v = moments
        m, has_m = beta1 * m + (1 - beta1) * slope, beta1 * has_m + (1 - beta1)
        v, has_v = beta2 * v + (1 - beta2) * slope**2, beta2 * has_v + (1 - beta2)
        move = (m / has_m) / (jnp.sqrt(v / has_v) + 1e-8)
        return flat - rate * move, (m, v, has_m, has_v)


def _teach(
    contest: Contest,
    match: Match,
    open_d: Callable[[jax.Array], Tree],
    data: Tree,
    now: Tree,
    real: jax.Array,
    fake: jax.Array,
    at: Tree,
    key: jax.Array,
) -> tuple[Tree, jax.Array]:
    """One step of the discriminator; the state and its loss."""

    def loss(flat: jax.Array) -> jax.Array:
        judge = functools.partial(contest.judge, open_d(flat), data)
        return contest.adversary.of_critic(judge, real, fake, strength=at["strength"], key=key)

    value, slope = jax.value_and_grad(loss)(now["d"])
    d, moments = Adam.step(
        now["d"],
        slope,
        now["moments_d"],
        rate=at["critic_rate"],
        beta1=match.beta1,
        beta2=at["beta2"],
        clip=match.clip,
    )
    return now | {"d": d, "moments_d": moments}, value


def _flattened(state: Tree) -> Tree:
    """Both players and the average as long vectors, and their moments."""
    names = {"g": "generator", "d": "discriminator", "mean": "mean"}
    flat = {short: ravel_pytree(state[name])[0] for short, name in names.items()}
    return flat | {name: state[name] for name in ("moments_g", "moments_d")}


@functools.partial(jax.jit, static_argnames=("contest", "match"), donate_argnames=("state",))
def _advance(state: Tree, data: Tree, course: Tree, key: jax.Array, *, contest: Contest, match: Match) -> Tree:
    """``match.chunk`` steps along the course; the state and the means of what was seen."""
    open_g, open_d = ravel_pytree(state["generator"])[1], ravel_pytree(state["discriminator"])[1]
    adversary = contest.adversary

    def pick(key: jax.Array) -> jax.Array:
        return data["pick"][jax.random.randint(key, (match.batch,), 0, data["n_pick"])]

    teach = functools.partial(_teach, contest, match, open_d, data)

    def lesson(i: jax.Array, now: Tree, at: Tree, key: jax.Array) -> Tree:
        """A step of the discriminator alone."""
        k_pick, k_real, k_fake, k_loss = jax.random.split(jax.random.fold_in(key, i), 4)
        rows = pick(k_pick)
        fake = contest.fake(open_g(now["g"]), data, rows, key=k_fake)
        return teach(now, contest.real(data, rows, key=k_real), fake, at, k_loss)[0]

    def step(now: Tree, inputs: tuple[Tree, jax.Array]) -> tuple[Tree, Tree]:
        at, step_key = inputs
        k_pick, k_real, k_fake, k_loss, k_anchor, k_more = jax.random.split(step_key, 6)
        if adversary.critic_steps > 1:
            now = jax.lax.fori_loop(0, adversary.critic_steps - 1, lambda i, s: lesson(i, s, at, k_more), now)
        rows = pick(k_pick)
        real = contest.real(data, rows, key=k_real)
        # The generated rows teach the discriminator first, then carry its answer back to the generator.
        fake, pull = jax.vjp(lambda flat: contest.fake(open_g(flat), data, rows, key=k_fake), now["g"])
        now, loss_d = teach(now, real, fake, at, k_loss)
        judge = functools.partial(contest.judge, open_d(now["d"]), data)

        def cost(x: jax.Array) -> tuple[jax.Array, jax.Array]:
            game = adversary.of_generator(judge, real, x)
            return game + contest.beside(open_d(now["d"]), data, real, x), game

        (_, loss_g), slope_x = jax.value_and_grad(cost, has_aux=True)(fake)
        held, slope_a = jax.value_and_grad(lambda flat: contest.anchor(open_g(flat), data, rows, key=k_anchor))(
            now["g"]
        )
        slope = pull(slope_x)[0] + slope_a
        g, moments = Adam.step(
            now["g"], slope, now["moments_g"], rate=at["rate"], beta1=match.beta1, beta2=at["beta2"], clip=match.clip
        )
        mean = at["average"] * now["mean"] + (1 - at["average"]) * g
        spread = jnp.sum(jnp.var(fake, axis=0)) / jnp.maximum(jnp.sum(jnp.var(real, axis=0)), 1e-12)
        seen = {
            "generator_loss": loss_g,
            "discriminator_loss": loss_d,
            "told_apart": jnp.mean(judge(real) > judge(fake)),
            "variety": spread,
            "anchor": held,
        }
        return now | {"g": g, "moments_g": moments, "mean": mean}, seen

    flat, seen = jax.lax.scan(step, _flattened(state), (course, jax.random.split(key, match.chunk)))
    opened = {"generator": open_g(flat["g"]), "discriminator": open_d(flat["d"]), "mean": open_g(flat["mean"])}
    kept = {name: flat[name] for name in ("moments_g", "moments_d")}
    return opened | kept, jax.tree.map(jnp.mean, seen)


@jax.jit
def _begin(generator: Tree, discriminator: Tree) -> Tree:
    fresh = functools.partial(jax.tree.map, jnp.copy)
    return {
        "generator": fresh(generator),
        "discriminator": fresh(discriminator),
        "mean": fresh(generator),
        "moments_g": Adam.begin(ravel_pytree(generator)[0]),
        "moments_d": Adam.begin(ravel_pytree(discriminator)[0]),
    }


def course_of(match: Match, first: int, slower: float = 1.0) -> dict[str, NDArray[np.float32]]:
    """Rate, strength, memory and averaging of the steps ``first`` to ``first + chunk - 1``, each (chunk,)."""
    step = first + np.arange(match.chunk)
    fall = 0.5 * (1 + np.cos(np.pi * np.minimum(step / (match.chunk * match.max_chunks), 1.0)))
    rate = match.last_rate + (match.rate - match.last_rate) * fall
    warm = np.minimum(1.0, (step + 1) / BLIND_STEPS)
    course = {
        "rate": rate * warm / slower,
        "critic_rate": rate * match.critic_rate * warm / slower,
        "strength": slower * (match.last_strength + (1 - match.last_strength) * fall),
        "beta2": match.beta2[1] + (match.beta2[0] - match.beta2[1]) * fall,
        "average": np.minimum(match.average, (step + 1) / (step + 10)),
    }
    return {name: values.astype(np.float32) for name, values in course.items()}


def duel(
    contest: Contest,
    data: Mapping[str, Any],
    generator: Mapping[str, NDArray[Any]],
    discriminator: Mapping[str, NDArray[Any]],
    match: Match,
    *,
    check: Check | None,
    seed: int,
    say: Progress,
) -> Verdict:
    """Let two players learn from each other until the score of the generated rows falls no further.

    Parameters
    ----------
    contest, data
        The game, and what it is played on; ``pick`` (padded rows) and ``n_pick`` say which rows are trained on.
    generator, discriminator
        Weights to start from.
    match
        See `Match`.
    check
        Score of a generator on rows held out, lower is better; the weights with the lowest are kept, those at the start
        included. Without it the last averaged weights are kept.
    seed
        Where all randomness comes from.
    say
        Called with the stage, the scores taken and the most there may be.

    Raises
    ------
    TrainingError
        When the game collapses however slow it is played.
    """
    keep_compiled()
    events: list[str] = []
    slower = 1.0
    for attempt in range(RETRIES + 1):
        found, why = _attempt(contest, data, generator, discriminator, match, check, (seed, attempt, slower), say)
        if found is not None:
            return Verdict(
                generator=found[0], discriminator=found[1], history=found[2], events=[*events, *([why] if why else [])]
            )
        slower *= SLOWER
        events.append(
            f"{why} The game began anew at a {slower:g} times lower rate, and with a penalty as "
            "much stronger where the loss has one."
        )
    raise TrainingError(
        f"The game between generator and discriminator collapsed {RETRIES + 1} times. {events[-1]} Look for columns "
        "with extreme values, give more rows, or learn a table by Sequential, which has no game to lose."
    )


def last_lessons(
    contest: Contest, data: Mapping[str, Any], verdict: Verdict, match: Match, *, n_chunks: int, seed: int
) -> dict[str, NDArray[Any]]:
    """Let the discriminator alone go on learning, against the generator that was kept; its weights.

    A discriminator that has caught up with a generator that stands still tells the ratio of the two densities.
    """
    state = _begin(dict(verdict.generator), dict(verdict.discriminator))
    for c in range(n_chunks):
        course = course_of(match, c * match.chunk)
        fall = np.linspace(1 - c / n_chunks, 1 - (c + 1) / n_chunks, match.chunk, endpoint=False)
        course["rate"] = np.zeros_like(course["rate"])
        course["critic_rate"] = (match.critic_rate * match.rate * fall).astype(np.float32)
        course["strength"] = np.full_like(course["strength"], match.last_strength)
        key = stream(seed, "last lessons", c)
        state, _ = _advance(state, data, course, key, contest=contest, match=match)
    return _on_host(state["discriminator"])


def _attempt(
    contest: Contest,
    data: Mapping[str, Any],
    generator: Mapping[str, Any],
    discriminator: Mapping[str, Any],
    match: Match,
    check: Check | None,
    luck: tuple[int, int, float],
    say: Progress,
) -> tuple[Any, str]:
    """One game: (generator, discriminator, history) and "", or None and why it collapsed."""
    seed, attempt, slower = luck
    state = _begin(dict(generator), dict(discriminator))
    best, lowest, waited = _on_host(generator), np.inf, 0
    history: list[dict[str, Any]] = [{"step": 0}]
    if check is not None:
        history[0]["held_out_score"] = lowest = check(generator)
    for c in range(match.max_chunks):
        say("playing", c, match.max_chunks)
        course, key = course_of(match, c * match.chunk, slower), stream(seed, "duel", attempt, c)
        state, seen = _advance(state, data, course, key, contest=contest, match=match)
        row = {"step": (c + 1) * match.chunk} | {name: float(value) for name, value in seen.items()}
        history.append(row)
        if why := _collapsed(row):
            return None, why
        if check is None:
            continue
        row["held_out_score"] = score = check(state["mean"])
        best, lowest, waited = (_on_host(state["mean"]), score, 0) if score < lowest else (best, lowest, waited + 1)
        if waited >= match.patience:
            break
    kept = best if check is not None else _on_host(state["mean"])
    return (kept, _on_host(state["discriminator"]), history), ""


def _collapsed(row: Mapping[str, float]) -> str:
    """Why the game counts as lost, or nothing."""
    if not np.isfinite(row["generator_loss"] + row["discriminator_loss"]):
        return f"At step {row['step']} a loss was no longer finite."
    if not VARIETY[0] <= row["variety"] <= VARIETY[1]:
        return f"At step {row['step']} the generated rows had {row['variety']:.2g} times the real rows' variance."
    return ""


def _on_host(params: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(array) for name, array in params.items()}
