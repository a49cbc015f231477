"""One embedding, or several fits of it: what every measure takes first."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lacunet.embedding.space import Embeddings
from lacunet.errors import SpecError


def read_spaces(space: Any) -> tuple[Embeddings, ...]:
    """Embeddings as a tuple of one, several fits as a tuple of them.

    Parameters
    ----------
    space
        An `Embeddings`, or a list of them: fits of one specification with other seeds.

    Returns
    -------
    tuple of Embeddings
        One or more.

    Raises
    ------
    SpecError
        When it is something else, a list without any, or a list with different dimensions or the same fit twice.
    """
    is_list = isinstance(space, Sequence) and not isinstance(space, str)
    spaces = (space,) if isinstance(space, Embeddings) else tuple(space) if is_list else ()
    wrong = next((type(one).__name__ for one in spaces if not isinstance(one, Embeddings)), None)
    if wrong is not None or not spaces:
        found = f"a list that holds a {wrong}" if wrong else f"a {type(space).__name__}"
        raise SpecError(
            f"The embeddings are {found}. An Embeddings is needed, or a list of them (fits with other seeds): train "
            "with SkipGram().fit(...), or read vectors with Embeddings.from_word2vec(...)."
        )
    dimensions = sorted({one.dim for one in spaces})
    if len(dimensions) > 1:
        raise SpecError(
            f"The {len(spaces)} embeddings have {' and '.join(map(str, dimensions))} dimensions. Several are taken "
            "for fits of one specification with other seeds: hand over such, or measure each by itself."
        )
    for place, one in enumerate(spaces):
        if any(one is other or np.array_equal(one.vectors, other.vectors) for other in spaces[:place]):
            raise SpecError(
                f"Embedding {place + 1} of {len(spaces)} is the same as one before. Fits with other seeds are needed, "
                "whose differences say what a seed does: leave it out, or fit with another seed."
            )
    return spaces
