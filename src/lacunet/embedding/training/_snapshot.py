"""The end of the last epoch, kept on disk: what an interruption or a rise of the held-out loss goes back to."""

import tempfile
import warnings
from typing import Any

import numpy as np

from lacunet.embedding.training._weights import Weights
from lacunet.errors import ConvergenceWarning


class Snapshot:
    """Weights as they were, in a temporary file that goes with it."""

    def __init__(self) -> None:
        self._file: Any = None
        self.epoch = -1

    def save(self, weights: Weights, epoch: int) -> None:
        """Keep the weights after an epoch; a disk without room is told, and training goes on without."""
        try:
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 (open until close)
            self._file.seek(0)
            for flat in (weights.inputs, weights.outputs):
                self._file.write(flat.view(np.uint8).data)
            self._file.flush()
            self.epoch = epoch
        except OSError as error:
            self.close()
            warnings.warn(
                f"The weights after epoch {epoch + 1} could not be kept on disk ({error.strerror}). Training goes on, "
                "but an interruption would lose it. Make room where temporary files lie.",
                ConvergenceWarning,
                stacklevel=2,
            )

    def restore(self, weights: Weights) -> None:
        """Put back what was kept."""
        self._file.seek(0)
        for flat in (weights.inputs, weights.outputs):
            flat[:] = np.fromfile(self._file, np.float32, len(flat))

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            self._file.close()
        self._file, self.epoch = None, -1
