"""How much was missing in each variable, and observed beside imputed."""

import numpy as np
import pandas as pd

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Variable
from lacunet._typing import Floats
from lacunet.table import Table


def missing_rows(table: Table, draws: Floats) -> pd.DataFrame:
    """One row per modelled variable: how much was missing, and observed beside imputed."""
    _, cols = table.cells
    rows_out = []
    for j, variable in enumerate(table.layout.variables):
        states = table.state[:, j]
        observed = table.values[states == OBSERVED, j]
        imputed = draws[:, cols == j]
        rows_out.append(
            {
                "variable": variable.name,
                "kind": variable.kind,
                "n_observed": len(observed),
                "n_imputed": int((states == MISSING).sum()),
                "n_not_applicable": int((states == INAPPLICABLE).sum()),
                "share_imputed": float((states == MISSING).mean()) if len(states) else 0.0,
                **_compare(variable, observed, imputed),
            }
        )
    return pd.DataFrame(rows_out, columns=COLUMNS)


COLUMNS = [
    "variable",
    "kind",
    "n_observed",
    "n_imputed",
    "n_not_applicable",
    "share_imputed",
    "mean_observed",
    "mean_imputed",
    "sd_observed",
    "sd_imputed",
]


def _compare(variable: Variable, observed: Floats, imputed: Floats) -> dict[str, float]:
    """Mean and standard deviation where numbers have them; dates in days since 1970, binary as a share."""
    if variable.kind in ("nominal", "date"):
        return {}
    return {
        "mean_observed": _mean(observed),
        "mean_imputed": _mean(imputed),
        "sd_observed": _sd(observed),
        "sd_imputed": float(np.mean([_sd(draw) for draw in imputed])) if imputed.size else np.nan,
    }


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else np.nan


def _sd(values: Floats) -> float:
    return float(values.std(ddof=1)) if values.size > 1 else np.nan
