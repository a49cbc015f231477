"""Where text becomes words, counts and numbers on disk."""

from lacunet.embedding.text._corpus import Corpus
from lacunet.embedding.text._read import as_corpus, read_corpus
from lacunet.embedding.text._report import VocabularyReport
from lacunet.embedding.text._tokens import Phrases, Tokens
from lacunet.embedding.text._vocabulary import Vocabulary

__all__ = ["Corpus", "Phrases", "Tokens", "Vocabulary", "VocabularyReport", "as_corpus", "read_corpus"]
