"""midasverse-midas (MIDAS2) with its defaults, in its own environment (benchmarks/environments.sh)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.rivals._exchange import SCRIPTS, Result, run_program

PYTHON = Path(__file__).resolve().parent.parent / ".rivals" / "midas2" / "bin" / "python"


@dataclass(frozen=True)
class Midas2:
    """Defaults throughout. The package does not scale; ``scaled`` hands numbers over in [0, 1], as its papers do."""

    scaled: bool

    def __call__(self, holed: pd.DataFrame, m: int, seed: int, timeout: float | None = None) -> Result:
        """Impute; seconds are those of fit and transform, without imports."""
        numbers = holed.select_dtypes("number")
        low = numbers.min()
        width = (numbers.max() - low).where(lambda w: w > 0, 1.0)
        given = holed.copy()
        if self.scaled:
            given[numbers.columns] = (numbers - low) / width
        command = [str(PYTHON), str(SCRIPTS / "midas2_worker.py")]
        result = run_program(command, given, m, seed, timeout)
        if not self.scaled:
            return result
        completed = []
        for frame in result.completed:
            frame[numbers.columns] = np.where(numbers.notna(), numbers, frame[numbers.columns] * width + low)
            completed.append(frame)
        return Result(completed, result.seconds, result.peak_mib, result.notes)
