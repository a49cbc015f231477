"""Documents as weighted means of their words' vectors."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings

ROWS = 256
"""Documents whose sums are made at once."""


def sif_weights(space: Embeddings, counts: csr_array, a: float = 1e-3) -> Floats:
    """Smooth inverse frequency of each word (v,), a / (a + p(w)).

    p(w) is the word's share of the corpus that the space was trained on; where the space has no counts, of the
    documents at hand.

    References
    ----------
    Arora, S., Liang, Y., & Ma, T. (2017). A simple but tough-to-beat baseline for sentence embeddings.
    *International Conference on Learning Representations*.
    """
    found = space.counts if space.counts is not None else np.asarray(counts.sum(axis=0, dtype=np.float64))
    return a / (a + found / max(float(found.sum()), 1.0))


def mean_vectors(counts: csr_array, vectors: Any, weights: Floats | None = None) -> Floats:
    """Vectors (n, d) of documents: sum of count times weight times vector, over the sum of counts.

    Parameters
    ----------
    counts
        Words of each document (n, v).
    vectors
        Vectors (v, d).
    weights
        Weight of each word (v,); None for equal ones.

    Returns
    -------
    numpy.ndarray
        Floats (n, d), NaN in the row of a document without a word. Products are of float32 and sums too, row by row, so
        that threads change nothing.
    """
    matrix = np.asarray(vectors, dtype=np.float32)
    if weights is not None:
        matrix = matrix * weights.astype(np.float32)[:, None]
    n = counts.shape[0]
    out = np.empty((n, matrix.shape[1]), dtype=np.float64)

    def fill(start: int) -> None:
        some = counts[start : start + ROWS]
        sums = np.asarray(some.sum(axis=1), dtype=np.float64)
        sums[sums == 0] = np.nan
        out[start : start + ROWS] = (some @ matrix) / sums[:, None]

    with ThreadPoolExecutor() as pool:
        list(pool.map(fill, range(0, n, ROWS)))
    return out
