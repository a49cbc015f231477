"""Scores of documents with their standard errors, in one walk through the counts.

A document's words are looked up twice, once for its vector and once for the slope of the score at it. The second time
they are in the processor's cache, which two walks through all documents would not find them in.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from lacunet._typing import Floats

ROWS = 128
"""Documents that a thread takes at once."""


def score_rows(counts: csr_array, vectors: Any, weights: Floats | None, directions: Floats) -> tuple[Floats, Floats]:
    r"""Scores of documents by the cosines of their mean vectors with one direction or two.

    With d the mean of weight times vector over the words of a document, the score is cos(d, a) for one direction a, and
    (1 + cos(d, a)) / (1 + cos(d, c)) for two. Its standard error within the document is that of the delta method,

    .. math:: \widehat{se}^2 = \frac{1}{n (n - 1)} \sum_{i=1}^n (g^\top u_i)^2, \quad g = \nabla f(d),

    with u_i the weighted vector of word i; the mean of g'u_i is 0, since the score does not depend on d's length.

    Parameters
    ----------
    counts
        Words of each document (n, v).
    vectors
        Vectors (v, d).
    weights
        Weight of each word (v,); None for equal ones.
    directions
        One or two rows of length 1 (k, d).

    Returns
    -------
    tuple of ndarray
        Scores and standard errors (n,), NaN where a document has no direction; the error also where it has one word.
    """
    matrix = np.array(vectors, dtype=np.float32)
    if weights is not None:
        matrix *= weights.astype(np.float32)[:, None]
    n = counts.shape[0]
    values, errors = np.empty(n), np.empty(n)
    starts, rows, times = counts.indptr, counts.indices, counts.data.astype(np.float32, copy=False)
    towards = np.asarray(directions, dtype=np.float32)

    def fill(first: int) -> None:
        _score(starts, rows, times, matrix, towards, first, min(first + ROWS, n), values, errors)

    with ThreadPoolExecutor() as pool:
        list(pool.map(fill, range(0, n, ROWS)))
    return values, errors


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"})
def _dot(a: Any, b: Any) -> Any:
    """Product of two rows, added up in the order that the compiler finds best for the machine."""
    total = np.float32(0)
    for j in range(len(a)):
        total += a[j] * b[j]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def _score(
    starts: Any, rows: Any, times: Any, matrix: Any, directions: Any, first: int, last: int, values: Any, errors: Any
) -> None:
    total, slope = np.empty(matrix.shape[1], np.float32), np.empty(matrix.shape[1], np.float32)
    for i in range(first, last):
        total[:] = 0
        n = 0.0
        for k in range(starts[i], starts[i + 1]):
            n += times[k]
            row = matrix[rows[k]]
            for j in range(len(row)):
                total[j] += times[k] * row[j]
        length = np.sqrt(_dot(total, total))
        if length == 0:
            values[i], errors[i] = np.nan, np.nan
            continue
        values[i] = _read(total, length, n, directions, slope)
        squares = 0.0
        for k in range(starts[i], starts[i + 1]):
            squares += times[k] * _dot(slope, matrix[rows[k]]) ** 2
        errors[i] = np.sqrt(squares / (n * (n - 1))) if n > 1 else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _read(total: Any, length: float, n: float, directions: Any, slope: Any) -> float:
    """The score of a document, whose slope is left in ``slope``."""
    near = _dot(total, directions[0]) / length
    value, part, along = near, 1.0, near
    if len(directions) == 2:
        other = _dot(total, directions[1]) / length
        value, part = (1 + near) / (1 + other), 1 / (1 + other)
        along = part * (near - value * other)
    scale = n / length
    for j in range(len(slope)):
        towards = part * directions[0, j]
        if len(directions) == 2:
            towards -= value * part * directions[1, j]
        slope[j] = scale * (towards - along * total[j] / length)
    return value
