"""The door to text: whatever the source, numbers on disk and distinct words in memory."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from lacunet.embedding.text._content import Content
from lacunet.embedding.text._corpus import Corpus
from lacunet.embedding.text._doors import Documents, open_source
from lacunet.embedding.text._finish import finish_words
from lacunet.embedding.text._iterables import number_words
from lacunet.embedding.text._source import Source, pack
from lacunet.embedding.text._tokenise import tokenise
from lacunet.embedding.text._tokens import Tokens
from lacunet.errors import DataError, SpecError

Progress = Callable[[str, int, int], None]
_MEGABYTE = 1 << 20


def read_corpus(
    source: Any,
    *,
    text: str | None = None,
    tokens: Tokens | None = None,
    documents: Documents | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """Read text once, into numbers on disk that can be gone through again and again.

    Whatever its size, the text is never held in memory: words go to a temporary file (four bytes a word), and only the
    distinct words stay. Read a corpus yourself where it is used more than once (several seeds, several slices); else
    hand the source to ``SkipGram().fit``.

    Parameters
    ----------
    source
        A file of plain text, of JSON lines (``.jsonl``, ``.ndjson``), or of rows and columns (``.csv``, ``.tsv``,
        ``.parquet``, ``.dta``, ``.sav`` and the others that ``impute`` reads), text and CSV also as ``.gz`` or
        ``.zst``; a folder; a list of paths; a data frame (pandas, polars, pyarrow); or an iterable of documents, each
        a string, or a list of words. Words in lists are taken as they are; of ``tokens``, only stop words,
        ``transform``, expressions and phrases touch them.
    text
        Column or key that holds the text. None takes ``text``, or the only one that holds texts.
    tokens
        How text becomes words; None is ``Tokens()``.
    documents
        Of plain text: whether a document is a ``"line"`` or a ``"file"``. None is a line if there is one file, else a
        file. Lines without a word are no documents.
    encoding
        Of text files. None is UTF-8; bytes that are not are read as breaks between words, with a warning.
    progress
        Function of stage, megabytes (of text; of numbers, for lists of words) and total (0, as nobody knows it).

    Returns
    -------
    Corpus
        With ``vocabulary()``, ``pieces()``, ``recount()`` and ``report()``.

    Raises
    ------
    DataError
        If there is no word, a file is missing, damaged or binary, a document is no text, or the disk is full.
    ColumnError
        If the column of the text is missing, not said, or holds no text.
    SpecError
        If an option is unknown.

    Examples
    --------
    >>> corpus = read_corpus(["We hold these truths", "these truths are self-evident"])
    >>> corpus
    Corpus(2 documents, 2 units, 8 words, 6 distinct)
    >>> corpus.vocabulary(min_count=2).words
    ('these', 'truths')
    """
    tokens = Tokens() if tokens is None else tokens
    if not isinstance(tokens, Tokens):
        raise SpecError(f"tokens={tokens!r} is no Tokens. Tokens(...) is needed, or None for the usual ones.")
    opened = open_source(source, text=text, documents=documents, encoding=encoding)
    say = _count_to(progress)
    variables: pd.DataFrame | None = None
    notes: list[str] = []
    if opened.words is not None:
        stream, spellings = number_words(opened.words, say)
    else:
        assert opened.source is not None
        parts = _heard(opened.source, say)
        stream, spellings = tokenise(pack(parts), tokens, skip_empty=opened.source.skip_empty)
        variables, notes = opened.source.variables(), opened.source.notes()
    if len(spellings) == 0:
        raise DataError(
            "The text has no word. At least one is needed. Check the source, and the column or key that text= names."
        )
    content = finish_words(
        Content(stream, np.arange(len(spellings), dtype=np.int32), spellings), tokens, is_split=opened.words is not None
    )
    n_empty = int(np.count_nonzero(np.diff(content.stream.offsets) == 0))
    if n_empty:
        notes.append(f"{n_empty:,} of {len(content.stream.offsets) - 1:,} documents have no word.")
    return Corpus(content, tokens, variables, notes)


def as_corpus(source: Any, text: str | None, tokens: Tokens | None) -> Corpus:
    """A corpus as it is, and of anything else the corpus that `read_corpus` makes of it."""
    if not isinstance(source, Corpus):
        return read_corpus(source, text=text, tokens=tokens)
    if tokens is not None:
        raise SpecError("A Corpus was read with tokens of its own. Hand over the texts, or leave tokens out.")
    return source


def _heard(source: Source, say: Callable[[int], None]) -> Iterator[bytes]:
    for part in source.parts():
        say(len(part))
        yield part


def _count_to(progress: Progress | None) -> Callable[[int], None]:
    """A function that takes bytes read, and tells ``progress`` of every whole megabyte."""
    n_read = 0

    def add(n: int) -> None:
        nonlocal n_read
        before = n_read // _MEGABYTE
        n_read += n
        if progress is not None and n_read // _MEGABYTE > before:
            progress("reading", n_read // _MEGABYTE, 0)

    return add
