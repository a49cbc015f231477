"""What is known of single cells beside the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from lacunet._typing import Bools, Floats
from lacunet.errors import SpecError
from lacunet.imputation.sensitivity._target import Target, Where, find_level, fixed_rows
from lacunet.report._words import in_digits
from lacunet.table import Table


@dataclass(frozen=True, kw_only=True)
class Prior:
    r"""What an expert or another source knows of missing cells of one variable.

    Said in one of three ways: ``mean`` and ``sd``; ``low`` and ``high``, between which the value lies with probability
    ``confidence``; or ``level`` and ``probability`` for a category. The first two are normal distributions,

    .. math:: \mu = \frac{l + h}{2}, \quad \sigma = \frac{h - l}{2 \, \Phi^{-1}(\tfrac12 + \tfrac12 \gamma)}

    the third gives the level its probability and divides the rest equally, so that 1/c knows nothing.

    Parameters
    ----------
    variable
        Name of the variable.
    mean, sd
        Centre and standard deviation, in the variable's unit; for dates a date, and days.
    low, high
        Ends of an interval, in the variable's unit.
    confidence
        Probability of that interval, γ.
    level
        Level of a category, by value or label.
    probability
        Its probability, above 0 and below 1.
    rows
        Positions of rows, from 0; None for every row in which the variable is missing.
    where
        Rows as truth values, a query or a function of the frame, in place of ``rows``; missing cells are empty in it.

    Raises
    ------
    SpecError
        When not exactly one of the three ways is used, or numbers are out of range.

    References
    ----------
    Honaker, J., and G. King. 2010. What to do about missing values in time-series cross-section data.
    American Journal of Political Science 54(2): 561-581.

    Differs: the prior multiplies the distribution that the imputer draws from, whatever its shape; it does not enter
    the fit.
    """

    variable: str
    mean: Any = None
    sd: float | None = None
    low: Any = None
    high: Any = None
    confidence: float = 0.95
    level: Any = None
    probability: float | None = None
    rows: Sequence[int] | None = None
    where: Where = None

    def __post_init__(self) -> None:
        pairs = {
            "mean and sd": (self.mean, self.sd),
            "low and high": (self.low, self.high),
            "level and probability": (self.level, self.probability),
        }
        used = [words for words, pair in pairs.items() if any(part is not None for part in pair)]
        if len(used) != 1 or any(part is None for part in pairs[used[0]]):
            raise SpecError(
                f"The prior for {self.variable!r} gives {', '.join(used) or 'nothing'}, in part or at once. It needs "
                "both of one pair: mean and sd, low and high, or level and probability."
            )
        if self.rows is not None and self.where is not None:
            raise SpecError(f"The prior for {self.variable!r} gives rows and where. Give one of them, or neither.")
        _check_range("sd", self.sd, self.variable, 0, np.inf)
        _check_range("confidence", self.confidence, self.variable, 0, 1)
        _check_range("probability", self.probability, self.variable, 0, 1)


def _check_range(name: str, value: float | None, variable: str, low: float, high: float) -> None:
    if value is not None and not low < value < high:
        end = "" if high == np.inf else f" and below {high}"
        raise SpecError(f"The prior for {variable!r} has {name}={value!r}. It needs a number above {low}{end}.")


@dataclass(frozen=True, kw_only=True, eq=False)
class CellPrior:
    """A prior on some missing cells of a variable, as numbers.

    Attributes
    ----------
    target
        The variable.
    chosen
        Which of its missing cells, shape ``(cells,)``.
    centre, sd
        Of a normal prior; None for a category.
    log_levels
        Logarithm of each level's probability; None for a number.
    words
        The prior in words.
    """

    target: Target
    chosen: Bools
    centre: float | None
    sd: float | None
    log_levels: Floats | None
    words: str

    def log_density(self, values: Floats) -> Floats:
        """Logarithm of the prior, up to a constant."""
        if self.log_levels is not None:
            return self.log_levels[np.rint(values).astype(np.intp)]
        assert self.centre is not None
        assert self.sd is not None
        return -0.5 * ((values - self.centre) / self.sd) ** 2

    def gap(self, values: Floats) -> Floats:
        """How far below the prior's peak the best of the candidates stays, in logarithms, shape ``(cells,)``."""
        peak = 0.0 if self.log_levels is None else float(self.log_levels.max())
        return peak - self.log_density(values).max(axis=0)


def read_prior(prior: Prior, target: Target, table: Table) -> CellPrior:
    """A prior with names and dates turned into numbers.

    Raises
    ------
    SpecError
        When the prior does not fit the variable's kind, rows do not exist, or none of them is missing.
    """
    chosen = _rows_of(prior, table)[target.rows]
    if not chosen.any():
        raise SpecError(
            f"The prior for {prior.variable!r} names no row in which it is missing, and observed values are never "
            "changed. Name rows with a missing value."
        )
    if target.variable.is_category != (prior.level is not None):
        needed = "level and probability" if target.variable.is_category else "mean and sd, or low and high"
        raise SpecError(
            f"The prior for {prior.variable!r} does not fit: the variable is {target.variable.kind}. Give {needed}."
        )
    if target.variable.is_category:
        position, c = find_level(target, prior.level), target.variable.n_levels
        assert prior.probability is not None
        share = np.full(c, (1.0 - prior.probability) / max(c - 1, 1))
        share[position] = prior.probability
        words = f"{target.column.level_labels()[position]!r} with probability {in_digits(prior.probability)}"
        return CellPrior(target=target, chosen=chosen, centre=None, sd=None, log_levels=np.log(share), words=words)
    centre, sd = _normal_of(prior, target)
    words = f"mean {prior.mean if target.variable.kind == 'date' else in_digits(centre)}, sd {in_digits(sd)}"
    if prior.mean is None:
        words = f"{prior.low} to {prior.high} with probability {in_digits(prior.confidence)}"
    return CellPrior(target=target, chosen=chosen, centre=centre, sd=sd, log_levels=None, words=words)


def _normal_of(prior: Prior, target: Target) -> tuple[float, float]:
    if prior.mean is not None:
        assert prior.sd is not None
        return _as_number(prior.mean, target), float(prior.sd)
    low, high = _as_number(prior.low, target), _as_number(prior.high, target)
    if not low < high:
        raise SpecError(
            f"The prior for {prior.variable!r} has low={prior.low!r} and high={prior.high!r}. low must be below high."
        )
    return (low + high) / 2, (high - low) / 2 / float(ndtri(0.5 + prior.confidence / 2))


def _as_number(value: Any, target: Target) -> float:
    """A number as it is, a date as days since 1970."""
    try:
        if target.variable.kind == "date" and not isinstance(value, int | float | np.number):
            return float((pd.Timestamp(value) - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1))
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not np.isfinite(number):
        needed = "date" if target.variable.kind == "date" else "finite number"
        raise SpecError(f"The prior for {target.column.name!r} names {value!r}. A {needed} is needed.")
    return number


def _rows_of(prior: Prior, table: Table) -> Bools:
    if prior.rows is None:
        return fixed_rows(table, prior.where)
    rows = np.atleast_1d(np.asarray(prior.rows))
    if rows.dtype.kind not in "iu" or (rows < 0).any() or (rows >= table.n_rows).any():
        raise SpecError(
            f"The prior for {prior.variable!r} names rows {prior.rows!r}. Positions from 0 to {table.n_rows - 1:,} are "
            "needed; for truth values use where."
        )
    chosen = np.zeros(table.n_rows, dtype=bool)
    chosen[rows] = True
    return chosen
