"""Instances of the target: where it stands, and the vector of each in every embedding."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.errors import SpecError
from lacunet.measures.alacarte._same import contexts_in_all
from lacunet.measures.contexts import find_contexts

MOST_EXACT = 2**24
"""Numbers up to which vectors of instances are kept in float64; beyond, float32 halves the memory."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Instances:
    """Mentions of the target that every embedding has a vector for.

    Attributes
    ----------
    documents
        Document of each (n,).
    vectors
        Vectors of each in every embedding side by side, each divided by the root of their number S, so that squared
        lengths are means over embeddings; (n, D).
    variables
        Document variables, one row an instance.
    notes
        What was left out.
    """

    documents: Integers
    vectors: NDArray[Any]
    variables: pd.DataFrame
    notes: tuple[str, ...]


def find_instances(
    spaces: tuple[Embeddings, ...], corpus: Corpus, target: Any, window: int, transforms: tuple[Floats, ...]
) -> Instances:
    """Find the target and embed every mention: y = A u, u the mean vector of the known words around it."""
    each = [find_contexts(space, corpus, target, window=window) for space in spaces]
    if len(each[0].names) > 1:
        raise SpecError(
            f"There are {len(each[0].names)} targets ({', '.join(each[0].names[:5])}). A regression takes one, in "
            "any number of spellings: hand over a list of them, or fit each target apart."
        )
    found = contexts_in_all(each)
    n, dim = len(found[0]), sum(space.dim for space in spaces)
    vectors = np.empty((n, dim), dtype=np.float64 if n * dim <= MOST_EXACT else np.float32)
    at, root = 0, np.sqrt(len(spaces))
    for space, contexts, transform in zip(spaces, found, transforms, strict=True):
        vectors[:, at : at + space.dim] = contexts.means(space.vectors) @ transform.T / root
        at += space.dim
    documents = np.asarray(found[0].document, dtype=np.intp)
    variables = corpus.variables if corpus.variables is not None else pd.DataFrame(index=range(corpus.n_documents))
    return Instances(
        documents=documents,
        vectors=vectors,
        variables=variables.iloc[documents].reset_index(drop=True),
        notes=tuple(dict.fromkeys(note for contexts in found for note in contexts.notes)),
    )
