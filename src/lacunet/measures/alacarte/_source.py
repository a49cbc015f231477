"""Where the mentions of a carte stand, and which of them say best what it says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.measures.alacarte._cells import mention_vectors
from lacunet.measures.contexts import Contexts, find_mentions, read_terms, words_around


@dataclass(frozen=True, eq=False, kw_only=True)
class Source:
    """Where the mentions of a carte stand, for those who want to read them."""

    spaces: tuple[Embeddings, ...]
    transforms: tuple[Floats, ...]
    corpus: Corpus
    terms: Any
    found: tuple[Contexts, ...]
    by: tuple[str, ...]
    cluster: str | None


def read_nearest(source: Source, own: Integers, means: Sequence[Floats], n: int, window: int) -> pd.DataFrame:
    """The n mentions, among some, with the highest cosine with a group's vector (averaged over fits), with their words.

    Parameters
    ----------
    source
        Where mentions stand.
    own
        Mentions to choose among.
    means
        The group's vector in each fit.
    n, window
        How many, and words to show to either side.
    """
    total = np.zeros(len(own))
    for space, transform, found, mean in zip(source.spaces, source.transforms, source.found, means, strict=True):
        total += _cosines_with(mention_vectors(space, transform, found.where(own)), mean)
    order = np.argsort(-total, kind="stable")[:n]
    found = source.found[0]
    document, position = found.document[own[order]], found.position[own[order]]
    around = words_around(source.corpus, document, position, window, _lengths(source, document, position))
    table = pd.DataFrame({"cosine": total[order] / len(means), "document": document, "position": position})
    for side, words in zip(("before", "keyword", "after"), around, strict=True):
        table[side] = [" ".join(some) for some in words]
    variables = source.corpus.variables
    values = {} if variables is None else {name: variables[name].iloc[document].to_numpy() for name in source.by}
    return table.assign(**values)


def _cosines_with(vectors: Floats, mean: Floats) -> Floats:
    """Cosine of each row with a vector (n,); 0 for a row of zeros."""
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(mean)
    return np.divide(np.einsum("nd,d->n", vectors, mean), lengths, out=np.zeros(len(vectors)), where=lengths > 0)


def _lengths(source: Source, document: Integers, position: Integers) -> Integers:
    """Words that the mentions at these places take up."""
    some = np.unique(document)
    found = find_mentions(source.corpus.recount(some), read_terms(source.terms))
    known = {(some[d], p): length for d, p, length in zip(found.document, found.position, found.length, strict=True)}
    return np.array([known[place] for place in zip(document, position, strict=True)], dtype=np.intp)
