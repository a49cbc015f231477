"""What a prediction loses when an input no longer belongs to its row: permutation importance."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lacunet._rng import draw_seed, generator
from lacunet._typing import Floats, Integers
from lacunet.errors import DataError, SpecError
from lacunet.prediction.explain import _paper
from lacunet.prediction.explain._inputs import (
    ROWS_AT_ONCE,
    Predict,
    Rows,
    ask,
    check_count,
    check_groups,
    check_predictor,
    check_rows,
    is_number,
    mix_rows,
)
from lacunet.prediction.explain._spread import check_level, interval
from lacunet.prediction.explain._words import in_interval
from lacunet.report._summary import as_text
from lacunet.report._words import in_digits, join

RowLoss = Callable[[Floats, Floats], Floats]
"""Outcomes and predictions, shape (n,) each, to the loss of each row."""

SMALLEST = np.finfo(np.float64).eps
"""Probabilities are kept this far from 0 and 1 in the log loss, so that one certain mistake is not infinite."""
ALIKE = 0.7
"""Rank correlation from which two inputs are named as hard to tell apart."""


def _squared(y: Floats, predicted: Floats) -> Floats:
    return (y - predicted) ** 2


def _absolute(y: Floats, predicted: Floats) -> Floats:
    return np.abs(y - predicted)


def _log(y: Floats, predicted: Floats) -> Floats:
    p = np.clip(predicted, SMALLEST, 1 - SMALLEST)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p))


LOSSES: dict[str, RowLoss] = {"squared": _squared, "absolute": _absolute, "log": _log}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Importance:
    """How much worse a predictor gets when inputs are permuted.

    Made by `permutation_importance`; `table` is what to look at.

    Attributes
    ----------
    rows
        What `table` shows.
    loss
        Name of the loss.
    base_loss
        Mean loss with all inputs in their place.
    n
        Rows it was measured on.
    n_repeats
        Permutations of each input.
    level
        Coverage of the intervals.
    seed
        Where the permutations come from.
    alike
        Pairs of inputs with rank correlations of 0.7 and more, which were not permuted together.
    note
        What is to be said of the rows.
    """

    rows: pd.DataFrame
    loss: str
    base_loss: float
    n: int
    n_repeats: int
    level: float
    seed: int
    alike: tuple[tuple[str, str], ...]
    note: str = ""

    def table(self) -> pd.DataFrame:
        """One row per input or group, the most important first.

        Returns
        -------
        pandas.DataFrame
            term, importance (increase of the mean loss), std_error, conf_low, conf_high, ratio (loss with the input
            permuted, over the loss with it in place: model reliance), permuted_loss.
        """
        return self.rows.copy()

    def plot(self) -> Any:
        """Importances with their intervals.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("importance.png")`` keeps it.
        """
        across = f"increase of the {self.loss} loss when permuted, with {100 * self.level:g} % intervals"
        values, low, high = (self.rows[name].to_numpy() for name in ("importance", "conf_low", "conf_high"))
        return _paper.draw_rows(self.rows["term"].tolist(), values, low, high, across)

    def __str__(self) -> str:
        first = self.rows.iloc[0]
        said = (
            f"Of {len(self.rows)} inputs, {first['term']} matters most to this predictor: permuting it raises the mean "
            f"{self.loss} loss on {self.n:,} rows from {in_digits(self.base_loss)} by "
            f"{in_digits(first['importance'])} "
            f"({in_interval(first['conf_low'], first['conf_high'], self.level)}). "
            "This describes the predictor, not causes. Where inputs are correlated, permuting one makes rows that do "
            "not occur, and importance is shared between inputs that can stand for each other"
        )
        last = f" {self.note}" if self.note else ""
        if not self.alike:
            return f"{said}.{last}"
        pairs = join([f"{one} with {other}" for one, other in self.alike[:3]])
        return f"{said}: here {pairs}. Permute such inputs together with groups=.{last}"

    def __repr__(self) -> str:
        return f"{self}\n\n{as_text(self.rows)}"


def permutation_importance(
    predict: Predict,
    frame: pd.DataFrame,
    outcome: ArrayLike,
    *,
    loss: Literal["squared", "absolute", "log"] | RowLoss = "squared",
    groups: Mapping[str, Sequence[str]] | None = None,
    n_repeats: int = 10,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    seed: int | None = None,
) -> Importance:
    r"""Measure how much a predictor leans on each input: the rise of its loss when that input is permuted.

    Use rows that the predictor was not fitted to; on its own training rows an overfitted predictor seems to need
    everything. It does not say what a predictor refitted without the input would lose, and with correlated inputs it
    asks about rows that do not occur; put such inputs into one group.

    .. math::

        e_{orig} = \frac1n \sum_i L(y_i, f(x_i)), \quad
        e_{switch} = \frac1{n (n - 1)} \sum_i \sum_{j \ne i} L(y_i, f(x_{i, \setminus k}, x_{jk})), \quad
        I = e_{switch} - e_{orig}, \quad MR = e_{switch} / e_{orig}

    The double sum is sampled: in each repeat the rows stand in a random circle, and each takes the input of the row a
    random number of places ahead, which is never itself. With ``n_repeats`` of n - 1 or more it is computed in full.
    The variance has two parts, the sampling of rows (a row counts as receiver and as giver: the first-order term of a
    U-statistic) and the permutations, which say 0 when all are used:

    .. math:: Var(I) \approx \frac1n Var_i(a_i + b_i - L_i) + \frac{s_r^2}{R}

    with a and b the mean loss of row i when it receives and when it gives, the noise of the permutations taken out of
    the first part, and s_r the standard deviation of I over the R repeats.

    Parameters
    ----------
    predict
        Inputs to predictions, shape ``(n,)``; for the log loss the probability of the outcome being 1.
    frame
        Inputs, shape ``(n, p)``.
    outcome
        y, shape ``(n,)``, in the unit of the predictions; 0 and 1 for the log loss (or the squared, of probabilities).
    loss
        "squared", "absolute", "log", or a function of outcomes and predictions that gives the loss of each row.
    groups
        Name to columns that are permuted together. Columns in no group are permuted alone.
    n_repeats
        Permutations of each input. More of them when the interval is wanted narrower and rows are few.
    weights
        Survey weights of the rows, shape ``(n,)``: of the receiving row in the loss.
    level
        Coverage of the intervals, a probability.
    seed
        Decides the permutations; drawn and recorded when None.

    Returns
    -------
    Importance
        ``.table()``, ``.plot()``, and a sentence.

    Raises
    ------
    DataError, ColumnError
        When outcome, weights or groups do not fit the frame, or predictions are not one finite number a row.
    SpecError
        When the loss is not known, or an option is out of range.

    References
    ----------
    Breiman, L. 2001. Random forests. Machine Learning 45(1): 5-32.
    Fisher, A., C. Rudin, and F. Dominici. 2019. All models are wrong, but many are useful: learning a variable's
    importance by studying an entire class of prediction models simultaneously. Journal of Machine Learning Research
    20(177): 1-81.
    Differs: the double sum is sampled by random circles; intervals are first-order normal ones; weights.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0.0, 1.0, 2.0], "z": [1.0, 0.0, 1.0]})
    >>> found = permutation_importance(lambda rows: rows["x"].to_numpy(), frame, [0.0, 1.0, 2.0], n_repeats=2, seed=1)
    >>> found.table()[["term", "importance"]].round(9).to_numpy().tolist()
    [['x', 2.0], ['z', 0.0]]
    """
    check_predictor(predict)
    check_count("n_repeats", n_repeats)
    check_level(level)
    rows = check_rows(frame, weights)
    y = _check_outcome(outcome, len(rows), loss)
    seed = draw_seed() if seed is None else seed
    row_loss = LOSSES[loss] if isinstance(loss, str) else loss
    base = row_loss(y, ask(predict, rows.frame))
    moved = check_groups(rows.frame, groups)
    found = []
    for title, names in moved.items():
        donors = draw_donors(len(rows), n_repeats, generator(seed, f"permutation importance of {title}"))
        losses = np.stack([row_loss(y, answer) for answer in _ask_permuted(predict, rows.frame, names, donors)])
        found.append({"term": title} | _summarise(rows, base, losses, donors, level))
    table = pd.DataFrame(found).sort_values("importance", ascending=False, kind="stable", ignore_index=True)
    return Importance(
        rows=table,
        loss=loss if isinstance(loss, str) else getattr(loss, "__name__", "given"),
        base_loss=float(rows.mean(base)),
        n=len(rows),
        n_repeats=min(n_repeats, len(rows) - 1),
        level=level,
        seed=seed,
        alike=_find_alike(rows.frame, list(moved.values())),
    )


def draw_donors(n: int, n_repeats: int, rng: np.random.Generator) -> Integers:
    """Row that each row takes a value from, never itself, shape (repeats, n); all there are when repeats suffice."""
    if n_repeats >= n - 1:
        return np.stack([(np.arange(n) + ahead) % n for ahead in range(1, n)])
    # NOTE[DIFF]: the paper permutes freely, or takes one pairing of halves; here each pair is as likely as any other.
    donors = np.empty((n_repeats, n), dtype=np.intp)
    for r in range(n_repeats):
        circle = rng.permutation(n)
        donors[r, circle] = np.roll(circle, -int(rng.integers(1, n)))
    return donors


def _ask_permuted(predict: Predict, frame: pd.DataFrame, names: Sequence[str], donors: Integers) -> Iterator[Floats]:
    """Predictions under each permutation, several of them in one call."""
    n = len(frame)
    for part in np.array_split(donors, -(-donors.size // max(ROWS_AT_ONCE, n))):
        mixed = mix_rows(frame, dict.fromkeys(names, part.ravel()), np.tile(np.arange(n), len(part)))
        yield from ask(predict, mixed).reshape(part.shape)


def _summarise(rows: Rows, base: Floats, losses: Floats, donors: Integers, level: float) -> dict[str, float]:
    """Importance with its standard error; ``losses`` (repeats, n) by receiving row."""
    n, n_repeats = len(rows), len(losses)
    weighted = losses * rows.share * n
    given = np.empty_like(losses)
    np.put_along_axis(given, donors, weighted, axis=1)
    by_repeat = weighted.mean(axis=1)
    before, importance = float(rows.mean(base)), float(rows.mean((losses - base).mean(axis=0)))
    scores = (weighted + given).mean(axis=0) - rows.share * n * base
    # A weighted mean varies through its denominator as well: rows are scored by what they add beyond their weight.
    scores -= rows.share * n * importance
    variance = scores.var(ddof=1)
    chance = 0.0
    if 1 < n_repeats < n - 1:
        variance = max(variance - (weighted + given).var(axis=0, ddof=1).mean() / n_repeats, 0.0)
        chance = by_repeat.var(ddof=1) / n_repeats
    error = float(np.sqrt(variance / n + chance))
    low, high = interval(np.array(importance), np.array(error), n - 1, level)
    return {
        "importance": importance,
        "std_error": error,
        "conf_low": float(low),
        "conf_high": float(high),
        "ratio": 1 + importance / before if before else np.nan,
        "permuted_loss": before + importance,
    }


def _check_outcome(outcome: ArrayLike, n: int, loss: str | RowLoss) -> Floats:
    if isinstance(loss, str) and loss not in LOSSES:
        raise SpecError(f"loss={loss!r} is not known here. Use {', '.join(map(repr, LOSSES))}, or a function.")
    try:
        y = np.asarray(outcome, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            "The outcome holds values that are not numbers. It must be in the unit of the predictions: for the "
            "probability of a level, 1 where a row has the level and 0 elsewhere."
        ) from error
    if y.shape != (n,) or not np.isfinite(y).all():
        raise DataError(
            f"The outcome has shape {y.shape} for {n:,} rows of inputs, or a value that is not finite. It must be one "
            "number a row: leave out rows whose outcome is missing."
        )
    if loss == "log" and not np.isin(y, [0, 1]).all():
        value = y[~np.isin(y, [0, 1])][0]
        raise DataError(f"The outcome holds {value:g}. The log loss is for 0 and 1: use loss='squared'.")
    return y


def _find_alike(frame: pd.DataFrame, groups: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """Pairs of numbers of different groups with a high rank correlation, the highest first."""
    group_of = {name: g for g, names in enumerate(groups) for name in names if is_number(frame[name])}
    names = [name for name in group_of if frame[name].nunique() > 1]
    if len(names) < 2:
        return ()
    size = frame[names].astype("float64").rank().corr().abs().to_numpy()
    pairs = [
        (size[i, j], names[i], names[j])
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if group_of[names[i]] != group_of[names[j]] and size[i, j] >= ALIKE
    ]
    return tuple((one, other) for _, one, other in sorted(pairs, key=lambda pair: -pair[0]))
