"""R's Amelia II: bootstrapped EM under a multivariate normal model."""

import pandas as pd

from benchmarks.rivals._exchange import SCRIPTS, Result, run_program


def amelia(holed: pd.DataFrame, m: int, seed: int, timeout: float | None = None) -> Result:
    """Impute; seconds are those of amelia() inside R."""
    return run_program(["Rscript", "--vanilla", str(SCRIPTS / "amelia.R")], holed, m, seed, timeout)
