"""Prediction: networks from one node to many layers, with the statistics that go with them."""

from lacunet.prediction._fitted import FittedMlp as FittedMlp
from lacunet.prediction._mlp import Mlp as Mlp
