"""The space of words: look-ups, likeness, documents, evaluation, maps and files."""

from lacunet.embedding.space._embeddings import Embeddings
from lacunet.embedding.space._evaluation import Evaluation

__all__ = ["Embeddings", "Evaluation"]
