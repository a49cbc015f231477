"""Putting a saved transform together again."""

from lacunet.embedding.space import Embeddings
from lacunet.embedding.space._save import unpack_words
from lacunet.keep import Parts
from lacunet.measures.alacarte._fitted import AlaCarte, Settings


def restore(parts: Parts) -> AlaCarte:
    """The transform that `lacunet.measures.alacarte._save.parts_of` took apart."""
    meta, arrays = parts.meta, parts.arrays
    fits = range(meta["n_fits"])
    spaces = tuple(
        Embeddings(
            unpack_words(arrays[f"words{s}"]),
            arrays[f"vectors{s}"]["vectors"],
            arrays[f"counts{s}"]["counts"] if f"counts{s}" in arrays else None,
        )
        for s in fits
    )
    settings = {name: meta[name] for name in Settings.__dataclass_fields__}
    return AlaCarte(
        spaces=spaces,
        transforms=tuple(arrays["transforms"][str(s)] for s in fits),
        recoveries=tuple(parts.frames[f"recovery{s}"] for s in fits),
        settings=Settings(**settings),
        seed=meta["seed"],
        corpus=None,
        notes=tuple(meta["notes"]),
    )
