"""The table GAN as an engine: a generator that draws rows in stages, and a discriminator that chooses among them."""

import functools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import jax
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.draw._crossing import look_for_crossings
from lacunet.draw._from_nothing import Held, draw_rows
from lacunet.draw._refit_in_order import MOST_SKIP, refit_in_order
from lacunet.family._book import as_device
from lacunet.keep import arrays_under
from lacunet.net._masked import Arrays, Net
from lacunet.net._players import Player, answer
from lacunet.synthesis._engine_face import Rows, Source
from lacunet.synthesis.coding._coding import Coding
from lacunet.synthesis.gan._stages import Stages, describe, draw_stages, levels_of
from lacunet.train._cache import keep_compiled

CHUNK = 4096
"""Rows drawn together, candidates included."""
WORKERS = 2
"""Chunks drawn at the same time; each has a key of its own, so the numbers do not depend on it."""


@dataclass(kw_only=True)
class GanEngine:
    """Trained players and the slots they speak in.

    Attributes
    ----------
    coding
        Columns as slots.
    stages
        The generator's description.
    judging
        The discriminator's.
    generator, discriminator
        Their weights.
    n_candidates
        Rows drawn for each one that is kept; 1 keeps all.
    slope
        Log odds of being real for each unit of the discriminator's score, as measured on rows held out.
    crossed
        Pairs of facts whose products the skips look at too, shape (k, 2).
    skips
        Member -> the generator's linear skip; member 0 is the best, the others carry the uncertainty about it.
    history
        One row per score of the game.
    notes
        What went otherwise than planned, in sentences.
    """

    coding: Coding
    stages: Stages
    judging: Player
    generator: Mapping[str, NDArray[Any]]
    discriminator: Mapping[str, NDArray[Any]]
    n_candidates: int = 1
    slope: float = 0.0
    crossed: NDArray[np.int32] = field(default_factory=lambda: np.empty((0, 2), dtype=np.int32))
    skips: dict[int, dict[str, NDArray[Any]]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def draw(
        self,
        rows: Rows,
        first: NDArray[np.intp],
        *,
        member: int,
        seed: int,
        held: Held | None = None,
        only_first: bool = False,
    ) -> Rows:
        """Draw what is not there yet.

        Parameters
        ----------
        rows
            ``level``, ``z``, ``there`` (k, p slots): what is given.
        first
            Slots to draw before the others, one by one: those that are held or given.
        member, seed
            Which version of the generator, and where chance comes from.
        held
            What cells of the first slots may be.
        only_first
            Leave the other slots empty, where they can be.

        Returns
        -------
        dict
            ``level``, ``z``, ``there`` (k, p) and ``log_weight`` (k,).
        """
        keep_compiled()
        book, log_weight = as_device(self.coding.arrays(self.crossed)), np.zeros(len(rows["level"]), dtype=np.float32)
        if len(log_weight) == 0:
            return dict(rows) | {"log_weight": log_weight}
        if held is not None and len(first):
            status = (self.coding.status_of, self.coding.n_valued)
            key, order = stream(seed, "held", member), first.astype(np.int32)
            rows = draw_rows(self._plain(), book, rows, order, status, key=key, net=self.stages.net, held=held)
            if only_first:
                return rows
            log_weight = rows["log_weight"]
        given = {name: np.repeat(rows[name], self.n_candidates, axis=0) for name in ("level", "z", "there")}
        # A skip was solved for rows of which nothing is given.
        skip = {} if rows["there"].any() else self.skips.get(member, {})
        params = as_device(dict(self.generator) | (skip or self._no_skip()))
        drawn = self._draw_all(params, book, given, stream(seed, "rows", member))
        score = drawn.pop("score").reshape(-1, self.n_candidates)
        luck = generator(seed, "choice", member).gumbel(size=score.shape)
        at = np.arange(len(score)) * self.n_candidates + np.argmax(self.slope * score + luck, axis=1)
        return {name: array[at] for name, array in drawn.items()} | {"log_weight": log_weight}

    def _no_skip(self) -> dict[str, NDArray[Any]]:
        """A skip that adds nothing, so that one program draws with and without."""
        book, n_columns = self.coding.arrays(self.crossed), self.stages.net.shape.n_columns
        if self.stages.net.shape.n_slots > MOST_SKIP:
            return {}
        n_facts = len(book["fact_at"]) + len(book["crossed"])
        return {"w_skip": np.zeros((n_facts, n_columns), np.float32), "b_skip": np.zeros(n_columns, np.float32)}

    def _plain(self) -> Arrays:
        """The generator without its noise: the masked network that it is."""
        return as_device({name: array for name, array in self.generator.items() if name != "w_noise"})

    def _draw_all(self, params: Arrays, book: Arrays, given: Rows, key: jax.Array) -> Rows:
        n = len(given["level"])
        padded = {name: np.pad(array, ((0, -n % CHUNK), (0, 0))) for name, array in given.items()}
        judge, game = as_device(dict(self.discriminator)), (self.stages, self.judging)

        def part(c: int) -> Rows:
            mine = jax.device_put({name: array[c * CHUNK : (c + 1) * CHUNK] for name, array in padded.items()})
            drawn = _draw_chunk(params, judge, book, mine, jax.random.fold_in(key, c), game=game)
            return {name: np.asarray(array) for name, array in drawn.items()}

        n_chunks = len(padded["level"]) // CHUNK
        # The first chunk compiles; the others then find the program.
        parts = [part(0)]
        with ThreadPoolExecutor(WORKERS) as pool:
            parts += list(pool.map(part, range(1, n_chunks)))
        return {name: np.concatenate([each[name] for each in parts])[:n] for name in parts[0]}

    def learn(self, member: int, first: NDArray[np.intp], source: Source) -> None:
        """Solve for the skip of a version that random weights of the rows make as likely as the best."""
        if len(first) or 0 not in self.skips or member in self.skips:
            return
        rows = self.coding.encode(source.values, source.reason)
        self.skips[member] = self.solve_skip(rows, source.weigh(member), seed=member)

    def has_member(self, member: int, first: NDArray[np.intp]) -> bool:
        """Whether a version is there, for rows of which these slots come first."""
        return member == 0 or (member in self.skips and not len(first))

    def cross(self, rows: Rows, weight: Floats, *, seed: int) -> None:
        """Find the interactions that the game missed, so that the skips look at them."""
        keep_compiled()
        device, padded = self._at(rows, weight, seed)
        params, book = as_device(dict(self.generator)), self.coding.arrays()
        self.crossed = look_for_crossings(params, book, device, self._rank, padded, net=self.stages.net)

    def solve_skip(self, rows: Rows, weight: Floats, *, seed: int) -> dict[str, NDArray[Any]]:
        """Skip that keeps averages and effects of the weighted rows, stage after stage, over the noise."""
        keep_compiled()
        device, padded = self._at(rows, weight, seed)
        params, book = as_device(dict(self.generator)), self.coding.arrays(self.crossed)
        return refit_in_order(params, book, device, self._rank, padded, net=self.stages.net)

    @property
    def _rank(self) -> NDArray[np.int32]:
        """Stage of each slot; far behind for slots that hold nothing."""
        rank = self.coding.rank
        for k, slots in enumerate(self.stages.slots):
            rank[list(slots)] = k
        return rank

    def _at(self, rows: Rows, weight: Floats, seed: int) -> tuple[Arrays, NDArray[np.float32]]:
        """Rows with a draw of noise each, and their weights, 0 for padding."""
        n = len(rows["level"])
        noise = generator(seed, "noise of the skip").standard_normal((n, self.stages.noise)).astype(np.float32)
        host = {name: rows[name] for name in ("level", "z", "seen", "apart")} | {"noise": noise}
        return as_device(host), np.pad(weight, (0, n - len(weight))).astype(np.float32)

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Weights and coding as flat names."""
        out = {f"coding.{name}": array for name, array in self.coding.as_arrays().items()}
        out |= {"crossed": self.crossed} | {
            f"generator.{name}": np.asarray(array) for name, array in self.generator.items()
        }
        out |= {f"discriminator.{name}": np.asarray(array) for name, array in self.discriminator.items()}
        for i, skip in self.skips.items():
            out |= {f"member.{i}.{name}": array for name, array in skip.items()}
        return out

    def as_meta(self) -> dict[str, Any]:
        """Everything that is not an array."""
        return {
            "engine": "gan",
            "coding": self.coding.as_meta(),
            "net": {"hidden": list(self.stages.net.hidden), "dropout": self.stages.net.dropout},
            "slots": [list(slots) for slots in self.stages.slots],
            "noise": self.stages.noise,
            "temperature": self.stages.temperature,
            "judging": asdict(self.judging),
            "n_candidates": self.n_candidates,
            "slope": self.slope,
            "members": list(self.skips),
            "history": self.history,
            "notes": self.notes,
        }

    @classmethod
    def from_parts(cls, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> Self:
        """Inverse of ``as_arrays`` and ``as_meta``."""
        coding = Coding.from_parts(arrays_under(arrays, "coding."), meta["coding"])
        net = Net(shape=coding.book.shape, hidden=tuple(meta["net"]["hidden"]), dropout=meta["net"]["dropout"])
        judging = meta["judging"] | {"hidden": tuple(meta["judging"]["hidden"])}
        facts = {name: meta[name] for name in ("n_candidates", "slope", "history", "notes")}
        return cls(
            coding=coding,
            stages=describe_stages(coding, net, meta["slots"], noise=meta["noise"], temperature=meta["temperature"]),
            judging=Player(**judging),
            generator=arrays_under(arrays, "generator."),
            crossed=arrays["crossed"],
            skips={i: arrays_under(arrays, f"member.{i}.") for i in meta["members"]},
            discriminator=arrays_under(arrays, "discriminator."),
            **facts,
        )


def describe_stages(coding: Coding, net: Net, slots: Any, *, noise: int, temperature: float) -> Stages:
    """Description of a generator whose stages are given."""
    return Stages(
        net=net,
        slots=tuple(tuple(int(slot) for slot in stage) for stage in slots),
        gate=tuple(coding.status_of.tolist()),
        n_valued=tuple(coding.n_valued.tolist()),
        noise=noise,
        temperature=temperature,
    )


@functools.partial(jax.jit, static_argnames=("game",))
def _draw_chunk(
    params: Arrays, discriminator: Arrays, book: Arrays, given: Arrays, key: jax.Array, *, game: tuple[Stages, Player]
) -> Arrays:
    """Rows of slots, and the discriminator's score of each."""
    stages, judging = game
    hot, z, has = draw_stages(stages, params, book, given, key=key)
    score = answer(judging, discriminator, describe(stages, book, hot, z, has))[:, 0]
    return {"level": levels_of(stages, hot), "z": z, "there": has > 0, "score": score}
