"""What mean vectors of contexts are multiplied by, in each fit."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.errors import SpecError
from lacunet.measures.alacarte import AlaCarte, alacarte
from lacunet.report._words import count

HANDED_OVER = "The transform was handed over."
SEED = 0
"""Of the words that the transform is checked with, which are fitted to in the end: it moves last digits only."""
Turn = Callable[[Floats], Floats]


def read_turns(
    transform: Any, spaces: Sequence[Embeddings], corpus: Corpus, window: int
) -> tuple[list[Turn], tuple[str, ...]]:
    """How contexts become vectors, one function a fit, and sentences that say so.

    Raises
    ------
    SpecError
        When there is not one transform a fit, or one has another shape.
    """
    if isinstance(transform, str | AlaCarte):
        made = alacarte(list(spaces), transform=transform, window=window, seed=SEED)
        if isinstance(transform, str):
            note = "Vectors are means of the words around a mention, without a transform."
            return [np.asarray for _ in spaces], (note,)
        return [_multiply(matrix) for matrix in made.transforms], (HANDED_OVER,)
    if transform is None:
        made = alacarte(list(spaces), corpus, window=window, seed=SEED)
        notes = ("The transform of à la carte was estimated from these texts.", *made.notes)
        return [_multiply(matrix) for matrix in made.transforms], notes
    several = list(transform) if isinstance(transform, list | tuple) else [transform]
    if len(several) != len(spaces):
        raise SpecError(
            f"There are {count(len(several), 'transform')} for {count(len(spaces), 'fit')}. One a fit is needed, as "
            "dimensions of two fits have nothing to do with each other. Hand over a list, or None to have them "
            "estimated."
        )
    given = [one.transform if isinstance(one, AlaCarte) else one for one in several]
    matrices = [_read_matrix(one, space.dim) for one, space in zip(given, spaces, strict=True)]
    return [_multiply(matrix) for matrix in matrices], (HANDED_OVER,)


def _multiply(matrix: Floats) -> Turn:
    return lambda means: np.asarray(means @ matrix.T)


def _read_matrix(given: Any, dim: int) -> Floats:
    matrix = np.asarray(given)
    if matrix.shape != (dim, dim) or matrix.dtype.kind not in "iuf" or not np.isfinite(matrix).all():
        raise SpecError(
            f"The transform is a {type(given).__name__} of shape {matrix.shape}. A matrix ({dim}, {dim}) of finite "
            "numbers is needed, as the embeddings have that many dimensions. Hand over an AlaCarte of these embeddings."
        )
    return matrix.astype(np.float64)
