"""Word lists: read from files, looked up in a vocabulary, expanded by neighbours."""

from lacunet.measures.lists._expand import Expansion, expand
from lacunet.measures.lists._read import read_words
from lacunet.measures.lists._resolve import Resolved, match_words, resolve, resolve_each

__all__ = ["Expansion", "Resolved", "expand", "match_words", "read_words", "resolve", "resolve_each"]
