"""A text that was read: numbers on disk, words and counts in memory."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._check import check_count
from lacunet.embedding.text._blocks import Block, make_blocks
from lacunet.embedding.text._content import Content, count_content
from lacunet.embedding.text._pieces import make_pieces
from lacunet.embedding.text._report import VocabularyReport, describe_vocabulary
from lacunet.embedding.text._stream import CHUNK
from lacunet.embedding.text._tokens import Tokens
from lacunet.embedding.text._vocabulary import Vocabulary
from lacunet.errors import DataError, SpecError


class Corpus:
    """A text that was read once and can be gone through again and again; ``read_corpus`` makes it.

    The words stand as numbers in a temporary file that goes with the corpus; only the distinct words are in memory.

    Parameters
    ----------
    content
        The file and the spellings.
    tokens, variables, notes
        As below.
    order
        Documents to read, in that order; None for all.

    Attributes
    ----------
    tokens
        How the text became words.
    variables
        pandas frame with one row a document, or None where the source had no more than text.
    notes
        What was decided while reading, as sentences.
    n_documents, n_units, n_tokens, n_types
        Documents; units where windows stop; words in all, before any are left out for being rare; distinct words.
    digest
        Short hash of the words and their order: two corpora with the same digest are the same text.
    """

    def __init__(
        self,
        content: Content,
        tokens: Tokens,
        variables: pd.DataFrame | None = None,
        notes: Sequence[str] = (),
        order: NDArray[np.int64] | None = None,
    ) -> None:
        self.tokens, self.notes = tokens, tuple(notes)
        self._content, self._order = content, order
        self._counts, self.n_units = count_content(content, order)
        self.variables = (
            variables if order is None or variables is None else variables.iloc[order].reset_index(drop=True)
        )
        self._all_variables = variables

    @property
    def n_documents(self) -> int:
        """Documents, those without a word among them."""
        return len(self._content.stream.offsets) - 1 if self._order is None else len(self._order)

    @property
    def n_tokens(self) -> int:
        """Words in all, before any are left out for being rare."""
        return int(self._counts.sum())

    @property
    def n_types(self) -> int:
        """Distinct words."""
        return int(np.count_nonzero(self._counts))

    @property
    def digest(self) -> str:
        """Short hash of the words, their order and the documents."""
        content = self._content
        found = hashlib.blake2b(content.stream.hash, digest_size=8)
        parts = (content.stream.offsets, content.final, content.spellings.blob, content.spellings.offsets)
        for part in parts if self._order is None else (*parts, self._order):
            found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()

    def __repr__(self) -> str:
        return (
            f"Corpus({self.n_documents:,} documents, {self.n_units:,} units, {self.n_tokens:,} words, "
            f"{self.n_types:,} distinct)"
        )

    def vocabulary(self, min_count: int = 5, max_words: int | None = None) -> Vocabulary:
        """Words with at least some number of occurrences.

        Parameters
        ----------
        min_count
            Fewest occurrences of a word.
        max_words
            Most words, the most frequent being kept; None sets no limit.

        Returns
        -------
        Vocabulary
            May be empty; who trains on it says so.
        """
        check_count(min_count, "min_count")
        kept = np.flatnonzero(self._counts >= min_count)
        kept = kept[np.argsort(-self._counts[kept], kind="stable")]
        if max_words is not None:
            kept = kept[: check_count(max_words, "max_words")]
        rank = np.full(len(self._counts) + 1, -1, dtype=np.int32)  # the last is for numbers that mean no word
        rank[kept] = np.arange(len(kept), dtype=np.int32)
        words = tuple(self._content.spellings.words(kept))
        return Vocabulary(words, self._counts[kept], rank[self._content.final], min_count)

    def pieces(
        self, vocabulary: Vocabulary, size: int = 2**20, documents: NDArray[np.integer] | None = None
    ) -> Iterator[NDArray[np.int32]]:
        """Go through the text, piece by piece, as rows of a vocabulary; the same pieces on every call.

        Parameters
        ----------
        vocabulary
            From this corpus, or from one that it was recounted from or into. Other words are left out, and windows
            close over them.
        size
            About how many words a piece has; the last may have fewer. A piece may end inside a unit.
        documents
            Documents to read, in that order; a document may be named twice. None reads all.

        Returns
        -------
        iterator of ndarray
            Rows (int32); -1 ends a unit.

        Raises
        ------
        SpecError
            When the vocabulary is of another corpus, or ``documents`` are not whole numbers.
        DataError
            When no document is named.
        """
        check_count(size, "size")
        content = self._content
        if len(vocabulary.row) != len(content.final):
            raise SpecError(
                f"The vocabulary knows {len(vocabulary.row):,} numbers, the corpus has {len(content.final):,}. They "
                "must belong together. Ask this corpus for its vocabulary."
            )
        if documents is not None:
            documents = self._check(documents)
        order = self._order if documents is None else documents if self._order is None else self._order[documents]
        step = min(CHUNK, size)
        chunks = content.stream.chunks(step) if order is None else content.stream.ranges(order, step)
        return make_pieces(chunks, vocabulary.row, size, step)

    @property
    def n_numbers(self) -> int:
        """Numbers that stand for words in `blocks`, whether or not this corpus has the word."""
        return len(self._content.spellings)

    def blocks(self, size: int = CHUNK) -> Iterator[Block]:
        """Go through the text, some whole documents at a time, every word as its number.

        Parameters
        ----------
        size
            About how many words a block has; a longer document comes alone.

        Returns
        -------
        iterator of Block
            Every word is there, however rare, so that places can be counted.
        """
        return make_blocks(self._content, self._order, check_count(size, "size"))

    def spell(self, numbers: NDArray[np.integer]) -> list[str]:
        """The words that some numbers stand for.

        Parameters
        ----------
        numbers
            Numbers of words, as in `blocks`.

        Returns
        -------
        list of str
            One word a number.
        """
        return self._content.spellings.words(np.asarray(numbers, dtype=np.intp))

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Every number of `blocks` with its word, where this corpus has the word.

        Returns
        -------
        iterator of tuple
            Number and word.
        """
        return ((number, word) for number, word in self._content.spellings.numbered() if self._counts[number])

    def recount(self, documents: NDArray[np.integer] | Sequence[int]) -> "Corpus":
        """The same text as if it held only some of its documents, as in a bootstrap or a slice of time.

        Parameters
        ----------
        documents
            Numbers of documents, from 0, in the order wanted; a document may be named several times.

        Returns
        -------
        Corpus
            Shares the file of this one; words are counted anew.
        """
        chosen = self._check(documents)
        order = chosen if self._order is None else self._order[chosen]
        return Corpus(self._content, self.tokens, self._all_variables, self.notes, order)

    def report(self, min_count: int = 5) -> VocabularyReport:
        """What a vocabulary of this corpus would hold and miss, and which words look misread.

        Parameters
        ----------
        min_count
            Fewest occurrences of a word.

        Returns
        -------
        VocabularyReport
            A tidy table, sentences, Markdown and HTML.
        """
        check_count(min_count, "min_count")
        return describe_vocabulary(self._content, self._counts, min_count, self._order)

    def _check(self, documents: Any) -> NDArray[np.int64]:
        found = np.asarray(documents)
        if found.size == 0:
            raise DataError("No document is named. At least one is needed. Check how they were chosen.")
        if found.ndim != 1 or found.dtype.kind not in "iu":
            raise SpecError(
                f"documents has {found.dtype} cells in {found.ndim} dimensions. Whole numbers in one are needed. "
                "From a mask, take np.flatnonzero(mask)."
            )
        if found.min() < 0 or found.max() >= self.n_documents:
            raise SpecError(
                f"documents names {found.min()} to {found.max()}. Numbers from 0 to {self.n_documents - 1} are needed. "
                "Correct them."
            )
        return found.astype(np.int64)
