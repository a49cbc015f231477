"""Rank imputers by how well they draw known values that were hidden from them: the energy I-score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lacunet._layout import MISSING, OBSERVED, Layout
from lacunet._typing import Floats, Integers, States
from lacunet.errors import ColumnError, DataError, SpecError


@dataclass(frozen=True, kw_only=True, eq=False)
class HiddenVariable:
    """Draws of one variable's known cells, made by an imputer that could not see them.

    Attributes
    ----------
    variable
        Its name.
    rows
        Rows of the data at which it is known and was drawn, shape (r,).
    draws
        N draws of each, shape (N, r), N at least 2; levels as their positions.
    """

    variable: str
    rows: Integers
    draws: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class IScore:
    """Energy I-score of one imputer.

    Attributes
    ----------
    score
        Weighted mean over the variables; never above 0 in expectation, and higher is better.
    table
        One row a variable: variable, n_scored, weight, score, std_error.
    cells
        Score of each cell, one array a variable, in the order of ``table``.
    """

    score: float
    table: pd.DataFrame
    cells: tuple[Floats, ...]

    def of(self, place: int) -> "IScore":
        """Score of one variable by itself, by its row in ``table``."""
        row = self.table.iloc[[place]].reset_index(drop=True)
        return IScore(score=float(row["score"].iloc[0]), table=row, cells=(self.cells[place],))


def energy_i_score(layout: Layout, values: Floats, state: States, hidden: Sequence[HiddenVariable]) -> IScore:
    r"""Score one imputer on known cells that it drew without having seen them.

    To choose between imputers of one data set when the truth is not known. For each variable with missing cells, hide
    all that is known of it where it is scored, impute N times, and hand over the draws. The score is proper: in
    expectation no imputer beats the one that draws from the right conditional distribution. A root mean squared error
    would instead prefer the one that imputes the mean.

    .. math::

        \hat S^j = \frac1{|L_j|} \sum_{i \in L_j} \Bigl[ \frac1{2 N (N - 1)} \sum_{l, l'}
        \lVert \tilde x_{ij}^{(l)} - \tilde x_{ij}^{(l')} \rVert
        - \frac1N \sum_l \lVert \tilde x_{ij}^{(l)} - x_{ij} \rVert \Bigr], \quad
        \hat S = \frac{\sum_j w_j \hat S^j}{\sum_j w_j}, \quad w_j = \frac{|L_j| |L_j^c|}{n^2}

    with :math:`L_j` the rows where variable j is known and :math:`L_j^c` those where it is missing.

    Parameters
    ----------
    layout
        The p variables.
    values, state
        float64 and int8 (n, p), codes of ``lacunet._layout``.
    hidden
        What the imputer drew, one a variable with missing cells.

    Returns
    -------
    IScore
        The score and its parts.

    Raises
    ------
    ColumnError
        When a variable is not in the layout.
    SpecError
        With fewer than two draws, no variable, or draws that do not fit their rows.
    DataError
        When a scored cell is not known.

    References
    ----------
    Näf, J., K. Grzesiak, and E. Scornet. 2025. How to rank imputation methods? arXiv:2507.11297.
    Ferro, C. A. T. 2014. Fair scores for ensemble forecasts. Quarterly Journal of the Royal Meteorological Society
    140(683): 1917-1923.
    Differs: the spread of the draws is averaged over different draws, N (N - 1) in place of N², so that the score does
    not depend on N (a single imputation, which has none, is refused); numbers are divided by the standard deviation of
    their known cells, so that no unit of measurement decides; levels are one-hot vectors, at distance √2 when
    they differ; the mean is divided by the sum of the weights, not by the number of variables, which leaves ranks as
    they are; and what the imputer may see of the other variables is the caller's affair (the paper lets it see those
    known wherever j is known, for which the theorem is proved).

    Examples
    --------
    >>> import numpy as np
    >>> from lacunet._layout import Layout, Variable
    >>> layout = Layout(variables=(Variable(name="x", kind="continuous"),))
    >>> values, state = np.array([[0.0], [2.0], [np.nan]]), np.array([[0], [0], [1]], dtype=np.int8)
    >>> drawn = HiddenVariable(variable="x", rows=np.array([0, 1]), draws=np.array([[0.0, 2.0], [1.0, 1.0]]))
    >>> round(energy_i_score(layout, values, state, [drawn]).score, 12) + 0.0
    0.0
    """
    if not hidden:
        raise SpecError("No draws were handed over. A score needs at least one variable that was hidden and drawn.")
    rows, cells = [], []
    for one in hidden:
        j = _find(layout, one.variable)
        _check(one, state, j)
        own = _score_cells(layout, values, state, one, j)
        n_known, n_missing = (int(np.count_nonzero(state[:, j] == code)) for code in (OBSERVED, MISSING))
        error = own.std(ddof=1) / np.sqrt(len(own)) if len(own) > 1 else float("nan")
        rows.append(
            {
                "variable": one.variable,
                "n_scored": len(own),
                "weight": n_known * n_missing / len(state) ** 2,
                "score": float(own.mean()),
                "std_error": float(error),
            }
        )
        cells.append(own)
    table = pd.DataFrame(rows)
    weights = table["weight"].to_numpy(float)
    if not weights.sum() > 0:
        raise SpecError(
            f"Nothing is missing in {', '.join(one.variable for one in hidden)}. The score weighs variables by what is "
            "missing. Hand over draws of variables with missing cells."
        )
    score = float(weights @ table["score"].to_numpy(float) / weights.sum())
    return IScore(score=score, table=table, cells=tuple(cells))


def rank_imputers(
    layout: Layout, values: Floats, state: States, hidden: Mapping[str, Sequence[HiddenVariable]]
) -> pd.DataFrame:
    """Rank imputers by their energy I-score, on the same hidden cells.

    Parameters
    ----------
    layout, values, state
        The data (see `energy_i_score`).
    hidden
        Name of an imputer to what it drew; the same variables and rows for all.

    Returns
    -------
    pandas.DataFrame
        Best first: rank, imputer, score, behind (score of the best minus this one), std_error (of ``behind``, from the
        paired differences of the cells, taken as independent; what retraining would change is not in it).

    Raises
    ------
    SpecError
        When the imputers were not scored on the same cells.
    """
    shapes = {name: [(one.variable, one.rows.tolist()) for one in drawn] for name, drawn in hidden.items()}
    first, *others = shapes.values()
    if any(other != first for other in others):
        raise SpecError(
            "The imputers drew different cells. A ranking needs the same variables and rows, in the same order, for "
            "all of them. Choose the rows once and hand them to every imputer."
        )
    return rank_scores({name: energy_i_score(layout, values, state, drawn) for name, drawn in hidden.items()})


def rank_scores(scores: Mapping[str, IScore]) -> pd.DataFrame:
    """Rank imputers whose scores are known.

    Parameters
    ----------
    scores
        Name of an imputer to its score, all from the same cells.

    Returns
    -------
    pandas.DataFrame
        As `rank_imputers`; imputers of equal score stand in the order of their names.
    """
    names = sorted(scores, key=lambda name: (-scores[name].score, name))
    best = scores[names[0]]
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(names) + 1),
            "imputer": names,
            "score": [scores[name].score for name in names],
            "behind": [best.score - scores[name].score for name in names],
            "std_error": [_paired_error(best, scores[name]) for name in names],
        }
    )


def _score_cells(layout: Layout, values: Floats, state: States, one: HiddenVariable, j: int) -> Floats:
    truth, draws, n_draws = values[one.rows, j], one.draws, len(one.draws)
    if layout.variables[j].is_category:
        away = (draws != truth).mean(axis=0)
        ordered = np.sort(draws, axis=0)
        alike = np.stack([(ordered == level).sum(axis=0) for level in range(layout.variables[j].n_levels)])
        apart = 1 - (alike * (alike - 1)).sum(axis=0) / (n_draws * (n_draws - 1))
        return np.sqrt(2.0) * (apart / 2 - away)
    sd = float(values[state[:, j] == OBSERVED, j].std())
    ordered = np.sort(draws, axis=0)
    ranks = (2 * np.arange(1, n_draws + 1) - n_draws - 1)[:, None]
    spread = (ranks * ordered).sum(axis=0) / (n_draws * (n_draws - 1))
    return (spread - np.abs(draws - truth).mean(axis=0)) / (sd if sd > 0 else 1.0)


def _find(layout: Layout, name: str) -> int:
    if name not in layout.names:
        raise ColumnError(
            f"There is no variable {name!r}. The draws must be of variables in the data. They are: "
            f"{', '.join(layout.names)}."
        )
    return layout.names.index(name)


def _check(one: HiddenVariable, state: States, j: int) -> None:
    if one.draws.ndim != 2 or len(one.draws) < 2 or one.draws.shape[1] != len(one.rows) or not len(one.rows):
        raise SpecError(
            f"The draws of {one.variable!r} have shape {one.draws.shape} for {len(one.rows)} rows. The score needs at "
            "least one row, and at least 2 draws of each. Impute the hidden cells with m=20 or so."
        )
    unknown = int(np.count_nonzero(state[one.rows, j] != OBSERVED))
    if unknown:
        raise DataError(
            f"{unknown} of the scored cells of {one.variable!r} are not known in the data. Only known cells can be "
            "scored. Choose rows where the variable is observed."
        )


def _paired_error(best: IScore, other: IScore) -> float:
    weights = best.table["weight"].to_numpy(float)
    parts = [
        weight**2 * np.var(a - b, ddof=1) / len(a)
        for weight, a, b in zip(weights, best.cells, other.cells, strict=True)
        if len(a) > 1
    ]
    return float(np.sqrt(sum(parts)) / weights.sum())
