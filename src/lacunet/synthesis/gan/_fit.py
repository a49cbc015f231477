"""Train the table GAN: first the generator by likelihood, then both players against each other, then who chooses."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._layout import Layout
from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.draw._refit_in_order import MOST_SKIP
from lacunet.family._book import as_device
from lacunet.net._adversary import find_adversary
from lacunet.net._drawing import Drawing
from lacunet.net._masked import Net
from lacunet.net._players import Player, answer, start_player
from lacunet.synthesis._engine_face import Source
from lacunet.synthesis.coding._build import build_coding
from lacunet.synthesis.coding._coding import Coding, Reasons
from lacunet.synthesis.gan._check import held_out_score
from lacunet.synthesis.gan._cut import COMPARED, compared_columns, cut_stages, shared_information
from lacunet.synthesis.gan._engine import GanEngine, describe_stages
from lacunet.synthesis.gan._game import TableGame
from lacunet.synthesis.gan._stages import Stages, describe_real, start_stages
from lacunet.train._duel import Match, duel, last_lessons
from lacunet.train._stopping import Lesson, Pace, Progress, descend

LARGE = 10_000
"""Rows from which a table counts as large: a wider generator, bigger batches."""
CHECKED = 4096
"""Most held-out rows on which a score is taken, and rows of a block of work."""
MADE = 3
"""Generated rows on which a score is taken, in blocks: the rows held out are the same for all, these are not."""
MOST_STAGES = 16
"""Stages beyond which compiling and each step cost more than they bring."""
UNCLEAR = 0.01
"""Rise of the held-out score that chance may bring about: what is solved for is undone only beyond it."""
LEAST_HELD = 30
"""Held-out rows below which neither a score nor odds can be told."""
Rows = dict[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything about a fit but the data and the seed; ``None`` of the specification already resolved."""

    hidden: tuple[int, ...]
    discriminator_hidden: tuple[int, ...]
    stages: int | None
    noise: int
    temperature: float
    dropout: float
    weight_decay: float
    warm_rate: float
    warm_chunks: int
    loss: str
    gamma: float
    rate: float
    critic_rate: float
    pairs: float
    matching: float
    likelihood: float
    keeping: float
    n_levels: int
    batch: int
    chunk: int
    max_chunks: int
    patience: int
    average: float
    last_chunks: int
    n_candidates: int
    skip: bool


