"""Tables of items by latents: what each score has to do with each item, and how far that can be relied on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lacunet._typing import Floats
from lacunet.encoding._code import Code
from lacunet.encoding._member import Member, correlations, has_cell
from lacunet.encoding._training import Matrix
from lacunet.table import Column

LEVELS = (0.025, 0.975)
"""Quantiles over refits between which intervals run."""


def item_rows(columns: Sequence[Column], code: Code) -> tuple[list[tuple[str, str]], list[int]]:
    """Item and level of each row in the order of the table's columns, and where it stands among the q columns.

    A nominal variable has a row a level; a binary one is named by its upper level.
    """
    names, places = [], []
    slot_of = {int(j): slot for slot, j in enumerate(code.order)}
    for j, column in enumerate(columns):
        own = np.flatnonzero(code.owner == slot_of[j])
        labels = column.level_labels()
        if len(own) > 1:
            words = list(labels)
        else:
            words = [labels[-1] if 0 < len(labels) <= 2 else ""]
        names += [(column.name, word) for word in words]
        places += own.tolist()
    return names, places


def loadings_table(member: Member, matrix: Matrix, columns: Sequence[Column], names: Sequence[str]) -> pd.DataFrame:
    """One row an item (a level of nominal ones): its correlation with every score, and its slope along it."""
    items, places = item_rows(columns, member.network.code)
    scores = member.scores(matrix)
    found = correlations(member.network, matrix, scores)[places]
    known = has_cell(matrix)
    latents = member.network.encode(matrix.values, matrix.state)[0][known]
    slopes = member.network.slopes(latents, np.asarray(np.linalg.inv(member.pose.turn), dtype=np.float64)).T[places]
    table: dict[str, Any] = {"item": [item for item, _ in items], "level": [level for _, level in items]}
    table |= {name: found[:, d] for d, name in enumerate(names)}
    table |= {f"{name}_slope": slopes[:, d] for d, name in enumerate(names)}
    return pd.DataFrame(table)


def agreement_rows(target: Floats, refits: Sequence[Floats], names: Sequence[str], over: str) -> list[dict[str, Any]]:
    """One row a latent: correlations (mean, interval, lowest) of the fit's scores with those of the refits."""
    known = ~np.isnan(target).any(axis=1)
    rows = []
    for d, name in enumerate(names):
        found = np.array([np.corrcoef(target[known, d], scores[known, d])[0, 1] for scores in refits])
        low, high = np.quantile(found, LEVELS)
        rows.append(
            {
                "latent": name,
                "over": over,
                "n_refits": len(found),
                "mean_correlation": float(found.mean()),
                "conf_low": float(low),
                "conf_high": float(high),
                "lowest": float(found.min()),
            }
        )
    return rows


def spread_table(
    members: Sequence[Member], matrix: Matrix, columns: Sequence[Column], names: Sequence[str]
) -> pd.DataFrame:
    """One row an item and latent: its loading in each resample's own network, summed up."""
    items, places = item_rows(columns, members[0].network.code)
    found = np.array([correlations(it.network, matrix, it.scores(matrix))[places] for it in members])
    low, high = np.quantile(found, LEVELS, axis=0)
    rows = [
        {
            "item": item,
            "level": level,
            "latent": name,
            "mean": float(found[:, i, d].mean()),
            "std": float(found[:, i, d].std(ddof=1)) if len(found) > 1 else np.nan,
            "conf_low": float(low[i, d]),
            "conf_high": float(high[i, d]),
        }
        for i, (item, level) in enumerate(items)
        for d, name in enumerate(names)
    ]
    return pd.DataFrame(rows)
