"""What a diagnosis looks at: the data with their holes, the draws that fill them, and what training left behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from lacunet._layout import MISSING, OBSERVED, Layout
from lacunet._typing import Bools, Floats, Integers, States
from lacunet.errors import DataError
from lacunet.report import NumberComparison
from lacunet.report._sentences import choose_writer


@dataclass(frozen=True, kw_only=True, eq=False)
class HiddenCells:
    """Known cells that were hidden, imputed without having been seen, and can be compared with the truth.

    Attributes
    ----------
    rows, cols
        Where they are, in rows and columns of ``values``, shape (n_hidden,).
    truth
        What was hidden, shape (n_hidden,).
    draws
        Imputations of them, shape (m, n_hidden).
    """

    rows: Integers
    cols: Integers
    truth: Floats
    draws: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Data, draws and history, with the shapes checked once.

    Attributes
    ----------
    layout
        The p variables.
    values, state
        float64 and int8 (n, p).
    draws
        float64 (m, n_cells): imputations of the cells ``np.nonzero(state == MISSING)``, row by row.
    labels
        Variable name to a longer description.
    levels
        Variable name to the words for its level positions.
    history
        Checks of the training loss.
    hidden
        Cells hidden on purpose; None where no overimputation was made.
    """

    layout: Layout
    values: Floats
    state: States
    draws: Floats
    labels: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()
    hidden: HiddenCells | None = None

    def __post_init__(self) -> None:
        n_cells = int(np.count_nonzero(self.state == MISSING))
        if self.values.shape != self.state.shape or self.state.shape[1] != len(self.layout):
            raise DataError(
                f"The values have shape {self.values.shape}, the states {self.state.shape}, and the layout "
                f"{len(self.layout)} variables. A diagnosis needs them to agree. Pass those of one table."
            )
        if self.draws.ndim != 2 or self.draws.shape[1] != n_cells:
            raise DataError(
                f"The draws have shape {self.draws.shape}, and {n_cells} cells are missing. A diagnosis needs one "
                "column of draws a missing cell, row by row. Pass the draws of the same table."
            )
        if n_cells and not np.isfinite(self.draws).all():
            raise DataError(
                "Some draws are not finite. A diagnosis needs a number for every missing cell. Impute again."
            )

    @property
    def m(self) -> int:
        """Imputations."""
        return len(self.draws)

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.state)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return self.layout.names

    @cached_property
    def is_missing(self) -> Bools:
        """Cells that were imputed, shape (n, p)."""
        return self.state == MISSING

    @cached_property
    def n_missing(self) -> Integers:
        """Imputed cells of each variable, shape (p,)."""
        return self.is_missing.sum(axis=0)

    @cached_property
    def n_observed(self) -> Integers:
        """Known cells of each variable, shape (p,)."""
        return (self.state == OBSERVED).sum(axis=0)

    @cached_property
    def _places(self) -> list[Integers]:
        cols = np.nonzero(self.is_missing)[1]
        order = np.argsort(cols, kind="stable")
        return np.split(order, np.cumsum(self.n_missing)[:-1])

    @property
    def incomplete(self) -> list[int]:
        """Variables with both imputed and known cells, those with most imputed first."""
        order = np.argsort(-self.n_missing, kind="stable").tolist()
        return [j for j in order if self.n_missing[j] and self.n_observed[j]]

    def observed(self, j: int) -> Floats:
        """Known values of one variable."""
        return self.values[self.state[:, j] == OBSERVED, j]

    def imputed(self, j: int) -> Floats:
        """Draws of one variable's missing cells, shape (m, n_missing), rows in the order of the data."""
        return self.draws[:, self._places[j]]

    def complete(self, i: int) -> Floats:
        """The matrix with its holes filled by draw i; what does not apply stays NaN."""
        filled = self.values.copy()
        filled[self.is_missing] = self.draws[i]
        return filled

    def words(self, j: int) -> list[str]:
        """Names of the levels of a category."""
        variable = self.layout.variables[j]
        words = self.levels.get(variable.name)
        n_levels = max(variable.n_levels, 1)
        if words is None or len(words) != n_levels:
            return [f"level {position}" for position in range(n_levels)]
        return [str(word) for word in words]

    def writer(self, j: int) -> Callable[[float], str]:
        """How to write a number's values: as a date, a year or a number."""
        variable = self.layout.variables[j]
        known = self.observed(j)
        is_date = variable.kind == "date"
        return choose_writer(
            NumberComparison(
                name=variable.name, observed=known, imputed=known[None], is_date=is_date, is_integer=variable.is_integer
            )
        )

    def title(self, j: int) -> str:
        """Name of a variable, with its description where there is one."""
        name = self.names[j]
        label = self.labels.get(name, "")
        return f"{name}: {label}" if label and label != name else name
