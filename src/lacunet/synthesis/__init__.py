"""Synthetic data: a generative adversarial network, a sequential sampler, and the judge of both."""

from importlib import import_module
from typing import Any

_HOME = {
    "Sequential": "lacunet.synthesis._sequential",
    "FittedSequential": "lacunet.synthesis._sequential",
    "Gan": "lacunet.synthesis._gan",
    "FittedGan": "lacunet.synthesis._gan",
    "FittedArrayGan": "lacunet.synthesis._gan_array",
    "realism": "lacunet.synthesis._realism",
    "Realism": "lacunet.synthesis._realism",
    "FittedSynthesizer": "lacunet.synthesis._fitted",
    "Syntheses": "lacunet.synthesis._syntheses",
    "Profiles": "lacunet.synthesis.conditions",
    "Privacy": "lacunet.synthesis.privacy",
}
"""Public name -> its file, loaded when it is first asked for: the judge needs no network."""

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'lacunet.synthesis' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
