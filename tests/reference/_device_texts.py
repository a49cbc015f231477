"""Texts in numbers, and what a device makes of them."""

import jax
import numpy as np

from lacunet.embedding.training import _device_text
from lacunet.embedding.training._chance import make_key
from lacunet.embedding.training._device_text import Shape, Text

SMALL = Shape(window=3, fixed=False, negative=5, block=8, shared=6, step=16)
KEYS = make_key(1, "words"), make_key(1, "negatives")


def make_text(n, v, seed, ends=0.1):
    """Numbers of words with ends of units between them."""
    chance = np.random.default_rng(seed)
    words = np.minimum(chance.zipf(1.3, n) - 1, v - 1).astype(np.int32)
    words[chance.random(n) < ends] = -1
    return words


def keep_of(v, seed=2):
    return np.random.default_rng(seed).uniform(0.3, 1.0, v).astype(np.float32)


def lay(tokens, keep, shape, chunk):
    """The text in chunks: text, first place, and the end of what can be trained on, of each."""
    before = Text(*(np.full(2 * shape.window, x, np.int32) for x in (0, _device_text.NEVER, 0, 0)))
    found, place = [], 0
    with jax.enable_x64(True):
        for start in range(0, len(tokens), chunk):
            part = tokens[start : start + chunk]
            text, before, n = _device_text.lay_text(part, before, place, KEYS[0], keep, shape)
            found.append((text, place, int(n) + shape.window * (start + chunk >= len(tokens))))
            place += int((part >= 0).sum())
    return found
