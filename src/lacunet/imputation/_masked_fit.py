"""Train the masked network on a table: a trunk that stops by itself, a finish on all rows, then members.

Up to 48 variables, members share the finished network and differ in their linear skip (`_masked_members.py`); on wider
tables, where a skip would be larger than the network, each member finishes training by itself on reweighted rows.
"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._layout import MISSING, OBSERVED, Layout
from lacunet._rng import generator
from lacunet._typing import Floats, States
from lacunet.draw._redraw import MOST_SLOTS, redraw
from lacunet.errors import TrainingError
from lacunet.family._book import Book, as_device, bind, pad_rows
from lacunet.family._grid import build_grid
from lacunet.imputation._masked_engine import MaskedEngine
from lacunet.imputation._masked_members import draw_members, rehearse_members, row_weights
from lacunet.net._masked import Arrays, Net, start
from lacunet.net._skip import empty_skip
from lacunet.net._unmasking import Unmasking, hidden_losses
from lacunet.train._cache import keep_compiled
from lacunet.train._loop import Plan, advance, begin, copied

Data = dict[str, Any]
Progress = Callable[[str, int, int], None]
WORKERS = 2
"""Members trained at the same time; their numbers do not depend on it."""
LARGE = 20_000
"""Rows from which a table counts as large: bigger batches, fewer rounds."""
LEAST_GAIN = 3e-4
"""Fall of the held-out loss (nats a cell) that counts as one."""
HELD_CELLS = 100_000
"""Hidden cells on which the held-out loss is taken, about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything about a fit but the data and the seed; ``None`` of the specification already resolved."""

    hidden: tuple[int, ...]
    dropout: float
    members: int
    weight_decay: float
    learning_rate: float
    n_levels: int
    power: float
    batch: int
    chunk: int
    max_chunks: int
    patience: int
    finish_chunks: int
    n_sweeps: int
    refill_every: int
    spread: float
    has_skip: bool


def choose_settings(n_rows: int, layout: Layout, **given: Any) -> Settings:
    """Settings for a table of this size, each overridden by what is given."""
    large = n_rows >= LARGE
    wide = len(layout) > 100
    chosen: dict[str, Any] = {
        "hidden": (256, 256) if wide else (128, 128) if large else (64, 64),
        "dropout": 0.1,
        "members": 4 if large else 10,
        "weight_decay": 0.3,
        "learning_rate": 2e-3 if large else 1e-3,
        "n_levels": int(np.clip(n_rows // 25, 2, 64)),
        "power": 2.0,
        "batch": 512 if large else 256,
        "chunk": 100,
        "max_chunks": 30 if large else 60,
        "patience": 2 if large else 4,
        "finish_chunks": 1 if wide else 3 if large else 8,
        "n_sweeps": 2 if wide else 4 if large else 10,
        "refill_every": 4 if wide else 1,
        # Below 1,667 rows averages over rows no longer hide what the weights leave out.
        "spread": float(np.clip(500 / n_rows, 0.3, 1.0)),
        # A skip is as wide as all levels together: beyond this it would outgrow the network.
        "has_skip": len(layout) <= MOST_SLOTS,
    }
    chosen |= {name: value for name, value in given.items() if value is not None}
    most = chosen.pop("max_steps", None)
    if most is not None:
        chosen["max_chunks"] = max(1, most // chosen["chunk"])
    return Settings(**chosen)


def fit_masked(
    values: Floats, state: States, layout: Layout, settings: Settings, *, seed: int, progress: Progress | None = None
) -> MaskedEngine:
    """Train trunk and members.

    Parameters
    ----------
    values, state
        The table, shape (n, p); every variable has at least one observed value.
    settings
        See ``choose_settings``.
    seed
        Where all randomness comes from.
    progress
        Called with a stage, the work done and the work there may be.
    """
    keep_compiled()
    trainer = _Trainer.prepare(values, state, layout, settings, seed=seed)
    say = progress or (lambda stage, done, total: None)
    # The members' program is compiled while the network trains.
    with ThreadPoolExecutor(1) as ahead:
        if settings.has_skip:
            ahead.submit(trainer.rehearse)
        trunk, history = trainer.train_trunk(say)
    say("members", 0, settings.members)
    members = trainer.share_members(trunk) if settings.has_skip else trainer.train_members(trunk, say)
    say("members", settings.members, settings.members)
    return MaskedEngine(
        grids=trainer.book.grids,
        net=trainer.net,
        members=members,
        seed=seed,
        n_sweeps=settings.n_sweeps,
        history=history,
        settings=asdict(settings),
    )


@dataclass
class _Trainer:
    """The data of one fit on the device, and the filled-in state of its missing cells."""

    book: Book
    net: Net
    plan: Plan
    objective: Unmasking
    settings: Settings
    seed: int
    n_rows: int
    data: Data
    cells: tuple[NDArray[np.intp], NDArray[np.intp]]
    split: NDArray[np.intp]
    no_skip: Arrays
    best_chunks: int = 0

    @classmethod
    def prepare(cls, values: Floats, state: States, layout: Layout, settings: Settings, *, seed: int) -> "_Trainer":
        n, n_levels = len(values), settings.n_levels
        grids = tuple(
            build_grid(variable, values[state[:, j] == OBSERVED, j], n_levels=n_levels, n_own=n_levels)
            for j, variable in enumerate(layout.variables)
        )
        book = bind(grids)
        rows, columns = np.nonzero(state == MISSING)
        data: dict[str, Any] = as_device(book.encode(values, state, pad_rows(n) + 1))
        data |= {"there": data["seen"], "book": as_device(book.arrays())}
        net = Net(shape=book.shape, hidden=settings.hidden, dropout=settings.dropout)
        return cls(
            book=book,
            net=net,
            plan=Plan(batch=settings.batch, steps=settings.chunk, weight_decay=settings.weight_decay),
            objective=Unmasking(net=net, power=settings.power),
            settings=settings,
            seed=seed,
            n_rows=n,
            data=data,
            cells=(rows, book.slot[columns]),
            split=generator(seed, "split").permutation(n),
            no_skip=as_device(empty_skip(net, data["book"])) if settings.has_skip else {},
        )

    def with_rows(self, data: Data, rows: NDArray[np.intp], weight: NDArray[np.float32] | None = None) -> Data:
        """Data whose batches are drawn from these rows, with these weights (one for every padded row) in the loss."""
        spare = len(data["level"])
        return data | {
            "pick": jax.device_put(np.pad(rows, (0, spare - len(rows))).astype(np.int32)),
            "n_pick": jax.device_put(np.int32(len(rows))),
            "weight": jax.device_put(np.ones(spare, dtype=np.float32) if weight is None else weight),
        }

    def refill(self, data: Data, params: Arrays, purpose: str, *numbers: int) -> Data:
        """Draw the missing cells anew, so that training sees full rows."""
        if len(self.cells[0]) == 0:
            return data
        rng, key = generator(self.seed, f"order of {purpose}", *numbers), stream(self.seed, purpose, *numbers)
        # An empty skip, so that the program compiled here draws from the members too.
        return data | redraw(params | self.no_skip, data["book"], data, self.cells, rng=rng, key=key, net=self.net)

    def train_trunk(self, say: Progress) -> tuple[Arrays, list[dict[str, Any]]]:
        """Train on nine tenths of the rows until the cells hidden in the others are predicted no better."""
        s, n_held = self.settings, max(self.n_rows // 10, 1)
        data = self.with_rows(self.data, self.split[n_held:])
        held, hide = self._held_out(self.split[:n_held])
        state = begin(start(self.net, self.book.arrays(), rng=generator(self.seed, "start")), self.plan)
        best, waited = copied(state[1]), 0
        best_loss = float(_mean_loss(self.net, best, data, held, hide))
        # Before the first step there is a held-out loss, but no training loss yet.
        history: list[dict[str, Any]] = [{"step": 0, "epoch": 0.0, "held_out_loss": best_loss}]
        for c in range(s.max_chunks):
            say("training", c, s.max_chunks)
            warm = np.minimum(1.0, (np.arange(s.chunk) + c * s.chunk + 1) / 100)
            key = stream(self.seed, "trunk", c)
            rates = np.asarray(s.learning_rate * warm, dtype=np.float32)
            state, loss = advance(state, data, rates, key, objective=self.objective, plan=self.plan)
            held_loss = float(_mean_loss(self.net, state[1], data, held, hide))
            step = (c + 1) * s.chunk
            epoch = round(step * s.batch / self.n_rows, 2)
            row = {"train_loss": _finite(loss, step), "held_out_loss": held_loss}
            history.append({"step": step, "epoch": epoch, **row})
            if held_loss < best_loss - LEAST_GAIN:
                best, best_loss, waited = copied(state[1]), held_loss, 0
                self.best_chunks = c + 1
            else:
                waited += 1
            if waited >= s.patience:
                break
            if (c + 1) % s.refill_every == 0:
                data = self.refill(data, state[1], "refill", c)
        self.data = data
        return best, history

    def rehearse(self) -> None:
        """Compile the programs that come after the trunk."""
        weights = as_device(start(self.net, self.book.arrays(), rng=generator(self.seed, "rehearsal")))
        rehearse_members(self.net, weights, self.data, n_rows=self.n_rows)

    def share_members(self, trunk: Arrays) -> tuple[Arrays, ...]:
        """Finish the network on all rows; members differ in their linear skip."""
        finished, data = self.finish(trunk, self.with_rows(self.data, self.split))
        s = self.settings
        return draw_members(
            self.net, finished, data, n_rows=self.n_rows, n_members=s.members, spread=s.spread, seed=self.seed
        )

    def train_members(self, trunk: Arrays, say: Progress) -> tuple[Arrays, ...]:
        """Finish one network a member, each under Gamma weights of the rows with mean 1 and variance ``spread``."""
        members, padded = [], len(self.data["level"])

        def train(member: int) -> Arrays:
            rng = generator(self.seed, "bootstrap", member)
            weight = row_weights(rng, self.n_rows, self.settings.spread, padded=padded)
            return self.finish(trunk, self.with_rows(self.data, self.split, weight), member)[0]

        # Steps of small networks leave a core idle: members share the cores, and none depends on another.
        with ThreadPoolExecutor(WORKERS) as pool:
            for member in pool.map(train, range(self.settings.members)):
                members.append(member)
                say("members", len(members), self.settings.members)
        return tuple(members)

    def finish(self, trunk: Arrays, data: Data, member: int = 0) -> tuple[Arrays, Data]:
        """Go on from the trunk while the learning rate falls to zero; the weights, and the data filled by them.

        The length is at most the trunk's, so that a table from which little can be learned is not learned by heart.
        """
        s = self.settings
        state = begin(trunk, self.plan)
        chunks = min(s.finish_chunks, max(self.best_chunks, 1))
        for c in range(chunks):
            fall = 1 - (np.arange(s.chunk) + c * s.chunk) / (chunks * s.chunk)
            rates = np.asarray(0.5 * s.learning_rate * fall, dtype=np.float32)
            key = stream(self.seed, "finish", member, c)
            state, loss = advance(state, data, rates, key, objective=self.objective, plan=self.plan)
            _finite(loss, (c + 1) * s.chunk)
            if s.has_skip or c < chunks - 1:
                data = self.refill(data, state[1], "finish refill", member, c)
        return state[0], data

    def _held_out(self, rows: NDArray[np.intp]) -> tuple[jax.Array, jax.Array]:
        """Held-out rows, repeated when few, and the cells of each that are hidden to be predicted."""
        p = max(len(self.book.grids), 1)
        most = max(HELD_CELLS // p, 1)
        # A padded count, so that tables of like size share the compiled check.
        rows = np.resize(rows, pad_rows(min(most, 16 * max(pad_rows(self.n_rows) // 10, 1))))
        rng = generator(self.seed, "held out")
        rate = rng.random((len(rows), 1)) ** self.settings.power
        hide = rng.random((len(rows), self.book.shape.n_slots)) < rate
        return jax.device_put(rows.astype(np.int32)), jax.device_put(hide)


def _finite(loss: jax.Array, step: int) -> float:
    """Loss as a number, or a TrainingError."""
    if not np.isfinite(number := float(loss)):
        raise TrainingError(
            f"The training loss is {number} at step {step}. Midas needs finite losses; "
            "look for extreme values with lacunet.read_table(...).schema.describe(), or lower learning_rate."
        )
    return number


@functools.partial(jax.jit, static_argnums=0)
def _mean_loss(net: Net, params: Arrays, data: Any, rows: jax.Array, hide: jax.Array) -> jax.Array:
    hide = hide & data["there"][rows]
    target = hide & data["seen"][rows]
    losses = hidden_losses(net, params, data, rows, hide, key=None)
    return jnp.sum(jnp.where(target, losses, 0.0)) / jnp.maximum(jnp.sum(target), 1)
