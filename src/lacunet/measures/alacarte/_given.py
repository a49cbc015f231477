"""Transforms that were made elsewhere."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.errors import DataError, SpecError
from lacunet.measures.alacarte._fitted import AlaCarte
from lacunet.report._words import count

IDENTITY = "identity"


def read_transforms(transform: Any, spaces: Sequence[Embeddings]) -> tuple[Floats, ...]:
    """One matrix (d, d) for each space.

    Parameters
    ----------
    transform
        "identity", a matrix, an `AlaCarte`, or a list with one of these two for each space.
    spaces
        The fits.

    Returns
    -------
    tuple of ndarray
        In the order of the fits, float64.

    Raises
    ------
    SpecError
        When there is not one for each fit, or an `AlaCarte` belongs to other embeddings.
    DataError
        When a matrix has another shape, or is not finite.
    """
    if isinstance(transform, str):
        if transform != IDENTITY:
            raise SpecError(f"transform={transform!r} is not known. 'identity' is, or a matrix, or an AlaCarte.")
        return tuple(np.eye(space.dim) for space in spaces)
    given = [part for one in _list(transform) for part in _take_apart(one)]
    if len(given) != len(spaces):
        raise SpecError(
            f"transform= holds {count(len(given), 'transform')} for {count(len(spaces), 'fit')}, whose axes differ. "
            "One for each fit is needed, in their order: a list of matrices, or the AlaCarte of the same fits."
        )
    return tuple(_read_matrix(*one, space) for one, space in zip(given, spaces, strict=True))


def _list(transform: Any) -> list[Any]:
    is_several = isinstance(transform, list | tuple) and all(
        isinstance(one, AlaCarte) or np.ndim(one) == 2 for one in transform
    )
    return list(transform) if is_several else [transform]


def _take_apart(given: Any) -> list[tuple[Any, Embeddings | None]]:
    """Matrices with the embeddings that they were made for, where that is known."""
    return list(zip(given.transforms, given.spaces, strict=True)) if isinstance(given, AlaCarte) else [(given, None)]


def _read_matrix(given: Any, made_for: Embeddings | None, space: Embeddings) -> Floats:
    if made_for is not None and not _is_same(made_for, space):
        raise SpecError(
            f"The transform belongs to other embeddings ({len(made_for):,} words, {made_for.dim} dimensions; these "
            f"have {len(space):,} and {space.dim}). The axes of two fits have nothing to do with each other, so that "
            "its own are needed, in their order. Make it anew with alacarte(space, corpus)."
        )
    try:
        matrix = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        matrix = np.empty(0)
    if matrix.shape != (space.dim, space.dim) or not np.isfinite(matrix).all():
        raise DataError(
            f"The transform is a {type(given).__name__} of shape {np.shape(given)}. A matrix ({space.dim}, "
            f"{space.dim}) of finite numbers is needed, one row for each dimension of the result. Hand over the one of "
            "these embeddings."
        )
    return matrix


def _is_same(one: Embeddings, other: Embeddings) -> bool:
    return one is other or (one.words == other.words and np.array_equal(one.vectors, other.vectors))
