"""Words among which neighbours of vectors are sought."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from lacunet._check import check_count
from lacunet.embedding.space import Embeddings
from lacunet.errors import SpecError
from lacunet.measures.alacarte._neighbours import frequent_words
from lacunet.measures.lists._resolve import resolve_each


class Candidates(NamedTuple):
    """Words to choose among, None for all; and a sentence that says which."""

    words: tuple[str, ...] | None
    sentence: str = ""

    def noted(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with the sentence in its notes."""
        if self.sentence:
            table.attrs["notes"] = (self.sentence,)
        return table


def choose_candidates(
    spaces: Sequence[Embeddings], candidates: Sequence[str] | None, min_count: int | None
) -> Candidates:
    """Named words, or frequent ones."""
    if candidates is None:
        return Candidates(*frequent_words(spaces, None if min_count is None else check_count(min_count, "min_count")))
    if min_count is not None:
        raise SpecError("Both candidates and min_count are given. One says among which words to look: leave one.")
    return Candidates(resolve_each(spaces, candidates, "candidate")[0].words)
