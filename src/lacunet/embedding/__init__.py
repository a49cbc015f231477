"""Word embeddings: text to numbers, skip-gram, the space of words, and how stable it is."""

from lacunet.embedding._fitted import FittedSkipGram
from lacunet.embedding._skip_gram import SkipGram

__all__ = ["FittedSkipGram", "SkipGram"]
