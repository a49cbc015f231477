"""Texts as counts of the words that an embedding knows, and as vectors."""

from lacunet.measures.documents._documents import Documents, open_documents
from lacunet.measures.documents._vectors import mean_vectors, sif_weights

__all__ = ["Documents", "mean_vectors", "open_documents", "sif_weights"]
