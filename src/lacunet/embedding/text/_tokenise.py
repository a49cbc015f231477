"""Blocks of text to a stream of words: the tokeniser in a thread of its own, while the next block is read."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from lacunet.embedding.text._classes import IDEOGRAPH, LETTER, class_table, lower_table
from lacunet.embedding.text._intern import hash_of
from lacunet.embedding.text._kernel import AT, N_ENDS, N_STATE, PLACED
from lacunet.embedding.text._scan import scan
from lacunet.embedding.text._stream import Stream, StreamWriter
from lacunet.embedding.text._tokens import Tokens
from lacunet.embedding.text._types import Spellings, TypeStore

_ABBREVIATIONS = (
    "mr mrs ms messrs dr prof st sr jr hon gov gen col maj capt lt sgt rep sen rev pres vs cf etc approx dept inc ltd "
    "corp"
)
_BEFORE_NUMBERS = (
    "no nos art arts fig figs sec para paras vol ch pp ed ca jan feb mar apr jun jul aug sep sept oct nov dec"
)
_AHEAD = 2
"""Blocks that wait for the tokeniser at most."""
_PADDING = 8


class Tokeniser:
    """The compiled scanner with its tables and what it has read so far."""

    def __init__(self, tokens: Tokens, skip_empty: bool = False) -> None:
        keeps = [tokens.hyphens == "keep", tokens.punctuation == "keep", tokens.urls == "keep"]
        units = ("document", "sentence", "line").index(tokens.units)
        self._plan = np.array([*keeps, units, skip_empty], dtype=np.int64)
        kinds = class_table()
        lower = lower_table() if tokens.lower else np.arange(len(kinds), dtype=np.int32)
        self._tables = (kinds, lower, _fast_table(kinds, lower), np.zeros(0, dtype=np.uint8), _abbreviations())
        self._state = np.zeros(N_STATE, dtype=np.int64)
        self._store = TypeStore(self._state)
        self._out = np.zeros(0, dtype=np.int32)
        self._ends = np.zeros(0, dtype=np.int64)

    def read(self, block: bytes) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Numbers of the words of a block, and where in them documents end; views, good until the next call."""
        n = len(block)
        text = np.frombuffer(block + bytes(_PADDING), dtype=np.uint8)
        if len(self._out) < 2 * n + 2:
            self._out = np.empty(2 * n + 2, dtype=np.int32)
            self._ends = np.empty(n + 1, dtype=np.int64)
            self._tables = (*self._tables[:3], np.empty(2 * n + _PADDING, dtype=np.uint8), self._tables[4])
        self._state[[AT, PLACED, N_ENDS]] = 0
        while not scan(text, n, self._plan, self._tables, self._store.arrays, self._out, self._ends, self._state):
            self._store.grow(2 * n)
        return self._out[: self._state[PLACED]], self._ends[: self._state[N_ENDS]]

    def finish(self) -> Spellings:
        """Spellings of all words read."""
        return self._store.finish()


def tokenise(blocks: Iterable[bytes], tokens: Tokens, *, skip_empty: bool) -> tuple[Stream, Spellings]:
    """Read blocks of text; documents without words are none where ``skip_empty``."""
    tokeniser, writer = Tokeniser(tokens, skip_empty), StreamWriter()

    def work(block: bytes) -> None:
        writer.write(*tokeniser.read(block))

    try:
        with ThreadPoolExecutor(1, thread_name_prefix="lacunet-text") as worker:
            waiting: deque[Future[None]] = deque()
            for block in blocks:
                while len(waiting) >= _AHEAD:
                    waiting.popleft().result()
                waiting.append(worker.submit(work, block))
            for future in waiting:
                future.result()
    except BaseException:
        writer.abandon()
        raise
    return writer.finish(), tokeniser.finish()


def _fast_table(kinds: NDArray[np.uint8], lower: NDArray[np.int32]) -> NDArray[np.uint8]:
    """What an ASCII letter or digit becomes; 0 for every other byte."""
    is_plain = (kinds[:128] >= LETTER) & (kinds[:128] < IDEOGRAPH)
    table = np.zeros(256, dtype=np.uint8)
    table[:128][is_plain] = lower[:128][is_plain]
    return table


def _abbreviations() -> NDArray[np.uint64]:
    """Sorted hashes, odd of those that are abbreviations before a number only."""
    found = []
    for words, flag in ((_ABBREVIATIONS, 0), (_BEFORE_NUMBERS, 1)):
        for word in f"{words} {words.title()}".encode().split():
            found.append((int(hash_of(np.frombuffer(word, np.uint8), 0, len(word))) & ~1) | flag)
    return np.sort(np.array(found, dtype=np.uint64))
