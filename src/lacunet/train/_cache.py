"""Keep compiled programs on disk, so that only the first run on a machine waits for the compiler."""

import functools
import os
from pathlib import Path

import jax


@functools.cache
def keep_compiled() -> None:
    """Turn JAX's persistent compilation cache on, in the user's cache folder, unless a folder was chosen already."""
    if jax.config.jax_compilation_cache_dir is not None:  # type: ignore[attr-defined]
        return
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "lacunet" / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    if not os.access(folder, os.W_OK):
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
