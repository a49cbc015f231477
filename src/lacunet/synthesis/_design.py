"""A survey's design: whom a row stands for, and how rows were drawn together."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lacunet._rng import generator
from lacunet._typing import Floats
from lacunet.errors import ColumnError, DataError, suggest
from lacunet.solve import draw_row_weights
from lacunet.table import Table


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Weights, strata and clusters of the real rows.

    Attributes
    ----------
    weights
        Sampling weights, mean 1, shape (n,); None for equal ones.
    strata, clusters
        Stratum and primary sampling unit of each row, shape (n,); None for none.
    """

    weights: Floats | None = None
    strata: NDArray[Any] | None = None
    clusters: NDArray[Any] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether rows are a simple random sample."""
        return self.weights is None and self.strata is None and self.clusters is None

    def weigher(self, n: int, seed: int) -> Callable[[int], Floats]:
        """Member -> weights of n rows: those of the rows for the best fit, 0, random ones for others."""
        base = np.ones(n) if self.weights is None else self.weights

        def weigh(member: int) -> Floats:
            if member == 0:
                return base
            rng = generator(seed, "pseudo-population", member)
            return draw_row_weights(rng, base, self.strata, self.clusters)

        return weigh


def read_design(table: Table, weights: str | None, strata: str | None, clusters: str | None) -> Design:
    """Columns of the design by their names.

    Raises
    ------
    ColumnError
        When a column does not exist.
    DataError
        When a weight is missing, negative or zero, or a stratum or cluster is missing.
    """
    if weights is None and strata is None and clusters is None:
        return Design()
    frame = table.analysis_frame()

    def column(name: str | None, what: str) -> Any:
        if name is None:
            return None
        if name not in frame.columns:
            hint = suggest(name, [str(other) for other in frame.columns])
            raise ColumnError(f"{what}={name!r} names no column. A column of the data is needed. {hint or 'Check it.'}")
        gone = int(frame[name].isna().sum())
        if gone:
            raise DataError(
                f"The column '{name}' ({what}) is empty in {gone:,} rows. Every row needs its design. Fill it, or "
                "leave those rows out."
            )
        return frame[name].to_numpy()

    found = column(weights, "weights")
    if found is not None:
        found = np.asarray(found, dtype=np.float64)
        if not (found > 0).all():
            raise DataError(
                f"The column '{weights}' (weights) has {int((found <= 0).sum()):,} values that are not above 0. Rows "
                "that stand for nobody cannot be learned from. Leave them out."
            )
        found = found / found.mean()
    parts = column(strata, "strata"), column(clusters, "clusters")
    names = [None if part is None else np.asarray(part).astype(str) for part in parts]
    return Design(weights=found, strata=names[0], clusters=names[1])
