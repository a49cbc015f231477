"""Where weights start. Biases start at zero."""

from collections.abc import Callable

import numpy as np

from lacunet._typing import Floats

Start = Callable[..., Floats]


def xavier(n_inputs: int, n_units: int, *, rng: np.random.Generator) -> Floats:
    """Xavier start: normal weights of variance 1/p, p the number of inputs of the layer.

    For layers of sigmoid, tanh, softmax or identity nodes. With inputs of variance 1 each weighted sum then has
    variance 1 as well, so that signals neither die nor explode from layer to layer.

    Parameters
    ----------
    n_inputs, n_units
        Inputs p and nodes k of the layer.
    rng
        Source of chance.

    Returns
    -------
    Floats
        Weights, shape ``(p, k)``.

    References
    ----------
    Glorot, X., and Y. Bengio. 2010. Understanding the difficulty of training deep feedforward neural networks.
    AISTATS, 249-256.
    Differs: they have variance 2 / (p + k), a compromise between the way forward and the way back, and uniform weights;
    1/p is their condition for the way forward alone, and what textbooks teach.
    """
    return rng.normal(0.0, n_inputs**-0.5, (n_inputs, n_units))


def he(n_inputs: int, n_units: int, *, rng: np.random.Generator) -> Floats:
    """He start: normal weights of variance 2/p, p the number of inputs of the layer.

    For layers of ReLU nodes and their kin, which silence half of their inputs on average; the 2 makes up for it.

    Parameters
    ----------
    n_inputs, n_units
        Inputs p and nodes k of the layer.
    rng
        Source of chance.

    Returns
    -------
    Floats
        Weights, shape ``(p, k)``.

    References
    ----------
    He, K., X. Zhang, S. Ren, and J. Sun. 2015. Delving deep into rectifiers. ICCV, 1026-1034.
    """
    return rng.normal(0.0, (2.0 / n_inputs) ** 0.5, (n_inputs, n_units))


def zeros(n_inputs: int, n_units: int, *, rng: np.random.Generator | None = None) -> Floats:
    """All weights at zero: right for a network without hidden layer, and no start for one with.

    Hidden nodes that start alike are given the same gradient and stay alike forever, so that a hundred of them do the
    work of one; nodes of ReLU, tanh and other activations with f(0) = 0 are given no gradient at all.

    Parameters
    ----------
    n_inputs, n_units
        Inputs p and nodes k of the layer.
    rng
        Not used; taken so that one start can stand for another.

    Returns
    -------
    Floats
        Zeros, shape ``(p, k)``.
    """
    return np.zeros((n_inputs, n_units))


STARTS: dict[str, Start] = {"xavier": xavier, "he": he, "zeros": zeros}
"""Name -> start."""
