"""Double precision for what a person reads, while training keeps the precision of its own arrays."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lacunet._typing import Floats
from lacunet.errors import DataError


def in_float64(function: Callable[..., jax.Array], *arrays: Floats, loss: object = None) -> Floats:
    """Value of a JAX function of these arrays in double precision, as a NumPy array of the caller's own.

    With ``loss`` the function is a method of that loss's class.
    """
    with jax.enable_x64(True):
        return np.array(_call(function, loss, *(jnp.asarray(array, dtype=jnp.float64) for array in arrays)))


@functools.partial(jax.jit, static_argnames=("function", "loss"))
def _call(function: Callable[..., jax.Array], loss: object, *arrays: jax.Array) -> jax.Array:
    return function(*arrays) if loss is None else function(loss, *arrays)


def as_floats(values: Any, what: str) -> Floats:
    """Numbers as float64, whatever they came in.

    Raises
    ------
    DataError
        When they are no numbers, or one of them is missing or infinite.
    """
    try:
        floats = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{what} cannot be read as numbers ({error}). A network takes numbers: hand over an array or a list of "
            "them, with lists of the same length inside a list."
        ) from error
    bad = ~np.isfinite(floats)
    if bad.any():
        raise DataError(
            f"{what} has {int(bad.sum())} values that are missing or infinite (first: {floats[bad][0]}). A network "
            "takes finite numbers: impute them or leave those rows out."
        )
    return floats
