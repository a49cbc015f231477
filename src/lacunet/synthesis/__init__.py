"""Synthetic data: a generative adversarial network, a sequential sampler, and the judge of both."""

from importlib import import_module
from typing import Any

_HOME = {
    "Sequential": "lacunet.synthesis.sequential._sequential",
    "FittedSequential": "lacunet.synthesis.sequential._sequential",
    "Gan": "lacunet.synthesis.gan._gan",
    "FittedGan": "lacunet.synthesis.gan._gan",
    "FittedArrayGan": "lacunet.synthesis.gan._array",
    "realism": "lacunet.synthesis.gan._realism",
    "Realism": "lacunet.synthesis.gan._realism",
    "FittedSynthesizer": "lacunet.synthesis._fitted",
    "Syntheses": "lacunet.synthesis.sets._syntheses",
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
