"""Measures on embeddings: worlds whose truth is known, and what the measures make of them."""
