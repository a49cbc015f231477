"""Whether there is a device to train on; JAX is not loaded to find out."""

import os
from importlib.util import find_spec
from pathlib import Path

from lacunet.errors import SpecError

NODES = Path("/dev/nvidiactl"), Path("/dev/dxg")
"""What NVIDIA's driver shows, on Linux and on Linux under Windows."""
PLUGINS = "jax_cuda12_plugin", "jax_cuda13_plugin"
DEVICES = "cpu", "gpu"


def has_gpu() -> bool:
    """Whether a graphics processor is at hand, JAX can use it, and no setting forbids it."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}
    allowed = os.environ.get("JAX_PLATFORMS") or "cuda"
    return (
        not hidden
        and not {"cuda", "gpu"}.isdisjoint(allowed.split(","))
        and any(node.exists() for node in NODES)
        and any(find_spec(plugin) is not None for plugin in PLUGINS)
    )


def choose_gpu(device: str | None, plain: bool) -> bool:
    """Whether to train on a graphics processor: where asked to, and, with None, where there is one.

    ``plain`` is whether the model is skip-gram with negative sampling, without subwords: nothing else is trained there.
    """
    if device is None:
        return plain and has_gpu()
    if device not in DEVICES:
        raise SpecError(f"device={device!r} is unknown. Devices are 'cpu' and 'gpu'. Give one, or None to choose.")
    if device == "gpu" and not plain:
        raise SpecError(
            "On a GPU only skip-gram with negative sampling and without subwords is trained. Say device='cpu', or "
            "leave out cbow, subwords and negative=0."
        )
    if device == "gpu" and not has_gpu():
        raise SpecError(
            "No GPU was found that JAX can use. It needs NVIDIA's driver and JAX's CUDA plug-in. "
            "Install jax[cuda12], or say device='cpu'."
        )
    return device == "gpu"
