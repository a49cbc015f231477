"""Where words stand, and which words stand around them."""

from lacunet.measures.contexts._contexts import Contexts, find_contexts
from lacunet.measures.contexts._match import Mentions, find_mentions
from lacunet.measures.contexts._terms import Terms, read_terms

__all__ = ["Contexts", "Mentions", "Terms", "find_contexts", "find_mentions", "read_terms"]
