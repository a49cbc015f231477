"""Words by slice as the mean of their mentions: a la carte, in one space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.errors import DataError, SpecError, list_some, warn_user
from lacunet.measures.alacarte import alacarte
from lacunet.measures.change._cut import Cut
from lacunet.measures.change._distance import average
from lacunet.measures.change._pieces import Pieces, sum_pieces
from lacunet.measures.contexts import Contexts, find_contexts
from lacunet.measures.lists._cosines import words_in_all
from lacunet.measures.uncertainty import cluster_codes


@dataclass(frozen=True, kw_only=True, eq=False)
class Mentions:
    """Mentions of words in documents that are cut into slices.

    Attributes
    ----------
    spaces
        One embedding, or several fits of it with the words that all hold, in one order.
    vectors
        Of each, the vectors of the words that are counted, after the transform (v, d).
    contexts
        The mentions, those in no slice left out.
    cut
        The slices.
    units
        What each document is drawn with (n,): itself, or its cluster.
    notes
        What was decided or left out, as sentences.
    """

    spaces: tuple[Embeddings, ...]
    vectors: tuple[Floats, ...]
    contexts: Contexts
    cut: Cut
    units: Integers
    notes: tuple[str, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that occur in a slice."""
        held = np.bincount(self.contexts.term, minlength=len(self.contexts.names)) > 0
        return tuple(name for name, has in zip(self.contexts.names, held, strict=True) if has)

    def pieces(self, word: str) -> tuple[Pieces, ...]:
        """Sums by unit and slice in each space."""
        some = self.contexts.of(word)
        sizes = np.asarray(some.counts.sum(axis=1), dtype=np.float64)
        shares = csr_array(some.counts.astype(np.float64).multiply(1 / sizes[:, None]))
        slices, units = self.cut.codes[some.document], self.units[some.document]
        return tuple(sum_pieces(shares, vectors, slices, units, len(self.cut)) for vectors in self.vectors)

    def count_documents(self, word: str) -> Integers:
        """Documents with a mention in each slice (T,)."""
        documents = np.unique(self.contexts.of(word).document)
        return np.bincount(self.cut.codes[documents], minlength=len(self.cut)).astype(np.intp)

    def cosines(self, word: str, others: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """Cosines of a word in each slice with other words, their standard errors (S, T, k) and degrees of freedom."""
        found, errors = [], []
        for space, pieces in zip(self.spaces, self.pieces(word), strict=True):
            means, units = average(pieces), space.units(space.rows(others))
            cosines = means.means @ units.T / means.lengths[:, None]
            parts = means.parts @ units.T / means.lengths[pieces.slices, None]
            squares = np.zeros_like(cosines)
            np.add.at(squares, pieces.slices, parts**2)
            found.append(cosines)
            errors.append(np.sqrt(np.where(np.isfinite(cosines), squares, np.nan)))
        n_units = pieces.count()
        return np.stack(found), np.stack(errors), np.where(n_units > 1, n_units - 1, np.nan)

    def neighbours(self, word: str, n: int) -> list[list[tuple[str, float]]]:
        """Nearest words of each slice with their cosines, averaged over the spaces."""
        first, total = self.spaces[0], np.zeros((len(self.cut), len(self.spaces[0])))
        for space, pieces in zip(self.spaces, self.pieces(word), strict=True):
            means = average(pieces).means
            lengths = np.sqrt((means**2).sum(axis=1))
            total += means @ space.vectors.T / (lengths[:, None] * space.norms)
        if word in first:
            total[:, first.rows([word])] = np.nan
        total /= len(self.spaces)
        return [_list_best(first.words, row, n) for row in total]


def _list_best(words: Sequence[str], cosines: Floats, n: int) -> list[tuple[str, float]]:
    order = np.argsort(-cosines, kind="stable")[:n]
    return [(words[i], float(cosines[i])) for i in order if np.isfinite(cosines[i])]


def find_mentions_by_slice(
    spaces: tuple[Embeddings, ...],
    corpus: Corpus,
    words: Any,
    cut: Cut,
    *,
    window: int,
    transform: Any,
    cluster: str | None,
    seed: int,
) -> Mentions:
    """Find the mentions of words and lay them into slices.

    Raises
    ------
    DataError
        When no word occurs in a slice.
    SpecError
        When no word is named.

    Warns
    -----
    DataWarning
        When some words do not occur.
    """
    made = alacarte(spaces, corpus if transform is None else None, transform=transform, window=window, seed=seed)
    spaces, shared = _in_common(spaces)
    vectors = tuple(
        space.vectors.astype(np.float64) @ matrix.T for space, matrix in zip(spaces, made.transforms, strict=True)
    )
    contexts = find_contexts(spaces[0], corpus, as_targets(words), window=window)
    contexts = contexts.where(cut.codes[contexts.document] >= 0)
    units = cluster_codes(corpus.variables, cluster, corpus.n_documents)
    notes = tuple(dict.fromkeys((*corpus.notes, *cut.notes, *made.notes, *shared, *contexts.notes)))
    found = Mentions(spaces=spaces, vectors=vectors, contexts=contexts, cut=cut, units=units, notes=notes)
    absent = [name for name in contexts.names if name not in found.words]
    if absent:
        warn_user(
            f"{len(absent)} of {len(contexts.names)} words have no mention in a slice: "
            f"{list_some(map(repr, absent), 5)}. A mention is needed. They are left out: check their spelling."
        )
    return found


def _in_common(spaces: tuple[Embeddings, ...]) -> tuple[tuple[Embeddings, ...], tuple[str, ...]]:
    """Fits with the words that all hold, in the order of the first; and a sentence where some were left out."""
    words = words_in_all(spaces)
    if all(space.words == words for space in spaces):
        return spaces, ()
    if not words:
        raise DataError("The fits have no word in common. Fits of one specification are needed. Hand these over.")
    found = []
    for space in spaces:
        rows = space.rows(words)
        found.append(Embeddings(words, space.vectors[rows], None if space.counts is None else space.counts[rows]))
    most = max(len(space) for space in spaces)
    return tuple(found), (f"The fits have {len(words):,} words in common, of up to {most:,}: the others are left out.",)


def as_targets(words: Any) -> dict[str, Any]:
    """Each word a target of its own; a name may stand for several spellings."""
    if isinstance(words, Mapping):
        return dict(words)
    asked = [words] if isinstance(words, str) else list(words) if isinstance(words, Sequence) else []
    if not asked or not all(isinstance(word, str) for word in asked):
        raise SpecError(
            f"words={words!r} names no word. Words are needed whose change is asked about. Say words=['freedom', ...], "
            "or {'name': [spellings]}."
        )
    return {word: [word] for word in asked}
