"""What results need of the engine behind them."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lacunet._typing import Floats, States
from lacunet.table import Schema, Table


class Engine(Protocol):
    """A trained imputer as results see it: arrays in, arrays out."""

    history: list[dict[str, Any]]

    def draw(self, values: Floats, state: States, *, first: int, m: int, seed: int) -> Floats:
        """Draws ``first`` to ``first + m - 1`` of the missing cells, row by row, shape ``(m, n_cells)``."""
        ...

    def expect(self, values: Floats, state: States) -> Floats:
        """Conditional mean of numbers, most probable level of categories, shape ``(n_cells,)``."""
        ...

    def as_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything learned."""
        ...

    def as_meta(self) -> dict[str, Any]:
        """Everything else, as JSON can hold it."""
        ...


class Fitted(Protocol):
    """A fitted imputer as its imputations see it."""

    @property
    def spec(self) -> Any:
        """The specification."""
        ...

    @property
    def engine(self) -> Engine | None:
        """The trained imputer."""
        ...

    @property
    def schema(self) -> Schema:
        """Columns of the training table."""
        ...

    @property
    def seed(self) -> int:
        """Seed of the fit."""
        ...

    @property
    def versions(self) -> dict[str, str]:
        """Package to version."""
        ...

    @property
    def table(self) -> Table | None:
        """The training table."""
        ...

    @property
    def history(self) -> list[dict[str, Any]]:
        """Training history."""
        ...


def draw_cells(engine: Engine | None, table: Table, *, first: int, m: int, seed: int) -> Floats:
    """Draws of the missing cells of a table, shape ``(m, n_cells)``; the engine is not asked when there are none."""
    n_cells = table.cells[0].size
    if n_cells == 0 or engine is None:
        return np.empty((m, n_cells))
    draws = np.asarray(engine.draw(table.values, table.state, first=first, m=m, seed=seed), dtype=np.float64)
    assert draws.shape == (m, n_cells), f"the engine drew {draws.shape}, not {(m, n_cells)}"
    return draws
