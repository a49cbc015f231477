"""Embeddings of one corpus slice by slice, in one space."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._check import check_seed
from lacunet._rng import draw_seed, generator
from lacunet._typing import Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.errors import DataError, SpecError, list_some, nearest, warn_user
from lacunet.measures._works import cite
from lacunet.measures.change._align import align
from lacunet.measures.change._cut import Cut, cut_documents
from lacunet.measures.change._words import HAMILTON_2016, KIM_2014, RODMAN_2020

FEW_WORDS = 100_000
"""From less text than this a fit says little of any word."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """All it takes to fit slices again: the specification, the corpus, and how."""

    spec: Any
    corpus: Corpus
    chained: bool
    seed: int
    threads: int | None

    def fit(self, codes: Integers, labels: Sequence[str], progress: Any = None) -> list[Embeddings]:
        """Fit the documents of each slice; all in the space of the first."""
        found: list[Embeddings] = []
        before: Any = None
        for k, label in enumerate(labels):
            if progress is not None:
                progress("slices", k, len(labels))
            own = int(generator(self.seed, "seed of a slice", k).integers(2**31))
            part = self.corpus.recount(np.flatnonzero(codes == k))
            start = before if self.chained else None
            try:
                before = self.spec.fit(part, seed=own, threads=self.threads, start=start)
            except DataError as error:
                raise DataError(
                    f"Slice {label!r} of {part.n_documents:,} documents and {part.n_tokens:,} words cannot be fitted: "
                    f"{error} Or join slices with breaks=[...]."
                ) from error
            fitted = Embeddings(before.words, before.vectors, before.counts)
            found.append(fitted if self.chained or not found else align(fitted, found[-1]))
        if progress is not None:
            progress("slices", len(labels), len(labels))
        return found


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Slices(Mapping[str, Embeddings]):
    """Embeddings of each slice by its label, in order; made by `fit_slices`.

    Their vectors can be compared across slices. ``slices["1990"]`` is an `Embeddings`, with all its questions.

    Attributes
    ----------
    cut
        Which document is in which slice.
    spaces
        The embeddings, one a slice.
    n_words
        Words of the corpus in each slice (T,).
    recipe
        How they were fitted.
    notes
        What was decided, as sentences.
    """

    cut: Cut
    spaces: tuple[Embeddings, ...]
    n_words: Integers
    recipe: Recipe
    notes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the slices, in order."""
        return self.cut.labels

    @property
    def n_documents(self) -> Integers:
        """Documents in each slice (T,)."""
        return self.cut.n_documents

    @property
    def seed(self) -> int:
        """Seed of the fits."""
        return self.recipe.seed

    def __getitem__(self, label: str) -> Embeddings:
        if label not in self.cut.labels:
            near = nearest(label, self.cut.labels)
            hint = f"Did you mean {near!r}?" if near else f"They are: {', '.join(self.cut.labels[:20])}."
            raise DataError(f"{label!r} is no slice. One of the {len(self)} is needed. {hint}")
        return self.spaces[self.cut.labels.index(label)]

    def __contains__(self, label: object) -> bool:
        return label in self.cut.labels

    def __iter__(self) -> Iterator[str]:
        return iter(self.cut.labels)

    def __len__(self) -> int:
        return len(self.cut)

    def table(self) -> pd.DataFrame:
        """One row a slice: slice, n_documents, n_words, n_vocabulary."""
        return pd.DataFrame(
            {
                "slice": list(self.labels),
                "n_documents": self.n_documents,
                "n_words": self.n_words,
                "n_vocabulary": [len(space) for space in self.spaces],
            }
        )

    def summary(self) -> str:
        """Say what was fitted, and how the slices came into one space."""
        sizes = f"{self.n_words.min():,} to {self.n_words.max():,} words"
        return (
            f"{len(self)} slices by {self.cut.by!r}, from {self.labels[0]} to {self.labels[-1]}, of {sizes}; seed "
            f"{self.seed}. {' '.join(self.notes)}"
        )

    def cite(self) -> str:
        """Works to cite, one a line."""
        return cite(*((KIM_2014, RODMAN_2020) if self.recipe.chained else (HAMILTON_2016,)))

    def __repr__(self) -> str:
        return f"Slices({len(self)} of {self.cut.by!r}: {', '.join(self.labels[:3])}{', ...' * (len(self) > 3)})"


