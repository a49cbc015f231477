"""Change between embeddings that are in one space: a fit for each slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lacunet._rng import generator
from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, SpecError, list_some, suggest, warn_user
from lacunet.measures.change._align import align
from lacunet.measures.change._cut import Cut
from lacunet.measures.change._mentions import as_targets
from lacunet.measures.change._permute import TIE, Null
from lacunet.measures.change._slices import Slices
from lacunet.measures.change._trajectory import Trajectory, choose_references

COSTLY = 20
"""Refits of all slices; more take hours on a corpus of any size."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Fits:
    """Embeddings slice by slice, in one space."""

    spaces: tuple[Embeddings, ...]

    def cosines(self, word: str, others: Sequence[str]) -> tuple[Floats, Floats, Floats]:
        """Cosines of a word with others in each slice (1, T, k), NaN where one is missing; errors are not known."""
        found = np.full((1, len(self.spaces), len(others)), np.nan)
        for t, space in enumerate(self.spaces):
            for k, other in enumerate(others):
                if word in space and other in space:
                    found[0, t, k] = space.similarity(word, other)
        return found, np.full_like(found, np.nan), np.full(len(self.spaces), np.nan)

    def neighbours(self, word: str, n: int) -> list[list[tuple[str, float]]]:
        """Nearest words of each slice with their cosines."""
        found = []
        for space in self.spaces:
            near = space.nearest(word, n) if word in space else None
            found.append([] if near is None else list(zip(near["word"], near["similarity"].astype(float), strict=True)))
        return found

    def distances(self, words: Sequence[str], references: Mapping[str, Integers]) -> dict[str, Floats]:
        """Cosine distance of each word from its reference slice (T,)."""
        return {
            word: np.array([self._distance(word, t, int(r)) for t, r in enumerate(references[word])]) for word in words
        }

    def _distance(self, word: str, t: int, r: int) -> float:
        one, other = self.spaces[t], self.spaces[r]
        if r < 0 or word not in one or word not in other:
            return float("nan")
        return float(1 - one.units(one.rows([word]))[0] @ other.units(other.rows([word]))[0])


def join_spaces(spaces: Sequence[Embeddings], labels: Sequence[str]) -> tuple[Fits, Cut]:
    """Rotate ready embeddings, each onto the one before."""
    found: list[Embeddings] = []
    for one in spaces:
        if not isinstance(one, Embeddings):
            raise SpecError(f"A slice is a {type(one).__name__}. It needs to be Embeddings. Fit or read them.")
        found.append(align(one, found[-1]) if found else one)
    cut = Cut(by="embeddings", labels=tuple(labels), at=tuple(labels), codes=np.empty(0, dtype=np.intp), notes=())
    return Fits(spaces=tuple(found)), cut


def compare_fits(
    fits: Fits, words: Any, reference: str | int, slices: Slices | None, n_refits: int, seed: int
) -> tuple[tuple[Trajectory, ...], tuple[str, ...]]:
    """Distances of words, and a null from refits to documents that were permuted over the slices.

    Raises
    ------
    DataError
        When a word is in fewer than two slices.

    Warns
    -----
    DataWarning
        When a word is missing in some slices, and of what refits cost.
    """
    asked = list(as_targets(words))
    is_in = {word: np.array([word in space for space in fits.spaces]) for word in asked}
    notes = _check_words(fits, is_in)
    references = {word: choose_references(is_in[word], reference) for word in asked}
    found = fits.distances(asked, references)
    nulls = _refit(slices, asked, references, found, n_refits, seed) if slices is not None and n_refits else {}
    trajectories = []
    for word in asked:
        counts = [
            int(space.counts[space.rows([word])[0]]) if word in space and space.counts is not None else 0
            for space in fits.spaces
        ]
        trajectories.append(
            Trajectory(
                word=word,
                n_mentions=np.array(counts, dtype=np.intp),
                n_documents=None,
                reference=references[word],
                plain=found[word],
                estimates=found[word][None],
                spreads=(None,) * len(counts),
                nulls=nulls.get(word, (None,) * len(counts)),
            )
        )
    return tuple(trajectories), notes


def _check_words(fits: Fits, is_in: Mapping[str, Any]) -> tuple[str, ...]:
    missing = []
    for word, there in is_in.items():
        if there.sum() < 2:
            near = suggest(word, fits.spaces[0].words[:20_000])
            raise DataError(
                f"The word {word!r} is in {int(there.sum())} of {len(there)} slices. Two are needed to see a change. "
                + (near or "Join slices with breaks=[...], or train with a lower min_count.")
            )
        if not there.all():
            missing.append(f"{word!r} ({int((~there).sum())} of {len(there)})")
    if not missing:
        return ()
    note = f"Missing in some slices, where the distance is NaN: {list_some(missing, 5)}."
    warn_user(f"{note} A word needs min_count mentions in a slice. Join slices, or lower min_count.")
    return (note,)


def _refit(
    slices: Slices,
    words: Sequence[str],
    references: Mapping[str, Integers],
    found: Mapping[str, Floats],
    n: int,
    seed: int,
) -> dict[str, tuple[Null | None, ...]]:
    if n > COSTLY or n * len(slices) > COSTLY:
        warn_user(
            f"n_refits={n} trains {n * len(slices)} more embeddings, one for each of {len(slices)} slices and each "
            "permutation. Minutes to hours are needed. method='alacarte' has a null of hundreds in seconds."
        )
    codes = slices.cut.codes
    kept = np.flatnonzero(codes >= 0)
    drawn: dict[str, list[Floats]] = {word: [] for word in words}
    for i in range(n):
        mixed = codes.copy()
        mixed[kept] = generator(seed, "permutation of documents", i).permutation(codes[kept])
        fits = Fits(spaces=tuple(slices.recipe.fit(mixed, slices.labels)))
        for word, values in fits.distances(words, references).items():
            drawn[word].append(values)
    return {word: _as_nulls(np.array(drawn[word]), found[word]) for word in words}


def _as_nulls(drawn: Floats, found: Floats) -> tuple[Null | None, ...]:
    nulls: list[Null | None] = []
    for t, value in enumerate(found):
        values = drawn[:, t]
        n_above = int(np.count_nonzero(~(values < value - TIE)))
        p_value = (1 + n_above) / (1 + len(values))
        nulls.append(Null(plain=values, clean=values, p_value=p_value) if np.isfinite(value) else None)
    return tuple(nulls)
