"""Taking embeddings apart for a file."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet.embedding.space._lookup import Lookup
from lacunet.keep import Parts


def parts_of(space: Lookup) -> Parts:
    """What the file holds; `lacunet.embedding.space._load` puts it together again."""
    arrays = {"vectors": {"vectors": space.vectors}, "words": pack_words(space.words)}
    if space.counts is not None:
        arrays["counts"] = {"counts": space.counts}
    return Parts(kind="Embeddings", meta={}, arrays=arrays, mapped=("vectors",))


def pack_words(words: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Words as one run of bytes and where each ends: a million of them in JSON would be slow."""
    raw = [word.encode() for word in words]
    return {
        "text": np.frombuffer(b"".join(raw), dtype=np.uint8),
        "ends": np.cumsum([len(word) for word in raw], dtype=np.int64),
    }


def unpack_words(arrays: dict[str, NDArray[Any]]) -> list[str]:
    """Inverse of `pack_words`."""
    text, ends = arrays["text"].tobytes(), arrays["ends"].tolist()
    return [text[start:end].decode() for start, end in zip([0, *ends], ends)]
