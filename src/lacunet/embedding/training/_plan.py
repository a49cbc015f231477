"""What a stretch of text gives the kernel to do: words that were kept, their windows, and whom they meet."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.training._chance import as_count, as_share, mix
from lacunet.embedding.training._rows import KERNEL

# Compiled from: ef1e32d00afc

STRETCH = 1 << 15
"""Tokens in a stretch. Within one, updates come in the order of the strata; longer ones cost quality, shorter ones
time (docs/design/skip-gram.md)."""
PARTS = 4
"""Parts of the vocabulary, so that as many threads can work without meeting: a constant, or results would depend on
the threads."""

N, BEGIN, END, UNIT, OPEN, PLACE, READ = range(7)
"""Places in ``Plan.state``: words kept; first and last (excluded) to train on; where the unit of the last word begins;
whether that unit goes on; words before this stretch in this pass; words read in this stretch."""


class Plan(NamedTuple):
    """A stretch of text, ready to be trained on.

    Attributes
    ----------
    state
        Numbers of the stretch, see the constants above.
    words
        Words that were kept (n,).
    reach
        Half-width of the window around each (n,).
    left, right
        First word of its unit, and the first behind it (n,).
    place
        Which word of the pass it is (n,): what its chances are made of, and its learning rate.
    meetings
        Number of words in whose window it stands (n,).
    order
        The words' places, part by part (n,); part a is ``order[starts[a]:starts[a + 1]]``, and those to train on are
        ``order[first[a]:last[a]]``.
    starts, first, last
        See ``order``.
    """

    state: NDArray[np.int64]
    words: NDArray[np.int32]
    reach: NDArray[np.int32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    place: NDArray[np.int64]
    meetings: NDArray[np.int32]
    order: NDArray[np.int32]
    starts: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def make_plan(window: int) -> Plan:
    """Empty plan with room for a stretch and the ends of its neighbours."""
    room = STRETCH + 2 * window + 1
    words, reach, left, right, meetings, order = (np.zeros(room, np.int32) for _ in range(6))
    starts, first, last = (np.zeros(PARTS + 1, np.int64) for _ in range(3))
    place = np.zeros(room, np.int64)
    return Plan(np.zeros(7, np.int64), words, reach, left, right, place, meetings, order, starts, first, last)


def cut_stretches(pieces: Iterable[NDArray[np.int32]]) -> Iterator[NDArray[np.int32]]:
    """Pieces of a corpus in stretches, and at last one that ends the last unit."""
    rest = np.empty(0, np.int32)
    for piece in pieces:
        rest = np.concatenate([rest, piece]) if len(rest) else piece
        whole = len(rest) // STRETCH * STRETCH
        for start in range(0, whole, STRETCH):
            yield rest[start : start + STRETCH]
        rest = rest[whole:]
    yield np.append(rest, np.int32(-1))


@njit(**KERNEL)
def fill_plan(plan, before, tokens, key, keep, part, window, fixed):
    """Subsample a stretch, draw its windows, and sort it; what the stretch before could not finish comes first.

    A word is kept with probability keep[word]: before windows are laid, as word2vec.c does it.
    """
    n = carry_over(plan, before, window)
    state = plan.state
    start, read = state[UNIT], 0
    for i in range(tokens.size):
        word = tokens[i]
        if word < 0:
            end_unit(plan, start, n)
            start = n
            continue
        place = state[PLACE] + read
        read += 1
        bits = mix(key, place)
        if as_share(bits) < keep[word]:
            plan.words[n] = word
            plan.reach[n] = window if fixed else 1 + as_count(bits, window)
            plan.left[n] = start
            plan.place[n] = place
            n += 1
    end_unit(plan, start, n)
    state[N], state[UNIT], state[READ] = n, start, read
    state[OPEN] = start < n
    state[END] = max(n - window, start, state[BEGIN]) if start < n else n
    count_meetings(plan, window)
    sort_parts(plan, part)


@njit(**KERNEL)
def carry_over(plan, before, window):
    """Words of an unfinished unit whose windows reach past the end of their stretch, and those they still need."""
    state, old = plan.state, before.state
    state[PLACE] = old[PLACE] + old[READ]
    state[UNIT], state[BEGIN] = 0, 0
    if not old[OPEN]:
        return 0
    start = max(old[UNIT], old[END] - window)
    for i in range(start, old[N]):
        plan.words[i - start] = before.words[i]
        plan.reach[i - start] = before.reach[i]
        plan.place[i - start] = before.place[i]
        plan.left[i - start] = 0
    state[BEGIN] = old[END] - start
    return old[N] - start


@njit(**KERNEL)
def end_unit(plan, start, n):
    """Windows of the unit end here."""
    for i in range(start, n):
        plan.right[i] = n


@njit(**KERNEL)
def count_meetings(plan, window):
    """How many windows each word stands in, its own apart."""
    for p in range(plan.state[BEGIN], plan.state[END]):
        met = 0
        for t in range(max(p - window, plan.left[p]), min(p + window + 1, plan.right[p])):
            met += abs(t - p) <= plan.reach[t]
        plan.meetings[p] = met - 1


@njit(**KERNEL)
def sort_parts(plan, part):
    """Places by part, in order within each (a counting sort)."""
    starts, first, last = plan.starts, plan.first, plan.last
    n = plan.state[N]
    starts[:] = 0
    for i in range(n):
        starts[part[plan.words[i]] + 1] += 1
    for a in range(1, starts.size):
        starts[a] += starts[a - 1]
    for a in range(starts.size):
        first[a] = starts[a]
        last[a] = starts[a]
    for i in range(n):
        a = part[plan.words[i]]
        plan.order[last[a]] = i
        last[a] += 1
        first[a] += i < plan.state[BEGIN]
    for a in range(starts.size - 1):
        while last[a] > first[a] and plan.order[last[a] - 1] >= plan.state[END]:
            last[a] -= 1
