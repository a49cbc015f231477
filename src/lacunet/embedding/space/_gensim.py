"""Vectors from gensim's objects and into them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet.errors import SpecError


def take(given: Any) -> tuple[list[str], NDArray[np.float32], NDArray[np.int64] | None]:
    """Words, vectors and counts of ``KeyedVectors`` or of a model that has them as ``wv``."""
    keyed = getattr(given, "wv", given)
    words, vectors = getattr(keyed, "index_to_key", None), getattr(keyed, "vectors", None)
    if words is None or vectors is None:
        raise SpecError(
            f"A {type(given).__name__} has no words and vectors as gensim 4 keeps them. KeyedVectors or a model with "
            "`wv` is needed. Hand over model.wv; save vectors of an older gensim with its save_word2vec_format."
        )
    try:
        counts = np.array([keyed.get_vecattr(word, "count") for word in words], dtype=np.int64)
    except (AttributeError, KeyError, TypeError):
        counts = None
    return [str(word) for word in words], np.array(vectors, dtype=np.float32), counts


def hand_over(words: Sequence[str], vectors: NDArray[np.float32], counts: NDArray[np.int64] | None) -> Any:
    """``KeyedVectors`` of the same words."""
    try:
        from gensim.models import KeyedVectors  # noqa: PLC0415 - optional
    except ImportError as error:
        raise SpecError("gensim is not installed, and is needed here. Install it: pip install gensim.") from error
    keyed = KeyedVectors(vectors.shape[1], dtype=np.float32)
    keyed.add_vectors(list(words), vectors)
    if counts is not None:
        for word, count in zip(words, counts.tolist(), strict=True):
            keyed.set_vecattr(word, "count", count)
    return keyed
