"""The words that get a vector."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words by falling count; words of equal count in the order in which the text has them first.

    Attributes
    ----------
    words
        The words.
    counts
        Occurrences of each (v,).
    row
        Row of every number in the corpus's stream (several numbers may spell one word); -1 where it is left out.
    min_count
        Fewest occurrences asked for.
    """

    words: tuple[str, ...]
    counts: NDArray[np.int64]
    row: NDArray[np.int32]
    min_count: int

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words, {self.n_tokens:,} tokens, min_count={self.min_count})"

    @property
    def n_tokens(self) -> int:
        """Occurrences of all words together."""
        return int(self.counts.sum())

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each word."""
        return {word: row for row, word in enumerate(self.words)}
