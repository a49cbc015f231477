"""Word embeddings: text to numbers, skip-gram, the space of words, and how stable it is.

The trainer is loaded on first use (PEP 562): whoever only asks vectors, through ``lacunet.embedding.space``, need not
wait for the compiler.
"""

from importlib import import_module
from typing import Any

_HOME = {"FittedSkipGram": "lacunet.embedding._fitted", "SkipGram": "lacunet.embedding._skip_gram"}

__all__ = ["FittedSkipGram", "SkipGram"]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'lacunet.embedding' has no attribute {name!r}; it offers {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)
