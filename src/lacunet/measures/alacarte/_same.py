"""The same mentions in the eyes of several vocabularies."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lacunet.errors import DataError
from lacunet.measures.contexts import Contexts


def contexts_in_all(found: Sequence[Contexts]) -> tuple[Contexts, ...]:
    """Mentions that have a known word around them in every fit, in the order of the text.

    Raises
    ------
    DataError
        When there is none.
    """
    if len(found) == 1:
        return tuple(found)
    places = [np.rec.fromarrays([one.document, one.position]) for one in found]
    shared: Any = places[0]
    for some in places[1:]:
        shared = np.intersect1d(shared, some)
    if not len(shared):
        raise DataError("No mention has a known word around it in every fit. Fits of one specification are needed.")
    return tuple(one.where(np.flatnonzero(np.isin(some, shared))) for one, some in zip(found, places, strict=True))
