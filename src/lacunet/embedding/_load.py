"""Putting saved embeddings that were trained here together again."""

from lacunet.embedding._fitted import FittedSkipGram, Origin
from lacunet.embedding._skip_gram import SkipGram
from lacunet.embedding.space._save import unpack_words
from lacunet.keep import Parts, spec_from_dict


def restore(parts: Parts) -> FittedSkipGram:
    """The embeddings that ``FittedSkipGram.save`` took apart."""
    meta, arrays = parts.meta, parts.arrays
    origin = Origin(
        spec=spec_from_dict(meta["spec"], {"SkipGram": SkipGram}),
        seed=meta["seed"],
        history=tuple(meta["history"]),
        digest=meta["digest"],
        corpus=meta["corpus"],
        notes=tuple(meta["notes"]),
        versions=meta["versions"],
    )
    has_subwords = "inputs" in arrays
    return FittedSkipGram(
        unpack_words(arrays["words"]),
        arrays["vectors"]["vectors"],
        arrays["counts"]["counts"],
        origin=origin,
        outputs=arrays["outputs"]["outputs"],
        input_rows=arrays["inputs"]["inputs"] if has_subwords else None,
        subwords=unpack_words(arrays["subwords"]) if has_subwords else (),
    )
