"""R's mice: chained equations with trees, predictive mean matching or its defaults (5 iterations)."""

from dataclasses import dataclass

import pandas as pd

from benchmarks.rivals._exchange import SCRIPTS, Result, run_program


@dataclass(frozen=True)
class Mice:
    """One method for every column: "cart", "pmm", "norm", ... or "default" (pmm, logreg, polyreg, polr)."""

    method: str

    def __call__(self, holed: pd.DataFrame, m: int, seed: int, timeout: float | None = None) -> Result:
        """Impute; seconds are those of mice() and complete() inside R."""
        command = ["Rscript", "--vanilla", str(SCRIPTS / "mice.R"), self.method]
        return run_program(command, holed, m, seed, timeout)
