"""Many more draws of a few rows, those for imputation i by the fit that drew imputation i.

Draw i of an engine has parameters of its own: its member of the network, or its drawn coefficients. Rows are therefore
handed to the engine n times over in one go, under the number of the imputation, so that candidates vary as values do
within that imputation and not as parameters do between imputations.
"""

from collections.abc import Iterator

import numpy as np

from lacunet._layout import MISSING, OBSERVED
from lacunet._rng import generator
from lacunet._typing import Floats, Integers, States
from lacunet.imputation.sensitivity._face import Imputed


def draw_candidates(imputed: Imputed, rows: Integers, n: int) -> Iterator[Floats]:
    """Draws of all missing cells of some rows, for one imputation after the other.

    Parameters
    ----------
    imputed
        The imputations.
    rows
        Rows with missing cells, in ascending order.
    n
        Candidates of each row.

    Yields
    ------
    Floats
        Shape ``(n, cells)``, cells row by row as in the draws.
    """
    values, state = imputed.table.values[rows], imputed.table.state[rows]
    for i in range(len(imputed.draws)):
        yield _draw_many(imputed, values, state, n, i)


def draw_again(imputed: Imputed, j: int, rows: Integers, n: int) -> Iterator[Floats]:
    """Draws of one variable in some rows, given all else in them as imputed, for one imputation after the other.

    Parameters
    ----------
    imputed
        The imputations.
    j
        Position of the variable, missing in all these rows.
    rows
        The rows, in ascending order.
    n
        Candidates of each row.

    Yields
    ------
    Floats
        Shape ``(n, rows)``.
    """
    table = imputed.table
    is_hole, cells = table.state[rows] == MISSING, cells_of_rows(imputed, rows)
    state = np.where(is_hole, np.int8(OBSERVED), table.state[rows])
    state[:, j] = MISSING
    for i, draw in enumerate(imputed.draws):
        values = table.values[rows]
        values[is_hole] = draw[cells]
        values[:, j] = np.nan
        yield _draw_many(imputed, values, state, n, i)


def cells_of_rows(imputed: Imputed, rows: Integers) -> Integers:
    """Positions, among the columns of the draws, of all missing cells of some rows."""
    return np.flatnonzero(np.isin(imputed.table.cells[0], rows))


def _draw_many(imputed: Imputed, values: Floats, state: States, n: int, i: int) -> Floats:
    """Rows drawn n times over under the number of imputation i, shape ``(n, cells)``."""
    engine = imputed.fitted.engine
    assert engine is not None, "there are missing cells, but no engine drew them"
    # Shuffled: an engine may use its chance up row by row, and a candidate must not meet that of the draw itself.
    order = generator(imputed.seed, "candidates", i).permutation(n * len(values))
    mine = order % len(values)
    shuffled = np.empty((len(order), values.shape[1]))
    shuffled[state[mine] == MISSING] = engine.draw(values[mine], state[mine], first=i, m=1, seed=imputed.seed)[0]
    found = np.empty_like(shuffled)
    found[order] = shuffled
    return found[np.tile(state == MISSING, (n, 1))].reshape(n, -1)
