"""One pass over a corpus: stretches are made ready while those before them are trained on."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats
from lacunet.embedding.training._bags import Bags, make_bench, train_bags
from lacunet.embedding.training._chance import Noise, make_noise
from lacunet.embedding.training._plan import BEGIN, END, PARTS, READ, Plan, cut_stretches, fill_plan, make_plan
from lacunet.embedding.training._strata import BLOCK, count_shared, make_scratch, train_stretch
from lacunet.embedding.training._weights import Weights, zeros

Rates = tuple[float, float, float]
"""Learning rate at the first word of a pass, what it loses with every word, and the least there is."""
Totals = tuple[float, int]
"""Sum of the loss, and the number of pairs or examples."""


class Kernel(Protocol):
    """What trains on a stretch."""

    def train(self, pool: ThreadPoolExecutor, plan: Plan, key: np.uint64, rates: Rates) -> Totals:
        """Train on a stretch; its loss and number of pairs."""


@dataclass(frozen=True)
class Pass:
    """What all passes over a corpus have in common.

    Attributes
    ----------
    keep
        Probability of keeping each word (v,).
    part
        Part of each word (v,).
    window, fixed
        Largest half-width of windows, and whether all have it.
    kernel
        What trains.
    """

    keep: NDArray[np.float32]
    part: NDArray[np.int32]
    window: int
    fixed: bool
    kernel: Kernel

    def run(
        self,
        pool: ThreadPoolExecutor,
        pieces: Iterable[NDArray[np.int32]],
        keys: tuple[np.uint64, np.uint64],
        rates: Rates,
        tell: Callable[[int], None],
    ) -> Totals:
        """Train on all pieces; the loss summed in the order of the text, and the number of pairs.

        ``keys`` are for the words kept and their windows, and for negatives. ``tell`` hears how many words were read.
        """
        plans = make_plan(self.window), make_plan(self.window)
        stretches = cut_stretches(pieces)
        loss, n, turn = 0.0, 0, 0
        ready = self._prepare(pool, plans, turn, next(stretches), keys[0])
        while ready is not None:
            ready.result()
            plan, following = plans[turn], next(stretches, None)
            turn = 1 - turn
            ready = None if following is None else self._prepare(pool, plans, turn, following, keys[0])
            found = self.kernel.train(pool, plan, keys[1], rates)
            loss, n = loss + found[0], n + found[1]
            tell(int(plan.state[READ]))
        return loss, n

    def _prepare(
        self, pool: ThreadPoolExecutor, plans: tuple[Plan, Plan], turn: int, tokens: NDArray[np.int32], key: np.uint64
    ) -> Any:
        return pool.submit(
            fill_plan, plans[turn], plans[1 - turn], tokens, key, self.keep, self.part, self.window, self.fixed
        )


class Strata:
    """Skip-gram with negative sampling; ``threads`` of the pool work on strata that do not meet."""

    def __init__(
        self, weights: Weights, noise: Floats, part: NDArray[np.int32], window: int, negative: int, threads: int = 1
    ) -> None:
        self._weights, self._window = weights, window
        k = count_shared(negative)
        self._scratch = [make_scratch(window, negative, zeros(BLOCK * weights.width)) for _ in range(threads)]
        self._gate = np.zeros(1, np.int64)
        self._noise: list[tuple[Noise, float]] = []
        for b in range(PARTS):
            words = np.flatnonzero(part == b)
            share = noise[words].sum() / noise.sum()
            self._noise.append((make_noise(noise[words], words), negative * share / k))

    def train(self, pool: ThreadPoolExecutor, plan: Plan, key: np.uint64, rates: Rates) -> Totals:
        """Train on a stretch."""
        matrices, width = (self._weights.inputs, self._weights.outputs), self._weights.width
        noises, shares = zip(*self._noise, strict=True)
        losses = np.zeros((PARTS, PARTS))
        self._gate[:] = 0
        n = len(self._scratch)

        def work(me: int) -> None:
            train_stretch(
                me,
                n,
                self._gate,
                matrices,
                width,
                plan,
                noises,
                shares,
                self._window,
                key,
                rates,
                self._scratch[me],
                losses,
            )

        for task in [pool.submit(work, me) for me in range(n)]:
            task.result()
        trained = slice(plan.state[BEGIN], plan.state[END])
        return float(losses.sum()), int(plan.meetings[trained].sum())


class Examples:
    """All other models, on one thread."""

    def __init__(self, weights: Weights, noise: Floats, bags: Bags, window: int, negative: int, together: bool) -> None:
        self._weights, self._bags = weights, bags
        self._noise, self._negative = make_noise(noise, np.arange(len(noise))), negative
        self._together, self._window = together, window
        self._bench = make_bench(zeros(2 * weights.width), bags, window, negative)

    def train(self, pool: ThreadPoolExecutor, plan: Plan, key: np.uint64, rates: Rates) -> Totals:
        """Train on a stretch."""
        weights = self._weights

        def train_all() -> Totals:
            return train_bags(
                (weights.inputs, weights.outputs),
                weights.width,
                plan,
                self._bags,
                self._noise,
                self._negative,
                self._together,
                self._window,
                key,
                rates,
                self._bench,
            )

        return pool.submit(train_all).result()


def part_words(v: int) -> NDArray[np.int32]:
    """Part of each word: forth and back by frequency, so that parts are of like weight."""
    turn = np.r_[np.arange(PARTS), np.arange(PARTS)[::-1]]
    return np.resize(turn, v).astype(np.int32)
