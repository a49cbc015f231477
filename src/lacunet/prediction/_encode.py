"""From columns of a design to what a network reads: standardised numbers, their pieces, flags of what is missing."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Bools, Floats

FAR = 6.0
"""Standard deviations beyond which a number is taken as this far: one wild value must not rule a network."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Encoder:
    """How columns become inputs.

    Attributes
    ----------
    centre, scale
        Mean and standard deviation of each column's known cells, shape ``(p,)``; 0 and 1 where it is an indicator.
    flagged
        Columns that give a flag of their missing cells, shape ``(p,)``; of columns missing in the same rows, as the
        levels of one category are, the first.
    edges
        For each column the edges of its pieces, none where it has none.
    """

    centre: Floats
    scale: Floats
    flagged: Bools
    edges: tuple[Floats, ...]

    @classmethod
    def learn(cls, columns: Floats, is_number: Bools, pieces: int) -> Self:
        """Learn from columns (n, p), missing cells NaN; numbers get ``pieces`` pieces between their quantiles."""
        p = columns.shape[1]
        centre, scale = np.zeros(p), np.ones(p)
        edges = []
        for j in range(p):
            known = columns[~np.isnan(columns[:, j]), j]
            cuts: Floats = np.empty(0)
            if is_number[j] and len(known):
                centre[j] = known.mean()
                spread = known.std()
                scale[j] = spread if spread > 0 else 1.0
                cuts = _cut(known, pieces) if pieces else cuts
            edges.append(cuts if len(cuts) > 2 else np.empty(0))
        return cls(centre=centre, scale=scale, flagged=_first_alike(np.isnan(columns)), edges=tuple(edges))

    @property
    def n_inputs(self) -> int:
        """Inputs of the network."""
        return len(self.centre) + int(self.flagged.sum()) + sum(max(len(cuts) - 1, 0) for cuts in self.edges)

    def encode(self, columns: Floats) -> NDArray[np.float32]:
        """Inputs of rows, shape ``(n, n_inputs)``; what is missing stands at the mean, with its flag at 1.

        A piece is 0 below its lower edge, 1 above its upper one and rises between them, so that a layer of weights
        over the pieces is any broken line (Gorishniy, Rubachev & Babenko 2022).
        """
        z = np.clip((columns - self.centre) / self.scale, -FAR, FAR)
        parts: list[Floats] = [np.nan_to_num(z), np.isnan(columns[:, self.flagged]).astype(np.float64)]
        for j, cuts in enumerate(self.edges):
            if len(cuts):
                share = (columns[:, [j]] - cuts[:-1]) / np.diff(cuts)
                parts.append(np.nan_to_num(np.clip(share, 0.0, 1.0)))
        return np.concatenate(parts, axis=1).astype(np.float32)


def _cut(known: Floats, pieces: int) -> Floats:
    """Edges of pieces: every value where there are few, else values that fill a piece alone and quantiles of the rest.

    Without the first, nine in ten cells at zero would leave one or two pieces for all that is not zero.
    """
    values, counts = np.unique(known, return_counts=True)
    if len(values) <= pieces + 1:
        return values
    heavy = values[counts * pieces > len(known)]
    rest = known[~np.isin(known, heavy)]
    return np.union1d(heavy, np.quantile(rest, np.linspace(0, 1, pieces + 1 - len(heavy))))


def _first_alike(is_missing: Bools) -> Bools:
    """Columns with a missing cell, each pattern of missing rows once."""
    seen: set[bytes] = set()
    chosen = np.zeros(is_missing.shape[1], dtype=bool)
    for j, column in enumerate(np.packbits(is_missing, axis=0).T):
        chosen[j] = bool(column.any()) and column.tobytes() not in seen
        seen.add(column.tobytes())
    return chosen
