"""How often levels of attributes are shown, alone and in pairs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
import pandas as pd

from lacunet._typing import Floats, Integers
from lacunet.synthesis.conditions._wanted import say_value
from lacunet.synthesis.conditions.constraints._levels import level_words
from lacunet.table import Column

MOST_VALUES = 12
"""A number of more different values is cut at its quartiles."""
NOT_DRAWN = "not drawn"
BrokenBy = Callable[[tuple[str, str], Floats], list[str]]
"""Two attributes and pairs of their values (n, 2) → the constraint that rules each pair out, or nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Shown:
    """One attribute as levels.

    Attributes
    ----------
    name
        Of the attribute.
    labels
        Of its levels.
    codes
        Level of each profile, (n,).
    values
        The value that each level stands for; None where a level is a range.
    """

    name: str
    labels: tuple[str, ...]
    codes: Integers
    values: Floats | None

    @classmethod
    def of(cls, column: Column, cells: Floats) -> Self:
        """The attribute of a column with its values, (n,)."""
        if column.is_category:
            labels = level_words(column)
            return cls(
                name=column.name, labels=labels, codes=cells.astype(np.intp), values=np.arange(len(labels), dtype=float)
            )
        found, codes = np.unique(cells, return_inverse=True)
        if len(found) <= MOST_VALUES:
            labels = tuple(say_value(column, value) for value in found)
            return cls(name=column.name, labels=labels, codes=codes, values=found)
        cuts = np.unique(np.quantile(cells, [0.25, 0.5, 0.75], method="lower"))
        codes = np.searchsorted(cuts, cells)
        return cls(name=column.name, labels=tuple(_say_quarters(column, cells, codes)), codes=codes, values=None)

    @property
    def counts(self) -> Integers:
        """Profiles that show each level."""
        return np.bincount(self.codes, minlength=len(self.labels))


def _say_quarters(column: Column, cells: Floats, codes: Integers) -> Iterator[str]:
    for code in range(int(codes.max()) + 1):
        here = cells[codes == code]
        yield f"{say_value(column, here.min())} to {say_value(column, here.max())}"


def level_shares(shown: Sequence[Shown]) -> pd.DataFrame:
    """How often each level of each attribute is shown."""
    rows = [
        {"attribute": one.name, "level": label, "n": int(n), "share": float(n) / max(len(one.codes), 1)}
        for one in shown
        for label, n in zip(one.labels, one.counts, strict=True)
    ]
    return pd.DataFrame(rows, columns=["attribute", "level", "n", "share"])


def pairs_never_shown(shown: Sequence[Shown], broken_by: BrokenBy) -> pd.DataFrame:
    """Pairs of levels that no profile has, though each is shown, and why.

    Parameters
    ----------
    shown
        The attributes.
    broken_by
        Which constraint rules a pair out.
    """
    rows = []
    for one, other in combinations(shown, 2):
        table = np.zeros((len(one.labels), len(other.labels)), dtype=np.intp)
        np.add.at(table, (one.codes, other.codes), 1)
        pairs = np.argwhere((table == 0) & (one.counts > 0)[:, None] & (other.counts > 0)[None, :])
        whys = _whys(one, other, pairs, broken_by)
        rows += [
            (one.name, one.labels[i], other.name, other.labels[j], why)
            for (i, j), why in zip(pairs.tolist(), whys, strict=True)
        ]
    return pd.DataFrame(rows, columns=["attribute_1", "level_1", "attribute_2", "level_2", "why"])


def _whys(one: Shown, other: Shown, pairs: Integers, broken_by: BrokenBy) -> list[str]:
    if not len(pairs) or one.values is None or other.values is None:
        return [NOT_DRAWN] * len(pairs)
    cells = np.column_stack([one.values[pairs[:, 0]], other.values[pairs[:, 1]]])
    return [why or NOT_DRAWN for why in broken_by((one.name, other.name), cells)]
