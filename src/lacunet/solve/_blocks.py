"""Products of tall matrices, in blocks of rows."""

from collections.abc import Iterator

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri

from lacunet._typing import Floats

PRODUCTS = 250_000
"""Products per block: the block stays in the processor's cache, and BLAS starts no threads for it, which at this size
cost more than they bring, and very much more on a busy machine."""
WELL_APART = 1e-3
"""Share of a column's length that the columns before it must leave for Cholesky, which squares it, to be exact."""


def blocks_of_rows(n: int, n_products: int) -> Iterator[slice]:
    """Blocks of n rows, where each row makes so many products."""
    size = max(PRODUCTS // max(n_products, 1), 64)
    for begin in range(0, n, size):
        yield slice(begin, begin + size)


def times(left: Floats, right: Floats) -> Floats:
    """``left @ right`` for a tall ``left``; ``right`` is a vector or a small matrix."""
    out = np.empty((len(left), *right.shape[1:]))
    for rows in blocks_of_rows(len(left), 2 * left.shape[1] * max(right.shape[-1], 6)):
        out[rows] = left[rows] @ right
    return out


def dot(left: Floats, right: Floats) -> float:
    """Sum of the products of two long vectors."""
    return float(np.einsum("i,i", left, right))


def weighted_gram(left: Floats, weights: Floats | None, right: Floats | None = None) -> Floats:
    """``left' diag(weights) right``; ``right`` is ``left``, and the weights are 1, where not given."""
    right = left if right is None else right
    total = np.zeros((left.shape[1], *right.shape[1:]))
    for rows in blocks_of_rows(len(left), max(total.size, 1)):
        part = left[rows] if weights is None else left[rows] * weights[rows, None]
        total += part.T @ right[rows]
    return total


def triangle(columns: Floats) -> Floats:
    """R of the QR of a tall matrix, without Q.

    Two rounds of Cholesky are as exact as Householder's QR while the columns are far from dependent, and need but
    cross products; otherwise each block of rows has its QR, and then the R of all of them together.

    References
    ----------
    Yamamoto, Y., Y. Nakatsukasa, Y. Yanagisawa, and T. Fukaya. 2015. Roundoff error analysis of the CholeskyQR2
    algorithm. Electronic Transactions on Numerical Analysis 44: 306-326.
    Demmel, J., L. Grigori, M. Hoemmen, and J. Langou. 2012. Communication-optimal parallel and sequential QR and LU
    factorizations. SIAM Journal on Scientific Computing 34(1): A206-A239.
    """
    if columns.shape[1] == 0:
        return np.empty((0, 0))
    first = _cholesky_r(weighted_gram(columns, None))
    if first is None:
        return _householder_r(columns)
    second = _cholesky_r(weighted_gram(times(columns, invert_upper(first)), None))
    return _householder_r(columns) if second is None else second @ first


def invert_upper(r: Floats) -> Floats:
    """Inverse of an upper triangular matrix without zeros on its diagonal."""
    inverse, _ = dtrtri(r)
    return np.triu(inverse)


def _cholesky_r(gram: Floats) -> Floats | None:
    """Upper triangle R with R'R the gram matrix, or none when its columns are too close to dependent."""
    length = np.sqrt(np.diag(gram))
    if not (np.isfinite(length).all() and (length > 0).all()):
        return None
    r, failed = dpotrf(gram / np.outer(length, length))
    return None if failed or np.diag(r).min() < WELL_APART else np.triu(r) * length


def _householder_r(columns: Floats) -> Floats:
    k = columns.shape[1]
    parts = [columns[rows] for rows in blocks_of_rows(len(columns), k * k)]
    stacked = np.vstack([np.linalg.qr(part, mode="r") for part in parts])
    r: Floats = np.asarray(np.linalg.qr(stacked, mode="r"))
    return r
