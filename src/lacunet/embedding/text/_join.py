"""Joining neighbours in the stream: what expressions and phrases have in common."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lacunet.embedding.text._content import Content
from lacunet.embedding.text._kernel import KERNEL, UNIT_END
from lacunet.embedding.text._stream import Stream, StreamWriter
from lacunet.embedding.text._types import Merger

DOCUMENT_END = -2

Joiner = Callable[[NDArray[np.int32], bool, NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]], int]
"""Function of numbers, whether they are the last, places for the joined numbers, for ends of documents, and for how
many there are of both; it gives how many numbers it has used, leaving those that it cannot judge yet."""


def marked(content: Content) -> Iterator[NDArray[np.int32]]:
    """The words of the stream, what is left out left out, with the ends of units and of documents among them."""
    offsets = content.stream.offsets
    start, state = 0, np.zeros(2, dtype=np.int64)
    for chunk in content.stream.chunks():
        out = np.empty(len(chunk) + _ends_within(offsets, start, start + len(chunk)), dtype=np.int32)
        at = _mark(chunk, start, offsets, content.final, out, state)
        start += len(chunk)
        yield out[:at]
    left = len(offsets) - 1 - int(state[0])
    if left:
        yield np.full(left, DOCUMENT_END, dtype=np.int32)


def _ends_within(offsets: NDArray[np.int64], start: int, stop: int) -> int:
    first, last = np.searchsorted(offsets, [start, stop], side="left")
    return int(last - first) + 1


@njit(**KERNEL)
def _mark(numbers: Any, start: int, offsets: Any, final: Any, out: Any, state: Any) -> int:
    at, document, n_open = 0, state[0], state[1]
    for k in range(numbers.size):
        while offsets[document + 1] <= start + k:
            out[at] = DOCUMENT_END
            at += 1
            document += 1
        number = numbers[k]
        if number == UNIT_END:
            if n_open > 0:
                out[at] = UNIT_END
                at += 1
            n_open = 0
        elif final[number] >= 0:
            out[at] = final[number]
            at += 1
            n_open += 1
    state[0], state[1] = document, n_open
    return at


def rewrite(content: Content, join: Joiner) -> Stream:
    """The stream with neighbours joined."""
    writer = StreamWriter()
    waiting = np.zeros(0, dtype=np.int32)
    try:
        for chunk in marked(content):
            waiting = _step(writer, np.concatenate([waiting, chunk]), False, join)
        _step(writer, waiting, True, join)
    except BaseException:
        writer.abandon()
        raise
    return writer.finish()


def _step(writer: StreamWriter, numbers: NDArray[np.int32], is_last: bool, join: Joiner) -> NDArray[np.int32]:
    out, ends = np.empty(len(numbers), dtype=np.int32), np.empty(len(numbers), dtype=np.int64)
    placed = np.zeros(2, dtype=np.int64)
    used = join(numbers, is_last, out, ends, placed)
    writer.write(out[: placed[0]], ends[: placed[1]])
    return numbers[used:]


def joined(content: Content, stream: Stream, terms: list[str]) -> Content:
    """What a rewritten stream means, whose numbers are words and, behind them, joined terms."""
    merger = Merger()
    final = np.concatenate([merger.add(content.spellings), merger.add(terms)])
    return replace(content, stream=stream, final=final, spellings=merger.finish())


def by_first_appearance(content: Content) -> Content:
    """Words numbered in the order in which the text has them; words that joining used up are gone."""
    rank = np.full(len(content.spellings), -1, dtype=np.int32)
    n = 0
    for chunk in content.stream.chunks():
        n = _rank(chunk, content.final, rank, n)
    order = np.empty(n, dtype=np.intp)
    present = np.flatnonzero(rank >= 0)
    order[rank[present]] = present
    spellings = content.spellings.take(order)
    final = np.append(rank, np.int32(-1))[content.final]
    return replace(content, final=final, spellings=spellings)


@njit(**KERNEL)
def _rank(numbers: Any, final: Any, rank: Any, n: int) -> int:
    for number in numbers:
        if number >= 0 and final[number] >= 0 and rank[final[number]] < 0:
            rank[final[number]] = n
            n += 1
    return n
