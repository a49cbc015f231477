"""Scores of all cells in one fit of the embedding."""

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.measures.actors._groups import Groups
from lacunet.measures.actors._score import score_cells
from lacunet.measures.actors._sums import sum_mentions
from lacunet.measures.actors._turns import Turn
from lacunet.measures.axes._poles import Direction
from lacunet.measures.contexts import Terms, find_contexts


class Fit(NamedTuple):
    """One fit's scores, over the grid of actors and groups (G cells, the groups of the first actor first).

    Attributes
    ----------
    score, std_error, dof, cosine, shrunken
        As in `Scores`; NaN where nothing was said (G,).
    length
        Of the axis before it was brought to length 1: mean cosine with the positive less that with the negative words
        is score times this.
    moves
        What each document or cluster adds to the error of each cell, sparse (clusters, G).
    alike
        Correlation of mentions of one document or cluster.
    strength
        Squared length of each actor's vectors over its standard error (a,).
    n_mentions, n_documents, n_clusters
        Of each cell (G,).
    n_found, n_outside, n_bare
        Mentions of each actor in all (a,), how many mentions are in documents that belong to no group, and how many
        have no known word around them.
    """

    score: Floats
    std_error: Floats
    dof: Floats
    cosine: Floats
    shrunken: Floats
    length: float
    moves: csr_array
    alike: float
    strength: Floats
    n_mentions: Integers
    n_documents: Integers
    n_clusters: Integers
    n_found: Integers
    n_outside: int
    n_bare: int


def score_fit(
    space: Embeddings,
    corpus: Corpus,
    terms: Terms,
    groups: Groups,
    clusters: Integers,
    direction: Direction,
    turn: Turn,
    window: int,
) -> Fit:
    """Find the mentions of all actors, add them up by cell and cluster, and score them."""
    contexts = find_contexts(space, corpus, _as_mapping(terms), window=window)
    n_actors, n_groups = len(terms.names), len(groups.values)
    group = groups.code[contexts.document]
    inside = contexts.where(group >= 0)
    place = inside.term * n_groups + group[group >= 0]
    cells, cell = np.unique(place, return_inverse=True)
    with threadpool_limits(limits=1):  # BLAS adds in another order on another number of threads
        sums = sum_mentions(inside, space.vectors.astype(np.float64), turn, cell, clusters[inside.document])
        found = score_cells(sums, cells // n_groups, n_actors, direction.unit)
    size = n_actors * n_groups

    def spread(values: Any, empty: Any = np.nan) -> Any:
        full = np.full(size, empty)
        full[cells] = values
        return full

    documents = np.unique(np.column_stack([place, inside.document]), axis=0)[:, 0]
    shape = (int(clusters.max()) + 1, size)
    return Fit(
        score=spread(found.score),
        std_error=spread(found.std_error),
        dof=spread(found.dof),
        cosine=spread(found.cosine),
        shrunken=spread(found.shrunken),
        length=direction.length,
        moves=csr_array((found.moves, (sums.cluster, cells[sums.cell])), shape=shape),
        alike=found.alike,
        strength=found.strength,
        n_mentions=np.bincount(place, minlength=size),
        n_documents=np.bincount(documents, minlength=size),
        n_clusters=spread(np.bincount(sums.cell), 0),
        n_found=contexts.n_found,
        n_outside=int((group < 0).sum()),
        n_bare=int(contexts.n_dropped.sum()),
    )


def _as_mapping(terms: Terms) -> dict[str, list[str]]:
    return {name: list(some) for name, some in zip(terms.names, terms.spellings, strict=True)}
