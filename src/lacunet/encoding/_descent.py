"""Steps of the one training loop until rows held out are told no better; begins anew, slower, when the loss explodes.

Nothing here knows of autoencoders: any objective of `lacunet.train._loop` will do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from lacunet._rng import stream
from lacunet.errors import TrainingError
from lacunet.train._cache import keep_compiled
from lacunet.train._loop import Objective, Plan, advance, begin

Progress = Callable[[str, int, int], None]
Check = Callable[[Mapping[str, jax.Array]], float]
RETRIES = 3
"""How often training begins anew, each time at a quarter of the learning rate."""
EXPLODED = 1e3
"""A held-out loss this many times as high as at the start will not come back."""
WARM_STEPS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How fast and how long.

    Attributes
    ----------
    plan
        Rows a step, steps between two checks, weight decay.
    max_checks, patience
        Most checks, and checks without a gain after which training stops.
    finish
        Least chunks of steps after that, see `descend`.
    learning_rate
        Rate after warming up.
    """

    plan: Plan
    max_checks: int
    patience: int
    finish: int
    learning_rate: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """What training left: its weights, and one row a check."""

    params: dict[str, NDArray[Any]]
    history: list[dict[str, Any]]


def descend(
    objective: Objective,
    data: Mapping[str, jax.Array],
    every: Mapping[str, jax.Array],
    start: Mapping[str, NDArray[Any]],
    pace: Pace,
    check: Check,
    *,
    seed: int,
    member: int,
    say: Progress,
) -> Descent:
    """Train until the held-out loss stops falling; then go on from the best weights while the rate falls to 0.

    The finish settles what steps of full size leave trembling, and learns from the rows that said when to stop as well.
    It is as long as the way to the best weights was, or ``pace.finish`` if that is longer.

    Parameters
    ----------
    objective, data, every, start
        What to learn, from what until the stop and from what in the finish, and the weights to start from.
    pace
        See `Pace`.
    check
        Held-out loss of weights.
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
        found = _attempt(objective, data, start, pace, check, rate, seed=seed, member=member, say=say)
        if found is not None:
            done = _finish(objective, every, found, pace, rate, seed=seed, member=member)
            return Descent(params=done, history=found.history)
        rate /= 4.0
    raise TrainingError(
        f"The training loss exploded at learning rates from {pace.learning_rate:g} down to {rate * 4:g}. The network "
        "needs columns without extreme values: look at their largest cells, or take logarithms."
    )


def _attempt(
    objective: Objective,
    data: Mapping[str, jax.Array],
    start: Mapping[str, NDArray[Any]],
    pace: Pace,
    check: Check,
    rate: float,
    *,
    seed: int,
    member: int,
    say: Progress,
) -> Descent | None:
    plan = pace.plan
    state = begin({name: jnp.asarray(array) for name, array in start.items()}, plan)
    best = _copied(state[1])
    first = lowest = check(best)
    history: list[dict[str, Any]] = [{"step": 0, "epoch": 0.0, "held_out_loss": first}]
    waited = 0
    for c in range(pace.max_checks):
        say("training", c, pace.max_checks)
        step = np.arange(plan.steps) + c * plan.steps + 1
        rates = (rate * np.minimum(1.0, step / WARM_STEPS)).astype(np.float32)
        key = stream(seed, "training", member, c)
        state, loss = advance(state, data, rates, key, objective=objective, plan=plan)
        held = check(state[1])
        if not (np.isfinite(float(loss)) and held < EXPLODED * max(first, 1.0)):
            return None
        epoch = round(float(step[-1]) * plan.batch / float(data["n_pick"]), 2)
        history.append({"step": int(step[-1]), "epoch": epoch, "train_loss": float(loss), "held_out_loss": held})
        best, lowest, waited = (_copied(state[1]), held, 0) if held < lowest else (best, lowest, waited + 1)
        if waited >= pace.patience:
            break
    return Descent(params={name: np.asarray(array) for name, array in best.items()}, history=history)


def _finish(
    objective: Objective,
    data: Mapping[str, jax.Array],
    found: Descent,
    pace: Pace,
    rate: float,
    *,
    seed: int,
    member: int,
) -> dict[str, NDArray[Any]]:
    lowest = int(np.argmin([row["held_out_loss"] for row in found.history]))
    if lowest == 0:
        return found.params
    plan, chunks = pace.plan, max(lowest, pace.finish)
    state = begin({name: jnp.asarray(array) for name, array in found.params.items()}, plan)
    for c in range(chunks):
        fall = 1 - (np.arange(plan.steps) + c * plan.steps) / (chunks * plan.steps)
        key = stream(seed, "finish", member, c)
        state, _ = advance(state, data, (rate * fall).astype(np.float32), key, objective=objective, plan=plan)
    return {name: np.asarray(array) for name, array in state[0].items()}


@jax.jit
def _copied(params: Any) -> Any:
    """Copy weights that the next steps would overwrite."""
    return jax.tree.map(jnp.copy, params)