def fit_slices(
    spec: Any,
    corpus: Corpus,
    by: str = "year",
    *,
    breaks: Sequence[Any] | None = None,
    chained: bool = True,
    seed: int | None = None,
    threads: int | None = None,
    progress: Any = None,
) -> Slices:
    """Fit a specification to each slice of a corpus, and bring the fits into one space.

    Each slice needs a corpus of its own, a million words or more: where there is less, or where one or two dozen words
    are asked about, `drift` with one space needs no fit per slice. Chained fits begin where the slice before ended, so
    that a word without news stays where it was; independent fits are rotated, each onto the slice before.

    Parameters
    ----------
    spec
        A `SkipGram`.
    corpus
        With document variables; see `read_corpus`.
    by
        Column by which to cut.
    breaks
        Edges of the slices in rising order, as ``[1970, 1980, 1990]`` for two; None makes a slice of every value.
    chained
        Whether each slice starts from the one before (Kim et al. 2014; Rodman 2020), or all are fitted alone and
        rotated (Hamilton et al. 2016).
    seed
        Decides the seed of each slice; drawn and recorded when None.
    threads
        As in ``SkipGram.fit``; no number depends on it.
    progress
        Function of stage, done and total.

    Returns
    -------
    Slices
        Label to embeddings, in order.

    Raises
    ------
    SpecError
        When the specification cannot fit.
    ColumnError
        When there is no such column.
    DataError
        When there is one slice, or one that is too small to fit at all.

    Warns
    -----
    DataWarning
        When slices are small, or documents are in none.

    References
    ----------
    Kim, Y., Y.-I. Chiu, K. Hanaki, H. Hegde, and D. Petrov. 2014. Temporal analysis of language through neural language
    models. Proceedings of the ACL Workshop on Language Technologies: 61-65.
    Rodman, E. 2020. A timely intervention: tracking the changing meanings of political concepts with word vectors.
    Political Analysis 28(1): 87-111.
    Hamilton, W. L., J. Leskovec, and D. Jurafsky. 2016. Diachronic word embeddings reveal statistical laws of semantic
    change. Proceedings of ACL: 1489-1501.
    Differs: a chained slice begins with the context vectors of the slice before as well.
    """
    if not callable(getattr(spec, "fit", None)) or not hasattr(spec, "window"):
        raise SpecError(f"spec is a {type(spec).__name__}. A specification is needed, such as SkipGram(dim=100).")
    if not isinstance(corpus, Corpus):
        raise SpecError(
            f"corpus is a {type(corpus).__name__}. A Corpus is needed. Read it first, with read_corpus(frame)."
        )
    return fit_cut(
        spec, corpus, cut_documents(corpus, by, breaks), chained=chained, seed=seed, threads=threads, progress=progress
    )


def fit_cut(
    spec: Any, corpus: Corpus, cut: Cut, *, chained: bool, seed: int | None, threads: int | None, progress: Any
) -> Slices:
    """Fit a specification to slices that are cut already. See `fit_slices`."""
    n_words = np.array([corpus.recount(np.flatnonzero(cut.codes == k)).n_tokens for k in range(len(cut))])
    recipe = Recipe(
        spec=spec,
        corpus=corpus,
        chained=bool(chained),
        seed=draw_seed() if seed is None else check_seed(seed),
        threads=threads,
    )
    small = _warn_of_small(cut.labels, n_words)
    spaces = tuple(recipe.fit(cut.codes, cut.labels, progress))
    how = (
        "Each slice starts from the one before"
        if chained
        else "Each slice is fitted alone and rotated onto the one before"
    )
    return Slices(cut=cut, spaces=spaces, n_words=n_words, recipe=recipe, notes=(f"{how}.", *cut.notes, *small))


def _warn_of_small(labels: Sequence[str], n_words: Integers) -> tuple[str, ...]:
    small = [f"{label} ({n:,})" for label, n in zip(labels, n_words, strict=True) if n < FEW_WORDS]
    if not small:
        return ()
    note = (
        f"{len(small)} of {len(labels)} slices have fewer than {FEW_WORDS:,} words: {list_some(small, 5)}. "
        "Vectors from so little text move by chance. Join slices with breaks=[...], or use drift(space, corpus, ...), "
        "which fits none."
    )
    warn_user(note)
    return (note,)
