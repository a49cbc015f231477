"""Shapley values by sampling: one prediction shared out between its inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lacunet._rng import draw_seed, generator
from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.prediction.explain import _paper
from lacunet.prediction.explain._inputs import (
    ROWS_AT_ONCE,
    Predict,
    ask,
    check_count,
    check_frame,
    check_groups,
    check_predictor,
    mix_rows,
)
from lacunet.prediction.explain._spread import check_level, interval
from lacunet.report._words import in_digits

BACKGROUND = 50
"""Rows of the background that are drawn when it has more: the error falls with the root of their number."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ShapleyValues:
    """Contributions of p inputs (or groups) to the predictions of n rows.

    Made by `shapley_values`. In every row the contributions and ``base`` add up to the prediction exactly.

    Attributes
    ----------
    terms
        Names of the inputs or groups.
    values
        Contributions, in the unit of the prediction, shape ``(n, p)``.
    std_error
        Errors of the sampling, of permutations and of background rows, shape ``(n, p)``.
    base
        Mean prediction of the background.
    predictions
        Predictions of the rows, shape ``(n,)``.
    index
        Labels of the rows in the frame handed over.
    n_background
        Rows of the background that were used.
    n_rounds
        Pairs of permutations for each of them.
    level
        Coverage of the intervals.
    seed
        Where the permutations come from.
    """

    terms: tuple[str, ...]
    values: Floats
    std_error: Floats
    base: float
    predictions: Floats
    index: pd.Index
    n_background: int
    n_rounds: int
    level: float
    seed: int

    def table(self) -> pd.DataFrame:
        """One row per explained row and input.

        Returns
        -------
        pandas.DataFrame
            row, term, contribution, std_error, conf_low, conf_high; ``.pivot(index="row", columns="term",
            values="contribution")`` makes it wide.
        """
        low, high = self._ends()
        n, p = self.values.shape
        return pd.DataFrame(
            {
                "row": self.index.repeat(p),
                "term": list(self.terms) * n,
                "contribution": self.values.ravel(),
                "std_error": self.std_error.ravel(),
                "conf_low": low.ravel(),
                "conf_high": high.ravel(),
            }
        )

    def plot(self, row: Any = None) -> Any:
        """Contributions in one row, or their mean size over all rows explained.

        Parameters
        ----------
        row
            Label of a row in the frame's index; None for mean sizes over the rows, without intervals.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("shapley.png")`` keeps it.

        Raises
        ------
        SpecError
            When no explained row has the label.
        """
        if row is None:
            size = np.abs(self.values).mean(axis=0)
            shown, low, high = size, size, size
            across = f"mean size of the contribution over {len(self.values):,} rows"
        else:
            at = np.flatnonzero(self.index == row)
            if not len(at):
                raise SpecError(f"Row {row!r} was not explained. Name one of the labels in .index.")
            low, high = (ends[at[0]] for ends in self._ends())
            shown = self.values[at[0]]
            across = (
                f"contribution: from the mean {in_digits(self.base)} to this row's {in_digits(self.predictions[at[0]])}"
            )
        order = np.argsort(-np.abs(shown), kind="stable")
        return _paper.draw_rows([self.terms[j] for j in order], shown[order], low[order], high[order], across)

    def _ends(self) -> tuple[Floats, Floats]:
        return interval(self.values, self.std_error, self.n_background - 1, self.level)

    def __str__(self) -> str:
        size = np.abs(self.values).mean(axis=0)
        first = [f"{self.terms[j]} ({in_digits(size[j])})" for j in np.argsort(-size, kind="stable")[:3]]
        return (
            f"Over {len(self.values):,} rows, predictions differ from the background's mean of {in_digits(self.base)} "
            f"mostly by {', '.join(first)}; in brackets the mean size of the contribution. The largest standard error "
            f"of a single contribution is {in_digits(float(self.std_error.max()))}. Contributions say how "
            "the predictor uses inputs set apart from each other (interventional), not what would happen in the world."
        )

    def __repr__(self) -> str:
        return str(self)


