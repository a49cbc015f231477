"""What mean vectors of contexts are multiplied by: handed over, or estimated on the same texts."""

from collections.abc import Sequence
from typing import Any

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.text import Corpus
from lacunet.errors import warn_user
from lacunet.measures.alacarte import alacarte
from lacunet.measures.alacarte._given import read_transforms

SMALL_CORPUS = 1_000_000
"""Words of a corpus below which a transform estimated on it is rough."""


def find_transforms(
    transform: Any, spaces: Sequence[Embeddings], corpus: Corpus, window: int, seed: int
) -> tuple[tuple[Floats, ...], tuple[str, ...]]:
    """One matrix (d, d) for each fit, and how it was estimated where none was handed over.

    Raises
    ------
    SpecError, DataError
        As `read_transforms` and `alacarte` do.

    Warns
    -----
    DataWarning
        When the corpus is small.
    """
    if transform is not None:
        return read_transforms(transform, spaces), ()
    note = f"The transform was estimated on the same {corpus.n_tokens:,} words (lacunet.alacarte)."
    if corpus.n_tokens < SMALL_CORPUS:
        note += (
            f" A good one needs {SMALL_CORPUS:,} or more: hand over transform= from the corpus that the embeddings "
            "were trained on."
        )
        warn_user(note)
    made = alacarte(list(spaces), corpus, window=window, seed=seed)
    return made.transforms, (note, *made.notes)
