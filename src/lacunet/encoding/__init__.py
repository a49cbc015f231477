"""Autoencoders: few numbers that say what many answers have in common."""

from lacunet.encoding._autoencoder import Autoencoder
from lacunet.encoding._fitted import FittedAutoencoder
from lacunet.encoding._stability import Stability

__all__ = ["Autoencoder", "FittedAutoencoder", "Stability"]
