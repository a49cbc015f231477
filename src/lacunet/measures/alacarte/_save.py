"""Taking a transform apart for a file."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lacunet._typing import Floats
from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._save import pack_words
from lacunet.keep import Arrays, Parts

KIND = "AlaCarte"


def parts_of(
    spaces: Sequence[Embeddings],
    transforms: Sequence[Floats],
    recoveries: Sequence[pd.DataFrame],
    facts: Mapping[str, Any],
) -> Parts:
    """What the file holds; `lacunet.measures.alacarte._load` puts it together again."""
    arrays: dict[str, Arrays] = {"transforms": {str(s): one for s, one in enumerate(transforms)}}
    for s, space in enumerate(spaces):
        arrays[f"vectors{s}"] = {"vectors": space.vectors}
        arrays[f"words{s}"] = pack_words(space.words)
        if space.counts is not None:
            arrays[f"counts{s}"] = {"counts": space.counts}
    return Parts(
        kind=KIND,
        meta={**facts, "n_fits": len(spaces)},
        arrays=arrays,
        frames={f"recovery{s}": one for s, one in enumerate(recoveries)},
        mapped=tuple(f"vectors{s}" for s in range(len(spaces))),
    )
