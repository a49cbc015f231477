"""Instances of the target: where it stands, and the vector of each in every embedding."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lacunet._typing import Floats, Integers
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.errors import DataError, DataWarning, SpecError
from lacunet.measures.alacarte import AlaCarte, alacarte
from lacunet.measures.contexts import Contexts, find_contexts
from lacunet.report._words import count

MOST_EXACT = 2**24
"""Numbers up to which vectors of instances are kept in float64; beyond, float32 halves the memory."""
SMALL_CORPUS = 1_000_000
"""Words of a corpus below which a transform estimated on it is rough."""


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
    found = [find_contexts(space, corpus, target, window=window) for space in spaces]
    if len(found[0].names) > 1:
        raise SpecError(
            f"There are {len(found[0].names)} targets ({', '.join(found[0].names[:5])}). A regression takes one, in "
            "any number of spellings: hand over a list of them, or fit each target apart."
        )
    found = _in_common(found)
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


def read_transforms(
    spaces: tuple[Embeddings, ...], corpus: Corpus, transform: Any, window: int, seed: int
) -> tuple[tuple[Floats, ...], tuple[str, ...]]:
    """A matrix (d, d) for each embedding, and what was decided."""
    if transform is None:
        if corpus.n_tokens < SMALL_CORPUS:
            warnings.warn(
                f"The transform is estimated on a corpus of {corpus.n_tokens:,} words. A good one needs "
                f"{SMALL_CORPUS:,} or more: hand over transform= from the corpus that the embeddings were trained on.",
                DataWarning,
                stacklevel=3,
            )
        own = tuple(alacarte(space, corpus, window=window, seed=seed).transform for space in spaces)
        return own, (f"The transform was estimated on the same {corpus.n_tokens:,} words (lacunet.alacarte).",)
    if isinstance(transform, str | AlaCarte):
        return alacarte(list(spaces), transform=transform, window=window, seed=seed).transforms, ()
    given = list(transform) if isinstance(transform, list | tuple) else [transform]
    if len(given) != len(spaces):
        raise SpecError(
            f"There are {count(len(given), 'transform')} for {count(len(spaces), 'embedding')}, and axes of two "
            "embeddings differ. One each is needed, in their order: a list of matrices, or the AlaCarte of the same "
            "embeddings."
        )
    return tuple(_read_matrix(one, space) for one, space in zip(given, spaces, strict=True)), ()


def _read_matrix(transform: Any, space: Embeddings) -> Floats:
    matrix = getattr(transform, "transform", transform)
    try:
        read = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        read = np.empty(0)
    if read.shape != (space.dim, space.dim) or not np.isfinite(read).all():
        raise DataError(
            f"The transform has shape {read.shape} for embeddings of {space.dim} dimensions. A matrix "
            f"({space.dim}, {space.dim}) of finite numbers is needed, or what lacunet.alacarte gives."
        )
    return read


def _in_common(found: list[Contexts]) -> list[Contexts]:
    """The mentions that every embedding has a known word around, in the order of the text."""
    if len(found) == 1:
        return found
    keys = [list(zip(one.document.tolist(), one.position.tolist(), strict=True)) for one in found]
    common = set(keys[0]).intersection(*keys[1:])
    if not common:
        raise DataError("No mention of the target has known words around it in all embeddings. Read the same text.")
    kept = [one.where(np.array([key in common for key in some])) for one, some in zip(found, keys, strict=True)]
    return [one.where(np.lexsort((one.position, one.document))) for one in kept]
