"""Arrays in, arrays out: the networks, from one node on."""

from lacunet.net._activations import ACTIVATIONS, Activation, activate, differentiate, find_activation
from lacunet.net._adversary import Minimax, Relativistic, Wasserstein, find_adversary, slope_penalty
from lacunet.net._count_losses import NegativeBinomialLoss, PoissonLoss
from lacunet.net._layer import Layer, LayerGradient, LayerValues
from lacunet.net._level_losses import BinaryCrossEntropy, CategoricalCrossEntropy, OrdinalLoss
from lacunet.net._losses import LOSSES, Loss, check_outcome
from lacunet.net._network import Network
from lacunet.net._number_losses import NormalLoss, QuantileLoss, SquaredError
from lacunet.net._perceptron import Perceptron
from lacunet.net._players import Player, answer, start_player
from lacunet.net._starts import STARTS, he, xavier, zeros

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "STARTS",
    "Activation",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "Layer",
    "LayerGradient",
    "LayerValues",
    "Loss",
    "Minimax",
    "NegativeBinomialLoss",
    "Network",
    "NormalLoss",
    "OrdinalLoss",
    "Perceptron",
    "Player",
    "PoissonLoss",
    "QuantileLoss",
    "Relativistic",
    "SquaredError",
    "Wasserstein",
    "activate",
    "answer",
    "check_outcome",
    "differentiate",
    "find_activation",
    "find_adversary",
    "he",
    "slope_penalty",
    "start_player",
    "xavier",
    "zeros",
]
