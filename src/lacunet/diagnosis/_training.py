"""Did training stop where it should: the loss on cells trained on and on cells held out."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

COLUMNS = ["member", "n_checks", "first", "lowest", "lowest_at", "last", "last_at", "rise"]
RISE = 0.25
"""Share of the fall of the held-out loss that may be lost again at the end."""


def tabulate_history(history: tuple[Mapping[str, Any], ...]) -> pd.DataFrame:
    """Put the checks of the loss in one row each.

    Returns
    -------
    pandas.DataFrame
        member (0 where there is one network), at (epoch, else step, else position), train_loss, held_out_loss; NaN
        where a check did not record it.
    """
    rows = [
        {
            "member": row.get("member", 0),
            "at": float(row.get("epoch", row.get("step", position))),
            "train_loss": _finite(row.get("train_loss")),
            "held_out_loss": _finite(row.get("held_out_loss")),
        }
        for position, row in enumerate(history)
    ]
    return pd.DataFrame(rows, columns=["member", "at", "train_loss", "held_out_loss"])


def tabulate_stopping(history: tuple[Mapping[str, Any], ...]) -> pd.DataFrame:
    """Say for each network where its held-out loss was lowest and where it ended.

    Returns
    -------
    pandas.DataFrame
        One row a network with held-out losses: member, n_checks, first, lowest, lowest_at, last, last_at, rise (last
        minus lowest, as a share of first minus lowest; 0 where it never fell).
    """
    table = tabulate_history(history).dropna(subset=["held_out_loss"])
    rows = []
    for member, own in table.groupby("member", sort=True):
        loss, at = own["held_out_loss"].to_numpy(), own["at"].to_numpy()
        best = int(loss.argmin())
        fall = float(loss[0] - loss[best])
        rise = float(loss[-1] - loss[best]) / fall if fall > 0 else 0.0
        row = (member, len(loss), loss[0], loss[best], at[best], loss[-1], at[-1], rise)
        rows.append(dict(zip(COLUMNS, row, strict=True)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _finite(value: Any) -> float:
    is_number = isinstance(value, int | float) and math.isfinite(value)
    return float(value) if is_number else float("nan")