def shapley_values(
    predict: Predict,
    frame: pd.DataFrame,
    *,
    background: pd.DataFrame | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    n_background: int = BACKGROUND,
    n_rounds: int = 1,
    level: float = 0.95,
    seed: int | None = None,
) -> ShapleyValues:
    r"""Share out each prediction between the inputs: Shapley values, by sampling permutations.

    Use it to explain single predictions. What is shared out is the difference of a prediction from the mean prediction
    of a background; inputs not yet in play have the values of a background row, whatever the others are
    (interventional), so that an input which the predictor does not use gets 0. Correlated inputs are so asked about
    in rows that do not occur: put them into one group. For what matters over all rows, `permutation_importance` is
    cheaper.

    .. math::

        v(S) = \frac1B \sum_b f(x_S, b_{\setminus S}), \quad
        \phi_j = \frac1{p!} \sum_\pi \{v(S_{\pi j} \cup j) - v(S_{\pi j})\}, \quad
        \sum_j \phi_j = f(x) - \frac1B \sum_b f(b)

    with :math:`S_{\pi j}` the inputs before j in permutation π. Each background row is walked through in
    ``n_rounds`` permutations and their reversals (antithetic), so that each row's contributions add up exactly. Asks
    for :math:`2 B R (p - 1) + 1` predictions a row, B + n in all besides, in few calls.

    Parameters
    ----------
    predict
        Inputs to predictions, shape ``(n,)``.
    frame
        Rows to explain, shape ``(n, p)``.
    background
        Rows that predictions are compared with, of the same columns and types; ``frame`` when None. Hand over rows of
        the training data when single rows are explained.
    groups
        Name to columns that come into play together. Columns in no group stand alone.
    n_background
        B, background rows used; drawn without replacement when there are more.
    n_rounds
        R, pairs of permutations for each background row. More of them when the background is small.
    level
        Coverage of the intervals, a probability.
    seed
        Decides permutations and background rows; drawn and recorded when None.

    Returns
    -------
    ShapleyValues
        ``.values``, ``.table()``, ``.plot()``, and a sentence.

    Raises
    ------
    DataError, ColumnError
        When background and frame differ in columns or types, or predictions are not one finite number a row.
    SpecError
        When an option is out of range.

    References
    ----------
    Shapley, L. S. 1953. A value for n-person games. Contributions to the Theory of Games 2: 307-317.
    Štrumbelj, E., and I. Kononenko. 2014. Explaining prediction models and individual predictions with feature
    contributions. Knowledge and Information Systems 41(3): 647-665.
    Lundberg, S. M., and S.-I. Lee. 2017. A unified approach to interpreting model predictions. Advances in Neural
    Information Processing Systems 30: 4765-4774.
    Mitchell, R., J. Cooper, E. Frank, and G. Holmes. 2022. Sampling permutations for Shapley value estimation. Journal
    of Machine Learning Research 23(43): 1-46 (antithetic permutations).
    Differs: each background row has its own permutations, the same for all rows explained.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1.0, 3.0], "z": [0.0, 2.0]})
    >>> found = shapley_values(lambda rows: (2 * rows["x"] + rows["z"]).to_numpy(), frame, seed=1)
    >>> found.values.tolist(), found.base
    ([[-2.0, -1.0], [2.0, 1.0]], 5.0)
    """
    check_predictor(predict)
    check_level(level)
    check_count("n_background", n_background, least=2)
    check_count("n_rounds", n_rounds)
    seed = draw_seed() if seed is None else seed
    pool = _pool(frame, background)
    rng = generator(seed, "shapley values")
    others = _choose_background(len(frame), len(pool), n_background, rng)
    players = check_groups(frame, groups)
    walks = _draw_walks(len(players), len(others), n_rounds, rng)
    predictions = ask(predict, pool.take(np.arange(len(frame))))
    without = ask(predict, pool.take(others).reset_index(drop=True))
    values, errors = _share_out(predict, pool, others, list(players.values()), walks, predictions, without)
    return ShapleyValues(
        terms=tuple(players),
        values=values,
        std_error=errors,
        base=float(without.mean()),
        predictions=predictions,
        index=frame.index,
        n_background=len(others),
        n_rounds=n_rounds,
        level=level,
        seed=seed,
    )