def choose_settings(n_rows: int, **given: Any) -> Settings:
    """Settings for a table of this size, each overridden by what is given."""
    large = n_rows >= LARGE
    chosen: dict[str, Any] = {
        "hidden": (128, 128) if large else (64, 64),
        "discriminator_hidden": (128, 128),
        "stages": None,
        "noise": 16,
        "temperature": 0.7,
        "dropout": 0.0 if large else 0.1,
        "weight_decay": 0.0 if large else 0.3,
        "warm_rate": 2e-3,
        "warm_chunks": 20 if large else 30,
        "loss": "relativistic",
        "gamma": 0.1,
        "rate": 1e-4,
        "critic_rate": 5.0,
        "pairs": 2.0,
        "matching": 0.0,
        "likelihood": 1.0,
        "keeping": 0.15,
        "n_levels": int(np.clip(n_rows // 25, 2, 64)),
        "batch": 512 if large else 256,
        "chunk": 100,
        "max_chunks": 8,
        "patience": 4,
        "average": 0.998,
        "last_chunks": 3,
        "n_candidates": 4,
        "skip": True,
    }
    chosen |= {name: value for name, value in given.items() if value is not None and name in chosen}
    if (most := given.get("steps")) is not None:
        chosen["chunk"] = min(chosen["chunk"], most)
        chosen["max_chunks"] = max(1, most // chosen["chunk"])
    return Settings(**chosen)


def fit_gan(
    source: Source,
    layout: Layout,
    settings: Settings,
    *,
    weight: Floats | None,
    seed: int,
    progress: Progress | None = None,
) -> GanEngine:
    """Train on a table.

    Parameters
    ----------
    source
        The rows.
    layout
        Its columns.
    settings
        See `choose_settings`.
    weight
        Weights of the rows for both players, shape (n,); None for equal ones.
    seed
        Where all randomness comes from.
    progress
        Called with a stage, the work done and the work there may be.
    """
    say = progress or (lambda stage, done, total: None)
    trainer = _Trainer.prepare(source.values, source.reason, layout, settings, weight=weight, seed=seed)
    return trainer.play(trainer.warm_up(say), say)


@dataclass
class _Trainer:
    """The data of one fit on the device, and the game."""

    coding: Coding
    stages: Stages
    settings: Settings
    seed: int
    data: dict[str, Any]
    held: NDArray[np.int32]
    rows: Rows
    n_rows: int

    @classmethod
    def prepare(
        cls, values: Floats, reason: Reasons, layout: Layout, settings: Settings, *, weight: Floats | None, seed: int
    ) -> "_Trainer":
        """Code the table, cut its slots into stages and split its rows."""
        coding = build_coding(values, reason, layout, n_levels=settings.n_levels, weight=weight)
        rows, n = coding.encode(values, reason), len(values)
        order = generator(seed, "split").permutation(n)
        n_held = n // 10 if n // 10 >= LEAST_HELD else 0
        stage = _stage_of_slots(coding, rows, order[:COMPARED], settings.stages, seed=seed)
        net = Net(shape=coding.book.shape, hidden=settings.hidden, dropout=settings.dropout)
        slots = [np.flatnonzero(stage == k) for k in range(int(stage[coding.order].max()) + 1)]
        stages = describe_stages(coding, net, slots, noise=settings.noise, temperature=settings.temperature)
        data = as_device(rows) | {"book": as_device(coding.arrays()), "there": jax.device_put(rows["seen"])}
        padded = len(rows["level"])
        taught = order[n_held:]
        scale = np.ones(n) if weight is None else weight / weight.mean()
        data |= {
            "rank": jax.device_put(stage),
            "n_order": np.float32(len(slots)),
            "n_slots": np.float32(len(coding.order)),
            "weight": jax.device_put(np.pad(scale, (0, padded - n)).astype(np.float32)),
            "pick": jax.device_put(np.pad(taught, (0, padded - len(taught))).astype(np.int32)),
            "n_pick": jax.device_put(np.int32(len(taught))),
        }
        return cls(coding, stages, settings, seed, data, order[:n_held].astype(np.int32), rows, n)

    def warm_up(self, say: Progress) -> dict[str, NDArray[Any]]:
        """Generator trained by the likelihood of each stage given those before, and of hidden parts of any kind."""
        s, objective = self.settings, Drawing(net=self.stages.net)
        first = start_stages(self.stages, self.coding.arrays(), rng=generator(self.seed, "start"))
        if s.warm_chunks == 0:
            # From noise alone the noise has to be heard from the start.
            width = s.hidden[0]
            first["w_noise"] = generator(self.seed, "noise").normal(0, s.noise**-0.5, first["w_noise"].shape)
            first["w_score"] = generator(self.seed, "scores").normal(0, width**-0.5, first["w_score"].shape)
            return {name: array.astype(np.float32) for name, array in first.items()}
        pace = Pace(
            batch=s.batch,
            chunk=s.chunk,
            max_chunks=s.warm_chunks,
            patience=4,
            learning_rate=s.warm_rate,
            schedule="cosine",
            weight_decay=s.weight_decay,
        )
        key, held = stream(self.seed, "held out"), jax.device_put(np.resize(self._scored(), CHECKED).astype(np.int32))

        def check(params: Mapping[str, Any]) -> float:
            return float(_held_loss(objective, params, self.data, held, key))

        lesson = Lesson(objective=objective, data=self.data, start=first, first=check(first), check=check)
        return descend(lesson, pace, seed=self.seed, member=0, say=say).params

    def play(self, warm: dict[str, NDArray[Any]], say: Progress) -> GanEngine:
        """Both players against each other, then the discriminator alone, to choose among candidates."""
        s = self.settings
        n_in = self.stages.net.shape.n_columns + self.stages.net.shape.n_slots
        judging = Player(n_in=n_in, n_out=1, hidden=s.discriminator_hidden)
        game = TableGame(
            stages=self.stages,
            judging=judging,
            adversary=find_adversary(s.loss, gamma=s.gamma),
            pairs=s.pairs,
            matching=s.matching,
            likelihood=s.likelihood,
            keeping=s.keeping,
        )
        match = Match(
            batch=s.batch,
            chunk=s.chunk,
            max_chunks=s.max_chunks,
            patience=s.patience,
            rate=s.rate,
            last_rate=s.rate / 4,
            critic_rate=s.critic_rate,
            average=s.average,
        )
        data = self._for_game()
        first = start_player(judging, rng=generator(self.seed, "discriminator"), last=0.1)

        def score(params: Mapping[str, Any]) -> float:
            return self._score_of(self._engine(judging, params, first))

        verdict = duel(game, data, warm, first, match, check=score if len(self.held) else None, seed=self.seed, say=say)
        engine = self._engine(judging, verdict.generator, verdict.discriminator)
        engine.history, engine.notes = verdict.history, verdict.events
        if len(self.held):
            if s.n_candidates > 1:
                engine.discriminator = last_lessons(game, data, verdict, match, n_chunks=s.last_chunks, seed=self.seed)
            self.finish(engine)
        return engine

    def finish(self, engine: GanEngine) -> None:
        """Do what should make the rows better, and undo what the rows held out clearly disapprove of.

        First a linear skip that is solved for, then a choice among candidates by the discriminator's odds.
        """
        before = self._score_of(engine)
        engine.history.append({"finish": "as played", "held_out_score": before})
        if self.settings.skip and self.stages.net.shape.n_slots <= MOST_SKIP:
            weight = np.asarray(self.data["weight"], dtype=np.float64)
            engine.cross(self.rows, weight, seed=self.seed)
            engine.skips = {0: engine.solve_skip(self.rows, weight, seed=self.seed)}
            before, is_kept = self._told(engine, "linear skip", before)
            engine.skips = engine.skips if is_kept else {}
        if self.settings.n_candidates > 1:
            engine.slope, engine.n_candidates = self._odds(engine), self.settings.n_candidates
            is_kept = self._told(engine, "choice among candidates", before)[1] and engine.slope > 0
            engine.n_candidates, engine.slope = (engine.n_candidates, engine.slope) if is_kept else (1, 0.0)

    def _told(self, engine: GanEngine, what: str, before: float) -> tuple[float, bool]:
        """Score to compare the next with, and whether this step of the finish stays."""
        score = self._score_of(engine)
        is_kept = score < before + UNCLEAR
        engine.history.append({"finish": what, "held_out_score": score, "kept": is_kept})
        return (score if is_kept else before), is_kept

    def _for_game(self) -> dict[str, Any]:
        """Data whose rows are picked as often as they weigh, and their moments."""
        taught = np.asarray(self.data["pick"])[: int(self.data["n_pick"])]
        weight = np.asarray(self.data["weight"])[taught].astype(np.float64)
        if np.ptp(weight) > 0:
            steps = (np.arange(len(taught)) + generator(self.seed, "picks").random()) / len(taught)
            taught = taught[np.minimum(np.searchsorted(np.cumsum(weight) / weight.sum(), steps), len(taught) - 1)]
        compared = jax.device_put(compared_columns(self.coding.book))
        total: Any = 0.0
        for at in range(0, len(taught), CHECKED):
            mine = taught[at : at + CHECKED]
            padded = np.pad(mine, (0, CHECKED - len(mine))).astype(np.int32)
            total = total + _moments(self.stages, self.data, compared, padded, np.float32(len(mine)))
        moments = total / len(taught)
        pick = np.pad(taught, (0, len(self.rows["level"]) - len(taught))).astype(np.int32)
        facts = {"compared": compared, "moments": moments[:-1], "means": moments[-1]}
        return self.data | {"pick": jax.device_put(pick)} | facts

    def _scored(self) -> NDArray[np.int32]:
        """Rows on which a score is taken: those held out, or all where they are few."""
        return self.held if len(self.held) else np.arange(self.n_rows, dtype=np.int32)

    def _engine(self, judging: Player, params: Mapping[str, Any], discriminator: Mapping[str, Any]) -> GanEngine:
        return GanEngine(
            coding=self.coding, stages=self.stages, judging=judging, generator=dict(params),
            discriminator=dict(discriminator),
        )  # fmt: skip

    def _made(self, engine: GanEngine, n: int) -> Rows:
        p = self.coding.book.shape.n_slots
        empty = {
            "level": np.zeros((n, p), np.int32),
            "z": np.zeros((n, p), np.float32),
            "there": np.zeros((n, p), bool),
        }
        drawn = engine.draw(empty, np.empty(0, np.intp), member=0, seed=self.seed)
        return drawn | {"seen": drawn["there"]}

    def _score_of(self, engine: GanEngine) -> float:
        """Score of an engine on the rows held out."""
        held = self.held[:CHECKED]
        made = self._made(engine, MADE * CHECKED)
        real = {name: self.rows[name][held] for name in ("level", "z", "seen")}
        return held_out_score(self.coding.book, real, made, generator(self.seed, "score"))

    def _odds(self, engine: GanEngine) -> float:
        """Slope of the log odds of being real on the discriminator's score, by logistic regression on rows held out."""
        made = self._made(engine, CHECKED)
        real = {name: self.rows[name][np.resize(self.held, CHECKED)] for name in ("level", "z", "seen")}
        params = as_device(dict(engine.discriminator))
        scores = [
            np.asarray(
                _judge(self.stages, engine.judging, params, self.data["book"], as_device(rows)), dtype=np.float64
            )
            for rows in (real, {name: made[name] for name in ("level", "z", "seen")})
        ]
        return _logistic_slope(np.concatenate(scores), np.repeat([1.0, 0.0], CHECKED))


def _stage_of_slots(
    coding: Coding, rows: Rows, compared: NDArray[np.intp], n_stages: int | None, *, seed: int
) -> NDArray[np.int32]:
    """Stage of each slot, shape (p slots,); far behind for slots that hold nothing."""
    book = coding.book
    n_stages = min(len(coding.order), MOST_STAGES) if n_stages is None else n_stages
    information = shared_information(book, rows["level"][compared], rows["seen"][compared])
    grid_of = {int(slot): j for j, slot in enumerate(book.slot)}
    gate = np.array([grid_of.get(int(g), -1) for g in coding.status_of[book.slot]])
    stage = np.full(book.shape.n_slots, np.iinfo(np.int32).max // 2, dtype=np.int32)
    stage[book.slot] = cut_stages(information, n_stages, gate, generator(seed, "stages"))
    return stage


def _logistic_slope(x: Floats, y: Floats) -> float:
    """Slope of a logistic regression of y on x, never below 0, shrunk a little."""
    design = np.column_stack([np.ones_like(x), x - x.mean()])
    beta = np.zeros(2)
    ridge = np.diag([0.0, 1.0])
    for _ in range(25):
        share = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (y - share) - ridge @ beta
        beta = beta + np.linalg.solve(design.T @ (design * (share * (1 - share))[:, None]) + ridge, slope)
    return float(max(beta[1], 0.0)) if np.isfinite(beta).all() else 0.0


@functools.partial(jax.jit, static_argnums=0)
def _held_loss(objective: Drawing, params: Any, data: Any, rows: jax.Array, key: jax.Array) -> jax.Array:
    return objective.loss(params, data, rows, key=key)


@functools.partial(jax.jit, static_argnums=0)
def _moments(stages: Stages, data: Any, compared: jax.Array, rows: jax.Array, n: jax.Array) -> jax.Array:
    """Sums of products of the compared columns over the first n rows, and in the last row of the columns."""
    x = describe_real(stages, data["book"], {name: data[name][rows] for name in ("level", "z", "seen")})
    x = jnp.where(jnp.arange(len(x))[:, None] < n, x[:, compared], 0.0)
    return jnp.concatenate([x.T @ x, x.sum(axis=0)[None]])


@functools.partial(jax.jit, static_argnums=(0, 1))
def _judge(stages: Stages, judging: Player, params: Any, book: Any, rows: Any) -> jax.Array:
    return answer(judging, params, describe_real(stages, book, rows))[:, 0]
