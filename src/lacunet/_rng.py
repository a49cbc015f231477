"""Seed to chance: with `_keys`, which makes JAX's keys of the same words, the only file that makes randomness.

Each purpose has its own stream, named by a word, so that a new consumer never moves another's numbers.
"""

import secrets
import zlib

import numpy as np
from numpy.typing import NDArray


def draw_seed() -> int:
    """Return a fresh seed from the system, to be recorded by the caller."""
    return secrets.randbelow(2**31)


def words_of(seed: int, purpose: str, *numbers: int) -> NDArray[np.uint32]:
    """Four random words of 32 bits for one purpose of one seed, of which a key can be made."""
    sequence = np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), *numbers])
    return sequence.generate_state(4).astype(np.uint32, copy=False)


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """NumPy generator for one purpose of one seed, for work that happens on the host."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(purpose.encode()), *numbers]))


def secret_generator() -> np.random.Generator:
    """Fresh generator that nobody can make again, for noise that protects rows; its seed is not kept."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(secrets.randbits(256))))
