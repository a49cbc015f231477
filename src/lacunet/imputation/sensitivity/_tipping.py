"""How far missing values must differ from the imputations before a conclusion changes."""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from lacunet.errors import SpecError
from lacunet.imputation.sensitivity._face import Imputed
from lacunet.imputation.sensitivity._search import COLUMNS, Search
from lacunet.imputation.sensitivity._shift import Scale, Shift, check_amount, prepare_shift
from lacunet.imputation.sensitivity._target import Where
from lacunet.imputation.sensitivity._tipping_plot import draw_tipping
from lacunet.pooling import Model, fit_formula
from lacunet.report._summary import as_text
from lacunet.report._words import in_digits

Criterion = Literal["interval", "sign"]
GRIDS = {"sd": np.linspace(-2, 2, 9), "factor": 2.0 ** np.linspace(-1.5, 1.5, 9), "odds": np.linspace(-3, 3, 9)}
"""Amounts tried when none are given; "unit" takes those of "sd" times the standard deviation."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TippingPoint:
    """At which shifts of the imputed values of a variable a conclusion changes.

    Made by ``Imputations.tip``. A small tipping point says that the conclusion leans on the supposition that values
    are missing at random; whether a shift of that size is plausible is for those to judge who know the field.

    Attributes
    ----------
    low, high
        The tipping points nearest to no shift, below and above it, in the units of ``scale``; None where the
        conclusion holds to the end of the range searched.
    rows
        What `table` shows.
    sentence
        The answer in plain words.
    formula, term, variable
        The model, its coefficient, and the variable shifted.
    scale
        "unit", "sd", "odds" (δ is a log odds ratio) or "factor".
    null, confidence
        Value compared with, and coverage of the intervals.
    """

    low: float | None
    high: float | None
    rows: pd.DataFrame
    sentence: str
    formula: str
    term: str
    variable: str
    scale: Scale
    null: float
    confidence: float

    def table(self) -> pd.DataFrame:
        """One row per shift tried, the tipping points among them.

        Returns
        -------
        pandas.DataFrame
            delta, estimate, std_error, conf_low, conf_high, p_value (of the null), fmi, and holds: whether the
            conclusion is that of no shift.
        """
        return self.rows.copy()

    def plot(self) -> Any:
        """Estimate and interval against the shift, tipping points marked.

        Returns
        -------
        matplotlib.figure.Figure
            ``.savefig("tipping.png")`` keeps it.
        """
        return draw_tipping(
            self.rows,
            tips=[tip for tip in (self.low, self.high) if tip is not None],
            neutral=_neutral(self.scale),
            null=self.null,
            across=_axis_words(self.variable, self.scale),
            up=f"Coefficient of {self.term}, {100 * self.confidence:g} % interval",
            title=self.sentence,
        )

    def __repr__(self) -> str:
        head = f"TippingPoint of {self.term} in {self.formula}, imputed values of {self.variable!r} shifted"
        body = as_text(self.rows)
        return f"{head}\n\n{self.sentence}\n\n{body}"


def find_tipping_point(
    imputed: Imputed,
    formula: str,
    term: str,
    variable: str,
    *,
    model: Model = "ols",
    scale: Scale = "sd",
    deltas: Sequence[float] | None = None,
    where: Where = None,
    level: Any = None,
    clip: bool = False,
    null: float = 0.0,
    confidence: float = 0.95,
    criterion: Criterion = "interval",
    cov: str | None = None,
    cluster: str | None = None,
    weights: str | None = None,
) -> TippingPoint:
    """Find the smallest shifts of a variable's imputed values at which a conclusion changes.

    Fits the model to the imputations shifted by each amount of a grid (see ``shift_cells``), and between the first
    amount that changes the conclusion and its neighbour halves the distance seven times. Chance is the same for every
    amount. A change that is undone between two amounts of the grid is not seen: give more of them.

    Parameters
    ----------
    imputed
        The imputations, at least two.
    formula
        As in R: ``"income ~ age + C(educ)"``; it names the variable.
    term
        The coefficient, as the pooled table names it.
    variable
        The variable whose imputed values are shifted.
    model
        What is fitted.
    scale
        What an amount means: "sd", "unit" or "factor" for numbers, "odds" for categories.
    deltas
        Amounts to try; no shift is added. None takes nine: from -2 to 2 standard deviations, from 0.35 to 2.8 as
        factors, from -3 to 3 as log odds ratios.
    where, level, clip
        As in ``shift_cells``.
    null
        Value that the conclusion is about.
    confidence
        Coverage of the interval, a probability.
    criterion
        "interval": the conclusion is whether the interval lies below the null, above it, or covers it. "sign": on
        which side of the null the estimate lies.
    cov, cluster, weights
        As in ``Imputations.fit``.

    Returns
    -------
    TippingPoint
        ``.sentence``, ``.low`` and ``.high``, ``.table()``, ``.plot()``.

    Raises
    ------
    ColumnError, DataError
        When the formula or variable names no column, or the model cannot be fitted.
    SpecError
        When an option is out of range, the model has no such term, or the coefficient does not depend on the variable.

    References
    ----------
    Yan, X., S. Lee, and N. Li. 2009. Missing data handling methods in medical device clinical trials.
    Journal of Biopharmaceutical Statistics 19(6): 1085-1098.

    Differs: intervals are pooled by Rubin's rules with Barnard and Rubin's degrees of freedom; imputations are shifted
    and not drawn anew for each amount.
    """
    if criterion not in ("interval", "sign"):
        raise SpecError(f"criterion={criterion!r} is not known here. Use 'interval' or 'sign'.")
    if not np.isfinite(null):
        raise SpecError(f"null={null!r} is not a value to compare with. Give a finite number, such as 0.")
    if deltas is not None:
        for delta in deltas:
            check_amount(delta, scale)
    shift = prepare_shift(imputed, variable, scale=scale, where=where, level=level, clip=clip)
    search = Search(
        imputed=imputed,
        shift=shift,
        fit=functools.partial(fit_formula, formula=formula, model=model, cov=cov, cluster=cluster, weights=weights),
        term=term,
        formula=formula,
        beside=tuple(name for name in (cluster, weights) if name is not None),
        null=float(null),
        confidence=confidence,
        criterion=criterion,
    )
    grid = _grid(shift, deltas)
    first = search.verdict(shift.neutral)
    _check_dependence(search, grid)
    low = _first_change(search, [delta for delta in reversed(grid) if delta <= shift.neutral])
    high = _first_change(search, [delta for delta in grid if delta >= shift.neutral])
    tried = sorted({*grid, *(tip for tip in (low, high) if tip is not None)})
    rows = [{"delta": delta, **search.row(delta), "holds": search.verdict(delta) == first} for delta in tried]
    return TippingPoint(
        low=low,
        high=high,
        rows=pd.DataFrame(rows, columns=[*COLUMNS, "holds"]),
        sentence=_say(search, first, low, high, grid),
        formula=formula,
        term=term,
        variable=variable,
        scale=scale,
        null=float(null),
        confidence=confidence,
    )


def _grid(shift: Shift, deltas: Sequence[float] | None) -> list[float]:
    if deltas is None:
        given = GRIDS["sd"] * (shift.sd or 1.0) if shift.scale == "unit" else GRIDS[shift.scale]
    else:
        given = np.asarray(deltas, dtype=np.float64)
    grid = sorted({shift.neutral, *(float(delta) for delta in given)})
    if len(grid) == 1:
        raise SpecError("deltas holds no shift. Give amounts to try, such as [-1, -0.5, 0.5, 1], or leave it out.")
    return grid


def _first_change(search: Search, outwards: list[float]) -> float | None:
    """First amount, from no shift on, at which the conclusion is another."""
    first = search.verdict(outwards[0])
    for before, delta in itertools.pairwise(outwards):
        if search.verdict(delta) != first:
            return search.bisect(before, delta)
    return None


def _check_dependence(search: Search, grid: list[float]) -> None:
    if len({search.row(delta)["estimate"] for delta in (grid[0], search.shift.neutral, grid[-1])}) == 1:
        raise SpecError(
            f"The coefficient of {search.term!r} stays the same when the imputed values of "
            f"{search.shift.target.column.name!r} are shifted: the formula {search.formula!r} does not use them, and "
            "shifts are not passed on to other variables. Name a variable of the formula."
        )


def _say(search: Search, first: int, low: float | None, high: float | None, grid: list[float]) -> str:
    shift, row = search.shift, search.row(search.shift.neutral)
    interval = f"({100 * search.confidence:g} % interval {in_digits(row['conf_low'])} to {in_digits(row['conf_high'])})"
    side = {-1: "below", 0: "not to be told from", 1: "above"}[first]
    found = f"As imputed, the coefficient of {search.term} is {in_digits(row['estimate'])} {interval}, {side} "
    found += f"{in_digits(search.null)}."
    tips = [_amount(shift, tip) for tip in (low, high) if tip is not None]
    searched = " to ".join(_amount(shift, end).removeprefix("on average ") for end in (grid[0], grid[-1]))
    subject = f"the missing values of {shift.target.column.name!r} are"
    if shift.scale == "odds":
        levels = shift.target.column.level_labels()
        which = "higher levels" if shift.level is None else repr(levels[shift.level])
        subject = f"the odds of {which} among the missing values of {shift.target.column.name!r} are"
    if not tips:
        return f"{found} The conclusion holds over all shifts searched, from {searched}."
    held = f"The conclusion holds until {subject} {', or '.join(tips)} than the imputations suppose."
    if shift.scale in ("odds", "factor"):
        held = f"The conclusion holds until {subject} {', or '.join(tips)} what the imputations suppose."
    one_sided = f" Searched from {searched}." if len(tips) == 1 else ""
    return f"{found} {held}{one_sided}"


def _amount(shift: Shift, delta: float) -> str:
    """A shift in words."""
    if shift.scale == "odds":
        return f"{in_digits(float(np.exp(delta)))} times (log odds {in_digits(delta)})"
    if shift.scale == "factor":
        return f"{in_digits(delta)} times"
    size = in_digits(abs(delta))
    if shift.scale == "sd":
        size = f"{size} sd ({in_digits(abs(delta) * shift.sd)})"
    days = " days" if shift.target.variable.kind == "date" else ""
    return f"on average {size}{days} {'lower' if delta < 0 else 'higher'}"


def _neutral(scale: str) -> float:
    return 1.0 if scale == "factor" else 0.0


def _axis_words(variable: str, scale: str) -> str:
    words = {
        "sd": f"Shift of imputed values of {variable}, standard deviations",
        "unit": f"Shift of imputed values of {variable}, in its unit",
        "odds": f"Shift of imputed values of {variable}, log odds ratio",
        "factor": f"Factor of imputed values of {variable}",
    }
    return words[scale]
