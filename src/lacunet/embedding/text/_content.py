"""The stream of a corpus with what its numbers mean, which several corpora may share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lacunet.embedding.text._pieces import count_words
from lacunet.embedding.text._stream import Stream
from lacunet.embedding.text._types import Spellings


@dataclass(frozen=True, eq=False, repr=False)
class Content:
    """What several corpora may share: the stream, and what its numbers mean.

    Attributes
    ----------
    stream
        Numbers of spellings as read.
    final
        Word that each number stands for in the end (n_numbers,); -1 where it is left out.
    spellings
        The words.
    """

    stream: Stream
    final: NDArray[np.int32]
    spellings: Spellings


def count_content(content: Content, order: NDArray[np.int64] | None = None) -> tuple[NDArray[np.int64], int]:
    """Occurrences of every word, and units that have one."""
    counts = np.zeros(len(content.spellings), dtype=np.int64)
    times = np.ones(1, dtype=np.int64)
    if order is not None:
        times = np.bincount(order, minlength=len(content.stream.offsets) - 1)
    n_units, n_open = 0, 0
    for weight in np.unique(times[times > 0]).tolist():
        chunks = content.stream.chunks() if order is None else content.stream.ranges(np.flatnonzero(times == weight))
        for chunk in chunks:
            ended, n_open = count_words(chunk, content.final, weight, counts, n_open)
            n_units += ended
    return counts, n_units
