"""The two players on a plain array of numbers: rows from noise, as a lecture shows a GAN."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._check import check_count, check_seed
from lacunet._keys import stream
from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.errors import DataError
from lacunet.net._adversary import Adversary, find_adversary
from lacunet.net._players import Player, answer, start_player, think_of
from lacunet.report._players_plot import plot_players
from lacunet.train._duel import Match, Progress, duel

MOST_APART = 10.0
"""Largest spread of a column as a multiple of the median's up to which columns seem to share a unit."""
LEAST_ROWS = 20
CHECKED = 1_000
"""Most rows of a side on which a score is taken."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ruler:
    """What the columns of an array are measured by: centre, spread, smallest, largest, and which hold whole numbers."""

    centre: Floats
    spread: Floats
    low: Floats
    high: Floats
    is_whole: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Floats) -> Self:
        """Measure rows (n, p); with one spread for all columns when they seem to share a unit, as pictures do."""
        spread = rows.std(axis=0)
        if spread.max() <= MOST_APART * np.median(spread):
            spread = np.full(rows.shape[1], np.sqrt(np.mean(spread**2)))
        return cls(
            centre=rows.mean(axis=0),
            spread=np.where(spread > 0, spread, 1.0),
            low=rows.min(axis=0),
            high=rows.max(axis=0),
            is_whole=np.all(rows == np.round(rows), axis=0),
        )

    def write(self, scaled: NDArray[Any]) -> Floats:
        """Standardised rows as values that could have been observed: inside the range, whole where all were."""
        value = np.clip(scaled.astype(np.float64) * self.spread + self.centre, self.low, self.high)
        return np.where(self.is_whole, np.round(value), value)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArrayContest:
    """The game on rows of numbers; the generator reads noise alone."""

    adversary: Adversary
    maker: Player
    judging: Player
    matching: float

    def real(self, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Standardised rows, whole numbers spread over the unit around them."""
        u = jax.random.uniform(key, (len(rows), data["rows"].shape[1]), minval=-0.5, maxval=0.5)
        return data["rows"][rows] + u * data["grain"]

    def fake(self, generator: Any, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Rows from standard normal noise."""
        noise = jax.random.normal(key, (len(rows), self.maker.n_in))
        return answer(self.maker, generator, noise)

    def judge(self, discriminator: Any, data: Any, rows: jax.Array) -> jax.Array:
        """Score of each row."""
        return answer(self.judging, discriminator, rows)[:, 0]

    def beside(self, discriminator: Any, data: Any, real: jax.Array, fake: jax.Array) -> jax.Array:
        """Squared distance of the mean inner features of real and generated rows."""
        if self.matching == 0:
            return jnp.zeros(())
        gap = [think_of(self.judging, discriminator, x).mean(axis=0) for x in (real, fake)]
        return self.matching * jnp.mean((gap[0] - gap[1]) ** 2)

    def anchor(self, generator: Any, data: Any, rows: jax.Array, *, key: jax.Array) -> jax.Array:
        """Nothing: there is no likelihood of a row."""
        return jnp.zeros(())


def energy_distance(one: Floats, other: Floats) -> float:
    r"""Distance of two samples, 0 when they come from the same distribution and more otherwise (on average).

    .. math:: 2 \mathrm{E} \lVert x - y \rVert - \mathrm{E} \lVert x - x' \rVert - \mathrm{E} \lVert y - y' \rVert

    References
    ----------
    Székely, G. J., and M. L. Rizzo. 2013. Energy statistics. Journal of Statistical Planning and Inference 143.
    """

    def between(a: Floats, b: Floats) -> Floats:
        squared = np.sum(a**2, axis=1)[:, None] + np.sum(b**2, axis=1) - 2 * a @ b.T
        return np.sqrt(np.maximum(squared, 0.0))

    within = [between(x, x).sum() / (len(x) * (len(x) - 1)) for x in (one, other)]
    return float(2 * between(one, other).mean() - within[0] - within[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class ArraySettings:
    """Everything about a fit to an array but the rows and the seed."""

    loss: str
    gamma: float
    hidden: tuple[int, ...]
    noise: int
    matching: float
    rate: float
    batch: int
    chunk: int
    max_chunks: int
    average: float


def choose_array_settings(**given: Any) -> ArraySettings:
    """Settings for an array, each overridden by what is given."""
    chosen: dict[str, Any] = {
        "loss": "relativistic",
        "gamma": 10.0,
        "hidden": (256, 256),
        "noise": 32,
        "matching": 0.0,
        "rate": 1e-3,
        "batch": 128,
        "chunk": 200,
        "max_chunks": 25,
        "average": 0.995,
    }
    chosen |= {name: value for name, value in given.items() if value is not None and name in chosen}
    if (most := given.get("steps")) is not None:
        chosen["chunk"] = min(chosen["chunk"], most)
        chosen["max_chunks"] = max(1, most // chosen["chunk"])
    return ArraySettings(**chosen)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FittedArrayGan:
    """A trained generator of rows of numbers; made by ``Gan.fit`` of an array, never by hand.

    Attributes
    ----------
    spec
        The specification that was fitted.
    seed
        The seed of the fit.
    shape
        Of one row, as it was given.
    contest, ruler
        The players, and what columns are measured by.
    generator, discriminator
        Weights of both players.
    history
        One row per score: losses of both, how often the real one of a pair was told (``told_apart``), variance of
        generated rows as a share of that of real ones (``variety``), and the held-out energy distance.
    notes
        What went otherwise than planned, in sentences.
    """

    spec: Any
    seed: int
    shape: tuple[int, ...]
    contest: ArrayContest
    ruler: Ruler
    generator: Mapping[str, NDArray[Any]]
    discriminator: Mapping[str, NDArray[Any]]
    history: list[dict[str, Any]]
    notes: tuple[str, ...]

    def sample(self, n: int, *, seed: int | None = None) -> Floats:
        """Make rows from noise.

        Parameters
        ----------
        n
            Rows to make.
        seed
            Where the noise comes from; None takes the seed of the fit.

        Returns
        -------
        Floats
            Shape ``(n, *shape)``: inside the range of each column, whole where all real values were.

        Raises
        ------
        SpecError
            When n is negative.
        """
        n = check_count(n, "n", 0)
        rng = generator(self.seed if seed is None else check_seed(seed), "sample")
        noise = jnp.asarray(rng.standard_normal((n, self.contest.maker.n_in)), dtype=jnp.float32)
        params = {name: jnp.asarray(array) for name, array in self.generator.items()}
        raw = np.asarray(answer(self.contest.maker, params, noise))
        return self.ruler.write(raw).reshape(n, *self.shape)

    def plot_loss(self) -> Any:
        """Losses of both players and the held-out score that says which generator is kept, as a matplotlib figure."""
        return plot_players(self.history)

    def score(self, rows: Any) -> Floats:
        """Score rows by the discriminator: more is more real, and only differences mean something.

        Parameters
        ----------
        rows
            Rows (n, ...) of the shape that was learned.

        Returns
        -------
        numpy.ndarray
            Shape (n,).
        """
        flat = np.asarray(rows, dtype=np.float64).reshape(len(rows), -1)
        scaled = jnp.asarray((flat - self.ruler.centre) / self.ruler.spread, dtype=jnp.float32)
        params = {name: jnp.asarray(array) for name, array in self.discriminator.items()}
        return np.asarray(answer(self.contest.judging, params, scaled)[:, 0], dtype=np.float64)

    def __repr__(self) -> str:
        """One line."""
        return f"FittedArrayGan(shape={self.shape}, loss={self.spec.loss!r}, seed={self.seed})"


def fit_array(rows: Any, settings: ArraySettings, *, spec: Any, seed: int, say: Progress) -> FittedArrayGan:
    """Train on rows (n, p) or (n, ...) of finite numbers; one tenth is held out to say when to stop.

    Raises
    ------
    DataError
        When there are too few rows, or cells that are not finite numbers.
    """
    flat = _as_rows(rows)
    ruler = Ruler.of(flat)
    scaled = (flat - ruler.centre) / ruler.spread
    order = generator(seed, "split").permutation(len(flat))
    n_held = max(len(flat) // 10, 5)
    held, taught = scaled[order[: min(n_held, CHECKED)]], order[n_held:]
    contest = ArrayContest(
        adversary=find_adversary(settings.loss, gamma=settings.gamma),
        maker=Player(n_in=settings.noise, n_out=flat.shape[1], hidden=settings.hidden),
        judging=Player(n_in=flat.shape[1], n_out=1, hidden=settings.hidden),
        matching=settings.matching,
    )
    data = {
        "rows": jnp.asarray(scaled, dtype=jnp.float32),
        "grain": jnp.asarray(ruler.is_whole / ruler.spread, dtype=jnp.float32),
        "pick": jnp.asarray(taught, dtype=jnp.int32),
        "n_pick": jnp.int32(len(taught)),
    }
    key = stream(seed, "check")

    def check(params: Mapping[str, Any]) -> float:
        made = _generate(contest, dict(params), data, jnp.zeros(CHECKED, dtype=jnp.int32), key)
        return energy_distance((ruler.write(np.asarray(made)) - ruler.centre) / ruler.spread, held)

    match = Match(
        batch=settings.batch,
        chunk=settings.chunk,
        max_chunks=settings.max_chunks,
        patience=settings.max_chunks,
        rate=settings.rate,
        last_rate=settings.rate / 4,
        average=settings.average,
    )
    first = start_player(contest.maker, rng=generator(seed, "generator"))
    judge = start_player(contest.judging, rng=generator(seed, "discriminator"))
    verdict = duel(contest, data, first, judge, match, check=check, seed=seed, say=say)
    return FittedArrayGan(
        spec=spec,
        seed=seed,
        shape=np.shape(rows)[1:],
        contest=contest,
        ruler=ruler,
        generator=verdict.generator,
        discriminator=verdict.discriminator,
        history=verdict.history,
        notes=tuple(verdict.events),
    )


def _as_rows(rows: Any) -> Floats:
    array = np.asarray(rows)
    if array.ndim < 2 or array.dtype.kind not in "biuf" or not np.isfinite(array.astype(np.float64)).all():
        raise DataError(
            f"The array has shape {array.shape} and type {array.dtype}. Rows of finite numbers are needed, (n, p) or "
            "(n, height, width): fill or drop missing cells, or hand over a data frame, whose missing cells are learnt."
        )
    if len(array) < LEAST_ROWS:
        raise DataError(
            f"The array has {len(array)} rows. Two players need {LEAST_ROWS} at least, and are good from some hundreds "
            "on: give more rows."
        )
    return array.reshape(len(array), -1).astype(np.float64)


def _generate_rows(contest: ArrayContest, params: Any, data: Any, rows: jax.Array, key: jax.Array) -> jax.Array:
    return contest.fake(params, data, rows, key=key)


_generate = jax.jit(_generate_rows, static_argnums=0)
