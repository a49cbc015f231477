"""Interaction strength: how much of what inputs do together is more than the sum of what each does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lacunet._rng import draw_seed, generator
from lacunet._typing import Floats
from lacunet.errors import DataError, SpecError
from lacunet.prediction.explain import _paper
from lacunet.prediction.explain._inputs import (
    Predict,
    ask,
    ask_blocks,
    check_count,
    check_predictor,
    check_rows,
    check_variables,
    mix_rows,
)
from lacunet.prediction.explain._spread import check_level, interval
from lacunet.prediction.explain._words import in_interval
from lacunet.report._summary import as_text
from lacunet.report._words import in_digits

NOTHING = 1e-12
"""Share of the variance of the predictions below which a joint effect is rounding, and its H² is 0."""
FLOOR = 0.95
"""Quantile of the H² of predictors without interactions, above which a strength is taken for more than noise."""

Terms = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Interactions:
    """Friedman and Popescu's H² of inputs and of pairs of inputs.

    Made by `interaction_strength`.

    Attributes
    ----------
    rows
        What `table` shows.
    n
        Rows it was measured on.
    n_null
        Predictors without interactions that the floor comes from.
    level
        Coverage of the intervals.
    seed
        Where the choice of rows comes from.
    """

    rows: pd.DataFrame
    n: int
    n_null: int
    level: float
    seed: int

    def table(self) -> pd.DataFrame:
        """One row per input (with all others) and per pair, the strongest first.

        Returns
        -------
        pandas.DataFrame
            term, kind ("total" or "pair"), h_squared (share of the variance of the joint effect that is interaction),
            std_error and conf_low, conf_high (sampling of rows, by the jackknife), strength (standard deviation of the
            interaction, in the unit of the prediction), floor (95 % quantile of h_squared of the null predictors; NaN
            without).
        """
        return self.rows.copy()

    def plot(self) -> Any:
        """H² with its intervals, at most 30 rows.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("interactions.png")`` keeps it.
        """
        shown = self.rows.head(30)
        values, low, high = (shown[name].to_numpy() for name in ("h_squared", "conf_low", "conf_high"))
        figure = _paper.draw_rows(
            shown["term"].tolist(), values, low, high, f"H², with {100 * self.level:g} % intervals"
        )
        if self.n_null:
            figure.axes[0].scatter(
                shown["floor"], np.arange(len(shown)), marker="|", s=120, color=_paper.ACCENT, label="floor"
            )
        return figure

    def __str__(self) -> str:
        first = self.rows.iloc[0]
        floor = (
            f"Predictors fitted without interactions reach {in_digits(first['floor'])} there."
            if self.n_null
            else "A flexible predictor learns interactions from noise as well: to know from which H² on it means "
            "something, hand over null= with predictors fitted to an outcome without interactions."
        )
        return (
            f"The strongest interaction on {self.n:,} rows is that of {first['term']}: {100 * first['h_squared']:.1f} "
            f"% of the variance of their joint effect is not the sum of single effects "
            f"({in_interval(100 * first['conf_low'], 100 * first['conf_high'], self.level)}), a standard deviation of "
            f"{in_digits(first['strength'])} of the prediction. {floor} With correlated inputs some of this comes from "
            "rows that do not occur."
        )

    def __repr__(self) -> str:
        return f"{self}\n\n{as_text(self.rows)}"


def interaction_strength(
    predict: Predict,
    frame: pd.DataFrame,
    variables: Sequence[str] | None = None,
    *,
    pairs: bool = True,
    n_rows: int = 100,
    null: Sequence[Predict] = (),
    level: float = 0.95,
    seed: int | None = None,
) -> Interactions:
    r"""Measure interactions: Friedman and Popescu's H², of each input with all others and of each pair.

    It answers whether average effects tell the whole story. 0 says that the inputs add up, 1 that all they do
    together they do by interacting. A large H² of a pair that hardly moves the prediction means little: read
    ``strength``, in the prediction's unit, beside it.

    .. math::

        H_{jk}^2 = \frac{\sum_i \{\hat F_{jk}(x_{ij}, x_{ik}) - \hat F_j(x_{ij}) - \hat F_k(x_{ik})\}^2}
        {\sum_i \hat F_{jk}^2(x_{ij}, x_{ik})}, \quad
        H_j^2 = \frac{\sum_i \{f(x_i) - \hat F_j(x_{ij}) - \hat F_{\setminus j}(x_{i, \setminus j})\}^2}
        {\sum_i f^2(x_i)}

    with every F a partial dependence function centred over the rows, :math:`strength^2` the numerator over n. Asks for
    :math:`n^2` predictions for each input, its complement, and each pair. An additive predictor has exactly 0; a fitted
    one has more than 0 by noise alone. Friedman and Popescu's reference is the H² of predictors fitted to an outcome
    without interactions (an additive model's predictions plus its residuals in random order): hand them over as
    ``null``.

    Parameters
    ----------
    predict
        Inputs to predictions, shape ``(n,)``.
    frame
        Rows, shape ``(n, p)``.
    variables
        Inputs to ask about; all when None.
    pairs
        Whether to ask about pairs as well; leave them out with many inputs, and ask again about the strongest.
    n_rows
        Rows used, drawn without replacement when there are more. The error falls with the root of their number, the
        time rises with its square.
    null
        Predictors fitted to an outcome without interactions: 20 or more.
    level
        Coverage of the intervals, a probability.
    seed
        Decides the rows; drawn and recorded when None.

    Returns
    -------
    Interactions
        ``.table()``, ``.plot()``, and a sentence.

    Raises
    ------
    ColumnError
        When a variable is none of the inputs.
    DataError
        When the frame has fewer than three rows, or predictions are not one finite number a row.
    SpecError
        When there are fewer than two inputs, or an option is out of range.

    References
    ----------
    Friedman, J. H., and B. E. Popescu. 2008. Predictive learning via rule ensembles. Annals of Applied Statistics 2(3):
    916-954.
    Efron, B., and C. Stein. 1981. The jackknife estimate of variance. Annals of Statistics 9(3): 586-596.
    Differs: jackknife errors; the floor is a quantile, not a standardised difference.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [-1.0, -1.0, 1.0, 1.0], "z": [-1.0, 1.0, -1.0, 1.0]})
    >>> found = interaction_strength(lambda rows: (rows["x"] * rows["z"]).to_numpy(), frame, seed=1)
    >>> found.table()[["term", "h_squared"]].to_numpy().tolist()
    [['x and z', 1.0], ['x with all others', 1.0], ['z with all others', 1.0]]
    """
    check_predictor(predict)
    check_level(level)
    check_count("n_rows", n_rows, least=3)
    seed = draw_seed() if seed is None else seed
    rows = check_rows(frame).frame
    names = check_variables(rows, variables)
    if len(rows.columns) < 2 or not names:
        raise SpecError("There are fewer than two inputs. An interaction needs two: hand over a frame with more.")
    if len(rows) < 3:
        raise DataError(f"The frame has {len(rows)} rows. An interaction needs at least 3: hand over more.")
    if len(rows) > n_rows:
        chosen = np.sort(generator(seed, "interaction strength").choice(len(rows), size=n_rows, replace=False))
        rows = rows.take(chosen).reset_index(drop=True)
    found = _measure(predict, rows, names, pairs)
    floors = [[one["h_squared"] for one in _measure(other, rows, names, pairs)] for other in null]
    # NOTE[DIFF]: the paper standardises by the mean and the spread of the null predictors.
    floor = np.quantile(floors, FLOOR, axis=0) if floors else np.full(len(found), np.nan)
    table = pd.DataFrame(found).assign(floor=floor)
    low, high = interval(table["h_squared"].to_numpy(), table["std_error"].to_numpy(), len(rows) - 1, level)
    table.insert(4, "conf_low", np.maximum(low, 0.0))
    table.insert(5, "conf_high", high)
    table = table.sort_values(["h_squared", "term"], ascending=[False, True], kind="stable", ignore_index=True)
    return Interactions(rows=table, n=len(rows), n_null=len(null), level=level, seed=seed)


def _measure(predict: Predict, rows: pd.DataFrame, names: Sequence[str], pairs: bool) -> list[dict[str, Any]]:
    """H² of each input and pair, in the order of the columns."""
    everything = np.repeat(ask(predict, rows)[:, None], len(rows), axis=1)
    scale = float(everything[:, 0].var())
    wanted: list[Terms] = [(name,) for name in names]
    wanted += [tuple(other for other in rows.columns if other != name) for name in names]
    wanted += list(combinations(names, 2)) if pairs else []
    parts = _dependences(predict, rows, list(dict.fromkeys(wanted)))
    found = []
    for name in names:
        rest = parts[tuple(other for other in rows.columns if other != name)]
        found.append(
            {"term": f"{name} with all others", "kind": "total"} | _strength(everything, parts[(name,)], rest, scale)
        )
    for one, other in combinations(names, 2) if pairs else ():
        strength = _strength(parts[(one, other)], parts[(one,)], parts[(other,)], scale)
        found.append({"term": f"{one} and {other}", "kind": "pair"} | strength)
    return found


def _dependences(predict: Predict, rows: pd.DataFrame, wanted: Sequence[Terms]) -> dict[Terms, Floats]:
    """Predictions with the inputs named from row i and all others from row l, shape (i, l), for each set of names."""
    n = len(rows)
    own, other = (part.ravel() for part in np.indices((n, n)))
    frames: Iterator[pd.DataFrame] = (mix_rows(rows, dict.fromkeys(names, own), other) for names in wanted)
    return {names: answer.reshape(n, n) for names, answer in zip(wanted, ask_blocks(predict, frames), strict=True)}


def _strength(both: Floats, one: Floats, other: Floats, scale: float) -> dict[str, float]:
    """H² with its jackknife error, and the standard deviation of the interaction."""
    joint, single = both.mean(axis=1), one.mean(axis=1) + other.mean(axis=1)
    h, numerator = _ratio(joint - single, joint, scale)
    n = len(joint)
    # Column r: every average and every sum without row r.
    joints, singles = _leave_out(both), _leave_out(one) + _leave_out(other)
    off = 1.0 - np.eye(n)
    without = _ratio(joints - singles, joints, scale, off)[0]
    error = np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    return {"h_squared": float(h), "std_error": float(error), "strength": float(np.sqrt(numerator))}


def _leave_out(answers: Floats) -> Floats:
    """Averages over l other than r, shape (i, r)."""
    return (answers.sum(axis=1, keepdims=True) - answers) / (answers.shape[1] - 1)


def _ratio(residual: Floats, joint: Floats, scale: float, use: Floats | None = None) -> tuple[Floats, Floats]:
    """Share of the joint variance that the residual has, over the first axis, and the residual's variance."""
    use = np.ones_like(residual) if use is None else use
    n = use.sum(axis=0)

    def variance(x: Floats) -> Floats:
        centred = x - (x * use).sum(axis=0) / n
        return np.asarray((centred**2 * use).sum(axis=0) / n)

    above, below = variance(residual), variance(joint)
    is_rounding = below <= NOTHING * scale
    share = np.divide(above, below, out=np.zeros_like(below), where=~is_rounding)
    return np.where(above <= NOTHING * scale, 0.0, share), above
