"""What every kind of source says: its text as bytes, its document variables, and what happened on the way."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import pandas as pd

from lacunet.errors import ColumnError, nearest

END = b"\0"
"""Ends a document."""
BLOCK = 1 << 22
"""Bytes that the tokeniser gets at once."""


class Source(Protocol):
    """Text from anywhere."""

    skip_empty: bool

    def parts(self) -> Iterator[bytes]:
        """Valid UTF-8, cut between words, NUL at the end of every document."""

    def variables(self) -> pd.DataFrame | None:
        """A row for every document, once all parts were taken."""

    def notes(self) -> list[str]:
        """What was decided, once all parts were taken."""


class Variables:
    """Columns of document variables, filled row by row; a name first seen late is missing before."""

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {}
        self._n = 0

    def add(self, row: dict[str, Any]) -> None:
        """The variables of one more document."""
        for name, cells in self._columns.items():
            cells.append(row.get(name))
        for name in [name for name in row if name not in self._columns]:
            self._columns[name] = [None] * self._n + [row[name]]
        self._n += 1

    def frame(self) -> pd.DataFrame | None:
        """All rows, names in order of first appearance; None without any name."""
        return pd.DataFrame(self._columns) if self._columns else None


def pack(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts put together, or cut between words, to blocks of about ``BLOCK`` bytes."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        while len(part) > 2 * BLOCK and (cut := part.find(b" ", BLOCK, 2 * BLOCK) + 1):
            waiting.append(part[:cut])
            yield b"".join(waiting)
            waiting, size, part = [], 0, part[cut:]
        waiting.append(part)
        size += len(part)
        if size >= BLOCK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def choose_text(text: str | None, names: list[str], texts: list[str], where: str) -> str:
    """Name of the column or key with the text: the one asked for, or ``text``, or the only one that holds texts."""
    if text is not None and text not in names:
        near = nearest(text, names)
        advice = f"Did you mean {near!r}?" if near else f"Names there are: {', '.join(map(repr, names[:12]))}."
        raise ColumnError(f"{where} has nothing named {text!r}. text= needs a name that exists. {advice}")
    if text is not None:
        return text
    if "text" in texts:
        return "text"
    if len(texts) == 1:
        return texts[0]
    shown = ", ".join(map(repr, (texts or names)[:12]))
    found = f"has {len(texts)} names with texts ({shown})" if texts else f"has no texts (names: {shown})"
    raise ColumnError(f"{where} {found}. One is needed. Say text='...', the name of the one to read.")


def missing_note(n: int) -> list[str]:
    """Sentence on documents without a text."""
    if n == 0:
        return []
    return [f"{n:,} documents have no text (missing) and were left out." if n > 1 else _ONE_MISSING]


_ONE_MISSING = "1 document has no text (missing) and was left out."
