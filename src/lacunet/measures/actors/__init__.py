"""What a corpus says of named actors: the words around their mentions, and panels of scores."""

from lacunet.measures.actors._kwic import Kwic, kwic
from lacunet.measures.actors._panel import Panel
from lacunet.measures.actors._panel_scores import panel_scores

__all__ = ["Kwic", "Panel", "kwic", "panel_scores"]
