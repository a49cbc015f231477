"""Putting saved embeddings together again."""

from lacunet.embedding.space._embeddings import Embeddings
from lacunet.embedding.space._save import unpack_words
from lacunet.keep import Parts


def restore(parts: Parts) -> Embeddings:
    """The embeddings that `lacunet.embedding.space._save.parts_of` took apart."""
    counts = parts.arrays.get("counts", {"counts": None})["counts"]
    return Embeddings(unpack_words(parts.arrays["words"]), parts.arrays["vectors"]["vectors"], counts)
