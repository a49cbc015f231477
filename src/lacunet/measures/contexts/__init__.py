"""Where words stand, and which words stand around them."""

from lacunet.measures.contexts._around import Around, words_around
from lacunet.measures.contexts._contexts import Contexts, find_contexts
from lacunet.measures.contexts._match import Mentions, find_mentions
from lacunet.measures.contexts._terms import Terms, read_terms

__all__ = ["Around", "Contexts", "Mentions", "Terms", "find_contexts", "find_mentions", "read_terms", "words_around"]
