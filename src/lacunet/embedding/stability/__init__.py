"""Whether a result from embeddings would come again, and whether it makes sense to people."""

from lacunet.embedding.stability._refits import stability_of
from lacunet.embedding.stability._score import TriadScore
from lacunet.embedding.stability._specifications import Specifications, compare_specifications
from lacunet.embedding.stability._stability import Stability, stability
from lacunet.embedding.stability._triads import Triads, triads

__all__ = [
    "Specifications",
    "Stability",
    "TriadScore",
    "Triads",
    "compare_specifications",
    "stability",
    "stability_of",
    "triads",
]
