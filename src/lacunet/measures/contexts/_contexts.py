"""The words around every mention of a target."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from lacunet._check import check_count
from lacunet._typing import Bools, Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.errors import DataError
from lacunet.measures.contexts._match import match_blocks
from lacunet.measures.contexts._terms import read_terms
from lacunet.measures.documents._count import rows_of_numbers


@dataclass(frozen=True, eq=False, kw_only=True)
class Contexts:
    """Mentions of targets as counts of the known words around them; a mention without any is left out.

    Attributes
    ----------
    names
        Name of each target (k,).
    term, document, position
        Which target, in which document, and where in it (N,), as in `Mentions`.
    counts
        Occurrences of each word of the space around each mention, sparse float32 (N, v).
    n_found, n_dropped
        Of each target: mentions in all, and those without a known word around them (k,).
    window
        Words to either side.
    """

    names: tuple[str, ...]
    term: Integers
    document: Integers
    position: Integers
    counts: csr_array
    n_found: Integers
    n_dropped: Integers
    window: int

    def __len__(self) -> int:
        return len(self.term)

    @property
    def n_known(self) -> Integers:
        """Known words around each mention (N,)."""
        return np.asarray(self.counts.sum(axis=1)).astype(np.intp)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out, as sentences."""
        return tuple(
            f"{name!r}: {dropped:,} of {found:,} mentions have no known word around them and are left out."
            for name, found, dropped in zip(self.names, self.n_found, self.n_dropped, strict=True)
            if dropped
        )

    def means(self, vectors: Any) -> Floats:
        """Mean vector (N, d) of the known words around each mention, every occurrence counted.

        Parameters
        ----------
        vectors
            Vectors (v, d) of the words of the space.
        """
        sums = self.counts @ np.asarray(vectors, dtype=np.float64)
        return np.asarray(sums / np.asarray(self.counts.sum(axis=1), dtype=np.float64)[:, None])

    def where(self, mask: Bools | Integers) -> "Contexts":
        """Some of the mentions."""
        return replace(
            self,
            term=self.term[mask],
            document=self.document[mask],
            position=self.position[mask],
            counts=self.counts[mask],
        )

    def of(self, name: str) -> "Contexts":
        """The mentions of one target."""
        return self.where(self.term == self.names.index(name))


def find_contexts(space: Embeddings, corpus: Corpus, terms: Any, *, window: int = 6, min_count: int = 1) -> Contexts:
    """Find targets, and the words that the space knows around each mention.

    A window reaches so many places to either side and stops where the unit stops. Words that the space does not know,
    or that are rarer than asked, keep their place (as padding does in conText), and so does another target or another
    mention of the same one; the mention itself is not its own context.

    Parameters
    ----------
    space
        Whose words are counted.
    corpus
        The text.
    terms
        Targets, as in `read_terms`.
    window
        Places to either side.
    min_count
        Words that this corpus has less often than so are passed over.

    Returns
    -------
    Contexts
        One row a mention with a known word around it.

    Raises
    ------
    DataError
        When no target occurs, or none with a known word around it.
    SpecError
        When targets or options are wrong.
    """
    window, least = check_count(window, "window"), check_count(min_count, "min_count")
    read = read_terms(terms)
    rows = rows_of_numbers(space, corpus)
    if least > 1:
        rows[_rare(corpus, least)] = -1
    parts = []
    for block, (document, position, length, term) in match_blocks(corpus, read):
        found = np.empty((len(term), 2 * window), dtype=np.int32)
        sizes = np.zeros(len(term), dtype=np.int64)
        _collect(block.numbers, block.offsets, rows, document, position, length, window, found, sizes)
        kept = np.arange(2 * window) < sizes[:, None]
        parts.append((block.first + document, position, term, sizes, found[kept]))
    return _pack(parts, read.names, len(space), window)


def _pack(parts: Iterable[Any], names: tuple[str, ...], n_words: int, window: int) -> Contexts:
    document, position, term, sizes, found = (np.concatenate(some) for some in zip(*parts, strict=True))
    has = sizes > 0
    if not has.any():
        raise DataError(
            f"No mention of {', '.join(map(repr, names[:5]))} has a known word within {window} places. Words that the "
            "embeddings know are needed around it: read the texts as those that the embeddings were trained on."
        )
    starts = np.concatenate([[0], np.cumsum(sizes[has])])
    counts = csr_array((np.ones(len(found), np.float32), found, starts), shape=(int(has.sum()), n_words))
    counts.sum_duplicates()
    k = len(names)
    return Contexts(
        names=names,
        term=term[has],
        document=document[has],
        position=position[has],
        counts=counts,
        n_found=np.bincount(term, minlength=k),
        n_dropped=np.bincount(term[~has], minlength=k),
        window=window,
    )


def _rare(corpus: Corpus, least: int) -> Integers:
    """Numbers of words that a corpus has less often than so."""
    counts = np.zeros(corpus.n_numbers, dtype=np.int64)
    for block in corpus.blocks():
        counts += np.bincount(block.numbers[block.numbers >= 0], minlength=len(counts))
    return np.flatnonzero(counts < least)


@njit(cache=True, nogil=True)
def _collect(
    numbers: Any,
    offsets: Any,
    rows: Any,
    document: Any,
    position: Any,
    length: Any,
    window: int,
    found: Any,
    sizes: Any,
) -> None:
    """Rows of the known words within so many places of each mention, and how many."""
    for i in range(document.size):
        start, stop = offsets[document[i]], offsets[document[i] + 1]
        first = start + position[i]
        at = 0
        for step in range(1, window + 1):
            k = first - step
            if k < start or numbers[k] < 0:
                break
            if rows[numbers[k]] >= 0:
                found[i, at] = rows[numbers[k]]
                at += 1
        for step in range(window):
            k = first + length[i] + step
            if k >= stop or numbers[k] < 0:
                break
            if rows[numbers[k]] >= 0:
                found[i, at] = rows[numbers[k]]
                at += 1
        sizes[i] = at
