"""À la carte embeddings: vectors for mentions, groups and documents, from the words around them."""

from lacunet.measures.alacarte._alacarte import alacarte
from lacunet.measures.alacarte._carte import Carte
from lacunet.measures.alacarte._comparison import Comparison
from lacunet.measures.alacarte._fitted import AlaCarte
from lacunet.measures.alacarte._instances import Instances

__all__ = ["AlaCarte", "Carte", "Comparison", "Instances", "alacarte"]
