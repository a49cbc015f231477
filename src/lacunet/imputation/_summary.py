"""Summaries: a few sentences and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._layout import INAPPLICABLE, MISSING, OBSERVED, Variable
from lacunet._typing import Floats
from lacunet.table import Table

SHOWN = 40
"""Rows of the table that the text shows."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Summary:
    """A few sentences (``str``) and a frame (``table()``)."""

    lines: tuple[str, ...]
    rows: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """The rows as a pandas frame of its own."""
        return self.rows.copy()

    def __repr__(self) -> str:
        text = "\n".join(self.lines)
        if self.rows.empty:
            return text
        more = len(self.rows) - SHOWN
        body = self.rows.head(SHOWN).to_string(index=False, float_format=lambda value: f"{value:.4g}")
        return f"{text}\n\n{body}" + (f"\n... and {more} more: see .table()" if more > 0 else "")


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


def setting_rows(settings: Sequence[tuple[str, Any]]) -> pd.DataFrame:
    """Options and their values."""
    return pd.DataFrame([(name, str(value)) for name, value in settings], columns=["setting", "value"])
