"""Which words lie nearest to vectors."""

from collections.abc import Sequence

import numpy as np

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.errors import SpecError

FREQUENT, MANY = 100, 1000
"""Neighbours are looked for among words with so many occurrences, or among so many most frequent ones if these are
more. Vectors of rarer words are mostly chance: they lie near anything, misspellings first."""


def frequent_words(spaces: Sequence[Embeddings], min_count: int | None) -> tuple[tuple[str, ...] | None, str]:
    """Words frequent enough to be neighbours, and a sentence that says which; None where nobody counted."""
    counts = spaces[0].counts
    if counts is None:
        if min_count is not None:
            raise SpecError(
                f"min_count={min_count} was asked for, but these embeddings know no counts. Counts are needed: name "
                "candidates= instead."
            )
        return None, ""
    least = min_count
    if least is None:
        order = np.sort(counts)[::-1]
        least = max(1, min(FREQUENT, int(order[min(MANY, len(order)) - 1])))
    words = tuple(spaces[0].words[row] for row in np.flatnonzero(counts >= least))
    if not words:
        raise SpecError(f"min_count={least} leaves no word: the most frequent has {int(counts.max()):,}. Lower it.")
    if len(words) == len(counts):
        return None, ""
    return words, f"Neighbours are sought among the {len(words):,} words with {least:,} occurrences or more."


def rank_words(
    spaces: Sequence[Embeddings], means: Sequence[Floats], n: int, among: Sequence[str] | None
) -> tuple[str, ...]:
    """Words of highest cosine with a vector, averaged over fits; each fit has its own vector."""
    if len(spaces) == 1:
        return tuple(spaces[0].nearest(means[0], n, among=among)["word"])
    words = [word for word in (spaces[0].words if among is None else among) if all(word in space for space in spaces)]
    total = np.zeros(len(words))
    for space, mean in zip(spaces, means, strict=True):
        rows = space.rows(words)
        total += (
            np.einsum("nd,d->n", space.vectors[rows], mean.astype(np.float32))
            / space.norms[rows]
            / np.linalg.norm(mean)
        )
    total[np.isnan(total)] = -np.inf
    return tuple(words[i] for i in np.argsort(-total, kind="stable")[:n])