def _pool(frame: pd.DataFrame, background: pd.DataFrame | None) -> pd.DataFrame:
    """Rows to explain, and below them the background."""
    check_frame(frame)
    if not len(frame) or not len(frame.columns):
        raise DataError("The frame has no row or no column. There is nothing to explain: hand over rows with inputs.")
    other = frame if background is None else background
    check_frame(other)
    if list(frame.columns) != list(other.columns):
        odd = sorted(set(map(str, frame.columns)) ^ set(map(str, other.columns)))
        raise DataError(
            f"The background has other columns than the frame, or in another order (not in both: {odd}). They must be "
            "the same: write background[frame.columns]."
        )
    for name in frame.columns:
        if frame[name].dtype != other[name].dtype:
            raise DataError(
                f"Column {name!r} is {frame[name].dtype} in the frame and {other[name].dtype} in the background. The "
                f"types must be the same: background[{name!r}].astype(frame[{name!r}].dtype)."
            )
    if len(other) < 2:
        raise DataError(
            f"The background has {len(other)} rows. Predictions are compared with its mean, and the errors come from "
            "its spread: hand over background= with at least 2 rows."
        )
    return pd.concat([frame, other], ignore_index=True)


def _choose_background(n: int, n_pool: int, n_background: int, rng: np.random.Generator) -> Integers:
    candidates = np.arange(n, n_pool)
    if len(candidates) <= n_background:
        return candidates
    return np.sort(rng.choice(candidates, size=n_background, replace=False))


def _draw_walks(p: int, n_background: int, n_rounds: int, rng: np.random.Generator) -> Integers:
    """Orders of the players, shape (background, 2 rounds, p): every second one is the reversal of the one before."""
    # NOTE[DIFF]: each background row has orders of its own, so that no background row is left out by chance.
    orders = np.argsort(rng.random((n_background, n_rounds, p)), axis=2)
    return np.stack([orders, orders[:, :, ::-1]], axis=2).reshape(n_background, 2 * n_rounds, p)


def _share_out(
    predict: Predict,
    pool: pd.DataFrame,
    others: Integers,
    players: Sequence[Sequence[str]],
    walks: Integers,
    predictions: Floats,
    without: Floats,
) -> tuple[Floats, Floats]:
    """Mean contributions over background rows and their standard errors, shape (n, p) each."""
    n, (n_background, n_walks, p) = len(predictions), walks.shape
    values, variances = np.zeros((n, p)), np.zeros((n, p))
    when = np.argsort(walks, axis=2)
    block = max(1, ROWS_AT_ONCE // max(walks.size, 1))
    for begin in range(0, n, block):
        rows = np.arange(begin, min(begin + block, n))
        shape = (len(rows), n_background, n_walks, 1)
        ends = [np.broadcast_to(without[None, :, None, None], shape)]
        if p > 1:
            ends.append(ask(predict, _between(pool, rows, others, players, when)).reshape(*shape[:3], p - 1))
        ends.append(np.broadcast_to(predictions[rows, None, None, None], shape))
        gains = np.diff(np.concatenate(ends, axis=3), axis=3)
        shares = np.take_along_axis(gains, when[None], axis=3).mean(axis=2)
        values[rows], variances[rows] = shares.mean(axis=1), shares.var(axis=1, ddof=1)
    return values, np.sqrt(variances / n_background)


def _between(
    pool: pd.DataFrame, rows: Integers, others: Integers, players: Sequence[Sequence[str]], when: Integers
) -> pd.DataFrame:
    """Rows to explain by background rows by walks by steps but the last; who is not yet in play is of the background.

    ``when`` says at which step of each walk a player comes into play, shape (background, walks, p).
    """
    steps = np.arange(len(players) - 1)
    shape = (len(rows), *when.shape[:2], len(steps))
    other = np.broadcast_to(others[None, :, None, None], shape)
    sources = {}
    for player, names in enumerate(players):
        is_in = when[None, :, :, player, None] <= steps
        positions = np.where(is_in, rows[:, None, None, None], other).ravel()
        sources.update(dict.fromkeys(names, positions))
    return mix_rows(pool, sources, other.ravel())
