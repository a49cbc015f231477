"""Documents that come as Python objects, one at a time: texts, or lists of words."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from lacunet.embedding.text._kernel import UNIT_END
from lacunet.embedding.text._open import clean
from lacunet.embedding.text._source import END, missing_note
from lacunet.embedding.text._stream import Stream, StreamWriter
from lacunet.embedding.text._types import Spellings
from lacunet.errors import DataError

_AT_ONCE = 1 << 18


class Texts:
    """Documents as strings; None is a missing one."""

    skip_empty = False

    def __init__(self, documents: Iterable[Any]) -> None:
        self._documents = documents
        self._n_missing = 0

    def parts(self) -> Iterator[bytes]:
        """See ``Source``."""
        for number, document in enumerate(self._documents):
            if document is None or document is pd.NA or (isinstance(document, float) and np.isnan(document)):
                self._n_missing += 1
            elif isinstance(document, str):
                yield clean(document) + END
            else:
                raise wrong_document(number, document, "text")

    def variables(self) -> pd.DataFrame | None:
        """Strings have none."""
        return None

    def notes(self) -> list[str]:
        """See ``Source``."""
        return missing_note(self._n_missing)


class _Numbering:
    """Words numbered as they come, documents ended one by one."""

    def __init__(self, writer: StreamWriter) -> None:
        self.index: dict[str, int] = {}
        self._writer = writer
        self._numbers: list[int] = []
        self._ends: list[int] = []

    def add(self, k: int, document: Any) -> None:
        """Document ``k``, a list of words."""
        if not isinstance(document, list | tuple | np.ndarray):
            raise wrong_document(k, document, "list of words")
        before = len(self._numbers)
        for word in document:
            if not isinstance(word, str):
                raise wrong_document(k, word, "list of words, all texts,")
            if word:
                self._numbers.append(self.index.setdefault(word, len(self.index)))
        if len(self._numbers) > before:
            self._numbers.append(UNIT_END)
        self._ends.append(len(self._numbers))
        if len(self._numbers) >= _AT_ONCE:
            self.write()

    def write(self) -> None:
        """Put to the file what waits."""
        self._writer.write(np.array(self._numbers, dtype=np.int32), np.array(self._ends, dtype=np.int64))
        self._numbers, self._ends = [], []


def number_words(documents: Iterable[Any], heard: Callable[[int], None]) -> tuple[Stream, Spellings]:
    """Lists of words to a stream; words stay as they are, and a document is one unit."""
    writer = StreamWriter()
    numbering = _Numbering(writer)
    try:
        for k, document in enumerate(documents):
            numbering.add(k, document)
            heard(4 * len(document))
        numbering.write()
    except BaseException:
        writer.abandon()
        raise
    return writer.finish(), Spellings.of(numbering.index)


def peek(documents: Iterable[Any]) -> tuple[Any, Iterable[Any]]:
    """The first document that is not missing (None if there is none), and all of them."""
    iterator = iter(documents)
    seen = []
    for document in iterator:
        seen.append(document)
        if document is not None:
            return document, chain(seen, iterator)
    return None, seen


def wrong_document(number: int, found: Any, needed: str) -> DataError:
    """What to say of a document that is none."""
    shown = repr(found)
    return DataError(
        f"Document {number:,} holds {shown[:60]}{'...' if len(shown) > 60 else ''} ({type(found).__name__}). Each "
        f"document needs to be a {needed} as the first one is. Convert it, or leave it out."
    )
