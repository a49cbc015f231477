"""Steps of the one loop until rows held out are told no better; anew, slower, when the loss explodes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._keys import stream
from lacunet._typing import Floats
from lacunet.errors import TrainingError
from lacunet.train._cache import keep_compiled
from lacunet.train._loop import Objective, Plan, advance, begin, copied

Progress = Callable[[str, int, int], None]
Check = Callable[[Mapping[str, Any]], float]
HostParams = dict[str, NDArray[Any]]
RETRIES, SLOWER = 6, 10.0
"""How often training begins anew, and how many times slower each time, when its loss explodes."""
EXPLODED = 10.0
"""A loss this many times as far up as the one at the start will not come back."""
WARM_STEPS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How fast and how long.

    Attributes
    ----------
    batch, chunk, max_chunks
        Rows a step, steps between two checks of the held-out loss, and most checks.
    patience
        Checks without a gain after which training stops.
    learning_rate, schedule, weight_decay
        Rate after warming up; "constant", or "cosine" down to 0 over ``max_chunks``; decoupled decay of the weights.
    """

    batch: int
    chunk: int
    max_chunks: int
    patience: int
    learning_rate: float
    schedule: str = "constant"
    weight_decay: float

    @property
    def plan(self) -> Plan:
        """One call of the loop."""
        return Plan(batch=self.batch, steps=self.chunk, weight_decay=self.weight_decay)


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """What training left: weights, one row a check, and the rate it ended with (lower than asked if it exploded)."""

    params: HostParams
    history: list[dict[str, Any]]
    learning_rate: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What there is to learn.

    Attributes
    ----------
    objective, data, start
        What to learn, from what, and the weights to start from.
    first
        Loss of the start.
    check
        Held-out loss of weights; without it training goes to its end.
    every, finish
        All rows, with those held out, to finish on, and the least chunks of steps of the finish, see `descend`;
        without the rows there is none.
    """

    objective: Objective
    data: Mapping[str, jax.Array]
    start: Mapping[str, NDArray[Any]]
    first: float
    check: Check | None = None
    every: Mapping[str, jax.Array] | None = None
    finish: int = 0


def descend(lesson: Lesson, pace: Pace, *, seed: int, member: int, say: Progress) -> Descent:
    """Train until the held-out loss stops falling; the weights with the lowest are kept.

    With rows to finish on, training goes on from these weights while the rate falls to 0. That settles what steps of
    full size leave trembling, and learns from the rows that said when to stop as well. It is as long as the way to the
    best weights was, or ``lesson.finish`` if that is longer.

    Parameters
    ----------
    lesson, pace
        See `Lesson` and `Pace`.
    seed, member
        Where all randomness comes from.
    say
        Called with the stage, the checks done and the most there may be.

    Raises
    ------
    TrainingError
        When the loss explodes however low the rate.
    """
    keep_compiled()
    rate = pace.learning_rate
    for _ in range(RETRIES + 1):
        found = _attempt(lesson, pace, rate, seed=seed, member=member, say=say)
        if found is not None:
            return found if lesson.every is None else _finish(lesson, pace, found, seed=seed, member=member)
        rate /= SLOWER
    raise TrainingError(
        f"The training loss exploded at learning rates from {pace.learning_rate:g} down to {rate * SLOWER:g}. The "
        "network needs columns without extreme values: look at their largest cells, or take logarithms."
    )


def _attempt(lesson: Lesson, pace: Pace, rate: float, *, seed: int, member: int, say: Progress) -> Descent | None:
    plan, check = pace.plan, lesson.check
    state = begin({name: jnp.asarray(array) for name, array in lesson.start.items()}, plan)
    best, lowest, waited = copied(state[1]), lesson.first, 0
    history: list[dict[str, Any]] = [{"step": 0, "epoch": 0.0}]
    history[0] |= {} if check is None else {"held_out_loss": lesson.first}
    for c in range(pace.max_chunks):
        say("training", c, pace.max_chunks)
        step = np.arange(plan.steps) + c * plan.steps + 1
        key = stream(seed, "training", member, c)
        state, loss = advance(state, lesson.data, _rates(pace, rate, step), key, objective=lesson.objective, plan=plan)
        epoch = round(float(step[-1]) * plan.batch / float(lesson.data["n_pick"]), 2)
        row = {"step": int(step[-1]), "epoch": epoch, "train_loss": float(loss)}
        history.append(row)
        if not row["train_loss"] < lesson.first + EXPLODED * max(abs(lesson.first), 1.0):
            return None
        if check is None:
            continue
        row["held_out_loss"] = held = check(state[1])
        best, lowest, waited = (copied(state[1]), held, 0) if held < lowest else (best, lowest, waited + 1)
        if waited >= pace.patience:
            break
    kept = state[1] if check is None else best
    return Descent(params=_on_host(kept), history=history, learning_rate=rate)


def _rates(pace: Pace, rate: float, step: NDArray[np.int64]) -> NDArray[np.float32]:
    """Learning rate of each step."""
    rates: Floats = rate * np.minimum(1.0, step / WARM_STEPS)
    if pace.schedule == "cosine":
        rates = rates * 0.5 * (1 + np.cos(np.pi * np.minimum(step / (pace.chunk * pace.max_chunks), 1.0)))
    return rates.astype(np.float32)


def _finish(lesson: Lesson, pace: Pace, found: Descent, *, seed: int, member: int) -> Descent:
    assert lesson.every is not None
    lowest = int(np.argmin([row["held_out_loss"] for row in found.history]))
    if lowest == 0:
        return found
    plan, chunks = pace.plan, max(lowest, lesson.finish)
    state = begin({name: jnp.asarray(array) for name, array in found.params.items()}, plan)
    for c in range(chunks):
        fall = 1 - (np.arange(plan.steps) + c * plan.steps) / (chunks * plan.steps)
        rates = (found.learning_rate * fall).astype(np.float32)
        key = stream(seed, "finish", member, c)
        state, _ = advance(state, lesson.every, rates, key, objective=lesson.objective, plan=plan)
    return Descent(params=_on_host(state[0]), history=found.history, learning_rate=found.learning_rate)


def _on_host(params: Mapping[str, jax.Array]) -> HostParams:
    return {name: np.asarray(array) for name, array in params.items()}
