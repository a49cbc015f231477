"""Seed to a key of JAX; a file of its own, so that what works without JAX need not load it."""

import jax

from lacunet._rng import words_of


def stream(seed: int, purpose: str, *numbers: int) -> jax.Array:
    """Key for one purpose of one seed, and of one member or draw where numbers are given."""
    words = words_of(seed, purpose, *numbers)
    return jax.random.wrap_key_data(jax.device_put(words), impl="rbg")
