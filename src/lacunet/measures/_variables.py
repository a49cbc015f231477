"""What document variables are to be told of before cells, terms or clusters are made of them."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lacunet._typing import Integers
from lacunet.report._words import count

MANY_LEVELS = 20
"""Values from which on numbers written as text are hardly meant as names."""


def note_written_numbers(variables: pd.DataFrame, names: Iterable[str]) -> list[str]:
    """A sentence on each variable of text whose many values are all numbers."""
    notes = []
    for name in names:
        values = variables[name].dropna()
        if isinstance(values.dtype, pd.CategoricalDtype) or not pd.api.types.is_string_dtype(values):
            continue
        levels = pd.Series(values.unique())
        if len(levels) >= MANY_LEVELS and pd.to_numeric(levels, errors="coerce").notna().all():
            notes.append(
                f"{name!r} holds numbers written as text, and each of its {len(levels):,} values counts as a name. If "
                f"numbers are meant, make them numbers first: frame[{name!r}] = pd.to_numeric(frame[{name!r}])."
            )
    return notes


def note_lone_clusters(variables: pd.DataFrame | None, cluster: str | None, documents: Integers) -> list[str]:
    """A sentence where documents have no value of the variable that clusters are made of.

    ``documents`` is the document of each row of ``variables``.
    """
    if cluster is None or variables is None or cluster not in variables:
        return []
    n = len(np.unique(documents[variables[cluster].isna().to_numpy()]))
    each = "counts as a cluster of its own" if n == 1 else "each count as a cluster of their own"
    return [f"{count(n, 'document')} without a value of {cluster!r} {each}."] if n else []
