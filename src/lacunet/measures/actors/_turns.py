"""What mean vectors of contexts are multiplied by, in each fit."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.measures._transforms import find_transforms

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
    SpecError, DataError
        When there is not one transform a fit, one belongs to other embeddings, or has another shape.
    """
    matrices, notes = find_transforms(transform, spaces, corpus, window, SEED)
    if isinstance(transform, str):
        return [np.asarray for _ in spaces], ("Vectors are means of the words around a mention, without a transform.",)
    return [_multiply(matrix) for matrix in matrices], notes or (HANDED_OVER,)


def _multiply(matrix: Floats) -> Turn:
    return lambda means: np.asarray(means @ matrix.T)
