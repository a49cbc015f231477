"""Seed to key, key and purpose to key: the only file that makes randomness.

Each purpose has its own stream, named by a word, so that a new consumer never moves another's numbers.
"""

import secrets
import zlib

import jax
import numpy as np


def draw_seed() -> int:
    """Return a fresh seed from the system, to be recorded by the caller."""
    return secrets.randbelow(2**31)


def stream(seed: int, purpose: str, *numbers: int) -> jax.Array:
    """Key for one purpose of one seed, and of one member or draw where numbers are given."""
    words = np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), *numbers]).generate_state(4)
    return jax.random.wrap_key_data(jax.device_put(words), impl="rbg")


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """NumPy generator for one purpose of one seed, for work that happens on the host."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(purpose.encode()), *numbers]))
